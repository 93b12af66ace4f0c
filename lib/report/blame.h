/* Whose fault a failure is, by the evidence, in words. */
#ifndef CAA_REPORT_BLAME_H
#define CAA_REPORT_BLAME_H

#include "base/writer.h"
#include "dns/evidence.h"

/* What the failing zone's servers do, who can mend it, and when to try again: one sentence a
 * line. */
void caa_sentence_blame(const struct caa_evidence *evidence, struct caa_writer *out);

#endif
