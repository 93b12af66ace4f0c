#include "daemon/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/diag.h"

void caad_log(enum caad_level level, const char *format, ...) {
    static const char *const words[] = {[CAAD_ERROR] = "error: ", [CAAD_WARNING] = "warning: "};
    char text[480];
    struct caa_diag line;
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    caa_diag_set(&line, "%s", text);
    const char *word = level <= CAAD_WARNING ? words[level] : "";
    /* sd-daemon(3): the journal takes the level from a prefix. */
    if (getenv("JOURNAL_STREAM") != NULL)
        fprintf(stderr, "<%d>%s\n", level, line.text);
    else
        fprintf(stderr, "caad: %s%s\n", word, line.text);
}
