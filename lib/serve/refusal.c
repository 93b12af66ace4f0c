#include "serve/refusal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void caa_refusal_set(struct caa_refusal *refusal, enum caa_use use, const char *member,
                     const char *format, ...) {
    char detail[sizeof refusal->detail.text];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(detail, sizeof detail, format, arguments);
    va_end(arguments);
    *refusal = (struct caa_refusal){.refused = true, .use = use};
    caa_diag_set(&refusal->detail, "%s", detail);
    snprintf(refusal->member, sizeof refusal->member, "%s", member == NULL ? "" : member);
}

char *caa_refusal_document(const struct caa_refusal *refusal, size_t *len) {
    struct caa_problem_document document;
    const char *member = refusal->member[0] == '\0' ? NULL : refusal->member;
    if (caa_problem_of_use(&document, refusal->use, member, refusal->detail.text,
                           refusal->retry_after_s) != CAA_OK)
        return NULL;
    char *text = caa_problem_document_text(&document);
    caa_problem_document_free(&document);
    if (text != NULL) *len = strlen(text);
    return text;
}
