#include "show.h"

#include <stdio.h>
#include <string.h>

#include "resolve/bootstrap.h"

/* /usr/share/dns/root.hints of Debian's dns-root-data, shortened. */
static const char debian_hints[] =
    ";       This file holds the information on root name servers needed to \n"
    "; FORMERLY NS.INTERNIC.NET\n;\n"
    ".                        3600000      NS    A.ROOT-SERVERS.NET.\n"
    "A.ROOT-SERVERS.NET.      3600000      A     198.41.0.4\n"
    "A.ROOT-SERVERS.NET.      3600000      AAAA  2001:503:ba3e::2:30\n"
    ".                        3600000      NS    B.ROOT-SERVERS.NET.\n"
    "B.ROOT-SERVERS.NET.      3600000      A     170.247.170.2\n"
    "B.ROOT-SERVERS.NET.      3600000      AAAA  2801:1b8:10::b\n"
    "; End of file";

/* /usr/share/dns/root.key of the same. */
static const char debian_anchor[] =
    ". IN DNSKEY 257 3 8 AwEAAaz/tAm8yTn4Mfeh5eyI96WSVexTBAvkMgJzkKTOiW1vkIbzxeF3+/4R"
    "gWOq7HrxRixHlFlExOLAJr5emLvN7SWXgnLh4+B5xQlNVz8Og8kvArMtNROxVQuCaSnIDdD5LKyWbRd2"
    "n9WGe2R8PzgCmr3EgVLrjyBxWezF0jLHwVN8efS3rCj/EWgvIWgb9tarpVUDK/b58Da+sqqls3eNbuv7"
    "pr+eoZG+SrDK6nWeL3c6H5Apxz7LjVc1uTIdsIXxuOLYA4/ilBmSVIzuDWfdRUfhHdY6+cn8HFRm+2hM"
    "8AnXGXws9555KrUB5qihylGa8subX2Nn6UwNR1AkUTV74bU= ; keytag 20326\n"
    ". IN DNSKEY 257 3 8 AwEAAa96jeuknZlaeSrvyAJj6ZHv28hhOKkx3rLGXVaC6rXTsDc449/cidlt"
    "pkyGwCJNnOAlFNKF2jBosZBU5eeHspaQWOmOElZsjICMQMC3aeHbGiShvZsx4wMYSjH8e7Vrhbu6irwC"
    "zVBApESjbUdpWWmEnhathWu1jo+siFUiRAAxm9qyJNg/wOZqqzL/dL/q8PkcRU5oUKEpUge71M3ej2/7"
    "CPqpdVwuMoTvoB+ZOT4YeGyxMvHmbrxlFzGOHOijtzN+u1TQNatX2XBuzZNQ1K+s2CXkPIZo7s6JgZyv"
    "aBevYtxPvYLw4z9mR7K2vaF18UYH9Z9GNUUeayffKC73PYc= ; keytag 38696\n";

#define DIGEST "E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D"

static struct caa_root_hints hints;
static struct caa_trust_anchor anchor;
static struct caa_diag diag;

static enum caa_err read_hints(const char *text) {
    diag.text[0] = '\0';
    return caa_root_hints_read(&hints, caa_slice_of(text), "hints", &diag);
}

static enum caa_err read_anchor(const char *text) {
    diag.text[0] = '\0';
    return caa_trust_anchor_read(&anchor, caa_slice_of(text), "anchor", &diag);
}

static void assert_said(const char *what) {
    if (strstr(diag.text, what) == NULL) fail_msg("'%s' does not say '%s'", diag.text, what);
}

static void assert_anchor_refused(const char *text, const char *why) {
    assert_int_equal(read_anchor(text), CAA_ERR_TRUST_ANCHOR);
    assert_int_equal(strncmp(diag.text, "anchor:", 7), 0);
    assert_said(why);
}

static void assert_hints_refused(const char *text, const char *why) {
    assert_int_equal(read_hints(text), CAA_ERR_ROOT_HINTS);
    assert_int_equal(strncmp(diag.text, "hints:", 6), 0);
    assert_said(why);
}

