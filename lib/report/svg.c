#include "report/svg.h"

#include <stddef.h>
#include <string.h>

#define SANS "'DejaVu Sans', Verdana, 'Segoe UI', sans-serif"
#define MONO "'DejaVu Sans Mono', Menlo, Consolas, monospace"

const char *caa_svg_colour(enum caa_svg_sign sign) {
    static const char *const colours[] = {"#00745a", "#8a5a00", "#b03a00", "#0060a0",
                                          "#6b7280"};
    return colours[sign];
}

const char *caa_svg_ground(enum caa_svg_sign sign) {
    static const char *const grounds[] = {"#e8f5f1", "#fdf3dc", "#fdeae2", "#e7f1f9",
                                          "#f3f4f6"};
    return grounds[sign];
}

static void write_escaped_octets(FILE *out, const char *text, size_t len) {
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        switch (c) {
        case '&': fputs("&amp;", out); break;
        case '<': fputs("&lt;", out); break;
        case '>': fputs("&gt;", out); break;
        case '"': fputs("&quot;", out); break;
        default: fputc(c < ' ' || c == 0x7f ? '?' : c, out);
        }
    }
}

static void write_escaped(FILE *out, const char *text) {
    write_escaped_octets(out, text, strlen(text));
}

void caa_svg_begin(FILE *out, int width, int height, const char *title,
                   const char *description) {
    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
            "viewBox=\"0 0 %d %d\" role=\"img\" aria-labelledby=\"t d\">\n<title id=\"t\">",
            width, height, width, height);
    write_escaped(out, title);
    fputs("</title>\n<desc id=\"d\">", out);
    write_escaped(out, description);
    fprintf(out, "</desc>\n<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>\n", width,
            height);
}

void caa_svg_end(FILE *out) {
    fputs("</svg>\n", out);
}

void caa_svg_box(FILE *out, int x, int y, int width, int height, int radius, const char *fill,
                 const char *stroke, int stroke_width) {
    fprintf(out,
            "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"%d\" fill=\"%s\" "
            "stroke=\"%s\" stroke-width=\"%d\"/>\n",
            x, y, width, height, radius, fill, stroke, stroke_width);
}

void caa_svg_draw_sign(FILE *out, enum caa_svg_sign sign, int x, int y) {
    const char *colour = caa_svg_colour(sign);
    fprintf(out, "<g transform=\"translate(%d %d)\" fill=\"%s\" stroke-linecap=\"round\">", x,
            y, colour);
    switch (sign) {
    case CAA_SVG_GOOD:
        fputs("<circle r=\"7\"/><path d=\"M-3 0.2L-1 2.6L3.2 -2.4\" fill=\"none\" "
              "stroke=\"#fff\" stroke-width=\"1.8\"/>",
              out);
        break;
    case CAA_SVG_WARNING:
        fputs("<path d=\"M0 -7.5L7.8 6.3H-7.8Z\" stroke-linejoin=\"round\"/><path d=\"M0 "
              "-2.6V1.6M0 4.2V4.3\" stroke=\"#fff\" stroke-width=\"1.8\"/>",
              out);
        break;
    case CAA_SVG_BAD:
        fputs("<rect x=\"-7\" y=\"-7\" width=\"14\" height=\"14\" rx=\"2\"/><path d=\"M-3 "
              "-3L3 3M3 -3L-3 3\" stroke=\"#fff\" stroke-width=\"1.8\"/>",
              out);
        break;
    case CAA_SVG_NOTE:
        fputs("<circle r=\"7\"/><path d=\"M0 -0.6V3.4M0 -3.5V-3.4\" stroke=\"#fff\" "
              "stroke-width=\"1.8\"/>",
              out);
        break;
    case CAA_SVG_NONE:
        fprintf(out, "<circle r=\"6\" fill=\"none\" stroke=\"%s\" stroke-width=\"1.6\"/>",
                colour);
        break;
    }
    fputs("</g>\n", out);
}

