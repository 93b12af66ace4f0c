#include "statistics/change.h"

#include <math.h>

struct sums {
    uint64_t failures;
    double exposure;
};

double caa_kolmogorov_p(double d, double count) {
    enum { TERMS = 100 };
    double root = sqrt(count), x = (root + 0.12 + 0.11 / root) * d, sum = 0;
    if (x < 0.3) return 1; /* the series does not converge there, and p is 1 to five digits */
    for (int k = 1; k <= TERMS; k++) {
        double term = exp(-2 * k * k * x * x);
        sum += k % 2 == 1 ? term : -term;
        if (term < 1e-300) break;
    }
    double p = 2 * sum;
    return p > 1 ? 1 : p < 0 ? 0 : p;
}

static struct sums all_of(const struct caa_stretches *stretches) {
    struct sums sums = {0};
    for (size_t i = 0; i < stretches->count; i++) {
        sums.failures += stretches->failures[i];
        sums.exposure += stretches->exposure[i];
    }
    return sums;
}

static double x_log_x_over(double x, double over) {
    return x <= 0 ? 0 : x * log(x / over);
}

/* The logarithm of the highest likelihood of one part. */
static double likelihood(const struct caa_stretches *stretches, struct sums part) {
    double failures = (double)part.failures, good = part.exposure - failures;
    double sum = x_log_x_over(failures, part.exposure);
    return stretches->of_checks ? sum + x_log_x_over(good, part.exposure) : sum;
}

/* That of a change between `before` and the rest. */
static double split_likelihood(const struct caa_stretches *stretches, struct sums before,
                               struct sums all) {
    struct sums after = {all.failures - before.failures, all.exposure - before.exposure};
    return likelihood(stretches, before) + likelihood(stretches, after);
}

/* Goes over every place where a change may be; a split needs checks on both sides. */
static double next_split(const struct caa_stretches *stretches, struct sums all, size_t at,
                         struct sums *before) {
    before->failures += stretches->failures[at - 1];
    before->exposure += stretches->exposure[at - 1];
    bool two_sides = before->exposure > 0 && before->exposure < all.exposure * (1 - 1e-12);
    return two_sides ? split_likelihood(stretches, *before, all) : -INFINITY;
}

static double find_best(const struct caa_stretches *stretches, struct sums all,
                        struct caa_change *change) {
    struct sums before = {0};
    double best = -INFINITY, distance = 0;
    for (size_t at = 1; at < stretches->count; at++) {
        double here = next_split(stretches, all, at, &before);
        double gap = fabs((double)before.failures / (double)all.failures -
                          before.exposure / all.exposure);
        if (gap > distance) distance = gap;
        if (here <= best) continue;
        best = here;
        change->at = at;
        change->failures_before = before.failures;
        change->exposure_before = before.exposure;
    }
    change->failures_after = all.failures - change->failures_before;
    change->exposure_after = all.exposure - change->exposure_before;
    change->p = caa_kolmogorov_p(distance, (double)all.failures);
    return best;
}

/* The highest likelihood exceeds that at the true place by more than c with probability
   1 - (1 - exp(-c))^2: each side is a random walk with drift, whose maximum is exponential. */
static void find_bounds(const struct caa_stretches *stretches, struct sums all, double best,
                        double confidence, struct caa_change *change) {
    struct sums before = {0};
    double least = best + log(1 - sqrt(confidence));
    change->early = change->late = change->at;
    for (size_t at = 1; at < stretches->count; at++) {
        if (next_split(stretches, all, at, &before) < least) continue;
        if (at < change->early) change->early = at;
        if (at > change->late) change->late = at;
    }
}

bool caa_change_find(const struct caa_stretches *stretches, double confidence,
                     struct caa_change *change) {
    struct sums all = all_of(stretches);
    *change = (struct caa_change){.p = 1};
    if (all.failures < CAA_CHANGE_FAILURES_LEAST || all.exposure <= 0) return false;
    double best = find_best(stretches, all, change);
    if (!isfinite(best)) return false;
    find_bounds(stretches, all, best, confidence, change);
    return true;
}
