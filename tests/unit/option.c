#include "show.h"

#include <string.h>

#include "resolve/option.h"

static struct caa_resolver_option option;
static struct caa_diag diag;

static enum caa_err parse(struct caa_slice text) {
    diag.text[0] = '\0';
    return caa_resolver_option_parse(&option, text, &diag);
}

static void assert_taken(const char *text) {
    if (parse(caa_slice_of(text)) != CAA_OK) fail_msg("%s: %s", text, diag.text);
}

static void assert_octets_refused(const void *text, size_t len, const char *why) {
    if (parse(caa_slice_bytes(text, len)) != CAA_ERR_OPTION)
        fail_msg("%s was taken", (const char *)text);
    if (strstr(diag.text, why) == NULL) fail_msg("'%s' does not say '%s'", diag.text, why);
}

static void assert_refused(const char *text, const char *why) {
    assert_octets_refused(text, strlen(text), why);
}

static void name_and_value_may_be_written_in_two_ways(void **state) {
    (void)state;
    static const char *const forms[] = {"outgoing-range: 900", "outgoing-range=900",
                                        " outgoing-range :\t900 ", "outgoing-range:900"};
    for (size_t i = 0; i < 4; i++) {
        assert_taken(forms[i]);
        assert_string_equal(option.name, "outgoing-range");
        assert_string_equal(option.value, "900");
    }
}

static void memory_takes_units_up_to_its_limit(void **state) {
    (void)state;
    assert_taken("rrset-cache-size: 0");
    assert_taken("rrset-cache-size: 100k");
    assert_taken("rrset-cache-size: 64G");
    assert_taken("so-rcvbuf: 4m");
    assert_refused("rrset-cache-size: 65g", "not a number from 0 to");
    assert_refused("rrset-cache-size: 4x", "octets");
    assert_refused("rrset-cache-size: 4mm", "octets");
    assert_refused("rrset-cache-size: -1", "octets");
    assert_refused("rrset-cache-size: 99999999999999999999", "octets");
    assert_refused("rrset-cache-size: 17179869184g", "octets"); /* 2^64 */
}

static void counts_and_timers_keep_their_ranges(void **state) {
    (void)state;
    static const char *const taken[] = {
        "outgoing-range: 16",        "outgoing-range: 60000",       "infra-host-ttl: 1",
        "infra-host-ttl: 86400",     "infra-cache-min-rtt: 10000",  "jostle-timeout: 200",
        "edns-buffer-size: 512",     "edns-buffer-size: 4096",      "cache-max-ttl: 0",
        "num-queries-per-thread: 1", "cache-max-negative-ttl: 3600"};
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) assert_taken(taken[i]);
    assert_refused("outgoing-range: 15", "from 16 to 60000");
    assert_refused("outgoing-range: 60001", "from 16 to 60000");
    assert_refused("outgoing-range: 1k", "from 16 to 60000");
    assert_refused("outgoing-range: 0x10", "from 16 to 60000");
    assert_refused("outgoing-range: 1e2", "from 16 to 60000");
    assert_refused("outgoing-range: +100", "from 16 to 60000");
    assert_refused("infra-host-ttl: 0", "from 1 to 86400 seconds");
    assert_refused("infra-cache-max-rtt: 99", "from 100 to 120000 milliseconds");
    assert_refused("edns-buffer-size: 4097", "from 512 to 4096");
}

static void slabs_are_powers_of_two(void **state) {
    (void)state;
    assert_taken("msg-cache-slabs: 1");
    assert_taken("msg-cache-slabs: 256");
    assert_refused("msg-cache-slabs: 3", "a power of two");
    assert_refused("msg-cache-slabs: 0", "a power of two");
    assert_refused("msg-cache-slabs: 512", "a power of two");
}

static void switches_are_yes_or_no(void **state) {
    (void)state;
    assert_taken("do-ip6: yes");
    assert_taken("tcp-upstream: no");
    assert_refused("do-ip6: true", "neither yes nor no");
    assert_refused("do-ip6: YES", "neither yes nor no");
}

static void ports_are_numbers_or_ranges(void **state) {
    (void)state;
    assert_taken("outgoing-port-permit: 1024");
    assert_taken("outgoing-port-avoid: 1024-65535");
    assert_refused("outgoing-port-permit: 0", "a range FIRST-LAST");
    assert_refused("outgoing-port-permit: 65536", "a range FIRST-LAST");
    assert_refused("outgoing-port-permit: 2000-1000", "a range FIRST-LAST");
    assert_refused("outgoing-port-permit: 1-2-3", "a range FIRST-LAST");
    assert_refused("outgoing-port-permit: -5", "a range FIRST-LAST");
    assert_refused("outgoing-port-permit: 5-", "a range FIRST-LAST");
}

