/* Configuration in YAML, held to a schema: every complaint names file, line and reason. */
#ifndef CAA_ENGINE_YAML_H
#define CAA_ENGINE_YAML_H

#include <stddef.h>

#include <cyaml/cyaml.h>

#include "base/diag.h"
#include "base/err.h"
#include "base/slice.h"

/* One file being read; all of it belongs to the caller. */
struct caa_yaml {
    struct caa_slice text;
    const char *path; /* as in complaints */
    struct caa_diag *diag;
};

/* Whether something is wanted, where a file may leave it open. */
enum caa_switch {
    CAA_SWITCH_DEFAULT, /* not said */
    CAA_SWITCH_ON,
    CAA_SWITCH_OFF,
};

/* Numbers and switches are text in the schema, since libcyaml would take "5m" for 5, "010" for
   8 and anything it does not know for yes. `value` NULL: not said. */
struct caa_yaml_number {
    const char *section; /* NULL: at the top level */
    const char *key;
    const char *value;
    unsigned long least, most;
    unsigned *number;
};
struct caa_yaml_switch {
    const char *section;
    const char *key;
    const char *value;
    enum caa_switch *read;
};

/* Reads the document into what `schema` describes, to be freed by caa_yaml_free.
   CAA_ERR_SYNTAX, CAA_ERR_NOMEM. */
enum caa_err caa_yaml_load(const struct caa_yaml *yaml, const cyaml_schema_value_t *schema,
                           void **document);

/* Frees a document; NULL is fine. */
void caa_yaml_free(const cyaml_schema_value_t *schema, void *document);

/* Reads what is said of `numbers`, and of `switches`; what is not said stays as it is.
   CAA_ERR_SYNTAX. */
enum caa_err caa_yaml_read_numbers(const struct caa_yaml *yaml,
                                   const struct caa_yaml_number *numbers, size_t count);
enum caa_err caa_yaml_read_switches(const struct caa_yaml *yaml,
                                    const struct caa_yaml_switch *switches, size_t count);

/* Complains of `key` in `section` (NULL: at the top level); returns CAA_ERR_SYNTAX. */
enum caa_err caa_yaml_refuse(const struct caa_yaml *yaml, const char *section, const char *key,
                             const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The same of `key` in the entry `item` (from 0) of the list that `section` is. */
enum caa_err caa_yaml_refuse_item(const struct caa_yaml *yaml, const char *section,
                                  unsigned item, const char *key, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

#endif
