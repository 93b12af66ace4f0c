/* A report for people, as text. */
#ifndef CAA_TALLY_TEXT_H
#define CAA_TALLY_TEXT_H

#include <stdio.h>

#include "report/text.h"
#include "tally/tally.h"

/* Writes all of a finished tally. The caller looks for errors of `out`. CAA_ERR_NOMEM. */
enum caa_err caa_tally_text(FILE *out, const struct caa_tally *tally,
                            const struct caa_text_style *style);

#endif
