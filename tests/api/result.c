#include <stdio.h>
#include <string.h>

#include "client.h"

static const char answers[] =
    "allows.example. 300 CAA 0 issue \"ca.example\"\n"
    "forbids.example. CAA 0 issue \";\"\n"
    "bound.example. CAA 0 issue \"ca.example; accounturi=https://a/1; "
    "validationmethods=dns-01\"\n"
    "wild.example. CAA 0 issue \"ca.example\"\n"
    "wild.example. CAA 0 issuewild \";\"\n"
    "mail.example. CAA 0 issuemail \"ca.example\"\n"
    "odd.example. CAA 0 issue \"ca.example\"\n"
    "odd.example. CAA 0 unknown \"x\"\n"
    "odd.example. CAA 0 issue \"%%%\"\n"
    "critical.example. CAA 128 unknown \"x\"\n"
    "xn--bcher-kva.example. CAA 0 issue \";\"\n"
    "fails.example. !SERVFAIL\n"
    "bogus.example. !BOGUS(signature \033 expired)\n";

static bool is(const char *a, const char *b) {
    return strcmp(a, b) == 0;
}

static void expect_verdict(const char *name, enum caa_verdict_kind verdict, const char *rule,
                           const char *decided_at, const char *file_line) {
    struct caa_result *result = api_result(answers, name);
    bool so = caa_result_verdict(result) == verdict && is(caa_result_rule(result), rule) &&
              is(caa_result_decided_at(result), decided_at) &&
              caa_result_is_allowed(result) == (verdict == CAA_ALLOWED) &&
              caa_result_text(result)[0] != '\0';
    if (!so) printf("  %s: %s: %s\n", name, caa_result_rule(result), caa_result_text(result));
    api_expect(so, __FILE__, __LINE__, file_line);
    caa_result_free(result);
}

static void every_verdict_comes_with_its_rule(void) {
    expect_verdict("none.example", CAA_ALLOWED, "no-records", "", "no records");
    expect_verdict("a.allows.example", CAA_ALLOWED, "authorized", "allows.example", "allowed");
    expect_verdict("mail.example", CAA_ALLOWED, "unrestricted", "mail.example", "unrestricted");
    expect_verdict("forbids.example.", CAA_FORBIDDEN, "not-authorized", "forbids.example",
                   "no");
    expect_verdict("*.wild.example", CAA_FORBIDDEN, "not-authorized", "wild.example", "wild");
    expect_verdict("critical.example", CAA_FORBIDDEN, "critical-unknown", "critical.example",
                   "critical");
    expect_verdict("b\xc3\xbc"
                   "cher.example",
                   CAA_FORBIDDEN, "not-authorized", "xn--bcher-kva.example", "IDN");
    expect_verdict("a.fails.example", CAA_UNDECIDED, "lookup-failed", "fails.example", "fails");
    expect_verdict("192.0.2.1", CAA_NOT_APPLICABLE, "", "", "IPv4");
    expect_verdict("[2001:db8::1]", CAA_NOT_APPLICABLE, "", "", "IPv6");
    expect_verdict("abc.onion", CAA_NOT_APPLICABLE, "", "", "onion");
}

static void expect_problem(const char *name, const char *detail, const char *status,
                           bool passes) {
    struct caa_result *result = api_result(answers, name);
    EXPECT_TEXT(caa_result_problem(result, true), detail);
    EXPECT_TEXT(caa_result_problem(result, true), status);
    EXPECT(caa_result_problem(result, true) == caa_result_problem(result, true));
    EXPECT((caa_result_retry_after_s(result) > 0) == passes);
    EXPECT(strchr(caa_result_problem(result, false), '\n') == NULL);
    if (passes) EXPECT_TEXT(caa_result_problem(result, false), "\"status\":400");
    caa_result_free(result);
}

static void what_is_not_allowed_has_a_problem_document(void) {
    expect_problem("forbids.example", "CAA record for forbids.example prevents issuance",
                   "\"status\":403", false);
    expect_problem("a.fails.example",
                   "While processing CAA for a.fails.example: DNS problem: SERVFAIL looking up "
                   "CAA for fails.example - ",
                   "\"status\":503", true);
    expect_problem("bogus.example", "DNSSEC: Bogus: signature ? expired", "\"status\":400",
                   false);
    expect_problem("192.0.2.1", ":rejectedIdentifier", "\"status\":400", false);
    struct caa_result *result = api_result(answers, "allows.example");
    EXPECT(is(caa_result_problem(result, true), "") && caa_result_retry_after_s(result) == 0);
    EXPECT(is(caa_result_problem(NULL, true), "") && caa_result_retry_after_s(NULL) == 0);
    caa_result_free(result);
}

