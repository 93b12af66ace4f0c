#include "show.h"

#include <stdio.h>
#include <string.h>

#include "dns/identifier.h"

static struct caa_identifier identifier_of(const char *text) {
    struct caa_identifier identifier;
    struct caa_diag diag = {""};
    if (caa_identifier_parse(&identifier, caa_slice_of(text), &diag) != CAA_OK)
        fail_msg("\"%s\": %s", text, diag.text);
    return identifier;
}

static void assert_dns(const char *text, const char *canonical) {
    struct caa_identifier identifier = identifier_of(text);
    assert_int_equal(identifier.kind, CAA_IDENTIFIER_DNS);
    assert_string_equal(identifier.text, canonical);
    struct caa_name name;
    bool wildcard = canonical[0] == '*';
    assert_int_equal(identifier.wildcard, wildcard);
    assert_int_equal(
        caa_name_from_text(&name, caa_slice_of(canonical + (wildcard ? 2 : 0)), NULL), CAA_OK);
    assert_int_equal(identifier.name.len, name.len);
    assert_memory_equal(identifier.name.wire, name.wire, name.len);
}

static void assert_refused_bytes(struct caa_slice text, const char *reason) {
    struct caa_identifier identifier = {.text = "untouched"};
    struct caa_diag diag = {""};
    assert_int_equal(caa_identifier_parse(&identifier, text, &diag), CAA_ERR_SYNTAX);
    assert_string_equal(diag.text, reason);
    assert_string_equal(identifier.text, "untouched");
}

static void assert_refused(const char *text, const char *reason) {
    assert_refused_bytes(caa_slice_of(text), reason);
}

static void a_name_becomes_lower_case_and_loses_one_final_dot(void **state) {
    (void)state;
    assert_dns("www.example.org", "www.example.org");
    assert_dns("WWW.eXample.ORG.", "www.example.org");
    assert_dns("org", "org");
    assert_dns("3com.example", "3com.example");
}

static void a_wildcard_is_its_name_without_the_star(void **state) {
    (void)state;
    assert_dns("*.Example.org", "*.example.org");
    assert_dns("*.org.", "*.org");
    assert_dns("*.b\u00fccher.example", "*.xn--bcher-kva.example");
}

static void a_star_stands_alone_in_front_or_nowhere(void **state) {
    (void)state;
    static const char *const alone = "'*' may only stand alone, in front of a name";
    char reason[128];
    snprintf(reason, sizeof reason, "label 2, \"*\": %s", alone);
    assert_refused("*.*.x", reason);
    assert_refused("www.*.example.org", reason);
    snprintf(reason, sizeof reason, "label 1, \"*a\": %s", alone);
    assert_refused("*a.example.org", reason);
    snprintf(reason, sizeof reason, "label 1, \"*\": %s", alone);
    assert_refused("*", reason);
    snprintf(reason, sizeof reason, "label 1, \"\uff0a\": %s", alone);
    assert_refused("\uff0a.example.org", reason);
    assert_refused("*.", "no name follows the '*'");
    assert_refused("*..", "no name follows the '*'");
}

static void empty_text_and_the_root_are_refused(void **state) {
    (void)state;
    assert_refused("", "the name is empty");
    assert_refused_bytes((struct caa_slice){NULL, 0}, "the name is empty");
    assert_refused(".", "the root is no name for a certificate");
}

static void an_empty_label_is_refused_with_its_place(void **state) {
    (void)state;
    assert_refused("www..org", "label 2, \"\": it is empty");
    assert_refused(".org", "label 1, \"\": it is empty");
    assert_refused("org..", "label 2, \"\": it is empty");
    assert_refused("*..org", "label 2, \"\": it is empty");
    assert_refused("a.\u00ad.org", "label 2, \"\u00ad\": it is empty");
}

static void a_label_has_63_octets_at_most(void **state) {
    (void)state;
    char text[80] = "", reason[160];
    memset(text, 'a', 63);
    assert_dns(text, text);
    text[63] = 'a';
    snprintf(reason, sizeof reason, "label 1, \"%s\": it is longer than 63 octets", text);
    assert_refused(text, reason);
    strcpy(text, "");
    for (int i = 0; i < 20; i++) strcat(text, "\u00fc");
    assert_int_equal(identifier_of(text).kind, CAA_IDENTIFIER_DNS);
}

