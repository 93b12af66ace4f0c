#include "policy/decide.h"

#include "policy/finding.h"
#include "policy/rrset.h"

/* What an answer means to the climb. */
enum step {
    STEP_PENDING,
    STEP_EMPTY,       /* climb on */
    STEP_EXCUSED,     /* climb on as well: a farther set is obeyed all the same */
    STEP_RRSET,       /* the relevant RRset, if all that is nearer is empty */
    STEP_NO_SUCH_TLD, /* the last ancestor does not exist */
    STEP_FAILED,
};

/* All that a verdict depends on. */
struct climb {
    const struct caa_request *request;
    const struct caa_answer *const *answers;
    size_t level_count;
};

/* Everything that libunbound's traps or a fault of ours could let through is a failure here,
   never permission: bogus or unvalidated data, another type, and contents that belie the
   outcome. */
static bool is_sound(const struct caa_answer *answer) {
    bool validated =
        answer->security == CAA_SECURITY_SECURE || answer->security == CAA_SECURITY_INSECURE;
    bool records = answer->outcome == CAA_OUTCOME_RECORDS;
    bool filled = answer->rdata_count > 0 && answer->rdata != NULL;
    return validated && answer->type == CAA_TYPE_CAA &&
           (records ? filled : answer->rdata_count == 0);
}

/* The one exception that BR 3.2.2.8 allows, and all that it asks for. */
static bool is_excused(const struct caa_request *request, const struct caa_answer *answer) {
    const struct caa_evidence *evidence = answer->evidence;
    if (!request->br_insecure_failure || evidence == NULL) return false;
    bool theirs = evidence->fault == CAA_FAULT_REGISTRY ||
                  evidence->fault == CAA_FAULT_PLATFORM ||
                  evidence->fault == CAA_FAULT_SUBSCRIBER;
    bool bogus = answer->security == CAA_SECURITY_BOGUS ||
                 answer->outcome == CAA_OUTCOME_BOGUS || evidence->failure == CAA_FAILURE_BOGUS;
    return theirs && !bogus && evidence->insecure_proved && evidence->retry_count > 0;
}

static enum step step_at(const struct climb *climb, size_t level) {
    const struct caa_answer *answer = climb->answers[level];
    bool is_tld = level + 1 == climb->level_count;
    if (answer == NULL) return STEP_PENDING;
    if (!is_sound(answer))
        return is_excused(climb->request, answer) ? STEP_EXCUSED : STEP_FAILED;
    switch (answer->outcome) {
    case CAA_OUTCOME_RECORDS: return STEP_RRSET;
    case CAA_OUTCOME_NODATA: return STEP_EMPTY;
    case CAA_OUTCOME_NXDOMAIN: return is_tld ? STEP_NO_SUCH_TLD : STEP_EMPTY;
    case CAA_OUTCOME_SERVFAIL:
    case CAA_OUTCOME_REFUSED:
    case CAA_OUTCOME_RCODE:
    case CAA_OUTCOME_TIMEOUT:
    case CAA_OUTCOME_BOGUS:
    case CAA_OUTCOME_TRUNCATED:
    case CAA_OUTCOME_MALFORMED:
    case CAA_OUTCOME_NETWORK:
    case CAA_OUTCOME_COUNT: break;
    }
    return STEP_FAILED;
}

/* Servers and networks recover by themselves; a zone that is signed or encoded wrongly waits
   for a person. */
static bool may_pass_by_itself(const struct caa_answer *answer) {
    if (answer->evidence != NULL) return answer->evidence->retry_advised;
    if (answer->security == CAA_SECURITY_BOGUS) return false;
    switch (answer->outcome) {
    case CAA_OUTCOME_SERVFAIL:
    case CAA_OUTCOME_REFUSED:
    case CAA_OUTCOME_RCODE:
    case CAA_OUTCOME_TIMEOUT:
    case CAA_OUTCOME_TRUNCATED:
    case CAA_OUTCOME_NETWORK: return true;
    case CAA_OUTCOME_RECORDS:
    case CAA_OUTCOME_NODATA:
    case CAA_OUTCOME_NXDOMAIN:
    case CAA_OUTCOME_BOGUS:
    case CAA_OUTCOME_MALFORMED:
    case CAA_OUTCOME_COUNT: break;
    }
    return false;
}

/* Where the climb ends, whatever is pending before: the nearest level that is known not to be
   empty, or behind the last one. */
struct stop {
    size_t level;
    enum step step; /* STEP_EMPTY behind the last level */
    bool pending;   /* something nearer is still to come */
    int excused;    /* the nearest failure before it that does not count, or CAA_LEVEL_NONE */
};

