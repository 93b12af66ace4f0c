/* The few shapes of SVG that a picture is made of. Text from strangers is escaped. */
#ifndef CAA_REPORT_SVG_H
#define CAA_REPORT_SVG_H

#include <stdbool.h>
#include <stdio.h>

/* What a state looks like: a shape of its own besides its colour, so that nobody needs to tell
   colours apart. */
enum caa_svg_sign {
    CAA_SVG_GOOD,    /* a tick in a disc */
    CAA_SVG_WARNING, /* an exclamation mark in a triangle */
    CAA_SVG_BAD,     /* a cross in a square */
    CAA_SVG_NOTE,    /* an i in a disc */
    CAA_SVG_NONE,    /* an empty ring */
};

struct caa_svg_text {
    int x, y, size; /* y: the base line */
    const char *fill;
    bool bold, mono;
    bool from_end; /* x is where the text ends */
    int width;     /* what is wider is cut, with an ellipsis; 0: nothing is */
};

/* The colour of a sign, by the palette of Okabe and Ito, darkened where it carries text. */
const char *caa_svg_colour(enum caa_svg_sign sign);

/* A pale ground for the same. */
const char *caa_svg_ground(enum caa_svg_sign sign);

/* Begins and ends the document; title and description are for who cannot see it. */
void caa_svg_begin(FILE *out, int width, int height, const char *title,
                   const char *description);
void caa_svg_end(FILE *out);

/* A rectangle with round corners. */
void caa_svg_box(FILE *out, int x, int y, int width, int height, int radius, const char *fill,
                 const char *stroke, int stroke_width);

/* Draws a sign of 14 by 14 with its centre there. */
void caa_svg_draw_sign(FILE *out, enum caa_svg_sign sign, int x, int y);

/* An arrow downward. */
void caa_svg_arrow(FILE *out, int x, int from_y, int to_y, bool dashed);

/* One line of text; what is cut can still be read by pointing at it. */
void caa_svg_text(FILE *out, const struct caa_svg_text *style, const char *text);

/* The width of text, estimated; no font is at hand. */
int caa_svg_text_width(const struct caa_svg_text *style, const char *text);

/* Text in lines of at most `style->width`, broken at spaces, `leading` apart; returns their
   number. `out` NULL: only counts. */
int caa_svg_paragraph(FILE *out, const struct caa_svg_text *style, int leading,
                      const char *text);

#endif
