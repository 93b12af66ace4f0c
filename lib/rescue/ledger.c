#include "rescue/ledger.h"

#include <pthread.h>
#include <stdlib.h>

/* Places are found by hash; the longest unused of a row makes room. */
enum { ROWS = 512, PLACES_IN_ROW = 4 };

struct caa_ledger {
    pthread_mutex_t mutex;
    const struct caa_clock *clock;
    uint64_t seed;
    struct caa_traffic *traffic;
    struct caa_ledger_zone places[ROWS][PLACES_IN_ROW]; /* zone.len 0: free */
};

struct caa_ledger *caa_ledger_new(const struct caa_clock *clock, uint64_t seed) {
    struct caa_ledger *ledger = calloc(1, sizeof *ledger);
    if (ledger == NULL) return NULL;
    ledger->traffic = caa_traffic_new(clock, seed);
    if (ledger->traffic == NULL || pthread_mutex_init(&ledger->mutex, NULL) != 0) {
        caa_traffic_free(ledger->traffic);
        free(ledger);
        return NULL;
    }
    ledger->clock = clock;
    ledger->seed = seed;
    return ledger;
}

void caa_ledger_free(struct caa_ledger *ledger) {
    if (ledger == NULL) return;
    pthread_mutex_destroy(&ledger->mutex);
    caa_traffic_free(ledger->traffic);
    free(ledger);
}

struct caa_traffic *caa_ledger_traffic(struct caa_ledger *ledger) {
    return ledger->traffic;
}

static struct caa_ledger_zone *row_of(struct caa_ledger *ledger, const struct caa_name *zone) {
    return ledger->places[caa_name_hash(zone, ledger->seed) % ROWS];
}

/* The zone's place in its row, or the one that is to make room for it. */
static struct caa_ledger_zone *place_for(struct caa_ledger *ledger,
                                         const struct caa_name *zone) {
    struct caa_ledger_zone *row = row_of(ledger, zone), *oldest = row;
    for (size_t i = 0; i < PLACES_IN_ROW; i++) {
        if (row[i].zone.len != 0 && caa_name_equal(&row[i].zone, zone)) return &row[i];
        if (row[i].zone.len == 0 || row[i].asked_us < oldest->asked_us) oldest = &row[i];
    }
    return oldest;
}

static bool has_failed(enum caa_server_state state) {
    return state != CAA_SERVER_UNASKED && state != CAA_SERVER_PENDING && state != CAA_SERVER_OK;
}

static void add_server(struct caa_ledger_zone *noted, const struct caa_path_server *server) {
    struct caa_ledger_server *added = &noted->servers[noted->server_count++];
    if (server->ns != NULL) added->name = server->ns->name;
    added->address = server->address;
    added->udp_works = server->udp_state == CAA_SERVER_OK;
    added->udp_failed = has_failed(server->udp_state);
    added->tcp_works = server->tcp_state == CAA_SERVER_OK;
    added->tcp_failed = has_failed(server->tcp_state);
}

/* Confirmed ones, those that are usable first. */
static void collect_servers(struct caa_ledger_zone *noted, const struct caa_path_zone *zone) {
    for (int usable = 1; usable >= 0; usable--) {
        for (const struct caa_path_server *server = zone->servers; server != NULL;
             server = server->next) {
            if ((server->state == CAA_SERVER_OK) != usable) continue;
            if (!caa_path_server_is_confirmed(zone, server)) continue;
            if (noted->server_count < CAA_LEDGER_SERVERS_MAX) add_server(noted, server);
        }
        if (usable) noted->usable_count = noted->server_count;
    }
}

/* What a server answers and what it gives are two things: a new walk says nothing of trials. */
static void keep_trials(struct caa_ledger_zone *noted, const struct caa_ledger_zone *before) {
    for (size_t i = 0; i < noted->server_count; i++)
        for (size_t b = 0; b < before->server_count; b++)
            if (caa_address_equal(&noted->servers[i].address, &before->servers[b].address)) {
                noted->servers[i].trial = before->servers[b].trial;
                noted->servers[i].trial_us = before->servers[b].trial_us;
            }
}

static bool was_heard(const struct caa_ledger_server *server) {
    return server->udp_works || server->udp_failed || server->tcp_works || server->tcp_failed;
}

/* A walk that left servers out takes nothing back of what was heard of them just before. */
static void keep_heard(struct caa_ledger_zone *noted, const struct caa_ledger_zone *before) {
    for (size_t i = 0; i < noted->server_count; i++)
        for (size_t b = 0; b < before->server_count; b++)
            if (caa_address_equal(&noted->servers[i].address, &before->servers[b].address) &&
                !was_heard(&noted->servers[i]))
                noted->servers[i] = before->servers[b];
    noted->asked_us = before->asked_us;
    noted->all_asked = before->all_asked;
    noted->settled = before->settled;
}

/* The servers were known before: the parent was not asked this time. */
static bool is_given(const struct caa_path_zone *zone) {
    return (zone->servers->origins & CAA_ORIGIN_GIVEN) != 0;
}

