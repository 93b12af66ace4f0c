/* Keys, DS records and signatures as they are seen. The validator decides what is bogus. */
#include <string.h>

#include <libknot/libknot.h>

#include "diagnose/findings.h"

/* One zone that validators look at. */
struct look {
    struct caa_findings *findings;
    const struct caa_survey_zone *zone;
};

static bool is_answer(const struct caa_survey_item *item) {
    return item != NULL && item->exchange != NULL && item->state == CAA_SERVER_OK;
}

static const char *type_name(struct caa_findings *findings, uint16_t type) {
    char text[32];
    if (knot_rrtype_to_string(type, text, sizeof text) < 0) text[0] = '\0';
    return caa_findings_say(findings, "%s", text);
}

static struct caa_diagnosis_finding *find(const struct look *look, enum caa_diagnosis_code code,
                                          const char *words) {
    const struct caa_name *zone = &look->zone->zone->name;
    struct caa_diagnosis_finding *finding = caa_findings_of(look->findings, code, zone);
    if (finding != NULL && finding->text[0] == '\0')
        finding->text = caa_findings_say(look->findings, "%s: %s",
                                         caa_findings_name(look->findings, zone), words);
    return finding;
}

/* --- DS and keys */

static bool are_equal(const struct caa_facts_ds *a, const struct caa_facts_ds *b) {
    return a->tag == b->tag && a->algorithm == b->algorithm &&
           a->digest_type == b->digest_type && a->digest_len == b->digest_len &&
           memcmp(a->digest, b->digest, a->digest_len) == 0;
}

/* The DS records of the referrals to the zone, from every server of its parent, each once. */
static size_t collect_ds(const struct caa_path_zone *zone, struct caa_facts_ds *ds,
                         size_t most) {
    size_t count = 0;
    if (zone->parent == NULL) return 0;
    for (const struct caa_path_server *at = zone->parent->servers; at != NULL; at = at->next) {
        struct caa_facts facts;
        if (at->state != CAA_SERVER_OK || !at->refers) continue;
        caa_facts_read(&facts, caa_path_server_exchange(at));
        for (size_t i = 0; i < facts.ds_count; i++) {
            size_t known = 0;
            while (known < count && !are_equal(&ds[known], &facts.ds[i])) known++;
            if (known == count && count < most) ds[count++] = facts.ds[i];
        }
    }
    return count;
}

static enum caa_facts_match match_anywhere(const struct look *look,
                                           const struct caa_facts_ds *ds, bool *any_keys) {
    enum caa_facts_match best = CAA_FACTS_NO_MATCH;
    for (const struct caa_survey_server *at = look->zone->servers; at != NULL; at = at->next) {
        const struct caa_survey_item *item = caa_survey_item(at, CAA_SURVEY_DNSKEY, NULL);
        if (!is_answer(item) || item->facts.key_count == 0) continue;
        *any_keys = true;
        enum caa_facts_match match =
            caa_facts_find_key(ds, item->exchange, &look->zone->zone->name);
        if (match == CAA_FACTS_MATCH) return match;
        if (match == CAA_FACTS_UNKNOWN) best = match;
    }
    return best;
}

static void look_at_ds(const struct look *look) {
    struct caa_facts_ds ds[CAA_FACTS_DS_MAX];
    size_t count = collect_ds(look->zone->zone, ds, CAA_FACTS_DS_MAX);
    bool matches[CAA_FACTS_DS_MAX], any_keys = false, any_match = false;
    for (size_t i = 0; i < count; i++) {
        matches[i] = match_anywhere(look, &ds[i], &any_keys) != CAA_FACTS_NO_MATCH;
        any_match |= matches[i];
    }
    for (size_t i = 0; any_keys && i < count; i++) {
        if (matches[i]) continue;
        struct caa_diagnosis_finding *finding =
            any_match
                ? find(look, CAA_DIAGNOSIS_DS_STRAY,
                       "a DS record in the parent is of a key that the zone does not have")
                : find(look, CAA_DIAGNOSIS_DS_MISMATCH,
                       "no DS record in the parent is of a key of the zone");
        caa_findings_note_saying(
            look->findings, finding, NULL, NULL,
            caa_findings_say(look->findings, "DS %u %u %u: no such key", (unsigned)ds[i].tag,
                             (unsigned)ds[i].algorithm, (unsigned)ds[i].digest_type));
    }
}

