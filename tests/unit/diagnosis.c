#include "survey.h"

#include <errno.h>

static int set_up(void **state) {
    *state = world_new();
    return 0;
}

static int tear_down(void **state) {
    world_free(*state);
    return 0;
}

/* Which findings any test of this program has seen. */
static bool seen[CAA_DIAGNOSIS_CODE_COUNT];

static const struct caa_diagnosis_finding *must_find(const struct world *world,
                                                     enum caa_diagnosis_code code) {
    const struct caa_diagnosis_finding *finding = found(world, code);
    if (finding == NULL) fail_msg("no finding %s", caa_diagnosis_code_text(code));
    assert_true(finding->text[0] != '\0');
    assert_true(finding->why[0] != '\0' || finding->bearing == CAA_DIAGNOSIS_ADVICE);
    seen[code] = true;
    return finding;
}

static void must_bear(const struct world *world, enum caa_diagnosis_code code,
                      enum caa_diagnosis_bearing bearing) {
    assert_int_equal(must_find(world, code)->bearing, bearing);
}

static void must_not_find(const struct world *world, enum caa_diagnosis_code code) {
    if (found(world, code) != NULL) fail_msg("found %s", caa_diagnosis_code_text(code));
}

/* --- in order */

static void where_nothing_fails_all_is_advice(void **state) {
    struct world *world = *state;
    plan(world);
    diagnose(world);
    assert_int_equal(world->diagnosis.state, CAA_DIAGNOSIS_HEALTHY);
    assert_null(world->diagnosis.level);
    must_bear(world, CAA_DIAGNOSIS_NEEDS_FARTHER, CAA_DIAGNOSIS_ADVICE);
    assert_int_equal(world->diagnosis.finding_count, 1);
}

static void a_record_nearby_needs_no_farther_zone(void **state) {
    struct world *world = *state;
    plan(world);
    answer_level(world, 1, CAA_OUTCOME_RECORDS, "ca.example", NULL);
    diagnose(world);
    assert_int_equal(world->diagnosis.finding_count, 0);
}

/* --- what one server does */

#define EVERYTHING CAA_SURVEY_QUESTION_COUNT

static void a_server_that_never_answers_is_silent(void **state) {
    struct world *world = *state;
    plan(world);
    mute(world, "shop.net", 2, EVERYTHING, 0);
    diagnose(world);
    const struct caa_diagnosis_finding *finding = must_find(world, CAA_DIAGNOSIS_SILENT);
    assert_int_equal(finding->affected, 1);
    assert_int_equal(finding->among, 3);
    assert_string_equal(finding->evidence->address, "203.0.113.12");
    assert_string_equal(finding->evidence->did, "no answer within 1500 ms");
    assert_int_equal(finding->mender, CAA_FAULT_SUBSCRIBER);
}

static void many_servers_are_counted_once_each(void **state) {
    struct world *world = *state;
    world->draft.servers_most = 64;
    for (int i = 1; i <= 30; i++) add_dead_server(world, i);
    plan(world);
    for (size_t i = 3; i < 33; i++) mute(world, "shop.net", i, EVERYTHING, 0);
    diagnose(world);
    const struct caa_diagnosis_finding *finding = must_find(world, CAA_DIAGNOSIS_SILENT);
    assert_int_equal(finding->evidence_count, 64);
    assert_int_equal(finding->affected, 30);
    assert_int_equal(finding->among, 33);
}

static void a_server_out_of_reach_is_told_apart(void **state) {
    struct world *world = *state;
    plan(world);
    mute(world, "shop.net", 2, EVERYTHING, EHOSTUNREACH);
    ((struct caa_path_server *)server_at(world, "shop.net", 2)->server)->state =
        CAA_SERVER_UNREACHABLE;
    diagnose(world);
    must_find(world, CAA_DIAGNOSIS_UNREACHABLE);
    must_not_find(world, CAA_DIAGNOSIS_SILENT);
}

static void each_way_of_being_of_no_use_has_its_finding(void **state) {
    (void)state;
    const struct {
        unsigned flags;
        enum caa_diagnosis_code code;
    } ways[] = {{QR | 2, CAA_DIAGNOSIS_SERVFAIL}, {QR | 5, CAA_DIAGNOSIS_REFUSED},
                {QR | 1, CAA_DIAGNOSIS_RCODE},    {QR, CAA_DIAGNOSIS_NOT_AUTHORITATIVE},
                {QR | AA, CAA_DIAGNOSIS_NO_SOA},  {QR | TC, CAA_DIAGNOSIS_TRUNCATED}};
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        struct world *world = world_new();
        plan(world);
        spoil(world, "shop.net", 0, EVERYTHING, ways[i].flags);
        diagnose(world);
        assert_int_equal(must_find(world, ways[i].code)->affected, 1);
        world_free(world);
    }
}

