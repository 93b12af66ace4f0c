#include "tally/series.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct caa_series *caa_series_new(struct caa_calendar *calendar) {
    struct caa_series *series = calloc(1, sizeof *series);
    if (series != NULL) SLIST_INSERT_HEAD(&calendar->series, series, link);
    return series;
}

void caa_calendar_clear(struct caa_calendar *calendar) {
    struct caa_series *series;
    while ((series = SLIST_FIRST(&calendar->series)) != NULL) {
        SLIST_REMOVE_HEAD(&calendar->series, link);
        free(series);
    }
}

/* Each width divides the next, so that buckets can be put together. */
static int64_t next_width(int64_t width_s) {
    static const int64_t widths_s[] = {60, 120, 600, 1800, 3600, 7200, 21600, 43200, 86400};
    for (size_t i = 0; i < sizeof widths_s / sizeof widths_s[0]; i++)
        if (widths_s[i] > width_s) return widths_s[i];
    return width_s * 2;
}

static void move_counts(uint32_t counts[CAA_SERIES_BUCKETS], const struct caa_calendar *from,
                        const struct caa_calendar *to) {
    uint32_t moved[CAA_SERIES_BUCKETS] = {0};
    for (int i = 0; i < CAA_SERIES_BUCKETS; i++) {
        if (counts[i] == 0) continue;
        int64_t at_s = from->start_s + i * from->width_s;
        moved[(at_s - to->start_s) / to->width_s] += counts[i];
    }
    memcpy(counts, moved, sizeof moved);
}

/* Buckets for everything from `first_s` to `last_s`, with a quarter of them to spare in front.
 */
static void lay_out(struct caa_calendar *calendar, int64_t first_s, int64_t last_s) {
    enum { MOST = CAA_SERIES_BUCKETS * 3 / 4 };
    struct caa_calendar before = *calendar;
    struct caa_series *series;
    calendar->width_s = before.width_s == 0 ? next_width(0) : before.width_s;
    while (last_s / calendar->width_s - first_s / calendar->width_s >= MOST)
        calendar->width_s = next_width(calendar->width_s);
    calendar->start_s =
        (first_s / calendar->width_s - CAA_SERIES_BUCKETS / 4) * calendar->width_s;
    if (before.width_s == 0) return;
    SLIST_FOREACH(series, &calendar->series, link) {
        move_counts(series->checks, &before, calendar);
        move_counts(series->failures, &before, calendar);
    }
}

int caa_calendar_bucket(struct caa_calendar *calendar, int64_t at_s) {
    int64_t end_s = calendar->start_s + CAA_SERIES_BUCKETS * calendar->width_s;
    bool anew = calendar->width_s == 0;
    if (anew) calendar->first_s = calendar->last_s = at_s;
    if (at_s < calendar->first_s) calendar->first_s = at_s;
    if (at_s > calendar->last_s) calendar->last_s = at_s;
    if (anew || at_s < calendar->start_s || at_s >= end_s)
        lay_out(calendar, calendar->first_s, calendar->last_s);
    return (int)((at_s - calendar->start_s) / calendar->width_s);
}

int caa_calendar_span(const struct caa_calendar *calendar, int *first) {
    *first = 0;
    if (calendar->width_s == 0) return 0;
    *first = (int)((calendar->first_s - calendar->start_s) / calendar->width_s);
    return (int)((calendar->last_s - calendar->start_s) / calendar->width_s) - *first + 1;
}
