#include "packet.h"

#include "probe/packet.h"

enum { TYPE_NS = 2 };

static const uint8_t no_random[CAA_PACKET_RANDOM_OCTETS];

static struct caa_query query_for(const char *name, const uint8_t *random) {
    struct caa_question question = {.name = name_of(name), .type = CAA_TYPE_CAA};
    struct caa_query query;
    assert_int_equal(caa_query_build(&query, &question, true, random), CAA_OK);
    return query;
}

static struct caa_packet_summary summary_of(const struct packet *packet) {
    struct caa_packet_summary summary;
    caa_packet_read(&summary, packet->wire, packet->len);
    return summary;
}

static void a_query_has_id_question_and_edns_but_no_recursion(void **state) {
    (void)state;
    static const uint8_t random[CAA_PACKET_RANDOM_OCTETS] = {0xab, 0xcd};
    static const uint8_t expected[] =
        "\xab\xcd\0\0\0\1\0\0\0\0\0\1\7example\0\1\1\0\1\0\0\51\4\xd0\0\0\x80\0\0\0";
    struct caa_query query = query_for("example", random);
    assert_int_equal(query.len, sizeof expected - 1);
    assert_memory_equal(query.wire, expected, query.len);
}

static void edns_can_be_left_out(void **state) {
    (void)state;
    struct caa_question question = {.name = name_of("example"), .type = CAA_TYPE_CAA};
    struct caa_query query;
    assert_int_equal(caa_query_build(&query, &question, false, no_random), CAA_OK);
    assert_int_equal(query.len, 12 + 9 + 4);
    assert_int_equal(query.wire[11], 0);
}

static void random_bits_choose_the_case_of_letters_and_nothing_else(void **state) {
    (void)state;
    uint8_t random[CAA_PACKET_RANDOM_OCTETS];
    memset(random, 0xff, sizeof random);
    struct caa_query query = query_for("a-1_z.Example", random);
    char text[CAA_NAME_TEXT_MAX];
    caa_name_to_text(&query.name, text);
    assert_string_equal(text, "A-1_Z.EXAMPLE");
    query = query_for("a-1_z.Example", no_random);
    caa_name_to_text(&query.name, text);
    assert_string_equal(text, "a-1_z.example");
}

static void the_longest_name_fits(void **state) {
    (void)state;
    char text[254];
    memset(text, 'x', sizeof text - 1);
    text[63] = text[127] = text[191] = '.';
    text[253] = '\0';
    struct caa_query query = query_for(text, no_random);
    assert_int_equal(query.len, 12 + 255 + 4 + 11);
}

/* A response to the query for example with id 0. */
static struct packet *response(struct packet *packet, unsigned flags) {
    begin_response(packet, flags, "example");
    return packet;
}

static enum caa_packet_match match(const struct packet *packet) {
    struct caa_query query = query_for("example", no_random);
    return caa_packet_match(&query, packet->wire, packet->len);
}

static void a_response_with_our_id_and_question_is_ours(void **state) {
    (void)state;
    struct packet packet;
    assert_int_equal(match(response(&packet, QR | AA)), CAA_PACKET_OURS);
}

static void another_id_is_not_ours(void **state) {
    (void)state;
    struct packet packet;
    response(&packet, QR)->wire[1] = 1;
    assert_int_equal(match(&packet), CAA_PACKET_WRONG_ID);
}

static void a_query_or_another_opcode_is_no_response(void **state) {
    (void)state;
    struct packet packet;
    assert_int_equal(match(response(&packet, 0)), CAA_PACKET_NO_RESPONSE);
    assert_int_equal(match(response(&packet, QR | 0x2000)), CAA_PACKET_NO_RESPONSE);
}

static void another_name_type_or_class_is_another_question(void **state) {
    (void)state;
    struct packet packet;
    begin_response(&packet, QR, "other");
    assert_int_equal(match(&packet), CAA_PACKET_WRONG_QUESTION);
    begin_response(&packet, QR, NULL);
    put_question(&packet, "example", TYPE_A, CLASS_IN);
    assert_int_equal(match(&packet), CAA_PACKET_WRONG_QUESTION);
    begin_response(&packet, QR, NULL);
    put_question(&packet, "example", CAA_TYPE_CAA, CLASS_CH);
    assert_int_equal(match(&packet), CAA_PACKET_WRONG_QUESTION);
    put_question(response(&packet, QR), "example", CAA_TYPE_CAA, CLASS_IN);
    assert_int_equal(match(&packet), CAA_PACKET_WRONG_QUESTION);
}

static void the_case_of_the_question_must_be_repeated(void **state) {
    (void)state;
    struct packet packet;
    begin_response(&packet, QR, "exAmple");
    assert_int_equal(match(&packet), CAA_PACKET_WRONG_CASE);
}

static void a_refusal_may_lack_the_question_and_an_answer_may_not(void **state) {
    (void)state;
    struct packet packet;
    begin_response(&packet, QR | 5, NULL);
    assert_int_equal(match(&packet), CAA_PACKET_OURS);
    begin_response(&packet, QR, NULL);
    assert_int_equal(match(&packet), CAA_PACKET_WRONG_QUESTION);
}

