/* The tables of a report: the groups that matter most, and all others together. */
#ifndef CAA_TALLY_ROWS_H
#define CAA_TALLY_ROWS_H

#include <stddef.h>

#include "statistics/interval.h"
#include "tally/tally.h"

struct caa_row {
    const char *label; /* printable; NULL: all that have no row of their own */
    size_t groups;     /* of those: how many are known one by one */
    uint64_t failures;
    uint64_t total; /* of how many; 0: not known */
    struct caa_interval rate;
};

enum { CAA_ROWS_MOST = 21 }; /* of a table, the others included */

/* Fills in at most `most` rows and one for the others, and returns their number; 0 where there
   is nothing to tell. Most failures first. Groups without failures have a row only where that
   says something: TLDs and CAs of logs that tell what worked. */
size_t caa_rows_of(const struct caa_tally *tally, const struct caa_tally_part *part,
                   enum caa_tally_by by, size_t most, struct caa_row rows[CAA_ROWS_MOST]);

#endif
