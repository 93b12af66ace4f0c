#include "daemon/conf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/file.h"

enum {
    ACCESS_MAX = 256,
    SHA256_HEX_LEN = 64,
    DAYS_MAX = 36500,
    MIB_MAX = 1 << 20,
    PER_SECOND_MAX = 1000000,
    CONNECTIONS_MAX = 1000000,
};

#define OPTIONAL (CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL)
#define SECTION(key, member, fields)                                                           \
    CYAML_FIELD_MAPPING(key, CYAML_FLAG_OPTIONAL, struct caad_conf, member, fields)

static const cyaml_schema_field_t http_fields[] = {
    CAA_CONF_TEXT("enabled", struct caad_http_conf, enabled_text),
    CAA_CONF_TEXTS_IF_ANY("listen", struct caad_http_conf, listen),
    CAA_CONF_TEXT("certificate", struct caad_http_conf, certificate),
    CAA_CONF_TEXT("key", struct caad_http_conf, key),
    CAA_CONF_TEXT("client-ca", struct caad_http_conf, client_ca),
    CAA_CONF_TEXT("client-required", struct caad_http_conf, client_required_text),
    CAA_CONF_TEXT("connections", struct caad_http_conf, connections_text),
    CAA_CONF_TEXT("connections-per-client", struct caad_http_conf, per_client_text),
    CAA_CONF_TEXT("body-mib", struct caad_http_conf, body_text),
    CAA_CONF_TEXT("body-s", struct caad_http_conf, body_time_text),
    CAA_CONF_TEXT("idle-s", struct caad_http_conf, idle_text),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t dns_fields[] = {
    CAA_CONF_TEXT("enabled", struct caad_dns_conf, enabled_text),
    CAA_CONF_TEXTS_IF_ANY("listen", struct caad_dns_conf, listen),
    CAA_CONF_TEXTS_IF_ANY("allow", struct caad_dns_conf, allow),
    CAA_CONF_TEXT("deadline-ms", struct caad_dns_conf, deadline_text),
    CAA_CONF_TEXT("rate-per-s", struct caad_dns_conf, rate_text),
    CAA_CONF_TEXT("connections", struct caad_dns_conf, connections_text),
    CAA_CONF_TEXT("connections-per-client", struct caad_dns_conf, per_client_text),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t history_fields[] = {
    CAA_CONF_TEXT("database", struct caad_history_conf, database),
    CAA_CONF_TEXT("audit", struct caad_history_conf, audit_text),
    CAA_CONF_TEXT("retention-days", struct caad_history_conf, retention_text),
    CAA_CONF_TEXT("size-mib", struct caad_history_conf, size_text),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t sandbox_fields[] = {
    CAA_CONF_TEXT("enabled", struct caad_sandbox_conf, enabled_text),
    CAA_CONF_TEXT("user", struct caad_sandbox_conf, user),
    CAA_CONF_TEXT("recursor", struct caad_sandbox_conf, recursor),
    CAA_CONF_TEXT("lookups", struct caad_sandbox_conf, lookups_text),
    CAA_CONF_TEXT("memory-mib", struct caad_sandbox_conf, memory_text),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t access_fields[] = {
    CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct caad_access_conf, name, 1, 64),
    CAA_CONF_TEXT("token-sha256", struct caad_access_conf, token_sha256),
    CAA_CONF_TEXT("certificate-sha256", struct caad_access_conf, certificate_sha256),
    CAA_CONF_TEXT("certificate-subject", struct caad_access_conf, certificate_subject),
    CYAML_FIELD_SEQUENCE("rights", CYAML_FLAG_POINTER, struct caad_access_conf, rights,
                         &caa_conf_text_schema, 1, 3),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t access_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct caad_access_conf, access_fields)};

static const cyaml_schema_field_t fields[] = {
    CAA_CONF_FIELDS(struct caad_conf, engine.),
    CAA_CONF_TEXT("user", struct caad_conf, user),
    CAA_CONF_TEXT("workers", struct caad_conf, workers_text),
    CAA_CONF_TEXT("drain-s", struct caad_conf, drain_text),
    CAA_CONF_TEXT("rate-per-s", struct caad_conf, rate_text),
    CAA_CONF_TEXT("require-patched-resolver", struct caad_conf, require_patched_text),
    SECTION("http", http, http_fields),
    SECTION("dns", dns, dns_fields),
    SECTION("history", history, history_fields),
    SECTION("sandbox", sandbox, sandbox_fields),
    /* An empty list would look like nobody, and be everybody. */
    CYAML_FIELD_SEQUENCE("access", OPTIONAL, struct caad_conf, access, &access_schema, 1,
                         ACCESS_MAX),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t conf_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct caad_conf, fields)};

static void set_defaults(struct caad_conf *conf) {
    conf->drain_s = 25; /* below systemd's 90 and above a check's 20 */
    conf->http.connections_most = 10000;
    conf->http.body_mib_most = 1;
    conf->http.body_s = 30;
    conf->http.idle_s = 60;
    conf->dns.deadline_ms = 2500;
    conf->dns.rate_per_s = 1000;
    conf->dns.connections_most = 1000;
    conf->history.retention_days = 731; /* BR 5.4.3: two years */
    conf->sandbox.lookups = 100000;
    conf->sandbox.memory_mib = 1024;
}

static enum caa_err read_numbers(struct caad_conf *conf, const struct caa_yaml *yaml) {
    struct caad_http_conf *http = &conf->http;
    struct caad_dns_conf *dns = &conf->dns;
    struct caad_history_conf *history = &conf->history;
    struct caad_sandbox_conf *sandbox = &conf->sandbox;
    const struct caa_yaml_number numbers[] = {
        {NULL, "workers", conf->workers_text, 1, 256, &conf->worker_count},
        {NULL, "drain-s", conf->drain_text, 0, 3600, &conf->drain_s},
        {NULL, "rate-per-s", conf->rate_text, 0, PER_SECOND_MAX, &conf->rate_per_s},
        {"http", "connections", http->connections_text, 1, CONNECTIONS_MAX,
         &http->connections_most},
        {"http", "connections-per-client", http->per_client_text, 1, CONNECTIONS_MAX,
         &http->connections_per_client_most},
        {"http", "body-mib", http->body_text, 1, 1024, &http->body_mib_most},
        {"http", "body-s", http->body_time_text, 1, 3600, &http->body_s},
        {"http", "idle-s", http->idle_text, 1, 3600, &http->idle_s},
        {"dns", "deadline-ms", dns->deadline_text, 10, 60000, &dns->deadline_ms},
        {"dns", "rate-per-s", dns->rate_text, 0, PER_SECOND_MAX, &dns->rate_per_s},
        {"dns", "connections", dns->connections_text, 1, CONNECTIONS_MAX,
         &dns->connections_most},
        {"dns", "connections-per-client", dns->per_client_text, 1, CONNECTIONS_MAX,
         &dns->connections_per_client_most},
        {"history", "retention-days", history->retention_text, 0, DAYS_MAX,
         &history->retention_days},
        {"history", "size-mib", history->size_text, 0, MIB_MAX, &history->size_mib_most},
        {"sandbox", "lookups", sandbox->lookups_text, 100, 100000000, &sandbox->lookups},
        {"sandbox", "memory-mib", sandbox->memory_text, 64, MIB_MAX, &sandbox->memory_mib}};
    return caa_yaml_read_numbers(yaml, numbers, sizeof numbers / sizeof numbers[0]);
}

static enum caa_err read_switches(struct caad_conf *conf, const struct caa_yaml *yaml) {
    const struct caa_yaml_switch switches[] = {
        {NULL, "require-patched-resolver", conf->require_patched_text,
         &conf->require_patched_resolver},
        {"http", "enabled", conf->http.enabled_text, &conf->http.enabled},
        {"http", "client-required", conf->http.client_required_text,
         &conf->http.client_required},
        {"dns", "enabled", conf->dns.enabled_text, &conf->dns.enabled},
        {"sandbox", "enabled", conf->sandbox.enabled_text, &conf->sandbox.enabled}};
    return caa_yaml_read_switches(yaml, switches, sizeof switches / sizeof switches[0]);
}

static enum caa_err read_audit(struct caad_conf *conf, const struct caa_yaml *yaml) {
    static const char *const words[] = {[CAAD_AUDIT_BEST_EFFORT] = "best-effort",
                                        [CAAD_AUDIT_REQUIRED] = "required",
                                        [CAAD_AUDIT_OFF] = "off"};
    const char *text = conf->history.audit_text;
    if (text == NULL) return CAA_OK;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(text, words[i]) != 0) continue;
        conf->history.audit = (enum caad_audit)i;
        return CAA_OK;
    }
    return caa_yaml_refuse(yaml, "history", "audit",
                           "'%s' is none of required, best-effort and off", text);
}

