#include "daemon/api/request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "serve/document.h"

struct reading {
    struct caad_request *request;
    size_t slice_count; /* in use */
    struct caa_refusal *refusal;
};

static const char *const known_members[] = {
    "name",    "issuers",     "accounts",    "methods",
    "purpose", "deadline_ms", "patience_ms", "br_insecure_failure",
    "report",
};

static bool is_known(const char *member) {
    for (size_t i = 0; i < sizeof known_members / sizeof known_members[0]; i++)
        if (strcmp(known_members[i], member) == 0) return true;
    return false;
}

/* JSON pointer to a member of any name (RFC 6901 section 3), inside of what `parent` points to:
   "~" and "/" are escaped. */
static void point_to(char pointer[CAA_REFUSAL_MEMBER_MAX], const char *parent,
                     const char *member) {
    struct caa_writer out = caa_writer_into(pointer, CAA_REFUSAL_MEMBER_MAX);
    caa_writer_text(&out, parent);
    caa_writer_char(&out, '/');
    for (const char *c = member; *c != '\0'; c++) {
        if (*c == '~' || *c == '/')
            caa_writer_text(&out, *c == '~' ? "~0" : "~1");
        else
            caa_writer_char(&out, *c);
    }
}

static bool members_are_known(struct reading *reading) {
    const char *member;
    json_t *value;
    json_object_foreach(reading->request->json, member, value) {
        char pointer[CAA_REFUSAL_MEMBER_MAX];
        if (is_known(member)) continue;
        point_to(pointer, "", member);
        caa_refusal_set(reading->refusal, CAA_USE_MEMBER_UNKNOWN, pointer,
                        "there is no member '%s'", member);
        return false;
    }
    return true;
}

static bool refuse_type(struct reading *reading, const char *pointer, const char *wanted) {
    caa_refusal_set(reading->refusal, CAA_USE_MEMBER_TYPE, pointer, "%s is not %s", pointer + 1,
                    wanted);
    return false;
}

static bool read_name(struct reading *reading) {
    const json_t *value = json_object_get(reading->request->json, "name");
    struct caa_diag why = {.text = ""};
    if (value == NULL) {
        caa_refusal_set(reading->refusal, CAA_USE_MEMBER_MISSING, "/name",
                        "there is no name to check");
        return false;
    }
    if (!json_is_string(value)) return refuse_type(reading, "/name", "a string");
    struct caa_slice name =
        caa_slice_bytes(json_string_value(value), json_string_length(value));
    struct caa_identifier *identifier = &reading->request->identifier;
    if (caa_identifier_parse(identifier, name, &why) == CAA_OK) {
        reading->request->policy.name = identifier->name;
        reading->request->policy.wildcard = identifier->wildcard;
        return true;
    }
    caa_refusal_set(reading->refusal, CAA_USE_MEMBER_VALUE, "/name", "'%.*s': %s",
                    (int)(name.len < 300 ? name.len : 300), name.ptr, why.text);
    return false;
}

/* One of the members that are lists of strings. */
struct list {
    const char *pointer; /* the member's */
    const char *what;    /* what each must be */
    bool (*may_have)(struct caa_slice text);
    const struct caa_slice **slices;
    size_t *count;
};

static bool read_element(struct reading *reading, const struct list *list, size_t index,
                         const json_t *element) {
    char pointer[CAA_REFUSAL_MEMBER_MAX];
    snprintf(pointer, sizeof pointer, "%s/%zu", list->pointer, index);
    if (!json_is_string(element)) return refuse_type(reading, pointer, "a string");
    struct caa_slice text =
        caa_slice_bytes(json_string_value(element), json_string_length(element));
    if (!list->may_have(text)) {
        caa_refusal_set(reading->refusal, CAA_USE_MEMBER_VALUE, pointer, "'%.*s' is not %s",
                        (int)(text.len < 300 ? text.len : 300), text.ptr, list->what);
        return false;
    }
    reading->request->slices[reading->slice_count++] = text;
    return true;
}

