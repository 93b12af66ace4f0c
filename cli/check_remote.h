/* `caa check --server`: the same command, the checks made by a caad. */
#ifndef CAA_CLI_CHECK_REMOTE_H
#define CAA_CLI_CHECK_REMOTE_H

#include "cli/check_options.h"

/* Has the names of `options` checked by the server that it names, and prints what `caa check`
   would. Returns the exit code. */
int caa_check_remote(const struct caa_check_options *options);

/* Of verdicts in words: how bad an exit code is, to find the worst of several names. */
int caa_check_badness(int exit_code);

#endif
