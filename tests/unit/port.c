#include "show.h"

#include "base/port.h"

static void assert_port(const char *text, uint16_t wanted) {
    uint16_t port = 1;
    if (!caa_port_read(&port, caa_slice_of(text))) fail_msg("'%s' is refused", text);
    assert_int_equal(port, wanted);
}

static void assert_no_port(struct caa_slice text) {
    uint16_t port = 7;
    if (caa_port_read(&port, text)) fail_msg("'%.*s' is taken", (int)text.len, text.ptr);
    assert_int_equal(port, 7);
}

static void a_port_is_a_number_up_to_65535(void **state) {
    (void)state;
    assert_port("0", 0);
    assert_port("53", 53);
    assert_port("00053", 53);
    assert_port("65535", 65535);
    assert_no_port(caa_slice_of("65536"));
    assert_no_port(caa_slice_of("99999"));
    assert_no_port(caa_slice_of("131072"));
    assert_no_port(caa_slice_of("99999999999999999999"));
}

static void nothing_but_digits_is_a_port(void **state) {
    (void)state;
    static const char *const texts[] = {"",    "-1",  "+1",   " 1",         "1 ",
                                        "1.0", "0x1", "http", "\xd9\xa1\n", "1,2"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_no_port(caa_slice_of(texts[i]));
    assert_no_port(caa_slice_bytes("53\0", 3));
}

static void what_is_behind_the_slice_is_not_read(void **state) {
    (void)state;
    uint16_t port = 0;
    assert_true(caa_port_read(&port, caa_slice_bytes("5353", 2)));
    assert_int_equal(port, 53);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_port_is_a_number_up_to_65535),
        cmocka_unit_test(nothing_but_digits_is_a_port),
        cmocka_unit_test(what_is_behind_the_slice_is_not_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