static void debians_root_hints_are_read(void **state) {
    (void)state;
    assert_int_equal(read_hints(debian_hints), CAA_OK);
    assert_int_equal(hints.count, 4);
    assert_string_equal(hints.addresses[0], "198.41.0.4");
    assert_string_equal(hints.addresses[1], "2001:503:ba3e::2:30");
    assert_string_equal(hints.addresses[3], "2801:1b8:10::b");
}

static void hints_may_come_in_any_order(void **state) {
    (void)state;
    assert_int_equal(read_hints("a.root. A 192.0.2.1\n. NS b.root.\nb.root. AAAA 2001:db8::1\n"
                                ". 3600 IN NS a.root.\n"),
                     CAA_OK);
    assert_int_equal(hints.count, 2);
}

static void hints_without_an_address_are_refused(void **state) {
    (void)state;
    assert_hints_refused("", "no address");
    assert_hints_refused("; nothing\n", "no address");
    assert_hints_refused(". NS a.root.\n", "no address");
}

static void hints_hold_name_servers_only(void **state) {
    (void)state;
    assert_hints_refused(". NS a.root.\n\n. TXT \"x\"\n", "hints:3: ");
    assert_said("NS, A and AAAA records only");
}

static void malformed_hints_are_refused_with_their_line(void **state) {
    (void)state;
    assert_hints_refused(". NS a.root.\na.root. A 192.0.2\n", "hints:2: ");
    assert_hints_refused("a.root. A 192.0.2.1\n$INCLUDE /etc/passwd\n", "hints:2: ");
    assert_said("$INCLUDE");
    assert_hints_refused("\xff\xfe", "hints:1: ");
    assert_hints_refused("a.root. A 192.0.2.1\n(\n", "hints:");
}

static void the_sixty_fifth_address_is_refused(void **state) {
    (void)state;
    static char text[65 * 32];
    size_t len = 0;
    for (int i = 0; i < 64; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "r. A 192.0.2.%d\n", i);
    assert_int_equal(read_hints(text), CAA_OK);
    assert_int_equal(hints.count, 64);
    snprintf(text + len, sizeof text - len, "r. A 192.0.2.64\n");
    assert_hints_refused(text, "hints:65: more root server addresses");
}

static void debians_trust_anchor_is_read(void **state) {
    (void)state;
    assert_int_equal(read_anchor(debian_anchor), CAA_OK);
    assert_int_equal(anchor.count, 2);
    assert_int_equal(strncmp(anchor.records[0], ". IN DNSKEY 257 3 8 AwEAAaz/tAm8yTn4Mfeh", 40),
                     0);
    assert_null(strchr(anchor.records[0], '\n'));
    assert_null(strchr(anchor.records[0], ';'));
}

static void a_ds_anchor_may_span_lines(void **state) {
    (void)state;
    assert_int_equal(read_anchor(".  172800 IN DS ( 20326 8 2\n ; the KSK of 2017\n"
                                 "  E06D44B80B8F1D39A95C0B0D7C65D084\n"
                                 "  58E880409BBC683457104237C7F8EC8D )"),
                     CAA_OK);
    assert_int_equal(anchor.count, 1);
    assert_string_equal(anchor.records[0], ". IN DS 20326 8 2 " DIGEST);
}

static void an_anchor_of_another_zone_is_refused(void **state) {
    (void)state;
    assert_anchor_refused(". DS 20326 8 2 " DIGEST "\ncom. DS 20326 8 2 " DIGEST "\n",
                          "anchor:2: ");
    assert_said("not the root's");
}

static void other_records_are_no_anchors(void **state) {
    (void)state;
    assert_anchor_refused(". NS a.root.\n", "anchor:1: a trust anchor is a DS or a DNSKEY");
}

