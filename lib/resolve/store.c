#include "resolve/store.h"

#include <stdlib.h>
#include <string.h>

#include "resolve/store_table.h"

enum {
    US_PER_S = 1000000,
    MALLOC_OCTETS = 16, /* what the allocator adds to each piece */
    LARGEST_PART = 4,   /* one entry takes at most this part of a stripe */
};

static uint64_t hash_of(const struct caa_store *store, const struct caa_question *question) {
    return caa_name_hash(&question->name, store->setting.seed) +
           question->type * UINT64_C(0x9e3779b97f4a7c15);
}

/* The high bits choose the stripe, the low ones the bucket in it. */
static struct caa_store_stripe *lock_stripe(struct caa_store *store, uint64_t hash) {
    struct caa_store_stripe *stripe = &store->stripes[(hash >> 32) % CAA_STORE_STRIPES];
    pthread_mutex_lock(&stripe->mutex);
    return stripe;
}

static bool is_for(const struct caa_store_entry *entry, uint64_t hash,
                   const struct caa_question *question) {
    return entry->hash == hash && entry->type == question->type &&
           caa_slice_equal_nocase(caa_slice_bytes(entry->name, entry->name_len),
                                  caa_slice_bytes(question->name.wire, question->name.len));
}

static struct caa_store_entry *find_entry(const struct caa_store *store,
                                          const struct caa_store_stripe *stripe, uint64_t hash,
                                          const struct caa_question *question) {
    struct caa_store_entry *entry = stripe->buckets[hash & (store->bucket_count - 1)];
    while (entry != NULL && !is_for(entry, hash, question)) entry = entry->next;
    return entry;
}

static void free_entry(struct caa_store_entry *entry) {
    caa_answer_release(entry->answer);
    free(entry);
}

void caa_store_remove(struct caa_store *store, struct caa_store_stripe *stripe,
                      struct caa_store_entry *entry) {
    struct caa_store_entry **at = &stripe->buckets[entry->hash & (store->bucket_count - 1)];
    while (*at != entry) at = &(*at)->next;
    *at = entry->next;
    TAILQ_REMOVE(&entry->pot->ring, entry, link);
    entry->pot->octets -= entry->octets;
    stripe->octets -= entry->octets;
    stripe->entries--;
    caa_store_keep_remove(&store->keep, entry);
    free_entry(entry);
}

/* `ttl_s` becomes what is left, rounded down; an answer that says so already is shared. */
static bool count_down(struct caa_store_entry *entry, int64_t now_us) {
    uint32_t left_s = (uint32_t)((entry->expires_us - now_us) / US_PER_S);
    if (entry->answer->ttl_s == left_s) return true;
    struct caa_answer content = *entry->answer;
    content.ttl_s = left_s;
    const struct caa_answer *answer = caa_answer_new(&content);
    if (answer == NULL) return false;
    caa_answer_release(entry->answer);
    entry->answer = answer;
    return true;
}

/* The entry, where it may still be used; one that has expired goes. */
static struct caa_store_entry *find_usable(struct caa_store *store,
                                           struct caa_store_stripe *stripe, uint64_t hash,
                                           const struct caa_question *question,
                                           int64_t now_us) {
    struct caa_store_entry *entry = find_entry(store, stripe, hash, question);
    if (entry == NULL) return NULL;
    if (now_us < entry->expires_us) return count_down(entry, now_us) ? entry : NULL;
    caa_store_remove(store, stripe, entry);
    return NULL;
}

static void hand_out(const struct caa_store_entry *entry, struct caa_store_found *found) {
    *found = (struct caa_store_found){.answer = caa_answer_retain(entry->answer),
                                      .observed_us = entry->observed_us,
                                      .expires_us = entry->expires_us,
                                      .uses = entry->uses};
}

static void count_use(struct caa_store_entry *entry) {
    entry->used_lately = true;
    if (entry->uses < UINT32_MAX) entry->uses++;
}

