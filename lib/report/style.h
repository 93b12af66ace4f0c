/* How text for people looks: colours and box drawing, where the reader has them. */
#ifndef CAA_REPORT_STYLE_H
#define CAA_REPORT_STYLE_H

#include <stdbool.h>

struct caa_text_style {
    bool colour;  /* ANSI escapes: only for a terminal */
    bool unicode; /* box drawing, for a UTF-8 locale */
};

/* Select Graphic Rendition of ECMA-48, the part that every terminal has. */
#define CAA_TEXT_BOLD   "\033[1m"
#define CAA_TEXT_FAINT  "\033[2m"
#define CAA_TEXT_RED    "\033[31m"
#define CAA_TEXT_GREEN  "\033[32m"
#define CAA_TEXT_YELLOW "\033[33m"
#define CAA_TEXT_PLAIN  "\033[0m"

/* One of them, or several in one string, where there is colour; else nothing. */
static inline const char *caa_text_code(const struct caa_text_style *style, const char *code) {
    return style->colour ? code : "";
}

#endif
