#include "serve/crowd.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/hash.h"
#include "serve/address_range.h"

enum { BUCKETS = 1024 };

struct caa_crowd_client {
    LIST_ENTRY(caa_crowd_client) link;
    uint8_t network[16];
    size_t network_len;
    uint32_t count; /* not 0 */
};

LIST_HEAD(client_list, caa_crowd_client);

struct caa_crowd {
    uint64_t seed;
    uint32_t each_most;
    struct client_list buckets[BUCKETS];
};

enum caa_err caa_crowd_new(struct caa_crowd **made, uint32_t each_most, uint64_t seed) {
    struct caa_crowd *crowd = calloc(1, sizeof *crowd);
    if (crowd == NULL) return CAA_ERR_NOMEM;
    crowd->seed = seed;
    crowd->each_most = each_most;
    *made = crowd;
    return CAA_OK;
}

static size_t bucket_of(const struct caa_crowd *crowd, const uint8_t *network, size_t len) {
    return caa_hash(caa_slice_bytes(network, len), crowd->seed) % BUCKETS;
}

static struct caa_crowd_client *find(const struct caa_crowd *crowd, const uint8_t *network,
                                     size_t len) {
    struct caa_crowd_client *client;
    LIST_FOREACH(client, &crowd->buckets[bucket_of(crowd, network, len)], link)
    if (client->network_len == len && memcmp(client->network, network, len) == 0) break;
    return client;
}

const struct caa_crowd_client *caa_crowd_find(const struct caa_crowd *crowd,
                                              const struct sockaddr *address) {
    uint8_t network[16];
    size_t len = caa_address_network(address, network);
    return len == 0 ? NULL : find(crowd, network, len);
}

bool caa_crowd_has_room(const struct caa_crowd *crowd, const struct sockaddr *address) {
    const struct caa_crowd_client *client =
        crowd->each_most == 0 ? NULL : caa_crowd_find(crowd, address);
    return client == NULL || client->count < crowd->each_most;
}

struct caa_crowd_client *caa_crowd_enter(struct caa_crowd *crowd,
                                         const struct sockaddr *address) {
    uint8_t network[16];
    size_t len = caa_address_network(address, network);
    if (len == 0) return NULL;
    struct caa_crowd_client *client = find(crowd, network, len);
    if (client == NULL) {
        client = calloc(1, sizeof *client);
        if (client == NULL) return NULL;
        memcpy(client->network, network, len);
        client->network_len = len;
        LIST_INSERT_HEAD(&crowd->buckets[bucket_of(crowd, network, len)], client, link);
    }
    client->count++;
    return client;
}

void caa_crowd_leave(struct caa_crowd_client *client) {
    if (client == NULL || --client->count > 0) return;
    LIST_REMOVE(client, link);
    free(client);
}

void caa_crowd_free(struct caa_crowd *crowd) {
    free(crowd);
}
