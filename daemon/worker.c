#include "daemon/worker.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

static void on_beat(evutil_socket_t fd, short events, void *context) {
    struct caad_worker *worker = context;
    (void)fd;
    (void)events;
    atomic_store(&worker->beat_us, caa_clock_monotonic_us(caa_clock_system()));
    if (worker->sandbox != NULL)
        service_recursors_look_at(worker->watch, worker->sandbox, &worker->endings_told);
}

static bool take_task(struct caad_worker *worker, caad_task **run, void **context) {
    pthread_mutex_lock(&worker->lock);
    bool any = worker->task_count > 0;
    if (any) {
        *run = worker->tasks[0].run;
        *context = worker->tasks[0].context;
        worker->task_count--;
        for (size_t i = 0; i < worker->task_count; i++) worker->tasks[i] = worker->tasks[i + 1];
    }
    pthread_mutex_unlock(&worker->lock);
    return any;
}

static void on_wake(evutil_socket_t fd, short events, void *context) {
    struct caad_worker *worker = context;
    eventfd_t count;
    caad_task *run;
    void *task_context;
    (void)events;
    eventfd_read(fd, &count);
    while (take_task(worker, &run, &task_context)) run(task_context);
}

bool caad_worker_post(struct caad_worker *worker, caad_task *run, void *context) {
    pthread_mutex_lock(&worker->lock);
    bool has_room = worker->task_count < sizeof worker->tasks / sizeof worker->tasks[0];
    if (has_room) {
        worker->tasks[worker->task_count].run = run;
        worker->tasks[worker->task_count++].context = context;
    }
    pthread_mutex_unlock(&worker->lock);
    if (has_room) eventfd_write(worker->wake_fd, 1);
    return has_room;
}

double caad_worker_silence_s(const struct caad_worker *worker) {
    int64_t now_us = caa_clock_monotonic_us(caa_clock_system());
    return (double)(now_us - atomic_load(&worker->beat_us)) / 1e6;
}

static enum caa_err make_loop(struct caad_worker *worker) {
    const struct timeval second = {.tv_sec = 1};
    worker->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    worker->base = event_base_new();
    if (worker->wake_fd < 0 || worker->base == NULL) return CAA_ERR_EVENT;
    worker->wake =
        event_new(worker->base, worker->wake_fd, EV_READ | EV_PERSIST, on_wake, worker);
    worker->beat = event_new(worker->base, -1, EV_PERSIST, on_beat, worker);
    if (worker->wake == NULL || worker->beat == NULL) return CAA_ERR_EVENT;
    on_beat(-1, 0, worker);
    return event_add(worker->wake, NULL) == 0 && event_add(worker->beat, &second) == 0
               ? CAA_OK
               : CAA_ERR_EVENT;
}

struct sandbox_order {
    struct caad_worker *worker;
    struct caa_sandbox_setting setting;
};

static enum caa_err make_sandbox(void *context, struct caa_lookup **lookup,
                                 struct event_base *base, const struct caa_clock *clock,
                                 const struct caa_recursor_setting *recursor,
                                 struct caa_diag *diag) {
    struct sandbox_order *order = context;
    order->setting.recursor = recursor;
    enum caa_err err = caa_sandbox_new(lookup, base, clock, &order->setting, diag);
    if (err == CAA_OK) order->worker->sandbox = *lookup;
    return err;
}

/* Nobody waits for it, whatever `audit` says: no verdict rests on it. */
static void on_refresh_failed(void *context, const struct caa_answer *answer) {
    struct caad_worker *worker = context;
    struct caa_history_record *record;
    char id[CAA_HISTORY_ID_MAX];
    const struct caa_history_about about = {.id = id};
    if (worker->client != NULL && caa_history_id_make(id) == CAA_OK &&
        caa_history_record_of_refresh(&record, answer, &about) == CAA_OK)
        caa_history_put(worker->client, record, NULL, NULL);
}

static enum caa_err make_engine(struct caad_worker *worker,
                                const struct caad_worker_setting *setting,
                                struct caa_diag *diag) {
    struct caa_engine_setting engine = setting->engine;
    struct sandbox_order order = {.worker = worker, .setting = setting->sandbox};
    engine.refresh_failed = on_refresh_failed;
    engine.refresh_failed_context = worker;
    if (setting->sandbox.spawner != NULL) {
        engine.make_recursor = make_sandbox;
        engine.make_recursor_context = &order;
    }
    return caa_engine_new(&worker->engine, worker->base, caa_clock_system(), &engine, diag);
}

static enum caa_err furnish(struct caad_worker *worker,
                            const struct caad_worker_setting *setting, struct caa_diag *diag) {
    struct caad_faces_setting faces = setting->faces;
    enum caa_err err = make_loop(worker);
    if (err == CAA_OK) err = make_engine(worker, setting, diag);
    if (err == CAA_OK && setting->history != NULL)
        err = caa_history_client_new(&worker->client, setting->history, worker->base);
    if (err != CAA_OK) return err;
    faces.index = worker->index;
    faces.base = worker->base;
    faces.engine = worker->engine;
    faces.sandbox = worker->sandbox;
    faces.history = worker->client;
    faces.shard = caa_metrics_shard(faces.metrics, worker->index);
    return caad_faces_new(&worker->faces, &faces, diag);
}

enum caa_err caad_worker_new(struct caad_worker **made, size_t index,
                             const struct caad_worker_setting *setting, struct caa_diag *diag) {
    struct caad_worker *worker = calloc(1, sizeof *worker);
    if (worker == NULL) return CAA_ERR_NOMEM;
    worker->index = index;
    worker->owner = setting->owner;
    worker->watch = setting->watch;
    worker->wake_fd = -1;
    pthread_mutex_init(&worker->lock, NULL);
    enum caa_err err = furnish(worker, setting, diag);
    if (err == CAA_OK)
        *made = worker;
    else
        caad_worker_free(worker);
    return err;
}

static void *work(void *context) {
    struct caad_worker *worker = context;
    event_base_dispatch(worker->base);
    return NULL;
}

/* Signals are the main thread's. */
enum caa_err caad_worker_start(struct caad_worker *worker) {
    sigset_t all, before;
    sigfillset(&all);
    if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0) return CAA_ERR_EVENT;
    worker->has_thread = pthread_create(&worker->thread, NULL, work, worker) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return worker->has_thread ? CAA_OK : CAA_ERR_EVENT;
}

static void stop(void *context) {
    struct caad_worker *worker = context;
    event_base_loopbreak(worker->base);
}

/* A worker whose tasks are never taken hangs, and is not waited for. */
static void end_thread(struct caad_worker *worker) {
    if (!worker->has_thread) return;
    if (caad_worker_post(worker, stop, worker)) pthread_join(worker->thread, NULL);
}

void caad_worker_free(struct caad_worker *worker) {
    if (worker == NULL) return;
    end_thread(worker);
    caa_history_client_free(worker->client);
    caad_faces_free(worker->faces);
    caa_engine_free(worker->engine);
    if (worker->wake != NULL) event_free(worker->wake);
    if (worker->beat != NULL) event_free(worker->beat);
    if (worker->base != NULL) event_base_free(worker->base);
    if (worker->wake_fd >= 0) close(worker->wake_fd);
    pthread_mutex_destroy(&worker->lock);
    free(worker);
}
