/* Is a finding the cause of the failure, and why, or why not? Pure. */
#ifndef CAA_DIAGNOSE_WEIGH_H
#define CAA_DIAGNOSE_WEIGH_H

#include "diagnose/findings.h"

/* Sets bearing and why of each finding, by the failure that `diagnosis` tells of; adds a last
   one where none of them explains it. */
void caa_findings_weigh(struct caa_findings *findings, const struct caa_diagnosis *diagnosis);

/* Puts them in the order of their weight: bearing, severity, the deepest zone first. */
void caa_findings_sort(struct caa_findings *findings);

#endif
