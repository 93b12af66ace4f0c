#include "engine/yaml.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "engine/yaml_line.h"

/* libcyaml says what is wrong in its first line and where in the ones that follow. */
struct complaint {
    char what[256];
    unsigned long line; /* 0: not said */
    bool is_traced;     /* the first line has been, or is missing */
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
    complaint->is_traced |= strstr(line, "Backtrace:") != NULL;
    if (complaint->what[0] == '\0' && !complaint->is_traced)
        snprintf(complaint->what, sizeof complaint->what, "%s", behind(line, "Load: "));
    else if (complaint->line == 0 && strstr(line, "line: ") != NULL)
        complaint->line = strtoul(behind(line, "line: "), NULL, 10);
}

/* Where libcyaml only knows the value before it, look for the place. */
static void correct_line(struct complaint *complaint, struct caa_slice text) {
    static const char *const marks[] = {"Unexpected key: ", "Mapping field already seen: "};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        if (strstr(complaint->what, marks[i]) == NULL) continue;
        const char *key = behind(complaint->what, marks[i]);
        unsigned long line = caa_yaml_line_of_key(text, NULL, CAA_YAML_NO_ITEM, key);
        complaint->line = line > 0 ? line : caa_yaml_line_of_key_anywhere(text, key);
    }
    /* libyaml stops anywhere behind what was read last. */
    if (strstr(complaint->what, "libyaml: ") != NULL) complaint->line = 0;
}

/* In words for somebody who knows no schema. */
static const char *reworded(const char *what) {
    return strstr(what, "Insufficient entries (0 of ") == NULL
               ? what
               : "an empty list, which would be taken for none: leave the key out";
}

static enum caa_err complain(const struct caa_yaml *yaml, unsigned long line,
                             const char *what) {
    if (line > 0)
        caa_diag_set(yaml->diag, "%s:%lu: %s", yaml->path, line, what);
    else
        caa_diag_set(yaml->diag, "%s: %s", yaml->path, what);
    return CAA_ERR_SYNTAX;
}

/* `item` as for caa_yaml_line_of_key. */
__attribute__((format(printf, 5, 0))) static enum caa_err refuse(const struct caa_yaml *yaml,
                                                                 const char *section, int item,
                                                                 const char *key,
                                                                 const char *format,
                                                                 va_list args) {
    char reason[256], what[384];
    vsnprintf(reason, sizeof reason, format, args);
    snprintf(what, sizeof what, "%s%s%s: %s", section == NULL ? "" : section,
             section == NULL ? "" : ": ", key, reason);
    return complain(yaml, caa_yaml_line_of_key(yaml->text, section, item, key), what);
}

enum caa_err caa_yaml_refuse(const struct caa_yaml *yaml, const char *section, const char *key,
                             const char *format, ...) {
    va_list args;
    va_start(args, format);
    enum caa_err err = refuse(yaml, section, CAA_YAML_NO_ITEM, key, format, args);
    va_end(args);
    return err;
}

enum caa_err caa_yaml_refuse_item(const struct caa_yaml *yaml, const char *section,
                                  unsigned item, const char *key, const char *format, ...) {
    va_list args;
    va_start(args, format);
    enum caa_err err = refuse(yaml, section, (int)item, key, format, args);
    va_end(args);
    return err;
}

static cyaml_config_t yaml_config(struct complaint *complaint) {
    return (cyaml_config_t){.log_fn = note_complaint,
                            .log_ctx = complaint,
                            .mem_fn = cyaml_mem,
                            .log_level = CYAML_LOG_WARNING,
                            .flags = CYAML_CFG_NO_ALIAS};
}

enum caa_err caa_yaml_load(const struct caa_yaml *yaml, const cyaml_schema_value_t *schema,
                           void **document) {
    struct complaint complaint = {0};
    cyaml_config_t config = yaml_config(&complaint);
    *document = NULL;
    cyaml_err_t status = cyaml_load_data((const uint8_t *)yaml->text.ptr, yaml->text.len,
                                         &config, schema, document, NULL);
    /* libcyaml reads the first and says nothing of others. */
    unsigned long second = caa_yaml_line_of_second_document(yaml->text);
    if (status == CYAML_OK && *document != NULL && second == 0) return CAA_OK;
    caa_yaml_free(schema, *document);
    *document = NULL;
    if (status == CYAML_OK && second != 0)
        return complain(yaml, second, "a second document, which nobody would read");
    if (status == CYAML_ERR_OOM) return CAA_ERR_NOMEM;
    correct_line(&complaint, yaml->text);
    const char *what = complaint.what[0] != '\0' ? reworded(complaint.what)
                       : status == CYAML_OK      ? "no configuration in it"
                                                 : cyaml_strerror(status);
    return complain(yaml, complaint.line, what);
}

void caa_yaml_free(const cyaml_schema_value_t *schema, void *document) {
    struct complaint complaint = {0};
    cyaml_config_t config = yaml_config(&complaint);
    if (document != NULL) cyaml_free(&config, schema, document, 0);
}

static bool read_number(const struct caa_yaml_number *number) {
    char *end;
    errno = 0;
    unsigned long read = strtoul(number->value, &end, 10);
    *number->number = (unsigned)read;
    return caa_ascii_is_digit(number->value[0]) && *end == '\0' && errno == 0 &&
           read >= number->least && read <= number->most;
}

enum caa_err caa_yaml_read_numbers(const struct caa_yaml *yaml,
                                   const struct caa_yaml_number *numbers, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (numbers[i].value != NULL && !read_number(&numbers[i]))
            return caa_yaml_refuse(yaml, numbers[i].section, numbers[i].key,
                                   "'%s' is not a number from %lu to %lu", numbers[i].value,
                                   numbers[i].least, numbers[i].most);
    return CAA_OK;
}

enum caa_err caa_yaml_read_switches(const struct caa_yaml *yaml,
                                    const struct caa_yaml_switch *switches, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const char *value = switches[i].value;
        if (value == NULL) continue;
        bool on = strcmp(value, "yes") == 0;
        if (!on && strcmp(value, "no") != 0)
            return caa_yaml_refuse(yaml, switches[i].section, switches[i].key,
                                   "'%s' is neither yes nor no", value);
        *switches[i].read = on ? CAA_SWITCH_ON : CAA_SWITCH_OFF;
    }
    return CAA_OK;
}
