/* Issue values, from the grammar to the verdict: nothing odd may ever permit. */
#include <stdlib.h>

#include "policy/decide.h"
#include "policy/judge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds) {
    if (!holds) abort();
}

static bool is_within(struct caa_slice part, struct caa_slice whole) {
    return part.len == 0 ||
           (part.ptr >= whole.ptr && part.ptr + part.len <= whole.ptr + whole.len);
}

static void must_hold_parameters(const struct caa_issue_value *value, struct caa_slice text) {
    struct caa_slice rest = value->parameters;
    struct caa_parameter parameter;
    size_t count = 0;
    while (caa_parameter_next(&rest, &parameter)) {
        must(parameter.tag.len > 0 && is_within(parameter.tag, text));
        must(is_within(parameter.value, text));
        count++;
    }
    must(rest.len == 0); /* a well-formed value is read to its end */
    struct caa_bindings bindings;
    caa_bindings_of_value(&bindings, value, text);
    must(bindings.unknown_count <= count);
    must(is_within(bindings.accounturi.value, text));
    must(bindings.accounturi.malformed.position <= text.len);
    must(bindings.validationmethods.malformed.position <= text.len);
}

static bool is_well_formed(struct caa_slice text) {
    struct caa_issue_value value;
    struct caa_malformed malformed = {0};
    if (caa_issue_value_parse(&value, text, &malformed) == CAA_OK) {
        must(is_within(value.issuer_domain_name, text));
        must_hold_parameters(&value, text);
        return true;
    }
    must(malformed.reason != NULL && malformed.position <= text.len);
    return false;
}

static struct caa_decision decide(const struct caa_request *request,
                                  const struct caa_slice *rdata, size_t count) {
    const struct caa_answer answer = {.type = CAA_TYPE_CAA,
                                      .outcome = CAA_OUTCOME_RECORDS,
                                      .security = CAA_SECURITY_SECURE,
                                      .rdata_count = count,
                                      .rdata = rdata};
    const struct caa_answer *answers[] = {&answer};
    struct caa_decision decision;
    caa_decide(&decision, request, answers, 1);
    must(decision.decided && decision.finding_count <= CAA_FINDINGS_MAX);
    return decision;
}

/* The record allows exactly where it authorizes, and an empty value beside it changes
   nothing (RFC 8659 section 4.2: authorizations are additive). */
static void must_decide_as_judged(const struct caa_request *request,
                                  const struct caa_record *record, bool authorizes) {
    static uint8_t wire[CAA_RECORD_RDATA_MAX];
    size_t len;
    if (caa_record_to_wire(record, wire, sizeof wire, &len) != CAA_OK) return;
    const struct caa_slice rdata[] = {caa_slice_bytes(wire, len),
                                      caa_slice_bytes("\x00\x05issue;", 8)};
    enum caa_verdict expected = authorizes ? CAA_VERDICT_ALLOWED : CAA_VERDICT_FORBIDDEN;
    must(decide(request, rdata, 1).verdict == expected);
    must(decide(request, rdata, 2).verdict == expected);
}

static void try_request(const struct caa_request *request, struct caa_slice text) {
    const struct caa_record record = {
        .property = CAA_PROPERTY_ISSUE, .tag = {"issue", 5}, .value = text};
    struct caa_judgement judgement;
    caa_record_judge(&judgement, request, &record);
    bool authorizes = judgement.standing == CAA_STANDING_AUTHORIZES;
    if (!is_well_formed(text)) must(judgement.standing == CAA_STANDING_MALFORMED);
    if (judgement.standing == CAA_STANDING_MALFORMED)
        must(judgement.malformed.reason != NULL && judgement.malformed.position <= text.len);
    if (authorizes) must(caa_request_is_from_issuer(request, judgement.issuer_domain_name));
    must_decide_as_judged(request, &record, authorizes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct caa_slice issuer = {"ca.example", 10}, account = {"https://ca.example/1", 20},
                           methods[] = {{"dns-01", 6}, {"ca-tbr-7", 8}};
    struct caa_request request = {.issuer_domain_names = &issuer,
                                  .issuer_domain_name_count = 1,
                                  .account_uris = &account,
                                  .method_labels = methods};
    for (size_t accounts = 0; accounts <= 1; accounts++)
        for (size_t labels = 0; labels <= 2; labels++) {
            request.account_uri_count = accounts;
            request.method_label_count = labels;
            try_request(&request, caa_slice_bytes(data, size));
        }
    return 0;
}
