/* What the check itself came to. */
#include "base/writer.h"
#include "diagnose/findings.h"
#include "dns/suffix.h"
#include "record/record.h"

static const char *printable(struct caa_findings *findings, const char *hostile) {
    char text[512];
    struct caa_writer writer = caa_writer_into(text, sizeof text);
    caa_writer_printable(&writer, caa_slice_of(hostile));
    return caa_findings_say(findings, "%s", text);
}

static const char *level_name(struct caa_findings *findings, int level) {
    return caa_findings_name(findings, findings->check->levels[level].name);
}

/* The records themselves, as somebody would type them. */
static void note_records(struct caa_findings *findings, struct caa_diagnosis_finding *finding,
                         const struct caa_answer *answer) {
    enum { SHOWN = 8 };
    for (size_t i = 0; i < answer->rdata_count && i < SHOWN; i++) {
        char text[512];
        struct caa_record record;
        struct caa_writer writer = caa_writer_into(text, sizeof text);
        if (caa_record_from_wire(&record, answer->rdata[i], NULL) == CAA_OK)
            caa_record_to_text(&record, &writer);
        else
            caa_writer_text(&writer, "a record that cannot be read");
        caa_findings_note_saying(findings, finding, NULL, NULL,
                                 caa_findings_say(findings, "%s", text));
    }
}

/* The owner's operator; of the alias's end, where there is one. */
static void name_mender(struct caa_diagnosis_finding *finding,
                        const struct caa_answer *answer) {
    if (answer->alias_count == 0) return;
    finding->mender_zone = answer->aliases[answer->alias_count - 1];
    finding->mender = caa_suffix_who(&finding->mender_zone);
}

static void find_decision(struct caa_findings *findings, enum caa_diagnosis_code code) {
    const struct caa_decision *decision = &findings->check->decision;
    const struct caa_level *level = &findings->check->levels[decision->level];
    struct caa_diagnosis_finding *finding = caa_findings_add(findings, code, level->name);
    const char *name = level_name(findings, decision->level);
    if (finding == NULL) return;
    if (code == CAA_DIAGNOSIS_NO_SUCH_TLD) {
        finding->mender = CAA_FAULT_UNKNOWN;
        finding->text = caa_findings_say(findings, "there is no top-level domain %s", name);
        return;
    }
    finding->text = caa_findings_say(findings, "%s: %s", name, caa_rule_text(decision->rule));
    if (level->answer == NULL) return;
    name_mender(finding, level->answer);
    note_records(findings, finding, level->answer);
}

/* The validator's word for it. */
static void find_bogus(struct caa_findings *findings, const struct caa_diagnosis *diagnosis) {
    for (size_t i = 0; i < findings->check->level_count; i++) {
        const struct caa_answer *answer = findings->check->levels[i].answer;
        if (answer == NULL || answer->outcome != CAA_OUTCOME_BOGUS) continue;
        const struct caa_name *zone =
            diagnosis->zone.len > 0 ? &diagnosis->zone : findings->check->levels[i].name;
        struct caa_diagnosis_finding *finding =
            caa_findings_of(findings, CAA_DIAGNOSIS_BOGUS, zone);
        if (finding == NULL) return;
        finding->text = caa_findings_say(findings, "the answer for %s does not validate",
                                         level_name(findings, (int)i));
        caa_findings_note_saying(findings, finding, NULL, NULL,
                                 caa_findings_say(findings, "the validator: %s",
                                                  printable(findings, answer->reason)));
    }
}

/* How it shows that it is us. */
static const char *say_what_we_lack(struct caa_findings *findings,
                                    const struct caa_diagnosis *diagnosis) {
    if (caa_name_is_root(&diagnosis->zone))
        return caa_findings_say(findings,
                                "this machine's network does not work: as seen from here, all "
                                "servers of the root %s",
                                caa_failure_text(diagnosis->failure));
    if (diagnosis->failure == CAA_FAILURE_TRUNCATED)
        return "this machine's network lets no TCP to port 53 through: no server of any zone "
               "answers over it";
    if (diagnosis->failure == CAA_FAILURE_NO_UDP)
        return "this machine's network lets no UDP to port 53 through: no server of any zone "
               "answers over it";
    return "this machine's network or resolver does not work: another top-level domain "
           "cannot be looked up either";
}

/* Where it lacks a family, that is a finding of its own. */
static void find_own_network(struct caa_findings *findings,
                             const struct caa_diagnosis *diagnosis) {
    static const struct caa_name root = {.len = 1};
    if (diagnosis->fault != CAA_FAULT_RESOLVER ||
        caa_survey_zone_needs_dead_family(findings->survey, &diagnosis->zone))
        return;
    struct caa_diagnosis_finding *finding =
        caa_findings_add(findings, CAA_DIAGNOSIS_OWN_NETWORK, &root);
    if (finding == NULL) return;
    finding->mender = CAA_FAULT_RESOLVER;
    finding->text = say_what_we_lack(findings, diagnosis);
}

