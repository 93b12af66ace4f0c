#include "probe/walk.h"

#include <stdlib.h>
#include <string.h>

#include "probe/walk_state.h"

/* --- what is in flight */

static void settle_if_idle(struct caa_walk *walk) {
    const struct timeval now = {0, 0};
    if (walk->asks == NULL && walk->names.in_flight == 0 && !walk->draft.path.done)
        evtimer_add(walk->settle, &now);
}

static void unlink_ask(struct caa_walk_ask *ask) {
    *ask->link = ask->next;
    if (ask->next != NULL) ask->next->link = ask->link;
}

static struct caa_question question_of(const struct caa_walk_ask *ask) {
    const uint16_t type_ns = 2;
    if (ask->purpose == CAA_WALK_QUESTION) return ask->walk->question;
    return (struct caa_question){.name = ask->zone->name, .type = type_ns};
}

static void on_exchange(void *context, const struct caa_exchange *exchange) {
    struct caa_walk_ask *ask = context;
    struct caa_walk *walk = ask->walk;
    struct caa_question question = question_of(ask);
    unlink_ask(ask);
    caa_reply_read(walk->reply, exchange, &ask->zone->name, &question, walk->setting.port);
    caa_walk_take(walk, ask, exchange);
    settle_if_idle(walk);
}

bool caa_walk_may_send(const struct caa_walk *walk, enum caa_walk_rank rank) {
    static const uint32_t shares[] = {
        [CAA_WALK_FIRST] = 0, [CAA_WALK_SECOND] = 1, [CAA_WALK_THIRD] = 3};
    uint32_t most = walk->setting.limits.queries;
    return !walk->ending && walk->draft.path.query_count + most * shares[rank] / 8 < most;
}

static void note_pending(struct caa_path_server *server, enum caa_transport transport) {
    if (transport == CAA_TRANSPORT_UDP)
        server->udp_state = CAA_SERVER_PENDING;
    else
        server->tcp_state = CAA_SERVER_PENDING;
    server->state = caa_draft_state(server->udp_state, server->tcp_state);
}

/* These want their queries without EDNS (RFC 6891 section 7). */
static bool fails_at_edns(const struct caa_path_server *server) {
    const uint16_t formerr = 1, notimp = 4, badvers = 16;
    if (server->udp == NULL || server->udp->result != CAA_EXCHANGE_RESPONSE) return false;
    uint16_t rcode = server->udp->said.rcode;
    return rcode == formerr || rcode == notimp || rcode == badvers;
}

static struct caa_exchange_setting exchange_setting(const struct caa_walk *walk,
                                                    const struct caa_path_server *server,
                                                    enum caa_transport transport) {
    const struct caa_walk_limits *limits = &walk->setting.limits;
    bool udp = transport == CAA_TRANSPORT_UDP;
    return (struct caa_exchange_setting){
        .base = walk->setting.base,
        .clock = walk->setting.clock,
        .random = walk->setting.random,
        .server = server->ns == NULL ? NULL : &server->ns->name,
        .address = server->address,
        .transport = transport,
        .no_edns = !udp && fails_at_edns(server),
        .timeout_ms = udp ? limits->udp_timeout_ms : limits->tcp_timeout_ms};
}

bool caa_walk_send(struct caa_walk *walk, struct caa_path_zone *zone,
                   struct caa_path_server *server, enum caa_walk_purpose purpose,
                   enum caa_transport transport, size_t slot) {
    const struct caa_walk_setting *by = &walk->setting;
    if (by->permit != NULL && !by->permit(by->context, &zone->name)) {
        walk->draft.path.limits |= CAA_PATH_LIMIT_QUERIES;
        return false;
    }
    struct caa_walk_ask *ask = caa_arena_alloc(walk->draft.arena, sizeof *ask);
    if (ask != NULL) {
        *ask = (struct caa_walk_ask){.walk = walk,
                                     .zone = zone,
                                     .server = server,
                                     .purpose = purpose,
                                     .transport = transport,
                                     .slot = slot};
        struct caa_exchange_setting setting = exchange_setting(walk, server, transport);
        struct caa_question question = question_of(ask);
        if (caa_exchange_start(&ask->ticket, &setting, &question, on_exchange, ask) != CAA_OK)
            ask = NULL;
    }
    if (ask == NULL) {
        walk->draft.path.limits |= CAA_PATH_LIMIT_MEMORY;
        return false;
    }
    ask->next = walk->asks;
    ask->link = &walk->asks;
    if (walk->asks != NULL) walk->asks->link = &ask->next;
    walk->asks = ask;
    walk->draft.path.query_count++;
    if (purpose == CAA_WALK_QUESTION) note_pending(server, transport);
    return true;
}

