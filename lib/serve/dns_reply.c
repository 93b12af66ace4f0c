#include "serve/dns_reply.h"

#include <stdbool.h>
#include <string.h>

#include <libknot/libknot.h>

#include "resolve/cache_rule.h"

enum {
    FLAG_RD = 0x0100,
    FLAG_AD = 0x0020,
    FLAG_CD = 0x0010,
    US_PER_S = 1000000,
    ONION_TTL_S = 10800,
};

/* A reply being written. */
struct draft {
    const struct caa_dns_query *query;
    knot_pkt_t *packet;
    knot_rrset_t opt; /* where the query has EDNS */
    bool has_opt;
    struct caa_dns_reply reply;
};

static void write_header(struct draft *draft, uint16_t rcode) {
    uint8_t *wire = draft->packet->wire;
    const struct caa_dns_query *query = draft->query;
    memset(wire, 0, KNOT_WIRE_HEADER_SIZE);
    knot_wire_set_id(wire, query->id);
    knot_wire_set_qr(wire);
    knot_wire_set_opcode(wire, query->flags >> 11 & 0xf);
    if ((query->flags & FLAG_RD) != 0) knot_wire_set_rd(wire);
    if ((query->flags & FLAG_CD) != 0) knot_wire_set_cd(wire);
    knot_wire_set_ra(wire);
    knot_wire_set_rcode(wire, KNOT_EDNS_RCODE_LO(rcode));
    draft->reply.rcode = rcode;
}

static bool says_no_question(uint16_t rcode) {
    return rcode == KNOT_RCODE_FORMERR || rcode == KNOT_RCODE_NOTIMPL;
}

/* Header and question; room for the OPT is put by. */
static bool begin(struct draft *draft, uint16_t rcode) {
    const struct caa_dns_query *query = draft->query;
    write_header(draft, rcode);
    if (!query->has_question || says_no_question(rcode)) return true;
    if (knot_pkt_put_question(draft->packet, query->name.wire, query->class, query->type) !=
        KNOT_EOK)
        return false;
    if (!query->has_edns) return true;
    if (knot_edns_init(&draft->opt, CAA_DNS_REPLY_UDP_OCTETS,
                       (uint8_t)KNOT_EDNS_RCODE_HI(rcode), 0, NULL) != KNOT_EOK)
        return false;
    draft->has_opt = true;
    if (query->dnssec_ok) knot_edns_set_do(&draft->opt);
    return true;
}

/* Where there is no room for its text, the code has to do. */
static bool add_extended_error(struct draft *draft, const struct caa_dns_ede *ede) {
    uint8_t option[2 + CAA_DNS_EDE_TEXT_MAX];
    size_t len = strlen(ede->text);
    if (!draft->has_opt || ede->code < 0) return true;
    size_t octets =
        draft->packet->size + knot_edns_wire_size(&draft->opt) + KNOT_EDNS_OPTION_HDRLEN + 2;
    if (octets + len > draft->packet->max_size) len = 0;
    knot_wire_write_u16(option, (uint16_t)ede->code);
    memcpy(option + 2, ede->text, len);
    return knot_edns_add_option(&draft->opt, KNOT_EDNS_OPTION_EDE, (uint16_t)(2 + len), option,
                                NULL) == KNOT_EOK;
}

static bool put_opt(struct draft *draft) {
    return !draft->has_opt ||
           (knot_pkt_begin(draft->packet, KNOT_ADDITIONAL) == KNOT_EOK &&
            knot_pkt_put(draft->packet, KNOT_COMPR_HINT_NONE, &draft->opt, 0) == KNOT_EOK);
}

static struct caa_dns_reply finish(struct draft *draft, bool written) {
    draft->reply.len = written ? draft->packet->size : 0;
    if (draft->has_opt) knot_rrset_clear(&draft->opt, NULL);
    knot_pkt_free(draft->packet);
    return draft->reply;
}

static bool open_draft(struct draft *draft, const struct caa_dns_query *query, uint8_t *wire,
                       size_t limit) {
    uint16_t octets =
        (uint16_t)(limit > CAA_DNS_REPLY_OCTETS_MOST ? CAA_DNS_REPLY_OCTETS_MOST : limit);
    *draft = (struct draft){.query = query, .packet = knot_pkt_new(wire, octets, NULL)};
    /* Or else what is in `wire` counts as a packet already. */
    if (draft->packet != NULL) knot_pkt_clear(draft->packet);
    return draft->packet != NULL;
}

