/* Error texts of CAs that do not follow Boulder's grammar. */
#ifndef CAA_PROBLEM_OTHER_CA_H
#define CAA_PROBLEM_OTHER_CA_H

#include "base/slice.h"
#include "problem/problem.h"

/* CAA_OTHER_CA("words", PROBLEM, "CA", "source") in other_ca.def. Static. */
struct caa_other_ca {
    const char *words;
    enum caa_problem problem;
    const char *ca; /* "" where several use them */
};

/* The entry whose words stand in `text` from octet `at` on, and are no part of a longer word;
   NULL where none does. */
const struct caa_other_ca *caa_other_ca_at(struct caa_slice text, size_t at);

#endif
