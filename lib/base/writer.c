#include "base/writer.h"

#include <stdio.h>
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

void caa_writer_number(struct caa_writer *w, unsigned long number) {
    char digits[24];
    snprintf(digits, sizeof digits, "%lu", number);
    caa_writer_text(w, digits);
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

void caa_writer_escaped(struct caa_writer *w, unsigned char octet, bool in_label) {
    char text[8];
    if (octet == '"' || octet == '\\' || (in_label && octet == '.'))
        snprintf(text, sizeof text, "\\%c", octet);
    else if (octet < 0x20 || octet > 0x7e || (in_label && octet == ' '))
        snprintf(text, sizeof text, "\\%03u", octet);
    else
        snprintf(text, sizeof text, "%c", octet);
    caa_writer_text(w, text);
}
