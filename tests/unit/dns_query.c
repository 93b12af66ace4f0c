#include "packet.h"

#include <libknot/libknot.h>

#include "serve/dns_query.h"
#include "serve/dns_reply.h"

enum { OPCODE_NOTIFY = 4 << 11, OPCODE_UPDATE = 5 << 11, AD = 0x20, CD = 0x10, DO = 0x8000 };

/* A query being made, and what it was read as. */
struct scene {
    struct packet packet;
    struct caa_dns_query query;
    uint8_t wire[CAA_DNS_REPLY_OCTETS_MOST];
};

static int set_up(void **state) {
    *state = calloc(1, sizeof(struct scene));
    return 0;
}

static int tear_down(void **state) {
    free(*state);
    return 0;
}

static enum caa_dns_fate read_octets(struct scene *scene, size_t len) {
    /* In memory of its very size, so that a read past the end is seen. */
    uint8_t *octets = malloc(len == 0 ? 1 : len);
    assert_non_null(octets);
    memcpy(octets, scene->packet.wire, len);
    enum caa_dns_fate fate = caa_dns_query_read(&scene->query, octets, len);
    free(octets);
    return fate;
}

static enum caa_dns_fate read_query(struct scene *scene) {
    return read_octets(scene, scene->packet.len);
}

static void put_edns(struct packet *packet, uint16_t octets, uint32_t flags,
                     struct caa_slice options) {
    put_record_of_class(packet, ADDITIONAL, ".", TYPE_OPT, octets, flags, options);
}

/* RD and one question. */
static void begin_query(struct scene *scene, const char *name, uint16_t type) {
    begin_response(&scene->packet, RD, NULL);
    scene->packet.wire[0] = 0xab, scene->packet.wire[1] = 0xcd;
    put_question(&scene->packet, name, type, CLASS_IN);
}

static void assert_refused(struct scene *scene, uint16_t rcode) {
    assert_int_equal(read_query(scene), CAA_DNS_REFUSE);
    assert_int_equal(scene->query.rcode, rcode);
    struct caa_dns_reply reply =
        caa_dns_reply_refusal(&scene->query, rcode, scene->wire, sizeof scene->wire);
    assert_int_equal(reply.rcode, rcode);
    assert_in_range(reply.len, 12, scene->packet.len); /* no amplification */
    assert_memory_equal(scene->wire, scene->packet.wire, 2);
    assert_int_equal(scene->wire[2] & 0x80, 0x80);
    assert_int_equal(scene->wire[3] & 0xf, rcode & 0xf);
    assert_int_equal(scene->wire[2] & 0x06, 0); /* AA, TC */
    assert_int_equal(scene->wire[2] & 0x78, scene->packet.wire[2] & 0x78);
}

static void a_question_is_read_with_its_case(void **state) {
    struct scene *scene = *state;
    begin_query(scene, "wWw.ExamPle", CAA_TYPE_CAA);
    assert_int_equal(read_query(scene), CAA_DNS_LOOK_UP);
    const struct caa_dns_query *query = &scene->query;
    assert_int_equal(query->id, 0xabcd);
    assert_int_equal(query->flags, RD);
    assert_true(query->has_question);
    assert_memory_equal(query->name.wire, "\3wWw\7ExamPle", 13);
    assert_int_equal(query->type, CAA_TYPE_CAA);
    assert_int_equal(query->class, CLASS_IN);
    assert_false(query->has_edns);
    assert_int_equal(query->udp_octets, 512);
}

static void edns_is_read_and_its_options_do_not_matter(void **state) {
    static const char options[] = "\0\3\0\0"                   /* NSID */
                                  "\0\10\0\7\0\1\30\0\300\0\2" /* client subnet */
                                  "\0\12\0\10cookie!!"         /* cookie */
                                  "\377\3\0\2hi"               /* unknown */
                                  "\0\14\0\4\0\0\0";           /* padding */
    struct scene *scene = *state;
    begin_query(scene, "example", CAA_TYPE_CAA);
    put_edns(&scene->packet, 4096, DO, caa_slice_bytes(options, sizeof options));
    assert_int_equal(read_query(scene), CAA_DNS_LOOK_UP);
    assert_true(scene->query.has_edns && scene->query.dnssec_ok);
    assert_int_equal(scene->query.udp_octets, 4096);
    begin_query(scene, "example", CAA_TYPE_CAA);
    put_edns(&scene->packet, 100, 0x7fff, caa_slice_of("")); /* every flag but DO */
    assert_int_equal(read_query(scene), CAA_DNS_LOOK_UP);
    assert_true(scene->query.has_edns && !scene->query.dnssec_ok);
    assert_int_equal(scene->query.udp_octets, 512); /* RFC 6891 section 6.2.3 */
}

static void what_is_no_query_gets_nothing(void **state) {
    struct scene *scene = *state;
    begin_query(scene, "example", CAA_TYPE_CAA);
    for (size_t len = 0; len < 12; len++)
        assert_int_equal(read_octets(scene, len), CAA_DNS_DROP);
    scene->packet.wire[2] |= 0x80; /* QR */
    assert_int_equal(read_query(scene), CAA_DNS_DROP);
    begin_response(&scene->packet, QR | OPCODE_NOTIFY, NULL);
    assert_int_equal(read_query(scene), CAA_DNS_DROP);
}

