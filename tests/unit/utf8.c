#include "show.h"

#include "base/utf8.h"

static size_t octets_at(const char *text) {
    return caa_utf8_sequence(caa_slice_of(text));
}

static void a_sequence_has_one_to_four_octets(void **state) {
    (void)state;
    assert_int_equal(octets_at("a"), 1);
    assert_int_equal(octets_at("\xc2\x80"), 2);
    assert_int_equal(octets_at("\xe2\x98\x83x"), 3);
    assert_int_equal(octets_at("\xf0\x9f\x98\x80"), 4);
}

static void every_code_point_but_surrogates_is_a_sequence_and_is_whole(void **state) {
    (void)state;
    for (uint32_t c = 0x80; c <= 0x10ffff; c++) {
        char octets[4];
        size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
        for (size_t i = n - 1, rest = c; i > 0; i--, rest >>= 6)
            octets[i] = (char)(0x80 | (rest & 0x3f));
        octets[0] = (char)((n == 2 ? 0xc0 : n == 3 ? 0xe0 : 0xf0) | c >> (6 * (n - 1)));
        size_t expected = c >= 0xd800 && c <= 0xdfff ? 0 : n;
        if (caa_utf8_sequence(caa_slice_bytes(octets, n)) != expected)
            fail_msg("U+%04X", (unsigned)c);
        assert_int_equal(caa_utf8_sequence(caa_slice_bytes(octets, n - 1)), 0);
    }
}

static void overlong_forms_are_refused(void **state) {
    (void)state;
    assert_int_equal(octets_at("\xc0\xaf"), 0);
    assert_int_equal(octets_at("\xc1\xbf"), 0);
    assert_int_equal(octets_at("\xe0\x9f\xbf"), 0);
    assert_int_equal(octets_at("\xf0\x8f\xbf\xbf"), 0);
}

static void values_above_the_last_code_point_are_refused(void **state) {
    (void)state;
    assert_int_equal(octets_at("\xf4\x90\x80\x80"), 0);
    assert_int_equal(octets_at("\xf5\x80\x80\x80"), 0);
    assert_int_equal(octets_at("\xff"), 0);
}

static void a_continuation_cannot_start_a_sequence(void **state) {
    (void)state;
    assert_int_equal(octets_at("\x80"), 0);
    assert_int_equal(octets_at("\xbf\xbf"), 0);
}

static void the_empty_slice_holds_no_sequence_and_is_valid(void **state) {
    (void)state;
    assert_int_equal(octets_at(""), 0);
    assert_true(caa_utf8_is_valid((struct caa_slice){NULL, 0}));
}

static void a_text_is_valid_where_all_its_sequences_are(void **state) {
    (void)state;
    assert_true(caa_utf8_is_valid(caa_slice_of("bücher ☃ 😀")));
    assert_true(caa_utf8_is_valid(caa_slice_bytes("a\0b", 3)));
    assert_false(caa_utf8_is_valid(caa_slice_of("ok\xc3")));
    assert_false(caa_utf8_is_valid(caa_slice_of("ok\xffok")));
}

static void controls_are_not_printable(void **state) {
    (void)state;
    assert_int_equal(caa_utf8_printable(caa_slice_of("a")), 1);
    assert_int_equal(caa_utf8_printable(caa_slice_of("\xc3\xbc")), 2);
    assert_int_equal(caa_utf8_printable(caa_slice_of("\x1b")), 0);
    assert_int_equal(caa_utf8_printable(caa_slice_of("\x7f")), 0);
    assert_int_equal(caa_utf8_printable(caa_slice_of("\xc2\x9b")), 0);
    assert_int_equal(caa_utf8_printable(caa_slice_of("\xff")), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sequence_has_one_to_four_octets),
        cmocka_unit_test(every_code_point_but_surrogates_is_a_sequence_and_is_whole),
        cmocka_unit_test(overlong_forms_are_refused),
        cmocka_unit_test(values_above_the_last_code_point_are_refused),
        cmocka_unit_test(a_continuation_cannot_start_a_sequence),
        cmocka_unit_test(the_empty_slice_holds_no_sequence_and_is_valid),
        cmocka_unit_test(a_text_is_valid_where_all_its_sequences_are),
        cmocka_unit_test(controls_are_not_printable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
