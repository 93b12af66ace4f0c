/* A hash for tables in memory: quick, and of no use as proof of anything. */
#ifndef CAA_BASE_HASH_H
#define CAA_BASE_HASH_H

#include <stdint.h>

#include "base/slice.h"

/* FNV-1a, stirred at the end. With a secret and random `seed` nobody who chooses octets can
   fill one place of a table; with a known one the same octets have the same number everywhere.
 */
uint64_t caa_hash(struct caa_slice octets, uint64_t seed);

#endif
