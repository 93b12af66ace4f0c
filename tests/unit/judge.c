#include "show.h"

#include <stdio.h>

#include "policy/judge.h"
#include "rrset.h"

/* Asks for issuer, account and method in words; NULL leaves it open. */
struct asked {
    const char *issuer, *account, *method;
    bool wildcard, smime;
};

static enum caa_standing judge(struct caa_judgement *judgement, const char *text,
                               struct asked asked) {
    static struct rrset set;
    struct caa_slice issuer = caa_slice_of(asked.issuer);
    struct caa_slice account = caa_slice_of(asked.account);
    struct caa_slice method = caa_slice_of(asked.method);
    const struct caa_request request = {
        .wildcard = asked.wildcard,
        .purpose = asked.smime ? CAA_PURPOSE_SMIME : CAA_PURPOSE_TLS,
        .issuer_domain_names = &issuer,
        .issuer_domain_name_count = asked.issuer != NULL,
        .account_uris = &account,
        .account_uri_count = asked.account != NULL,
        .method_labels = &method,
        .method_label_count = asked.method != NULL,
    };
    struct caa_record record;
    rrset_of(&set, text);
    assert_int_equal(caa_record_from_wire(&record, set.rdata[0], NULL), CAA_OK);
    caa_record_judge(judgement, &request, &record);
    return judgement->standing;
}

static void assert_standing(const char *text, struct asked asked, enum caa_standing expected) {
    struct caa_judgement judgement;
    enum caa_standing standing = judge(&judgement, text, asked);
    if (standing != expected)
        fail_msg("%s: %s, not %s", text, caa_standing_code(standing),
                 caa_standing_code(expected));
    assert_true((judgement.malformed.reason != NULL) || standing != CAA_STANDING_MALFORMED);
}

static const struct asked us = {.issuer = "ca.example"};

static void the_issuer_that_is_named_is_authorized(void **state) {
    (void)state;
    assert_standing("0 issue \"ca.example\"", us, CAA_STANDING_AUTHORIZES);
    assert_standing("128 issue \" ca.example ; \"", us, CAA_STANDING_AUTHORIZES);
    assert_standing("0 issue \"ca2.example\"", us, CAA_STANDING_OTHER_ISSUER);
    assert_standing("0 issue \"sub.ca.example\"", us, CAA_STANDING_OTHER_ISSUER);
    assert_standing("0 issue \"example\"", us, CAA_STANDING_OTHER_ISSUER);
}

static void issuer_domain_names_compare_without_case(void **state) {
    (void)state;
    assert_standing("0 issue \"CA.Example\"", us, CAA_STANDING_AUTHORIZES);
    assert_standing("0 issue \"ca.example\"", (struct asked){.issuer = "CA.EXAMPLE"},
                    CAA_STANDING_AUTHORIZES);
}

static void any_issuer_domain_name_of_the_ca_matches(void **state) {
    (void)state;
    const struct caa_slice names[] = {caa_slice_of("one.example"), caa_slice_of("two.example")};
    const struct caa_request request = {.issuer_domain_names = names,
                                        .issuer_domain_name_count = 2};
    assert_true(caa_request_is_from_issuer(&request, caa_slice_of("two.example")));
    assert_true(caa_request_is_from_issuer(&request, caa_slice_of("One.example")));
    assert_false(caa_request_is_from_issuer(&request, caa_slice_of("three.example")));
    const struct caa_slice nameless = {"", 0};
    const struct caa_request nobody = {.issuer_domain_names = &nameless,
                                       .issuer_domain_name_count = 1};
    assert_false(caa_request_is_from_issuer(&nobody, nameless));
}

static void an_empty_issuer_domain_name_authorizes_nobody(void **state) {
    (void)state;
    assert_standing("0 issue \";\"", us, CAA_STANDING_NOBODY);
    assert_standing("0 issue \"\"", us, CAA_STANDING_NOBODY);
    assert_standing("0 issue \"; accounturi=x\"", us, CAA_STANDING_NOBODY);
    assert_standing("0 issue \";\"", (struct asked){.issuer = ""}, CAA_STANDING_NOBODY);
    assert_standing("0 issue \"ca.example\"", (struct asked){.issuer = NULL},
                    CAA_STANDING_OTHER_ISSUER);
}

