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

enum { CAAD_LISTEN_TEXT_MAX = 64 };

/* "127.0.0.1:8257": where the socket is. */
void caad_listen_text(int fd, char text[CAAD_LISTEN_TEXT_MAX]);

#endif
