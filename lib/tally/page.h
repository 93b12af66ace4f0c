/* A report as one page of HTML that needs nothing else: to mail, to print. */
#ifndef CAA_TALLY_PAGE_H
#define CAA_TALLY_PAGE_H

#include <stdio.h>

#include "tally/tally.h"

/* Writes all of a finished tally; `title` may be NULL, and hostile. The caller looks for errors
   of `out`. CAA_ERR_NOMEM. */
enum caa_err caa_tally_page(FILE *out, const struct caa_tally *tally, const char *title);

#endif
