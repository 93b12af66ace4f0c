/* Where the name servers are, as the parent's referral has it and as their own zones have it.
 */
#include <string.h>

#include "diagnose/findings.h"
#include "dns/suffix.h"

/* One name server on the way to a finding. */
struct look {
    struct caa_findings *findings;
    const struct caa_path_zone *zone;
    const struct caa_path_ns *ns;
    const struct caa_survey_host *host; /* NULL: its addresses were not looked up */
};

static const char *family_name(uint8_t family) {
    return family == 4 ? "A" : "AAAA";
}

static const struct caa_answer *answer_of(const struct look *look, uint8_t family) {
    return look->host == NULL ? NULL : look->host->answers[family == 4 ? 0 : 1];
}

/* Its own zone gives it an address of that family. */
static bool exists(const struct look *look, uint8_t family) {
    const struct caa_answer *answer = answer_of(look, family);
    return answer != NULL && caa_answer_is_sound(answer) && answer->rdata_count > 0;
}

/* Its own zone was heard, and has no address of that family. */
static bool is_known_to_lack(const struct look *look, uint8_t family) {
    const struct caa_answer *answer = answer_of(look, family);
    return answer != NULL && caa_answer_is_sound(answer) && answer->rdata_count == 0;
}

static bool has_failed(const struct look *look, uint8_t family) {
    const struct caa_answer *answer = answer_of(look, family);
    return answer != NULL && !caa_answer_is_sound(answer);
}

static struct caa_diagnosis_finding *find(const struct look *look,
                                          enum caa_diagnosis_code code) {
    struct caa_diagnosis_finding *finding =
        caa_findings_of(look->findings, code, &look->zone->name);
    if (finding == NULL) return NULL;
    finding->affected++;
    finding->among = look->zone->ns_count;
    return finding;
}

static void note(const struct look *look, struct caa_diagnosis_finding *finding,
                 const struct caa_address *address, const char *did) {
    caa_findings_note_saying(look->findings, finding, &look->ns->name, address, did);
}

/* --- missing */

/* The parent may leave the glue of another domain's name server out, and that is the one who
   can have it put in. */
static void find_sibling(const struct look *look, uint8_t family) {
    struct caa_name domain;
    struct caa_diagnosis_finding *finding =
        caa_findings_add(look->findings, CAA_DIAGNOSIS_SIBLING_GLUE, &look->zone->name);
    if (finding == NULL || !caa_name_parent(&domain, &look->ns->name)) return;
    finding->affected = 1;
    finding->among = look->zone->ns_count;
    finding->mender_zone = domain;
    finding->mender = caa_suffix_who(&domain);
    finding->text = caa_findings_say(
        look->findings, "%s has %s records, and the referral to %s has no %s glue for it",
        caa_findings_name(look->findings, &look->ns->name), family_name(family),
        caa_findings_name(look->findings, &look->zone->name), family_name(family));
    note(look, finding, NULL,
         caa_findings_say(look->findings, "outside %s: no glue is needed to find it",
                          caa_findings_name(look->findings, &look->zone->name)));
}

static void look_for_family(const struct look *look, uint8_t family) {
    bool has = family == 4 ? look->ns->glue4 : look->ns->glue6;
    bool has_other = family == 4 ? look->ns->glue6 : look->ns->glue4;
    if (has || !has_other || !exists(look, family)) return;
    if (!look->ns->needs_glue) {
        find_sibling(look, family);
        return;
    }
    struct caa_diagnosis_finding *finding = find(look, CAA_DIAGNOSIS_GLUE_FAMILY);
    note(look, finding, NULL,
         caa_findings_say(look->findings, "has %s records, but no %s glue", family_name(family),
                          family_name(family)));
    if (finding != NULL)
        finding->text = caa_findings_say(
            look->findings,
            "the referral to %s lacks glue of one family for name servers in it",
            caa_findings_name(look->findings, &look->zone->name));
}