static void a_u_label_counts_as_the_a_label_it_becomes(void **state) {
    (void)state;
    char text[256] = "", reason[256];
    for (int i = 0; i < 40; i++) strcat(text, "\u00fca");
    snprintf(reason, sizeof reason, "label 1, \"%.80s...\": it is longer than 63 octets", text);
    struct caa_diag expected;
    caa_diag_set(&expected, "%s", reason);
    assert_refused(text, expected.text);
}

/* A name of `len` octets: labels of 'a', 49 octets each and a shorter last one. */
static void write_name(char *text, size_t len) {
    memset(text, 'a', len);
    for (size_t i = 49; i < len - 1; i += 50) text[i] = '.';
    text[len] = '\0';
}

static void a_name_has_253_octets_at_most(void **state) {
    (void)state;
    char text[2000];
    write_name(text, 253);
    assert_dns(text, text);
    strcat(text, ".");
    assert_int_equal(strlen(identifier_of(text).text), 253);
    write_name(text, 254);
    assert_refused(text, "the name is longer than 253 octets");
    write_name(text, 1999);
    assert_refused(text, "the name is longer than 253 octets");
}

static void the_star_counts_for_the_length(void **state) {
    (void)state;
    char text[300] = "*.";
    write_name(text + 2, 251);
    assert_int_equal(strlen(identifier_of(text).text), 253);
    write_name(text + 2, 252);
    assert_refused(text, "the name is longer than 253 octets");
}

static void only_letters_digits_and_hyphens_make_a_label(void **state) {
    (void)state;
    assert_refused("a_b.org", "label 1, \"a_b\": '_' is not a letter, a digit or a hyphen");
    assert_refused("www._tcp.org",
                   "label 2, \"_tcp\": '_' is not a letter, a digit or a hyphen");
    assert_refused("a b.org", "label 1, \"a b\": ' ' is not a letter, a digit or a hyphen");
    assert_refused("a.org:443",
                   "label 2, \"org:443\": ':' is not a letter, a digit or a hyphen");
    assert_refused("a.b\tc",
                   "label 2, \"b?c\": octet \\009 is not a letter, a digit or a hyphen");
    assert_refused("a\\.b", "label 1, \"a\\\": '\\' is not a letter, a digit or a hyphen");
    assert_refused("\u00fc_.org",
                   "label 1, \"\u00fc_\": '_' is not a letter, a digit or a hyphen");
}

static void a_hyphen_stands_only_within_a_label(void **state) {
    (void)state;
    assert_refused("-a.org", "label 1, \"-a\": it starts with a hyphen");
    assert_refused("www.a-.org", "label 2, \"a-\": it ends with a hyphen");
    assert_refused("-", "label 1, \"-\": it starts with a hyphen");
    assert_dns("a-b.org", "a-b.org");
    /* As content networks have them; not an A-label and not refused as one. */
    assert_dns("r3---sn-apo.example", "r3---sn-apo.example");
    assert_dns("ab--cd.example", "ab--cd.example");
}

static void bytes_that_are_not_utf8_are_refused(void **state) {
    (void)state;
    assert_refused("\xff.org", "the name is not valid UTF-8");
    assert_refused("b\xfc"
                   "cher.example",
                   "the name is not valid UTF-8");
    assert_refused("a\xc0\xae"
                   "b.org",
                   "the name is not valid UTF-8");
}

static void a_nul_octet_is_refused(void **state) {
    (void)state;
    assert_refused_bytes(caa_slice_bytes("good.example\0.evil.org", 22),
                         "the name holds a NUL octet");
    assert_refused_bytes(caa_slice_bytes("192.0.2.1\0", 10), "the name holds a NUL octet");
}

static void u_labels_become_a_labels(void **state) {
    (void)state;
    assert_dns("b\u00fccher.example", "xn--bcher-kva.example");
    assert_dns("B\u00dcCHER.example", "xn--bcher-kva.example");
    assert_dns("bu\u0308cher.example", "xn--bcher-kva.example");
    assert_dns("\u0438\u0441\u043f\u044b\u0442\u0430\u043d\u0438\u0435", "xn--80akhbyknj4f");
}

