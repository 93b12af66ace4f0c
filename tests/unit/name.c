#include "show.h"

#include <string.h>

#include "dns/name.h"

enum { MANY = 512 };

static struct caa_name name_of(const char *text) {
    struct caa_name name = {0};
    struct caa_diag diag = {""};
    if (caa_name_from_text(&name, caa_slice_of(text), &diag) != CAA_OK)
        fail_msg("\"%s\": %s", text, diag.text);
    return name;
}

static void assert_text(const struct caa_name *name, const char *expected) {
    char text[CAA_NAME_TEXT_MAX];
    size_t len = caa_name_to_text(name, text);
    assert_string_equal(text, expected);
    assert_int_equal(len, strlen(expected));
}

static void assert_becomes(const char *text, const char *expected) {
    struct caa_name name = name_of(text);
    assert_text(&name, expected);
}

static void assert_refused(const char *text, const char *reason) {
    struct caa_name name = {.len = 77};
    struct caa_diag diag = {""};
    assert_int_equal(caa_name_from_text(&name, caa_slice_of(text), &diag), CAA_ERR_SYNTAX);
    assert_string_equal(diag.text, reason);
    assert_int_equal(name.len, 77);
}

/* `count` labels of `octets` times 'a'. */
static void write_labels(char *text, size_t count, size_t octets) {
    for (size_t i = 0; i < count; i++) {
        if (i > 0) *text++ = '.';
        memset(text, 'a', octets);
        text += octets;
    }
    *text = '\0';
}

static void a_name_is_read_with_or_without_its_final_dot(void **state) {
    (void)state;
    struct caa_name name = name_of("example.org.");
    assert_int_equal(name.len, 13);
    assert_memory_equal(name.wire, "\7example\3org", 13);
    assert_becomes("example.org", "example.org");
}

static void case_is_kept_and_ignored_in_comparison(void **state) {
    (void)state;
    struct caa_name a = name_of("eXample.ORG"), b = name_of("example.org");
    assert_text(&a, "eXample.ORG");
    assert_true(caa_name_equal(&a, &b));
    assert_int_equal(caa_name_hash(&a, 7), caa_name_hash(&b, 7));
}

static void the_root_is_a_dot(void **state) {
    (void)state;
    struct caa_name root = name_of(".");
    assert_int_equal(root.len, 1);
    assert_true(caa_name_is_root(&root));
    assert_text(&root, ".");
    assert_int_equal(caa_name_label_count(&root), 0);
}

static void escapes_stand_for_any_octet(void **state) {
    (void)state;
    struct caa_name name = name_of("a\\.b\\000\\255\\x.org");
    assert_int_equal(name.wire[0], 6);
    assert_memory_equal(name.wire + 1, "a.b\0\377x", 6);
    assert_text(&name, "a\\.b\\000\\255x.org");
}

static void every_octet_survives_the_way_to_text_and_back(void **state) {
    (void)state;
    for (int octet = 0; octet < 256; octet++) {
        uint8_t wire[4] = {2, 'a', (uint8_t)octet, 0};
        struct caa_name name;
        char text[CAA_NAME_TEXT_MAX];
        assert_int_equal(caa_name_from_wire(&name, wire, sizeof wire), CAA_OK);
        caa_name_to_text(&name, text);
        struct caa_name again = name_of(text);
        assert_int_equal(again.len, 4);
        assert_memory_equal(again.wire, wire, 4);
    }
}

static void broken_escapes_are_refused_with_their_place(void **state) {
    (void)state;
    assert_refused("ab\\256.org", "octet 3: \\DDD needs three digits, at most 255");
    assert_refused("a.\\12", "octet 3: \\DDD needs three digits, at most 255");
    assert_refused("\\1x3", "octet 1: \\DDD needs three digits, at most 255");
    assert_refused("a.b\\", "octet 4: a backslash ends the name");
}

static void empty_names_and_labels_are_refused_with_their_place(void **state) {
    (void)state;
    assert_refused("", "octet 1: the name is empty");
    assert_refused(".org", "octet 1: a label is empty");
    assert_refused("a..b", "octet 3: a label is empty");
    assert_refused("a..", "octet 3: a label is empty");
    assert_refused("..", "octet 1: a label is empty");
}

static void a_label_has_63_octets_at_most(void **state) {
    (void)state;
    char text[MANY];
    write_labels(text, 1, 63);
    assert_int_equal(name_of(text).len, 65);
    write_labels(text, 1, 64);
    assert_refused(text, "octet 64: a label is longer than 63 octets");
}

static void a_name_has_255_octets_in_wire_format_at_most(void **state) {
    (void)state;
    char text[MANY];
    write_labels(text, 127, 1);
    struct caa_name longest = name_of(text);
    assert_int_equal(longest.len, CAA_NAME_WIRE_MAX);
    assert_int_equal(caa_name_label_count(&longest), CAA_NAME_LABELS_MAX);
    strcat(text, ".");
    assert_int_equal(name_of(text).len, CAA_NAME_WIRE_MAX);
    strcat(text, "a");
    assert_refused(text, "octet 255: the name is longer than 255 octets");
    write_labels(text, 127, 1);
    strcat(text, "a");
    assert_refused(text, "octet 254: the name is longer than 255 octets");
}

static void the_longest_text_fits(void **state) {
    (void)state;
    uint8_t wire[CAA_NAME_WIRE_MAX] = {63, [64] = 63, [128] = 63, [192] = 61};
    struct caa_name name;
    char text[CAA_NAME_TEXT_MAX];
    assert_int_equal(caa_name_from_wire(&name, wire, sizeof wire), CAA_OK);
    assert_int_equal(caa_name_to_text(&name, text), 4 * 250 + 3);
    struct caa_name again = name_of(text);
    assert_true(caa_name_equal(&name, &again));
}

