/* What the answer of somebody else's ACME server lacks: that trying again helps. Pure. */
#ifndef CAA_PROBLEM_ANNOTATE_H
#define CAA_PROBLEM_ANNOTATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"
#include "dns/evidence.h"

enum { CAA_ANNOTATE_BODY_MAX = 1 << 18 }; /* octets that are looked at */

struct caa_annotation {
    char *body; /* with what was added, from malloc; NULL: there is nothing to add */
    size_t body_len;
    uint32_t retry_after_s; /* for the Retry-After header: the longest of all problems */
    enum caa_fault fault;   /* that all have in common; CAA_FAULT_UNKNOWN where they differ */
};

/* Looks at the body of an answer: a problem document (RFC 9457) where `is_problem`, else an
   order, authorization or challenge of RFC 8555 section 7.1, whose `error` members are such
   documents; only one whose status is "invalid" is done for, so that a Retry-After speaks of
   trying again and not of the next look at it. Where every problem in it (each of its
   subproblems, where it has some) is one that caa_explain_judge says to try again after, each
   gets the extension member of docs/problem.schema.json, last in its object, and nothing else
   changes by an octet. Nothing is added where one of them is not so, or not understood; where
   one has a member `caa` already: its server knows better; and where the body is larger than
   CAA_ANNOTATE_BODY_MAX, no JSON object, or says a member twice.

   `said_after_s`: seconds of a Retry-After that the answer has already, which are then also
   those of the member; 0: it has none. CAA_ERR_NOMEM. */
enum caa_err caa_problem_annotate(struct caa_annotation *annotation, struct caa_slice body,
                                  bool is_problem, uint32_t said_after_s);

#endif
