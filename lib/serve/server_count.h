/* What happens at a server, counted. */
#ifndef CAA_SERVE_SERVER_COUNT_H
#define CAA_SERVE_SERVER_COUNT_H

#include "metric/metric.h"
#include "serve/server.h"

/* Events that are counted in `shard`, which must outlive the server. */
struct caa_server_events caa_server_count_in(struct caa_metric_shard *shard);

#endif
