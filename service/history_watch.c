#include "service/history_watch.h"

#include <inttypes.h>
#include <stdlib.h>

#include "service/log.h"

enum { LOOK_S = 1 };

struct service_history_watch {
    struct caa_history *history;
    struct event *look;
    bool is_down;        /* as it was told */
    uint64_t dropped;    /* likewise */
    uint64_t reconnects; /* likewise */
};

static void tell_down(struct service_history_watch *watch) {
    struct caa_diag why;
    caa_history_why(watch->history, &why);
    watch->is_down = true;
    service_log(SERVICE_ERROR, "the history cannot be written: %s", why.text);
}

static void tell_up(struct service_history_watch *watch) {
    watch->is_down = false;
    service_log(SERVICE_NOTICE, "the history is written again");
}

/* A flood is told once it has ended, since each second of it would be a line. */
static void tell_lost(struct service_history_watch *watch, uint64_t dropped) {
    service_log(SERVICE_ERROR, "%" PRIu64 " records of the history are lost",
                dropped - watch->dropped);
    watch->dropped = dropped;
}

static void tell(struct service_history_watch *watch,
                 const struct caa_history_counters *counters) {
    /* One that ended between two looks is told as well. */
    bool was_down = !counters->connected || counters->reconnects != watch->reconnects;
    if (was_down && !watch->is_down) tell_down(watch);
    watch->reconnects = counters->reconnects;
    if (!counters->connected) return;
    if (watch->is_down) tell_up(watch);
    if (counters->dropped != watch->dropped) tell_lost(watch, counters->dropped);
}

static void on_look(evutil_socket_t fd, short events, void *context) {
    struct service_history_watch *watch = context;
    struct caa_history_counters counters;
    (void)fd;
    (void)events;
    caa_history_counters(watch->history, &counters);
    tell(watch, &counters);
}

enum caa_err service_history_watch_new(struct service_history_watch **made,
                                       struct event_base *base, struct caa_history *history) {
    const struct timeval every = {.tv_sec = LOOK_S};
    *made = NULL;
    if (history == NULL) return CAA_OK;
    struct service_history_watch *watch = calloc(1, sizeof *watch);
    if (watch == NULL) return CAA_ERR_NOMEM;
    watch->history = history;
    watch->look = event_new(base, -1, EV_PERSIST, on_look, watch);
    if (watch->look != NULL && event_add(watch->look, &every) == 0) {
        *made = watch;
        return CAA_OK;
    }
    service_history_watch_free(watch);
    return CAA_ERR_EVENT;
}

void service_history_watch_free(struct service_history_watch *watch) {
    if (watch == NULL) return;
    if (watch->look != NULL) event_free(watch->look);
    free(watch);
}

void service_history_close(struct caa_history *history) {
    struct caa_diag why = {.text = ""};
    if (history != NULL) caa_history_why(history, &why);
    uint64_t lost = caa_history_close(history);
    if (lost > 0)
        service_log(SERVICE_ERROR,
                    "%" PRIu64 " records of the history are lost, without a gap"
                    " that says so%s%s",
                    lost, why.text[0] == '\0' ? "" : ": ", why.text);
}
