/* Whole lines out of octets that come in pieces. */
#ifndef CAA_BASE_LINES_H
#define CAA_BASE_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

/* Gets a line without its newline, which lives until it returns; empty where the line was
   longer than there was room. */
typedef void caa_lines_take(void *context, struct caa_slice line, bool is_too_long);

struct caa_lines {
    char *octets; /* where a line is put together */
    size_t octets_most;
    caa_lines_take *take;
    void *context;
    size_t len;       /* of the line that has begun; 0 at first */
    bool is_too_long; /* the rest of it is passed over */
};

/* Any octets; every newline ends a line. */
void caa_lines_feed(struct caa_lines *lines, struct caa_slice octets);

/* The last line may have no newline. More may follow, as another text. */
void caa_lines_end(struct caa_lines *lines);

#endif
