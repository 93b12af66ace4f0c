/* The DNS listener of a worker: what it looks up, whom it answers, and what is kept of it. */
#ifndef CAA_DAEMON_DNS_H
#define CAA_DAEMON_DNS_H

#include <stddef.h>

#include "base/diag.h"
#include "base/err.h"
#include "daemon/faces.h"
#include "serve/dns_server.h"

struct caad_dns;

/* Makes it, with the DNS sockets of `setting`, which it takes over. Errors as
   caa_dns_server_new. */
enum caa_err caad_dns_new(struct caad_dns **dns, const struct caad_faces_setting *setting,
                          struct caa_diag *diag);

/* Takes up who may ask by another configuration, which outlives it. CAA_ERR_NOMEM: it stays as
   it was. */
enum caa_err caad_dns_reload(struct caad_dns *dns, const struct caad_conf *conf);

/* For DNS over HTTPS; lives as long. */
struct caa_dns_server *caad_dns_server(const struct caad_dns *dns);

/* Queries that are still to be answered, or whose record is being written. NULL: 0. */
size_t caad_dns_in_flight(const struct caad_dns *dns);

/* Takes no more queries. NULL is fine. */
void caad_dns_drain(struct caad_dns *dns);

/* The time for what runs is over: tells whoever waits that the server is being stopped. NULL is
   fine. */
void caad_dns_give_up(struct caad_dns *dns);

/* After the history's client: nobody else ends the waits for it. NULL is fine. */
void caad_dns_free(struct caad_dns *dns);

#endif
