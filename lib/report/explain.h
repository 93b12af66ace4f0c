/* Explanations of error texts, for people and for programs. */
#ifndef CAA_REPORT_EXPLAIN_H
#define CAA_REPORT_EXPLAIN_H

#include <stdio.h>

#include <jansson.h>

#include "base/slice.h"
#include "problem/explain.h"
#include "report/text.h"

enum {
    CAA_EXPLAIN_TEXT_MAX = 1 << 20, /* octets of a text for caa_json_explain */
    CAA_EXPLANATIONS_MAX = 1000,    /* that it gives; more are counted as dropped */
};

/* One explanation in some lines. */
void caa_text_explanation(FILE *out, const struct caa_explanation *explanation,
                          const struct caa_text_style *style);

/* The object that docs/explain.schema.json describes; a new reference, NULL when out of memory.
 */
json_t *caa_json_explanation(const struct caa_explanation *explanation);

/* Reads `text`, whatever form it has, and explains it: {"explanations": [...], "dropped": 0},
   in one line, freed by free(). A text in which nothing is known has one of problem "unknown";
   one of more than CAA_EXPLAIN_TEXT_MAX octets one of problem "too-large". NULL when out of
   memory. */
char *caa_json_explain(struct caa_slice text);

#endif
