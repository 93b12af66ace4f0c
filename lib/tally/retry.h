/* What became of names that failed: were they tried again, and did it work? */
#ifndef CAA_TALLY_RETRY_H
#define CAA_TALLY_RETRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

enum {
    CAA_RETRY_NAMES_MOST = 65536,  /* whose failure is remembered at once */
    CAA_RETRY_WITHIN_S = 24 * 3600 /* what comes later is another order, no second try */
};

struct caa_retry {
    uint64_t worked;       /* failures whose next try within a day worked */
    uint64_t worked_1h;    /* … within an hour */
    uint64_t failed_again; /* … failed */
    uint64_t not_followed; /* failures that found no room: what became of them is not known */
    size_t name_count;     /* that wait for a next try */
    void *tree;            /* of them */
};

/* The check of a name has ended, at a time of the wall clock or CAA_TALLY_NO_TIME. False when
   out of memory. */
bool caa_retry_note(struct caa_retry *retry, struct caa_slice name, bool failed, int64_t at_us);

/* Frees what is remembered; the counts stay. */
void caa_retry_clear(struct caa_retry *retry);

#endif