static void a_referral_upward_is_lame(void **state) {
    struct world *world = *state;
    plan(world);
    struct caa_survey_server *server = server_at(world, "shop.net", 0);
    for (struct caa_survey_item *item = server->items; item != NULL; item = item->next) {
        begin_answer(&world_packet, item, QR);
        put_record(&world_packet, AUTHORITY, "net", TYPE_NS, 60, caa_slice_bytes("\1a", 3));
        say(world, zone_at(world, "shop.net"), item, &world_packet);
    }
    diagnose(world);
    must_find(world, CAA_DIAGNOSIS_LAME);
}

static void garbage_is_malformed(void **state) {
    struct world *world = *state;
    plan(world);
    struct caa_survey_server *server = server_at(world, "shop.net", 0);
    for (struct caa_survey_item *item = server->items; item != NULL; item = item->next) {
        struct caa_exchange *exchange = (struct caa_exchange *)item->exchange;
        exchange->result = CAA_EXCHANGE_MALFORMED;
        exchange->reason = "garbage";
        item->state = CAA_SERVER_MALFORMED;
    }
    diagnose(world);
    assert_string_equal(must_find(world, CAA_DIAGNOSIS_MALFORMED)->evidence->did,
                        "malformed: garbage");
}

static void one_transport_may_be_missing(void **state) {
    struct world *world = *state;
    plan(world);
    mute(world, "shop.net", 0, CAA_SURVEY_TCP, ECONNREFUSED);
    mute(world, "shop.net", 2, EVERYTHING, 0);
    struct caa_survey_server *server = server_at(world, "shop.net", 2);
    struct caa_survey_item *tcp =
        (struct caa_survey_item *)caa_survey_item(server, CAA_SURVEY_TCP, NULL);
    put_good_answer(&world_packet, zone_at(world, "shop.net"), tcp);
    say(world, zone_at(world, "shop.net"), tcp, &world_packet);
    diagnose(world);
    assert_string_equal(must_find(world, CAA_DIAGNOSIS_NO_TCP)->evidence->address,
                        "192.0.2.11");
    assert_string_equal(must_find(world, CAA_DIAGNOSIS_NO_UDP)->evidence->address,
                        "203.0.113.12");
}

static void edns_may_be_swallowed_rejected_or_ignored(void **state) {
    struct world *world = *state;
    plan(world);
    mute(world, "shop.net", 0, CAA_SURVEY_SOA, 0);
    spoil(world, "shop.net", 1, CAA_SURVEY_SOA, QR | 1);
    struct caa_survey_server *server = server_at(world, "shop.net", 2);
    struct caa_survey_item *soa =
        (struct caa_survey_item *)caa_survey_item(server, CAA_SURVEY_SOA, NULL);
    begin_answer(&world_packet, soa, QR | AA);
    put_soa(&world_packet, ANSWER, "shop.net", 900, 900);
    say(world, zone_at(world, "shop.net"), soa, &world_packet);
    diagnose(world);
    must_find(world, CAA_DIAGNOSIS_EDNS_DROPPED);
    must_find(world, CAA_DIAGNOSIS_EDNS_REJECTED);
    must_find(world, CAA_DIAGNOSIS_EDNS_IGNORED);
}

static void caa_alone_may_be_dropped_or_rejected(void **state) {
    struct world *world = *state;
    plan(world);
    mute(world, "shop.net", 0, CAA_SURVEY_CAA, 0);
    spoil(world, "shop.net", 1, CAA_SURVEY_CAA, QR | 4);
    diagnose(world);
    must_find(world, CAA_DIAGNOSIS_CAA_DROPPED);
    must_find(world, CAA_DIAGNOSIS_CAA_REJECTED);
    must_not_find(world, CAA_DIAGNOSIS_SILENT);
}

static void unknown_types_may_be_dropped(void **state) {
    struct world *world = *state;
    plan(world);
    mute(world, "shop.net", 0, CAA_SURVEY_UNKNOWN, 0);
    spoil(world, "shop.net", 1, CAA_SURVEY_UNKNOWN, QR | 4);
    diagnose(world);
    assert_int_equal(must_find(world, CAA_DIAGNOSIS_UNKNOWN_DROPPED)->affected, 2);
}

static void a_family_that_works_nowhere_is_our_own_matter(void **state) {
    struct world *world = *state;
    plan(world);
    mute(world, "shop.net", 1, EVERYTHING, ENETUNREACH);
    mute(world, "net", 1, EVERYTHING, ENETUNREACH);
    diagnose(world);
    assert_int_equal(must_find(world, CAA_DIAGNOSIS_NO_FAMILY)->mender, CAA_FAULT_RESOLVER);
    must_not_find(world, CAA_DIAGNOSIS_SILENT);
    must_not_find(world, CAA_DIAGNOSIS_UNREACHABLE);
}

/* --- what they say together */

