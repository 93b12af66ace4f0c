/* The certificate that a server shows, with its chain and its key: read from files, held to be
   of use before anybody shows it, and then immutable and counted by reference, so that the
   servers of all threads may share one. */
#ifndef CAA_SERVE_CERTIFICATE_H
#define CAA_SERVE_CERTIFICATE_H

#include <stdbool.h>

#include "base/diag.h"
#include "base/err.h"

struct caa_certificate;

enum {
    CAA_CERTIFICATE_OCTETS_MOST = 1 << 20, /* of either file */
    CAA_CERTIFICATE_CHAIN_MOST = 16,       /* certificates, the server's own included */
};

/* Reads the certificate, which comes first, with its chain, and the key, both in PEM; one file
   may have both. CAA_ERR_FILE, CAA_ERR_LIMIT, CAA_ERR_SYNTAX where one of them cannot be read
   or they do not belong together, each with path and reason; CAA_ERR_NOMEM. */
enum caa_err caa_certificate_read(struct caa_certificate **certificate, const char *path,
                                  const char *key_path, struct caa_diag *diag);

/* Both certificate and key are the same, to the octet. */
bool caa_certificate_equal(const struct caa_certificate *a, const struct caa_certificate *b);

/* From any thread: another holder, and one less. NULL is fine. */
struct caa_certificate *caa_certificate_retain(struct caa_certificate *certificate);
void caa_certificate_release(struct caa_certificate *certificate);

#endif
