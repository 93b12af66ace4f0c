/* A check for programs: one JSON object, whose members are described in docs/check.schema.json
   and stay as they are. */
#ifndef CAA_REPORT_JSON_H
#define CAA_REPORT_JSON_H

#include "base/slice.h"
#include "check/check.h"

/* The report of a finished check as one line of JSON without the line's end, freed by free().
   `source` says who answered: "libunbound 1.17.1". NULL when out of memory. */
char *caa_json_check(const struct caa_check_result *result, const char *source);

/* The same for a name that needed no check, or could not be read: `verdict` is "not-applicable"
   or "error". Octets of `subject` that are not printable become '?'. */
char *caa_json_unchecked(struct caa_slice subject, const char *verdict, const char *sentence);

#endif
