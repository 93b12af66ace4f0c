#include "probe/path.h"

#include <string.h>

#include "probe/reply.h"

const struct caa_path_zone *caa_path_find(const struct caa_path *path,
                                          const struct caa_name *zone) {
    const struct caa_path_zone *at = path->zones;
    while (at != NULL && !caa_name_equal(&at->name, zone)) at = at->next;
    return at;
}

const struct caa_path_zone *caa_path_deepest(const struct caa_path *path) {
    const struct caa_path_zone *at = path->zones;
    while (at != NULL && at->next != NULL) at = at->next;
    return at;
}

/* --- counting */

static bool has_ended(const struct caa_path_server *server) {
    return server->state != CAA_SERVER_UNASKED && server->state != CAA_SERVER_PENDING;
}

static bool is_usable(const struct caa_path_server *server) {
    return server->state == CAA_SERVER_OK;
}

/* Which families had any usable server, on the whole path. */
struct families {
    bool usable4, usable6;
};

static struct families families_of(const struct caa_path *path) {
    struct families families = {false, false};
    for (const struct caa_path_zone *zone = path->zones; zone != NULL; zone = zone->next)
        for (const struct caa_path_server *at = zone->servers; at != NULL; at = at->next) {
            families.usable4 |= is_usable(at) && at->address.family == 4;
            families.usable6 |= is_usable(at) && at->address.family == 6;
        }
    return families;
}

/* A family that works nowhere, while the other works, is our own network's matter. */
static bool family_counts(const struct families *families,
                          const struct caa_path_server *server) {
    if (families->usable4 == families->usable6) return true;
    return server->address.family == 4 ? families->usable4 : families->usable6;
}

/* All addresses of one name server, or of one whose name is unknown. */
struct tally {
    bool usable, failed, open;
};

static void tally_address(struct tally *tally, const struct families *families,
                          const struct caa_path_server *server) {
    if (!family_counts(families, server)) return;
    if (is_usable(server))
        tally->usable = true;
    else if (has_ended(server))
        tally->failed = true;
    else if (server->state == CAA_SERVER_PENDING)
        tally->open = true;
}

static void count_tally(struct caa_server_count *count, const struct tally *tally) {
    count->known++;
    if (tally->usable)
        count->usable++;
    else if (tally->failed && !tally->open)
        count->failing++;
}

struct caa_server_count caa_path_count_servers(const struct caa_path *path,
                                               const struct caa_path_zone *zone) {
    struct families families = families_of(path);
    struct caa_server_count count = {0, 0, 0};
    for (const struct caa_path_ns *ns = zone->ns; ns != NULL; ns = ns->next) {
        struct tally tally = {false, false, false};
        for (const struct caa_path_server *at = zone->servers; at != NULL; at = at->next)
            if (at->ns == ns) tally_address(&tally, &families, at);
        count_tally(&count, &tally);
    }
    for (const struct caa_path_server *at = zone->servers; at != NULL; at = at->next) {
        struct tally tally = {false, false, false};
        if (at->ns != NULL || !family_counts(&families, at)) continue;
        tally_address(&tally, &families, at);
        count_tally(&count, &tally);
    }
    return count;
}

static bool has_open_servers(const struct caa_path_zone *zone) {
    for (const struct caa_path_server *at = zone->servers; at != NULL; at = at->next)
        if (at->state == CAA_SERVER_PENDING) return true;
    return false;
}

bool caa_path_zone_is_failing(const struct caa_path *path, const struct caa_path_zone *zone) {
    struct caa_server_count count = caa_path_count_servers(path, zone);
    if (count.usable == 0) return path->done || !has_open_servers(zone);
    return count.usable * 3 < count.usable + count.failing;
}

const struct caa_path_zone *caa_path_failing_zone(const struct caa_path *path) {
    const struct caa_path_zone *failing = NULL;
    for (const struct caa_path_zone *at = path->zones; at != NULL; at = at->next)
        if (caa_path_zone_is_failing(path, at)) failing = at;
    return failing;
}

