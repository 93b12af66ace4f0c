/* Where and why a text breaks its grammar: shown to the people who wrote it. */
#ifndef CAA_RECORD_MALFORMED_H
#define CAA_RECORD_MALFORMED_H

#include <stddef.h>

#include "base/err.h"

struct caa_malformed {
    size_t position;    /* octets from the start of what was parsed */
    const char *reason; /* static, a clause without capital and full stop: "a label ends with a
                           hyphen" */
};

/* Notes place and reason in `malformed`, which may be NULL. Always CAA_ERR_SYNTAX, so that a
   parser can return it. */
static inline enum caa_err caa_malformed_at(struct caa_malformed *malformed, size_t position,
                                            const char *reason) {
    if (malformed != NULL) *malformed = (struct caa_malformed){position, reason};
    return CAA_ERR_SYNTAX;
}

#endif
