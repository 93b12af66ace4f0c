/* DER (X.690), value by value: what is BER only, and so read by some and not always alike, is
   none. */
#ifndef CAA_ACME_DER_H
#define CAA_ACME_DER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

enum {
    CAA_DER_BOOLEAN = 0x01,
    CAA_DER_OCTET_STRING = 0x04,
    CAA_DER_OBJECT_IDENTIFIER = 0x06,
    CAA_DER_SEQUENCE = 0x30,
    CAA_DER_DEPTH_MAX = 16,
};

struct caa_der {
    uint8_t tag; /* class and form included */
    struct caa_slice content;
};

/* A walk over all values, each before those that are in it. */
struct caa_der_walk {
    const char *at;
    const char *ends[CAA_DER_DEPTH_MAX]; /* of those that it is in */
    size_t depth;
    bool failed; /* it ended at what is none, or nested too deeply */
};

/* Takes the first value off `*rest`. False where there is none. */
bool caa_der_take(struct caa_slice *rest, struct caa_der *value);

/* Begins a walk over the values in `octets`, which outlive it. */
struct caa_der_walk caa_der_walk_over(struct caa_slice octets);

/* The next value; false at the end, or where it fails. */
bool caa_der_walk_next(struct caa_der_walk *walk, struct caa_der *value);

#endif
