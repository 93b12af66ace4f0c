#include "problem/message_json.h"

#include <string.h>

/* One document's reading. */
struct walk {
    caa_explanation_take *take;
    void *context;
    struct caa_message_rest rest;
};

static void scan_octet(struct caa_message_scan *scan, char c) {
    if (scan->quoted) {
        bool escapes = c == '\\' && !scan->escaped;
        scan->quoted = c != '"' || scan->escaped;
        scan->escaped = escapes;
    } else if (c == '"') {
        scan->quoted = true;
    } else if (c == '{' || c == '[') {
        if (++scan->depth > scan->deepest) scan->deepest = scan->depth;
    } else if ((c == '}' || c == ']') && --scan->depth == 0) {
        scan->len = scan->at;
    }
}

void caa_message_scan(struct caa_message_scan *scan, struct caa_slice text) {
    while (scan->len == 0 && scan->at < text.len) scan_octet(scan, text.ptr[scan->at++]);
}

static struct caa_slice slice_of_string(const json_t *string) {
    return (struct caa_slice){json_string_value(string), json_string_length(string)};
}

void caa_message_note_identifier(struct caa_explanation *around, const json_t *object) {
    const json_t *identifier = json_object_get(object, "identifier");
    const json_t *listed = json_object_get(object, "identifiers");
    if (identifier == NULL && json_array_size(listed) == 1)
        identifier = json_array_get(listed, 0);
    const json_t *value =
        json_is_string(identifier) ? identifier : json_object_get(identifier, "value");
    if (!json_is_string(value)) return;
    size_t start = 0;
    if (json_is_true(json_object_get(object, "wildcard"))) {
        memcpy(around->name, "*.", 2);
        start = 2;
    }
    caa_explain_copy(around->name + start, sizeof around->name - start, slice_of_string(value));
}

/* {"type": "dns", "value": "a.example"} by itself: a piece of an authorization. */
static void note_bare_identifier(struct caa_explanation *around, const json_t *object) {
    const char *type = json_string_value(json_object_get(object, "type"));
    const json_t *value = json_object_get(object, "value");
    if (type == NULL || strcmp(type, "dns") != 0 || !json_is_string(value)) return;
    caa_explain_copy(around->name, sizeof around->name, slice_of_string(value));
}

/* The last word of "urn:ietf:params:acme:error:dns". */
static bool note_type(struct caa_explanation *around, const json_t *object) {
    static const char prefix[] = "acme:error:";
    const char *type = json_string_value(json_object_get(object, "type"));
    const char *found = type == NULL ? NULL : strstr(type, prefix);
    if (found == NULL) return false;
    caa_explain_copy(around->acme_type, sizeof around->acme_type,
                     caa_slice_of(found + sizeof prefix - 1));
    return true;
}

static void read_text(struct walk *walk, struct caa_slice text,
                      const struct caa_explanation *around) {
    struct caa_message_rest rest;
    caa_message_read(text, around, walk->take, walk->context, &rest);
    walk->rest.taken += rest.taken;
    if (!rest.hint || walk->rest.hint) return;
    walk->rest.hint = true;
    walk->rest.hinted = rest.hinted;
}

static void walk_value(struct walk *walk, const json_t *value,
                       const struct caa_explanation *around, size_t depth);

/* A problem document says its type and its detail in two members: they are read as one text. */
static void read_problem(struct walk *walk, const json_t *object,
                         const struct caa_explanation *around) {
    struct caa_explanation before = *around;
    struct caa_message_rest rest;
    const json_t *detail = json_object_get(object, "detail");
    struct caa_slice text =
        json_is_string(detail) ? slice_of_string(detail) : (struct caa_slice){"", 0};
    caa_message_read(text, around, walk->take, walk->context, &rest);
    walk->rest.taken += rest.taken;
    if (rest.taken > 0 || walk->rest.hint) return;
    /* The type alone, told as if it stood in a text. */
    char word[CAA_EXPLAIN_WORD_MAX + 16] = "acme:error:";
    strncat(word, before.acme_type, CAA_EXPLAIN_WORD_MAX);
    before.acme_type[0] = '\0';
    if (rest.hint)
        walk->rest.hinted = rest.hinted;
    else
        caa_message_read(caa_slice_of(word), &before, walk->take, walk->context, &rest);
    walk->rest.hint = rest.hint;
    if (rest.hint) walk->rest.hinted = rest.hinted;
}

static void walk_object(struct walk *walk, const json_t *object,
                        const struct caa_explanation *around, size_t depth) {
    struct caa_explanation inner = *around;
    const char *key;
    json_t *value;
    caa_message_note_identifier(&inner, object);
    if (json_object_get(object, "challenges") != NULL) inner.stage = CAA_STAGE_VALIDATION;
    bool problem = note_type(&inner, object);
    if (problem) read_problem(walk, object, &inner);
    json_object_foreach((json_t *)object, key, value) {
        if (problem && (strcmp(key, "type") == 0 || strcmp(key, "detail") == 0)) continue;
        walk_value(walk, value, &inner, depth + 1);
    }
}

static void walk_value(struct walk *walk, const json_t *value,
                       const struct caa_explanation *around, size_t depth) {
    size_t index;
    json_t *item;
    if (depth > CAA_MESSAGE_DEPTH_MAX) return;
    if (json_is_object(value)) walk_object(walk, value, around, depth);
    if (json_is_array(value))
        json_array_foreach(value, index, item) walk_value(walk, item, around, depth + 1);
    if (json_is_string(value)) {
        struct caa_slice text = slice_of_string(value);
        if (caa_message_is_likely(text)) read_text(walk, text, around);
    }
}

bool caa_message_read_json(struct caa_slice document, const struct caa_explanation *around,
                           caa_explanation_take *take, void *context,
                           struct caa_message_rest *rest) {
    const struct caa_explanation nothing = caa_explain_nothing();
    if (around == NULL) around = &nothing;
    struct caa_message_scan scan = {0};
    caa_message_scan(&scan, document);
    if (scan.deepest > CAA_MESSAGE_DEPTH_MAX) return false;
    json_t *root = json_loadb(document.ptr, document.len, JSON_ALLOW_NUL, NULL);
    if (root == NULL) return false;
    struct walk walk = {.take = take, .context = context};
    walk_value(&walk, root, around, 0);
    *rest = walk.rest;
    rest->context = *around;
    note_bare_identifier(&rest->context, root);
    json_decref(root);
    return true;
}
