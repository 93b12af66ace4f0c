#include "path_make.h"

#include "rescue/leg.h"

enum { BUDGET = 96, A_PAIR = 2 };

static void the_first_leg_may_send_most_and_leaves_something_for_each_that_may_follow(
    void **state) {
    (void)state;
    assert_true(caa_leg_share(0, BUDGET) > BUDGET * 2 / 3);
    for (size_t leg = 1; leg < CAA_LEGS_MAX; leg++)
        assert_true(caa_leg_share(leg, BUDGET) > caa_leg_share(leg - 1, BUDGET));
}

/* Each takes all it may. */
static void the_last_leg_can_ask_and_be_asked_again_however_much_the_others_sent(void **state) {
    (void)state;
    uint32_t left = BUDGET;
    for (size_t leg = 0; leg < CAA_LEGS_MAX; leg++) {
        uint32_t share = caa_leg_share(leg, left);
        assert_true(share >= 2 * A_PAIR);
        left -= share;
    }
    assert_true(left >= A_PAIR);
}

static void who_may_send_anything_has_a_share(void **state) {
    (void)state;
    for (size_t leg = 0; leg < CAA_LEGS_MAX; leg++)
        for (uint32_t left = 0; left <= BUDGET; left++) {
            assert_true(caa_leg_share(leg, left) <= left);
            assert_true(left == 0 || caa_leg_share(leg, left) > 0);
        }
}

/* A walk that found both servers of net so. */
static struct caa_path_zone *put_net(struct caa_draft *draft, int first, int second) {
    begin_path(draft, "shop.net");
    struct caa_path_zone *net = put_zone(draft, NULL, "net");
    put_server(draft, net, "a.net", "192.0.2.1", first, UNASKED);
    put_server(draft, net, "b.net", "192.0.2.2", second, UNASKED);
    return net;
}

static enum caa_leg_news news_of(int first_a, int first_b, int latest_a, int latest_b) {
    struct caa_draft first, latest;
    put_net(&first, first_a, first_b);
    put_net(&latest, latest_a, latest_b);
    enum caa_leg_news news = caa_leg_news(&first.path, &latest.path);
    drop_path(&first);
    drop_path(&latest);
    return news;
}

static void a_zone_that_failed_wholly_has_recovered_when_one_server_works(void **state) {
    (void)state;
    assert_int_equal(news_of(SERVFAIL, SILENT, WORKS, SILENT), CAA_LEG_HAS_RECOVERED);
    assert_int_equal(news_of(SERVFAIL, SILENT, UNASKED, WORKS), CAA_LEG_HAS_RECOVERED);
}

static void a_zone_fails_still_as_long_as_only_failures_are_heard(void **state) {
    (void)state;
    assert_int_equal(news_of(SERVFAIL, SERVFAIL, UNASKED, SERVFAIL), CAA_LEG_FAILS_STILL);
    assert_int_equal(news_of(SERVFAIL, SERVFAIL, SILENT, LAME), CAA_LEG_FAILS_STILL);
}

static void there_is_no_news_of_who_was_not_heard_or_did_not_fail_wholly(void **state) {
    (void)state;
    assert_int_equal(news_of(SERVFAIL, SERVFAIL, UNASKED, PENDING), CAA_LEG_NO_NEWS);
    assert_int_equal(news_of(WORKS, SERVFAIL, WORKS, WORKS), CAA_LEG_NO_NEWS);
    struct caa_draft first, elsewhere;
    put_net(&first, SERVFAIL, SERVFAIL);
    begin_path(&elsewhere, "shop.net");
    put_server(&elsewhere, put_zone(&elsewhere, NULL, "."), "a.root", "192.0.2.9", WORKS,
               UNASKED);
    assert_int_equal(caa_leg_news(&first.path, &elsewhere.path), CAA_LEG_NO_NEWS);
    drop_path(&first);
    drop_path(&elsewhere);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            the_first_leg_may_send_most_and_leaves_something_for_each_that_may_follow),
        cmocka_unit_test(the_last_leg_can_ask_and_be_asked_again_however_much_the_others_sent),
        cmocka_unit_test(who_may_send_anything_has_a_share),
        cmocka_unit_test(a_zone_that_failed_wholly_has_recovered_when_one_server_works),
        cmocka_unit_test(a_zone_fails_still_as_long_as_only_failures_are_heard),
        cmocka_unit_test(there_is_no_news_of_who_was_not_heard_or_did_not_fail_wholly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
