#include "serve/refusal.h"

#include <jansson.h>
#include <microhttpd.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void caa_refusal_set(struct caa_refusal *refusal, unsigned status, const char *member,
                     const char *format, ...) {
    char detail[sizeof refusal->detail.text];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(detail, sizeof detail, format, arguments);
    va_end(arguments);
    *refusal = (struct caa_refusal){.status = status};
    caa_diag_set(&refusal->detail, "%s", detail);
    snprintf(refusal->member, sizeof refusal->member, "%s", member == NULL ? "" : member);
}

const char *caa_refusal_title(unsigned status) {
    return MHD_get_reason_phrase_for(status);
}

char *caa_refusal_document(const struct caa_refusal *refusal, size_t *len) {
    json_t *object = json_object();
    json_object_set_new(object, "type", json_string("about:blank"));
    json_object_set_new(object, "title", json_string(caa_refusal_title(refusal->status)));
    json_object_set_new(object, "status", json_integer(refusal->status));
    json_object_set_new(object, "detail", json_string(refusal->detail.text));
    if (refusal->member[0] != '\0')
        json_object_set_new(object, "pointer", json_string(refusal->member));
    if (refusal->retry_after_s != 0)
        json_object_set_new(object, "retry_after_s", json_integer(refusal->retry_after_s));
    char *text = json_dumps(object, JSON_COMPACT);
    json_decref(object);
    if (text != NULL) *len = strlen(text);
    return text;
}