static void a_malformed_value_authorizes_nobody(void **state) {
    (void)state;
    static const char *const values[] = {
        "0 issue \"%%%%%\"",           "0 issue \"ca.example.\"",
        "0 issue \"ca_1.example\"",    "0 issue \"ca.example; a=b;\"",
        "0 issue \"ca.example;;\"",    "0 issue \"ca.example; =b\"",
        "0 issue \"ca.example; a\"",   "0 issue \"ca.example ca.example\"",
        "0 issue \"ca.example\\010\"", "0 issue \"\\\"ca.example\\\"\"",
    };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        assert_standing(values[i], us, CAA_STANDING_MALFORMED);
}

static void malformed_bindings_authorize_nobody(void **state) {
    (void)state;
    const struct asked full = {.issuer = "ca.example", .account = "x", .method = "dns-01"};
    assert_standing("0 issue \"ca.example; accounturi=x; accounturi=x\"", full,
                    CAA_STANDING_MALFORMED);
    assert_standing("0 issue \"ca.example; validationmethods=dns-01,\"", full,
                    CAA_STANDING_MALFORMED);
    assert_standing(
        "0 issue \"ca.example; validationmethods=dns-01; validationmethods=dns-01\"", full,
        CAA_STANDING_MALFORMED);
    struct caa_judgement judgement;
    judge(&judgement, "0 issue \"ca.example; validationmethods=dns_01\"", full);
    assert_int_equal(judgement.malformed.position, 33);
}

static void the_account_must_be_the_one_that_is_named(void **state) {
    (void)state;
    static const char record[] = "0 issue \"ca.example; accounturi=https://ca.example/1\"";
    const struct asked same = {"ca.example", .account = "https://ca.example/1"};
    const struct asked other = {"ca.example", .account = "https://ca.example/2"};
    const struct asked prefix = {"ca.example", .account = "https://ca.example/"};
    const struct asked cased = {"ca.example", .account = "https://CA.example/1"};
    assert_standing(record, same, CAA_STANDING_AUTHORIZES);
    assert_standing(record, other, CAA_STANDING_OTHER_ACCOUNT);
    assert_standing(record, prefix, CAA_STANDING_OTHER_ACCOUNT);
    assert_standing(record, cased, CAA_STANDING_OTHER_ACCOUNT);
    assert_standing(record, us, CAA_STANDING_NEEDS_ACCOUNT);
}

static void an_upper_case_accounturi_restricts_all_the_same(void **state) {
    (void)state;
    assert_standing("0 issue \"ca.example; AccountURI=https://ca.example/1\"", us,
                    CAA_STANDING_NEEDS_ACCOUNT);
}

static void an_empty_accounturi_is_recognised_by_nobody(void **state) {
    (void)state;
    static const char record[] = "0 issue \"ca.example; accounturi=\"";
    assert_standing(record, us, CAA_STANDING_NOBODY);
    assert_standing(record, (struct asked){"ca.example", .account = ""}, CAA_STANDING_NOBODY);
}

static void the_method_must_be_in_the_list(void **state) {
    (void)state;
    static const char record[] = "0 issue \"ca.example; validationmethods=dns-01,ca-tbr-19\"";
    assert_standing(record, (struct asked){"ca.example", .method = "dns-01"},
                    CAA_STANDING_AUTHORIZES);
    assert_standing(record, (struct asked){"ca.example", .method = "CA-TBR-19"},
                    CAA_STANDING_AUTHORIZES);
    assert_standing(record, (struct asked){"ca.example", .method = "http-01"},
                    CAA_STANDING_OTHER_METHOD);
    assert_standing(record, us, CAA_STANDING_NEEDS_METHOD);
}

