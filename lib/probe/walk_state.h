/* A walk from the inside, for the files that make it up. */
#ifndef CAA_PROBE_WALK_STATE_H
#define CAA_PROBE_WALK_STATE_H

#include "probe/draft.h"
#include "probe/ns_lookup.h"
#include "probe/reply.h"
#include "probe/walk.h"

enum caa_walk_purpose { CAA_WALK_QUESTION, CAA_WALK_CHILD_NS };

/* One exchange in flight. */
struct caa_walk_ask {
    struct caa_walk_ask *next, **link;
    struct caa_walk *walk;
    struct caa_path_zone *zone;
    struct caa_path_server *server;
    enum caa_walk_purpose purpose;
    enum caa_transport transport;
    size_t slot; /* of CAA_WALK_CHILD_NS: its place in `child_ns` */
    struct caa_exchange_ticket *ticket;
};

/* What the walk has done for a zone and does not show in the path. */
struct caa_walk_note {
    const struct caa_path_zone *zone;
    const struct caa_path_server *child_ns_asked[2];
    unsigned confirmations; /* servers that were asked over TCP to confirm what they said */
    bool confirmed;
    bool has_breadth; /* `breadth` was asked for */
    enum caa_breadth breadth;
};

struct caa_walk {
    struct caa_walk_setting setting; /* its limits are filled in */
    struct caa_question question;
    struct caa_draft draft;
    struct caa_ns_lookups names;
    struct caa_reply *reply; /* the one being read */
    struct caa_walk_note *notes;
    struct caa_walk_ask *asks; /* in flight */
    struct event *deadline, *settle;
    int64_t started_us;
    bool ending; /* nothing more is sent */
};

/* How much of what may be sent is left alone, for what matters more. */
enum caa_walk_rank {
    CAA_WALK_FIRST,  /* the question, to a server that has not been asked */
    CAA_WALK_SECOND, /* confirmations */
    CAA_WALK_THIRD,  /* the zone's own NS set; what a server that failed does over TCP while
                        others are usable */
};

/* May one more query be sent? */
bool caa_walk_may_send(const struct caa_walk *walk, enum caa_walk_rank rank);

/* Asks `server` of `zone`; false where that was not possible, which is noted. `slot`: the place
   in `child_ns` where that is the purpose. */
bool caa_walk_send(struct caa_walk *walk, struct caa_path_zone *zone,
                   struct caa_path_server *server, enum caa_walk_purpose purpose,
                   enum caa_transport transport, size_t slot);

/* Takes in what came of `ask`, whose reply has been read, and sends what follows from it. */
void caa_walk_take(struct caa_walk *walk, const struct caa_walk_ask *ask,
                   const struct caa_exchange *exchange);

/* Asks the servers of a zone that have not been asked, and for the addresses that are missing.
 */
void caa_walk_ask_zone(struct caa_walk *walk, struct caa_path_zone *zone);

/* Asks over TCP who failed over UDP and was passed over until now; false where there is none.
 */
bool caa_walk_sweep(struct caa_walk *walk);

#endif
