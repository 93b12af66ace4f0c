#include "history/database.h"

enum caa_history_trouble caa_history_postgresql_open(
    struct caa_history_database **database, const struct caa_history_database_setting *setting,
    struct caa_diag *diag) {
    (void)database;
    (void)setting;
    caa_diag_set(diag, "PostgreSQL is not there yet");
    return CAA_HISTORY_LASTING;
}
