/* Sockets to listen on, bound before root is dropped: one a worker, so that the kernel shares
   the clients out among them (SO_REUSEPORT). */
#ifndef CAA_DAEMON_LISTEN_H
#define CAA_DAEMON_LISTEN_H

#include <stdbool.h>
#include <sys/socket.h>

#include "base/diag.h"
#include "base/err.h"
#include "daemon/conf.h"

struct caad_address {
    struct sockaddr_storage address;
    socklen_t octets;
    bool is_loopback;
};

/* Reads "127.0.0.1:8257" or "[::1]:8257". CAA_ERR_SYNTAX. */
enum caa_err caad_address_read(struct caad_address *address, const char *text,
                               struct caa_diag *diag);

/* Binds `*fd`, which the caller closes; of SOCK_STREAM it listens as well. Port 0 is taken as
   it is. CAA_ERR_FILE with `text` and reason. */
enum caa_err caad_listen(int *fd, const struct caad_address *address, int type,
                         const char *text, struct caa_diag *diag);

/* All sockets of one worker. */
struct caad_sockets {
    int http[CAAD_LISTEN_MAX];
    size_t http_count;
    int dns_udp[CAAD_LISTEN_MAX], dns_tcp[CAAD_LISTEN_MAX];
    size_t dns_count;
};

/* Binds what `conf` says; whatever happened, caad_sockets_close closes what was bound.
   CAA_ERR_FILE with address and reason. */
enum caa_err caad_sockets_bind(struct caad_sockets *sockets, const struct caad_conf *conf,
                               struct caa_diag *diag);
void caad_sockets_close(struct caad_sockets *sockets);

/* "127.0.0.1:8257" as the socket has it now. */
void caad_listen_text(int fd, char text[64]);

#endif
