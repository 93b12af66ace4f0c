/* Problem documents of ACME (RFC 8555 section 6.7, RFC 9457), as a CA can pass them on. */
#ifndef CAA_PROBLEM_DOCUMENT_H
#define CAA_PROBLEM_DOCUMENT_H

#include <stdint.h>

#include <jansson.h>

#include "base/err.h"
#include "base/slice.h"
#include "problem/problem.h"

/* Where the document is going to stand: that decides the status of a lookup that failed. */
enum caa_problem_place {
    CAA_PROBLEM_IN_CHALLENGE, /* in a challenge, an authorization or an order: 400 */
    CAA_PROBLEM_AS_ANSWER,    /* the HTTP answer itself: 503 where it is worth trying again */
};

struct caa_problem_document {
    int status;             /* HTTP status; 0: nothing stands in the way */
    uint32_t retry_after_s; /* of the Retry-After header, in the document also in `caa`; 0:
                               there must be none */
    json_t *json;           /* media type application/problem+json; NULL where status is 0 */
};

/* One name of a certificate, and what is known of it. All of it outlives the call only. */
struct caa_problem_name {
    const struct caa_check_result *result; /* of a finished check; NULL where none was made */
    enum caa_problem
        unchecked;           /* without a result: CAA_PROBLEM_IP_ADDRESS, _ONION, _NOT_A_NAME */
    struct caa_slice given;  /* without a result: the name as it was given, may be hostile */
    const char *reason;      /* CAA_PROBLEM_NOT_A_NAME: why */
    const char *evidence_id; /* where the caller keeps the check, UTF-8; or NULL */
};

/* The document for the names of one certificate: those that are allowed are passed over. Where
   one is left, it is told by itself; several get a document with `subproblems`, one each, of
   the type that they share or `compound`. Retry-After is there only where all of them may pass
   by themselves, and is the longest of theirs. `document` is freed by
   caa_problem_document_free. CAA_ERR_NOMEM. */
enum caa_err caa_problem_of_check(struct caa_problem_document *document,
                                  const struct caa_problem_name *names, size_t count,
                                  enum caa_problem_place place);

/* The document in one line, freed by free(); NULL when out of memory. */
char *caa_problem_document_text(const struct caa_problem_document *document);

/* Frees what is in it. */
void caa_problem_document_free(struct caa_problem_document *document);

#endif
