#include "show.h"

#include "packet.h"
#include "resolve/response.h"

enum { SERVFAIL = 2, NXDOMAIN = 3, NOTIMP = 4, REFUSED = 5, YXDOMAIN = 6, FORMERR = 1 };

static const unsigned usual = QR | RD | RA; /* what libunbound sets */

/* The packet being made, how it is read, and the answer it was read as. */
struct scene {
    struct packet packet;
    uint16_t type; /* asked for; 0: CAA */
    bool keep_packet;
    const struct caa_answer *answer;
};

static int set_up(void **state) {
    *state = calloc(1, sizeof(struct scene));
    return 0;
}

static int tear_down(void **state) {
    struct scene *scene = *state;
    caa_answer_release(scene->answer);
    free(scene);
    return 0;
}

static const struct caa_answer *read_octets(struct scene *scene, const uint8_t *octets,
                                            size_t len, enum caa_security security) {
    const struct caa_question question = {.name = name_of("www.shop.example"),
                                          .type =
                                              scene->type == 0 ? CAA_TYPE_CAA : scene->type};
    const struct caa_response_context context = {
        .security = security,
        .reason = security == CAA_SECURITY_BOGUS ? "signature expired from 192.0.2.1" : NULL,
        .observed_at_us = 1000,
        .elapsed_us = 7,
        .keep_packet = scene->keep_packet};
    caa_answer_release(scene->answer);
    scene->answer = caa_response_read(octets, len, &question, &context);
    assert_non_null(scene->answer);
    assert_true(caa_name_equal(&scene->answer->owner, &question.name));
    assert_int_equal(scene->answer->type, question.type);
    assert_int_equal(scene->answer->observed_at_us, 1000);
    assert_int_equal(scene->answer->elapsed_us, 7);
    return scene->answer;
}

static const struct caa_answer *read_as(struct scene *scene, enum caa_security security) {
    /* In memory of its very size, so that a read past the end is seen. */
    uint8_t *octets = malloc(scene->packet.len);
    assert_non_null(octets);
    memcpy(octets, scene->packet.wire, scene->packet.len);
    const struct caa_answer *answer = read_octets(scene, octets, scene->packet.len, security);
    free(octets);
    return answer;
}

static const struct caa_answer *read_insecure(struct scene *scene) {
    return read_as(scene, CAA_SECURITY_INSECURE);
}

static void assert_outcome(const struct caa_answer *answer, enum caa_outcome outcome) {
    assert_string_equal(caa_outcome_code(answer->outcome), caa_outcome_code(outcome));
    if (outcome != CAA_OUTCOME_RECORDS) assert_int_equal(answer->rdata_count, 0);
}

/* A failure tells nothing about the zone, so it carries no security either. */
static void assert_failure(const struct caa_answer *answer, enum caa_outcome outcome) {
    assert_outcome(answer, outcome);
    assert_int_equal(answer->security, CAA_SECURITY_INDETERMINATE);
    assert_int_equal(answer->ttl_s, 0);
}

static void assert_malformed(const struct caa_answer *answer, const char *why) {
    assert_failure(answer, CAA_OUTCOME_MALFORMED);
    if (strstr(answer->reason, why) == NULL) fail_msg("'%s', not '%s'", answer->reason, why);
}

/* An empty answer as it should be, with `flags`. */
static void make_empty(struct scene *scene, unsigned flags) {
    begin_response(&scene->packet, flags, "www.shop.example");
    put_soa(&scene->packet, AUTHORITY, "shop.example", 900, 600);
}

static void records_are_kept_as_they_came(void **state) {
    struct scene *scene = *state;
    begin_response(&scene->packet, usual, "www.shop.example");
    put_caa(&scene->packet, "www.shop.example", 300, "ca.example");
    put_caa(&scene->packet, "www.shop.example", 300, ";");
    const struct caa_answer *answer = read_as(scene, CAA_SECURITY_SECURE);
    assert_outcome(answer, CAA_OUTCOME_RECORDS);
    assert_int_equal(answer->security, CAA_SECURITY_SECURE);
    assert_int_equal(answer->rcode, 0);
    assert_int_equal(answer->rdata_count, 2);
    assert_int_equal(answer->rdata[0].len, 17);
    assert_memory_equal(answer->rdata[0].ptr, "\0\005issueca.example", 17);
    assert_memory_equal(answer->rdata[1].ptr, "\0\005issue;", 8);
    assert_int_equal(answer->ttl_s, 300);
}

