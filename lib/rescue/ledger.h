/* What is known of zones that were walked lately, shared by all threads: so that a failing zone
   is asked once and not by everybody, and a walk can start where the last one ended. */
#ifndef CAA_RESCUE_LEDGER_H
#define CAA_RESCUE_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "dns/evidence.h"
#include "dns/name.h"
#include "probe/path.h"
#include "rescue/traffic.h"

enum {
    CAA_LEDGER_SERVERS_MAX = 32,
    CAA_LEDGER_ALL_ASKED_S = 10, /* all servers of a zone are asked once in that time */
    CAA_LEDGER_TRIAL_S = 10,     /* as long stands what a server was found to give */
    CAA_LEDGER_REFERRAL_S = 300, /* how long a referral counts as fresh */
};

/* Whether a server of a signed zone, asked alone, gives data that validates. */
enum caa_trial {
    CAA_TRIAL_NONE,
    CAA_TRIAL_RUNNING, /* somebody is about to find out */
    CAA_TRIAL_BAD,
    CAA_TRIAL_GOOD,
};

/* An address that may steer a pin, and what it did. Neither: it was not asked so, or has not
   answered yet. */
struct caa_ledger_server {
    struct caa_name name; /* len 0: nobody told it */
    struct caa_address address;
    bool udp_works, udp_failed;
    bool tcp_works, tcp_failed;
    enum caa_trial trial;
    int64_t trial_us; /* monotonic: when that was noted */
};

struct caa_ledger_zone {
    struct caa_name zone;
    int64_t asked_us;    /* monotonic: when its servers were asked */
    bool all_asked;      /* every one of them, and not only as many as a limit allowed */
    int64_t referred_us; /* monotonic: when its parent, or the hints, told of them */
    bool settled;        /* the walk that asked them is through: the others are not usable */
    bool is_signed;      /* or nobody knows that it is not */
    size_t server_count;
    size_t usable_count; /* these come first in `servers` */
    struct caa_ledger_server servers[CAA_LEDGER_SERVERS_MAX];
};

struct caa_ledger;

/* A ledger of bounded size, to be freed by caa_ledger_free. `clock` must outlive it; `seed` is
   secret and random. NULL when out of memory. */
struct caa_ledger *caa_ledger_new(const struct caa_clock *clock, uint64_t seed);

/* NULL is fine. */
void caa_ledger_free(struct caa_ledger *ledger);

/* Who asks whom, of all who share the ledger; it lives as long. */
struct caa_traffic *caa_ledger_traffic(struct caa_ledger *ledger);

/* Notes what a walk found, or has found so far: every zone of it that has confirmed addresses.
 */
void caa_ledger_note_path(struct caa_ledger *ledger, const struct caa_path *path);

/* The deepest zone with a fresh referral that encloses `name`; false where there is none. */
bool caa_ledger_find(struct caa_ledger *ledger, const struct caa_name *name,
                     struct caa_ledger_zone *zone);

/* The next zone above `below` with a fresh referral, as caa_ledger_find. */
bool caa_ledger_find_above(struct caa_ledger *ledger, const struct caa_name *below,
                           struct caa_ledger_zone *zone);

/* All servers of the zone were asked a short time ago. */
bool caa_ledger_was_asked(const struct caa_ledger *ledger, const struct caa_ledger_zone *zone);

/* What is noted of its servers was found a short time ago, if not of all of them. */
bool caa_ledger_is_recent(const struct caa_ledger *ledger, const struct caa_ledger_zone *zone);

/* Takes it on to ask that server alone: false where somebody else does, or has found out. What
   nobody knows of may be asked by anybody. */
bool caa_ledger_claim_trial(struct caa_ledger *ledger, const struct caa_name *zone,
                            const struct caa_address *address);

/* Notes what came of it; CAA_TRIAL_NONE: nothing. */
void caa_ledger_note_trial(struct caa_ledger *ledger, const struct caa_name *zone,
                           const struct caa_address *address, enum caa_trial trial);

/* What stands of the trial of the server at the address; CAA_TRIAL_NONE where `zone` has none
   there. */
enum caa_trial caa_ledger_trial_at(const struct caa_ledger *ledger,
                                   const struct caa_ledger_zone *zone,
                                   const struct caa_address *address);

/* What stands of the server's trial. */
enum caa_trial caa_ledger_trial(const struct caa_ledger *ledger,
                                const struct caa_ledger_server *server);

/* At least one of them failed over UDP, or was found to give bad data: whoever resolves by
   himself may stumble there. */
bool caa_ledger_is_troubled(const struct caa_ledger_zone *zone);

#endif
