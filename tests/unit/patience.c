#include "show.h"

#include "rescue/patience.h"

static struct caa_patience noted(size_t count, uint32_t elapsed_us) {
    struct caa_patience patience = {0};
    for (size_t i = 0; i < count; i++) caa_patience_note(&patience, elapsed_us);
    return patience;
}

static void nothing_is_known_before_enough_lookups(void **state) {
    (void)state;
    struct caa_patience patience = noted(0, 0);
    assert_int_equal(caa_patience_ms(&patience), CAA_PATIENCE_DEFAULT_MS);
    patience = noted(CAA_PATIENCE_SAMPLES - 1, 900000);
    assert_int_equal(caa_patience_ms(&patience), CAA_PATIENCE_DEFAULT_MS);
    patience = noted(CAA_PATIENCE_SAMPLES, 900000);
    assert_int_equal(caa_patience_ms(&patience), 900);
}

static void it_stays_within_limits(void **state) {
    (void)state;
    struct caa_patience patience = noted(CAA_PATIENCE_SAMPLES, 5);
    assert_int_equal(caa_patience_ms(&patience), CAA_PATIENCE_LEAST_MS);
    patience = noted(CAA_PATIENCE_SAMPLES, UINT32_MAX);
    assert_int_equal(caa_patience_ms(&patience), CAA_PATIENCE_MOST_MS);
}

/* Of 256, two may be slower than what counts as late. */
static void the_99th_percentile_counts(void **state) {
    (void)state;
    for (size_t slow = 1; slow < 6; slow++) {
        struct caa_patience patience = {0};
        for (size_t i = 0; i < CAA_PATIENCE_SAMPLES; i++)
            caa_patience_note(&patience, i < slow ? 1500000 : 300000);
        assert_int_equal(caa_patience_ms(&patience), slow > 2 ? 1500 : 300);
    }
}

static void the_latest_lookups_count(void **state) {
    (void)state;
    struct caa_patience patience = noted(CAA_PATIENCE_SAMPLES, 1500000);
    for (size_t i = 0; i < CAA_PATIENCE_SAMPLES; i++) caa_patience_note(&patience, 200000);
    assert_int_equal(caa_patience_ms(&patience), 200);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_known_before_enough_lookups),
        cmocka_unit_test(it_stays_within_limits),
        cmocka_unit_test(the_99th_percentile_counts),
        cmocka_unit_test(the_latest_lookups_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