static void the_lowest_ttl_of_set_and_chain_holds(void **state) {
    struct scene *scene = *state;
    begin_response(&scene->packet, usual, "www.shop.example");
    put_alias(&scene->packet, "www.shop.example", TYPE_CNAME, 60, "host.example");
    put_caa(&scene->packet, "host.example", 300, "ca.example");
    put_caa(&scene->packet, "host.example", 200, "ca.example");
    assert_int_equal(read_insecure(scene)->ttl_s, 60);
    scene->packet.wire[12 + 18 + 4 + 18 + 4] = 1; /* the alias lives 2^24 + 60 s */
    assert_int_equal(read_insecure(scene)->ttl_s, 200);
}

static void owners_compare_without_case(void **state) {
    struct scene *scene = *state;
    begin_response(&scene->packet, usual, "WWW.shop.EXAMPLE");
    put_alias(&scene->packet, "www.SHOP.example", TYPE_CNAME, 60, "Host.Example");
    put_caa(&scene->packet, "hOST.eXAMPLE", 300, "ca.example");
    assert_int_equal(read_insecure(scene)->rdata_count, 1);
}

static void a_query_is_no_answer(void **state) {
    struct scene *scene = *state;
    make_empty(scene, RD | RA);
    assert_malformed(read_insecure(scene), "not a response");
    make_empty(scene, usual | 5 << 11); /* opcode UPDATE */
    assert_malformed(read_insecure(scene), "not a response");
}

static void libunbounds_own_data_is_no_answer(void **state) {
    struct scene *scene = *state;
    make_empty(scene, usual | AA);
    assert_malformed(read_insecure(scene), "libunbound's own");
    make_empty(scene, usual | AA | NXDOMAIN);
    assert_malformed(read_as(scene, CAA_SECURITY_SECURE), "libunbound's own");
}

static void a_cut_answer_is_truncated_whatever_is_in_it(void **state) {
    struct scene *scene = *state;
    make_empty(scene, usual | TC);
    assert_failure(read_insecure(scene), CAA_OUTCOME_TRUNCATED);
    put_caa(&scene->packet, "www.shop.example", 300, "ca.example");
    assert_failure(read_as(scene, CAA_SECURITY_SECURE), CAA_OUTCOME_TRUNCATED);
}

static void a_failing_rcode_wins_over_the_sections(void **state) {
    static const struct {
        unsigned rcode;
        enum caa_outcome outcome;
    } cases[] = {{SERVFAIL, CAA_OUTCOME_SERVFAIL}, {REFUSED, CAA_OUTCOME_REFUSED},
                 {YXDOMAIN, CAA_OUTCOME_RCODE},    {FORMERR, CAA_OUTCOME_RCODE},
                 {NOTIMP, CAA_OUTCOME_RCODE},      {15, CAA_OUTCOME_RCODE}};
    struct scene *scene = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        make_empty(scene, usual | cases[i].rcode);
        assert_failure(read_insecure(scene), cases[i].outcome);
        assert_failure(read_as(scene, CAA_SECURITY_SECURE), cases[i].outcome);
        assert_int_equal(scene->answer->rcode, cases[i].rcode);
    }
}

static void an_extended_rcode_is_not_read_as_noerror(void **state) {
    struct scene *scene = *state;
    make_empty(scene, usual);
    put_opt(&scene->packet, 1, caa_slice_of("")); /* BADVERS, 16 */
    assert_failure(read_insecure(scene), CAA_OUTCOME_RCODE);
    assert_int_equal(scene->answer->rcode, 16);
    make_empty(scene, usual | NXDOMAIN);
    put_opt(&scene->packet, 255, caa_slice_of("")); /* 4083 */
    assert_failure(read_insecure(scene), CAA_OUTCOME_RCODE);
    assert_int_equal(scene->answer->rcode, 255);
}