static void servers_may_have_different_data(void **state) {
    struct world *world = *state;
    plan(world);
    struct caa_survey_server *server = server_at(world, "shop.net", 2);
    for (struct caa_survey_item *item = server->items; item != NULL; item = item->next) {
        begin_answer(&world_packet, item, QR | AA);
        if (item->question == CAA_SURVEY_CAA)
            put_caa(&world_packet, "shop.net", 900, "other.example");
        else if (item->question == CAA_SURVEY_NS)
            put_record(&world_packet, ANSWER, "shop.net", TYPE_NS, 60,
                       caa_slice_bytes("\1a", 3));
        else
            put_soa(&world_packet, ANSWER, "shop.net", 900, 900);
        end_answer(&world_packet, item);
        say(world, zone_at(world, "shop.net"), item, &world_packet);
        item->facts.serial += item->question == CAA_SURVEY_SOA;
    }
    diagnose(world);
    must_find(world, CAA_DIAGNOSIS_CAA_DIFFERS);
    must_find(world, CAA_DIAGNOSIS_SERIALS_DIFFER);
    must_find(world, CAA_DIAGNOSIS_NS_DIFFER);
}

/* --- the delegation */

static struct caa_path_ns *ns_at(struct world *world, const char *text) {
    struct caa_name name = name_of(text);
    return caa_draft_ns(&world->draft, world->shop, &name);
}

static void parent_and_zone_may_name_different_servers(void **state) {
    struct world *world = *state;
    ns_at(world, "old.example")->in_parent = true;
    ns_at(world, "new.example")->in_child = true;
    plan(world);
    diagnose(world);
    assert_int_equal(must_find(world, CAA_DIAGNOSIS_NS_ONLY_PARENT)->affected, 1);
    assert_int_equal(must_find(world, CAA_DIAGNOSIS_NS_ONLY_CHILD)->affected, 1);
}

static void where_the_zone_was_not_heard_nothing_is_compared(void **state) {
    struct world *world = *state;
    ns_at(world, "old.example")->in_parent = true;
    world->shop->child_ns_seen = false;
    plan(world);
    diagnose(world);
    must_not_find(world, CAA_DIAGNOSIS_NS_ONLY_PARENT);
}

static void a_server_in_the_zone_needs_glue(void **state) {
    struct world *world = *state;
    struct caa_path_ns *ns = ns_at(world, "ns3.shop.net");
    ns->in_parent = ns->in_child = true;
    plan(world);
    diagnose(world);
    must_find(world, CAA_DIAGNOSIS_GLUE_MISSING);
}

/* The recursor's word for the address of a name server; `rdata` NULL: there is none. */
static void look_up(struct world *world, const char *ns_text, size_t slot, const char *rdata,
                    size_t len, enum caa_outcome outcome) {
    struct caa_path_ns *ns = ns_at(world, ns_text);
    struct caa_survey_zone *zone = zone_at(world, "shop.net");
    struct caa_survey_host *host = zone->hosts;
    while (host != NULL && host->ns != ns) host = host->next;
    if (host == NULL) host = caa_plan_host(&world->survey, world->draft.arena, zone, ns);
    struct caa_slice record = {rdata, len};
    struct caa_answer content = {.owner = ns->name,
                                 .type = slot == 0 ? 1 : 28,
                                 .outcome = outcome,
                                 .security = outcome <= CAA_OUTCOME_NXDOMAIN
                                                 ? CAA_SECURITY_INSECURE
                                                 : CAA_SECURITY_INDETERMINATE,
                                 .ede = -1,
                                 .rdata_count = rdata != NULL,
                                 .rdata = &record};
    host->answers[slot] = caa_answer_new(&content);
}

static const char address6[] = "\x20\x01\x0d\xb8\x00\x02\0\0\0\0\0\0\0\0\0\x99";

static void glue_of_one_family_may_be_missing(void **state) {
    struct world *world = *state;
    plan(world);
    look_up(world, "ns2.shop.net", 1, address6, 16, CAA_OUTCOME_RECORDS);
    diagnose(world);
    must_find(world, CAA_DIAGNOSIS_GLUE_FAMILY);
    must_not_find(world, CAA_DIAGNOSIS_SIBLING_GLUE);
}

/* The forum's finding, where nothing fails and where the top-level domain does. */
static void add_sibling(struct world *world) {
    struct caa_path_server *server =
        add_server(world, world->shop, "ns-907.awsdns-49.net", "203.0.113.99");
    (void)server;
    plan(world);
    look_up(world, "ns-907.awsdns-49.net", 1, address6, 16, CAA_OUTCOME_RECORDS);
}

static void missing_glue_of_a_server_outside_is_a_note_for_its_own_operator(void **state) {
    struct world *world = *state;
    struct caa_name domain = name_of("awsdns-49.net");
    add_sibling(world);
    diagnose(world);
    const struct caa_diagnosis_finding *finding = must_find(world, CAA_DIAGNOSIS_SIBLING_GLUE);
    assert_int_equal(finding->bearing, CAA_DIAGNOSIS_ADVICE);
    assert_int_equal(caa_diagnosis_severity(finding->code), CAA_DIAGNOSIS_NOTE);
    assert_true(caa_name_equal(&finding->mender_zone, &domain));
    must_not_find(world, CAA_DIAGNOSIS_GLUE_FAMILY);
    must_not_find(world, CAA_DIAGNOSIS_GLUE_MISSING);
}

