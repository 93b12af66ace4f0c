/* Whether a rate changed in the course of time, and when. Pure. */
#ifndef CAA_STATISTICS_CHANGE_H
#define CAA_STATISTICS_CHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What happened in one stretch of time after another. */
struct caa_stretches {
    size_t count;
    const double *exposure; /* of each: how many checks, or how much time; 0 or more */
    const uint32_t *failures;
    bool of_checks; /* exposure counts checks, each of which fails or not */
};

enum { CAA_CHANGE_FAILURES_LEAST = 5 }; /* with fewer nothing can be told */

struct caa_change {
    double p;     /* how probable so uneven failures are at one rate all along */
    size_t at;    /* the rate is another one from this stretch on: the most likely place */
    size_t early; /* it may be as early as this … */
    size_t late;  /* … or as late as this, with the confidence asked for */
    uint64_t failures_before, failures_after;
    double exposure_before, exposure_after;
};

/* Looks for one change. The p-value is Kolmogorov's and Smirnov's, of where among all checks
   the failures lie (Stephens 1970 for few of them; where stretches hold many it errs to the
   safe side). The place has the highest likelihood, its bounds those of Siegmund 1988. False,
   and `change` not filled in, where there are too few failures or stretches. */
bool caa_change_find(const struct caa_stretches *stretches, double confidence,
                     struct caa_change *change);

/* How probable a distance of `d` or more is between `count` even draws and their distribution:
   the test of Kolmogorov and Smirnov. */
double caa_kolmogorov_p(double d, double count);

#endif
