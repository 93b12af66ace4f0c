/* Inside history: a record between the one who makes it and the disk. */
#ifndef CAA_HISTORY_RECORD_STATE_H
#define CAA_HISTORY_RECORD_STATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <sys/queue.h>

#include "base/arena.h"
#include "history/client.h"
#include "history/database.h"
#include "history/history.h"
#include "history/record.h"

/* The columns of each table, as places in a row. */
enum caa_record_column {
#define CAA_RECORD_COLUMN(name, text) CAA_RECORD_##name,
#include "history/column.def"
#undef CAA_RECORD_COLUMN
    CAA_RECORD_COLUMN_COUNT
};
enum caa_lookup_column {
#define CAA_LOOKUP_COLUMN(name, text) CAA_LOOKUP_##name,
#include "history/column.def"
#undef CAA_LOOKUP_COLUMN
    CAA_LOOKUP_COLUMN_COUNT
};
enum caa_exchange_column {
#define CAA_EXCHANGE_COLUMN(name, text) CAA_EXCHANGE_##name,
#include "history/column.def"
#undef CAA_EXCHANGE_COLUMN
    CAA_EXCHANGE_COLUMN_COUNT
};

/* One row to insert. */
struct caa_history_row {
    STAILQ_ENTRY(caa_history_row) link;
    enum caa_history_statement statement;
    size_t count;
    struct caa_history_value *values;
};

STAILQ_HEAD(caa_history_rows, caa_history_row);

/* What is put is told of it on its client's base, and with best effort that is before it is
   written: two then hold it, and the last frees. */
struct caa_history_record {
    struct caa_history_delivery delivery;  /* first: it is what the client hands back */
    STAILQ_ENTRY(caa_history_record) link; /* in the queue */
    atomic_int holders;
    void *place;                  /* its memory, all of it unless that is more than usual */
    struct caa_arena *arena;      /* in there, and the record in it */
    struct caa_history_rows rows; /* the record's own comes first */
    const struct caa_evidence *latest_evidence; /* while it is made: whose rows it has */
    size_t octets;
    int64_t started_at_us;
    int64_t put_at_us; /* monotonic */
    caa_history_done *done;
    void *context;
    enum caa_err err;
    char *why; /* NULL: nothing */
};

STAILQ_HEAD(caa_history_records, caa_history_record);

/* A stretch in which records were lost. */
struct caa_history_gap {
    int64_t from_us; /* wall clock, of the first and the last lost one */
    int64_t to_us;
    uint64_t count; /* 0: no gap */
};

/* The record of a gap. NULL when out of memory. */
struct caa_history_record *caa_history_record_of_gap(const struct caa_history_gap *gap,
                                                     const char *why);

/* One holder less. */
void caa_history_record_release(struct caa_history_record *record);
void caa_history_record_release_all(struct caa_history_records *records);

#endif