static void find_dead_family(struct caa_findings *findings, uint8_t family) {
    static const struct caa_name root = {.len = 1};
    if (!caa_survey_family_is_dead(findings->survey, family)) return;
    struct caa_diagnosis_finding *finding =
        caa_findings_add(findings, CAA_DIAGNOSIS_NO_FAMILY, &root);
    if (finding == NULL) return;
    finding->mender = CAA_FAULT_RESOLVER;
    finding->text = caa_findings_say(
        findings, "no server of any zone answers over IPv%u: it does not seem to work here",
        (unsigned)family);
}

static bool is_empty(const struct caa_answer *answer) {
    return answer != NULL &&
           (answer->outcome == CAA_OUTCOME_NODATA || answer->outcome == CAA_OUTCOME_NXDOMAIN);
}

/* Every level up to the registered domain is empty, and so a public suffix has to answer too.
 */
static void find_need(struct caa_findings *findings, const struct caa_diagnosis *diagnosis) {
    const struct caa_check_result *check = findings->check;
    size_t suffix = 0;
    if (check->decision.rule == CAA_RULE_NO_SUCH_TLD) return;
    while (suffix < check->level_count &&
           caa_suffix_who(check->levels[suffix].name) == CAA_FAULT_SUBSCRIBER)
        suffix++;
    if (suffix == 0 || suffix == check->level_count || check->levels[suffix].answer == NULL)
        return;
    const struct caa_name *needed = check->levels[suffix].name;
    bool fails_there = diagnosis->level != NULL && diagnosis->zone.len > 0 &&
                       caa_name_is_subdomain(needed, &diagnosis->zone);
    /* While a farther zone fails, the nearer ones cannot be known to be empty. */
    for (size_t i = 0; i < suffix; i++)
        if (!is_empty(check->levels[i].answer) && !fails_there) return;
    for (size_t i = 0; i < suffix; i++)
        if (check->levels[i].answer != NULL && check->levels[i].answer->rdata_count > 0) return;
    struct caa_diagnosis_finding *finding =
        caa_findings_add(findings, CAA_DIAGNOSIS_NEEDS_FARTHER, check->levels[suffix - 1].name);
    if (finding == NULL) return;
    finding->text = caa_findings_say(
        findings,
        "no CAA record is known at %s or below it, so a check needs an answer of %s too",
        caa_findings_name(findings, check->levels[suffix - 1].name),
        caa_findings_name(findings, needed));
}

/* A CNAME chain that comes back to itself, as a server of the zone gave it. */
static void find_alias_loops(struct caa_findings *findings) {
    for (const struct caa_survey_zone *zone = findings->survey->zones; zone != NULL;
         zone = zone->next)
        for (const struct caa_survey_server *at = zone->servers; at != NULL; at = at->next)
            for (const struct caa_survey_item *item = at->items; item != NULL;
                 item = item->next) {
                if (item->question != CAA_SURVEY_CAA || !item->facts.alias_loops) continue;
                struct caa_diagnosis_finding *finding =
                    caa_findings_of(findings, CAA_DIAGNOSIS_ALIAS_LOOP, &zone->zone->name);
                if (finding == NULL) return;
                finding->text = caa_findings_say(findings, "the aliases of %s go in a circle",
                                                 caa_findings_name(findings, &item->name));
                caa_findings_note(findings, finding, at->server, item->exchange,
                                  "CNAME records that lead back to each other");
            }
}

void caa_findings_from_check(struct caa_findings *findings,
                             const struct caa_diagnosis *diagnosis) {
    const struct caa_decision *decision = &findings->check->decision;
    if (decision->level >= 0 && decision->verdict == CAA_VERDICT_FORBIDDEN)
        find_decision(findings, CAA_DIAGNOSIS_FORBIDS);
    if (decision->level >= 0 && decision->rule == CAA_RULE_UNREADABLE)
        find_decision(findings, CAA_DIAGNOSIS_UNREADABLE);
    if (decision->level >= 0 && decision->rule == CAA_RULE_NO_SUCH_TLD)
        find_decision(findings, CAA_DIAGNOSIS_NO_SUCH_TLD);
    find_bogus(findings, diagnosis);
    find_alias_loops(findings);
    find_own_network(findings, diagnosis);
    find_dead_family(findings, 4);
    find_dead_family(findings, 6);
    find_need(findings, diagnosis);
}
