/* The body of an ACME POST (RFC 8555 section 6.2): a JWS in flattened JSON serialization, read
   more strictly than servers do, so that none of them reads it in another way. Nothing is
   verified. */
#ifndef CAA_ACME_JWS_H
#define CAA_ACME_JWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"
#include "serve/refusal.h"

struct caa_jws {
    char *text; /* {"protected":…,"payload":…,"signature":…} and nothing else; `len` octets */
    size_t len;
    struct caa_slice payload; /* in `text`: base64url */
    char *kid;    /* the account's URL; NULL where the request has a key of its own */
    uint8_t *csr; /* DER (RFC 2986), as it was sent; NULL: the payload has none */
    size_t csr_len;
};

/* Reads `body`. Refused, saying where it is wrong: JSON as caa_document_read refuses it, here,
   in the protected header and in the payload; members other than those three; what is not
   base64url; a payload that is neither empty nor an object; a member that a careless reader
   takes for `csr`, `kid` or `url` although it is spelt in another way; `b64` (RFC 7797), with
   which the payload would be another one; and a `csr` that is no text. CAA_ERR_SYNTAX then,
   CAA_ERR_NOMEM; `jws` is freed by caa_jws_free otherwise. */
enum caa_err caa_jws_read(struct caa_jws *jws, struct caa_slice body,
                          struct caa_refusal *refusal);

/* Frees what is in it. */
void caa_jws_free(struct caa_jws *jws);

/* Whether `member` is `name` (lower case ASCII) for who compares without case as Go's
   encoding/json does: ASCII case, and the two characters that Unicode folds to 's' and 'k'. */
bool caa_jws_member_folds_to(const char *member, const char *name);

#endif
