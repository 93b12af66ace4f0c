/* Inside history: what its threads share. */
#ifndef CAA_HISTORY_STATE_H
#define CAA_HISTORY_STATE_H

#include <pthread.h>

#include "history/record_state.h"
#include "history/retention.h"

/* In one commit. With best effort nobody waits for it, and the pages that many records share
   are written once. */
enum { CAA_HISTORY_BATCH_RECORDS = 1024, CAA_HISTORY_BATCH_RECORDS_BEST_EFFORT = 4096 };

/* Of the writer's thread alone. */
struct caa_history_writer {
    struct caa_history_database *database; /* NULL: not connected */
    int64_t retry_at_us;                   /* monotonic; where not connected */
    int64_t backoff_us;
    bool was_connected;
    struct caa_history_retention retention;
};

struct caa_history {
    const struct caa_clock *clock;
    struct caa_history_setting setting; /* the defaults filled in */
    char *place;
    pthread_t thread;
    bool thread_runs;
    struct caa_history_writer writer;
    struct caa_history_reader *reader;

    pthread_mutex_t lock; /* of everything below */
    pthread_cond_t work;  /* something waits, or it closes; its clock is CLOCK_MONOTONIC */
    struct caa_history_records waiting;
    int64_t writing_since_us; /* when the oldest of those being written was put; 0: none */
    struct caa_history_counters counters;
    struct caa_history_gap gap; /* lost, and not recorded yet */
    struct caa_diag gap_why;
    struct caa_diag why; /* the database is out of reach, or was when it last was */
    bool closing;
};

/* How many records one commit has at most. */
static inline size_t caa_history_batch_records(const struct caa_history *history) {
    return history->setting.audit == CAA_HISTORY_REQUIRED
               ? CAA_HISTORY_BATCH_RECORDS
               : CAA_HISTORY_BATCH_RECORDS_BEST_EFFORT;
}

/* The writer: the thread's function, given the history. */
void *caa_history_write(void *context);

/* Connects, makes the schema ready, and shows that a record can be written, which the
   database's being there does not: its disk may be full. */
enum caa_history_trouble caa_history_connect(const struct caa_history *history,
                                             struct caa_history_database **database,
                                             bool read_only, struct caa_diag *diag);

/* With the lock held: one record more is lost. */
void caa_history_lose(struct caa_history *history, const struct caa_history_record *record,
                      const char *why);

#endif
