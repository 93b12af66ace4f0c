/* The extension member `caa` of a problem document (docs/problem.schema.json): one shape,
   whoever has said what stands in it. */
#ifndef CAA_PROBLEM_EXTENSION_H
#define CAA_PROBLEM_EXTENSION_H

#include <jansson.h>

#include "problem/problem.h"

/* References are taken; where nothing is told, json_null(). */
struct caa_problem_extension {
    json_t *name; /* as it would stand in the certificate */
    enum caa_problem problem;
    json_t *owner;     /* whose CAA decided, or could not be looked up */
    const char *fault; /* code; NULL: several, that differ */
    json_t *zone;
    const char *kind; /* code; "" or NULL: not known */
    struct caa_retry_advice retry;
    const char *evidence_id; /* "" or NULL: none is kept */
};

/* The member's value, a new reference; NULL when out of memory, also where a reference that was
   to be taken is NULL for that reason. */
json_t *caa_problem_extension(const struct caa_problem_extension *said);

#endif
