#include "problem/problem.h"

#include "dns/suffix.h"

static enum caa_problem problem_of_answer(const struct caa_answer *answer) {
    if (answer->ede >= 0) return CAA_PROBLEM_EXTENDED;
    if (answer->security == CAA_SECURITY_BOGUS) return CAA_PROBLEM_EXTENDED;
    switch (answer->outcome) {
    case CAA_OUTCOME_SERVFAIL: return CAA_PROBLEM_SERVFAIL;
    case CAA_OUTCOME_NXDOMAIN: return CAA_PROBLEM_NXDOMAIN;
    case CAA_OUTCOME_REFUSED:
    case CAA_OUTCOME_RCODE: return CAA_PROBLEM_RCODE;
    case CAA_OUTCOME_TIMEOUT: return CAA_PROBLEM_TIMEOUT;
    case CAA_OUTCOME_BOGUS: return CAA_PROBLEM_EXTENDED;
    case CAA_OUTCOME_TRUNCATED: return CAA_PROBLEM_TRUNCATED;
    case CAA_OUTCOME_NETWORK: return CAA_PROBLEM_NETWORK;
    case CAA_OUTCOME_RECORDS:
    case CAA_OUTCOME_NODATA:
    case CAA_OUTCOME_MALFORMED:
    case CAA_OUTCOME_COUNT: break;
    }
    return CAA_PROBLEM_RESOLVER;
}

static enum caa_failure failure_of_answer(const struct caa_answer *answer) {
    if (answer->security == CAA_SECURITY_BOGUS || answer->outcome == CAA_OUTCOME_BOGUS)
        return CAA_FAILURE_BOGUS;
    return answer->outcome == CAA_OUTCOME_MALFORMED ? CAA_FAILURE_MALFORMED : CAA_FAILURE_NONE;
}

/* Without a rescue nobody knows who failed, but for our own network. When the check began
   spreads those who come back. */
static void take_unexplained_failure(struct caa_problem_facts *facts,
                                     const struct caa_check_result *result,
                                     const struct caa_answer *answer) {
    facts->fault =
        answer->outcome == CAA_OUTCOME_NETWORK ? CAA_FAULT_RESOLVER : CAA_FAULT_UNKNOWN;
    facts->kind = caa_failure_code(failure_of_answer(answer));
    facts->retry = caa_advice_retry(facts->fault, failure_of_answer(answer),
                                    (uint32_t)result->started_at_us);
    if (!result->decision.retry_helps)
        facts->retry =
            (struct caa_retry_advice){false, 0, "what answers for it has to be mended first"};
}

static void take_evidence(struct caa_problem_facts *facts,
                          const struct caa_evidence *evidence) {
    facts->fault = evidence->fault == CAA_FAULT_NONE ? CAA_FAULT_UNKNOWN : evidence->fault;
    /* The root stands for "no zone can be named", too. */
    bool named = !caa_name_is_root(&evidence->zone) || evidence->failure != CAA_FAILURE_NONE;
    facts->zone = named ? &evidence->zone : NULL;
    facts->kind = caa_failure_code(evidence->failure);
    facts->retry = (struct caa_retry_advice){evidence->retry_advised, evidence->retry_after_s,
                                             evidence->retry_why};
}

static void take_failed_lookup(struct caa_problem_facts *facts,
                               const struct caa_check_result *result) {
    int cause = result->decision.cause;
    const struct caa_level *level = cause == CAA_LEVEL_NONE ? NULL : &result->levels[cause];
    facts->problem = CAA_PROBLEM_RESOLVER;
    facts->fault = CAA_FAULT_UNKNOWN;
    facts->retry.why = "nothing could be looked up";
    if (level == NULL || level->answer == NULL) return;
    facts->owner = level->name;
    facts->problem = problem_of_answer(level->answer);
    if (level->answer->evidence != NULL)
        take_evidence(facts, level->answer->evidence);
    else
        take_unexplained_failure(facts, result, level->answer);
}

static void take_undecided(struct caa_problem_facts *facts,
                           const struct caa_check_result *result) {
    facts->kind = caa_rule_code(result->decision.rule);
    if (result->decision.rule == CAA_RULE_NO_SUCH_TLD) {
        facts->problem = CAA_PROBLEM_NXDOMAIN;
        facts->fault = CAA_FAULT_SUBSCRIBER;
        facts->retry.why = "there is no such top-level domain";
    } else {
        facts->problem = CAA_PROBLEM_RESOLVER;
        facts->fault = caa_suffix_who(facts->owner);
        facts->retry.why = "the CAA record that cannot be read has to be mended first";
    }
}

void caa_problem_of_result(struct caa_problem_facts *facts,
                           const struct caa_check_result *result) {
    const struct caa_decision *decision = &result->decision;
    *facts = (struct caa_problem_facts){.kind = "", .retry.why = ""};
    if (decision->level != CAA_LEVEL_NONE) facts->owner = result->levels[decision->level].name;
    switch (decision->verdict) {
    case CAA_VERDICT_ALLOWED: return;
    case CAA_VERDICT_FORBIDDEN:
        facts->problem = CAA_PROBLEM_FORBIDDEN;
        facts->kind = caa_rule_code(decision->rule);
        facts->retry.why = "the CAA records have to change first";
        return;
    case CAA_VERDICT_UNDECIDED: break;
    }
    if (decision->rule == CAA_RULE_LOOKUP_FAILED || facts->owner == NULL)
        take_failed_lookup(facts, result);
    else
        take_undecided(facts, result);
}

const char *caa_problem_fault(const struct caa_problem_facts *facts) {
    return facts->problem == CAA_PROBLEM_FORBIDDEN ? "policy" : caa_fault_code(facts->fault);
}

struct wording {
    const char *code, *type, *phrase, *hint, *text;
};

static const struct wording *wording_of(enum caa_problem problem) {
    static const struct wording wordings[] = {
        {"", "", "", "", ""},
#define CAA_PROBLEM(name, number, code, type, phrase, hint, text)                              \
    [CAA_PROBLEM_##name] = {code, "urn:ietf:params:acme:error:" type, phrase, hint, text},
#define CAA_EXPLAINED(name, number, code, text) [CAA_PROBLEM_##name] = {code, "", "", "", text},
#include "problem/problem.def"
#undef CAA_PROBLEM
#undef CAA_EXPLAINED
    };
    size_t index = (size_t)problem;
    return &wordings[index < sizeof wordings / sizeof wordings[0] ? index : 0];
}

const char *caa_problem_code(enum caa_problem problem) {
    return wording_of(problem)->code;
}

const char *caa_problem_text(enum caa_problem problem) {
    return wording_of(problem)->text;
}

const char *caa_problem_type(enum caa_problem problem) {
    return wording_of(problem)->type;
}

const char *caa_problem_phrase(enum caa_problem problem) {
    return wording_of(problem)->phrase;
}

const char *caa_problem_hint(enum caa_problem problem) {
    return wording_of(problem)->hint;
}
