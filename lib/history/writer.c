#include "history/state.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    BATCH_OCTETS = 8 * 1024 * 1024,
    BACKOFF_FIRST_US = 100 * 1000,
    BACKOFF_MOST_US = 5 * 1000 * 1000,
    WAIT_MOST_US = 1000 * 1000,
    WAIT_LEAST_US = 1000,
    GATHER_US = 100 * 1000, /* with best effort, so that a commit is for many */
};

static bool is_required(const struct caa_history *history) {
    return history->setting.audit == CAA_HISTORY_REQUIRED;
}

static int64_t now_us(const struct caa_history *history) {
    return caa_clock_monotonic_us(history->clock);
}

void caa_history_lose(struct caa_history *history, const struct caa_history_record *record,
                      const char *why) {
    struct caa_history_gap *gap = &history->gap;
    if (gap->count == 0) {
        gap->from_us = gap->to_us = record->started_at_us;
        caa_diag_set(&history->gap_why, "%s", why);
    }
    if (record->started_at_us < gap->from_us) gap->from_us = record->started_at_us;
    if (record->started_at_us > gap->to_us) gap->to_us = record->started_at_us;
    gap->count++;
    history->counters.dropped++;
}

/* Frees it, or tells who waits. */
static void hand_back(const struct caa_history *history, struct caa_history_record *record,
                      enum caa_err err, const char *why) {
    if (!is_required(history)) {
        caa_history_record_release(record);
        return;
    }
    record->err = err;
    record->why = err == CAA_OK ? NULL : strdup(why);
    caa_history_delivery_send(&record->delivery);
}

/* Whether the record is on disk is known now. */
static void settle(struct caa_history *history, struct caa_history_record *record,
                   enum caa_err err, const char *why) {
    pthread_mutex_lock(&history->lock);
    history->counters.queue_length--;
    history->counters.queue_octets -= record->octets;
    if (err == CAA_OK)
        history->counters.written++;
    else if (is_required(history))
        history->counters.failed++;
    else
        caa_history_lose(history, record, why);
    pthread_mutex_unlock(&history->lock);
    hand_back(history, record, err, why);
}

static void settle_all(struct caa_history *history, struct caa_history_records *records,
                       enum caa_err err, const char *why) {
    struct caa_history_record *record;
    while ((record = STAILQ_FIRST(records)) != NULL) {
        STAILQ_REMOVE_HEAD(records, link);
        settle(history, record, err, why);
    }
}

/* All of them are on disk. One lock is enough: the workers want it for each record they put. */
static void settle_written(struct caa_history *history, struct caa_history_records *records) {
    struct caa_history_retention *retention = &history->writer.retention;
    struct caa_history_record *record;
    size_t count = 0;
    size_t octets = 0;
    STAILQ_FOREACH(record, records, link) count++, octets += record->octets;
    pthread_mutex_lock(&history->lock);
    history->counters.queue_length -= count;
    history->counters.queue_octets -= octets;
    history->counters.written += count;
    pthread_mutex_unlock(&history->lock);
    if (history->writer.database->operations->measures_cheaply)
        caa_history_retention_note_written(retention, octets);
    if (!is_required(history)) caa_history_record_release_all(records);
    while ((record = STAILQ_FIRST(records)) != NULL) {
        STAILQ_REMOVE_HEAD(records, link);
        hand_back(history, record, CAA_OK, "");
    }
}

static void note_connected(struct caa_history *history) {
    struct caa_history_writer *writer = &history->writer;
    pthread_mutex_lock(&history->lock);
    history->counters.connected = true;
    if (writer->was_connected) history->counters.reconnects++;
    pthread_mutex_unlock(&history->lock);
    writer->was_connected = true;
    writer->backoff_us = 0;
}

static void note_gone(struct caa_history *history, const struct caa_diag *why) {
    struct caa_history_writer *writer = &history->writer;
    caa_history_database_close(writer->database);
    writer->database = NULL;
    pthread_mutex_lock(&history->lock);
    history->counters.connected = false;
    history->why = *why;
    pthread_mutex_unlock(&history->lock);
}

