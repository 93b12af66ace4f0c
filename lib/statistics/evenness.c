#include "statistics/evenness.h"

#include <math.h>

struct moments {
    double c, s;          /* means of cosine and sine */
    double cc, ss, cs;    /* means of their products */
    double sum, failures; /* exposure, failures */
    double seen_c, seen_s;
};

static struct moments moments_of(const double *exposure, const uint64_t *failures) {
    struct moments m = {0};
    for (int hour = 0; hour < CAA_HOURS; hour++) {
        double angle = 2 * M_PI * (hour + 0.5) / CAA_HOURS, c = cos(angle), s = sin(angle);
        double weight = exposure[hour], count = (double)failures[hour];
        m.sum += weight;
        m.c += weight * c;
        m.s += weight * s;
        m.cc += weight * c * c;
        m.ss += weight * s * s;
        m.cs += weight * c * s;
        m.failures += count;
        m.seen_c += count * c;
        m.seen_s += count * s;
    }
    return m;
}

bool caa_rhythm_find(const double exposure[CAA_HOURS], const uint64_t failures[CAA_HOURS],
                     struct caa_rhythm *rhythm) {
    struct moments m = moments_of(exposure, failures);
    if (m.failures < CAA_RHYTHM_FAILURES_LEAST || m.sum <= 0) return false;
    double n = m.failures, mean_c = m.c / m.sum, mean_s = m.s / m.sum;
    double cc = m.cc / m.sum - mean_c * mean_c, ss = m.ss / m.sum - mean_s * mean_s;
    double cs = m.cs / m.sum - mean_c * mean_s, determinant = cc * ss - cs * cs;
    if (determinant < 1e-9) return false; /* checks at one or two times of the day only */
    double c = m.seen_c / n - mean_c, s = m.seen_s / n - mean_s;
    /* Chi-square with two degrees of freedom: its upper tail is an exponential. */
    rhythm->p = exp(-n * (ss * c * c - 2 * cs * c * s + cc * s * s) / determinant / 2);
    rhythm->strength = sqrt(c * c + s * s);
    rhythm->peak_hour = fmod(atan2(s, c) / (2 * M_PI) * CAA_HOURS + CAA_HOURS, CAA_HOURS);
    return true;
}

double caa_crowding(size_t count, const double *exposure, const uint32_t *failures,
                    const double *rate, double *sigmas) {
    double expected_sum = 0, chi_square = 0, inverse_sum = 0;
    size_t cells = 0;
    *sigmas = 0;
    for (size_t i = 0; i < count; i++) expected_sum += exposure[i] * rate[i];
    for (size_t i = 0; i < count; i++) {
        double expected = exposure[i] * rate[i];
        if (expected <= 0) continue;
        double off = (double)failures[i] - expected;
        chi_square += off * off / expected;
        inverse_sum += expected_sum / expected;
        cells++;
    }
    if (cells < 2 || expected_sum <= 0) return 1;
    double t = (double)cells, free = t - 1;
    double variance = 2 * free + (inverse_sum - t * t - 2 * t + 2) / expected_sum;
    if (variance > 0) *sigmas = (chi_square - free) / sqrt(variance);
    return chi_square / free;
}
