/* Inside acme: the table of orders, and what is in it. */
#ifndef CAA_ACME_ORDERS_STATE_H
#define CAA_ACME_ORDERS_STATE_H

#include <sys/queue.h>

#include "acme/orders.h"

enum caa_orders_kind {
    CAA_ORDERS_ORDER,         /* by the URL where it is finalized */
    CAA_ORDERS_AUTHORIZATION, /* by its own */
    CAA_ORDERS_CHALLENGE,     /* likewise */
};

enum { CAA_ORDERS_METHOD_MAX = 32 };

struct caa_order {
    LIST_ENTRY(caa_order) chain; /* in its bucket */
    TAILQ_ENTRY(caa_order) link; /* the one that was used last is at the end */
    enum caa_orders_kind kind;
    uint64_t hash;
    size_t octets; /* that it takes up, as far as they have been counted */
    char *url;
    struct caa_names names; /* of an order; of an authorization its one name */
    char **authorizations;  /* of an order: URLs */
    size_t authorization_count;
    char *authorization;                /* of a challenge: whose it is */
    char method[CAA_ORDERS_METHOD_MAX]; /* of an authorization: what was seen valid; of a
                                           challenge: its type, "" where it is not known */
    bool has_method, methods_differ;    /* of an authorization */
};

LIST_HEAD(caa_orders_bucket, caa_order);

struct caa_orders {
    uint64_t seed;
    size_t most, count, bucket_count;
    size_t octets_most, octets;
    struct caa_orders_bucket *buckets;
    TAILQ_HEAD(, caa_order) entries;
};

/* The entry, as the one used last; NULL: there is none. */
struct caa_order *caa_orders_get(struct caa_orders *orders, enum caa_orders_kind kind,
                                 const char *url);

/* The entry, made empty where there was none; NULL when out of memory, or where the URL is too
   long. The oldest may have gone for it. */
struct caa_order *caa_orders_put(struct caa_orders *orders, enum caa_orders_kind kind,
                                 const char *url);

/* Counts the octets of an entry that has been filled, and forgets the oldest for them: this one
   too, where it needs more than there are. */
void caa_orders_settle(struct caa_orders *orders, struct caa_order *entry);

#endif
