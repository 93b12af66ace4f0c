#include "serve/server_count.h"

static void on_answered(void *context, unsigned status, uint64_t elapsed_us) {
    caa_metric_add(context, CAA_METRIC_HTTP_REQUESTS, caa_value_of_status(status), 1);
    caa_metric_observe(context, CAA_METRIC_HTTP_DURATION, elapsed_us);
}

static void on_cut(void *context) {
    caa_metric_add(context, CAA_METRIC_HTTP_CUT, CAA_VALUE_NONE, 1);
}

static void on_limited(void *context) {
    caa_metric_add(context, CAA_METRIC_HTTP_LIMITED, CAA_VALUE_NONE, 1);
}

static void on_crowded(void *context) {
    caa_metric_add(context, CAA_METRIC_HTTP_CROWDED, CAA_VALUE_NONE, 1);
}

struct caa_server_events caa_server_count_in(struct caa_metric_shard *shard) {
    return (struct caa_server_events){.answered = on_answered,
                                      .cut = on_cut,
                                      .limited = on_limited,
                                      .crowded = on_crowded,
                                      .context = shard};
}