static void what_follows_a_name_in_wire_format_is_not_read(void **state) {
    (void)state;
    struct caa_name name;
    assert_int_equal(caa_name_from_wire(&name, (const uint8_t *)"\1a\0\377\377", 5), CAA_OK);
    assert_int_equal(name.len, 3);
    assert_text(&name, "a");
}

static void cut_compressed_and_over_long_wire_format_is_refused(void **state) {
    (void)state;
    struct caa_name name;
    assert_int_equal(caa_name_from_wire(&name, NULL, 0), CAA_ERR_SYNTAX);
    assert_int_equal(caa_name_from_wire(&name, (const uint8_t *)"\1a", 2), CAA_ERR_SYNTAX);
    assert_int_equal(caa_name_from_wire(&name, (const uint8_t *)"\2a", 2), CAA_ERR_SYNTAX);
    assert_int_equal(caa_name_from_wire(&name, (const uint8_t *)"\300\0", 3), CAA_ERR_SYNTAX);
    assert_int_equal(caa_name_from_wire(&name, (const uint8_t *)"\100a", 3), CAA_ERR_SYNTAX);
    uint8_t wire[400];
    memset(wire, 1, sizeof wire);
    wire[sizeof wire - 1] = 0;
    assert_int_equal(caa_name_from_wire(&name, wire, sizeof wire), CAA_ERR_SYNTAX);
    wire[256] = 0;
    assert_int_equal(caa_name_from_wire(&name, wire, sizeof wire), CAA_ERR_SYNTAX);
    wire[254] = 0;
    assert_int_equal(caa_name_from_wire(&name, wire, sizeof wire), CAA_OK);
}

static void a_parent_lacks_the_leftmost_label(void **state) {
    (void)state;
    struct caa_name name = name_of("www.example.org"), parent;
    assert_true(caa_name_parent(&parent, &name));
    assert_text(&parent, "example.org");
    assert_true(caa_name_parent(&name, &name));
    assert_true(caa_name_parent(&name, &name));
    assert_text(&name, "org");
    assert_true(caa_name_parent(&name, &name));
    assert_true(caa_name_is_root(&name));
    assert_false(caa_name_parent(&name, &name));
    assert_true(caa_name_is_root(&name));
}

static void assert_subdomain(const char *name, const char *ancestor, bool expected) {
    struct caa_name a = name_of(name), b = name_of(ancestor);
    if (caa_name_is_subdomain(&a, &b) != expected) fail_msg("%s below %s", name, ancestor);
}

static void a_name_is_a_subdomain_of_itself_and_its_ancestors(void **state) {
    (void)state;
    assert_subdomain("www.Example.org", "example.ORG", true);
    assert_subdomain("example.org", "example.org", true);
    assert_subdomain("example.org", ".", true);
    assert_subdomain(".", ".", true);
    assert_subdomain("example.org", "www.example.org", false);
    assert_subdomain(".", "org", false);
    assert_subdomain("badexample.org", "example.org", false);
    assert_subdomain("example.com", "example.org", false);
}

static void octets_within_a_label_never_look_like_a_boundary(void **state) {
    (void)state;
    /* The last 13 octets are those of example.org, but they start inside a label. */
    assert_subdomain("x\\007example.org", "example.org", false);
    assert_subdomain("a\\.example.org", "example.org", false);
    assert_subdomain("a\\003org", "org", false);
}

static void what_is_no_name_is_equal_to_none(void **state) {
    (void)state;
    struct caa_name none = {0}, root = name_of(".");
    assert_false(caa_name_equal(&none, &root));
    assert_false(caa_name_is_root(&none));
    assert_false(caa_name_is_subdomain(&root, &none));
    assert_false(caa_name_is_subdomain(&none, &root));
    assert_false(caa_name_parent(&none, &none));
}

static void a_hash_depends_on_name_and_seed(void **state) {
    (void)state;
    struct caa_name a = name_of("a.example"), b = name_of("b.example");
    assert_true(caa_name_hash(&a, 1) != caa_name_hash(&b, 1));
    assert_true(caa_name_hash(&a, 1) != caa_name_hash(&a, 2));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_is_read_with_or_without_its_final_dot),
        cmocka_unit_test(case_is_kept_and_ignored_in_comparison),
        cmocka_unit_test(the_root_is_a_dot),
        cmocka_unit_test(escapes_stand_for_any_octet),
        cmocka_unit_test(every_octet_survives_the_way_to_text_and_back),
        cmocka_unit_test(broken_escapes_are_refused_with_their_place),
        cmocka_unit_test(empty_names_and_labels_are_refused_with_their_place),
        cmocka_unit_test(a_label_has_63_octets_at_most),
        cmocka_unit_test(a_name_has_255_octets_in_wire_format_at_most),
        cmocka_unit_test(the_longest_text_fits),
        cmocka_unit_test(what_follows_a_name_in_wire_format_is_not_read),
        cmocka_unit_test(cut_compressed_and_over_long_wire_format_is_refused),
        cmocka_unit_test(a_parent_lacks_the_leftmost_label),
        cmocka_unit_test(a_name_is_a_subdomain_of_itself_and_its_ancestors),
        cmocka_unit_test(octets_within_a_label_never_look_like_a_boundary),
        cmocka_unit_test(what_is_no_name_is_equal_to_none),
        cmocka_unit_test(a_hash_depends_on_name_and_seed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
