#include "base/lines.h"

#include <string.h>

static void end_line(struct caa_lines *lines) {
    struct caa_slice line = {lines->octets, lines->is_too_long ? 0 : lines->len};
    bool is_too_long = lines->is_too_long;
    lines->is_too_long = false;
    lines->len = 0;
    lines->take(lines->context, line, is_too_long);
}

static void add_to_line(struct caa_lines *lines, struct caa_slice part) {
    lines->is_too_long |= part.len > lines->octets_most - lines->len;
    if (lines->is_too_long) return;
    memcpy(lines->octets + lines->len, part.ptr, part.len);
    lines->len += part.len;
}

void caa_lines_feed(struct caa_lines *lines, struct caa_slice octets) {
    while (octets.len > 0) {
        const char *newline = memchr(octets.ptr, '\n', octets.len);
        size_t len = newline == NULL ? octets.len : (size_t)(newline - octets.ptr);
        add_to_line(lines, (struct caa_slice){octets.ptr, len});
        if (newline == NULL) return;
        end_line(lines);
        octets = (struct caa_slice){octets.ptr + len + 1, octets.len - len - 1};
    }
}

void caa_lines_end(struct caa_lines *lines) {
    if (lines->len > 0 || lines->is_too_long) end_line(lines);
}
