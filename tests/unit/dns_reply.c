#include "packet.h"

#include <libknot/libknot.h>

#include "serve/dns_reply.h"

enum { AD = 0x20, CD = 0x10, SECOND = 1000000, OBSERVED_US = 1000 * SECOND };

/* An answer, made from a packet; a query for it; and the reply. */
struct scene {
    struct packet packet;
    struct caa_answer content;
    struct caa_dns_query query;
    int64_t now_us;
    size_t limit;
    struct caa_dns_reply reply;
    uint8_t wire[CAA_DNS_REPLY_OCTETS_MOST];
    knot_pkt_t *read; /* the reply, as a client reads it */
};

static int set_up(void **state) {
    struct scene *scene = calloc(1, sizeof *scene);
    scene->content = (struct caa_answer){.owner = name_of("www.shop.example"),
                                         .type = CAA_TYPE_CAA,
                                         .outcome = CAA_OUTCOME_RECORDS,
                                         .security = CAA_SECURITY_INSECURE,
                                         .ede = -1,
                                         .ttl_s = 3600,
                                         .observed_at_us = OBSERVED_US,
                                         .reason = "",
                                         .ede_text = ""};
    scene->query = (struct caa_dns_query){.id = 0xabcd,
                                          .flags = RD,
                                          .has_question = true,
                                          .name = name_of("wWw.shop.Example"),
                                          .type = CAA_TYPE_CAA,
                                          .class = CLASS_IN,
                                          .has_edns = true};
    scene->now_us = OBSERVED_US;
    scene->limit = 1232;
    *state = scene;
    return 0;
}

static int tear_down(void **state) {
    struct scene *scene = *state;
    knot_pkt_free(scene->read);
    free(scene);
    return 0;
}

/* The query's reply, and what a client makes of it. */
static const knot_pkt_t *reply_to(struct scene *scene) {
    scene->content.packet = caa_slice_bytes(scene->packet.wire, scene->packet.len);
    memset(scene->wire, 0xee, sizeof scene->wire);
    scene->reply = caa_dns_reply_answer(&scene->query, &scene->content, scene->now_us,
                                        scene->wire, scene->limit);
    assert_in_range(scene->reply.len, 12, scene->limit);
    knot_pkt_free(scene->read);
    scene->read = knot_pkt_new(scene->wire, (uint16_t)scene->reply.len, NULL);
    assert_int_equal(knot_pkt_parse(scene->read, KNOT_PF_KEEPWIRE | KNOT_PF_NOCANON), KNOT_EOK);
    assert_int_equal(knot_wire_get_id(scene->wire), 0xabcd);
    assert_int_equal(knot_wire_get_qr(scene->wire), 0x80);
    assert_int_equal(knot_wire_get_aa(scene->wire), 0);
    assert_true(knot_wire_get_ra(scene->wire) != 0);
    assert_memory_equal(scene->wire + 12, scene->query.name.wire, scene->query.name.len);
    assert_int_equal(knot_pkt_has_edns(scene->read), scene->query.has_edns);
    assert_int_equal(knot_pkt_has_dnssec(scene->read), scene->query.dnssec_ok);
    return scene->read;
}

static uint16_t count_of(const knot_pkt_t *packet, knot_section_t section) {
    return knot_pkt_section(packet, section)->count;
}

static const knot_rrset_t *record_of(const knot_pkt_t *packet, knot_section_t section,
                                     uint16_t at) {
    assert_true(at < count_of(packet, section));
    return knot_pkt_rr(knot_pkt_section(packet, section), at);
}

static void put_signature(struct packet *packet, enum section section, const char *owner,
                          uint16_t covered, uint32_t ttl_s) {
    const char rdata[27] = {(char)(covered >> 8), (char)covered};
    put_record(packet, section, owner, TYPE_RRSIG, ttl_s, caa_slice_bytes(rdata, sizeof rdata));
}

/* One CAA record with its signature. */
static void make_records(struct scene *scene) {
    begin_response(&scene->packet, QR | RD | RA, "www.shop.example");
    put_caa(&scene->packet, "www.shop.example", 3600, "ca.example");
    put_signature(&scene->packet, ANSWER, "www.shop.example", CAA_TYPE_CAA, 3600);
}

