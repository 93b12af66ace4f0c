#include "show.h"

#include <string.h>

#include "record/record.h"

#define WIRE(literal) (caa_slice_bytes((literal), sizeof(literal) - 1))

static void assert_slice(struct caa_slice slice, const char *expected) {
    assert_int_equal(slice.len, strlen(expected));
    assert_memory_equal(slice.ptr, expected, slice.len);
}

static void assert_malformed(struct caa_malformed malformed, size_t position,
                             const char *reason) {
    assert_string_equal(malformed.reason, reason);
    assert_int_equal(malformed.position, position);
}

/* ---- wire format ---- */

static void a_record_is_flags_tag_length_tag_and_value(void **state) {
    (void)state;
    struct caa_record record;
    assert_int_equal(caa_record_from_wire(&record, WIRE("\x80\x05issueca.example"), NULL),
                     CAA_OK);
    assert_int_equal(record.flags, CAA_FLAG_CRITICAL);
    assert_int_equal(record.property, CAA_PROPERTY_ISSUE);
    assert_slice(record.tag, "issue");
    assert_slice(record.value, "ca.example");
}

static void a_value_may_be_empty(void **state) {
    (void)state;
    struct caa_record record;
    assert_int_equal(caa_record_from_wire(&record, WIRE("\x00\x05issue"), NULL), CAA_OK);
    assert_int_equal(record.value.len, 0);
}

static void every_flag_is_kept(void **state) {
    (void)state;
    for (unsigned flags = 0; flags < 256; flags++) {
        const char rdata[] = {(char)flags, 1, 'a'};
        struct caa_record record;
        assert_int_equal(caa_record_from_wire(&record, caa_slice_bytes(rdata, 3), NULL),
                         CAA_OK);
        assert_int_equal(record.flags, flags);
    }
}

static void unreadable_rdata_is_told_with_place_and_reason(void **state) {
    (void)state;
    static const char bad_character[] =
        "the tag has a character other than ASCII letters and digits";
    const struct {
        struct caa_slice rdata;
        size_t position;
        const char *reason;
    } cases[] = {
        {WIRE(""), 0, "the RDATA ends before the tag length"},
        {{NULL, 0}, 0, "the RDATA ends before the tag length"},
        {WIRE("\x00"), 1, "the RDATA ends before the tag length"},
        {WIRE("\x00\x00"), 1, "the tag is empty"},
        {WIRE("\0\0ca.example"), 1, "the tag is empty"},
        {WIRE("\x00\x01"), 1, "the tag reaches past the end of the RDATA"},
        {WIRE("\x00\x06issue"), 1, "the tag reaches past the end of the RDATA"},
        {WIRE("\x00\xffissue"), 1, "the tag reaches past the end of the RDATA"},
        {WIRE("\x00\x06issue "), 7, bad_character},
        {WIRE("\x00\x06is-sue"), 4, bad_character},
        {WIRE("\x00\x05iss\xfc"
              "e"),
         5, bad_character},
        {WIRE("\x00\x01\x00"), 2, bad_character},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct caa_record record;
        struct caa_malformed malformed = {0};
        assert_int_equal(caa_record_from_wire(&record, cases[i].rdata, &malformed),
                         CAA_ERR_SYNTAX);
        assert_malformed(malformed, cases[i].position, cases[i].reason);
    }
}

static void rdata_has_at_most_65535_octets(void **state) {
    (void)state;
    static char rdata[CAA_RECORD_RDATA_MAX + 1] = "\x00\x05issue";
    struct caa_record record;
    assert_int_equal(
        caa_record_from_wire(&record, caa_slice_bytes(rdata, sizeof rdata - 1), NULL), CAA_OK);
    assert_int_equal(caa_record_from_wire(&record, caa_slice_bytes(rdata, sizeof rdata), NULL),
                     CAA_ERR_SYNTAX);
}

static void writing_needs_the_whole_room_and_no_more(void **state) {
    (void)state;
    const struct caa_slice wire = WIRE("\x80\x05issueca.example");
    struct caa_record record;
    assert_int_equal(caa_record_from_wire(&record, wire, NULL), CAA_OK);
    for (size_t size = 0; size <= wire.len; size++) {
        uint8_t rdata[32];
        size_t len = 99;
        enum caa_err err = caa_record_to_wire(&record, rdata, size, &len);
        assert_int_equal(err, size == wire.len ? CAA_OK : CAA_ERR_LIMIT);
        assert_int_equal(len, size == wire.len ? wire.len : 99);
        if (err == CAA_OK) assert_memory_equal(rdata, wire.ptr, wire.len);
    }
}

