/* Evidence of a rescue for people. */
#ifndef CAA_REPORT_EVIDENCE_TEXT_H
#define CAA_REPORT_EVIDENCE_TEXT_H

#include <stdio.h>

#include "dns/evidence.h"
#include "report/text.h"

/* Writes what the servers did, those alike in one line each, `indent` columns from the left. */
void caa_text_evidence(FILE *out, const struct caa_evidence *evidence, int indent,
                       const struct caa_text_style *style);

#endif
