#include "resolve/store_table.h"

#include <stdlib.h>

/* A little more than an entry without records needs. */
enum { OCTETS_PER_BUCKET = 1024, BUCKETS_LEAST = 16 };

static size_t bucket_count(size_t octets_most) {
    size_t wanted = octets_most / CAA_STORE_STRIPES / OCTETS_PER_BUCKET, count = BUCKETS_LEAST;
    while (count < wanted) count *= 2;
    return count;
}

static bool set_up_stripe(struct caa_store_stripe *stripe, size_t buckets) {
    stripe->buckets = calloc(buckets, sizeof(struct caa_store_entry *));
    if (stripe->buckets == NULL) return false;
    pthread_mutex_init(&stripe->mutex, NULL);
    TAILQ_INIT(&stripe->suffixes.ring);
    for (size_t i = 0; i < CAA_STORE_POTS; i++) TAILQ_INIT(&stripe->pots[i].ring);
    return true;
}

static bool set_up_keep(struct caa_store_keep *keep, size_t most) {
    if (most > 0) keep->slots = calloc(most, sizeof *keep->slots);
    if (most > 0 && keep->slots == NULL) return false;
    pthread_mutex_init(&keep->mutex, NULL);
    keep->most = most;
    return true;
}

/* False where memory ran out; caa_store_free copes with the rest. */
static bool set_up(struct caa_store *store) {
    if (!set_up_keep(&store->keep, store->setting.fresh_most)) return false;
    for (size_t i = 0; i < CAA_STORE_STRIPES; i++)
        if (!set_up_stripe(&store->stripes[i], store->bucket_count)) return false;
    return true;
}

enum caa_err caa_store_new(struct caa_store **made, const struct caa_store_setting *setting) {
    if (setting->octets_most < CAA_STORE_OCTETS_LEAST) return CAA_ERR_LIMIT;
    size_t buckets = bucket_count(setting->octets_most), slots;
    if (__builtin_mul_overflow(setting->fresh_most, sizeof(struct caa_store_slot), &slots))
        return CAA_ERR_LIMIT;
    size_t own = sizeof(struct caa_store) +
                 CAA_STORE_STRIPES * buckets * sizeof(struct caa_store_entry *) + slots;
    if (own < slots || own > setting->octets_most / 2) return CAA_ERR_LIMIT;
    struct caa_store *store = calloc(1, sizeof *store);
    if (store == NULL) return CAA_ERR_NOMEM;
    store->setting = *setting;
    store->bucket_count = buckets;
    store->own_octets = own;
    store->stripe_octets = (setting->octets_most - own) / CAA_STORE_STRIPES;
    if (!set_up(store)) {
        caa_store_free(store);
        return CAA_ERR_NOMEM;
    }
    *made = store;
    return CAA_OK;
}

static void free_stripe(struct caa_store *store, struct caa_store_stripe *stripe) {
    for (size_t i = 0; i < store->bucket_count; i++)
        while (stripe->buckets[i] != NULL) caa_store_remove(store, stripe, stripe->buckets[i]);
    free(stripe->buckets);
    pthread_mutex_destroy(&stripe->mutex);
}

void caa_store_free(struct caa_store *store) {
    if (store == NULL) return;
    for (size_t i = 0; i < CAA_STORE_STRIPES; i++)
        if (store->stripes[i].buckets != NULL) free_stripe(store, &store->stripes[i]);
    if (store->keep.most > 0) pthread_mutex_destroy(&store->keep.mutex);
    free(store->keep.slots);
    free(store);
}