static void a_tag_that_is_not_one_is_never_written(void **state) {
    (void)state;
    static char long_tag[CAA_RECORD_TAG_MAX + 1];
    memset(long_tag, 'a', sizeof long_tag);
    const struct caa_slice tags[] = {
        WIRE(""), WIRE("is sue"), WIRE("issue_"), {long_tag, sizeof long_tag}};
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) {
        struct caa_record record = {.tag = tags[i]};
        uint8_t rdata[512];
        size_t len;
        assert_int_equal(caa_record_to_wire(&record, rdata, sizeof rdata, &len),
                         CAA_ERR_SYNTAX);
    }
}

/* ---- tags ---- */

static void tags_compare_without_case(void **state) {
    (void)state;
    const struct {
        const char *tag;
        enum caa_property property;
    } cases[] = {
        {"issue", CAA_PROPERTY_ISSUE},
        {"ISSUE", CAA_PROPERTY_ISSUE},
        {"iSsUeWiLd", CAA_PROPERTY_ISSUEWILD},
        {"IssueMail", CAA_PROPERTY_ISSUEMAIL},
        {"issuevmc", CAA_PROPERTY_ISSUEVMC},
        {"IODEF", CAA_PROPERTY_IODEF},
        {"contactemail", CAA_PROPERTY_CONTACTEMAIL},
        {"ContactPhone", CAA_PROPERTY_CONTACTPHONE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(caa_property_of_tag(caa_slice_of(cases[i].tag)), cases[i].property);
}

static void a_tag_that_only_resembles_one_is_unknown(void **state) {
    (void)state;
    static const char *const tags[] = {"", "issu", "issue1", "issues", "issuewil", "tbs"};
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
        assert_int_equal(caa_property_of_tag(caa_slice_of(tags[i])), CAA_PROPERTY_UNKNOWN);
}

static void reserved_tags_are_unknown(void **state) {
    (void)state;
    static const char *const tags[] = {"auth", "path", "policy", "AUTH", "Policy"};
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) {
        assert_true(caa_property_tag_is_reserved(caa_slice_of(tags[i])));
        assert_int_equal(caa_property_of_tag(caa_slice_of(tags[i])), CAA_PROPERTY_UNKNOWN);
    }
    assert_false(caa_property_tag_is_reserved(caa_slice_of("issue")));
    assert_false(caa_property_tag_is_reserved(caa_slice_of("aut")));
}

/* ---- presentation format ---- */

static void presentation_format_is_flags_tag_and_value(void **state) {
    (void)state;
    const struct {
        const char *text;
        struct caa_slice wire;
    } cases[] = {
        {"0 issue \"ca.example\"", WIRE("\x00\x05issueca.example")},
        {"0 issue ca.example", WIRE("\x00\x05issueca.example")},
        {" \t128\tissue \t ca.example \t", WIRE("\x80\x05issueca.example")},
        {"255 ISSUE \"\"", WIRE("\xff\x05ISSUE")},
        {"0 issue \";\"", WIRE("\x00\x05issue;")},
        {"0 issue \\;", WIRE("\x00\x05issue;")},
        {"000 issue \"a b\"", WIRE("\x00\x05issuea b")},
        {"0 issue \"a\tb\"", WIRE("\x00\x05issuea\tb")},
        {"0 issue \"(;)\"", WIRE("\x00\x05issue(;)")},
        {"0 issue \"\\\"\\\\\\a\"", WIRE("\x00\x05issue\"\\a")},
        {"0 issue \"\\065\\000\\255\"", WIRE("\x00\x05issueA\x00\xff")},
        {"0 issue \\065\\ b", WIRE("\x00\x05issueA b")},
        {"0 iodef \"mailto:m\xc3\xbc@example\"", WIRE("\x00\x05iodefmailto:m\xc3\xbc@example")},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t rdata[64];
        size_t len;
        struct caa_malformed malformed = {0};
        assert_int_equal(caa_record_from_text(caa_slice_of(cases[i].text), rdata, sizeof rdata,
                                              &len, &malformed),
                         CAA_OK);
        assert_int_equal(len, cases[i].wire.len);
        assert_memory_equal(rdata, cases[i].wire.ptr, len);
    }
}

static void malformed_text_is_told_with_place_and_reason(void **state) {
    (void)state;
    static const char bad_flags[] = "flags is not a number from 0 to 255";
    static const char control[] = "a control character must be written as a \\DDD escape";
    static const char digits[] = "a numeric escape has fewer than three digits";
    static const char trailing[] = "something follows the value: one with spaces needs quotes";
    const struct {
        const char *text;
        size_t position;
        const char *reason;
    } cases[] = {
        {"", 0, bad_flags},
        {"   ", 3, bad_flags},
        {"issue ca.example", 0, bad_flags},
        {"256 issue ca.example", 0, bad_flags},
        {"99999999999999999999 issue ca.example", 0, bad_flags},
        {"-1 issue ca.example", 0, bad_flags},
        {"0x1 issue ca.example", 1, bad_flags},
        {"0", 1, "the tag is missing"},
        {"0 is-sue x", 4, "the tag has a character other than ASCII letters and digits"},
        {"0 \"issue\" x", 2, "the tag has a character other than ASCII letters and digits"},
        {"0 issue", 7, "the value is missing"},
        {"0 issue ", 8, "the value is missing"},
        {"0 issue ;", 8, "outside quotes ';' starts a comment: put the value in quotes"},
        {"0 issue ca.example; accounturi=x", 18,
         "outside quotes ';' starts a comment: put the value in quotes"},
        {"0 issue (ca.example)", 8, "a parenthesis outside quotes"},
        {"0 issue a\"b\"", 9, "a quotation mark within a word"},
        {"0 issue ca.example ca2.example", 19, trailing},
        {"0 issue \"a\" \"b\"", 12, trailing},
        {"0 issue \"a\"b", 11, "something follows the closing quotation mark"},
        {"0 issue \"ca.example", 8, "the quotation mark is never closed"},
        {"0 issue \"ca.example\\\"", 8, "the quotation mark is never closed"},
        {"0 issue a\\", 9, "a backslash escapes nothing"},
        {"0 issue a\\12", 9, digits},
        {"0 issue \"\\1x2\"", 9, digits},
        {"0 issue \\256", 8, "a numeric escape is greater than 255"},
        {"0 issue \"a\nb\"", 10, control},
        {"0 issue a\x7f", 9, control},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t rdata[64];
        size_t len = 99;
        struct caa_malformed malformed = {0};
        assert_int_equal(caa_record_from_text(caa_slice_of(cases[i].text), rdata, sizeof rdata,
                                              &len, &malformed),
                         CAA_ERR_SYNTAX);
        assert_malformed(malformed, cases[i].position, cases[i].reason);
        assert_int_equal(len, 99);
    }
}

static void a_tag_has_at_most_255_octets(void **state) {
    (void)state;
    char text[300] = "0 ";
    memset(text + 2, 'a', 255);
    memcpy(text + 257, " x", 3);
    uint8_t rdata[512];
    size_t len;
    struct caa_malformed malformed;
    assert_int_equal(caa_record_from_text(caa_slice_of(text), rdata, sizeof rdata, &len, NULL),
                     CAA_OK);
    assert_int_equal(len, 2 + 255 + 1);
    memcpy(text + 257, "a x", 4);
    assert_int_equal(
        caa_record_from_text(caa_slice_of(text), rdata, sizeof rdata, &len, &malformed),
        CAA_ERR_SYNTAX);
    assert_malformed(malformed, 257, "the tag is longer than 255 octets");
}

static void reading_text_never_writes_past_its_room(void **state) {
    (void)state;
    static const char *const texts[] = {"0 issue \"a\\066c\"", "0 issue abc",
                                        "\\# 10 0005 6973 7375 65 616263"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        for (size_t size = 0; size <= 10; size++) {
            uint8_t rdata[11];
            size_t len;
            memset(rdata, 0xee, sizeof rdata);
            enum caa_err err =
                caa_record_from_text(caa_slice_of(texts[i]), rdata, size, &len, NULL);
            assert_int_equal(err, size == 10 ? CAA_OK : CAA_ERR_LIMIT);
            assert_int_equal(rdata[size], 0xee);
        }
}

static void the_generic_form_of_rfc_3597_holds_any_octets(void **state) {
    (void)state;
    const struct {
        const char *text;
        struct caa_slice wire;
    } cases[] = {
        {"\\# 6 00 01 61 3B 3b ff", WIRE("\x00\x01"
                                         "a;;\xff")},
        {" \\#\t2  0000 ", WIRE("\x00\x00")},
        {"\\# 0", WIRE("")},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t rdata[64];
        size_t len;
        assert_int_equal(
            caa_record_from_text(caa_slice_of(cases[i].text), rdata, sizeof rdata, &len, NULL),
            CAA_OK);
        assert_int_equal(len, cases[i].wire.len);
        assert_memory_equal(rdata, cases[i].wire.ptr, len);
    }
}

static void a_malformed_generic_form_is_told_with_place_and_reason(void **state) {
    (void)state;
    static const char bad_length[] = "the length is not a number from 0 to 65535";
    static const char wrong_length[] = "the length is not that of the octets that follow";
    static const char bad_octet[] = "an octet is not two hexadecimal digits";
    const struct {
        const char *text;
        size_t position;
        const char *reason;
    } cases[] = {
        {"\\# ", 3, bad_length},
        {"\\# x", 3, bad_length},
        {"\\# 65536 00", 3, bad_length},
        {"\\# 1", 3, wrong_length},
        {"\\# 1 0001", 3, wrong_length},
        {"\\# 1 0", 6, bad_octet},
        {"\\# 2 0 000", 6, bad_octet},
        {"\\# 1 0g", 6, bad_octet},
        {"\\#1 00", 0, "flags is not a number from 0 to 255"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t rdata[64];
        size_t len;
        struct caa_malformed malformed = {0};
        assert_int_equal(caa_record_from_text(caa_slice_of(cases[i].text), rdata, sizeof rdata,
                                              &len, &malformed),
                         CAA_ERR_SYNTAX);
        assert_malformed(malformed, cases[i].position, cases[i].reason);
    }
}

static void every_octet_survives_presentation_format(void **state) {
    (void)state;
    char wire[4 + 256] = "\x00\x02xy";
    for (int i = 0; i < 256; i++) wire[4 + i] = (char)i;
    struct caa_record record;
    assert_int_equal(caa_record_from_wire(&record, caa_slice_bytes(wire, sizeof wire), NULL),
                     CAA_OK);
    char text[4 * 256 + 16];
    struct caa_writer out = caa_writer_into(text, sizeof text);
    caa_record_to_text(&record, &out);
    assert_false(out.overflow);
    for (size_t i = 0; i < out.len; i++) assert_in_range((unsigned char)text[i], 0x20, 0x7e);
    uint8_t again[sizeof wire];
    size_t len;
    assert_int_equal(
        caa_record_from_text(caa_slice_bytes(text, out.len), again, sizeof again, &len, NULL),
        CAA_OK);
    assert_int_equal(len, sizeof wire);
    assert_memory_equal(again, wire, len);
}

static void written_text_always_quotes_the_value(void **state) {
    (void)state;
    struct caa_record record;
    char text[64];
    struct caa_writer out = caa_writer_into(text, sizeof text);
    assert_int_equal(caa_record_from_wire(&record, WIRE("\x80\x05Issuea;\"\n"), NULL), CAA_OK);
    caa_record_to_text(&record, &out);
    assert_string_equal(text, "128 Issue \"a;\\\"\\010\"");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_is_flags_tag_length_tag_and_value),
        cmocka_unit_test(a_value_may_be_empty),
        cmocka_unit_test(every_flag_is_kept),
        cmocka_unit_test(unreadable_rdata_is_told_with_place_and_reason),
        cmocka_unit_test(rdata_has_at_most_65535_octets),
        cmocka_unit_test(writing_needs_the_whole_room_and_no_more),
        cmocka_unit_test(a_tag_that_is_not_one_is_never_written),
        cmocka_unit_test(tags_compare_without_case),
        cmocka_unit_test(a_tag_that_only_resembles_one_is_unknown),
        cmocka_unit_test(reserved_tags_are_unknown),
        cmocka_unit_test(presentation_format_is_flags_tag_and_value),
        cmocka_unit_test(malformed_text_is_told_with_place_and_reason),
        cmocka_unit_test(a_tag_has_at_most_255_octets),
        cmocka_unit_test(reading_text_never_writes_past_its_room),
        cmocka_unit_test(the_generic_form_of_rfc_3597_holds_any_octets),
        cmocka_unit_test(a_malformed_generic_form_is_told_with_place_and_reason),
        cmocka_unit_test(every_octet_survives_presentation_format),
        cmocka_unit_test(written_text_always_quotes_the_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
