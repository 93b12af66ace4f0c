#include "diagnose/weigh.h"

#include "diagnose/failure.h"

/* One finding on the scales. */
struct scales {
    struct caa_findings *findings;
    const struct caa_diagnosis *diagnosis;
    struct caa_diagnosis_finding *finding;
    const char *zone;    /* the finding's, in words */
    const char *failing; /* the failing zone; "" where none is known */
    const char *level;   /* whose lookup failed; "" where none did */
};

static void put(const struct scales *scales, enum caa_diagnosis_bearing bearing,
                const char *why) {
    scales->finding->bearing = bearing;
    scales->finding->why = why;
}

static bool is_failing_zone(const struct scales *scales) {
    return scales->diagnosis->zone.len > 0 &&
           caa_name_equal(&scales->finding->zone, &scales->diagnosis->zone);
}

/* Why a zone that is not the failing one has nothing to do with it. */
static const char *why_elsewhere(const struct scales *scales) {
    const struct caa_name *here = &scales->finding->zone, *there = &scales->diagnosis->zone;
    if (caa_name_is_subdomain(there, here))
        return caa_findings_say(scales->findings,
                                "lookups get through %s: the failing zone is %s, below it",
                                scales->zone, scales->failing);
    if (!caa_name_is_subdomain(scales->diagnosis->level, here))
        return caa_findings_say(scales->findings,
                                "what fails is the lookup of %s, which does not depend on %s",
                                scales->level, scales->zone);
    return caa_findings_say(scales->findings,
                            "no lookup gets as far as %s: the failing zone is %s", scales->zone,
                            scales->failing);
}

static void put_elsewhere(const struct scales *scales) {
    const char *harmless = caa_diagnosis_harmless(scales->finding->code);
    bool besides = harmless[0] != '\0';
    put(scales, CAA_DIAGNOSIS_NOT_THE_CAUSE,
        caa_findings_say(scales->findings, "%s%s%s", why_elsewhere(scales),
                         besides ? "; besides, " : "", harmless));
}

/* Another way in which servers of a zone that fails are of no use. */
static bool matches(const struct scales *scales) {
    enum caa_failure failure = scales->diagnosis->failure;
    if (failure == CAA_FAILURE_NO_UDP) return scales->finding->code == CAA_DIAGNOSIS_NO_UDP;
    if (scales->finding->code == CAA_DIAGNOSIS_CAA_REJECTED)
        return failure != CAA_FAILURE_SILENT && failure != CAA_FAILURE_BOGUS;
    return caa_diagnosis_failure(scales->finding->code) == failure;
}

static void put_cause(const struct scales *scales) {
    bool all = scales->finding->affected == scales->finding->among;
    bool one = caa_name_equal(&scales->finding->zone, scales->diagnosis->level);
    const char *so = all ? "because of this no server of it is of use"
                         : "this is what most of its failing servers do";
    put(scales, CAA_DIAGNOSIS_CAUSE,
        one ? caa_findings_say(scales->findings, "%s fails, and %s", scales->zone, so)
            : caa_findings_say(scales->findings, "the lookup of %s fails at %s, and %s",
                               scales->level, scales->zone, so));
}

static void put_contribution(const struct scales *scales) {
    put(scales, CAA_DIAGNOSIS_CONTRIBUTES,
        caa_findings_say(scales->findings,
                         "it takes servers away from %s, where the lookup of %s fails",
                         scales->zone, scales->level));
}

static void weigh_stopping(const struct scales *scales) {
    if (scales->diagnosis->failure == CAA_FAILURE_BOGUS)
        put(scales, CAA_DIAGNOSIS_NOT_THE_CAUSE,
            "other servers answer, and what they say does not validate");
    else if (matches(scales))
        put_cause(scales);
    else
        put_contribution(scales);
}