static bool is_sha256(const char *text) {
    for (const char *at = text; *at != '\0'; at++)
        if (!caa_ascii_is_digit(*at) &&
            !(caa_ascii_lower(*at) >= 'a' && caa_ascii_lower(*at) <= 'f'))
            return false;
    return strlen(text) == SHA256_HEX_LEN;
}

static bool is_right(const char *text) {
    return strcmp(text, "check") == 0 || strcmp(text, "read") == 0 ||
           strcmp(text, "admin") == 0;
}

static enum caa_err look_at_access(const struct caad_access_conf *access, unsigned item,
                                   const struct caa_yaml *yaml) {
    const char *const digests[] = {access->token_sha256, access->certificate_sha256};
    static const char *const keys[] = {"token-sha256", "certificate-sha256"};
    for (int i = 0; i < 2; i++)
        if (digests[i] != NULL && !is_sha256(digests[i]))
            return caa_yaml_refuse_item(yaml, "access", item, keys[i],
                                        "'%s' is not a SHA-256 digest in 64 hexadecimal digits",
                                        digests[i]);
    if (digests[0] == NULL && digests[1] == NULL && access->certificate_subject == NULL)
        return caa_yaml_refuse_item(yaml, "access", item, "name",
                                    "'%s' has none of token-sha256, certificate-sha256 and "
                                    "certificate-subject",
                                    access->name);
    for (unsigned i = 0; i < access->rights_count; i++)
        if (!is_right(access->rights[i]))
            return caa_yaml_refuse_item(yaml, "access", item, "rights",
                                        "'%s' is none of check, read and admin",
                                        access->rights[i]);
    return CAA_OK;
}

