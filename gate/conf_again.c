#include "gate/conf.h"

#define LIST(member)                                                                           \
    before->member, before->member##_count, after->member, after->member##_count

size_t gate_conf_stale_keys(const char *keys[GATE_CONF_KEYS_MAX],
                            const struct gate_conf *before, const struct gate_conf *after) {
    const struct {
        const char *key;
        bool differs;
    } looks[] = {
        {"issuers", caa_conf_lists_differ(LIST(engine.issuers))},
        {"mode", before->mode != after->mode},
        {"user", caa_conf_texts_differ(before->user, after->user)},
        {"url", caa_conf_texts_differ(before->url, after->url)},
        {"listen", caa_conf_lists_differ(LIST(listen))},
        {"certificate", (before->certificate == NULL) != (after->certificate == NULL)},
        {"status-listen", caa_conf_texts_differ(before->status_listen, after->status_listen)},
        {"paths", caa_conf_lists_differ(LIST(paths))},
        {"upstream: url", caa_conf_texts_differ(before->upstream.url, after->upstream.url)},
        {"upstream: ca", caa_conf_texts_differ(before->upstream.ca, after->upstream.ca)},
        {"limits: connections-per-client",
         before->limits.connections_per_client != after->limits.connections_per_client},
        {"history: database",
         caa_conf_texts_differ(before->history.database, after->history.database)},
        {"history: audit", before->history.audit != after->history.audit},
        {"sandbox: enabled", before->sandbox.enabled != after->sandbox.enabled},
        {"sandbox: user", caa_conf_texts_differ(before->sandbox.user, after->sandbox.user)},
        {"sandbox: recursor",
         caa_conf_texts_differ(before->sandbox.recursor, after->sandbox.recursor)},
    };
    size_t count = caa_conf_stale_keys(keys, &before->engine, &after->engine);
    _Static_assert(CAA_CONF_STALE_KEYS_MAX + sizeof looks / sizeof looks[0] <=
                       GATE_CONF_KEYS_MAX,
                   "there is no room");
    for (size_t i = 0; i < sizeof looks / sizeof looks[0]; i++)
        if (looks[i].differs) keys[count++] = looks[i].key;
    return count;
}

static void take_text(char **text, char **from) {
    char *before = *text;
    *text = *from;
    *from = before;
}

void gate_conf_take_up(struct gate_conf *conf, struct gate_conf *from) {
    conf->guard = from->guard;
    conf->hold_s = from->hold_s;
    conf->drain_s = from->drain_s;
    conf->upstream.timeout_s = from->upstream.timeout_s;
    conf->limits.held = from->limits.held;
    conf->limits.held_per_client = from->limits.held_per_client;
    conf->limits.held_per_account = from->limits.held_per_account;
    conf->limits.names = from->limits.names;
    conf->limits.checks = from->limits.checks;
    conf->limits.checks_per_client = from->limits.checks_per_client;
    if (conf->certificate == NULL || from->certificate == NULL) return;
    take_text(&conf->certificate, &from->certificate);
    take_text(&conf->key, &from->key);
}
