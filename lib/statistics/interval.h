/* How sure a rate is that was counted. Pure. */
#ifndef CAA_STATISTICS_INTERVAL_H
#define CAA_STATISTICS_INTERVAL_H

#include <stdint.h>

/* A rate from 0 to 1, and between which bounds the true one lies. */
struct caa_interval {
    double rate;
    double low;
    double high;
};

/* Wilson's score interval (Wilson 1927) of `failures` among `total`, which hold the true rate
   with `confidence` (0.95, say). Of nothing counted it is 0, from 0 to 1. */
struct caa_interval caa_interval_wilson(uint64_t failures, uint64_t total, double confidence);

/* How many times as often something happened in one group as in another. */
struct caa_rate_ratio {
    double ratio; /* INFINITY where the second group had none */
    double low;
    double high; /* INFINITY where nothing bounds it */
};

/* The ratio of a rare event's two rates, `failures_a` among `total_a` to `failures_b` among
   `total_b`, with bounds that are exact for Poisson counts (Clopper and Pearson 1934, of the
   share of `failures_a` in all failures). Totals must not be 0; of no failures at all it is 1,
   from 0 to INFINITY. */
struct caa_rate_ratio caa_rate_ratio(uint64_t failures_a, double total_a, uint64_t failures_b,
                                     double total_b, double confidence);

#endif
