/* Why a request was not done, until it is told as a problem document (problem/use.h). */
#ifndef CAA_SERVE_REFUSAL_H
#define CAA_SERVE_REFUSAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "problem/use.h"

#define CAA_REFUSAL_TYPE "application/problem+json"

enum { CAA_REFUSAL_MEMBER_MAX = 96 };

struct caa_refusal {
    bool refused; /* false: there is nothing to refuse, and what follows means nothing */
    enum caa_use use;
    char member[CAA_REFUSAL_MEMBER_MAX]; /* JSON pointer (RFC 6901) to the member at fault, ""
                                            where there is none */
    struct caa_diag detail;              /* one sentence, made printable */
    uint32_t retry_after_s;              /* 0: trying again does not help */
};

/* Sets all of it. `member` is a JSON pointer such as "/issuers/1", or NULL. */
void caa_refusal_set(struct caa_refusal *refusal, enum caa_use use, const char *member,
                     const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The document, freed by free(), `*len` octets before the NUL. NULL when out of memory. */
char *caa_refusal_document(const struct caa_refusal *refusal, size_t *len);

#endif
