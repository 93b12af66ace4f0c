/* A report for programs. */
#ifndef CAA_TALLY_JSON_H
#define CAA_TALLY_JSON_H

#include "tally/tally.h"

/* The object that docs/report.schema.json describes, in one line, freed by free(). NULL when
   out of memory. */
char *caa_tally_json(const struct caa_tally *tally);

#endif
