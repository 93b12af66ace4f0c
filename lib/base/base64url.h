/* Octets as text for URLs (RFC 4648 section 5), without padding. */
#ifndef CAA_BASE_BASE64URL_H
#define CAA_BASE_BASE64URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

/* Reads all of `text` into at most `size` octets. False where it is not the one text that
   stands for them: another character (so also '='), a digit too many, bits left over that are
   not zero; and where they are more. */
bool caa_base64url_decode(struct caa_slice text, uint8_t *octets, size_t size, size_t *len);

#endif
