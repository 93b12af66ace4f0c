/* What a person or a client is told about a name that may not be issued for. */
#ifndef CAA_PROBLEM_PROBLEM_H
#define CAA_PROBLEM_PROBLEM_H

#include "base/writer.h"
#include "check/check.h"
#include "rescue/advice.h"

/* Its numbers are part of the interface. */
enum caa_problem {
    CAA_PROBLEM_NONE = 0,
#define CAA_PROBLEM(name, number, code, type, phrase, hint, text) CAA_PROBLEM_##name = number,
#define CAA_EXPLAINED(name, number, code, text)                   CAA_PROBLEM_##name = number,
#include "problem/problem.def"
#undef CAA_PROBLEM
#undef CAA_EXPLAINED
};

/* Everything that is known of a problem beside its text. */
struct caa_problem_facts {
    enum caa_problem problem;
    const struct caa_name
        *owner;           /* whose CAA decided or could not be looked up; NULL: nobody's */
    enum caa_fault fault; /* meaningless where a record forbids: see caa_problem_fault */
    const struct caa_name *zone; /* the failing one; NULL where none can be named */
    const char *kind;            /* code: how the zone fails, or what the records say; "" */
    struct caa_retry_advice retry;
};

/* What a finished check tells; names live as long as the result. CAA_PROBLEM_NONE where it is
   allowed. Where no rescue looked for it, the fault is unknown, and a failure that may pass by
   itself still has a time to try again. */
void caa_problem_of_result(struct caa_problem_facts *facts,
                           const struct caa_check_result *result);

/* "registry"; "policy" where a CAA record forbids: the code used in JSON. Static. */
const char *caa_problem_fault(const struct caa_problem_facts *facts);

/* "servfail": the code used in JSON; "" for CAA_PROBLEM_NONE. Static. */
const char *caa_problem_code(enum caa_problem problem);

/* For people; "" for CAA_PROBLEM_NONE. Static. */
const char *caa_problem_text(enum caa_problem problem);

/* "urn:ietf:params:acme:error:dns" (RFC 8555 section 6.7); "" for what is no ACME error of
   ours. Static. */
const char *caa_problem_type(enum caa_problem problem);

/* "SERVFAIL", "query timed out": what the detail says happened. Static. */
const char *caa_problem_phrase(enum caa_problem problem);

/* What the detail adds behind a hyphen; "" for nothing. Static. */
const char *caa_problem_hint(enum caa_problem problem);

#endif
