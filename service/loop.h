/* The event loop of a program that serves: signals, systemd's watchdog, and the look whether it
   may end. */
#ifndef CAA_SERVICE_LOOP_H
#define CAA_SERVICE_LOOP_H

#include <event2/event.h>

#include "base/err.h"

struct service_loop {
    struct event_base *base;
    struct event *term, *interrupt, *hup;
    struct event *watchdog;   /* NULL: nobody watches */
    struct event *drain_look; /* not pending until it is added */
};

/* What is called, with one context. */
struct service_calls {
    event_callback_fn on_term; /* SIGTERM and SIGINT */
    event_callback_fn on_hup;
    event_callback_fn on_watchdog; /* twice in the time that systemd gives */
    event_callback_fn on_drain_look;
    void *context;
};

/* Makes all of it. CAA_ERR_EVENT, with a part made: to be freed like the whole. */
enum caa_err service_loop_make(struct service_loop *loop, const struct service_calls *calls);

/* One that is all 0 is fine. */
void service_loop_free(struct service_loop *loop);

#endif
