/* Where and why a text breaks its grammar: shown to the people who wrote it. */
#ifndef CAA_RECORD_MALFORMED_H
#define CAA_RECORD_MALFORMED_H

#include <stddef.h>

struct caa_malformed {
    size_t position;    /* octets from the start of what was parsed */
    const char *reason; /* static, a clause without capital and full stop: "a label ends with a
                           hyphen" */
};

#endif
