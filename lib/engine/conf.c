#include "engine/conf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cyaml/cyaml.h>

#include "base/file.h"

enum { LIST_MAX = 64, CACHE_MIB_MAX = 1 << 20, DEADLINE_S_MAX = 3600 };

static const cyaml_schema_value_t text_schema = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, 4096)};

static const cyaml_schema_field_t fields[] = {
    CYAML_FIELD_STRING_PTR("root-hints", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
                           struct caa_conf, root_hints, 1, 4096),
    CYAML_FIELD_STRING_PTR("trust-anchor", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
                           struct caa_conf, trust_anchor, 1, 4096),
    CYAML_FIELD_SEQUENCE("forward", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct caa_conf,
                         forward, &text_schema, 0, LIST_MAX),
    CYAML_FIELD_STRING_PTR("tls-ca-bundle", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
                           struct caa_conf, tls_ca_bundle, 1, 4096),
    CYAML_FIELD_SEQUENCE("resolver-options", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
                         struct caa_conf, resolver_options, &text_schema, 0, LIST_MAX),
    CYAML_FIELD_UINT("cache-mib", CYAML_FLAG_OPTIONAL, struct caa_conf, cache_mib),
    CYAML_FIELD_UINT("deadline-s", CYAML_FLAG_OPTIONAL, struct caa_conf, deadline_s),
    CYAML_FIELD_SEQUENCE("issuers", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct caa_conf,
                         issuers, &text_schema, 0, LIST_MAX),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t conf_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct caa_conf, fields)};

/* libcyaml says what is wrong in its first line and where in the ones that follow. */
struct complaint {
    char what[256];
    unsigned long line; /* 0: not said */
};

static const char *behind(const char *text, const char *mark) {
    const char *at = strstr(text, mark);
    return at == NULL ? text : at + strlen(mark);
}

__attribute__((format(printf, 3, 0))) static void note_complaint(cyaml_log_t level,
                                                                 void *context,
                                                                 const char *format,
                                                                 va_list args) {
    struct complaint *complaint = context;
    char line[256];
    if (level < CYAML_LOG_WARNING) return;
    vsnprintf(line, sizeof line, format, args);
    line[strcspn(line, "\n")] = '\0';
    if (complaint->what[0] == '\0')
        snprintf(complaint->what, sizeof complaint->what, "%s", behind(line, "Load: "));
    else if (complaint->line == 0 && strstr(line, "line: ") != NULL)
        complaint->line = strtoul(behind(line, "line: "), NULL, 10);
}

/* Of an unexpected key libcyaml only knows where the value before it was. */
static void find_unexpected_key(struct complaint *complaint, struct caa_slice text) {
    const char *mark = "Unexpected key: ";
    struct caa_slice key = caa_slice_of(behind(complaint->what, mark));
    if (strstr(complaint->what, mark) == NULL) return;
    unsigned long line = 1;
    for (const char *at = text.ptr, *end = text.ptr + text.len; at < end; line++) {
        const char *next = memchr(at, '\n', (size_t)(end - at));
        size_t len = (size_t)((next == NULL ? end : next) - at);
        if (len > key.len && at[key.len] == ':' && memcmp(at, key.ptr, key.len) == 0)
            complaint->line = line;
        if (next == NULL) return;
        at = next + 1;
    }
}

static cyaml_config_t yaml_config(struct complaint *complaint) {
    return (cyaml_config_t){.log_fn = note_complaint,
                            .log_ctx = complaint,
                            .mem_fn = cyaml_mem,
                            .log_level = CYAML_LOG_WARNING,
                            .flags = CYAML_CFG_NO_ALIAS};
}

static enum caa_err check_ranges(const struct caa_conf *conf, const char *path,
                                 struct caa_diag *diag) {
    if (conf->cache_mib > CACHE_MIB_MAX)
        caa_diag_set(diag, "%s: cache-mib: over %d", path, CACHE_MIB_MAX);
    else if (conf->deadline_s > DEADLINE_S_MAX)
        caa_diag_set(diag, "%s: deadline-s: over %d", path, DEADLINE_S_MAX);
    else
        return CAA_OK;
    return CAA_ERR_SYNTAX;
}

static enum caa_err load(struct caa_conf **conf, struct caa_slice text, const char *path,
                         struct caa_diag *diag) {
    struct complaint complaint = {0};
    cyaml_config_t config = yaml_config(&complaint);
    *conf = NULL;
    cyaml_err_t status = cyaml_load_data((const uint8_t *)text.ptr, text.len, &config,
                                         &conf_schema, (cyaml_data_t **)conf, NULL);
    if (status == CYAML_OK && *conf != NULL) return CAA_OK;
    if (status == CYAML_ERR_OOM) return CAA_ERR_NOMEM;
    find_unexpected_key(&complaint, text);
    const char *what = complaint.what[0] != '\0' ? complaint.what
                       : status == CYAML_OK      ? "no configuration in it"
                                                 : cyaml_strerror(status);
    if (complaint.line > 0)
        caa_diag_set(diag, "%s:%lu: %s", path, complaint.line, what);
    else
        caa_diag_set(diag, "%s: %s", path, what);
    return CAA_ERR_SYNTAX;
}

enum caa_err caa_conf_read(struct caa_conf **conf, const char *path, struct caa_diag *diag) {
    struct caa_slice text;
    enum caa_err err = caa_file_read(&text, path, CAA_CONF_FILE_MAX, diag);
    if (err != CAA_OK) return err;
    err = load(conf, text, path, diag);
    caa_file_free(text);
    if (err != CAA_OK) return err;
    err = check_ranges(*conf, path, diag);
    if (err == CAA_OK) return CAA_OK;
    caa_conf_free(*conf);
    *conf = NULL;
    return err;
}

void caa_conf_free(struct caa_conf *conf) {
    struct complaint complaint = {0};
    cyaml_config_t config = yaml_config(&complaint);
    if (conf != NULL) cyaml_free(&config, &conf_schema, conf, 0);
}
