#include "base/slice.h"

#include <string.h>

#include "base/ascii.h"

struct caa_slice caa_slice_of(const char *text) {
    return (struct caa_slice){text, text == NULL ? 0 : strlen(text)};
}

struct caa_slice caa_slice_bytes(const void *ptr, size_t len) {
    return (struct caa_slice){ptr, len};
}

bool caa_slice_equal(struct caa_slice a, struct caa_slice b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool caa_slice_equal_nocase(struct caa_slice a, struct caa_slice b) {
    if (a.len != b.len) return false;
    for (size_t i = 0; i < a.len; i++)
        if (caa_ascii_lower(a.ptr[i]) != caa_ascii_lower(b.ptr[i])) return false;
    return true;
}

struct caa_slice caa_slice_trim(struct caa_slice s) {
    while (s.len > 0 && caa_ascii_is_wsp(s.ptr[0])) s.ptr++, s.len--;
    while (s.len > 0 && caa_ascii_is_wsp(s.ptr[s.len - 1])) s.len--;
    return s;
}