static bool read_list(struct reading *reading, const struct list *list) {
    const json_t *value = json_object_get(reading->request->json, list->pointer + 1);
    const json_t *element;
    size_t index;
    if (value == NULL) return true;
    if (!json_is_array(value)) return refuse_type(reading, list->pointer, "a list");
    if (json_array_size(value) == 0 || json_array_size(value) > CAAD_REQUEST_VALUES_MAX) {
        caa_refusal_set(reading->refusal, CAA_USE_MEMBER_VALUE, list->pointer,
                        "%s has %zu values, not 1 to %d", list->pointer + 1,
                        json_array_size(value), CAAD_REQUEST_VALUES_MAX);
        return false;
    }
    *list->slices = &reading->request->slices[reading->slice_count];
    *list->count = json_array_size(value);
    json_array_foreach(value, index, element) {
        if (!read_element(reading, list, index, element)) return false;
    }
    return true;
}

static bool read_lists(struct reading *reading) {
    struct caa_request *policy = &reading->request->policy;
    const struct list lists[] = {
        {"/issuers", "an issuer domain name", caa_request_may_have_issuer,
         &policy->issuer_domain_names, &policy->issuer_domain_name_count},
        {"/accounts", "a URI", caa_request_may_have_account, &policy->account_uris,
         &policy->account_uri_count},
        {"/methods", "a validation method label, such as dns-01", caa_request_may_have_method,
         &policy->method_labels, &policy->method_label_count},
    };
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        if (!read_list(reading, &lists[i])) return false;
    if (policy->issuer_domain_name_count > 0) return true;
    caa_refusal_set(reading->refusal, CAA_USE_MEMBER_MISSING, "/issuers",
                    "there are no issuers, neither here nor in the server's configuration");
    return false;
}

static bool read_purpose(struct reading *reading) {
    const json_t *value = json_object_get(reading->request->json, "purpose");
    const char *text = json_string_value(value);
    if (value == NULL) return true;
    if (text == NULL) return refuse_type(reading, "/purpose", "a string");
    bool is_smime = strcmp(text, "smime") == 0;
    if (is_smime) reading->request->policy.purpose = CAA_PURPOSE_SMIME;
    if (is_smime || strcmp(text, "tls") == 0) return true;
    caa_refusal_set(reading->refusal, CAA_USE_MEMBER_VALUE, "/purpose",
                    "'%.64s' is neither tls nor smime", text);
    return false;
}

/* 1000.0 and 1e3 are integers as well (JSON Schema, section 6.1.1); from 2^53 on all are. */
static bool is_whole(const json_t *value) {
    const double exact_below = 9007199254740992.0;
    double number = json_number_value(value);
    if (!json_is_real(value)) return json_is_integer(value);
    return number >= exact_below || number <= -exact_below ||
           number == (double)(json_int_t)number;
}

static bool read_ms(struct reading *reading, const char *pointer, uint32_t *ms) {
    const json_t *value = json_object_get(reading->request->json, pointer + 1);
    double number = json_number_value(value);
    if (value == NULL) return true;
    if (!is_whole(value)) return refuse_type(reading, pointer, "a whole number");
    if (number >= 1 && number <= CAAD_REQUEST_DEADLINE_MS_MOST) {
        *ms = (uint32_t)number;
        return true;
    }
    caa_refusal_set(reading->refusal, CAA_USE_MEMBER_VALUE, pointer,
                    "%s is not from 1 to %d milliseconds", pointer + 1,
                    CAAD_REQUEST_DEADLINE_MS_MOST);
    return false;
}

/* Who asks may be stricter than the policy of who runs the daemon, and not laxer. */
static bool read_policy(struct reading *reading) {
    const json_t *value = json_object_get(reading->request->json, "br_insecure_failure");
    bool *wanted = &reading->request->policy.br_insecure_failure;
    if (value == NULL) return true;
    if (!json_is_boolean(value))
        return refuse_type(reading, "/br_insecure_failure", "true or false");
    if (!json_is_true(value) || *wanted) {
        *wanted = json_is_true(value);
        return true;
    }
    caa_refusal_set(reading->refusal, CAA_USE_MEMBER_VALUE, "/br_insecure_failure",
                    "the policy br-insecure-failure is off in the server's configuration");
    return false;
}

