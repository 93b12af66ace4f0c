/* A lookup that wraps the recursor and saves what fails: late ones get a second look, failed
   ones are investigated at the servers themselves and asked again, validated, where it works.
 */
#ifndef CAA_RESCUE_RESCUE_H
#define CAA_RESCUE_RESCUE_H

#include <stdbool.h>
#include <stdint.h>

#include <event2/event.h>

#include "base/clock.h"
#include "base/err.h"
#include "dns/lookup.h"
#include "probe/exchange.h"
#include "rescue/ledger.h"
#include "resolve/bootstrap.h"

/* Two looks at the question, taken at the same time, said different things, both sound: the
   first was given to who had asked, the second came later and decides nothing. Both are valid
   during the call. */
typedef void caa_rescue_disagreement(void *context, const struct caa_question *question,
                                     const struct caa_answer *given,
                                     const struct caa_answer *other);

struct caa_rescue_setting {
    struct event_base *base; /* all of these must outlive the rescue */
    const struct caa_clock *clock;
    const struct caa_random *random; /* NULL: the system's */
    const struct caa_root_hints *root_hints;
    struct caa_ledger *ledger; /* shared by all threads */
    bool prove_insecure;       /* ask for the DS of a failing zone: for br-insecure-failure */
    uint32_t give_up_ms;       /* a rescue nobody gave up on ends after this; 0: an hour */
    caa_rescue_disagreement *disagreement; /* NULL: looks are not compared */
    void *context;                         /* of `disagreement` */
};

/* What became of the lookups so far. */
struct caa_rescue_counts {
    uint64_t lookups;
    uint64_t hedged;  /* were late and asked a second time */
    uint64_t failed;  /* failed at first */
    uint64_t rescued; /* and were saved */
    uint64_t lost;    /* and were not, before they were cancelled */
    uint64_t investigations;
};

/* Wraps `inner`, which the new lookup owns from here on, also on error. Answers saved by a
   rescue say so (caa_answer.rescued) and carry its evidence, and so do failures. A question
   that has a pin goes straight through. CAA_ERR_NOMEM, CAA_ERR_EVENT. */
enum caa_err caa_rescue_new(struct caa_lookup **lookup, struct caa_lookup *inner,
                            const struct caa_rescue_setting *setting);

/* `lookup` must come from caa_rescue_new. */
struct caa_rescue_counts caa_rescue_counts(const struct caa_lookup *lookup);

#endif
