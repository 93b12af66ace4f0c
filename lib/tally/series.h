/* Counts along time, in a bounded number of buckets that grow as the time does. */
#ifndef CAA_TALLY_SERIES_H
#define CAA_TALLY_SERIES_H

#include <stdint.h>
#include <sys/queue.h>

enum { CAA_SERIES_BUCKETS = 2048 };

/* What was counted in each bucket of the calendar. */
struct caa_series {
    SLIST_ENTRY(caa_series) link;
    uint32_t checks[CAA_SERIES_BUCKETS];
    uint32_t failures[CAA_SERIES_BUCKETS];
};

/* The buckets that all series of a tally share. */
struct caa_calendar {
    SLIST_HEAD(, caa_series) series;
    int64_t start_s;         /* since 1970, of the first bucket; a multiple of `width_s` */
    int64_t width_s;         /* of one, from a minute up; 0: nothing was counted yet */
    int64_t first_s, last_s; /* what was counted */
};

/* A new series of the calendar, all zero, freed by caa_calendar_clear. NULL when out of memory.
 */
struct caa_series *caa_series_new(struct caa_calendar *calendar);

/* The bucket of that time, from 0; the calendar is made to hold it, whatever was counted
   before. `at_s` is from 0 to the year 9999. */
int caa_calendar_bucket(struct caa_calendar *calendar, int64_t at_s);

/* The buckets from the first to the last that hold anything: `*first`, and how many; 0 where
   nothing was counted. */
int caa_calendar_span(const struct caa_calendar *calendar, int *first);

/* Frees all series. */
void caa_calendar_clear(struct caa_calendar *calendar);

#endif
