/* Sockets to listen on, bound before root is dropped: one a worker, so that the kernel shares
   the clients out among them (SO_REUSEPORT). */
#ifndef CAA_DAEMON_LISTEN_H
#define CAA_DAEMON_LISTEN_H

#include <stddef.h>

#include "base/diag.h"
#include "base/err.h"
#include "daemon/conf.h"
#include "serve/listen.h"

/* Where a face listens: what the configuration says, else the default; nowhere where the face
   is switched off. Points into the configuration. */
struct caad_addresses {
    size_t count;
    char *const *texts;
};

struct caad_addresses caad_http_addresses(const struct caad_conf *conf);
struct caad_addresses caad_dns_addresses(const struct caad_conf *conf);

/* All sockets of one worker. */
struct caad_sockets {
    int http[CAAD_LISTEN_MAX];
    size_t http_count;
    int dns_udp[CAAD_LISTEN_MAX], dns_tcp[CAAD_LISTEN_MAX];
    size_t dns_count;
};

/* Binds what `conf` says; for a port 0 the one that the kernel chose for `first`, another
   worker's sockets (NULL: these are the first). CAA_ERR_FILE with address and reason, and then
   nothing is bound. */
enum caa_err caad_sockets_bind(struct caad_sockets *sockets, const struct caad_sockets *first,
                               const struct caad_conf *conf, struct caa_diag *diag);

/* Closes them, and forgets them. */
void caad_sockets_close(struct caad_sockets *sockets);

#endif
