#include "engine/conf.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cyaml/cyaml.h>

#include "base/ascii.h"
#include "base/file.h"

enum { LIST_MAX = 64, CACHE_MIB_MAX = 1 << 20, DEADLINE_S_MAX = 3600 };

static const cyaml_schema_value_t text_schema = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, 4096)};

/* What libcyaml fills: numbers and switches as text, since it would take "5m" for 5, "010" for
   8 and anything it does not know for yes. */
struct document {
    struct caa_conf conf; /* first: what the caller gets */
    char *cache_mib;
    char *deadline_s;
    char *rescue;
    char *br_insecure_failure;
};

static const cyaml_schema_field_t fields[] = {
    CYAML_FIELD_STRING_PTR("root-hints", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
                           struct document, conf.root_hints, 1, 4096),
    CYAML_FIELD_STRING_PTR("trust-anchor", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
                           struct document, conf.trust_anchor, 1, 4096),
    CYAML_FIELD_SEQUENCE("forward", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct document,
                         conf.forward, &text_schema, 0, LIST_MAX),
    CYAML_FIELD_STRING_PTR("tls-ca-bundle", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
                           struct document, conf.tls_ca_bundle, 1, 4096),
    CYAML_FIELD_SEQUENCE("resolver-options", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
                         struct document, conf.resolver_options, &text_schema, 0, LIST_MAX),
    CYAML_FIELD_STRING_PTR("cache-mib", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
                           struct document, cache_mib, 1, 32),
    CYAML_FIELD_STRING_PTR("deadline-s", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
                           struct document, deadline_s, 1, 32),
    CYAML_FIELD_STRING_PTR("rescue", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct document,
                           rescue, 1, 32),
    CYAML_FIELD_STRING_PTR("br-insecure-failure", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
                           struct document, br_insecure_failure, 1, 32),
    CYAML_FIELD_SEQUENCE("issuers", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct document,
                         conf.issuers, &text_schema, 0, LIST_MAX),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t conf_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct document, fields)};

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

/* The last line that starts with `key` and a colon; 0 where none does. */
static unsigned long line_of_key(struct caa_slice text, const char *key) {
    size_t key_len = strlen(key);
    unsigned long line = 1, found = 0;
    for (const char *at = text.ptr, *end = text.ptr + text.len; at < end; line++) {
        const char *next = memchr(at, '\n', (size_t)(end - at));
        size_t len = (size_t)((next == NULL ? end : next) - at);
        if (len > key_len && at[key_len] == ':' && memcmp(at, key, key_len) == 0) found = line;
        if (next == NULL) break;
        at = next + 1;
    }
    return found;
}

/* Where libcyaml only knows the value before it, look for the place. */
static void correct_line(struct complaint *complaint, struct caa_slice text) {
    static const char *const marks[] = {"Unexpected key: ", "Mapping field already seen: "};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
        if (strstr(complaint->what, marks[i]) != NULL)
            complaint->line = line_of_key(text, behind(complaint->what, marks[i]));
    /* libyaml stops anywhere behind what was read last. */
    if (strstr(complaint->what, "libyaml: ") != NULL) complaint->line = 0;
}

static void write_complaint(struct caa_diag *diag, const char *path, unsigned long line,
                            const char *what) {
    if (line > 0)
        caa_diag_set(diag, "%s:%lu: %s", path, line, what);
    else
        caa_diag_set(diag, "%s: %s", path, what);
}

static cyaml_config_t yaml_config(struct complaint *complaint) {
    return (cyaml_config_t){.log_fn = note_complaint,
                            .log_ctx = complaint,
                            .mem_fn = cyaml_mem,
                            .log_level = CYAML_LOG_WARNING,
                            .flags = CYAML_CFG_NO_ALIAS};
}

static bool read_number(const char *text, unsigned long most, unsigned *number) {
    char *end;
    errno = 0;
    unsigned long read = strtoul(text, &end, 10);
    *number = (unsigned)read;
    return caa_ascii_is_digit(text[0]) && *end == '\0' && errno == 0 && read <= most;
}

