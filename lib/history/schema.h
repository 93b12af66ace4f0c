/* Inside history: the tables, and how an older history becomes a newer one. */
#ifndef CAA_HISTORY_SCHEMA_H
#define CAA_HISTORY_SCHEMA_H

#include <stdint.h>

#include "history/database.h"

/* The schema this program writes. */
int64_t caa_history_schema_version(void);

/* Brings the schema up to date, or, `read_only`, makes sure that it is. `now_us` is the wall
   clock. CAA_HISTORY_LASTING for a schema newer than this program, for one that is older where
   nothing may be written, and for somebody else's database. */
enum caa_history_trouble caa_history_schema_ready(struct caa_history_database *database,
                                                  bool read_only, int64_t now_us,
                                                  struct caa_diag *diag);

#endif
