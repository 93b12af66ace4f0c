/* `detail` of an ACME problem document, to the letter as clients know it from Boulder. */
#ifndef CAA_PROBLEM_DETAIL_H
#define CAA_PROBLEM_DETAIL_H

#include "base/slice.h"
#include "problem/problem.h"

enum { CAA_PROBLEM_DETAIL_MAX = 4096 }; /* octets that are enough, the NUL included */

/* "While processing CAA for *.a.example: DNS problem: SERVFAIL looking up CAA for example - …"
   for a check that is not allowed; `facts` are the result's. Texts from the DNS are made
   printable. */
void caa_problem_detail(const struct caa_problem_facts *facts,
                        const struct caa_check_result *result, struct caa_writer *out);

/* "Cannot issue for "NAME": …" for what cannot be checked: CAA_PROBLEM_IP_ADDRESS,
   CAA_PROBLEM_ONION, or CAA_PROBLEM_NOT_A_NAME, for which `reason` is given. `given` may be
   hostile. */
void caa_problem_detail_unchecked(enum caa_problem problem, struct caa_slice given,
                                  const char *reason, struct caa_writer *out);

/* "Rechecking CAA for "NAME" and 2 more identifiers failed. …" for several names, `first` being
   one of them. */
void caa_problem_detail_several(const char *first, size_t more, struct caa_writer *out);

/* The name as it would stand in the certificate: "*.example.org". */
void caa_problem_subject(const struct caa_request *request, struct caa_writer *out);

#endif
