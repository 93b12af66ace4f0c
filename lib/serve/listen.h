/* Sockets to listen on, made before root is dropped. */
#ifndef CAA_SERVE_LISTEN_H
#define CAA_SERVE_LISTEN_H

#include <stdbool.h>
#include <sys/socket.h>

#include "base/diag.h"
#include "base/err.h"

struct caa_listen_address {
    struct sockaddr_storage address;
    socklen_t octets;
    bool is_loopback;
};

/* Reads "127.0.0.1:8257" or "[::1]:8257". CAA_ERR_SYNTAX. */
enum caa_err caa_listen_address_read(struct caa_listen_address *address, const char *text,
                                     struct caa_diag *diag);

/* Whether not both can be listened on: one address, or one of them all addresses of the same
   family, at one port that the kernel does not choose. */
bool caa_listen_addresses_collide(const struct caa_listen_address *a,
                                  const struct caa_listen_address *b);

/* Binds a socket of `type` (SOCK_STREAM, which then listens, or SOCK_DGRAM) to the address,
   which others of this program may have as well (SO_REUSEPORT); `text` is the address in
   complaints. CAA_ERR_FILE with address and reason. */
enum caa_err caa_listen_at(int *fd, const struct caa_listen_address *address, int type,
                           const char *text, struct caa_diag *diag);

/* Looks whether the address is free: a second daemon would share it with the first one, and
   answer some of its clients by its own configuration. CAA_ERR_FILE with address and reason. */
enum caa_err caa_listen_look(const struct caa_listen_address *address, int type,
                             const char *text, struct caa_diag *diag);

enum { CAA_LISTEN_TEXT_MAX = 64 };

/* "127.0.0.1:8257": where the socket is. */
void caa_listen_text(int fd, char text[CAA_LISTEN_TEXT_MAX]);

#endif
