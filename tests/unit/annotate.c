#include "show.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "problem/annotate.h"
#include "problem/json_walk.h"

#define ACME   "urn:ietf:params:acme:error:"
#define DETAIL "While processing CAA for *.sabo28.deno.net: " NET
#define NET                                                                                    \
    "DNS problem: SERVFAIL looking up CAA for net - the domain's nameservers may be "          \
    "malfunctioning"
#define PROBLEM                                                                                \
    "{\n  \"type\": \"" ACME "dns\",\n  \"detail\": \"" DETAIL "\",\n  \"status\": 400\n}\n"
#define SUB(name, detail)                                                                      \
    "{\"type\": \"" ACME "caa\", \"identifier\": {\"type\": \"dns\", \"value\": \"" name       \
    "\"}, \"detail\": \"" detail "\"}"

static struct caa_annotation annotate(const char *body, bool is_problem, uint32_t said_s) {
    struct caa_annotation annotation;
    assert_int_equal(caa_problem_annotate(&annotation, caa_slice_of(body), is_problem, said_s),
                     CAA_OK);
    return annotation;
}

static void assert_stays(const char *body, bool is_problem) {
    struct caa_annotation annotation = annotate(body, is_problem, 0);
    if (annotation.body != NULL) fail_msg("%s became %s", body, annotation.body);
    assert_int_equal(annotation.retry_after_s, 0);
}

/* The members `caa` are taken out again: what is left has to be the body to the octet. Returns
   them as an array. */
static json_t *assert_only_added(const struct caa_annotation *annotation, const char *body) {
    static const char key[] = ",\"caa\":";
    json_t *members = json_array();
    assert_non_null(annotation->body);
    assert_int_equal(annotation->body_len, strlen(annotation->body));
    char *rest = strdup(annotation->body), *at;
    while ((at = strstr(rest, key)) != NULL) {
        json_t *member = json_loads(at + strlen(key), JSON_DISABLE_EOF_CHECK, NULL);
        assert_non_null(member);
        char *text = json_dumps(member, JSON_COMPACT);
        size_t len = strlen(key) + strlen(text);
        assert_memory_equal(at + strlen(key), text, strlen(text));
        memmove(at, at + len, strlen(at + len) + 1);
        json_array_append_new(members, member);
        free(text);
    }
    assert_string_equal(rest, body);
    free(rest);
    json_t *whole = json_loads(annotation->body, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(whole);
    json_decref(whole);
    return members;
}

static const char *string_at(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text == NULL ? "(none)" : text;
}

static json_int_t after_s(const json_t *member) {
    const json_t *retry = json_object_get(member, "retry");
    assert_true(json_is_true(json_object_get(retry, "advised")));
    return json_integer_value(json_object_get(retry, "after_s"));
}

static void a_failure_that_passes_is_told_to(void **state) {
    (void)state;
    struct caa_annotation annotation = annotate(PROBLEM, true, 0);
    json_t *members = assert_only_added(&annotation, PROBLEM);
    const json_t *member = json_array_get(members, 0);
    assert_int_equal(json_array_size(members), 1);
    assert_string_equal(string_at(member, "name"), "*.sabo28.deno.net");
    assert_string_equal(string_at(member, "problem"), "servfail");
    assert_string_equal(string_at(member, "owner"), "net");
    assert_string_equal(string_at(member, "fault"), "registry");
    assert_true(json_is_null(json_object_get(member, "kind")));
    assert_int_equal(after_s(member), annotation.retry_after_s);
    assert_int_equal(annotation.fault, CAA_FAULT_REGISTRY);
    assert_in_range(annotation.retry_after_s, 45, 75);
    json_decref(members);
    free(annotation.body);
}

static void those_that_fail_together_are_spread(void **state) {
    (void)state;
    bool differ = false;
    uint32_t first = 0;
    for (char c = 'a'; c <= 'z'; c++) {
        char body[512];
        snprintf(body, sizeof body,
                 "{\"type\": \"" ACME
                 "dns\", \"detail\": \"While processing CAA for %c.deno.net: " NET "\"}",
                 c);
        struct caa_annotation annotation = annotate(body, true, 0);
        if (first == 0) first = annotation.retry_after_s;
        differ |= annotation.retry_after_s != first;
        free(annotation.body);
    }
    assert_true(differ);
}

static void what_the_server_said_of_the_time_is_kept(void **state) {
    (void)state;
    struct caa_annotation annotation = annotate(PROBLEM, true, 3600);
    json_t *members = assert_only_added(&annotation, PROBLEM);
    assert_int_equal(after_s(json_array_get(members, 0)), 3600);
    assert_int_equal(annotation.retry_after_s, 3600);
    json_decref(members);
    free(annotation.body);
}

static void what_does_not_pass_or_is_not_known_stays(void **state) {
    (void)state;
    static const char *const bodies[] = {
        "{\"type\": \"" ACME "caa\", \"detail\": \"CAA record for a.com prevents issuance\"}",
        "{\"type\": \"" ACME
        "dns\", \"detail\": \"DNS problem: NXDOMAIN looking up CAA for a.com\"}",
        "{\"type\": \"" ACME "dns\"}",
        "{\"type\": \"" ACME "rateLimited\", \"detail\": \"too many certificates\"}",
        "{\"type\": \"" ACME "badNonce\", \"detail\": \"stale\"}",
        "{\"type\": \"" ACME "dns\", \"detail\": \"" DETAIL "\", \"caa\": null}",
        "{\"type\": \"" ACME "dns\", \"detail\": \"" DETAIL "\", \"detail\": \"x\"}",
        "{\"type\": \"" ACME "dns\", \"detail\": \"" DETAIL "\"",
        "[{\"type\": \"" ACME "dns\", \"detail\": \"" DETAIL "\"}]",
        "\"" DETAIL "\"",
        "",
        "{}",
        "null",
    };
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) assert_stays(bodies[i], true);
}

