#include "serve/dns_query.h"

#include <libknot/libknot.h>

enum { META_TYPES_FIRST = 128, META_TYPES_LAST = 255, UDP_OCTETS_LEAST = 512 };

static enum caa_dns_fate refuse(struct caa_dns_query *query, uint16_t rcode) {
    query->rcode = rcode;
    return CAA_DNS_REFUSE;
}

/* One question, nothing but an OPT beside it. */
static bool counts_are_those_of_a_query(const uint8_t *wire) {
    return knot_wire_get_tc(wire) == 0 && knot_wire_get_qdcount(wire) == 1 &&
           knot_wire_get_ancount(wire) == 0 && knot_wire_get_nscount(wire) == 0 &&
           knot_wire_get_arcount(wire) <= 1;
}

static bool read_question(struct caa_dns_query *query, const knot_pkt_t *packet) {
    if (caa_name_from_wire(&query->name, knot_pkt_wire_qname(packet), packet->qname_size) !=
        CAA_OK)
        return false;
    query->type = knot_pkt_qtype(packet);
    query->class = knot_pkt_qclass(packet);
    query->has_question = true;
    return true;
}

static void read_edns(struct caa_dns_query *query, const knot_rrset_t *opt) {
    query->has_edns = true;
    query->dnssec_ok = knot_edns_do(opt);
    query->udp_octets = knot_edns_get_payload(opt);
    if (query->udp_octets < UDP_OCTETS_LEAST) query->udp_octets = UDP_OCTETS_LEAST;
}

/* The RCODE for a question that is not looked up; NOERROR for one that is. */
static uint16_t rcode_of_question(const struct caa_dns_query *query) {
    switch (query->type) {
    case 0:
    case KNOT_RRTYPE_OPT:
    case KNOT_RRTYPE_TKEY:
    case KNOT_RRTYPE_TSIG: return KNOT_RCODE_FORMERR;
    default: break;
    }
    bool is_meta = query->type >= META_TYPES_FIRST && query->type <= META_TYPES_LAST;
    bool recursion_desired = (query->flags & 0x0100) != 0;
    return is_meta || query->class != KNOT_CLASS_IN || !recursion_desired ? KNOT_RCODE_REFUSED
                                                                          : KNOT_RCODE_NOERROR;
}

static bool is_onion(const struct caa_dns_query *query) {
    static const struct caa_name onion = {.len = 7, .wire = "\5onion"};
    return query->class == KNOT_CLASS_IN && caa_name_is_subdomain(&query->name, &onion);
}

static enum caa_dns_fate judge(struct caa_dns_query *query, const knot_pkt_t *packet) {
    const knot_rrset_t *opt = packet->opt_rr;
    bool only_opt = knot_wire_get_arcount(packet->wire) == (opt == NULL ? 0 : 1);
    if (!read_question(query, packet)) return refuse(query, KNOT_RCODE_FORMERR);
    if (!only_opt || (opt != NULL && opt->owner[0] != 0)) {
        query->has_question = false;
        return refuse(query, KNOT_RCODE_FORMERR);
    }
    if (opt != NULL) read_edns(query, opt);
    if (opt != NULL && knot_edns_get_version(opt) != 0)
        return refuse(query, KNOT_RCODE_BADVERS);
    uint16_t rcode = rcode_of_question(query);
    if (rcode != KNOT_RCODE_FORMERR && is_onion(query)) return CAA_DNS_NO_NAME;
    return rcode == KNOT_RCODE_NOERROR ? CAA_DNS_LOOK_UP : refuse(query, rcode);
}

enum caa_dns_fate caa_dns_query_read(struct caa_dns_query *query, const uint8_t *octets,
                                     size_t len) {
    *query = (struct caa_dns_query){.udp_octets = UDP_OCTETS_LEAST};
    if (len < KNOT_WIRE_HEADER_SIZE || knot_wire_get_qr(octets) != 0) return CAA_DNS_DROP;
    query->id = knot_wire_get_id(octets);
    query->flags = knot_wire_read_u16(octets + KNOT_WIRE_OFFSET_FLAGS1);
    if (knot_wire_get_opcode(octets) != KNOT_OPCODE_QUERY)
        return refuse(query, KNOT_RCODE_NOTIMPL);
    if (len > CAA_DNS_QUERY_OCTETS_MOST || !counts_are_those_of_a_query(octets))
        return refuse(query, KNOT_RCODE_FORMERR);
    knot_pkt_t *packet = knot_pkt_new((void *)octets, (uint16_t)len, NULL);
    if (packet == NULL) return refuse(query, KNOT_RCODE_SERVFAIL);
    enum caa_dns_fate fate =
        knot_pkt_parse(packet, KNOT_PF_KEEPWIRE | KNOT_PF_NOCANON) == KNOT_EOK
            ? judge(query, packet)
            : refuse(query, KNOT_RCODE_FORMERR);
    knot_pkt_free(packet);
    return fate;
}
