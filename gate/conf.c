#include "gate/conf.h"

#include <string.h>

#include "acme/directory.h"
#include "base/file.h"
#include "base/port.h"
#include "serve/listen.h"
#include "service/files.h"

#define SECTION(key, member, fields)                                                           \
    CYAML_FIELD_MAPPING(key, CYAML_FLAG_OPTIONAL, struct gate_conf, member, fields)

static const cyaml_schema_field_t upstream_fields[] = {
    CAA_CONF_TEXT("url", struct gate_upstream_conf, url),
    CAA_CONF_TEXT("ca", struct gate_upstream_conf, ca),
    CAA_CONF_TEXT("timeout-s", struct gate_upstream_conf, timeout_text),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t limits_fields[] = {
    CAA_CONF_TEXT("held", struct gate_limits_conf, held_text),
    CAA_CONF_TEXT("held-per-client", struct gate_limits_conf, per_client_text),
    CAA_CONF_TEXT("held-per-account", struct gate_limits_conf, per_account_text),
    CAA_CONF_TEXT("names", struct gate_limits_conf, names_text),
    CAA_CONF_TEXT("checks", struct gate_limits_conf, checks_text),
    CAA_CONF_TEXT("checks-per-client", struct gate_limits_conf, checks_per_client_text),
    CAA_CONF_TEXT("connections-per-client", struct gate_limits_conf, connections_text),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t history_fields[] = {
    CAA_CONF_TEXT("database", struct gate_history_conf, database),
    CAA_CONF_TEXT("audit", struct gate_history_conf, audit_text),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t sandbox_fields[] = {
    CAA_CONF_TEXT("enabled", struct gate_sandbox_conf, enabled_text),
    CAA_CONF_TEXT("user", struct gate_sandbox_conf, user),
    CAA_CONF_TEXT("recursor", struct gate_sandbox_conf, recursor),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t fields[] = {
    CAA_CONF_FIELDS(struct gate_conf, engine.),
    CAA_CONF_TEXT("mode", struct gate_conf, mode_text),
    CAA_CONF_TEXT("guard", struct gate_conf, guard_text),
    CAA_CONF_TEXT("user", struct gate_conf, user),
    CAA_CONF_TEXT("url", struct gate_conf, url),
    CAA_CONF_TEXTS_IF_ANY("listen", struct gate_conf, listen),
    CAA_CONF_TEXT("certificate", struct gate_conf, certificate),
    CAA_CONF_TEXT("key", struct gate_conf, key),
    CAA_CONF_TEXT("status-listen", struct gate_conf, status_listen),
    CAA_CONF_TEXTS_IF_ANY("paths", struct gate_conf, paths),
    CAA_CONF_TEXT("hold-s", struct gate_conf, hold_text),
    CAA_CONF_TEXT("drain-s", struct gate_conf, drain_text),
    CAA_CONF_TEXT("wait-s", struct gate_conf, wait_text),
    SECTION("upstream", upstream, upstream_fields),
    SECTION("limits", limits, limits_fields),
    SECTION("history", history, history_fields),
    SECTION("sandbox", sandbox, sandbox_fields),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t conf_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct gate_conf, fields)};

/* Most requests are for a name or two; a single client may well send larger ones. */
enum { CHECKS_EACH = 2, CHECKS_EACH_OF_CLIENT = 4 };

static void set_defaults(struct gate_conf *conf) {
    conf->hold_s = 25; /* lego gives up after 30 */
    conf->drain_s = 40;
    conf->wait_s = 30;
    conf->upstream.timeout_s = 60;
    conf->limits.held = 4096;
    conf->limits.held_per_client = 256;
    conf->limits.held_per_account = 512;
    conf->limits.names = 100;
    conf->limits.connections_per_client = 4096; /* a quarter of all */
}

static enum caa_err read_numbers(struct gate_conf *conf, const struct caa_yaml *yaml) {
    struct gate_limits_conf *limits = &conf->limits;
    const struct caa_yaml_number numbers[] = {
        {NULL, "hold-s", conf->hold_text, 1, 600, &conf->hold_s},
        {NULL, "drain-s", conf->drain_text, 0, 3600, &conf->drain_s},
        {NULL, "wait-s", conf->wait_text, 0, 3600, &conf->wait_s},
        {"upstream", "timeout-s", conf->upstream.timeout_text, 1, 600,
         &conf->upstream.timeout_s},
        {"limits", "held", limits->held_text, 1, 100000, &limits->held},
        {"limits", "held-per-client", limits->per_client_text, 1, 100000,
         &limits->held_per_client},
        {"limits", "held-per-account", limits->per_account_text, 1, 100000,
         &limits->held_per_account},
        {"limits", "names", limits->names_text, 1, 1000, &limits->names},
        {"limits", "checks", limits->checks_text, 1, 1000000, &limits->checks},
        {"limits", "checks-per-client", limits->checks_per_client_text, 1, 1000000,
         &limits->checks_per_client},
        {"limits", "connections-per-client", limits->connections_text, 1, 100000,
         &limits->connections_per_client}};
    const struct caa_yaml_switch switches[] = {
        {"sandbox", "enabled", conf->sandbox.enabled_text, &conf->sandbox.enabled}};
    enum caa_err err = caa_yaml_read_numbers(yaml, numbers, sizeof numbers / sizeof numbers[0]);
    if (limits->checks_text == NULL) limits->checks = CHECKS_EACH * limits->held;
    if (limits->checks_per_client_text == NULL)
        limits->checks_per_client = CHECKS_EACH_OF_CLIENT * limits->held_per_client;
    return err == CAA_OK ? caa_yaml_read_switches(yaml, switches, 1) : err;
}

static enum caa_err read_mode(struct gate_conf *conf, const struct caa_yaml *yaml) {
    if (conf->mode_text == NULL || strcmp(conf->mode_text, "enforce") == 0) return CAA_OK;
    if (strcmp(conf->mode_text, "annotate") != 0)
        return caa_yaml_refuse(yaml, NULL, "mode", "'%s' is neither enforce nor annotate",
                               conf->mode_text);
    conf->mode = GATE_MODE_ANNOTATE;
    if (conf->history.database == NULL) return CAA_OK;
    return caa_yaml_refuse(yaml, "history", "database",
                           "where mode is annotate nothing is checked that could be kept");
}

static enum caa_err read_guard(struct gate_conf *conf, const struct caa_yaml *yaml) {
    if (conf->guard_text == NULL || strcmp(conf->guard_text, "none") == 0) return CAA_OK;
    if (strcmp(conf->guard_text, "challenge") != 0)
        return caa_yaml_refuse(yaml, NULL, "guard", "'%s' is neither none nor challenge",
                               conf->guard_text);
    conf->guard = GATE_GUARD_CHALLENGE;
    if (conf->mode == GATE_MODE_ENFORCE) return CAA_OK;
    return caa_yaml_refuse(yaml, NULL, "guard",
                           "where mode is annotate nothing is checked that could guard");
}

static enum caa_err read_audit(struct gate_conf *conf, const struct caa_yaml *yaml) {
    const char *text = conf->history.audit_text;
    if (text == NULL || strcmp(text, "best-effort") == 0) return CAA_OK;
    if (strcmp(text, "required") != 0)
        return caa_yaml_refuse(yaml, "history", "audit",
                               "'%s' is neither required nor best-effort", text);
    if (conf->history.database == NULL)
        return caa_yaml_refuse(yaml, "history", "audit", "needs a database");
    conf->history.audit = GATE_AUDIT_REQUIRED;
    return CAA_OK;
}

static enum caa_err look_for(const char *value, const char *section, const char *key,
                             const struct caa_yaml *yaml) {
    return value != NULL ? CAA_OK : caa_yaml_refuse(yaml, section, key, "has to be said");
}

/* Of a URL's scheme, host and port; what is behind the last colon may be IPv6 still. */
static bool has_usable_port(struct caa_slice origin) {
    uint16_t port = 0;
    size_t at = origin.len;
    while (at > 0 && strchr(":]/", origin.ptr[at - 1]) == NULL) at--;
    if (at == 0 || origin.ptr[at - 1] != ':') return true;
    return caa_port_read(&port, caa_slice_bytes(origin.ptr + at, origin.len - at)) && port != 0;
}

static enum caa_err look_at_upstream(const struct gate_conf *conf,
                                     const struct caa_yaml *yaml) {
    const char *url = conf->upstream.url;
    size_t scheme = strncmp(url, "https://", 8) == 0  ? 8
                    : strncmp(url, "http://", 7) == 0 ? 7
                                                      : 0;
    if (scheme == 0 || url[scheme] == '\0' || strpbrk(url + scheme, "/?#@ ") != NULL)
        return caa_yaml_refuse(yaml, "upstream", "url",
                               "'%s' is not like https://127.0.0.1:14000", url);
    if (!has_usable_port(caa_slice_of(url)))
        return caa_yaml_refuse(yaml, "upstream", "url", "the port of '%s' is none", url);
    if (scheme == 8 && conf->upstream.ca == NULL)
        return caa_yaml_refuse(yaml, "upstream", "ca",
                               "has to be said: whose certificates the upstream may have");
    return CAA_OK;
}

static enum caa_err look_at_url(const struct gate_conf *conf, const struct caa_yaml *yaml) {
    struct caa_slice origin, path;
    if (!caa_directory_url_split(conf->url, &origin, &path))
        return caa_yaml_refuse(yaml, NULL, "url", "'%s' is not like https://ca.example/dir",
                               conf->url);
    if (!has_usable_port(origin))
        return caa_yaml_refuse(yaml, NULL, "url", "the port of '%s' is none", conf->url);
    bool is_tls = strncmp(conf->url, "https:", 6) == 0;
    if ((conf->certificate == NULL) != (conf->key == NULL) ||
        (is_tls && conf->certificate == NULL))
        return caa_yaml_refuse(yaml, NULL, conf->key == NULL ? "key" : "certificate",
                               "certificate and key go together, and https needs them");
    for (unsigned i = 0; i < conf->paths_count; i++)
        if (conf->paths[i][0] != '/')
            return caa_yaml_refuse(yaml, NULL, "paths", "'%s' does not begin with '/'",
                                   conf->paths[i]);
    return CAA_OK;
}

/* `others` of listen are in front of it. */
static enum caa_err look_at_address(struct caa_listen_address *address, const char *text,
                                    const char *key, const struct gate_conf *conf,
                                    unsigned others, const struct caa_yaml *yaml) {
    struct caa_diag why;
    if (caa_listen_address_read(address, text, &why) != CAA_OK)
        return caa_yaml_refuse(yaml, NULL, key, "%s", why.text);
    for (unsigned i = 0; i < others; i++) {
        struct caa_listen_address other;
        if (caa_listen_address_read(&other, conf->listen[i], NULL) == CAA_OK &&
            caa_listen_addresses_collide(address, &other))
            return caa_yaml_refuse(yaml, NULL, key, "%s and %s cannot both be had",
                                   conf->listen[i], text);
    }
    return CAA_OK;
}

static enum caa_err look_at_listeners(const struct gate_conf *conf,
                                      const struct caa_yaml *yaml) {
    struct caa_listen_address address;
    enum caa_err err = CAA_OK;
    if (conf->listen_count == 0 || conf->listen_count > GATE_LISTEN_MAX)
        return caa_yaml_refuse(yaml, NULL, "listen", "needs one to %d addresses",
                               GATE_LISTEN_MAX);
    for (unsigned i = 0; err == CAA_OK && i < conf->listen_count; i++)
        err = look_at_address(&address, conf->listen[i], "listen", conf, i, yaml);
    if (err != CAA_OK || conf->status_listen == NULL) return err;
    err = look_at_address(&address, conf->status_listen, "status-listen", conf,
                          conf->listen_count, yaml);
    if (err != CAA_OK || address.is_loopback) return err;
    return caa_yaml_refuse(yaml, NULL, "status-listen",
                           "%s can be reached from elsewhere, and has no access rules",
                           conf->status_listen);
}

static enum caa_err settle(struct gate_conf *conf, const struct caa_yaml *yaml) {
    set_defaults(conf);
    enum caa_err err = caa_conf_settle(&conf->engine, yaml);
    if (err == CAA_OK) err = read_numbers(conf, yaml);
    if (err == CAA_OK) err = read_mode(conf, yaml);
    if (err == CAA_OK) err = read_guard(conf, yaml);
    if (err == CAA_OK) err = read_audit(conf, yaml);
    if (err == CAA_OK) err = look_for(conf->url, NULL, "url", yaml);
    if (err == CAA_OK) err = look_for(conf->upstream.url, "upstream", "url", yaml);
    if (err == CAA_OK && conf->mode == GATE_MODE_ENFORCE && conf->engine.issuers_count == 0)
        err = look_for(NULL, NULL, "issuers", yaml);
    if (err == CAA_OK) err = look_at_url(conf, yaml);
    if (err == CAA_OK) err = look_at_upstream(conf, yaml);
    if (err == CAA_OK) err = look_at_listeners(conf, yaml);
    if (err == CAA_OK) err = service_database_look_at(conf->history.database, yaml);
    return err == CAA_OK ? service_accounts_look_at(conf->user, conf->sandbox.user, yaml) : err;
}

enum caa_err gate_conf_read(struct gate_conf **conf, const char *path, struct caa_diag *diag) {
    struct caa_yaml yaml = {.path = path, .diag = diag};
    void *document = NULL;
    *conf = NULL;
    enum caa_err err = caa_file_read(&yaml.text, path, CAA_CONF_FILE_MAX, diag);
    if (err != CAA_OK) return err;
    err = caa_yaml_load(&yaml, &conf_schema, &document);
    if (err == CAA_OK) err = settle(document, &yaml);
    caa_file_free(yaml.text);
    if (err == CAA_OK)
        *conf = document;
    else
        gate_conf_free(document);
    return err;
}

enum caa_err gate_conf_look_at_files(const struct gate_conf *conf, struct caa_diag *diag) {
    const struct service_text_file texts[] = {
        {conf->upstream.ca, SERVICE_BUNDLE_MOST},
        {conf->engine.tls_ca_bundle, SERVICE_BUNDLE_MOST}};
    const struct service_files files = {
        .user = conf->user,
        .otherwise = "caa-gate",
        .certificate = conf->certificate,
        .key = conf->key,
        .recursor = conf->sandbox.recursor,
        .texts = texts,
        .text_count = sizeof texts / sizeof texts[0],
        .engine = conf->mode == GATE_MODE_ENFORCE ? &conf->engine : NULL};
    return service_files_look_at(&files, diag);
}

void gate_conf_free(struct gate_conf *conf) {
    caa_yaml_free(&conf_schema, conf);
}
