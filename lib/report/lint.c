#include "report/lint.h"

#include "base/ascii.h"
#include "dns/answer.h"
#include "policy/decide.h"

static void add(struct caa_lint *lint, struct caa_lint_finding finding) {
    if (lint->finding_count < CAA_LINT_FINDINGS_MAX)
        lint->findings[lint->finding_count++] = finding;
}

static enum caa_lint_severity severity_of(enum caa_finding_kind kind) {
    switch (kind) {
    case CAA_FINDING_MALFORMED_VALUE:
    case CAA_FINDING_MALFORMED_ACCOUNTURI:
    case CAA_FINDING_MALFORMED_VALIDATIONMETHODS:
    case CAA_FINDING_UNREADABLE_RDATA:
    case CAA_FINDING_CRITICAL_UNKNOWN: return CAA_LINT_ERROR;
    case CAA_FINDING_UNKNOWN_TAG:
    case CAA_FINDING_RESERVED_TAG:
    case CAA_FINDING_CRITICAL_ALIAS:
    case CAA_FINDING_UNDEFINED_FLAGS:
    case CAA_FINDING_UNKNOWN_PARAMETER: return CAA_LINT_WARNING;
    case CAA_FINDING_ISSUE_HIDDEN:
    case CAA_FINDING_ANSWER_CHANGED:
    case CAA_FINDING_LOOKS_DIFFER:
    case CAA_FINDING_SERVERS_DIFFER: break;
    }
    return CAA_LINT_NOTE;
}

static enum caa_lint_part part_of(enum caa_finding_kind kind) {
    switch (kind) {
    case CAA_FINDING_MALFORMED_VALUE:
    case CAA_FINDING_MALFORMED_ACCOUNTURI:
    case CAA_FINDING_MALFORMED_VALIDATIONMETHODS:
    case CAA_FINDING_UNKNOWN_PARAMETER: return CAA_LINT_VALUE;
    case CAA_FINDING_UNREADABLE_RDATA: return CAA_LINT_RDATA;
    case CAA_FINDING_UNKNOWN_TAG:
    case CAA_FINDING_RESERVED_TAG:
    case CAA_FINDING_CRITICAL_UNKNOWN: return CAA_LINT_TAG;
    case CAA_FINDING_CRITICAL_ALIAS:
    case CAA_FINDING_UNDEFINED_FLAGS: return CAA_LINT_FLAGS;
    case CAA_FINDING_ISSUE_HIDDEN:
    case CAA_FINDING_ANSWER_CHANGED:
    case CAA_FINDING_LOOKS_DIFFER:
    case CAA_FINDING_SERVERS_DIFFER: break;
    }
    return CAA_LINT_NOWHERE;
}

/* A request of a CA without a name. */
static struct caa_request request_for(enum caa_lint_use use) {
    return (struct caa_request){.wildcard = use == CAA_LINT_WILDCARD,
                                .purpose = use == CAA_LINT_SMIME ? CAA_PURPOSE_SMIME
                                                                 : CAA_PURPOSE_TLS};
}

/* The policy's decision about a set, as it would come from the DNS, for a CA without a name:
   only what holds for everybody. */
static void decide(struct caa_decision *decision, enum caa_lint_use use,
                   const struct caa_slice *rdata, size_t count) {
    const struct caa_answer answer = {.type = CAA_TYPE_CAA,
                                      .outcome = CAA_OUTCOME_RECORDS,
                                      .security = CAA_SECURITY_INSECURE,
                                      .rdata_count = count,
                                      .rdata = rdata};
    const struct caa_answer *const answers[] = {&answer};
    struct caa_request request = request_for(use);
    caa_decide(decision, &request, answers, 1);
}

static void add_policy_findings(struct caa_lint *lint) {
    struct caa_decision decision;
    decide(&decision, CAA_LINT_TLS, &lint->rdata, 1);
    for (size_t i = 0; i < decision.finding_count; i++) {
        const struct caa_finding *found = &decision.findings[i];
        add(lint, (struct caa_lint_finding){.severity = severity_of(found->kind),
                                            .part = part_of(found->kind),
                                            .position = found->position,
                                            .code = caa_finding_code(found->kind),
                                            .text = caa_finding_text(found->kind),
                                            .reason = found->reason});
    }
}

