/* The process that makes the recursors' processes. It is forked before there is any thread and
   keeps nothing but what it needs for that: a program with threads and secrets forks badly, and
   one that has given up root could not give a child a user of its own. */
#ifndef CAA_SANDBOX_SPAWNER_H
#define CAA_SANDBOX_SPAWNER_H

#include <stdbool.h>
#include <stdint.h>

#include <event2/event.h>

#include "base/diag.h"
#include "base/err.h"

struct caa_spawner_setting {
    const char *program; /* path of caad-recursor; NULL: beside the running program, else where
                            it is installed */
    const char *user;    /* whom recursors run as where this is root: name or number; NULL:
                            "caad-recursor" if there is such a user, else a number
                            that no user and no group has */
};

/* What the limit of descriptors has to be where it is started: it waits for so many things at
   once, which the kernel refuses where more than the limit. */
enum { CAA_SPAWNER_DESCRIPTORS_LEAST = 320 };

struct caa_spawner;

/* Whether recursors could run as `user`: one that is there, which an ordinary user is not asked
   for, and not root. CAA_ERR_OPTION. */
enum caa_err caa_spawner_look_at_user(const char *user, struct caa_diag *diag);

/* Forks it. To be called while the process has one thread and, for a user of their own, is
   still root. The spawner ends when its last client does. CAA_ERR_OPTION for a user or program
   that is not there, CAA_ERR_NOMEM, CAA_ERR_RESOLVER with the kernel's word. */
enum caa_err caa_spawner_start(struct caa_spawner **spawner,
                               const struct caa_spawner_setting *setting,
                               struct caa_diag *diag);

/* Ends it and every child, and waits until it is gone; where it stands still and may not be
   killed, 2 s. NULL is fine. */
void caa_spawner_stop(struct caa_spawner *spawner);

/* What follows is for lookups. A link is one thread's own way to the spawner. */

struct caa_spawner_link;

/* How a child ended. */
struct caa_spawner_report {
    uint32_t number;
    int32_t wait_status; /* as of waitpid */
    uint32_t too_large;  /* 1: killed because it held more memory than it may */
};

struct caa_spawner_listener {
    void (*ended)(void *context, const struct caa_spawner_report *report);
    void (*gone)(void *context); /* the spawner is: no child will ever come of it */
    void *context;
};

/* Opens a link; may be called by any thread. CAA_ERR_NOMEM, CAA_ERR_EVENT, CAA_ERR_RESOLVER
   where the spawner is gone. */
enum caa_err caa_spawner_link_open(struct caa_spawner_link **link, struct caa_spawner *spawner,
                                   struct event_base *base,
                                   const struct caa_spawner_listener *listener);

struct caa_spawner_order {
    uint32_t number;        /* the caller's name for the child, each once */
    uint32_t descriptors;   /* that it may open */
    uint64_t memory_octets; /* what it may hold; it may map somewhat more */
};

/* Orders a child; `*fd` is this side's end of its socket, usable at once and the caller's to
   close. CAA_ERR_LIMIT where the kernel or the spawner takes no more now, CAA_ERR_RESOLVER
   where it is gone. */
enum caa_err caa_spawner_spawn(struct caa_spawner_link *link,
                               const struct caa_spawner_order *order, int *fd);

/* Kills it, if it still runs. It, too, may be lost where the spawner takes no more now: to be
   repeated until the child is reported, which it then is once more, in case that was lost. */
void caa_spawner_kill(struct caa_spawner_link *link, uint32_t number);

/* Kills all children of the link, and closes it. NULL is fine. */
void caa_spawner_link_close(struct caa_spawner_link *link);

#endif
