/* What the servers of one zone say together: they are to have the same data. */
#include "diagnose/findings.h"

static bool is_answer(const struct caa_survey_item *item) {
    return item != NULL && item->exchange != NULL && item->state == CAA_SERVER_OK;
}

static bool say_the_same(const struct caa_survey_item *a, const struct caa_survey_item *b) {
    if (a->question == CAA_SURVEY_SOA)
        return a->facts.has_serial == b->facts.has_serial && a->facts.serial == b->facts.serial;
    return a->exchange->said.rcode == b->exchange->said.rcode &&
           a->exchange->said.digest == b->exchange->said.digest;
}

static const char *saying(struct caa_findings *findings, const struct caa_survey_item *item) {
    const struct caa_packet_summary *said = &item->exchange->said;
    if (item->question == CAA_SURVEY_SOA)
        return caa_findings_say(findings, "serial %lu", (unsigned long)item->facts.serial);
    if (said->rcode == 3) return "NXDOMAIN";
    if (said->answer_count == 0) return "NODATA";
    return caa_findings_say(findings, "%u record%s, digest %08lx", (unsigned)said->answer_count,
                            said->answer_count == 1 ? "" : "s",
                            (unsigned long)(said->digest & 0xffffffff));
}

/* The first server's answer to the same question, where another one gives a different one. */
static const struct caa_survey_item *first_answer(const struct caa_survey_zone *zone,
                                                  const struct caa_survey_item *like) {
    for (const struct caa_survey_server *at = zone->servers; at != NULL; at = at->next) {
        const struct caa_survey_item *item = caa_survey_item(at, like->question, &like->name);
        if (is_answer(item)) return item;
    }
    return NULL;
}

static bool all_say_the_same(const struct caa_survey_zone *zone,
                             const struct caa_survey_item *like, size_t *count) {
    const struct caa_survey_item *first = first_answer(zone, like);
    bool same = true;
    *count = 0;
    for (const struct caa_survey_server *at = zone->servers; at != NULL; at = at->next) {
        const struct caa_survey_item *item = caa_survey_item(at, like->question, &like->name);
        if (!is_answer(item)) continue;
        ++*count;
        same &= say_the_same(first, item);
    }
    return same;
}

static void compare(struct caa_findings *findings, const struct caa_survey_zone *zone,
                    const struct caa_survey_item *like, enum caa_diagnosis_code code,
                    const char *words) {
    size_t count;
    if (all_say_the_same(zone, like, &count)) return;
    struct caa_diagnosis_finding *finding = caa_findings_add(findings, code, &zone->zone->name);
    if (finding == NULL) return;
    finding->affected = finding->among = count;
    finding->text =
        caa_findings_say(findings, "%s %s", words, caa_findings_name(findings, &like->name));
    for (const struct caa_survey_server *at = zone->servers; at != NULL; at = at->next) {
        const struct caa_survey_item *item = caa_survey_item(at, like->question, &like->name);
        if (is_answer(item))
            caa_findings_note(findings, finding, at->server, item->exchange,
                              saying(findings, item));
    }
}

/* Every server was asked the same questions, so those of the first tell which there are. */
void caa_findings_from_agreement(struct caa_findings *findings,
                                 const struct caa_survey_zone *zone) {
    const struct caa_survey_item *item = zone->servers == NULL ? NULL : zone->servers->items;
    for (; item != NULL; item = item->next) {
        if (item->question == CAA_SURVEY_CAA)
            compare(findings, zone, item, CAA_DIAGNOSIS_CAA_DIFFERS,
                    "the servers do not give the same CAA records for");
        if (item->question == CAA_SURVEY_SOA)
            compare(findings, zone, item, CAA_DIAGNOSIS_SERIALS_DIFFER,
                    "there are different versions at the servers of");
        if (item->question == CAA_SURVEY_NS)
            compare(findings, zone, item, CAA_DIAGNOSIS_NS_DIFFER,
                    "the servers do not give the same NS set for");
        if (item->question == CAA_SURVEY_DNSKEY && caa_survey_zone_is_signed(zone))
            compare(findings, zone, item, CAA_DIAGNOSIS_KEYS_DIFFER,
                    "the servers do not give the same keys for");
    }
}
