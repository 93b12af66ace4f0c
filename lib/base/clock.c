#include "base/clock.h"

#include <time.h>

#include "base/writer.h"

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
    struct caa_writer out = caa_writer_into(text, CAA_TIME_TEXT_MAX);
    int64_t ms = wall_us / 1000 - (wall_us % 1000 < 0);
    time_t seconds = (time_t)(ms / 1000 - (ms % 1000 < 0));
    struct tm utc;
    if (gmtime_r(&seconds, &utc) == NULL || utc.tm_year < -1900) return;
    const struct {
        size_t width;
        int number;
        char after;
    } parts[] = {
        {4, utc.tm_year + 1900, '-'},
        {2, utc.tm_mon + 1, '-'},
        {2, utc.tm_mday, 'T'},
        {2, utc.tm_hour, ':'},
        {2, utc.tm_min, ':'},
        {2, utc.tm_sec, '.'},
        {3, (int)(ms - seconds * 1000), 'Z'},
    };
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        caa_writer_padded(&out, (uint64_t)parts[i].number, parts[i].width);
        caa_writer_char(&out, parts[i].after);
    }
}
