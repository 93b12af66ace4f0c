/* Whose fault a failure is, and whether and when to try again. Pure. */
#ifndef CAA_RESCUE_ADVICE_H
#define CAA_RESCUE_ADVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "dns/answer.h"

/* What became of the question for another top-level domain, asked before a registry is blamed.
 */
enum caa_control {
    CAA_CONTROL_OPEN, /* not asked, or no answer yet */
    CAA_CONTROL_WORKS,
    CAA_CONTROL_FAILS,
};

/* The fault for a failing zone run by `who` (caa_suffix_who; CAA_FAULT_NONE where no zone was
   found to fail): if other zones fail too it is us, and a registry is not blamed before that is
   ruled out. */
enum caa_fault caa_advice_fault(enum caa_fault who, enum caa_control control);

/* The failure lasts until somebody mends the zone: waiting does not help. */
bool caa_advice_is_lasting(enum caa_failure failure);

/* The answer does not validate. libunbound also calls it bogus where it could not fetch a key
   at all, which no server has said anything about and which passes. */
bool caa_advice_is_bogus(const struct caa_answer *answer);

struct caa_retry_advice {
    bool advised;
    uint32_t after_s; /* where advised: at least 1 */
    const char *why;  /* static, one clause for a person */
};

/* `random` spreads the seconds by a quarter to either side, so that clients do not come back
   all at once. */
struct caa_retry_advice caa_advice_retry(enum caa_fault fault, enum caa_failure failure,
                                         uint32_t random);

#endif
