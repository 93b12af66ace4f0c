#include "problem/extended.h"

#include <string.h>

#include "base/ascii.h"

#define UNKNOWN "Unknown Extended DNS Error code "

enum { CODE_MOST = 65535 };

struct extended {
    const char *summary;
    int code;
    enum caa_extended_kind kind;
};

static const struct extended table[] = {
#define CAA_EXTENDED(code, summary, kind) {summary, code, CAA_EXTENDED_##kind},
#include "problem/extended.def"
#undef CAA_EXTENDED
};

enum { TABLE_SIZE = sizeof table / sizeof table[0] };

static const struct extended *find(int code) {
    for (size_t i = 0; i < TABLE_SIZE; i++)
        if (table[i].code == code) return &table[i];
    return NULL;
}

void caa_extended_summary(int info_code, struct caa_writer *out) {
    const struct extended *known = find(info_code);
    if (known != NULL) {
        caa_writer_text(out, known->summary);
        return;
    }
    caa_writer_text(out, UNKNOWN);
    caa_writer_number(out, (unsigned long)info_code);
}

static bool starts_with(struct caa_slice text, const char *start) {
    size_t len = strlen(start);
    return text.len >= len && memcmp(text.ptr, start, len) == 0;
}

static int unknown_code(struct caa_slice text, size_t *len) {
    int code = 0;
    size_t at = strlen(UNKNOWN), start = at;
    while (at < text.len && caa_ascii_is_digit(text.ptr[at]) && code <= CODE_MOST)
        code = 10 * code + (text.ptr[at++] - '0');
    if (at == start || code > CODE_MOST) return -1;
    *len = at;
    return code;
}

int caa_extended_of_text(struct caa_slice text, size_t *len) {
    *len = 0;
    if (starts_with(text, UNKNOWN)) return unknown_code(text, len);
    int code = -1;
    for (size_t i = 0; i < TABLE_SIZE; i++) {
        size_t summary_len = strlen(table[i].summary);
        if (summary_len <= *len || !starts_with(text, table[i].summary)) continue;
        *len = summary_len;
        code = table[i].code;
    }
    return code;
}

enum caa_extended_kind caa_extended_kind(int info_code) {
    const struct extended *known = find(info_code);
    return known == NULL ? CAA_EXTENDED_FAILED : known->kind;
}
