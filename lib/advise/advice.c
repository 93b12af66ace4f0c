#include "advise/advice.h"

#include "advise/draft.h"
#include "dns/suffix.h"
#include "record/record.h"
#include "record/value.h"

static const struct caa_answer *own_answer(const struct caa_check_result *result) {
    return result->level_count == 0 ? NULL : result->levels[0].answer;
}

/* What stands in the way of any advice. */
static enum caa_advice_state state_of_today(const struct caa_answer *today) {
    if (today == NULL || !caa_answer_is_sound(today)) return CAA_ADVICE_UNKNOWN;
    if (today->outcome == CAA_OUTCOME_NXDOMAIN) return CAA_ADVICE_NO_DOMAIN;
    if (today->alias_count > 0) return CAA_ADVICE_ALIAS;
    for (size_t i = 0; i < today->rdata_count; i++) {
        struct caa_record record;
        if (caa_record_from_wire(&record, today->rdata[i], NULL) != CAA_OK)
            return CAA_ADVICE_UNREADABLE;
        if (record.property == CAA_PROPERTY_UNKNOWN && (record.flags & CAA_FLAG_CRITICAL) != 0)
            return CAA_ADVICE_CRITICAL;
    }
    return CAA_ADVICE_PUBLISHED;
}

/* An hour outlives a short failure of one's own servers, and a mistake is gone in an hour. */
static void set_times(struct caa_advice *advice) {
    const struct caa_answer *today = advice->today;
    advice->ttl_kept = today->outcome == CAA_OUTCOME_RECORDS &&
                       today->ttl_s >= CAA_ADVICE_TTL_S_LEAST &&
                       today->ttl_s <= CAA_ADVICE_TTL_S_MOST;
    advice->ttl_s = advice->ttl_kept ? today->ttl_s : CAA_ADVICE_TTL_S;
    advice->wait_s = today->ttl_s;
}

/* --- risks */

static void add_risk(struct caa_advice *advice, enum caa_risk kind, struct caa_slice about) {
    if (advice->risk_count == CAA_ADVICE_RISKS_MAX) return;
    advice->risks[advice->risk_count++] = (struct caa_advice_risk){kind, about};
}

static void add_plain(struct caa_advice *advice, bool holds, enum caa_risk kind) {
    if (holds) add_risk(advice, kind, caa_slice_bytes("", 0));
}

static bool add_name_risk(struct caa_advice *advice, struct caa_arena *arena,
                          enum caa_risk kind, const struct caa_name *name) {
    char text[CAA_NAME_TEXT_MAX];
    size_t len = caa_name_to_text(name, text);
    const char *copy = caa_arena_copy(arena, text, len);
    if (copy != NULL) add_risk(advice, kind, caa_slice_bytes(copy, len));
    return copy != NULL;
}

/* The sets on the way from the name up to the domain, and where the name leads. */
static bool add_nearer_risks(struct caa_advice *advice, struct caa_arena *arena,
                             const struct caa_check_result *of_name) {
    bool ok = true;
    for (size_t i = 0; ok && i < of_name->level_count; i++) {
        const struct caa_level *level = &of_name->levels[i];
        if (caa_name_equal(level->name, &advice->domain)) break;
        if (level->answer == NULL) continue;
        if (level->answer->alias_count > 0)
            ok = add_name_risk(advice, arena, CAA_RISK_ALIAS, level->name);
        if (ok && level->answer->outcome == CAA_OUTCOME_RECORDS)
            ok = add_name_risk(advice, arena, CAA_RISK_NEARER_SET, level->name);
    }
    return ok;
}

static bool has(const struct caa_advice *advice, enum caa_property property, bool today_only) {
    for (size_t i = 0; i < advice->record_count; i++) {
        const struct caa_advice_record *at = &advice->records[i];
        struct caa_record record;
        bool counts =
            today_only ? at->change != CAA_ADVICE_ADDED : at->change != CAA_ADVICE_TAKEN_OUT;
        if (counts && caa_record_from_wire(&record, at->rdata, NULL) == CAA_OK &&
            record.property == property)
            return true;
    }
    return false;
}

/* Of today's records that permit somebody to issue: how many do, and are malformed.
 */
struct permissions {
    size_t somebody, malformed;
};

static struct permissions permissions_of(const struct caa_advice *advice,
                                         enum caa_property property) {
    struct permissions count = {0};
    for (size_t i = 0; i < advice->record_count; i++) {
        struct caa_record record;
        struct caa_issue_value value;
        if (advice->records[i].change == CAA_ADVICE_ADDED ||
            caa_record_from_wire(&record, advice->records[i].rdata, NULL) != CAA_OK ||
            record.property != property)
            continue;
        if (caa_issue_value_parse(&value, record.value, NULL) != CAA_OK)
            count.malformed++;
        else
            count.somebody += value.issuer_domain_name.len > 0;
    }
    return count;
}

