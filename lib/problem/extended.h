/* Extended DNS errors (RFC 8914) as Boulder puts them into words. */
#ifndef CAA_PROBLEM_EXTENDED_H
#define CAA_PROBLEM_EXTENDED_H

#include "base/slice.h"
#include "base/writer.h"

enum { CAA_EXTENDED_DNSSEC_BOGUS = 6 }; /* RFC 8914 section 4.7 */

/* What an extended error says of the lookup that it came with. */
enum caa_extended_kind {
    CAA_EXTENDED_FAILED,   /* servers failed, or were not reached */
    CAA_EXTENDED_BOGUS,    /* an answer did not validate */
    CAA_EXTENDED_RESOLVER, /* the resolver itself was not able to */
    CAA_EXTENDED_BLOCKED,  /* the resolver was told not to */
};

/* "DNSSEC: Bogus"; "Unknown Extended DNS Error code 4711" for a code that has no words. */
void caa_extended_summary(int info_code, struct caa_writer *out);

/* The code whose summary `text` starts with, and the summary's length in octets; -1 and 0 where
   it starts with none. */
int caa_extended_of_text(struct caa_slice text, size_t *len);

/* CAA_EXTENDED_FAILED for a code that is not known. */
enum caa_extended_kind caa_extended_kind(int info_code);

#endif
