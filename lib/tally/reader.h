/* Reads logs of any kind into a tally, told apart line by line, in constant memory. */
#ifndef CAA_TALLY_READER_H
#define CAA_TALLY_READER_H

#include "base/clock.h"
#include "base/slice.h"
#include "tally/tally.h"

enum { CAA_TALLY_LINE_MAX = 1 << 18 }; /* octets; a longer line is counted and passed over */

struct caa_tally_reader;

/* A new reader, freed by caa_tally_reader_free; the tally and the clock (for logs that do not
   write the year) must outlive it. NULL when out of memory. */
struct caa_tally_reader *caa_tally_reader_new(struct caa_tally *tally,
                                              const struct caa_clock *clock);

/* Takes the next octets, in pieces of any size, whatever they are. */
void caa_tally_reader_feed(struct caa_tally_reader *reader, struct caa_slice octets);

/* A file has ended: counts what is left. Feeding may begin anew with another file. */
void caa_tally_reader_end(struct caa_tally_reader *reader);

/* NULL is fine. */
void caa_tally_reader_free(struct caa_tally_reader *reader);

#endif
