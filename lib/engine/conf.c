#include "engine/conf.h"

#include "base/file.h"

enum { CACHE_MIB_MAX = 1 << 20, DEADLINE_S_MAX = 3600 };

const cyaml_schema_value_t caa_conf_text_schema = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, 4096)};

static const cyaml_schema_field_t fields[] = {CAA_CONF_FIELDS(struct caa_conf, ),
                                              CYAML_FIELD_END};

static const cyaml_schema_value_t conf_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct caa_conf, fields)};

enum caa_err caa_conf_settle(struct caa_conf *conf, const struct caa_yaml *yaml) {
    const struct caa_yaml_number numbers[] = {
        {NULL, "cache-mib", conf->cache_mib_text, 0, CACHE_MIB_MAX, &conf->cache_mib},
        {NULL, "deadline-s", conf->deadline_s_text, 0, DEADLINE_S_MAX, &conf->deadline_s}};
    const struct caa_yaml_switch switches[] = {
        {NULL, "rescue", conf->rescue_text, &conf->rescue},
        {NULL, "br-insecure-failure", conf->br_insecure_failure_text,
         &conf->br_insecure_failure}};
    enum caa_err err = caa_yaml_read_numbers(yaml, numbers, sizeof numbers / sizeof numbers[0]);
    return err == CAA_OK
               ? caa_yaml_read_switches(yaml, switches, sizeof switches / sizeof switches[0])
               : err;
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

void caa_conf_free(struct caa_conf *conf) {
    caa_yaml_free(&conf_schema, conf);
}