static void processing_is_non_transitional(void **state) {
    (void)state;
    assert_dns("fa\u00df.de", "xn--fa-hia.de");
    assert_dns("\u03b2\u03cc\u03bb\u03bf\u03c2.com", "xn--nxasmm1c.com");
    assert_dns("\u0646\u0627\u0645\u0647\u200c\u0627\u06cc.com", "xn--mgba3gch31f060k.com");
}

static void width_and_style_variants_are_mapped_to_plain_letters(void **state) {
    (void)state;
    assert_dns("\uff45\uff58\uff41\uff4d\uff50\uff4c\uff45.org", "example.org");
    assert_dns("\U0001d4b6.org", "a.org");
}

static void the_dots_of_other_scripts_part_labels(void **state) {
    (void)state;
    assert_dns("a\u3002b\uff0ec\uff61", "a.b.c");
    assert_dns("*\u3002example\uff0eorg", "*.example.org");
    assert_refused("a\u3002\u3002b", "label 2, \"\": it is empty");
    assert_refused("\u3002", "the root is no name for a certificate");
}

static void symbols_are_labels_as_uts_46_says(void **state) {
    (void)state;
    assert_dns("\u2603.net", "xn--n3h.net");
    assert_dns("I\u2764.ws", "xn--i-7iq.ws");
    assert_dns("xn--i-7iq.ws", "xn--i-7iq.ws");
}

static void assert_no_u_label(const char *text) {
    struct caa_identifier identifier;
    struct caa_diag diag = {""};
    assert_int_equal(caa_identifier_parse(&identifier, caa_slice_of(text), &diag),
                     CAA_ERR_SYNTAX);
    if (strstr(diag.text, "no internationalized label (UTS 46): ") == NULL)
        fail_msg("\"%s\": %s", text, diag.text);
}

static void what_uts_46_disallows_is_refused(void **state) {
    (void)state;
    assert_no_u_label("\u0378.org");          /* unassigned */
    assert_no_u_label("\u0300a.org");         /* a combining mark in front */
    assert_no_u_label("a\u200db.org");        /* a joiner that joins nothing */
    assert_no_u_label("\u05d0a.org");         /* against the Bidi rule */
    assert_no_u_label("\u2488x.org");         /* would hide a dot */
    assert_no_u_label("-\u00fc.org");         /* a hyphen in front */
    assert_no_u_label("xn--b\u00fccher.org"); /* half A-label, half U-label */
}

static void an_a_label_is_kept_and_becomes_lower_case(void **state) {
    (void)state;
    assert_dns("xn--bcher-kva.example", "xn--bcher-kva.example");
    assert_dns("XN--BCHER-KVA.example", "xn--bcher-kva.example");
}

static void an_a_label_that_does_not_round_trip_is_refused(void **state) {
    (void)state;
    static const char *const labels[] = {"xn--0", "xn--99999999", "xn--a", "xn--ss-abc",
                                         "xn--tdb"};
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
        char text[64], reason[160];
        snprintf(text, sizeof text, "www.%s.example", labels[i]);
        snprintf(
            reason, sizeof reason,
            "label 2, \"%s\": an A-label (xn--) that does not decode to a U-label and back",
            labels[i]);
        assert_refused(text, reason);
    }
    assert_refused("xn--example-.org", "label 1, \"xn--example-\": it ends with a hyphen");
    assert_refused("xn--.org", "label 1, \"xn--\": it ends with a hyphen");
}

static void assert_address(const char *text, const char *canonical) {
    struct caa_identifier identifier = identifier_of(text);
    assert_int_equal(identifier.kind, CAA_IDENTIFIER_IP);
    assert_string_equal(identifier.text, canonical);
    assert_false(identifier.wildcard);
    assert_int_equal(identifier.name.len, 0);
}