static void on_heard(void *context, struct caa_path_zone *zone) {
    struct caa_walk *walk = context;
    caa_walk_ask_zone(walk, zone);
    settle_if_idle(walk);
}

/* --- its end */

static void finish(struct caa_walk *walk) {
    int64_t took_us = caa_clock_monotonic_us(walk->setting.clock) - walk->started_us;
    walk->draft.path.elapsed_us = (uint32_t)(took_us > UINT32_MAX ? UINT32_MAX : took_us);
    walk->draft.path.done = true;
    evtimer_del(walk->deadline);
    evtimer_del(walk->settle);
    walk->setting.done(walk->setting.context, walk);
}

/* Nothing is in flight: is there anything left to do? Never from inside somebody's callback. */
static void on_settle(evutil_socket_t fd, short events, void *context) {
    struct caa_walk *walk = context;
    (void)fd;
    (void)events;
    if (walk->asks == NULL && walk->names.in_flight == 0 && !caa_walk_sweep(walk)) finish(walk);
}

static void on_deadline(evutil_socket_t fd, short events, void *context) {
    struct caa_walk *walk = context;
    (void)fd;
    (void)events;
    walk->ending = true;
    walk->draft.path.limits |= CAA_PATH_LIMIT_TIME;
    caa_ns_lookups_cancel(&walk->names);
    while (walk->asks != NULL) caa_exchange_expire(walk->asks->ticket);
    finish(walk);
}

void caa_walk_free(struct caa_walk *walk) {
    if (walk == NULL) return;
    caa_ns_lookups_cancel(&walk->names);
    while (walk->asks != NULL) {
        struct caa_walk_ask *ask = walk->asks;
        unlink_ask(ask);
        caa_exchange_cancel(ask->ticket);
    }
    if (walk->deadline != NULL) event_free(walk->deadline);
    if (walk->settle != NULL) event_free(walk->settle);
    caa_arena_free(walk->draft.arena);
    free(walk->reply);
    free(walk);
}

/* --- its start */

static uint32_t either(uint32_t said, uint32_t otherwise) {
    return said != 0 ? said : otherwise;
}

static void fill_in(struct caa_walk *walk) {
    struct caa_walk_limits *limits = &walk->setting.limits;
    limits->queries = either(limits->queries, 96);
    limits->zones = either(limits->zones, 12);
    limits->servers = either(limits->servers, 64);
    limits->lookups = either(limits->lookups, 16);
    limits->time_ms = either(limits->time_ms, 8000);
    limits->udp_timeout_ms = either(limits->udp_timeout_ms, 1500);
    limits->tcp_timeout_ms = either(limits->tcp_timeout_ms, 3000);
    if (limits->memory_octets == 0) limits->memory_octets = 4 << 20;
    if (limits->packet_octets == 0) limits->packet_octets = 4096;
    if (walk->setting.port == 0) walk->setting.port = CAA_DNS_PORT;
}

static void begin_path(struct caa_walk *walk) {
    const struct caa_walk_setting *setting = &walk->setting;
    walk->started_us = caa_clock_monotonic_us(setting->clock);
    walk->draft.zones_most = setting->limits.zones;
    walk->draft.servers_most = setting->limits.servers;
    walk->draft.packet_octets_most = setting->limits.packet_octets;
    walk->draft.any_address = setting->any_address;
    walk->draft.path = (struct caa_path){.name = walk->question.name,
                                         .type = walk->question.type,
                                         .started_at_us = caa_clock_wall_us(setting->clock)};
    walk->names = (struct caa_ns_lookups){.draft = &walk->draft,
                                          .lookup = setting->lookup,
                                          .names_most = setting->limits.lookups,
                                          .port = setting->port,
                                          .complete_glue = setting->complete_glue,
                                          .heard = on_heard,
                                          .context = walk};
}