static void glue_may_differ_from_the_name_itself(void **state) {
    struct world *world = *state;
    plan(world);
    look_up(world, "ns2.shop.net", 0, "\xcb\x00\x71\x0d", 4, CAA_OUTCOME_RECORDS);
    diagnose(world);
    assert_string_equal(must_find(world, CAA_DIAGNOSIS_GLUE_DIFFERS)->evidence->address,
                        "203.0.113.12");
}

static void glue_that_is_the_same_is_no_finding(void **state) {
    struct world *world = *state;
    plan(world);
    look_up(world, "ns2.shop.net", 0, "\xcb\x00\x71\x0c", 4, CAA_OUTCOME_RECORDS);
    diagnose(world);
    must_not_find(world, CAA_DIAGNOSIS_GLUE_DIFFERS);
}

static void a_name_server_may_have_no_address(void **state) {
    struct world *world = *state;
    ns_at(world, "ns.example")->in_parent = true;
    ns_at(world, "ns.broken.example")->in_parent = true;
    plan(world);
    look_up(world, "ns.example", 0, NULL, 0, CAA_OUTCOME_NODATA);
    look_up(world, "ns.example", 1, NULL, 0, CAA_OUTCOME_NXDOMAIN);
    look_up(world, "ns.broken.example", 0, NULL, 0, CAA_OUTCOME_SERVFAIL);
    diagnose(world);
    assert_int_equal(must_find(world, CAA_DIAGNOSIS_NO_ADDRESS)->affected, 1);
    assert_int_equal(must_find(world, CAA_DIAGNOSIS_NS_LOOKUP_FAILED)->affected, 1);
}

static void a_name_server_may_be_an_alias(void **state) {
    struct world *world = *state;
    struct caa_name target = name_of("real.example");
    plan(world);
    struct caa_answer content = {.owner = name_of("ns1.shop.net"),
                                 .type = 1,
                                 .outcome = CAA_OUTCOME_NODATA,
                                 .security = CAA_SECURITY_INSECURE,
                                 .ede = -1,
                                 .alias_count = 1,
                                 .aliases = &target};
    struct caa_survey_host *host =
        caa_plan_host(&world->survey, world->draft.arena, zone_at(world, "shop.net"),
                      ns_at(world, "ns1.shop.net"));
    host->answers[0] = caa_answer_new(&content);
    diagnose(world);
    assert_string_equal(must_find(world, CAA_DIAGNOSIS_NS_IS_ALIAS)->evidence->did,
                        "an alias of real.example");
}

static void referrals_may_differ(void **state) {
    struct world *world = *state;
    plan(world);
    for (size_t i = 0; i < 2; i++) {
        struct caa_path_server *server =
            (struct caa_path_server *)server_at(world, "net", i)->server;
        begin_response(&world_packet, QR, "www.shop.net");
        put_record(&world_packet, AUTHORITY, "shop.net", TYPE_NS, 60,
                   caa_slice_bytes(i == 0 ? "\1a" : "\1b", 3));
        server->udp = exchange_of(world, &world_packet, CAA_SURVEY_SOA);
        server->refers = true;
    }
    diagnose(world);
    must_find(world, CAA_DIAGNOSIS_REFERRALS_DIFFER);
}

static void addresses_may_be_of_one_family_or_network(void **state) {
    struct world *world = *state;
    struct caa_name only6 = name_of("six.shop.net"), only4 = name_of("four.shop.net"),
                    one = name_of("one.shop.net");
    bool is_new;
    struct caa_path_zone *six = caa_draft_zone(&world->draft, world->net, &only6, &is_new);
    add_server(world, six, "a.example", "2001:db8:7::1");
    add_server(world, six, "b.example", "2001:db8:7::2");
    struct caa_path_zone *four = caa_draft_zone(&world->draft, world->net, &only4, &is_new);
    add_server(world, four, "a.example", "192.0.2.1");
    struct caa_path_zone *single = caa_draft_zone(&world->draft, world->net, &one, &is_new);
    add_server(world, single, "a.example", "192.0.2.1");
    plan(world);
    diagnose(world);
    must_find(world, CAA_DIAGNOSIS_IPV6_ONLY);
    must_find(world, CAA_DIAGNOSIS_IPV4_ONLY);
    must_find(world, CAA_DIAGNOSIS_ONE_SERVER);
    must_find(world, CAA_DIAGNOSIS_ONE_NETWORK);
}

/* --- signatures */

enum { DAY = 86400 };

static void signatures_may_be_out_of_time(void **state) {
    (void)state;
    const struct {
        int64_t from_s, to_s;
        enum caa_diagnosis_code code;
    } times[] = {{-9 * DAY, -DAY, CAA_DIAGNOSIS_EXPIRED},
                 {DAY, 9 * DAY, CAA_DIAGNOSIS_NOT_YET},
                 {-9 * DAY, DAY / 2, CAA_DIAGNOSIS_EXPIRES_SOON}};
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        struct world *world = world_new();
        world->shop->ds_seen = true;
        plan(world);
        sign(world, times[i].from_s, times[i].to_s);
        diagnose(world);
        must_find(world, times[i].code);
        world_free(world);
    }
}

