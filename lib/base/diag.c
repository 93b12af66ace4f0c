#include "base/diag.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/writer.h"

void caa_diag_set(struct caa_diag *diag, const char *format, ...) {
    if (diag == NULL) return;
    va_list args;
    va_start(args, format);
    char raw[sizeof diag->text];
    vsnprintf(raw, sizeof raw, format, args);
    va_end(args);
    struct caa_writer text = caa_writer_into(diag->text, sizeof diag->text);
    caa_writer_printable(&text, caa_slice_of(raw));
}