static void the_answer_to_another_question_is_none(void **state) {
    static const struct {
        const char *name;
        uint16_t type, class;
    } others[] = {{"mail.shop.example", CAA_TYPE_CAA, CLASS_IN},
                  {"shop.example", CAA_TYPE_CAA, CLASS_IN},
                  {"www.shop.example", TYPE_A, CLASS_IN},
                  {"www.shop.example", CAA_TYPE_CAA, CLASS_CH}};
    struct scene *scene = *state;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        begin_response(&scene->packet, usual, NULL);
        put_question(&scene->packet, others[i].name, others[i].type, others[i].class);
        put_soa(&scene->packet, AUTHORITY, "shop.example", 900, 600);
        assert_malformed(read_insecure(scene), "another question");
    }
}

static void no_question_or_two_are_malformed(void **state) {
    struct scene *scene = *state;
    begin_response(&scene->packet, usual, NULL);
    put_soa(&scene->packet, AUTHORITY, "shop.example", 900, 600);
    assert_malformed(read_insecure(scene), "another question");
    begin_response(&scene->packet, usual, "www.shop.example");
    put_question(&scene->packet, "www.shop.example", CAA_TYPE_CAA, CLASS_IN);
    put_soa(&scene->packet, AUTHORITY, "shop.example", 900, 600);
    assert_malformed(read_insecure(scene), "");
}

static void nodata_needs_the_soa_of_an_enclosing_zone(void **state) {
    static const char *const enclosing[] = {"www.shop.example", "shop.example", "EXAMPLE", "."};
    static const char *const others[] = {"x.www.shop.example", "mail.shop.example",
                                         "hop.example", "org"};
    struct scene *scene = *state;
    begin_response(&scene->packet, usual, "www.shop.example");
    assert_malformed(read_insecure(scene), "without the SOA");
    for (size_t i = 0; i < 4; i++) {
        begin_response(&scene->packet, usual, "www.shop.example");
        put_soa(&scene->packet, AUTHORITY, others[i], 900, 600);
        assert_malformed(read_insecure(scene), "without the SOA");
        put_soa(&scene->packet, AUTHORITY, enclosing[i], 900, 600);
        assert_outcome(read_insecure(scene), CAA_OUTCOME_NODATA);
        assert_int_equal(scene->answer->security, CAA_SECURITY_INSECURE);
    }
}

static void an_soa_counts_in_the_authority_section_and_in_class_in_only(void **state) {
    struct scene *scene = *state;
    begin_response(&scene->packet, usual, "www.shop.example");
    put_soa(&scene->packet, ANSWER, "shop.example", 900, 600);
    assert_malformed(read_insecure(scene), "without the SOA");
    begin_response(&scene->packet, usual, "www.shop.example");
    put_soa(&scene->packet, ADDITIONAL, "shop.example", 900, 600);
    assert_malformed(read_insecure(scene), "without the SOA");
    make_empty(scene, usual);
    size_t class_at = 12 + 18 + 4 + 14 + 2;
    scene->packet.wire[class_at + 1] = CLASS_CH;
    assert_malformed(read_insecure(scene), "");
}

static void a_referral_is_no_denial(void **state) {
    struct scene *scene = *state;
    begin_response(&scene->packet, usual, "www.shop.example");
    struct caa_name server = name_of("ns.shop.example");
    put_record(&scene->packet, AUTHORITY, "shop.example", 2, 900,
               caa_slice_bytes(server.wire, server.len));
    assert_malformed(read_insecure(scene), "without the SOA");
}

static void a_denial_lives_as_long_as_soa_and_minimum_allow(void **state) {
    struct scene *scene = *state;
    make_empty(scene, usual);
    assert_int_equal(read_insecure(scene)->ttl_s, 600); /* RFC 2308 section 5 */
    begin_response(&scene->packet, usual | NXDOMAIN, "www.shop.example");
    put_soa(&scene->packet, AUTHORITY, "shop.example", 300, 600);
    assert_int_equal(read_insecure(scene)->ttl_s, 300);
    begin_response(&scene->packet, usual, "www.shop.example");
    put_alias(&scene->packet, "www.shop.example", TYPE_CNAME, 60, "host.shop.example");
    put_soa(&scene->packet, AUTHORITY, "shop.example", 300, 600);
    assert_int_equal(read_insecure(scene)->ttl_s, 60);
}

