#include "probe/reply.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libknot/libknot.h>

enum { ALIAS_LINKS_MAX = 16 }; /* followed within one answer */

/* A response on its way to be understood. */
struct reading {
    struct caa_reply *reply;
    knot_pkt_t *packet;
    const struct caa_name *zone;
    const struct caa_question *question;
    uint16_t port;
};

struct caa_name caa_reply_lower(const struct caa_name *name) {
    struct caa_name lower = *name;
    /* Lengths of labels are below 64, and so no letters. */
    for (size_t i = 0; i < lower.len; i++)
        if (lower.wire[i] >= 'A' && lower.wire[i] <= 'Z') lower.wire[i] |= 0x20;
    return lower;
}

static int compare_names(const struct caa_name *a, const struct caa_name *b) {
    if (a->len != b->len) return a->len < b->len ? -1 : 1;
    return memcmp(a->wire, b->wire, a->len);
}

int caa_referral_item_compare(const void *a, const void *b) {
    const struct caa_referral_item *left = a, *right = b;
    int names = compare_names(&left->ns, &right->ns);
    if (names != 0) return names;
    if (left->address.family != right->address.family)
        return left->address.family < right->address.family ? -1 : 1;
    return memcmp(left->address.octets, right->address.octets, sizeof left->address.octets);
}

static bool owner_of(const knot_rrset_t *rr, struct caa_name *owner) {
    return rr->rclass == KNOT_CLASS_IN &&
           caa_name_from_wire(owner, rr->owner, knot_dname_size(rr->owner)) == CAA_OK;
}

static bool has_answer(const struct reading *reading) {
    return knot_pkt_section(reading->packet, KNOT_ANSWER)->count > 0;
}

/* The SOA of `zone` or of one below it that encloses `name`. */
static bool has_soa_of(const struct reading *reading, const struct caa_name *name) {
    const knot_pktsection_t *authority = knot_pkt_section(reading->packet, KNOT_AUTHORITY);
    for (uint16_t i = 0; i < authority->count; i++) {
        const knot_rrset_t *rr = knot_pkt_rr(authority, i);
        struct caa_name owner;
        if (rr->type == KNOT_RRTYPE_SOA && owner_of(rr, &owner) &&
            caa_name_is_subdomain(&owner, reading->zone) && caa_name_is_subdomain(name, &owner))
            return true;
    }
    return false;
}

static bool has_soa(const struct reading *reading) {
    return has_soa_of(reading, &reading->question->name);
}

/* Follows the CNAME records of the answer, those that a DNAME makes too; false at the end of
   the chain. */
static bool follow_alias(const struct reading *reading, struct caa_name *at) {
    const knot_pktsection_t *answer = knot_pkt_section(reading->packet, KNOT_ANSWER);
    for (uint16_t i = 0; i < answer->count; i++) {
        const knot_rrset_t *rr = knot_pkt_rr(answer, i);
        struct caa_name owner;
        if (rr->type == KNOT_RRTYPE_CNAME && owner_of(rr, &owner) && caa_name_equal(&owner, at))
            return caa_name_from_wire(at, rr->rrs.rdata->data, rr->rrs.rdata->len) == CAA_OK;
    }
    return false;
}

static bool has_data_at(const struct reading *reading, const struct caa_name *name) {
    const knot_pktsection_t *answer = knot_pkt_section(reading->packet, KNOT_ANSWER);
    for (uint16_t i = 0; i < answer->count; i++) {
        const knot_rrset_t *rr = knot_pkt_rr(answer, i);
        struct caa_name owner;
        if (rr->type == reading->question->type && owner_of(rr, &owner) &&
            caa_name_equal(&owner, name))
            return true;
    }
    return false;
}

/* Of a name outside the zone this server cannot tell, whatever it says; of one inside it has
   told where there is data, or a denial. */
static void note_alias(const struct reading *reading) {
    struct caa_name at = reading->question->name;
    int links = 0;
    while (links < ALIAS_LINKS_MAX && follow_alias(reading, &at)) links++;
    if (links == 0) return;
    bool is_told = has_data_at(reading, &at) || has_soa_of(reading, &at);
    if (!caa_name_is_subdomain(&at, reading->zone) || !is_told)
        reading->reply->alias = caa_reply_lower(&at);
}

