#include "packet.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fake.h"
#include "probe/draft.h"
#include "probe/reply.h"
#include "probe/walk.h"

enum { TYPE_NS = 2 };

/* --- what a reply means */

static struct caa_reply reply; /* too large for a stack */

static struct caa_slice wire_of(const char *name) {
    static struct caa_name names[4];
    static size_t next;
    struct caa_name *room = &names[next++ % 4];
    *room = name_of(name);
    return caa_slice_bytes(room->wire, room->len);
}

static void put_ns(struct packet *packet, enum section section, const char *zone,
                   const char *ns) {
    put_record(packet, section, zone, TYPE_NS, 60, wire_of(ns));
}

/* The state of a server of `zone` that answers so to a question for www.shop.example. */
static enum caa_server_state state_of(const struct packet *packet, const char *zone_text) {
    struct caa_exchange exchange = {
        .result = CAA_EXCHANGE_RESPONSE, .packet = packet->wire, .packet_octets = packet->len};
    struct caa_name zone = name_of(zone_text);
    struct caa_question question = {.name = name_of("www.shop.example"), .type = CAA_TYPE_CAA};
    caa_packet_read(&exchange.said, packet->wire, packet->len);
    assert_null(exchange.said.malformed);
    caa_reply_read(&reply, &exchange, &zone, &question, 53);
    return reply.state;
}

static struct packet response; /* too large for a stack as well */

static void begin(unsigned flags) {
    begin_response(&response, flags, "www.shop.example");
}

static void a_referral_leads_downward(void **state) {
    (void)state;
    begin(QR);
    put_ns(&response, AUTHORITY, "shop.example", "ns.shop.example");
    put_record(&response, ADDITIONAL, "ns.shop.example", TYPE_A, 60, caa_slice_of("\1\2\3\4"));
    assert_int_equal(state_of(&response, "example"), CAA_SERVER_OK);
    assert_true(reply.refers);
    assert_int_equal(reply.set.item_count, 2);
}

static void a_referral_upward_aside_or_to_itself_is_lame(void **state) {
    (void)state;
    const char *const owners[] = {".", "example", "shop.example", "other.shop.example"};
    for (size_t i = 0; i < sizeof owners / sizeof owners[0]; i++) {
        begin(QR);
        put_ns(&response, AUTHORITY, owners[i], "a.root");
        assert_int_equal(state_of(&response, "shop.example"), CAA_SERVER_LAME);
        assert_false(reply.refers);
    }
}

static void glue_counts_in_the_bailiwick_only(void **state) {
    (void)state;
    begin(QR);
    put_ns(&response, AUTHORITY, "shop.example", "ns.other");
    put_ns(&response, AUTHORITY, "shop.example", "ns.example");
    put_record(&response, ADDITIONAL, "ns.other", TYPE_A, 60, caa_slice_of("\1\2\3\4"));
    put_record(&response, ADDITIONAL, "ns.example", TYPE_A, 60, caa_slice_of("\1\2\3\5"));
    put_record(&response, ADDITIONAL, "www.example", TYPE_A, 60, caa_slice_of("\1\2\3\6"));
    assert_int_equal(state_of(&response, "example"), CAA_SERVER_OK);
    assert_int_equal(reply.set.item_count, 3);
}

static void an_empty_answer_needs_authority_and_soa(void **state) {
    (void)state;
    begin(QR | AA);
    assert_int_equal(state_of(&response, "example"), CAA_SERVER_NO_SOA);
    put_soa(&response, AUTHORITY, ".", 60, 60); /* not of this zone */
    assert_int_equal(state_of(&response, "example"), CAA_SERVER_NO_SOA);
    put_soa(&response, AUTHORITY, "example", 60, 60);
    assert_int_equal(state_of(&response, "example"), CAA_SERVER_OK);
    begin(QR);
    put_soa(&response, AUTHORITY, "example", 60, 60);
    assert_int_equal(state_of(&response, "example"), CAA_SERVER_NOT_AUTHORITATIVE);
}

