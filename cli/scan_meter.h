/* How a scan gets on: a line on a terminal while it runs, and a summary at its end. */
#ifndef CAA_CLI_SCAN_METER_H
#define CAA_CLI_SCAN_METER_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/scan_state.h"

struct caa_scan_meter {
    bool on_terminal; /* standard error is one: else no line is ever written */
    bool colour;
    bool shown;
    uint64_t total; /* names in all; 0: not known */
    uint64_t first; /* that an earlier run had done */
    int64_t started_us;
};

/* Looks whether there is a terminal. `first` names are done already. */
struct caa_scan_meter caa_scan_meter_begin(uint64_t total, uint64_t first, int64_t now_us);

/* Rewrites the line. */
void caa_scan_meter_show(struct caa_scan_meter *meter, const struct caa_scan_state *state,
                         uint32_t running, int64_t now_us);

/* Names in the file at `path`: lines with something in them; 0 where it cannot be read twice.
 */
uint64_t caa_scan_meter_count(const char *path);

/* Takes the line away and writes the summary to standard error; `how` it ended, in a word or
 * two. */
void caa_scan_meter_end(struct caa_scan_meter *meter, const struct caa_scan_state *state,
                        const char *how, int64_t now_us);

#endif