static void signatures_that_are_good_are_no_finding(void **state) {
    struct world *world = *state;
    world->shop->ds_seen = true;
    plan(world);
    sign(world, -DAY, 9 * DAY);
    diagnose(world);
    must_not_find(world, CAA_DIAGNOSIS_EXPIRED);
    must_not_find(world, CAA_DIAGNOSIS_NOT_SIGNED);
    must_not_find(world, CAA_DIAGNOSIS_NO_DENIAL);
    must_not_find(world, CAA_DIAGNOSIS_NO_DNSKEY);
}

static void a_signed_zone_may_lack_keys_signatures_and_proofs(void **state) {
    struct world *world = *state;
    world->shop->ds_seen = true;
    plan(world); /* its answers are those of an unsigned zone */
    diagnose(world);
    must_find(world, CAA_DIAGNOSIS_NO_DNSKEY);
    must_find(world, CAA_DIAGNOSIS_NOT_SIGNED);
    must_find(world, CAA_DIAGNOSIS_NO_DENIAL);
}

static void an_unsigned_zone_lacks_nothing_of_it(void **state) {
    struct world *world = *state;
    plan(world);
    sign(world, -9 * DAY, -DAY);
    diagnose(world);
    must_not_find(world, CAA_DIAGNOSIS_EXPIRED);
    must_find(world, CAA_DIAGNOSIS_ISLAND);
}

/* A referral of the parent with DS records of these key tags. */
static void refer(struct world *world, const uint16_t *tags, size_t count) {
    struct caa_path_server *server =
        (struct caa_path_server *)server_at(world, "net", 0)->server;
    begin_response(&world_packet, QR, "www.shop.net");
    put_record(&world_packet, AUTHORITY, "shop.net", TYPE_NS, 60, caa_slice_bytes("\1a", 3));
    for (size_t i = 0; i < count; i++) {
        char rdata[36] = {(char)(tags[i] >> 8), (char)tags[i], 13, 99};
        put_record(&world_packet, AUTHORITY, "shop.net", TYPE_DS, 60,
                   caa_slice_bytes(rdata, sizeof rdata));
    }
    server->udp = exchange_of(world, &world_packet, CAA_SURVEY_SOA);
    server->refers = true;
    world->shop->ds_seen = true;
}

static void ds_records_may_be_of_no_key(void **state) {
    struct world *world = *state;
    world->shop->ds_seen = true;
    plan(world);
    sign(world, -DAY, 9 * DAY);
    uint16_t right = server_at(world, "shop.net", 0)->items->facts.keys[0].tag;
    for (const struct caa_survey_item *item = server_at(world, "shop.net", 0)->items;
         item != NULL; item = item->next)
        if (item->question == CAA_SURVEY_DNSKEY) right = item->facts.keys[0].tag;
    const uint16_t tags[] = {(uint16_t)(right + 1), right};
    refer(world, tags, 1);
    diagnose(world);
    must_find(world, CAA_DIAGNOSIS_DS_MISMATCH);
    /* A digest of an unknown type may be of the key whose tag it has. */
    refer(world, tags, 2);
    diagnose(world);
    must_find(world, CAA_DIAGNOSIS_DS_STRAY);
    must_not_find(world, CAA_DIAGNOSIS_DS_MISMATCH);
}

static void keys_may_differ(void **state) {
    struct world *world = *state;
    world->shop->ds_seen = true;
    plan(world);
    sign(world, -DAY, 9 * DAY);
    spoil(world, "shop.net", 2, CAA_SURVEY_DNSKEY, QR | AA | 3);
    struct caa_survey_item *item = (struct caa_survey_item *)caa_survey_item(
        server_at(world, "shop.net", 2), CAA_SURVEY_DNSKEY, NULL);
    put_soa(&world_packet, AUTHORITY, "shop.net", 900, 900);
    begin_answer(&world_packet, item, QR | AA);
    put_soa(&world_packet, AUTHORITY, "shop.net", 900, 900);
    say(world, zone_at(world, "shop.net"), item, &world_packet);
    diagnose(world);
    must_find(world, CAA_DIAGNOSIS_KEYS_DIFFER);
}

/* --- what it has to do with the failure */

static void break_net(struct world *world) {
    for (size_t i = 0; i < 3; i++) spoil(world, "net", i, CAA_SURVEY_CAA, QR | 2);
    fail_level(world, 2, CAA_OUTCOME_SERVFAIL, "net", CAA_FAILURE_SERVFAIL, CAA_FAULT_REGISTRY);
}

