/* A certificate that changes while the program serves with it. */
#ifndef CAA_SERVICE_CERTIFICATE_H
#define CAA_SERVICE_CERTIFICATE_H

#include "serve/certificate.h"

enum service_certificate_fate {
    SERVICE_CERTIFICATE_STAYS, /* what was read cannot be used */
    SERVICE_CERTIFICATE_SAME,
    SERVICE_CERTIFICATE_CHANGED, /* the servers are to be told */
};

/* Reads certificate and key again. Where they are others than `*certificate` they take its
   place, and the one before is released. What happens is logged. */
enum service_certificate_fate service_certificate_renew(struct caa_certificate **certificate,
                                                        const char *path, const char *key_path);

#endif
