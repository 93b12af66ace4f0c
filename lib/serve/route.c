#include "serve/route.h"

#include <string.h>

#include "base/ascii.h"
#include "base/writer.h"

/* Takes the next segment off a path that starts with '/'. */
static bool next_segment(struct caa_slice *path, struct caa_slice *segment) {
    if (path->len == 0 || path->ptr[0] != '/') return false;
    const char *from = path->ptr + 1;
    const char *slash = memchr(from, '/', path->len - 1);
    size_t len = slash == NULL ? path->len - 1 : (size_t)(slash - from);
    *segment = caa_slice_bytes(from, len);
    *path = caa_slice_bytes(from + len, path->len - 1 - len);
    return true;
}

/* Decodes a segment into `match`, behind what is there. */
static bool take_parameter(struct caa_route_match *match, size_t *used,
                           struct caa_slice segment) {
    if (match->parameter_count == CAA_ROUTE_PARAMETERS_MAX || segment.len == 0 ||
        segment.len > sizeof match->text - *used)
        return false;
    char *text = match->text + *used;
    size_t len = 0;
    for (size_t i = 0; i < segment.len; i++) {
        char c = segment.ptr[i];
        if (c == '%') {
            if (segment.len - i < 3) return false;
            int high = caa_ascii_hex_value(segment.ptr[i + 1]),
                low = caa_ascii_hex_value(segment.ptr[i + 2]);
            if (high < 0 || low < 0 || (high == 0 && low == 0)) return false;
            c = (char)(high * 16 + low);
            i += 2;
        }
        text[len++] = c;
    }
    match->parameters[match->parameter_count++] = caa_slice_bytes(text, len);
    *used += len;
    return true;
}

static bool path_matches(struct caa_route_match *match, const char *pattern,
                         struct caa_slice path) {
    struct caa_slice wanted = caa_slice_of(pattern), want, have;
    size_t used = 0;
    match->parameter_count = 0;
    if (pattern == NULL) return path.len > 0 && path.ptr[0] == '/';
    while (next_segment(&wanted, &want)) {
        if (!next_segment(&path, &have)) return false;
        bool any = want.len > 0 && want.ptr[0] == '{';
        if (any ? !take_parameter(match, &used, have) : !caa_slice_equal(want, have))
            return false;
    }
    return path.len == 0;
}

static unsigned method_bit(const char *method) {
    if (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0) return CAA_METHOD_GET;
    return strcmp(method, "POST") == 0 ? CAA_METHOD_POST : 0;
}

static void write_allow(struct caa_route_match *match, unsigned methods) {
    struct caa_writer allow = caa_writer_into(match->allow, sizeof match->allow);
    if (methods & CAA_METHOD_GET) caa_writer_text(&allow, "GET, HEAD, ");
    if (methods & CAA_METHOD_POST) caa_writer_text(&allow, "POST, ");
    caa_writer_text(&allow, "OPTIONS");
}

void caa_route_find(struct caa_route_match *match, const struct caa_route *routes, size_t count,
                    const char *method, struct caa_slice path) {
    unsigned wanted = method_bit(method), methods = 0;
    match->route = NULL;
    for (size_t i = 0; i < count; i++) {
        if (match->route != NULL || !path_matches(match, routes[i].path, path)) continue;
        methods |= routes[i].method;
        if (routes[i].method == wanted) match->route = &routes[i];
    }
    match->path_known = methods != 0;
    write_allow(match, methods);
}
