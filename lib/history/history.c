#include "history/history.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "history/reader.h"
#include "history/state.h"

/* Nobody waits meanwhile, and what is written goes into the queue. */
enum { DELETED_AT_ONCE_BEST_EFFORT = 2000 };

static void destroy(struct caa_history *history) {
    caa_history_reader_free(history->reader);
    caa_history_database_close(history->writer.database);
    pthread_cond_destroy(&history->work);
    pthread_mutex_destroy(&history->lock);
    free(history->place);
    free(history);
}

static void prepare_locks(struct caa_history *history) {
    pthread_condattr_t attributes;
    pthread_mutex_init(&history->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&history->work, &attributes);
    pthread_condattr_destroy(&attributes);
}

static struct caa_history *new_history(const struct caa_history_setting *setting,
                                       const struct caa_clock *clock) {
    struct caa_history *history = calloc(1, sizeof *history);
    if (history == NULL) return NULL;
    history->clock = clock;
    history->setting = *setting;
    STAILQ_INIT(&history->waiting);
    prepare_locks(history);
    history->place = strdup(setting->place);
    if (setting->queue_most == 0) history->setting.queue_most = CAA_HISTORY_QUEUE_MOST;
    if (setting->queue_most_octets == 0)
        history->setting.queue_most_octets = CAA_HISTORY_QUEUE_MOST_OCTETS;
    history->setting.place = history->place;
    history->writer.retention.days = setting->retention_days;
    history->writer.retention.size_most_octets = setting->size_most_octets;
    history->writer.retention.records_at_once = setting->audit == CAA_HISTORY_REQUIRED
                                                    ? CAA_HISTORY_RETENTION_LEAST_RECORDS
                                                    : DELETED_AT_ONCE_BEST_EFFORT;
    if (history->place != NULL) return history;
    destroy(history);
    return NULL;
}

/* What cannot be mended by waiting is an error now. */
static enum caa_err connect_first(struct caa_history *history, struct caa_diag *diag) {
    struct caa_history_writer *writer = &history->writer;
    struct caa_diag why = {.text = ""};
    bool read_only = history->setting.read_only;
    enum caa_history_trouble trouble =
        caa_history_connect(history, &writer->database, read_only, &why);
    if (trouble == CAA_HISTORY_LASTING || (trouble != CAA_HISTORY_FINE && read_only)) {
        caa_diag_set(diag, "history: %s", why.text);
        return CAA_ERR_HISTORY;
    }
    if (read_only) {
        caa_history_database_close(writer->database);
        writer->database = NULL;
    }
    writer->was_connected = history->counters.connected = trouble == CAA_HISTORY_FINE;
    history->why = why;
    return CAA_OK;
}

/* Signals are for the program's own threads. */
static enum caa_err start_thread(struct caa_history *history) {
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    history->thread_runs =
        pthread_create(&history->thread, NULL, caa_history_write, history) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return history->thread_runs ? CAA_OK : CAA_ERR_EVENT;
}

enum caa_err caa_history_open(struct caa_history **history,
                              const struct caa_history_setting *setting,
                              const struct caa_clock *clock, struct caa_diag *diag) {
    struct caa_history *made = new_history(setting, clock);
    if (made == NULL) return CAA_ERR_NOMEM;
    enum caa_err err = connect_first(made, diag);
    if (err == CAA_OK) err = caa_history_reader_new(&made->reader, made);
    if (err == CAA_OK && !setting->read_only) err = start_thread(made);
    if (err == CAA_OK)
        *history = made;
    else
        destroy(made);
    return err;
}

uint64_t caa_history_close(struct caa_history *history) {
    if (history == NULL) return 0;
    pthread_mutex_lock(&history->lock);
    history->closing = true;
    pthread_cond_signal(&history->work);
    pthread_mutex_unlock(&history->lock);
    if (history->thread_runs) pthread_join(history->thread, NULL);
    uint64_t lost = history->gap.count;
    destroy(history);
    return lost;
}

/* A record larger than the whole queue is taken where nothing else is in it. */
static bool has_room(const struct caa_history *history,
                     const struct caa_history_record *record) {
    const struct caa_history_counters *counters = &history->counters;
    size_t most = history->setting.queue_most_octets;
    if (history->closing || history->setting.read_only) return false;
    if (counters->queue_length == 0) return true;
    return counters->queue_length < history->setting.queue_most &&
           counters->queue_octets < most && record->octets <= most - counters->queue_octets;
}

/* Why there is no room, with the lock held or where it does not change. */
static const char *why_refused(const struct caa_history *history) {
    return history->setting.read_only ? "the history is open for reading only"
                                      : "the history's queue is full";
}

/* With the lock held: the writer, who gathers with best effort, need not be told of each. */
static void wake_writer(struct caa_history *history) {
    size_t length = history->counters.queue_length;
    bool required = history->setting.audit == CAA_HISTORY_REQUIRED;
    if (required || length == 1 || length % (CAA_HISTORY_BATCH_RECORDS_BEST_EFFORT / 4) == 0)
        pthread_cond_signal(&history->work);
}

static bool enqueue(struct caa_history *history, struct caa_history_record *record) {
    pthread_mutex_lock(&history->lock);
    bool taken = has_room(history, record);
    if (taken) {
        STAILQ_INSERT_TAIL(&history->waiting, record, link);
        history->counters.queue_length++;
        history->counters.queue_octets += record->octets;
        wake_writer(history);
    } else if (history->setting.audit == CAA_HISTORY_REQUIRED) {
        history->counters.failed++;
    } else {
        caa_history_lose(history, record,
                         history->counters.connected ? why_refused(history)
                                                     : history->why.text);
    }
    pthread_mutex_unlock(&history->lock);
    return taken;
}

void caa_history_put(struct caa_history_client *client, struct caa_history_record *record,
                     caa_history_done *done, void *context) {
    struct caa_history *history = caa_history_client_history(client);
    bool required = history->setting.audit == CAA_HISTORY_REQUIRED;
    record->put_at_us = caa_clock_monotonic_us(history->clock);
    record->done = done;
    record->context = context;
    if (done != NULL) caa_history_delivery_address(&record->delivery, client);
    if (!required) atomic_store(&record->holders, 2);
    bool taken = enqueue(history, record);
    if (!taken && required) {
        record->err = CAA_ERR_LIMIT;
        record->why = strdup(why_refused(history));
    }
    if (!taken && !required) caa_history_record_release(record);
    if (!taken || !required) caa_history_delivery_send(&record->delivery);
}

/* When the oldest of those that are not on disk was put; 0: there is none. */
static int64_t waiting_since(const struct caa_history *history) {
    const struct caa_history_record *first = STAILQ_FIRST(&history->waiting);
    if (history->writing_since_us != 0) return history->writing_since_us;
    return first == NULL ? 0 : first->put_at_us;
}

void caa_history_counters(struct caa_history *history, struct caa_history_counters *counters) {
    int64_t now_us = caa_clock_monotonic_us(history->clock);
    pthread_mutex_lock(&history->lock);
    *counters = history->counters;
    int64_t since_us = waiting_since(history);
    pthread_mutex_unlock(&history->lock);
    counters->lag_us = since_us == 0 || since_us > now_us ? 0 : now_us - since_us;
}

void caa_history_why(struct caa_history *history, struct caa_diag *why) {
    pthread_mutex_lock(&history->lock);
    *why = history->why;
    pthread_mutex_unlock(&history->lock);
}