bool caa_path_zone_has_unasked(const struct caa_path_zone *zone) {
    for (const struct caa_path_server *at = zone->servers; at != NULL; at = at->next)
        if (at->state == CAA_SERVER_UNASKED) return true;
    return false;
}

bool caa_path_zone_has_failures(const struct caa_path_zone *zone) {
    for (const struct caa_path_server *at = zone->servers; at != NULL; at = at->next)
        if (has_ended(at) && !is_usable(at)) return true;
    return false;
}

uint8_t caa_path_zone_only_family(const struct caa_path_zone *zone) {
    uint8_t family = zone->servers == NULL ? 0 : zone->servers->address.family;
    for (const struct caa_path_server *at = zone->servers; at != NULL; at = at->next)
        if (at->address.family != family) return 0;
    return family;
}

static enum caa_failure most_frequent(const size_t counts[CAA_SERVER_STATE_COUNT]) {
    enum caa_server_state most = CAA_SERVER_UNASKED;
    for (int state = 0; state < CAA_SERVER_STATE_COUNT; state++)
        if (counts[state] > counts[most]) most = (enum caa_server_state)state;
    return caa_server_state_failure(most);
}

/* A delegation to names that lead nowhere, be it that they do not exist, or that each of them
   is to be found below the other. */
static bool is_nowhere(const struct caa_path_zone *zone) {
    return zone->server_count == 0 && zone->ns != NULL;
}

enum caa_failure caa_path_zone_failure(const struct caa_path_zone *zone) {
    size_t counts[CAA_SERVER_STATE_COUNT] = {0};
    if (is_nowhere(zone)) return CAA_FAILURE_NO_ADDRESS;
    for (const struct caa_path_server *at = zone->servers; at != NULL; at = at->next)
        if (has_ended(at) && !is_usable(at)) counts[at->state]++;
    return most_frequent(counts);
}

enum caa_failure caa_path_zone_udp_failure(const struct caa_path_zone *zone) {
    size_t counts[CAA_SERVER_STATE_COUNT] = {0}, works = 0, fails = 0;
    bool tcp_works = false;
    for (const struct caa_path_server *at = zone->servers; at != NULL; at = at->next) {
        bool failed = caa_server_state_failure(at->udp_state) != CAA_FAILURE_NONE;
        counts[at->udp_state] += failed;
        fails += failed;
        works += at->udp_state == CAA_SERVER_OK;
        tcp_works |= at->tcp_state == CAA_SERVER_OK;
    }
    if (works * 3 >= works + fails) return CAA_FAILURE_NONE;
    return tcp_works ? CAA_FAILURE_NO_UDP : most_frequent(counts);
}

/* --- trust */

static bool same_referral(const struct caa_referral *a, const struct caa_referral *b) {
    if (a->cut || b->cut || a->item_count == 0 || a->item_count != b->item_count) return false;
    if (!caa_name_equal(&a->zone, &b->zone)) return false;
    for (size_t i = 0; i < a->item_count; i++)
        if (caa_referral_item_compare(&a->items[i], &b->items[i]) != 0) return false;
    return true;
}

bool caa_path_are_two_servers(const struct caa_path_server *a,
                              const struct caa_path_server *b) {
    if (a == b) return false;
    if (a->ns != NULL && b->ns != NULL) return a->ns != b->ns;
    return a->address.family == b->address.family;
}

static bool has_glue(const struct caa_referral *referral, const struct caa_address *address) {
    for (size_t i = 0; i < referral->item_count; i++)
        if (caa_address_equal(&referral->items[i].address, address)) return true;
    return false;
}

static bool has_ns(const struct caa_referral *referral, const struct caa_path_ns *ns) {
    for (size_t i = 0; i < referral->item_count; i++) {
        const struct caa_referral_item *item = &referral->items[i];
        if (item->address.family == 0 && caa_name_equal(&item->ns, &ns->name)) return true;
    }
    return false;
}

static bool is_confirmed_by(const struct caa_path_server *server,
                            const struct caa_referral *referral) {
    if ((server->origins & (CAA_ORIGIN_HINTS | CAA_ORIGIN_GIVEN)) != 0) return true;
    if (referral == NULL) return false;
    if (has_glue(referral, &server->address)) return true;
    const struct caa_path_resolved *at = server->resolved;
    while (at != NULL && !has_ns(referral, at->ns)) at = at->next;
    return at != NULL;
}

