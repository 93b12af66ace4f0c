/* How a program that serves ends: what runs has its time, then those who still wait are told.
 */
#ifndef CAA_SERVICE_ENDING_H
#define CAA_SERVICE_ENDING_H

#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* What a program does of it, with one context. */
struct service_work {
    const char *name; /* of what has its time: "what runs" */
    const char *left; /* of what is given up in the end: "requests that were still running" */
    unsigned (*drain)(void *context);              /* take nothing more; seconds that it has */
    bool (*count)(void *context, size_t *running); /* false: not everybody has said yet */
    void (*give_up)(void *context);                /* tell those who wait */
    void *context;
};

struct service_ending {
    struct service_work work;
    struct event_base *base;
    struct event *look;
    int64_t until_us;
    bool is_begun, gave_up;
};

/* `base` outlives it. CAA_ERR_EVENT, with a part made: to be freed like the whole. */
enum caa_err service_ending_make(struct service_ending *ending, struct event_base *base,
                                 const struct service_work *work);

/* One that is all 0 is fine. */
void service_ending_free(struct service_ending *ending);

/* At SIGTERM. Asked twice there is no time left but for telling those who wait, and then not
   even that. Breaks the loop of `base` when nothing is left. */
void service_ending_ask(struct service_ending *ending);

#endif
