/* A small world as a survey would have observed it: net, and below it shop.net with two
   servers, both unsigned and in order, until a test spoils something. */
#ifndef CAA_TESTS_UNIT_SURVEY_H
#define CAA_TESTS_UNIT_SURVEY_H

#include "packet.h"

#include "check/check.h"
#include "diagnose/diagnosis.h"
#include "diagnose/plan.h"
#include "probe/draft.h"
#include "probe/reply.h"

enum { TYPE_NS = 2, TYPE_DNSKEY = 48 };
enum { WORLD_LEVELS = 3, WORLD_OCTETS = 8 << 20 };

static const int64_t world_now_us = 1800000000LL * 1000000;

struct world {
    struct caa_draft draft;
    struct caa_survey survey;
    struct caa_path_zone *net, *shop;
    struct caa_name names[WORLD_LEVELS]; /* www.shop.net, shop.net, net */
    const struct caa_answer *answers[WORLD_LEVELS];
    struct caa_level levels[WORLD_LEVELS];
    struct caa_check_result check;
    struct caa_slice issuer;
    struct caa_arena *arena; /* of the diagnosis */
    struct caa_diagnosis diagnosis;
};

static inline struct caa_address world_address(const char *text) {
    struct caa_address address;
    assert_true(caa_address_from_text(&address, text, 53));
    return address;
}

/* An address of a name server that both parent and zone name, in good order. */
static inline struct caa_path_server *add_server(struct world *world,
                                                 struct caa_path_zone *zone,
                                                 const char *ns_text, const char *text) {
    struct caa_name name = name_of(ns_text);
    struct caa_address address = world_address(text);
    struct caa_path_ns *ns = caa_draft_ns(&world->draft, zone, &name);
    struct caa_path_server *server =
        caa_draft_server(&world->draft, zone, ns, &address, CAA_ORIGIN_GLUE);
    ns->in_parent = ns->in_child = true;
    ns->glue4 |= address.family == 4;
    ns->glue6 |= address.family == 6;
    server->state = server->udp_state = CAA_SERVER_OK;
    return server;
}

/* One that nothing came from, at an address of that number. */
static inline void add_dead_server(struct world *world, int number) {
    char address[16], ns[] = "ns7.shop.net";
    struct caa_exchange exchange = {
        .result = CAA_EXCHANGE_TIMEOUT, .reason = "", .said.ede = -1, .round_trip_us = 1400000};
    ns[2] = (char)(ns[2] + number % 3);
    snprintf(address, sizeof address, "192.0.3.%d", number);
    struct caa_path_server *server = add_server(world, world->shop, ns, address);
    server->udp = caa_draft_exchange(&world->draft, &exchange);
    exchange.transport = CAA_TRANSPORT_TCP;
    exchange.round_trip_us = 3000000;
    server->tcp = caa_draft_exchange(&world->draft, &exchange);
    server->state = server->udp_state = server->tcp_state = CAA_SERVER_SILENT;
}

/* --- what a server says */

static inline const struct caa_exchange *exchange_of(struct world *world,
                                                     const struct packet *packet,
                                                     enum caa_survey_question question) {
    struct caa_exchange exchange = {.result = CAA_EXCHANGE_RESPONSE,
                                    .transport = caa_survey_question_is_tcp(question)
                                                     ? CAA_TRANSPORT_TCP
                                                     : CAA_TRANSPORT_UDP,
                                    .type = caa_survey_question_type(question),
                                    .edns = caa_survey_question_has_edns(question),
                                    .name = name_of("shop.net"),
                                    .sent_at_us = world_now_us,
                                    .reason = "",
                                    .packet = packet->wire,
                                    .packet_octets = packet->len,
                                    .size = packet->len};
    caa_packet_read(&exchange.said, packet->wire, packet->len);
    assert_null(exchange.said.malformed);
    world->draft.packet_octets_most = UINT16_MAX;
    return caa_draft_exchange(&world->draft, &exchange);
}

static inline void say(struct world *world, const struct caa_survey_zone *zone,
                       struct caa_survey_item *item, const struct packet *packet) {
    static struct caa_reply reply; /* too large for a stack */
    struct caa_question question = {.name = item->name,
                                    .type = caa_survey_question_type(item->question)};
    item->exchange = exchange_of(world, packet, item->question);
    caa_reply_read(&reply, item->exchange, &zone->zone->name, &question, 53);
    item->state = reply.state;
    caa_facts_read(&item->facts, item->exchange);
}

