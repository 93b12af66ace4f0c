#include "probe/packet.h"

#include <string.h>

#include <libknot/libknot.h>

/* One random bit decides about each letter. */
static void randomize_case(struct caa_name *name, const uint8_t *bits) {
    for (size_t at = 0; at < name->len && name->wire[at] != 0; at += 1u + name->wire[at])
        for (size_t i = at + 1; i <= at + name->wire[at]; i++) {
            uint8_t lower = name->wire[i] | 0x20;
            if (lower < 'a' || lower > 'z') continue;
            bool upper = (bits[i / 8] >> i % 8 & 1) != 0;
            name->wire[i] = upper ? lower & 0xdf : lower;
        }
}

static bool put_opt(knot_pkt_t *packet) {
    knot_rrset_t opt;
    if (knot_edns_init(&opt, CAA_PACKET_EDNS_OCTETS, 0, 0, &packet->mm) != KNOT_EOK)
        return false;
    knot_edns_set_do(&opt);
    bool put = knot_pkt_begin(packet, KNOT_ADDITIONAL) == KNOT_EOK &&
               knot_pkt_put(packet, KNOT_COMPR_HINT_NONE, &opt, KNOT_PF_FREE) == KNOT_EOK;
    if (!put) knot_rrset_clear(&opt, &packet->mm);
    return put;
}

enum caa_err caa_query_build(struct caa_query *query, const struct caa_question *question,
                             bool edns, const uint8_t random[CAA_PACKET_RANDOM_OCTETS]) {
    memset(query, 0, sizeof *query);
    query->id = (uint16_t)(random[0] << 8 | random[1]);
    query->edns = edns;
    query->name = question->name;
    query->type = question->type;
    randomize_case(&query->name, random + 2);
    knot_pkt_t *packet = knot_pkt_new(query->wire, sizeof query->wire, NULL);
    if (packet == NULL) return CAA_ERR_NOMEM;
    knot_wire_set_id(query->wire, query->id);
    bool built = knot_pkt_put_question(packet, query->name.wire, KNOT_CLASS_IN, query->type) ==
                     KNOT_EOK &&
                 (!edns || put_opt(packet));
    query->len = packet->size;
    knot_pkt_free(packet);
    return built ? CAA_OK : CAA_ERR_NOMEM;
}

/* FORMERR, SERVFAIL, NOTIMP, REFUSED: often sent without the question. */
static bool may_lack_question(uint8_t rcode) {
    return rcode == KNOT_RCODE_FORMERR || rcode == KNOT_RCODE_SERVFAIL ||
           rcode == KNOT_RCODE_NOTIMPL || rcode == KNOT_RCODE_REFUSED;
}

static enum caa_packet_match match_question(const struct caa_query *query, const uint8_t *wire,
                                            size_t len) {
    struct caa_name name;
    if (caa_name_from_wire(&name, wire, len) != CAA_OK || len - name.len < 4 ||
        !caa_name_equal(&name, &query->name))
        return CAA_PACKET_WRONG_QUESTION;
    const uint8_t *after = wire + name.len;
    if (knot_wire_read_u16(after) != query->type ||
        knot_wire_read_u16(after + 2) != KNOT_CLASS_IN)
        return CAA_PACKET_WRONG_QUESTION;
    return memcmp(name.wire, query->name.wire, name.len) == 0 ? CAA_PACKET_OURS
                                                              : CAA_PACKET_WRONG_CASE;
}

enum caa_packet_match caa_packet_match(const struct caa_query *query, const uint8_t *wire,
                                       size_t len) {
    if (len < KNOT_WIRE_HEADER_SIZE) return CAA_PACKET_SHORT;
    if (knot_wire_get_id(wire) != query->id) return CAA_PACKET_WRONG_ID;
    if (knot_wire_get_qr(wire) == 0 || knot_wire_get_opcode(wire) != KNOT_OPCODE_QUERY)
        return CAA_PACKET_NO_RESPONSE;
    uint16_t questions = knot_wire_get_qdcount(wire);
    if (questions == 0 && may_lack_question(knot_wire_get_rcode(wire))) return CAA_PACKET_OURS;
    if (questions != 1) return CAA_PACKET_WRONG_QUESTION;
    return match_question(query, wire + KNOT_WIRE_HEADER_SIZE, len - KNOT_WIRE_HEADER_SIZE);
}

