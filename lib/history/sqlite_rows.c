#include "history/sqlite_rows.h"

#include <stdio.h>
#include <string.h>

#include "base/writer.h"
#include "history/record_state.h"

int caa_history_sqlite_bind(sqlite3_stmt *statement, int place,
                            const struct caa_history_value *value) {
    switch (value->kind) {
    case CAA_HISTORY_NULL: break;
    case CAA_HISTORY_INTEGER: return sqlite3_bind_int64(statement, place, value->integer);
    case CAA_HISTORY_TEXT:
        return sqlite3_bind_text64(statement, place, value->text.ptr, value->text.len,
                                   SQLITE_STATIC, SQLITE_UTF8);
    }
    return sqlite3_bind_null(statement, place);
}

/* The statement for one row, with its row as often as they are. OR FAIL: a row that is refused
   ends the statement and leaves those before it, which the rollback of the transaction takes
   away. Without it SQLite keeps a copy of each page for this statement alone, in a file of its
   own: twice as dear as the rows. */
static int prepare(struct caa_history_sqlite_rows *rows, sqlite3 *handle) {
    static const char insert[] = "INSERT ";
    static const char values[] = "VALUES ";
    const char *one = caa_history_statement_sql(CAA_HISTORY_INSERT_RECORD) + strlen(insert);
    const char *row = strstr(one, values) + strlen(values);
    char sql[4096];
    struct caa_writer w = caa_writer_into(sql, sizeof sql);
    caa_writer_text(&w, "INSERT OR FAIL ");
    caa_writer_slice(&w, caa_slice_bytes(one, (size_t)(row - one)));
    for (size_t i = 0; i < CAA_HISTORY_ROWS_AT_ONCE; i++) {
        for (size_t at = 0; at < CAA_RECORD_COLUMN_COUNT; at++)
            caa_writer_text(&w, at > 0 ? ",?" : i > 0 ? ",(?" : "(?");
        caa_writer_text(&w, ")");
    }
    caa_writer_text(&w, strchr(row, ')') + 1);
    return w.overflow ? SQLITE_TOOBIG
                      : sqlite3_prepare_v3(handle, sql, -1, SQLITE_PREPARE_PERSISTENT,
                                           &rows->statement, NULL);
}

int caa_history_sqlite_rows_insert(struct caa_history_sqlite_rows *rows, sqlite3 *handle) {
    int code = rows->statement == NULL ? prepare(rows, handle) : SQLITE_OK;
    int place = 1;
    for (size_t i = 0; i < CAA_HISTORY_ROWS_AT_ONCE; i++)
        for (size_t at = 0; at < CAA_RECORD_COLUMN_COUNT && code == SQLITE_OK; at++)
            code = caa_history_sqlite_bind(rows->statement, place++, &rows->rows[i][at]);
    if (code == SQLITE_OK) code = sqlite3_step(rows->statement);
    sqlite3_reset(rows->statement);
    rows->count = 0;
    return code;
}