static void other_opcodes_are_not_implemented(void **state) {
    struct scene *scene = *state;
    for (unsigned opcode = 1; opcode < 16; opcode++) {
        begin_query(scene, "example", 6);
        scene->packet.wire[2] = (uint8_t)(opcode << 3 | 1);
        assert_refused(scene, KNOT_RCODE_NOTIMPL);
        scene->packet.len = 12; /* also where nothing is in it */
        assert_refused(scene, KNOT_RCODE_NOTIMPL);
    }
}

static void anything_but_one_question_is_a_format_error(void **state) {
    struct scene *scene = *state;
    begin_response(&scene->packet, RD, NULL);
    assert_refused(scene, KNOT_RCODE_FORMERR);
    begin_query(scene, "example", CAA_TYPE_CAA);
    put_question(&scene->packet, "example", CAA_TYPE_CAA, CLASS_IN);
    assert_refused(scene, KNOT_RCODE_FORMERR);
    begin_query(scene, "example", CAA_TYPE_CAA);
    scene->packet.wire[QUESTION] = 1; /* 257 announced */
    assert_refused(scene, KNOT_RCODE_FORMERR);
}

static void records_beside_the_question_are_a_format_error(void **state) {
    static const enum section sections[] = {ANSWER, AUTHORITY, ADDITIONAL};
    struct scene *scene = *state;
    for (size_t i = 0; i < 3; i++) {
        begin_query(scene, "example", CAA_TYPE_CAA);
        put_record(&scene->packet, sections[i], "example", TYPE_A, 60, caa_slice_of("abcd"));
        assert_refused(scene, KNOT_RCODE_FORMERR);
    }
    begin_query(scene, "example", CAA_TYPE_CAA);
    put_edns(&scene->packet, 1232, 0, caa_slice_of(""));
    put_edns(&scene->packet, 1232, 0, caa_slice_of(""));
    assert_refused(scene, KNOT_RCODE_FORMERR);
    begin_query(scene, "example", CAA_TYPE_CAA);
    put_record_of_class(&scene->packet, ADDITIONAL, "example", TYPE_OPT, 1232, 0,
                        caa_slice_of(""));
    assert_refused(scene, KNOT_RCODE_FORMERR);
    begin_query(scene, "example", CAA_TYPE_CAA);
    put_record_of_class(&scene->packet, ANSWER, ".", TYPE_OPT, 1232, 0, caa_slice_of(""));
    assert_refused(scene, KNOT_RCODE_FORMERR);
}

static void what_is_cut_or_goes_on_is_a_format_error(void **state) {
    struct scene *scene = *state;
    begin_query(scene, "www.example", CAA_TYPE_CAA);
    put_edns(&scene->packet, 1232, DO, caa_slice_bytes("\0\3\0\0", 4));
    size_t whole = scene->packet.len;
    for (size_t len = 12; len < whole; len++) {
        scene->packet.len = len;
        assert_refused(scene, KNOT_RCODE_FORMERR);
    }
    scene->packet.len = whole;
    put_number(&scene->packet, 0, 1);
    assert_refused(scene, KNOT_RCODE_FORMERR);
    scene->packet.len = whole;
    scene->packet.wire[whole - 1] = 9; /* an option longer than the OPT */
    assert_refused(scene, KNOT_RCODE_FORMERR);
}

static void a_truncated_query_is_a_format_error(void **state) {
    struct scene *scene = *state;
    begin_query(scene, "example", CAA_TYPE_CAA);
    scene->packet.wire[2] |= 0x02;
    assert_refused(scene, KNOT_RCODE_FORMERR);
}

static void names_that_cannot_be_are_a_format_error(void **state) {
    static const struct {
        const char *octets;
        size_t len;
    } names[] = {{"\300\14", 2},    /* a pointer to itself */
                 {"\300\0", 2},     /* into the header */
                 {"\1a\300\14", 4}, /* a loop */
                 {"\101aaaa\0", 6}, /* a label of another kind */
                 {"\200\0", 2}};
    struct scene *scene = *state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        begin_response(&scene->packet, RD, NULL);
        count_one_more(&scene->packet, QUESTION);
        put_octets(&scene->packet, names[i].octets, names[i].len);
        put_number(&scene->packet, CAA_TYPE_CAA, 2);
        put_number(&scene->packet, CLASS_IN, 2);
        assert_refused(scene, KNOT_RCODE_FORMERR);
    }
    begin_response(&scene->packet, RD, NULL);
    count_one_more(&scene->packet, QUESTION);
    for (int i = 0; i < 130; i++) put_octets(&scene->packet, "\1a", 2); /* 261 octets */
    put_number(&scene->packet, 0, 1);
    put_number(&scene->packet, CAA_TYPE_CAA, 2);
    put_number(&scene->packet, CLASS_IN, 2);
    assert_refused(scene, KNOT_RCODE_FORMERR);
}