struct caa_dns_reply caa_dns_reply_refusal(const struct caa_dns_query *query, uint16_t rcode,
                                           uint8_t *wire, size_t size) {
    struct draft draft;
    if (!open_draft(&draft, query, wire, size)) return draft.reply;
    return finish(&draft, begin(&draft, rcode) && put_opt(&draft));
}

static bool put_onion_soa(struct draft *draft) {
    /* localhost. nobody.invalid. 1 3600 1200 604800 10800 */
    static const uint8_t rdata[] = "\11localhost\0\6nobody\7invalid\0"
                                   "\0\0\0\1\0\0\016\020\0\0\4\260\0\011\072\200\0\0\052\060";
    uint8_t owner[] = "\5onion";
    knot_rrset_t soa;
    knot_rrset_init(&soa, owner, KNOT_RRTYPE_SOA, KNOT_CLASS_IN, ONION_TTL_S);
    draft->reply.max_age_s = ONION_TTL_S;
    bool done =
        knot_rrset_add_rdata(&soa, rdata, sizeof rdata - 1, NULL) == KNOT_EOK &&
        knot_pkt_begin(draft->packet, KNOT_AUTHORITY) == KNOT_EOK &&
        knot_pkt_put(draft->packet, KNOT_COMPR_HINT_NONE, &soa, KNOT_PF_NOTRUNC) == KNOT_EOK;
    knot_rdataset_clear(&soa.rrs, NULL);
    return done;
}

struct caa_dns_reply caa_dns_reply_onion(const struct caa_dns_query *query, uint8_t *wire,
                                         size_t size) {
    struct draft draft;
    if (!open_draft(&draft, query, wire, size)) return draft.reply;
    bool begun = begin(&draft, KNOT_RCODE_NXDOMAIN);
    knot_wire_set_aa(wire);
    return finish(&draft, begun && put_onion_soa(&draft) && put_opt(&draft));
}

struct caa_dns_reply caa_dns_reply_failure(const struct caa_dns_query *query,
                                           const struct caa_dns_ede *ede, uint8_t *wire,
                                           size_t limit) {
    struct draft draft;
    if (!open_draft(&draft, query, wire, limit)) return draft.reply;
    return finish(&draft, begin(&draft, KNOT_RCODE_SERVFAIL) &&
                              add_extended_error(&draft, ede) && put_opt(&draft));
}

/* RFC 4035 section 3.2.1; as Unbound has it, the records of older DNSSEC too. */
static bool is_dnssec(uint16_t type) {
    switch (type) {
    case KNOT_RRTYPE_SIG:
    case KNOT_RRTYPE_KEY:
    case KNOT_RRTYPE_DS:
    case KNOT_RRTYPE_RRSIG:
    case KNOT_RRTYPE_NSEC:
    case KNOT_RRTYPE_DNSKEY:
    case KNOT_RRTYPE_NSEC3:
    case KNOT_RRTYPE_NSEC3PARAM: return true;
    default: return false;
    }
}

/* How the TTLs of an answer have changed since its packet came. */
struct aging {
    uint32_t passed_s;
    uint32_t most_s;
};

/* What of the answer is needed to write it. */
struct source {
    const struct caa_answer *answer;
    const knot_pkt_t *packet;
    struct aging aging;
};

/* The name that was asked for, or one that its aliases lead to; with `or_above` also what
   encloses one of these. */
static bool is_on_the_way(const struct source *source, const knot_dname_t *owner,
                          bool or_above) {
    const struct caa_answer *answer = source->answer;
    struct caa_name name;
    if (caa_name_from_wire(&name, owner, knot_dname_size(owner)) != CAA_OK) return false;
    for (size_t i = 0; i <= answer->alias_count; i++) {
        const struct caa_name *step = i == 0 ? &answer->owner : &answer->aliases[i - 1];
        if (or_above ? caa_name_is_subdomain(step, &name) : caa_name_equal(step, &name))
            return true;
    }
    return false;
}