static void an_anchor_that_validates_nothing_is_refused(void **state) {
    (void)state;
    static const char *const unusable[] = {
        ". DS 20326 8 1 AE1EA5B974D4C858B740BD03E3CED7EBFCBD1724\n", /* SHA-1 */
        ". DS 20326 5 2 " DIGEST "\n",                               /* RSASHA1 */
        ". DS 20326 12 2 " DIGEST "\n",                              /* GOST */
        ". DS 20326 253 2 " DIGEST "\n",
        ". DS 20326 8 9 " DIGEST "\n",
        ". DS 20326 8 4 " DIGEST "\n", /* too short for SHA-384 */
        ". DS 20326 8 2 E06D44B8\n",
        ". DNSKEY 385 3 8 AwEAAaz/tAm8yTn4Mfeh\n", /* revoked */
        ". DNSKEY 1 3 8 AwEAAaz/tAm8yTn4Mfeh\n",   /* no zone key */
        ". DNSKEY 257 2 8 AwEAAaz/tAm8yTn4Mfeh\n", /* no DNSSEC key */
        ". DNSKEY 257 3 5 AwEAAaz/tAm8yTn4Mfeh\n",
        ". DNSKEY 257 3 254 AwEAAaz/tAm8yTn4Mfeh\n",
    };
    for (size_t i = 0; i < sizeof unusable / sizeof unusable[0]; i++) {
        assert_anchor_refused(unusable[i], "no trust anchor in it has a key");
        assert_int_equal(anchor.count, 0);
    }
}

static void unusable_anchors_beside_usable_ones_are_left_out(void **state) {
    (void)state;
    assert_int_equal(read_anchor(". DS 1 5 2 " DIGEST "\n. DS 2 8 2 " DIGEST "\n"), CAA_OK);
    assert_int_equal(anchor.count, 1);
    assert_string_equal(anchor.records[0], ". IN DS 2 8 2 " DIGEST);
}

static void a_file_without_an_anchor_is_refused(void **state) {
    (void)state;
    assert_anchor_refused("", "no trust anchor in it, and without one");
    assert_anchor_refused("\n\n", "no trust anchor in it, and without one");
    assert_anchor_refused("; . DS 20326 8 2 " DIGEST, "no trust anchor in it, and without one");
}

static void malformed_anchors_are_refused_with_their_line(void **state) {
    (void)state;
    assert_anchor_refused(". DS 20326 8 2 XYZ\n", "anchor:1: ");
    assert_anchor_refused("\n. DS 20326 8 2\n", "anchor:2: ");
    assert_anchor_refused(". DNSKEY 257 3 8 ###\n", "anchor:1: ");
    assert_anchor_refused(". DS 20326 8 2 " DIGEST "\nwhat\n", "anchor:2: ");
    assert_anchor_refused("$INCLUDE /etc/passwd\n", "anchor:1: ");
    assert_anchor_refused("trust-anchor: \". DS 20326 8 2 " DIGEST "\"\n", "anchor:1: ");
}

static void the_seventeenth_anchor_is_refused(void **state) {
    (void)state;
    static char text[17 * 128];
    size_t len = 0;
    for (int i = 0; i < 16; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, ". DS %d 8 2 %s\n", i, DIGEST);
    assert_int_equal(read_anchor(text), CAA_OK);
    assert_int_equal(anchor.count, 16);
    snprintf(text + len, sizeof text - len, ". DS 16 8 2 %s\n", DIGEST);
    assert_anchor_refused(text, "anchor:17: more trust anchors");
}

static void the_reason_may_be_left_out(void **state) {
    (void)state;
    assert_int_equal(caa_trust_anchor_read(&anchor, caa_slice_of(NULL), "anchor", NULL),
                     CAA_ERR_TRUST_ANCHOR);
    assert_int_equal(caa_root_hints_read(&hints, caa_slice_of("x"), "hints", NULL),
                     CAA_ERR_ROOT_HINTS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(debians_root_hints_are_read),
        cmocka_unit_test(hints_may_come_in_any_order),
        cmocka_unit_test(hints_without_an_address_are_refused),
        cmocka_unit_test(hints_hold_name_servers_only),
        cmocka_unit_test(malformed_hints_are_refused_with_their_line),
        cmocka_unit_test(the_sixty_fifth_address_is_refused),
        cmocka_unit_test(debians_trust_anchor_is_read),
        cmocka_unit_test(a_ds_anchor_may_span_lines),
        cmocka_unit_test(an_anchor_of_another_zone_is_refused),
        cmocka_unit_test(other_records_are_no_anchors),
        cmocka_unit_test(an_anchor_that_validates_nothing_is_refused),
        cmocka_unit_test(unusable_anchors_beside_usable_ones_are_left_out),
        cmocka_unit_test(a_file_without_an_anchor_is_refused),
        cmocka_unit_test(malformed_anchors_are_refused_with_their_line),
        cmocka_unit_test(the_seventeenth_anchor_is_refused),
        cmocka_unit_test(the_reason_may_be_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
