#include "show.h"

#include <string.h>

#include "record/parameter.h"

static struct caa_bindings bindings_of(const char *text) {
    struct caa_issue_value value;
    struct caa_bindings bindings;
    struct caa_malformed malformed = {0};
    if (caa_issue_value_parse(&value, caa_slice_of(text), &malformed) != CAA_OK)
        fail_msg("\"%s\" at %zu: %s", text, malformed.position, malformed.reason);
    caa_bindings_of_value(&bindings, &value, caa_slice_of(text));
    return bindings;
}

static void assert_slice(struct caa_slice slice, const char *expected) {
    assert_int_equal(slice.len, strlen(expected));
    if (slice.len > 0) assert_memory_equal(slice.ptr, expected, slice.len);
}

static void assert_present(struct caa_binding binding, const char *value) {
    assert_int_equal(binding.state, CAA_BINDING_PRESENT);
    assert_slice(binding.value, value);
}

static void assert_malformed(struct caa_binding binding, size_t position, const char *reason) {
    assert_int_equal(binding.state, CAA_BINDING_MALFORMED);
    assert_int_equal(binding.malformed.position, position);
    assert_string_equal(binding.malformed.reason, reason);
}

static bool permits(const char *list, const char *label) {
    struct caa_slice labels[] = {caa_slice_of(label)};
    return caa_validationmethods_permit(caa_slice_of(list), labels, 1);
}

static void a_value_without_parameters_restricts_nothing(void **state) {
    (void)state;
    static const char *const values[] = {"", ";", "ca.example", "ca.example;", "ca.example; "};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct caa_bindings bindings = bindings_of(values[i]);
        assert_int_equal(bindings.accounturi.state, CAA_BINDING_ABSENT);
        assert_int_equal(bindings.validationmethods.state, CAA_BINDING_ABSENT);
        assert_int_equal(bindings.unknown_count, 0);
    }
}

static void both_bindings_are_found_in_any_order(void **state) {
    (void)state;
    struct caa_bindings bindings =
        bindings_of("ca.example; accounturi=https://ca.example/1; validationmethods=dns-01");
    assert_present(bindings.accounturi, "https://ca.example/1");
    assert_present(bindings.validationmethods, "dns-01");
    bindings = bindings_of("ca.example;validationmethods=dns-01 ; accounturi = tag:x,2026:1");
    assert_present(bindings.accounturi, "tag:x,2026:1");
    assert_present(bindings.validationmethods, "dns-01");
}

static void parameter_tags_compare_without_case(void **state) {
    (void)state;
    struct caa_bindings bindings =
        bindings_of("ca.example; AccountURI=X; VALIDATIONMETHODS=DNS-01");
    assert_present(bindings.accounturi, "X");
    assert_present(bindings.validationmethods, "DNS-01");
    assert_malformed(bindings_of("; accounturi=a; ACCOUNTURI=b").accounturi, 16,
                     "accounturi is given twice");
}

static void a_second_accounturi_is_malformed_even_where_it_is_the_same(void **state) {
    (void)state;
    assert_malformed(bindings_of("ca.example; accounturi=a; accounturi=a").accounturi, 26,
                     "accounturi is given twice");
    assert_malformed(bindings_of("; accounturi=; accounturi=").accounturi, 15,
                     "accounturi is given twice");
    assert_malformed(bindings_of("; accounturi=a; accounturi=b; accounturi=c").accounturi, 16,
                     "accounturi is given twice");
}

static void a_second_validationmethods_is_malformed(void **state) {
    (void)state;
    struct caa_bindings bindings =
        bindings_of("; validationmethods=dns-01; validationmethods=http-01");
    assert_malformed(bindings.validationmethods, 28, "validationmethods is given twice");
    bindings = bindings_of("; validationmethods=; validationmethods=");
    assert_malformed(bindings.validationmethods, 22, "validationmethods is given twice");
}

static void an_empty_binding_is_present(void **state) {
    (void)state;
    assert_present(bindings_of("ca.example; accounturi=").accounturi, "");
    assert_present(bindings_of("ca.example; validationmethods=").validationmethods, "");
    assert_present(bindings_of("; accounturi= ; validationmethods=").accounturi, "");
}

static void an_accounturi_is_any_parameter_value(void **state) {
    (void)state;
    assert_present(bindings_of("; accounturi=no-uri-at-all").accounturi, "no-uri-at-all");
    assert_present(bindings_of("; accounturi=a=b,c?d#e").accounturi, "a=b,c?d#e");
}

