#include "base/diag.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/slice.h"
#include "base/utf8.h"

static void make_printable(char *text) {
    struct caa_slice rest = caa_slice_of(text);
    while (rest.len > 0) {
        size_t n = caa_utf8_sequence(rest);
        bool control = n == 1 && (*rest.ptr < 0x20 || *rest.ptr == 0x7f);
        /* U+0080 to U+009F are controls too, and a terminal may obey them. */
        control |=
            n == 2 && (unsigned char)rest.ptr[0] == 0xc2 && (unsigned char)rest.ptr[1] < 0xa0;
        if (n == 0) n = 1, control = true;
        if (control) memset(text + (rest.ptr - text), '?', n);
        rest.ptr += n;
        rest.len -= n;
    }
}

void caa_diag_set(struct caa_diag *diag, const char *format, ...) {
    if (diag == NULL) return;
    va_list args;
    va_start(args, format);
    vsnprintf(diag->text, sizeof diag->text, format, args);
    va_end(args);
    make_printable(diag->text);
}
