/* What follows from each reply of a walk. */
#include <string.h>

#include "probe/walk_state.h"

enum { CONFIRMATIONS_WANTED = 3, CONFIRMATIONS_MOST = 6 };

static struct caa_walk_note *note_of(struct caa_walk *walk, const struct caa_path_zone *zone) {
    struct caa_walk_note *note = walk->notes;
    while (note->zone != zone && note->zone != NULL) note++;
    note->zone = zone; /* as many notes as there may be zones */
    return note;
}

static void tell(struct caa_walk *walk, enum caa_walk_event event,
                 const struct caa_path_zone *zone) {
    if (walk->setting.progress != NULL)
        walk->setting.progress(walk->setting.context, walk, event, zone);
}

static bool has_failed(enum caa_server_state state) {
    return state != CAA_SERVER_UNASKED && state != CAA_SERVER_PENDING && state != CAA_SERVER_OK;
}

static bool has_usable(const struct caa_path_zone *zone) {
    for (const struct caa_path_server *at = zone->servers; at != NULL; at = at->next)
        if (at->state == CAA_SERVER_OK) return true;
    return false;
}

static bool has_pending(const struct caa_path_zone *zone) {
    for (const struct caa_path_server *at = zone->servers; at != NULL; at = at->next)
        if (at->udp_state == CAA_SERVER_PENDING) return true;
    return false;
}

/* --- asking */

/* Asked of whoever started the walk once for each zone. Where he said himself whom to ask
   first, these are all. */
static enum caa_breadth breadth_of(struct caa_walk *walk, const struct caa_path_zone *zone) {
    const struct caa_walk_setting *setting = &walk->setting;
    struct caa_walk_note *note = note_of(walk, zone);
    bool is_given = zone->parent == NULL && setting->from != NULL;
    if (!note->has_breadth && setting->breadth != NULL && !is_given)
        note->breadth = setting->breadth(setting->context, &zone->name);
    note->has_breadth = true;
    return note->breadth;
}

static void ask_unasked(struct caa_walk *walk, struct caa_path_zone *zone) {
    if (walk->setting.spare_children && zone->parent != NULL) return;
    enum caa_breadth breadth = breadth_of(walk, zone);
    struct caa_path_server *next;
    while (!walk->ending &&
           (next = caa_breadth_next(&walk->draft.path, zone, breadth)) != NULL) {
        if (!caa_walk_may_send(walk, CAA_WALK_FIRST)) {
            walk->draft.path.limits |= CAA_PATH_LIMIT_QUERIES;
            return;
        }
        if (!caa_walk_send(walk, zone, next, CAA_WALK_QUESTION, CAA_TRANSPORT_UDP, 0)) return;
    }
}

void caa_walk_ask_zone(struct caa_walk *walk, struct caa_path_zone *zone) {
    ask_unasked(walk, zone);
    if (!walk->ending) caa_ns_lookups_start(&walk->names, zone);
}

static bool has_answered(const struct caa_path_server *server) {
    return server->udp != NULL && server->udp->result == CAA_EXCHANGE_RESPONSE &&
           server->udp_state != CAA_SERVER_TRUNCATED;
}

static bool has_ended(enum caa_server_state state) {
    return state != CAA_SERVER_UNASKED && state != CAA_SERVER_PENDING;
}

/* Failed over UDP, or is to be asked so anyway, and was not asked over TCP. */
static bool is_to_be_asked_again(const struct caa_walk *walk, const struct caa_path_zone *zone,
                                 const struct caa_path_server *server) {
    const struct caa_walk_setting *setting = &walk->setting;
    if (server->tcp_state != CAA_SERVER_UNASKED || !has_ended(server->udp_state)) return false;
    if (setting->both_transports) return true;
    if (!has_failed(server->udp_state)) return false;
    bool is_spared = setting->spare_tcp || (setting->spare_tcp_if_usable && has_usable(zone));
    return !(is_spared && has_answered(server));
}

static bool ask_again_over_tcp(struct caa_walk *walk, struct caa_path_zone *zone,
                               struct caa_path_server *server, enum caa_walk_rank rank) {
    return is_to_be_asked_again(walk, zone, server) && caa_walk_may_send(walk, rank) &&
           caa_walk_send(walk, zone, server, CAA_WALK_QUESTION, CAA_TRANSPORT_TCP, 0);
}