static bool leads_to(const char *target) {
    struct caa_name name = name_of(target);
    return reply.alias.len > 0 && caa_name_equal(&reply.alias, &name);
}

static void an_alias_out_of_the_zone_leads_on(void **state) {
    (void)state;
    begin(QR | AA);
    put_alias(&response, "www.shop.example", TYPE_CNAME, 60, "a.shop.example");
    put_alias(&response, "a.shop.example", TYPE_CNAME, 60, "www.Elsewhere");
    assert_int_equal(state_of(&response, "shop.example"), CAA_SERVER_OK);
    assert_true(leads_to("www.elsewhere"));
    /* Whatever this server says of it besides. */
    put_caa(&response, "www.elsewhere", 60, "ca.example");
    assert_int_equal(state_of(&response, "shop.example"), CAA_SERVER_OK);
    assert_true(leads_to("www.elsewhere"));
}

static void an_alias_within_the_zone_ends_where_there_is_an_answer(void **state) {
    (void)state;
    begin(QR | AA);
    put_alias(&response, "www.shop.example", TYPE_CNAME, 60, "a.shop.example");
    assert_int_equal(state_of(&response, "shop.example"), CAA_SERVER_OK);
    assert_true(leads_to("a.shop.example"));
    put_soa(&response, AUTHORITY, "shop.example", 60, 60);
    assert_int_equal(state_of(&response, "shop.example"), CAA_SERVER_OK);
    assert_int_equal(reply.alias.len, 0);
}

static void an_alias_of_another_name_leads_nowhere(void **state) {
    (void)state;
    begin(QR | AA);
    put_alias(&response, "other.shop.example", TYPE_CNAME, 60, "www.elsewhere");
    assert_int_equal(state_of(&response, "shop.example"), CAA_SERVER_OK);
    assert_int_equal(reply.alias.len, 0);
}

static void a_circle_of_aliases_ends(void **state) {
    (void)state;
    begin(QR | AA);
    put_alias(&response, "www.shop.example", TYPE_CNAME, 60, "a.shop.example");
    put_alias(&response, "a.shop.example", TYPE_CNAME, 60, "www.shop.example");
    assert_int_equal(state_of(&response, "shop.example"), CAA_SERVER_OK);
    assert_true(leads_to("www.shop.example") || leads_to("a.shop.example"));
}

static void an_answer_needs_authority(void **state) {
    (void)state;
    begin(QR | AA);
    put_caa(&response, "www.shop.example", 60, "ca.example");
    assert_int_equal(state_of(&response, "example"), CAA_SERVER_OK);
    response.wire[2] &= (uint8_t) ~(AA >> 8);
    assert_int_equal(state_of(&response, "example"), CAA_SERVER_NOT_AUTHORITATIVE);
}

static void rcodes_are_states(void **state) {
    (void)state;
    begin(QR | 2);
    assert_int_equal(state_of(&response, "example"), CAA_SERVER_SERVFAIL);
    begin(QR | 5);
    assert_int_equal(state_of(&response, "example"), CAA_SERVER_REFUSED);
    begin(QR | 1);
    assert_int_equal(state_of(&response, "example"), CAA_SERVER_RCODE);
    begin(QR | AA | 3);
    assert_int_equal(state_of(&response, "example"), CAA_SERVER_NO_SOA);
    put_soa(&response, AUTHORITY, "example", 60, 60);
    assert_int_equal(state_of(&response, "example"), CAA_SERVER_OK);
}

static void what_is_truncated_tells_nothing_else(void **state) {
    (void)state;
    begin(QR | TC);
    put_ns(&response, AUTHORITY, "shop.example", "ns.shop.example");
    assert_int_equal(state_of(&response, "example"), CAA_SERVER_TRUNCATED);
    assert_int_equal(reply.set.item_count, 0);
}