static bool starts_with(struct caa_slice s, const char *prefix) {
    struct caa_slice wanted = caa_slice_of(prefix);
    return s.len > wanted.len &&
           caa_slice_equal_nocase(caa_slice_bytes(s.ptr, wanted.len), wanted);
}

static void check_iodef(struct caa_lint *lint) {
    struct caa_slice url = lint->record.value;
    if (starts_with(url, "mailto:") || starts_with(url, "https://") ||
        starts_with(url, "http://"))
        return;
    add(lint, (struct caa_lint_finding){
                  .severity = CAA_LINT_WARNING,
                  .part = CAA_LINT_VALUE,
                  .code = "iodef-url",
                  .text = "nobody can report to this",
                  .reason = "RFC 8659 section 4.4 wants a mailto:, https: or http: URL"});
}

/* Judged as if its own issuer asked, without account and method: what is missing then is what
   the record insists on. */
static void judge(struct caa_lint *lint) {
    bool mail = lint->record.property == CAA_PROPERTY_ISSUEMAIL;
    struct caa_request request = request_for(mail ? CAA_LINT_SMIME : CAA_LINT_WILDCARD);
    caa_record_judge(&lint->judgement, &request, &lint->record);
    struct caa_slice issuer = lint->judgement.issuer_domain_name;
    request.issuer_domain_names = &issuer;
    request.issuer_domain_name_count = 1;
    caa_record_judge(&lint->judgement, &request, &lint->record);
}

static void examine(struct caa_lint *lint) {
    lint->readable = caa_record_from_wire(&lint->record, lint->rdata, NULL) == CAA_OK;
    add_policy_findings(lint);
    if (!lint->readable) return;
    judge(lint);
    if (lint->record.property == CAA_PROPERTY_IODEF) check_iodef(lint);
}

void caa_lint_rdata(struct caa_lint *lint, struct caa_slice rdata) {
    *lint = (struct caa_lint){.rdata = rdata};
    examine(lint);
}

static struct caa_slice first_word(struct caa_slice text) {
    size_t n = 0;
    while (n < text.len && !caa_ascii_is_wsp(text.ptr[n])) n++;
    return caa_slice_bytes(text.ptr, n);
}

static bool is_number(struct caa_slice word) {
    for (size_t i = 0; i < word.len; i++)
        if (!caa_ascii_is_digit(word.ptr[i])) return false;
    return word.len > 0;
}

/* Whether a whole record was meant: flags, a tag whose flags were forgotten, or RFC 3597 in
   front of something. As the value of an issue none of these is well-formed. */
static bool is_record(struct caa_slice text) {
    text = caa_slice_trim(text);
    struct caa_slice word = first_word(text);
    struct caa_slice rest =
        caa_slice_trim(caa_slice_bytes(text.ptr + word.len, text.len - word.len));
    if (rest.len == 0 || rest.ptr[0] == ';') return false;
    return is_number(word) || caa_slice_equal(word, caa_slice_of("\\#")) ||
           caa_property_of_tag(word) != CAA_PROPERTY_UNKNOWN;
}

static enum caa_err read_text(struct caa_slice text, uint8_t *rdata, size_t *len,
                              struct caa_malformed *malformed) {
    if (is_record(text))
        return caa_record_from_text(text, rdata, CAA_RECORD_RDATA_MAX, len, malformed);
    struct caa_record record = {.tag = caa_slice_of("issue"), .value = text};
    return caa_record_to_wire(&record, rdata, CAA_RECORD_RDATA_MAX, len);
}

void caa_lint_text(struct caa_lint *lint, struct caa_slice text, uint8_t *rdata) {
    struct caa_malformed malformed = {0, "a record holds 65535 octets at most"};
    size_t len;
    *lint = (struct caa_lint){.text = text};
    if (read_text(text, rdata, &len, &malformed) == CAA_OK) {
        lint->rdata = caa_slice_bytes(rdata, len);
        examine(lint);
        return;
    }
    add(lint, (struct caa_lint_finding){.severity = CAA_LINT_ERROR,
                                        .part = CAA_LINT_TEXT,
                                        .position = malformed.position,
                                        .code = "unreadable-text",
                                        .text = "this is no CAA record",
                                        .reason = malformed.reason});
}

bool caa_lint_is_wrong(const struct caa_lint *lint) {
    for (size_t i = 0; i < lint->finding_count; i++)
        if (lint->findings[i].severity == CAA_LINT_ERROR) return true;
    return false;
}

