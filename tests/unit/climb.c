#include "show.h"

#include "check/climb.h"

static void assert_climb(const char *text, const char *const *expected, size_t count) {
    struct caa_name name = {0}, levels[CAA_NAME_LABELS_MAX];
    char level[CAA_NAME_TEXT_MAX];
    assert_int_equal(caa_name_from_text(&name, caa_slice_of(text), NULL), CAA_OK);
    assert_int_equal(caa_climb(&name, levels), count);
    for (size_t i = 0; i < count; i++) {
        caa_name_to_text(&levels[i], level);
        assert_string_equal(level, expected[i]);
    }
}

static void the_name_and_each_parent_up_to_the_tld_are_asked(void **state) {
    (void)state;
    static const char *const levels[] = {"a.b.example.org", "b.example.org", "example.org",
                                         "org"};
    assert_climb("a.b.example.org", levels, 4);
    assert_climb("a.b.example.org.", levels, 4);
}

static void a_tld_is_asked_alone(void **state) {
    (void)state;
    static const char *const levels[] = {"org"};
    assert_climb("org", levels, 1);
}

static void a_dot_within_a_label_is_no_step(void **state) {
    (void)state;
    static const char *const levels[] = {"a\\.b.org", "org"};
    assert_climb("a\\.b.org", levels, 2);
}

static void the_root_is_not_asked(void **state) {
    (void)state;
    assert_climb(".", NULL, 0);
}

static void no_name_at_all_has_no_levels(void **state) {
    (void)state;
    const struct caa_name none = {0};
    struct caa_name levels[1];
    assert_int_equal(caa_climb(&none, levels), 0);
}

static void the_deepest_name_has_a_level_for_each_label(void **state) {
    (void)state;
    char text[2 * CAA_NAME_LABELS_MAX] = "";
    struct caa_name name = {0}, levels[CAA_NAME_LABELS_MAX];
    for (size_t i = 0; i < CAA_NAME_LABELS_MAX; i++) text[2 * i] = 'a', text[2 * i + 1] = '.';
    text[sizeof text - 1] = '\0';
    assert_int_equal(caa_name_from_text(&name, caa_slice_of(text), NULL), CAA_OK);
    assert_int_equal(caa_climb(&name, levels), CAA_NAME_LABELS_MAX);
    assert_int_equal(levels[CAA_NAME_LABELS_MAX - 1].len, 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_name_and_each_parent_up_to_the_tld_are_asked),
        cmocka_unit_test(a_tld_is_asked_alone),
        cmocka_unit_test(a_dot_within_a_label_is_no_step),
        cmocka_unit_test(the_root_is_not_asked),
        cmocka_unit_test(no_name_at_all_has_no_levels),
        cmocka_unit_test(the_deepest_name_has_a_level_for_each_label),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
