/* A DNS query as a client sent it, and whether it is looked up, refused or dropped. Pure. */
#ifndef CAA_SERVE_DNS_QUERY_H
#define CAA_SERVE_DNS_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/name.h"

/* Octets of the longest query that is looked at: one with EDNS and padding (RFC 8467) is far
   shorter. */
enum { CAA_DNS_QUERY_OCTETS_MOST = 1500 };

enum caa_dns_fate {
    CAA_DNS_DROP,    /* not a query at all: whoever sent it gets nothing */
    CAA_DNS_REFUSE,  /* answered at once, with `rcode` */
    CAA_DNS_NO_NAME, /* likewise, with NXDOMAIN: .onion is never looked up (RFC 7686 section 2)
                      */
    CAA_DNS_LOOK_UP, /* a question for the DNS */
};

struct caa_dns_query {
    uint16_t id;
    uint16_t flags;       /* the header's second word as it came */
    bool has_question;    /* name, type and class could be read */
    struct caa_name name; /* its case as it came: it is echoed */
    uint16_t type;
    uint16_t class;
    bool has_edns; /* RFC 6891: an answer has it too, or not */
    bool dnssec_ok;
    uint16_t udp_octets; /* that the client can take over UDP, 512 at least */
    uint16_t rcode;      /* why it is refused; may be 16, BADVERS */
};

/* Reads `len` octets.
   Dropped: what is shorter than a header, and responses.
   NOTIMP: any opcode but QUERY.
   FORMERR: TC; not exactly one question (RFC 9619); records in the answer or authority section;
   more than an OPT in the additional section; what is malformed or has something behind it; the
   types OPT, TSIG, TKEY and 0.
   BADVERS: an EDNS version other than 0.
   No name: .onion and all below it, whatever else is asked, in class IN.
   REFUSED: any class but IN; AXFR, IXFR, MAILB, MAILA, ANY (RFC 8482) and the meta-types
   without meaning; RD clear, since there is nothing to tell without looking it up.
   Of EDNS options none is needed, so all are ignored (RFC 6891 section 6.1.2). */
enum caa_dns_fate caa_dns_query_read(struct caa_dns_query *query, const uint8_t *octets,
                                     size_t len);

#endif
