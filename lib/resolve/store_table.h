/* The inside of a store. Order of locks: a stripe's, then the keep's. */
#ifndef CAA_RESOLVE_STORE_TABLE_H
#define CAA_RESOLVE_STORE_TABLE_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/queue.h>

#include "resolve/store.h"

enum { CAA_STORE_STRIPES = 64, CAA_STORE_POTS = 128 };

struct caa_store_slot;

/* One remembered answer. All but `slot` is guarded by its stripe's lock, and what never changes
   may be read by who holds a lock that keeps it from being freed. */
struct caa_store_entry {
    struct caa_store_entry *next;      /* in its bucket */
    TAILQ_ENTRY(caa_store_entry) link; /* in its pot */
    struct caa_store_pot *pot;
    _Atomic(struct caa_store_slot *) slot; /* set under both locks, cleared under the keep's */
    const struct caa_answer *answer;
    int64_t observed_us;
    int64_t expires_us;
    uint64_t hash;
    uint64_t group; /* of the registrable domain */
    size_t octets;  /* the answer included */
    uint32_t uses;
    uint16_t type;
    bool used_lately;
    bool is_suffix;
    uint8_t name_len;
    uint8_t name[];
};

TAILQ_HEAD(caa_store_ring, caa_store_entry);

/* The entries of those registrable domains that share it: who may have to pay. */
struct caa_store_pot {
    size_t octets;
    struct caa_store_ring ring; /* CLOCK: looked at from its head */
};

/* A part of the table with a lock and a ceiling of its own. */
struct caa_store_stripe {
    pthread_mutex_t mutex;
    struct caa_store_entry **buckets;
    size_t octets, entries;
    uint64_t hits, misses, stored, evicted;
    struct caa_store_pot suffixes;
    struct caa_store_pot pots[CAA_STORE_POTS];
};

/* One place among those kept fresh. */
struct caa_store_slot {
    struct caa_store_entry *entry; /* NULL: free */
    int64_t due_us;
    int64_t expires_us;
    uint64_t group;
    uint32_t failures;
    bool is_suffix;
    bool claimed;
};

struct caa_store_keep {
    pthread_mutex_t mutex;
    size_t most;
    atomic_size_t count;
    struct caa_store_slot *slots;
};

struct caa_store {
    struct caa_store_setting setting;
    size_t own_octets;    /* of the empty table */
    size_t stripe_octets; /* what each may hold */
    size_t bucket_count;  /* of each; a power of two */
    atomic_uint_fast64_t events[CAA_STORE_EVENT_COUNT];
    struct caa_store_keep keep;
    struct caa_store_stripe stripes[CAA_STORE_STRIPES];
};

/* Takes an entry out of the table and frees it. Its stripe is locked. */
void caa_store_remove(struct caa_store *store, struct caa_store_stripe *stripe,
                      struct caa_store_entry *entry);

/* Evicts until the stripe holds no more than it may. It is locked. */
void caa_store_make_room(struct caa_store *store, struct caa_store_stripe *stripe);

/* Whose share the name counts for: the hash of its registrable domain; for a public suffix,
   which `*is_suffix` says it is, that of its parent. */
uint64_t caa_store_group_of(const struct caa_store *store, const struct caa_name *name,
                            bool *is_suffix);

/* Each with the entry's stripe locked: gives it a place if there is one, takes its place away,
   ends its claim as caa_store_unclaim does. */
void caa_store_keep_add(struct caa_store_keep *keep, struct caa_store_entry *entry,
                        int64_t due_us);
void caa_store_keep_remove(struct caa_store_keep *keep, struct caa_store_entry *entry);
void caa_store_keep_unclaim(struct caa_store_keep *keep, struct caa_store_entry *entry,
                            int64_t again_us);

#endif