/* The first NS set of the authority section, whosever it is. */
static bool find_authority_ns(const struct reading *reading, struct caa_name *owner) {
    const knot_pktsection_t *authority = knot_pkt_section(reading->packet, KNOT_AUTHORITY);
    for (uint16_t i = 0; i < authority->count; i++) {
        const knot_rrset_t *rr = knot_pkt_rr(authority, i);
        if (rr->type == KNOT_RRTYPE_NS && owner_of(rr, owner)) return true;
    }
    return false;
}

static void add_item(struct caa_reply *reply, const struct caa_referral_item *item) {
    for (size_t i = 0; i < reply->set.item_count; i++)
        if (caa_referral_item_compare(&reply->items[i], item) == 0) return;
    if (reply->set.item_count == CAA_REPLY_ITEMS_MAX)
        reply->set.cut = true;
    else
        reply->items[reply->set.item_count++] = *item;
}

static void collect_ns(const struct reading *reading, knot_section_t id) {
    const knot_pktsection_t *section = knot_pkt_section(reading->packet, id);
    for (uint16_t i = 0; i < section->count; i++) {
        const knot_rrset_t *rr = knot_pkt_rr(section, i);
        struct caa_referral_item item = {.ns = {0}};
        struct caa_name owner;
        if (rr->type != KNOT_RRTYPE_NS || !owner_of(rr, &owner) ||
            !caa_name_equal(&owner, &reading->reply->set.zone) ||
            caa_name_from_wire(&item.ns, rr->rrs.rdata->data, rr->rrs.rdata->len) != CAA_OK)
            continue;
        item.ns = caa_reply_lower(&item.ns);
        add_item(reading->reply, &item);
    }
}

static bool is_ns_of(const struct caa_reply *reply, size_t ns_count,
                     const struct caa_name *name) {
    for (size_t i = 0; i < ns_count; i++)
        if (caa_name_equal(&reply->items[i].ns, name)) return true;
    return false;
}

/* Addresses of the NS names, where this server may speak of them. */
static void collect_glue(const struct reading *reading) {
    const knot_pktsection_t *additional = knot_pkt_section(reading->packet, KNOT_ADDITIONAL);
    size_t ns_count = reading->reply->set.item_count;
    for (uint16_t i = 0; i < additional->count; i++) {
        const knot_rrset_t *rr = knot_pkt_rr(additional, i);
        struct caa_referral_item item = {.ns = {0}};
        if ((rr->type != KNOT_RRTYPE_A && rr->type != KNOT_RRTYPE_AAAA) ||
            !owner_of(rr, &item.ns) || !caa_name_is_subdomain(&item.ns, reading->zone) ||
            !is_ns_of(reading->reply, ns_count, &item.ns) ||
            !caa_address_from_rdata(&item.address,
                                    caa_slice_bytes(rr->rrs.rdata->data, rr->rrs.rdata->len),
                                    reading->port))
            continue;
        item.ns = caa_reply_lower(&item.ns);
        add_item(reading->reply, &item);
    }
}

static void note_ds(const struct reading *reading) {
    const knot_pktsection_t *authority = knot_pkt_section(reading->packet, KNOT_AUTHORITY);
    struct caa_referral *set = &reading->reply->set;
    for (uint16_t i = 0; i < authority->count; i++) {
        const knot_rrset_t *rr = knot_pkt_rr(authority, i);
        struct caa_name owner;
        if (!owner_of(rr, &owner)) continue;
        if (rr->type == KNOT_RRTYPE_DS && caa_name_equal(&owner, &set->zone)) set->ds = true;
        if (rr->type == KNOT_RRTYPE_NSEC || rr->type == KNOT_RRTYPE_NSEC3) set->denial = true;
    }
}

static void collect_set(const struct reading *reading, const struct caa_name *zone,
                        knot_section_t id) {
    struct caa_reply *reply = reading->reply;
    reply->set.zone = caa_reply_lower(zone);
    reply->set.items = reply->items;
    collect_ns(reading, id);
    collect_glue(reading);
    note_ds(reading);
    qsort(reply->items, reply->set.item_count, sizeof reply->items[0],
          caa_referral_item_compare);
}

