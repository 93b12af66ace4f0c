#include "advise/advice.h"

struct caa_request caa_in_use_request(const struct caa_in_use *in_use) {
    return (struct caa_request){.name = in_use->identifier.name,
                                .wildcard = in_use->identifier.wildcard,
                                .issuer_domain_names = &in_use->issuer,
                                .issuer_domain_name_count = 1,
                                .account_uris = &in_use->account,
                                .account_uri_count = in_use->account.len > 0,
                                .method_labels = &in_use->method,
                                .method_label_count = in_use->method.len > 0};
}

/* What a set at the domain alone says to a request. */
static void decide_by(struct caa_decision *decision, const struct caa_request *request,
                      const struct caa_slice *rdata, size_t count) {
    const struct caa_answer answer = {.type = CAA_TYPE_CAA,
                                      .outcome =
                                          count == 0 ? CAA_OUTCOME_NODATA : CAA_OUTCOME_RECORDS,
                                      .security = CAA_SECURITY_INSECURE,
                                      .ede = -1,
                                      .rdata_count = count,
                                      .rdata = rdata};
    const struct caa_answer *answers[] = {&answer};
    caa_decide(decision, request, answers, 1);
}

static void decide_then(struct caa_decision *decision, const struct caa_request *request,
                        const struct caa_advice *advice) {
    struct caa_slice rdata[CAA_ADVICE_RECORDS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < advice->record_count; i++)
        if (advice->records[i].change != CAA_ADVICE_TAKEN_OUT)
            rdata[count++] = advice->records[i].rdata;
    decide_by(decision, request, rdata, count);
}

/* The levels nearer than the domain: the first that is not empty decides there. */
static bool is_governed(const struct caa_advice *advice, const struct caa_check_result *result,
                        int *shield, bool *known) {
    *shield = CAA_LEVEL_NONE;
    *known = true;
    for (size_t i = 0; i < result->level_count; i++) {
        const struct caa_answer *answer = result->levels[i].answer;
        if (caa_name_equal(result->levels[i].name, &advice->domain)) return true;
        *known = answer != NULL && caa_answer_is_sound(answer);
        if (!*known) return false;
        if (answer->rdata_count == 0) continue;
        *shield = (int)i;
        return false;
    }
    *known = false;
    return false;
}

enum caa_in_use_effect caa_advice_effect(const struct caa_advice *advice,
                                         const struct caa_in_use *in_use,
                                         const struct caa_check_result *result, int *shield) {
    struct caa_request request = caa_in_use_request(in_use);
    struct caa_decision then, now;
    bool known;
    *shield = CAA_LEVEL_NONE;
    if (in_use->identifier.kind != CAA_IDENTIFIER_DNS ||
        !caa_name_is_subdomain(&request.name, &advice->domain))
        return CAA_IN_USE_OUTSIDE;
    if (result == NULL) return CAA_IN_USE_UNKNOWN;
    bool is_ours = is_governed(advice, result, shield, &known);
    if (!known) return CAA_IN_USE_UNKNOWN;
    if (!is_ours) return CAA_IN_USE_SHIELDED;
    decide_then(&then, &request, advice);
    if (then.verdict == CAA_VERDICT_ALLOWED) return CAA_IN_USE_KEEPS;
    decide_by(&now, &request, advice->today->rdata, advice->today->rdata_count);
    if (now.verdict != CAA_VERDICT_ALLOWED && now.needs == 0) return CAA_IN_USE_LOST_BEFORE;
    return then.needs == 0 ? CAA_IN_USE_LOSES : CAA_IN_USE_MAY_LOSE;
}

const char *caa_advice_state_code(enum caa_advice_state state) {
    switch (state) {
    case CAA_ADVICE_PUBLISH: return "publish";
    case CAA_ADVICE_PUBLISHED: return "published";
    case CAA_ADVICE_UNKNOWN: return "unknown";
    case CAA_ADVICE_UNREADABLE: return "unreadable";
    case CAA_ADVICE_CRITICAL: return "critical-unknown";
    case CAA_ADVICE_NO_DOMAIN: return "no-domain";
    case CAA_ADVICE_ALIAS: return "alias";
    }
    return "?";
}

const char *caa_advice_change_code(enum caa_advice_change change) {
    switch (change) {
    case CAA_ADVICE_KEPT: return "kept";
    case CAA_ADVICE_ADDED: return "added";
    case CAA_ADVICE_TAKEN_OUT: return "taken-out";
    }
    return "?";
}

const char *caa_risk_code(enum caa_risk risk) {
    switch (risk) {
#define CAA_RISK(name, code, text)                                                             \
    case CAA_RISK_##name:                                                                      \
        return code;
#include "advise/risk.def"
#undef CAA_RISK
    }
    return "?";
}

const char *caa_risk_text(enum caa_risk risk) {
    switch (risk) {
#define CAA_RISK(name, code, text)                                                             \
    case CAA_RISK_##name:                                                                      \
        return text;
#include "advise/risk.def"
#undef CAA_RISK
    }
    return "?";
}

const char *caa_in_use_effect_code(enum caa_in_use_effect effect) {
    switch (effect) {
    case CAA_IN_USE_KEEPS: return "keeps";
    case CAA_IN_USE_SHIELDED: return "shielded";
    case CAA_IN_USE_LOSES: return "loses";
    case CAA_IN_USE_MAY_LOSE: return "may-lose";
    case CAA_IN_USE_LOST_BEFORE: return "lost-before";
    case CAA_IN_USE_UNKNOWN: return "unknown";
    case CAA_IN_USE_OUTSIDE: return "outside";
    }
    return "?";
}

const char *caa_in_use_effect_text(enum caa_in_use_effect effect) {
    switch (effect) {
    case CAA_IN_USE_KEEPS: return "keeps its CA";
    case CAA_IN_USE_SHIELDED: return "has a set that decides before this one";
    case CAA_IN_USE_LOSES: return "loses its CA";
    case CAA_IN_USE_MAY_LOSE:
        return "loses its CA, unless by an account or a method that is "
               "not listed";
    case CAA_IN_USE_LOST_BEFORE: return "has a CA that may not issue for it today either";
    case CAA_IN_USE_UNKNOWN: return "could not be looked up, so it may lose its CA";
    case CAA_IN_USE_OUTSIDE: return "is not below the domain";
    }
    return "?";
}
