#include "history/retention.h"

enum {
    WRITTEN_PART = 32,    /* of the limit: a round begins with so much more */
    RECORD_OCTETS = 2048, /* or so */
};

static const int64_t us_a_day = 24LL * 3600 * 1000000;

void caa_history_retention_note_written(struct caa_history_retention *retention,
                                        uint64_t octets) {
    retention->written_octets += octets;
}

bool caa_history_retention_is_due(const struct caa_history_retention *retention,
                                  int64_t now_us) {
    uint64_t most = retention->size_most_octets;
    if (retention->days == 0 && most == 0) return false;
    if (most > 0 && retention->written_octets > most / WRITTEN_PART) return true;
    return retention->stage != CAA_HISTORY_RETENTION_IDLE || now_us >= retention->next_at_us;
}

struct number {
    int64_t value;
    bool found;
};

static bool take_number(void *context, const struct caa_history_value *row, size_t count) {
    struct number *number = context;
    if (count > 0 && row[0].kind == CAA_HISTORY_INTEGER)
        *number = (struct number){row[0].integer, true};
    return false;
}

/* When the record after the `skipped` oldest began. */
static enum caa_history_trouble find_oldest(struct caa_history_database *database,
                                            int64_t skipped, struct number *began,
                                            struct caa_diag *diag) {
    const struct caa_history_value value = {.kind = CAA_HISTORY_INTEGER, .integer = skipped};
    const struct caa_history_parameters parameters = {1, &value};
    *began = (struct number){0, false};
    return caa_history_run(database, CAA_HISTORY_OLDEST, &parameters, take_number, began, diag);
}

static enum caa_history_trouble find_newest(struct caa_history_database *database,
                                            struct number *began, struct caa_diag *diag) {
    static const struct caa_history_parameters none = {0};
    *began = (struct number){0, false};
    return caa_history_run(database, CAA_HISTORY_NEWEST, &none, take_number, began, diag);
}

struct deleted {
    uint64_t count;
    uint64_t octets;
};

static bool count_deleted(void *context, const struct caa_history_value *row, size_t count) {
    struct deleted *deleted = context;
    deleted->count++;
    if (count > 0 && row[0].kind == CAA_HISTORY_INTEGER && row[0].integer > 0)
        deleted->octets += (uint64_t)row[0].integer;
    return true;
}

/* All that began until then, in one transaction. */
static enum caa_history_trouble delete_until(struct caa_history_database *database,
                                             int64_t until_us, struct deleted *deleted,
                                             struct caa_diag *diag) {
    const struct caa_history_value value = {.kind = CAA_HISTORY_INTEGER, .integer = until_us};
    const struct caa_history_parameters parameters = {1, &value};
    enum caa_history_trouble trouble = caa_history_execute(database, "BEGIN", diag);
    if (trouble == CAA_HISTORY_FINE)
        trouble = caa_history_run(database, CAA_HISTORY_DELETE_EXCHANGES, &parameters, NULL,
                                  NULL, diag);
    if (trouble == CAA_HISTORY_FINE)
        trouble = caa_history_run(database, CAA_HISTORY_DELETE_LOOKUPS, &parameters, NULL, NULL,
                                  diag);
    if (trouble == CAA_HISTORY_FINE)
        trouble = caa_history_run(database, CAA_HISTORY_DELETE_RECORDS, &parameters,
                                  count_deleted, deleted, diag);
    if (trouble == CAA_HISTORY_FINE) trouble = caa_history_execute(database, "COMMIT", diag);
    if (trouble != CAA_HISTORY_FINE) caa_history_rollback(database);
    return trouble;
}

static enum caa_history_trouble delete_some(struct caa_history_retention *retention,
                                            struct caa_history_database *database,
                                            int64_t until_us, uint64_t *count,
                                            struct caa_diag *diag) {
    struct deleted deleted = {0};
    enum caa_history_trouble trouble = delete_until(database, until_us, &deleted, diag);
    if (trouble != CAA_HISTORY_FINE) return trouble;
    *count = deleted.count;
    retention->deleted_any = true;
    retention->size_octets -=
        deleted.octets < retention->size_octets ? deleted.octets : retention->size_octets;
    caa_history_reclaim(database, false);
    return CAA_HISTORY_FINE;
}

/* The next part ends with the last of so many records, or with the newest where there are
   fewer. */