static void a_malformed_list_of_methods_is_told_with_place_and_reason(void **state) {
    (void)state;
    static const char empty[] = "a validation method label is empty";
    static const char other[] = "a validation method label has a character other than letters, "
                                "digits and hyphens";
    const struct {
        const char *value;
        size_t position;
        const char *reason;
    } cases[] = {
        {"; validationmethods=,", 20, empty},
        {"; validationmethods=dns-01,", 27, empty},
        {"; validationmethods=,dns-01", 20, empty},
        {"; validationmethods=dns-01,,http-01", 27, empty},
        {"; validationmethods=dns_01", 23, other},
        {"; validationmethods=dns-01,*", 27, other},
        {"; validationmethods=dns-01/http-01", 26, other},
        {"; validationmethods=\"dns-01\"", 20, other},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_malformed(bindings_of(cases[i].value).validationmethods, cases[i].position,
                         cases[i].reason);
}

static void a_label_may_start_and_end_with_a_hyphen(void **state) {
    (void)state;
    assert_present(bindings_of("; validationmethods=-,--,a-").validationmethods, "-,--,a-");
}

static void unknown_parameters_are_counted_and_the_first_is_kept(void **state) {
    (void)state;
    struct caa_bindings bindings =
        bindings_of("ca.example; account=230123; accounturi=x; policy=ev; accounturis=y");
    assert_int_equal(bindings.unknown_count, 3);
    assert_slice(bindings.first_unknown_tag, "account");
    assert_present(bindings.accounturi, "x");
}

static void a_list_permits_the_labels_in_it(void **state) {
    (void)state;
    assert_true(permits("dns-01", "dns-01"));
    assert_true(permits("http-01,dns-01", "dns-01"));
    assert_true(permits("http-01,dns-01,tls-alpn-01", "dns-01"));
    assert_false(permits("http-01", "dns-01"));
    assert_false(permits("dns-012", "dns-01"));
    assert_false(permits("dns-0", "dns-01"));
    assert_false(permits("xdns-01", "dns-01"));
}

static void labels_compare_without_case(void **state) {
    (void)state;
    assert_true(permits("DNS-01", "dns-01"));
    assert_true(permits("http-01,ca-TBR-7", "CA-tbr-7"));
}

static void any_label_of_a_method_is_enough(void **state) {
    (void)state;
    const struct caa_slice labels[] = {caa_slice_of("http-01"), caa_slice_of("ca-tbr-19")};
    assert_true(caa_validationmethods_permit(caa_slice_of("ca-tbr-19"), labels, 2));
    assert_true(caa_validationmethods_permit(caa_slice_of("dns-01,http-01"), labels, 2));
    assert_false(caa_validationmethods_permit(caa_slice_of("dns-01"), labels, 2));
    assert_false(caa_validationmethods_permit(caa_slice_of("http-01"), NULL, 0));
}

static void an_empty_list_permits_nothing(void **state) {
    (void)state;
    assert_false(permits("", "dns-01"));
    assert_false(permits("", ""));
    assert_false(permits(",", ""));
}

/* RFC 8657 appendix A. */
static void the_examples_of_rfc_8657_are_read(void **state) {
    (void)state;
    struct caa_bindings bindings =
        bindings_of("example.net; accounturi=https://example.net/account/1234; "
                    "validationmethods=dns-01");
    assert_present(bindings.accounturi, "https://example.net/account/1234");
    assert_present(bindings.validationmethods, "dns-01");
    bindings = bindings_of("example.net; validationmethods=dns-01,xyz-01");
    assert_present(bindings.validationmethods, "dns-01,xyz-01");
    bindings = bindings_of("example.net; validationmethods=dns-01,ca-foo");
    assert_present(bindings.validationmethods, "dns-01,ca-foo");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_without_parameters_restricts_nothing),
        cmocka_unit_test(both_bindings_are_found_in_any_order),
        cmocka_unit_test(parameter_tags_compare_without_case),
        cmocka_unit_test(a_second_accounturi_is_malformed_even_where_it_is_the_same),
        cmocka_unit_test(a_second_validationmethods_is_malformed),
        cmocka_unit_test(an_empty_binding_is_present),
        cmocka_unit_test(an_accounturi_is_any_parameter_value),
        cmocka_unit_test(a_malformed_list_of_methods_is_told_with_place_and_reason),
        cmocka_unit_test(a_label_may_start_and_end_with_a_hyphen),
        cmocka_unit_test(unknown_parameters_are_counted_and_the_first_is_kept),
        cmocka_unit_test(a_list_permits_the_labels_in_it),
        cmocka_unit_test(labels_compare_without_case),
        cmocka_unit_test(any_label_of_a_method_is_enough),
        cmocka_unit_test(an_empty_list_permits_nothing),
        cmocka_unit_test(the_examples_of_rfc_8657_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
