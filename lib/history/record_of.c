#include "history/record.h"

#include <string.h>

#include "base/writer.h"
#include "history/record_row.h"
#include "report/sentence.h"

static bool set_about(struct caa_history_record *record, struct caa_history_value *row,
                      const struct caa_history_about *about) {
    size_t len = about->document == NULL ? 0 : strlen(about->document);
    return caa_history_copy_printable(record, &row[CAA_RECORD_ID], about->id) &&
           caa_history_copy_printable(record, &row[CAA_RECORD_CLIENT], about->client) &&
           caa_history_copy_printable(record, &row[CAA_RECORD_PERSPECTIVE],
                                      about->perspective) &&
           caa_history_copy_printable(record, &row[CAA_RECORD_PERSPECTIVE_NAME],
                                      about->perspective_name) &&
           caa_history_copy_printable(record, &row[CAA_RECORD_QUORUM], about->quorum) &&
           caa_history_copy_printable(record, &row[CAA_RECORD_PARENT_ID], about->parent_id) &&
           caa_history_copy(record, &row[CAA_RECORD_DOCUMENT], about->document, len);
}

/* The record's own row: what every kind has. */
static struct caa_history_value *add_own_row(struct caa_history_record *record,
                                             const char *kind, int64_t started_at_us,
                                             int64_t elapsed_us) {
    struct caa_history_value *row =
        caa_history_row_add(record, CAA_HISTORY_INSERT_RECORD, CAA_RECORD_COLUMN_COUNT);
    if (row == NULL) return NULL;
    record->started_at_us = started_at_us;
    row[CAA_RECORD_KIND] = caa_history_constant(kind);
    row[CAA_RECORD_STARTED_AT_US] = caa_history_number(started_at_us);
    row[CAA_RECORD_ELAPSED_US] = caa_history_number(elapsed_us);
    row[CAA_RECORD_RESCUED] = caa_history_number(0);
    return row;
}

static bool set_record_evidence(struct caa_history_record *record,
                                struct caa_history_value *row,
                                const struct caa_evidence *evidence) {
    return evidence == NULL ||
           caa_history_row_set_evidence(record, &row[CAA_RECORD_ZONE], &row[CAA_RECORD_FAULT],
                                        &row[CAA_RECORD_FAILURE],
                                        &row[CAA_RECORD_RETRY_AFTER_S], evidence);
}

static const struct caa_answer *cause_of(const struct caa_check_result *result) {
    int cause = result->decision.cause;
    return cause == CAA_LEVEL_NONE ? NULL : result->levels[cause].answer;
}

static bool copy_level_name(struct caa_history_record *record, struct caa_history_value *value,
                            const struct caa_check_result *result, int level) {
    return level == CAA_LEVEL_NONE ||
           caa_history_copy_name(record, value, "", result->levels[level].name);
}

static bool set_decision(struct caa_history_record *record, struct caa_history_value *row,
                         const struct caa_check_result *result) {
    const struct caa_decision *decision = &result->decision;
    const struct caa_answer *cause = cause_of(result);
    row[CAA_RECORD_VERDICT] = caa_history_constant(caa_verdict_code(decision->verdict));
    row[CAA_RECORD_RULE] = caa_history_constant(caa_rule_code(decision->rule));
    if (cause != NULL) {
        row[CAA_RECORD_OUTCOME] = caa_history_constant(caa_outcome_code(cause->outcome));
        row[CAA_RECORD_SECURITY] = caa_history_constant(caa_security_code(cause->security));
    }
    return copy_level_name(record, &row[CAA_RECORD_DECIDED_AT], result, decision->level) &&
           copy_level_name(record, &row[CAA_RECORD_CAUSE], result, decision->cause) &&
           set_record_evidence(record, row, cause == NULL ? NULL : cause->evidence);
}

/* Of what the cache had, only failures and rescues say anything about this check. */
static bool is_worth_a_row(const struct caa_check_result *result,
                           const struct caa_answer *answer) {
    return answer != NULL && (answer->observed_at_us >= result->started_at_us ||
                              answer->rescued || !caa_answer_is_sound(answer));
}

static bool add_levels(struct caa_history_record *record, struct caa_history_value *row,
                       const char *id, const struct caa_check_result *result) {
    for (size_t i = 0; i < result->level_count; i++) {
        const struct caa_level *level = &result->levels[i];
        if (level->answer != NULL && level->answer->rescued)
            row[CAA_RECORD_RESCUED] = caa_history_number(1);
        if (is_worth_a_row(result, level->answer) &&
            !caa_history_row_add_lookup(record, id, (int)i, level->answer, level->elapsed_us))
            return false;
    }
    return true;
}

/* How much it holds is itself a column, so that size can be limited without looking at rows. */
static enum caa_err finish(struct caa_history_record **record, struct caa_history_record *made,
                           struct caa_history_value *row, bool complete) {
    if (!complete) {
        caa_history_record_free(made);
        return CAA_ERR_NOMEM;
    }
    row[CAA_RECORD_OCTETS] = caa_history_number((int64_t)made->octets);
    *record = made;
    return CAA_OK;
}

static bool is_too_long(const struct caa_history_about *about) {
    return about->document != NULL &&
           strnlen(about->document, CAA_HISTORY_DOCUMENT_MAX + 1) > CAA_HISTORY_DOCUMENT_MAX;
}