void caa_svg_arrow(FILE *out, int x, int from_y, int to_y, bool dashed) {
    fprintf(out,
            "<path d=\"M%d %dV%d\" stroke=\"#4b5563\" stroke-width=\"2\"%s fill=\"none\"/>"
            "<path d=\"M%d %dl-5 -9h10z\" fill=\"#4b5563\"/>\n",
            x, from_y, to_y - 7, dashed ? " stroke-dasharray=\"4 4\"" : "", x, to_y);
}

/* --- text */

/* Octets of the character that begins there. */
static size_t character_len(const char *text) {
    size_t len = 1;
    while (((unsigned char)text[len] & 0xc0) == 0x80) len++;
    return len;
}

/* In hundredths of the font's size; generous, so that nothing runs over an edge. */
static int character_width(const struct caa_svg_text *style, char c) {
    if (style->mono) return 61;
    if (c == ' ') return 33;
    if (strchr("iljtfrI.,:;'|!()[]-1", c) != NULL) return style->bold ? 44 : 39;
    if (strchr("mwMW@%", c) != NULL) return style->bold ? 102 : 95;
    if (c >= 'A' && c <= 'Z') return style->bold ? 78 : 71;
    return style->bold ? 70 : 62;
}

static int width_of(const struct caa_svg_text *style, const char *text, size_t len) {
    int hundredths = 0;
    for (size_t at = 0; at < len; at += character_len(text + at))
        hundredths += character_width(style, text[at]);
    return hundredths * style->size / 100;
}

int caa_svg_text_width(const struct caa_svg_text *style, const char *text) {
    return width_of(style, text, strlen(text));
}

/* Octets of `text` that fit into `width`, whole characters. */
static size_t fitting(const struct caa_svg_text *style, const char *text, int width) {
    size_t len = 0;
    while (text[len] != '\0') {
        size_t next = len + character_len(text + len);
        if (width_of(style, text, next) > width) break;
        len = next;
    }
    return len;
}

static void begin_text(FILE *out, const struct caa_svg_text *style, int y) {
    fprintf(out, "<text x=\"%d\" y=\"%d\" font-family=\"%s\" font-size=\"%d\" fill=\"%s\"%s%s>",
            style->x, y, style->mono ? MONO : SANS, style->size, style->fill,
            style->bold ? " font-weight=\"bold\"" : "",
            style->from_end ? " text-anchor=\"end\"" : "");
}

void caa_svg_text(FILE *out, const struct caa_svg_text *style, const char *text) {
    bool fits = style->width == 0 || caa_svg_text_width(style, text) <= style->width;
    begin_text(out, style, style->y);
    if (!fits) {
        fputs("<title>", out);
        write_escaped(out, text);
        fputs("</title>", out);
        write_escaped_octets(out, text, fitting(style, text, style->width - style->size));
        fputs("…", out);
    } else {
        write_escaped(out, text);
    }
    fputs("</text>\n", out);
}

/* The end of a line that begins at `text`: before a space, or amidst what has none. */
static size_t line_end(const struct caa_svg_text *style, const char *text) {
    size_t end = fitting(style, text, style->width);
    if (text[end] == '\0') return end;
    size_t space = end;
    while (space > 0 && text[space] != ' ') space--;
    if (space > 0) return space;
    return end > 0 ? end : character_len(text);
}

int caa_svg_paragraph(FILE *out, const struct caa_svg_text *style, int leading,
                      const char *text) {
    int lines = 0;
    while (*text == ' ') text++;
    while (*text != '\0') {
        size_t len = line_end(style, text);
        if (out != NULL) {
            begin_text(out, style, style->y + lines * leading);
            write_escaped_octets(out, text, len);
            fputs("</text>\n", out);
        }
        lines++;
        text += len;
        while (*text == ' ') text++;
    }
    return lines;
}
