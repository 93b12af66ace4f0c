/* A diagnosis for people, for programs, and as a picture. */
#ifndef CAA_REPORT_DIAGNOSE_H
#define CAA_REPORT_DIAGNOSE_H

#include <stdio.h>

#include "diagnose/diagnosis.h"
#include "report/text.h"

/* For people: the check, the zones on the way, and the findings, causes first. */
void caa_text_diagnosis(FILE *out, const struct caa_diagnosis *diagnosis,
                        const struct caa_text_style *style);

/* For programs: one line of JSON without the line's end, as docs/diagnose.schema.json describes
   it, freed by free(). `source` as for caa_json_check. NULL when out of memory. */
char *caa_json_diagnosis(const struct caa_diagnosis *diagnosis, const char *source);

/* The same for a name that CAA does not speak of. */
char *caa_json_not_diagnosed(struct caa_slice subject, const char *why);

/* As a picture: an SVG document of its own, the chain of zones from the root down with each
   server's state, in colour, shape and words. False when out of memory, and nothing written. */
bool caa_picture_diagnosis(FILE *out, const struct caa_diagnosis *diagnosis);

#endif
