#include "resolve/store_table.h"

/* No rule of the public suffix list is longer. */
enum { SUFFIX_LABELS_MOST = 8 };

static bool is_suffix_here(const struct caa_store *store, const struct caa_name *name) {
    if (caa_name_is_root(name)) return true;
    if (store->setting.is_public_suffix == NULL) return caa_name_label_count(name) == 1;
    return store->setting.is_public_suffix(name, store->setting.suffix_context);
}

uint64_t caa_store_group_of(const struct caa_store *store, const struct caa_name *name,
                            bool *is_suffix) {
    struct caa_name domain = *name, above = *name;
    for (size_t labels = caa_name_label_count(name); labels > SUFFIX_LABELS_MOST; labels--)
        caa_name_parent(&domain, &domain);
    above = domain;
    *is_suffix = name->len == domain.len && is_suffix_here(store, name);
    if (*is_suffix) {
        caa_name_parent(&domain, &domain);
        return caa_name_hash(&domain, store->setting.seed);
    }
    while (caa_name_parent(&above, &above) && !is_suffix_here(store, &above)) domain = above;
    return caa_name_hash(&domain, store->setting.seed);
}

/* Who pays: the pot that holds the most; the suffixes where they hold more than half, which
   they do where nothing else is there. */
static struct caa_store_pot *find_payer(const struct caa_store *store,
                                        struct caa_store_stripe *stripe) {
    struct caa_store_pot *payer = &stripe->pots[0];
    for (size_t i = 1; i < CAA_STORE_POTS; i++)
        if (stripe->pots[i].octets > payer->octets) payer = &stripe->pots[i];
    return stripe->suffixes.octets > store->stripe_octets / 2 ? &stripe->suffixes : payer;
}

/* What was used since it was last looked at gets a second chance. */
static void evict_one(struct caa_store *store, struct caa_store_stripe *stripe,
                      struct caa_store_pot *pot) {
    struct caa_store_entry *entry;
    while ((entry = TAILQ_FIRST(&pot->ring))->used_lately) {
        entry->used_lately = false;
        TAILQ_REMOVE(&pot->ring, entry, link);
        TAILQ_INSERT_TAIL(&pot->ring, entry, link);
    }
    caa_store_remove(store, stripe, entry);
    stripe->evicted++;
}

void caa_store_make_room(struct caa_store *store, struct caa_store_stripe *stripe) {
    while (stripe->octets > store->stripe_octets)
        evict_one(store, stripe, find_payer(store, stripe));
}
