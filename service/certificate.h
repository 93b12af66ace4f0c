/* A certificate that changes while the program serves with it. */
#ifndef CAA_SERVICE_CERTIFICATE_H
#define CAA_SERVICE_CERTIFICATE_H

#include <stdbool.h>

#include "serve/certificate.h"

/* Reads certificate and key again. Where they are others than `*certificate` they take its
   place, and the one before is released: true, the servers are to be told. Where they cannot be
   used it stays. Either is logged. */
bool service_certificate_renew(struct caa_certificate **certificate, const char *path,
                               const char *key_path);

#endif
