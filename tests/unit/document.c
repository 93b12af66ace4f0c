#include "serve/document.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void assert_refused(struct caa_slice text, const char *why) {
    json_t *object = NULL;
    struct caa_refusal refusal = {0};
    assert_int_equal(caa_document_read(&object, text, &refusal), CAA_ERR_SYNTAX);
    assert_null(object);
    assert_true(refusal.refused);
    assert_int_equal(caa_use_status(refusal.use), 400);
    if (strstr(refusal.detail.text, why) == NULL)
        fail_msg("'%s' does not say '%s'", refusal.detail.text, why);
}

static void assert_never_said(struct caa_slice text, const char *what) {
    json_t *object = NULL;
    struct caa_refusal refusal = {0};
    assert_int_equal(caa_document_read(&object, text, &refusal), CAA_ERR_SYNTAX);
    if (strstr(refusal.detail.text, what) != NULL)
        fail_msg("'%s' says '%s'", refusal.detail.text, what);
}

static void assert_read(const char *text) {
    json_t *object = NULL;
    struct caa_refusal refusal = {0};
    assert_int_equal(caa_document_read(&object, caa_slice_of(text), &refusal), CAA_OK);
    assert_false(refusal.refused);
    json_decref(object);
}

static void an_object_is_read(void **state) {
    (void)state;
    assert_read("{}");
    assert_read(" {\"a\": [1, {\"b\": \"[[[[[[[[[[[[[[[[[[[[\\\"{{{\"}]} \n");
}

static void what_is_no_object_is_refused(void **state) {
    (void)state;
    static const char *const texts[] = {"",      " ",      "[]",          "1",
                                        "\"a\"", "null",   "{",           "{}{}",
                                        "{} x",  "{a: 1}", "{\"a\": 01}", "\xef\xbb\xbf{}"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_refused(caa_slice_of(texts[i]), "");
}

static void a_member_said_twice_is_refused(void **state) {
    (void)state;
    assert_refused(caa_slice_of("{\"name\": \"a\", \"name\": \"b\"}"), "duplicate");
    assert_refused(caa_slice_of("{\"name\": \"a\", \"n\\u0061me\": \"b\"}"), "duplicate");
}

static void what_is_not_utf_8_is_refused(void **state) {
    (void)state;
    assert_refused(caa_slice_of("{\"a\": \"\xff\"}"), "decode");
    assert_refused(caa_slice_of("{\"a\": \"\xc0\xaf\"}"), "decode");
    assert_refused(caa_slice_of("{\"a\": \"\xed\xa0\x80\"}"), "decode");
    assert_refused(caa_slice_of("{\"a\": \"\\ud800\"}"), "Unicode");
}

static void a_nul_is_refused_wherever_it_stands(void **state) {
    (void)state;
    assert_refused(caa_slice_of("{\"a\": \"x\\u0000y\"}"), "column 16: \\u0000 is not allowed");
    assert_refused(caa_slice_of("{\"x\\u0000y\": 1}"), ": \\u0000 is not allowed");
    assert_never_said(caa_slice_of("{\"a\": \"x\\u0000y\"}"), "JSON_");
    assert_refused(caa_slice_bytes("{\"a\": \"x\0y\"}", 12), "");
    assert_refused(caa_slice_bytes("{}\0", 3), "");
}

static void the_depth_has_a_ceiling(void **state) {
    (void)state;
    char text[128] = "{\"a\":";
    memset(text + 5, '[', CAA_DOCUMENT_DEPTH_MAX - 1);
    memset(text + 5 + CAA_DOCUMENT_DEPTH_MAX - 1, ']', CAA_DOCUMENT_DEPTH_MAX - 1);
    text[5 + 2 * (CAA_DOCUMENT_DEPTH_MAX - 1)] = '}';
    assert_read(text);
    size_t size = 100000;
    char *deep = malloc(size);
    memset(deep, '[', size);
    assert_refused(caa_slice_bytes(deep, size), "nested deeper");
    free(deep);
}

static void a_refusal_says_where_and_why(void **state) {
    (void)state;
    struct caa_refusal refusal;
    size_t len;
    caa_refusal_set(&refusal, CAA_USE_MEMBER_VALUE, "/issuers/1", "'%s' is not a name",
                    "a\x1b\"b");
    char *text = caa_refusal_document(&refusal, &len);
    assert_int_equal(len, strlen(text));
    json_t *document = json_loads(text, 0, NULL);
    assert_string_equal(json_string_value(json_object_get(document, "detail")),
                        "'a?\"b' is not a name");
    assert_string_equal(json_string_value(json_object_get(document, "pointer")), "/issuers/1");
    assert_int_equal(json_integer_value(json_object_get(document, "status")), 400);
    json_decref(document);
    free(text);
    caa_refusal_set(&refusal, CAA_USE_TOO_MANY, NULL, "too often");
    text = caa_refusal_document(&refusal, &len);
    assert_null(strstr(text, "pointer"));
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_object_is_read),
        cmocka_unit_test(what_is_no_object_is_refused),
        cmocka_unit_test(a_member_said_twice_is_refused),
        cmocka_unit_test(what_is_not_utf_8_is_refused),
        cmocka_unit_test(a_nul_is_refused_wherever_it_stands),
        cmocka_unit_test(the_depth_has_a_ceiling),
        cmocka_unit_test(a_refusal_says_where_and_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
