/* What a response means, coming from a server that ought to serve a certain zone. */
#ifndef CAA_PROBE_REPLY_H
#define CAA_PROBE_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/lookup.h"
#include "dns/name.h"
#include "probe/exchange.h"
#include "probe/path.h"

enum { CAA_REPLY_ITEMS_MAX = 192 };

struct caa_reply {
    enum caa_server_state state; /* OK: an answer with authority, or a referral downward */
    bool refers;
    struct caa_name
        alias; /* where a chain of CNAME leads on, out of this answer; len 0: none */
    struct caa_referral set; /* of a referral, or of an answer to a question for an NS set:
                                its items are `items` */
    struct caa_referral_item items[CAA_REPLY_ITEMS_MAX];
};

/* Judges what a server of `zone` did with `question`. Where a referral or an NS set came, its
   names and those of their addresses that lie in the bailiwick, which is `zone`, are in
   `reply->set`, with `port`. The packet of `exchange` must be whole. */
void caa_reply_read(struct caa_reply *reply, const struct caa_exchange *exchange,
                    const struct caa_name *zone, const struct caa_question *question,
                    uint16_t port);

/* In the order of names, then of addresses; the NS record itself stands first. */
int caa_referral_item_compare(const void *a, const void *b);

/* `name` in lower case. */
struct caa_name caa_reply_lower(const struct caa_name *name);

#endif