bool caa_store_find(struct caa_store *store, const struct caa_question *question,
                    int64_t now_us, struct caa_store_found *found) {
    uint64_t hash = hash_of(store, question);
    struct caa_store_stripe *stripe = lock_stripe(store, hash);
    struct caa_store_entry *entry = find_usable(store, stripe, hash, question, now_us);
    if (entry != NULL) {
        count_use(entry);
        hand_out(entry, found);
        stripe->hits++;
    } else {
        stripe->misses++;
    }
    pthread_mutex_unlock(&stripe->mutex);
    return entry != NULL;
}

bool caa_store_peek(struct caa_store *store, const struct caa_question *question,
                    int64_t now_us, struct caa_store_found *found) {
    uint64_t hash = hash_of(store, question);
    struct caa_store_stripe *stripe = lock_stripe(store, hash);
    struct caa_store_entry *entry = find_usable(store, stripe, hash, question, now_us);
    if (entry != NULL) hand_out(entry, found);
    pthread_mutex_unlock(&stripe->mutex);
    return entry != NULL;
}

static size_t evidence_octets(const struct caa_evidence *evidence) {
    if (evidence == NULL) return 0;
    return sizeof *evidence + evidence->item_count * sizeof *evidence->items +
           strlen(evidence->retry_why) + strlen(evidence->reason) + MALLOC_OCTETS;
}

/* Evidence counts for every answer that refers to it: better too much than too little. */
static size_t answer_octets(const struct caa_answer *answer) {
    size_t octets = sizeof *answer + sizeof(size_t) + MALLOC_OCTETS +
                    answer->rdata_count * sizeof *answer->rdata +
                    answer->alias_count * sizeof *answer->aliases + strlen(answer->reason) +
                    strlen(answer->ede_text) + answer->packet.len +
                    evidence_octets(answer->evidence);
    for (size_t i = 0; i < answer->rdata_count; i++) octets += answer->rdata[i].len;
    return octets;
}

static struct caa_store_entry *new_entry(const struct caa_store *store, uint64_t hash,
                                         const struct caa_question *question,
                                         const struct caa_answer *answer) {
    size_t octets = sizeof(struct caa_store_entry) + question->name.len;
    struct caa_store_entry *entry = calloc(1, octets);
    if (entry == NULL) return NULL;
    entry->hash = hash;
    entry->type = question->type;
    entry->group = caa_store_group_of(store, &question->name, &entry->is_suffix);
    /* Where a rule of the list is a wildcard, anybody can think of suffixes. */
    if (answer->outcome == CAA_OUTCOME_NXDOMAIN) entry->is_suffix = false;
    entry->octets = octets + MALLOC_OCTETS + answer_octets(answer);
    entry->answer = caa_answer_retain(answer);
    entry->name_len = question->name.len;
    memcpy(entry->name, question->name.wire, question->name.len);
    return entry;
}

static void insert(struct caa_store *store, struct caa_store_stripe *stripe,
                   struct caa_store_entry *entry) {
    struct caa_store_entry **bucket = &stripe->buckets[entry->hash & (store->bucket_count - 1)];
    entry->next = *bucket;
    *bucket = entry;
    entry->pot =
        entry->is_suffix ? &stripe->suffixes : &stripe->pots[entry->group % CAA_STORE_POTS];
    TAILQ_INSERT_TAIL(&entry->pot->ring, entry, link);
    entry->pot->octets += entry->octets;
    stripe->octets += entry->octets;
    stripe->entries++;
    stripe->stored++;
    caa_store_make_room(store, stripe);
}

/* Several who waited for one answer each put it: from the second on that is a use. */
static uint32_t put_again(struct caa_store *store, uint64_t hash,
                          const struct caa_question *question,
                          const struct caa_answer *answer) {
    struct caa_store_stripe *stripe = lock_stripe(store, hash);
    struct caa_store_entry *entry = find_entry(store, stripe, hash, question);
    bool is_there = entry != NULL && entry->answer == answer;
    if (is_there) count_use(entry);
    uint32_t uses = is_there ? entry->uses : 0;
    pthread_mutex_unlock(&stripe->mutex);
    return uses;
}