static void a_secure_denial_without_soa_counts_but_is_not_remembered(void **state) {
    struct scene *scene = *state;
    begin_response(&scene->packet, usual, "www.shop.example");
    assert_outcome(read_as(scene, CAA_SECURITY_SECURE), CAA_OUTCOME_NODATA);
    assert_int_equal(scene->answer->security, CAA_SECURITY_SECURE);
    assert_int_equal(scene->answer->ttl_s, 0);
    assert_malformed(read_as(scene, CAA_SECURITY_INDETERMINATE), "without the SOA");
}

static void nxdomain_is_an_outcome_of_its_own(void **state) {
    struct scene *scene = *state;
    make_empty(scene, usual | NXDOMAIN);
    assert_outcome(read_insecure(scene), CAA_OUTCOME_NXDOMAIN);
    assert_int_equal(scene->answer->rcode, NXDOMAIN);
    begin_response(&scene->packet, usual | NXDOMAIN, "www.shop.example");
    assert_malformed(read_insecure(scene), "without the SOA");
}

static void nxdomain_with_records_is_malformed(void **state) {
    struct scene *scene = *state;
    make_empty(scene, usual | NXDOMAIN);
    scene->packet.len = 12 + 18 + 4; /* records come before the SOA */
    scene->packet.wire[AUTHORITY + 1] = 0;
    put_caa(&scene->packet, "www.shop.example", 300, "ca.example");
    assert_malformed(read_as(scene, CAA_SECURITY_SECURE), "NXDOMAIN with records");
}

static void nxdomain_behind_an_alias_is_nxdomain(void **state) {
    struct scene *scene = *state;
    begin_response(&scene->packet, usual | NXDOMAIN, "www.shop.example");
    put_alias(&scene->packet, "www.shop.example", TYPE_CNAME, 60, "gone.other.example");
    put_soa(&scene->packet, AUTHORITY, "other.example", 300, 600);
    assert_outcome(read_insecure(scene), CAA_OUTCOME_NXDOMAIN);
    assert_int_equal(scene->answer->alias_count, 1);
}

static void aliases_are_followed_in_any_order(void **state) {
    struct scene *scene = *state;
    struct caa_name last = name_of("end.net");
    begin_response(&scene->packet, usual, "www.shop.example");
    put_caa(&scene->packet, "end.net", 300, "ca.example");
    put_alias(&scene->packet, "two.org", TYPE_CNAME, 90, "end.net");
    put_alias(&scene->packet, "www.shop.example", TYPE_CNAME, 90, "one.com");
    put_alias(&scene->packet, "one.com", TYPE_CNAME, 90, "two.org");
    assert_outcome(read_insecure(scene), CAA_OUTCOME_RECORDS);
    assert_int_equal(scene->answer->alias_count, 3);
    assert_true(caa_name_equal(&scene->answer->aliases[2], &last));
    assert_int_equal(scene->answer->rdata_count, 1);
}

static void a_chain_into_another_zone_needs_that_zones_soa(void **state) {
    struct scene *scene = *state;
    begin_response(&scene->packet, usual, "www.shop.example");
    put_alias(&scene->packet, "www.shop.example", TYPE_CNAME, 60, "host.net");
    put_soa(&scene->packet, AUTHORITY, "shop.example", 300, 600);
    assert_malformed(read_insecure(scene), "without the SOA");
    put_soa(&scene->packet, AUTHORITY, "net", 300, 600);
    assert_outcome(read_insecure(scene), CAA_OUTCOME_NODATA);
}