/* A walk may be through and have left some out, for its limits. */
static void note_zone(struct caa_ledger *ledger, const struct caa_path_zone *zone,
                      bool settled) {
    int64_t now_us = caa_clock_monotonic_us(ledger->clock);
    struct caa_ledger_zone noted = {
        .zone = zone->name, .asked_us = now_us, .referred_us = now_us, .settled = settled};
    noted.is_signed = zone->parent == NULL || zone->ds_seen;
    if (zone->servers == NULL) return;
    collect_servers(&noted, zone);
    if (noted.server_count == 0) return;
    noted.all_asked = !caa_path_zone_has_unasked(zone);
    noted.settled &= noted.all_asked;
    struct caa_ledger_zone *place = place_for(ledger, &zone->name);
    bool is_known = place->zone.len != 0 && caa_name_equal(&place->zone, &zone->name);
    /* A look at two servers says less than the look at all of them, and nothing that a zone's
       own servers do keeps an old referral alive. */
    if (is_given(zone)) {
        if (!is_known || noted.server_count < place->server_count) return;
        noted.referred_us = place->referred_us;
        noted.is_signed = place->is_signed;
    }
    if (is_known) keep_trials(&noted, place);
    if (is_known && !noted.all_asked && caa_ledger_was_asked(ledger, place))
        keep_heard(&noted, place);
    *place = noted;
}

void caa_ledger_note_path(struct caa_ledger *ledger, const struct caa_path *path) {
    pthread_mutex_lock(&ledger->mutex);
    for (const struct caa_path_zone *zone = path->zones; zone != NULL; zone = zone->next)
        note_zone(ledger, zone, path->done);
    pthread_mutex_unlock(&ledger->mutex);
}

static bool is_fresh(const struct caa_ledger *ledger, const struct caa_ledger_zone *zone) {
    int64_t age_us = caa_clock_monotonic_us(ledger->clock) - zone->referred_us;
    return age_us < (int64_t)CAA_LEDGER_REFERRAL_S * 1000000;
}

bool caa_ledger_find(struct caa_ledger *ledger, const struct caa_name *name,
                     struct caa_ledger_zone *found) {
    bool is_found = false;
    pthread_mutex_lock(&ledger->mutex);
    struct caa_name at = *name;
    do {
        const struct caa_ledger_zone *place = place_for(ledger, &at);
        is_found = place->zone.len != 0 && caa_name_equal(&place->zone, &at) &&
                   is_fresh(ledger, place);
        if (is_found) *found = *place;
    } while (!is_found && caa_name_parent(&at, &at));
    pthread_mutex_unlock(&ledger->mutex);
    return is_found;
}

bool caa_ledger_find_above(struct caa_ledger *ledger, const struct caa_name *below,
                           struct caa_ledger_zone *zone) {
    struct caa_name above = *below;
    return caa_name_parent(&above, &above) && caa_ledger_find(ledger, &above, zone);
}

bool caa_ledger_was_asked(const struct caa_ledger *ledger, const struct caa_ledger_zone *zone) {
    return zone->all_asked && caa_ledger_is_recent(ledger, zone);
}

bool caa_ledger_is_recent(const struct caa_ledger *ledger, const struct caa_ledger_zone *zone) {
    int64_t age_us = caa_clock_monotonic_us(ledger->clock) - zone->asked_us;
    return age_us < (int64_t)CAA_LEDGER_ALL_ASKED_S * 1000000;
}

enum caa_trial caa_ledger_trial(const struct caa_ledger *ledger,
                                const struct caa_ledger_server *server) {
    int64_t age_us = caa_clock_monotonic_us(ledger->clock) - server->trial_us;
    return age_us < (int64_t)CAA_LEDGER_TRIAL_S * 1000000 ? server->trial : CAA_TRIAL_NONE;
}

enum caa_trial caa_ledger_trial_at(const struct caa_ledger *ledger,
                                   const struct caa_ledger_zone *zone,
                                   const struct caa_address *address) {
    for (size_t i = 0; i < zone->server_count; i++)
        if (caa_address_equal(&zone->servers[i].address, address))
            return caa_ledger_trial(ledger, &zone->servers[i]);
    return CAA_TRIAL_NONE;
}

/* With the mutex held; NULL where nobody knows of it. */
static struct caa_ledger_server *find_server(struct caa_ledger *ledger,
                                             const struct caa_name *zone,
                                             const struct caa_address *address) {
    struct caa_ledger_zone *place = place_for(ledger, zone);
    if (place->zone.len == 0 || !caa_name_equal(&place->zone, zone)) return NULL;
    for (size_t i = 0; i < place->server_count; i++)
        if (caa_address_equal(&place->servers[i].address, address)) return &place->servers[i];
    return NULL;
}

bool caa_ledger_claim_trial(struct caa_ledger *ledger, const struct caa_name *zone,
                            const struct caa_address *address) {
    pthread_mutex_lock(&ledger->mutex);
    struct caa_ledger_server *server = find_server(ledger, zone, address);
    bool is_free = server == NULL || caa_ledger_trial(ledger, server) == CAA_TRIAL_NONE;
    if (server != NULL && is_free) {
        server->trial = CAA_TRIAL_RUNNING;
        server->trial_us = caa_clock_monotonic_us(ledger->clock);
    }
    pthread_mutex_unlock(&ledger->mutex);
    return is_free;
}

void caa_ledger_note_trial(struct caa_ledger *ledger, const struct caa_name *zone,
                           const struct caa_address *address, enum caa_trial trial) {
    pthread_mutex_lock(&ledger->mutex);
    struct caa_ledger_server *server = find_server(ledger, zone, address);
    if (server != NULL) {
        server->trial = trial;
        server->trial_us = caa_clock_monotonic_us(ledger->clock);
    }
    pthread_mutex_unlock(&ledger->mutex);
}

bool caa_ledger_is_troubled(const struct caa_ledger_zone *zone) {
    for (size_t i = 0; i < zone->server_count; i++)
        if (zone->servers[i].udp_failed || zone->servers[i].trial == CAA_TRIAL_BAD) return true;
    return false;
}