static void weigh_hiding(const struct scales *scales) {
    const struct caa_survey_zone *zone =
        caa_survey_find(scales->findings->survey, &scales->finding->zone);
    bool any_usable = false;
    for (const struct caa_survey_server *at = zone == NULL ? NULL : zone->servers; at != NULL;
         at = at->next)
        any_usable |= caa_survey_server_responds(at);
    if (!any_usable)
        put(scales, CAA_DIAGNOSIS_CAUSE,
            caa_findings_say(scales->findings,
                             "no server of %s can be reached, so %s cannot be "
                             "looked up",
                             scales->zone, scales->level));
    else if (scales->finding->code == CAA_DIAGNOSIS_IPV6_ONLY)
        put(scales, CAA_DIAGNOSIS_NOT_THE_CAUSE, caa_diagnosis_harmless(scales->finding->code));
    else
        put_contribution(scales);
}

static void weigh_invalidating(const struct scales *scales) {
    if (scales->diagnosis->failure == CAA_FAILURE_BOGUS)
        put(scales, CAA_DIAGNOSIS_CAUSE,
            caa_findings_say(scales->findings,
                             "the answer for %s does not validate, and this is what is wrong "
                             "with the signatures of %s",
                             scales->level, scales->zone));
    else
        put(scales, CAA_DIAGNOSIS_NOT_THE_CAUSE,
            "the lookup does not fail at validation: no answer came that could be validated");
}

/* What does not stop lookups by itself, in the failing zone. */
static void weigh_harmless(const struct scales *scales) {
    if (scales->finding->code == CAA_DIAGNOSIS_NO_TCP &&
        scales->diagnosis->failure == CAA_FAILURE_TRUNCATED)
        put(scales, CAA_DIAGNOSIS_CAUSE,
            "the answer does not fit into a datagram, and so TCP is needed");
    else
        put(scales, CAA_DIAGNOSIS_NOT_THE_CAUSE, caa_diagnosis_harmless(scales->finding->code));
}

/* The nearer lookups were answered, so that a record there would have been seen. */
static bool is_answered(const struct scales *scales) {
    const struct caa_check_result *check = scales->diagnosis->check;
    for (size_t i = 0; i < check->level_count; i++)
        if (caa_name_is_subdomain(check->levels[i].name, &scales->finding->zone) &&
            (check->levels[i].answer == NULL || !caa_answer_is_sound(check->levels[i].answer)))
            return false;
    return true;
}

static void weigh_leaning(const struct scales *scales) {
    const struct caa_name *failing = &scales->diagnosis->zone;
    if (failing->len > 0 && caa_name_is_subdomain(&scales->finding->zone, failing) &&
        !is_failing_zone(scales))
        put(scales, CAA_DIAGNOSIS_CONTRIBUTES,
            caa_findings_say(
                scales->findings, "with a CAA record at %s the CAA of %s would not matter%s",
                scales->zone, scales->level,
                is_answered(scales) ? "" : ", as soon as its own servers can be found"));
    else
        put(scales, CAA_DIAGNOSIS_NOT_THE_CAUSE, caa_diagnosis_harmless(scales->finding->code));
}

static void weigh_in_failing_zone(const struct scales *scales) {
    switch (caa_diagnosis_effect(scales->finding->code)) {
    case CAA_DIAGNOSIS_STOPS: weigh_stopping(scales); return;
    case CAA_DIAGNOSIS_HIDES: weigh_hiding(scales); return;
    case CAA_DIAGNOSIS_INVALIDATES: weigh_invalidating(scales); return;
    case CAA_DIAGNOSIS_NONE:
    case CAA_DIAGNOSIS_DECIDES:
    case CAA_DIAGNOSIS_OURS:
    case CAA_DIAGNOSIS_LEANS: break;
    }
    weigh_harmless(scales);
}

/* The lookup failed, and which zone is to blame is not known. */
static void weigh_in_the_dark(const struct scales *scales) {
    enum caa_diagnosis_effect effect = caa_diagnosis_effect(scales->finding->code);
    bool harms = effect == CAA_DIAGNOSIS_STOPS || effect == CAA_DIAGNOSIS_HIDES;
    if (harms)
        put(scales, CAA_DIAGNOSIS_CONTRIBUTES,
            "no zone fails wholly; what takes servers away makes a failure likelier");
    else
        put(scales, CAA_DIAGNOSIS_NOT_THE_CAUSE, caa_diagnosis_harmless(scales->finding->code));
}

