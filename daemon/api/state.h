/* Inside daemon/api: what its parts share. */
#ifndef CAA_DAEMON_API_STATE_H
#define CAA_DAEMON_API_STATE_H

#include <stdbool.h>

#include "daemon/api/api.h"
#include "daemon/api/request.h"
#include "serve/server.h"

enum {
    CAAD_INQUIRIES_MOST = 4096, /* checks of one worker at once; more are told to come again */
    CAAD_STREAMS_SHARE = CAAD_INQUIRIES_MOST / 2, /* nobody waits at a stream as at one name */
    CAAD_SHADOWS_MOST = 256, /* checks that go on after their call was answered */
    CAAD_ROUTE_COUNT = 11,
    CAAD_STREAM_WINDOW = 256, /* checks of one stream at once */
};

/* Rules and defaults, made from one configuration. */
struct caad_policy {
    struct caa_access access;
    struct caad_request_defaults defaults;
    struct caa_access_rule *rules;
    struct caa_slice *issuers;
};

struct caad_api {
    struct caad_faces_setting setting;
    const struct caa_clock *clock;
    struct caad_policy policy;
    struct caa_server *servers[CAAD_LISTEN_MAX];
    size_t server_count;
    struct caa_server_tls tls;
    struct caa_route routes[CAAD_ROUTE_COUNT];
    bool draining;
    size_t inquiry_count;
    size_t stream_count;
    size_t shadow_count;
    struct caad_shadow *shadows;
    struct caad_inquiry *dropped; /* nobody waits for them, and the history has them still */
    struct reading *readings;     /* of the history, under way */
    struct event *collecting;     /* now and then: gauges */
};

/* policy.c */

/* Makes rules and defaults. CAA_ERR_NOMEM. */
enum caa_err caad_policy_make(struct caad_policy *policy, const struct caad_conf *conf);
void caad_policy_free(struct caad_policy *policy);

/* Says why an inquiry could not be started: CAA_ERR_LIMIT is too much to do. */
void caad_refuse_error(struct caa_refusal *refusal, enum caa_err err);

/* Answers with a JSON document, whose reference it takes. */
void caad_answer_json(struct caa_call *call, unsigned status, json_t *json);

/* Forgets the reads that are under way. No event may come from the history after this. */
void caad_readings_free(struct caad_api *api);

/* Starts of the routes. */
void caad_check_start(void *context, struct caa_call *call);
void caad_checks_start(void *context, struct caa_call *call);
void caad_zone_start(void *context, struct caa_call *call);
void caad_record_start(void *context, struct caa_call *call);
void caad_explain_start(void *context, struct caa_call *call);
void caad_healthz_start(void *context, struct caa_call *call);
void caad_readyz_start(void *context, struct caa_call *call);
void caad_metrics_start(void *context, struct caa_call *call);
void caad_openapi_start(void *context, struct caa_call *call);
void caad_doh_get_start(void *context, struct caa_call *call);
void caad_doh_post_start(void *context, struct caa_call *call);

extern const struct caa_stream caad_checks_stream;

/* collect.c */

/* Sets the gauges of this worker; of what all share, those of the first one. */
void caad_collect(struct caad_api *api);

#endif
