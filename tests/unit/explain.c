#include "show.h"

#include <string.h>

#include "problem/explain.h"
#include "problem/explainer.h"
#include "problem/extended.h"
#include "problem/message_json.h"

/* The last explanation of a text, and how many there were. */
struct heard {
    size_t count;
    struct caa_explanation last;
};

static void hear(void *context, const struct caa_explanation *explanation) {
    struct heard *heard = context;
    heard->count++;
    heard->last = *explanation;
}

static struct heard explain(const char *text) {
    struct heard heard = {0};
    struct caa_explainer *explainer = caa_explainer_new(hear, &heard);
    assert_non_null(explainer);
    caa_explainer_feed(explainer, caa_slice_of(text));
    caa_explainer_end(explainer);
    caa_explainer_free(explainer);
    return heard;
}

static struct caa_explanation the_one(const char *text) {
    struct heard heard = explain(text);
    if (heard.count != 1) fail_msg("%zu explanations of: %s", heard.count, text);
    return heard.last;
}

static void every_phrase_of_ours_is_understood(void **state) {
    (void)state;
    static const struct {
        enum caa_problem problem;
        const char *text;
    } texts[] = {
#define CAA_PROBLEM(name, number, code, type, phrase, hint, text)                              \
    {CAA_PROBLEM_##name, "DNS problem: " phrase " looking up CAA for a.example - " hint},
#include "problem/problem.def"
#undef CAA_PROBLEM
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (texts[i].problem < CAA_PROBLEM_SERVFAIL || texts[i].problem > CAA_PROBLEM_RESOLVER)
            continue;
        struct caa_explanation found = the_one(texts[i].text);
        assert_string_equal(caa_problem_code(found.problem),
                            caa_problem_code(texts[i].problem));
        assert_string_equal(found.owner, "a.example");
        assert_string_equal(found.type, "CAA");
    }
}

static void every_extended_error_is_understood(void **state) {
    (void)state;
    for (int code = 0; code <= 40; code++) {
        char text[256];
        struct caa_writer writer = caa_writer_into(text, sizeof text);
        caa_writer_text(&writer, "DNS problem: looking up TXT for _acme-challenge.a.example: ");
        caa_extended_summary(code, &writer);
        caa_writer_text(&writer, ": said so");
        struct caa_explanation found = the_one(text);
        assert_int_equal(found.problem, CAA_PROBLEM_EXTENDED);
        assert_int_equal(found.ede, code);
        assert_string_equal(found.extra, "said so");
        assert_string_equal(found.type, "TXT");
    }
    assert_int_equal(the_one("DNS problem: looking up A for a.example: Strange: x").problem,
                     CAA_PROBLEM_LOOKUP);
}

static void the_zone_that_an_extra_text_names_is_blamed(void **state) {
    (void)state;
    struct caa_explanation found =
        the_one("DNS problem: looking up CAA for a.shop.cn: DNSSEC: DNSKEY Missing: key for "
                "validation cn. is marked as invalid");
    assert_string_equal(found.zone, "cn");
    assert_int_equal(found.fault, CAA_FAULT_REGISTRY);
    assert_int_equal(found.again, CAA_AGAIN_YES);
    found = the_one("DNS problem: looking up CAA for a.shop.cn: DNSSEC: DNSKEY Missing: No "
                    "DNSKEY record for key shop.cn. while building chain of trust");
    assert_string_equal(found.zone, "shop.cn");
    assert_int_equal(found.fault, CAA_FAULT_SUBSCRIBER);
    assert_int_equal(found.again, CAA_AGAIN_NO);
}

static void whose_fault_it_is_follows_from_the_owner(void **state) {
    (void)state;
    static const struct {
        const char *owner;
        enum caa_fault fault;
    } owners[] = {{"net", CAA_FAULT_REGISTRY},        {"co.uk", CAA_FAULT_REGISTRY},
                  {"github.io", CAA_FAULT_PLATFORM},  {"a.github.io", CAA_FAULT_SUBSCRIBER},
                  {"deno.net", CAA_FAULT_SUBSCRIBER}, {"<domain>", CAA_FAULT_UNKNOWN}};
    for (size_t i = 0; i < sizeof owners / sizeof owners[0]; i++) {
        struct caa_explanation explanation = caa_explain_nothing();
        explanation.problem = CAA_PROBLEM_SERVFAIL;
        strcpy(explanation.owner, owners[i].owner);
        caa_explain_judge(&explanation);
        assert_int_equal(explanation.fault, owners[i].fault);
        assert_int_equal(explanation.again, CAA_AGAIN_YES);
        assert_in_range(explanation.after_s, 30, 400);
    }
}

static void the_same_text_comes_to_the_same_time(void **state) {
    (void)state;
    const char *text = "While processing CAA for a.example: DNS problem: SERVFAIL looking up "
                       "CAA for example";
    assert_int_equal(the_one(text).after_s, the_one(text).after_s);
}

static void what_is_not_known_has_no_retry(void **state) {
    (void)state;
    for (int problem = CAA_PROBLEM_NONE; problem <= CAA_PROBLEM_TOO_LARGE; problem++) {
        struct caa_explanation explanation = caa_explain_nothing();
        explanation.problem = problem;
        caa_explain_judge(&explanation);
        assert_int_equal(explanation.again == CAA_AGAIN_YES, explanation.after_s > 0);
        if (explanation.sureness == CAA_SURENESS_NONE)
            assert_int_equal(explanation.again, CAA_AGAIN_UNKNOWN);
        else
            assert_int_not_equal(explanation.again, CAA_AGAIN_UNKNOWN);
    }
}

static void assert_shield(const char *name, const char *owner, const char *expected) {
    struct caa_explanation explanation = caa_explain_nothing();
    struct caa_name shield;
    char text[CAA_NAME_TEXT_MAX] = "";
    strcpy(explanation.name, name);
    strcpy(explanation.owner, owner);
    if (caa_explain_shield(&explanation, &shield)) caa_name_to_text(&shield, text);
    assert_string_equal(text, expected);
}

static void where_a_record_would_help(void **state) {
    (void)state;
    assert_shield("*.a.deno.net", "net", "deno.net");
    assert_shield("a.b.shop.co.uk", "uk", "shop.co.uk");
    assert_shield("a.b.shop.co.uk", "co.uk", "shop.co.uk");
    assert_shield("a.b.shop.co.uk", "shop.co.uk", "b.shop.co.uk");
    assert_shield("shop.co.uk", "shop.co.uk", "");
    assert_shield("a.example", "other.example", "");
    assert_shield("co.uk", "uk", "");
    assert_shield("", "net", "");
}

static void a_document_is_found_by_its_brackets(void **state) {
    (void)state;
    static const struct {
        const char *text;
        size_t len, deepest;
    } documents[] = {{"{}", 2, 1},
                     {"{\"a\":[{}]} rest", 10, 3},
                     {"{\"}\\\"}\":1}x", 10, 1},
                     {"{\"a\":", 0, 1},
                     {"{\"a", 0, 1},
                     {"[[]]]", 4, 2}};
    for (size_t i = 0; i < sizeof documents / sizeof documents[0]; i++) {
        struct caa_message_scan scan = {0};
        for (size_t len = 0; len <= strlen(documents[i].text); len++)
            caa_message_scan(&scan, (struct caa_slice){documents[i].text, len});
        assert_int_equal(scan.len, documents[i].len);
        assert_int_equal(scan.deepest, documents[i].deepest);
    }
}

static void a_summary_gives_way_to_what_it_speaks_of(void **state) {
    (void)state;
    const char *summary =
        "Error finalizing order :: Rechecking CAA for \"a.example\" and 1 more "
        "identifiers failed. Refer to sub-problems for more information";
    struct caa_explanation found = the_one(summary);
    assert_int_equal(found.problem, CAA_PROBLEM_SEVERAL);
    assert_int_equal(found.stage, CAA_STAGE_FINALIZE);
    char text[1024] = "";
    strcat(strcat(text, summary), "\nCAA record for b.example prevents issuance\n");
    found = the_one(text);
    assert_int_equal(found.problem, CAA_PROBLEM_FORBIDDEN);
    assert_string_equal(found.owner, "b.example");
}

static void members_are_never_overrun(void **state) {
    (void)state;
    char text[4096] = "urn:ietf:params:acme:error:";
    memset(text + strlen(text), 'x', 1000);
    strcat(text, ": While processing CAA for ");
    memset(text + strlen(text), 'y', 1000);
    strcat(text, ": DNS problem: ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMN looking up ");
    memset(text + strlen(text), 'T', 100);
    strcat(text, " for ");
    memset(text + strlen(text), 'z', 1000);
    struct caa_explanation found = the_one(text);
    assert_int_equal(strlen(found.owner), CAA_EXPLAIN_NAME_MAX - 1);
    assert_int_equal(strlen(found.name), CAA_EXPLAIN_NAME_MAX - 1);
    assert_int_equal(strlen(found.acme_type), CAA_EXPLAIN_WORD_MAX - 1);
    assert_int_equal(strlen(found.type), CAA_EXPLAIN_WORD_MAX - 1);
    assert_int_equal(found.fault, CAA_FAULT_UNKNOWN);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_phrase_of_ours_is_understood),
        cmocka_unit_test(every_extended_error_is_understood),
        cmocka_unit_test(the_zone_that_an_extra_text_names_is_blamed),
        cmocka_unit_test(whose_fault_it_is_follows_from_the_owner),
        cmocka_unit_test(the_same_text_comes_to_the_same_time),
        cmocka_unit_test(what_is_not_known_has_no_retry),
        cmocka_unit_test(where_a_record_would_help),
        cmocka_unit_test(a_document_is_found_by_its_brackets),
        cmocka_unit_test(a_summary_gives_way_to_what_it_speaks_of),
        cmocka_unit_test(members_are_never_overrun),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
