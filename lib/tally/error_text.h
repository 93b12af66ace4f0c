/* Inside tally: what an error text within something else says. */
#ifndef CAA_TALLY_ERROR_TEXT_H
#define CAA_TALLY_ERROR_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"
#include "problem/explainer.h"

enum { CAA_ERRORS_MOST = 100 }; /* that one text tells; an order has no more names */

struct caa_error_text {
    struct caa_explainer *explainer;
    size_t count; /* errors about CAA */
    size_t others;
    struct caa_explanation found[CAA_ERRORS_MOST];
};

/* Begins; false when out of memory. */
bool caa_error_text_begin(struct caa_error_text *errors);

/* Reads a text, or a problem document in JSON, and forgets the one before. */
void caa_error_text_read(struct caa_error_text *errors, struct caa_slice text);

/* A CAA lookup failed, or a CAA record forbids. */
bool caa_error_is_about_caa(const struct caa_explanation *explanation);

/* Frees what it holds. */
void caa_error_text_clear(struct caa_error_text *errors);

#endif
