/* Inside history: the thread that reads, and what it is given to do. */
#ifndef CAA_HISTORY_READER_H
#define CAA_HISTORY_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "base/arena.h"
#include "base/err.h"
#include "history/client.h"
#include "history/database.h"

enum {
    CAA_HISTORY_STEPS_MOST = 4,
    CAA_HISTORY_READ_VALUES_MOST = 8,
};

struct caa_history_read_row {
    STAILQ_ENTRY(caa_history_read_row) link;
    struct caa_history_value values[]; /* text has a NUL behind it */
};

/* One statement, and the rows it gave. */
struct caa_history_step {
    struct caa_history_read *read;
    enum caa_history_statement statement;
    struct caa_history_value values[CAA_HISTORY_READ_VALUES_MOST];
    size_t value_count;
    STAILQ_HEAD(, caa_history_read_row) rows;
    size_t row_count;
};

struct caa_history_read {
    struct caa_history_delivery delivery; /* first: it is what the client hands back */
    STAILQ_ENTRY(caa_history_read) link;
    struct caa_arena *arena;
    struct caa_history_step steps[CAA_HISTORY_STEPS_MOST];
    size_t step_count;
    size_t octets_enough; /* rows are enough at so many; 0: more is an error */
    size_t octets;
    bool ended_early;
    enum caa_err err;
    const char *why;
    /* On the client's loop, once. */
    void (*answer)(struct caa_history_read *read);
    void (*done)(void); /* the caller's callback, of whatever type `answer` knows */
    void *context;
    size_t most; /* of a page */
};

/* An empty read. NULL when out of memory. */
struct caa_history_read *caa_history_read_new(void (*answer)(struct caa_history_read *read));

/* A further statement, with no values yet. */
struct caa_history_step *caa_history_read_add(struct caa_history_read *read,
                                              enum caa_history_statement statement);

/* A further value; text is copied and made printable, as what was kept is; NULL is the empty
   text. False when out of memory. */
bool caa_history_step_text(struct caa_history_step *step, const char *text);
bool caa_history_step_number(struct caa_history_step *step, int64_t number);

/* For a read that is not started. */
void caa_history_read_free(struct caa_history_read *read);

/* Gives it to the reader; it belongs to it from now on, and is freed where an error is
   returned: CAA_ERR_LIMIT, or CAA_ERR_NOMEM where not `complete`. */
enum caa_err caa_history_read_start(struct caa_history_client *client,
                                    struct caa_history_read *read, bool complete);

/* A column of a row: NULL for no text, -1 for no number. */
const char *caa_history_read_text(const struct caa_history_read_row *row, size_t column);
int64_t caa_history_read_number(const struct caa_history_read_row *row, size_t column);

struct caa_history;
struct caa_history_reader;

/* Starts the thread. CAA_ERR_NOMEM, CAA_ERR_EVENT. */
enum caa_err caa_history_reader_new(struct caa_history_reader **reader,
                                    const struct caa_history *history);

/* Ends it; reads that wait are dropped. NULL is fine. */
void caa_history_reader_free(struct caa_history_reader *reader);

#endif