/* No data for the name: a referral, a denial, or neither. */
static enum caa_server_state judge_empty(const struct reading *reading, bool aa) {
    struct caa_name delegated;
    if (has_soa(reading)) return aa ? CAA_SERVER_OK : CAA_SERVER_NOT_AUTHORITATIVE;
    if (!find_authority_ns(reading, &delegated))
        return aa ? CAA_SERVER_NO_SOA : CAA_SERVER_NOT_AUTHORITATIVE;
    bool downward = caa_name_is_subdomain(&delegated, reading->zone) &&
                    !caa_name_equal(&delegated, reading->zone) &&
                    caa_name_is_subdomain(&reading->question->name, &delegated);
    if (!downward) return aa ? CAA_SERVER_NO_SOA : CAA_SERVER_LAME;
    collect_set(reading, &delegated, KNOT_AUTHORITY);
    reading->reply->refers = true;
    return CAA_SERVER_OK;
}

static enum caa_server_state judge(const struct reading *reading,
                                   const struct caa_packet_summary *said) {
    switch (said->rcode) {
    case KNOT_RCODE_NOERROR: break;
    case KNOT_RCODE_NXDOMAIN:
        if (!said->aa) return CAA_SERVER_NOT_AUTHORITATIVE;
        note_alias(reading);
        /* With an alias in it, the denial may be another zone's, with no SOA of this one. */
        return has_soa(reading) || has_answer(reading) ? CAA_SERVER_OK : CAA_SERVER_NO_SOA;
    case KNOT_RCODE_SERVFAIL: return CAA_SERVER_SERVFAIL;
    case KNOT_RCODE_REFUSED: return CAA_SERVER_REFUSED;
    default: return CAA_SERVER_RCODE;
    }
    if (!has_answer(reading)) return judge_empty(reading, said->aa);
    if (!said->aa) return CAA_SERVER_NOT_AUTHORITATIVE;
    note_alias(reading);
    if (reading->question->type == KNOT_RRTYPE_NS)
        collect_set(reading, &reading->question->name, KNOT_ANSWER);
    return CAA_SERVER_OK;
}

static enum caa_server_state state_of_network(int error) {
    /* The connection was closed on us, or nobody came to the telephone. */
    return error == ECONNRESET || error == EPIPE || error == ETIMEDOUT ? CAA_SERVER_SILENT
                                                                       : CAA_SERVER_UNREACHABLE;
}

static enum caa_server_state read_response(struct reading *reading,
                                           const struct caa_exchange *exchange) {
    enum caa_server_state state = CAA_SERVER_MALFORMED;
    reading->packet =
        knot_pkt_new((void *)exchange->packet, (uint16_t)exchange->packet_octets, NULL);
    if (reading->packet != NULL &&
        knot_pkt_parse(reading->packet, KNOT_PF_KEEPWIRE) == KNOT_EOK)
        state = judge(reading, &exchange->said);
    knot_pkt_free(reading->packet);
    return state;
}

void caa_reply_read(struct caa_reply *reply, const struct caa_exchange *exchange,
                    const struct caa_name *zone, const struct caa_question *question,
                    uint16_t port) {
    struct reading reading = {.reply = reply, .zone = zone, .question = question, .port = port};
    reply->refers = false;
    reply->alias.len = 0;
    reply->set = (struct caa_referral){.items = reply->items};
    bool truncated = exchange->packet != NULL && exchange->said.tc;
    switch (exchange->result) {
    case CAA_EXCHANGE_RESPONSE:
        reply->state = truncated ? CAA_SERVER_TRUNCATED : read_response(&reading, exchange);
        return;
    case CAA_EXCHANGE_TIMEOUT: reply->state = CAA_SERVER_SILENT; return;
    case CAA_EXCHANGE_NETWORK: reply->state = state_of_network(exchange->error); return;
    case CAA_EXCHANGE_MALFORMED: break;
    }
    reply->state = truncated ? CAA_SERVER_TRUNCATED : CAA_SERVER_MALFORMED;
}
