#include "fake.h"

#include <stdio.h>

#include "engine/pace.h"

enum { ITEMS = 64, SECOND = 1000000 };

static struct caa_pace *new_pace(uint32_t rate, uint32_t zone_rate, uint32_t at_once) {
    const struct caa_pace_setting setting = {.items = ITEMS,
                                             .rate_most = rate,
                                             .zone_rate_most = zone_rate,
                                             .at_once_most = at_once};
    struct caa_pace *pace = NULL;
    assert_int_equal(caa_pace_new(&pace, &setting), CAA_OK);
    return pace;
}

static void add(struct caa_pace *pace, uint32_t item, const char *zone) {
    struct caa_name name = fake_name(zone);
    caa_pace_add(pace, item, &name);
}

static void must_start(struct caa_pace *pace, int64_t now_us, uint32_t expected) {
    uint32_t item;
    assert_true(caa_pace_next(pace, now_us, &item));
    assert_int_equal(item, expected);
}

static void must_wait(struct caa_pace *pace, int64_t now_us) {
    uint32_t item;
    assert_false(caa_pace_next(pace, now_us, &item));
}

static void names_of_one_zone_are_spread_out(void **state) {
    (void)state;
    struct caa_pace *pace = new_pace(1000000, 10, 32);
    add(pace, 0, "a.example");
    add(pace, 1, "A.example");
    add(pace, 2, "b.example");
    must_start(pace, SECOND, 0);
    must_start(pace, SECOND, 2);
    must_wait(pace, SECOND + 99999);
    must_start(pace, SECOND + 100000, 1);
    caa_pace_free(pace);
}

static void few_of_one_zone_run_at_once(void **state) {
    (void)state;
    struct caa_pace *pace = new_pace(1000000, 1000000, 32);
    for (uint32_t i = 0; i <= CAA_PACE_ZONE_AT_ONCE; i++) add(pace, i, "a.example");
    for (uint32_t i = 0; i < CAA_PACE_ZONE_AT_ONCE; i++) must_start(pace, SECOND + i, i);
    must_wait(pace, 2 * SECOND);
    caa_pace_done(pace, 3, CAA_PACE_GOOD, 2 * SECOND);
    must_start(pace, 2 * SECOND, CAA_PACE_ZONE_AT_ONCE);
    caa_pace_free(pace);
}

static void a_zone_that_fails_gets_half_its_rate_until_it_is_good(void **state) {
    (void)state;
    struct caa_pace *pace = new_pace(1000000, 10, 32);
    for (uint32_t i = 0; i < 4; i++) add(pace, i, "a.example");
    must_start(pace, SECOND, 0);
    caa_pace_done(pace, 0, CAA_PACE_ZONE_FAILED, SECOND);
    must_start(pace, SECOND + 100000, 1); /* by the rate that it had when the last one began */
    must_wait(pace, SECOND + 300000);
    must_start(pace, SECOND + 300001, 2);
    caa_pace_done(pace, 1, CAA_PACE_GOOD, SECOND);
    caa_pace_done(pace, 2, CAA_PACE_GOOD, SECOND);
    must_start(pace, SECOND + 500002, 3);
    caa_pace_free(pace);
}

static void all_zones_together_have_a_ceiling(void **state) {
    (void)state;
    struct caa_pace *pace = new_pace(100, 1000000, 32);
    char zone[] = "a.example";
    uint32_t item, started = 0;
    for (uint32_t i = 0; i < 26; i++, zone[0]++) add(pace, i, zone);
    for (int64_t now_us = SECOND; now_us < SECOND + 100000; now_us += 1000)
        while (caa_pace_next(pace, now_us, &item))
            caa_pace_done(pace, item, CAA_PACE_GOOD, now_us), started++;
    assert_in_range(started, 10,
                    13); /* 100 a second for a tenth of one, and a moment's worth */
    caa_pace_free(pace);
}

static void fewer_run_where_we_fail_and_more_where_not(void **state) {
    (void)state;
    struct caa_pace *pace = new_pace(1000000, 1000000, 40);
    uint32_t first = caa_pace_at_once(pace);
    add(pace, 0, "a.example");
    must_start(pace, SECOND, 0);
    caa_pace_done(pace, 0, CAA_PACE_WE_FAILED, SECOND);
    assert_int_equal(caa_pace_at_once(pace), first / 2);
    for (uint32_t i = 1; i < ITEMS * 20; i++) {
        add(pace, 0, "a.example");
        must_start(pace, SECOND + i * 10, 0);
        caa_pace_done(pace, 0, CAA_PACE_GOOD, SECOND + i * 10);
    }
    assert_int_equal(caa_pace_at_once(pace), 40);
    caa_pace_free(pace);
}

static void a_place_serves_many_zones_one_after_the_other(void **state) {
    (void)state;
    struct caa_pace *pace = new_pace(1000000, 1000000, 32);
    for (uint32_t i = 0; i < ITEMS * 50; i++) {
        char zone[32];
        snprintf(zone, sizeof zone, "z%u.example", i % (ITEMS * 5));
        add(pace, i % ITEMS, zone);
        must_start(pace, SECOND + i * 10, i % ITEMS);
        caa_pace_done(pace, i % ITEMS, CAA_PACE_GOOD, SECOND + i * 10);
    }
    caa_pace_free(pace);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_one_zone_are_spread_out),
        cmocka_unit_test(few_of_one_zone_run_at_once),
        cmocka_unit_test(a_zone_that_fails_gets_half_its_rate_until_it_is_good),
        cmocka_unit_test(all_zones_together_have_a_ceiling),
        cmocka_unit_test(fewer_run_where_we_fail_and_more_where_not),
        cmocka_unit_test(a_place_serves_many_zones_one_after_the_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