/* A client-ca that changes nothing would look like a lock. */
static enum caa_err look_at_tls(const struct caad_conf *conf, const struct caa_yaml *yaml) {
    const struct caad_http_conf *http = &conf->http;
    bool is_required = http->client_required == CAA_SWITCH_ON;
    if ((http->certificate == NULL) != (http->key == NULL))
        return caa_yaml_refuse(yaml, "http", http->key == NULL ? "certificate" : "key",
                               "certificate and key go together");
    if (http->client_ca != NULL && http->certificate == NULL)
        return caa_yaml_refuse(yaml, "http", "client-ca", "needs certificate and key");
    if (is_required && http->client_ca == NULL)
        return caa_yaml_refuse(yaml, "http", "client-required", "needs client-ca");
    if (http->client_ca != NULL && !is_required && conf->access_count == 0)
        return caa_yaml_refuse(yaml, "http", "client-ca",
                               "keeps nobody out without `client-required` or `access`");
    return CAA_OK;
}

/* So that one client leaves room for others: a quarter of what there is. */
static void settle_shares(struct caad_dns_conf *dns) {
    if (dns->connections_per_client_most == 0)
        dns->connections_per_client_most = (dns->connections_most + 3) / 4;
}

static enum caa_err settle(struct caad_conf *conf, const struct caa_yaml *yaml) {
    set_defaults(conf);
    enum caa_err err = caa_conf_settle(&conf->engine, yaml);
    if (err == CAA_OK) err = read_numbers(conf, yaml);
    settle_shares(&conf->dns);
    if (err == CAA_OK) err = read_switches(conf, yaml);
    if (err == CAA_OK) err = read_audit(conf, yaml);
    if (err == CAA_OK) err = look_at_tls(conf, yaml);
    for (unsigned i = 0; err == CAA_OK && i < conf->access_count; i++)
        err = look_at_access(&conf->access[i], i, yaml);
    return err;
}

enum caa_err caad_conf_read(struct caad_conf **conf, const char *path,
                            const struct caad_conf *running, struct caa_diag *diag) {
    /* A file that says nothing is no document: defaults have one of their own. */
    struct caa_yaml yaml = {.text = caa_slice_of("{}"), .path = path, .diag = diag};
    void *document = NULL;
    *conf = NULL;
    enum caa_err err =
        path == NULL ? CAA_OK : caa_file_read(&yaml.text, path, CAA_CONF_FILE_MAX, diag);
    if (err != CAA_OK) return err;
    err = caa_yaml_load(&yaml, &conf_schema, &document);
    if (err == CAA_OK) err = settle(document, &yaml);
    if (err == CAA_OK) err = caad_conf_look_at(document, running, &yaml);
    if (path != NULL) caa_file_free(yaml.text);
    if (err == CAA_OK)
        *conf = document;
    else
        caad_conf_free(document);
    return err;
}

void caad_conf_free(struct caad_conf *conf) {
    caa_yaml_free(&conf_schema, conf);
}