static void add_given(struct caa_walk *walk, struct caa_path_zone *zone) {
    const struct caa_walk_from *from = walk->setting.from;
    for (size_t i = 0; i < from->server_count; i++) {
        const struct caa_walk_server *server = &from->servers[i];
        struct caa_path_ns *ns =
            server->name == NULL ? NULL : caa_draft_ns(&walk->draft, zone, server->name);
        caa_draft_server(&walk->draft, zone, ns, &server->address, CAA_ORIGIN_GIVEN);
    }
}

static void add_hints(struct caa_walk *walk, struct caa_path_zone *zone) {
    const struct caa_root_hints *hints = walk->setting.root_hints;
    for (size_t i = 0; hints != NULL && i < hints->count; i++) {
        struct caa_address address;
        if (caa_address_from_text(&address, hints->addresses[i], walk->setting.port))
            caa_draft_server(&walk->draft, zone, NULL, &address, CAA_ORIGIN_HINTS);
    }
}

static enum caa_err ask_first_zone(struct caa_walk *walk) {
    static const struct caa_name root = {.len = 1};
    const struct caa_walk_from *from = walk->setting.from;
    bool is_new;
    struct caa_path_zone *zone =
        caa_draft_zone(&walk->draft, NULL, from == NULL ? &root : &from->zone, &is_new);
    if (zone == NULL) return CAA_ERR_LIMIT;
    if (from == NULL)
        add_hints(walk, zone);
    else
        add_given(walk, zone);
    if (zone->server_count == 0)
        return (walk->draft.path.limits & CAA_PATH_LIMIT_MEMORY) != 0 ? CAA_ERR_LIMIT
                                                                      : CAA_ERR_ROOT_HINTS;
    caa_walk_ask_zone(walk, zone);
    walk->setting.from = NULL; /* it need not live longer */
    return walk->asks == NULL ? CAA_ERR_LIMIT : CAA_OK;
}

static enum caa_err prepare(struct caa_walk *walk) {
    const struct caa_walk_limits *limits = &walk->setting.limits;
    struct timeval most = {.tv_sec = limits->time_ms / 1000,
                           .tv_usec = (suseconds_t)(limits->time_ms % 1000) * 1000};
    walk->draft.arena = caa_arena_new(limits->memory_octets);
    walk->reply = malloc(sizeof *walk->reply);
    if (walk->draft.arena == NULL || walk->reply == NULL) return CAA_ERR_NOMEM;
    walk->notes = caa_arena_array(walk->draft.arena, limits->zones, sizeof *walk->notes);
    if (walk->notes == NULL) return CAA_ERR_LIMIT;
    walk->deadline = evtimer_new(walk->setting.base, on_deadline, walk);
    walk->settle = evtimer_new(walk->setting.base, on_settle, walk);
    if (walk->deadline == NULL || walk->settle == NULL ||
        evtimer_add(walk->deadline, &most) != 0)
        return CAA_ERR_EVENT;
    return CAA_OK;
}

enum caa_err caa_walk_start(struct caa_walk **walk, const struct caa_walk_setting *setting,
                            const struct caa_question *question) {
    struct caa_walk *made = calloc(1, sizeof *made);
    if (made == NULL) return CAA_ERR_NOMEM;
    made->setting = *setting;
    made->question = (struct caa_question){.name = question->name, .type = question->type};
    fill_in(made);
    begin_path(made);
    enum caa_err err = prepare(made);
    if (err == CAA_OK) err = ask_first_zone(made);
    if (err != CAA_OK) {
        caa_walk_free(made);
        return err;
    }
    *walk = made;
    return CAA_OK;
}

const struct caa_path *caa_walk_path(const struct caa_walk *walk) {
    return &walk->draft.path;
}