/* NODATA or NXDOMAIN, with what proves it. */
static void make_denial(struct scene *scene, unsigned rcode) {
    const char nsec[] = "\7example\0\0\1\100"; /* the next name, and a bit map: A */
    begin_response(&scene->packet, QR | RD | RA | rcode, "www.shop.example");
    put_soa(&scene->packet, AUTHORITY, "shop.example", 900, 600);
    put_signature(&scene->packet, AUTHORITY, "shop.example", TYPE_SOA, 900);
    put_record(&scene->packet, AUTHORITY, "shop.example", KNOT_RRTYPE_NSEC, 900,
               caa_slice_bytes(nsec, sizeof nsec - 1));
    put_signature(&scene->packet, AUTHORITY, "shop.example", KNOT_RRTYPE_NSEC, 900);
    scene->content.outcome = rcode == 3 ? CAA_OUTCOME_NXDOMAIN : CAA_OUTCOME_NODATA;
    scene->content.ttl_s = 600;
}

static void records_come_under_the_name_as_it_was_asked(void **state) {
    struct scene *scene = *state;
    make_records(scene);
    const knot_pkt_t *reply = reply_to(scene);
    const knot_rrset_t *rr = record_of(reply, KNOT_ANSWER, 0);
    assert_int_equal(rr->type, CAA_TYPE_CAA);
    assert_memory_equal(rr->owner, scene->query.name.wire, scene->query.name.len);
    assert_memory_equal(rr->rrs.rdata->data, "\0\5issueca.example", 17);
    assert_int_equal(scene->reply.rcode, 0);
    assert_false(scene->reply.truncated);
}

static void signatures_come_with_do_only(void **state) {
    struct scene *scene = *state;
    make_records(scene);
    assert_int_equal(count_of(reply_to(scene), KNOT_ANSWER), 1);
    scene->query.dnssec_ok = true;
    assert_int_equal(count_of(reply_to(scene), KNOT_ANSWER), 2);
    make_denial(scene, 3);
    assert_int_equal(count_of(reply_to(scene), KNOT_AUTHORITY), 4);
    scene->query.dnssec_ok = false;
    assert_int_equal(count_of(reply_to(scene), KNOT_AUTHORITY), 1);
    assert_int_equal(record_of(scene->read, KNOT_AUTHORITY, 0)->type, TYPE_SOA);
    assert_int_equal(scene->reply.rcode, KNOT_RCODE_NXDOMAIN);
}

static void signatures_that_were_asked_for_come_always(void **state) {
    struct scene *scene = *state;
    scene->query.type = TYPE_RRSIG;
    make_records(scene);
    const knot_pkt_t *reply = reply_to(scene);
    assert_int_equal(count_of(reply, KNOT_ANSWER), 2);
    scene->query.type = KNOT_RRTYPE_NSEC; /* in the answer, that is: not in a denial */
    make_denial(scene, 0);
    assert_int_equal(count_of(reply_to(scene), KNOT_AUTHORITY), 1);
}

static void ad_is_for_secure_answers_and_for_who_asks(void **state) {
    struct scene *scene = *state;
    make_records(scene);
    for (int bits = 0; bits < 8; bits++) {
        bool secure = (bits & 1) != 0, ad = (bits & 2) != 0, dnssec_ok = (bits & 4) != 0;
        scene->content.security = secure ? CAA_SECURITY_SECURE : CAA_SECURITY_INSECURE;
        scene->query.flags = RD | (ad ? AD : 0);
        scene->query.dnssec_ok = dnssec_ok;
        reply_to(scene);
        assert_int_equal(knot_wire_get_ad(scene->wire) != 0, secure && (ad || dnssec_ok));
        assert_int_equal(scene->reply.authenticated, secure && (ad || dnssec_ok));
    }
    make_denial(scene, 0);
    scene->content.security = CAA_SECURITY_SECURE;
    reply_to(scene);
    assert_true(scene->reply.authenticated);
}

static void cd_is_echoed_and_changes_nothing(void **state) {
    struct scene *scene = *state;
    scene->query.flags = RD | CD;
    make_records(scene);
    reply_to(scene);
    assert_true(knot_wire_get_cd(scene->wire) != 0);
    scene->content.outcome = CAA_OUTCOME_BOGUS;
    scene->content.security = CAA_SECURITY_BOGUS;
    scene->query.dnssec_ok = true;
    reply_to(scene);
    assert_true(knot_wire_get_cd(scene->wire) != 0);
    assert_int_equal(scene->reply.rcode, KNOT_RCODE_SERVFAIL);
    assert_int_equal(count_of(scene->read, KNOT_ANSWER), 0);
    assert_false(scene->reply.authenticated);
}

