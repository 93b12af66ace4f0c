/* The daemon's life: sockets, identity, workers, signals, and an orderly end. */
#ifndef CAA_DAEMON_SERVICE_H
#define CAA_DAEMON_SERVICE_H

#include <stdbool.h>

#include "base/diag.h"
#include "base/err.h"
#include "daemon/conf.h"

struct caad_service;

/* Everything that needs root, and then none of it: binds the sockets, becomes somebody else,
   makes the workers. `path` is where `conf` was read (NULL: nowhere), for SIGHUP; both must
   outlive the service. Must be called before any thread is there. Errors with a reason. */
enum caa_err caad_service_new(struct caad_service **service, struct caad_conf *conf,
                              const char *path, struct caa_diag *diag);

/* Runs until SIGTERM or SIGINT, or until the recursors' spawner is gone, and until what was
   accepted by then has been answered, or the limit for that has passed. CAA_ERR_EVENT. */
enum caa_err caad_service_run(struct caad_service *service, struct caa_diag *diag);

/* Whether the run ended because the recursors' spawner was gone, which was logged: that is a
   failure, to be mended by another start. */
bool caad_service_lost_recursors(const struct caad_service *service);

/* NULL is fine. */
void caad_service_free(struct caad_service *service);

#endif
