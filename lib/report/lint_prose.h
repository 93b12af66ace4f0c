/* What lint has to say, in words: the same in text and in JSON. */
#ifndef CAA_REPORT_LINT_PROSE_H
#define CAA_REPORT_LINT_PROSE_H

#include "base/writer.h"
#include "report/lint.h"

enum { CAA_LINT_PROSE_MAX = 4096 }; /* octets; what does not fit in them is left out */

/* Who is permitted by a record for which caa_lint_permits is true, as the end of a sentence
   without its full stop: "ca.example, only for account https://ca.example/1". */
void caa_lint_prose_permission(const struct caa_lint *lint, struct caa_writer *out);

/* What the record means, one sentence a line; nothing where the text could not be read. Safe to
   print. */
void caa_lint_prose_record(const struct caa_lint *lint, struct caa_writer *out);

/* What the records of a set bring about together, one sentence a line. */
void caa_lint_prose_set(const struct caa_lint_set *set, struct caa_writer *out);

#endif