static bool read_report(struct reading *reading) {
    const json_t *value = json_object_get(reading->request->json, "report");
    const char *member;
    json_t *part;
    if (value == NULL) return true;
    if (!json_is_object(value)) return refuse_type(reading, "/report", "an object");
    reading->request->wants_report = true;
    json_object_foreach((json_t *)value, member, part) {
        char pointer[CAA_REFUSAL_MEMBER_MAX];
        bool *wanted = strcmp(member, "colour") == 0    ? &reading->request->style.colour
                       : strcmp(member, "unicode") == 0 ? &reading->request->style.unicode
                                                        : NULL;
        point_to(pointer, "/report", member);
        if (wanted == NULL) {
            caa_refusal_set(reading->refusal, CAA_USE_MEMBER_UNKNOWN, pointer,
                            "report has no member '%s'", member);
            return false;
        }
        if (!json_is_boolean(part)) return refuse_type(reading, pointer, "true or false");
        *wanted = json_is_true(part);
    }
    return true;
}

static bool read_members(struct reading *reading) {
    struct caad_request *request = reading->request;
    return members_are_known(reading) && read_name(reading) && read_lists(reading) &&
           read_purpose(reading) && read_ms(reading, "/deadline_ms", &request->deadline_ms) &&
           read_ms(reading, "/patience_ms", &request->patience_ms) && read_policy(reading) &&
           read_report(reading);
}

/* The defaults belong to a configuration that may be replaced while a check runs. */
static bool copy_issuers(struct caad_request *request,
                         const struct caad_request_defaults *defaults) {
    size_t octets = 1;
    for (size_t i = 0; i < defaults->issuer_count; i++) octets += defaults->issuers[i].len;
    request->text = malloc(octets);
    if (request->text == NULL) return false;
    char *at = request->text;
    for (size_t i = 0; i < defaults->issuer_count; i++) {
        memcpy(at, defaults->issuers[i].ptr, defaults->issuers[i].len);
        request->slices[i] = caa_slice_bytes(at, defaults->issuers[i].len);
        at += defaults->issuers[i].len;
    }
    request->policy.issuer_domain_names = request->slices;
    request->policy.issuer_domain_name_count = defaults->issuer_count;
    return true;
}

/* Takes the JSON over, also where it fails. */
static struct caad_request *make(json_t *json, const struct caad_request_defaults *defaults) {
    const json_t *issuers = json_object_get(json, "issuers");
    size_t most = json_array_size(json_object_get(json, "accounts")) +
                  json_array_size(json_object_get(json, "methods")) +
                  (issuers == NULL ? defaults->issuer_count : json_array_size(issuers));
    struct caad_request *request = calloc(1, sizeof *request + most * sizeof(struct caa_slice));
    if (request == NULL) {
        json_decref(json);
        return NULL;
    }
    request->references = 1;
    request->json = json;
    request->deadline_ms = defaults->deadline_ms;
    request->policy.br_insecure_failure = defaults->br_insecure_failure;
    if (issuers != NULL || copy_issuers(request, defaults)) return request;
    caad_request_release(request);
    return NULL;
}

enum caa_err caad_request_read(struct caad_request **read, struct caa_slice text,
                               const struct caad_request_defaults *defaults,
                               struct caa_refusal *refusal) {
    json_t *json = NULL;
    enum caa_err err = caa_document_read(&json, text, refusal);
    if (err != CAA_OK) return err;
    struct caad_request *request = make(json, defaults);
    if (request == NULL) return CAA_ERR_NOMEM;
    struct reading reading = {.request = request,
                              .slice_count = request->policy.issuer_domain_name_count,
                              .refusal = refusal};
    if (read_members(&reading)) {
        *read = request;
        return CAA_OK;
    }
    caad_request_release(request);
    return CAA_ERR_SYNTAX;
}

struct caad_request *caad_request_retain(struct caad_request *request) {
    request->references++;
    return request;
}

void caad_request_release(struct caad_request *request) {
    if (request == NULL || --request->references > 0) return;
    json_decref(request->json);
    free(request->text);
    free(request);
}
