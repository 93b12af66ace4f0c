#include "problem/extension.h"

#include "dns/evidence_json.h"

static json_t *string_or_null(const char *text) {
    return text == NULL || text[0] == '\0' ? json_null() : json_string(text);
}

static json_t *retry_object(struct caa_retry_advice retry) {
    return caa_json_retry(&(struct caa_evidence){.retry_advised = retry.advised,
                                                 .retry_after_s = retry.after_s,
                                                 .retry_why = retry.why});
}

json_t *caa_problem_extension(const struct caa_problem_extension *said) {
    const struct {
        const char *key;
        json_t *value;
    } members[] = {{"name", said->name},
                   {"problem", json_string(caa_problem_code(said->problem))},
                   {"owner", said->owner},
                   {"fault", string_or_null(said->fault)},
                   {"zone", said->zone},
                   {"kind", string_or_null(said->kind)},
                   {"retry", retry_object(said->retry)},
                   {"evidence", string_or_null(said->evidence_id)}};
    json_t *object = json_object();
    bool failed = false;
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        failed |= json_object_set_new(object, members[i].key, members[i].value) != 0;
    if (!failed) return object;
    json_decref(object);
    return NULL;
}
