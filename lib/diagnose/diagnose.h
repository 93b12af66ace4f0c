/* A diagnosis of one name: a check, walks, and a survey of every server on the way, at once. */
#ifndef CAA_DIAGNOSE_DIAGNOSE_H
#define CAA_DIAGNOSE_DIAGNOSE_H

#include <event2/event.h>

#include "diagnose/diagnosis.h"
#include "engine/engine.h"
#include "resolve/bootstrap.h"

struct caa_diagnose;

typedef void caa_diagnose_done(void *context, struct caa_diagnose *diagnose);

struct caa_diagnose_setting {
    struct event_base *base; /* all of these must outlive the diagnose */
    const struct caa_clock *clock;
    const struct caa_random *random; /* NULL: the system's */
    struct caa_engine *engine;       /* makes the check */
    struct caa_lookup *lookup;       /* resolves the names of name servers; best one without
                                        rescue, which would walk for each of them */
    const struct caa_root_hints *root_hints;
    uint32_t deadline_ms; /* not 0 */
    caa_diagnose_done *done;
    void *context;
};

/* Starts it. The request is copied, the arrays in it must outlive the diagnose. `done` is
   called exactly once, never from inside this call, unless the diagnose is freed before. Errors
   as caa_engine_check and caa_walk_start. */
enum caa_err caa_diagnose_start(struct caa_diagnose **diagnose,
                                const struct caa_diagnose_setting *setting,
                                const struct caa_request *request);

/* The diagnosis, once `done` was called; NULL where memory did not suffice. Lives as long as
   the diagnose. */
const struct caa_diagnosis *caa_diagnose_result(const struct caa_diagnose *diagnose);

/* Ends one that runs (its `done` is never called after this), or frees one that is done, but
   not from inside its `done`. NULL is fine. */
void caa_diagnose_free(struct caa_diagnose *diagnose);

#endif