static void a_loop_of_aliases_is_malformed(void **state) {
    struct scene *scene = *state;
    begin_response(&scene->packet, usual, "www.shop.example");
    put_alias(&scene->packet, "www.shop.example", TYPE_CNAME, 60, "host.net");
    put_alias(&scene->packet, "host.net", TYPE_CNAME, 60, "www.shop.example");
    put_soa(&scene->packet, AUTHORITY, ".", 300, 600);
    assert_malformed(read_as(scene, CAA_SECURITY_SECURE), "without end");
    begin_response(&scene->packet, usual, "www.shop.example");
    put_alias(&scene->packet, "www.shop.example", TYPE_CNAME, 60, "www.shop.example");
    assert_malformed(read_as(scene, CAA_SECURITY_SECURE), "without end");
}

static void a_chain_of_sixteen_is_followed_and_of_seventeen_is_not(void **state) {
    struct scene *scene = *state;
    const char *from = "www.shop.example";
    char names[17][16];
    begin_response(&scene->packet, usual, from);
    for (int i = 0; i < 17; i++) {
        snprintf(names[i], sizeof names[i], "n%d.net", i);
        put_alias(&scene->packet, from, TYPE_CNAME, 60, names[i]);
        put_soa(&scene->packet, AUTHORITY, "net", 300, 600);
        enum caa_outcome outcome = i < 16 ? CAA_OUTCOME_NODATA : CAA_OUTCOME_MALFORMED;
        /* The SOA is taken off again, since the next alias belongs before it. */
        assert_outcome(read_insecure(scene), outcome);
        scene->packet.len -= 5 + 10 + 12 + 20 + 20;
        scene->packet.wire[AUTHORITY + 1] = 0;
        from = names[i];
    }
}

static void two_aliases_of_one_name_are_malformed(void **state) {
    struct scene *scene = *state;
    begin_response(&scene->packet, usual, "www.shop.example");
    put_alias(&scene->packet, "www.shop.example", TYPE_CNAME, 60, "one.net");
    put_alias(&scene->packet, "www.shop.example", TYPE_CNAME, 60, "two.net");
    put_soa(&scene->packet, AUTHORITY, "net", 300, 600);
    assert_malformed(read_insecure(scene), "more than one alias");
}

static void records_beside_an_alias_are_malformed_not_overlooked(void **state) {
    struct scene *scene = *state;
    begin_response(&scene->packet, usual, "www.shop.example");
    put_caa(&scene->packet, "www.shop.example", 300, ";");
    put_alias(&scene->packet, "www.shop.example", TYPE_CNAME, 60, "one.net");
    put_soa(&scene->packet, AUTHORITY, "net", 300, 600);
    assert_malformed(read_insecure(scene), "beside an alias");
    begin_response(&scene->packet, usual, "www.shop.example");
    put_alias(&scene->packet, "www.shop.example", TYPE_CNAME, 60, "one.net");
    put_alias(&scene->packet, "one.net", TYPE_CNAME, 60, "two.net");
    put_caa(&scene->packet, "one.net", 300, ";");
    put_caa(&scene->packet, "two.net", 300, "ca.example");
    assert_malformed(read_as(scene, CAA_SECURITY_SECURE), "beside an alias");
}

static void a_dname_comes_with_the_alias_it_stands_for(void **state) {
    struct scene *scene = *state;
    begin_response(&scene->packet, usual, "www.shop.example");
    put_alias(&scene->packet, "shop.example", TYPE_DNAME, 60, "shop.net");
    put_alias(&scene->packet, "www.shop.example", TYPE_CNAME, 60, "www.shop.net");
    put_caa(&scene->packet, "www.shop.net", 300, "ca.example");
    assert_int_equal(read_insecure(scene)->rdata_count, 1);
    assert_int_equal(scene->answer->alias_count, 1);
}

static void a_dname_without_its_alias_is_no_denial(void **state) {
    struct scene *scene = *state;
    begin_response(&scene->packet, usual, "www.shop.example");
    put_alias(&scene->packet, "shop.example", TYPE_DNAME, 60, "shop.net");
    assert_malformed(read_as(scene, CAA_SECURITY_SECURE), "DNAME");
    put_soa(&scene->packet, AUTHORITY, "example", 300, 600);
    assert_malformed(read_insecure(scene), "DNAME");
}

