/* What the HTTP interface shows and asks for in TLS: read at the start, and looked at again at
   a reload. */
#ifndef CAA_DAEMON_TLS_H
#define CAA_DAEMON_TLS_H

#include <stdbool.h>

#include "base/diag.h"
#include "base/err.h"
#include "daemon/conf.h"
#include "serve/certificate.h"

/* All of it is NULL where there is no TLS. */
struct caad_tls {
    struct caa_certificate *certificate; /* another one comes before a reload */
    char *client_ca;                     /* PEM, as of the start; NULL: none are asked for */
};

/* Reads what `conf` names into one that is all 0. CAA_ERR_FILE, CAA_ERR_OPTION, CAA_ERR_LIMIT
   with a reason, CAA_ERR_NOMEM; to be released all the same. */
enum caa_err caad_tls_read(struct caad_tls *tls, const struct caad_http_conf *conf,
                           struct caa_diag *diag);

/* Certificate and key of `conf`, read again: whether they are what is shown from now on, which
   those that cannot be used are not. What happens is logged. */
bool caad_tls_renew(struct caad_tls *tls, const struct caad_http_conf *conf);

/* Says where the client-ca at the path of the start is another one now: it needs a restart. */
void caad_tls_tell_stale_client_ca(const struct caad_tls *tls,
                                   const struct caad_http_conf *first);

/* One that is all 0 is fine. */
void caad_tls_release(struct caad_tls *tls);

#endif
