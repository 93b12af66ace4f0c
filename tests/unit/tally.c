/* What holds the counts: a calendar that grows, tables that do not, names that are remembered.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tally/retry.h"
#include "tally/series.h"
#include "tally/table.h"
#include "tally/time_text.h"

static uint64_t sum(const uint32_t counts[CAA_SERIES_BUCKETS]) {
    uint64_t all = 0;
    for (int i = 0; i < CAA_SERIES_BUCKETS; i++) all += counts[i];
    return all;
}

/* Whatever the order: forward, backward, far off. */
static void a_calendar_grows_and_loses_nothing(void **state) {
    struct caa_calendar calendar = {.width_s = 0};
    const int64_t day_s = 86400, base_s = 1795489200;
    (void)state;
    SLIST_INIT(&calendar.series);
    struct caa_series *series = caa_series_new(&calendar);
    int64_t at_s[300];
    for (int i = 0; i < 300; i++) {
        at_s[i] = base_s + (i % 2 == 0 ? i : -i) * (int64_t)i * day_s / 50;
        series->checks[caa_calendar_bucket(&calendar, at_s[i])]++;
        assert_int_equal(sum(series->checks), i + 1);
    }
    assert_true(calendar.width_s <= 2 * day_s);
    for (int i = 0; i < 300; i++) {
        int64_t start_s =
            calendar.start_s + caa_calendar_bucket(&calendar, at_s[i]) * calendar.width_s;
        assert_true(at_s[i] >= start_s && at_s[i] < start_s + calendar.width_s);
        assert_true(series->checks[caa_calendar_bucket(&calendar, at_s[i])] > 0);
    }
    int first, count = caa_calendar_span(&calendar, &first);
    assert_true(first >= 0 && first + count <= CAA_SERIES_BUCKETS);
    caa_calendar_clear(&calendar);
}

static void a_calendar_takes_all_of_time(void **state) {
    struct caa_calendar calendar = {.width_s = 0};
    (void)state;
    SLIST_INIT(&calendar.series);
    struct caa_series *series = caa_series_new(&calendar);
    series->checks[caa_calendar_bucket(&calendar, INT64_C(4102444799))]++;
    series->checks[caa_calendar_bucket(&calendar, INT64_C(946684800))]++;
    assert_int_equal(sum(series->checks), 2);
    caa_calendar_clear(&calendar);
}

static void a_full_table_counts_the_others_together(void **state) {
    struct caa_table table = caa_table_of(4);
    char key[16];
    (void)state;
    for (int i = 0; i < 10; i++) {
        (void)snprintf(key, sizeof key, "k%d", i);
        struct caa_group *group = caa_table_group(&table, caa_slice_of(key), true);
        group->checks++;
        group->failures++;
    }
    assert_int_equal(table.count, 4);
    assert_int_equal(table.other.failures, 6);
    assert_ptr_equal(caa_table_group(&table, caa_slice_of("K3"), false), table.groups[3]);
    caa_table_clear(&table);
}

/* What has not failed makes room for what does, which says that its checks are not all known.
 */
static void a_failure_finds_room(void **state) {
    struct caa_table table = caa_table_of(3);
    (void)state;
    caa_table_group(&table, caa_slice_of("a"), false)->checks = 7;
    caa_table_group(&table, caa_slice_of("b"), true)->failures = 1;
    caa_table_group(&table, caa_slice_of("c"), true)->failures = 1;
    struct caa_group *late = caa_table_group(&table, caa_slice_of("d"), true);
    assert_string_equal(late->key, "d");
    assert_true(late->partial);
    assert_int_equal(table.other.checks, 7);
    assert_null(caa_table_find(&table, caa_slice_of("a")));
    assert_non_null(caa_table_find(&table, caa_slice_of("b")));
    caa_table_clear(&table);
}

static void note(struct caa_retry *retry, const char *name, bool failed, int64_t hour) {
    assert_true(caa_retry_note(retry, caa_slice_of(name), failed, hour * INT64_C(3600000000)));
}

static void the_next_try_counts_if_it_is_within_a_day(void **state) {
    struct caa_retry retry = {0};
    (void)state;
    note(&retry, "a.example", true, 100);
    note(&retry, "A.example", false, 101); /* an hour later */
    note(&retry, "b.example", true, 100);
    note(&retry, "b.example", false, 125); /* another order */
    note(&retry, "c.example", true, 100);
    note(&retry, "c.example", false, 99); /* of a file that was read later */
    note(&retry, "c.example", true, 110);
    note(&retry, "c.example", false, 120);
    assert_int_equal(retry.worked, 2);
    assert_int_equal(retry.worked_1h, 1);
    assert_int_equal(retry.failed_again, 1);
    assert_int_equal(retry.name_count, 0);
    caa_retry_clear(&retry);
}

static void names_that_wait_are_bounded(void **state) {
    struct caa_retry retry = {0};
    char name[32];
    (void)state;
    for (int i = 0; i < CAA_RETRY_NAMES_MOST + 10; i++) {
        (void)snprintf(name, sizeof name, "n%d.example", i);
        note(&retry, name, true, 100);
    }
    assert_int_equal(retry.name_count, CAA_RETRY_NAMES_MOST);
    assert_int_equal(retry.not_followed, 10);
    caa_retry_clear(&retry);
}

static void a_year_that_is_not_written_is_the_last_possible(void **state) {
    int64_t now_us, at_us, wanted_us;
    (void)state;
    assert_true(caa_time_read(caa_slice_of("2026-01-02T00:00:00Z"), &now_us));
    assert_true(caa_time_find(caa_slice_of("Dec 31 23:00:00 host x"), now_us, &at_us));
    assert_true(caa_time_read(caa_slice_of("2025-12-31T23:00:00Z"), &wanted_us));
    assert_int_equal(at_us, wanted_us);
    assert_true(caa_time_find(caa_slice_of("Jan  2 12:00:00 host x"), now_us, &at_us));
    assert_true(caa_time_read(caa_slice_of("2026-01-02T12:00:00Z"), &wanted_us));
    assert_int_equal(at_us, wanted_us);
}

static void what_is_no_time_is_none(void **state) {
    static const char *const lines[] = {"",
                                        "2026-11-24",
                                        "2026-13-24 01:02:03",
                                        "1999-12-31 23:59:59",
                                        "2100-01-01 00:00:00",
                                        "12026-11-24 01:02:03",
                                        "Nov 24",
                                        "[17]",
                                        "\"ts\":",
                                        "Nov 24 25:00:00",
                                        "E1124"};
    int64_t at_us;
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        if (caa_time_find(caa_slice_of(lines[i]), INT64_C(1795489200000000), &at_us))
            fail_msg("%s", lines[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_calendar_grows_and_loses_nothing),
        cmocka_unit_test(a_calendar_takes_all_of_time),
        cmocka_unit_test(a_full_table_counts_the_others_together),
        cmocka_unit_test(a_failure_finds_room),
        cmocka_unit_test(the_next_try_counts_if_it_is_within_a_day),
        cmocka_unit_test(names_that_wait_are_bounded),
        cmocka_unit_test(a_year_that_is_not_written_is_the_last_possible),
        cmocka_unit_test(what_is_no_time_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
