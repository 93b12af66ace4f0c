/* Whether two rates differ by more than chance. Pure. */
#ifndef CAA_STATISTICS_COMPARISON_H
#define CAA_STATISTICS_COMPARISON_H

#include <stddef.h>
#include <stdint.h>

/* Two groups; failures are at most the totals, which are at least 1. */
struct caa_two_rates {
    uint64_t failures_a, total_a;
    uint64_t failures_b, total_b;
};

/* How probable it is to see what is at least as unlikely as this, if both groups have one rate:
   Fisher's exact test, two-sided (as likely or less likely tables). Where there are more than
   CAA_EXACT_MOST failures or totals beyond the exact test, the pooled two-proportion z test. */
double caa_comparison_p(const struct caa_two_rates *rates);

/* The least p that so many failures in all could come to, however they fell: where it is above
   the level, no result could have been significant. */
double caa_comparison_least_p(const struct caa_two_rates *rates);

enum { CAA_EXACT_MOST = 20000 };

/* Adjusts `count` p-values to the family that they are (Holm 1979): comparing `adjusted[i]`
   with a level makes one false alarm or more among all of them only as often as the level says.
   At most CAA_HOLM_MOST. */
void caa_holm_adjust(const double *p, double *adjusted, size_t count);

enum { CAA_HOLM_MOST = 256 };

#endif