static void several_pass_only_together(void **state) {
    (void)state;
    static const char head[] =
        "{\"type\": \"" ACME "caa\", \"detail\": \"Rechecking CAA for \\\"a.com\\\" and 1 more "
        "identifiers failed. Refer to sub-problems for more information\", \"subproblems\": [";
    char body[2048];
    snprintf(body, sizeof body, "%s%s, %s]}", head, SUB("a.deno.net", NET),
             SUB("b.com", "DNS problem: query timed out looking up CAA for b.com"));
    struct caa_annotation annotation = annotate(body, true, 0);
    json_t *members = assert_only_added(&annotation, body);
    assert_int_equal(json_array_size(members), 3);
    assert_string_equal(string_at(json_array_get(members, 0), "name"), "a.deno.net");
    assert_string_equal(string_at(json_array_get(members, 1), "problem"), "timeout");
    assert_string_equal(string_at(json_array_get(members, 2), "problem"), "several");
    assert_true(json_is_null(json_object_get(json_array_get(members, 2), "fault")));
    assert_in_range(annotation.retry_after_s, 225, 375);
    assert_int_equal(after_s(json_array_get(members, 2)), annotation.retry_after_s);
    assert_int_equal(annotation.fault, CAA_FAULT_UNKNOWN);
    json_decref(members);
    free(annotation.body);
    static const char *const others[] = {
        SUB("b.com", "CAA record for b.com prevents issuance"),
        SUB("b.com", "DNS problem: NXDOMAIN looking up CAA for b.com"),
        SUB("b.com", "something that nobody knows"),
        "7",
        "null",
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        snprintf(body, sizeof body, "%s%s, %s]}", head, SUB("a.deno.net", NET), others[i]);
        assert_stays(body, true);
    }
}

#define CHALLENGE(error)                                                                       \
    "{\"type\": \"dns-01\", \"status\": \"invalid\"" error ", \"token\": \"x\"}"
#define AUTHORIZATION(status, challenges)                                                      \
    "{\"identifier\": {\"type\": \"dns\", \"value\": \"sabo28.deno.net\"}, \"status\": "       \
    "\"" status "\", \"wildcard\": true, \"challenges\": [" challenges "]}"
#define ERROR(detail) ", \"error\": {\"type\": \"" ACME "dns\", \"detail\": \"" detail "\"}"

