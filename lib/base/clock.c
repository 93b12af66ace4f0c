#include "base/clock.h"

#include <stdio.h>
#include <time.h>

static int64_t read_us(clockid_t id) {
    struct timespec now = {0};
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int64_t system_monotonic_us(void *context) {
    (void)context;
    return read_us(CLOCK_MONOTONIC);
}

static int64_t system_wall_us(void *context) {
    (void)context;
    return read_us(CLOCK_REALTIME);
}

const struct caa_clock *caa_clock_system(void) {
    static const struct caa_clock system_clock = {system_monotonic_us, system_wall_us, NULL};
    return &system_clock;
}

int64_t caa_clock_monotonic_us(const struct caa_clock *clock) {
    return clock->monotonic_us(clock->context);
}

int64_t caa_clock_wall_us(const struct caa_clock *clock) {
    return clock->wall_us(clock->context);
}

void caa_time_to_text(int64_t wall_us, char text[CAA_TIME_TEXT_MAX]) {
    time_t seconds = (time_t)(wall_us / 1000000);
    struct tm utc;
    char whole[CAA_TIME_TEXT_MAX - 6];
    if (gmtime_r(&seconds, &utc) == NULL || strftime(whole, sizeof whole, "%FT%T", &utc) == 0)
        whole[0] = '\0';
    snprintf(text, CAA_TIME_TEXT_MAX, "%s.%03dZ", whole, (int)(wall_us / 1000 % 1000));
}
