/* Inside history: the file of an SQLite database, before SQLite opens it. */
#ifndef CAA_HISTORY_SQLITE_FILE_H
#define CAA_HISTORY_SQLITE_FILE_H

#include <sqlite3.h>
#include <stdbool.h>

#include "history/database.h"

/* Makes the file where there is none, unless `read_only`. CAA_HISTORY_LASTING where it cannot
   be made, is no file, or may not be written. */
enum caa_history_trouble caa_history_sqlite_file(const char *place, bool read_only,
                                                 struct caa_diag *diag);

/* The file of `handle` was moved or deleted. */
bool caa_history_sqlite_is_moved(sqlite3 *handle);

/* Before `handle` is closed: where its file was moved or deleted, what only the write-ahead log
   has goes into the file, which is still open. The log stays where it was, and a new file of
   the old name would begin its own there. NULL is fine. */
void caa_history_sqlite_leave(sqlite3 *handle);

#endif