static void what_is_cut_anywhere_before_the_end_of_the_question_is_not_ours(void **state) {
    (void)state;
    struct packet packet;
    response(&packet, QR);
    for (size_t whole = packet.len--; packet.len < whole; packet.len--)
        assert_int_not_equal(match(&packet), CAA_PACKET_OURS);
}

static void flags_and_the_extended_rcode_are_read(void **state) {
    (void)state;
    struct packet packet;
    put_opt(response(&packet, QR | AA | RA | 0x20), 1, caa_slice_of(""));
    struct caa_packet_summary summary = summary_of(&packet);
    assert_null(summary.malformed);
    assert_true(summary.aa && summary.ra && summary.ad && summary.edns && !summary.tc);
    assert_int_equal(summary.rcode, 16);
    assert_int_equal(summary.ede, -1);
}

static void the_extended_error_is_kept_and_cut(void **state) {
    (void)state;
    struct packet packet;
    char option[6 + 300] = {0, 15, 1, 46, 0, 22};
    memset(option + 6, 'x', 300);
    put_opt(response(&packet, QR | 2), 0, caa_slice_bytes(option, sizeof option));
    struct caa_packet_summary summary = summary_of(&packet);
    assert_int_equal(summary.ede, 22);
    assert_int_equal(strlen(summary.ede_text), CAA_PACKET_EDE_TEXT_MAX - 1);
}

static uint64_t digest_of(const char *first, const char *second, const char *owner,
                          uint32_t ttl_s) {
    struct packet packet;
    put_caa(response(&packet, QR | AA), owner, ttl_s, first);
    put_caa(&packet, owner, ttl_s, second);
    return summary_of(&packet).digest;
}

static void the_digest_is_that_of_the_data(void **state) {
    (void)state;
    uint64_t digest = digest_of("a.example", "b.example", "example", 60);
    assert_true(digest != 0);
    assert_true(digest == digest_of("b.example", "a.example", "eXample", 61));
    assert_false(digest == digest_of("a.example", "c.example", "example", 60));
    assert_false(digest == digest_of("a.example", "b.example", "other", 60));
}

static void signatures_do_not_change_the_digest(void **state) {
    (void)state;
    struct packet packet;
    put_caa(response(&packet, QR | AA), "example", 60, "a.example");
    uint64_t digest = summary_of(&packet).digest;
    put_record(&packet, ANSWER, "example", TYPE_RRSIG, 60,
               caa_slice_bytes("\1\1\10\1\0\0\0\1\0\0\0\1\0\0\0\1\0\1\0signature", 28));
    struct caa_packet_summary summary = summary_of(&packet);
    assert_null(summary.malformed);
    assert_int_equal(summary.answer_count, 2);
    assert_true(digest == summary.digest);
}

static void an_empty_answer_has_no_digest_and_a_referral_its_own(void **state) {
    (void)state;
    struct packet packet;
    struct caa_name ns = name_of("ns.example");
    put_record(response(&packet, QR), AUTHORITY, "example", TYPE_NS, 60,
               caa_slice_bytes(ns.wire, ns.len));
    assert_true(summary_of(&packet).digest == 0);
    assert_true(summary_of(&packet).referral_digest != 0);
}

static void a_packet_cut_anywhere_is_malformed(void **state) {
    (void)state;
    struct packet packet;
    put_caa(response(&packet, QR | AA), "example", 60, "ca.example");
    for (size_t whole = packet.len--; packet.len < whole; packet.len--)
        assert_non_null(summary_of(&packet).malformed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_query_has_id_question_and_edns_but_no_recursion),
        cmocka_unit_test(edns_can_be_left_out),
        cmocka_unit_test(random_bits_choose_the_case_of_letters_and_nothing_else),
        cmocka_unit_test(the_longest_name_fits),
        cmocka_unit_test(a_response_with_our_id_and_question_is_ours),
        cmocka_unit_test(another_id_is_not_ours),
        cmocka_unit_test(a_query_or_another_opcode_is_no_response),
        cmocka_unit_test(another_name_type_or_class_is_another_question),
        cmocka_unit_test(the_case_of_the_question_must_be_repeated),
        cmocka_unit_test(a_refusal_may_lack_the_question_and_an_answer_may_not),
        cmocka_unit_test(what_is_cut_anywhere_before_the_end_of_the_question_is_not_ours),
        cmocka_unit_test(flags_and_the_extended_rcode_are_read),
        cmocka_unit_test(the_extended_error_is_kept_and_cut),
        cmocka_unit_test(the_digest_is_that_of_the_data),
        cmocka_unit_test(signatures_do_not_change_the_digest),
        cmocka_unit_test(an_empty_answer_has_no_digest_and_a_referral_its_own),
        cmocka_unit_test(a_packet_cut_anywhere_is_malformed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
