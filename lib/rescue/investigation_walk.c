#include "rescue/investigation_state.h"

enum {
    REASKED_SERVERS = 2,                       /* at a time, of a zone that fails */
    REASK_QUERIES = 12,                        /* then that, and where they lead */
    REASK_ABOVE_QUERIES = 2 * REASKED_SERVERS, /* of the zone above it, and of it */
    REASK_UDP_MS = 1000, /* and no longer, so that the next two have their turn */
    REASK_TCP_MS = 1500,
    RENEW_S =
        30, /* then all are asked anew: a check is told what they do, and not what they did */
};

bool caa_investigation_is_first(const struct caa_investigation *investigation,
                                const struct caa_walk *walk) {
    for (size_t i = 0; i < investigation->leg_count; i++)
        if (investigation->legs[i].first == walk) return true;
    return false;
}

static int64_t now_us(const struct caa_investigation *investigation) {
    return caa_clock_monotonic_us(investigation->setting->clock);
}

static uint32_t sent_by_latest(const struct caa_investigation *investigation) {
    return investigation->walk == NULL ? 0 : caa_walk_path(investigation->walk)->query_count;
}

uint32_t caa_investigation_query_count(const struct caa_investigation *investigation) {
    return caa_budget_spent(&investigation->budget, sent_by_latest(investigation),
                            now_us(investigation));
}

static uint32_t allowance(const struct caa_investigation *investigation) {
    return caa_budget_left(&investigation->budget, sent_by_latest(investigation),
                           now_us(investigation));
}

/* Who asked everybody does not do so again. */
uint32_t caa_investigation_pause_ms(const struct caa_investigation *investigation) {
    uint32_t latest = sent_by_latest(investigation);
    bool asked_all = caa_investigation_is_first(investigation, investigation->walk) ||
                     latest > REASK_QUERIES;
    return caa_budget_pause_ms(&investigation->budget, latest,
                               asked_all ? REASKED_SERVERS : latest, now_us(investigation));
}

/* How a walk asks. */
enum manner {
    ASK,     /* everybody it meets, as far as the limits go */
    ASK_FEW, /* of each zone */
    CONFIRM, /* only the parent's servers, for the referral: who is below was asked before */
};

/* Where an alias leads, the registries on the way were mostly not met yet, and are mostly well.
   The root has servers enough for everybody, and is never blamed for a few of them. */
static enum caa_breadth breadth_of(void *context, const struct caa_name *zone) {
    const struct caa_investigation *investigation = context;
    struct caa_traffic *traffic = caa_ledger_traffic(investigation->setting->ledger);
    if (investigation->asks_few) return CAA_BREADTH_FEW;
    if (!caa_name_is_root(zone) && !caa_traffic_claim(traffic, zone, investigation->number))
        return CAA_BREADTH_FEW;
    return investigation->at > 0 ? CAA_BREADTH_FEW_AT_FIRST : CAA_BREADTH_ALL;
}

static bool may_ask(void *context, const struct caa_name *zone) {
    const struct caa_investigation *investigation = context;
    struct caa_traffic *traffic = caa_ledger_traffic(investigation->setting->ledger);
    return caa_traffic_permit(traffic, zone, investigation->number);
}

/* CAA_ERR_LIMIT where the budget is used up for now. */
static enum caa_err walk(struct caa_investigation *investigation,
                         const struct caa_walk_from *from, struct caa_walk_limits limits,
                         enum manner manner) {
    const struct caa_investigation_setting *setting = investigation->setting;
    struct investigation_leg *leg = &investigation->legs[investigation->at];
    uint32_t most = allowance(investigation);
    if (leg->first == NULL) most = caa_leg_share(investigation->at, most);
    if (limits.queries == 0 || limits.queries > most) limits.queries = most;
    if (most == 0) return CAA_ERR_LIMIT;
    struct caa_walk_setting walk_setting = {
        .base = setting->base,
        .clock = setting->clock,
        .random = setting->random,
        .lookup = setting->lookup,
        .root_hints = setting->root_hints,
        .from = from,
        .limits = limits,
        .confirm_referrals = true,
        .spare_tcp = leg->first != NULL,
        .spare_tcp_if_usable = true,
        .spare_children = manner == CONFIRM,
        .skip_child_ns = true,
        .breadth = breadth_of,
        .permit = may_ask,
        .progress = caa_investigation_on_progress,
        .done = caa_investigation_on_walked,
        .context = investigation,
    };
    struct caa_walk *started, *latest = investigation->walk;
    investigation->asks_few = manner == ASK_FEW;
    enum caa_err err = caa_walk_start(&started, &walk_setting, &leg->question);
    if (err != CAA_OK) return err;
    caa_budget_begin(&investigation->budget, sent_by_latest(investigation),
                     now_us(investigation));
    if (!caa_investigation_is_first(investigation, latest)) caa_walk_free(latest);
    investigation->walk = started;
    if (leg->first == NULL) {
        leg->first = started;
        leg->first_us = investigation->budget.started_us;
    }
    investigation->pinning.zone_count = 0;
    investigation->pinning.over_tcp = false;
    return CAA_OK;
}

