#include "api/complaint.h"

enum caa_error caa_error_of(enum caa_err err) {
    switch (err) {
    case CAA_OK: return CAA_ERROR_NONE;
    case CAA_ERR_NOMEM: return CAA_ERROR_MEMORY;
    case CAA_ERR_LIMIT: return CAA_ERROR_LIMIT;
    case CAA_ERR_SYNTAX: return CAA_ERROR_SYNTAX;
    case CAA_ERR_FILE: return CAA_ERROR_FILE;
    case CAA_ERR_OPTION: return CAA_ERROR_OPTION;
    case CAA_ERR_TRUST_ANCHOR: return CAA_ERROR_TRUST_ANCHOR;
    case CAA_ERR_ROOT_HINTS: return CAA_ERROR_ROOT_HINTS;
    case CAA_ERR_RESOLVER: return CAA_ERROR_RESOLVER;
    case CAA_ERR_EVENT:
    case CAA_ERR_HISTORY: return CAA_ERROR_SYSTEM;
    }
    return CAA_ERROR_SYSTEM;
}

enum caa_error caa_complaint_take(struct caa_complaint *complaint, enum caa_err err,
                                  const struct caa_diag *why) {
    enum caa_error error = caa_error_of(err);
    bool silent = why == NULL || why->text[0] == '\0' || error == CAA_ERROR_NONE;
    const char *text = !silent                   ? why->text
                       : error == CAA_ERROR_NONE ? ""
                                                 : caa_error_text(error);
    return caa_complaint_note(complaint, error, text);
}

enum caa_error caa_complaint_note(struct caa_complaint *complaint, enum caa_error error,
                                  const char *text) {
    complaint->error = error;
    caa_diag_set(&complaint->why, "%s", text);
    return error;
}
