#include "engine/yaml_line.h"

#include <stdbool.h>
#include <string.h>

#include "base/ascii.h"

/* Lines that follow one another; `number` is that of the first. */
struct block {
    struct caa_slice text;
    unsigned long number;
};

static struct caa_slice cut_line(struct block *block) {
    struct caa_slice text = block->text;
    const char *end = memchr(text.ptr, '\n', text.len);
    size_t len = end == NULL ? text.len : (size_t)(end - text.ptr);
    struct caa_slice line = caa_slice_bytes(text.ptr, len);
    if (end != NULL) len++;
    block->text = caa_slice_bytes(text.ptr + len, text.len - len);
    block->number++;
    return line;
}

static bool has_key_at(struct caa_slice line, size_t at, const char *key) {
    size_t len = strlen(key);
    return line.len > at + len && line.ptr[at + len] == ':' &&
           memcmp(line.ptr + at, key, len) == 0;
}

/* Octets of indentation in front of `key` and a colon; -1 where the line does not start so. */
static int indent_of_key(struct caa_slice line, const char *key) {
    size_t indent = 0;
    while (indent < line.len && (line.ptr[indent] == ' ' || line.ptr[indent] == '-')) indent++;
    return has_key_at(line, indent, key) ? (int)indent : -1;
}

/* As in "dns: {listen: […], allow: […]}". */
static bool has_key_in_braces(struct caa_slice line, const char *key) {
    const char *brace = memchr(line.ptr, '{', line.len);
    size_t at = brace == NULL ? line.len : (size_t)(brace - line.ptr) + 1;
    for (; at < line.len; at++)
        if (strchr("{, ", line.ptr[at - 1]) != NULL && has_key_at(line, at, key)) return true;
    return false;
}

static unsigned long last_with_key(struct block block, const char *key, int indent_most) {
    unsigned long found = 0;
    while (block.text.len > 0) {
        int indent = indent_of_key(cut_line(&block), key);
        if (indent >= 0 && indent <= indent_most) found = block.number - 1;
    }
    return found;
}

static unsigned long last_with_key_in_braces(struct block block, const char *key) {
    unsigned long found = 0;
    while (block.text.len > 0)
        if (has_key_in_braces(cut_line(&block), key)) found = block.number - 1;
    return found;
}

static struct block until(struct block from, struct block to) {
    from.text.len -= to.text.len;
    return from;
}

/* From the section's key to the next one at the top level. */
static struct block find_section(struct block text, const char *section) {
    while (text.text.len > 0) {
        struct block from = text;
        if (indent_of_key(cut_line(&text), section) != 0) continue;
        while (text.text.len > 0 && !caa_ascii_is_alpha(text.text.ptr[0])) cut_line(&text);
        return until(from, text);
    }
    return text;
}

/* Octets of indentation in front of the dash of a list's entry; -1: the line has none. */
static int indent_of_item(struct block block) {
    struct caa_slice line = cut_line(&block);
    size_t indent = 0;
    while (indent < line.len && line.ptr[indent] == ' ') indent++;
    return indent < line.len && line.ptr[indent] == '-' ? (int)indent : -1;
}

/* The section as a whole where its list is in brackets. */
static struct block find_item(struct block section, int item) {
    struct block rest = section, from = section;
    int indent = -1;
    for (; rest.text.len > 0; cut_line(&rest)) {
        int here = indent_of_item(rest);
        if (here < 0 || (indent >= 0 && here != indent)) continue;
        if (item < 0) return until(from, rest);
        indent = here;
        if (item-- == 0) from = rest;
    }
    return from;
}

unsigned long caa_yaml_line_of_key(struct caa_slice text, const char *section, int item,
                                   const char *key) {
    struct block block = {.text = text, .number = 1};
    if (section == NULL) return last_with_key(block, key, 0);
    block = find_section(block, section);
    if (item != CAA_YAML_NO_ITEM) block = find_item(block, item);
    if (block.text.len == 0) return 0;
    unsigned long line = last_with_key(block, key, (int)text.len);
    if (line == 0) line = last_with_key_in_braces(block, key);
    return line != 0 ? line : block.number;
}

unsigned long caa_yaml_line_of_key_anywhere(struct caa_slice text, const char *key) {
    return last_with_key((struct block){.text = text, .number = 1}, key, (int)text.len);
}

static bool says_nothing(struct caa_slice line) {
    line = caa_slice_trim(line);
    return line.len == 0 || line.ptr[0] == '#' || line.ptr[0] == '%';
}

unsigned long caa_yaml_line_of_second_document(struct caa_slice text) {
    struct block block = {.text = text, .number = 1};
    bool any = false;
    while (block.text.len > 0) {
        struct caa_slice line = cut_line(&block);
        bool is_marker = line.len >= 3 && memcmp(line.ptr, "---", 3) == 0 &&
                         (line.len == 3 || strchr(" \t\r", line.ptr[3]) != NULL);
        if (is_marker && any) return block.number - 1;
        any |= is_marker || !says_nothing(line);
    }
    return 0;
}