/* The type of a signature is what it covers. */
static uint16_t type_of_set(const knot_rrset_t *rr) {
    return rr->type == KNOT_RRTYPE_RRSIG && rr->rrs.rdata->len >= 2
               ? knot_rrsig_type_covered(rr->rrs.rdata)
               : rr->type;
}

/* An address of a server that the answer names: who asks for NS is told them too. */
static bool is_of_server(const struct source *source, const knot_rrset_t *rr) {
    const knot_pktsection_t *answer = knot_pkt_section(source->packet, KNOT_ANSWER);
    if (rr->type != KNOT_RRTYPE_A && rr->type != KNOT_RRTYPE_AAAA) return false;
    for (uint16_t i = 0; i < answer->count; i++) {
        const knot_rrset_t *server = knot_pkt_rr(answer, i);
        if (server->type == KNOT_RRTYPE_NS &&
            knot_dname_is_case_equal(rr->owner, knot_ns_name(server->rrs.rdata)))
            return true;
    }
    return false;
}

/* What answers the question, or proves that there is no answer. A process that was taken over
   could put in any records besides, for somebody to remember. Proofs bear the names of others;
   but to nobody are they worth more than their signatures. */
static bool is_asked_for(const struct source *source, knot_section_t section,
                         const knot_rrset_t *rr) {
    uint16_t type = type_of_set(rr), asked = source->answer->type;
    if (section == KNOT_ADDITIONAL) return asked == KNOT_RRTYPE_NS && is_of_server(source, rr);
    if (section == KNOT_AUTHORITY)
        return type == KNOT_RRTYPE_NSEC || type == KNOT_RRTYPE_NSEC3 ||
               (type == KNOT_RRTYPE_SOA && is_on_the_way(source, rr->owner, true));
    bool fits = type == asked || rr->type == asked || type == KNOT_RRTYPE_CNAME;
    return (fits || type == KNOT_RRTYPE_DNAME) &&
           is_on_the_way(source, rr->owner, type == KNOT_RRTYPE_DNAME);
}

static bool belongs(const struct caa_dns_query *query, knot_section_t section, uint16_t type) {
    return query->dnssec_ok || !is_dnssec(type) ||
           (section == KNOT_ANSWER && type == query->type);
}

static struct aging aging_of(const struct caa_answer *answer, int64_t now_us) {
    int64_t passed_us = now_us - answer->observed_at_us;
    int64_t most_s = caa_cache_lifetime_us(answer) / US_PER_S;
    if (passed_us < 0) passed_us = 0;
    if (passed_us > (int64_t)UINT32_MAX * US_PER_S) passed_us = (int64_t)UINT32_MAX * US_PER_S;
    return (struct aging){(uint32_t)(passed_us / US_PER_S), (uint32_t)most_s};
}

static uint32_t aged(uint32_t ttl_s, struct aging aging) {
    uint32_t left_s = ttl_s > aging.passed_s ? ttl_s - aging.passed_s : 0;
    return left_s < aging.most_s ? left_s : aging.most_s;
}

static int put_record(struct draft *draft, const knot_rrset_t *from, struct aging aging) {
    knot_rrset_t rr = *from;
    rr.ttl = aged(rr.ttl, aging);
    if (rr.ttl < draft->reply.max_age_s) draft->reply.max_age_s = rr.ttl;
    bool of_question = knot_dname_is_case_equal(rr.owner, draft->query->name.wire);
    return knot_pkt_put(draft->packet,
                        of_question ? KNOT_COMPR_HINT_QNAME : KNOT_COMPR_HINT_NONE, &rr,
                        KNOT_PF_NOTRUNC);
}

/* Records of one section, as far as they belong; KNOT_ESPACE where there is no room. */
static int put_section(struct draft *draft, const struct source *source, knot_section_t id) {
    const knot_pktsection_t *section = knot_pkt_section(source->packet, id);
    int status = knot_pkt_begin(draft->packet, id);
    for (uint16_t i = 0; status == KNOT_EOK && i < section->count; i++) {
        const knot_rrset_t *rr = knot_pkt_rr(section, i);
        if (belongs(draft->query, id, rr->type) && is_asked_for(source, id, rr))
            status = put_record(draft, rr, source->aging);
    }
    return status;
}

