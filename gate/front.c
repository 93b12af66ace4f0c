#include "gate/front.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#include "gate/conf.h"
#include "serve/server.h"
#include "serve/server_count.h"

enum {
    CONNECTIONS_MOST = 16384,
    LARGE_OCTETS_MOST = 64 << 20,
    SETS_MOST = 8, /* with connections that are not closed yet */
};

/* All servers with one certificate. */
struct set {
    LIST_ENTRY(set) link;
    char *certificate, *key;
    struct caa_server_tls tls;
    struct caa_server *servers[GATE_LISTEN_MAX];
    size_t count;
};

struct gate_front {
    struct gate_front_setting setting;
    struct caa_access access;
    int fds[GATE_LISTEN_MAX];
    LIST_HEAD(, set) sets; /* the first one accepts */
};

static size_t connections_of(const struct set *set) {
    size_t count = 0;
    for (size_t i = 0; i < set->count; i++)
        count += caa_server_connection_count(set->servers[i]);
    return count;
}

static void drain(struct set *set) {
    for (size_t i = 0; i < set->count; i++) caa_server_drain(set->servers[i]);
}

static void free_set(struct set *set) {
    for (size_t i = 0; i < set->count; i++) caa_server_free(set->servers[i]);
    free(set->certificate);
    free(set->key);
    free(set);
}

enum caa_err gate_front_new(struct gate_front **made,
                            const struct gate_front_setting *setting) {
    struct gate_front *front = calloc(1, sizeof *front);
    for (size_t i = 0; i < setting->listen_count; i++) {
        if (front != NULL)
            front->fds[i] = setting->listen_fds[i];
        else
            close(setting->listen_fds[i]);
        setting->listen_fds[i] = -1;
    }
    if (front == NULL) return CAA_ERR_NOMEM;
    front->setting = *setting;
    *made = front;
    return CAA_OK;
}

/* ---- servers ---- */

static enum caa_err add_server(struct gate_front *front, struct set *set,
                               struct caa_diag *diag) {
    const struct gate_front_setting *of = &front->setting;
    int fd = fcntl(front->fds[set->count], F_DUPFD_CLOEXEC, 0);
    if (fd < 0) {
        caa_diag_set(diag, "a listening socket: %s", strerror(errno));
        return CAA_ERR_EVENT;
    }
    const struct caa_server_limits limits = {.connections_most = CONNECTIONS_MOST,
                                             .connections_per_client_most =
                                                 of->connections_per_client,
                                             .large_octets_most = LARGE_OCTETS_MOST};
    const struct caa_server_setting setting = {.base = of->base,
                                               .clock = caa_clock_system(),
                                               .listen_fd = fd,
                                               .tls =
                                                   set->certificate == NULL ? NULL : &set->tls,
                                               .access = &front->access,
                                               .limits = limits,
                                               .routes = of->routes,
                                               .route_count = of->route_count,
                                               .context = of->context,
                                               .events = caa_server_count_in(of->shard)};
    enum caa_err err = caa_server_new(&set->servers[set->count], &setting, diag);
    set->count += err == CAA_OK;
    return err;
}

static struct set *make_set(const char *certificate, const char *key) {
    struct set *set = calloc(1, sizeof *set);
    if (set == NULL || certificate == NULL) return set;
    set->certificate = strdup(certificate);
    set->key = strdup(key);
    set->tls = (struct caa_server_tls){.certificate = set->certificate, .key = set->key};
    if (set->certificate != NULL && set->key != NULL) return set;
    free_set(set);
    return NULL;
}

/* Those before the first, which have nobody left. Returns how many stay. */
static size_t sweep(struct gate_front *front) {
    struct set *first = LIST_FIRST(&front->sets), *next;
    size_t count = 0;
    for (struct set *set = first; set != NULL; set = next, count++) {
        next = LIST_NEXT(set, link);
        if (set == first || connections_of(set) > 0) continue;
        LIST_REMOVE(set, link);
        free_set(set);
        count--;
    }
    return count;
}

enum caa_err gate_front_open(struct gate_front *front, const char *certificate, const char *key,
                             struct caa_diag *diag) {
    enum caa_err err = CAA_OK;
    if (sweep(front) >= SETS_MOST) {
        caa_diag_set(diag, "connections of %d certificates are still open: later", SETS_MOST);
        return CAA_ERR_LIMIT;
    }
    struct set *before = LIST_FIRST(&front->sets), *set = make_set(certificate, key);
    if (set == NULL) return CAA_ERR_NOMEM;
    for (size_t i = 0; err == CAA_OK && i < front->setting.listen_count; i++)
        err = add_server(front, set, diag);
    if (err != CAA_OK) {
        free_set(set);
        return err;
    }
    LIST_INSERT_HEAD(&front->sets, set, link);
    if (before != NULL) drain(before);
    return CAA_OK;
}

static void close_sockets(struct gate_front *front) {
    for (size_t i = 0; i < front->setting.listen_count; i++) {
        if (front->fds[i] >= 0) close(front->fds[i]);
        front->fds[i] = -1;
    }
}

void gate_front_drain(struct gate_front *front) {
    struct set *set;
    LIST_FOREACH(set, &front->sets, link) {
        drain(set);
    }
    close_sockets(front);
}

size_t gate_front_in_flight(const struct gate_front *front) {
    const struct set *set;
    size_t count = 0;
    LIST_FOREACH(set, &front->sets, link) {
        for (size_t i = 0; i < set->count; i++) count += caa_server_call_count(set->servers[i]);
    }
    return count;
}

size_t gate_front_connections(const struct gate_front *front) {
    const struct set *set;
    size_t count = 0;
    LIST_FOREACH(set, &front->sets, link) {
        count += connections_of(set);
    }
    return count;
}

void gate_front_free(struct gate_front *front) {
    if (front == NULL) return;
    while (!LIST_EMPTY(&front->sets)) {
        struct set *set = LIST_FIRST(&front->sets);
        LIST_REMOVE(set, link);
        free_set(set);
    }
    close_sockets(front);
    free(front);
}
