/* What an error text means, in words. */
#ifndef CAA_REPORT_EXPLAIN_SENTENCE_H
#define CAA_REPORT_EXPLAIN_SENTENCE_H

#include "base/writer.h"
#include "problem/explain.h"

enum {
    CAA_EXPLAIN_SENTENCE_MAX = 4096
}; /* octets that are enough for either, the NUL included */

/* What happened, one sentence without a full stop: "the CA could not look up CAA for net:
   SERVFAIL". */
void caa_explain_sentence(const struct caa_explanation *explanation, struct caa_writer *out);

/* Whose fault it is, what becomes of trying again, and what to do: one sentence a line. */
void caa_explain_advice(const struct caa_explanation *explanation, struct caa_writer *out);

#endif
