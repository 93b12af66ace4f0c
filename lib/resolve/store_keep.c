#include "resolve/store_table.h"

#include <string.h>

enum { GROUP_PART = 8 }; /* one registrable domain has 1/8 of the places at most */

static void vacate(struct caa_store_keep *keep, struct caa_store_slot *slot) {
    atomic_store(&slot->entry->slot, NULL);
    slot->entry = NULL;
    atomic_fetch_sub(&keep->count, 1);
}

/* A place that nobody has. */
static struct caa_store_slot *find_free(struct caa_store_keep *keep) {
    if (atomic_load(&keep->count) >= keep->most) return NULL;
    for (size_t i = 0; i < keep->most; i++)
        if (keep->slots[i].entry == NULL) return &keep->slots[i];
    return NULL;
}

/* For a public suffix: the place of a name that is none. */
static struct caa_store_slot *displace(struct caa_store_keep *keep) {
    for (size_t i = 0; i < keep->most; i++) {
        struct caa_store_slot *slot = &keep->slots[i];
        if (slot->is_suffix || slot->claimed) continue;
        vacate(keep, slot);
        return slot;
    }
    return NULL;
}

static bool group_has_its_share(const struct caa_store_keep *keep, uint64_t group) {
    size_t held = 0;
    for (size_t i = 0; i < keep->most; i++)
        held += keep->slots[i].entry != NULL && !keep->slots[i].is_suffix &&
                keep->slots[i].group == group;
    return held >= (keep->most + GROUP_PART - 1) / GROUP_PART;
}

static struct caa_store_slot *find_place(struct caa_store_keep *keep,
                                         const struct caa_store_entry *entry) {
    if (!entry->is_suffix && group_has_its_share(keep, entry->group)) return NULL;
    struct caa_store_slot *slot = find_free(keep);
    return slot == NULL && entry->is_suffix ? displace(keep) : slot;
}

void caa_store_keep_add(struct caa_store_keep *keep, struct caa_store_entry *entry,
                        int64_t due_us) {
    pthread_mutex_lock(&keep->mutex);
    struct caa_store_slot *slot =
        atomic_load(&entry->slot) == NULL ? find_place(keep, entry) : NULL;
    if (slot != NULL) {
        *slot = (struct caa_store_slot){.entry = entry,
                                        .due_us = due_us,
                                        .expires_us = entry->expires_us,
                                        .group = entry->group,
                                        .is_suffix = entry->is_suffix};
        atomic_store(&entry->slot, slot);
        atomic_fetch_add(&keep->count, 1);
    }
    pthread_mutex_unlock(&keep->mutex);
}

void caa_store_keep_remove(struct caa_store_keep *keep, struct caa_store_entry *entry) {
    /* Only who holds the stripe's lock sets it, and that is us: NULL stays NULL. */
    if (atomic_load(&entry->slot) == NULL) return;
    pthread_mutex_lock(&keep->mutex);
    struct caa_store_slot *slot = atomic_load(&entry->slot);
    if (slot != NULL) vacate(keep, slot);
    pthread_mutex_unlock(&keep->mutex);
}

void caa_store_keep_unclaim(struct caa_store_keep *keep, struct caa_store_entry *entry,
                            int64_t again_us) {
    pthread_mutex_lock(&keep->mutex);
    struct caa_store_slot *slot = atomic_load(&entry->slot);
    if (slot != NULL && slot->claimed) {
        slot->claimed = false;
        slot->failures++;
        slot->due_us = again_us;
        if (again_us >= slot->expires_us) vacate(keep, slot);
    }
    pthread_mutex_unlock(&keep->mutex);
}

/* The first is to be asked before the second. */
static bool comes_first(const struct caa_store_slot *a, const struct caa_store_slot *b) {
    return a->is_suffix != b->is_suffix ? a->is_suffix : a->due_us < b->due_us;
}

/* The most urgent one that is due; those that have expired lose their places on the way. */
static struct caa_store_slot *find_due(struct caa_store_keep *keep, int64_t now_us) {
    struct caa_store_slot *best = NULL;
    for (size_t i = 0; i < keep->most; i++) {
        struct caa_store_slot *slot = &keep->slots[i];
        if (slot->entry == NULL || slot->claimed || slot->due_us > now_us) continue;
        if (slot->expires_us <= now_us)
            vacate(keep, slot);
        else if (best == NULL || comes_first(slot, best))
            best = slot;
    }
    return best;
}

bool caa_store_claim(struct caa_store *store, int64_t now_us, struct caa_store_claim *claim) {
    struct caa_store_keep *keep = &store->keep;
    if (atomic_load(&keep->count) == 0) return false;
    pthread_mutex_lock(&keep->mutex);
    struct caa_store_slot *slot = find_due(keep, now_us);
    if (slot != NULL) {
        /* An entry loses its place before it is freed, and its name never changes. */
        slot->claimed = true;
        *claim = (struct caa_store_claim){.failures = slot->failures};
        claim->question.type = slot->entry->type;
        claim->question.name.len = slot->entry->name_len;
        memcpy(claim->question.name.wire, slot->entry->name, slot->entry->name_len);
    }
    pthread_mutex_unlock(&keep->mutex);
    return slot != NULL;
}

size_t caa_store_kept_count(const struct caa_store *store) {
    return atomic_load(&store->keep.count);
}