static void look_for_any(const struct look *look) {
    const char *zone = caa_findings_name(look->findings, &look->zone->name);
    struct caa_diagnosis_finding *finding = NULL;
    if (look->ns->glue4 || look->ns->glue6) return;
    if (look->ns->needs_glue) {
        finding = find(look, CAA_DIAGNOSIS_GLUE_MISSING);
        note(look, finding, NULL, "no glue, and it cannot be found without");
        if (finding != NULL)
            finding->text = caa_findings_say(
                look->findings, "the referral to %s has no glue for name servers in it", zone);
    } else if (has_failed(look, 4) || has_failed(look, 6) || look->ns->lookup_failed) {
        finding = find(look, CAA_DIAGNOSIS_NS_LOOKUP_FAILED);
        note(look, finding, NULL, "its addresses could not be looked up");
        if (finding != NULL)
            finding->text = caa_findings_say(
                look->findings, "the addresses of name servers of %s cannot be looked up",
                zone);
    } else if (is_known_to_lack(look, 4) && is_known_to_lack(look, 6)) {
        finding = find(look, CAA_DIAGNOSIS_NO_ADDRESS);
        note(look, finding, NULL, "no address");
        if (finding != NULL)
            finding->text = caa_findings_say(
                look->findings, "names that %s is delegated to have no address", zone);
    }
}

/* --- different */

static bool answer_has(const struct caa_answer *answer, const struct caa_address *address) {
    size_t len = address->family == 4 ? 4 : 16;
    for (size_t i = 0; i < answer->rdata_count; i++)
        if (answer->rdata[i].len == len &&
            memcmp(answer->rdata[i].ptr, address->octets, len) == 0)
            return true;
    return false;
}

static void compare_glue(const struct look *look) {
    for (const struct caa_path_server *at = look->zone->servers; at != NULL; at = at->next) {
        if (at->ns != look->ns || (at->origins & CAA_ORIGIN_GLUE) == 0) continue;
        uint8_t family = at->address.family;
        bool gone = is_known_to_lack(look, family);
        if (!gone &&
            (!exists(look, family) || answer_has(answer_of(look, family), &at->address)))
            continue;
        struct caa_diagnosis_finding *finding = find(look, CAA_DIAGNOSIS_GLUE_DIFFERS);
        note(look, finding, &at->address, "in the referral, and not at the name itself");
        if (finding != NULL)
            finding->text = caa_findings_say(
                look->findings,
                "glue in the referral to %s is not what the name servers' own zone says",
                caa_findings_name(look->findings, &look->zone->name));
    }
}

static void look_for_alias(const struct look *look) {
    for (uint8_t family = 4; family <= 6; family += 2) {
        const struct caa_answer *answer = answer_of(look, family);
        if (answer == NULL || answer->alias_count == 0) continue;
        struct caa_diagnosis_finding *finding = find(look, CAA_DIAGNOSIS_NS_IS_ALIAS);
        note(look, finding, NULL,
             caa_findings_say(look->findings, "an alias of %s",
                              caa_findings_name(look->findings, &answer->aliases[0])));
        if (finding != NULL)
            finding->text =
                caa_findings_say(look->findings, "%s is delegated to a name that is an alias",
                                 caa_findings_name(look->findings, &look->zone->name));
        return;
    }
}

void caa_findings_from_glue(struct caa_findings *findings, const struct caa_survey_zone *zone) {
    if (zone->zone->parent == NULL) return;
    for (const struct caa_path_ns *ns = zone->zone->ns; ns != NULL; ns = ns->next) {
        const struct caa_survey_host *host = zone->hosts;
        while (host != NULL && host->ns != ns) host = host->next;
        struct look look = {findings, zone->zone, ns, host};
        if (!ns->in_parent) continue;
        look_for_any(&look);
        look_for_family(&look, 4);
        look_for_family(&look, 6);
        compare_glue(&look);
        look_for_alias(&look);
    }
}
