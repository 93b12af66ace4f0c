#include "show.h"

#include <string.h>

#include "record/value.h"

static void assert_slice(struct caa_slice slice, const char *expected) {
    assert_int_equal(slice.len, strlen(expected));
    if (slice.len > 0) assert_memory_equal(slice.ptr, expected, slice.len);
}

static void assert_issuer(const char *text, const char *issuer) {
    struct caa_issue_value value;
    struct caa_malformed malformed = {0};
    if (caa_issue_value_parse(&value, caa_slice_of(text), &malformed) != CAA_OK)
        fail_msg("\"%s\" at %zu: %s", text, malformed.position, malformed.reason);
    assert_slice(value.issuer_domain_name, issuer);
}

static void assert_malformed(const char *text, size_t position, const char *reason) {
    struct caa_issue_value value;
    struct caa_malformed malformed = {0};
    if (caa_issue_value_parse(&value, caa_slice_of(text), &malformed) != CAA_ERR_SYNTAX)
        fail_msg("\"%s\" is well-formed", text);
    assert_string_equal(malformed.reason, reason);
    assert_int_equal(malformed.position, position);
}

static void an_issuer_domain_name_is_labels_of_letters_digits_and_hyphens(void **state) {
    (void)state;
    static const char *const names[] = {"ca.example", "CA.Example",     "a",      "1",
                                        "1.2",        "a-b.c--d.e",     "x1-2.y", "example",
                                        "xn--e1a",    "3.example.co.uk"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) assert_issuer(names[i], names[i]);
}

static void white_space_may_surround_every_part(void **state) {
    (void)state;
    assert_issuer(" \t ca.example \t ", "ca.example");
    assert_issuer("\tca.example ;", "ca.example");
    assert_issuer("ca.example ; \t", "ca.example");
    assert_issuer(" ca.example ; a = b ; c\t=\td \t", "ca.example");
}

static void without_an_issuer_the_value_is_well_formed_and_names_nobody(void **state) {
    (void)state;
    static const char *const values[] = {"", " ", ";", " ; ", "\t;\t", "; a=b", ";a=b;c=d"};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) assert_issuer(values[i], "");
    struct caa_issue_value value;
    const struct caa_slice nothing = {NULL, 0};
    assert_int_equal(caa_issue_value_parse(&value, nothing, NULL), CAA_OK);
    assert_int_equal(value.issuer_domain_name.len, 0);
}

static void a_semicolon_may_end_a_value_without_parameters(void **state) {
    (void)state;
    assert_issuer("ca.example;", "ca.example");
    struct caa_issue_value value;
    assert_int_equal(caa_issue_value_parse(&value, caa_slice_of("ca.example; "), NULL), CAA_OK);
    struct caa_parameter parameter;
    assert_false(caa_parameter_next(&value.parameters, &parameter));
}

static void a_malformed_issuer_domain_name_is_told_with_place_and_reason(void **state) {
    (void)state;
    static const char other[] =
        "the issuer domain name has a character other than letters, digits, hyphens and dots";
    assert_malformed("%%%%%", 0, other); /* the example of RFC 8659 section 4.2 */
    assert_malformed("https://ca.example", 5, other);
    assert_malformed("ca.exam\\ple", 7, other);
    assert_malformed("ca_1.example", 2, "the issuer domain name has an underscore");
    assert_malformed("_ca.example", 0, "the issuer domain name has an underscore");
    assert_malformed("ca.example.", 10, "the issuer domain name ends with a dot");
    assert_malformed("ca.example. ;", 10, "the issuer domain name ends with a dot");
    assert_malformed(".", 0, "a label of the issuer domain name is empty");
    assert_malformed(".ca.example", 0, "a label of the issuer domain name is empty");
    assert_malformed("ca..example", 3, "a label of the issuer domain name is empty");
    assert_malformed(" -ca.example", 1,
                     "a label of the issuer domain name starts with a hyphen");
    assert_malformed("ca.-example", 3,
                     "a label of the issuer domain name starts with a hyphen");
    assert_malformed("ca-.example", 2, "a label of the issuer domain name ends with a hyphen");
    assert_malformed("ca.example-", 10, "a label of the issuer domain name ends with a hyphen");
    assert_malformed("-", 0, "a label of the issuer domain name starts with a hyphen");
    assert_malformed("\"ca.example\"", 0, "a quotation mark is part of the value");
    assert_malformed("*.ca.example", 0, "the issuer domain name is not a wildcard");
    assert_malformed("accounturi=x", 10, "a parameter stands before the first ';'");
    assert_malformed("ca.example, ca2.example", 10, "a comma: each record names one issuer");
    assert_malformed("b\xc3\xbc.example", 1,
                     "the issuer domain name is not ASCII: write it in A-labels");
    assert_malformed("ca.example ca2.example", 11,
                     "something other than ';' follows the issuer domain name");
    assert_malformed("ca.example\n", 10, other);
}

