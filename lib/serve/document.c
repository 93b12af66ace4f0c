#include "serve/document.h"

#include <stdbool.h>
#include <stddef.h>

/* Looks no closer than brackets and strings: what is no JSON at all is the parser's to refuse.
 */
static bool is_too_deep(struct caa_slice text) {
    size_t depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (in_string) {
            if (c == '\\') i++;
            in_string = c != '"';
        } else if (c == '"')
            in_string = true;
        else if (c == '[' || c == '{') {
            if (++depth > CAA_DOCUMENT_DEPTH_MAX) return true;
        } else if ((c == ']' || c == '}') && depth > 0)
            depth--;
    }
    return false;
}

/* jansson would name an option of its own. */
static const char *why_unread(const json_error_t *error) {
    enum json_error_code code = json_error_code(error);
    return code == json_error_null_character || code == json_error_null_byte_in_key
               ? "\\u0000 is not allowed"
               : error->text;
}

enum caa_err caa_document_read(json_t **object, struct caa_slice text,
                               struct caa_refusal *refusal) {
    json_error_t error;
    if (is_too_deep(text)) {
        caa_refusal_set(refusal, CAA_USE_BAD_REQUEST, NULL, "the JSON is nested deeper than %d",
                        CAA_DOCUMENT_DEPTH_MAX);
        return CAA_ERR_SYNTAX;
    }
    json_t *root = json_loadb(text.len == 0 ? "" : text.ptr, text.len,
                              JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (root == NULL && json_error_code(&error) == json_error_out_of_memory)
        return CAA_ERR_NOMEM;
    if (root == NULL) {
        caa_refusal_set(refusal, CAA_USE_NOT_JSON, NULL, "line %d, column %d: %s", error.line,
                        error.column, why_unread(&error));
        return CAA_ERR_SYNTAX;
    }
    if (!json_is_object(root)) {
        json_decref(root);
        caa_refusal_set(refusal, CAA_USE_NOT_AN_OBJECT, NULL, "an object is wanted");
        return CAA_ERR_SYNTAX;
    }
    *object = root;
    return CAA_OK;
}
