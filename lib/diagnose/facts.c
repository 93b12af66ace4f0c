#include "diagnose/facts.h"

#include <string.h>

#include <libdnssec/binary.h>
#include <libdnssec/error.h>
#include <libdnssec/key.h>
#include <libdnssec/keytag.h>
#include <libknot/libknot.h>

enum { DNSKEY_LEAST = 4, DS_LEAST = 4, RRSIG_LEAST = 18, DAY_S = 86400 };

static knot_pkt_t *open_packet(const struct caa_exchange *exchange) {
    if (exchange == NULL || exchange->result != CAA_EXCHANGE_RESPONSE ||
        exchange->packet == NULL || exchange->packet_octets != exchange->size ||
        exchange->packet_octets > UINT16_MAX)
        return NULL;
    knot_pkt_t *packet =
        knot_pkt_new((void *)exchange->packet, (uint16_t)exchange->packet_octets, NULL);
    if (packet != NULL && knot_pkt_parse(packet, KNOT_PF_KEEPWIRE) == KNOT_EOK) return packet;
    knot_pkt_free(packet);
    return NULL;
}

static void take_key(struct caa_facts *facts, const knot_rdata_t *rdata) {
    if (rdata->len < DNSKEY_LEAST || facts->key_count == CAA_FACTS_KEYS_MAX) return;
    struct caa_facts_key *key = &facts->keys[facts->key_count++];
    dnssec_binary_t binary = {.size = rdata->len, .data = (uint8_t *)rdata->data};
    *key = (struct caa_facts_key){.flags = knot_dnskey_flags(rdata),
                                  .algorithm = knot_dnskey_alg(rdata)};
    if (dnssec_keytag(&binary, &key->tag) != DNSSEC_EOK) key->tag = 0;
}

static void take_ds(struct caa_facts *facts, const knot_rdata_t *rdata) {
    if (rdata->len < DS_LEAST || rdata->len > DS_LEAST + CAA_FACTS_DIGEST_MAX ||
        facts->ds_count == CAA_FACTS_DS_MAX)
        return;
    struct caa_facts_ds *ds = &facts->ds[facts->ds_count++];
    *ds = (struct caa_facts_ds){.tag = knot_ds_key_tag(rdata),
                                .algorithm = knot_ds_alg(rdata),
                                .digest_type = knot_ds_digest_type(rdata),
                                .digest_len = (uint8_t)(rdata->len - DS_LEAST)};
    memcpy(ds->digest, rdata->data + DS_LEAST, ds->digest_len);
}

static void take_signature(struct caa_facts *facts, const knot_rdata_t *rdata) {
    if (rdata->len < RRSIG_LEAST || facts->signature_count == CAA_FACTS_SIGNATURES_MAX) return;
    facts->signatures[facts->signature_count++] =
        (struct caa_facts_signature){.covered = knot_rrsig_type_covered(rdata),
                                     .tag = knot_rrsig_key_tag(rdata),
                                     .inception = knot_rrsig_sig_inception(rdata),
                                     .expiration = knot_rrsig_sig_expiration(rdata)};
}

static void take_answer(struct caa_facts *facts, const knot_rrset_t *rr) {
    const knot_rdata_t *rdata = rr->rrs.rdata;
    if (rr->type == KNOT_RRTYPE_DNSKEY) take_key(facts, rdata);
    if (rr->type == KNOT_RRTYPE_SOA) {
        facts->has_serial = true;
        facts->serial = knot_soa_serial(rdata);
    }
    if (rr->type == KNOT_RRTYPE_CNAME &&
        caa_name_from_wire(&facts->alias, rdata->data, rdata->len) != CAA_OK)
        facts->alias.len = 0;
}

static void take_authority(struct caa_facts *facts, const knot_rrset_t *rr) {
    if (rr->type == KNOT_RRTYPE_DS) take_ds(facts, rr->rrs.rdata);
    facts->has_denial |= rr->type == KNOT_RRTYPE_NSEC || rr->type == KNOT_RRTYPE_NSEC3;
}

static bool has_signature(const knot_pktsection_t *section, const knot_rrset_t *signed_set) {
    for (uint16_t i = 0; i < section->count; i++) {
        const knot_rrset_t *rr = knot_pkt_rr(section, i);
        if (rr->type == KNOT_RRTYPE_RRSIG && rr->rrs.rdata->len >= RRSIG_LEAST &&
            knot_rrsig_type_covered(rr->rrs.rdata) == signed_set->type &&
            knot_dname_is_equal(rr->owner, signed_set->owner))
            return true;
    }
    return false;
}

static bool has_type(const knot_pktsection_t *section, uint16_t type) {
    for (uint16_t i = 0; i < section->count; i++)
        if (knot_pkt_rr(section, i)->type == type) return true;
    return false;
}

/* A delegation's NS set has none (RFC 4035 section 2.2), nor has a CNAME that comes of a DNAME
   (RFC 6672 section 5.3.1). */
static bool needs_signature(const knot_pktsection_t *section, knot_section_t id,
                            const knot_rrset_t *rr) {
    if (rr->type == KNOT_RRTYPE_RRSIG) return false;
    if (rr->type == KNOT_RRTYPE_CNAME) return !has_type(section, KNOT_RRTYPE_DNAME);
    return id == KNOT_ANSWER || rr->type != KNOT_RRTYPE_NS;
}

