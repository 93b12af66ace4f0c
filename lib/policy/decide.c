#include "policy/decide.h"

#include "policy/rrset.h"

/* What an answer means to the climb. */
enum step {
    STEP_PENDING,
    STEP_EMPTY,       /* climb on */
    STEP_RRSET,       /* the relevant RRset, if all that is nearer is empty */
    STEP_NO_SUCH_TLD, /* the last ancestor does not exist */
    STEP_FAILED,
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

static enum step step_at(const struct caa_answer *answer, bool is_tld) {
    if (answer == NULL) return STEP_PENDING;
    if (!is_sound(answer)) return STEP_FAILED;
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
};

static struct stop find_stop(const struct caa_answer *const *answers, size_t level_count) {
    struct stop stop = {0, STEP_EMPTY, false};
    for (; stop.level < level_count; stop.level++) {
        enum step step = step_at(answers[stop.level], stop.level + 1 == level_count);
        if (step == STEP_PENDING)
            stop.pending = true;
        else if (step != STEP_EMPTY) {
            stop.step = step;
            break;
        }
    }
    return stop;
}

/* A name cannot be looked up without its ancestors' zones, so what fails because of one of them
   fails together with it: the farthest of an unbroken run of failures is where to look. */
static void trace_cause(struct caa_decision *decision, const struct caa_answer *const *answers,
                        size_t level_count, size_t failed) {
    size_t level = failed;
    decision->cause = (int)failed;
    for (; level < level_count; level++) {
        enum step step = step_at(answers[level], level + 1 == level_count);
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

static void decide_at(struct caa_decision *decision, const struct caa_request *request,
                      const struct caa_answer *const *answers, const struct stop *stop) {
    if (stop->step == STEP_EMPTY) {
        decision->rule = CAA_RULE_NO_RECORDS;
        return;
    }
    decision->level = (int)stop->level;
    if (stop->step == STEP_RRSET)
        caa_rrset_decide(decision, request, answers[stop->level], decision->level);
    if (stop->step == STEP_NO_SUCH_TLD) decision->rule = CAA_RULE_NO_SUCH_TLD;
    if (stop->step == STEP_FAILED)
        decision->retry_helps = may_pass_by_itself(answers[decision->cause]);
}

void caa_decide(struct caa_decision *decision, const struct caa_request *request,
                const struct caa_answer *const *answers, size_t level_count) {
    struct stop stop = find_stop(answers, level_count);
    *decision = (struct caa_decision){
        .decided = !stop.pending,
        .reach = stop.level < level_count ? stop.level + 1 : level_count,
        .verdict = CAA_VERDICT_UNDECIDED,
        .rule = CAA_RULE_LOOKUP_FAILED,
        .level = CAA_LEVEL_NONE,
        .cause = CAA_LEVEL_NONE,
        .record = CAA_RECORD_NONE,
    };
    if (stop.step == STEP_FAILED) trace_cause(decision, answers, level_count, stop.level);
    /* Without any level nothing was looked up, and nothing is no permission. */
    if (stop.pending || level_count == 0) return;
    decide_at(decision, request, answers, &stop);
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
