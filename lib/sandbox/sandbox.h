/* A lookup whose recursors live in processes of their own, which can do little else: libunbound
   parses what strangers send, and who takes it over there has a process without files, without
   secrets, and with lies to tell about what it was asked. So it is asked little: lookups of
   public suffixes go to a process that is never asked about anybody else's zone, a question
   with a pin gets a fresh one for itself (or, where it may, one that is a second old at most
   and has been asked questions of the same kind only), and each of them is replaced after some
   time.

   A process that ends, hangs, lies in a way that can be seen, or grows too large is killed and
   replaced. What was in flight there is asked once more, elsewhere; what is lost even then is a
   failure with outcome CAA_OUTCOME_NETWORK: ours, and never an empty answer. */
#ifndef CAA_SANDBOX_SANDBOX_H
#define CAA_SANDBOX_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <event2/event.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/err.h"
#include "dns/lookup.h"
#include "resolve/recursor.h"
#include "sandbox/jail.h"
#include "sandbox/spawner.h"

enum {
    CAA_SANDBOX_LIBRARY_MAX = 33, /* with the NUL */
    CAA_SANDBOX_ENDING_MAX = 96,
};

/* 0 takes the default. */
struct caa_sandbox_setting {
    struct caa_spawner *spawner; /* must outlive the lookup */
    const struct caa_recursor_setting *recursor;
    uint32_t lookups_most;   /* then a process is replaced; 10000 */
    uint32_t age_most_s;     /* likewise; 3600 */
    uint32_t spares;         /* processes kept ready for pins and replacements; 2 */
    uint32_t starts_most;    /* processes being started for pins at once; more pins are refused,
                                so that a flood of them cannot starve the others; 8 */
    uint32_t shared_ms;      /* how long who may share a cold process goes to the same; 1000 */
    uint32_t heartbeat_ms;   /* how often each is asked for a sign of life; 1000 */
    uint32_t misses_most;    /* heartbeats without one until it is killed; 3 */
    uint32_t restarts_burst; /* processes that may end badly at once; 20. Beyond it one may be
                                replaced at each heartbeat */
    uint64_t memory_octets;  /* that a process may hold; some more than its caches */
};

/* Makes one on `base`. Base, clock and spawner must outlive it, the setting need not. It waits
   until a first process has shown that it can work with the setting. Errors as
   caa_recursor_new; CAA_ERR_OPTION for forwarders over TLS, which need a file; CAA_ERR_RESOLVER
   where no process can be made or confined, or it is of another version. */
enum caa_err caa_sandbox_new(struct caa_lookup **lookup, struct event_base *base,
                             const struct caa_clock *clock,
                             const struct caa_sandbox_setting *setting, struct caa_diag *diag);

struct caa_sandbox_counts {
    uint64_t lookups;
    uint64_t asked_again; /* because their process ended */
    uint64_t lost;        /* failed for our own side's sake */
    uint64_t started;     /* processes */
    uint64_t crashed;     /* they ended by themselves */
    uint64_t hung;        /* killed: no sign of life */
    uint64_t oversized;   /* killed: more memory than they may hold */
    uint64_t lied;        /* killed: they said what none of ours says */
    uint64_t ended_badly; /* all of those and others; last_ending tells of the last one */
    uint64_t recycled;    /* replaced after so many lookups or so much time */
    size_t processes;     /* now, spares included */
    size_t in_flight;     /* lookups, now */
};

/* How it is. */
struct caa_sandbox_status {
    char
        library_version[CAA_SANDBOX_LIBRARY_MAX]; /* libunbound's, as the latest process said */
    bool library_is_current;                      /* as caa_recursor_version_is_current */
    struct caa_jail jail;                         /* what the latest process gave up */
    bool spawner_is_gone;                         /* no process will ever be made again */
    char last_ending[CAA_SANDBOX_ENDING_MAX]; /* of one that ended badly: "SIGSEGV"; or "" */
};

/* Both on the lookup's own thread; it must come from caa_sandbox_new. */
struct caa_sandbox_counts caa_sandbox_counts(const struct caa_lookup *lookup);
struct caa_sandbox_status caa_sandbox_status(const struct caa_lookup *lookup);

#endif