static void what_is_not_sound_or_has_no_packet_is_servfail(void **state) {
    struct scene *scene = *state;
    scene->query.dnssec_ok = true;
    make_records(scene);
    for (enum caa_outcome outcome = 0; outcome < CAA_OUTCOME_COUNT; outcome++)
        for (enum caa_security security = 0; security <= CAA_SECURITY_BOGUS; security++) {
            scene->content.outcome = outcome;
            scene->content.security = security;
            reply_to(scene);
            bool sound = caa_answer_is_sound(&scene->content);
            assert_int_equal(scene->reply.rcode, sound ? 0 : KNOT_RCODE_SERVFAIL);
            assert_int_equal(count_of(scene->read, KNOT_ANSWER), sound ? 2 : 0);
            assert_int_equal(knot_pkt_edns_option(scene->read, KNOT_EDNS_OPTION_EDE) != NULL,
                             !sound);
            assert_true(sound || scene->reply.max_age_s == 0);
        }
    scene->content.outcome = CAA_OUTCOME_RECORDS;
    scene->content.security = CAA_SECURITY_SECURE;
    scene->packet.len = 0;
    reply_to(scene);
    assert_int_equal(scene->reply.rcode, KNOT_RCODE_SERVFAIL);
}

static void a_failure_says_why_in_its_first_option(void **state) {
    struct scene *scene = *state;
    scene->content.outcome = CAA_OUTCOME_NETWORK;
    scene->content.security = CAA_SECURITY_INDETERMINATE;
    scene->content.reason = "no route";
    reply_to(scene);
    const uint8_t *options = scene->read->opt_rr->rrs.rdata->data;
    assert_int_equal(knot_edns_opt_get_code(options), KNOT_EDNS_OPTION_EDE);
    assert_memory_equal(options + 4, "\0\27www.shop.example: network failure: no route", 43);
    scene->query.has_edns = false;
    reply_to(scene);
    assert_int_equal(scene->reply.len, 12 + 18 + 4);
}

static void ttls_count_down(void **state) {
    struct scene *scene = *state;
    make_records(scene);
    scene->query.dnssec_ok = true;
    scene->now_us = OBSERVED_US + 10 * SECOND + SECOND / 2;
    reply_to(scene);
    for (uint16_t i = 0; i < 2; i++)
        assert_int_equal(record_of(scene->read, KNOT_ANSWER, i)->ttl, 3590);
    assert_int_equal(scene->reply.max_age_s, 3590);
    scene->now_us = OBSERVED_US + (int64_t)4000 * SECOND;
    assert_int_equal(record_of(reply_to(scene), KNOT_ANSWER, 0)->ttl, 0);
    scene->now_us = OBSERVED_US - (int64_t)4000 * SECOND; /* the wall clock was set back */
    assert_int_equal(record_of(reply_to(scene), KNOT_ANSWER, 0)->ttl, 3600);
}

static void no_ttl_outlives_what_the_cache_keeps(void **state) {
    struct scene *scene = *state;
    make_records(scene);
    scene->content.ttl_s = 7; /* what a cache says is left */
    assert_int_equal(record_of(reply_to(scene), KNOT_ANSWER, 0)->ttl, 7);
    assert_int_equal(scene->reply.max_age_s, 7);
    scene->content.ttl_s = 3600;
    scene->content.rescued = true;
    assert_int_equal(record_of(reply_to(scene), KNOT_ANSWER, 0)->ttl, 60);
    make_denial(scene, 0);
    scene->content.rescued = false;
    assert_int_equal(record_of(reply_to(scene), KNOT_AUTHORITY, 0)->ttl, 600);
    assert_int_equal(scene->reply.max_age_s, 600);
    scene->content.ttl_s = 0;
    assert_int_equal(record_of(reply_to(scene), KNOT_AUTHORITY, 0)->ttl, 0);
}

