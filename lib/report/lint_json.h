/* Lint for programs: objects whose members are described in docs/lint.schema.json and stay as
   they are. */
#ifndef CAA_REPORT_LINT_JSON_H
#define CAA_REPORT_LINT_JSON_H

#include "report/lint.h"
#include "report/lint_text.h"

/* One record as one line of JSON without the line's end, freed by free(). NULL when out of
   memory. */
char *caa_lint_json_record(const struct caa_lint *lint, const struct caa_lint_origin *origin);

/* The same for the set of one owner. */
char *caa_lint_json_set(const struct caa_lint_set *set);

#endif
