/* Why a lookup failed, for a DNS client: an extended error (RFC 8914). Pure. */
#ifndef CAA_SERVE_DNS_EDE_H
#define CAA_SERVE_DNS_EDE_H

#include <stdint.h>

#include "dns/answer.h"

enum { CAA_DNS_EDE_TEXT_MAX = 384, CAA_DNS_EDE_NONE = -1 };

struct caa_dns_ede {
    int code;                        /* INFO-CODE; CAA_DNS_EDE_NONE: there is nothing to say */
    char text[CAA_DNS_EDE_TEXT_MAX]; /* EXTRA-TEXT: one line, printable UTF-8 */
};

/* What there is to say of `answer`, which is no sound one.
   22 (No Reachable Authority) where a zone's servers are silent, lame, refuse or fail, or
   nobody has answered yet; 23 (Network Error) where our own network or resolver does; 6 to 10
   for what is bogus; 0 (Other Error) else. The text names the zone, the fault and when to try
   again: "net: its servers do not answer; fault: registry; retry in 30 s". */
void caa_dns_ede_of(struct caa_dns_ede *ede, const struct caa_answer *answer);

#endif