static void a_thousand_name_servers_are_cut(void **state) {
    (void)state;
    begin(QR);
    for (int i = 0; i < 1000; i++) {
        char ns[32];
        (void)snprintf(ns, sizeof ns, "n%d.other", i);
        put_ns(&response, AUTHORITY, "shop.example", ns);
    }
    assert_int_equal(state_of(&response, "example"), CAA_SERVER_OK);
    assert_int_equal(reply.set.item_count, CAA_REPLY_ITEMS_MAX);
    assert_true(reply.set.cut);
}

/* --- what follows from a path */

/* Root a and b, and zone example with ns1 and ns2, each with an IPv4 and an IPv6 address. */
struct model {
    struct caa_draft draft;
    struct caa_path_zone *root, *child;
    struct caa_path_server *roots[4], *servers[4];
    struct caa_exchange exchanges[4];
};

static struct caa_address address_of(const char *text) {
    struct caa_address address;
    assert_true(caa_address_from_text(&address, text, 53));
    return address;
}

static void add_servers(struct model *model, struct caa_path_zone *zone,
                        struct caa_path_server **servers, const char *const *names,
                        const char *const *addresses, unsigned origin) {
    for (size_t i = 0; i < 4; i++) {
        struct caa_name name = name_of(names[i / 2]);
        struct caa_address address = address_of(addresses[i]);
        servers[i] = caa_draft_server(
            &model->draft, zone, caa_draft_ns(&model->draft, zone, &name), &address, origin);
        servers[i]->state = servers[i]->udp_state = CAA_SERVER_OK;
    }
}

static int set_up_model(void **state) {
    static const char *const root_names[] = {"a.root", "b.root"};
    static const char *const root_addresses[] = {"192.0.2.1", "2001:db8::1", "192.0.2.2",
                                                 "2001:db8::2"};
    static const char *const names[] = {"ns1.example", "ns2.example"};
    static const char *const addresses[] = {"192.0.2.11", "2001:db8::11", "192.0.2.12",
                                            "2001:db8::12"};
    struct model *model = calloc(1, sizeof *model);
    struct caa_name root = name_of("."), child = name_of("example");
    bool is_new;
    model->draft =
        (struct caa_draft){.arena = caa_arena_new(1 << 20), .zones_most = 3, .servers_most = 4};
    model->root = caa_draft_zone(&model->draft, NULL, &root, &is_new);
    model->child = caa_draft_zone(&model->draft, model->root, &child, &is_new);
    add_servers(model, model->root, model->roots, root_names, root_addresses, CAA_ORIGIN_HINTS);
    add_servers(model, model->child, model->servers, names, addresses, CAA_ORIGIN_GLUE);
    *state = model;
    return 0;
}

static int tear_down_model(void **state) {
    struct model *model = *state;
    caa_arena_free(model->draft.arena);
    free(model);
    return 0;
}

static void set_states(struct caa_path_server **servers, enum caa_server_state a,
                       enum caa_server_state b, enum caa_server_state c,
                       enum caa_server_state d) {
    const enum caa_server_state states[] = {a, b, c, d};
    for (size_t i = 0; i < 4; i++) servers[i]->state = servers[i]->udp_state = states[i];
}

#define OK     CAA_SERVER_OK
#define SILENT CAA_SERVER_SILENT

static void a_dead_letter_does_not_blame_the_root(void **state) {
    struct model *model = *state;
    set_states(model->roots, SILENT, SILENT, OK, OK);
    assert_null(caa_path_failing_zone(&model->draft.path));
    assert_true(caa_path_zone_has_failures(model->root));
    assert_false(caa_path_zone_has_failures(model->child));
}

static void a_zone_without_usable_server_is_failing_by_what_most_do(void **state) {
    struct model *model = *state;
    set_states(model->servers, SILENT, CAA_SERVER_SERVFAIL, SILENT, SILENT);
    assert_ptr_equal(caa_path_failing_zone(&model->draft.path), model->child);
    assert_int_equal(caa_path_zone_failure(model->child), CAA_FAILURE_SILENT);
}

static void the_deepest_of_two_failing_zones_is_named(void **state) {
    struct model *model = *state;
    set_states(model->roots, SILENT, SILENT, SILENT, SILENT);
    assert_ptr_equal(caa_path_failing_zone(&model->draft.path), model->root);
    set_states(model->servers, SILENT, SILENT, SILENT, SILENT);
    assert_ptr_equal(caa_path_failing_zone(&model->draft.path), model->child);
}