static enum caa_history_trouble find_part(struct caa_history_database *database,
                                          int64_t records, struct number *until,
                                          struct caa_diag *diag) {
    enum caa_history_trouble trouble = find_oldest(database, records - 1, until, diag);
    if (trouble == CAA_HISTORY_FINE && !until->found)
        trouble = find_newest(database, until, diag);
    return trouble;
}

static enum caa_history_trouble step_by_age(struct caa_history_retention *retention,
                                            struct caa_history_database *database,
                                            int64_t wall_us, uint64_t *deleted,
                                            struct caa_diag *diag) {
    struct number oldest;
    struct number until;
    int64_t limit_us = wall_us - (int64_t)retention->days * us_a_day;
    enum caa_history_trouble trouble = find_oldest(database, 0, &oldest, diag);
    if (trouble != CAA_HISTORY_FINE) return trouble;
    if (retention->days == 0 || !oldest.found || oldest.value > limit_us) {
        retention->stage = CAA_HISTORY_RETENTION_SIZE;
        retention->is_shrinking = false;
        retention->size_octets = 0;
        return CAA_HISTORY_FINE;
    }
    trouble = find_part(database, retention->records_at_once, &until, diag);
    if (trouble != CAA_HISTORY_FINE) return trouble;
    int64_t until_us = until.found && until.value < limit_us ? until.value : limit_us;
    return delete_some(retention, database, until_us, deleted, diag);
}

/* What rounds in between leave is given back once a minute. */
static void end_round(struct caa_history_retention *retention,
                      struct caa_history_database *database, int64_t now_us) {
    retention->is_shrinking = false;
    retention->written_octets = 0;
    retention->stage = CAA_HISTORY_RETENTION_IDLE;
    if (now_us < retention->next_at_us) return;
    if (retention->deleted_any) caa_history_reclaim(database, true);
    retention->deleted_any = false;
    retention->next_at_us = now_us + CAA_HISTORY_RETENTION_EVERY_S * 1000000LL;
}

/* No more than are needed, or somewhat more. */
static int64_t records_over(const struct caa_history_retention *retention, uint64_t enough) {
    int64_t over = (int64_t)((retention->size_octets - enough) / RECORD_OCTETS);
    if (over > retention->records_at_once) return retention->records_at_once;
    return over < CAA_HISTORY_RETENTION_LEAST_RECORDS ? CAA_HISTORY_RETENTION_LEAST_RECORDS
                                                      : over;
}

/* Where measuring is dear, what was deleted is counted instead, and measured again at the end.
 */
static enum caa_history_trouble measure(struct caa_history_retention *retention,
                                        struct caa_history_database *database, uint64_t enough,
                                        struct caa_diag *diag) {
    if (retention->is_shrinking && !database->operations->measures_cheaply &&
        retention->size_octets > enough)
        return CAA_HISTORY_FINE;
    return caa_history_measure(database, &retention->size_octets, diag);
}

static enum caa_history_trouble step_by_size(struct caa_history_retention *retention,
                                             struct caa_history_database *database,
                                             int64_t now_us, uint64_t *deleted,
                                             struct caa_diag *diag) {
    uint64_t most = retention->size_most_octets;
    uint64_t goal = most / 10 * 9;
    uint64_t enough = retention->is_shrinking ? goal : most;
    struct number until = {0, false};
    enum caa_history_trouble trouble = CAA_HISTORY_FINE;
    if (most > 0) trouble = measure(retention, database, enough, diag);
    if (trouble == CAA_HISTORY_FINE && most > 0 && retention->size_octets > enough)
        trouble = find_part(database, records_over(retention, goal), &until, diag);
    if (trouble != CAA_HISTORY_FINE) return trouble;
    if (!until.found) {
        end_round(retention, database, now_us);
        return CAA_HISTORY_FINE;
    }
    retention->is_shrinking = true;
    return delete_some(retention, database, until.value, deleted, diag);
}

enum caa_history_trouble caa_history_retention_step(struct caa_history_retention *retention,
                                                    struct caa_history_database *database,
                                                    int64_t wall_us, int64_t now_us,
                                                    uint64_t *deleted, struct caa_diag *diag) {
    *deleted = 0;
    if (retention->stage == CAA_HISTORY_RETENTION_IDLE)
        retention->stage = CAA_HISTORY_RETENTION_AGE;
    if (retention->stage == CAA_HISTORY_RETENTION_AGE)
        return step_by_age(retention, database, wall_us, deleted, diag);
    return step_by_size(retention, database, now_us, deleted, diag);
}