static bool has_change(const struct caa_advice *advice, enum caa_advice_change change) {
    for (size_t i = 0; i < advice->record_count; i++)
        if (advice->records[i].change == change) return true;
    return false;
}

static void add_set_risks(struct caa_advice *advice) {
    bool has_wild = has(advice, CAA_PROPERTY_ISSUEWILD, false);
    bool issue_today = has(advice, CAA_PROPERTY_ISSUE, true);
    bool wild_today = has(advice, CAA_PROPERTY_ISSUEWILD, true);
    struct permissions issue = permissions_of(advice, CAA_PROPERTY_ISSUE);
    struct permissions wild = permissions_of(advice, CAA_PROPERTY_ISSUEWILD);
    bool is_new = has(advice, CAA_PROPERTY_ISSUE, false) && !issue_today;
    add_plain(advice, is_new && !wild_today, CAA_RISK_OTHER_CAS);
    add_plain(advice, is_new && wild_today, CAA_RISK_ONLY_WILDCARDS_SO_FAR);
    add_plain(advice,
              issue_today && issue.somebody == 0 && has_change(advice, CAA_ADVICE_ADDED),
              CAA_RISK_LIFTS_BAN);
    add_plain(advice, issue.malformed + wild.malformed > 0, CAA_RISK_MALFORMED_KEPT);
    add_plain(advice, issue.somebody + wild.somebody > 0, CAA_RISK_CAS_KEPT);
    add_plain(advice, has_change(advice, CAA_ADVICE_TAKEN_OUT), CAA_RISK_REPLACED);
    add_plain(advice, advice->wish.account_uri_count > 0, CAA_RISK_BOUND_ACCOUNT);
    add_plain(advice, advice->wish.method_label_count > 0, CAA_RISK_BOUND_METHOD);
    add_plain(advice, true, has_wild ? CAA_RISK_WILDCARD_SPLIT : CAA_RISK_WILDCARDS_TOO);
}

static bool add_risks(struct caa_advice *advice, struct caa_arena *arena,
                      const struct caa_check_result *of_name,
                      const struct caa_advice_draft *draft) {
    add_set_risks(advice);
    for (size_t i = 0; i < draft->still_bound_count; i++)
        add_risk(advice, CAA_RISK_STILL_BOUND, draft->still_bound[i]);
    if (!add_nearer_risks(advice, arena, of_name)) return false;
    add_plain(advice, !caa_name_equal(&advice->wish.name, &advice->domain), CAA_RISK_AT_NAME);
    add_plain(advice, caa_suffix_who(&advice->domain) == CAA_FAULT_PLATFORM, CAA_RISK_PLATFORM);
    add_plain(advice, true, CAA_RISK_OWN_SERVERS);
    add_plain(advice, !has(advice, CAA_PROPERTY_IODEF, false), CAA_RISK_NO_IODEF);
    add_plain(advice, advice->today->security == CAA_SECURITY_SECURE, CAA_RISK_SIGNED);
    return true;
}

enum caa_err caa_advice_make(struct caa_advice **made, struct caa_arena *arena,
                             const struct caa_request *wish, const struct caa_name *domain,
                             const struct caa_check_result *today,
                             const struct caa_check_result *of_name, struct caa_diag *diag) {
    struct caa_advice *advice = caa_arena_alloc(arena, sizeof *advice);
    struct caa_advice_draft draft = {.advice = advice, .arena = arena, .diag = diag};
    if (advice == NULL) return CAA_ERR_NOMEM;
    *made = advice;
    advice->wish = *wish;
    advice->domain = *domain;
    advice->today = own_answer(today);
    advice->state = state_of_today(advice->today);
    if (advice->state != CAA_ADVICE_PUBLISHED) return CAA_OK;
    enum caa_err err = caa_advice_draft_set(&draft);
    if (err != CAA_OK) return err;
    if (has_change(advice, CAA_ADVICE_ADDED) || has_change(advice, CAA_ADVICE_TAKEN_OUT))
        advice->state = CAA_ADVICE_PUBLISH;
    set_times(advice);
    return add_risks(advice, arena, of_name, &draft) ? CAA_OK : CAA_ERR_NOMEM;
}

bool caa_advice_ends_climb(const struct caa_name *domain,
                           const struct caa_check_result *of_name) {
    const struct caa_answer *answers[CAA_NAME_LABELS_MAX];
    struct caa_decision decision;
    bool is_above = false;
    for (size_t i = 0; i < of_name->level_count; i++) {
        answers[i] = is_above ? NULL : of_name->levels[i].answer;
        is_above |= caa_name_equal(of_name->levels[i].name, domain);
    }
    caa_decide(&decision, &of_name->request, answers, of_name->level_count);
    return decision.decided && decision.verdict == CAA_VERDICT_ALLOWED;
}
