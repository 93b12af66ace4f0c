#include "problem/use.h"

#include "dns/json_string.h"

struct wording {
    const char *type, *title;
    int status;
};

static const struct wording *wording_of(enum caa_use use) {
    static const struct wording wordings[] = {
#define CAA_USE(name, code, status, title)                                                     \
    [CAA_USE_##name] = {"urn:caa:problem:" code, title, status},
#include "problem/problem.def"
#undef CAA_USE
    };
    return &wordings[use];
}

const char *caa_use_type(enum caa_use use) {
    return wording_of(use)->type;
}

const char *caa_use_title(enum caa_use use) {
    return wording_of(use)->title;
}

int caa_use_status(enum caa_use use) {
    return wording_of(use)->status;
}

enum caa_err caa_problem_of_use(struct caa_problem_document *document, enum caa_use use,
                                const char *pointer, const char *detail,
                                uint32_t retry_after_s) {
    json_t *json = json_object();
    int failed = json_object_set_new(json, "type", json_string(caa_use_type(use)));
    failed |= json_object_set_new(json, "title", json_string(caa_use_title(use)));
    failed |= json_object_set_new(json, "status", json_integer(caa_use_status(use)));
    if (detail != NULL && detail[0] != '\0')
        failed |= json_object_set_new(json, "detail", caa_json_printable(caa_slice_of(detail)));
    if (pointer != NULL)
        failed |=
            json_object_set_new(json, "pointer", caa_json_printable(caa_slice_of(pointer)));
    if (failed != 0) json_decref(json);
    *document = (struct caa_problem_document){.status = caa_use_status(use),
                                              .retry_after_s = retry_after_s,
                                              .json = failed == 0 ? json : NULL};
    return failed == 0 ? CAA_OK : CAA_ERR_NOMEM;
}
