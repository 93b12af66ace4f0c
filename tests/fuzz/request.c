/* Requests over HTTP: whatever a client sends is refused with a status of use and a pointer
   that is one, or becomes a request whose every part is what lib/policy may be given. */
#include <stdlib.h>
#include <string.h>

#include "daemon/api/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds) {
    if (!holds) abort();
}

static void must_be_of(const struct caa_slice *slices, size_t count,
                       bool (*may_have)(struct caa_slice)) {
    must(count <= CAAD_REQUEST_VALUES_MAX);
    for (size_t i = 0; i < count; i++) must(may_have(slices[i]));
}

static void must_hold(const struct caad_request *request) {
    const struct caa_request *policy = &request->policy;
    must(policy->issuer_domain_name_count > 0);
    must_be_of(policy->issuer_domain_names, policy->issuer_domain_name_count,
               caa_request_may_have_issuer);
    must_be_of(policy->account_uris, policy->account_uri_count, caa_request_may_have_account);
    must_be_of(policy->method_labels, policy->method_label_count, caa_request_may_have_method);
    must(request->deadline_ms >= 1 && request->deadline_ms <= CAAD_REQUEST_DEADLINE_MS_MOST);
    must(request->patience_ms <= CAAD_REQUEST_DEADLINE_MS_MOST);
    must(!policy->br_insecure_failure);
    if (request->identifier.kind == CAA_IDENTIFIER_DNS)
        must(caa_name_label_count(&policy->name) > 0);
}

static void must_tell(const struct caa_refusal *refusal) {
    size_t len;
    must(refusal->refused && caa_use_status(refusal->use) == 400);
    must(refusal->member[0] == '\0' || refusal->member[0] == '/');
    char *document = caa_refusal_document(refusal, &len);
    must(document != NULL && strlen(document) == len && document[0] == '{');
    json_t *json = json_loads(document, 0, NULL);
    must(json_is_string(json_object_get(json, "detail")));
    json_decref(json);
    free(document);
}

/* With default issuers where the input's length is odd. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct caa_slice issuer = caa_slice_of("ca.example");
    const struct caad_request_defaults defaults = {
        .issuers = &issuer, .issuer_count = size % 2, .deadline_ms = 20000};
    struct caad_request *request = NULL;
    struct caa_refusal refusal = {0};
    enum caa_err err =
        caad_request_read(&request, caa_slice_bytes(data, size), &defaults, &refusal);
    if (err == CAA_OK)
        must_hold(request);
    else
        must_tell(&refusal);
    caad_request_release(request);
    return 0;
}
