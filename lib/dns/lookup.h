/* The one seam between who asks and who answers: a recursor, a file, something that wraps
 * either. */
#ifndef CAA_DNS_LOOKUP_H
#define CAA_DNS_LOOKUP_H

#include <stdint.h>

#include "base/err.h"
#include "dns/answer.h"
#include "dns/name.h"
#include "dns/pin.h"

struct caa_question {
    struct caa_name name;
    uint16_t type;
    const struct caa_pin *pin; /* NULL: however the lookup likes; used during start only */
    uint64_t client;           /* who asks, so that nobody takes all there is; 0: not known */
};

/* Called once per started question, unless it was cancelled. `answer` is never NULL and valid
   during the call: caa_answer_retain keeps it. It may start and cancel lookups, but not free
   the lookup that calls it. */
typedef void caa_lookup_done(void *context, const struct caa_answer *answer);

struct caa_lookup;
struct caa_lookup_ticket; /* one question in flight; each implementation has its own */

struct caa_lookup_operations {
    enum caa_err (*start)(struct caa_lookup *lookup, const struct caa_question *question,
                          caa_lookup_done *done, void *context,
                          struct caa_lookup_ticket **ticket);
    void (*cancel)(struct caa_lookup *lookup, struct caa_lookup_ticket *ticket);
    void (*free)(struct caa_lookup *lookup);
    /* NULL where there is never more to say. */
    const struct caa_answer *(*failure_so_far)(struct caa_lookup *lookup,
                                               struct caa_lookup_ticket *ticket);
};

/* The first member of every implementation's struct. Used by one thread only. */
struct caa_lookup {
    const struct caa_lookup_operations *operations;
};

/* Asks. `done` is called exactly once, later, never from inside this call; a start that returns
   an error never calls it. `question` is copied. `*ticket` is valid until `done` is called or
   the lookup is cancelled. CAA_ERR_NOMEM, CAA_ERR_RESOLVER, and for a pinned question
   CAA_ERR_LIMIT where too many are in flight. */
static inline enum caa_err caa_lookup_start(struct caa_lookup *lookup,
                                            const struct caa_question *question,
                                            caa_lookup_done *done, void *context,
                                            struct caa_lookup_ticket **ticket) {
    return lookup->operations->start(lookup, question, done, context, ticket);
}

/* Gives up on a question in flight: its `done` is never called after this. */
static inline void caa_lookup_cancel(struct caa_lookup *lookup,
                                     struct caa_lookup_ticket *ticket) {
    lookup->operations->cancel(lookup, ticket);
}

/* What a question in flight would come to if it was given up now: a failure with its evidence,
   one reference for the caller; NULL where nothing has failed yet. The question stays in
   flight. */
static inline const struct caa_answer *caa_lookup_failure_so_far(
    struct caa_lookup *lookup, struct caa_lookup_ticket *ticket) {
    if (lookup->operations->failure_so_far == NULL) return NULL;
    return lookup->operations->failure_so_far(lookup, ticket);
}

/* Frees the lookup; questions in flight are dropped without a call. NULL is fine. */
static inline void caa_lookup_free(struct caa_lookup *lookup) {
    if (lookup != NULL) lookup->operations->free(lookup);
}

#endif
