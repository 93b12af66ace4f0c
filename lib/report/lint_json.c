#include "report/lint_json.h"

#include <string.h>

#include "dns/json_string.h"
#include "report/lint_prose.h"

static json_t *string_or_null(const char *text) {
    return text == NULL || text[0] == '\0' ? json_null() : json_string(text);
}

/* The value of a parameter, which holds printable ASCII only; null where it is absent. */
static json_t *binding(const struct caa_binding *binding) {
    return binding->state == CAA_BINDING_PRESENT ? caa_json_printable(binding->value)
                                                 : json_null();
}

static json_t *methods(const struct caa_binding *binding) {
    if (binding->state != CAA_BINDING_PRESENT) return json_null();
    json_t *array = json_array();
    struct caa_slice rest = binding->value;
    while (rest.len > 0) {
        const char *comma = memchr(rest.ptr, ',', rest.len);
        size_t len = comma == NULL ? rest.len : (size_t)(comma - rest.ptr);
        json_array_append_new(array, caa_json_printable(caa_slice_bytes(rest.ptr, len)));
        size_t taken = comma == NULL ? len : len + 1;
        rest = caa_slice_bytes(rest.ptr + taken, rest.len - taken);
    }
    return array;
}

static json_t *permission(const struct caa_lint *lint) {
    const struct caa_judgement *judgement = &lint->judgement;
    json_t *object = json_object();
    json_object_set_new(object, "issuer", caa_json_printable(judgement->issuer_domain_name));
    json_object_set_new(object, "account", binding(&judgement->bindings.accounturi));
    json_object_set_new(object, "methods", methods(&judgement->bindings.validationmethods));
    return object;
}

static json_t *finding_object(const struct caa_lint_finding *finding) {
    bool placed = finding->part != CAA_LINT_NOWHERE;
    json_t *object = json_object();
    json_object_set_new(object, "severity",
                        json_string(caa_lint_severity_code(finding->severity)));
    json_object_set_new(object, "code", json_string(finding->code));
    json_object_set_new(object, "text", json_string(finding->text));
    json_object_set_new(object, "part", string_or_null(caa_lint_part_code(finding->part)));
    json_object_set_new(object, "position",
                        placed ? json_integer((json_int_t)finding->position) : json_null());
    json_object_set_new(object, "reason", string_or_null(finding->reason));
    return object;
}

static json_t *finding_array(const struct caa_lint *lint) {
    json_t *array = json_array();
    for (size_t i = 0; i < lint->finding_count; i++)
        json_array_append_new(array, finding_object(&lint->findings[i]));
    return array;
}

static void set_origin(json_t *object, const struct caa_lint_origin *origin) {
    bool in_file = origin->file != NULL;
    json_object_set_new(object, "file",
                        in_file ? caa_json_printable(caa_slice_of(origin->file)) : json_null());
    json_object_set_new(object, "line",
                        in_file ? json_integer((json_int_t)origin->line) : json_null());
    json_object_set_new(object, "name",
                        origin->owner == NULL ? json_null() : caa_json_name(origin->owner));
}

static void set_record(json_t *object, const struct caa_lint *lint) {
    const struct caa_record *record = &lint->record;
    bool readable = lint->readable;
    json_object_set_new(object, "readable", json_boolean(readable));
    json_object_set_new(object, "flags", readable ? json_integer(record->flags) : json_null());
    json_object_set_new(object, "tag",
                        readable ? caa_json_printable(record->tag) : json_null());
    json_object_set_new(object, "value",
                        readable ? caa_json_value(record->value) : json_null());
}

char *caa_lint_json_record(const struct caa_lint *lint, const struct caa_lint_origin *origin) {
    char meaning[CAA_LINT_PROSE_MAX];
    struct caa_writer prose = caa_writer_into(meaning, sizeof meaning);
    json_t *object = json_object();
    caa_lint_prose_record(lint, &prose);
    json_object_set_new(object, "kind", json_string("record"));
    set_origin(object, origin);
    json_object_set_new(object, "input",
                        lint->text.ptr == NULL ? json_null() : caa_json_printable(lint->text));
    set_record(object, lint);
    json_object_set_new(object, "permits",
                        caa_lint_permits(lint) ? permission(lint) : json_null());
    json_object_set_new(object, "text", caa_json_prose(meaning));
    json_object_set_new(object, "findings", finding_array(lint));
    char *line = json_dumps(object, JSON_COMPACT);
    json_decref(object);
    return line;
}

static json_t *use_object(const struct caa_lint_set *set, enum caa_lint_use use) {
    struct caa_lint lint;
    enum caa_lint_who who = caa_lint_set_who(set, use);
    json_t *permits = json_array();
    for (size_t i = 0; who == CAA_LINT_LISTED && i < set->count; i++)
        if (caa_lint_set_permits(set, use, i, &lint))
            json_array_append_new(permits, permission(&lint));
    json_t *object = json_object();
    json_object_set_new(object, "who", json_string(caa_lint_who_code(who)));
    json_object_set_new(object, "permits", permits);
    return object;
}

char *caa_lint_json_set(const struct caa_lint_set *set) {
    char meaning[CAA_LINT_PROSE_MAX];
    struct caa_writer prose = caa_writer_into(meaning, sizeof meaning);
    json_t *object = json_object();
    caa_lint_prose_set(set, &prose);
    json_object_set_new(object, "kind", json_string("set"));
    json_object_set_new(object, "name", caa_json_name(&set->owner));
    json_object_set_new(object, "records", json_integer((json_int_t)set->count));
    for (int use = 0; use < CAA_LINT_USES; use++)
        json_object_set_new(object, caa_lint_use_code((enum caa_lint_use)use),
                            use_object(set, (enum caa_lint_use)use));
    json_object_set_new(object, "text", caa_json_prose(meaning));
    char *line = json_dumps(object, JSON_COMPACT);
    json_decref(object);
    return line;
}
