#include "show.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "serve/address_range.h"

static struct sockaddr_storage address_of(const char *text) {
    struct sockaddr_storage address = {.ss_family = AF_INET};
    if (inet_pton(AF_INET, text, &((struct sockaddr_in *)&address)->sin_addr) == 1)
        return address;
    address.ss_family = AF_INET6;
    assert_int_equal(inet_pton(AF_INET6, text, &((struct sockaddr_in6 *)&address)->sin6_addr),
                     1);
    return address;
}

static bool holds(const char *range, const char *address) {
    struct caa_address_range parsed;
    struct caa_diag diag = {""};
    struct sockaddr_storage at = address_of(address);
    if (caa_address_range_parse(&parsed, caa_slice_of(range), &diag) != CAA_OK)
        fail_msg("%s", diag.text);
    return caa_address_range_any_holds(&parsed, 1, (const struct sockaddr *)&at);
}

static bool are_one_client(const char *a, const char *b) {
    uint8_t one[16], other[16];
    struct sockaddr_storage at[] = {address_of(a), address_of(b)};
    size_t len = caa_address_network((const struct sockaddr *)&at[0], one);
    return len == caa_address_network((const struct sockaddr *)&at[1], other) &&
           memcmp(one, other, len) == 0;
}

static void each_ipv4_address_and_each_64_of_ipv6_is_a_client(void **state) {
    (void)state;
    assert_true(are_one_client("192.0.2.1", "192.0.2.1"));
    assert_false(are_one_client("192.0.2.1", "192.0.2.2"));
    assert_true(are_one_client("2001:db8:0:1::1", "2001:db8:0:1:ffff::2"));
    assert_false(are_one_client("2001:db8:0:1::1", "2001:db8:0:2::1"));
    assert_false(are_one_client("192.0.2.1", "2001:db8:0:1::1"));
}

static void a_range_holds_what_has_its_prefix(void **state) {
    static const struct {
        const char *range, *in, *out;
    } rows[] = {
        {"192.0.2.0/24", "192.0.2.255", "192.0.3.0"},
        {"192.0.2.128/25", "192.0.2.128", "192.0.2.127"},
        {"192.0.2.4/30", "192.0.2.7", "192.0.2.8"},
        {"192.0.2.1", "192.0.2.1", "192.0.2.2"},
        {"192.0.2.1/32", "192.0.2.1", "192.0.2.0"},
        {"0.0.0.0/0", "203.0.113.9", "2001:db8::1"}, /* not IPv6 as well */
        {"2001:db8::/32", "2001:db8:ffff::1", "2001:db9::"},
        {"2001:db8::8/125", "2001:db8::f", "2001:db8::10"},
        {"2001:db8::1", "2001:db8::1", "2001:db8::2"},
        {"fe80::/10", "febf::1", "fec0::1"},
        {"::ffff:192.0.2.0/120", "192.0.2.9", "192.0.3.9"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (!holds(rows[i].range, rows[i].in)) fail_msg("%s", rows[i].range);
        if (holds(rows[i].range, rows[i].out)) fail_msg("%s: %s", rows[i].range, rows[i].out);
    }
    assert_true(holds("::/0", "2001:db8::1"));
    assert_false(holds("::/0", "203.0.113.9")); /* nor IPv4 as well: it is written 0.0.0.0/0 */
    assert_false(holds("::/80", "203.0.113.9"));
    assert_true(holds("::ffff:0:0/96", "203.0.113.9"));
}

static void what_is_no_range_is_refused_with_its_reason(void **state) {
    static const struct {
        const char *range, *why;
    } rows[] = {
        {"", "start with"},
        {"/8", "start with"},
        {"192.0.2", "start with"},
        {"192.0.2.256/24", "start with"},
        {"example.org/24", "start with"},
        {" 192.0.2.0/24", "start with"},
        {"192.0.2.0/", "prefix"},
        {"192.0.2.0/33", "prefix"},
        {"192.0.2.0/024", "prefix"},
        {"192.0.2.0/-1", "prefix"},
        {"192.0.2.0/24/8", "prefix"},
        {"192.0.2.0/24 ", "prefix"},
        {"2001:db8::/129", "prefix"},
        {"2001:db8::/1000", "prefix"},
        {"192.0.2.1/24", "behind"},
        {"2001:db8::1/32", "behind"},
        {"0000000000000000000000000000000000000000000000000000000000000000:", "too long"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct caa_address_range range;
        struct caa_diag diag = {""};
        assert_int_equal(caa_address_range_parse(&range, caa_slice_of(rows[i].range), &diag),
                         CAA_ERR_SYNTAX);
        if (strstr(diag.text, rows[i].why) == NULL) fail_msg("%s", diag.text);
    }
    struct caa_address_range range;
    assert_int_equal(
        caa_address_range_parse(&range, caa_slice_bytes("192.0.2.1\0/24", 13), NULL),
        CAA_ERR_SYNTAX);
}

static void loopback_is_this_machine_alone(void **state) {
    static const char *const own[] = {"127.0.0.1", "127.255.255.255", "::1",
                                      "::ffff:127.0.0.1"};
    static const char *const others[] = {"128.0.0.1", "0.0.0.0", "::", "::2", "192.0.2.1"};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct sockaddr_storage address = address_of(own[i]);
        assert_true(caa_address_is_loopback((const struct sockaddr *)&address));
    }
    for (size_t i = 0; i < 5; i++) {
        struct sockaddr_storage address = address_of(others[i]);
        assert_false(caa_address_is_loopback((const struct sockaddr *)&address));
    }
}

static void what_is_no_ip_address_is_in_no_range(void **state) {
    const struct sockaddr local = {.sa_family = AF_UNIX};
    struct caa_address_range all;
    (void)state;
    assert_int_equal(caa_address_range_parse(&all, caa_slice_of("::/0"), NULL), CAA_OK);
    assert_false(caa_address_range_any_holds(&all, 1, &local));
    assert_false(caa_address_is_loopback(&local));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_ipv4_address_and_each_64_of_ipv6_is_a_client),
        cmocka_unit_test(a_range_holds_what_has_its_prefix),
        cmocka_unit_test(what_is_no_range_is_refused_with_its_reason),
        cmocka_unit_test(loopback_is_this_machine_alone),
        cmocka_unit_test(what_is_no_ip_address_is_in_no_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
