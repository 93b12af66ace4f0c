#include "advise/in_use.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/ascii.h"
#include "policy/request.h"

enum { WORDS_MAX = 4, ROOM = 2 * CAA_IN_USE_MOST, ARENA_LIMIT = 128 << 20 };

/* One line being read. */
struct reading {
    struct caa_in_use_list *list;
    const char *file;
    unsigned long line;
    struct caa_diag *diag;
};

static enum caa_err refuse(const struct reading *reading, const char *what) {
    caa_diag_set(reading->diag, "%s:%lu: %s", reading->file, reading->line, what);
    return CAA_ERR_SYNTAX;
}

static bool keep(const struct reading *reading, struct caa_slice *kept, struct caa_slice text) {
    const char *copy = caa_arena_copy(reading->list->arena, text.ptr, text.len);
    if (copy == NULL) return false;
    *kept = caa_slice_bytes(copy, text.len);
    return true;
}

/* What the words say, in the order of the line; empty ones were not given. */
static enum caa_err take(const struct reading *reading, const struct caa_slice *words) {
    struct caa_in_use *item = &reading->list->items[reading->list->count];
    struct caa_diag why;
    if (words[0].len == 0 || words[1].len == 0)
        return refuse(reading, "a name and the issuer of its certificate are wanted");
    if (caa_identifier_parse(&item->identifier, words[0], &why) != CAA_OK)
        return refuse(reading, why.text);
    if (!caa_request_may_have_issuer(words[1]))
        return refuse(reading, "what follows the name is not an issuer domain name");
    if (words[2].len > 0 && !caa_request_may_have_account(words[2]))
        return refuse(reading, "the account is not a URI");
    if (words[3].len > 0 && !caa_request_may_have_method(words[3]))
        return refuse(reading, "the method is not a label such as dns-01");
    item->line = reading->line;
    if (!keep(reading, &item->issuer, words[1]) || !keep(reading, &item->account, words[2]) ||
        !keep(reading, &item->method, words[3]))
        return CAA_ERR_NOMEM;
    reading->list->count++;
    return CAA_OK;
}

static struct caa_slice next_word(struct caa_slice *rest) {
    size_t len = 0;
    *rest = caa_slice_trim(*rest);
    while (len < rest->len && !caa_ascii_is_wsp(rest->ptr[len])) len++;
    struct caa_slice word = caa_slice_bytes(rest->ptr, len);
    *rest = caa_slice_bytes(rest->ptr + len, rest->len - len);
    return word;
}

static enum caa_err take_words(const struct reading *reading, struct caa_slice line) {
    struct caa_slice words[WORDS_MAX];
    for (size_t i = 0; i < WORDS_MAX; i++) words[i] = next_word(&line);
    if (caa_slice_trim(line).len > 0) return refuse(reading, "more than four words");
    return take(reading, words);
}

/* A member's text; false where it is something else than a string or null. */
static bool read_member(const json_t *object, const char *key, struct caa_slice *text) {
    const json_t *member = json_object_get(object, key);
    *text = caa_slice_bytes("", 0);
    if (member == NULL || json_is_null(member)) return true;
    if (!json_is_string(member)) return false;
    *text = caa_slice_bytes(json_string_value(member), json_string_length(member));
    return true;
}

static enum caa_err take_object(const struct reading *reading, struct caa_slice line) {
    static const char *const keys[WORDS_MAX] = {"name", "issuer", "account", "method"};
    struct caa_slice words[WORDS_MAX];
    json_t *object = json_loadb(line.ptr, line.len, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(object)) {
        json_decref(object);
        return refuse(reading, "the line starts with '{' and is not a JSON object");
    }
    bool are_texts = true;
    for (size_t i = 0; i < WORDS_MAX; i++) are_texts &= read_member(object, keys[i], &words[i]);
    enum caa_err err = are_texts ? take(reading, words)
                                 : refuse(reading, "name, issuer, account and method are "
                                                   "strings");
    json_decref(object);
    return err;
}

static enum caa_err take_line(const struct reading *reading, struct caa_slice line) {
    if (line.len > 0 && line.ptr[line.len - 1] == '\r') line.len--;
    line = caa_slice_trim(line);
    if (line.len == 0 || line.ptr[0] == '#') return CAA_OK;
    if (line.len > CAA_IN_USE_LINE_MAX) return refuse(reading, "the line is too long");
    return line.ptr[0] == '{' ? take_object(reading, line) : take_words(reading, line);
}

/* --- one of each */

static int compare_slices(struct caa_slice a, struct caa_slice b) {
    size_t least = a.len < b.len ? a.len : b.len;
    int order = least == 0 ? 0 : memcmp(a.ptr, b.ptr, least);
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare(const void *left, const void *right) {
    const struct caa_in_use *a = left, *b = right;
    int order = strcmp(a->identifier.text, b->identifier.text);
    if (order == 0) order = compare_slices(a->issuer, b->issuer);
    if (order == 0) order = compare_slices(a->account, b->account);
    return order != 0 ? order : compare_slices(a->method, b->method);
}

static void leave_one_of_each(struct caa_in_use_list *list) {
    size_t kept = 0;
    if (list->count > 0) qsort(list->items, list->count, sizeof list->items[0], compare);
    for (size_t i = 0; i < list->count; i++)
        if (kept == 0 || compare(&list->items[kept - 1], &list->items[i]) != 0)
            list->items[kept++] = list->items[i];
    list->count = kept;
}

/* Sorting only where twice as many fit as may stay keeps it cheap, however often one stands
   there. */
static enum caa_err make_room(const struct reading *reading) {
    leave_one_of_each(reading->list);
    if (reading->list->count <= CAA_IN_USE_MOST) return CAA_OK;
    caa_diag_set(reading->diag, "%s: more than %d certificates", reading->file,
                 CAA_IN_USE_MOST);
    return CAA_ERR_LIMIT;
}

static enum caa_err read_lines(struct reading *reading, struct caa_slice text) {
    enum caa_err err = CAA_OK;
    while (err == CAA_OK && text.len > 0) {
        const char *end = memchr(text.ptr, '\n', text.len);
        size_t len = end == NULL ? text.len : (size_t)(end - text.ptr);
        reading->line++;
        err = take_line(reading, caa_slice_bytes(text.ptr, len));
        len += end != NULL;
        text = caa_slice_bytes(text.ptr + len, text.len - len);
        bool is_full = reading->list->count == ROOM || text.len == 0;
        if (err == CAA_OK && is_full) err = make_room(reading);
    }
    return err;
}

enum caa_err caa_in_use_read(struct caa_in_use_list *list, struct caa_slice text,
                             const char *file, struct caa_diag *diag) {
    struct reading reading = {.list = list, .file = file, .diag = diag};
    *list = (struct caa_in_use_list){.arena = caa_arena_new(ARENA_LIMIT)};
    if (list->arena == NULL) return CAA_ERR_NOMEM;
    list->items = caa_arena_array(list->arena, ROOM, sizeof list->items[0]);
    enum caa_err err = list->items == NULL ? CAA_ERR_NOMEM : read_lines(&reading, text);
    if (err != CAA_OK) caa_in_use_free(list);
    return err;
}

void caa_in_use_free(struct caa_in_use_list *list) {
    caa_arena_free(list->arena);
    *list = (struct caa_in_use_list){.arena = NULL};
}
