/* What failed in a check, where, and how: by the check's evidence, else by what was observed.
 */
#ifndef CAA_DIAGNOSE_FAILURE_H
#define CAA_DIAGNOSE_FAILURE_H

#include "diagnose/diagnosis.h"

/* Fills in state, level, zone, failure and fault. Check and survey must be there. Pure. */
void caa_diagnosis_find_failure(struct caa_diagnosis *diagnosis);

/* The answer of the level that failed, or was rescued; NULL where none did. */
const struct caa_answer *caa_diagnosis_failed_answer(const struct caa_diagnosis *diagnosis);

#endif
