#include "engine/conf.h"

#include <string.h>

#include "base/file.h"
#include "policy/request.h"
#include "resolve/forwarder.h"
#include "resolve/option.h"

enum { CACHE_MIB_MAX = 1 << 20, DEADLINE_S_MAX = 3600 };

const cyaml_schema_value_t caa_conf_text_schema = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, 4096)};

static const cyaml_schema_field_t fields[] = {CAA_CONF_FIELDS(struct caa_conf, ),
                                              CYAML_FIELD_END};

static const cyaml_schema_value_t conf_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct caa_conf, fields)};

static enum caa_err look_at_issuers(const struct caa_conf *conf, const struct caa_yaml *yaml) {
    for (unsigned i = 0; i < conf->issuers_count; i++)
        if (!caa_request_may_have_issuer(caa_slice_of(conf->issuers[i])))
            return caa_yaml_refuse(yaml, NULL, "issuers", "'%s' is not an issuer domain name",
                                   conf->issuers[i]);
    return CAA_OK;
}

static enum caa_err look_at_forwarders(const struct caa_conf *conf,
                                       const struct caa_yaml *yaml) {
    for (unsigned i = 0; i < conf->forward_count; i++) {
        struct caa_forwarder forwarder;
        struct caa_diag why;
        if (caa_forwarder_parse(&forwarder, conf->forward[i], &why) == CAA_OK) continue;
        caa_yaml_refuse(yaml, NULL, "forward", "%s", why.text);
        return CAA_ERR_OPTION;
    }
    return CAA_OK;
}

static enum caa_err look_at_options(const struct caa_conf *conf, const struct caa_yaml *yaml) {
    for (unsigned i = 0; i < conf->resolver_options_count; i++) {
        struct caa_resolver_option option;
        struct caa_diag why;
        struct caa_slice text = caa_slice_of(conf->resolver_options[i]);
        if (caa_resolver_option_parse(&option, text, &why) == CAA_OK) continue;
        caa_yaml_refuse(yaml, NULL, "resolver-options", "%s", why.text);
        return CAA_ERR_OPTION;
    }
    return CAA_OK;
}

enum caa_err caa_conf_settle(struct caa_conf *conf, const struct caa_yaml *yaml) {
    const struct caa_yaml_number numbers[] = {
        {NULL, "cache-mib", conf->cache_mib_text, 1, CACHE_MIB_MAX, &conf->cache_mib},
        {NULL, "deadline-s", conf->deadline_s_text, 1, DEADLINE_S_MAX, &conf->deadline_s}};
    const struct caa_yaml_switch switches[] = {
        {NULL, "rescue", conf->rescue_text, &conf->rescue},
        {NULL, "br-insecure-failure", conf->br_insecure_failure_text,
         &conf->br_insecure_failure}};
    enum caa_err err = caa_yaml_read_numbers(yaml, numbers, sizeof numbers / sizeof numbers[0]);
    if (err == CAA_OK)
        err = caa_yaml_read_switches(yaml, switches, sizeof switches / sizeof switches[0]);
    if (err == CAA_OK) err = look_at_issuers(conf, yaml);
    if (err == CAA_OK) err = look_at_forwarders(conf, yaml);
    return err == CAA_OK ? look_at_options(conf, yaml) : err;
}

enum caa_err caa_conf_read(struct caa_conf **conf, const char *path, struct caa_diag *diag) {
    struct caa_yaml yaml = {.path = path, .diag = diag};
    void *document = NULL;
    *conf = NULL;
    enum caa_err err = caa_file_read(&yaml.text, path, CAA_CONF_FILE_MAX, diag);
    if (err != CAA_OK) return err;
    err = caa_yaml_load(&yaml, &conf_schema, &document);
    if (err == CAA_OK) err = caa_conf_settle(document, &yaml);
    caa_file_free(yaml.text);
    if (err == CAA_OK)
        *conf = document;
    else
        caa_conf_free(document);
    return err;
}

struct caa_engine_setting caa_conf_engine_setting(const struct caa_conf *conf) {
    return (struct caa_engine_setting){
        .root_hints = conf->root_hints,
        .trust_anchor = conf->trust_anchor,
        .forwarders = (const char *const *)conf->forward,
        .forwarder_count = conf->forward_count,
        .tls_ca_bundle = conf->tls_ca_bundle,
        .resolver_options = (const char *const *)conf->resolver_options,
        .resolver_option_count = conf->resolver_options_count,
        .cache_mib = conf->cache_mib,
        .no_rescue = conf->rescue == CAA_SWITCH_OFF,
        .prove_insecure = conf->br_insecure_failure == CAA_SWITCH_ON,
    };
}

bool caa_conf_texts_differ(const char *a, const char *b) {
    return a == NULL || b == NULL ? a != b : strcmp(a, b) != 0;
}

bool caa_conf_lists_differ(char *const *a, unsigned a_count, char *const *b, unsigned b_count) {
    bool differ = a_count != b_count;
    for (unsigned i = 0; !differ && i < a_count; i++)
        differ = caa_conf_texts_differ(a[i], b[i]);
    return differ;
}

#define LIST(member)                                                                           \
    before->member, before->member##_count, after->member, after->member##_count

size_t caa_conf_stale_keys(const char *keys[CAA_CONF_STALE_KEYS_MAX],
                           const struct caa_conf *before, const struct caa_conf *after) {
    const struct {
        const char *key;
        bool differs;
    } looks[CAA_CONF_STALE_KEYS_MAX] = {
        {"root-hints", caa_conf_texts_differ(before->root_hints, after->root_hints)},
        {"trust-anchor", caa_conf_texts_differ(before->trust_anchor, after->trust_anchor)},
        {"forward", caa_conf_lists_differ(LIST(forward))},
        {"tls-ca-bundle", caa_conf_texts_differ(before->tls_ca_bundle, after->tls_ca_bundle)},
        {"resolver-options", caa_conf_lists_differ(LIST(resolver_options))},
        {"cache-mib", before->cache_mib != after->cache_mib},
        {"rescue", before->rescue != after->rescue},
        {"br-insecure-failure", before->br_insecure_failure != after->br_insecure_failure},
    };
    size_t count = 0;
    for (size_t i = 0; i < CAA_CONF_STALE_KEYS_MAX; i++)
        if (looks[i].differs) keys[count++] = looks[i].key;
    return count;
}

void caa_conf_free(struct caa_conf *conf) {
    caa_yaml_free(&conf_schema, conf);
}