static void malformed_parameters_are_told_with_place_and_reason(void **state) {
    (void)state;
    static const char bad_tag[] =
        "a parameter tag has a character other than letters, digits and hyphens";
    static const char bad_value[] =
        "a parameter value has an octet that is not printable ASCII";
    assert_malformed("ca.example; a=b;", 15, "the last parameter is followed by ';'");
    assert_malformed("ca.example; a=b ; ", 16, "the last parameter is followed by ';'");
    assert_malformed(";;", 1, "a parameter is empty");
    assert_malformed("ca.example;; a=b", 11, "a parameter is empty");
    assert_malformed("ca.example; a=b;;c=d", 16, "a parameter is empty");
    assert_malformed("ca.example; =b", 12, "a parameter has no tag");
    assert_malformed("ca.example; a", 13, "a parameter has no '='");
    assert_malformed("ca.example; a ;b=c", 14, "a parameter has no '='");
    assert_malformed("ca.example; a b=c", 14, "a parameter tag is not followed by '='");
    assert_malformed("ca.example; -a=b", 12, "a parameter tag starts with a hyphen");
    assert_malformed("ca.example; a-=b", 13, "a parameter tag ends with a hyphen");
    assert_malformed("ca.example; a_b=c", 13, bad_tag);
    assert_malformed("ca.example; _a=b", 12, bad_tag);
    assert_malformed("ca.example; \xc3\xbc=b", 12, bad_tag);
    assert_malformed("ca.example; a=b c", 15, "a parameter value has a space in it");
    assert_malformed("ca.example; a=dns-01, http-01", 21,
                     "a parameter value has a space in it");
    assert_malformed("ca.example; a=b\n", 15, bad_value);
    assert_malformed("ca.example; a=\xc3\xbc", 14, bad_value);
    assert_malformed("ca.example; a=\x7f", 14, bad_value);
}

static void nul_octets_are_malformed_like_any_other(void **state) {
    (void)state;
    static const char values[][3] = {{'a', '\0', 'b'}, {'\0', 'a', 'b'}, {';', 'a', '\0'}};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct caa_issue_value value;
        assert_int_equal(caa_issue_value_parse(&value, caa_slice_bytes(values[i], 3), NULL),
                         CAA_ERR_SYNTAX);
    }
}

static void only_semicolon_and_space_are_outside_a_parameter_value(void **state) {
    (void)state;
    for (int c = 0; c < 256; c++) {
        const char text[] = {';', 'a', '=', 'x', (char)c, 'y'};
        struct caa_issue_value value;
        bool allowed = c >= 0x21 && c <= 0x7e && c != ';';
        enum caa_err err =
            caa_issue_value_parse(&value, caa_slice_bytes(text, sizeof text), NULL);
        assert_int_equal(err, allowed ? CAA_OK : CAA_ERR_SYNTAX);
    }
}

static void parameters_come_in_their_order(void **state) {
    (void)state;
    static const char text[] = "ca.example ;\t a =b; c-d= e=f==\t;g=;\th1\t=\t%";
    static const char *const expected[][2] = {
        {"a", "b"}, {"c-d", "e=f=="}, {"g", ""}, {"h1", "%"}};
    struct caa_issue_value value;
    struct caa_parameter parameter;
    assert_int_equal(caa_issue_value_parse(&value, caa_slice_of(text), NULL), CAA_OK);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        assert_true(caa_parameter_next(&value.parameters, &parameter));
        assert_slice(parameter.tag, expected[i][0]);
        assert_slice(parameter.value, expected[i][1]);
    }
    assert_false(caa_parameter_next(&value.parameters, &parameter));
    assert_false(caa_parameter_next(&value.parameters, &parameter));
}