/* FNV-1a, its result spread so that sums of several do not cancel out in simple ways. */
static uint64_t hash_octets(uint64_t hash, const uint8_t *octets, size_t len) {
    for (size_t i = 0; i < len; i++) hash = (hash ^ octets[i]) * 0x100000001b3u;
    return hash;
}

static uint64_t hash_spread(uint64_t hash) {
    hash = (hash ^ hash >> 30) * 0xbf58476d1ce4e5b9u;
    hash = (hash ^ hash >> 27) * 0x94d049bb133111ebu;
    return hash ^ hash >> 31;
}

/* libknot has brought owner and names in RDATA to lower case. */
static uint64_t hash_record(const knot_rrset_t *rr) {
    const uint8_t type[2] = {(uint8_t)(rr->type >> 8), (uint8_t)rr->type};
    uint64_t hash = 0xcbf29ce484222325u;
    hash = hash_octets(hash, rr->owner, knot_dname_size(rr->owner));
    hash = hash_octets(hash, type, sizeof type);
    hash = hash_octets(hash, rr->rrs.rdata->data, rr->rrs.rdata->len);
    return hash_spread(hash);
}

/* Signatures differ between servers that agree: each may sign by itself. `type` 0: any. */
static uint64_t digest_of(const knot_pkt_t *packet, knot_section_t id, uint16_t type) {
    const knot_pktsection_t *section = knot_pkt_section(packet, id);
    uint64_t digest = 0;
    for (uint16_t i = 0; i < section->count; i++) {
        const knot_rrset_t *rr = knot_pkt_rr(section, i);
        if (rr->type == KNOT_RRTYPE_RRSIG || (type != 0 && rr->type != type)) continue;
        digest += hash_record(rr);
    }
    return digest;
}

static void read_extended_error(struct caa_packet_summary *summary, const knot_pkt_t *packet) {
    const uint8_t *option = knot_pkt_edns_option(packet, KNOT_EDNS_OPTION_EDE);
    if (option == NULL || knot_edns_opt_get_length(option) < 2) return;
    const uint8_t *data = option + 4;
    size_t len = knot_edns_opt_get_length(option) - 2u;
    if (len >= sizeof summary->ede_text) len = sizeof summary->ede_text - 1;
    memcpy(summary->ede_text, data + 2, len);
    summary->ede = data[0] << 8 | data[1];
}

static void read_sections(struct caa_packet_summary *summary, const knot_pkt_t *packet) {
    summary->edns = packet->opt_rr != NULL;
    summary->rcode = knot_pkt_ext_rcode(packet);
    summary->answer_count = knot_pkt_section(packet, KNOT_ANSWER)->count;
    summary->digest = digest_of(packet, KNOT_ANSWER, 0);
    summary->referral_digest = digest_of(packet, KNOT_AUTHORITY, KNOT_RRTYPE_NS);
    read_extended_error(summary, packet);
}

void caa_packet_read(struct caa_packet_summary *summary, const uint8_t *wire, size_t len) {
    *summary = (struct caa_packet_summary){.ede = -1};
    summary->malformed = "shorter than a header";
    if (wire == NULL || len < KNOT_WIRE_HEADER_SIZE) return;
    summary->rcode = knot_wire_get_rcode(wire);
    summary->aa = knot_wire_get_aa(wire) != 0;
    summary->tc = knot_wire_get_tc(wire) != 0;
    summary->ad = knot_wire_get_ad(wire) != 0;
    summary->ra = knot_wire_get_ra(wire) != 0;
    summary->malformed = "not a well-formed DNS message";
    if (len > UINT16_MAX) return;
    knot_pkt_t *packet = knot_pkt_new((void *)wire, (uint16_t)len, NULL);
    if (packet != NULL && knot_pkt_parse(packet, KNOT_PF_KEEPWIRE) == KNOT_EOK) {
        summary->malformed = NULL;
        read_sections(summary, packet);
    }
    knot_pkt_free(packet);
}

const char *caa_packet_rcode_text(uint16_t rcode) {
    const knot_lookup_t *known = knot_lookup_by_id(knot_rcode_names, rcode);
    return known == NULL ? "an unknown one" : known->name;
}
