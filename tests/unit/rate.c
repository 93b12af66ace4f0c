#include "serve/rate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { SECOND = 1000000 };

static struct caa_rate *rate_of(uint32_t per_s, uint32_t burst) {
    struct caa_rate *rate = NULL;
    assert_int_equal(caa_rate_new(&rate, 7), CAA_OK);
    caa_rate_set(rate, per_s, burst);
    return rate;
}

static void a_client_may_ask_a_burst_at_once_and_then_waits(void **state) {
    (void)state;
    struct caa_rate *rate = rate_of(10, 3);
    struct caa_slice client = caa_slice_of("192.0.2.1");
    for (int i = 0; i < 3; i++) assert_int_equal(caa_rate_take(rate, client, SECOND), 0);
    uint32_t wait_ms = caa_rate_take(rate, client, SECOND);
    assert_in_range(wait_ms, 100, 101);
    assert_int_not_equal(caa_rate_take(rate, client, SECOND + 99000), 0);
    assert_int_equal(caa_rate_take(rate, client, SECOND + wait_ms * 1000), 0);
    assert_int_not_equal(caa_rate_take(rate, client, SECOND + wait_ms * 1000), 0);
    caa_rate_free(rate);
}

static void a_pause_fills_the_bucket_and_no_more(void **state) {
    (void)state;
    struct caa_rate *rate = rate_of(10, 3);
    struct caa_slice client = caa_slice_of("192.0.2.1");
    assert_int_equal(caa_rate_take(rate, client, SECOND), 0);
    for (int i = 0; i < 3; i++) assert_int_equal(caa_rate_take(rate, client, 900 * SECOND), 0);
    assert_int_not_equal(caa_rate_take(rate, client, 900 * SECOND), 0);
    caa_rate_free(rate);
}

static void one_client_does_not_pay_for_another(void **state) {
    (void)state;
    struct caa_rate *rate = rate_of(1, 1);
    assert_int_equal(caa_rate_take(rate, caa_slice_of("a"), 0), 0);
    assert_int_not_equal(caa_rate_take(rate, caa_slice_of("a"), 0), 0);
    assert_int_equal(caa_rate_take(rate, caa_slice_of("b"), 0), 0);
    caa_rate_free(rate);
}

static void a_flood_of_clients_does_not_free_one_that_asks_most(void **state) {
    (void)state;
    struct caa_rate *rate = rate_of(1, 50);
    struct caa_slice loud = caa_slice_of("loud");
    for (int i = 0; i < 50; i++) assert_int_equal(caa_rate_take(rate, loud, SECOND), 0);
    for (int i = 0; i < 100000; i++) {
        char client[32];
        snprintf(client, sizeof client, "client %d", i);
        assert_int_equal(caa_rate_take(rate, caa_slice_of(client), SECOND), 0);
    }
    assert_int_not_equal(caa_rate_take(rate, loud, SECOND), 0);
    caa_rate_free(rate);
}

static void a_limit_may_change_and_end(void **state) {
    (void)state;
    struct caa_rate *rate = rate_of(1, 1);
    struct caa_slice client = caa_slice_of("a");
    assert_int_equal(caa_rate_take(rate, client, SECOND), 0);
    assert_int_not_equal(caa_rate_take(rate, client, SECOND), 0);
    caa_rate_set(rate, 0, 1);
    for (int i = 0; i < 100; i++) assert_int_equal(caa_rate_take(rate, client, SECOND), 0);
    caa_rate_set(rate, 2, 1);
    assert_int_equal(caa_rate_take(rate, client, 9 * SECOND), 0);
    assert_in_range(caa_rate_take(rate, client, 9 * SECOND), 500, 501);
    caa_rate_free(rate);
    caa_rate_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_may_ask_a_burst_at_once_and_then_waits),
        cmocka_unit_test(a_pause_fills_the_bucket_and_no_more),
        cmocka_unit_test(one_client_does_not_pay_for_another),
        cmocka_unit_test(a_flood_of_clients_does_not_free_one_that_asks_most),
        cmocka_unit_test(a_limit_may_change_and_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
