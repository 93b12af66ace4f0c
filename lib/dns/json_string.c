#include "dns/json_string.h"

#include <stdio.h>

#include <stdlib.h>
#include <string.h>

#include "base/writer.h"

json_t *caa_json_printable(struct caa_slice s) {
    size_t size = s.len + 1;
    char *text = malloc(size);
    if (text == NULL) return NULL;
    struct caa_writer writer = caa_writer_into(text, size);
    caa_writer_printable(&writer, s);
    json_t *string = json_string(text);
    free(text);
    return string;
}

json_t *caa_json_value(struct caa_slice value) {
    size_t size = 4 * value.len + 1;
    char *text = malloc(size);
    if (text == NULL) return NULL;
    struct caa_writer writer = caa_writer_into(text, size);
    for (size_t i = 0; i < value.len; i++) {
        if (value.ptr[i] == '"')
            caa_writer_char(&writer, '"');
        else
            caa_writer_escaped(&writer, caa_slice_bytes(value.ptr + i, 1), false);
    }
    json_t *string = json_string(text);
    free(text);
    return string;
}

json_t *caa_json_name(const struct caa_name *name) {
    char text[CAA_NAME_TEXT_MAX];
    caa_name_to_text(name, text);
    return json_string(text);
}

json_t *caa_json_prose(char *lines) {
    size_t len = strlen(lines);
    while (len > 0 && lines[len - 1] == '\n') lines[--len] = '\0';
    for (char *c = lines; *c != '\0'; c++)
        if (*c == '\n') *c = ' ';
    return json_string(lines);
}

json_t *caa_json_digest(uint64_t digest) {
    char text[17];
    snprintf(text, sizeof text, "%016llx", (unsigned long long)digest);
    return json_string(text);
}
