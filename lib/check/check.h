/* One CAA check: every ancestor is asked at once, and the verdict falls the moment nothing that
   is still pending can change it; the rest is cancelled. */
#ifndef CAA_CHECK_CHECK_H
#define CAA_CHECK_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <event2/event.h>

#include "base/clock.h"
#include "base/err.h"
#include "dns/lookup.h"
#include "policy/decide.h"
#include "policy/request.h"

enum {
    CAA_CHECK_DEADLINE_MS_DEFAULT = 20000, /* what ACME clients bear */
    CAA_CHECK_CAUSE_MS = 2000, /* how long an undecided check listens on, to name the cause */
};

/* One ancestor, in the order of the climb. */
struct caa_level {
    const struct caa_name *name;
    const struct caa_answer *answer; /* NULL: cancelled, since it could not matter any more */
    int64_t elapsed_us; /* from the start of the check to the answer, or to the cancellation */
};

/* What came out; all of it lives as long as the check. */
struct caa_check_result {
    struct caa_request request;
    struct caa_decision decision;
    size_t level_count;
    const struct caa_level *levels;
    bool deadline_passed;
    int64_t started_at_us; /* wall clock */
    int64_t elapsed_us;
};

/* What a check runs on; base, clock and lookup must outlive it. */
struct caa_check_setting {
    struct event_base *base;
    const struct caa_clock *clock;
    struct caa_lookup *lookup;
    uint32_t deadline_ms; /* after it what is pending and matters counts as a time-out; not 0 */
    uint64_t client;      /* who asks (caa_question.client); 0: not known */
};

struct caa_check;

typedef void caa_check_done(void *context, struct caa_check *check);

/* Starts a check. The request is copied, the arrays in it must outlive the check. `done` is
   called exactly once, never from inside this call, unless the check is freed before.
   CAA_ERR_SYNTAX for the root, which has no CAA; CAA_ERR_NOMEM, CAA_ERR_EVENT and what
   caa_lookup_start returns. */
enum caa_err caa_check_start(struct caa_check **check, const struct caa_check_setting *setting,
                             const struct caa_request *request, caa_check_done *done,
                             void *context);

/* While a check runs: what the farthest of its lookups that failed so far has met, and is still
   trying to mend; one reference for the caller. NULL where nothing has failed. */
const struct caa_answer *caa_check_failure_so_far(const struct caa_check *check);

/* The result of a check whose `done` was called, valid until caa_check_free. */
const struct caa_check_result *caa_check_result(const struct caa_check *check);

/* Ends a check that runs (its `done` is never called after this), or frees one that is done,
   also from inside its `done`. NULL is fine. */
void caa_check_free(struct caa_check *check);

#endif