static void go_down(struct caa_history *history, const struct caa_diag *why) {
    struct caa_history_writer *writer = &history->writer;
    note_gone(history, why);
    writer->backoff_us = writer->backoff_us == 0 ? BACKOFF_FIRST_US : 2 * writer->backoff_us;
    if (writer->backoff_us > BACKOFF_MOST_US) writer->backoff_us = BACKOFF_MOST_US;
    writer->retry_at_us = now_us(history) + writer->backoff_us;
}

static void connect_where_due(struct caa_history *history, bool closing) {
    struct caa_history_writer *writer = &history->writer;
    struct caa_diag why = {.text = ""};
    if (writer->database != NULL || (now_us(history) < writer->retry_at_us && !closing)) return;
    if (caa_history_connect(history, &writer->database, false, &why) == CAA_HISTORY_FINE)
        note_connected(history);
    else
        go_down(history, &why);
}

static enum caa_history_trouble add_record(struct caa_history_database *database,
                                           const struct caa_history_record *record,
                                           struct caa_diag *diag) {
    const struct caa_history_row *row;
    STAILQ_FOREACH(row, &record->rows, link) {
        const struct caa_history_parameters parameters = {row->count, row->values};
        enum caa_history_trouble trouble =
            caa_history_add(database, row->statement, &parameters, diag);
        if (trouble != CAA_HISTORY_FINE) return trouble;
    }
    return CAA_HISTORY_FINE;
}

/* A file that somebody moved away is made anew, and nobody who waits notices. */
static enum caa_history_trouble begin(struct caa_history *history, struct caa_diag *diag) {
    struct caa_history_database **database = &history->writer.database;
    enum caa_history_trouble trouble = caa_history_begin(*database, diag);
    if (trouble != CAA_HISTORY_DOWN) return trouble;
    note_gone(history, diag);
    trouble = caa_history_connect(history, database, false, diag);
    if (trouble != CAA_HISTORY_FINE) return trouble;
    note_connected(history);
    return caa_history_begin(*database, diag);
}

/* Those from `first` on, or that one `alone`, in one commit. */
static enum caa_history_trouble write_records(struct caa_history *history,
                                              const struct caa_history_record *first,
                                              bool alone, struct caa_diag *diag) {
    enum caa_history_trouble trouble = begin(history, diag);
    struct caa_history_database *database = history->writer.database;
    if (database == NULL) return trouble;
    for (const struct caa_history_record *record = first;
         record != NULL && trouble == CAA_HISTORY_FINE;
         record = alone ? NULL : STAILQ_NEXT(record, link))
        trouble = add_record(database, record, diag);
    if (trouble == CAA_HISTORY_FINE) trouble = caa_history_commit(database, diag);
    if (trouble != CAA_HISTORY_FINE) caa_history_rollback(database);
    pthread_mutex_lock(&history->lock);
    if (trouble == CAA_HISTORY_FINE) history->counters.commits++;
    pthread_mutex_unlock(&history->lock);
    return trouble;
}

/* One that the database refuses does not take the others down with it. What is left in
   `records` was not written. */
static enum caa_history_trouble write_one_by_one(struct caa_history *history,
                                                 struct caa_history_records *records,
                                                 struct caa_diag *diag) {
    struct caa_history_record *record;
    while ((record = STAILQ_FIRST(records)) != NULL) {
        enum caa_history_trouble trouble = write_records(history, record, true, diag);
        if (trouble == CAA_HISTORY_DOWN || trouble == CAA_HISTORY_LASTING) return trouble;
        STAILQ_REMOVE_HEAD(records, link);
        settle(history, record, trouble == CAA_HISTORY_FINE ? CAA_OK : CAA_ERR_HISTORY,
               diag->text);
    }
    return CAA_HISTORY_FINE;
}

/* They were the first, and stay the first. To insert a record twice does nothing. */
static void put_back(struct caa_history *history, struct caa_history_records *records) {
    pthread_mutex_lock(&history->lock);
    STAILQ_CONCAT(records, &history->waiting);
    STAILQ_CONCAT(&history->waiting, records);
    pthread_mutex_unlock(&history->lock);
}

