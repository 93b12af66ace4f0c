#include "problem/reader.h"

#include <string.h>

#include "base/ascii.h"

struct caa_slice caa_reader_rest(const struct caa_reader *reader) {
    return (struct caa_slice){reader->text.ptr + reader->at, reader->text.len - reader->at};
}

bool caa_slice_starts_with(struct caa_slice text, const char *start) {
    size_t len = strlen(start);
    return text.len >= len && memcmp(text.ptr, start, len) == 0;
}

bool caa_reader_skip(struct caa_reader *reader, const char *words) {
    if (!caa_slice_starts_with(caa_reader_rest(reader), words)) return false;
    reader->at += strlen(words);
    return true;
}

void caa_reader_skip_blanks(struct caa_reader *reader) {
    while (reader->at < reader->text.len && caa_ascii_is_wsp(reader->text.ptr[reader->at]))
        reader->at++;
}

struct caa_slice caa_reader_take(struct caa_reader *reader, bool (*belongs)(char)) {
    size_t start = reader->at;
    while (reader->at < reader->text.len && belongs(reader->text.ptr[reader->at])) reader->at++;
    return (struct caa_slice){reader->text.ptr + start, reader->at - start};
}

static bool is_name_octet(char c) {
    return caa_ascii_is_alnum(c) || c == '.' || c == '-' || c == '_' || c == '*';
}

/* "<domain>" and the like, where a name or its next label begins. */
static size_t placeholder_len(struct caa_slice rest) {
    static const char openers[] = "<{([", closers[] = ">})]";
    enum { MOST = 64 };
    const char *opener =
        rest.len == 0 || rest.ptr[0] == '\0' ? NULL : strchr(openers, rest.ptr[0]);
    if (opener == NULL) return 0;
    size_t within = rest.len < MOST ? rest.len : MOST;
    const char *end = memchr(rest.ptr, closers[opener - openers], within);
    return end == NULL ? 0 : (size_t)(end - rest.ptr) + 1;
}

struct caa_slice caa_reader_take_name(struct caa_reader *reader) {
    caa_reader_skip_blanks(reader);
    while (caa_reader_skip(reader, "\\") || caa_reader_skip(reader, "\"") ||
           caa_reader_skip(reader, "$"))
        continue;
    size_t start = reader->at, placeholder;
    do {
        bool begins = reader->at == start || reader->text.ptr[reader->at - 1] == '.';
        placeholder = begins ? placeholder_len(caa_reader_rest(reader)) : 0;
        reader->at += placeholder;
    } while (caa_reader_take(reader, is_name_octet).len > 0 || placeholder > 0);
    struct caa_slice name = {reader->text.ptr + start, reader->at - start};
    while (name.len > 0 && name.ptr[name.len - 1] == '.') name.len--;
    return name;
}

struct caa_slice caa_reader_name_before(const struct caa_reader *reader, size_t end) {
    size_t start = end;
    while (start > 0 && strchr(" \t\"'=,", reader->text.ptr[start - 1]) == NULL) start--;
    return (struct caa_slice){reader->text.ptr + start, end - start};
}