static void a_zone_that_is_still_being_asked_is_not_failing(void **state) {
    struct model *model = *state;
    set_states(model->servers, SILENT, SILENT, SILENT, CAA_SERVER_PENDING);
    assert_null(caa_path_failing_zone(&model->draft.path));
}

static void a_family_that_works_nowhere_does_not_count(void **state) {
    struct model *model = *state;
    const enum caa_server_state out = CAA_SERVER_UNREACHABLE;
    set_states(model->roots, OK, out, OK, out);
    set_states(model->servers, OK, out, OK, out);
    struct caa_server_count count = caa_path_count_servers(&model->draft.path, model->child);
    assert_int_equal(count.known, 2);
    assert_int_equal(count.usable, 2);
    assert_int_equal(count.failing, 0);
}

static void one_usable_address_makes_a_server_usable(void **state) {
    struct model *model = *state;
    set_states(model->servers, OK, SILENT, SILENT, SILENT);
    struct caa_server_count count = caa_path_count_servers(&model->draft.path, model->child);
    assert_int_equal(count.usable, 1);
    assert_int_equal(count.failing, 1);
    assert_null(caa_path_failing_zone(&model->draft.path));
}

/* The referral to example with both names and their addresses, or all but the last. */
static void refer_over_tcp(struct model *model, struct caa_path_server *server,
                           size_t item_count) {
    static struct caa_referral_item items[6];
    struct caa_referral referral = {.zone = model->child->name};
    for (size_t i = 0; i < 6; i++) {
        const struct caa_path_server *at = model->servers[i / 3 * 2 + (i % 3 == 2)];
        items[i] = (struct caa_referral_item){.ns = at->ns->name};
        if (i % 3 != 0) items[i].address = at->address;
    }
    referral.items = items;
    referral.item_count = item_count;
    server->by_tcp = caa_draft_referral(&model->draft, &referral);
}

static bool is_confirmed(const struct model *model) {
    return caa_path_confirmed_referral(model->child) != NULL;
}

static void two_servers_that_agree_over_tcp_confirm(void **state) {
    struct model *model = *state;
    assert_false(is_confirmed(model)); /* nobody but over UDP */
    refer_over_tcp(model, model->roots[0], 6);
    assert_false(is_confirmed(model)); /* one alone */
    assert_false(caa_path_server_is_confirmed(model->child, model->servers[0]));
    refer_over_tcp(model, model->roots[2], 6);
    assert_true(is_confirmed(model));
    for (size_t i = 0; i < 4; i++)
        assert_true(caa_path_server_is_confirmed(model->child, model->servers[i]));
}

static void two_that_disagree_do_not_confirm(void **state) {
    struct model *model = *state;
    refer_over_tcp(model, model->roots[0], 6);
    refer_over_tcp(model, model->roots[2], 5);
    assert_false(is_confirmed(model));
}

static void two_addresses_of_one_server_do_not_confirm(void **state) {
    struct model *model = *state;
    refer_over_tcp(model, model->roots[0], 6);
    refer_over_tcp(model, model->roots[1], 6);
    assert_false(is_confirmed(model));
}

static void who_is_not_confirmed_confirms_nothing(void **state) {
    struct model *model = *state;
    model->roots[2]->origins = CAA_ORIGIN_CHILD;
    refer_over_tcp(model, model->roots[0], 6);
    refer_over_tcp(model, model->roots[2], 6);
    assert_false(is_confirmed(model));
}

static void a_referral_that_was_cut_confirms_nothing(void **state) {
    struct model *model = *state;
    for (size_t i = 0; i < 4; i += 2) {
        refer_over_tcp(model, model->roots[i], 6);
        ((struct caa_referral *)model->roots[i]->by_tcp)->cut = true;
    }
    assert_false(is_confirmed(model));
}