static void a_dname_does_not_redirect_its_owner(void **state) {
    struct scene *scene = *state;
    begin_response(&scene->packet, usual, "www.shop.example");
    put_alias(&scene->packet, "www.shop.example", TYPE_DNAME, 60, "shop.net");
    put_soa(&scene->packet, AUTHORITY, "shop.example", 300, 600);
    assert_outcome(read_insecure(scene), CAA_OUTCOME_NODATA);
}

static void records_of_other_owners_classes_and_types_do_not_count(void **state) {
    struct scene *scene = *state;
    begin_response(&scene->packet, usual, "www.shop.example");
    put_caa(&scene->packet, "shop.example", 300, "ca.example");
    put_record(&scene->packet, ANSWER, "www.shop.example", TYPE_A, 300,
               caa_slice_bytes("\300\0\002\001", 4));
    put_soa(&scene->packet, AUTHORITY, "shop.example", 300, 600);
    put_record(&scene->packet, AUTHORITY, "www.shop.example", CAA_TYPE_CAA, 300,
               caa_slice_bytes("\0\005issue;", 8));
    assert_outcome(read_insecure(scene), CAA_OUTCOME_NODATA);
    begin_response(&scene->packet, usual, "www.shop.example");
    put_record_of_class(&scene->packet, ANSWER, "www.shop.example", CAA_TYPE_CAA, CLASS_CH, 300,
                        caa_slice_bytes("\0\005issue;", 8));
    enum caa_outcome outcome = read_insecure(scene)->outcome;
    assert_int_equal(outcome, CAA_OUTCOME_MALFORMED);
}

static void bogus_wins_over_everything_in_the_packet(void **state) {
    static const unsigned flags[] = {QR, 0, QR | AA, QR | TC, QR | SERVFAIL, QR | NXDOMAIN};
    struct scene *scene = *state;
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        begin_response(&scene->packet, flags[i], "www.shop.example");
        put_caa(&scene->packet, "www.shop.example", 300, "ca.example");
        const struct caa_answer *answer = read_as(scene, CAA_SECURITY_BOGUS);
        assert_outcome(answer, CAA_OUTCOME_BOGUS);
        assert_int_equal(answer->security, CAA_SECURITY_BOGUS);
        assert_int_equal(answer->ttl_s, 0);
        assert_string_equal(answer->reason, "signature expired from 192.0.2.1");
    }
    assert_outcome(read_octets(scene, NULL, 0, CAA_SECURITY_BOGUS), CAA_OUTCOME_BOGUS);
    assert_outcome(read_octets(scene, scene->packet.wire, 30, CAA_SECURITY_BOGUS),
                   CAA_OUTCOME_BOGUS);
}

static void the_extended_error_is_kept_with_its_text(void **state) {
    struct scene *scene = *state;
    make_empty(scene, usual | SERVFAIL);
    put_opt(&scene->packet, 0, caa_slice_bytes("\0\017\0\006\0\026none", 10));
    assert_failure(read_insecure(scene), CAA_OUTCOME_SERVFAIL);
    assert_int_equal(scene->answer->ede, 22);
    assert_string_equal(scene->answer->ede_text, "none");
    make_empty(scene, usual | SERVFAIL);
    put_opt(&scene->packet, 0, caa_slice_bytes("\0\017\0\002\0\0", 6));
    assert_int_equal(read_insecure(scene)->ede, 0);
    assert_string_equal(scene->answer->ede_text, "");
}

static void an_extended_error_that_is_too_short_is_none(void **state) {
    struct scene *scene = *state;
    make_empty(scene, usual);
    put_opt(&scene->packet, 0, caa_slice_bytes("\0\017\0\001\0", 5));
    assert_int_equal(read_insecure(scene)->ede, -1);
    make_empty(scene, usual);
    assert_int_equal(read_insecure(scene)->ede, -1);
}

