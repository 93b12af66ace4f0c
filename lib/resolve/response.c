#include "resolve/response.h"

#include <stdbool.h>
#include <stdlib.h>

#include <libknot/libknot.h>

enum { ALIASES_MAX = 16, EDE_TEXT_MAX = 256 };

/* A packet on its way to become an answer. */
struct response {
    const struct caa_question *question;
    knot_pkt_t *packet;
    struct caa_answer
        content; /* filled step by step; its arrays are borrowed until it is copied */
    struct caa_name aliases[ALIASES_MAX];
    char ede_text[EDE_TEXT_MAX];
    struct caa_slice *rdata;
};

static void fail(struct response *response, enum caa_outcome outcome, const char *reason) {
    response->content.outcome = outcome;
    response->content.reason = reason;
    response->content.rdata_count = 0;
    response->content.ttl_s = 0;
}

static void lower_ttl(struct response *response, uint32_t ttl_s) {
    if (ttl_s < response->content.ttl_s) response->content.ttl_s = ttl_s;
}

static bool read_owner(struct caa_name *owner, const knot_rrset_t *rr) {
    return rr->rclass == KNOT_CLASS_IN &&
           caa_name_from_wire(owner, rr->owner, knot_dname_size(rr->owner)) == CAA_OK;
}

static bool owner_is(const knot_rrset_t *rr, const struct caa_name *name) {
    struct caa_name owner;
    return read_owner(&owner, rr) && caa_name_equal(&owner, name);
}

static bool header_is_usable(struct response *response) {
    const uint8_t *wire = response->packet->wire;
    /* With the upper bits from OPT: BADVERS (16) looks like NOERROR without them. */
    uint16_t rcode = knot_pkt_ext_rcode(response->packet);
    response->content.rcode = (uint8_t)(rcode <= UINT8_MAX ? rcode : UINT8_MAX);
    if (knot_wire_get_qr(wire) == 0 || knot_wire_get_opcode(wire) != KNOT_OPCODE_QUERY)
        fail(response, CAA_OUTCOME_MALFORMED, "not a response to a query");
    else if (rcode == KNOT_RCODE_SERVFAIL)
        fail(response, CAA_OUTCOME_SERVFAIL, NULL);
    else if (rcode == KNOT_RCODE_REFUSED)
        fail(response, CAA_OUTCOME_REFUSED, NULL);
    else if (rcode != KNOT_RCODE_NOERROR && rcode != KNOT_RCODE_NXDOMAIN)
        fail(response, CAA_OUTCOME_RCODE, NULL);
    else if (knot_wire_get_tc(wire) != 0)
        fail(response, CAA_OUTCOME_TRUNCATED, "the answer did not come whole");
    else if (knot_wire_get_aa(wire) != 0)
        fail(response, CAA_OUTCOME_MALFORMED, "libunbound's own data, not the DNS's");
    else
        return true;
    return false;
}

static bool question_is_ours(struct response *response) {
    const knot_pkt_t *packet = response->packet;
    struct caa_name name;
    bool ours =
        knot_wire_get_qdcount(packet->wire) == 1 &&
        caa_name_from_wire(&name, knot_pkt_wire_qname(packet), packet->qname_size) == CAA_OK &&
        caa_name_equal(&name, &response->question->name) &&
        knot_pkt_qtype(packet) == response->question->type &&
        knot_pkt_qclass(packet) == KNOT_CLASS_IN;
    if (!ours) fail(response, CAA_OUTCOME_MALFORMED, "the answer to another question");
    return ours;
}

/* The EXTRA-TEXT is whatever a server sent: kept as it is, cut at the size. */
static void read_extended_error(struct response *response) {
    const uint8_t *option = knot_pkt_edns_option(response->packet, KNOT_EDNS_OPTION_EDE);
    if (option == NULL || knot_edns_opt_get_length(option) < 2) return;
    const uint8_t *data = option + 4;
    size_t len = knot_edns_opt_get_length(option) - 2u;
    if (len >= EDE_TEXT_MAX) len = EDE_TEXT_MAX - 1;
    for (size_t i = 0; i < len; i++) response->ede_text[i] = (char)data[2 + i];
    response->ede_text[len] = '\0';
    response->content.ede = data[0] << 8 | data[1];
    response->content.ede_text = response->ede_text;
}

/* The CNAME at `owner`: 0 none, 1 found, -1 several or unreadable. */
static int find_alias(struct response *response, const struct caa_name *owner,
                      struct caa_name *target) {
    const knot_pktsection_t *answer = knot_pkt_section(response->packet, KNOT_ANSWER);
    int found = 0;
    for (uint16_t i = 0; i < answer->count; i++) {
        const knot_rrset_t *rr = knot_pkt_rr(answer, i);
        if (rr->type != KNOT_RRTYPE_CNAME || !owner_is(rr, owner)) continue;
        const knot_rdata_t *rdata = rr->rrs.rdata;
        if (found != 0 || caa_name_from_wire(target, rdata->data, rdata->len) != CAA_OK)
            return -1;
        lower_ttl(response, rr->ttl);
        found = 1;
    }
    return found;
}