uint32_t caa_store_put(struct caa_store *store, const struct caa_question *question,
                       const struct caa_answer *answer, int64_t observed_us,
                       int64_t expires_us) {
    if (answer->type != question->type || !caa_name_equal(&answer->owner, &question->name))
        return 0;
    uint64_t hash = hash_of(store, question);
    uint32_t uses = put_again(store, hash, question, answer);
    if (uses > 0) return uses;
    struct caa_store_entry *entry = new_entry(store, hash, question, answer);
    if (entry == NULL) return 0;
    entry->observed_us = observed_us;
    entry->expires_us = expires_us;
    bool fits = entry->octets <= store->stripe_octets / LARGEST_PART;
    struct caa_store_stripe *stripe = lock_stripe(store, hash);
    struct caa_store_entry *old = find_entry(store, stripe, hash, question);
    if (old != NULL) caa_store_remove(store, stripe, old);
    if (fits) insert(store, stripe, entry);
    pthread_mutex_unlock(&stripe->mutex);
    if (!fits) free_entry(entry);
    return 0;
}

void caa_store_drop(struct caa_store *store, const struct caa_question *question) {
    uint64_t hash = hash_of(store, question);
    struct caa_store_stripe *stripe = lock_stripe(store, hash);
    struct caa_store_entry *entry = find_entry(store, stripe, hash, question);
    if (entry != NULL) caa_store_remove(store, stripe, entry);
    pthread_mutex_unlock(&stripe->mutex);
}

void caa_store_keep(struct caa_store *store, const struct caa_question *question,
                    int64_t due_us) {
    uint64_t hash = hash_of(store, question);
    struct caa_store_stripe *stripe = lock_stripe(store, hash);
    struct caa_store_entry *entry = find_entry(store, stripe, hash, question);
    if (entry != NULL) caa_store_keep_add(&store->keep, entry, due_us);
    pthread_mutex_unlock(&stripe->mutex);
}

void caa_store_unclaim(struct caa_store *store, const struct caa_question *question,
                       int64_t again_us) {
    uint64_t hash = hash_of(store, question);
    struct caa_store_stripe *stripe = lock_stripe(store, hash);
    struct caa_store_entry *entry = find_entry(store, stripe, hash, question);
    if (entry != NULL) caa_store_keep_unclaim(&store->keep, entry, again_us);
    pthread_mutex_unlock(&stripe->mutex);
}

void caa_store_note(struct caa_store *store, enum caa_store_event event) {
    atomic_fetch_add_explicit(&store->events[event], 1, memory_order_relaxed);
}

void caa_store_count(struct caa_store *store, struct caa_store_counters *counters) {
    *counters = (struct caa_store_counters){
        .refreshes_started = atomic_load(&store->events[CAA_STORE_REFRESH_STARTED]),
        .refreshes_succeeded = atomic_load(&store->events[CAA_STORE_REFRESH_SUCCEEDED]),
        .refreshes_failed = atomic_load(&store->events[CAA_STORE_REFRESH_FAILED]),
        .disagreements = atomic_load(&store->events[CAA_STORE_DISAGREEMENT]),
        .octets = store->own_octets,
        .kept_fresh = caa_store_kept_count(store)};
    for (size_t i = 0; i < CAA_STORE_STRIPES; i++) {
        struct caa_store_stripe *stripe = &store->stripes[i];
        pthread_mutex_lock(&stripe->mutex);
        counters->hits += stripe->hits;
        counters->misses += stripe->misses;
        counters->stored += stripe->stored;
        counters->evicted += stripe->evicted;
        counters->octets += stripe->octets;
        counters->entries += stripe->entries;
        pthread_mutex_unlock(&stripe->mutex);
    }
}
