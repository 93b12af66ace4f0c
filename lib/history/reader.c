#include "history/reader.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/writer.h"
#include "history/read.h"
#include "history/state.h"

enum {
    READ_OCTETS_MAX = 64 << 20,
    RETRY_US = 1000 * 1000, /* a database that is out of reach is left alone so long */
};

STAILQ_HEAD(reads, caa_history_read);

struct caa_history_reader {
    const struct caa_history *history;
    pthread_t thread;
    struct caa_history_database *database; /* of the thread, as the next two */
    int64_t retry_at_us;
    struct caa_diag why;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t work;
    struct reads waiting;
    size_t waiting_count;
    bool closing;
};

static void deliver(struct caa_history_delivery *delivery, bool wanted) {
    struct caa_history_read *read = (struct caa_history_read *)delivery;
    if (wanted) read->answer(read);
    caa_history_read_free(read);
}

struct caa_history_read *caa_history_read_new(void (*answer)(struct caa_history_read *read)) {
    struct caa_history_read *read = calloc(1, sizeof *read);
    if (read == NULL) return NULL;
    read->arena = caa_arena_new(READ_OCTETS_MAX);
    if (read->arena == NULL) {
        free(read);
        return NULL;
    }
    read->answer = answer;
    read->why = "";
    read->delivery.deliver = deliver;
    return read;
}

struct caa_history_step *caa_history_read_add(struct caa_history_read *read,
                                              enum caa_history_statement statement) {
    struct caa_history_step *step = &read->steps[read->step_count++];
    step->read = read;
    step->statement = statement;
    STAILQ_INIT(&step->rows);
    return step;
}

bool caa_history_step_text(struct caa_history_step *step, const char *text) {
    struct caa_history_value *value = &step->values[step->value_count++];
    struct caa_slice s = caa_slice_of(text == NULL ? "" : text);
    char *copied = caa_arena_alloc(step->read->arena, s.len + 1);
    if (copied == NULL) return false;
    struct caa_writer writer = caa_writer_into(copied, s.len + 1);
    caa_writer_printable(&writer, s);
    value->kind = CAA_HISTORY_TEXT;
    value->text = caa_slice_bytes(copied, writer.len);
    return true;
}

bool caa_history_step_number(struct caa_history_step *step, int64_t number) {
    step->values[step->value_count++] =
        (struct caa_history_value){.kind = CAA_HISTORY_INTEGER, .integer = number};
    return true;
}

void caa_history_read_free(struct caa_history_read *read) {
    if (read == NULL) return;
    caa_arena_free(read->arena);
    free(read);
}

const char *caa_history_read_text(const struct caa_history_read_row *row, size_t column) {
    const struct caa_history_value *value = &row->values[column];
    return value->kind == CAA_HISTORY_TEXT ? value->text.ptr : NULL;
}

int64_t caa_history_read_number(const struct caa_history_read_row *row, size_t column) {
    const struct caa_history_value *value = &row->values[column];
    return value->kind == CAA_HISTORY_INTEGER ? value->integer : -1;
}

enum caa_err caa_history_read_start(struct caa_history_client *client,
                                    struct caa_history_read *read, bool complete) {
    struct caa_history_reader *reader = caa_history_client_history(client)->reader;
    if (!complete) {
        caa_history_read_free(read);
        return CAA_ERR_NOMEM;
    }
    pthread_mutex_lock(&reader->lock);
    bool taken = reader->waiting_count < CAA_HISTORY_READS_MOST && !reader->closing;
    if (taken) {
        caa_history_delivery_address(&read->delivery, client);
        STAILQ_INSERT_TAIL(&reader->waiting, read, link);
        reader->waiting_count++;
        pthread_cond_signal(&reader->work);
    }
    pthread_mutex_unlock(&reader->lock);
    if (!taken) caa_history_read_free(read);
    return taken ? CAA_OK : CAA_ERR_LIMIT;
}

/* False, with the error noted, where there is no room. */
static bool copy_value(struct caa_history_read *read, struct caa_history_value *copy,
                       const struct caa_history_value *value) {
    *copy = *value;
    if (value->kind != CAA_HISTORY_TEXT) return true;
    copy->text.ptr = caa_arena_copy(read->arena, value->text.ptr, value->text.len);
    read->octets += value->text.len;
    return copy->text.ptr != NULL;
}

static bool take_row(void *context, const struct caa_history_value *values, size_t count) {
    struct caa_history_step *step = context;
    struct caa_history_read *read = step->read;
    struct caa_history_read_row *row =
        caa_arena_alloc(read->arena, sizeof *row + count * sizeof *values);
    bool fits = row != NULL;
    for (size_t i = 0; i < count && fits; i++)
        fits = copy_value(read, &row->values[i], &values[i]);
    if (!fits) {
        read->err = CAA_ERR_LIMIT;
        read->why = "the answer is too large";
        return false;
    }
    STAILQ_INSERT_TAIL(&step->rows, row, link);
    step->row_count++;
    read->ended_early = read->octets_enough > 0 && read->octets >= read->octets_enough;
    return !read->ended_early;
}

