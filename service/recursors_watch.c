#include "service/recursors_watch.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "service/log.h"

enum { TELL_S = 1 };

struct service_recursors_watch {
    struct service_ending *ending;
    struct event *tick;
    const struct caa_lookup *followed; /* NULL: none is */
    uint64_t followed_told;
    bool is_gone_told, ended_it;
    pthread_mutex_t lock; /* over what follows, which is found by any thread */
    uint64_t ended_badly; /* and not told yet */
    bool is_gone;
    char last_ending[CAA_SANDBOX_ENDING_MAX];
};

static void tell_endings(uint64_t count, const char *last) {
    if (count == 1)
        service_log(SERVICE_WARNING, "a recursor's process ended: %s; it is replaced", last);
    else if (count > 1)
        service_log(SERVICE_WARNING,
                    "%" PRIu64
                    " recursors' processes ended, the last one: %s; they are replaced",
                    count, last);
}

/* One that was asked to end before ends as it would have. */
static void end_without_spawner(struct service_recursors_watch *watch) {
    watch->is_gone_told = true;
    service_log(SERVICE_ERROR, "the recursors' spawner is gone: nothing can be looked up until "
                               "a restart");
    if (watch->ending->is_begun) return;
    watch->ended_it = true;
    service_ending_ask(watch->ending);
}

static void on_tick(evutil_socket_t fd, short events, void *context) {
    struct service_recursors_watch *watch = context;
    char last[CAA_SANDBOX_ENDING_MAX];
    (void)fd;
    (void)events;
    if (watch->followed != NULL)
        service_recursors_look_at(watch, watch->followed, &watch->followed_told);
    pthread_mutex_lock(&watch->lock);
    uint64_t count = watch->ended_badly;
    bool is_gone = watch->is_gone;
    memcpy(last, watch->last_ending, sizeof last);
    watch->ended_badly = 0;
    pthread_mutex_unlock(&watch->lock);
    tell_endings(count, last);
    if (is_gone && !watch->is_gone_told) end_without_spawner(watch);
}

void service_recursors_look_at(struct service_recursors_watch *watch,
                               const struct caa_lookup *sandbox, uint64_t *told) {
    uint64_t ended_badly = caa_sandbox_counts(sandbox).ended_badly;
    const struct caa_sandbox_status status = caa_sandbox_status(sandbox);
    pthread_mutex_lock(&watch->lock);
    if (ended_badly != *told)
        memcpy(watch->last_ending, status.last_ending, sizeof watch->last_ending);
    watch->ended_badly += ended_badly - *told;
    watch->is_gone |= status.spawner_is_gone;
    pthread_mutex_unlock(&watch->lock);
    *told = ended_badly;
}

enum caa_err service_recursors_watch_new(struct service_recursors_watch **made,
                                         struct event_base *base,
                                         struct service_ending *ending) {
    const struct timeval every = {.tv_sec = TELL_S};
    struct service_recursors_watch *watch = calloc(1, sizeof *watch);
    if (watch == NULL) return CAA_ERR_NOMEM;
    watch->ending = ending;
    pthread_mutex_init(&watch->lock, NULL);
    watch->tick = event_new(base, -1, EV_PERSIST, on_tick, watch);
    if (watch->tick != NULL && event_add(watch->tick, &every) == 0) {
        *made = watch;
        return CAA_OK;
    }
    service_recursors_watch_free(watch);
    return CAA_ERR_EVENT;
}

void service_recursors_watch_follow(struct service_recursors_watch *watch,
                                    const struct caa_lookup *sandbox) {
    watch->followed = sandbox;
}

bool service_recursors_ended_it(const struct service_recursors_watch *watch) {
    return watch != NULL && watch->ended_it;
}

void service_recursors_watch_free(struct service_recursors_watch *watch) {
    if (watch == NULL) return;
    if (watch->tick != NULL) event_free(watch->tick);
    pthread_mutex_destroy(&watch->lock);
    free(watch);
}
