/* Text written into a buffer of fixed size: what does not fit is dropped, and that is known. */
#ifndef CAA_BASE_WRITER_H
#define CAA_BASE_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

struct caa_writer {
    char *text;  /* always NUL-terminated */
    size_t size; /* octets at `text`, the NUL included */
    size_t len;
    bool overflow; /* something did not fit */
};

/* Starts with empty text in `buffer`, which must outlive the writer; `size` is at least 1. */
struct caa_writer caa_writer_into(char *buffer, size_t size);

/* Each appends: a character, octets as they are, a C string, a number in base ten, the same
   with zeros before it up to `width` digits. */
void caa_writer_char(struct caa_writer *w, char c);
void caa_writer_slice(struct caa_writer *w, struct caa_slice s);
void caa_writer_text(struct caa_writer *w, const char *text);
void caa_writer_number(struct caa_writer *w, uint64_t number);
void caa_writer_padded(struct caa_writer *w, uint64_t number, size_t width);

/* Text from strangers: what is a control or not valid UTF-8 becomes '?'. */
void caa_writer_printable(struct caa_writer *w, struct caa_slice s);

/* Octets of a DNS character string or label in presentation format (RFC 1035 section 5.1):
   '"' and '\' and, where `in_label`, '.' get a backslash; what is not printable becomes \DDD.
 */
void caa_writer_escaped(struct caa_writer *w, struct caa_slice octets, bool in_label);

#endif
