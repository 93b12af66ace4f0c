#include "show.h"

#include <arpa/inet.h>
#include <string.h>

#include "resolve/forwarder.h"

static struct caa_forwarder forwarder;
static struct caa_diag diag;

static void assert_taken(const char *text, const char *for_libunbound) {
    if (caa_forwarder_parse(&forwarder, text, &diag) != CAA_OK)
        fail_msg("%s: %s", text, diag.text);
    assert_string_equal(forwarder.text, for_libunbound);
}

static void assert_refused(const char *text, const char *why) {
    assert_int_equal(caa_forwarder_parse(&forwarder, text, &diag), CAA_ERR_OPTION);
    if (strstr(diag.text, why) == NULL) fail_msg("'%s' does not say '%s'", diag.text, why);
}

static void an_address_alone_means_port_53(void **state) {
    (void)state;
    assert_taken("192.0.2.1", "192.0.2.1@53");
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)&forwarder.address;
    assert_int_equal(v4->sin_family, AF_INET);
    assert_int_equal(ntohs(v4->sin_port), 53);
    assert_int_equal(forwarder.address_octets, sizeof *v4);
    assert_false(forwarder.over_tls);
    assert_taken("2001:db8::1", "2001:db8::1@53");
    assert_int_equal(forwarder.address.ss_family, AF_INET6);
    assert_int_equal(forwarder.address_octets, sizeof(struct sockaddr_in6));
}

static void a_port_may_be_given(void **state) {
    (void)state;
    assert_taken("192.0.2.1@5353", "192.0.2.1@5353");
    assert_taken("2001:db8::1@65535", "2001:db8::1@65535");
    assert_refused("192.0.2.1@", "not a port");
    assert_refused("192.0.2.1@0", "not a port");
    assert_refused("192.0.2.1@65536", "not a port");
    assert_refused("192.0.2.1@99999999999999999999", "not a port");
    assert_refused("192.0.2.1@dns", "not a port");
    assert_refused("192.0.2.1@53@54", "not a port");
}

static void a_tls_name_means_tls_and_port_853(void **state) {
    (void)state;
    assert_taken("192.0.2.1#dns.example.org", "192.0.2.1@853#dns.example.org");
    assert_true(forwarder.over_tls);
    assert_taken("2001:db8::1@8853#dns.example.org", "2001:db8::1@8853#dns.example.org");
}

static void a_tls_name_is_a_host_name(void **state) {
    (void)state;
    static const char *const wrong[] = {
        "192.0.2.1#",    "192.0.2.1#192.0.2.1", "192.0.2.1#*.example",    "192.0.2.1#a b",
        "192.0.2.1#a#b", "192.0.2.1#x.onion",   "192.0.2.1#a.example@853"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_refused(wrong[i], "not a host name");
}

static void a_tls_name_is_written_as_certificates_hold_it(void **state) {
    (void)state;
    assert_taken("192.0.2.1#DNS.Example.org.", "192.0.2.1@853#dns.example.org");
    assert_taken("192.0.2.1#b\303\274cher.example", "192.0.2.1@853#xn--bcher-kva.example");
}

static void what_is_no_address_is_refused(void **state) {
    (void)state;
    static const char *const wrong[] = {"",
                                        "dns.example.org",
                                        "192.0.2",
                                        "192.0.2.1 ",
                                        "[2001:db8::1]",
                                        "192.0.2.1:53",
                                        "fe80::1%eth0",
                                        "192.0.2.1\nx",
                                        "#dns.example.org",
                                        "@53"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_refused(wrong[i], "not an IP address");
}

static void overlong_text_is_refused(void **state) {
    (void)state;
    char text[2000];
    memset(text, '1', sizeof text);
    text[sizeof text - 1] = '\0';
    assert_refused(text, "too long");
    text[300] = '\0';
    assert_refused(text, "not an IP address");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_alone_means_port_53),
        cmocka_unit_test(a_port_may_be_given),
        cmocka_unit_test(a_tls_name_means_tls_and_port_853),
        cmocka_unit_test(a_tls_name_is_a_host_name),
        cmocka_unit_test(a_tls_name_is_written_as_certificates_hold_it),
        cmocka_unit_test(what_is_no_address_is_refused),
        cmocka_unit_test(overlong_text_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