/* Are there records of the type asked for at `owner`? Where there is an alias as well, one of
   the two is wrong (RFC 1034 section 3.6.2). */
static bool has_records(struct response *response, const struct caa_name *owner) {
    const knot_pktsection_t *answer = knot_pkt_section(response->packet, KNOT_ANSWER);
    for (uint16_t i = 0; i < answer->count; i++) {
        const knot_rrset_t *rr = knot_pkt_rr(answer, i);
        if (rr->type == response->question->type && owner_is(rr, owner)) return true;
    }
    return false;
}

/* What may stand beside an alias, and is not looked for elsewhere (RFC 4035 section 2.5). */
static bool stays_at_aliases(uint16_t type) {
    return type == KNOT_RRTYPE_CNAME || type == KNOT_RRTYPE_RRSIG || type == KNOT_RRTYPE_NSEC;
}

/* Follows the chain to the name that owns the data, which `*owner` becomes. */
static bool follow_aliases(struct response *response, struct caa_name *owner) {
    struct caa_answer *content = &response->content;
    content->aliases = response->aliases;
    for (;;) {
        struct caa_name target;
        bool stays = stays_at_aliases(response->question->type) && has_records(response, owner);
        int found = stays ? 0 : find_alias(response, owner, &target);
        if (found == 0) return true;
        if (found < 0 || content->alias_count == ALIASES_MAX) {
            fail(response, CAA_OUTCOME_MALFORMED,
                 found < 0 ? "more than one alias for a name"
                           : "a chain of aliases without end");
            return false;
        }
        if (has_records(response, owner)) {
            fail(response, CAA_OUTCOME_MALFORMED, "records beside an alias");
            return false;
        }
        response->aliases[content->alias_count++] = target;
        *owner = target;
    }
}

/* Collects the records at `owner`; false where memory ran out. */
static bool collect_records(struct response *response, const struct caa_name *owner) {
    const knot_pktsection_t *answer = knot_pkt_section(response->packet, KNOT_ANSWER);
    if (answer->count == 0) return true;
    response->rdata = calloc(answer->count, sizeof *response->rdata);
    if (response->rdata == NULL) return false;
    for (uint16_t i = 0; i < answer->count; i++) {
        const knot_rrset_t *rr = knot_pkt_rr(answer, i);
        if (rr->type != response->question->type || !owner_is(rr, owner)) continue;
        response->rdata[response->content.rdata_count++] =
            caa_slice_bytes(rr->rrs.rdata->data, rr->rrs.rdata->len);
        lower_ttl(response, rr->ttl);
    }
    response->content.rdata = response->rdata;
    return true;
}

/* The SOA of a zone that encloses `owner`, in the authority section (RFC 2308 section 2.2). */
static bool has_enclosing_soa(struct response *response, const struct caa_name *owner) {
    const knot_pktsection_t *authority = knot_pkt_section(response->packet, KNOT_AUTHORITY);
    for (uint16_t i = 0; i < authority->count; i++) {
        const knot_rrset_t *rr = knot_pkt_rr(authority, i);
        struct caa_name zone;
        if (rr->type != KNOT_RRTYPE_SOA || rr->rclass != KNOT_CLASS_IN) continue;
        if (rr->rrs.rdata->len == 0) continue; /* which libknot takes for any type */
        if (caa_name_from_wire(&zone, rr->owner, knot_dname_size(rr->owner)) != CAA_OK)
            continue;
        if (!caa_name_is_subdomain(owner, &zone)) continue;
        lower_ttl(response, rr->ttl);
        lower_ttl(response, knot_soa_minimum(rr->rrs.rdata));
        return true;
    }
    return false;
}

/* A DNAME above `owner` says that `owner` lies elsewhere (RFC 6672), so nothing was denied. */
static bool is_redirected(struct response *response, const struct caa_name *owner) {
    const knot_pktsection_t *answer = knot_pkt_section(response->packet, KNOT_ANSWER);
    for (uint16_t i = 0; i < answer->count; i++) {
        const knot_rrset_t *rr = knot_pkt_rr(answer, i);
        struct caa_name above;
        if (rr->type == KNOT_RRTYPE_DNAME && read_owner(&above, rr) &&
            caa_name_is_subdomain(owner, &above) && !caa_name_equal(owner, &above))
            return true;
    }
    return false;
}

