/* Inside an investigation: what its two files share.

   investigation.c        who attends, and what is told
   investigation_walk.c   which walk comes next, and what it may cost */
#ifndef CAA_RESCUE_INVESTIGATION_STATE_H
#define CAA_RESCUE_INVESTIGATION_STATE_H

#include "rescue/budget.h"
#include "rescue/investigation.h"

LIST_HEAD(attendant_list, caa_attendant);

/* The way to the name, or to what it is an alias of. */
struct investigation_leg {
    struct caa_question question;
    struct caa_walk *first;    /* the walk that asked everybody, or has taken its place */
    int64_t first_us;          /* monotonic: when that was */
    struct caa_walk *outdated; /* that had it before, whose zone has recovered; NULL: none */
    int64_t outdated_us;       /* monotonic: when that was seen */
};

struct caa_investigation {
    const struct caa_investigation_setting *setting;
    uint64_t number; /* by which the traffic knows it */
    size_t leg_count;
    struct investigation_leg legs[CAA_LEGS_MAX];
    bool is_circle;        /* the last one is an alias of one before it */
    size_t at;             /* the leg that is being walked */
    struct caa_walk *walk; /* the latest; may be the first of its leg */
    bool asks_few;         /* the latest walk does, of each zone that it meets */
    struct caa_budget budget;
    int64_t seen_us;            /* monotonic: when the walks last bore the evidence out */
    struct caa_pinning pinning; /* what was told last; zone_count 0: nothing */
    struct event *next_walk;
    struct event *turn; /* news for who has just come, or the end */
    struct attendant_list attendants;
    struct attendant_list to_be_told; /* of the current event */
    void (*ended)(void *context, struct caa_investigation *investigation);
    void *context;
};

/* A walk tells of progress, and is through. */
caa_walk_progress caa_investigation_on_progress;
caa_walk_done caa_investigation_on_walked;

/* `walk` is the one of its leg that asked everybody. */
bool caa_investigation_is_first(const struct caa_investigation *investigation,
                                const struct caa_walk *walk);

/* Sent in all walks that began within the time of the budget. */
uint32_t caa_investigation_query_count(const struct caa_investigation *investigation);

/* How long to wait after the latest walk. */
uint32_t caa_investigation_pause_ms(const struct caa_investigation *investigation);

/* Starts the walk of the leg at hand that is to ask everybody on the way to `name` and further.
   CAA_ERR_LIMIT where the budget is used up for now; else as caa_walk_start. */
enum caa_err caa_investigation_walk(struct caa_investigation *investigation,
                                    const struct caa_name *name);

/* Starts the next one; errors likewise. */
enum caa_err caa_investigation_walk_again(struct caa_investigation *investigation);

#endif
