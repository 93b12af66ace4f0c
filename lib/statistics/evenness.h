/* Whether failures come evenly: by the hour of the day, and one by one. Pure. */
#ifndef CAA_STATISTICS_EVENNESS_H
#define CAA_STATISTICS_EVENNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CAA_HOURS = 24,
    CAA_RHYTHM_FAILURES_LEAST = 10, /* with fewer nothing can be told */
};

/* A daily rhythm with one high and one low. */
struct caa_rhythm {
    double p;         /* how probable so much rhythm is where there is none */
    double peak_hour; /* 0 to 24: where the failures lean to */
    double strength;  /* 0: even; 1: all at one time of the day */
};

/* Tests for it: Rayleigh's test, where the checks themselves are spread over the hours as
   `exposure` says. False, and nothing filled in, where there are too few failures. */
bool caa_rhythm_find(const double exposure[CAA_HOURS], const uint64_t failures[CAA_HOURS],
                     struct caa_rhythm *rhythm);

/* How much more failures crowd together than chance would have it: about 1 where each comes by
   itself, Pearson's chi-square over its degrees of freedom. `rate` is that of each stretch.
   `*sigmas`: how far off chance that is, in standard deviations (Haldane 1937). Stretches
   without exposure do not count; 1 and 0 where there is nothing to tell. */
double caa_crowding(size_t count, const double *exposure, const uint32_t *failures,
                    const double *rate, double *sigmas);

#endif
