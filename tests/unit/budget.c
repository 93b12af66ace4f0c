#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rescue/budget.h"

enum { MS = 1000, SECOND = 1000000, MOST_WALKS = 400 };

/* Walks that follow each other as an investigation lets them. */
struct story {
    struct caa_budget budget;
    int64_t now_us;
    uint32_t latest; /* what the latest walk has sent */
    size_t count;
    int64_t began_us[MOST_WALKS];
    uint32_t sent[MOST_WALKS];
};

/* It sends `queries`, or what is left, and takes no time. */
static void walk(struct story *story, uint32_t queries) {
    uint32_t left = caa_budget_left(&story->budget, story->latest, story->now_us);
    caa_budget_begin(&story->budget, story->latest, story->now_us);
    story->latest = queries < left ? queries : left;
    assert_in_range(story->count, 0, MOST_WALKS - 1);
    story->began_us[story->count] = story->now_us;
    story->sent[story->count++] = story->latest;
}

static uint32_t pause(struct story *story, uint32_t cost) {
    uint32_t ms = caa_budget_pause_ms(&story->budget, story->latest, cost, story->now_us);
    story->now_us += (int64_t)ms * MS;
    return ms;
}

static void the_first_pauses_are_short(void **state) {
    static const uint32_t expected_ms[] = {300, 700, 1000, 1500, 1000};
    struct story story = {.now_us = SECOND};
    (void)state;
    walk(&story, 40);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(pause(&story, 2), expected_ms[i]);
        walk(&story, 2);
    }
}

static void nothing_is_spent_at_first(void **state) {
    const struct caa_budget budget = {0};
    (void)state;
    assert_int_equal(caa_budget_spent(&budget, 0, 0), 0);
    assert_int_equal(caa_budget_left(&budget, 0, 0), CAA_BUDGET_QUERIES);
}

static void what_all_walks_sent_is_spent(void **state) {
    struct story story = {.now_us = SECOND};
    (void)state;
    walk(&story, 40);
    pause(&story, 2);
    walk(&story, 12);
    assert_int_equal(caa_budget_spent(&story.budget, story.latest, story.now_us), 52);
    assert_int_equal(caa_budget_left(&story.budget, story.latest, story.now_us), 44);
}

static void it_comes_back_after_twenty_seconds(void **state) {
    struct story story = {.now_us = SECOND};
    (void)state;
    walk(&story, 90);
    story.now_us += SECOND;
    walk(&story, 2);
    story.now_us += 19 * SECOND - 1;
    assert_int_equal(caa_budget_spent(&story.budget, story.latest, story.now_us), 92);
    story.now_us += 1;
    assert_int_equal(caa_budget_spent(&story.budget, story.latest, story.now_us), 2);
}

/* However late: what it sends now is not known to be over. */
static void the_latest_walk_counts_as_long_as_it_is_the_latest(void **state) {
    struct story story = {.now_us = SECOND};
    (void)state;
    walk(&story, 30);
    story.now_us += 60 * SECOND;
    assert_int_equal(caa_budget_spent(&story.budget, story.latest, story.now_us), 30);
    walk(&story, 2);
    assert_int_equal(caa_budget_spent(&story.budget, story.latest, story.now_us), 2);
}

/* The sum of all walks that began in the 20 s up to each of them. */
static void assert_bounded(const struct story *story) {
    for (size_t i = 0; i < story->count; i++) {
        uint32_t sum = 0;
        for (size_t k = 0; k <= i; k++)
            if (story->began_us[i] - story->began_us[k] < CAA_BUDGET_S * (int64_t)SECOND)
                sum += story->sent[k];
        assert_in_range(sum, 0, CAA_BUDGET_QUERIES);
    }
}

static void never_more_than_the_budget_in_any_twenty_seconds(void **state) {
    static const uint32_t first[] = {2, 40, 90, 96, 200};
    static const uint32_t later[] = {1, 2, 5, 12, 50};
    (void)state;
    for (size_t f = 0; f < 5; f++)
        for (size_t l = 0; l < 5; l++) {
            struct story story = {.now_us = SECOND};
            walk(&story, first[f]);
            while (story.now_us < 120 * (int64_t)SECOND) {
                pause(&story, later[l]);
                walk(&story, later[l]);
            }
            assert_bounded(&story);
        }
}

/* No long silence for having asked much at first: a zone that comes back is seen. */
static void what_is_left_lasts(void **state) {
    struct story story = {.now_us = SECOND};
    (void)state;
    walk(&story, 60);
    while (story.now_us < 60 * (int64_t)SECOND) {
        uint32_t ms = pause(&story, 2);
        assert_in_range(ms, 300, 2500);
        walk(&story, 2);
        assert_int_equal(story.latest, 2);
    }
}

static void used_up_it_rests_until_the_oldest_is_over(void **state) {
    struct story story = {.now_us = SECOND};
    (void)state;
    walk(&story, CAA_BUDGET_QUERIES);
    story.now_us += 3 * SECOND;
    assert_int_equal(caa_budget_pause_ms(&story.budget, story.latest, 2, story.now_us), 17000);
}

/* Others had the right to ask. */
static void a_walk_that_sent_nothing_is_no_reason_to_hurry_or_to_stop(void **state) {
    struct story story = {.now_us = SECOND};
    (void)state;
    walk(&story, 40);
    for (int i = 0; i < 20; i++) {
        uint32_t ms = pause(&story, 0);
        assert_in_range(ms, 300, 1500);
        walk(&story, 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_pauses_are_short),
        cmocka_unit_test(nothing_is_spent_at_first),
        cmocka_unit_test(what_all_walks_sent_is_spent),
        cmocka_unit_test(it_comes_back_after_twenty_seconds),
        cmocka_unit_test(the_latest_walk_counts_as_long_as_it_is_the_latest),
        cmocka_unit_test(never_more_than_the_budget_in_any_twenty_seconds),
        cmocka_unit_test(what_is_left_lasts),
        cmocka_unit_test(used_up_it_rests_until_the_oldest_is_over),
        cmocka_unit_test(a_walk_that_sent_nothing_is_no_reason_to_hurry_or_to_stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