bool caa_lint_permits(const struct caa_lint *lint) {
    if (!lint->readable) return false;
    switch (lint->judgement.standing) {
    case CAA_STANDING_AUTHORIZES:
    case CAA_STANDING_NEEDS_ACCOUNT:
    case CAA_STANDING_NEEDS_METHOD:
    case CAA_STANDING_NEEDS_BOTH: return true;
    case CAA_STANDING_OTHER_ISSUER:
    case CAA_STANDING_NOBODY:
    case CAA_STANDING_OTHER_ACCOUNT:
    case CAA_STANDING_OTHER_METHOD:
    case CAA_STANDING_MALFORMED:
    case CAA_STANDING_CRITICAL_UNKNOWN:
    case CAA_STANDING_UNKNOWN:
    case CAA_STANDING_HIDDEN:
    case CAA_STANDING_NOT_RESTRICTING: break;
    }
    return false;
}

void caa_lint_set_of(struct caa_lint_set *set, const struct caa_name *owner,
                     const struct caa_slice *rdata, size_t count) {
    *set = (struct caa_lint_set){.owner = *owner, .rdata = rdata, .count = count};
    for (size_t i = 0; i < count; i++) {
        struct caa_record record;
        if (caa_record_from_wire(&record, rdata[i], NULL) != CAA_OK) continue;
        set->has_issue |= record.property == CAA_PROPERTY_ISSUE;
        set->has_issuewild |= record.property == CAA_PROPERTY_ISSUEWILD;
    }
    struct caa_decision decision;
    decide(&decision, CAA_LINT_TLS, rdata, count);
    set->critical_unknown = decision.rule == CAA_RULE_CRITICAL_UNKNOWN;
}

bool caa_lint_set_permits(const struct caa_lint_set *set, enum caa_lint_use use, size_t index,
                          struct caa_lint *lint) {
    struct caa_request request = request_for(use);
    caa_lint_rdata(lint, set->rdata[index]);
    return caa_lint_permits(lint) &&
           lint->record.property == caa_request_property(&request, set->has_issuewild);
}

static enum caa_lint_who listed_or_nobody(const struct caa_lint_set *set,
                                          enum caa_lint_use use) {
    struct caa_lint lint;
    for (size_t i = 0; i < set->count; i++)
        if (caa_lint_set_permits(set, use, i, &lint)) return CAA_LINT_LISTED;
    return CAA_LINT_NOBODY;
}

enum caa_lint_who caa_lint_set_who(const struct caa_lint_set *set, enum caa_lint_use use) {
    struct caa_decision decision;
    decide(&decision, use, set->rdata, set->count);
    switch (decision.rule) {
    case CAA_RULE_NO_RECORDS:
    case CAA_RULE_UNRESTRICTED: return CAA_LINT_ANYBODY;
    case CAA_RULE_INSECURE_FAILURE: /* of lookups, and there are none here */
    case CAA_RULE_AUTHORIZED:
    case CAA_RULE_NOT_AUTHORIZED: return listed_or_nobody(set, use);
    case CAA_RULE_CRITICAL_UNKNOWN: return CAA_LINT_NOBODY;
    case CAA_RULE_LOOKUP_FAILED:
    case CAA_RULE_NO_SUCH_TLD:
    case CAA_RULE_UNREADABLE: break;
    }
    return CAA_LINT_UNDECIDED;
}

bool caa_lint_set_restricts_nothing(const struct caa_lint_set *set) {
    for (int use = 0; use < CAA_LINT_USES; use++)
        if (caa_lint_set_who(set, (enum caa_lint_use)use) != CAA_LINT_ANYBODY) return false;
    return true;
}

const char *caa_lint_severity_code(enum caa_lint_severity severity) {
    static const char *const codes[] = {"note", "warning", "error"};
    return codes[severity];
}

const char *caa_lint_part_code(enum caa_lint_part part) {
    static const char *const codes[] = {"", "flags", "tag", "value", "rdata", "text"};
    return codes[part];
}

const char *caa_lint_use_code(enum caa_lint_use use) {
    static const char *const codes[] = {"tls", "wildcard", "smime", ""};
    return codes[use];
}

const char *caa_lint_who_code(enum caa_lint_who who) {
    static const char *const codes[] = {"anybody", "listed", "nobody", "undecided"};
    return codes[who];
}
