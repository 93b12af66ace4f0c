#include "rescue/pinning.h"

#include <string.h>

/* The zones while they are collected, each with what a walk found of it, if one did. */
struct gathering {
    struct caa_pinning *pinning;
    struct caa_ledger *ledger;
    const struct caa_path_zone *walked[CAA_PIN_ZONES_MAX];
};

static bool is_listed(const struct caa_pinning *pinning, const struct caa_name *zone) {
    for (size_t i = 0; i < pinning->zone_count; i++)
        if (caa_name_equal(&pinning->zones[i].zone, zone)) return true;
    return false;
}

static void list(struct gathering *gathering, const struct caa_name *zone, bool is_signed,
                 bool is_troubled, const struct caa_path_zone *walked) {
    struct caa_pinning *pinning = gathering->pinning;
    if (pinning->zone_count == CAA_PIN_ZONES_MAX || is_listed(pinning, zone)) return;
    gathering->walked[pinning->zone_count] = walked;
    struct caa_pinning_zone *listed = &pinning->zones[pinning->zone_count++];
    listed->zone = *zone;
    listed->is_signed = is_signed;
    listed->is_troubled = is_troubled;
    listed->address_count = 0;
}

/* The root's servers are well known and many: only a root in trouble is pinned. */
static void list_path(struct gathering *gathering, const struct caa_path *path, bool all) {
    for (const struct caa_path_zone *zone = path->zones; zone != NULL; zone = zone->next) {
        bool is_troubled = caa_path_zone_has_failures(zone);
        if (is_troubled || (all && !caa_name_is_root(&zone->name)))
            list(gathering, &zone->name, zone->parent == NULL || zone->ds_seen, is_troubled,
                 zone);
    }
}

/* Above where a walk began, it knows nothing. */
static void list_above(struct gathering *gathering, const struct caa_path *path) {
    struct caa_ledger_zone known;
    struct caa_name below = path->zones->name;
    while (caa_ledger_find_above(gathering->ledger, &below, &known)) {
        if (caa_ledger_was_asked(gathering->ledger, &known) && caa_ledger_is_troubled(&known))
            list(gathering, &known.zone, known.is_signed, true, NULL);
        below = known.zone;
    }
}

static bool has_address(const struct caa_pinning_zone *zone,
                        const struct caa_address *address) {
    for (size_t i = 0; i < zone->address_count; i++)
        if (caa_address_equal(&zone->addresses[i], address)) return true;
    return false;
}

/* The latest walk saw it fail. */
static bool has_failed(const struct caa_path_zone *walked, const struct caa_address *address,
                       bool over_tcp) {
    const struct caa_path_server *at = walked == NULL ? NULL : walked->servers;
    while (at != NULL && !caa_address_equal(&at->address, address)) at = at->next;
    return at != NULL && caa_server_state_failure(over_tcp ? at->tcp_state : at->udp_state) !=
                             CAA_FAILURE_NONE;
}

static bool works(const struct caa_ledger_server *server, bool over_tcp) {
    if (!over_tcp) return server->udp_works;
    return server->tcp_works || (server->udp_works && !server->tcp_failed);
}

/* Those that an earlier walk found to work, and this one left in peace. */
static void add_known(struct gathering *gathering, struct caa_pinning_zone *zone,
                      const struct caa_path_zone *walked, bool over_tcp) {
    struct caa_ledger_zone known;
    if (!caa_ledger_find(gathering->ledger, &zone->zone, &known) ||
        !caa_name_equal(&known.zone, &zone->zone) ||
        !caa_ledger_was_asked(gathering->ledger, &known))
        return;
    gathering->pinning->is_partial |= !known.settled;
    for (size_t i = 0; i < known.server_count; i++)
        if (works(&known.servers[i], over_tcp) && zone->address_count < CAA_PIN_ADDRESSES_MAX &&
            !has_address(zone, &known.servers[i].address) &&
            !has_failed(walked, &known.servers[i].address, over_tcp))
            zone->addresses[zone->address_count++] = known.servers[i].address;
}

static size_t fill(struct gathering *gathering, size_t index, bool over_tcp) {
    struct caa_pinning_zone *zone = &gathering->pinning->zones[index];
    const struct caa_path_zone *walked = gathering->walked[index];
    zone->address_count = walked == NULL ? 0
                                         : caa_path_pinnable(walked, over_tcp, zone->addresses,
                                                             CAA_PIN_ADDRESSES_MAX);
    add_known(gathering, zone, walked, over_tcp);
    return zone->address_count;
}

static void choose_transport(struct gathering *gathering) {
    struct caa_pinning *pinning = gathering->pinning;
    pinning->over_tcp = false;
    pinning->without_udp.len = 0;
    for (size_t i = 0; i < pinning->zone_count && !pinning->over_tcp; i++) {
        if (fill(gathering, i, false) > 0 || fill(gathering, i, true) == 0) continue;
        pinning->over_tcp = true;
        pinning->without_udp = pinning->zones[i].zone;
    }
}

static void keep_reachable(struct gathering *gathering) {
    struct caa_pinning *pinning = gathering->pinning;
    size_t kept = 0;
    for (size_t i = 0; i < pinning->zone_count; i++) {
        if (fill(gathering, i, pinning->over_tcp) == 0) continue;
        if (kept != i) pinning->zones[kept] = pinning->zones[i];
        kept++;
    }
    pinning->zone_count = kept;
}

void caa_pinning_gather(struct caa_pinning *pinning, const struct caa_pinning_ground *ground) {
    struct gathering gathering = {.pinning = pinning, .ledger = ground->ledger};
    pinning->zone_count = 0;
    pinning->is_partial = ground->path_count > 0 && !ground->paths[0]->done;
    for (size_t i = 0; i < ground->path_count; i++)
        list_path(&gathering, ground->paths[i], i == 0);
    for (size_t i = 0; i < ground->path_count; i++) list_above(&gathering, ground->paths[i]);
    choose_transport(&gathering);
    keep_reachable(&gathering);
}

bool caa_pinning_is_better(const struct caa_pinning *now, const struct caa_pinning *before) {
    if (now->over_tcp && !before->over_tcp) return true;
    for (size_t i = 0; i < now->zone_count; i++)
        if (now->zones[i].is_troubled && !is_listed(before, &now->zones[i].zone)) return true;
    return false;
}
