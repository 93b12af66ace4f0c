/* The names that a certificate is wanted for: a set, in A-labels and lower case. */
#ifndef CAA_ACME_NAMES_H
#define CAA_ACME_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/diag.h"
#include "base/err.h"
#include "base/slice.h"
#include "dns/identifier.h"

struct caa_names {
    struct caa_identifier *names; /* from malloc, sorted by text, each once */
    size_t count, size;
};

/* Adds a DNS name, a wildcard or an IP address, which has to be written as a CA writes it: what
   somebody else could read as another name is refused. CAA_ERR_SYNTAX with the reason;
   CAA_ERR_LIMIT where there would be more than `most`; CAA_ERR_NOMEM. */
enum caa_err caa_names_add(struct caa_names *names, struct caa_slice text, size_t most,
                           struct caa_diag *diag);

/* Gives back what room is left for more. */
void caa_names_shrink(struct caa_names *names);

/* Whether both hold the same names. */
bool caa_names_equal(const struct caa_names *a, const struct caa_names *b);

/* Frees what is in it. */
void caa_names_free(struct caa_names *names);

#endif
