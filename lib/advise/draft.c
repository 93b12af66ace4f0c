#include "advise/draft.h"

#include <string.h>

#include "base/writer.h"
#include "policy/judge.h"

enum { VALUE_MAX = 4096 };

/* One issuer's part of the wish, for issue or for issuewild. */
struct part {
    enum caa_property property;
    struct caa_slice tag;
    struct caa_slice issuer;
    bool carried; /* a record was replaced by one with its own methods */
};

static enum caa_err append(struct caa_advice_draft *draft, enum caa_advice_change change,
                           struct caa_slice rdata) {
    struct caa_advice *advice = draft->advice;
    if (advice->record_count == CAA_ADVICE_RECORDS_MAX) {
        caa_diag_set(draft->diag, "the set has more than %d records", CAA_ADVICE_RECORDS_MAX);
        return CAA_ERR_LIMIT;
    }
    advice->records[advice->record_count++] = (struct caa_advice_record){change, rdata};
    return CAA_OK;
}

/* Judges a record that is not taken out, for the part's issuer and whatever property it has.
   False where it does not name the issuer in the part's property, or is malformed. */
static bool names_issuer(const struct part *part, const struct caa_advice_record *at,
                         struct caa_judgement *judgement) {
    struct caa_record record;
    const struct caa_request request = {.wildcard = part->property == CAA_PROPERTY_ISSUEWILD,
                                        .issuer_domain_names = &part->issuer,
                                        .issuer_domain_name_count = 1};
    if (at->change == CAA_ADVICE_TAKEN_OUT ||
        caa_record_from_wire(&record, at->rdata, NULL) != CAA_OK ||
        record.property != part->property)
        return false;
    caa_record_judge(judgement, &request, &record);
    return judgement->malformed.reason == NULL &&
           caa_request_is_from_issuer(&request, judgement->issuer_domain_name);
}

static bool is_of_wish(const struct caa_request *wish, struct caa_slice account) {
    for (size_t i = 0; i < wish->account_uri_count; i++)
        if (caa_slice_equal(account, wish->account_uris[i])) return true;
    return false;
}

/* The record permits more than the wish's binding does, and would make it worthless. */
static bool is_looser(const struct caa_request *wish, const struct caa_bindings *bindings) {
    bool any_account = bindings->accounturi.state == CAA_BINDING_ABSENT;
    bool any_method = bindings->validationmethods.state == CAA_BINDING_ABSENT;
    if (wish->account_uri_count > 0 && any_account) return true;
    bool ours = any_account || is_of_wish(wish, bindings->accounturi.value);
    return wish->method_label_count > 0 && any_method && ours;
}

/* --- records that are added */

static void write_parameter(struct caa_writer *out, const char *tag,
                            const struct caa_slice *values, size_t count) {
    if (count == 0) return;
    caa_writer_text(out, "; ");
    caa_writer_text(out, tag);
    for (size_t i = 0; i < count; i++) {
        caa_writer_char(out, i == 0 ? '=' : ',');
        caa_writer_slice(out, values[i]);
    }
}

static bool is_there(const struct caa_advice *advice, struct caa_slice rdata) {
    for (size_t i = 0; i < advice->record_count; i++)
        if (advice->records[i].change != CAA_ADVICE_TAKEN_OUT &&
            caa_slice_equal(advice->records[i].rdata, rdata))
            return true;
    return false;
}

static enum caa_err add_value(struct caa_advice_draft *draft, const struct part *part,
                              struct caa_slice value) {
    uint8_t wire[VALUE_MAX + 16];
    const struct caa_record record = {
        .property = part->property, .tag = part->tag, .value = value};
    struct caa_issue_value parsed;
    struct caa_malformed malformed;
    size_t len;
    if (caa_issue_value_parse(&parsed, value, &malformed) != CAA_OK) {
        caa_diag_set(draft->diag, "'%.*s' cannot stand in a CAA record: %s", (int)value.len,
                     value.ptr, malformed.reason);
        return CAA_ERR_SYNTAX;
    }
    enum caa_err err = caa_record_to_wire(&record, wire, sizeof wire, &len);
    if (err != CAA_OK || is_there(draft->advice, caa_slice_bytes(wire, len))) return err;
    const char *copy = caa_arena_copy(draft->arena, wire, len);
    return copy == NULL ? CAA_ERR_NOMEM
                        : append(draft, CAA_ADVICE_ADDED, caa_slice_bytes(copy, len));
}

/* A record can name one account only (RFC 8657 section 3). */
static enum caa_err add_for_accounts(struct caa_advice_draft *draft, const struct part *part,
                                     const struct caa_slice *methods, size_t method_count) {
    const struct caa_request *wish = &draft->advice->wish;
    size_t count = wish->account_uri_count == 0 ? 1 : wish->account_uri_count;
    enum caa_err err = CAA_OK;
    for (size_t i = 0; err == CAA_OK && i < count; i++) {
        char text[VALUE_MAX];
        struct caa_writer value = caa_writer_into(text, sizeof text);
        caa_writer_slice(&value, part->issuer);
        if (wish->account_uri_count > 0)
            write_parameter(&value, "accounturi", &wish->account_uris[i], 1);
        write_parameter(&value, "validationmethods", methods, method_count);
        if (value.overflow) {
            caa_diag_set(draft->diag, "the record is too long: more than %d octets", VALUE_MAX);
            return CAA_ERR_LIMIT;
        }
        err = add_value(draft, part, caa_slice_bytes(text, value.len));
    }
    return err;
}

/* --- one issuer */