/* Nothing came, or the network said `error`. */
static inline void say_nothing(struct world *world, struct caa_survey_item *item, int error) {
    struct caa_exchange exchange = {
        .result = error == 0 ? CAA_EXCHANGE_TIMEOUT : CAA_EXCHANGE_NETWORK,
        .error = error,
        .transport =
            caa_survey_question_is_tcp(item->question) ? CAA_TRANSPORT_TCP : CAA_TRANSPORT_UDP,
        .type = caa_survey_question_type(item->question),
        .name = item->name,
        .round_trip_us = 1500000,
        .sent_at_us = world_now_us,
        .reason = "",
        .said = {.ede = -1}};
    item->exchange = caa_draft_exchange(&world->draft, &exchange);
    item->state = CAA_SERVER_SILENT;
    memset(&item->facts, 0, sizeof item->facts);
}

static inline void begin_answer(struct packet *packet, const struct caa_survey_item *item,
                                unsigned flags) {
    char name[CAA_NAME_TEXT_MAX];
    caa_name_to_text(&item->name, name);
    begin_response(packet, flags, name);
}

/* Closes what begin_answer began: with OPT, as was asked. */
static inline void end_answer(struct packet *packet, const struct caa_survey_item *item) {
    if (caa_survey_question_has_edns(item->question)) put_opt(packet, 0, caa_slice_of(""));
}

/* Data where there is some, else NODATA with the SOA. */
static inline void put_good_answer(struct packet *packet, const struct caa_survey_zone *zone,
                                   const struct caa_survey_item *item) {
    char name[CAA_NAME_TEXT_MAX];
    caa_name_to_text(&zone->zone->name, name);
    begin_answer(packet, item, QR | AA);
    if (caa_survey_question_type(item->question) == TYPE_SOA) {
        put_soa(packet, ANSWER, name, 900, 900);
    } else if (item->question == CAA_SURVEY_NS) {
        for (const struct caa_path_ns *ns = zone->zone->ns; ns != NULL; ns = ns->next)
            put_record(packet, ANSWER, name, TYPE_NS, 900,
                       caa_slice_bytes(ns->name.wire, ns->name.len));
    } else {
        put_soa(packet, AUTHORITY, name, 900, 900);
    }
    end_answer(packet, item);
}

static struct packet world_packet; /* too large for a stack */

static inline void make_good(struct world *world, struct caa_survey_zone *zone) {
    for (struct caa_survey_server *at = zone->servers; at != NULL; at = at->next)
        for (struct caa_survey_item *item = at->items; item != NULL; item = item->next) {
            put_good_answer(&world_packet, zone, item);
            say(world, zone, item, &world_packet);
        }
}

/* --- the world */

static inline struct world *world_new(void) {
    struct world *world = calloc(1, sizeof *world);
    const char *const names[] = {"www.shop.net", "shop.net", "net"};
    struct caa_name net = name_of("net"), shop = name_of("shop.net");
    bool is_new;
    world->draft = (struct caa_draft){.arena = caa_arena_new(WORLD_OCTETS),
                                      .zones_most = 8,
                                      .servers_most = 16,
                                      .packet_octets_most = UINT16_MAX};
    world->arena = caa_arena_new(WORLD_OCTETS);
    world->net = caa_draft_zone(&world->draft, NULL, &net, &is_new);
    world->shop = caa_draft_zone(&world->draft, world->net, &shop, &is_new);
    world->net->child_ns_seen = world->shop->child_ns_seen = true;
    world->net->denial_seen = world->shop->denial_seen = true;
    add_server(world, world->net, "a.gtld-servers.net", "192.0.2.1");
    add_server(world, world->net, "a.gtld-servers.net", "2001:db8:1::1");
    add_server(world, world->net, "b.gtld-servers.net", "198.51.100.2");
    add_server(world, world->shop, "ns1.shop.net", "192.0.2.11");
    add_server(world, world->shop, "ns1.shop.net", "2001:db8:2::11");
    add_server(world, world->shop, "ns2.shop.net", "203.0.113.12");
    world->draft.path.done = true;
    world->draft.path.name = name_of("www.shop.net");
    world->issuer = caa_slice_of("ca.example");
    for (size_t i = 0; i < WORLD_LEVELS; i++) world->names[i] = name_of(names[i]);
    return world;
}

