/* Queries and replies: whatever a client sends, what is refused is no longer than the query,
   and what is answered is well-formed and says no more than the answer does. The first octet
   makes choices, the next two are the query's length; then come the query and a packet as
   libunbound's answer to it. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <libknot/libknot.h>

#include "resolve/response.h"
#include "serve/dns_reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CHOICES = 3, OBSERVED_US = 1000000 };

static uint8_t wire[CAA_DNS_REPLY_OCTETS_MOST];

static void must(bool holds) {
    if (!holds) abort();
}

/* What any reply is, read as a client does. */
static knot_pkt_t *read_reply(const struct caa_dns_query *query,
                              const struct caa_dns_reply *reply, size_t limit) {
    must(reply->len >= KNOT_WIRE_HEADER_SIZE && reply->len <= limit);
    knot_pkt_t *packet = knot_pkt_new(wire, (uint16_t)reply->len, NULL);
    must(packet != NULL && knot_pkt_parse(packet, KNOT_PF_KEEPWIRE) == KNOT_EOK);
    must(knot_wire_get_id(wire) == query->id && knot_wire_get_qr(wire) != 0);
    must(knot_wire_get_z(wire) == 0);
    must((knot_wire_get_tc(wire) != 0) == reply->truncated);
    must((knot_wire_get_ad(wire) != 0) == reply->authenticated);
    must(knot_pkt_ext_rcode(packet) == reply->rcode);
    must(knot_pkt_has_dnssec(packet) == false || query->dnssec_ok);
    return packet;
}

static void refuse(const struct caa_dns_query *query, size_t query_octets) {
    struct caa_dns_reply reply = caa_dns_reply_refusal(query, query->rcode, wire, 512);
    must(reply.len <= query_octets && reply.rcode == query->rcode && reply.rcode != 0);
    must(!reply.truncated && !reply.authenticated && reply.max_age_s == 0);
    must(knot_wire_get_aa(wire) == 0);
    knot_pkt_t *packet = read_reply(query, &reply, query_octets);
    must(knot_wire_get_ancount(wire) == 0 && knot_wire_get_nscount(wire) == 0);
    knot_pkt_free(packet);
}

/* At least as much room as the listener has. */
static void deny(const struct caa_dns_query *query) {
    struct caa_dns_reply reply = caa_dns_reply_onion(query, wire, 512);
    must(reply.rcode == KNOT_RCODE_NXDOMAIN && !reply.truncated && !reply.authenticated);
    knot_pkt_t *packet = read_reply(query, &reply, 512);
    must(knot_wire_get_aa(wire) != 0);
    must(knot_wire_get_ancount(wire) == 0 && knot_wire_get_nscount(wire) == 1);
    knot_pkt_free(packet);
}

static void must_hold_no_signatures(const knot_pkt_t *packet, uint16_t asked) {
    for (knot_section_t id = KNOT_ANSWER; id <= KNOT_ADDITIONAL; id++) {
        const knot_pktsection_t *section = knot_pkt_section(packet, id);
        for (uint16_t i = 0; i < section->count; i++) {
            uint16_t type = knot_pkt_rr(section, i)->type;
            must(type != KNOT_RRTYPE_RRSIG || (asked == type && id == KNOT_ANSWER));
        }
    }
}

static void answer(const struct caa_dns_query *query, uint8_t choices, const uint8_t *octets,
                   size_t len) {
    const struct caa_question question = {.name = query->name, .type = query->type};
    const struct caa_response_context context = {
        .security = (enum caa_security)(choices & 3),
        .reason = (choices & 3) == CAA_SECURITY_BOGUS ? "bogus" : NULL,
        .observed_at_us = OBSERVED_US,
        .keep_packet = true};
    const size_t limit = (choices & 4) != 0 ? sizeof wire : query->udp_octets;
    const struct caa_answer *read = caa_response_read(octets, len, &question, &context);
    struct caa_dns_reply reply =
        caa_dns_reply_answer(query, read, OBSERVED_US + (choices & 8) * 1000000, wire, limit);
    bool sound = caa_answer_is_sound(read);
    must(knot_wire_get_aa(wire) == 0);
    must(sound || reply.rcode == KNOT_RCODE_SERVFAIL);
    must(!sound || reply.rcode == read->rcode);
    knot_pkt_t *packet = read_reply(query, &reply, limit);
    must(knot_pkt_has_edns(packet) == query->has_edns);
    must(memcmp(knot_pkt_wire_qname(packet), query->name.wire, query->name.len) == 0);
    must(!reply.authenticated || read->security == CAA_SECURITY_SECURE);
    must(sound || knot_wire_get_ancount(wire) == 0);
    must(reply.max_age_s <= read->ttl_s && reply.max_age_s <= 3600);
    if (!query->dnssec_ok) must_hold_no_signatures(packet, query->type);
    must(query->type == KNOT_RRTYPE_NS ||
         knot_wire_get_arcount(wire) == (query->has_edns ? 1 : 0));
    knot_pkt_free(packet);
    caa_answer_release(read);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct caa_dns_query query;
    if (size < CHOICES) return 0;
    size_t query_octets = (size_t)(data[1] << 8 | data[2]);
    if (query_octets > size - CHOICES) query_octets = size - CHOICES;
    const uint8_t *octets = data + CHOICES;
    switch (caa_dns_query_read(&query, octets, query_octets)) {
    case CAA_DNS_DROP: break;
    case CAA_DNS_REFUSE: refuse(&query, query_octets); break;
    case CAA_DNS_NO_NAME: deny(&query); break;
    case CAA_DNS_LOOK_UP:
        answer(&query, data[0], octets + query_octets, size - CHOICES - query_octets);
        break;
    }
    return 0;
}
