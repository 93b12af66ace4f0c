#include "serve/crowd.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct caa_crowd *crowd_of(uint32_t each_most) {
    struct caa_crowd *crowd = NULL;
    assert_int_equal(caa_crowd_new(&crowd, each_most, 7), CAA_OK);
    return crowd;
}

static struct sockaddr_storage address_of(const char *text) {
    struct sockaddr_storage address = {0};
    struct sockaddr_in *v4 = (struct sockaddr_in *)&address;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&address;
    bool is_v4 = inet_pton(AF_INET, text, &v4->sin_addr) == 1;
    address.ss_family = is_v4 ? AF_INET : AF_INET6;
    if (!is_v4) assert_int_equal(inet_pton(AF_INET6, text, &v6->sin6_addr), 1);
    return address;
}

static struct caa_crowd_client *enter(struct caa_crowd *crowd, const char *text) {
    struct sockaddr_storage address = address_of(text);
    return caa_crowd_enter(crowd, (const struct sockaddr *)&address);
}

static bool has_room(const struct caa_crowd *crowd, const char *text) {
    struct sockaddr_storage address = address_of(text);
    return caa_crowd_has_room(crowd, (const struct sockaddr *)&address);
}

static void a_client_has_so_many_and_no_more(void **state) {
    (void)state;
    struct caa_crowd *crowd = crowd_of(2);
    struct caa_crowd_client *first = enter(crowd, "192.0.2.1");
    assert_true(has_room(crowd, "192.0.2.1"));
    struct caa_crowd_client *second = enter(crowd, "192.0.2.1");
    assert_ptr_equal(first, second);
    assert_false(has_room(crowd, "192.0.2.1"));
    assert_true(has_room(crowd, "192.0.2.2"));
    caa_crowd_leave(first);
    assert_true(has_room(crowd, "192.0.2.1"));
    caa_crowd_leave(second);
    caa_crowd_free(crowd);
}

static void a_64_of_ipv6_is_one_client(void **state) {
    (void)state;
    struct caa_crowd *crowd = crowd_of(1);
    struct caa_crowd_client *client = enter(crowd, "2001:db8:0:1::1");
    assert_false(has_room(crowd, "2001:db8:0:1:ffff::2"));
    assert_true(has_room(crowd, "2001:db8:0:2::1"));
    assert_true(has_room(crowd, "192.0.2.1"));
    caa_crowd_leave(client);
    assert_true(has_room(crowd, "2001:db8:0:1:ffff::2"));
    caa_crowd_free(crowd);
}

static void zero_is_no_limit(void **state) {
    (void)state;
    struct caa_crowd *crowd = crowd_of(0);
    struct caa_crowd_client *client[9];
    for (int i = 0; i < 9; i++) client[i] = enter(crowd, "192.0.2.1");
    assert_true(has_room(crowd, "192.0.2.1"));
    for (int i = 0; i < 9; i++) caa_crowd_leave(client[i]);
    caa_crowd_free(crowd);
}

static void who_has_no_ip_address_is_not_counted(void **state) {
    (void)state;
    struct caa_crowd *crowd = crowd_of(1);
    const struct sockaddr local = {.sa_family = AF_UNIX};
    assert_null(caa_crowd_enter(crowd, &local));
    assert_true(caa_crowd_has_room(crowd, &local));
    caa_crowd_leave(NULL);
    caa_crowd_free(crowd);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_has_so_many_and_no_more),
        cmocka_unit_test(a_64_of_ipv6_is_one_client),
        cmocka_unit_test(zero_is_no_limit),
        cmocka_unit_test(who_has_no_ip_address_is_not_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
