#include "history/database.h"

#include <string.h>

static const char *const statements[CAA_HISTORY_STATEMENT_COUNT] = {
#define CAA_HISTORY_STATEMENT(name, sql) [CAA_HISTORY_##name] = (sql),
#include "history/statement.def"
#undef CAA_HISTORY_STATEMENT
};

const char *caa_history_statement_sql(enum caa_history_statement statement) {
    return statements[statement];
}

static bool is_postgresql(const char *place) {
    return strncmp(place, "postgresql://", 13) == 0 || strncmp(place, "postgres://", 11) == 0;
}

enum caa_history_trouble caa_history_database_open(
    struct caa_history_database **database, const struct caa_history_database_setting *setting,
    struct caa_diag *diag) {
    *database = NULL;
    return is_postgresql(setting->place) ? caa_history_postgresql_open(database, setting, diag)
                                         : caa_history_sqlite_open(database, setting, diag);
}
