/* The verdict in words, the same in every form of report. */
#ifndef CAA_REPORT_SENTENCE_H
#define CAA_REPORT_SENTENCE_H

#include "base/writer.h"
#include "check/check.h"
#include "policy/judge.h"

enum { CAA_SENTENCE_MAX = 4096 }; /* octets that are enough for either text, the NUL included */

/* What was decided and why, in one sentence without the verdict's own word in front:
   "no CAA record at a.example or example, so any CA may issue". */
void caa_sentence_verdict(const struct caa_check_result *result, struct caa_writer *out);

/* What to do about it, one sentence a line; empty where there is nothing to do. */
void caa_sentence_advice(const struct caa_check_result *result, struct caa_writer *out);

/* The name as it would stand in the certificate: "*.example.org". */
void caa_sentence_subject(const struct caa_request *request, struct caa_writer *out);

/* What happened at one level, in a few words: "no CAA", "2 CAA records", "SERVFAIL". */
void caa_sentence_level(const struct caa_level *level, struct caa_writer *out);

#endif
