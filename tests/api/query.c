#include <stdio.h>
#include <string.h>

#include "client.h"

/* What a checker says of the query, which is freed. */
static void is_refused(struct caa_query *query, enum caa_error wanted, const char *why) {
    struct caa_checker *checker = api_checker("");
    struct caa_result *result = (struct caa_result *)query;
    struct caa_ticket *ticket = NULL;
    EXPECT(caa_checker_check(checker, query, &result) == wanted);
    EXPECT(result == NULL && !caa_result_is_allowed(result));
    EXPECT_TEXT(caa_checker_error(checker), why);
    EXPECT(caa_checker_start(checker, query, NULL, NULL, &ticket) == CAA_ERROR_MISUSE);
    EXPECT(caa_checker_pending(checker) == 0);
    caa_query_free(query);
    caa_checker_free(checker);
}

static void an_incomplete_query_is_refused(void) {
    struct caa_query *query = caa_query_new();
    caa_query_add_issuer(query, "ca.example");
    is_refused(query, CAA_ERROR_MISUSE, "no name");
    query = caa_query_new();
    caa_query_set_name(query, "a.example");
    is_refused(query, CAA_ERROR_MISUSE, "no issuer");
    is_refused(NULL, CAA_ERROR_MISUSE, "NULL");
}

static void a_refused_value_is_never_left_out(void) {
    struct caa_query *query = api_query("a.example");
    EXPECT(caa_query_add_issuer(query, "192.0.2.1") == CAA_ERROR_SYNTAX);
    EXPECT_TEXT(caa_query_error(query), "not an issuer domain name");
    EXPECT(caa_query_add_issuer(query, "other.example") == CAA_ERROR_SYNTAX);
    EXPECT(caa_query_set_name(query, "b.example") == CAA_ERROR_SYNTAX);
    is_refused(query, CAA_ERROR_SYNTAX, "192.0.2.1");
    query = api_query("a.example");
    EXPECT(caa_query_add_account(query, "no uri") == CAA_ERROR_SYNTAX);
    is_refused(query, CAA_ERROR_SYNTAX, "account 'no uri'");
    query = api_query("a.example");
    EXPECT(caa_query_add_method(query, "dns_01") == CAA_ERROR_SYNTAX);
    is_refused(query, CAA_ERROR_SYNTAX, "method 'dns_01'");
    query = api_query("a.example");
    EXPECT(caa_query_set_purpose(query, (enum caa_query_purpose)2) == CAA_ERROR_MISUSE);
    is_refused(query, CAA_ERROR_MISUSE, "purpose");
}

static void too_much_is_refused(void) {
    struct caa_query *query = api_query("a.example");
    char uri[4200] = "https:";
    for (int i = 1; i < 64; i++)
        EXPECT(caa_query_add_issuer(query, "ca.example") == CAA_ERROR_NONE);
    EXPECT(caa_query_add_issuer(query, "ca.example") == CAA_ERROR_LIMIT);
    caa_query_free(query);
    query = api_query("a.example");
    memset(uri + 6, 'x', 4096 - 6);
    for (int i = 0; i < 64; i++) EXPECT(caa_query_add_account(query, uri) == CAA_ERROR_NONE);
    struct caa_checker *checker = api_checker("");
    struct caa_result *result;
    EXPECT(caa_checker_check(checker, query, &result) == CAA_ERROR_NONE);
    caa_result_free(result);
    caa_checker_free(checker);
    caa_query_free(query);
    query = api_query("a.example");
    uri[4096] = 'x';
    EXPECT(caa_query_add_account(query, uri) == CAA_ERROR_LIMIT);
    caa_query_free(query);
}

static void a_refused_name_says_which_label(void) {
    struct caa_query *query = api_query("a..example");
    EXPECT_TEXT(caa_query_error(query), "a..example");
    is_refused(query, CAA_ERROR_SYNTAX, "label");
    const char *const names[] = {"",     "*",    "*.*.example",       "a_b.example",
                                 "-a.b", "\xff", "a.*.example",       "1.2.3",
                                 ".",    " ",    "a\x1b[31m.example", "xn--a.example"};
    query = api_query("a.example");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        EXPECT(caa_query_set_name(query, names[i]) == CAA_ERROR_SYNTAX);
        EXPECT(strchr(caa_query_error(query), '\x1b') == NULL);
    }
    EXPECT(caa_query_set_name(query, NULL) == CAA_ERROR_MISUSE);
    caa_query_free(query);
}

static void a_good_name_mends_a_refused_one(void) {
    struct caa_query *query = api_query("a..example");
    struct caa_checker *checker = api_checker("");
    struct caa_result *result;
    EXPECT(caa_query_set_name(query, "a.example") == CAA_ERROR_NONE);
    EXPECT(caa_query_error(query)[0] == '\0');
    EXPECT(caa_checker_check(checker, query, &result) == CAA_ERROR_NONE);
    EXPECT(caa_result_is_allowed(result));
    caa_result_free(result);
    caa_query_free(query);
    caa_checker_free(checker);
}

const struct api_test query_tests[] = {
    {"an incomplete query is refused", an_incomplete_query_is_refused},
    {"a query with a refused value is refused", a_refused_value_is_never_left_out},
    {"too many or too long values are refused", too_much_is_refused},
    {"a refused name says which label", a_refused_name_says_which_label},
    {"a good name mends a refused one", a_good_name_mends_a_refused_one},
    {NULL, NULL},
};
