#include "base/writer.h"

#include <string.h>

#include "base/utf8.h"

struct caa_writer caa_writer_into(char *buffer, size_t size) {
    buffer[0] = '\0';
    return (struct caa_writer){.text = buffer, .size = size};
}

void caa_writer_slice(struct caa_writer *w, struct caa_slice s) {
    size_t room = w->size - w->len - 1;
    size_t n = s.len;
    if (n > room) n = room, w->overflow = true;
    if (n > 0) memcpy(w->text + w->len, s.ptr, n);
    w->len += n;
    w->text[w->len] = '\0';
}

void caa_writer_char(struct caa_writer *w, char c) {
    caa_writer_slice(w, (struct caa_slice){&c, 1});
}

void caa_writer_text(struct caa_writer *w, const char *text) {
    caa_writer_slice(w, caa_slice_of(text));
}

void caa_writer_padded(struct caa_writer *w, uint64_t number, size_t width) {
    char digits[20]; /* 2^64 has as many */
    size_t first = sizeof digits;
    do digits[--first] = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    while (first > 0 && sizeof digits - first < width) digits[--first] = '0';
    caa_writer_slice(w, caa_slice_bytes(digits + first, sizeof digits - first));
}

void caa_writer_number(struct caa_writer *w, uint64_t number) {
    caa_writer_padded(w, number, 1);
}

void caa_writer_printable(struct caa_writer *w, struct caa_slice s) {
    while (s.len > 0) {
        size_t n = caa_utf8_printable(s);
        if (n == 0)
            caa_writer_char(w, '?');
        else
            caa_writer_slice(w, caa_slice_bytes(s.ptr, n));
        if (n == 0) n = 1;
        s.ptr += n;
        s.len -= n;
    }
}

static bool is_special(unsigned char octet, bool in_label) {
    return octet == '"' || octet == '\\' || (in_label && octet == '.');
}

static bool is_plain(unsigned char octet, bool in_label) {
    bool is_printable = octet >= 0x20 && octet <= 0x7e && !(in_label && octet == ' ');
    return is_printable && !is_special(octet, in_label);
}

/* Every name that is written comes by, and nearly all of them are plain. */
void caa_writer_escaped(struct caa_writer *w, struct caa_slice octets, bool in_label) {
    for (size_t at = 0, plain = 0; at<octets.len; at += plain> 0 ? plain : 1) {
        const unsigned char *from = (const unsigned char *)octets.ptr + at;
        for (plain = 0; plain < octets.len - at && is_plain(from[plain], in_label);) plain++;
        if (plain > 0) {
            caa_writer_slice(w, caa_slice_bytes(from, plain));
            continue;
        }
        caa_writer_char(w, '\\');
        if (is_special(*from, in_label))
            caa_writer_char(w, (char)*from);
        else
            caa_writer_padded(w, *from, 3);
    }
}
