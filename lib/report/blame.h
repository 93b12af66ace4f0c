/* Whose fault a failure is, by the evidence, in words. */
#ifndef CAA_REPORT_BLAME_H
#define CAA_REPORT_BLAME_H

#include "base/writer.h"
#include "dns/answer.h"

/* What the failing zone's servers do, who can mend it, and when to try again: one sentence a
 * line. */
void caa_sentence_blame(const struct caa_evidence *evidence, struct caa_writer *out);

/* The zone that `answer`, a failure, depends on and that fails: the one its evidence names,
   where that encloses the answer's name; else the name itself. It lives as long as `answer`. */
const struct caa_name *caa_blame_zone(const struct caa_answer *answer);

#endif
