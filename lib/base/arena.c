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
};

struct caa_arena *caa_arena_new(size_t limit_octets) {
    struct caa_arena *arena = calloc(1, sizeof *arena);
    if (arena != NULL) arena->limit_octets = limit_octets;
    return arena;
}

static struct block *add_block(struct caa_arena *arena, size_t wanted) {
    size_t size = wanted > BLOCK_OCTETS - sizeof(struct block)
                      ? wanted
                      : BLOCK_OCTETS - sizeof(struct block);
    size_t room = arena->limit_octets - arena->held_octets;
    if (room < sizeof(struct block) || room - sizeof(struct block) < wanted) return NULL;
    if (size > room - sizeof(struct block)) size = room - sizeof(struct block);
    struct block *block = calloc(1, sizeof *block + size);
    if (block == NULL) return NULL;
    block->size = size;
    block->next = arena->blocks;
    arena->blocks = block;
    arena->held_octets += sizeof *block + size;
    return block;
}

void *caa_arena_alloc(struct caa_arena *arena, size_t size) {
    const size_t grain = alignof(max_align_t);
    if (size > SIZE_MAX - grain) return NULL;
    size_t wanted = (size + grain - 1) / grain * grain;
    struct block *block = arena->blocks;
    if (block == NULL || block->size - block->used < wanted) block = add_block(arena, wanted);
    if (block == NULL) return NULL;
    void *at = block->bytes + block->used;
    block->used += wanted;
    return at;
}

void *caa_arena_array(struct caa_arena *arena, size_t count, size_t size) {
    if (size != 0 && count > SIZE_MAX / size) return NULL;
    return caa_arena_alloc(arena, count * size);
}

char *caa_arena_copy(struct caa_arena *arena, const void *bytes, size_t len) {
    if (len == SIZE_MAX) return NULL;
    char *copy = caa_arena_alloc(arena, len + 1);
    if (copy != NULL && len > 0) memcpy(copy, bytes, len);
    return copy;
}

void caa_arena_free(struct caa_arena *arena) {
    if (arena == NULL) return;
    while (arena->blocks != NULL) {
        struct block *next = arena->blocks->next;
        free(arena->blocks);
        arena->blocks = next;
    }
    free(arena);
}