/* To be called when all servers are there. */
static inline void plan(struct world *world) {
    world->survey.paths[world->survey.path_count++] = &world->draft.path;
    for (const struct caa_path_zone *at = world->draft.path.zones; at != NULL; at = at->next) {
        struct caa_survey_zone *zone =
            caa_plan_zone(&world->survey, world->draft.arena, &world->draft.path, at, true);
        assert_non_null(zone);
        make_good(world, zone);
    }
}

static inline struct caa_survey_zone *zone_at(struct world *world, const char *name) {
    struct caa_name wanted = name_of(name);
    struct caa_survey_zone *at = world->survey.zones;
    while (at != NULL && !caa_name_equal(&at->zone->name, &wanted)) at = at->next;
    assert_non_null(at);
    return at;
}

static inline struct caa_survey_server *server_at(struct world *world, const char *zone,
                                                  size_t index) {
    struct caa_survey_server *at = zone_at(world, zone)->servers;
    while (index-- > 0) at = at->next;
    assert_non_null(at);
    return at;
}

/* --- spoiling it */

/* What the server at `index` says to `question`, or to all, is empty but for the flags. */
static inline void spoil(struct world *world, const char *zone, size_t index,
                         enum caa_survey_question question, unsigned flags) {
    struct caa_survey_server *server = server_at(world, zone, index);
    for (struct caa_survey_item *item = server->items; item != NULL; item = item->next) {
        if (question != CAA_SURVEY_QUESTION_COUNT && item->question != question) continue;
        begin_answer(&world_packet, item, flags);
        end_answer(&world_packet, item);
        say(world, zone_at(world, zone), item, &world_packet);
    }
}

static inline void mute(struct world *world, const char *zone, size_t index,
                        enum caa_survey_question question, int error) {
    struct caa_survey_server *server = server_at(world, zone, index);
    for (struct caa_survey_item *item = server->items; item != NULL; item = item->next)
        if (question == CAA_SURVEY_QUESTION_COUNT || item->question == question)
            say_nothing(world, item, error);
}

static inline void put_signature(struct packet *packet, enum section section, const char *owner,
                                 uint16_t covered, int64_t from_s, int64_t to_s) {
    static struct packet rdata;
    uint32_t now_s = (uint32_t)(world_now_us / 1000000);
    memset(&rdata, 0, sizeof rdata);
    put_number(&rdata, covered, 2);
    put_number(&rdata, 13 << 8 | 2, 2);
    put_number(&rdata, 900, 4);
    put_number(&rdata, (uint32_t)(now_s + to_s), 4);
    put_number(&rdata, (uint32_t)(now_s + from_s), 4);
    put_number(&rdata, 4711, 2);
    put_name(&rdata, owner);
    put_octets(&rdata, "signature", 9);
    put_record(packet, section, owner, TYPE_RRSIG, 60, caa_slice_bytes(rdata.wire, rdata.len));
}

static const char some_key[] = "\x01\x01\x03\x0d"
                               "0123456789012345678901234567890123456789";

/* All answers of the zone are an SOA, and for DNSKEY a key, signed so. */
static inline void sign(struct world *world, int64_t from_s, int64_t to_s) {
    struct caa_survey_zone *zone = zone_at(world, "shop.net");
    for (struct caa_survey_server *at = zone->servers; at != NULL; at = at->next)
        for (struct caa_survey_item *item = at->items; item != NULL; item = item->next) {
            bool key = item->question == CAA_SURVEY_DNSKEY;
            begin_answer(&world_packet, item, QR | AA);
            if (key)
                put_record(&world_packet, ANSWER, "shop.net", TYPE_DNSKEY, 60,
                           caa_slice_bytes(some_key, 44));
            else
                put_soa(&world_packet, ANSWER, "shop.net", 900, 900);
            put_signature(&world_packet, ANSWER, "shop.net", key ? TYPE_DNSKEY : TYPE_SOA,
                          from_s, to_s);
            end_answer(&world_packet, item);
            say(world, zone, item, &world_packet);
        }
}

