#include "history/schema.h"
#include "history/state.h"

/* In a transaction of its own, not in a batch, which may keep an insert back until its commit.
 */
static enum caa_history_trouble insert_and_delete(struct caa_history_database *database,
                                                  const struct caa_history_row *row,
                                                  struct caa_diag *diag) {
    const struct caa_history_parameters all = {row->count, row->values};
    const struct caa_history_parameters id = {1, &row->values[CAA_RECORD_ID]};
    enum caa_history_trouble trouble = caa_history_execute(database, "BEGIN", diag);
    if (trouble == CAA_HISTORY_FINE)
        trouble = caa_history_run(database, row->statement, &all, NULL, NULL, diag);
    if (trouble == CAA_HISTORY_FINE)
        trouble = caa_history_run(database, CAA_HISTORY_DELETE_RECORD, &id, NULL, NULL, diag);
    if (trouble == CAA_HISTORY_FINE) trouble = caa_history_execute(database, "COMMIT", diag);
    if (trouble != CAA_HISTORY_FINE) caa_history_rollback(database);
    return trouble;
}

/* Writes what a record takes, and leaves none. */
static enum caa_history_trouble try_to_write(struct caa_history_database *database,
                                             int64_t now_us, struct caa_diag *diag) {
    const struct caa_history_gap none = {.from_us = now_us, .to_us = now_us};
    struct caa_history_record *record = caa_history_record_of_gap(&none, "");
    if (record == NULL) {
        caa_diag_set(diag, "out of memory");
        return CAA_HISTORY_DOWN;
    }
    enum caa_history_trouble trouble =
        insert_and_delete(database, STAILQ_FIRST(&record->rows), diag);
    caa_history_record_free(record);
    return trouble;
}

enum caa_history_trouble caa_history_connect(const struct caa_history *history,
                                             struct caa_history_database **database,
                                             bool read_only, struct caa_diag *diag) {
    const struct caa_history_database_setting setting = {.place = history->place,
                                                         .read_only = read_only,
                                                         .required = history->setting.audit ==
                                                                     CAA_HISTORY_REQUIRED};
    int64_t now_us = caa_clock_wall_us(history->clock);
    enum caa_history_trouble trouble = caa_history_database_open(database, &setting, diag);
    if (trouble == CAA_HISTORY_FINE)
        trouble = caa_history_schema_ready(*database, read_only, now_us, diag);
    if (trouble == CAA_HISTORY_FINE && !read_only)
        trouble = try_to_write(*database, now_us, diag);
    if (trouble == CAA_HISTORY_FINE) return trouble;
    caa_history_database_close(*database);
    *database = NULL;
    /* Whose record is refused now has all of them refused. */
    return trouble == CAA_HISTORY_REFUSED ? CAA_HISTORY_DOWN : trouble;
}