static void types_that_ask_for_no_data_are_refused(void **state) {
    static const uint16_t wrong[] = {0, KNOT_RRTYPE_OPT, KNOT_RRTYPE_TSIG, KNOT_RRTYPE_TKEY};
    struct scene *scene = *state;
    for (size_t i = 0; i < 4; i++) {
        begin_query(scene, "example", wrong[i]);
        assert_refused(scene, KNOT_RCODE_FORMERR);
    }
    for (uint16_t type = 128; type < 256; type++) {
        begin_query(scene, "example", type);
        put_edns(&scene->packet, 1232, DO, caa_slice_of(""));
        if (type != KNOT_RRTYPE_TSIG && type != KNOT_RRTYPE_TKEY)
            assert_refused(scene, KNOT_RCODE_REFUSED);
    }
    static const uint16_t usual[] = {1,  2,  5,  6,   16,  28,  43,   46,
                                     47, 48, 64, 127, 256, 257, 65535};
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++) {
        begin_query(scene, "example", usual[i]);
        assert_int_equal(read_query(scene), CAA_DNS_LOOK_UP);
    }
}

static void onion_is_never_looked_up(void **state) {
    static const char *const names[] = {"onion", "x.onion", "a.b.OniOn"};
    static const uint16_t types[] = {1, 6, 43, 255, 257, 65535};
    struct scene *scene = *state;
    for (size_t name = 0; name < 3; name++)
        for (size_t type = 0; type < 6; type++) {
            begin_query(scene, names[name], types[type]);
            assert_int_equal(read_query(scene), CAA_DNS_NO_NAME);
        }
    begin_query(scene, "onion.example", CAA_TYPE_CAA);
    assert_int_equal(read_query(scene), CAA_DNS_LOOK_UP);
    begin_query(scene, "xonion", CAA_TYPE_CAA);
    assert_int_equal(read_query(scene), CAA_DNS_LOOK_UP);
    begin_query(scene, "x.onion", KNOT_RRTYPE_TSIG);
    assert_refused(scene, KNOT_RCODE_FORMERR);
}

static void other_classes_are_refused(void **state) {
    static const uint16_t classes[] = {0, 2, CLASS_CH, 4, 254, 255};
    struct scene *scene = *state;
    for (size_t i = 0; i < 6; i++) {
        begin_response(&scene->packet, RD, NULL);
        put_question(&scene->packet, "version.bind", 16, classes[i]);
        assert_refused(scene, KNOT_RCODE_REFUSED);
    }
}

static void who_does_not_want_recursion_is_refused(void **state) {
    struct scene *scene = *state;
    begin_query(scene, "example", CAA_TYPE_CAA);
    put_edns(&scene->packet, 1232, 0, caa_slice_of(""));
    scene->packet.wire[2] = 0;
    assert_refused(scene, KNOT_RCODE_REFUSED);
}

static void another_version_of_edns_is_a_bad_version(void **state) {
    struct scene *scene = *state;
    for (uint32_t version = 1; version < 256; version += 127) {
        begin_query(scene, "example", CAA_TYPE_CAA);
        put_edns(&scene->packet, 1232, version << 16 | DO, caa_slice_of(""));
        assert_refused(scene, KNOT_RCODE_BADVERS);
        assert_int_equal(scene->wire[12 + 9 + 4 + 5], 1); /* the upper bits, in the OPT */
        assert_int_equal(scene->wire[12 + 9 + 4 + 6], 0); /* the version that we have */
    }
}

static void a_refusal_echoes_question_rd_and_cd_and_says_ra(void **state) {
    struct scene *scene = *state;
    begin_query(scene, "eXample", KNOT_RRTYPE_ANY);
    put_edns(&scene->packet, 1232, DO, caa_slice_of(""));
    scene->packet.wire[3] = CD | AD | 0x40; /* and a bit without meaning */
    assert_refused(scene, KNOT_RCODE_REFUSED);
    assert_int_equal(scene->wire[2], 0x81);
    assert_int_equal(scene->wire[3], RA | CD | KNOT_RCODE_REFUSED);
    assert_memory_equal(scene->wire + 12, "\7eXample\0\0\377\0\1", 13);
    assert_memory_equal(scene->wire + 25, "\0\0\51\4\320\0\0\200\0\0\0", 11);
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        SCENE(a_question_is_read_with_its_case),
        SCENE(edns_is_read_and_its_options_do_not_matter),
        SCENE(what_is_no_query_gets_nothing),
        SCENE(other_opcodes_are_not_implemented),
        SCENE(anything_but_one_question_is_a_format_error),
        SCENE(records_beside_the_question_are_a_format_error),
        SCENE(what_is_cut_or_goes_on_is_a_format_error),
        SCENE(a_truncated_query_is_a_format_error),
        SCENE(names_that_cannot_be_are_a_format_error),
        SCENE(types_that_ask_for_no_data_are_refused),
        SCENE(onion_is_never_looked_up),
        SCENE(other_classes_are_refused),
        SCENE(who_does_not_want_recursion_is_refused),
        SCENE(another_version_of_edns_is_a_bad_version),
        SCENE(a_refusal_echoes_question_rd_and_cd_and_says_ra),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