/* Whether they prove what they should is libunbound's to say. */
static bool denial_is_signed(const struct response *response) {
    const knot_pktsection_t *authority = knot_pkt_section(response->packet, KNOT_AUTHORITY);
    bool denial = false, signature = false;
    for (uint16_t i = 0; i < authority->count; i++) {
        const knot_rrset_t *rr = knot_pkt_rr(authority, i);
        if (rr->type == KNOT_RRTYPE_NSEC || rr->type == KNOT_RRTYPE_NSEC3) denial = true;
        if (rr->type != KNOT_RRTYPE_RRSIG || rr->rrs.rdata->len == 0) continue;
        uint16_t covered = knot_rrsig_type_covered(rr->rrs.rdata);
        if (covered == KNOT_RRTYPE_NSEC || covered == KNOT_RRTYPE_NSEC3) signature = true;
    }
    return denial && signature;
}

/* An absent CAA or DS permits something; that another type is absent does not. */
static bool absence_permits(uint16_t type) {
    return type == CAA_TYPE_CAA || type == KNOT_RRTYPE_DS;
}

/* No data at the end of the chain: an empty answer, if it is one at all. */
static void read_denial(struct response *response, const struct caa_name *owner) {
    struct caa_answer *content = &response->content;
    if (is_redirected(response, owner)) {
        fail(response, CAA_OUTCOME_MALFORMED, "a DNAME without the alias that it stands for");
        return;
    }
    content->outcome =
        content->rcode == KNOT_RCODE_NXDOMAIN ? CAA_OUTCOME_NXDOMAIN : CAA_OUTCOME_NODATA;
    content->denial_signed = denial_is_signed(response);
    if (has_enclosing_soa(response, owner)) return;
    if (content->security == CAA_SECURITY_SECURE || !absence_permits(content->type))
        content->ttl_s = 0;
    else
        fail(response, CAA_OUTCOME_MALFORMED,
             "an empty answer without the SOA of an enclosing zone");
}

static void read_sections(struct response *response) {
    struct caa_name owner = response->question->name;
    if (!follow_aliases(response, &owner)) return;
    if (!collect_records(response, &owner)) {
        fail(response, CAA_OUTCOME_SERVFAIL, "out of memory");
        return;
    }
    if (response->content.rdata_count == 0) {
        read_denial(response, &owner);
        return;
    }
    response->content.outcome = CAA_OUTCOME_RECORDS;
    if (response->content.rcode == KNOT_RCODE_NXDOMAIN)
        fail(response, CAA_OUTCOME_MALFORMED, "NXDOMAIN with records at the name");
}

/* Given no octets, libknot would make a packet of its own. */
static bool open_packet(struct response *response, const uint8_t *octets, size_t len) {
    if (octets == NULL || len < KNOT_WIRE_HEADER_SIZE || len > UINT16_MAX) return false;
    response->packet = knot_pkt_new((void *)octets, (uint16_t)len, NULL);
    return response->packet != NULL &&
           knot_pkt_parse(response->packet, KNOT_PF_KEEPWIRE) == KNOT_EOK;
}

static void read_packet(struct response *response, const uint8_t *octets, size_t len) {
    bool well_formed = open_packet(response, octets, len);
    if (well_formed) read_extended_error(response);
    if (response->content.security == CAA_SECURITY_BOGUS)
        fail(response, CAA_OUTCOME_BOGUS, response->content.reason);
    else if (!well_formed)
        fail(response, CAA_OUTCOME_MALFORMED, "not a well-formed DNS message");
    else if (header_is_usable(response) && question_is_ours(response))
        read_sections(response);
}

static bool says_what_is_there(const struct caa_answer *content) {
    return content->outcome == CAA_OUTCOME_RECORDS || content->outcome == CAA_OUTCOME_NODATA ||
           content->outcome == CAA_OUTCOME_NXDOMAIN;
}

/* A failure that says nothing about the zone was not validated either. */
static void settle_security(struct caa_answer *content) {
    if (content->outcome == CAA_OUTCOME_BOGUS)
        content->security = CAA_SECURITY_BOGUS;
    else if (!says_what_is_there(content))
        content->security = CAA_SECURITY_INDETERMINATE;
}

const struct caa_answer *caa_response_read(const uint8_t *packet, size_t len,
                                           const struct caa_question *question,
                                           const struct caa_response_context *context) {
    struct response response = {.question = question,
                                .content = {.owner = question->name,
                                            .type = question->type,
                                            .ede = -1,
                                            .security = context->security,
                                            .reason = context->reason,
                                            .rcode = KNOT_RCODE_SERVFAIL,
                                            .ttl_s = UINT32_MAX,
                                            .observed_at_us = context->observed_at_us,
                                            .elapsed_us = context->elapsed_us}};
    read_packet(&response, packet, len);
    settle_security(&response.content);
    if (context->keep_packet && says_what_is_there(&response.content))
        response.content.packet = caa_slice_bytes(packet, len);
    const struct caa_answer *answer = caa_answer_new(&response.content);
    knot_pkt_free(response.packet);
    free(response.rdata);
    if (answer != NULL) return answer;
    return caa_answer_failure(&question->name, question->type, CAA_OUTCOME_SERVFAIL,
                              "out of memory", context->observed_at_us, context->elapsed_us);
}