static void nothing_is_not_permission(void) {
    EXPECT(!caa_result_is_allowed(NULL));
    EXPECT(caa_result_verdict(NULL) == CAA_NO_VERDICT && CAA_NO_VERDICT == 0);
    EXPECT(CAA_ALLOWED != 0);
    EXPECT(is(caa_result_rule(NULL), "") && is(caa_result_text(NULL), ""));
    EXPECT(is(caa_result_name(NULL), "") && is(caa_result_advice(NULL), ""));
    EXPECT(is(caa_result_decided_at(NULL), "") && is(caa_result_json(NULL), ""));
    EXPECT(!caa_result_retry_helps(NULL) && !caa_result_deadline_passed(NULL));
    EXPECT(!caa_result_needs_account(NULL) && !caa_result_needs_method(NULL));
    EXPECT(caa_result_level_count(NULL) == 0 && caa_result_finding_count(NULL) == 0);
    EXPECT(caa_result_started_at_us(NULL) == 0 && caa_result_elapsed_us(NULL) == 0);
    caa_result_free(NULL);
    caa_query_free(NULL);
    caa_settings_free(NULL);
    caa_checker_free(NULL);
}

static void null_objects_are_refused(void) {
    struct caa_result *result = NULL;
    struct caa_checker *checker = NULL;
    EXPECT(caa_settings_set_cache_mib(NULL, 1) == CAA_ERROR_MISUSE);
    EXPECT(caa_settings_load(NULL, "x") == CAA_ERROR_MISUSE);
    EXPECT(caa_query_set_name(NULL, "x.example") == CAA_ERROR_MISUSE);
    EXPECT(caa_query_add_issuer(NULL, "x.example") == CAA_ERROR_MISUSE);
    EXPECT(caa_checker_new(&checker, NULL) == CAA_ERROR_MISUSE && checker == NULL);
    EXPECT(caa_checker_new(NULL, NULL) == CAA_ERROR_MISUSE);
    EXPECT(caa_checker_check(NULL, NULL, &result) == CAA_ERROR_MISUSE && result == NULL);
    EXPECT(caa_checker_start(NULL, NULL, NULL, NULL, NULL) == CAA_ERROR_MISUSE);
    EXPECT(caa_checker_process(NULL, 0) == CAA_ERROR_MISUSE);
    EXPECT(caa_checker_run(NULL) == CAA_ERROR_MISUSE);
    EXPECT(caa_checker_fd(NULL) == -1 && caa_checker_pending(NULL) == 0);
    EXPECT(is(caa_settings_error(NULL), "") && is(caa_query_error(NULL), "") &&
           is(caa_checker_error(NULL), ""));
    caa_checker_cancel(NULL, NULL);
}

static void what_is_missing_is_told(void) {
    struct caa_result *result = api_result(answers, "bound.example");
    EXPECT(caa_result_verdict(result) == CAA_FORBIDDEN);
    EXPECT(caa_result_needs_account(result) && caa_result_needs_method(result));
    EXPECT_TEXT(caa_result_advice(result), "https://a/1");
    caa_result_free(result);
}

static void account_method_and_purpose_count(void) {
    struct caa_checker *checker = api_checker(answers);
    struct caa_query *query = api_query("bound.example");
    struct caa_result *result;
    EXPECT(caa_query_add_account(query, "https://a/2") == CAA_ERROR_NONE);
    EXPECT(caa_query_add_account(query, "https://a/1") == CAA_ERROR_NONE);
    EXPECT(caa_query_add_method(query, "dns-01") == CAA_ERROR_NONE);
    caa_checker_check(checker, query, &result);
    EXPECT(caa_result_is_allowed(result));
    caa_result_free(result);
    EXPECT(caa_query_set_purpose(query, CAA_QUERY_SMIME) == CAA_ERROR_NONE);
    caa_query_set_name(query, "forbids.example");
    caa_checker_check(checker, query, &result);
    EXPECT(is(caa_result_rule(result), "unrestricted"));
    caa_result_free(result);
    caa_query_free(query);
    caa_checker_free(checker);
}

