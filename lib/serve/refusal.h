/* Why a request was not done, for whoever wrote it: a problem document (RFC 9457). */
#ifndef CAA_SERVE_REFUSAL_H
#define CAA_SERVE_REFUSAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"

#define CAA_REFUSAL_TYPE "application/problem+json"

enum { CAA_REFUSAL_MEMBER_MAX = 96 };

struct caa_refusal {
    unsigned status;                     /* of HTTP; 0: there is nothing to refuse */
    char member[CAA_REFUSAL_MEMBER_MAX]; /* JSON pointer (RFC 6901) to the member at fault, ""
                                            where there is none */
    struct caa_diag detail;              /* one sentence, made printable */
    uint32_t retry_after_s;              /* 0: trying again does not help */
};

/* Sets all of it. `member` is a JSON pointer such as "/issuers/1", or NULL. */
void caa_refusal_set(struct caa_refusal *refusal, unsigned status, const char *member,
                     const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The words for an HTTP status: "Not Found". Static. */
const char *caa_refusal_title(unsigned status);

/* The document, freed by free(), `*len` octets before the NUL. NULL when out of memory. */
char *caa_refusal_document(const struct caa_refusal *refusal, size_t *len);

#endif
