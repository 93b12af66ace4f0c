/* Inside history: records for SQLite, many in one statement. */
#ifndef CAA_HISTORY_SQLITE_ROWS_H
#define CAA_HISTORY_SQLITE_ROWS_H

#include <sqlite3.h>

#include "history/database.h"

enum { CAA_HISTORY_ROWS_AT_ONCE = 16 };

/* Rows of `record` that are not in the database yet; their values live elsewhere. Zeroed it has
   none. */
struct caa_history_sqlite_rows {
    sqlite3_stmt *statement; /* for as many as fit; NULL: not prepared */
    size_t count;
    const struct caa_history_value *rows[CAA_HISTORY_ROWS_AT_ONCE];
};

/* An SQLite code. */
int caa_history_sqlite_bind(sqlite3_stmt *statement, int place,
                            const struct caa_history_value *value);

/* Inserts them where as many are there as fit, and forgets them. SQLITE_DONE, or another code;
   the transaction is then to be rolled back, since some of them may be in it. */
int caa_history_sqlite_rows_insert(struct caa_history_sqlite_rows *rows, sqlite3 *handle);

#endif