static void a_long_extended_error_text_is_cut(void **state) {
    char option[4 + 2 + 600];
    struct scene *scene = *state;
    memset(option, 'x', sizeof option);
    memcpy(option, "\0\017\002\132\0\027", 6);
    make_empty(scene, usual);
    put_opt(&scene->packet, 0, caa_slice_bytes(option, sizeof option));
    assert_int_equal(read_insecure(scene)->ede, 23);
    assert_int_equal(strlen(scene->answer->ede_text), 255);
}

static void nothing_at_all_is_malformed(void **state) {
    struct scene *scene = *state;
    assert_malformed(read_octets(scene, NULL, 0, CAA_SECURITY_SECURE), "well-formed");
    assert_malformed(read_octets(scene, (const uint8_t *)"", 0, CAA_SECURITY_SECURE),
                     "well-formed");
}

static void a_packet_cut_anywhere_is_a_failure(void **state) {
    struct scene *scene = *state;
    begin_response(&scene->packet, usual, "www.shop.example");
    put_alias(&scene->packet, "www.shop.example", TYPE_CNAME, 60, "www.shop.net");
    put_caa(&scene->packet, "www.shop.net", 300, "ca.example");
    put_soa(&scene->packet, AUTHORITY, "net", 300, 600);
    put_opt(&scene->packet, 0, caa_slice_bytes("\0\017\0\006\0\026none", 10));
    assert_outcome(read_insecure(scene), CAA_OUTCOME_RECORDS);
    for (size_t whole = scene->packet.len; scene->packet.len > 0;) {
        scene->packet.len--;
        assert_malformed(read_as(scene, CAA_SECURITY_SECURE), "well-formed");
        assert_true(scene->packet.len < whole);
    }
}

static void garbage_is_never_an_empty_answer(void **state) {
    struct scene *scene = *state;
    uint32_t random = 1;
    for (int i = 0; i < 20000; i++) {
        begin_response(&scene->packet, usual, "www.shop.example");
        size_t start = scene->packet.len, len = start + (unsigned)i % 64;
        scene->packet.wire[ANSWER + 1] = 1;
        while (scene->packet.len < len) {
            random = random * 1103515245 + 12345;
            put_number(&scene->packet, random >> 16, 1);
        }
        enum caa_outcome outcome = read_insecure(scene)->outcome;
        assert_int_equal(outcome, CAA_OUTCOME_MALFORMED);
    }
}

static void an_overlong_packet_is_malformed(void **state) {
    struct scene *scene = *state;
    make_empty(scene, usual);
    /* Also where 16 bits of its length would be right. */
    size_t lengths[] = {UINT16_MAX + 1u, UINT16_MAX + 1u + scene->packet.len};
    for (size_t i = 0; i < 2; i++)
        assert_malformed(
            read_octets(scene, scene->packet.wire, lengths[i], CAA_SECURITY_SECURE),
            "well-formed");
}

static void a_thousand_and_one_records_are_all_kept(void **state) {
    struct scene *scene = *state;
    char value[32];
    begin_response(&scene->packet, usual, "www.shop.example");
    for (int i = 0; i < 1001; i++) {
        snprintf(value, sizeof value, "ca%d.example", i);
        put_caa(&scene->packet, "www.shop.example", 300, value);
    }
    assert_int_equal(read_insecure(scene)->rdata_count, 1001);
    assert_memory_equal(scene->answer->rdata[1000].ptr + 7, "ca1000.example", 14);
}

/* A response to a question of another type. */
static void begin_other(struct scene *scene, uint16_t type) {
    begin_response(&scene->packet, usual, NULL);
    put_question(&scene->packet, "www.shop.example", type, CLASS_IN);
    scene->type = type;
}

static void that_another_type_is_absent_permits_nothing_and_needs_no_soa(void **state) {
    struct scene *scene = *state;
    begin_other(scene, TYPE_A);
    assert_outcome(read_insecure(scene), CAA_OUTCOME_NODATA);
    assert_int_equal(scene->answer->ttl_s, 0);
    begin_other(scene, TYPE_DS);
    assert_malformed(read_insecure(scene), "without the SOA");
}

