/* What a recursor must be told before its first question: where the root is (RFC 9609), and
   whose signatures to believe (RFC 4033 section 2). */
#ifndef CAA_RESOLVE_BOOTSTRAP_H
#define CAA_RESOLVE_BOOTSTRAP_H

#include <stddef.h>

#include "base/diag.h"
#include "base/err.h"
#include "base/slice.h"

enum {
    CAA_BOOTSTRAP_FILE_MAX = 1 << 20, /* octets */
    CAA_ROOT_ADDRESSES_MAX = 64,
    CAA_ADDRESS_TEXT_MAX = 64,
    CAA_TRUST_ANCHORS_MAX = 16,
    CAA_TRUST_ANCHOR_TEXT_MAX = 2048,
};

/* Addresses of root servers as text, "198.41.0.4". */
struct caa_root_hints {
    size_t count;
    char addresses[CAA_ROOT_ADDRESSES_MAX][CAA_ADDRESS_TEXT_MAX];
};

/* DS or DNSKEY records of the root in presentation format. */
struct caa_trust_anchor {
    size_t count;
    char records[CAA_TRUST_ANCHORS_MAX][CAA_TRUST_ANCHOR_TEXT_MAX];
};

/* Reads a root hints file (master file format): the addresses of the root's name servers, in
   any order. `file` is its name in errors. CAA_ERR_ROOT_HINTS with file, line and reason where
   it is malformed or names no address; CAA_ERR_NOMEM. */
enum caa_err caa_root_hints_read(struct caa_root_hints *hints, struct caa_slice text,
                                 const char *file, struct caa_diag *diag);

/* Reads a trust anchor file (master file format): DS and DNSKEY records of the root. An anchor
   that libunbound could not use would leave everything "insecure", so those with a revoked or
   non-zone key, or an algorithm or digest that RFC 8624 does not recommend for validation, do
   not count. CAA_ERR_TRUST_ANCHOR with file, line and reason where it is malformed, names
   another zone, or has no usable anchor; CAA_ERR_NOMEM. */
enum caa_err caa_trust_anchor_read(struct caa_trust_anchor *anchor, struct caa_slice text,
                                   const char *file, struct caa_diag *diag);

#endif
