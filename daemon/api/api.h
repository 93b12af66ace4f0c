/* The HTTP interface of caad (docs/http.md, docs/openapi.json), of one worker. */
#ifndef CAA_DAEMON_API_API_H
#define CAA_DAEMON_API_API_H

#include <stddef.h>

#include <event2/event.h>

#include "base/diag.h"
#include "base/err.h"
#include "daemon/conf.h"
#include "daemon/faces.h"

/* Rights, as bits of lib/serve. */
enum {
    CAAD_RIGHT_CHECK = 1 << 0, /* have names checked */
    CAAD_RIGHT_READ = 1 << 1,  /* read metrics and what was decided */
    CAAD_RIGHT_ADMIN = 1 << 2,
};

struct caad_api;

/* Serves on every socket of `setting->sockets` that is one of HTTP, and takes those over. The
   setting's pointers must outlive it. CAA_ERR_EVENT and CAA_ERR_OPTION with the reason,
   CAA_ERR_NOMEM. */
enum caa_err caad_api_new(struct caad_api **api, const struct caad_faces_setting *setting,
                          struct caa_diag *diag);

/* Takes up the certificate of the setting's `tls`, and access rules and default issuers of
   another configuration, which outlives the api. CAA_ERR_NOMEM: these stay as they were. */
enum caa_err caad_api_reload(struct caad_api *api, const struct caad_conf *conf);

/* Stops accepting; what runs goes on. */
void caad_api_drain(struct caad_api *api);

/* The time for what runs is over: tells whoever waits that the server is being stopped. */
void caad_api_give_up(struct caad_api *api);

/* Calls that are still to be answered. */
size_t caad_api_in_flight(const struct caad_api *api);

/* NULL is fine. */
void caad_api_free(struct caad_api *api);

#endif