static void errors_within_objects_are_told_too(void **state) {
    (void)state;
    static const char *const bodies[] = {
        AUTHORIZATION("invalid", CHALLENGE(ERROR(NET))),
        AUTHORIZATION("invalid", CHALLENGE("") ", " CHALLENGE(ERROR(NET))),
        "{\"status\": \"invalid\", \"identifiers\": [{\"type\": \"dns\", \"value\": "
        "\"*.sabo28.deno.net\"}]" ERROR(NET) ", \"finalize\": \"https://ca/f/1\"}",
    };
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        struct caa_annotation annotation = annotate(bodies[i], false, 0);
        json_t *members = assert_only_added(&annotation, bodies[i]);
        assert_int_equal(json_array_size(members), 1);
        assert_string_equal(string_at(json_array_get(members, 0), "name"), "*.sabo28.deno.net");
        assert_int_equal(after_s(json_array_get(members, 0)), annotation.retry_after_s);
        json_decref(members);
        free(annotation.body);
    }
    struct caa_annotation annotation = annotate(CHALLENGE(ERROR(DETAIL)), false, 0);
    json_decref(assert_only_added(&annotation, CHALLENGE(ERROR(DETAIL))));
    free(annotation.body);
}

static void an_object_that_is_not_over_or_has_another_error_stays(void **state) {
    (void)state;
    assert_stays(AUTHORIZATION("pending", CHALLENGE(ERROR(NET))), false);
    assert_stays(AUTHORIZATION("invalid", CHALLENGE("")), false);
    assert_stays(AUTHORIZATION("invalid",
                               CHALLENGE(ERROR(NET)) ", " CHALLENGE(ERROR("Invalid response"))),
                 false);
    assert_stays(
        AUTHORIZATION("invalid", CHALLENGE(ERROR("CAA record for a.com prevents issuance"))),
        false);
    assert_stays(PROBLEM, false); /* it was not said to be one */
}

static void a_body_that_is_too_large_stays(void **state) {
    (void)state;
    size_t len = CAA_ANNOTATE_BODY_MAX;
    char *body = malloc(len + 2);
    memset(body, ' ', len + 1);
    memcpy(body, PROBLEM, strlen(PROBLEM));
    body[len] = '\0';
    struct caa_annotation annotation = annotate(body, true, 0);
    assert_non_null(annotation.body);
    free(annotation.body);
    body[len] = ' ';
    body[len + 1] = '\0';
    assert_stays(body, true);
    free(body);
}

static void members_are_found_where_they_stand(void **state) {
    (void)state;
    const struct caa_slice text = caa_slice_of("{ \"a\" : [1, {\"b\": \"}\\\"]\"}, \"x,y\"] "
                                               ",\"n\":-1.5e3,\"b\":{\"a\":[]} , \"e\": \"\"}");
    static const struct {
        const char *name, *value;
    } members[] = {{"a", "[1, {\"b\": \"}\\\"]\"}, \"x,y\"]"},
                   {"n", "-1.5e3"},
                   {"b", "{\"a\":[]}"},
                   {"e", "\"\""},
                   {"c", ""}};
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        struct caa_slice found = caa_json_walk_find(text, members[i].name);
        assert_true(caa_slice_equal(found, caa_slice_of(members[i].value)));
    }
    static const char *const items[] = {"1", "{\"b\": \"}\\\"]\"}", "\"x,y\""};
    struct caa_json_walk walk = {.text = caa_json_walk_find(text, "a")};
    struct caa_slice name, item;
    for (size_t i = 0; i < 3; i++) {
        assert_true(caa_json_walk_next(&walk, &name, &item));
        assert_int_equal(name.len, 0);
        assert_true(caa_slice_equal(item, caa_slice_of(items[i])));
    }
    assert_false(caa_json_walk_next(&walk, &name, &item));
    struct caa_json_walk none = {.text = caa_slice_of("\"text\"")};
    assert_false(caa_json_walk_next(&none, &name, &item));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failure_that_passes_is_told_to),
        cmocka_unit_test(those_that_fail_together_are_spread),
        cmocka_unit_test(what_the_server_said_of_the_time_is_kept),
        cmocka_unit_test(what_does_not_pass_or_is_not_known_stays),
        cmocka_unit_test(several_pass_only_together),
        cmocka_unit_test(errors_within_objects_are_told_too),
        cmocka_unit_test(an_object_that_is_not_over_or_has_another_error_stays),
        cmocka_unit_test(a_body_that_is_too_large_stays),
        cmocka_unit_test(members_are_found_where_they_stand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