static enum caa_history_trouble reach_database(struct caa_history_reader *reader) {
    const struct caa_history *history = reader->history;
    int64_t now_us = caa_clock_monotonic_us(history->clock);
    if (reader->database != NULL) return CAA_HISTORY_FINE;
    if (now_us < reader->retry_at_us) return CAA_HISTORY_DOWN;
    enum caa_history_trouble trouble =
        caa_history_connect(history, &reader->database, true, &reader->why);
    if (trouble != CAA_HISTORY_FINE)
        reader->retry_at_us = caa_clock_monotonic_us(history->clock) + RETRY_US;
    return trouble;
}

static void leave_database(struct caa_history_reader *reader) {
    caa_history_database_close(reader->database);
    reader->database = NULL;
}

/* `taken`: of those that were run, one gave a row. */
static enum caa_history_trouble run_steps(struct caa_history_reader *reader,
                                          struct caa_history_read *read, bool *taken) {
    enum caa_history_trouble trouble = reach_database(reader);
    *taken = false;
    for (size_t i = 0; i < read->step_count && trouble == CAA_HISTORY_FINE; i++) {
        struct caa_history_step *step = &read->steps[i];
        const struct caa_history_parameters parameters = {step->value_count, step->values};
        trouble = caa_history_run(reader->database, step->statement, &parameters, take_row,
                                  step, &reader->why);
        *taken |= step->row_count > 0;
    }
    if (trouble == CAA_HISTORY_DOWN || trouble == CAA_HISTORY_LASTING) leave_database(reader);
    return trouble;
}

static void do_read(struct caa_history_reader *reader, struct caa_history_read *read) {
    bool was_open = reader->database != NULL;
    bool taken;
    enum caa_history_trouble trouble = run_steps(reader, read, &taken);
    /* A server was started again since the last read, or the file is another one. */
    if (trouble == CAA_HISTORY_DOWN && was_open && !taken)
        trouble = run_steps(reader, read, &taken);
    if (trouble == CAA_HISTORY_FINE) return;
    const char *why = caa_arena_copy(read->arena, reader->why.text, strlen(reader->why.text));
    read->err = CAA_ERR_HISTORY;
    read->why = why == NULL ? "" : why;
}

static struct caa_history_read *wait_for_read(struct caa_history_reader *reader) {
    pthread_mutex_lock(&reader->lock);
    while (STAILQ_EMPTY(&reader->waiting) && !reader->closing)
        pthread_cond_wait(&reader->work, &reader->lock);
    struct caa_history_read *read = reader->closing ? NULL : STAILQ_FIRST(&reader->waiting);
    if (read != NULL) {
        STAILQ_REMOVE_HEAD(&reader->waiting, link);
        reader->waiting_count--;
    }
    pthread_mutex_unlock(&reader->lock);
    return read;
}

static void *read_all(void *context) {
    struct caa_history_reader *reader = context;
    struct caa_history_read *read;
    while ((read = wait_for_read(reader)) != NULL) {
        do_read(reader, read);
        caa_history_delivery_send(&read->delivery);
    }
    caa_history_database_close(reader->database);
    return NULL;
}

static void drop_waiting(struct caa_history_reader *reader) {
    struct caa_history_read *read;
    while ((read = STAILQ_FIRST(&reader->waiting)) != NULL) {
        STAILQ_REMOVE_HEAD(&reader->waiting, link);
        read->err = CAA_ERR_HISTORY;
        read->why = "the history is being closed";
        caa_history_delivery_send(&read->delivery);
    }
}

static void destroy(struct caa_history_reader *reader) {
    pthread_cond_destroy(&reader->work);
    pthread_mutex_destroy(&reader->lock);
    free(reader);
}

enum caa_err caa_history_reader_new(struct caa_history_reader **reader,
                                    const struct caa_history *history) {
    struct caa_history_reader *made = calloc(1, sizeof *made);
    sigset_t all;
    sigset_t before;
    if (made == NULL) return CAA_ERR_NOMEM;
    made->history = history;
    STAILQ_INIT(&made->waiting);
    pthread_mutex_init(&made->lock, NULL);
    pthread_cond_init(&made->work, NULL);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool runs = pthread_create(&made->thread, NULL, read_all, made) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!runs) {
        destroy(made);
        return CAA_ERR_EVENT;
    }
    *reader = made;
    return CAA_OK;
}

void caa_history_reader_free(struct caa_history_reader *reader) {
    if (reader == NULL) return;
    pthread_mutex_lock(&reader->lock);
    reader->closing = true;
    pthread_cond_signal(&reader->work);
    pthread_mutex_unlock(&reader->lock);
    pthread_join(reader->thread, NULL);
    drop_waiting(reader);
    destroy(reader);
}
