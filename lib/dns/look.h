/* Two looks at one question, compared. */
#ifndef CAA_DNS_LOOK_H
#define CAA_DNS_LOOK_H

#include <stdbool.h>

#include "dns/answer.h"

/* Both say the same: records or none, the same set of RDATA in any order, the same security.
   True also where there is no memory to find out. */
bool caa_answers_agree(const struct caa_answer *a, const struct caa_answer *b);

/* What `answer` said, for an answer that says something else. */
struct caa_look caa_look_at(const struct caa_answer *answer, enum caa_look_kind kind);

/* A copy of `answer` that tells of `look`, with one reference for the caller; NULL when out of
   memory. */
const struct caa_answer *caa_answer_beside(const struct caa_answer *answer,
                                           const struct caa_look *look);

/* "earlier": the code used in JSON. Static. */
const char *caa_look_code(enum caa_look_kind kind);

#endif