/* The confirmed name `ns` has the address, by glue or by the recursor's word. */
static bool is_address_of(const struct caa_path_server *server, const struct caa_name *ns,
                          const struct caa_referral *referral) {
    for (size_t i = 0; i < referral->item_count; i++)
        if (caa_name_equal(&referral->items[i].ns, ns) &&
            caa_address_equal(&referral->items[i].address, &server->address))
            return true;
    const struct caa_path_resolved *at = server->resolved;
    while (at != NULL && !caa_name_equal(&at->ns->name, ns)) at = at->next;
    return at != NULL;
}

/* Whatever name a lie gave to one of the addresses. NULL: nothing is confirmed of names. */
static bool share_a_name(const struct caa_path_server *a, const struct caa_path_server *b,
                         const struct caa_referral *referral) {
    for (size_t i = 0; referral != NULL && i < referral->item_count; i++) {
        const struct caa_name *ns = &referral->items[i].ns;
        if (is_address_of(a, ns, referral) && is_address_of(b, ns, referral)) return true;
    }
    return false;
}

/* What `parent`'s servers, as far as `above` confirms them, say of `zone` over TCP. */
static const struct caa_referral *agreed_referral(const struct caa_path_zone *parent,
                                                  const struct caa_referral *above,
                                                  const struct caa_path_zone *zone) {
    for (const struct caa_path_server *a = parent->servers; a != NULL; a = a->next) {
        if (a->by_tcp == NULL || !caa_name_equal(&a->by_tcp->zone, &zone->name) ||
            !is_confirmed_by(a, above))
            continue;
        for (const struct caa_path_server *b = a->next; b != NULL; b = b->next)
            if (b->by_tcp != NULL && caa_path_are_two_servers(a, b) &&
                is_confirmed_by(b, above) && !share_a_name(a, b, above) &&
                same_referral(a->by_tcp, b->by_tcp))
                return a->by_tcp;
    }
    return NULL;
}

const struct caa_referral *caa_path_confirmed_referral(const struct caa_path_zone *zone) {
    /* The limit on zones bounds the depth. */
    if (zone->parent == NULL) return NULL;
    return agreed_referral(zone->parent, caa_path_confirmed_referral(zone->parent), zone);
}

bool caa_path_server_is_confirmed(const struct caa_path_zone *zone,
                                  const struct caa_path_server *server) {
    return is_confirmed_by(server, caa_path_confirmed_referral(zone));
}

static bool is_pinnable(const struct caa_path_server *server, bool over_tcp) {
    bool udp_works = server->udp_state == CAA_SERVER_OK;
    if (!over_tcp) return udp_works;
    return server->tcp_state == CAA_SERVER_OK ||
           (udp_works && server->tcp_state == CAA_SERVER_UNASKED);
}

static uint32_t round_trip_us(const struct caa_path_server *server, bool over_tcp) {
    bool by_tcp = over_tcp && server->tcp_state == CAA_SERVER_OK;
    return (by_tcp ? server->tcp : server->udp)->round_trip_us;
}

/* The usable and confirmed server with the shortest round trip that comes after `last`. */
static const struct caa_path_server *next_pinnable(const struct caa_path_zone *zone,
                                                   const struct caa_referral *referral,
                                                   bool over_tcp,
                                                   const struct caa_path_server *last) {
    const struct caa_path_server *best = NULL;
    bool behind_last = last == NULL;
    for (const struct caa_path_server *at = zone->servers; at != NULL; at = at->next) {
        if (at == last) {
            behind_last = true;
            continue;
        }
        if (!is_pinnable(at, over_tcp) || !is_confirmed_by(at, referral)) continue;
        uint32_t took = round_trip_us(at, over_tcp);
        uint32_t least = last == NULL ? 0 : round_trip_us(last, over_tcp);
        /* Of those that took the same time, in the order of the list. */
        if (took < least || (took == least && !behind_last)) continue;
        if (best == NULL || took < round_trip_us(best, over_tcp)) best = at;
    }
    return best;
}

