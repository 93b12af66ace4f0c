/* Lint for people: the record with a caret under each octet that is wrong, and what it means.
 */
#ifndef CAA_REPORT_LINT_TEXT_H
#define CAA_REPORT_LINT_TEXT_H

#include <stdio.h>

#include "report/lint.h"
#include "report/text.h"

/* Where a record stands. */
struct caa_lint_origin {
    const char *file;             /* or NULL: on the command line */
    unsigned long line;           /* from 1; 0 where that is not known */
    const struct caa_name *owner; /* or NULL */
};

/* Writes one record to `out`, whose errors are the caller's to look for. */
void caa_lint_text_record(FILE *out, const struct caa_lint *lint,
                          const struct caa_lint_origin *origin,
                          const struct caa_text_style *style);

/* Writes what the records of one owner come to together. */
void caa_lint_text_set(FILE *out, const struct caa_lint_set *set,
                       const struct caa_text_style *style);

#endif
