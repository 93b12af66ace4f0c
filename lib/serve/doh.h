/* DNS over HTTPS (RFC 8484) but for the HTTP: what a request carries becomes a query, and the
   reply what a response carries. */
#ifndef CAA_SERVE_DOH_H
#define CAA_SERVE_DOH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/slice.h"
#include "serve/dns_server.h"

#define CAA_DOH_MEDIA_TYPE "application/dns-message"

/* What to answer to an HTTP request. Every DNS response is 200, failures too (RFC 8484
   section 4.2.1). */
struct caa_doh_reply {
    unsigned status;     /* 200; 400 no DNS query, 403 not in the access list, 429 asks too
                            often, 500 no memory */
    const uint8_t *wire; /* the body where status is 200; valid during the call */
    size_t len;
    uint32_t max_age_s; /* for Cache-Control: max-age (RFC 8484 section 5.1) */
};

/* Called once for each exchange that has started and was not dropped. */
typedef void caa_doh_done(void *context, const struct caa_doh_reply *reply);

struct caa_doh_exchange;

/* Reads the value of GET's parameter `dns`: base64url without padding (RFC 8484 section 4.1),
   into `octets`. False where it is malformed or longer than CAA_DNS_QUERY_OCTETS_MOST. */
bool caa_doh_decode(struct caa_slice text, uint8_t octets[CAA_DNS_QUERY_OCTETS_MOST],
                    size_t *len);

/* Asks what `len` octets, POST's body or what was decoded, want to know, for a client at
   `address`. Where there is a reply at once it is in `*reply`, until the next call, and
   `*exchange` is NULL; else `done` is called later, never from inside this call. */
void caa_doh_start(struct caa_dns_server *server, const struct sockaddr *address,
                   const uint8_t *octets, size_t len, caa_doh_done *done, void *context,
                   struct caa_doh_exchange **exchange, struct caa_doh_reply *reply);

/* The client is gone: `done` is not called. */
void caa_doh_drop(struct caa_doh_exchange *exchange);

#endif
