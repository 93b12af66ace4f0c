/* Evidence of a rescue for programs. */
#ifndef CAA_DNS_EVIDENCE_JSON_H
#define CAA_DNS_EVIDENCE_JSON_H

#include <jansson.h>

#include "dns/evidence.h"

/* The object that docs/check.schema.json calls evidence; a new reference, NULL when out of
 * memory. */
json_t *caa_json_evidence(const struct caa_evidence *evidence);

/* The code, or null for none; a new reference, NULL when out of memory. */
json_t *caa_json_fault(enum caa_fault fault);
json_t *caa_json_failure(enum caa_failure failure);

/* {"advised": …, "after_s": …, "why": …}; a new reference, NULL when out of memory. */
json_t *caa_json_retry(const struct caa_evidence *evidence);

#endif
