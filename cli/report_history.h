/* A history read into a tally. */
#ifndef CAA_CLI_REPORT_HISTORY_H
#define CAA_CLI_REPORT_HISTORY_H

#include "base/diag.h"
#include "base/err.h"
#include "tally/tally.h"

/* Counts every check of the history at `place`, the path of an SQLite file or "postgresql://…",
   page by page. Errors as caa_history_open, and CAA_ERR_HISTORY where it cannot be read. */
enum caa_err caa_report_history(struct caa_tally *tally, const char *place,
                                struct caa_diag *diag);

#endif
