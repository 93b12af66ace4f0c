/* Inside history: what is too old or too much goes, a little at a time, so that nobody who
   waits for a commit notices. */
#ifndef CAA_HISTORY_RETENTION_H
#define CAA_HISTORY_RETENTION_H

#include <stdbool.h>
#include <stdint.h>

#include "history/database.h"

enum {
    CAA_HISTORY_RETENTION_EVERY_S = 60,
    CAA_HISTORY_RETENTION_LEAST_RECORDS = 500, /* of a part */
};

enum caa_history_retention_stage {
    CAA_HISTORY_RETENTION_IDLE,
    CAA_HISTORY_RETENTION_AGE,
    CAA_HISTORY_RETENTION_SIZE,
};

/* Zeroed with the two limits set, it begins at once. */
struct caa_history_retention {
    uint32_t days;             /* 0: no limit */
    uint64_t size_most_octets; /* 0: no limit */
    int64_t records_at_once;   /* in one part, at most: while it lasts nothing is committed; at
                                  least CAA_HISTORY_RETENTION_LEAST_RECORDS */
    enum caa_history_retention_stage stage;
    int64_t next_at_us;      /* monotonic; where idle */
    bool is_shrinking;       /* it was over the limit, and goes down to nine tenths of it */
    bool deleted_any;        /* and not all of its room was given back */
    uint64_t size_octets;    /* as measured, less what was deleted since */
    uint64_t written_octets; /* since the last round */
};

/* So much was written; told where to measure costs nothing, a round begins as soon as there may
   be too much, and not with the next minute. */
void caa_history_retention_note_written(struct caa_history_retention *retention,
                                        uint64_t octets);

/* There is something to do now. */
bool caa_history_retention_is_due(const struct caa_history_retention *retention,
                                  int64_t now_us);

/* Does a part of it in a transaction of its own; `*deleted` says how many records went. */
enum caa_history_trouble caa_history_retention_step(struct caa_history_retention *retention,
                                                    struct caa_history_database *database,
                                                    int64_t wall_us, int64_t now_us,
                                                    uint64_t *deleted, struct caa_diag *diag);

#endif