static int put_sections(struct draft *draft, const struct source *source,
                        bool with_additional) {
    uint16_t opt_octets =
        draft->has_opt ? (uint16_t)knot_edns_wire_size(&draft->opt) : (uint16_t)0;
    int status = knot_pkt_reserve(draft->packet, opt_octets);
    if (status == KNOT_EOK) status = put_section(draft, source, KNOT_ANSWER);
    if (status == KNOT_EOK) status = put_section(draft, source, KNOT_AUTHORITY);
    if (status == KNOT_EOK && with_additional)
        status = put_section(draft, source, KNOT_ADDITIONAL);
    knot_pkt_reclaim(draft->packet, opt_octets);
    return status;
}

/* What is in it does not count (RFC 2181 section 9). */
static struct caa_dns_reply truncated(const struct caa_dns_query *query, uint16_t rcode,
                                      bool authenticated, uint8_t *wire, size_t limit) {
    struct caa_dns_reply reply = caa_dns_reply_refusal(query, rcode, wire, limit);
    if (reply.len == 0) return reply;
    knot_wire_set_tc(wire);
    if (authenticated) knot_wire_set_ad(wire);
    reply.truncated = true;
    reply.authenticated = authenticated;
    return reply;
}

static int try_to_write(const struct caa_dns_query *query, const struct source *source,
                        bool with_additional, uint8_t *wire, size_t limit,
                        struct caa_dns_reply *reply) {
    struct draft draft;
    bool is_secure = source->answer->security == CAA_SECURITY_SECURE;
    bool is_open = open_draft(&draft, query, wire, limit);
    *reply = draft.reply;
    if (!is_open) return KNOT_ENOMEM;
    draft.reply.max_age_s = source->aging.most_s;
    int status =
        begin(&draft, knot_wire_get_rcode(source->packet->wire)) ? KNOT_EOK : KNOT_ENOMEM;
    draft.reply.authenticated =
        is_secure && (query->dnssec_ok || (query->flags & FLAG_AD) != 0);
    if (draft.reply.authenticated) knot_wire_set_ad(wire);
    if (status == KNOT_EOK) status = put_sections(&draft, source, with_additional);
    *reply = finish(&draft, status == KNOT_EOK && put_opt(&draft));
    return status;
}

static struct caa_dns_reply write_packet(const struct caa_dns_query *query,
                                         const struct source *source, uint8_t *wire,
                                         size_t limit) {
    struct caa_dns_reply reply;
    /* Nobody needs the additional section: it is left out before anything is truncated (RFC
       2181 section 9). */
    bool with_additional = source->answer->type == KNOT_RRTYPE_NS;
    int status = try_to_write(query, source, with_additional, wire, limit, &reply);
    if (status == KNOT_ESPACE && with_additional)
        status = try_to_write(query, source, false, wire, limit, &reply);
    if (status != KNOT_ESPACE) return reply;
    return truncated(query, knot_wire_get_rcode(source->packet->wire), reply.authenticated,
                     wire, limit);
}

static struct caa_dns_reply write_failure(const struct caa_dns_query *query,
                                          const struct caa_answer *answer, uint8_t *wire,
                                          size_t limit) {
    struct caa_dns_ede ede;
    caa_dns_ede_of(&ede, answer);
    return caa_dns_reply_failure(query, &ede, wire, limit);
}

struct caa_dns_reply caa_dns_reply_answer(const struct caa_dns_query *query,
                                          const struct caa_answer *answer, int64_t now_us,
                                          uint8_t *wire, size_t limit) {
    if (!caa_answer_is_sound(answer) || answer->packet.len == 0)
        return write_failure(query, answer, wire, limit);
    knot_pkt_t *from =
        knot_pkt_new((void *)answer->packet.ptr, (uint16_t)answer->packet.len, NULL);
    struct caa_dns_reply reply = {.len = 0};
    if (from != NULL && knot_pkt_parse(from, KNOT_PF_KEEPWIRE | KNOT_PF_NOCANON) == KNOT_EOK) {
        const struct source source = {
            .answer = answer, .packet = from, .aging = aging_of(answer, now_us)};
        reply = write_packet(query, &source, wire, limit);
    }
    knot_pkt_free(from);
    return reply;
}