enum caa_err caa_history_record_of_check(struct caa_history_record **record,
                                         const struct caa_check_result *result,
                                         const struct caa_history_about *about) {
    if (is_too_long(about)) return CAA_ERR_LIMIT;
    struct caa_history_record *made = caa_history_record_new();
    if (made == NULL) return CAA_ERR_NOMEM;
    const struct caa_name *name = &result->request.name;
    struct caa_history_value *row =
        add_own_row(made, "check", result->started_at_us, result->elapsed_us);
    bool complete = row != NULL && set_about(made, row, about) &&
                    caa_history_copy_name(made, &row[CAA_RECORD_NAME],
                                          result->request.wildcard ? "*." : "", name) &&
                    caa_history_copy_tld(made, &row[CAA_RECORD_TLD], name) &&
                    set_decision(made, row, result) && add_levels(made, row, about->id, result);
    if (complete) row[CAA_RECORD_TYPE] = caa_history_number(CAA_TYPE_CAA);
    return finish(record, made, row, complete);
}

static void set_answer(struct caa_history_value *row, const struct caa_history_served *served) {
    const struct caa_answer *answer = served->answer;
    row[CAA_RECORD_TYPE] = caa_history_number(answer->type);
    row[CAA_RECORD_OUTCOME] = caa_history_constant(caa_outcome_code(answer->outcome));
    row[CAA_RECORD_SECURITY] = caa_history_constant(caa_security_code(answer->security));
    row[CAA_RECORD_RCODE] = caa_history_number(served->rcode);
    row[CAA_RECORD_RESCUED] = caa_history_number(answer->rescued);
}

static enum caa_err make_answer(struct caa_history_record **record, const char *kind, int level,
                                const struct caa_history_served *served,
                                const struct caa_history_about *about) {
    if (is_too_long(about)) return CAA_ERR_LIMIT;
    struct caa_history_record *made = caa_history_record_new();
    if (made == NULL) return CAA_ERR_NOMEM;
    const struct caa_answer *answer = served->answer;
    struct caa_history_value *row =
        add_own_row(made, kind, served->started_at_us, served->elapsed_us);
    bool wanted = answer->rescued || !caa_answer_is_sound(answer);
    bool complete = row != NULL && set_about(made, row, about) &&
                    caa_history_copy_name(made, &row[CAA_RECORD_NAME], "", &answer->owner) &&
                    caa_history_copy_tld(made, &row[CAA_RECORD_TLD], &answer->owner) &&
                    set_record_evidence(made, row, answer->evidence) &&
                    (!wanted || caa_history_row_add_lookup(made, about->id, level, answer,
                                                           served->elapsed_us));
    if (complete) set_answer(row, served);
    return finish(record, made, row, complete);
}

enum caa_err caa_history_record_of_answer(struct caa_history_record **record,
                                          const struct caa_history_served *served,
                                          const struct caa_history_about *about) {
    return make_answer(record, "answer", 0, served, about);
}

enum caa_err caa_history_record_of_refresh(struct caa_history_record **record,
                                           const struct caa_answer *answer,
                                           const struct caa_history_about *about) {
    const struct caa_history_served served = {.answer = answer,
                                              .rcode = answer->rcode,
                                              .started_at_us =
                                                  answer->observed_at_us - answer->elapsed_us,
                                              .elapsed_us = answer->elapsed_us};
    return make_answer(record, "refresh", CAA_HISTORY_LEVEL_REFRESH, &served, about);
}

enum caa_err caa_history_record_of_event(struct caa_history_record **record, const char *kind,
                                         const char *name, const char *verdict,
                                         int64_t started_at_us,
                                         const struct caa_history_about *about) {
    if (is_too_long(about)) return CAA_ERR_LIMIT;
    struct caa_history_record *made = caa_history_record_new();
    if (made == NULL) return CAA_ERR_NOMEM;
    struct caa_history_value *row = add_own_row(made, "", started_at_us, 0);
    bool complete = row != NULL && set_about(made, row, about) &&
                    caa_history_copy_printable(made, &row[CAA_RECORD_KIND], kind) &&
                    caa_history_copy_printable(made, &row[CAA_RECORD_NAME], name) &&
                    caa_history_copy_printable(made, &row[CAA_RECORD_VERDICT], verdict);
    return finish(record, made, row, complete);
}

struct caa_history_record *caa_history_record_of_gap(const struct caa_history_gap *gap,
                                                     const char *why) {
    char id[CAA_HISTORY_ID_MAX];
    struct caa_history_record *made = NULL;
    const struct caa_history_about about = {.id = id};
    if (caa_history_id_make(id) != CAA_OK ||
        caa_history_record_of_event(&made, "gap", NULL, NULL, gap->from_us, &about) != CAA_OK)
        return NULL;
    struct caa_history_value *row = STAILQ_FIRST(&made->rows)->values;
    row[CAA_RECORD_ELAPSED_US] = caa_history_number(gap->to_us - gap->from_us);
    row[CAA_RECORD_LOST] = caa_history_number((int64_t)gap->count);
    if (caa_history_copy_printable(made, &row[CAA_RECORD_CAUSE], why)) return made;
    caa_history_record_free(made);
    return NULL;
}
