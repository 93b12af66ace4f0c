/* The inside of a server, seen by the files that make it up. */
#ifndef CAA_SERVE_DNS_SERVER_STATE_H
#define CAA_SERVE_DNS_SERVER_STATE_H

#include <sys/queue.h>

#include "serve/crowd.h"
#include "serve/dns_server.h"

struct caa_dns_udp;
struct caa_dns_tcp;
struct connection;

TAILQ_HEAD(caa_dns_connection_list, connection);

struct caa_dns_listener {
    struct caa_dns_udp *udp;
    struct caa_dns_tcp *tcp;
    struct sockaddr_storage address;
};

struct caa_dns_server {
    struct caa_dns_server_setting setting; /* its arrays are gone, but for what is copied */
    struct caa_address_range *allowed;
    struct caa_dns_responder *responder;
    struct caa_dns_listener *listeners;
    size_t listener_count;
    struct caa_dns_connection_list connections; /* of all listeners, the one quiet for longest
                                                   first */
    size_t connection_count;
    struct caa_crowd *crowd;               /* whose they are */
    uint8_t wire[CAA_DNS_UDP_OCTETS_MOST]; /* of replies at once */
};

/* Octets of `address`, for the kernel. */
socklen_t caa_dns_address_octets(const struct sockaddr_storage *address);

/* A socket that listens, or is bound, at `*address`, whose port becomes that it got. -1 with
   errno. */
int caa_dns_socket(int type, struct sockaddr_storage *address);

/* Serves the socket, which it owns from here on, also on error. CAA_ERR_NOMEM,
   CAA_ERR_EVENT. */
enum caa_err caa_dns_udp_new(struct caa_dns_udp **udp, struct caa_dns_server *server,
                             int socket);
enum caa_err caa_dns_tcp_new(struct caa_dns_tcp **tcp, struct caa_dns_server *server,
                             int socket);

/* Each as the server does. NULL is fine. */
void caa_dns_udp_stop(struct caa_dns_udp *udp);
void caa_dns_udp_free(struct caa_dns_udp *udp);
void caa_dns_tcp_stop(struct caa_dns_tcp *tcp);
void caa_dns_tcp_free(struct caa_dns_tcp *tcp);

/* Connections whose replies are not all sent yet. */
size_t caa_dns_tcp_unsent(const struct caa_dns_tcp *tcp);

#endif