static void weigh_failure(const struct scales *scales) {
    enum caa_diagnosis_effect effect = caa_diagnosis_effect(scales->finding->code);
    bool ours = scales->diagnosis->fault == CAA_FAULT_RESOLVER;
    if (effect == CAA_DIAGNOSIS_OURS)
        put(scales, CAA_DIAGNOSIS_CAUSE,
            caa_name_is_root(&scales->diagnosis->zone)
                ? "twelve organisations run the root's servers, and they do not fail "
                  "together: they are out of reach, or somebody on the way answers in their "
                  "stead"
                : "what has nothing to do with the name fails as well");
    else if (ours && scales->finding->code == CAA_DIAGNOSIS_NO_FAMILY &&
             caa_survey_zone_needs_dead_family(scales->findings->survey,
                                               &scales->diagnosis->zone))
        put(scales, CAA_DIAGNOSIS_CAUSE,
            caa_findings_say(scales->findings, "servers of %s can be reached in no other way",
                             scales->failing));
    else if (ours)
        put(scales, CAA_DIAGNOSIS_NOT_THE_CAUSE,
            "the cause is this machine's network or resolver");
    else if (effect == CAA_DIAGNOSIS_DECIDES)
        put(scales, CAA_DIAGNOSIS_CAUSE, "the check ends with this");
    else if (effect == CAA_DIAGNOSIS_LEANS)
        weigh_leaning(scales);
    else if (scales->diagnosis->zone.len == 0)
        weigh_in_the_dark(scales);
    else if (is_failing_zone(scales))
        weigh_in_failing_zone(scales);
    else
        put_elsewhere(scales);
}

/* Every lookup was answered, and it is a record that forbids. */
static void weigh_refusal(const struct scales *scales) {
    const struct caa_check_result *check = scales->diagnosis->check;
    const struct caa_survey_zone *zone =
        caa_survey_zone_of(scales->findings->survey, check->levels[check->decision.level].name);
    if (caa_diagnosis_effect(scales->finding->code) == CAA_DIAGNOSIS_DECIDES)
        put(scales, CAA_DIAGNOSIS_CAUSE, "the check ends with this");
    else if (scales->finding->code == CAA_DIAGNOSIS_CAA_DIFFERS && zone != NULL &&
             caa_name_equal(&zone->zone->name, &scales->finding->zone))
        put(scales, CAA_DIAGNOSIS_CONTRIBUTES,
            "which of the answers a CA gets is chance, and another one may allow it");
    else
        put(scales, CAA_DIAGNOSIS_NOT_THE_CAUSE,
            "every lookup that mattered was answered: it is a CAA record that forbids");
}

static void weigh(const struct scales *scales) {
    switch (scales->diagnosis->state) {
    case CAA_DIAGNOSIS_HEALTHY: put(scales, CAA_DIAGNOSIS_ADVICE, ""); return;
    case CAA_DIAGNOSIS_FORBIDDEN: weigh_refusal(scales); return;
    case CAA_DIAGNOSIS_RESCUED:
    case CAA_DIAGNOSIS_FAILS: break;
    }
    weigh_failure(scales);
}

/* --- what nothing explains */

static void note_evidence(struct caa_findings *findings, struct caa_diagnosis_finding *finding,
                          const struct caa_evidence *evidence) {
    for (size_t i = 0; evidence != NULL && i < evidence->item_count; i++) {
        const struct caa_evidence_item *item = &evidence->items[i];
        struct caa_address address;
        if (item->failure == CAA_FAILURE_NONE ||
            !caa_address_from_text(&address, item->address, CAA_DNS_PORT))
            continue;
        struct caa_diagnosis_evidence *note = caa_findings_note_saying(
            findings, finding, item->server.len > 0 ? &item->server : NULL, &address,
            caa_findings_say(findings, "%s%s%s", caa_failure_code(item->failure),
                             item->text[0] != '\0' ? ", " : "", item->text));
        if (note == NULL) continue;
        note->over_tcp = item->over_tcp;
        note->at_us = item->sent_at_us;
        note->elapsed_us = item->round_trip_us;
    }
}

