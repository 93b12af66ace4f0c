#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A usual check fits into one. Twice as large, a thousand in flight took ten times as long: the
   pages that malloc had given back came in again one by one. */
enum { BLOCK_OCTETS = 2048 };

struct block {
    struct block *next;
    size_t size; /* of `bytes` */
    size_t used;
    alignas(max_align_t) unsigned char bytes[];
};

struct caa_arena {
    struct block *blocks; /* the one in use comes first */
    size_t limit_octets;
    size_t held_octets;
    struct block *first; /* behind this struct, in one piece with it; without room of size 0 */
};

enum { GRAIN = alignof(max_align_t) };

_Static_assert(sizeof(struct caa_arena) + sizeof(struct block) + 2 * (size_t)GRAIN <=
                   CAA_ARENA_FRONT_OCTETS,
               "an arena's front");

struct caa_arena *caa_arena_new_in(void *memory, size_t octets, size_t limit_octets) {
    unsigned char *octet = memory;
    size_t front = (sizeof(struct caa_arena) + GRAIN - 1) / GRAIN * GRAIN;
    struct caa_arena *arena = memory;
    struct block *first = (void *)(octet + front);
    size_t size = octets - front - sizeof *first;
    if (size > limit_octets) size = limit_octets;
    *first = (struct block){.next = NULL, .size = size};
    *arena = (struct caa_arena){first, limit_octets, size, first};
    return arena;
}

struct caa_arena *caa_arena_new(size_t limit_octets) {
    void *memory = malloc(CAA_ARENA_FRONT_OCTETS);
    return memory == NULL ? NULL
                          : caa_arena_new_in(memory, CAA_ARENA_FRONT_OCTETS, limit_octets);
}

static void free_blocks(struct caa_arena *arena) {
    while (arena->blocks != arena->first) {
        struct block *next = arena->blocks->next;
        free(arena->blocks);
        arena->blocks = next;
    }
}

void caa_arena_clear(struct caa_arena *arena) {
    free_blocks(arena);
    arena->first->used = 0;
    arena->held_octets = arena->first->size;
}

static struct block *add_block(struct caa_arena *arena, size_t wanted) {
    size_t size = wanted > BLOCK_OCTETS - sizeof(struct block)
                      ? wanted
                      : BLOCK_OCTETS - sizeof(struct block);
    size_t room = arena->limit_octets - arena->held_octets;
    if (room < sizeof(struct block) || room - sizeof(struct block) < wanted) return NULL;
    if (size > room - sizeof(struct block)) size = room - sizeof(struct block);
    struct block *block = malloc(sizeof *block + size);
    if (block == NULL) return NULL;
    *block = (struct block){.size = size, .next = arena->blocks};
    arena->blocks = block;
    arena->held_octets += sizeof *block + size;
    return block;
}

/* Not zeroed: a block that is used in part costs only that part. */
static void *take(struct caa_arena *arena, size_t size) {
    if (size > SIZE_MAX - GRAIN) return NULL;
    size_t wanted = (size + GRAIN - 1) / GRAIN * GRAIN;
    struct block *block = arena->blocks;
    if (block->size - block->used < wanted) block = add_block(arena, wanted);
    if (block == NULL) return NULL;
    void *at = block->bytes + block->used;
    block->used += wanted;
    return at;
}

void *caa_arena_alloc(struct caa_arena *arena, size_t size) {
    void *at = take(arena, size);
    return at == NULL ? NULL : memset(at, 0, size);
}

void *caa_arena_array(struct caa_arena *arena, size_t count, size_t size) {
    if (size != 0 && count > SIZE_MAX / size) return NULL;
    return caa_arena_alloc(arena, count * size);
}

char *caa_arena_copy(struct caa_arena *arena, const void *bytes, size_t len) {
    if (len == SIZE_MAX) return NULL;
    char *copy = take(arena, len + 1);
    if (copy == NULL) return NULL;
    if (len > 0) memcpy(copy, bytes, len);
    copy[len] = '\0';
    return copy;
}

void caa_arena_free(struct caa_arena *arena) {
    if (arena == NULL) return;
    free_blocks(arena);
    free(arena);
}
