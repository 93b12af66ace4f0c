/* Inside sandbox: the lookup and its processes, seen by the files that make them up.

   sandbox.c         the lookup's interface: questions and their answers
   sandbox_child.c   one process: its start, what it says, its end
   sandbox_role.c    who asks whom: replacing, recycling, signs of life
   sandbox_new.c     making it all, and showing that it works */
#ifndef CAA_SANDBOX_SANDBOX_STATE_H
#define CAA_SANDBOX_SANDBOX_STATE_H

#include <sys/queue.h>

#include "base/arena.h"
#include "resolve/upstream.h"
#include "sandbox/channel.h"
#include "sandbox/sandbox.h"
#include "sandbox/wire.h"

/* What a process is for. None serves two of them in its life. */
enum role {
    REGISTRIES,      /* zones of the public suffix list's ICANN section, and the root */
    PLATFORMS,       /* those of its private section */
    SUBSCRIBERS,     /* all others */
    SUSPECTS,        /* what platforms or subscribers were asked when their process ended */
    COLD_REGISTRIES, /* as the first three, for those who may share a cold process */
    COLD_PLATFORMS,
    COLD_SUBSCRIBERS,
    ROLES,
    SPARE = ROLES,
    PINNED,
};

enum fate {
    RUNNING,
    RETIRED,  /* it has done its work */
    VANISHED, /* it ended by itself, or was killed by others */
    HUNG,
    LIED,
    UNFIT, /* it could not make a context, or was not confined */
};

LIST_HEAD(child_list, child);
LIST_HEAD(ticket_list, caa_lookup_ticket);
TAILQ_HEAD(ticket_queue, caa_lookup_ticket);

/* One process. It is freed when the spawner has said how it ended. */
struct child {
    LIST_ENTRY(child) link;
    struct sandbox *sandbox;
    uint32_t number;
    enum role role;
    enum fate fate;
    bool greeted, opened;        /* it said so */
    bool draining;               /* replaced, and here for the rest of its lookups only */
    struct caa_channel *channel; /* NULL: it is no more */
    struct ticket_list tickets;
    uint32_t asked, cancelled;
    uint32_t pings, pongs;
    uint32_t misses;  /* heartbeats since the last sign of life */
    int64_t since_us; /* monotonic: it has its role, or it drains */
};

struct caa_lookup_ticket {
    LIST_ENTRY(caa_lookup_ticket) link;    /* among its child's */
    LIST_ENTRY(caa_lookup_ticket) by_id;   /* in its bucket, if it has a child */
    TAILQ_ENTRY(caa_lookup_ticket) queued; /* waiting for a child, or to be told */
    struct sandbox *sandbox;
    struct caa_question question;
    caa_lookup_done *done;
    void *context;
    int64_t started_us;
    enum role role;
    struct child *child; /* NULL: waiting, or answered */
    uint32_t id;         /* where it has a child */
    bool again;          /* its process ended once */
    uint8_t *pin_order;  /* of a pinned question: what its process is ordered, or NULL */
    size_t pin_order_octets;
    int64_t waits_us;                /* monotonic: since when it waits */
    const struct caa_answer *answer; /* NULL: none yet */
};

enum { ID_BUCKETS = 4096 };

struct sandbox {
    struct caa_lookup lookup;
    struct event_base *base;
    const struct caa_clock *clock;
    struct caa_sandbox_setting setting;
    struct caa_arena *arena; /* holds what follows it */
    struct caa_upstreams upstreams;
    size_t cache_octets;
    bool keep_packets;
    uint32_t descriptors;
    uint8_t *received;
    uint8_t *sent;
    uint8_t *setting_order; /* as it is sent to every child */
    size_t setting_order_octets;
    struct caa_spawner_link *spawner;
    struct event *delivery, *heartbeat;
    struct child_list children;
    struct child *current[ROLES]; /* NULL: made when needed */
    struct ticket_queue waiting;
    struct ticket_queue answered;
    struct ticket_list by_id[ID_BUCKETS];
    uint32_t last_number, last_id;
    size_t pinned_count;
    uint32_t restarts; /* that may still happen now */
    struct caa_sandbox_counts counts;
    struct caa_sandbox_status status;
};