static const char *say_what_the_check_met(struct caa_findings *findings,
                                          const struct caa_diagnosis *diagnosis,
                                          const struct caa_answer *answer, bool in_part) {
    const char *name = caa_findings_name(findings, &diagnosis->zone);
    if (in_part)
        return caa_findings_say(
            findings, "some servers of %s give data that does not validate, and others do not",
            name);
    if (diagnosis->failure == CAA_FAILURE_NONE || diagnosis->zone.len == 0)
        return caa_findings_say(findings, "the lookup of %s failed: %s",
                                caa_findings_name(findings, diagnosis->level),
                                answer->rescued ? "its first look"
                                                : caa_outcome_text(answer->outcome));
    return caa_findings_say(findings, "when the check asked, servers of %s did this: they %s",
                            name, caa_failure_text(diagnosis->failure));
}

static void add_unexplained(struct caa_findings *findings,
                            const struct caa_diagnosis *diagnosis) {
    const struct caa_answer *answer = caa_diagnosis_failed_answer(diagnosis);
    const struct caa_name *zone = diagnosis->zone.len > 0 ? &diagnosis->zone : diagnosis->level;
    if (answer == NULL) return;
    bool in_part = answer->rescued && diagnosis->failure == CAA_FAILURE_BOGUS;
    struct caa_diagnosis_finding *finding = caa_findings_add(
        findings, in_part ? CAA_DIAGNOSIS_BOGUS_IN_PART : CAA_DIAGNOSIS_LOOKUP_FAILED, zone);
    if (finding == NULL) return;
    finding->bearing = CAA_DIAGNOSIS_CAUSE;
    if (diagnosis->fault != CAA_FAULT_NONE) finding->mender = diagnosis->fault;
    finding->text = say_what_the_check_met(findings, diagnosis, answer, in_part);
    finding->why =
        in_part ? "the first look met them, and the rescue found one whose data validates"
                : "the check met it; when the servers were asked for this diagnosis, it "
                  "was gone or did not show";
    note_evidence(findings, finding, answer->evidence);
}

void caa_findings_weigh(struct caa_findings *findings, const struct caa_diagnosis *diagnosis) {
    bool explained = diagnosis->level == NULL || diagnosis->state == CAA_DIAGNOSIS_FORBIDDEN;
    struct scales scales = {
        .findings = findings,
        .diagnosis = diagnosis,
        .failing =
            diagnosis->zone.len == 0 ? "" : caa_findings_name(findings, &diagnosis->zone),
        .level = diagnosis->level == NULL ? "" : caa_findings_name(findings, diagnosis->level)};
    for (struct caa_diagnosis_finding *at = findings->first; at != NULL; at = at->next) {
        scales.finding = at;
        scales.zone = caa_findings_name(findings, &at->zone);
        weigh(&scales);
        explained |= at->bearing == CAA_DIAGNOSIS_CAUSE;
    }
    if (!explained) add_unexplained(findings, diagnosis);
}

/* --- order */

/* Negative where `a` weighs more. */
static int compare(const struct caa_diagnosis_finding *a,
                   const struct caa_diagnosis_finding *b) {
    if (a->bearing != b->bearing) return (int)a->bearing - (int)b->bearing;
    int severity = (int)caa_diagnosis_severity(a->code) - (int)caa_diagnosis_severity(b->code);
    if (severity != 0) return severity;
    size_t depth_a = caa_name_label_count(&a->zone), depth_b = caa_name_label_count(&b->zone);
    if (depth_a != depth_b) return depth_a > depth_b ? -1 : 1;
    return (int)a->code - (int)b->code;
}

void caa_findings_sort(struct caa_findings *findings) {
    struct caa_diagnosis_finding *sorted = NULL, *at;
    while ((at = findings->first) != NULL) {
        struct caa_diagnosis_finding **place = &sorted;
        findings->first = at->next;
        while (*place != NULL && compare(*place, at) < 0) place = &(*place)->next;
        at->next = *place;
        *place = at;
    }
    findings->first = sorted;
}
