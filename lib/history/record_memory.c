#include "history/record_memory.h"

#include <pthread.h>
#include <sanitizer/asan_interface.h> /* without AddressSanitizer its macros do nothing */
#include <stdalign.h>
#include <sys/mman.h>
#include <sys/queue.h>

/* What malloc gives to a worker and gets back from the writer, some thousand records later,
   lies between whatever else the worker allocates: its heap became as large as the queue had
   been, full of holes, and each later malloc slower. So records have slabs of their own, which
   go back to the system as soon as none is in them. */
enum {
    SLAB_PLACES = 64,
    EMPTY_MOST = 128, /* slabs that are kept: 24 MiB, or 8,192 records */
};

struct place {
    struct slab *slab;
    struct place *next; /* where free */
    alignas(max_align_t) unsigned char octets[CAA_HISTORY_PLACE_OCTETS];
};

struct slab {
    LIST_ENTRY(slab) link; /* where a place is free */
    struct place *free;
    size_t free_count;
    struct place places[SLAB_PLACES];
};

static struct {
    pthread_mutex_t lock;
    LIST_HEAD(, slab) with_room;
    size_t empty; /* of them */
} memory = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void push(struct slab *slab, struct place *place) {
    ASAN_POISON_MEMORY_REGION(place->octets, sizeof place->octets);
    place->next = slab->free;
    slab->free = place;
    slab->free_count++;
}

/* With the lock held. */
static struct slab *add_slab(void) {
    struct slab *slab =
        mmap(NULL, sizeof *slab, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (slab == MAP_FAILED) return NULL;
    for (size_t i = SLAB_PLACES; i-- > 0; push(slab, &slab->places[i]))
        slab->places[i].slab = slab;
    LIST_INSERT_HEAD(&memory.with_room, slab, link);
    memory.empty++;
    return slab;
}

void *caa_history_place_take(void) {
    struct place *place = NULL;
    pthread_mutex_lock(&memory.lock);
    struct slab *slab = LIST_FIRST(&memory.with_room);
    if (slab == NULL) slab = add_slab();
    if (slab != NULL) {
        place = slab->free;
        slab->free = place->next;
        if (slab->free_count-- == SLAB_PLACES) memory.empty--;
        if (slab->free_count == 0) LIST_REMOVE(slab, link);
    }
    pthread_mutex_unlock(&memory.lock);
    if (place == NULL) return NULL;
    ASAN_UNPOISON_MEMORY_REGION(place->octets, sizeof place->octets);
    return place->octets;
}

/* With the lock held. */
static void give_back(struct place *place) {
    struct slab *slab = place->slab;
    push(slab, place);
    if (slab->free_count == 1) LIST_INSERT_HEAD(&memory.with_room, slab, link);
    if (slab->free_count < SLAB_PLACES) return;
    if (memory.empty++ < EMPTY_MOST) return;
    memory.empty--;
    LIST_REMOVE(slab, link);
    ASAN_UNPOISON_MEMORY_REGION(slab, sizeof *slab);
    munmap(slab, sizeof *slab);
}

void caa_history_places_free(void *const *places, size_t count) {
    pthread_mutex_lock(&memory.lock);
    for (size_t i = 0; i < count; i++)
        give_back((void *)((unsigned char *)places[i] - offsetof(struct place, octets)));
    pthread_mutex_unlock(&memory.lock);
}