static void what_does_not_fit_is_cut_to_nothing_and_says_so(void **state) {
    struct scene *scene = *state;
    begin_response(&scene->packet, QR | RD | RA, "www.shop.example");
    for (int i = 0; i < 100; i++) put_caa(&scene->packet, "www.shop.example", 60, "ca.example");
    scene->content.security = CAA_SECURITY_SECURE;
    scene->query.dnssec_ok = true;
    for (scene->limit = 512; scene->limit < 2000; scene->limit += 148) {
        reply_to(scene);
        assert_true(scene->reply.truncated && knot_wire_get_tc(scene->wire) != 0);
        assert_int_equal(count_of(scene->read, KNOT_ANSWER), 0);
        assert_true(scene->reply.authenticated && scene->reply.max_age_s == 0);
    }
    scene->limit = CAA_DNS_REPLY_OCTETS_MOST;
    assert_int_equal(count_of(reply_to(scene), KNOT_ANSWER), 100);
    assert_false(scene->reply.truncated);
    /* Just enough, and one octet less. */
    scene->limit = scene->reply.len;
    reply_to(scene);
    assert_false(scene->reply.truncated);
    scene->limit--;
    reply_to(scene);
    assert_true(scene->reply.truncated);
}

static void aliases_come_in_their_order(void **state) {
    struct scene *scene = *state;
    begin_response(&scene->packet, QR | RD | RA, "www.shop.example");
    put_alias(&scene->packet, "www.shop.example", TYPE_CNAME, 60, "a.example");
    put_alias(&scene->packet, "a.example", TYPE_CNAME, 60, "b.net");
    put_caa(&scene->packet, "b.net", 60, "ca.example");
    const struct caa_name aliases[] = {name_of("a.example"), name_of("b.net")};
    scene->content.aliases = aliases;
    scene->content.alias_count = 2;
    const knot_pkt_t *reply = reply_to(scene);
    assert_int_equal(count_of(reply, KNOT_ANSWER), 3);
    assert_int_equal(record_of(reply, KNOT_ANSWER, 1)->type, TYPE_CNAME);
    assert_memory_equal(record_of(reply, KNOT_ANSWER, 2)->owner, "\1b\3net", 7);
}

/* What a process that was taken over might put in for others to remember. */
static void put_baggage(struct packet *packet, enum section section) {
    static const struct {
        uint16_t type;
        char rdata[5]; /* four octets of it */
    } sets[] = {{TYPE_A, "abcd"}, {KNOT_RRTYPE_NS, "\2ab"}, {CAA_TYPE_CAA, "\0\1ab"}};
    static const char *const owners[] = {"www.shop.example", "shop.example", "bank.example"};
    for (size_t set = 0; set < 3; set++)
        for (size_t owner = 0; owner < 3; owner++) {
            if (section == ANSWER && sets[set].type == CAA_TYPE_CAA && owner == 0) continue;
            put_record(packet, section, owners[owner], sets[set].type, 60,
                       caa_slice_bytes(sets[set].rdata, 4));
            put_signature(packet, section, owners[owner], sets[set].type, 60);
        }
    put_soa(packet, section, "bank.example", 60, 60);
}

static void what_nobody_asked_for_is_left_out(void **state) {
    struct scene *scene = *state;
    scene->query.dnssec_ok = true;
    make_records(scene);
    put_baggage(&scene->packet, ANSWER);
    put_baggage(&scene->packet, AUTHORITY);
    put_baggage(&scene->packet, ADDITIONAL);
    const knot_pkt_t *reply = reply_to(scene);
    assert_int_equal(count_of(reply, KNOT_ANSWER), 2);
    assert_int_equal(record_of(reply, KNOT_ANSWER, 0)->type, CAA_TYPE_CAA);
    assert_int_equal(count_of(reply, KNOT_AUTHORITY), 0);
    assert_int_equal(count_of(reply, KNOT_ADDITIONAL), 1); /* the OPT */
    make_denial(scene, 3);
    put_baggage(&scene->packet, AUTHORITY);
    put_baggage(&scene->packet, ADDITIONAL);
    reply = reply_to(scene);
    assert_int_equal(count_of(reply, KNOT_AUTHORITY), 4);
    assert_int_equal(count_of(reply, KNOT_ADDITIONAL), 1);
}

