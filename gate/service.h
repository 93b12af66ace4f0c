/* The gate's life: sockets, identity, the test of the directory, signals, and an orderly end.
 */
#ifndef CAA_GATE_SERVICE_H
#define CAA_GATE_SERVICE_H

#include <stdbool.h>

#include "base/diag.h"
#include "base/err.h"
#include "gate/conf.h"

struct gate_service;

/* Everything that needs root, and then none of it. `conf` was read at `path`, where SIGHUP
   reads it again; both outlive the service, and what may change of `conf` does. Must be called
   before any thread is there. Errors with a reason. */
enum caa_err gate_service_new(struct gate_service **service, struct gate_conf *conf,
                              const char *path, struct caa_diag *diag);

/* Tests the directory as gate_directory_test does, and serves until SIGTERM or SIGINT, or until
   the recursors' spawner is gone, and until what was accepted by then has been answered, or the
   limit for that has passed. */
enum caa_err gate_service_run(struct gate_service *service, struct caa_diag *diag);

/* Whether the run ended because the recursors' spawner was gone, which was logged: that is a
   failure, to be mended by another start. */
bool gate_service_lost_recursors(const struct gate_service *service);

/* NULL is fine. */
void gate_service_free(struct gate_service *service);

#endif
