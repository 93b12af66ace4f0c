/* Explains whatever comes in, piece by piece: one text, a document, or the log of a year; in
   constant memory. */
#ifndef CAA_PROBLEM_EXPLAINER_H
#define CAA_PROBLEM_EXPLAINER_H

#include "base/slice.h"
#include "problem/message.h"

enum {
    CAA_EXPLAINER_LINE_MAX = 1 << 18
}; /* octets; a longer line is reported and passed over */

struct caa_explainer;

/* A new explainer, freed by caa_explainer_free; `take` gets `context` and each error with the
   line where it ends. What is said twice in one line or document is taken once. NULL when out
   of memory. */
struct caa_explainer *caa_explainer_new(caa_explanation_take *take, void *context);

/* Takes the next octets, in pieces of any size. Errors are handed out as soon as it is clear
   that the following lines do not belong to them. */
void caa_explainer_feed(struct caa_explainer *explainer, struct caa_slice octets);

/* The input has ended: hands out what is left. Feeding may begin anew after this. */
void caa_explainer_end(struct caa_explainer *explainer);

/* Lines read so far, and errors handed out. */
unsigned long caa_explainer_line_count(const struct caa_explainer *explainer);
unsigned long caa_explainer_taken_count(const struct caa_explainer *explainer);

/* Frees it; nothing is handed out. NULL is fine. */
void caa_explainer_free(struct caa_explainer *explainer);

#endif
