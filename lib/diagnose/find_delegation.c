/* The zone's name servers as a set: what the parent names, what the zone names, where they are.
 */
#include <string.h>

#include "diagnose/findings.h"

static bool is_compared(const struct caa_path_zone *zone) {
    return zone->parent != NULL && zone->child_ns_seen && !zone->ns_cut;
}

static void compare_sets(struct caa_findings *findings, const struct caa_path_zone *zone,
                         bool in_parent, enum caa_diagnosis_code code, const char *words) {
    struct caa_diagnosis_finding *finding = NULL;
    if (!is_compared(zone)) return;
    for (const struct caa_path_ns *ns = zone->ns; ns != NULL; ns = ns->next) {
        if (ns->in_parent == ns->in_child || ns->in_parent != in_parent) continue;
        if (finding == NULL) finding = caa_findings_add(findings, code, &zone->name);
        if (finding == NULL) return;
        finding->affected++;
        caa_findings_note_saying(findings, finding, &ns->name, NULL,
                                 in_parent ? "not in the zone's own NS set"
                                           : "not in the parent's referral");
    }
    if (finding == NULL) return;
    finding->among = zone->ns_count;
    finding->text = caa_findings_say(findings, "%s: %s (%zu of %zu)",
                                     caa_findings_name(findings, &zone->name), words,
                                     finding->affected, zone->ns_count);
}

static void compare_with_parent(struct caa_findings *findings,
                                const struct caa_path_zone *zone) {
    compare_sets(findings, zone, true, CAA_DIAGNOSIS_NS_ONLY_PARENT,
                 "the parent names name servers that the zone itself does not");
    compare_sets(findings, zone, false, CAA_DIAGNOSIS_NS_ONLY_CHILD,
                 "the zone itself names name servers that the parent does not");
}

/* --- how many there are, and where */

struct places {
    bool one4, one6; /* all addresses of the family are in one network */
    const struct caa_path_server *first4, *first6;
};

/* A /24, or a /48: what is routed, and fails, as one. */
static bool same_network(const struct caa_address *a, const struct caa_address *b) {
    return memcmp(a->octets, b->octets, a->family == 4 ? 3 : 6) == 0;
}

static struct places places_of(const struct caa_path_zone *zone) {
    struct places places = {true, true, NULL, NULL};
    for (const struct caa_path_server *at = zone->servers; at != NULL; at = at->next) {
        bool is4 = at->address.family == 4;
        const struct caa_path_server **first = is4 ? &places.first4 : &places.first6;
        if (*first == NULL) *first = at;
        bool same = same_network(&(*first)->address, &at->address);
        if (is4)
            places.one4 &= same;
        else
            places.one6 &= same;
    }
    return places;
}

static void find(struct caa_findings *findings, const struct caa_path_zone *zone,
                 enum caa_diagnosis_code code, const char *words) {
    struct caa_diagnosis_finding *finding = caa_findings_add(findings, code, &zone->name);
    if (finding != NULL)
        finding->text = caa_findings_say(findings, "%s %s",
                                         caa_findings_name(findings, &zone->name), words);
}

static void look_at_places(struct caa_findings *findings, const struct caa_path_zone *zone) {
    struct places places = places_of(zone);
    uint8_t family = caa_path_zone_only_family(zone);
    if (zone->server_count == 0) return;
    if (family == 6)
        find(findings, zone, CAA_DIAGNOSIS_IPV6_ONLY, "has name servers with IPv6 only");
    if (family == 4)
        find(findings, zone, CAA_DIAGNOSIS_IPV4_ONLY, "has name servers with IPv4 only");
    if (zone->ns_count == 1)
        find(findings, zone, CAA_DIAGNOSIS_ONE_SERVER, "has one name server only");
    else if (places.one4 && places.one6)
        find(findings, zone, CAA_DIAGNOSIS_ONE_NETWORK,
             "has all its name servers in one network (/24 or /48)");
}

/* What the zone's servers refer to; each usable one may say something else. */
static void look_at_referrals(struct caa_findings *findings, const struct caa_path_zone *zone) {
    const struct caa_path_server *first = NULL;
    struct caa_diagnosis_finding *finding = NULL;
    for (const struct caa_path_server *at = zone->servers; at != NULL; at = at->next) {
        if (at->state != CAA_SERVER_OK || !at->refers) continue;
        if (first == NULL) first = at;
        const struct caa_exchange *a = caa_path_server_exchange(first),
                                  *b = caa_path_server_exchange(at);
        if (a->said.referral_digest == b->said.referral_digest) continue;
        finding = caa_findings_of(findings, CAA_DIAGNOSIS_REFERRALS_DIFFER, &zone->name);
        if (finding == NULL) return;
        finding->affected++;
        caa_findings_note(findings, finding, at, b, "another referral than the first server's");
    }
    if (finding == NULL) return;
    finding->among = zone->server_count;
    finding->text = caa_findings_say(
        findings, "servers of %s do not all give the same referral (%zu give another one)",
        caa_findings_name(findings, &zone->name), finding->affected);
}

void caa_findings_from_delegation(struct caa_findings *findings,
                                  const struct caa_survey_zone *zone) {
    compare_with_parent(findings, zone->zone);
    look_at_places(findings, zone->zone);
    look_at_referrals(findings, zone->zone);
}
