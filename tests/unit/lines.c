#include "show.h"

#include "base/lines.h"
#include "base/writer.h"

enum { ROOM = 5 };

/* What was taken, each line between brackets; "[!]" for one that was too long. */
struct taken {
    char text[128];
    struct caa_writer writer;
};

static void take(void *context, struct caa_slice line, bool is_too_long) {
    struct taken *taken = context;
    caa_writer_text(&taken->writer, is_too_long ? "[!" : "[");
    caa_writer_slice(&taken->writer, line);
    caa_writer_text(&taken->writer, "]");
}

/* `pieces` ends with NULL. */
static void expect(const char *wanted, const char *const *pieces) {
    char octets[ROOM];
    struct taken taken;
    struct caa_lines lines = {
        .octets = octets, .octets_most = sizeof octets, .take = take, .context = &taken};
    taken.writer = caa_writer_into(taken.text, sizeof taken.text);
    for (; *pieces != NULL; pieces++) caa_lines_feed(&lines, caa_slice_of(*pieces));
    caa_lines_end(&lines);
    assert_string_equal(taken.text, wanted);
}

static void lines_may_come_in_pieces(void **state) {
    (void)state;
    expect("[ab][cd][]", (const char *const[]){"a", "b\nc", "d\n\n", NULL});
}

static void the_last_line_needs_no_newline(void **state) {
    (void)state;
    expect("[ab][c]", (const char *const[]){"ab\nc", NULL});
    expect("[ab]", (const char *const[]){"ab\n", NULL});
    expect("", (const char *const[]){"", NULL});
}

static void a_line_that_is_too_long_is_passed_over(void **state) {
    (void)state;
    expect("[abcde][f]", (const char *const[]){"abcde\nf\n", NULL});
    expect("[!][f]", (const char *const[]){"abcdef\nf\n", NULL});
    expect("[!][f]", (const char *const[]){"abc", "def", "g\nf", NULL});
    expect("[!]", (const char *const[]){"abcdef", NULL});
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_may_come_in_pieces),
        cmocka_unit_test(the_last_line_needs_no_newline),
        cmocka_unit_test(a_line_that_is_too_long_is_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