static void an_alias_that_was_asked_for_is_not_followed(void **state) {
    struct scene *scene = *state;
    begin_other(scene, TYPE_CNAME);
    put_alias(&scene->packet, "www.shop.example", TYPE_CNAME, 60, "host.net");
    assert_outcome(read_insecure(scene), CAA_OUTCOME_RECORDS);
    assert_int_equal(scene->answer->alias_count, 0);
    begin_other(scene, TYPE_RRSIG);
    put_alias(&scene->packet, "www.shop.example", TYPE_CNAME, 60, "host.net");
    put_record(&scene->packet, ANSWER, "www.shop.example", TYPE_RRSIG, 60,
               caa_slice_bytes((const char[27]){0}, 27)); /* signed by the root */
    assert_outcome(read_insecure(scene), CAA_OUTCOME_RECORDS);
}

static void the_packet_is_kept_where_it_is_wanted_and_no_failure(void **state) {
    struct scene *scene = *state;
    make_empty(scene, usual);
    assert_int_equal(read_insecure(scene)->packet.len, 0);
    scene->keep_packet = true;
    assert_int_equal(read_insecure(scene)->packet.len, scene->packet.len);
    assert_memory_equal(scene->answer->packet.ptr, scene->packet.wire, scene->packet.len);
    assert_int_equal(read_as(scene, CAA_SECURITY_BOGUS)->packet.len, 0);
    begin_response(&scene->packet, usual, "www.shop.example");
    assert_malformed(read_insecure(scene), "without the SOA");
    assert_int_equal(scene->answer->packet.len, 0);
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        SCENE(records_are_kept_as_they_came),
        SCENE(the_lowest_ttl_of_set_and_chain_holds),
        SCENE(owners_compare_without_case),
        SCENE(a_query_is_no_answer),
        SCENE(libunbounds_own_data_is_no_answer),
        SCENE(a_cut_answer_is_truncated_whatever_is_in_it),
        SCENE(a_failing_rcode_wins_over_the_sections),
        SCENE(an_extended_rcode_is_not_read_as_noerror),
        SCENE(the_answer_to_another_question_is_none),
        SCENE(no_question_or_two_are_malformed),
        SCENE(nodata_needs_the_soa_of_an_enclosing_zone),
        SCENE(an_soa_counts_in_the_authority_section_and_in_class_in_only),
        SCENE(a_referral_is_no_denial),
        SCENE(a_denial_lives_as_long_as_soa_and_minimum_allow),
        SCENE(a_secure_denial_without_soa_counts_but_is_not_remembered),
        SCENE(nxdomain_is_an_outcome_of_its_own),
        SCENE(nxdomain_with_records_is_malformed),
        SCENE(nxdomain_behind_an_alias_is_nxdomain),
        SCENE(aliases_are_followed_in_any_order),
        SCENE(a_chain_into_another_zone_needs_that_zones_soa),
        SCENE(a_loop_of_aliases_is_malformed),
        SCENE(a_chain_of_sixteen_is_followed_and_of_seventeen_is_not),
        SCENE(two_aliases_of_one_name_are_malformed),
        SCENE(records_beside_an_alias_are_malformed_not_overlooked),
        SCENE(a_dname_comes_with_the_alias_it_stands_for),
        SCENE(a_dname_without_its_alias_is_no_denial),
        SCENE(a_dname_does_not_redirect_its_owner),
        SCENE(records_of_other_owners_classes_and_types_do_not_count),
        SCENE(bogus_wins_over_everything_in_the_packet),
        SCENE(the_extended_error_is_kept_with_its_text),
        SCENE(an_extended_error_that_is_too_short_is_none),
        SCENE(a_long_extended_error_text_is_cut),
        SCENE(nothing_at_all_is_malformed),
        SCENE(a_packet_cut_anywhere_is_a_failure),
        SCENE(garbage_is_never_an_empty_answer),
        SCENE(an_overlong_packet_is_malformed),
        SCENE(a_thousand_and_one_records_are_all_kept),
        SCENE(that_another_type_is_absent_permits_nothing_and_needs_no_soa),
        SCENE(an_alias_that_was_asked_for_is_not_followed),
        SCENE(the_packet_is_kept_where_it_is_wanted_and_no_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