/* Whoever has answered with an error waits until all have been heard: the budget is for those
   that may be good. */
static void ask_failed_over_tcp(struct caa_walk *walk, struct caa_path_zone *zone) {
    enum caa_walk_rank rank = has_usable(zone) ? CAA_WALK_THIRD : CAA_WALK_FIRST;
    bool all_heard = !has_pending(zone);
    for (struct caa_path_server *at = zone->servers; at != NULL; at = at->next)
        if (all_heard || !has_answered(at)) ask_again_over_tcp(walk, zone, at, rank);
}

bool caa_walk_sweep(struct caa_walk *walk) {
    bool sent = false;
    for (struct caa_path_zone *zone = walk->draft.path.zones; zone != NULL; zone = zone->next)
        for (struct caa_path_server *at = zone->servers; at != NULL; at = at->next) {
            sent |= ask_again_over_tcp(walk, zone, at, CAA_WALK_FIRST);
            if (!walk->ending && is_to_be_asked_again(walk, zone, at))
                walk->draft.path.limits |= CAA_PATH_LIMIT_QUERIES;
        }
    return sent;
}

/* The zone's own NS set, of two of its servers. */
static void ask_child_ns(struct caa_walk *walk, struct caa_path_zone *zone,
                         struct caa_path_server *server) {
    struct caa_walk_note *note = note_of(walk, zone);
    size_t slot = note->child_ns_asked[0] == NULL ? 0 : 1;
    if (walk->setting.skip_child_ns || walk->ending || note->child_ns_asked[slot] != NULL)
        return;
    if (slot == 1 && !caa_path_are_two_servers(note->child_ns_asked[0], server)) return;
    if (!caa_walk_may_send(walk, CAA_WALK_THIRD))
        walk->draft.path.limits |= CAA_PATH_LIMIT_QUERIES;
    else if (caa_walk_send(walk, zone, server, CAA_WALK_CHILD_NS, CAA_TRANSPORT_UDP, slot))
        note->child_ns_asked[slot] = server;
}

/* --- confirming */

/* Has said over TCP where it refers to, or is about to. */
static bool is_confirming(const struct caa_path_server *server) {
    return server->by_tcp != NULL || server->tcp_state == CAA_SERVER_PENDING;
}

/* Agreement of servers that are not confirmed themselves confirms nothing; but as long as
   nobody of the zone is, any of them may turn out to be. */
static bool may_confirm(const struct caa_walk_note *note,
                        const struct caa_path_server *server) {
    bool settled = note->zone->parent == NULL || note->confirmed;
    return !settled || caa_path_server_is_confirmed(note->zone, server);
}

static size_t count_confirming(const struct caa_walk_note *note) {
    size_t count = 0;
    for (const struct caa_path_server *at = note->zone->servers; at != NULL; at = at->next)
        if (is_confirming(at) && may_confirm(note, at)) count++;
    return count;
}

static bool stands_beside(const struct caa_path_zone *zone,
                          const struct caa_path_server *server) {
    for (const struct caa_path_server *at = zone->servers; at != NULL; at = at->next)
        if (is_confirming(at) && !caa_path_are_two_servers(at, server)) return false;
    return true;
}

static void ask_to_confirm(struct caa_walk *walk, struct caa_path_zone *zone) {
    struct caa_walk_note *note = note_of(walk, zone);
    size_t count = count_confirming(note);
    for (struct caa_path_server *at = zone->servers; at != NULL; at = at->next) {
        if (count >= CONFIRMATIONS_WANTED || note->confirmations >= CONFIRMATIONS_MOST) return;
        if (!at->refers || at->tcp_state != CAA_SERVER_UNASKED || !may_confirm(note, at) ||
            !stands_beside(zone, at))
            continue;
        if (!caa_walk_may_send(walk, CAA_WALK_SECOND)) {
            walk->draft.path.limits |= walk->ending ? 0 : CAA_PATH_LIMIT_QUERIES;
            return;
        }
        if (!caa_walk_send(walk, zone, at, CAA_WALK_QUESTION, CAA_TRANSPORT_TCP, 0)) return;
        note->confirmations++;
        count++;
    }
}

