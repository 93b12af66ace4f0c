/* Two ways of making a CAA check, measured against each other in one world. */
#ifndef CAA_BENCH_SIDE_H
#define CAA_BENCH_SIDE_H

#include <stdbool.h>

#include <event2/event.h>

#include "base/diag.h"
#include "base/err.h"
#include "dns/evidence.h"
#include "policy/decide.h"

struct bench_outcome {
    enum caa_verdict verdict;
    bool rescued;
    enum caa_fault fault;
    enum caa_failure failure;
    unsigned asked; /* queries that the investigation sent */
    char why[512];  /* the lookup that failed, where one did */
};

/* May be called from inside `check`. It must not close the resolver. */
typedef void bench_done(void *context, const struct bench_outcome *outcome);

struct bench_side {
    const char *name;
    /* A resolver with cold caches, which knows nothing but the lab's root. */
    enum caa_err (*open)(void **resolver, struct event_base *base, struct caa_diag *diag);
    /* `done` is called exactly once. */
    enum caa_err (*check)(void *resolver, const struct caa_request *request, bench_done *done,
                          void *context);
    /* Every check has to be done. Never from inside `done`. */
    void (*close)(void *resolver);
};

/* What a CA does today (Boulder): every ancestor is asked at once, all of them are waited for,
   a lookup that has not answered is asked again after 1 s and after 2 s and has failed after
   3 s, and any other failure is final. The resolver is one libunbound context with the options
   that ours has, used through its event API. */
extern const struct bench_side bench_today;

/* caa_engine as every program uses it, with the default setting. */
extern const struct bench_side bench_ours;

#endif
