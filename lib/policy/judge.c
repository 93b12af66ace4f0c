#include "policy/judge.h"

/* What one RFC 8657 binding leaves of a record's permission. */
enum hold {
    HOLD_NONE,   /* no restriction, or the request meets it */
    HOLD_NOBODY, /* nobody can meet it */
    HOLD_OTHER,  /* somebody else meets it */
    HOLD_NEEDS,  /* the request does not say */
};

enum caa_property caa_request_property(const struct caa_request *request, bool has_issuewild) {
    if (request->purpose == CAA_PURPOSE_SMIME) return CAA_PROPERTY_ISSUEMAIL;
    return request->wildcard && has_issuewild ? CAA_PROPERTY_ISSUEWILD : CAA_PROPERTY_ISSUE;
}

static bool has_issue_value(enum caa_property property) {
    return property == CAA_PROPERTY_ISSUE || property == CAA_PROPERTY_ISSUEWILD ||
           property == CAA_PROPERTY_ISSUEMAIL;
}

/* The property can restrict the request, whichever others its set holds. */
static bool can_restrict(const struct caa_request *request, enum caa_property property) {
    return property == caa_request_property(request, false) ||
           property == caa_request_property(request, true);
}

static bool any_equal(struct caa_slice wanted, const struct caa_slice *slices, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (caa_slice_equal(wanted, slices[i])) return true;
    return false;
}

bool caa_request_is_from_issuer(const struct caa_request *request, struct caa_slice issuer) {
    for (size_t i = 0; issuer.len > 0 && i < request->issuer_domain_name_count; i++)
        if (caa_slice_equal_nocase(issuer, request->issuer_domain_names[i])) return true;
    return false;
}

/* RFC 8657 section 3: an unrecognised URI is unsatisfiable, and nobody recognises the empty
   one. URIs compare octet by octet (RFC 3986 section 6.2.1): anything looser could take one
   account for another. */
static enum hold account_hold(const struct caa_request *request,
                              const struct caa_binding *accounturi) {
    if (accounturi->state == CAA_BINDING_ABSENT) return HOLD_NONE;
    if (accounturi->value.len == 0) return HOLD_NOBODY;
    if (request->account_uri_count == 0) return HOLD_NEEDS;
    bool same = any_equal(accounturi->value, request->account_uris, request->account_uri_count);
    return same ? HOLD_NONE : HOLD_OTHER;
}

static enum hold method_hold(const struct caa_request *request,
                             const struct caa_binding *validationmethods) {
    if (validationmethods->state == CAA_BINDING_ABSENT) return HOLD_NONE;
    if (validationmethods->value.len == 0) return HOLD_NOBODY;
    if (request->method_label_count == 0) return HOLD_NEEDS;
    bool permitted = caa_validationmethods_permit(
        validationmethods->value, request->method_labels, request->method_label_count);
    return permitted ? HOLD_NONE : HOLD_OTHER;
}

/* "Needs" comes last: what is missing is worth asking for only where it would help. */
static enum caa_standing standing_by_bindings(enum hold account, enum hold method) {
    if (account == HOLD_NOBODY || method == HOLD_NOBODY) return CAA_STANDING_NOBODY;
    if (account == HOLD_OTHER) return CAA_STANDING_OTHER_ACCOUNT;
    if (method == HOLD_OTHER) return CAA_STANDING_OTHER_METHOD;
    if (account == HOLD_NEEDS)
        return method == HOLD_NEEDS ? CAA_STANDING_NEEDS_BOTH : CAA_STANDING_NEEDS_ACCOUNT;
    return method == HOLD_NEEDS ? CAA_STANDING_NEEDS_METHOD : CAA_STANDING_AUTHORIZES;
}

/* Malformed in any part: a binding that cannot be obeyed makes the whole property
   unsatisfiable (RFC 8657), as does a value outside the grammar (RFC 8659 section 4.2). */
static bool find_malformed(struct caa_judgement *judgement, const struct caa_record *record) {
    struct caa_issue_value value;
    judgement->bindings = (struct caa_bindings){.unknown_count = 0};
    if (caa_issue_value_parse(&value, record->value, &judgement->malformed) != CAA_OK)
        return true;
    judgement->issuer_domain_name = value.issuer_domain_name;
    caa_bindings_of_value(&judgement->bindings, &value, record->value);
    const struct caa_binding *account = &judgement->bindings.accounturi;
    const struct caa_binding *method = &judgement->bindings.validationmethods;
    if (account->state == CAA_BINDING_MALFORMED)
        judgement->malformed = account->malformed;
    else if (method->state == CAA_BINDING_MALFORMED)
        judgement->malformed = method->malformed;
    return judgement->malformed.reason != NULL;
}

static enum caa_standing standing_of_issue(const struct caa_judgement *judgement,
                                           const struct caa_request *request) {
    if (judgement->issuer_domain_name.len == 0) return CAA_STANDING_NOBODY;
    if (!caa_request_is_from_issuer(request, judgement->issuer_domain_name))
        return CAA_STANDING_OTHER_ISSUER;
    return standing_by_bindings(account_hold(request, &judgement->bindings.accounturi),
                                method_hold(request, &judgement->bindings.validationmethods));
}

void caa_record_judge(struct caa_judgement *judgement, const struct caa_request *request,
                      const struct caa_record *record) {
    *judgement = (struct caa_judgement){.standing = CAA_STANDING_NOT_RESTRICTING};
    if (record->property == CAA_PROPERTY_UNKNOWN) {
        bool critical = (record->flags & CAA_FLAG_CRITICAL) != 0;
        judgement->standing = critical ? CAA_STANDING_CRITICAL_UNKNOWN : CAA_STANDING_UNKNOWN;
        return;
    }
    if (!has_issue_value(record->property)) return;
    bool malformed = find_malformed(judgement, record);
    if (!can_restrict(request, record->property)) return;
    judgement->standing =
        malformed ? CAA_STANDING_MALFORMED : standing_of_issue(judgement, request);
}

const char *caa_standing_code(enum caa_standing standing) {
    switch (standing) {
#define CAA_STANDING(name, code, text)                                                         \
    case CAA_STANDING_##name:                                                                  \
        return code;
#include "policy/standing.def"
#undef CAA_STANDING
    }
    return "?";
}

const char *caa_standing_text(enum caa_standing standing) {
    switch (standing) {
#define CAA_STANDING(name, code, text)                                                         \
    case CAA_STANDING_##name:                                                                  \
        return text;
#include "policy/standing.def"
#undef CAA_STANDING
    }
    return "?";
}