static void the_forum_is_told_right(void **state) {
    struct world *world = *state;
    struct caa_name net = name_of("net");
    add_sibling(world);
    break_net(world);
    diagnose(world);
    assert_int_equal(world->diagnosis.state, CAA_DIAGNOSIS_FAILS);
    assert_true(caa_name_equal(&world->diagnosis.zone, &net));
    assert_true(caa_name_equal(world->diagnosis.level, &net));
    const struct caa_diagnosis_finding *glue = must_find(world, CAA_DIAGNOSIS_SIBLING_GLUE);
    assert_int_equal(glue->bearing, CAA_DIAGNOSIS_NOT_THE_CAUSE);
    assert_non_null(strstr(glue->why, "the lookup of net, which does not depend on shop.net"));
    assert_non_null(strstr(glue->why, "no glue is needed"));
    const struct caa_diagnosis_finding *first = world->diagnosis.findings;
    assert_int_equal(first->code, CAA_DIAGNOSIS_CAA_REJECTED);
    assert_int_equal(first->bearing, CAA_DIAGNOSIS_CAUSE);
    assert_int_equal(first->mender, CAA_FAULT_REGISTRY);
    must_bear(world, CAA_DIAGNOSIS_NEEDS_FARTHER, CAA_DIAGNOSIS_CONTRIBUTES);
}

static void another_failure_in_the_failing_zone_contributes(void **state) {
    struct world *world = *state;
    plan(world);
    break_net(world);
    mute(world, "net", 2, EVERYTHING, 0);
    diagnose(world);
    must_bear(world, CAA_DIAGNOSIS_CAA_REJECTED, CAA_DIAGNOSIS_CAUSE);
    must_bear(world, CAA_DIAGNOSIS_SILENT, CAA_DIAGNOSIS_CONTRIBUTES);
}

static void a_failure_above_or_aside_is_not_the_cause(void **state) {
    struct world *world = *state;
    plan(world);
    mute(world, "net", 2, EVERYTHING, 0);
    for (size_t i = 0; i < 3; i++) spoil(world, "shop.net", i, EVERYTHING, QR | 5);
    fail_level(world, 1, CAA_OUTCOME_SERVFAIL, "shop.net", CAA_FAILURE_REFUSED,
               CAA_FAULT_SUBSCRIBER);
    fail_level(world, 0, CAA_OUTCOME_SERVFAIL, "shop.net", CAA_FAILURE_REFUSED,
               CAA_FAULT_SUBSCRIBER);
    diagnose(world);
    must_bear(world, CAA_DIAGNOSIS_REFUSED, CAA_DIAGNOSIS_CAUSE);
    must_bear(world, CAA_DIAGNOSIS_SILENT, CAA_DIAGNOSIS_NOT_THE_CAUSE);
}

static void without_evidence_the_survey_tells_the_zone(void **state) {
    struct world *world = *state;
    struct caa_name shop = name_of("shop.net");
    plan(world);
    for (size_t i = 0; i < 3; i++) mute(world, "shop.net", i, CAA_SURVEY_CAA, 0);
    answer_level(world, 1, CAA_OUTCOME_TIMEOUT, NULL, NULL);
    diagnose(world);
    assert_true(caa_name_equal(&world->diagnosis.zone, &shop));
    assert_int_equal(world->diagnosis.failure, CAA_FAILURE_SILENT);
    assert_int_equal(world->diagnosis.fault, CAA_FAULT_SUBSCRIBER);
    must_bear(world, CAA_DIAGNOSIS_CAA_DROPPED, CAA_DIAGNOSIS_CAUSE);
}

static void bogus_is_explained_by_what_is_wrong_with_the_signatures(void **state) {
    struct world *world = *state;
    world->shop->ds_seen = true;
    plan(world);
    sign(world, -9 * DAY, -DAY);
    mute(world, "shop.net", 2, EVERYTHING, 0);
    fail_level(world, 0, CAA_OUTCOME_BOGUS, "shop.net", CAA_FAILURE_BOGUS,
               CAA_FAULT_SUBSCRIBER);
    fail_level(world, 1, CAA_OUTCOME_BOGUS, "shop.net", CAA_FAILURE_BOGUS,
               CAA_FAULT_SUBSCRIBER);
    diagnose(world);
    must_bear(world, CAA_DIAGNOSIS_BOGUS, CAA_DIAGNOSIS_CAUSE);
    must_bear(world, CAA_DIAGNOSIS_EXPIRED, CAA_DIAGNOSIS_CAUSE);
    must_bear(world, CAA_DIAGNOSIS_SILENT, CAA_DIAGNOSIS_NOT_THE_CAUSE);
}

static void expired_signatures_do_not_silence_a_server(void **state) {
    struct world *world = *state;
    world->shop->ds_seen = true;
    plan(world);
    sign(world, -9 * DAY, -DAY);
    fail_level(world, 1, CAA_OUTCOME_TIMEOUT, "shop.net", CAA_FAILURE_SILENT,
               CAA_FAULT_SUBSCRIBER);
    diagnose(world);
    must_bear(world, CAA_DIAGNOSIS_EXPIRED, CAA_DIAGNOSIS_NOT_THE_CAUSE);
}

