/* Intervals and tests, beside what the literature and R have. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "statistics/change.h"
#include "statistics/comparison.h"
#include "statistics/evenness.h"
#include "statistics/interval.h"

static void assert_near(double found, double wanted, double off) {
    if (fabs(found - wanted) > off) fail_msg("%.9g, and not %.9g", found, wanted);
}

/* Newcombe 1998, table I, method 3. */
static void wilson_is_newcombes(void **state) {
    static const struct {
        uint64_t failures, total;
        double low, high;
    } rows[] = {{81, 263, 0.2553, 0.3662},
                {15, 148, 0.0624, 0.1605},
                {0, 20, 0, 0.1611},
                {1, 29, 0.0061, 0.1718}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct caa_interval found = caa_interval_wilson(rows[i].failures, rows[i].total, 0.95);
        assert_near(found.low, rows[i].low, 5e-5);
        assert_near(found.high, rows[i].high, 5e-5);
    }
}

static void wilson_of_nothing_and_of_all(void **state) {
    (void)state;
    struct caa_interval none = caa_interval_wilson(0, 0, 0.95),
                        all = caa_interval_wilson(5, 5, 0.95);
    assert_true(none.low == 0 && none.high == 1 && all.high == 1 && all.rate == 1);
}

/* Fisher 1935, the lady tasting tea; 1970 in Agresti; and R's fisher.test. */
static void fisher_is_the_literatures(void **state) {
    static const struct {
        struct caa_two_rates rates;
        double p;
    } rows[] = {
        {{3, 4, 1, 4}, 0.4857143},     /* the lady */
        {{10, 13, 2, 17}, 0.0005367},  /* convictions of twins: R's example(fisher.test) */
        {{1, 12, 9, 12}, 0.002759456}, /* Wikipedia: studying */
        {{5, 5, 0, 5}, 0.007936508},   /* 2 / choose(10, 5) */
        {{0, 100, 0, 50}, 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_near(caa_comparison_p(&rows[i].rates), rows[i].p, 1e-6);
}

static void the_least_p_is_that_of_the_worst_table(void **state) {
    (void)state;
    struct caa_two_rates rates = {3, 5, 2, 5};
    assert_near(caa_comparison_least_p(&rates), 0.007936508, 1e-6);
    struct caa_two_rates few = {1, 1000, 0, 1000};
    assert_near(caa_comparison_least_p(&few), 1, 1e-6);
}

static void large_tables_agree_with_the_exact_test(void **state) {
    (void)state;
    struct caa_two_rates exact = {10000, 1000000, 9700, 1000000},
                         beyond = {10300, 1000000, 10000, 1000000};
    assert_near(caa_comparison_p(&exact), 0.0317, 0.002);
    assert_near(caa_comparison_p(&beyond), 0.0346, 0.002);
}

static void ratio_has_exact_bounds(void **state) {
    (void)state;
    /* R: poisson.test(c(11, 6+8+7), c(800, 1083+1050+878)): 1.971488, 0.8564 to 4.2772 */
    struct caa_rate_ratio found = caa_rate_ratio(11, 800, 21, 3011, 0.95);
    assert_near(found.ratio, 1.971488, 1e-5);
    assert_near(found.low, 0.8564, 0.01);
    assert_near(found.high, 4.2772, 0.02);
    found = caa_rate_ratio(5, 100, 0, 100, 0.95);
    assert_true(isinf(found.ratio) && isinf(found.high) && found.low > 0.9);
}

/* Holm 1979, as R's p.adjust(method = "holm"). */
static void holm_adjusts(void **state) {
    (void)state;
    const double p[] = {0.01, 0.04, 0.03, 0.005}, wanted[] = {0.03, 0.06, 0.06, 0.02};
    double found[4];
    caa_holm_adjust(p, found, 4);
    for (int i = 0; i < 4; i++) assert_near(found[i], wanted[i], 1e-12);
}

/* Critical values of Miller 1956. */
static void kolmogorov_has_the_critical_values(void **state) {
    (void)state;
    assert_near(caa_kolmogorov_p(0.40925, 10), 0.05, 0.002);
    assert_near(caa_kolmogorov_p(0.29408, 20), 0.05, 0.002);
    assert_near(caa_kolmogorov_p(0.32733, 16), 0.05, 0.002);
    assert_near(caa_kolmogorov_p(1.3581 / sqrt(1e6), 1e6), 0.05, 0.0005);
    assert_near(caa_kolmogorov_p(0.01, 10), 1, 1e-5);
}

/* Jarrett 1979, disasters in British coal mines, by decade from 1851: the change is about 1890.
 */
static void a_change_is_found_where_it_was(void **state) {
    static const uint32_t failures[] = {33, 31, 33, 27, 15, 8, 10, 12, 10, 4, 3};
    double years[11];
    struct caa_change change;
    (void)state;
    for (int i = 0; i < 11; i++) years[i] = 10;
    struct caa_stretches stretches = {11, years, failures, false};
    assert_true(caa_change_find(&stretches, 0.95, &change));
    assert_int_equal(change.at, 4); /* from 1891 on */
    assert_true(change.early >= 3 && change.late <= 5 && change.p < 1e-6);
    assert_int_equal(change.failures_before, 124);
}

static void even_failures_have_no_change(void **state) {
    double checks[50];
    uint32_t failures[50];
    struct caa_change change;
    (void)state;
    for (int i = 0; i < 50; i++) {
        checks[i] = 1000 + 10 * (i % 7);
        failures[i] = 2 + (i * 7 % 3 == 0);
    }
    struct caa_stretches stretches = {50, checks, failures, true};
    assert_true(caa_change_find(&stretches, 0.95, &change));
    assert_true(change.p > 0.5);
    stretches.count = 2;
    failures[0] = 2;
    failures[1] = 2;
    assert_false(caa_change_find(&stretches, 0.95, &change));
}

/* Rayleigh's test: n = 20 all in one hour has R = 1, so p is exp(-20). */
static void a_rhythm_is_rayleighs(void **state) {
    double even[CAA_HOURS];
    uint64_t failures[CAA_HOURS] = {[14] = 20};
    struct caa_rhythm rhythm;
    (void)state;
    for (int i = 0; i < CAA_HOURS; i++) even[i] = 1;
    assert_true(caa_rhythm_find(even, failures, &rhythm));
    assert_near(log(rhythm.p), -20, 1e-6);
    assert_near(rhythm.peak_hour, 14.5, 1e-6);
    for (int i = 0; i < CAA_HOURS; i++) failures[i] = 3;
    assert_true(caa_rhythm_find(even, failures, &rhythm));
    assert_near(rhythm.p, 1, 1e-9);
}

/* Failures that follow the checks are no rhythm. */
static void a_rhythm_of_the_checks_is_none(void **state) {
    double checks[CAA_HOURS];
    uint64_t failures[CAA_HOURS];
    struct caa_rhythm rhythm;
    (void)state;
    for (int i = 0; i < CAA_HOURS; i++) {
        failures[i] = i < 12 ? 10 : 2;
        checks[i] = 1000 * (double)failures[i];
    }
    assert_true(caa_rhythm_find(checks, failures, &rhythm));
    assert_near(rhythm.p, 1, 1e-9);
    for (int i = 0; i < CAA_HOURS; i++) checks[i] = 1000;
    assert_true(caa_rhythm_find(checks, failures, &rhythm));
    assert_true(rhythm.p < 1e-6);
}

static void bursts_are_crowded(void **state) {
    enum { COUNT = 100 };
    double checks[COUNT], rate[COUNT], sigmas;
    uint32_t even[COUNT], bursts[COUNT];
    (void)state;
    for (int i = 0; i < COUNT; i++) {
        checks[i] = 1000;
        rate[i] = 0.002;
        even[i] = (uint32_t)(i % 5); /* mean and variance 2: as Poisson has */
        bursts[i] = i % 20 == 0 ? 40 : 0;
    }
    assert_near(caa_crowding(COUNT, checks, even, rate, &sigmas), 1, 0.05);
    assert_true(fabs(sigmas) < 1);
    assert_true(caa_crowding(COUNT, checks, bursts, rate, &sigmas) > 30 && sigmas > 100);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wilson_is_newcombes),
        cmocka_unit_test(wilson_of_nothing_and_of_all),
        cmocka_unit_test(fisher_is_the_literatures),
        cmocka_unit_test(the_least_p_is_that_of_the_worst_table),
        cmocka_unit_test(large_tables_agree_with_the_exact_test),
        cmocka_unit_test(ratio_has_exact_bounds),
        cmocka_unit_test(holm_adjusts),
        cmocka_unit_test(kolmogorov_has_the_critical_values),
        cmocka_unit_test(a_change_is_found_where_it_was),
        cmocka_unit_test(even_failures_have_no_change),
        cmocka_unit_test(a_rhythm_is_rayleighs),
        cmocka_unit_test(a_rhythm_of_the_checks_is_none),
        cmocka_unit_test(bursts_are_crowded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
