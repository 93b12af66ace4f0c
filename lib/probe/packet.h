/* DNS messages as the prober sends and reads them. Pure: no time, no randomness, no sockets. */
#ifndef CAA_PROBE_PACKET_H
#define CAA_PROBE_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "dns/lookup.h"
#include "dns/name.h"

enum {
    CAA_PACKET_QUERY_MAX = 512,    /* octets of any query that is built here */
    CAA_PACKET_EDNS_OCTETS = 1232, /* largest UDP response asked for (RFC 6891, DNS flag day) */
    CAA_PACKET_RANDOM_OCTETS = 34, /* two of the id, and one bit for each octet of a name */
    CAA_PACKET_EDE_TEXT_MAX = 160, /* the NUL included; what is longer is cut */
};

/* A query that is ready to be sent, and what its response must repeat. */
struct caa_query {
    uint16_t id;
    bool edns;
    struct caa_name name; /* with letters in random case (draft-vixie-dnsext-dns0x20) */
    uint16_t type;
    size_t len;
    uint8_t wire[CAA_PACKET_QUERY_MAX];
};

/* Builds the query for `question` (its pin does not matter): class IN, RD=0, and with `edns`
   an OPT record with DO and CAA_PACKET_EDNS_OCTETS. `random` must be unpredictable.
   CAA_ERR_NOMEM. */
enum caa_err caa_query_build(struct caa_query *query, const struct caa_question *question,
                             bool edns, const uint8_t random[CAA_PACKET_RANDOM_OCTETS]);

/* Does a datagram, or a message of a stream, belong to the query at all? */
enum caa_packet_match {
    CAA_PACKET_OURS,
    CAA_PACKET_SHORT,          /* less than a header */
    CAA_PACKET_WRONG_ID,       /* no response to this query */
    CAA_PACKET_NO_RESPONSE,    /* QR is 0, or the opcode is not QUERY */
    CAA_PACKET_WRONG_QUESTION, /* another name, type or class, or not exactly one */
    CAA_PACKET_WRONG_CASE,     /* our name, its letters in another case */
};

/* Looks at header and question only: what is not CAA_PACKET_OURS may be forged, and is not an
   answer. A response without question counts as ours where the rcode is FORMERR, NOTIMP,
   SERVFAIL or REFUSED: some servers cannot do better, and there is nothing in it to believe. */
enum caa_packet_match caa_packet_match(const struct caa_query *query, const uint8_t *wire,
                                       size_t len);

/* "FORMERR": the name of a response code; "an unknown one" where it has none. Static. */
const char *caa_packet_rcode_text(uint16_t rcode);

/* What a response says, but for its records. */
struct caa_packet_summary {
    const char *malformed; /* why it cannot be read, static; NULL where it can */
    uint16_t rcode;        /* extended (RFC 6891) where there was an OPT record */
    bool aa, tc, ad, ra;
    bool edns;                              /* the response has an OPT record */
    int ede;                                /* INFO-CODE of RFC 8914, -1 where none came */
    char ede_text[CAA_PACKET_EDE_TEXT_MAX]; /* EXTRA-TEXT as it came, hostile; NUL-terminated */
    uint16_t answer_count;
    /* Of the answer section's data: owner, type and RDATA of each record but signatures, in
       any order, any case and with any TTL. 0 where it is empty. Servers of one zone that have
       the same data have the same digest. Not for decisions: it can be forged. */
    uint64_t digest;
    uint64_t referral_digest; /* likewise of the NS records in the authority section */
};

/* Reads a response that is CAA_PACKET_OURS. */
void caa_packet_read(struct caa_packet_summary *summary, const uint8_t *wire, size_t len);

#endif
