/* JSON written straight into memory: a document of a check has some seventy members, and as a
   tree of nodes it costs ten times what the check does. */
#ifndef CAA_REPORT_JSON_WRITER_H
#define CAA_REPORT_JSON_WRITER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "dns/name.h"

struct caa_json_writer {
    char *text; /* from malloc; what caa_json_writer_end gives away */
    size_t len, size;
    bool needs_comma;
    bool failed; /* out of memory, or beyond CAA_JSON_WRITER_MOST */
};

enum { CAA_JSON_WRITER_MOST = 64 << 20 }; /* octets */

/* '{' or '[', and the other end of it. Here and below a member is written; `key` is plain
   ASCII, or NULL for an element of an array. */
void caa_json_open(struct caa_json_writer *w, const char *key, char bracket);
void caa_json_close(struct caa_json_writer *w, char bracket);

/* What is a control or not valid UTF-8 becomes '?'. */
void caa_json_put_string(struct caa_json_writer *w, const char *key, struct caa_slice text);
void caa_json_put_text(struct caa_json_writer *w, const char *key, const char *text);

/* A name in presentation format without the final dot. */
void caa_json_put_name(struct caa_json_writer *w, const char *key, const struct caa_name *name);

/* An instant, as caa_time_to_text has it; and microseconds as milliseconds, "13.0". */
void caa_json_put_time(struct caa_json_writer *w, const char *key, int64_t wall_us);
void caa_json_put_ms(struct caa_json_writer *w, const char *key, int64_t us);

/* A number, true or false, null. */
void caa_json_put_integer(struct caa_json_writer *w, const char *key, int64_t number);
void caa_json_put_boolean(struct caa_json_writer *w, const char *key, bool value);
void caa_json_put_null(struct caa_json_writer *w, const char *key);

/* A value that somebody else made, whose reference is taken; NULL is a failure. */
void caa_json_put_value(struct caa_json_writer *w, const char *key, json_t *value);

/* The text, NUL-terminated, freed by free(); NULL where something failed. */
char *caa_json_writer_end(struct caa_json_writer *w);

#endif