/* Takes out what is looser than the wish; the methods of such a record stay its successors'. */
static enum caa_err take_out_looser(struct caa_advice_draft *draft, struct part *part) {
    const struct caa_request *wish = &draft->advice->wish;
    size_t count = draft->advice->record_count;
    enum caa_err err = CAA_OK;
    for (size_t i = 0; err == CAA_OK && i < count; i++) {
        struct caa_advice_record *at = &draft->advice->records[i];
        struct caa_judgement judgement;
        if (!names_issuer(part, at, &judgement) || !is_looser(wish, &judgement.bindings))
            continue;
        at->change = CAA_ADVICE_TAKEN_OUT;
        const struct caa_binding *methods = &judgement.bindings.validationmethods;
        if (methods->state != CAA_BINDING_PRESENT || wish->method_label_count > 0) continue;
        part->carried = true;
        err = add_for_accounts(draft, part, &methods->value, 1);
    }
    return err;
}

static bool permits(const struct caa_advice *advice, const struct part *part,
                    const struct caa_slice *account, const struct caa_slice *method) {
    const struct caa_request request = {.wildcard = part->property == CAA_PROPERTY_ISSUEWILD,
                                        .issuer_domain_names = &part->issuer,
                                        .issuer_domain_name_count = 1,
                                        .account_uris = account,
                                        .account_uri_count = account != NULL,
                                        .method_labels = method,
                                        .method_label_count = method != NULL};
    for (size_t i = 0; i < advice->record_count; i++) {
        struct caa_record record;
        struct caa_judgement judgement;
        if (advice->records[i].change == CAA_ADVICE_TAKEN_OUT ||
            caa_record_from_wire(&record, advice->records[i].rdata, NULL) != CAA_OK ||
            record.property != part->property)
            continue;
        caa_record_judge(&judgement, &request, &record);
        if (judgement.standing == CAA_STANDING_AUTHORIZES) return true;
    }
    return false;
}

/* Each account by each method. */
static bool permits_wish(const struct caa_advice *advice, const struct part *part) {
    const struct caa_request *wish = &advice->wish;
    size_t accounts = wish->account_uri_count == 0 ? 1 : wish->account_uri_count;
    size_t methods = wish->method_label_count == 0 ? 1 : wish->method_label_count;
    for (size_t i = 0; i < accounts * methods; i++) {
        const struct caa_slice *account =
            wish->account_uri_count == 0 ? NULL : &wish->account_uris[i / methods];
        const struct caa_slice *method =
            wish->method_label_count == 0 ? NULL : &wish->method_labels[i % methods];
        if (!permits(advice, part, account, method)) return false;
    }
    return true;
}

/* Somebody at the CA is permitted, who need not be the one of the wish: to add a record without
   a binding would undo that one. */
static bool is_bound(const struct caa_advice_draft *draft, const struct part *part) {
    const struct caa_request *wish = &draft->advice->wish;
    for (size_t i = 0; i < draft->advice->record_count; i++) {
        struct caa_judgement judgement;
        if (!names_issuer(part, &draft->advice->records[i], &judgement)) continue;
        const struct caa_bindings *bindings = &judgement.bindings;
        bool by_account = bindings->accounturi.state == CAA_BINDING_PRESENT;
        bool by_method = bindings->validationmethods.state == CAA_BINDING_PRESENT;
        if ((by_account && wish->account_uri_count == 0) ||
            (by_method && wish->method_label_count == 0))
            return true;
    }
    return false;
}

static void note_still_bound(struct caa_advice_draft *draft, struct caa_slice issuer) {
    size_t count = draft->still_bound_count;
    bool known = count > 0 && caa_slice_equal(draft->still_bound[count - 1], issuer);
    if (!known && count < CAA_ADVICE_RISKS_MAX)
        draft->still_bound[draft->still_bound_count++] = issuer;
}

static enum caa_err draft_part(struct caa_advice_draft *draft, struct part *part) {
    const struct caa_request *wish = &draft->advice->wish;
    enum caa_err err = take_out_looser(draft, part);
    if (err != CAA_OK || part->carried || permits_wish(draft->advice, part)) return err;
    if (is_bound(draft, part)) {
        note_still_bound(draft, part->issuer);
        return CAA_OK;
    }
    return add_for_accounts(draft, part, wish->method_labels, wish->method_label_count);
}

static bool has_issuewild(const struct caa_advice *advice) {
    for (size_t i = 0; i < advice->record_count; i++) {
        struct caa_record record;
        if (caa_record_from_wire(&record, advice->records[i].rdata, NULL) == CAA_OK &&
            record.property == CAA_PROPERTY_ISSUEWILD)
            return true;
    }
    return false;
}

enum caa_err caa_advice_draft_set(struct caa_advice_draft *draft) {
    struct caa_advice *advice = draft->advice;
    const struct caa_request *wish = &advice->wish;
    enum caa_err err = CAA_OK;
    for (size_t i = 0; err == CAA_OK && i < advice->today->rdata_count; i++)
        err = append(draft, CAA_ADVICE_KEPT, advice->today->rdata[i]);
    bool needs_wild = wish->wildcard && has_issuewild(advice);
    for (size_t i = 0; err == CAA_OK && i < wish->issuer_domain_name_count; i++) {
        struct part plain = {
            CAA_PROPERTY_ISSUE, {"issue", 5}, wish->issuer_domain_names[i], false};
        struct part wild = {
            CAA_PROPERTY_ISSUEWILD, {"issuewild", 9}, wish->issuer_domain_names[i], false};
        err = draft_part(draft, &plain);
        if (err == CAA_OK && needs_wild) err = draft_part(draft, &wild);
    }
    return err;
}