static void an_empty_parameter_value_is_valid(void **state) {
    (void)state;
    assert_issuer("ca.example; a=", "ca.example");
    assert_issuer("ca.example; a= ", "ca.example");
    assert_issuer("ca.example; a=;b=", "ca.example");
}

static void the_examples_of_rfc_8659_are_well_formed(void **state) {
    (void)state;
    assert_issuer("ca1.example.net", "ca1.example.net");
    assert_issuer("ca2.example.org", "ca2.example.org");
    assert_issuer(";", "");
    assert_issuer("ca1.example.net; account=230123", "ca1.example.net");
    assert_issuer("ca1.example.net; policy=ev", "ca1.example.net");
}

/* The grammar of RFC 8659 section 4.2 once more, written as spans: each takes its part off the
   front of the text, NULL where there is none. */
static const char *ldh_span(const char *s) {
    static const char ldh[] = "-0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    size_t n = strspn(s, ldh);
    return n == 0 || s[0] == '-' || s[n - 1] == '-' ? NULL : s + n;
}

static const char *wsp_span(const char *s) {
    return s + strspn(s, " \t");
}

static const char *issuer_span(const char *s) {
    s = ldh_span(s);
    while (s != NULL && *s == '.') s = ldh_span(s + 1);
    return s;
}

static const char *parameter_span(const char *s) {
    s = ldh_span(s);
    if (s == NULL || *wsp_span(s) != '=') return NULL;
    s = wsp_span(wsp_span(s) + 1);
    return wsp_span(s + strcspn(s, " \t;"));
}

static bool parameters_match(const char *s) {
    s = parameter_span(s);
    while (s != NULL && *s == ';') s = parameter_span(wsp_span(s + 1));
    return s != NULL && *s == '\0';
}

static bool matches_grammar(const char *s) {
    s = wsp_span(s);
    if (*s != '\0' && *s != ';') s = issuer_span(s);
    if (s == NULL) return false;
    s = wsp_span(s);
    if (*s != ';') return *s == '\0';
    s = wsp_span(s + 1);
    return *s == '\0' || parameters_match(s);
}

static void assert_agrees_with_grammar(const char *text) {
    struct caa_issue_value value;
    struct caa_malformed malformed = {0};
    bool well_formed = caa_issue_value_parse(&value, caa_slice_of(text), &malformed) == CAA_OK;
    if (well_formed != matches_grammar(text))
        fail_msg("\"%s\" is %swell-formed", text, well_formed ? "not " : "");
    if (!well_formed && (malformed.reason == NULL || malformed.position > strlen(text)))
        fail_msg("\"%s\" has no reason or is malformed behind its end", text);
}

/* Every text of up to `room` more letters after `text`. */
static void assert_all_from(char *text, size_t len, size_t room) {
    static const char alphabet[] = "a-.;= _";
    text[len] = '\0';
    assert_agrees_with_grammar(text);
    for (const char *c = alphabet; room > 0 && *c != '\0'; c++) {
        text[len] = *c;
        assert_all_from(text, len + 1, room - 1);
    }
}

static void every_short_value_is_judged_as_the_grammar_says(void **state) {
    (void)state;
    char whole[16] = "", parameters[16] = "ca;a=b";
    assert_all_from(whole, 0, 7);
    assert_all_from(parameters, strlen(parameters), 6);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_issuer_domain_name_is_labels_of_letters_digits_and_hyphens),
        cmocka_unit_test(white_space_may_surround_every_part),
        cmocka_unit_test(without_an_issuer_the_value_is_well_formed_and_names_nobody),
        cmocka_unit_test(a_semicolon_may_end_a_value_without_parameters),
        cmocka_unit_test(a_malformed_issuer_domain_name_is_told_with_place_and_reason),
        cmocka_unit_test(malformed_parameters_are_told_with_place_and_reason),
        cmocka_unit_test(nul_octets_are_malformed_like_any_other),
        cmocka_unit_test(only_semicolon_and_space_are_outside_a_parameter_value),
        cmocka_unit_test(parameters_come_in_their_order),
        cmocka_unit_test(an_empty_parameter_value_is_valid),
        cmocka_unit_test(the_examples_of_rfc_8659_are_well_formed),
        cmocka_unit_test(every_short_value_is_judged_as_the_grammar_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
