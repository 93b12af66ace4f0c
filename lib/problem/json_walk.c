#include "problem/json_walk.h"

#include <string.h>

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Behind the closing quote of the string whose opening one stands at `at`. */
static size_t end_of_string(struct caa_slice text, size_t at) {
    for (at++; at < text.len && text.ptr[at] != '"'; at++)
        if (text.ptr[at] == '\\') at++;
    return at < text.len ? at + 1 : text.len;
}

static bool ends_value(char c) {
    return is_blank(c) || c == ',' || c == ':' || c == ']' || c == '}';
}

/* Behind the value that begins at `at`. */
static size_t end_of_value(struct caa_slice text, size_t at) {
    size_t depth = 0;
    while (at < text.len && (depth > 0 || !ends_value(text.ptr[at]))) {
        char c = text.ptr[at];
        if (c == '{' || c == '[') depth++;
        if (c == '}' || c == ']') depth--;
        at = c == '"' ? end_of_string(text, at) : at + 1;
    }
    return at;
}

static void skip(struct caa_json_walk *walk, char mark) {
    while (walk->at < walk->text.len &&
           (is_blank(walk->text.ptr[walk->at]) || walk->text.ptr[walk->at] == mark))
        walk->at++;
}

static struct caa_slice take_value(struct caa_json_walk *walk) {
    size_t start = walk->at;
    walk->at = end_of_value(walk->text, start);
    return caa_slice_bytes(walk->text.ptr + start, walk->at - start);
}

bool caa_json_walk_next(struct caa_json_walk *walk, struct caa_slice *name,
                        struct caa_slice *value) {
    bool is_object = walk->text.len > 0 && walk->text.ptr[0] == '{';
    if (!is_object && (walk->text.len == 0 || walk->text.ptr[0] != '[')) return false;
    if (walk->at == 0) walk->at = 1;
    skip(walk, ',');
    *name = caa_slice_of(NULL);
    if (is_object) {
        *name = take_value(walk);
        skip(walk, ':');
    }
    *value = take_value(walk);
    return value->len > 0;
}

struct caa_slice caa_json_walk_find(struct caa_slice object, const char *name) {
    struct caa_json_walk walk = {.text = object};
    struct caa_slice found, value;
    size_t len = strlen(name);
    while (caa_json_walk_next(&walk, &found, &value))
        if (found.len == len + 2 && memcmp(found.ptr + 1, name, len) == 0) return value;
    return caa_slice_of(NULL);
}
