/* Time, injected: what takes a clock can be tested at any hour. */
#ifndef CAA_BASE_CLOCK_H
#define CAA_BASE_CLOCK_H

#include <stdint.h>

struct caa_clock {
    /* Microseconds since some fixed point, never going back: for durations. */
    int64_t (*monotonic_us)(void *context);
    /* Microseconds since 1970-01-01T00:00:00Z: for records of what happened when. */
    int64_t (*wall_us)(void *context);
    void *context;
};

/* The machine's own clock. Static. */
const struct caa_clock *caa_clock_system(void);

/* What `clock` says now, as described for its members. */
int64_t caa_clock_monotonic_us(const struct caa_clock *clock);
int64_t caa_clock_wall_us(const struct caa_clock *clock);

enum { CAA_TIME_TEXT_MAX = 32 };

/* ISO 8601 in UTC with milliseconds, "2026-11-24T03:15:00.123Z", NUL-terminated; "" of a
   time before the year 0. */
void caa_time_to_text(int64_t wall_us, char text[CAA_TIME_TEXT_MAX]);

#endif
