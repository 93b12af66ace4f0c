#include "daemon/conf.h"

#define LIST(member)                                                                           \
    before->member, before->member##_count, after->member, after->member##_count

/* structure: long because it is the list of what stays as it is until the next start */
size_t caad_conf_stale_keys(const char *keys[CAAD_CONF_KEYS_MAX],
                            const struct caad_conf *before, const struct caad_conf *after) {
    const struct {
        const char *key;
        bool differs;
    } looks[] = {
        {"user", caa_conf_texts_differ(before->user, after->user)},
        {"workers", before->worker_count != after->worker_count},
        {"require-patched-resolver",
         before->require_patched_resolver != after->require_patched_resolver},
        {"http: enabled", before->http.enabled != after->http.enabled},
        {"http: listen", caa_conf_lists_differ(LIST(http.listen))},
        {"http: certificate",
         (before->http.certificate == NULL) != (after->http.certificate == NULL)},
        {"http: client-ca",
         caa_conf_texts_differ(before->http.client_ca, after->http.client_ca)},
        {"http: client-required", before->http.client_required != after->http.client_required},
        {"http: connections", before->http.connections_most != after->http.connections_most},
        {"http: connections-per-client",
         before->http.connections_per_client_most != after->http.connections_per_client_most},
        {"http: body-mib", before->http.body_mib_most != after->http.body_mib_most},
        {"http: body-s", before->http.body_s != after->http.body_s},
        {"http: idle-s", before->http.idle_s != after->http.idle_s},
        {"dns: enabled", before->dns.enabled != after->dns.enabled},
        {"dns: listen", caa_conf_lists_differ(LIST(dns.listen))},
        {"dns: deadline-ms", before->dns.deadline_ms != after->dns.deadline_ms},
        {"dns: connections", before->dns.connections_most != after->dns.connections_most},
        {"dns: connections-per-client",
         before->dns.connections_per_client_most != after->dns.connections_per_client_most},
        {"history: database",
         caa_conf_texts_differ(before->history.database, after->history.database)},
        {"history: audit", before->history.audit != after->history.audit},
        {"history: retention-days",
         before->history.retention_days != after->history.retention_days},
        {"history: size-mib", before->history.size_mib_most != after->history.size_mib_most},
        {"sandbox: enabled", before->sandbox.enabled != after->sandbox.enabled},
        {"sandbox: user", caa_conf_texts_differ(before->sandbox.user, after->sandbox.user)},
        {"sandbox: recursor",
         caa_conf_texts_differ(before->sandbox.recursor, after->sandbox.recursor)},
        {"sandbox: lookups", before->sandbox.lookups != after->sandbox.lookups},
        {"sandbox: memory-mib", before->sandbox.memory_mib != after->sandbox.memory_mib},
    };
    size_t count = caa_conf_stale_keys(keys, &before->engine, &after->engine);
    _Static_assert(CAA_CONF_STALE_KEYS_MAX + sizeof looks / sizeof looks[0] <=
                       CAAD_CONF_KEYS_MAX,
                   "there is no room");
    for (size_t i = 0; i < sizeof looks / sizeof looks[0]; i++)
        if (looks[i].differs) keys[count++] = looks[i].key;
    return count;
}

void caad_conf_keep_stale(struct caad_conf *conf, const struct caad_conf *running) {
    conf->engine.br_insecure_failure = running->engine.br_insecure_failure;
    conf->history.audit = running->history.audit;
}