size_t caa_path_pinnable(const struct caa_path_zone *zone, bool over_tcp,
                         struct caa_address *addresses, size_t most) {
    const struct caa_referral *referral = caa_path_confirmed_referral(zone);
    const struct caa_path_server *last = NULL;
    size_t count = 0;
    while (count < most && (last = next_pinnable(zone, referral, over_tcp, last)) != NULL)
        addresses[count++] = last->address;
    return count;
}

/* --- comparing */

const struct caa_exchange *caa_path_server_exchange(const struct caa_path_server *server) {
    if (server->udp_state == CAA_SERVER_OK) return server->udp;
    return server->tcp != NULL ? server->tcp : server->udp;
}

static bool say_the_same(const struct caa_packet_summary *a, const struct caa_packet_summary *b,
                         bool referrals) {
    if (referrals) return a->referral_digest == b->referral_digest;
    return a->rcode == b->rcode && a->digest == b->digest;
}

/* The first server of the zone that says the same; itself where none does before it. */
static const struct caa_path_server *first_to_say(const struct caa_path_zone *zone,
                                                  const struct caa_path_server *server) {
    const struct caa_path_server *at = zone->servers;
    while (at != server && !(is_usable(at) && at->refers == server->refers &&
                             say_the_same(&caa_path_server_exchange(server)->said,
                                          &caa_path_server_exchange(at)->said, at->refers)))
        at = at->next;
    return at;
}

static size_t variants_among(const struct caa_path_zone *zone, bool referrals) {
    size_t variants = 0;
    for (const struct caa_path_server *at = zone->servers; at != NULL; at = at->next)
        variants += is_usable(at) && at->refers == referrals && first_to_say(zone, at) == at;
    return variants;
}

size_t caa_path_variant_of(const struct caa_path_zone *zone,
                           const struct caa_path_server *server) {
    if (!is_usable(server)) return 0;
    const struct caa_path_server *first = first_to_say(zone, server);
    size_t variant = 1;
    for (const struct caa_path_server *at = zone->servers; at != first; at = at->next)
        variant +=
            is_usable(at) && at->refers == server->refers && first_to_say(zone, at) == at;
    return variant;
}

size_t caa_path_variants(const struct caa_path_zone *zone) {
    size_t answers = variants_among(zone, false), referrals = variants_among(zone, true);
    return answers > referrals ? answers : referrals;
}

static size_t count_alias(const struct caa_path_zone *zone, const struct caa_name *alias) {
    size_t count = 0;
    for (const struct caa_path_server *at = zone->servers; at != NULL; at = at->next)
        count += at->alias != NULL && caa_name_equal(at->alias, alias);
    return count;
}

const struct caa_name *caa_path_alias(const struct caa_path *path) {
    const struct caa_path_zone *deepest = caa_path_deepest(path);
    const struct caa_name *most = NULL;
    const struct caa_path_server *at = deepest == NULL ? NULL : deepest->servers;
    for (; at != NULL; at = at->next)
        if (at->alias != NULL &&
            (most == NULL || count_alias(deepest, at->alias) > count_alias(deepest, most)))
            most = at->alias;
    return most;
}

/* --- words */

const char *caa_server_state_code(enum caa_server_state state) {
    static const char *const codes[] = {
#define CAA_SERVER(name, code, text, failure) code,
#include "probe/server_state.def"
#undef CAA_SERVER
    };
    return codes[state];
}

const char *caa_server_state_text(enum caa_server_state state) {
    static const char *const texts[] = {
#define CAA_SERVER(name, code, text, failure) text,
#include "probe/server_state.def"
#undef CAA_SERVER
    };
    return texts[state];
}

enum caa_failure caa_server_state_failure(enum caa_server_state state) {
    static const enum caa_failure failures[] = {
#define CAA_SERVER(name, code, text, failure) CAA_FAILURE_##failure,
#include "probe/server_state.def"
#undef CAA_SERVER
    };
    return failures[state];
}
