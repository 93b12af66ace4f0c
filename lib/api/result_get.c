/* The getters of a result: NULL, and what is out of range, has nothing to say. */
#include "api/result.h"

static const struct caa_level *level_at(const struct caa_result *result, size_t level) {
    return level < caa_result_level_count(result) ? &result->facts.levels[level] : NULL;
}

/* NULL also where no lookup was needed. */
static const struct caa_answer *answer_at(const struct caa_result *result, size_t level) {
    const struct caa_level *at = level_at(result, level);
    return at == NULL ? NULL : at->answer;
}

static const struct caa_finding *finding_at(const struct caa_result *result, size_t finding) {
    return finding < caa_result_finding_count(result)
               ? &result->facts.decision.findings[finding]
               : NULL;
}

/* The verdict is what others decide by, so what belongs to another one is not told. */
static bool is(const struct caa_result *result, enum caa_verdict_kind verdict) {
    return caa_result_verdict(result) == verdict;
}

bool caa_result_is_allowed(const struct caa_result *result) {
    return is(result, CAA_ALLOWED);
}

enum caa_verdict_kind caa_result_verdict(const struct caa_result *result) {
    return result == NULL ? CAA_NO_VERDICT : result->verdict;
}

const char *caa_result_name(const struct caa_result *result) {
    return result == NULL ? "" : result->name;
}

const char *caa_result_rule(const struct caa_result *result) {
    return result == NULL ? "" : result->rule;
}

const char *caa_result_text(const struct caa_result *result) {
    return result == NULL ? "" : result->text;
}

const char *caa_result_advice(const struct caa_result *result) {
    return result == NULL ? "" : result->advice;
}

bool caa_result_retry_helps(const struct caa_result *result) {
    return is(result, CAA_UNDECIDED) && result->facts.decision.retry_helps;
}

bool caa_result_needs_account(const struct caa_result *result) {
    return is(result, CAA_FORBIDDEN) && (result->facts.decision.needs & CAA_NEEDS_ACCOUNT) != 0;
}

bool caa_result_needs_method(const struct caa_result *result) {
    return is(result, CAA_FORBIDDEN) && (result->facts.decision.needs & CAA_NEEDS_METHOD) != 0;
}

const char *caa_result_decided_at(const struct caa_result *result) {
    if (caa_result_level_count(result) == 0) return "";
    int level = result->facts.decision.level;
    return level == CAA_LEVEL_NONE ? "" : caa_result_level_name(result, (size_t)level);
}

bool caa_result_deadline_passed(const struct caa_result *result) {
    return result != NULL && result->facts.deadline_passed;
}

int64_t caa_result_started_at_us(const struct caa_result *result) {
    return result == NULL ? 0 : result->facts.started_at_us;
}

int64_t caa_result_elapsed_us(const struct caa_result *result) {
    return result == NULL ? 0 : result->facts.elapsed_us;
}

size_t caa_result_level_count(const struct caa_result *result) {
    return result == NULL ? 0 : result->facts.level_count;
}

const char *caa_result_level_name(const struct caa_result *result, size_t level) {
    return level < caa_result_level_count(result) ? result->level_texts[level].name : "";
}

const char *caa_result_level_outcome(const struct caa_result *result, size_t level) {
    if (level_at(result, level) == NULL) return "";
    const struct caa_answer *answer = answer_at(result, level);
    return answer == NULL ? "not-needed" : caa_outcome_code(answer->outcome);
}

const char *caa_result_level_security(const struct caa_result *result, size_t level) {
    if (level_at(result, level) == NULL) return "";
    const struct caa_answer *answer = answer_at(result, level);
    return caa_security_code(answer == NULL ? CAA_SECURITY_INDETERMINATE : answer->security);
}

const char *caa_result_level_reason(const struct caa_result *result, size_t level) {
    return level < caa_result_level_count(result) ? result->level_texts[level].reason : "";
}

uint32_t caa_result_level_ttl_s(const struct caa_result *result, size_t level) {
    const struct caa_answer *answer = answer_at(result, level);
    return answer == NULL ? 0 : answer->ttl_s;
}

size_t caa_result_level_record_count(const struct caa_result *result, size_t level) {
    const struct caa_answer *answer = answer_at(result, level);
    return answer == NULL ? 0 : answer->rdata_count;
}

size_t caa_result_finding_count(const struct caa_result *result) {
    return result == NULL ? 0 : result->facts.decision.finding_count;
}

const char *caa_result_finding_code(const struct caa_result *result, size_t finding) {
    const struct caa_finding *at = finding_at(result, finding);
    return at == NULL ? "" : caa_finding_code(at->kind);
}

const char *caa_result_finding_text(const struct caa_result *result, size_t finding) {
    const struct caa_finding *at = finding_at(result, finding);
    return at == NULL ? "" : caa_finding_text(at->kind);
}

const char *caa_result_finding_name(const struct caa_result *result, size_t finding) {
    const struct caa_finding *at = finding_at(result, finding);
    return at == NULL ? "" : caa_result_level_name(result, (size_t)at->level);
}

const char *caa_result_finding_reason(const struct caa_result *result, size_t finding) {
    const struct caa_finding *at = finding_at(result, finding);
    return at == NULL || at->reason == NULL ? "" : at->reason;
}