static void an_empty_list_of_methods_permits_nobody(void **state) {
    (void)state;
    static const char record[] = "0 issue \"ca.example; validationmethods=\"";
    assert_standing(record, us, CAA_STANDING_NOBODY);
    assert_standing(record, (struct asked){"ca.example", .method = "dns-01"},
                    CAA_STANDING_NOBODY);
}

static void only_what_would_help_is_asked_for(void **state) {
    (void)state;
    static const char record[] =
        "0 issue \"ca.example; accounturi=x; validationmethods=dns-01\"";
    const struct {
        const char *account, *method;
        enum caa_standing standing;
    } cases[] = {
        {NULL, NULL, CAA_STANDING_NEEDS_BOTH},
        {NULL, "dns-01", CAA_STANDING_NEEDS_ACCOUNT},
        {NULL, "http-01", CAA_STANDING_OTHER_METHOD},
        {"x", NULL, CAA_STANDING_NEEDS_METHOD},
        {"x", "dns-01", CAA_STANDING_AUTHORIZES},
        {"x", "http-01", CAA_STANDING_OTHER_METHOD},
        {"y", NULL, CAA_STANDING_OTHER_ACCOUNT},
        {"y", "dns-01", CAA_STANDING_OTHER_ACCOUNT},
        {"y", "http-01", CAA_STANDING_OTHER_ACCOUNT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_standing(
            record,
            (struct asked){"ca.example", cases[i].account, cases[i].method, .wildcard = false},
            cases[i].standing);
}

/* RFC 8657 section 3: accounturi does not replace the issuer domain name. */
static void an_account_of_another_ca_is_of_no_use(void **state) {
    (void)state;
    assert_standing("0 issue \"ca2.example; accounturi=x\"",
                    (struct asked){"ca.example", .account = "x"}, CAA_STANDING_OTHER_ISSUER);
}

static void unknown_parameters_are_ignored(void **state) {
    (void)state;
    assert_standing("0 issue \"ca.example; account=230123; policy=ev\"", us,
                    CAA_STANDING_AUTHORIZES);
}

static void each_property_restricts_its_own_kind_of_certificate(void **state) {
    (void)state;
    static const struct {
        const char *tag;
        bool name, wildcard, mail;
    } cases[] = {
        {"issue", true, true, false},          {"issuewild", false, true, false},
        {"issuemail", false, false, true},     {"issuevmc", false, false, false},
        {"iodef", false, false, false},        {"contactemail", false, false, false},
        {"contactphone", false, false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int critical = 0; critical <= 128; critical += 128) {
            char text[64];
            snprintf(text, sizeof text, "%d %s \"ca.example\"", critical, cases[i].tag);
            const enum caa_standing yes = CAA_STANDING_AUTHORIZES;
            const enum caa_standing no = CAA_STANDING_NOT_RESTRICTING;
            assert_standing(text, us, cases[i].name ? yes : no);
            assert_standing(text, (struct asked){"ca.example", .wildcard = true},
                            cases[i].wildcard ? yes : no);
            assert_standing(text, (struct asked){"ca.example", .smime = true},
                            cases[i].mail ? yes : no);
            assert_standing(text, (struct asked){"ca.example", .smime = true, .wildcard = true},
                            cases[i].mail ? yes : no);
        }
}

static void a_malformed_value_that_does_not_restrict_is_still_told(void **state) {
    (void)state;
    struct caa_judgement judgement;
    judge(&judgement, "0 issuewild \"%\"", us);
    assert_int_equal(judgement.standing, CAA_STANDING_NOT_RESTRICTING);
    assert_non_null(judgement.malformed.reason);
}

static void an_unknown_tag_counts_only_where_it_is_critical(void **state) {
    (void)state;
    assert_standing("0 tbs \"Unknown\"", us, CAA_STANDING_UNKNOWN);
    assert_standing("128 tbs \"Unknown\"", us, CAA_STANDING_CRITICAL_UNKNOWN);
    assert_standing("255 tbs \"Unknown\"", us, CAA_STANDING_CRITICAL_UNKNOWN);
    assert_standing("127 tbs \"Unknown\"", us, CAA_STANDING_UNKNOWN);
    assert_standing("1 tbs \"Unknown\"", us, CAA_STANDING_UNKNOWN);
    assert_standing("128 tbs \"x\"", (struct asked){.smime = true},
                    CAA_STANDING_CRITICAL_UNKNOWN);
}

static void a_critical_reserved_tag_is_not_understood(void **state) {
    (void)state;
    assert_standing("128 auth \"x\"", us, CAA_STANDING_CRITICAL_UNKNOWN);
    assert_standing("128 path \"x\"", us, CAA_STANDING_CRITICAL_UNKNOWN);
    assert_standing("128 Policy \"x\"", us, CAA_STANDING_CRITICAL_UNKNOWN);
    assert_standing("0 policy \"x\"", us, CAA_STANDING_UNKNOWN);
}

static void the_restricting_property_depends_on_the_request_and_the_set(void **state) {
    (void)state;
    const struct caa_request name = {.wildcard = false};
    const struct caa_request wildcard = {.wildcard = true};
    const struct caa_request mail = {.purpose = CAA_PURPOSE_SMIME, .wildcard = true};
    assert_int_equal(caa_request_property(&name, false), CAA_PROPERTY_ISSUE);
    assert_int_equal(caa_request_property(&name, true), CAA_PROPERTY_ISSUE);
    assert_int_equal(caa_request_property(&wildcard, false), CAA_PROPERTY_ISSUE);
    assert_int_equal(caa_request_property(&wildcard, true), CAA_PROPERTY_ISSUEWILD);
    assert_int_equal(caa_request_property(&mail, false), CAA_PROPERTY_ISSUEMAIL);
    assert_int_equal(caa_request_property(&mail, true), CAA_PROPERTY_ISSUEMAIL);
}

static void every_standing_has_a_code_and_a_text(void **state) {
    (void)state;
    assert_string_equal(caa_standing_code(CAA_STANDING_NEEDS_BOTH), "needs-account-and-method");
    assert_string_equal(caa_standing_text(CAA_STANDING_NOBODY), "authorizes nobody");
    assert_string_equal(caa_standing_code((enum caa_standing)99), "?");
    assert_string_equal(caa_standing_text((enum caa_standing)99), "?");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_issuer_that_is_named_is_authorized),
        cmocka_unit_test(issuer_domain_names_compare_without_case),
        cmocka_unit_test(any_issuer_domain_name_of_the_ca_matches),
        cmocka_unit_test(an_empty_issuer_domain_name_authorizes_nobody),
        cmocka_unit_test(a_malformed_value_authorizes_nobody),
        cmocka_unit_test(malformed_bindings_authorize_nobody),
        cmocka_unit_test(the_account_must_be_the_one_that_is_named),
        cmocka_unit_test(an_upper_case_accounturi_restricts_all_the_same),
        cmocka_unit_test(an_empty_accounturi_is_recognised_by_nobody),
        cmocka_unit_test(the_method_must_be_in_the_list),
        cmocka_unit_test(an_empty_list_of_methods_permits_nobody),
        cmocka_unit_test(only_what_would_help_is_asked_for),
        cmocka_unit_test(an_account_of_another_ca_is_of_no_use),
        cmocka_unit_test(unknown_parameters_are_ignored),
        cmocka_unit_test(each_property_restricts_its_own_kind_of_certificate),
        cmocka_unit_test(a_malformed_value_that_does_not_restrict_is_still_told),
        cmocka_unit_test(an_unknown_tag_counts_only_where_it_is_critical),
        cmocka_unit_test(a_critical_reserved_tag_is_not_understood),
        cmocka_unit_test(the_restricting_property_depends_on_the_request_and_the_set),
        cmocka_unit_test(every_standing_has_a_code_and_a_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
