/* Domain names (RFC 1035 section 3.1): any octets in labels, ASCII case ignored. */
#ifndef CAA_DNS_NAME_H
#define CAA_DNS_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/err.h"
#include "base/slice.h"

enum {
    CAA_NAME_WIRE_MAX = 255, /* octets, RFC 1035 section 2.3.4 */
    CAA_NAME_LABEL_MAX = 63,
    CAA_NAME_LABELS_MAX = 127,
    CAA_NAME_TEXT_MAX = 1024, /* every octet as \DDD, and a NUL */
};

/* Uncompressed wire form, case kept. The root is one zero octet. Zero-initialised it is no
 * name. */
struct caa_name {
    uint8_t len; /* octets in use of `wire`, the root's zero octet included */
    uint8_t wire[CAA_NAME_WIRE_MAX];
};

/* Reads presentation format (RFC 1035 section 5.1): labels with \DDD and \X escapes, with or
   without the final dot. CAA_ERR_SYNTAX with the reason and the octet where it went wrong in
   `diag`. */
enum caa_err caa_name_from_text(struct caa_name *name, struct caa_slice text,
                                struct caa_diag *diag);

/* Reads an uncompressed name that starts at `wire`, of at most `len` octets; what follows it is
   ignored (name->len says how much was read). CAA_ERR_SYNTAX for a compressed, cut or over-long
   one. */
enum caa_err caa_name_from_wire(struct caa_name *name, const uint8_t *wire, size_t len);

/* Presentation format without the final dot, "." for the root; returns the octets written
   without the NUL. Case is kept. */
size_t caa_name_to_text(const struct caa_name *name, char text[CAA_NAME_TEXT_MAX]);

/* Equal but for ASCII case (RFC 4343). */
bool caa_name_equal(const struct caa_name *a, const struct caa_name *b);

/* `name` is `ancestor` or below it (RFC 8499: subdomain). */
bool caa_name_is_subdomain(const struct caa_name *name, const struct caa_name *ancestor);

/* `name` is ".", which is not the same as no name at all. */
bool caa_name_is_root(const struct caa_name *name);

/* Labels, without the root's empty one. */
size_t caa_name_label_count(const struct caa_name *name);

/* `parent` becomes `name` without its leftmost label; false, and nothing done, at the root.
   Both may be the same object. */
bool caa_name_parent(struct caa_name *parent, const struct caa_name *name);

/* Equal names have equal hashes. Not for untrusted input without a secret `seed`. */
uint64_t caa_name_hash(const struct caa_name *name, uint64_t seed);

#endif
