/* What a walk found, and what the validating recursor says of the same question. */
#ifndef CAA_REPORT_TRACE_H
#define CAA_REPORT_TRACE_H

#include <stdio.h>

#include "dns/answer.h"
#include "probe/path.h"
#include "report/text.h"

struct caa_trace {
    const struct caa_path *path;
    const struct caa_answer *answer; /* the recursor's */
    const char *source;              /* who it is: "libunbound 1.17.1" */
};

enum { CAA_TRACE_RECORD_MAX = 2048 };

/* The RDATA of a record of any type in presentation format; what is unreadable or too long
   becomes "\# LENGTH …". */
void caa_trace_record(const struct caa_answer *answer, size_t index,
                      char text[CAA_TRACE_RECORD_MAX]);

/* For people: each zone, and a line for each of its servers. */
void caa_text_trace(FILE *out, const struct caa_trace *trace,
                    const struct caa_text_style *style);

/* For programs: one line of JSON without the line's end, as docs/trace.schema.json describes
   it, freed by free(). NULL when out of memory. */
char *caa_json_trace(const struct caa_trace *trace);

#endif
