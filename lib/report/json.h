/* A check for programs: one JSON object, whose members are described in docs/check.schema.json
   and stay as they are. */
#ifndef CAA_REPORT_JSON_H
#define CAA_REPORT_JSON_H

#include <jansson.h>

#include "base/slice.h"
#include "check/check.h"
#include "problem/problem.h"

/* The report of a finished check as one line of JSON without the line's end, freed by free().
   `source` says who answered: "libunbound 1.17.1"; `evidence_id` where the check is kept, NULL
   for nowhere. NULL when out of memory. */
char *caa_json_check(const struct caa_check_result *result, const char *source,
                     const char *evidence_id);

/* The same as an object: a new reference. */
json_t *caa_json_check_object(const struct caa_check_result *result, const char *source,
                              const char *evidence_id);

/* The same for a name that needed no check (CAA_PROBLEM_IP_ADDRESS, CAA_PROBLEM_ONION), or
   could not be read (CAA_PROBLEM_NOT_A_NAME), for the `reason` given. Octets of `subject` that
   are not printable become '?'. */
char *caa_json_unchecked(struct caa_slice subject, enum caa_problem problem,
                         const char *reason);

#endif