static void our_own_network_is_nobody_elses_fault(void **state) {
    struct world *world = *state;
    plan(world);
    for (size_t i = 0; i < 3; i++) mute(world, "net", i, EVERYTHING, 0);
    fail_level(world, 2, CAA_OUTCOME_TIMEOUT, "net", CAA_FAILURE_SILENT, CAA_FAULT_RESOLVER);
    diagnose(world);
    must_bear(world, CAA_DIAGNOSIS_OWN_NETWORK, CAA_DIAGNOSIS_CAUSE);
    must_bear(world, CAA_DIAGNOSIS_SILENT, CAA_DIAGNOSIS_NOT_THE_CAUSE);
}

static void what_passed_is_kept_as_the_check_met_it(void **state) {
    struct world *world = *state;
    plan(world);
    fail_level(world, 2, CAA_OUTCOME_NODATA, "net", CAA_FAILURE_SERVFAIL, CAA_FAULT_REGISTRY);
    diagnose(world);
    assert_int_equal(world->diagnosis.state, CAA_DIAGNOSIS_RESCUED);
    const struct caa_diagnosis_finding *finding = must_find(world, CAA_DIAGNOSIS_LOOKUP_FAILED);
    assert_int_equal(finding->bearing, CAA_DIAGNOSIS_CAUSE);
    assert_int_equal(finding->mender, CAA_FAULT_REGISTRY);
    assert_string_equal(finding->evidence->address, "192.0.2.1");
    assert_string_equal(finding->evidence->did, "servfail");
}

static void bad_data_that_was_led_round_is_that_of_some_servers(void **state) {
    struct world *world = *state;
    plan(world);
    fail_level(world, 2, CAA_OUTCOME_NODATA, "net", CAA_FAILURE_BOGUS, CAA_FAULT_REGISTRY);
    diagnose(world);
    must_bear(world, CAA_DIAGNOSIS_BOGUS_IN_PART, CAA_DIAGNOSIS_CAUSE);
    must_not_find(world, CAA_DIAGNOSIS_LOOKUP_FAILED);
}

static void a_record_that_forbids_is_the_cause(void **state) {
    struct world *world = *state;
    plan(world);
    mute(world, "shop.net", 2, EVERYTHING, 0);
    answer_level(world, 1, CAA_OUTCOME_RECORDS, "other.example", NULL);
    diagnose(world);
    assert_int_equal(world->diagnosis.state, CAA_DIAGNOSIS_FORBIDDEN);
    must_bear(world, CAA_DIAGNOSIS_FORBIDS, CAA_DIAGNOSIS_CAUSE);
    must_bear(world, CAA_DIAGNOSIS_SILENT, CAA_DIAGNOSIS_NOT_THE_CAUSE);
}

static void servers_that_disagree_contribute_to_a_refusal(void **state) {
    struct world *world = *state;
    plan(world);
    spoil(world, "shop.net", 2, CAA_SURVEY_CAA, QR | AA | 3);
    for (struct caa_survey_item *item = server_at(world, "shop.net", 2)->items; item != NULL;
         item = item->next) {
        if (item->question != CAA_SURVEY_CAA) continue;
        begin_answer(&world_packet, item, QR | AA);
        put_caa(&world_packet, "shop.net", 900, "ca.example");
        say(world, zone_at(world, "shop.net"), item, &world_packet);
    }
    answer_level(world, 1, CAA_OUTCOME_RECORDS, "other.example", NULL);
    diagnose(world);
    must_bear(world, CAA_DIAGNOSIS_CAA_DIFFERS, CAA_DIAGNOSIS_CONTRIBUTES);
}

static void records_and_names_may_be_wrong_in_themselves(void **state) {
    struct world *world = *state;
    plan(world);
    struct caa_slice unreadable = caa_slice_bytes("\0\0x", 3);
    struct caa_answer content = {.owner = world->names[1],
                                 .type = CAA_TYPE_CAA,
                                 .outcome = CAA_OUTCOME_RECORDS,
                                 .security = CAA_SECURITY_INSECURE,
                                 .ede = -1,
                                 .rdata_count = 1,
                                 .rdata = &unreadable};
    world->answers[1] = caa_answer_new(&content);
    diagnose(world);
    must_bear(world, CAA_DIAGNOSIS_UNREADABLE, CAA_DIAGNOSIS_CAUSE);
    for (size_t i = 0; i < WORLD_LEVELS; i++)
        answer_level(world, i, CAA_OUTCOME_NXDOMAIN, NULL, NULL);
    diagnose(world);
    must_bear(world, CAA_DIAGNOSIS_NO_SUCH_TLD, CAA_DIAGNOSIS_CAUSE);
}

