/* The names in a certificate signing request (RFC 2986), read so that no CA finds others in it.
 */
#ifndef CAA_ACME_CSR_H
#define CAA_ACME_CSR_H

#include <stddef.h>
#include <stdint.h>

#include "acme/names.h"
#include "base/diag.h"
#include "base/err.h"

/* Reads all subject alternative names and common names of the request in DER into `names`,
   which is empty or holds others, at most `most`. Refused with CAA_ERR_SYNTAX and a reason:
   what is no request; octets after it; far more parts than any request needs, which would take
   minutes; names asked for at two places; an alternative name that is neither a DNS name nor an
   address; a common name in a string that means other characters; a name that caa_names_add
   refuses; no name at all. CAA_ERR_LIMIT where there are too many, CAA_ERR_NOMEM. The signature
   is the CA's to verify. */
enum caa_err caa_csr_read(struct caa_names *names, const uint8_t *der, size_t len, size_t most,
                          struct caa_diag *diag);

#endif