static void a_looked_up_address_steers_where_its_name_is_confirmed(void **state) {
    struct model *model = *state;
    struct caa_path_server *server = model->servers[3]; /* its glue is not in the referral */
    refer_over_tcp(model, model->roots[0], 5);
    refer_over_tcp(model, model->roots[2], 5);
    assert_false(caa_path_server_is_confirmed(model->child, server));
    server->origins = CAA_ORIGIN_CHILD;
    assert_false(caa_path_server_is_confirmed(model->child, server));
    struct caa_path_resolved resolved = {NULL, server->ns};
    server->origins = CAA_ORIGIN_LOOKUP;
    server->resolved = &resolved;
    assert_true(caa_path_server_is_confirmed(model->child, server));
}

static void the_fastest_confirmed_and_usable_are_pinned_first(void **state) {
    struct model *model = *state;
    static const uint32_t round_trips[] = {30, 10, 20, 10};
    struct caa_address addresses[4];
    refer_over_tcp(model, model->roots[0], 6);
    refer_over_tcp(model, model->roots[2], 6);
    for (size_t i = 0; i < 4; i++) {
        model->exchanges[i].round_trip_us = round_trips[i];
        model->servers[i]->udp = &model->exchanges[i];
    }
    model->servers[2]->udp_state = CAA_SERVER_SERVFAIL;
    assert_int_equal(caa_path_pinnable(model->child, false, addresses, 4), 3);
    assert_true(caa_address_equal(&addresses[0], &model->servers[1]->address));
    assert_true(caa_address_equal(&addresses[1], &model->servers[3]->address));
    assert_true(caa_address_equal(&addresses[2], &model->servers[0]->address));
    assert_int_equal(caa_path_pinnable(model->child, false, addresses, 1), 1);
    /* What was not asked over TCP may do there, what failed there does not. */
    assert_int_equal(caa_path_pinnable(model->child, true, addresses, 4), 3);
    model->servers[1]->tcp_state = CAA_SERVER_SILENT;
    assert_int_equal(caa_path_pinnable(model->child, true, addresses, 4), 2);
}

static void servers_that_say_different_things_are_variants(void **state) {
    struct model *model = *state;
    for (size_t i = 0; i < 4; i++) {
        model->exchanges[i].said.digest = i / 2;
        model->servers[i]->udp = &model->exchanges[i];
    }
    assert_int_equal(caa_path_variants(model->child), 2);
    set_states(model->servers, OK, SILENT, SILENT, SILENT);
    assert_int_equal(caa_path_variants(model->child), 1);
    set_states(model->servers, SILENT, SILENT, SILENT, SILENT);
    assert_int_equal(caa_path_variants(model->child), 0);
}

static void limits_of_a_path_are_kept_and_noted(void **state) {
    struct model *model = *state;
    struct caa_name names[] = {name_of("a.example"), name_of("b.a.example")};
    struct caa_address more = address_of("192.0.2.99"), loop = address_of("127.0.0.1");
    bool is_new;
    assert_null(caa_draft_server(&model->draft, model->child, NULL, &loop, CAA_ORIGIN_GLUE));
    assert_int_equal(model->draft.path.limits, 0);
    assert_null(caa_draft_server(&model->draft, model->child, NULL, &more, CAA_ORIGIN_GLUE));
    assert_int_equal(model->draft.path.limits, CAA_PATH_LIMIT_SERVERS);
    assert_int_equal(model->child->server_known_count, 5);
    assert_non_null(caa_draft_zone(&model->draft, model->child, &names[0], &is_new));
    assert_true(is_new);
    assert_null(caa_draft_zone(&model->draft, model->child, &names[1], &is_new));
    assert_true((model->draft.path.limits & CAA_PATH_LIMIT_ZONES) != 0);
}

