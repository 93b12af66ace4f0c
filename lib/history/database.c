#include "history/database.h"

#include <string.h>

#include "base/ascii.h"
#include "history/history.h"
#include "history/postgresql_link.h"

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

/* Octets of the scheme in front of "://" (RFC 3986 section 3.1); 0: it is no URL. */
static int scheme_len(const char *place) {
    int len = 0;
    while (caa_ascii_is_alnum(place[len]) || (place[len] != '\0' && strchr("+-.", place[len])))
        len++;
    return strncmp(place + len, "://", 3) == 0 ? len : 0;
}

/* Else SQLite would make a file, or a folder be looked for, that is called so. */
enum caa_err caa_history_look_at_place(const char *place, struct caa_diag *diag) {
    if (is_postgresql(place)) return caa_history_link_look_at_url(place, diag);
    int len = scheme_len(place);
    if (len == 0) return CAA_OK;
    caa_diag_set(diag, "there are no databases at %.*s://, only files and postgresql://",
                 len < 32 ? len : 32, place);
    return CAA_ERR_OPTION;
}

enum caa_history_trouble caa_history_database_open(
    struct caa_history_database **database, const struct caa_history_database_setting *setting,
    struct caa_diag *diag) {
    *database = NULL;
    if (caa_history_look_at_place(setting->place, diag) != CAA_OK) return CAA_HISTORY_LASTING;
    return is_postgresql(setting->place) ? caa_history_postgresql_open(database, setting, diag)
                                         : caa_history_sqlite_open(database, setting, diag);
}