static void interfaces_are_addresses(void **state) {
    (void)state;
    assert_taken("outgoing-interface: 192.0.2.1");
    assert_taken("outgoing-interface: 2001:db8::1");
    assert_refused("outgoing-interface: eth0", "not an IP address");
    assert_refused("outgoing-interface: 2001:db8::/64", "not an IP address");
    assert_refused("outgoing-interface: 192.0.2.1@53", "not an IP address");
}

static void options_that_forge_answers_are_refused_with_the_reason(void **state) {
    (void)state;
    assert_refused("local-data: example.org. CAA 0 issue \"ca\"", "answers instead of the DNS");
    assert_refused("local-zone: example.org. static", "answers instead of the DNS");
    assert_refused("domain-insecure: example.org", "turns validation off");
    assert_refused("val-permissive-mode: yes", "lets bogus answers through");
    assert_refused("val-override-date: -1", "expired signatures");
    assert_refused("val-sig-skew-max: 9999999", "expired signatures");
    assert_refused("ignore-cd-flag: yes", "validated");
    assert_refused("module-config: iterator", "nothing is validated");
    assert_refused("trust-anchor: x", "setting of its own");
    assert_refused("trust-anchor-file: x", "setting of its own");
    assert_refused("root-hints: x", "setting of their own");
    assert_refused("harden-dnssec-stripped: no", "not negotiable");
    assert_refused("serve-expired: yes", "past its TTL");
    assert_refused("cache-min-ttl: 3600", "past its TTL");
    assert_refused("max-sent-count: 100", "hundreds of packets");
    assert_refused("stub-zone: x", "choose who answers");
    assert_refused("forward-zone: x", "setting of their own");
    assert_refused("rpz: x", "answers instead of the DNS");
    assert_refused("include: /etc/passwd", "never checked");
}

static void what_is_not_on_the_list_is_refused(void **state) {
    (void)state;
    static const char *const unknown[] = {"qname-minimisation: no",
                                          "val-nsec3-keysize-iterations: 1",
                                          "tls-cert-bundle: /tmp/x",
                                          "verbosity: 5",
                                          "x: y",
                                          "Outgoing-Range: 900",
                                          "outgoing-rang: 900",
                                          "outgoing-range2: 900",
                                          "server: outgoing-range: 900"};
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++)
        assert_refused(unknown[i], "only cache sizes, ports, interfaces and timers");
}

static void nothing_can_be_smuggled_in_behind_a_value(void **state) {
    (void)state;
    assert_refused("outgoing-range: 900\nlocal-data: x", "not a number");
    assert_refused("outgoing-range: 900\n", "not a number");
    assert_refused("outgoing-range: \"900\"", "not a number");
    assert_refused("outgoing-range: 900 # comment", "not a number");
    assert_refused("do-ip6: yes\n", "neither yes nor no");
    assert_refused("outgoing-interface: 192.0.2.1\nlocal-data", "not an IP address");
    assert_refused("outgoing-range\nlocal-data: 900", "only cache sizes");
    assert_octets_refused("outgoing-range: 900\0local-data: x", 34, "not of the form");
    assert_octets_refused("outgoing-range\0: 900", 20, "not of the form");
    assert_null(strchr(diag.text, '\n'));
}

static void text_without_name_or_value_is_refused(void **state) {
    (void)state;
    static const char *const texts[] = {
        "", ":", "outgoing-range", "outgoing-range:", ": 900", "outgoing-range 900", " = "};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_refused(texts[i], "not of the form");
}

static void overlong_text_is_refused(void **state) {
    (void)state;
    char text[4096];
    memset(text, 'a', sizeof text);
    text[sizeof text - 1] = '\0';
    assert_refused(text, "not of the form");
    text[200] = ':';
    assert_refused(text, "not of the form");
    memcpy(text, "outgoing-range: ", 16);
    memset(text + 16, '0', sizeof text - 17);
    assert_refused(text, "not of the form");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(name_and_value_may_be_written_in_two_ways),
        cmocka_unit_test(memory_takes_units_up_to_its_limit),
        cmocka_unit_test(counts_and_timers_keep_their_ranges),
        cmocka_unit_test(slabs_are_powers_of_two),
        cmocka_unit_test(switches_are_yes_or_no),
        cmocka_unit_test(ports_are_numbers_or_ranges),
        cmocka_unit_test(interfaces_are_addresses),
        cmocka_unit_test(options_that_forge_answers_are_refused_with_the_reason),
        cmocka_unit_test(what_is_not_on_the_list_is_refused),
        cmocka_unit_test(nothing_can_be_smuggled_in_behind_a_value),
        cmocka_unit_test(text_without_name_or_value_is_refused),
        cmocka_unit_test(overlong_text_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