static void a_servers_state_is_that_of_both_transports(void **state) {
    (void)state;
    assert_int_equal(caa_draft_state(SILENT, OK), OK);
    assert_int_equal(caa_draft_state(OK, SILENT), OK);
    assert_int_equal(caa_draft_state(SILENT, CAA_SERVER_PENDING), CAA_SERVER_PENDING);
    assert_int_equal(caa_draft_state(SILENT, CAA_SERVER_SERVFAIL), CAA_SERVER_SERVFAIL);
    assert_int_equal(caa_draft_state(CAA_SERVER_REFUSED, SILENT), CAA_SERVER_REFUSED);
    assert_int_equal(caa_draft_state(CAA_SERVER_TRUNCATED, SILENT), CAA_SERVER_TRUNCATED);
}

/* --- a walk with nobody at the other end, or one server that the test plays */

struct scene {
    struct event_base *base;
    struct caa_root_hints hints;
    struct caa_walk_setting setting;
    struct caa_walk *walk;
    size_t done_count;
    bool free_when_done;
    int fd; /* where the walk's queries go */
};

static void on_done(void *context, struct caa_walk *walk) {
    struct scene *scene = context;
    scene->done_count++;
    if (!scene->free_when_done) return;
    caa_walk_free(walk);
    scene->walk = NULL;
}