static void an_alias_may_go_in_a_circle(void **state) {
    struct world *world = *state;
    plan(world);
    for (struct caa_survey_item *item = server_at(world, "shop.net", 0)->items; item != NULL;
         item = item->next) {
        if (item->question != CAA_SURVEY_CAA) continue;
        begin_answer(&world_packet, item, QR | AA);
        put_alias(&world_packet, "www.shop.net", TYPE_CNAME, 60, "b.shop.net");
        put_alias(&world_packet, "b.shop.net", TYPE_CNAME, 60, "www.shop.net");
        say(world, zone_at(world, "shop.net"), item, &world_packet);
    }
    fail_level(world, 0, CAA_OUTCOME_SERVFAIL, "shop.net", CAA_FAILURE_RECURSOR,
               CAA_FAULT_SUBSCRIBER);
    diagnose(world);
    must_bear(world, CAA_DIAGNOSIS_ALIAS_LOOP, CAA_DIAGNOSIS_CAUSE);
}

/* --- the whole */

static void findings_stand_in_the_order_of_weight(void **state) {
    struct world *world = *state;
    ns_at(world, "old.example")->in_parent = true;
    add_sibling(world);
    break_net(world);
    mute(world, "net", 2, EVERYTHING, 0);
    diagnose(world);
    const struct caa_diagnosis_finding *at = world->diagnosis.findings;
    size_t count = 0;
    for (; at != NULL; at = at->next, count++) {
        if (at->next == NULL) continue;
        assert_true(at->bearing <= at->next->bearing);
        if (at->bearing == at->next->bearing)
            assert_true(caa_diagnosis_severity(at->code) <=
                        caa_diagnosis_severity(at->next->code));
    }
    assert_int_equal(count, world->diagnosis.finding_count);
    assert_true(count >= 5);
}

static void too_small_an_arena_is_an_error(void **state) {
    struct world *world = *state;
    plan(world);
    mute(world, "shop.net", 2, EVERYTHING, 0);
    decide(world);
    struct caa_arena *small = caa_arena_new(1024);
    assert_int_equal(caa_diagnosis_make(&world->diagnosis, small, &world->check, &world->survey,
                                        world_now_us),
                     CAA_ERR_LIMIT);
    caa_arena_free(small);
}

static void every_finding_was_found_by_some_test(void **state) {
    (void)state;
    for (int i = 0; i < CAA_DIAGNOSIS_CODE_COUNT; i++)
        if (!seen[i])
            fail_msg("no test finds %s", caa_diagnosis_code_text((enum caa_diagnosis_code)i));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(where_nothing_fails_all_is_advice),
        TEST(a_record_nearby_needs_no_farther_zone),
        TEST(a_server_that_never_answers_is_silent),
        TEST(many_servers_are_counted_once_each),
        TEST(a_server_out_of_reach_is_told_apart),
        cmocka_unit_test(each_way_of_being_of_no_use_has_its_finding),
        TEST(a_referral_upward_is_lame),
        TEST(garbage_is_malformed),
        TEST(one_transport_may_be_missing),
        TEST(edns_may_be_swallowed_rejected_or_ignored),
        TEST(caa_alone_may_be_dropped_or_rejected),
        TEST(unknown_types_may_be_dropped),
        TEST(a_family_that_works_nowhere_is_our_own_matter),
        TEST(servers_may_have_different_data),
        TEST(parent_and_zone_may_name_different_servers),
        TEST(where_the_zone_was_not_heard_nothing_is_compared),
        TEST(a_server_in_the_zone_needs_glue),
        TEST(glue_of_one_family_may_be_missing),
        TEST(missing_glue_of_a_server_outside_is_a_note_for_its_own_operator),
        TEST(glue_may_differ_from_the_name_itself),
        TEST(glue_that_is_the_same_is_no_finding),
        TEST(a_name_server_may_have_no_address),
        TEST(a_name_server_may_be_an_alias),
        TEST(referrals_may_differ),
        TEST(addresses_may_be_of_one_family_or_network),
        cmocka_unit_test(signatures_may_be_out_of_time),
        TEST(signatures_that_are_good_are_no_finding),
        TEST(a_signed_zone_may_lack_keys_signatures_and_proofs),
        TEST(an_unsigned_zone_lacks_nothing_of_it),
        TEST(ds_records_may_be_of_no_key),
        TEST(keys_may_differ),
        TEST(the_forum_is_told_right),
        TEST(another_failure_in_the_failing_zone_contributes),
        TEST(a_failure_above_or_aside_is_not_the_cause),
        TEST(without_evidence_the_survey_tells_the_zone),
        TEST(bogus_is_explained_by_what_is_wrong_with_the_signatures),
        TEST(expired_signatures_do_not_silence_a_server),
        TEST(our_own_network_is_nobody_elses_fault),
        TEST(what_passed_is_kept_as_the_check_met_it),
        TEST(bad_data_that_was_led_round_is_that_of_some_servers),
        TEST(a_record_that_forbids_is_the_cause),
        TEST(servers_that_disagree_contribute_to_a_refusal),
        TEST(records_and_names_may_be_wrong_in_themselves),
        TEST(an_alias_may_go_in_a_circle),
        TEST(findings_stand_in_the_order_of_weight),
        TEST(too_small_an_arena_is_an_error),
        cmocka_unit_test(every_finding_was_found_by_some_test),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
