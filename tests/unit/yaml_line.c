#include "show.h"

#include "engine/yaml_line.h"

static unsigned long line_of(const char *text, const char *section, int item, const char *key) {
    return caa_yaml_line_of_key(caa_slice_of(text), section, item, key);
}

static void a_key_at_the_top_is_not_one_in_a_section(void **state) {
    (void)state;
    static const char text[] = "# user: a\n"
                               "sandbox:\n"
                               "  user: b\n"
                               "\n"
                               "user: c\r\n"
                               "http:\n"
                               "  user: d";
    assert_int_equal(line_of(text, NULL, CAA_YAML_NO_ITEM, "user"), 5);
    assert_int_equal(line_of(text, "sandbox", CAA_YAML_NO_ITEM, "user"), 3);
    assert_int_equal(line_of(text, "http", CAA_YAML_NO_ITEM, "user"), 7);
    assert_int_equal(line_of(text, "dns", CAA_YAML_NO_ITEM, "user"), 0);
    assert_int_equal(line_of(text, NULL, CAA_YAML_NO_ITEM, "use"), 0);
    assert_int_equal(line_of("", "dns", CAA_YAML_NO_ITEM, "user"), 0);
}

static void a_key_in_braces_is_found(void **state) {
    (void)state;
    static const char text[] = "dns: {enabled: yes, listen: [x]}\n"
                               "http: {\n"
                               "  enabled: yes, relisten: x,\n"
                               "  no: {listen: [x]},\n"
                               "}\n";
    assert_int_equal(line_of(text, "dns", CAA_YAML_NO_ITEM, "listen"), 1);
    assert_int_equal(line_of(text, "http", CAA_YAML_NO_ITEM, "enabled"), 3);
    assert_int_equal(line_of(text, "http", CAA_YAML_NO_ITEM, "listen"), 4);
}

static void a_section_stands_for_a_key_that_is_not_found(void **state) {
    (void)state;
    static const char text[] = "rescue: no\nhttp:\n  idle-s: 3\ndns: {}\n";
    assert_int_equal(line_of(text, "http", CAA_YAML_NO_ITEM, "listen"), 2);
    assert_int_equal(line_of(text, "dns", CAA_YAML_NO_ITEM, "listen"), 4);
}

static void each_entry_of_a_list_has_its_own_lines(void **state) {
    (void)state;
    static const char text[] = "access:\n"
                               "# who\n"
                               "- name: a\n"
                               "  rights:\n"
                               "    - read\n"
                               "    - check\n"
                               "- {name: b, rights: [read]}\n"
                               "-\n"
                               "  rights: [check]\n"
                               "  name: c\n"
                               "user: d\n"
                               "  - name: no\n";
    assert_int_equal(line_of(text, "access", 0, "name"), 3);
    assert_int_equal(line_of(text, "access", 0, "rights"), 4);
    assert_int_equal(line_of(text, "access", 1, "rights"), 7);
    assert_int_equal(line_of(text, "access", 2, "rights"), 9);
    assert_int_equal(line_of(text, "access", 2, "name"), 10);
    assert_int_equal(line_of(text, "access", 2, "token-sha256"), 8);
    assert_int_equal(line_of("a: b\naccess: [{name: a}, {name: b}]\n", "access", 1, "name"), 2);
}

static void a_second_document_is_found_by_its_marker(void **state) {
    (void)state;
    assert_int_equal(caa_yaml_line_of_second_document(caa_slice_of("---\na: b\n# ---\n")), 0);
    assert_int_equal(caa_yaml_line_of_second_document(caa_slice_of("a: b\n--- c\n")), 2);
    assert_int_equal(caa_yaml_line_of_second_document(caa_slice_of("")), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_at_the_top_is_not_one_in_a_section),
        cmocka_unit_test(a_key_in_braces_is_found),
        cmocka_unit_test(a_section_stands_for_a_key_that_is_not_found),
        cmocka_unit_test(each_entry_of_a_list_has_its_own_lines),
        cmocka_unit_test(a_second_document_is_found_by_its_marker),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
