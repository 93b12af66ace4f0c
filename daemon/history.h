/* Where the daemon keeps its history, unless it is told. In two steps, since the folder may
   need root to be made, and the file must not be root's. */
#ifndef CAA_DAEMON_HISTORY_H
#define CAA_DAEMON_HISTORY_H

#include "base/diag.h"
#include "base/err.h"
#include "daemon/conf.h"
#include "history/history.h"
#include "serve/identity.h"

enum { CAAD_PLACE_MAX = 4096 };

/* Finds the place, and makes its folder for `identity` where it is the default one,
   and an ordinary user's the folders above it (mode 0700).
   CAA_ERR_FILE with path and reason. */
enum caa_err caad_history_make_folder(char place[CAAD_PLACE_MAX],
                                      const struct caad_history_conf *conf,
                                      const struct caa_identity *identity,
                                      struct caa_diag *diag);

/* Opens the history there; NULL where `conf` wants none. As caa_history_open. */
enum caa_err caad_history_open(struct caa_history **history,
                               const struct caad_history_conf *conf, const char *place,
                               struct caa_diag *diag);

#endif
