/* A view of bytes that somebody else owns: never NUL-terminated, never freed. */
#ifndef CAA_BASE_SLICE_H
#define CAA_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>

struct caa_slice {
    const char *ptr;
    size_t len; /* octets */
};

/* The slice of a C string, without its NUL; NULL gives the empty slice. */
struct caa_slice caa_slice_of(const char *text);

/* The slice of `len` octets at `ptr`. */
struct caa_slice caa_slice_bytes(const void *ptr, size_t len);

/* The same octets, case and all. */
bool caa_slice_equal(struct caa_slice a, struct caa_slice b);

/* Equal but for ASCII case: DNS names, tags and labels compare so (RFC 4343, RFC 8659
 * section 4.1). */
bool caa_slice_equal_nocase(struct caa_slice a, struct caa_slice b);

/* Without leading and trailing space and tab (WSP of RFC 5234). */
struct caa_slice caa_slice_trim(struct caa_slice s);

#endif
