/* The test before the start: the upstream's directory leads back to the gate, and says which
   paths may pass. */
#ifndef CAA_GATE_DIRECTORY_H
#define CAA_GATE_DIRECTORY_H

#include <stdbool.h>

#include "acme/directory.h"
#include "base/diag.h"
#include "base/err.h"
#include "gate/conf.h"
#include "gate/upstream.h"

/* Asks for the directory as a client of the gate would, again each second for `wait_s` while
   there is no answer or `*ended` is not set, and runs `base` meanwhile. `folder` is as of
   caa_directory_look_at. CAA_ERR_SYNTAX where clients would go round the gate, or where no
   paths are configured and the directory's folder is the server's root; CAA_ERR_FILE where
   there was no answer. Each with the reason. */
enum caa_err gate_directory_test(char folder[CAA_PATH_MAX], struct gate_upstream *upstream,
                                 struct event_base *base, const struct gate_conf *conf,
                                 const bool *ended, struct caa_diag *diag);

#endif
