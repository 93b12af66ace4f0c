/* A DNS response put together for one query. Pure. */
#ifndef CAA_SERVE_DNS_REPLY_H
#define CAA_SERVE_DNS_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/answer.h"
#include "serve/dns_ede.h"
#include "serve/dns_query.h"

enum {
    CAA_DNS_REPLY_OCTETS_MOST = 65535,
    CAA_DNS_REPLY_UDP_OCTETS = 1232, /* that we can take, in the OPT: no fragments */
};

/* What was written. */
struct caa_dns_reply {
    size_t len; /* octets; 0 where memory ran out */
    uint16_t rcode;
    bool truncated;     /* TC is set */
    bool authenticated; /* AD is set */
    uint32_t max_age_s; /* how long it may be kept (RFC 8484 section 5.1); 0 for a failure */
};

/* The reply that says `rcode` and nothing else, into `size` octets at `wire`: header, question
   and OPT, as far as the query has them, and so never longer than it. FORMERR and NOTIMP come
   without the question. At least 512 octets of room. */
struct caa_dns_reply caa_dns_reply_refusal(const struct caa_dns_query *query, uint16_t rcode,
                                           uint8_t *wire, size_t size);

/* The reply to a query for .onion or below (RFC 7686 section 2): NXDOMAIN, authoritative, with
   the SOA that Unbound has for it. At least 512 octets of room. */
struct caa_dns_reply caa_dns_reply_onion(const struct caa_dns_query *query, uint8_t *wire,
                                         size_t size);

/* The reply that says what `answer` says, at `now_us` by the wall clock, in at most `limit`
   octets: where that is not enough, without records and with TC.
   RA is set, RD and CD are the query's. AD only where the answer is secure and the query has AD
   or DO (RFC 6840 sections 5.7, 5.8). DNSSEC's own records are left out without DO, unless it
   was them that were asked for (RFC 4035 section 3.2.1). Of the packet's records only those are
   passed on that answer the question, aliases included, or prove that there is no answer. TTLs
   have counted down since the answer was had, and never outlive what may be remembered of it.
   An answer that is no sound one, or has no packet, is SERVFAIL with an extended error,
   whatever CD says. */
struct caa_dns_reply caa_dns_reply_answer(const struct caa_dns_query *query,
                                          const struct caa_answer *answer, int64_t now_us,
                                          uint8_t *wire, size_t limit);

/* SERVFAIL with an extended error, where the query has EDNS. */
struct caa_dns_reply caa_dns_reply_failure(const struct caa_dns_query *query,
                                           const struct caa_dns_ede *ede, uint8_t *wire,
                                           size_t limit);

#endif