static void retry_is_advised_only_where_it_helps(void) {
    struct caa_result *result = api_result(answers, "fails.example");
    EXPECT(caa_result_retry_helps(result));
    caa_result_free(result);
    result = api_result(answers, "bogus.example");
    EXPECT(caa_result_verdict(result) == CAA_UNDECIDED && !caa_result_retry_helps(result));
    EXPECT_TEXT(caa_result_level_reason(result, 0), "signature ? expired");
    EXPECT_TEXT(caa_result_level_security(result, 0), "bogus");
    EXPECT(caa_result_advice(result)[0] != '\0');
    caa_result_free(result);
}

static void levels_can_be_walked(void) {
    struct caa_result *result = api_result(answers, "*.a.allows.example");
    EXPECT(is(caa_result_name(result), "*.a.allows.example"));
    EXPECT(caa_result_level_count(result) == 3);
    EXPECT(is(caa_result_level_name(result, 0), "a.allows.example"));
    EXPECT(is(caa_result_level_outcome(result, 0), "nodata"));
    EXPECT(is(caa_result_level_name(result, 1), "allows.example"));
    EXPECT(is(caa_result_level_outcome(result, 1), "records"));
    EXPECT(is(caa_result_level_security(result, 1), "insecure"));
    EXPECT(caa_result_level_ttl_s(result, 1) == 300);
    EXPECT(caa_result_level_record_count(result, 1) == 1);
    EXPECT(is(caa_result_level_name(result, 2), "example"));
    EXPECT(is(caa_result_level_name(result, 3), "") &&
           is(caa_result_level_outcome(result, 3), ""));
    EXPECT(is(caa_result_level_security(result, (size_t)-1), ""));
    EXPECT(caa_result_level_ttl_s(result, 3) == 0);
    EXPECT(caa_result_started_at_us(result) > 0 && caa_result_elapsed_us(result) >= 0);
    caa_result_free(result);
}

static void a_level_that_could_not_matter_says_so(void) {
    struct caa_result *result = api_result(answers, "allows.example");
    const char *tld = caa_result_level_outcome(result, 1);
    EXPECT(is(tld, "not-needed") || is(tld, "nodata"));
    caa_result_free(result);
}

static void findings_can_be_walked(void) {
    struct caa_result *result = api_result(answers, "odd.example");
    size_t count = caa_result_finding_count(result);
    bool unknown = false, malformed = false;
    for (size_t i = 0; i < count; i++) {
        unknown |= is(caa_result_finding_code(result, i), "unknown-tag");
        malformed |= is(caa_result_finding_code(result, i), "malformed-value") &&
                     caa_result_finding_reason(result, i)[0] != '\0';
        EXPECT(is(caa_result_finding_name(result, i), "odd.example"));
        EXPECT(caa_result_finding_text(result, i)[0] != '\0');
    }
    EXPECT(unknown && malformed);
    EXPECT(is(caa_result_finding_code(result, count), "") &&
           is(caa_result_finding_text(result, count), "") &&
           is(caa_result_finding_name(result, count), "") &&
           is(caa_result_finding_reason(result, count), ""));
    caa_result_free(result);
}

/* api_result has freed checker and query by then. */
static void a_result_outlives_checker_and_query(void) {
    struct caa_result *result = api_result(answers, "a.allows.example");
    const char *json = caa_result_json(result);
    EXPECT_TEXT(json, "\"verdict\":\"allowed\"");
    EXPECT_TEXT(json, "\"issuers\":[\"ca.example\"]");
    EXPECT_TEXT(json, "answers file");
    EXPECT(json == caa_result_json(result) && strchr(json, '\n') == NULL);
    caa_result_free(result);
    result = api_result(answers, "192.0.2.1");
    EXPECT_TEXT(caa_result_json(result), "\"verdict\":\"not-applicable\"");
    caa_result_free(result);
}

const struct api_test result_tests[] = {
    {"every verdict comes with its rule", every_verdict_comes_with_its_rule},
    {"what is not allowed has a problem document", what_is_not_allowed_has_a_problem_document},
    {"nothing is not permission", nothing_is_not_permission},
    {"NULL objects are refused", null_objects_are_refused},
    {"what a query lacks is told", what_is_missing_is_told},
    {"account, method and purpose count", account_method_and_purpose_count},
    {"retry is advised only where it helps", retry_is_advised_only_where_it_helps},
    {"levels can be walked", levels_can_be_walked},
    {"a level that could not matter says so", a_level_that_could_not_matter_says_so},
    {"findings can be walked", findings_can_be_walked},
    {"a result outlives checker and query", a_result_outlives_checker_and_query},
    {NULL, NULL},
};
