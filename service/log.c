#include "service/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/diag.h"

void service_log(enum service_level level, const char *format, ...) {
    static const char *const words[] = {
        [SERVICE_ERROR] = "error: ", [SERVICE_WARNING] = "warning: "};
    char text[480];
    struct caa_diag line;
    va_list args;
    va_start(args, format);
    /* clang-tidy 14 says so of the second program that it is built into only.
       NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    caa_diag_set(&line, "%s", text);
    const char *word = level <= SERVICE_WARNING ? words[level] : "";
    /* sd-daemon(3): the journal takes the level from a prefix. */
    if (getenv("JOURNAL_STREAM") != NULL)
        fprintf(stderr, "<%d>%s\n", level, line.text);
    else
        fprintf(stderr, CAA_PROGRAM ": %s%s\n", word, line.text);
}
