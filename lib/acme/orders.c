#include "acme/orders.h"

#include <stdlib.h>
#include <string.h>

#include "acme/directory.h"
#include "acme/orders_state.h"
#include "base/hash.h"

/* The URLs are the server's, and the seed keeps those who can choose a part of one from filling
   a bucket. */
static uint64_t hash_of(const struct caa_orders *orders, enum caa_orders_kind kind,
                        const char *url) {
    return caa_hash(caa_slice_of(url), orders->seed + (uint64_t)kind);
}

static struct caa_orders_bucket *bucket_of(const struct caa_orders *orders, uint64_t hash) {
    return &orders->buckets[hash % orders->bucket_count];
}

enum caa_err caa_orders_new(struct caa_orders **made, size_t most, size_t octets_most,
                            uint64_t seed) {
    struct caa_orders *orders = calloc(1, sizeof *orders);
    if (orders == NULL) return CAA_ERR_NOMEM;
    orders->seed = seed;
    orders->most = most;
    orders->octets_most = octets_most;
    orders->bucket_count = most;
    TAILQ_INIT(&orders->entries);
    orders->buckets = calloc(most, sizeof *orders->buckets);
    if (orders->buckets == NULL) {
        free(orders);
        return CAA_ERR_NOMEM;
    }
    *made = orders;
    return CAA_OK;
}

static void forget(struct caa_orders *orders, struct caa_order *entry) {
    LIST_REMOVE(entry, chain);
    TAILQ_REMOVE(&orders->entries, entry, link);
    orders->count--;
    orders->octets -= entry->octets;
    for (size_t i = 0; i < entry->authorization_count; i++) free(entry->authorizations[i]);
    free(entry->authorizations);
    free(entry->authorization);
    caa_names_free(&entry->names);
    free(entry->url);
    free(entry);
}

static size_t octets_of(const struct caa_order *entry) {
    size_t octets = sizeof *entry + strlen(entry->url) + 1;
    octets += entry->names.size * sizeof entry->names.names[0];
    if (entry->authorization != NULL) octets += strlen(entry->authorization) + 1;
    for (size_t i = 0; i < entry->authorization_count; i++)
        octets += sizeof entry->authorizations[i] + strlen(entry->authorizations[i]) + 1;
    return octets;
}

struct caa_order *caa_orders_get(struct caa_orders *orders, enum caa_orders_kind kind,
                                 const char *url) {
    uint64_t hash = hash_of(orders, kind, url);
    struct caa_order *entry;
    LIST_FOREACH(entry, bucket_of(orders, hash), chain) {
        if (entry->hash != hash || entry->kind != kind || strcmp(entry->url, url) != 0)
            continue;
        TAILQ_REMOVE(&orders->entries, entry, link);
        TAILQ_INSERT_TAIL(&orders->entries, entry, link);
        return entry;
    }
    return NULL;
}

struct caa_order *caa_orders_put(struct caa_orders *orders, enum caa_orders_kind kind,
                                 const char *url) {
    struct caa_order *entry = caa_orders_get(orders, kind, url);
    if (entry != NULL || strlen(url) >= CAA_PATH_MAX) return entry;
    entry = calloc(1, sizeof *entry);
    if (entry == NULL) return NULL;
    entry->url = strdup(url);
    if (entry->url == NULL) {
        free(entry);
        return NULL;
    }
    if (orders->count == orders->most) forget(orders, TAILQ_FIRST(&orders->entries));
    entry->kind = kind;
    entry->hash = hash_of(orders, kind, url);
    LIST_INSERT_HEAD(bucket_of(orders, entry->hash), entry, chain);
    TAILQ_INSERT_TAIL(&orders->entries, entry, link);
    orders->count++;
    entry->octets = octets_of(entry);
    orders->octets += entry->octets;
    return entry;
}

void caa_orders_settle(struct caa_orders *orders, struct caa_order *entry) {
    orders->octets -= entry->octets;
    entry->octets = octets_of(entry);
    orders->octets += entry->octets;
    while (orders->octets > orders->octets_most) forget(orders, TAILQ_FIRST(&orders->entries));
}

size_t caa_orders_octets(const struct caa_orders *orders) {
    return orders->octets;
}

const struct caa_order *caa_orders_find(struct caa_orders *orders, const char *url) {
    return caa_orders_get(orders, CAA_ORDERS_ORDER, url);
}

const struct caa_names *caa_order_names(const struct caa_order *order) {
    return &order->names;
}

const char *caa_orders_method(struct caa_orders *orders, const struct caa_order *order,
                              const char *name) {
    for (size_t i = 0; i < order->authorization_count; i++) {
        const struct caa_order *authorization =
            caa_orders_get(orders, CAA_ORDERS_AUTHORIZATION, order->authorizations[i]);
        if (authorization == NULL || authorization->names.count == 0 ||
            strcmp(authorization->names.names[0].text, name) != 0)
            continue;
        return authorization->has_method && !authorization->methods_differ
                   ? authorization->method
                   : NULL;
    }
    return NULL;
}

const struct caa_names *caa_orders_challenge(struct caa_orders *orders, const char *url,
                                             const char **type) {
    const struct caa_order *challenge = caa_orders_get(orders, CAA_ORDERS_CHALLENGE, url);
    const struct caa_order *authorization =
        challenge == NULL || challenge->authorization == NULL
            ? NULL
            : caa_orders_get(orders, CAA_ORDERS_AUTHORIZATION, challenge->authorization);
    if (authorization == NULL || authorization->names.count == 0) return NULL;
    *type = challenge->method[0] == '\0' ? NULL : challenge->method;
    return &authorization->names;
}

void caa_orders_free(struct caa_orders *orders) {
    if (orders == NULL) return;
    while (!TAILQ_EMPTY(&orders->entries)) /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
        forget(orders, TAILQ_FIRST(&orders->entries));
    free(orders->buckets);
    free(orders);
}
