/* What was counted and what follows, in words. */
#ifndef CAA_TALLY_PROSE_H
#define CAA_TALLY_PROSE_H

#include "base/writer.h"
#include "tally/inference.h"
#include "tally/tally.h"

enum { CAA_TALLY_PROSE_MAX = 2048 }; /* octets that are enough for any of these */

/* "0.084 %": two digits that mean something, three from 10 % up. */
void caa_prose_percent(double rate, struct caa_writer *out);

/* "2025-11-24 04:05" in UTC; without the time of the day where `width_s` is a day or more. */
void caa_prose_time(int64_t at_s, int64_t width_s, struct caa_writer *out);

/* "1,234,567" */
void caa_prose_count(uint64_t count, struct caa_writer *out);

/* What one row is counted by, and of which the failures are: "TLD", "zone", … Static. */
const char *caa_prose_by(enum caa_tally_by by);

/* What is counted: "checks", "lookups", "orders", "certificates". Static. */
const char *caa_prose_of(const struct caa_tally *tally, const struct caa_tally_part *part);

/* What a fault means, for a person: "the registry of a TLD, or the CA's way to it". Static. */
const char *caa_prose_fault(enum caa_tally_fault fault);

/* Who uses the CA can do something about it. */
bool caa_prose_is_users(enum caa_tally_fault fault);

/* One sentence that sums all up: "16 CAA checks failed between … and …". */
void caa_prose_summary(const struct caa_tally *tally, const struct caa_tally_part *part,
                       struct caa_writer *out);

/* One sentence on one inference, and what it rests on. */
void caa_prose_inference(const struct caa_tally *tally, const struct caa_tally_part *part,
                         const struct caa_inference *inference, struct caa_writer *out);

/* How the tests are to be read: how many there were, and what they assume. Sentences, one a
   line. */
void caa_prose_tests(const struct caa_tally *tally, const struct caa_inferences *inferences,
                     struct caa_writer *out);

/* What trying again did, or might have done: sentences, one a line. */
void caa_prose_retry(const struct caa_tally *tally, const struct caa_tally_part *part,
                     struct caa_writer *out);

/* What was read and what was not counted: sentences, one a line. */
void caa_prose_input(const struct caa_tally *tally, struct caa_writer *out);

#endif
