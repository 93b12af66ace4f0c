/* Where a scan writes, and the state that goes with it: every name's line exactly once, however
   often the scan is interrupted. */
#ifndef CAA_CLI_SCAN_OUTPUT_H
#define CAA_CLI_SCAN_OUTPUT_H

#include <stdio.h>

#include "cli/check_options.h"
#include "cli/scan_state.h"

struct caa_scan_output {
    FILE *file;             /* or standard output */
    const char *path;       /* NULL: standard output */
    const char *state_path; /* NULL: nobody continues */
    struct caa_scan_state state;
};

/* Opens both, and takes what was written after the last state out of the output again.
   CAA_ERR_FILE, CAA_ERR_SYNTAX with the reason, also where another scan writes there, where the
   request was another one, or where there is output without a state. */
enum caa_err caa_scan_output_open(struct caa_scan_output *output, const char *path,
                                  const char *state_path, uint64_t request_hash,
                                  struct caa_diag *diag);

/* Writes the line of the next name, which is counted. CAA_ERR_FILE. */
enum caa_err caa_scan_output_line(struct caa_scan_output *output, struct caa_slice name,
                                  const char *line, enum caa_scan_count count,
                                  struct caa_diag *diag);

/* What was written is on disk, then the state is. CAA_ERR_FILE. */
enum caa_err caa_scan_output_save(struct caa_scan_output *output, struct caa_diag *diag);

/* Of all that is asked about each name. */
uint64_t caa_scan_output_request_hash(const struct caa_check_options *options);

void caa_scan_output_close(struct caa_scan_output *output);

#endif
