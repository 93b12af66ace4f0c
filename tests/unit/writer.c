#include "show.h"

#include <string.h>

#include "base/clock.h"
#include "base/writer.h"

static void a_new_writer_holds_empty_text(void **state) {
    (void)state;
    char buffer[8] = "garbage";
    struct caa_writer w = caa_writer_into(buffer, sizeof buffer);
    assert_string_equal(w.text, "");
    assert_int_equal(w.len, 0);
    assert_false(w.overflow);
}

static void pieces_follow_each_other(void **state) {
    (void)state;
    char buffer[64];
    struct caa_writer w = caa_writer_into(buffer, sizeof buffer);
    caa_writer_text(&w, "ttl ");
    caa_writer_number(&w, 4294967295UL);
    caa_writer_char(&w, ';');
    caa_writer_slice(&w, caa_slice_bytes("abc", 2));
    caa_writer_slice(&w, (struct caa_slice){NULL, 0});
    assert_string_equal(buffer, "ttl 4294967295;ab");
    assert_int_equal(w.len, strlen(buffer));
    assert_false(w.overflow);
}

static void text_that_just_fits_is_no_overflow(void **state) {
    (void)state;
    char buffer[4];
    struct caa_writer w = caa_writer_into(buffer, sizeof buffer);
    caa_writer_text(&w, "abc");
    assert_false(w.overflow);
    assert_string_equal(buffer, "abc");
}

static void what_does_not_fit_is_dropped_and_that_is_known(void **state) {
    (void)state;
    char buffer[5] = "\0\0\0\0!";
    struct caa_writer w = caa_writer_into(buffer, 4);
    caa_writer_text(&w, "abcdef");
    assert_true(w.overflow);
    assert_string_equal(buffer, "abc");
    caa_writer_char(&w, 'x');
    assert_string_equal(buffer, "abc");
    assert_int_equal(buffer[4], '!');
}

static void a_buffer_of_one_octet_holds_nothing_but_the_nul(void **state) {
    (void)state;
    char buffer[1];
    struct caa_writer w = caa_writer_into(buffer, 1);
    caa_writer_char(&w, 'x');
    assert_true(w.overflow);
    assert_string_equal(buffer, "");
}

static void assert_escaped(unsigned char octet, bool in_label, const char *expected) {
    char buffer[8];
    struct caa_writer w = caa_writer_into(buffer, sizeof buffer);
    caa_writer_escaped(&w, caa_slice_bytes(&octet, 1), in_label);
    assert_string_equal(buffer, expected);
}

static void what_is_special_in_presentation_format_gets_a_backslash(void **state) {
    (void)state;
    assert_escaped('"', false, "\\\"");
    assert_escaped('\\', false, "\\\\");
    assert_escaped('a', false, "a");
}

static void what_is_not_printable_becomes_three_decimal_digits(void **state) {
    (void)state;
    assert_escaped(0, false, "\\000");
    assert_escaped('\n', true, "\\010");
    assert_escaped(0x7f, true, "\\127");
    assert_escaped(0xff, false, "\\255");
}

static void a_dot_and_a_space_are_escaped_only_in_labels(void **state) {
    (void)state;
    assert_escaped('.', true, "\\.");
    assert_escaped('.', false, ".");
    assert_escaped(' ', true, "\\032");
    assert_escaped(' ', false, " ");
}

static void octets_are_escaped_one_by_one_and_as_a_whole_alike(void **state) {
    (void)state;
    char all[256], whole[4 * 256 + 1], single[4 * 256 + 1];
    for (int in_label = 0; in_label <= 1; in_label++) {
        struct caa_writer at_once = caa_writer_into(whole, sizeof whole);
        struct caa_writer each = caa_writer_into(single, sizeof single);
        for (int i = 0; i < 256; i++) all[i] = (char)(i * 7);
        caa_writer_escaped(&at_once, caa_slice_bytes(all, sizeof all), in_label);
        for (int i = 0; i < 256; i++)
            caa_writer_escaped(&each, caa_slice_bytes(all + i, 1), in_label);
        assert_string_equal(whole, single);
        assert_false(at_once.overflow);
    }
}

static void assert_padded(uint64_t number, size_t width, const char *expected) {
    char buffer[32];
    struct caa_writer w = caa_writer_into(buffer, sizeof buffer);
    caa_writer_padded(&w, number, width);
    assert_string_equal(buffer, expected);
}

static void numbers_have_zeros_before_them_up_to_a_width(void **state) {
    (void)state;
    assert_padded(0, 1, "0");
    assert_padded(0, 3, "000");
    assert_padded(42, 4, "0042");
    assert_padded(12345, 4, "12345");
    assert_padded(UINT64_MAX, 1, "18446744073709551615");
    assert_padded(1, 99, "00000000000000000001");
}

static void assert_time(int64_t wall_us, const char *expected) {
    char text[CAA_TIME_TEXT_MAX];
    caa_time_to_text(wall_us, text);
    assert_string_equal(text, expected);
}

static void times_are_iso_8601_in_utc(void **state) {
    (void)state;
    assert_time(0, "1970-01-01T00:00:00.000Z");
    assert_time(1795490100123999, "2026-11-24T03:15:00.123Z");
    assert_time(-1, "1969-12-31T23:59:59.999Z");
    assert_time(-378691200000000, "1958-01-01T00:00:00.000Z");
    assert_time(INT64_MAX, "294247-01-10T04:00:54.775Z");
    assert_time(INT64_MIN, "");
}

static void hostile_text_is_made_printable(void **state) {
    (void)state;
    char buffer[64];
    struct caa_writer w = caa_writer_into(buffer, sizeof buffer);
    caa_writer_printable(&w, caa_slice_of("ü\033[2J\xff."));
    assert_string_equal(buffer, "ü?[2J?.");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_writer_holds_empty_text),
        cmocka_unit_test(pieces_follow_each_other),
        cmocka_unit_test(text_that_just_fits_is_no_overflow),
        cmocka_unit_test(what_does_not_fit_is_dropped_and_that_is_known),
        cmocka_unit_test(a_buffer_of_one_octet_holds_nothing_but_the_nul),
        cmocka_unit_test(what_is_special_in_presentation_format_gets_a_backslash),
        cmocka_unit_test(what_is_not_printable_becomes_three_decimal_digits),
        cmocka_unit_test(a_dot_and_a_space_are_escaped_only_in_labels),
        cmocka_unit_test(octets_are_escaped_one_by_one_and_as_a_whole_alike),
        cmocka_unit_test(numbers_have_zeros_before_them_up_to_a_width),
        cmocka_unit_test(times_are_iso_8601_in_utc),
        cmocka_unit_test(hostile_text_is_made_printable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