/* With the lock held: the first of those that wait, as many as one commit takes. */
static void take_first(struct caa_history *history, struct caa_history_records *records) {
    size_t count = 0;
    size_t octets = 0;
    struct caa_history_record *record;
    while ((record = STAILQ_FIRST(&history->waiting)) != NULL &&
           count < caa_history_batch_records(history) && octets < BATCH_OCTETS) {
        STAILQ_REMOVE_HEAD(&history->waiting, link);
        STAILQ_INSERT_TAIL(records, record, link);
        count++;
        octets += record->octets;
    }
}

static void take_waiting(struct caa_history *history, struct caa_history_records *records) {
    const struct caa_history_counters *queue = &history->counters;
    STAILQ_INIT(records);
    pthread_mutex_lock(&history->lock);
    /* Nothing is being written, so that all in the queue wait: to go through them would keep
       the workers from putting more. */
    if (queue->queue_length <= caa_history_batch_records(history) &&
        queue->queue_octets <= BATCH_OCTETS)
        STAILQ_CONCAT(records, &history->waiting);
    else
        take_first(history, records);
    const struct caa_history_record *first = STAILQ_FIRST(records);
    history->writing_since_us = first == NULL ? 0 : first->put_at_us;
    pthread_mutex_unlock(&history->lock);
}

static void note_nothing_in_writing(struct caa_history *history) {
    pthread_mutex_lock(&history->lock);
    history->writing_since_us = 0;
    pthread_mutex_unlock(&history->lock);
}

static void fall(struct caa_history *history, struct caa_history_records *records,
                 const struct caa_diag *why) {
    go_down(history, why);
    if (is_required(history))
        settle_all(history, records, CAA_ERR_HISTORY, why->text);
    else
        put_back(history, records);
}

static void write_waiting(struct caa_history *history) {
    struct caa_history_records records;
    struct caa_diag why = {.text = ""};
    take_waiting(history, &records);
    if (STAILQ_EMPTY(&records)) return;
    enum caa_history_trouble trouble =
        write_records(history, STAILQ_FIRST(&records), false, &why);
    if (trouble == CAA_HISTORY_FINE) settle_written(history, &records);
    if (trouble == CAA_HISTORY_REFUSED) trouble = write_one_by_one(history, &records, &why);
    if (trouble != CAA_HISTORY_FINE) fall(history, &records, &why);
    note_nothing_in_writing(history);
}

/* Nothing can be written: who waits for it is told, and with best effort it stays, unless there
   is no later. */
static void refuse_waiting(struct caa_history *history, bool closing) {
    struct caa_history_records records;
    struct caa_diag why;
    caa_history_why(history, &why);
    while (is_required(history) || closing) {
        take_waiting(history, &records);
        if (STAILQ_EMPTY(&records)) break;
        settle_all(history, &records, CAA_ERR_HISTORY, why.text);
    }
    note_nothing_in_writing(history);
}

/* What was lost meanwhile stays a gap. */
static void note_gap_recorded(struct caa_history *history, const struct caa_history_gap *gap) {
    pthread_mutex_lock(&history->lock);
    history->counters.gaps++;
    history->gap.count -= gap->count;
    history->gap.from_us = gap->to_us;
    pthread_mutex_unlock(&history->lock);
}

static void write_gap(struct caa_history *history) {
    struct caa_diag why;
    pthread_mutex_lock(&history->lock);
    struct caa_history_gap gap = history->gap;
    why = history->gap_why;
    pthread_mutex_unlock(&history->lock);
    if (gap.count == 0) return;
    struct caa_history_record *record = caa_history_record_of_gap(&gap, why.text);
    if (record == NULL) return;
    enum caa_history_trouble trouble = write_records(history, record, true, &why);
    if (trouble == CAA_HISTORY_FINE)
        note_gap_recorded(history, &gap);
    else
        go_down(history, &why);
    caa_history_record_free(record);
}

