#include "diagnose/failure.h"

#include "dns/suffix.h"
#include "rescue/statement.h"

static int rescued_level(const struct caa_check_result *check) {
    for (size_t i = check->level_count; i-- > 0;)
        if (check->levels[i].answer != NULL && check->levels[i].answer->rescued) return (int)i;
    return CAA_LEVEL_NONE;
}

static int failed_level(const struct caa_check_result *check) {
    const struct caa_decision *decision = &check->decision;
    bool fails =
        decision->rule == CAA_RULE_LOOKUP_FAILED || decision->rule == CAA_RULE_INSECURE_FAILURE;
    if (!fails) return rescued_level(check);
    return decision->cause != CAA_LEVEL_NONE ? decision->cause : decision->level;
}

static enum caa_diagnosis_state state_of(const struct caa_check_result *check) {
    switch (check->decision.verdict) {
    case CAA_VERDICT_FORBIDDEN: return CAA_DIAGNOSIS_FORBIDDEN;
    case CAA_VERDICT_UNDECIDED: return CAA_DIAGNOSIS_FAILS;
    case CAA_VERDICT_ALLOWED: break;
    }
    if (check->decision.rule == CAA_RULE_INSECURE_FAILURE) return CAA_DIAGNOSIS_FAILS;
    return rescued_level(check) == CAA_LEVEL_NONE ? CAA_DIAGNOSIS_HEALTHY
                                                  : CAA_DIAGNOSIS_RESCUED;
}

const struct caa_answer *caa_diagnosis_failed_answer(const struct caa_diagnosis *diagnosis) {
    const struct caa_check_result *check = diagnosis->check;
    for (size_t i = 0; diagnosis->level != NULL && i < check->level_count; i++)
        if (check->levels[i].name == diagnosis->level) return check->levels[i].answer;
    return NULL;
}

static enum caa_failure failure_of(const struct caa_answer *answer) {
    switch (answer->outcome) {
    case CAA_OUTCOME_SERVFAIL: return CAA_FAILURE_SERVFAIL;
    case CAA_OUTCOME_REFUSED: return CAA_FAILURE_REFUSED;
    case CAA_OUTCOME_TIMEOUT: return CAA_FAILURE_SILENT;
    case CAA_OUTCOME_BOGUS: return CAA_FAILURE_BOGUS;
    case CAA_OUTCOME_TRUNCATED: return CAA_FAILURE_TRUNCATED;
    case CAA_OUTCOME_NETWORK: return CAA_FAILURE_UNREACHABLE;
    case CAA_OUTCOME_RCODE:
    case CAA_OUTCOME_MALFORMED: return CAA_FAILURE_MALFORMED;
    case CAA_OUTCOME_RECORDS:
    case CAA_OUTCOME_NODATA:
    case CAA_OUTCOME_NXDOMAIN:
    case CAA_OUTCOME_COUNT: break;
    }
    return CAA_FAILURE_RECURSOR;
}

static void blame(struct caa_diagnosis *diagnosis, const struct caa_path_zone *zone,
                  enum caa_failure failure) {
    bool is_ours = diagnosis->fault == CAA_FAULT_RESOLVER ||
                   caa_advice_is_ours(&zone->name, CAA_CONTROL_OPEN);
    diagnosis->zone = zone->name;
    diagnosis->failure = failure;
    diagnosis->fault = is_ours ? CAA_FAULT_RESOLVER : caa_suffix_who(&zone->name);
}

/* What no server of the zone answers for CAA at that name, most of them; else NONE. */
static enum caa_failure caa_failure_in(const struct caa_survey_zone *zone,
                                       const struct caa_name *name) {
    size_t asked = 0, counts[CAA_SERVER_STATE_COUNT] = {0};
    enum caa_server_state most = CAA_SERVER_UNASKED;
    for (const struct caa_survey_server *at = zone->servers; at != NULL; at = at->next) {
        const struct caa_survey_item *item = caa_survey_item(at, CAA_SURVEY_CAA, name);
        if (item == NULL || item->exchange == NULL) continue;
        if (item->state == CAA_SERVER_OK) return CAA_FAILURE_NONE;
        counts[item->state]++;
        asked++;
    }
    for (int state = 0; asked > 0 && state < CAA_SERVER_STATE_COUNT; state++)
        if (counts[state] > counts[most]) most = (enum caa_server_state)state;
    return caa_server_state_failure(most);
}

/* Along the name's own path, then where its aliases lead. */
static bool find_failing_zone(struct caa_diagnosis *diagnosis) {
    const struct caa_survey *survey = diagnosis->survey;
    for (size_t i = 0; i < survey->path_count; i++) {
        const struct caa_name *name = i == 0 ? diagnosis->level : &survey->paths[i]->name;
        const struct caa_path_zone *zone = caa_leg_failing_zone(survey->paths[i], name);
        if (zone == NULL) continue;
        blame(diagnosis, zone, caa_path_zone_failure(zone));
        return true;
    }
    for (size_t i = 0; i < survey->path_count; i++) {
        const struct caa_name *name = i == 0 ? diagnosis->level : &survey->paths[i]->name;
        const struct caa_survey_zone *zone = caa_survey_zone_of(survey, name);
        enum caa_failure failure = zone == NULL ? CAA_FAILURE_NONE : caa_failure_in(zone, name);
        if (failure == CAA_FAILURE_NONE) continue;
        blame(diagnosis, zone->zone, failure);
        return true;
    }
    return false;
}

static void find_bogus_zone(struct caa_diagnosis *diagnosis) {
    const struct caa_survey_zone *found = NULL;
    const struct caa_survey_zone *at = diagnosis->survey->zones;
    for (; at != NULL; at = at->next)
        if (caa_name_is_subdomain(diagnosis->level, &at->zone->name) &&
            caa_survey_zone_is_signed(at))
            found = at;
    if (found != NULL) blame(diagnosis, found->zone, CAA_FAILURE_BOGUS);
}

static bool take_evidence(struct caa_diagnosis *diagnosis, const struct caa_answer *answer) {
    const struct caa_evidence *evidence = answer->evidence;
    if (evidence == NULL || !caa_evidence_tells_of_zone(evidence)) return false;
    diagnosis->zone = evidence->zone;
    diagnosis->failure = evidence->failure;
    diagnosis->fault = evidence->fault;
    /* The recursor alone could not: whoever was asked for this since may tell more. */
    return evidence->failure != CAA_FAILURE_RECURSOR;
}

void caa_diagnosis_find_failure(struct caa_diagnosis *diagnosis) {
    const struct caa_check_result *check = diagnosis->check;
    int level = failed_level(check);
    diagnosis->state = state_of(check);
    if (level == CAA_LEVEL_NONE) return;
    diagnosis->level = check->levels[level].name;
    const struct caa_answer *answer = check->levels[level].answer;
    if (answer == NULL || take_evidence(diagnosis, answer)) return;
    if (answer->outcome == CAA_OUTCOME_BOGUS)
        find_bogus_zone(diagnosis);
    else if (!find_failing_zone(diagnosis) && diagnosis->zone.len == 0 && !answer->rescued)
        diagnosis->failure = failure_of(answer);
}
