/* Memory of one piece of work, freed at once. */
#ifndef CAA_BASE_ARENA_H
#define CAA_BASE_ARENA_H

#include <stddef.h>

struct caa_arena;

/* A new arena that will never hold more than `limit_octets`, block headers included.
   NULL when out of memory. */
struct caa_arena *caa_arena_new(size_t limit_octets);

/* The same in `octets` of the caller's, which are aligned for any type and more than
   CAA_ARENA_FRONT_OCTETS; what does not fit in there is allocated. It ends with
   caa_arena_clear, and not with caa_arena_free. */
enum { CAA_ARENA_FRONT_OCTETS = 128 };
struct caa_arena *caa_arena_new_in(void *memory, size_t octets, size_t limit_octets);

/* Takes back all that came from it, and frees what was allocated for that. */
void caa_arena_clear(struct caa_arena *arena);

/* `size` zeroed octets, aligned for any type, valid until caa_arena_free or
   caa_arena_clear.
   NULL when out of memory or beyond the limit. */
void *caa_arena_alloc(struct caa_arena *arena, size_t size);

/* `count` times `size` octets likewise; NULL also where the product overflows. */
void *caa_arena_array(struct caa_arena *arena, size_t count, size_t size);

/* A copy of `len` octets with a NUL behind them. NULL as above. */
char *caa_arena_copy(struct caa_arena *arena, const void *bytes, size_t len);

/* Frees the arena and all that came from it. NULL is fine. */
void caa_arena_free(struct caa_arena *arena);

#endif
