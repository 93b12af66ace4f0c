/* A DNS server on one event base: listens on UDP and TCP, answers from one lookup.

   Only who is in the access list is answered; without a list that is this machine alone, and a
   listener on any other address is refused. Several servers, one a thread, may listen on the
   same addresses (SO_REUSEPORT): the kernel shares the clients out among them. */
#ifndef CAA_SERVE_DNS_SERVER_H
#define CAA_SERVE_DNS_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <event2/event.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/err.h"
#include "dns/lookup.h"
#include "serve/address_range.h"
#include "serve/dns_counter.h"
#include "serve/dns_responder.h"
#include "serve/rate.h"

enum {
    CAA_DNS_UDP_OCTETS_DEFAULT = 1232, /* no fragments on any usual path */
    CAA_DNS_UDP_OCTETS_MOST = 4096,
    CAA_DNS_IDLE_MS_DEFAULT = 10000,
    CAA_DNS_CONNECTIONS_MOST_DEFAULT = 1024,
    CAA_DNS_PIPELINE_MOST = 64, /* queries of one connection that wait at once */
};

/* 0 and NULL take the default. */
struct caa_dns_server_setting {
    struct event_base *base; /* base, clock, lookup, rate and counters outlive the server */
    const struct caa_clock *clock;
    struct caa_lookup *lookup; /* answers come with their packets: see keep_packets */
    const struct sockaddr_storage *addresses; /* to listen on; port 0: any */
    size_t address_count;                     /* may be 0: for other transports only */
    const int *udp, *tcp; /* sockets bound and listening, beside those: who has them bound says
                             for whom they are. The server's from here on, also on error */
    size_t socket_count;  /* of each */
    uint32_t deadline_ms; /* see dns_responder.h */
    uint32_t udp_octets_most; /* of a reply over UDP: 512 to 4096 */
    uint32_t idle_ms; /* a TCP connection is ended when nothing whole came for so long */
    uint32_t connections_most;               /* over TCP; the one idle for longest makes room */
    uint32_t connections_per_client_most;    /* of these; 0: all. A client is a /64 of IPv6 */
    const struct caa_address_range *allowed; /* none: loopback only */
    size_t allowed_count;
    struct caa_rate *rate; /* of queries, for all servers together; NULL: no limit */
    uint64_t seed;         /* secret and random */
    caa_dns_record *record;
    void *record_context;
    struct caa_dns_counters *counters;
};

struct caa_dns_server;

/* Makes a server and listens. CAA_ERR_OPTION for an address that is not of this machine alone
   where no access list is given, and for numbers out of their ranges; CAA_ERR_EVENT with the
   system's word and the address where it cannot listen; CAA_ERR_NOMEM. The arrays of `setting`
   need not outlive the call. */
enum caa_err caa_dns_server_new(struct caa_dns_server **server,
                                const struct caa_dns_server_setting *setting,
                                struct caa_diag *diag);

/* Where the `index`-th listener is, its port found out; false beyond the last. */
bool caa_dns_server_address(const struct caa_dns_server *server, size_t index,
                            struct sockaddr_storage *address);

/* Only these may ask from now on; none: loopback. Copied. CAA_ERR_NOMEM, and then all is as
   before. */
enum caa_err caa_dns_server_set_allowed(struct caa_dns_server *server,
                                        const struct caa_address_range *allowed, size_t count);

/* Takes no more queries over UDP and TCP; those that wait are still answered. */
void caa_dns_server_stop(struct caa_dns_server *server);

/* Answers all that waits for a lookup: SERVFAIL, and an extended error that says why. */
void caa_dns_server_give_up(struct caa_dns_server *server);

/* Queries, of all transports, that wait for their replies, and connections that still have some
   to read: at 0 nothing is lost with the server. */
size_t caa_dns_server_waiting(const struct caa_dns_server *server);

/* What it counts; NULL where it was given nothing to count in. */
const struct caa_dns_counters *caa_dns_server_counters(const struct caa_dns_server *server);

/* Closes everything and drops what waits. NULL is fine. */
void caa_dns_server_free(struct caa_dns_server *server);

/* --- for transports */

enum caa_dns_taken {
    CAA_DNS_TAKEN_NOT_ALLOWED,  /* not in the access list */
    CAA_DNS_TAKEN_RATE_LIMITED, /* asked too much */
    CAA_DNS_TAKEN_DROPPED,      /* no query at all: no answer */
    CAA_DNS_TAKEN_REPLY,        /* there is a reply at once */
    CAA_DNS_TAKEN_ASK,          /* `done` will be called */
};

/* Takes one message of `len` octets from `client`. A reply at once is in `*wire` and `*reply`
   until the next call, also for who is not allowed (REFUSED). `done` and `*ask` are as in
   dns_responder.h. */
enum caa_dns_taken caa_dns_server_take(struct caa_dns_server *server,
                                       const struct caa_dns_client *client,
                                       const uint8_t *octets, size_t len, caa_dns_done *done,
                                       void *context, struct caa_dns_ask **ask,
                                       const uint8_t **wire, struct caa_dns_reply *reply);

/* `address` may ask. */
bool caa_dns_server_allows(const struct caa_dns_server *server, const struct sockaddr *address);

#endif
