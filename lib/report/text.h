/* A check for people: the climb, the verdict in one sentence, findings, what to do. */
#ifndef CAA_REPORT_TEXT_H
#define CAA_REPORT_TEXT_H

#include <stdbool.h>
#include <stdio.h>

#include "check/check.h"
#include "report/style.h"

/* Writes the report of a finished check to `out`, whose errors are the caller's to look for. */
void caa_text_check(FILE *out, const struct caa_check_result *result,
                    const struct caa_text_style *style);

/* Writes `verdict: sentence`, for what needed no check: "not applicable: …". `verdict` is one
   of the words that caa_text_check uses, or another, which gets no colour. */
void caa_text_verdict(FILE *out, const char *verdict, const char *sentence,
                      const struct caa_text_style *style);

#endif
