/* A lookup answered from a text file: for tests, and for "what if" questions. One line each:

     owner. [ttl] [IN] CAA flags tag "value"      \DDD and \X escapes as in RFC 1035
     owner. [ttl] [IN] CAA \# length hex          RFC 3597: also RDATA that cannot be read
     owner. [ttl] [IN] CNAME target.
     owner. !SERVFAIL | !NXDOMAIN | !NODATA | !TIMEOUT | !REFUSED | !BOGUS(reason) | !TRUNCATED

   An owner that is not listed is NODATA; '#' starts a comment outside quotes, unless a
   backslash is before it. An owner with CAA lines has nothing else but CAA lines, any other
   owner has one line. All names are complete, with or without the final dot. Since an owner
   that nobody asks for reads as permission, these are refused: white space in front of the
   owner, `@`, octets that are not printable ASCII (an IDN is written in A-labels), and
   wildcards.

   Answers are insecure: no validation took place. The TTL is 3600 s unless given, the least one
   along a chain of aliases and of a set. A CNAME is followed up to 12 times; a loop or a longer
   chain is SERVFAIL, as a recursor would say. !NXDOMAIN and !NODATA are empty answers, the
   others failures. A question for another type than CAA finds no data, but the same aliases and
   outcomes. */
#ifndef CAA_RESOLVE_ANSWERS_H
#define CAA_RESOLVE_ANSWERS_H

#include <event2/event.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/err.h"
#include "base/slice.h"
#include "dns/lookup.h"

enum { CAA_ANSWERS_FILE_MAX = 16 << 20 }; /* octets */

/* Reads the whole text; `file` is its name in errors. On success `*lookup` answers from it on
   `base`, with `clock` (both must outlive it). CAA_ERR_SYNTAX with "FILE:LINE: reason" in
   `diag`, CAA_ERR_LIMIT beyond CAA_ANSWERS_FILE_MAX, CAA_ERR_NOMEM, CAA_ERR_EVENT. */
enum caa_err caa_answers_new(struct caa_lookup **lookup, struct event_base *base,
                             const struct caa_clock *clock, struct caa_slice text,
                             const char *file, struct caa_diag *diag);

/* The same from the file at `path`; "-" is standard input. CAA_ERR_FILE as well. */
enum caa_err caa_answers_open(struct caa_lookup **lookup, struct event_base *base,
                              const struct caa_clock *clock, const char *path,
                              struct caa_diag *diag);

/* Every CAA record of the text, in its order: for lint. `visit` gets the line number, the
   owner (in lower case), and the RDATA in wire format; it is only called where the whole text
   is well-formed but for the CAA values. Errors as caa_answers_new. */
typedef void caa_answers_visit(void *context, unsigned long line, const struct caa_name *owner,
                               struct caa_slice rdata);
enum caa_err caa_answers_each(struct caa_slice text, const char *file, caa_answers_visit *visit,
                              void *context, struct caa_diag *diag);

#endif
