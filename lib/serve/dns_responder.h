/* Queries in, replies out, whatever the transport: what is asked more than once at a time is
   looked up once, nobody waits longer than the deadline, and a lookup outlives who asked.

   The deadline counts from the first query of a question, over all its retransmissions; then
   all who wait get SERVFAIL with an extended error, and the lookup goes on for the next ask,
   for CAA_DNS_LINGER_MS at most. A failure is told again for a second (RFC 9520 section 3.2).
   After that it is looked up again; but what no waiting changes is kept for CAA_DNS_KEEP_MS, to
   be told at a deadline by which the new lookup has not found out why it fails. */
#ifndef CAA_SERVE_DNS_RESPONDER_H
#define CAA_SERVE_DNS_RESPONDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <event2/event.h>

#include "base/clock.h"
#include "base/err.h"
#include "dns/lookup.h"
#include "serve/dns_counter.h"
#include "serve/dns_query.h"
#include "serve/dns_reply.h"

enum {
    CAA_DNS_DEADLINE_MS_DEFAULT = 2500, /* Boulder's patience is three tries of 1 s */
    CAA_DNS_LINGER_MS = 30000,
    CAA_DNS_LOOKUP_MS_MOST = 90000, /* no lookup goes on for longer, however often asked for */
    CAA_DNS_FAILURE_MS = 1000,
    CAA_DNS_KEEP_MS = 60000,
    CAA_DNS_KEPT_MOST = 256, /* with their evidence; the one kept for longest makes room */
    CAA_DNS_QUESTIONS_MOST = 4096,
    CAA_DNS_ASKS_MOST = 8192,
};

enum caa_dns_transport { CAA_DNS_UDP, CAA_DNS_TCP, CAA_DNS_DOH };

struct caa_dns_client {
    enum caa_dns_transport transport;
    struct sockaddr_storage address;
};

/* An answer that is about to be sent. Valid during the call. */
struct caa_dns_fact {
    const struct caa_dns_client *client;
    const struct caa_dns_query *query;
    const struct caa_answer *answer; /* or the failure that becomes SERVFAIL */
    int64_t asked_at_us;             /* wall clock */
};

struct caa_dns_permit;

/* Told of each answer before it is sent, which waits for caa_dns_permit_give. */
typedef void caa_dns_record(void *context, const struct caa_dns_fact *fact,
                            struct caa_dns_permit *permit);

/* To be called once for each permit, on the responder's thread, from within caa_dns_record or
   later, also where the client or the responder is gone by then. Where it is not `recorded` the
   client gets SERVFAIL. */
void caa_dns_permit_give(struct caa_dns_permit *permit, bool recorded);

struct caa_dns_responder_setting {
    struct event_base *base; /* all of these must outlive the responder */
    const struct caa_clock *clock;
    struct caa_lookup *lookup; /* answers come with their packets */
    uint32_t deadline_ms;      /* 0: CAA_DNS_DEADLINE_MS_DEFAULT */
    uint64_t seed;             /* secret and random: names come from strangers */
    caa_dns_record *record;    /* NULL: nothing is recorded */
    void *record_context;
    struct caa_dns_counters *counters; /* may be NULL */
};

struct caa_dns_responder;
struct caa_dns_ask; /* one query that waits for its reply */

/* Called once for each ask that was not dropped, never from inside caa_dns_responder_ask.
   `wire` holds reply->len octets, during the call; 0 where there is no memory for a reply. It
   may ask and drop, but not free the responder. */
typedef void caa_dns_done(void *context, const uint8_t *wire,
                          const struct caa_dns_reply *reply);

/* Makes a responder on `setting->base`. CAA_ERR_NOMEM, CAA_ERR_EVENT. */
enum caa_err caa_dns_responder_new(struct caa_dns_responder **responder,
                                   const struct caa_dns_responder_setting *setting);

/* Asks what `query`, which is to be looked up, wants to know; query and client are copied. The
   reply has at most `octets_most`. `*ask` is valid until `done` is called or it is dropped.
   CAA_ERR_LIMIT where too many are waiting, CAA_ERR_NOMEM, CAA_ERR_RESOLVER. */
enum caa_err caa_dns_responder_ask(struct caa_dns_responder *responder,
                                   const struct caa_dns_query *query,
                                   const struct caa_dns_client *client, size_t octets_most,
                                   caa_dns_done *done, void *context, struct caa_dns_ask **ask);

/* Nobody waits for the reply any more: `done` is not called. The lookup goes on. */
void caa_dns_ask_drop(struct caa_dns_ask *ask);

/* Nothing is looked up any more: all that is waited for fails with that reason, for our own
   side's sake. */
void caa_dns_responder_give_up(struct caa_dns_responder *responder, const char *reason);

/* Asks that wait. */
size_t caa_dns_responder_waiting(const struct caa_dns_responder *responder);

/* What its timer does: ends the waiting of those past the deadline, and forgets what nobody
   asks for any more. */
void caa_dns_responder_end_stages(struct caa_dns_responder *responder);

/* Drops all asks and lookups. NULL is fine. */
void caa_dns_responder_free(struct caa_dns_responder *responder);

#endif
