/* Memory of one piece of work, freed at once. */
#ifndef CAA_BASE_ARENA_H
#define CAA_BASE_ARENA_H

#include <stddef.h>

struct caa_arena;

/* A new arena that will never hold more than `limit_octets`, block headers included.
   NULL when out of memory. */
struct caa_arena *caa_arena_new(size_t limit_octets);

/* `size` zeroed octets, aligned for any type, valid until caa_arena_free.
   NULL when out of memory or beyond the limit. */
void *caa_arena_alloc(struct caa_arena *arena, size_t size);

/* `count` times `size` octets likewise; NULL also where the product overflows. */
void *caa_arena_array(struct caa_arena *arena, size_t count, size_t size);

/* A copy of `len` octets with a NUL behind them. NULL as above. */
char *caa_arena_copy(struct caa_arena *arena, const void *bytes, size_t len);

/* Frees the arena and all that came from it. NULL is fine. */
void caa_arena_free(struct caa_arena *arena);

#endif
