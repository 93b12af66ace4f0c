#include "metric/collect.h"
#include "daemon/api/state.h"
#include "engine/shared.h"
#include "sandbox/sandbox.h"

static void collect_cache(struct caad_api *api) {
    struct caa_metric_shard *shard = api->setting.shard;
    struct caa_store_counters counters;
    if (api->setting.shared == NULL || api->setting.shared->store == NULL) return;
    caa_store_count(api->setting.shared->store, &counters);
    caa_metric_set(shard, CAA_METRIC_CACHE_ANSWERS, CAA_VALUE_NONE, counters.entries);
    caa_metric_set(shard, CAA_METRIC_CACHE_OCTETS, CAA_VALUE_NONE, counters.octets);
    caa_metric_set(shard, CAA_METRIC_CACHE_FINDS, CAA_VALUE_CACHE_HIT, counters.hits);
    caa_metric_set(shard, CAA_METRIC_CACHE_FINDS, CAA_VALUE_CACHE_MISS, counters.misses);
    caa_metric_set(shard, CAA_METRIC_CACHE_REFRESHES, CAA_VALUE_REFRESH_SUCCEEDED,
                   counters.refreshes_succeeded);
    caa_metric_set(shard, CAA_METRIC_CACHE_REFRESHES, CAA_VALUE_REFRESH_FAILED,
                   counters.refreshes_failed);
    caa_metric_set(shard, CAA_METRIC_CACHE_REFRESHES, CAA_VALUE_REFRESH_DISAGREED,
                   counters.disagreements);
}

static void collect_sandbox(struct caad_api *api) {
    struct caa_metric_shard *shard = api->setting.shard;
    if (api->setting.sandbox == NULL) return;
    struct caa_sandbox_counts counts = caa_sandbox_counts(api->setting.sandbox);
    const struct {
        enum caa_label_value value;
        uint64_t count;
    } ends[] = {{CAA_VALUE_END_RECYCLED, counts.recycled},
                {CAA_VALUE_END_CRASHED, counts.crashed},
                {CAA_VALUE_END_HUNG, counts.hung},
                {CAA_VALUE_END_TOO_LARGE, counts.oversized},
                {CAA_VALUE_END_LIED, counts.lied}};
    caa_metric_set(shard, CAA_METRIC_RECURSORS, CAA_VALUE_NONE, counts.processes);
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        caa_metric_set(shard, CAA_METRIC_RECURSORS_ENDED, ends[i].value, ends[i].count);
}

static void collect_dns(struct caad_api *api) {
#define COUNTER(metric, label, counter)                                                        \
    { CAA_METRIC_##metric, CAA_VALUE_##label, CAA_DNS_COUNTER_##counter }
    static const struct {
        enum caa_metric metric;
        enum caa_label_value value;
        enum caa_dns_counter counter;
    } rows[] = {COUNTER(DNS_QUERIES, TRANSPORT_UDP, UDP),
                COUNTER(DNS_QUERIES, TRANSPORT_TCP, TCP),
                COUNTER(DNS_QUERIES, TRANSPORT_DOH, DOH),
                COUNTER(DNS_REPLIES, REPLY_ANSWERED, ANSWERED),
                COUNTER(DNS_REPLIES, REPLY_FAILED, FAILED),
                COUNTER(DNS_REPLIES, REPLY_REFUSED, REFUSED),
                COUNTER(DNS_REPLIES, REPLY_NOT_ALLOWED, NOT_ALLOWED),
                COUNTER(DNS_REPLIES, REPLY_RATE_LIMITED, RATE_LIMITED),
                COUNTER(DNS_REPLIES, REPLY_OVERLOADED, OVERLOADED),
                COUNTER(DNS_REPLIES, REPLY_DROPPED, DROPPED),
                COUNTER(DNS_LATE, NONE, LATE),
                COUNTER(DNS_UNRECORDED, NONE, UNRECORDED),
                COUNTER(DNS_TRUNCATED, NONE, TRUNCATED),
                COUNTER(DNS_CONNECTIONS, NONE, CONNECTIONS),
                COUNTER(DNS_CROWDED, NONE, CONNECTIONS_REFUSED)};
#undef COUNTER
    const struct caa_dns_counters *counters =
        api->setting.dns == NULL ? NULL : caa_dns_server_counters(api->setting.dns);
    for (size_t i = 0; counters != NULL && i < sizeof rows / sizeof rows[0]; i++)
        caa_metric_set(api->setting.shard, rows[i].metric, rows[i].value,
                       atomic_load(&counters->counts[rows[i].counter]));
}

static size_t connections_of(const struct caad_api *api) {
    size_t count = 0;
    for (size_t i = 0; i < api->server_count; i++)
        count += caa_server_connection_count(api->servers[i]);
    return count;
}

void caad_collect(struct caad_api *api) {
    struct caa_metric_shard *shard = api->setting.shard;
    caa_metric_set(shard, CAA_METRIC_CHECKS_IN_FLIGHT, CAA_VALUE_NONE,
                   api->inquiry_count + api->shadow_count);
    caa_metric_set(shard, CAA_METRIC_HTTP_CONNECTIONS, CAA_VALUE_NONE, connections_of(api));
    caa_metric_collect_rescues(shard, api->setting.engine);
    collect_sandbox(api);
    collect_dns(api);
    if (api->setting.index != 0) return;
    collect_cache(api);
    caa_metric_collect_history(shard, api->setting.kept);
}