static struct caa_walk_server walk_server(const struct caa_ledger_server *server) {
    return (struct caa_walk_server){.name = server->name.len == 0 ? NULL : &server->name,
                                    .address = server->address};
}

/* As caa_path_are_two_servers: only two of them can confirm a referral. */
static bool are_two_servers(const struct caa_ledger_server *a,
                            const struct caa_ledger_server *b) {
    if (a->name.len > 0 && b->name.len > 0) return !caa_name_equal(&a->name, &b->name);
    return a->address.family == b->address.family &&
           !caa_address_equal(&a->address, &b->address);
}

/* All servers of `known`. */
static struct caa_walk_from start_at_all(const struct caa_ledger_zone *known,
                                         struct caa_walk_server *servers) {
    struct caa_walk_from from = {.zone = known->zone, .servers = servers};
    for (; from.server_count < known->server_count; from.server_count++)
        servers[from.server_count] = walk_server(&known->servers[from.server_count]);
    return from;
}

/* Two different servers of the first `among` of `known`, others for each `turn`, until all had
   theirs. */
static struct caa_walk_from start_at_two(const struct caa_ledger_zone *known, size_t among,
                                         size_t turn, struct caa_walk_server *servers) {
    struct caa_walk_from from = {.zone = known->zone, .servers = servers, .server_count = 1};
    const struct caa_ledger_server *one = &known->servers[turn % among];
    servers[0] = walk_server(one);
    for (size_t i = 0; i < among && from.server_count < REASKED_SERVERS; i++) {
        const struct caa_ledger_server *other = &known->servers[(turn + among / 2 + i) % among];
        if (are_two_servers(one, other)) servers[from.server_count++] = walk_server(other);
    }
    return from;
}

/* The walk that is to ask everybody on the way to `name` and further. Below the zones whose
   referral is fresh there is no need to ask the root again; and where all servers of one were
   asked just now, or on a later leg a few that did well, two are enough: those that work, if
   any do. */
enum caa_err caa_investigation_walk(struct caa_investigation *investigation,
                                    const struct caa_name *name) {
    const struct caa_walk_limits defaults = {0};
    struct caa_ledger_zone known;
    struct caa_walk_server servers[CAA_LEDGER_SERVERS_MAX];
    struct caa_ledger *ledger = investigation->setting->ledger;
    if (!caa_ledger_find(ledger, name, &known)) return walk(investigation, NULL, defaults, ASK);
    bool two_are_enough = caa_ledger_was_asked(ledger, &known) ||
                          (investigation->at > 0 && caa_ledger_is_recent(ledger, &known) &&
                           !caa_ledger_is_troubled(&known));
    size_t among = known.usable_count > 1 ? known.usable_count : known.server_count;
    struct caa_walk_from from = two_are_enough ? start_at_two(&known, among, 0, servers)
                                               : start_at_all(&known, servers);
    return walk(investigation, &from, defaults, ASK);
}

/* Walks the leg anew, to take the place of its first walk. */
static enum caa_err walk_anew(struct caa_investigation *investigation,
                              const struct caa_name *from) {
    struct investigation_leg *leg = &investigation->legs[investigation->at];
    struct caa_walk *first = leg->first, *latest = investigation->walk;
    leg->first = NULL;
    enum caa_err err = caa_investigation_walk(investigation, from);
    if (err != CAA_OK)
        leg->first = first;
    else if (first != latest)
        caa_walk_free(first);
    return err;
}

/* The leg to walk again: the first one on which anything fails, else the last one. */
static const struct caa_path_zone *choose_leg(struct caa_investigation *investigation) {
    const struct caa_path_zone *zone = NULL;
    for (size_t i = 0; zone == NULL && i < investigation->leg_count; i++) {
        investigation->at = i;
        zone = caa_path_failing_zone(caa_walk_path(investigation->legs[i].first));
    }
    return zone;
}

/* A signed zone of which a few servers were asked, and did well: where no zone fails, one of
   the others may give bad data. */
