/* A second look: the question asked again with cold caches, pinned to the servers that just
   answered, fully validated; and where that is bogus, once more at each server alone. */
#ifndef CAA_RESCUE_ATTEMPT_H
#define CAA_RESCUE_ATTEMPT_H

#include "base/err.h"
#include "dns/lookup.h"
#include "rescue/pinning.h"

struct caa_attempt;

/* Exactly once, never from inside start. `answer` is valid during the call. The attempt may be
   freed in it, and has to be some time. */
typedef void caa_attempt_done(void *context, const struct caa_answer *answer);

/* There is no room to ask anybody now: caa_attempt_go_on is to be called soon. Never from
   inside start. */
typedef void caa_attempt_waits(void *context);

/* Asks `lookup`, which must outlive the attempt, for the question (its own pin does not
   matter), pinned as `pinning` says, which is copied. Where that is bogus each server of the
   signed zones is asked alone, once for all who share `ledger`. Bogus is the answer only where
   everybody was asked who may be, and so never where the path does not reach up to a signed
   zone, or down to the name; before that it is a failure that may pass. CAA_ERR_LIMIT
   where too many pinned questions are in flight: try again soon; CAA_ERR_NOMEM,
   CAA_ERR_RESOLVER. */
enum caa_err caa_attempt_start(struct caa_attempt **attempt, struct caa_lookup *lookup,
                               const struct caa_question *question,
                               const struct caa_pinning *pinning, struct caa_ledger *ledger,
                               caa_attempt_done *done, caa_attempt_waits *waits, void *context);

/* Where the attempt waits for room, asks once more, which may end it; false where it does not.
 */
bool caa_attempt_go_on(struct caa_attempt *attempt);

/* Somebody is being asked by others: it is worth while to try again soon. */
bool caa_attempt_passed_over(const struct caa_attempt *attempt);

/* The first answer that was bogus, owned by the attempt; NULL: none was. */
const struct caa_answer *caa_attempt_bogus(const struct caa_attempt *attempt);

/* How many it has asked so far: where there are more than a while ago, it does not hang. */
uint32_t caa_attempt_looks(const struct caa_attempt *attempt);

/* What this attempt has pinned. */
const struct caa_pinning *caa_attempt_pinning(const struct caa_attempt *attempt);

/* Ends it, without a call. NULL is fine. */
void caa_attempt_free(struct caa_attempt *attempt);

#endif
