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
    CAA_CONTROL_FAILS, /* and whether anybody said so, or nobody was heard, is not known */
    CAA_CONTROL_BOGUS,
};

/* The fault for a zone that fails thus, run by `who` (caa_suffix_who; CAA_FAULT_NONE where no
   zone was found to fail). A registry is not blamed before another one was found to work, and
   where nobody was heard at all nobody is. It is us where nothing validates anywhere, or where
   another zone fails too and no server at all was `heard` on the way to this one: what they
   said has come through our network, and the other registry may have a bad day of its own. */
enum caa_fault caa_advice_fault(enum caa_fault who, enum caa_failure failure, bool heard,
                                enum caa_control control);

/* That `zone` fails wholly is our own matter: it is the root, whose servers twelve
   organisations run. All of them fail for who has no way to them, or whom somebody on the way
   answers in their stead. Only that another top-level domain could be looked up, for which a
   root server was needed, speaks for our network. */
bool caa_advice_is_ours(const struct caa_name *zone, enum caa_control control);

/* The failure of a zone that is run by `who` lasts until somebody mends it: waiting does not
   help. That all servers of a registry are lame is a mishap of people who watch them day and
   night: it passes, where a customer's lame delegation stays for months. */
bool caa_advice_is_lasting(enum caa_fault who, enum caa_failure failure);

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