/* --- the check */

/* What the lookup of level 0, 1 or 2 came to; `value` is of one issue record. */
static inline void answer_level(struct world *world, size_t level, enum caa_outcome outcome,
                                const char *value, const struct caa_evidence *evidence) {
    char rdata[256] = "\0\005issue";
    if (value != NULL) memcpy(rdata + 7, value, strlen(value));
    struct caa_slice record = {rdata, 7 + caa_slice_of(value).len};
    struct caa_answer content = {.owner = world->names[level],
                                 .type = CAA_TYPE_CAA,
                                 .outcome = outcome,
                                 .security = outcome == CAA_OUTCOME_BOGUS ? CAA_SECURITY_BOGUS
                                             : outcome <= CAA_OUTCOME_NXDOMAIN
                                                 ? CAA_SECURITY_INSECURE
                                                 : CAA_SECURITY_INDETERMINATE,
                                 .ede = -1,
                                 .rdata_count = outcome == CAA_OUTCOME_RECORDS,
                                 .rdata = &record,
                                 .rescued = evidence != NULL && outcome <= CAA_OUTCOME_NXDOMAIN,
                                 .evidence = evidence};
    caa_answer_release(world->answers[level]);
    world->answers[level] = caa_answer_new(&content);
}

static inline const struct caa_evidence *evidence_of(const char *zone, enum caa_failure failure,
                                                     enum caa_fault fault) {
    struct caa_evidence_item item = {.zone = name_of(zone),
                                     .server = name_of("a.gtld-servers.net"),
                                     .address = "192.0.2.1",
                                     .failure = failure,
                                     .ede = -1};
    struct caa_evidence content = {.zone = name_of(zone),
                                   .failure = failure,
                                   .fault = fault,
                                   .retry_why = "",
                                   .reason = "",
                                   .item_count = 1,
                                   .items = &item};
    return caa_evidence_new(&content);
}

static inline void fail_level(struct world *world, size_t level, enum caa_outcome outcome,
                              const char *zone, enum caa_failure failure,
                              enum caa_fault fault) {
    const struct caa_evidence *evidence = evidence_of(zone, failure, fault);
    answer_level(world, level, outcome, NULL, evidence);
    caa_evidence_release(evidence);
}

static inline void decide(struct world *world) {
    struct caa_check_result *check = &world->check;
    check->request = (struct caa_request){.name = world->names[0],
                                          .issuer_domain_names = &world->issuer,
                                          .issuer_domain_name_count = 1};
    for (size_t i = 0; i < WORLD_LEVELS; i++) {
        if (world->answers[i] == NULL) answer_level(world, i, CAA_OUTCOME_NODATA, NULL, NULL);
        world->levels[i] =
            (struct caa_level){.name = &world->names[i], .answer = world->answers[i]};
    }
    caa_decide(&check->decision, &check->request, world->answers, WORLD_LEVELS);
    assert_true(check->decision.decided);
    check->levels = world->levels;
    check->level_count = WORLD_LEVELS;
}

static inline void diagnose(struct world *world) {
    decide(world);
    assert_int_equal(caa_diagnosis_make(&world->diagnosis, world->arena, &world->check,
                                        &world->survey, world_now_us),
                     CAA_OK);
}

static inline void world_free(struct world *world) {
    for (size_t i = 0; i < WORLD_LEVELS; i++) caa_answer_release(world->answers[i]);
    for (struct caa_survey_zone *zone = world->survey.zones; zone != NULL; zone = zone->next)
        for (struct caa_survey_host *host = zone->hosts; host != NULL; host = host->next) {
            caa_answer_release(host->answers[0]);
            caa_answer_release(host->answers[1]);
        }
    caa_arena_free(world->draft.arena);
    caa_arena_free(world->arena);
    free(world);
}

static inline const struct caa_diagnosis_finding *found(const struct world *world,
                                                        enum caa_diagnosis_code code) {
    const struct caa_diagnosis_finding *at = world->diagnosis.findings;
    while (at != NULL && at->code != code) at = at->next;
    return at;
}

#endif
