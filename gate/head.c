#include "gate/head.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct caa_slice name_of(struct caa_slice line) {
    const char *colon = memchr(line.ptr, ':', line.len);
    return colon == NULL ? caa_slice_of(NULL)
                         : caa_slice_bytes(line.ptr, (size_t)(colon - line.ptr));
}

static struct caa_slice value_of(struct caa_slice line) {
    size_t name = name_of(line).len;
    return caa_slice_trim(caa_slice_bytes(line.ptr + name + 1, line.len - name - 1));
}

/* Takes the next line off `*rest`. */
static bool next_line(const char **rest, struct caa_slice *line) {
    const char *end = strchr(*rest, '\n');
    if (end == NULL) return false;
    *line = caa_slice_bytes(*rest, (size_t)(end - *rest));
    *rest = end + 1;
    return true;
}

static bool is_of_one_hop(struct caa_slice name) {
    static const char *const names[] = {"Connection",
                                        "Keep-Alive",
                                        "Proxy-Authenticate",
                                        "Proxy-Authorization",
                                        "Proxy-Connection",
                                        "TE",
                                        "Trailer",
                                        "Transfer-Encoding",
                                        "Upgrade",
                                        "Content-Length"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (caa_slice_equal_nocase(name, caa_slice_of(names[i]))) return true;
    return false;
}

static bool lists(struct caa_slice list, struct caa_slice name) {
    while (list.len > 0) {
        const char *comma = memchr(list.ptr, ',', list.len);
        size_t len = comma == NULL ? list.len : (size_t)(comma - list.ptr);
        if (caa_slice_equal_nocase(caa_slice_trim(caa_slice_bytes(list.ptr, len)), name))
            return true;
        size_t past = comma == NULL ? len : len + 1;
        list = caa_slice_bytes(list.ptr + past, list.len - past);
    }
    return false;
}

static bool connection_names(const char *head, struct caa_slice name) {
    struct caa_slice line;
    while (next_line(&head, &line))
        if (caa_slice_equal_nocase(name_of(line), caa_slice_of("Connection")) &&
            lists(value_of(line), name))
            return true;
    return false;
}

bool gate_head_keep_end_to_end(char *head) {
    char *before = strdup(head), *to = head;
    const char *rest = before;
    struct caa_slice line;
    if (before == NULL) return false;
    while (next_line(&rest, &line)) {
        struct caa_slice name = name_of(line);
        if (name.len == 0 || is_of_one_hop(name) || connection_names(before, name)) continue;
        memcpy(to, line.ptr, line.len + 1);
        to += line.len + 1;
    }
    *to = '\0';
    free(before);
    return true;
}

struct caa_slice gate_head_find(const char *head, const char *name) {
    struct caa_slice line;
    while (head != NULL && next_line(&head, &line))
        if (caa_slice_equal_nocase(name_of(line), caa_slice_of(name))) return value_of(line);
    return caa_slice_of(NULL);
}

bool gate_head_is_of_type(const char *head, const char *type) {
    struct caa_slice said = gate_head_find(head, "Content-Type");
    const char *end = said.len == 0 ? NULL : memchr(said.ptr, ';', said.len);
    if (end != NULL) said.len = (size_t)(end - said.ptr);
    return caa_slice_equal_nocase(caa_slice_trim(said), caa_slice_of(type));
}

bool gate_head_add(char **head, const char *name, const char *value) {
    char *longer = NULL;
    if (asprintf(&longer, "%s%s: %s\n", *head, name, value) < 0) return false;
    free(*head);
    *head = longer;
    return true;
}