static enum caa_err read_numbers(struct document *document, struct caa_slice text,
                                 const char *path, struct caa_diag *diag) {
    const struct {
        const char *key, *value;
        unsigned long most;
        unsigned *number;
    } numbers[] = {
        {"cache-mib", document->cache_mib, CACHE_MIB_MAX, &document->conf.cache_mib},
        {"deadline-s", document->deadline_s, DEADLINE_S_MAX, &document->conf.deadline_s}};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        char what[96];
        if (numbers[i].value == NULL ||
            read_number(numbers[i].value, numbers[i].most, numbers[i].number))
            continue;
        snprintf(what, sizeof what, "%s: '%s' is not a number from 0 to %lu", numbers[i].key,
                 numbers[i].value, numbers[i].most);
        write_complaint(diag, path, line_of_key(text, numbers[i].key), what);
        return CAA_ERR_SYNTAX;
    }
    return CAA_OK;
}

static bool read_switch(const char *text, enum caa_switch *value) {
    *value = strcmp(text, "yes") == 0 ? CAA_SWITCH_ON : CAA_SWITCH_OFF;
    return *value == CAA_SWITCH_ON || strcmp(text, "no") == 0;
}

static enum caa_err read_switches(struct document *document, struct caa_slice text,
                                  const char *path, struct caa_diag *diag) {
    const struct {
        const char *key, *value;
        enum caa_switch *read;
    } switches[] = {{"rescue", document->rescue, &document->conf.rescue},
                    {"br-insecure-failure", document->br_insecure_failure,
                     &document->conf.br_insecure_failure}};
    for (size_t i = 0; i < sizeof switches / sizeof switches[0]; i++) {
        char what[96];
        if (switches[i].value == NULL || read_switch(switches[i].value, switches[i].read))
            continue;
        snprintf(what, sizeof what, "%s: '%s' is neither yes nor no", switches[i].key,
                 switches[i].value);
        write_complaint(diag, path, line_of_key(text, switches[i].key), what);
        return CAA_ERR_SYNTAX;
    }
    return CAA_OK;
}

static enum caa_err load(struct document **document, struct caa_slice text, const char *path,
                         struct caa_diag *diag) {
    struct complaint complaint = {0};
    cyaml_config_t config = yaml_config(&complaint);
    *document = NULL;
    cyaml_err_t status = cyaml_load_data((const uint8_t *)text.ptr, text.len, &config,
                                         &conf_schema, (cyaml_data_t **)document, NULL);
    if (status == CYAML_OK && *document != NULL) return CAA_OK;
    if (status == CYAML_ERR_OOM) return CAA_ERR_NOMEM;
    correct_line(&complaint, text);
    const char *what = complaint.what[0] != '\0' ? complaint.what
                       : status == CYAML_OK      ? "no configuration in it"
                                                 : cyaml_strerror(status);
    write_complaint(diag, path, complaint.line, what);
    return CAA_ERR_SYNTAX;
}

enum caa_err caa_conf_read(struct caa_conf **conf, const char *path, struct caa_diag *diag) {
    struct caa_slice text;
    struct document *document;
    *conf = NULL;
    enum caa_err err = caa_file_read(&text, path, CAA_CONF_FILE_MAX, diag);
    if (err != CAA_OK) return err;
    err = load(&document, text, path, diag);
    if (err == CAA_OK) {
        err = read_numbers(document, text, path, diag);
        if (err == CAA_OK) err = read_switches(document, text, path, diag);
        if (err == CAA_OK)
            *conf = &document->conf;
        else
            caa_conf_free(&document->conf);
    }
    caa_file_free(text);
    return err;
}

void caa_conf_free(struct caa_conf *conf) {
    struct complaint complaint = {0};
    cyaml_config_t config = yaml_config(&complaint);
    if (conf != NULL) cyaml_free(&config, &conf_schema, conf, 0);
}