/* --- sandbox.c */

/* The ticket has failed for our own side's sake; it is told later. */
void caa_sandbox_lose(struct caa_lookup_ticket *ticket, const char *reason);

/* It has an answer, whose reference is taken over; it is told later. */
void caa_sandbox_settle(struct caa_lookup_ticket *ticket, const struct caa_answer *answer);

/* In flight under that id, or NULL. */
struct caa_lookup_ticket *caa_sandbox_find(struct sandbox *sandbox, uint32_t id);

/* Takes it from its child or the queue that it is in. */
void caa_sandbox_detach(struct caa_lookup_ticket *ticket);

/* --- sandbox_child.c */

/* Orders a new process and tells it the setting. CAA_ERR_LIMIT, CAA_ERR_RESOLVER,
   CAA_ERR_NOMEM, CAA_ERR_EVENT. */
enum caa_err caa_sandbox_child_start(struct sandbox *sandbox, struct child **started);

/* The same without a channel: the socket is the caller's, until caa_sandbox_child_connect. */
enum caa_err caa_sandbox_child_order(struct sandbox *sandbox, struct child **ordered, int *fd);
enum caa_err caa_sandbox_child_connect(struct child *child, int fd);

/* Gives a spare its role, and has it make its context. */
enum caa_err caa_sandbox_child_open(struct child *child, enum role role);

/* The same for the pin that a ticket keeps, and what makes it keep one: CAA_ERR_NOMEM,
   CAA_ERR_RESOLVER for one that cannot be said. */
enum caa_err caa_sandbox_child_open_pinned(struct child *child, enum role role,
                                           const struct caa_lookup_ticket *ticket);
enum caa_err caa_sandbox_keep_pin(struct caa_lookup_ticket *ticket, const struct caa_pin *pin);

/* Asks it the ticket's question. On error nothing happened, and the child is no good. */
enum caa_err caa_sandbox_child_ask(struct child *child, struct caa_lookup_ticket *ticket);

/* Takes a question back. */
void caa_sandbox_child_cancel(struct child *child, uint32_t id);

/* Asks for a sign of life. */
void caa_sandbox_child_ping(struct child *child);

/* What it says of itself in the beginning, and whether that will do. */
bool caa_sandbox_child_greet(struct child *child, const struct caa_notice *hello);

/* Ends it, whose tickets go elsewhere or are lost. It may still be looked at until the loop
   turns. */
void caa_sandbox_child_end(struct child *child, enum fate fate);

/* What the spawner tells. */
void caa_sandbox_on_ended(void *context, const struct caa_spawner_report *report);
void caa_sandbox_on_spawner_gone(void *context);

/* --- sandbox_role.c */

/* Has it asked by the child of its role, or lets it wait for one. */
void caa_sandbox_assign(struct caa_lookup_ticket *ticket);

/* A fresh child for this pin alone, or one that it may share. CAA_ERR_LIMIT where there are
   too many, or too many end. */
enum caa_err caa_sandbox_assign_pinned(struct caa_lookup_ticket *ticket,
                                       const struct caa_pin *pin);

/* The same once more, with the same pin, where its process ended; false where that cannot be
   had now. */
bool caa_sandbox_assign_pinned_again(struct caa_lookup_ticket *ticket);

/* Which role the question is for. */
enum role caa_sandbox_role_of(const struct caa_question *question);

/* As many spares as there should be, if they can be had now. */
void caa_sandbox_fill_spares(struct sandbox *sandbox);

/* What has to be done at each heartbeat. */
void caa_sandbox_on_heartbeat(evutil_socket_t fd, short events, void *context);

/* --- sandbox_new.c */

/* All that caa_sandbox_new does beyond the empty lookup. Errors as there. */
enum caa_err caa_sandbox_furnish(struct sandbox *sandbox,
                                 const struct caa_sandbox_setting *setting,
                                 struct caa_diag *diag);

#endif