static int set_up_scene(void **state) {
    struct scene *scene = calloc(1, sizeof *scene);
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    scene->base = event_base_new();
    scene->fd = socket(AF_INET, SOCK_DGRAM, 0);
    assert_int_equal(bind(scene->fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(scene->fd, (struct sockaddr *)&address, &size), 0);
    scene->hints.count = 1;
    (void)snprintf(scene->hints.addresses[0], CAA_ADDRESS_TEXT_MAX, "127.0.0.1");
    scene->setting = (struct caa_walk_setting){.base = scene->base,
                                               .clock = caa_clock_system(),
                                               .root_hints = &scene->hints,
                                               .port = ntohs(address.sin_port),
                                               .any_address = true,
                                               .done = on_done,
                                               .context = scene};
    *state = scene;
    return 0;
}

static int tear_down_scene(void **state) {
    struct scene *scene = *state;
    caa_walk_free(scene->walk);
    caa_lookup_free(scene->setting.lookup);
    event_base_free(scene->base);
    close(scene->fd);
    free(scene);
    return 0;
}

static enum caa_err start(struct scene *scene) {
    struct caa_question question = {.name = name_of("www.shop.example"), .type = CAA_TYPE_CAA};
    return caa_walk_start(&scene->walk, &scene->setting, &question);
}

static void run(struct scene *scene) {
    while (scene->done_count == 0) assert_true(event_base_loop(scene->base, EVLOOP_ONCE) >= 0);
    event_base_loop(scene->base, EVLOOP_NONBLOCK);
    assert_int_equal(scene->done_count, 1);
}

static const struct caa_path *path_of(const struct scene *scene) {
    return caa_walk_path(scene->walk);
}

/* Answers the query that waits with `flags`, an NS set of `zone` and the server's own address
   for it; with NULL, with nothing in it. */
static void answer_query(const struct scene *scene, unsigned flags, const char *zone,
                         const char *ns) {
    struct sockaddr_in from;
    socklen_t size = sizeof from;
    begin_response(&response, flags, NULL);
    uint8_t query[512];
    ssize_t got = recvfrom(scene->fd, query, sizeof query, 0, (struct sockaddr *)&from, &size);
    assert_true(got > 23);
    response.len = 0;
    put_octets(&response, query, (size_t)got - 11); /* all but its OPT record */
    response.wire[2] = (uint8_t)(flags >> 8);
    response.wire[3] = (uint8_t)flags;
    response.wire[11] = 0;
    if (zone != NULL) put_ns(&response, AUTHORITY, zone, ns);
    if (zone != NULL)
        put_record(&response, ADDITIONAL, ns, TYPE_A, 60, caa_slice_bytes("\177\0\0\1", 4));
    assert_int_equal(
        sendto(scene->fd, response.wire, response.len, 0, (struct sockaddr *)&from, size),
        response.len);
    event_base_loop(scene->base, EVLOOP_ONCE);
}

static void a_silent_root_ends_the_walk(void **state) {
    struct scene *scene = *state;
    scene->setting.limits.udp_timeout_ms = 20;
    assert_int_equal(start(scene), CAA_OK);
    assert_int_equal(scene->done_count, 0);
    run(scene);
    const struct caa_path *path = path_of(scene);
    assert_true(path->done);
    assert_int_equal(path->zone_count, 1);
    assert_int_equal(path->query_count, 2); /* UDP, then TCP */
    assert_int_equal(path->zones->servers->state, CAA_SERVER_SILENT);
    assert_int_equal(path->zones->servers->tcp_state, CAA_SERVER_UNREACHABLE);
    assert_ptr_equal(caa_path_failing_zone(path), path->zones);
}

static void the_walk_ends_with_its_time(void **state) {
    struct scene *scene = *state;
    scene->setting.limits.time_ms = 20;
    assert_int_equal(start(scene), CAA_OK);
    run(scene);
    assert_true((path_of(scene)->limits & CAA_PATH_LIMIT_TIME) != 0);
    assert_int_equal(path_of(scene)->zones->servers->state, CAA_SERVER_SILENT);
    assert_non_null(path_of(scene)->zones->servers->udp);
}

static void referrals_are_followed_downward_and_end(void **state) {
    struct scene *scene = *state;
    scene->setting.skip_child_ns = true;
    assert_int_equal(start(scene), CAA_OK);
    answer_query(scene, QR, "example", "ns.example");
    assert_int_equal(path_of(scene)->zone_count, 2);
    answer_query(scene, QR, "shop.example", "ns.shop.example");
    assert_int_equal(path_of(scene)->zone_count, 3);
    answer_query(scene, QR, "example", "ns.example"); /* upward: no loop comes of it */
    run(scene);
    assert_int_equal(path_of(scene)->zone_count, 3);
    assert_int_equal(caa_path_deepest(path_of(scene))->servers->udp_state, CAA_SERVER_LAME);
    assert_int_equal(path_of(scene)->query_count, 4); /* the last once more over TCP */
}

static void nothing_is_sent_beyond_the_limit(void **state) {
    struct scene *scene = *state;
    scene->setting.skip_child_ns = true;
    scene->setting.limits.queries = 1;
    assert_int_equal(start(scene), CAA_OK);
    answer_query(scene, QR, "example", "ns.example");
    run(scene);
    assert_int_equal(path_of(scene)->query_count, 1);
    assert_true((path_of(scene)->limits & CAA_PATH_LIMIT_QUERIES) != 0);
    assert_int_equal(caa_path_deepest(path_of(scene))->servers->state, CAA_SERVER_UNASKED);
}

static void memory_that_runs_out_ends_the_walk(void **state) {
    struct scene *scene = *state;
    for (size_t octets = 1024; octets < 64 * 1024; octets += 512) {
        scene->setting.limits.memory_octets = octets;
        enum caa_err err = start(scene);
        if (err == CAA_OK) {
            answer_query(scene, QR, "example", "ns.example");
            caa_walk_free(scene->walk);
            scene->walk = NULL;
            uint8_t rest[512];
            while (recv(scene->fd, rest, sizeof rest, MSG_DONTWAIT) > 0) continue;
        } else {
            assert_true(err == CAA_ERR_LIMIT || err == CAA_ERR_NOMEM);
        }
    }
}

static void a_walk_is_freed_in_mid_flight(void **state) {
    struct scene *scene = *state;
    struct fake *fake = fake_new();
    scene->setting.lookup = &fake->lookup;
    assert_int_equal(start(scene), CAA_OK);
    answer_query(scene, QR, "example", "ns.elsewhere");
    /* Of ns.elsewhere the root may say where it is, and example's servers may not. */
    answer_query(scene, QR, "shop.example", "ns.elsewhere");
    assert_int_equal(fake->asked, 2); /* A and AAAA */
    caa_walk_free(scene->walk);
    scene->walk = NULL;
    assert_int_equal(fake->cancelled, 2);
    event_base_loop(scene->base, EVLOOP_NONBLOCK);
    assert_int_equal(scene->done_count, 0);
}

static void a_walk_may_be_freed_when_it_is_done(void **state) {
    struct scene *scene = *state;
    scene->free_when_done = true;
    scene->setting.limits.udp_timeout_ms = 20;
    assert_int_equal(start(scene), CAA_OK);
    run(scene);
    assert_null(scene->walk);
}

static void without_hints_no_walk_starts(void **state) {
    struct scene *scene = *state;
    scene->hints.count = 0;
    assert_int_equal(start(scene), CAA_ERR_ROOT_HINTS);
}

static void a_walk_can_start_at_a_zone_below(void **state) {
    struct scene *scene = *state;
    struct caa_walk_server server = {.address = address_of("127.0.0.1")};
    server.address.port = scene->setting.port;
    struct caa_walk_from from = {
        .zone = name_of("example"), .servers = &server, .server_count = 1};
    scene->setting.from = &from;
    scene->setting.skip_child_ns = true;
    assert_int_equal(start(scene), CAA_OK);
    answer_query(scene, QR, "shop.example", "ns.shop.example");
    const struct caa_path *path = path_of(scene);
    assert_int_equal(path->zone_count, 2);
    assert_true(caa_path_server_is_confirmed(path->zones, path->zones->servers));
    assert_false(caa_path_server_is_confirmed(path->zones->next, path->zones->next->servers));
}

#define MODEL(test) cmocka_unit_test_setup_teardown(test, set_up_model, tear_down_model)
#define SCENE(test) cmocka_unit_test_setup_teardown(test, set_up_scene, tear_down_scene)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_referral_leads_downward),
        cmocka_unit_test(a_referral_upward_aside_or_to_itself_is_lame),
        cmocka_unit_test(glue_counts_in_the_bailiwick_only),
        cmocka_unit_test(an_empty_answer_needs_authority_and_soa),
        cmocka_unit_test(an_alias_out_of_the_zone_leads_on),
        cmocka_unit_test(an_alias_within_the_zone_ends_where_there_is_an_answer),
        cmocka_unit_test(an_alias_of_another_name_leads_nowhere),
        cmocka_unit_test(a_circle_of_aliases_ends),
        cmocka_unit_test(an_answer_needs_authority),
        cmocka_unit_test(rcodes_are_states),
        cmocka_unit_test(what_is_truncated_tells_nothing_else),
        cmocka_unit_test(a_thousand_name_servers_are_cut),
        MODEL(a_dead_letter_does_not_blame_the_root),
        MODEL(a_zone_without_usable_server_is_failing_by_what_most_do),
        MODEL(the_deepest_of_two_failing_zones_is_named),
        MODEL(a_zone_that_is_still_being_asked_is_not_failing),
        MODEL(a_family_that_works_nowhere_does_not_count),
        MODEL(one_usable_address_makes_a_server_usable),
        MODEL(two_servers_that_agree_over_tcp_confirm),
        MODEL(two_that_disagree_do_not_confirm),
        MODEL(two_addresses_of_one_server_do_not_confirm),
        MODEL(who_is_not_confirmed_confirms_nothing),
        MODEL(a_referral_that_was_cut_confirms_nothing),
        MODEL(a_looked_up_address_steers_where_its_name_is_confirmed),
        MODEL(the_fastest_confirmed_and_usable_are_pinned_first),
        MODEL(servers_that_say_different_things_are_variants),
        MODEL(limits_of_a_path_are_kept_and_noted),
        cmocka_unit_test(a_servers_state_is_that_of_both_transports),
        SCENE(a_silent_root_ends_the_walk),
        SCENE(the_walk_ends_with_its_time),
        SCENE(referrals_are_followed_downward_and_end),
        SCENE(nothing_is_sent_beyond_the_limit),
        SCENE(memory_that_runs_out_ends_the_walk),
        SCENE(a_walk_is_freed_in_mid_flight),
        SCENE(a_walk_may_be_freed_when_it_is_done),
        SCENE(without_hints_no_walk_starts),
        SCENE(a_walk_can_start_at_a_zone_below),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
