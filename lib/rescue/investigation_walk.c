#include "rescue/investigation_state.h"

enum {
    REASKED_SERVERS = 2, /* at a time, of a zone that fails */
    REASK_QUERIES = 12,  /* then that, and where they lead */
    REASK_UDP_MS = 1000, /* and no longer, so that the next two have their turn */
    REASK_TCP_MS = 1500,
    BUDGET_QUERIES = 96, /* sent at most… */
    BUDGET_S = 20,       /* …in that time, which is what a check lasts */
};

/* Pauses between walks, of which the last is the least that follows. To retry at once is wasted
   when a whole zone is out; later it has to be looked at once a second, for the sake of clients
   that give up soon. */
static const uint32_t pauses_ms[] = {300, 700, 1000, 1500, 1000};

bool caa_investigation_is_first(const struct caa_investigation *investigation,
                                const struct caa_walk *walk) {
    for (size_t i = 0; i < investigation->leg_count; i++)
        if (investigation->legs[i].first == walk) return true;
    return false;
}

static int64_t now_us(const struct caa_investigation *investigation) {
    return caa_clock_monotonic_us(investigation->setting->clock);
}

static bool counts(const struct caa_investigation *investigation,
                   const struct spent_walk *spent) {
    return spent->queries > 0 &&
           now_us(investigation) - spent->started_us < (int64_t)BUDGET_S * 1000000;
}

uint32_t caa_investigation_query_count(const struct caa_investigation *investigation) {
    const struct caa_walk *latest = investigation->walk;
    uint32_t count = latest == NULL ? 0 : caa_walk_path(latest)->query_count;
    for (size_t i = 0; i < CAA_INVESTIGATION_WALKS_KEPT; i++)
        if (counts(investigation, &investigation->spent[i]))
            count += investigation->spent[i].queries;
    return count;
}

/* How many more queries may be sent now. */
static uint32_t allowance(const struct caa_investigation *investigation) {
    uint32_t spent = caa_investigation_query_count(investigation);
    return spent < BUDGET_QUERIES ? BUDGET_QUERIES - spent : 0;
}

/* Until the oldest walk that counts does no longer. */
static uint32_t rest_ms(const struct caa_investigation *investigation) {
    int64_t oldest_us = investigation->walk_started_us;
    for (size_t i = 0; i < CAA_INVESTIGATION_WALKS_KEPT; i++) {
        const struct spent_walk *spent = &investigation->spent[i];
        if (counts(investigation, spent) && spent->started_us < oldest_us)
            oldest_us = spent->started_us;
    }
    int64_t left_ms = BUDGET_S * INT64_C(1000) - (now_us(investigation) - oldest_us) / 1000;
    return left_ms > 0 ? (uint32_t)left_ms : 0;
}

/* The first ones follow soon, where that leaves enough: what is left of the budget has to last.
 */
uint32_t caa_investigation_pause_ms(struct caa_investigation *investigation) {
    const size_t known = sizeof pauses_ms / sizeof pauses_ms[0];
    size_t walks = investigation->walk_count - 1;
    uint32_t least_ms = pauses_ms[walks < known ? walks : known - 1];
    bool is_first = caa_investigation_is_first(investigation, investigation->walk);
    uint32_t cost =
        is_first ? REASKED_SERVERS : caa_walk_path(investigation->walk)->query_count;
    uint32_t left = allowance(investigation);
    if (walks < known && left >= cost * (known - walks + 1)) return least_ms;
    uint32_t ms =
        left <= cost ? rest_ms(investigation) : rest_ms(investigation) / (left / cost);
    return ms > least_ms ? ms : least_ms;
}

/* Asking everybody leaves something for asking again. */
static uint32_t share_of_first(uint32_t left) {
    return left > 2 * REASK_QUERIES ? left - REASK_QUERIES : left;
}

static void note_spent(struct caa_investigation *investigation) {
    const struct caa_walk *latest = investigation->walk;
    if (latest != NULL)
        investigation->spent[investigation->walk_count % CAA_INVESTIGATION_WALKS_KEPT] =
            (struct spent_walk){investigation->walk_started_us,
                                caa_walk_path(latest)->query_count};
    investigation->walk_started_us = now_us(investigation);
}

/* How a walk asks. */
enum manner {
    ASK,     /* everybody it meets, as far as the limits go */
    CONFIRM, /* only the parent's servers, for the referral: who is below was asked before */
};

/* CAA_ERR_LIMIT where the budget is used up for now. */
static enum caa_err walk(struct caa_investigation *investigation,
                         const struct caa_walk_from *from, struct caa_walk_limits limits,
                         enum manner manner) {
    const struct caa_investigation_setting *setting = investigation->setting;
    struct investigation_leg *leg = &investigation->legs[investigation->at];
    uint32_t most = allowance(investigation);
    if (leg->first == NULL) most = share_of_first(most);
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
        .progress = caa_investigation_on_progress,
        .done = caa_investigation_on_walked,
        .context = investigation,
    };
    struct caa_walk *started, *latest = investigation->walk;
    enum caa_err err = caa_walk_start(&started, &walk_setting, &leg->question);
    if (err != CAA_OK) return err;
    note_spent(investigation);
    if (!caa_investigation_is_first(investigation, latest)) caa_walk_free(latest);
    investigation->walk = started;
    if (leg->first == NULL) leg->first = started;
    investigation->walk_count++;
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
   asked just now, two are enough: those that work, if any do. */
enum caa_err caa_investigation_walk(struct caa_investigation *investigation,
                                    const struct caa_name *name) {
    const struct caa_walk_limits defaults = {0};
    struct caa_ledger_zone known;
    struct caa_walk_server servers[CAA_LEDGER_SERVERS_MAX];
    struct caa_ledger *ledger = investigation->setting->ledger;
    if (!caa_ledger_find(ledger, name, &known)) return walk(investigation, NULL, defaults, ASK);
    bool two_are_enough = caa_ledger_was_asked(ledger, &known);
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

/* Who was asked and may not be pinned yet need not be asked again, but be confirmed. */
static enum manner manner_for(const struct caa_path_zone *zone,
                              const struct caa_ledger_zone *known) {
    bool is_above = known == NULL || !caa_name_equal(&known->zone, &zone->name);
    return is_above && zone->parent != NULL && !caa_path_zone_has_unasked(zone) ? CONFIRM : ASK;
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
    if (zone == NULL && caa_name_parent(&above, &above))
        return walk_anew(investigation, &above);
    if (zone == NULL) zone = caa_path_deepest(path);
    limits.queries = REASK_QUERIES;
    if (!caa_ledger_find(investigation->setting->ledger, &zone->name, &known))
        return walk(investigation, NULL, limits, manner_for(zone, NULL));
    struct caa_walk_from from =
        start_at_two(&known, known.server_count, investigation->walk_count - 1, servers);
    return walk(investigation, &from, limits, manner_for(zone, &known));
}
