/* One question to one address, over UDP or TCP, once: no retries. What came of it is evidence.
 */
#ifndef CAA_PROBE_EXCHANGE_H
#define CAA_PROBE_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <event2/event.h>

#include "base/clock.h"
#include "base/err.h"
#include "dns/lookup.h"
#include "dns/name.h"
#include "probe/address.h"
#include "probe/packet.h"

enum caa_transport { CAA_TRANSPORT_UDP, CAA_TRANSPORT_TCP };

enum caa_exchange_result {
    CAA_EXCHANGE_RESPONSE,  /* a well-formed response to our question */
    CAA_EXCHANGE_TIMEOUT,   /* none in time */
    CAA_EXCHANGE_NETWORK,   /* `error` says what the system said */
    CAA_EXCHANGE_MALFORMED, /* `reason` says what was wrong with the response */
};

enum { CAA_EXCHANGE_FORGERIES_MAX = 100 }; /* datagrams passed over until it counts as failed */

/* Evidence. `said` is meaningful where there was a response; of a malformed one as far as it
   could be read. */
struct caa_exchange {
    const struct caa_name *server; /* its name; the root's or NULL where nobody knows it */
    struct caa_address address;
    enum caa_transport transport;
    struct caa_name name; /* what was asked, in the case in which it was sent */
    uint16_t type;
    bool edns;
    int64_t sent_at_us;     /* wall clock */
    uint32_t round_trip_us; /* from sending (TCP: from connecting) to the end */
    enum caa_exchange_result result;
    int error;          /* errno of CAA_EXCHANGE_NETWORK, else 0 */
    const char *reason; /* of CAA_EXCHANGE_MALFORMED, static; else "" */
    uint32_t ignored;   /* datagrams with another id, question or case: forged, or late */
    struct caa_packet_summary said;
    size_t size; /* octets of the response, 0 where none came */
    const uint8_t
        *packet; /* the response, or its first `packet_octets`; NULL where none came */
    size_t packet_octets;
};

/* Random octets that nobody can predict. */
struct caa_random {
    void (*fill)(void *context, void *octets, size_t len);
    void *context;
};

/* The system's (getrandom). Static. */
const struct caa_random *caa_random_system(void);

struct caa_exchange_setting {
    struct event_base *base; /* these three must outlive the exchange */
    const struct caa_clock *clock;
    const struct caa_random *random; /* NULL: the system's */
    const struct caa_name *server;   /* the server's name for the record, or NULL; must live as
                                        long as the exchange */
    struct caa_address address;
    enum caa_transport transport;
    bool no_edns;        /* leave OPT out */
    uint32_t timeout_ms; /* not 0 */
};

struct caa_exchange_ticket; /* one exchange in flight */

/* `exchange` and its packet, here always whole, are valid during the call. */
typedef void caa_exchange_done(void *context, const struct caa_exchange *exchange);

/* Asks, from a socket of its own with a random source port; the socket is connected, so that
   datagrams from elsewhere never arrive. `question` is copied. `done` is called exactly once,
   later, never from inside this call, unless the exchange is cancelled before; also what the
   network refuses at once comes through it. `*ticket` is valid until `done` is called.
   CAA_ERR_NOMEM, CAA_ERR_EVENT. */
enum caa_err caa_exchange_start(struct caa_exchange_ticket **ticket,
                                const struct caa_exchange_setting *setting,
                                const struct caa_question *question, caa_exchange_done *done,
                                void *context);

/* Ends an exchange in flight: its `done` is never called after this. NULL is fine. */
void caa_exchange_cancel(struct caa_exchange_ticket *ticket);

/* Ends an exchange in flight as if its time were up: `done` is called from inside this call. */
void caa_exchange_expire(struct caa_exchange_ticket *ticket);

/* "udp", "tcp". Static. */
const char *caa_transport_code(enum caa_transport transport);

/* "response", "timeout", "network", "malformed": the code used in JSON. Static. */
const char *caa_exchange_result_code(enum caa_exchange_result result);

#endif