/* Confirmation goes from the root down: each that is new may make that of the next one. */
static void look_for_confirmed(struct caa_walk *walk) {
    struct caa_path_zone *zone = walk->draft.path.zones;
    for (; zone != NULL; zone = zone->next) {
        struct caa_walk_note *note = note_of(walk, zone);
        if (!note->confirmed && caa_path_confirmed_referral(zone) != NULL) {
            note->confirmed = true;
            tell(walk, CAA_WALK_ZONE_CONFIRMED, zone);
        }
        if (walk->setting.confirm_referrals) ask_to_confirm(walk, zone);
    }
}

/* --- taking in */

static void take_referral(struct caa_walk *walk, const struct caa_walk_ask *ask) {
    const struct caa_referral *set = &walk->reply->set;
    bool is_new;
    struct caa_path_zone *child = caa_draft_zone(&walk->draft, ask->zone, &set->zone, &is_new);
    if (ask->transport == CAA_TRANSPORT_TCP)
        ask->server->by_tcp = caa_draft_referral(&walk->draft, set);
    if (child == NULL) return;
    caa_draft_set(&walk->draft, child, set, CAA_ORIGIN_GLUE);
    if (is_new) tell(walk, CAA_WALK_ZONE_FOUND, child);
    caa_walk_ask_zone(walk, child);
}

/* Without memory to keep it, what came counts for nothing. */
static void keep(struct caa_walk *walk, const struct caa_walk_ask *ask,
                 const struct caa_exchange *exchange) {
    struct caa_path_server *server = ask->server;
    const struct caa_exchange *kept = caa_draft_exchange(&walk->draft, exchange);
    enum caa_server_state state = kept == NULL ? CAA_SERVER_UNASKED : walk->reply->state;
    if (ask->transport == CAA_TRANSPORT_UDP) {
        server->udp = kept;
        server->udp_state = state;
    } else {
        server->tcp = kept;
        server->tcp_state = state;
    }
    server->state = caa_draft_state(server->udp_state, server->tcp_state);
    if (state == CAA_SERVER_OK) {
        server->refers = walk->reply->refers;
        if (walk->reply->alias.len > 0)
            server->alias = caa_draft_name(&walk->draft, &walk->reply->alias);
    }
    if (kept == NULL) walk->ending = true;
}

static void take_answer(struct caa_walk *walk, const struct caa_walk_ask *ask,
                        const struct caa_exchange *exchange) {
    struct caa_path_server *server = ask->server;
    bool was_usable = server->state == CAA_SERVER_OK;
    bool usable = walk->reply->state == CAA_SERVER_OK;
    keep(walk, ask, exchange);
    if (usable && server->state == CAA_SERVER_OK) {
        if (walk->reply->refers) take_referral(walk, ask);
        if (!was_usable) tell(walk, CAA_WALK_SERVER_USABLE, ask->zone);
        ask_child_ns(walk, ask->zone, server);
    } else {
        ask_unasked(walk, ask->zone);
        ask_failed_over_tcp(walk, ask->zone);
    }
    look_for_confirmed(walk);
}

static void take_child_ns(struct caa_walk *walk, const struct caa_walk_ask *ask,
                          const struct caa_exchange *exchange) {
    const struct caa_reply *reply = walk->reply;
    ask->zone->child_ns[ask->slot] = caa_draft_exchange(&walk->draft, exchange);
    if (reply->state == CAA_SERVER_TRUNCATED && ask->transport == CAA_TRANSPORT_UDP &&
        caa_walk_may_send(walk, CAA_WALK_THIRD))
        caa_walk_send(walk, ask->zone, ask->server, CAA_WALK_CHILD_NS, CAA_TRANSPORT_TCP,
                      ask->slot);
    if (reply->state != CAA_SERVER_OK || reply->refers || reply->set.item_count == 0) return;
    caa_draft_set(&walk->draft, ask->zone, &reply->set, CAA_ORIGIN_CHILD);
    caa_walk_ask_zone(walk, ask->zone);
}

void caa_walk_take(struct caa_walk *walk, const struct caa_walk_ask *ask,
                   const struct caa_exchange *exchange) {
    if (ask->purpose == CAA_WALK_QUESTION)
        take_answer(walk, ask, exchange);
    else
        take_child_ns(walk, ask, exchange);
}
