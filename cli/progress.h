/* One line on a terminal that tells of a rescue as it happens, and is gone when it is over. */
#ifndef CAA_CLI_PROGRESS_H
#define CAA_CLI_PROGRESS_H

#include <stdbool.h>

#include "base/writer.h"
#include "check/check.h"

struct caa_progress {
    bool on_terminal; /* standard error is one: else nothing is ever written */
    bool shown;
};

/* How long a line may be on the terminal that standard error is, so that it does not wrap: one
   that does cannot be taken away. */
int caa_progress_columns(void);

/* Looks whether there is a terminal. */
struct caa_progress caa_progress_begin(void);

/* Writes or rewrites the line for a check that runs, if any of its lookups has failed so far.
 */
void caa_progress_show(struct caa_progress *progress, struct caa_check *check);

/* Takes the line away, so that something else can be written. */
void caa_progress_clear(struct caa_progress *progress);

#endif
