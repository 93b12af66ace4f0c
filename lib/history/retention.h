/* Inside history: what is too old or too much goes, a little at a time, so that nobody who
   waits for a commit notices. */
#ifndef CAA_HISTORY_RETENTION_H
#define CAA_HISTORY_RETENTION_H

#include <stdbool.h>
#include <stdint.h>

#include "history/database.h"

enum { CAA_HISTORY_RETENTION_EVERY_S = 60 };

enum caa_history_retention_stage {
    CAA_HISTORY_RETENTION_IDLE,
    CAA_HISTORY_RETENTION_AGE,
    CAA_HISTORY_RETENTION_SIZE,
};

/* Zeroed with the two limits set, it begins at once. */
struct caa_history_retention {
    uint32_t days;             /* 0: no limit */
    uint64_t size_most_octets; /* 0: no limit */
    enum caa_history_retention_stage stage;
    int64_t next_at_us;   /* monotonic; where idle */
    bool is_shrinking;    /* it was over the limit, and goes down to nine tenths of it */
    bool deleted_any;     /* in this round */
    uint64_t size_octets; /* as measured, less what was deleted since */
};

/* There is something to do now. */
bool caa_history_retention_is_due(const struct caa_history_retention *retention,
                                  int64_t now_us);

/* Does a part of it in a transaction of its own; `*deleted` says how many records went. */
enum caa_history_trouble caa_history_retention_step(struct caa_history_retention *retention,
                                                    struct caa_history_database *database,
                                                    int64_t wall_us, int64_t now_us,
                                                    uint64_t *deleted, struct caa_diag *diag);

#endif
