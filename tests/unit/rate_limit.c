#include "show.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "serve/rate_limit.h"

enum { MS = 1000, SECOND = 1000000 };

static bool take(struct caa_rate_limit *limit, const char *text, int64_t now_us) {
    struct sockaddr_storage address = {.ss_family = AF_INET};
    if (inet_pton(AF_INET, text, &((struct sockaddr_in *)&address)->sin_addr) != 1) {
        address.ss_family = AF_INET6;
        assert_int_equal(
            inet_pton(AF_INET6, text, &((struct sockaddr_in6 *)&address)->sin6_addr), 1);
    }
    return caa_rate_limit_take(limit, (const struct sockaddr *)&address, now_us);
}

static int set_up(void **state) {
    struct caa_rate_limit *limit;
    assert_int_equal(caa_rate_limit_new(&limit, 10, 3, 42), CAA_OK);
    *state = limit;
    return 0;
}

static int tear_down(void **state) {
    caa_rate_limit_free(*state);
    return 0;
}

static void a_burst_is_taken_and_then_as_many_as_come_back(void **state) {
    for (int i = 0; i < 3; i++) assert_true(take(*state, "192.0.2.1", 5));
    assert_false(take(*state, "192.0.2.1", 5));
    assert_false(take(*state, "192.0.2.1", 5 + 99 * MS));
    assert_true(take(*state, "192.0.2.1", 5 + 100 * MS));
    assert_false(take(*state, "192.0.2.1", 5 + 100 * MS));
}

static void no_more_than_a_burst_is_saved_up(void **state) {
    assert_true(take(*state, "192.0.2.1", 0));
    for (int i = 0; i < 3; i++) assert_true(take(*state, "192.0.2.1", INT64_MAX / 2));
    assert_false(take(*state, "192.0.2.1", INT64_MAX / 2));
}

static void a_clock_that_stands_or_goes_back_gives_nothing(void **state) {
    for (int i = 0; i < 3; i++) assert_true(take(*state, "192.0.2.1", 9 * SECOND));
    assert_false(take(*state, "192.0.2.1", 8 * SECOND));
    assert_false(take(*state, "192.0.2.1", 9 * SECOND));
}

static void each_ipv4_address_and_each_64_of_ipv6_has_its_own(void **state) {
    for (int i = 0; i < 3; i++) {
        assert_true(take(*state, "192.0.2.1", 0));
        assert_true(take(*state, "2001:db8:0:1::1", 0));
    }
    assert_false(take(*state, "192.0.2.1", 0));
    assert_false(take(*state, "2001:db8:0:1:ffff::2", 0)); /* of the same network */
    assert_true(take(*state, "192.0.2.2", 0));
    assert_true(take(*state, "2001:db8:0:2::1", 0));
}

static void a_flood_of_addresses_forgets_who_was_seen_least_lately(void **state) {
    for (int i = 0; i < 3; i++) assert_true(take(*state, "192.0.2.1", 0));
    assert_false(take(*state, "192.0.2.1", 1));
    for (uint32_t i = 0; i < 20 * CAA_RATE_CLIENTS_MOST; i++) {
        char text[INET_ADDRSTRLEN];
        struct in_addr address = {htonl(0x0a000000 + i)};
        take(*state, inet_ntop(AF_INET, &address, text, sizeof text), 2);
        /* Who keeps asking is not forgotten, and gets no new burst. */
        if (i % 16 == 0) assert_false(take(*state, "192.0.2.1", 3));
    }
}

static void limits_that_are_none_are_refused(void **state) {
    struct caa_rate_limit *limit;
    (void)state;
    assert_int_equal(caa_rate_limit_new(&limit, 0, 1, 1), CAA_ERR_LIMIT);
    assert_int_equal(caa_rate_limit_new(&limit, 1, 0, 1), CAA_ERR_LIMIT);
    assert_int_equal(caa_rate_limit_new(&limit, CAA_RATE_PER_S_MOST + 1, 1, 1), CAA_ERR_LIMIT);
    caa_rate_limit_free(NULL);
}

#define LIMIT(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        LIMIT(a_burst_is_taken_and_then_as_many_as_come_back),
        LIMIT(no_more_than_a_burst_is_saved_up),
        LIMIT(a_clock_that_stands_or_goes_back_gives_nothing),
        LIMIT(each_ipv4_address_and_each_64_of_ipv6_has_its_own),
        LIMIT(a_flood_of_addresses_forgets_who_was_seen_least_lately),
        cmocka_unit_test(limits_that_are_none_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