static struct stop find_stop(const struct climb *climb) {
    struct stop stop = {.step = STEP_EMPTY, .excused = CAA_LEVEL_NONE};
    for (; stop.level < climb->level_count; stop.level++) {
        enum step step = step_at(climb, stop.level);
        bool goes_on = step == STEP_EMPTY || step == STEP_PENDING || step == STEP_EXCUSED;
        stop.pending |= step == STEP_PENDING;
        if (step == STEP_EXCUSED && stop.excused == CAA_LEVEL_NONE)
            stop.excused = (int)stop.level;
        if (goes_on) continue;
        stop.step = step;
        break;
    }
    return stop;
}

/* A name cannot be looked up without its ancestors' zones, so what fails because of one of them
   fails together with it: the farthest of an unbroken run of failures is where to look. */
static void trace_cause(struct caa_decision *decision, const struct climb *climb,
                        size_t failed) {
    size_t level = failed;
    decision->cause = (int)failed;
    for (; level < climb->level_count; level++) {
        enum step step = step_at(climb, level);
        if (step != STEP_PENDING && step != STEP_FAILED) break;
        decision->cause_open |= step == STEP_PENDING;
        if (!decision->cause_open) decision->cause = (int)level;
    }
    decision->reach = level;
}

static enum caa_verdict verdict_of(enum caa_rule rule) {
    switch (rule) {
#define CAA_RULE(name, verdict, code, text)                                                    \
    case CAA_RULE_##name:                                                                      \
        return CAA_VERDICT_##verdict;
#include "policy/rule.def"
#undef CAA_RULE
    }
    return CAA_VERDICT_UNDECIDED;
}

/* What let a failure pass must show, whatever permits in the end. */
static void own_up(struct caa_decision *decision, const struct stop *stop) {
    if (stop->excused == CAA_LEVEL_NONE || verdict_of(decision->rule) != CAA_VERDICT_ALLOWED)
        return;
    decision->rule = CAA_RULE_INSECURE_FAILURE;
    decision->level = stop->excused;
    decision->record = CAA_RECORD_NONE;
}

static void decide_at(struct caa_decision *decision, const struct climb *climb,
                      const struct stop *stop) {
    if (stop->step == STEP_EMPTY) {
        decision->rule = CAA_RULE_NO_RECORDS;
        return;
    }
    decision->level = (int)stop->level;
    if (stop->step == STEP_RRSET)
        caa_rrset_decide(decision, climb->request, climb->answers[stop->level],
                         decision->level);
    if (stop->step == STEP_NO_SUCH_TLD) decision->rule = CAA_RULE_NO_SUCH_TLD;
    if (stop->step == STEP_FAILED)
        decision->retry_helps = may_pass_by_itself(climb->answers[decision->cause]);
}

/* Where looks disagree the verdict stands on the one that was given, and says so. */
static void note_other_looks(struct caa_decision *decision, const struct climb *climb) {
    for (size_t i = 0; i < decision->reach; i++)
        if (climb->answers[i] != NULL)
            caa_finding_of_answer(
                &(struct caa_finding_place){decision, (int)i, CAA_RECORD_NONE},
                climb->answers[i]);
}

void caa_decide(struct caa_decision *decision, const struct caa_request *request,
                const struct caa_answer *const *answers, size_t level_count) {
    const struct climb climb = {request, answers, level_count};
    struct stop stop = find_stop(&climb);
    *decision = (struct caa_decision){
        .decided = !stop.pending,
        .reach = stop.level < level_count ? stop.level + 1 : level_count,
        .verdict = CAA_VERDICT_UNDECIDED,
        .rule = CAA_RULE_LOOKUP_FAILED,
        .level = CAA_LEVEL_NONE,
        .cause = CAA_LEVEL_NONE,
        .record = CAA_RECORD_NONE,
    };
    if (stop.step == STEP_FAILED) trace_cause(decision, &climb, stop.level);
    /* Without any level nothing was looked up, and nothing is no permission. */
    if (stop.pending || level_count == 0) return;
    note_other_looks(decision, &climb);
    decide_at(decision, &climb, &stop);
    own_up(decision, &stop);
    decision->verdict = verdict_of(decision->rule);
}

const char *caa_verdict_code(enum caa_verdict verdict) {
    switch (verdict) {
    case CAA_VERDICT_ALLOWED: return "allowed";
    case CAA_VERDICT_FORBIDDEN: return "forbidden";
    case CAA_VERDICT_UNDECIDED: return "undecided";
    }
    return "?";
}

const char *caa_rule_code(enum caa_rule rule) {
    switch (rule) {
#define CAA_RULE(name, verdict, code, text)                                                    \
    case CAA_RULE_##name:                                                                      \
        return code;
#include "policy/rule.def"
#undef CAA_RULE
    }
    return "?";
}

const char *caa_rule_text(enum caa_rule rule) {
    switch (rule) {
#define CAA_RULE(name, verdict, code, text)                                                    \
    case CAA_RULE_##name:                                                                      \
        return text;
#include "policy/rule.def"
#undef CAA_RULE
    }
    return "?";
}