static bool find_spared(struct caa_investigation *investigation,
                        struct caa_ledger_zone *known) {
    struct caa_ledger *ledger = investigation->setting->ledger;
    for (size_t i = 0; i < investigation->leg_count; i++) {
        const struct caa_path *path = caa_walk_path(investigation->legs[i].first);
        for (const struct caa_path_zone *zone = path->zones; zone != NULL; zone = zone->next) {
            if (!zone->ds_seen || !caa_path_zone_has_unasked(zone)) continue;
            if (!caa_ledger_find(ledger, &zone->name, known) ||
                !caa_name_equal(&known->zone, &zone->name) ||
                caa_ledger_was_asked(ledger, known))
                continue;
            if (allowance(investigation) <= known->server_count + REASKED_SERVERS) return false;
            investigation->at = i;
            return true;
        }
    }
    return false;
}

/* Asks those that were spared, and nobody below. */
static enum caa_err walk_spared(struct caa_investigation *investigation,
                                const struct caa_ledger_zone *known) {
    const struct caa_walk_limits limits = {.udp_timeout_ms = REASK_UDP_MS,
                                           .tcp_timeout_ms = REASK_TCP_MS};
    struct caa_walk_server servers[CAA_LEDGER_SERVERS_MAX];
    struct caa_walk_from from = start_at_all(known, servers);
    return walk(investigation, &from, limits, CONFIRM);
}

/* The zone has failed for so long that all of its servers are to be asked once more. */
static bool is_outdated(const struct caa_investigation *investigation,
                        const struct caa_ledger_zone *known) {
    int64_t first_us = investigation->legs[investigation->at].first_us;
    return now_us(investigation) - first_us >= (int64_t)RENEW_S * 1000000 &&
           !caa_ledger_was_asked(investigation->setting->ledger, known) &&
           allowance(investigation) > known->server_count + REASKED_SERVERS;
}

/* What is known by now stays until this one is through. */
static enum caa_err renew(struct caa_investigation *investigation,
                          const struct caa_ledger_zone *known) {
    const struct caa_walk_limits defaults = {0};
    struct caa_walk_server servers[CAA_LEDGER_SERVERS_MAX];
    struct caa_walk_from from = start_at_all(known, servers);
    return walk(investigation, &from, defaults, ASK);
}

/* Who was asked and may not be pinned yet need not be asked again, but be confirmed. Every
   other time they are: where no referral is ever confirmed they may have recovered all the
   same. */
static enum manner manner_for(const struct caa_investigation *investigation,
                              const struct caa_path_zone *zone,
                              const struct caa_ledger_zone *known) {
    bool is_above = known == NULL || !caa_name_equal(&known->zone, &zone->name);
    bool is_turn = investigation->budget.walk_count % 2 == 1;
    if (!is_above) return ASK;
    return is_turn && zone->parent != NULL && !caa_path_zone_has_unasked(zone) ? CONFIRM
                                                                               : ASK_FEW;
}

/* From the zone that fails, or the last one, or the nearest above it that may be asked: two
   servers at a time, others each time. Where nothing fails below where the first walk began,
   then it is above, and that walk has to be made again from there. */
enum caa_err caa_investigation_walk_again(struct caa_investigation *investigation) {
    struct caa_walk_limits limits = {.udp_timeout_ms = REASK_UDP_MS,
                                     .tcp_timeout_ms = REASK_TCP_MS};
    const struct caa_path_zone *zone = choose_leg(investigation);
    const struct caa_path *path = caa_walk_path(investigation->legs[investigation->at].first);
    struct caa_name above = path->zones->name;
    struct caa_ledger_zone known;
    struct caa_walk_server servers[REASKED_SERVERS];
    if (zone == NULL && find_spared(investigation, &known))
        return walk_spared(investigation, &known);
    if (zone == NULL && caa_name_parent(&above, &above))
        return walk_anew(investigation, &above);
    bool is_failing = zone != NULL;
    if (zone == NULL) zone = caa_path_deepest(path);
    limits.queries = REASK_QUERIES;
    if (!caa_ledger_find(investigation->setting->ledger, &zone->name, &known))
        return walk(investigation, NULL, limits, manner_for(investigation, zone, NULL));
    bool is_its_own = caa_name_equal(&known.zone, &zone->name);
    if (is_failing && is_its_own && is_outdated(investigation, &known))
        return renew(investigation, &known);
    /* Or else the budget would be gone at once, and nobody asked until it is there again. */
    if (zone->parent != NULL && caa_name_equal(&known.zone, &zone->parent->name))
        limits.queries = REASK_ABOVE_QUERIES;
    struct caa_walk_from from =
        start_at_two(&known, known.server_count, investigation->budget.walk_count - 1, servers);
    return walk(investigation, &from, limits, manner_for(investigation, zone, &known));
}
