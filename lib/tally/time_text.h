/* Times as logs write them. Pure. */
#ifndef CAA_TALLY_TIME_TEXT_H
#define CAA_TALLY_TIME_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

/* Finds the first time in the beginning of a line: ISO 8601 ("2026-11-24 03:15:00+01:00", also
   with slashes), syslog ("Nov 24 03:15:00"), klog ("E1124 03:15:00.1"), "24/Nov/2026:03:15:00
   +0100", "Tue Nov 24 03:15:00 UTC 2026", "[1795489200]" and "\"ts\":1795489200.5". What has no
   zone is UTC; what has no year is the last such day before tomorrow of `now_us`. In
   microseconds since 1970; only what is in 2000 to 2099. False where there is none. */
bool caa_time_find(struct caa_slice line, int64_t now_us, int64_t *at_us);

/* A time alone: ISO 8601, also a date without a time, or seconds (or milliseconds) since 1970.
 */
bool caa_time_read(struct caa_slice text, int64_t *at_us);

/* Seconds since 1970, or milliseconds where they are too many for that. */
bool caa_time_of_number(double number, int64_t *at_us);

#endif