static void who_asks_for_servers_gets_their_addresses_and_no_others(void **state) {
    struct scene *scene = *state;
    scene->content.owner = name_of("shop.example");
    scene->content.type = scene->query.type = KNOT_RRTYPE_NS;
    scene->query.name = name_of("shop.example");
    begin_response(&scene->packet, QR | RD | RA, "shop.example");
    put_record(&scene->packet, ANSWER, "shop.example", KNOT_RRTYPE_NS, 60,
               caa_slice_bytes("\3ns1\4shop\7example", 18));
    put_record(&scene->packet, ADDITIONAL, "ns1.shop.example", TYPE_A, 60,
               caa_slice_of("abcd"));
    put_record(&scene->packet, ADDITIONAL, "bank.example", TYPE_A, 60, caa_slice_of("abcd"));
    put_record(&scene->packet, ADDITIONAL, "ns1.shop.example", CAA_TYPE_CAA, 60,
               caa_slice_bytes("\0\1ab", 4));
    const knot_pkt_t *reply = reply_to(scene);
    assert_int_equal(count_of(reply, KNOT_ADDITIONAL), 1 + 1); /* and the OPT */
    assert_int_equal(record_of(reply, KNOT_ADDITIONAL, 0)->type, TYPE_A);
    scene->limit = scene->reply.len - 1; /* that they have no room is no truncation */
    assert_int_equal(count_of(reply_to(scene), KNOT_ADDITIONAL), 1);
    assert_int_equal(count_of(scene->read, KNOT_ANSWER), 1);
    assert_false(scene->reply.truncated);
}

static void a_dname_comes_from_above_and_the_soa_from_where_it_leads(void **state) {
    struct scene *scene = *state;
    static struct caa_name target;
    target = name_of("www.other.net");
    scene->content.aliases = &target;
    scene->content.alias_count = 1;
    scene->content.outcome = CAA_OUTCOME_NODATA;
    begin_response(&scene->packet, QR | RD | RA, "www.shop.example");
    put_alias(&scene->packet, "shop.example", KNOT_RRTYPE_DNAME, 60, "other.net");
    put_alias(&scene->packet, "www.shop.example", TYPE_CNAME, 60, "www.other.net");
    put_alias(&scene->packet, "bank.example", KNOT_RRTYPE_DNAME, 60, "evil.net");
    put_alias(&scene->packet, "www.bank.example", TYPE_CNAME, 60, "www.evil.net");
    put_soa(&scene->packet, AUTHORITY, "other.net", 60, 60);
    put_soa(&scene->packet, AUTHORITY, "evil.net", 60, 60);
    const knot_pkt_t *reply = reply_to(scene);
    assert_int_equal(count_of(reply, KNOT_ANSWER), 2);
    assert_int_equal(count_of(reply, KNOT_AUTHORITY), 1);
}

static void without_edns_there_is_no_opt(void **state) {
    struct scene *scene = *state;
    make_records(scene);
    scene->query.has_edns = false;
    reply_to(scene);
    assert_int_equal(scene->reply.len, 12 + 22 + 2 + 10 + 17);
}

static void the_largest_name_has_room_for_its_failure(void **state) {
    struct scene *scene = *state;
    char text[256];
    memset(text, 'a', sizeof text);
    for (size_t i = 63; i < 253; i += 64) text[i] = '.';
    text[253] = '\0';
    scene->query.name = scene->content.owner = name_of(text);
    scene->content.outcome = CAA_OUTCOME_SERVFAIL;
    char reason[600];
    memset(reason, 'x', sizeof reason);
    reason[sizeof reason - 1] = '\0';
    scene->content.reason = reason;
    reply_to(scene);
    assert_int_equal(scene->reply.rcode, KNOT_RCODE_SERVFAIL);
    assert_non_null(knot_pkt_edns_option(scene->read, KNOT_EDNS_OPTION_EDE));
    scene->limit = 512; /* where it does not fit, the failure itself does */
    reply_to(scene);
    assert_int_equal(scene->reply.rcode, KNOT_RCODE_SERVFAIL);
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        SCENE(records_come_under_the_name_as_it_was_asked),
        SCENE(signatures_come_with_do_only),
        SCENE(signatures_that_were_asked_for_come_always),
        SCENE(ad_is_for_secure_answers_and_for_who_asks),
        SCENE(cd_is_echoed_and_changes_nothing),
        SCENE(what_is_not_sound_or_has_no_packet_is_servfail),
        SCENE(a_failure_says_why_in_its_first_option),
        SCENE(ttls_count_down),
        SCENE(no_ttl_outlives_what_the_cache_keeps),
        SCENE(what_does_not_fit_is_cut_to_nothing_and_says_so),
        SCENE(aliases_come_in_their_order),
        SCENE(what_nobody_asked_for_is_left_out),
        SCENE(who_asks_for_servers_gets_their_addresses_and_no_others),
        SCENE(a_dname_comes_from_above_and_the_soa_from_where_it_leads),
        SCENE(without_edns_there_is_no_opt),
        SCENE(the_largest_name_has_room_for_its_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
