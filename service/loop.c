#include "service/loop.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include <systemd/sd-daemon.h>

static bool add_signal(struct event **event, const struct service_loop *loop, int number,
                       event_callback_fn callback, void *context) {
    *event = evsignal_new(loop->base, number, callback, context);
    return *event != NULL && event_add(*event, NULL) == 0;
}

static bool add_watchdog(struct service_loop *loop, const struct service_calls *calls) {
    uint64_t every_us = 0;
    if (sd_watchdog_enabled(0, &every_us) <= 0) return true;
    const struct timeval every = {.tv_sec = (time_t)(every_us / 2 / 1000000),
                                  .tv_usec = (suseconds_t)(every_us / 2 % 1000000)};
    loop->watchdog = event_new(loop->base, -1, EV_PERSIST, calls->on_watchdog, calls->context);
    return loop->watchdog != NULL && event_add(loop->watchdog, &every) == 0;
}

static void on_term(evutil_socket_t fd, short events, void *context) {
    (void)fd;
    (void)events;
    service_ending_ask(context);
}

enum caa_err service_loop_make(struct service_loop *loop, const struct service_calls *calls,
                               const struct service_work *work) {
    loop->base = event_base_new();
    if (loop->base == NULL) return CAA_ERR_EVENT;
    bool done = service_ending_make(&loop->ending, loop->base, work) == CAA_OK &&
                add_signal(&loop->term, loop, SIGTERM, on_term, &loop->ending) &&
                add_signal(&loop->interrupt, loop, SIGINT, on_term, &loop->ending) &&
                add_signal(&loop->hup, loop, SIGHUP, calls->on_hup, calls->context) &&
                add_watchdog(loop, calls);
    return done ? CAA_OK : CAA_ERR_EVENT;
}

void service_loop_free(struct service_loop *loop) {
    struct event *events[] = {loop->term, loop->interrupt, loop->hup, loop->watchdog};
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++)
        if (events[i] != NULL) event_free(events[i]);
    service_ending_free(&loop->ending);
    if (loop->base != NULL) event_base_free(loop->base);
}
