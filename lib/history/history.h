/* The history: every check and every failed lookup on disk, in SQLite or PostgreSQL. One thread
   writes, many records a commit; another reads; whoever asks never waits in its event loop.
   docs/history.md has the tables. */
#ifndef CAA_HISTORY_HISTORY_H
#define CAA_HISTORY_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <event2/event.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/err.h"
#include "history/record.h"

enum caa_history_audit {
    CAA_HISTORY_BEST_EFFORT, /* nobody waits; what is lost is counted, and recorded as a gap */
    CAA_HISTORY_REQUIRED,    /* nothing is answered before it is on disk (BR 5.4.1) */
};

enum {
    CAA_HISTORY_QUEUE_MOST = 65536,
    CAA_HISTORY_QUEUE_MOST_OCTETS = 64 << 20,
};

struct caa_history_setting {
    const char *place; /* the path of an SQLite file, made where there is none, or a URL
                          "postgresql://…" as libpq reads it */
    enum caa_history_audit audit;
    bool read_only;            /* for reports: nothing is put, made, migrated or deleted */
    uint32_t retention_days;   /* what is older is deleted; 0: kept for ever. BR 5.4.3 wants two
                                  years */
    uint64_t size_most_octets; /* where there is more, the oldest is deleted; 0: no limit. On
                                  SQLite of the file, on PostgreSQL of what the records hold */
    size_t queue_most;         /* records that wait or are being written; 0: as above */
    size_t queue_most_octets;  /* the same in octets; 0: as above */
};

/* Whether a history could be at this place: no unknown kind of database, no malformed URL.
   CAA_ERR_OPTION with a reason in which there is no password. */
enum caa_err caa_history_look_at_place(const char *place, struct caa_diag *diag);

struct caa_history;

/* Opens the history, brings its tables up to date, and starts its two threads, which block all
   signals. `clock` must outlive it; the setting need not. CAA_ERR_HISTORY with place and reason
   where the place is of no use until somebody mends it: a directory, a read-only file, another
   program's database, tables of a newer caa, a server that does not sync (with
   CAA_HISTORY_REQUIRED). A PostgreSQL server that cannot be reached is no error unless
   `read_only`: it is tried again, and caa_history_why says so. CAA_ERR_NOMEM,
   CAA_ERR_EVENT where no thread can be had. */
enum caa_err caa_history_open(struct caa_history **history,
                              const struct caa_history_setting *setting,
                              const struct caa_clock *clock, struct caa_diag *diag);

/* Writes what was put, closes, frees. What cannot be written any more fails, or is lost with
   best effort; returns how many were lost for which there is no gap. Its clients must be freed
   before. NULL is fine. */
uint64_t caa_history_close(struct caa_history *history);

struct caa_history_client;

/* What a thread uses the history through, from that thread only; callbacks come from `base`,
   which must outlive it. CAA_ERR_NOMEM, CAA_ERR_EVENT. */
enum caa_err caa_history_client_new(struct caa_history_client **client,
                                    struct caa_history *history, struct event_base *base);

/* Callbacks that did not come yet never come; what was put is written all the same. Not from
   inside a callback. NULL is fine. */
void caa_history_client_free(struct caa_history_client *client);

/* What became of a record. CAA_OK: it is on disk (CAA_HISTORY_REQUIRED), or taken, or counted
   as lost (CAA_HISTORY_BEST_EFFORT). CAA_ERR_HISTORY: it is not known to be on disk, and `why`
   says what is wrong. CAA_ERR_LIMIT: the queue is full, or the history only read. `why` is ""
   for CAA_OK and lives during the call. */
typedef void caa_history_done(void *context, enum caa_err err, const char *why);

/* Hands a record over, which belongs to the history from now on. `done` is called once, from
   the client's base, never from inside this call; it may be NULL. Never blocks. */
void caa_history_put(struct caa_history_client *client, struct caa_history_record *record,
                     caa_history_done *done, void *context);

struct caa_history_counters {
    uint64_t written;    /* records on disk */
    uint64_t failed;     /* puts that were answered with an error */
    uint64_t dropped;    /* records lost with best effort */
    uint64_t gaps;       /* gaps recorded */
    uint64_t commits;    /* that wrote records */
    uint64_t deleted;    /* records that retention took */
    uint64_t reconnects; /* successful ones, after the first */
    size_t queue_length; /* records that wait or are being written */
    size_t queue_octets; /* the same in octets */
    int64_t lag_us;      /* how long the oldest of them has waited */
    bool connected;      /* false: the database is out of reach or refuses to write */
};

/* What /metrics shows; from any thread. */
void caa_history_counters(struct caa_history *history, struct caa_history_counters *counters);

/* Why `connected` is false, or was when it last was; "" where it never was. From any thread. */
void caa_history_why(struct caa_history *history, struct caa_diag *why);

#endif
