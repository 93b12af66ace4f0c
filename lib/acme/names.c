#include "acme/names.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_SIZE = 4 };

/* Where `text` is, or belongs. */
static size_t place_of(const struct caa_names *names, const char *text, bool *found) {
    size_t from = 0, to = names->count;
    *found = false;
    while (from < to && !*found) {
        size_t middle = from + (to - from) / 2;
        int order = strcmp(names->names[middle].text, text);
        *found = order == 0;
        if (order < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return to;
}

static bool make_room(struct caa_names *names) {
    size_t size = names->size == 0 ? FIRST_SIZE : names->size * 2;
    if (names->count < names->size) return true;
    struct caa_identifier *grown = realloc(names->names, size * sizeof *grown);
    if (grown == NULL) return false;
    names->names = grown;
    names->size = size;
    return true;
}

enum caa_err caa_names_add(struct caa_names *names, struct caa_slice text, size_t most,
                           struct caa_diag *diag) {
    struct caa_identifier identifier;
    bool found;
    enum caa_err err = caa_identifier_parse(&identifier, text, diag);
    if (err != CAA_OK) return err;
    if (!caa_slice_equal_nocase(text, caa_slice_of(identifier.text))) {
        caa_diag_set(diag, "'%.*s' is not as '%s' is written in a certificate",
                     (int)(text.len < 256 ? text.len : 256), text.ptr, identifier.text);
        return CAA_ERR_SYNTAX;
    }
    size_t place = place_of(names, identifier.text, &found);
    if (found) return CAA_OK;
    if (names->count == most) {
        caa_diag_set(diag, "more than %zu names", most);
        return CAA_ERR_LIMIT;
    }
    if (!make_room(names)) return CAA_ERR_NOMEM;
    memmove(&names->names[place + 1], &names->names[place],
            (names->count - place) * sizeof *names->names);
    names->names[place] = identifier;
    names->count++;
    return CAA_OK;
}

void caa_names_shrink(struct caa_names *names) {
    if (names->count == 0 || names->count == names->size) return;
    struct caa_identifier *shrunk = realloc(names->names, names->count * sizeof *names->names);
    if (shrunk == NULL) return;
    names->names = shrunk;
    names->size = names->count;
}

bool caa_names_equal(const struct caa_names *a, const struct caa_names *b) {
    bool equal = a->count == b->count;
    for (size_t i = 0; equal && i < a->count; i++)
        equal = strcmp(a->names[i].text, b->names[i].text) == 0;
    return equal;
}

void caa_names_free(struct caa_names *names) {
    free(names->names);
    *names = (struct caa_names){0};
}
