#include "statistics/interval.h"

#include <math.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>

struct caa_interval caa_interval_wilson(uint64_t failures, uint64_t total, double confidence) {
    if (total == 0) return (struct caa_interval){.rate = 0, .low = 0, .high = 1};
    double n = (double)total, rate = (double)failures / n;
    double z = gsl_cdf_ugaussian_Qinv((1 - confidence) / 2);
    double centre = (rate + z * z / (2 * n)) / (1 + z * z / n);
    double half = z / (1 + z * z / n) * sqrt(rate * (1 - rate) / n + z * z / (4 * n * n));
    return (struct caa_interval){
        .rate = rate,
        .low = failures == 0 ? 0 : centre - half,
        .high = failures == total ? 1 : centre + half,
    };
}

/* The ratio of rates where `share` of the failures are of the first group. */
static double ratio_of_share(double share, double total_a, double total_b) {
    return share >= 1 ? INFINITY : share / (1 - share) * total_b / total_a;
}

struct caa_rate_ratio caa_rate_ratio(uint64_t failures_a, double total_a, uint64_t failures_b,
                                     double total_b, double confidence) {
    double a = (double)failures_a, b = (double)failures_b, tail = (1 - confidence) / 2;
    if (failures_a + failures_b == 0) return (struct caa_rate_ratio){1, 0, INFINITY};
    gsl_set_error_handler_off(); /* the handler would end the process; a NaN is enough */
    double low = failures_a == 0 ? 0 : gsl_cdf_beta_Pinv(tail, a, b + 1);
    double high = failures_b == 0 ? 1 : gsl_cdf_beta_Qinv(tail, a + 1, b);
    return (struct caa_rate_ratio){
        .ratio = ratio_of_share(a / (a + b), total_a, total_b),
        .low = ratio_of_share(low, total_a, total_b),
        .high = ratio_of_share(high, total_a, total_b),
    };
}
