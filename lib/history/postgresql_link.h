/* Inside history: a connection to a PostgreSQL server, which is never waited for without end.
 */
#ifndef CAA_HISTORY_POSTGRESQL_LINK_H
#define CAA_HISTORY_POSTGRESQL_LINK_H

#include <libpq-fe.h>

#include "base/err.h"
#include "history/database.h"

/* Whether libpq will understand it. CAA_ERR_OPTION with a reason without the URL. */
enum caa_err caa_history_link_look_at_url(const char *url, struct caa_diag *diag);

/* Connects within some seconds. CAA_HISTORY_LASTING where the URL is malformed, and where the
   server is there but will not have us; CAA_HISTORY_DOWN where it is not. The URL, which may
   hold a password, is in no message. */
enum caa_history_trouble caa_history_link_open(PGconn **link, const char *url,
                                               struct caa_diag *diag);

/* Sends what is to be sent and waits until the next result is there. NULL: no more results of
   this statement, or `*lost`: none came in time. */
PGresult *caa_history_link_result(PGconn *link, int timeout_ms, bool *lost);

/* What a result that is a failure asks for, with what the server said. */
enum caa_history_trouble caa_history_link_trouble(const PGresult *result,
                                                  struct caa_diag *diag);

/* The connection itself failed: what libpq says of it. */
enum caa_history_trouble caa_history_link_lost(const PGconn *link, bool in_time,
                                               struct caa_diag *diag);

#endif
