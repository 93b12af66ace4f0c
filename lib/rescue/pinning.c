#include "rescue/pinning.h"

#include <string.h>

/* The zones while they are collected, each with what a walk found of it, if one did. */
struct gathering {
    const struct caa_name *name; /* as in the ground */
    struct caa_pinning *pinning;
    struct caa_ledger *ledger;
    const struct caa_path_zone *walked[CAA_PIN_ZONES_MAX]; /* by the latest walk that did */
    const struct caa_path_zone *earlier[CAA_PIN_ZONES_MAX];
};

/* Its place in the list; zone_count where it is not there. */
static size_t find_listed(const struct caa_pinning *pinning, const struct caa_name *zone) {
    size_t i = 0;
    while (i < pinning->zone_count && !caa_name_equal(&pinning->zones[i].zone, zone)) i++;
    return i;
}

static void list(struct gathering *gathering, const struct caa_name *zone, bool is_signed,
                 bool is_troubled, const struct caa_path_zone *walked) {
    struct caa_pinning *pinning = gathering->pinning;
    size_t place = find_listed(pinning, zone);
    if (gathering->name != NULL && !caa_name_is_subdomain(gathering->name, zone)) return;
    if (place < pinning->zone_count && gathering->earlier[place] == NULL)
        gathering->earlier[place] = walked;
    if (place < pinning->zone_count || place == CAA_PIN_ZONES_MAX) return;
    gathering->walked[place] = walked;
    gathering->earlier[place] = NULL;
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
        if (caa_ledger_is_recent(gathering->ledger, &known) && caa_ledger_is_troubled(&known))
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

static void add(struct caa_pinning_zone *zone, const struct caa_path_zone *walked,
                const struct caa_address *address, bool over_tcp) {
    if (zone->address_count < CAA_PIN_ADDRESSES_MAX && !has_address(zone, address) &&
        !has_failed(walked, address, over_tcp))
        zone->addresses[zone->address_count++] = *address;
}

/* Those that an earlier walk found to work, and this one left in peace, or waits for. */
static void add_earlier(struct caa_pinning_zone *zone, const struct caa_path_zone *walked,
                        const struct caa_path_zone *earlier, bool over_tcp) {
    struct caa_address addresses[CAA_PIN_ADDRESSES_MAX];
    size_t count = caa_path_pinnable(earlier, over_tcp, addresses, CAA_PIN_ADDRESSES_MAX);
    for (size_t i = 0; i < count; i++) add(zone, walked, &addresses[i], over_tcp);
}

static bool works(const struct caa_ledger_server *server, bool over_tcp) {
    if (!over_tcp) return server->udp_works;
    return server->tcp_works || (server->udp_works && !server->tcp_failed);
}

/* A walk found it to work, if it could not know whether it may steer a pin. */
static bool works_on(const struct caa_path_zone *walked, const struct caa_address *address,
                     bool over_tcp) {
    const struct caa_path_server *at = walked == NULL ? NULL : walked->servers;
    while (at != NULL && !caa_address_equal(&at->address, address)) at = at->next;
    return at != NULL && (over_tcp ? at->tcp_state : at->udp_state) == CAA_SERVER_OK;
}

/* Likewise, of walks for other names. Whom the ledger has is confirmed, whoever saw it work. */
static void add_known(struct gathering *gathering, struct caa_pinning_zone *zone,
                      const struct caa_path_zone *walked, const struct caa_path_zone *earlier,
                      bool over_tcp) {
    struct caa_ledger_zone known;
    if (!caa_ledger_find(gathering->ledger, &zone->zone, &known) ||
        !caa_name_equal(&known.zone, &zone->zone))
        return;
    bool is_recent = caa_ledger_is_recent(gathering->ledger, &known);
    bool all_walked = walked != NULL && walked->server_count >= known.server_count;
    if (walked != NULL && walked->parent == NULL) zone->is_signed = known.is_signed;
    if (zone->is_signed)
        gathering->pinning->is_partial |= is_recent ? !known.settled : !all_walked;
    if (!is_recent) return;
    for (size_t i = 0; i < known.server_count; i++)
        if (works(&known.servers[i], over_tcp) ||
            works_on(walked, &known.servers[i].address, over_tcp) ||
            works_on(earlier, &known.servers[i].address, over_tcp))
            add(zone, walked, &known.servers[i].address, over_tcp);
    /* UDP that got lost once may get through now, and this one is known to be alive. */
    for (size_t i = 0; i < known.server_count && zone->address_count > 0; i++)
        if (known.servers[i].tcp_works) add(zone, NULL, &known.servers[i].address, over_tcp);
}

static size_t fill(struct gathering *gathering, size_t index, bool over_tcp) {
    struct caa_pinning_zone *zone = &gathering->pinning->zones[index];
    const struct caa_path_zone *walked = gathering->walked[index];
    zone->address_count = walked == NULL ? 0
                                         : caa_path_pinnable(walked, over_tcp, zone->addresses,
                                                             CAA_PIN_ADDRESSES_MAX);
    if (gathering->earlier[index] != NULL)
        add_earlier(zone, walked, gathering->earlier[index], over_tcp);
    add_known(gathering, zone, walked, gathering->earlier[index], over_tcp);
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

/* Where some give bad data, those that were found to give good data are enough. */
static void look_at_trials(struct gathering *gathering, struct caa_pinning_zone *zone) {
    struct caa_ledger_zone known;
    struct caa_address good[CAA_PIN_ADDRESSES_MAX];
    size_t good_count = 0, bad_count = 0;
    zone->is_suspect = zone->is_bad = false;
    if (!zone->is_signed || !caa_ledger_find(gathering->ledger, &zone->zone, &known) ||
        !caa_name_equal(&known.zone, &zone->zone))
        return;
    for (size_t i = 0; i < zone->address_count; i++) {
        enum caa_trial trial =
            caa_ledger_trial_at(gathering->ledger, &known, &zone->addresses[i]);
        if (trial == CAA_TRIAL_GOOD) good[good_count++] = zone->addresses[i];
        bad_count += trial == CAA_TRIAL_BAD;
        zone->is_suspect |= trial == CAA_TRIAL_BAD || trial == CAA_TRIAL_RUNNING;
    }
    zone->is_bad = bad_count > 0 && bad_count == zone->address_count;
    if (good_count == 0) return;
    zone->is_suspect = false;
    zone->is_troubled = true;
    zone->address_count = good_count;
    memcpy(zone->addresses, good, good_count * sizeof good[0]);
}

/* Some walks leave a zone's servers in peace, and tell nothing of them. */
static bool may_work(const struct caa_path_zone *walked) {
    const struct caa_path_server *at = walked == NULL ? NULL : walked->servers;
    while (at != NULL && at->state != CAA_SERVER_UNASKED && at->udp_state != CAA_SERVER_OK &&
           at->tcp_state != CAA_SERVER_OK)
        at = at->next;
    return at != NULL;
}

/* A signed zone below all those that are kept may work, and cannot be pinned. */
static void look_for_dropped(struct caa_pinning *pinning, const struct caa_name *dropped) {
    size_t deepest = caa_pinning_deepest_signed(pinning);
    pinning->is_short = dropped->len > 0 && (deepest == pinning->zone_count ||
                                             dropped->len > pinning->zones[deepest].zone.len);
}

static void keep_reachable(struct gathering *gathering) {
    struct caa_pinning *pinning = gathering->pinning;
    struct caa_name dropped = {.len = 0};
    size_t kept = 0;
    for (size_t i = 0; i < pinning->zone_count; i++) {
        if (fill(gathering, i, pinning->over_tcp) == 0) {
            const struct caa_pinning_zone *zone = &pinning->zones[i];
            if (zone->is_signed && zone->zone.len > dropped.len &&
                may_work(gathering->walked[i]))
                dropped = zone->zone;
            continue;
        }
        look_at_trials(gathering, &pinning->zones[i]);
        if (kept != i) pinning->zones[kept] = pinning->zones[i];
        kept++;
    }
    pinning->zone_count = kept;
    look_for_dropped(pinning, &dropped);
}

/* Two addresses of one name are one server. */
static bool is_heard(const struct caa_ledger_zone *known, const struct caa_name *name,
                     bool over_tcp) {
    for (size_t i = 0; i < known->server_count; i++)
        if (works(&known->servers[i], over_tcp) &&
            caa_name_equal(&known->servers[i].name, name))
            return true;
    return false;
}

static bool has_unheard(struct caa_ledger *ledger, const struct caa_name *zone, bool over_tcp) {
    struct caa_ledger_zone known;
    if (!caa_ledger_find(ledger, zone, &known) || !caa_name_equal(&known.zone, zone))
        return false;
    for (size_t i = 0; i < known.server_count; i++)
        if (known.servers[i].name.len > 0 &&
            !is_heard(&known, &known.servers[i].name, over_tcp))
            return true;
    return false;
}

void caa_pinning_gather(struct caa_pinning *pinning, const struct caa_pinning_ground *ground) {
    struct gathering gathering = {
        .name = ground->name, .pinning = pinning, .ledger = ground->ledger};
    pinning->zone_count = 0;
    pinning->is_short = false;
    pinning->is_partial = ground->path_count > 0 && !ground->paths[0]->done;
    pinning->reaches_name = !pinning->is_partial;
    for (size_t i = 0; i < ground->path_count; i++)
        list_path(&gathering, ground->paths[i], i == 0);
    for (size_t i = 0; i < ground->path_count; i++) list_above(&gathering, ground->paths[i]);
    choose_transport(&gathering);
    keep_reachable(&gathering);
    size_t deepest = caa_pinning_deepest_signed(pinning);
    pinning->has_unheard =
        pinning->is_short ||
        (deepest < pinning->zone_count &&
         has_unheard(ground->ledger, &pinning->zones[deepest].zone, pinning->over_tcp));
}

bool caa_pinning_is_exhausted(const struct caa_pinning *pinning) {
    size_t deepest = caa_pinning_deepest_signed(pinning);
    return deepest < pinning->zone_count && pinning->zones[deepest].is_bad &&
           !pinning->is_partial && !pinning->has_unheard;
}

bool caa_pinning_is_suspect(const struct caa_pinning *pinning) {
    size_t deepest = caa_pinning_deepest_signed(pinning);
    return deepest < pinning->zone_count && pinning->zones[deepest].is_suspect;
}

bool caa_pinning_is_better(const struct caa_pinning *now, const struct caa_pinning *before) {
    if (now->over_tcp && !before->over_tcp) return true;
    for (size_t i = 0; i < now->zone_count; i++) {
        size_t place = find_listed(before, &now->zones[i].zone);
        bool is_new = place == before->zone_count;
        if (now->zones[i].is_troubled && is_new) return true;
        if (!is_new && before->zones[place].is_suspect && !now->zones[i].is_suspect)
            return true;
    }
    return false;
}

size_t caa_pinning_deepest_signed(const struct caa_pinning *pinning) {
    size_t deepest = pinning->zone_count;
    for (size_t i = 0; i < pinning->zone_count; i++) {
        const struct caa_pinning_zone *zone = &pinning->zones[i];
        if (zone->is_signed && (deepest == pinning->zone_count ||
                                zone->zone.len > pinning->zones[deepest].zone.len))
            deepest = i;
    }
    return pinning->is_short ? pinning->zone_count : deepest;
}
