/* The event loop of a program that serves: signals, systemd's watchdog, and the end. */
#ifndef CAA_SERVICE_LOOP_H
#define CAA_SERVICE_LOOP_H

#include <event2/event.h>

#include "base/err.h"
#include "service/ending.h"

struct service_loop {
    struct event_base *base;
    struct event *term, *interrupt, *hup;
    struct event *watchdog; /* NULL: nobody watches */
    struct service_ending ending;
};

/* What is called, with one context. */
struct service_calls {
    event_callback_fn on_hup;
    event_callback_fn on_watchdog; /* twice in the time that systemd gives */
    void *context;
};

/* Makes all of it; SIGTERM and SIGINT ask for the end of `work`. CAA_ERR_EVENT, with a part
 * made: to be freed like the whole. */
enum caa_err service_loop_make(struct service_loop *loop, const struct service_calls *calls,
                               const struct service_work *work);

/* One that is all 0 is fine. */
void service_loop_free(struct service_loop *loop);

#endif
