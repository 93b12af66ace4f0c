#include "advise/served.h"

#include <string.h>

#include <libknot/libknot.h>

#include "dns/answer.h"
#include "dns/suffix.h"
#include "policy/decide.h"

/* The records of a packet; views of it while it is open. */
struct found {
    size_t count;
    bool whole;
    struct caa_slice rdata[CAA_SERVED_RECORDS_MAX];
};

static void take_records(struct found *found, const knot_pkt_t *packet,
                         const struct caa_name *owner) {
    const knot_pktsection_t *section = knot_pkt_section(packet, KNOT_ANSWER);
    for (uint16_t i = 0; i < section->count; i++) {
        const knot_rrset_t *rr = knot_pkt_rr(section, i);
        struct caa_name name;
        if (rr->type != CAA_TYPE_CAA ||
            caa_name_from_wire(&name, rr->owner, knot_dname_size(rr->owner)) != CAA_OK ||
            !caa_name_equal(&name, owner))
            continue;
        found->whole &= found->count < CAA_SERVED_RECORDS_MAX;
        if (found->whole)
            found->rdata[found->count++] =
                caa_slice_bytes(rr->rrs.rdata->data, rr->rrs.rdata->len);
    }
}

static bool permits_one(const struct found *found, const struct caa_request *request) {
    const struct caa_answer answer = {.type = CAA_TYPE_CAA,
                                      .outcome = CAA_OUTCOME_RECORDS,
                                      .security = CAA_SECURITY_INSECURE,
                                      .ede = -1,
                                      .rdata_count = found->count,
                                      .rdata = found->rdata};
    const struct caa_answer *answers[] = {&answer};
    struct caa_decision decision;
    caa_decide(&decision, request, answers, 1);
    return decision.verdict == CAA_VERDICT_ALLOWED;
}

static size_t at_least_one(size_t count) {
    return count == 0 ? 1 : count;
}

/* Each issuer, for each account, by each method. */
static bool permits(const struct found *found, const struct caa_request *wish) {
    size_t accounts = at_least_one(wish->account_uri_count);
    size_t methods = at_least_one(wish->method_label_count);
    size_t count = wish->issuer_domain_name_count * accounts * methods;
    for (size_t i = 0; i < count; i++) {
        struct caa_request one = *wish;
        one.issuer_domain_names = &wish->issuer_domain_names[i / methods / accounts];
        one.issuer_domain_name_count = 1;
        if (wish->account_uri_count > 0) {
            one.account_uris = &wish->account_uris[i / methods % accounts];
            one.account_uri_count = 1;
        }
        if (wish->method_label_count > 0) {
            one.method_labels = &wish->method_labels[i % methods];
            one.method_label_count = 1;
        }
        if (!permits_one(found, &one)) return false;
    }
    return true;
}

static enum caa_served read_packet(knot_pkt_t *packet, const struct caa_name *owner,
                                   const struct caa_request *wish, size_t *record_count) {
    struct found found = {.whole = true};
    if (knot_pkt_parse(packet, KNOT_PF_KEEPWIRE) != KNOT_EOK) return CAA_SERVED_FAILED;
    take_records(&found, packet, owner);
    *record_count = found.count;
    if (!found.whole) return CAA_SERVED_FAILED;
    if (found.count == 0) return CAA_SERVED_NOTHING;
    return permits(&found, wish) ? CAA_SERVED_SET : CAA_SERVED_OTHER;
}

static enum caa_served read_server(const struct caa_path_server *server,
                                   const struct caa_name *owner, const struct caa_request *wish,
                                   size_t *record_count) {
    const struct caa_exchange *exchange = caa_path_server_exchange(server);
    bool usable = server->state == CAA_SERVER_OK && !server->refers && exchange != NULL &&
                  exchange->packet != NULL && exchange->packet_octets == exchange->size &&
                  exchange->size <= UINT16_MAX;
    if (!usable) return CAA_SERVED_FAILED;
    knot_pkt_t *packet =
        knot_pkt_new((void *)exchange->packet, (uint16_t)exchange->packet_octets, NULL);
    if (packet == NULL) return CAA_SERVED_FAILED;
    enum caa_served served = read_packet(packet, owner, wish, record_count);
    knot_pkt_free(packet);
    return served;
}

/* Of no server on the path anything came over that family, while over the other one some did:
   that is a matter of this machine's network. */
static bool is_dead(const struct caa_path *path, uint8_t family) {
    bool other_works = false;
    for (const struct caa_path_zone *zone = path->zones; zone != NULL; zone = zone->next)
        for (const struct caa_path_server *at = zone->servers; at != NULL; at = at->next) {
            if (at->state != CAA_SERVER_OK) continue;
            if (at->address.family == family) return false;
            other_works = true;
        }
    return other_works;
}

void caa_served_read(struct caa_served_zone *zone, const struct caa_path *path,
                     const struct caa_request *wish) {
    const struct caa_path_zone *deepest = caa_path_deepest(path);
    *zone = (struct caa_served_zone){.agree = true};
    /* A registry's own zone never has the domain's records: the way ended too early. */
    if (deepest == NULL || caa_suffix_who(&deepest->name) == CAA_FAULT_REGISTRY) return;
    zone->zone = deepest;
    zone->agree = caa_path_variants(deepest) <= 1;
    zone->cut = deepest->ns_cut || deepest->unresolved_left ||
                deepest->server_known_count > deepest->server_count;
    for (const struct caa_path_server *at = deepest->servers; at != NULL; at = at->next) {
        if (at->state == CAA_SERVER_UNASKED || zone->count == CAA_SERVED_SERVERS_MAX) {
            zone->cut = true;
            continue;
        }
        struct caa_served_server *server = &zone->servers[zone->count++];
        server->server = at;
        server->served = read_server(at, &path->name, wish, &server->record_count);
        if (server->served == CAA_SERVED_FAILED && is_dead(path, at->address.family))
            server->served = CAA_SERVED_NO_WAY;
        zone->of[server->served]++;
    }
}

const char *caa_served_code(enum caa_served served) {
    switch (served) {
    case CAA_SERVED_SET: return "set";
    case CAA_SERVED_OTHER: return "other";
    case CAA_SERVED_NOTHING: return "nothing";
    case CAA_SERVED_FAILED: return "failed";
    case CAA_SERVED_NO_WAY: return "no-way";
    }
    return "?";
}

const char *caa_served_text(enum caa_served served) {
    switch (served) {
    case CAA_SERVED_SET: return "serves a set that permits it";
    case CAA_SERVED_OTHER: return "serves a set that does not permit it";
    case CAA_SERVED_NOTHING: return "has no CAA record";
    case CAA_SERVED_FAILED: return "gave no usable answer";
    case CAA_SERVED_NO_WAY: return "cannot be reached from here over this address family";
    }
    return "?";
}