static void an_ip_address_is_told_from_a_name(void **state) {
    (void)state;
    assert_address("192.0.2.1", "192.0.2.1");
    assert_address("2001:DB8:0::1", "2001:db8::1");
    assert_address("[2001:db8::1]", "2001:db8::1");
    assert_address("::", "::");
    assert_address("::ffff:192.0.2.1", "::ffff:192.0.2.1");
}

static void what_only_resembles_an_address_is_refused(void **state) {
    (void)state;
    assert_refused("[192.0.2.1]",
                   "label 1, \"[192\": '[' is not a letter, a digit or a hyphen");
    assert_refused("fe80::1%eth0",
                   "label 1, \"fe80::1%eth0\": ':' is not a letter, a digit or a hyphen");
    assert_refused("[]", "label 1, \"[]\": '[' is not a letter, a digit or a hyphen");
}

static void a_last_label_of_digits_only_is_refused(void **state) {
    (void)state;
    assert_refused("192.0.2.1.", "label 4, \"1\": the last label holds digits only");
    assert_refused("192.0.2.256", "label 4, \"256\": the last label holds digits only");
    assert_refused("127.1", "label 2, \"1\": the last label holds digits only");
    assert_refused("*.10", "label 2, \"10\": the last label holds digits only");
    assert_refused("\uff11.\uff12", "label 2, \"\uff12\": the last label holds digits only");
    assert_dns("1.example", "1.example");
    assert_dns("example.1a", "example.1a");
}

static void assert_onion(const char *text, const char *canonical) {
    struct caa_identifier identifier = identifier_of(text);
    assert_int_equal(identifier.kind, CAA_IDENTIFIER_ONION);
    assert_string_equal(identifier.text, canonical);
}

static void onion_and_all_below_it_is_known(void **state) {
    (void)state;
    assert_onion("onion", "onion");
    assert_onion("example.ONION.", "example.onion");
    assert_onion("*.example.Onion", "*.example.onion");
    assert_onion("a.\uff4fnion", "a.onion");
    assert_dns("onion.example", "onion.example");
    assert_dns("notonion", "notonion");
}

static void a_caller_may_not_want_the_reason(void **state) {
    (void)state;
    struct caa_identifier identifier;
    assert_int_equal(caa_identifier_parse(&identifier, caa_slice_of("a_b"), NULL),
                     CAA_ERR_SYNTAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_becomes_lower_case_and_loses_one_final_dot),
        cmocka_unit_test(a_wildcard_is_its_name_without_the_star),
        cmocka_unit_test(a_star_stands_alone_in_front_or_nowhere),
        cmocka_unit_test(empty_text_and_the_root_are_refused),
        cmocka_unit_test(an_empty_label_is_refused_with_its_place),
        cmocka_unit_test(a_label_has_63_octets_at_most),
        cmocka_unit_test(a_u_label_counts_as_the_a_label_it_becomes),
        cmocka_unit_test(a_name_has_253_octets_at_most),
        cmocka_unit_test(the_star_counts_for_the_length),
        cmocka_unit_test(only_letters_digits_and_hyphens_make_a_label),
        cmocka_unit_test(a_hyphen_stands_only_within_a_label),
        cmocka_unit_test(bytes_that_are_not_utf8_are_refused),
        cmocka_unit_test(a_nul_octet_is_refused),
        cmocka_unit_test(u_labels_become_a_labels),
        cmocka_unit_test(processing_is_non_transitional),
        cmocka_unit_test(width_and_style_variants_are_mapped_to_plain_letters),
        cmocka_unit_test(the_dots_of_other_scripts_part_labels),
        cmocka_unit_test(symbols_are_labels_as_uts_46_says),
        cmocka_unit_test(what_uts_46_disallows_is_refused),
        cmocka_unit_test(an_a_label_is_kept_and_becomes_lower_case),
        cmocka_unit_test(an_a_label_that_does_not_round_trip_is_refused),
        cmocka_unit_test(an_ip_address_is_told_from_a_name),
        cmocka_unit_test(what_only_resembles_an_address_is_refused),
        cmocka_unit_test(a_last_label_of_digits_only_is_refused),
        cmocka_unit_test(onion_and_all_below_it_is_known),
        cmocka_unit_test(a_caller_may_not_want_the_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
