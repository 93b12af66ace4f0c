#include "show.h"

#include <string.h>

#include "base/diag.h"

static void assert_becomes(const char *hostile, const char *expected) {
    struct caa_diag diag;
    caa_diag_set(&diag, "%s", hostile);
    assert_string_equal(diag.text, expected);
}

static void printable_text_of_any_language_stays(void **state) {
    (void)state;
    assert_becomes("label 1: \"bücher\" ☃ 𝒶", "label 1: \"bücher\" ☃ 𝒶");
}

static void ascii_controls_become_question_marks(void **state) {
    (void)state;
    assert_becomes("a\nb\tc\rd\033[31me\x7f", "a?b?c?d?[31me?");
}

static void c1_controls_become_question_marks(void **state) {
    (void)state;
    /* U+009B is a CSI to a terminal; U+00A0 is the first that is none. */
    assert_becomes("\xc2\x9b"
                   "31m",
                   "??31m");
    assert_becomes("\xc2\x80 \xc2\x9f", "?? ??");
    assert_becomes("\xc2\xa0", "\xc2\xa0");
}

static void bytes_that_are_not_utf8_become_question_marks(void **state) {
    (void)state;
    assert_becomes("a\xff"
                   "b\xc3",
                   "a?b?");
    assert_becomes("\xed\xa0\x80", "???");
}

static void a_long_message_is_cut_to_the_size(void **state) {
    (void)state;
    char hostile[2000];
    struct caa_diag diag;
    memset(hostile, 'a', sizeof hostile - 1);
    hostile[sizeof hostile - 1] = '\0';
    caa_diag_set(&diag, "%s", hostile);
    assert_int_equal(strlen(diag.text), sizeof diag.text - 1);
}

static void a_character_that_the_cut_splits_is_no_garbage(void **state) {
    (void)state;
    char hostile[600] = "";
    struct caa_diag diag;
    for (size_t i = 0; i + 3 < sizeof hostile; i += 3) memcpy(hostile + i, "\xe2\x98\x83", 4);
    caa_diag_set(&diag, "%s", hostile);
    assert_int_equal(diag.text[sizeof diag.text - 2], '?');
}

static void a_caller_may_not_want_to_know(void **state) {
    (void)state;
    caa_diag_set(NULL, "%d", 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(printable_text_of_any_language_stays),
        cmocka_unit_test(ascii_controls_become_question_marks),
        cmocka_unit_test(c1_controls_become_question_marks),
        cmocka_unit_test(bytes_that_are_not_utf8_become_question_marks),
        cmocka_unit_test(a_long_message_is_cut_to_the_size),
        cmocka_unit_test(a_character_that_the_cut_splits_is_no_garbage),
        cmocka_unit_test(a_caller_may_not_want_to_know),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