static void look_at_keys(const struct look *look, bool is_signed) {
    for (const struct caa_survey_server *at = look->zone->servers; at != NULL; at = at->next) {
        const struct caa_survey_item *item = caa_survey_item(at, CAA_SURVEY_DNSKEY, NULL);
        struct caa_diagnosis_finding *finding = NULL;
        if (!is_answer(item)) continue;
        bool has_keys = item->facts.key_count > 0;
        if (is_signed && !has_keys)
            finding = find(look, CAA_DIAGNOSIS_NO_DNSKEY,
                           "there are DS records in the parent, and no keys in the zone");
        else if (!is_signed && has_keys)
            finding = find(look, CAA_DIAGNOSIS_ISLAND,
                           "there are keys in the zone, and no DS records in the parent");
        if (finding == NULL) continue;
        finding->affected++;
        caa_findings_note(look->findings, finding, at->server, item->exchange,
                          has_keys ? "keys" : "no DNSKEY records");
    }
}

/* --- signatures */

static enum caa_diagnosis_code code_of(enum caa_facts_time time) {
    switch (time) {
    case CAA_FACTS_EXPIRED: return CAA_DIAGNOSIS_EXPIRED;
    case CAA_FACTS_NOT_YET: return CAA_DIAGNOSIS_NOT_YET;
    case CAA_FACTS_SOON:
    case CAA_FACTS_VALID: break;
    }
    return CAA_DIAGNOSIS_EXPIRES_SOON;
}

static const char *words_of(enum caa_facts_time time) {
    switch (time) {
    case CAA_FACTS_EXPIRED: return "signatures have expired";
    case CAA_FACTS_NOT_YET: return "signatures are not valid yet";
    case CAA_FACTS_SOON:
    case CAA_FACTS_VALID: break;
    }
    return "signatures expire within a day";
}

static void look_at_signature(const struct look *look, const struct caa_survey_server *server,
                              const struct caa_survey_item *item,
                              const struct caa_facts_signature *signature) {
    char moment[CAA_TIME_TEXT_MAX];
    int64_t now_us = look->findings->now_us;
    enum caa_facts_time time = caa_facts_time_of(signature, now_us);
    if (time == CAA_FACTS_VALID) return;
    struct caa_diagnosis_finding *finding = find(look, code_of(time), words_of(time));
    bool early = time == CAA_FACTS_NOT_YET;
    caa_time_to_text(
        caa_facts_moment_us(early ? signature->inception : signature->expiration, now_us),
        moment);
    caa_findings_note(look->findings, finding, server->server, item->exchange,
                      caa_findings_say(look->findings,
                                       "the signature of %s by key %u %s %.16sZ",
                                       type_name(look->findings, signature->covered),
                                       (unsigned)signature->tag,
                                       early                       ? "begins"
                                       : time == CAA_FACTS_EXPIRED ? "ended"
                                                                   : "ends",
                                       moment));
}

static void look_at_answer(const struct look *look, const struct caa_survey_server *server,
                           const struct caa_survey_item *item) {
    const struct caa_facts *facts = &item->facts;
    /* The answer may be another zone's from where an alias leads out. */
    bool leads_out =
        facts->alias.len > 0 && !caa_name_is_subdomain(&facts->alias, &look->zone->zone->name);
    if (facts->unsigned_type != 0 && !leads_out) {
        struct caa_diagnosis_finding *finding =
            find(look, CAA_DIAGNOSIS_NOT_SIGNED, "answers lack signatures");
        caa_findings_note(look->findings, finding, server->server, item->exchange,
                          caa_findings_say(look->findings, "%s without a signature",
                                           type_name(look->findings, facts->unsigned_type)));
    }
    if (item->exchange->said.answer_count == 0 && !facts->has_denial) {
        struct caa_diagnosis_finding *finding =
            find(look, CAA_DIAGNOSIS_NO_DENIAL, "empty answers have no proof");
        caa_findings_note(look->findings, finding, server->server, item->exchange,
                          "an empty answer without NSEC or NSEC3");
    }
    for (size_t i = 0; i < facts->signature_count; i++)
        look_at_signature(look, server, item, &facts->signatures[i]);
}

static void look_at_answers(const struct look *look) {
    for (const struct caa_survey_server *at = look->zone->servers; at != NULL; at = at->next)
        for (const struct caa_survey_item *item = at->items; item != NULL; item = item->next)
            if (is_answer(item) && item->exchange->edns && item->exchange->said.edns)
                look_at_answer(look, at, item);
}

void caa_findings_from_signatures(struct caa_findings *findings,
                                  const struct caa_survey_zone *zone) {
    struct look look = {findings, zone};
    bool is_signed = caa_survey_zone_is_signed(zone);
    look_at_keys(&look, is_signed);
    if (!is_signed) return;
    look_at_ds(&look);
    look_at_answers(&look);
}
