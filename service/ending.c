#include "service/ending.h"

#include <systemd/sd-daemon.h>

#include "base/clock.h"
#include "service/log.h"

enum {
    LOOK_US = 50000,      /* is anything left? */
    TELLING_US = 1000000, /* after the time is up, for telling those who still wait */
};

static int64_t now_us(void) {
    return caa_clock_monotonic_us(caa_clock_system());
}

static void give_up(struct service_ending *ending, size_t running) {
    service_log(SERVICE_WARNING, "gave up on %zu %s", running, ending->work.left);
    ending->gave_up = true;
    ending->work.give_up(ending->work.context);
}

static void on_look(evutil_socket_t fd, short events, void *context) {
    struct service_ending *ending = context;
    const struct timeval soon = {.tv_usec = LOOK_US};
    size_t running = 0;
    bool is_known = ending->work.count(ending->work.context, &running);
    int64_t late_us = now_us() - ending->until_us;
    (void)fd;
    (void)events;
    if ((is_known && running == 0) || late_us >= TELLING_US) {
        if (!is_known) service_log(SERVICE_WARNING, "gave up on a worker that does not answer");
        event_base_loopbreak(ending->base);
        return;
    }
    if (late_us >= 0 && is_known && !ending->gave_up) give_up(ending, running);
    event_add(ending->look, &soon);
}

static void begin(struct service_ending *ending) {
    sd_notify(0, "STOPPING=1");
    ending->is_begun = true;
    unsigned drain_s = ending->work.drain(ending->work.context);
    ending->until_us = now_us() + (int64_t)drain_s * 1000000;
    service_log(SERVICE_NOTICE, "ending: %s has %u s", ending->work.name, drain_s);
    on_look(-1, 0, ending);
}

void service_ending_ask(struct service_ending *ending) {
    if (!ending->is_begun) {
        begin(ending);
    } else if (ending->until_us > now_us()) {
        service_log(SERVICE_NOTICE, "asked again: ending now");
        ending->until_us = now_us();
        on_look(-1, 0, ending);
    } else {
        service_log(SERVICE_WARNING, "asked again: ending without a word to those who wait");
        event_base_loopbreak(ending->base);
    }
}

enum caa_err service_ending_make(struct service_ending *ending, struct event_base *base,
                                 const struct service_work *work) {
    ending->work = *work;
    ending->base = base;
    ending->look = evtimer_new(base, on_look, ending);
    return ending->look == NULL ? CAA_ERR_EVENT : CAA_OK;
}

void service_ending_free(struct service_ending *ending) {
    if (ending->look != NULL) event_free(ending->look);
}
