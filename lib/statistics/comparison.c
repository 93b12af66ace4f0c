#include "statistics/comparison.h"

#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>

/* Tables as likely as the one seen count, and the last digits do not: R's fisher.test has the
   same tolerance. */
#define TIE (1 + 1e-7)

static bool is_exact(const struct caa_two_rates *rates) {
    uint64_t failures = rates->failures_a + rates->failures_b;
    return failures <= CAA_EXACT_MOST && rates->total_a < INT_MAX && rates->total_b < INT_MAX;
}

/* How probable it is that `k` of all failures fall into the first group. */
static double table_p(const struct caa_two_rates *rates, uint64_t k) {
    return gsl_ran_hypergeometric_pdf((unsigned)k, (unsigned)rates->total_a,
                                      (unsigned)rates->total_b,
                                      (unsigned)(rates->failures_a + rates->failures_b));
}

static void range(const struct caa_two_rates *rates, uint64_t *least, uint64_t *most) {
    uint64_t failures = rates->failures_a + rates->failures_b;
    *least = failures > rates->total_b ? failures - rates->total_b : 0;
    *most = failures < rates->total_a ? failures : rates->total_a;
}

static double fisher_p(const struct caa_two_rates *rates) {
    uint64_t least, most;
    double seen = table_p(rates, rates->failures_a), sum = 0;
    range(rates, &least, &most);
    for (uint64_t k = least; k <= most; k++) {
        double p = table_p(rates, k);
        if (p <= seen * TIE) sum += p;
    }
    return sum > 1 ? 1 : sum;
}

static double pooled_z_p(const struct caa_two_rates *rates) {
    double na = (double)rates->total_a, nb = (double)rates->total_b;
    double a = (double)rates->failures_a / na, b = (double)rates->failures_b / nb;
    double pooled = (double)(rates->failures_a + rates->failures_b) / (na + nb);
    double variance = pooled * (1 - pooled) * (1 / na + 1 / nb);
    return variance <= 0 ? 1 : 2 * gsl_cdf_ugaussian_Q(fabs(a - b) / sqrt(variance));
}

double caa_comparison_p(const struct caa_two_rates *rates) {
    return is_exact(rates) ? fisher_p(rates) : pooled_z_p(rates);
}

double caa_comparison_least_p(const struct caa_two_rates *rates) {
    uint64_t least, most;
    if (!is_exact(rates)) return 0;
    range(rates, &least, &most);
    double low = table_p(rates, least), high = table_p(rates, most);
    if (least == most) return 1;
    if (low > high * TIE) return high;
    return high > low * TIE ? low : low + high;
}

struct ranked {
    double p;
    size_t index;
};

static int by_p(const void *a, const void *b) {
    const struct ranked *first = a, *second = b;
    return (first->p > second->p) - (first->p < second->p);
}

void caa_holm_adjust(const double *p, double *adjusted, size_t count) {
    struct ranked ranked[CAA_HOLM_MOST];
    double highest = 0;
    if (count > CAA_HOLM_MOST) count = CAA_HOLM_MOST;
    for (size_t i = 0; i < count; i++) ranked[i] = (struct ranked){p[i], i};
    qsort(ranked, count, sizeof ranked[0], by_p);
    for (size_t i = 0; i < count; i++) {
        double scaled = ranked[i].p * (double)(count - i);
        if (scaled > highest) highest = scaled;
        adjusted[ranked[i].index] = highest > 1 ? 1 : highest;
    }
}