/* The end of the chain is the beginning of another link. */
static bool has_alias_at(const knot_pktsection_t *section, const struct caa_name *name) {
    for (uint16_t i = 0; i < section->count; i++) {
        const knot_rrset_t *rr = knot_pkt_rr(section, i);
        struct caa_name owner;
        if (rr->type == KNOT_RRTYPE_CNAME &&
            caa_name_from_wire(&owner, rr->owner, knot_dname_size(rr->owner)) == CAA_OK &&
            caa_name_equal(&owner, name))
            return true;
    }
    return false;
}

static void read_section(struct caa_facts *facts, const knot_pkt_t *packet, knot_section_t id) {
    const knot_pktsection_t *section = knot_pkt_section(packet, id);
    for (uint16_t i = 0; i < section->count; i++) {
        const knot_rrset_t *rr = knot_pkt_rr(section, i);
        if (rr->rclass != KNOT_CLASS_IN || rr->rrs.count == 0) continue;
        if (rr->type == KNOT_RRTYPE_RRSIG) take_signature(facts, rr->rrs.rdata);
        if (id == KNOT_ANSWER)
            take_answer(facts, rr);
        else
            take_authority(facts, rr);
        if (facts->unsigned_type == 0 && needs_signature(section, id, rr) &&
            !has_signature(section, rr))
            facts->unsigned_type = rr->type;
    }
}

void caa_facts_read(struct caa_facts *facts, const struct caa_exchange *exchange) {
    memset(facts, 0, sizeof *facts);
    knot_pkt_t *packet = open_packet(exchange);
    if (packet == NULL) return;
    read_section(facts, packet, KNOT_ANSWER);
    read_section(facts, packet, KNOT_AUTHORITY);
    facts->alias_loops = facts->alias.len > 0 &&
                         has_alias_at(knot_pkt_section(packet, KNOT_ANSWER), &facts->alias);
    knot_pkt_free(packet);
}

/* --- DS and DNSKEY */

static bool same_ds(const struct caa_facts_ds *ds, const dnssec_binary_t *rdata) {
    return rdata->size == (size_t)DS_LEAST + ds->digest_len &&
           memcmp(rdata->data + DS_LEAST, ds->digest, ds->digest_len) == 0;
}

static enum caa_facts_match match_key(const struct caa_facts_ds *ds, const knot_rdata_t *rdata,
                                      const struct caa_name *zone) {
    enum caa_facts_match match = CAA_FACTS_UNKNOWN;
    dnssec_key_t *key = NULL;
    dnssec_binary_t of_key = {.size = rdata->len, .data = (uint8_t *)rdata->data};
    dnssec_binary_t made = {.size = 0, .data = NULL};
    if (dnssec_key_new(&key) == DNSSEC_EOK &&
        dnssec_key_set_rdata(key, &of_key) == DNSSEC_EOK &&
        dnssec_key_set_dname(key, zone->wire) == DNSSEC_EOK &&
        dnssec_key_create_ds(key, (dnssec_key_digest_t)ds->digest_type, &made) == DNSSEC_EOK)
        match = same_ds(ds, &made) ? CAA_FACTS_MATCH : CAA_FACTS_NO_MATCH;
    dnssec_binary_free(&made);
    dnssec_key_free(key);
    return match;
}

/* By tag and algorithm first, as a validator does: that costs nothing. */
static bool may_match(const struct caa_facts_ds *ds, const knot_rrset_t *rr) {
    uint16_t tag;
    if (rr->type != KNOT_RRTYPE_DNSKEY || rr->rrs.count == 0 ||
        rr->rrs.rdata->len < DNSKEY_LEAST)
        return false;
    dnssec_binary_t binary = {.size = rr->rrs.rdata->len,
                              .data = (uint8_t *)rr->rrs.rdata->data};
    return knot_dnskey_alg(rr->rrs.rdata) == ds->algorithm &&
           dnssec_keytag(&binary, &tag) == DNSSEC_EOK && tag == ds->tag;
}

enum caa_facts_match caa_facts_find_key(const struct caa_facts_ds *ds,
                                        const struct caa_exchange *exchange,
                                        const struct caa_name *zone) {
    enum caa_facts_match best = CAA_FACTS_NO_MATCH;
    knot_pkt_t *packet = open_packet(exchange);
    if (packet == NULL) return CAA_FACTS_UNKNOWN;
    const knot_pktsection_t *answer = knot_pkt_section(packet, KNOT_ANSWER);
    for (uint16_t i = 0; i < answer->count && best != CAA_FACTS_MATCH; i++) {
        const knot_rrset_t *rr = knot_pkt_rr(answer, i);
        if (!may_match(ds, rr)) continue;
        enum caa_facts_match match = match_key(ds, rr->rrs.rdata, zone);
        if (match != CAA_FACTS_NO_MATCH) best = match;
    }
    knot_pkt_free(packet);
    return best;
}

/* --- time */

int64_t caa_facts_moment_us(uint32_t seconds, int64_t now_us) {
    int64_t now_s = now_us / 1000000;
    int32_t away = (int32_t)(seconds - (uint32_t)now_s);
    return (now_s + away) * 1000000;
}

enum caa_facts_time caa_facts_time_of(const struct caa_facts_signature *signature,
                                      int64_t now_us) {
    int64_t left_us = caa_facts_moment_us(signature->expiration, now_us) - now_us;
    if (left_us < 0) return CAA_FACTS_EXPIRED;
    if (caa_facts_moment_us(signature->inception, now_us) > now_us) return CAA_FACTS_NOT_YET;
    return left_us < (int64_t)DAY_S * 1000000 ? CAA_FACTS_SOON : CAA_FACTS_VALID;
}
