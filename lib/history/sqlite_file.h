/* Inside history: the file of an SQLite database, before SQLite opens it. */
#ifndef CAA_HISTORY_SQLITE_FILE_H
#define CAA_HISTORY_SQLITE_FILE_H

#include <stdbool.h>

#include "history/database.h"

/* Makes the file where there is none, unless `read_only`. CAA_HISTORY_LASTING where it cannot
   be made, is no file, or may not be written. */
enum caa_history_trouble caa_history_sqlite_file(const char *place, bool read_only,
                                                 struct caa_diag *diag);

#endif