static void keep_retention(struct caa_history *history) {
    struct caa_history_writer *writer = &history->writer;
    struct caa_diag why = {.text = ""};
    uint64_t deleted = 0;
    if (!caa_history_retention_is_due(&writer->retention, now_us(history))) return;
    enum caa_history_trouble trouble = caa_history_retention_step(
        &writer->retention, writer->database, caa_clock_wall_us(history->clock),
        now_us(history), &deleted, &why);
    if (trouble != CAA_HISTORY_FINE) {
        go_down(history, &why);
        return;
    }
    pthread_mutex_lock(&history->lock);
    history->counters.deleted += deleted;
    pthread_mutex_unlock(&history->lock);
}

/* How long nothing is to be done where nothing arrives. */
static int64_t idle_us(const struct caa_history *history) {
    const struct caa_history_writer *writer = &history->writer;
    int64_t now = now_us(history);
    int64_t wait = WAIT_MOST_US;
    if (writer->database == NULL)
        wait = writer->retry_at_us - now;
    else if (caa_history_retention_is_due(&writer->retention, now) || history->gap.count > 0)
        wait = 0;
    return wait > WAIT_MOST_US ? WAIT_MOST_US : wait;
}

/* With the lock held, which others have meanwhile. */
static void wait_for(struct caa_history *history, int64_t us) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    int64_t nanoseconds = until.tv_nsec + (us < WAIT_LEAST_US ? WAIT_LEAST_US : us) * 1000;
    until.tv_sec += nanoseconds / 1000000000;
    until.tv_nsec = nanoseconds % 1000000000;
    pthread_cond_timedwait(&history->work, &history->lock, &until);
}

/* With the lock held: how long what waits may wait for more, since a commit costs as much for
   one record as for many. Where somebody waits for it, not at all. */
static int64_t gather_us(const struct caa_history *history) {
    const struct caa_history_record *first = STAILQ_FIRST(&history->waiting);
    if (first == NULL || is_required(history) || history->closing ||
        history->counters.queue_length >= caa_history_batch_records(history) ||
        history->counters.queue_octets >= history->setting.queue_most_octets / 4)
        return 0;
    return first->put_at_us + GATHER_US - now_us(history);
}

/* Returns whether it closes. */
static bool wait_for_work(struct caa_history *history) {
    pthread_mutex_lock(&history->lock);
    for (int64_t us; !history->closing && (us = idle_us(history)) > 0; wait_for(history, us)) {
        bool can_do = history->writer.database != NULL || is_required(history);
        if (!can_do || STAILQ_EMPTY(&history->waiting)) continue;
        int64_t gather = gather_us(history);
        if (gather <= 0) break;
        if (gather < us) us = gather;
    }
    bool closing = history->closing;
    pthread_mutex_unlock(&history->lock);
    return closing;
}

static bool has_waiting(struct caa_history *history) {
    pthread_mutex_lock(&history->lock);
    bool waiting = !STAILQ_EMPTY(&history->waiting);
    pthread_mutex_unlock(&history->lock);
    return waiting;
}

/* What comes while old records are deleted is gathered as well. */
static bool is_time_to_write(struct caa_history *history) {
    pthread_mutex_lock(&history->lock);
    bool is_time = gather_us(history) <= 0;
    pthread_mutex_unlock(&history->lock);
    return is_time;
}

static void work(struct caa_history *history, bool closing) {
    struct caa_history_writer *writer = &history->writer;
    connect_where_due(history, closing);
    if (writer->database != NULL) write_gap(history);
    if (writer->database != NULL && is_time_to_write(history)) write_waiting(history);
    if (writer->database != NULL && !closing) keep_retention(history);
    if (writer->database == NULL) refuse_waiting(history, closing);
}

void *caa_history_write(void *context) {
    struct caa_history *history = context;
    while (!wait_for_work(history)) work(history, false);
    do work(history, true);
    while (has_waiting(history));
    caa_history_database_close(history->writer.database);
    history->writer.database = NULL;
    return NULL;
}
