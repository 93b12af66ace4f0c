#include "api/query.h"

#include <stdlib.h>
#include <string.h>

#include "policy/request.h"

struct caa_query *caa_query_new(void) {
    return calloc(1, sizeof(struct caa_query));
}

/* Every setter but the name's ends here; a refusal stays. */
static enum caa_error settle(struct caa_query *query, enum caa_err err,
                             const struct caa_diag *why) {
    if (err == CAA_OK) return CAA_ERROR_NONE;
    query->refused = true;
    return caa_complaint_take(&query->complaint, err, why);
}

static enum caa_error misuse(struct caa_query *query, const char *text) {
    query->refused = true;
    return caa_complaint_note(&query->complaint, CAA_ERROR_MISUSE, text);
}

/* The error of a setter that must not do anything, or CAA_ERROR_NONE. */
static enum caa_error obstacle(struct caa_query *query, const char *value) {
    if (query == NULL) return CAA_ERROR_MISUSE;
    if (query->refused) return query->complaint.error;
    return value != NULL ? CAA_ERROR_NONE : misuse(query, "the value is NULL");
}

enum caa_error caa_query_set_name(struct caa_query *query, const char *name) {
    struct caa_diag reason, why;
    if (query == NULL || query->refused) return obstacle(query, "");
    query->has_name = false;
    if (name == NULL)
        return caa_complaint_note(&query->complaint, CAA_ERROR_MISUSE, "the name is NULL");
    enum caa_err err = caa_identifier_parse(&query->identifier, caa_slice_of(name), &reason);
    query->has_name = err == CAA_OK;
    caa_diag_set(&why, "'%.300s': %s", name, err == CAA_OK ? "" : reason.text);
    return caa_complaint_take(&query->complaint, err, &why);
}

static enum caa_err append(struct caa_text_list *list, const char *what, const char *text,
                           struct caa_diag *why) {
    enum caa_err err = caa_text_list_add(list, text);
    if (err == CAA_ERR_LIMIT)
        caa_diag_set(why, "more than %d %ss, or one of more than %d octets", CAA_TEXT_LIST_MAX,
                     what, CAA_TEXT_MAX);
    return err;
}

enum caa_error caa_query_add_issuer(struct caa_query *query, const char *domain) {
    struct caa_identifier name;
    struct caa_diag reason, why = {.text = ""};
    enum caa_error error = obstacle(query, domain);
    if (error != CAA_ERROR_NONE) return error;
    enum caa_err err = caa_identifier_parse(&name, caa_slice_of(domain), &reason);
    if (err != CAA_OK) {
        caa_diag_set(&why, "issuer '%.200s': %s", domain, reason.text);
    } else if (name.kind != CAA_IDENTIFIER_DNS || name.wildcard) {
        caa_diag_set(&why, "issuer '%.200s': not an issuer domain name", domain);
        err = CAA_ERR_SYNTAX;
    } else {
        err = append(&query->issuers, "issuer", name.text, &why);
    }
    return settle(query, err, &why);
}

enum caa_error caa_query_add_account(struct caa_query *query, const char *uri) {
    struct caa_diag why = {.text = ""};
    enum caa_error error = obstacle(query, uri);
    if (error != CAA_ERROR_NONE) return error;
    if (caa_request_may_have_account(caa_slice_of(uri)))
        return settle(query, append(&query->accounts, "account", uri, &why), &why);
    caa_diag_set(&why, "account '%.200s': not a URI", uri);
    return settle(query, CAA_ERR_SYNTAX, &why);
}

enum caa_error caa_query_add_method(struct caa_query *query, const char *label) {
    struct caa_diag why = {.text = ""};
    enum caa_error error = obstacle(query, label);
    if (error != CAA_ERROR_NONE) return error;
    if (caa_request_may_have_method(caa_slice_of(label)))
        return settle(query, append(&query->methods, "method", label, &why), &why);
    caa_diag_set(&why, "method '%.200s': not a validation method label, such as dns-01", label);
    return settle(query, CAA_ERR_SYNTAX, &why);
}

enum caa_error caa_query_set_purpose(struct caa_query *query, enum caa_query_purpose purpose) {
    enum caa_error error = obstacle(query, "");
    if (error != CAA_ERROR_NONE) return error;
    if (purpose != CAA_QUERY_TLS && purpose != CAA_QUERY_SMIME)
        return misuse(query, "the purpose is neither CAA_QUERY_TLS nor CAA_QUERY_SMIME");
    query->purpose = purpose;
    return CAA_ERROR_NONE;
}

const char *caa_query_error(const struct caa_query *query) {
    return query == NULL ? "" : query->complaint.why.text;
}

enum caa_error caa_query_is_complete(const struct caa_query *query,
                                     struct caa_complaint *complaint) {
    if (query == NULL)
        return caa_complaint_note(complaint, CAA_ERROR_MISUSE, "the query is NULL");
    if (query->complaint.error != CAA_ERROR_NONE) {
        *complaint = query->complaint;
        return complaint->error;
    }
    if (!query->has_name)
        return caa_complaint_note(complaint, CAA_ERROR_MISUSE, "the query has no name");
    if (query->issuers.count == 0)
        return caa_complaint_note(complaint, CAA_ERROR_MISUSE, "the query has no issuer");
    return CAA_ERROR_NONE;
}

void caa_query_free(struct caa_query *query) {
    if (query == NULL) return;
    caa_text_list_clear(&query->issuers);
    caa_text_list_clear(&query->accounts);
    caa_text_list_clear(&query->methods);
    free(query);
}
