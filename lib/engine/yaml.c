#include "engine/yaml.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"

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

/* Octets of indentation in front of `key` and a colon; -1 where the line does not start so. */
static int indent_of_key(struct caa_slice line, const char *key) {
    size_t key_len = strlen(key), indent = 0;
    while (indent < line.len && (line.ptr[indent] == ' ' || line.ptr[indent] == '-')) indent++;
    bool found = line.len > indent + key_len && line.ptr[indent + key_len] == ':' &&
                 memcmp(line.ptr + indent, key, key_len) == 0;
    return found ? (int)indent : -1;
}

static struct caa_slice cut_line(struct caa_slice *text) {
    const char *end = memchr(text->ptr, '\n', text->len);
    size_t len = end == NULL ? text->len : (size_t)(end - text->ptr);
    struct caa_slice line = caa_slice_bytes(text->ptr, len);
    if (end != NULL) len++;
    *text = caa_slice_bytes(text->ptr + len, text->len - len);
    return line;
}

/* The last line with `key` in `section`, at the top level, or (section "") anywhere; 0 where
   there is none. */
static unsigned long line_of_key(struct caa_slice text, const char *section, const char *key) {
    unsigned long number = 0, found = 0;
    bool inside = section == NULL || section[0] == '\0';
    while (text.len > 0) {
        struct caa_slice line = cut_line(&text);
        int indent = indent_of_key(line, key);
        number++;
        if (section != NULL && section[0] != '\0' && line.len > 0 &&
            caa_ascii_is_alpha(line.ptr[0]))
            inside = indent_of_key(line, section) == 0;
        if (inside && indent >= 0 && (section != NULL || indent == 0)) found = number;
    }
    return found;
}

/* Where libcyaml only knows the value before it, look for the place. */
static void correct_line(struct complaint *complaint, struct caa_slice text) {
    static const char *const marks[] = {"Unexpected key: ", "Mapping field already seen: "};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        if (strstr(complaint->what, marks[i]) == NULL) continue;
        const char *key = behind(complaint->what, marks[i]);
        unsigned long line = line_of_key(text, NULL, key);
        complaint->line = line > 0 ? line : line_of_key(text, "", key);
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

enum caa_err caa_yaml_refuse(const struct caa_yaml *yaml, const char *section, const char *key,
                             const char *format, ...) {
    char reason[256], what[384];
    va_list args;
    va_start(args, format);
    vsnprintf(reason, sizeof reason, format, args);
    va_end(args);
    snprintf(what, sizeof what, "%s: %s", key, reason);
    return complain(yaml, line_of_key(yaml->text, section, key), what);
}

static bool says_nothing(struct caa_slice line) {
    line = caa_slice_trim(line);
    return line.len == 0 || line.ptr[0] == '#' || line.ptr[0] == '%';
}

/* The line of a second document's marker, which no value may have in front (YAML 1.2 section
   9.1.2); 0: there is one document. libcyaml reads the first and says nothing of others. */
static unsigned long line_of_second_document(struct caa_slice text) {
    bool any = false;
    for (unsigned long number = 1; text.len > 0; number++) {
        struct caa_slice line = cut_line(&text);
        bool is_marker = line.len >= 3 && memcmp(line.ptr, "---", 3) == 0 &&
                         (line.len == 3 || strchr(" \t\r", line.ptr[3]) != NULL);
        if (is_marker && any) return number;
        any |= is_marker || !says_nothing(line);
    }
    return 0;
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
    unsigned long second = line_of_second_document(yaml->text);
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
