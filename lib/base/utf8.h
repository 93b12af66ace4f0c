/* UTF-8 (RFC 3629), for text that came from strangers. */
#ifndef CAA_BASE_UTF8_H
#define CAA_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

/* Octets of the well-formed sequence that starts at `s`: 1 to 4, or 0 where there is none
   (also for an overlong form, a surrogate, or a value above U+10FFFF). */
size_t caa_utf8_sequence(struct caa_slice s);

/* Octets of the printable character that `s` starts with, or 0: also for a control of ASCII or
   of U+0080 to U+009F, which a terminal may obey. */
size_t caa_utf8_printable(struct caa_slice s);

/* All of `s` is well-formed UTF-8; the empty slice is. */
bool caa_utf8_is_valid(struct caa_slice s);

#endif
