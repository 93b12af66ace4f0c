#include "gate/front.h"

#include <stdlib.h>

#include "gate/conf.h"
#include "serve/server.h"
#include "serve/server_count.h"

enum {
    CONNECTIONS_MOST = 16384,
    LARGE_OCTETS_MOST = 64 << 20,
};

struct gate_front {
    struct caa_access access;
    struct caa_server_tls tls;
    struct caa_server *servers[GATE_LISTEN_MAX];
    size_t count;
};

static enum caa_err add_server(struct gate_front *front, int fd,
                               const struct gate_front_setting *of, struct caa_diag *diag) {
    const struct caa_server_limits limits = {.connections_most = CONNECTIONS_MOST,
                                             .connections_per_client_most =
                                                 of->connections_per_client,
                                             .large_octets_most = LARGE_OCTETS_MOST};
    const struct caa_server_setting setting = {.base = of->base,
                                               .clock = caa_clock_system(),
                                               .listen_fd = fd,
                                               .tls =
                                                   of->certificate == NULL ? NULL : &front->tls,
                                               .access = &front->access,
                                               .limits = limits,
                                               .routes = of->routes,
                                               .route_count = of->route_count,
                                               .context = of->context,
                                               .events = caa_server_count_in(of->shard)};
    enum caa_err err = caa_server_new(&front->servers[front->count], &setting, diag);
    front->count += err == CAA_OK;
    return err;
}

enum caa_err gate_front_new(struct gate_front **made, const struct gate_front_setting *setting,
                            struct caa_diag *diag) {
    struct gate_front *front = calloc(1, sizeof *front);
    enum caa_err err = CAA_OK;
    if (front == NULL) return CAA_ERR_NOMEM;
    front->tls.certificate = setting->certificate;
    for (size_t i = 0; err == CAA_OK && i < setting->listen_count; i++) {
        int fd = setting->listen_fds[i];
        setting->listen_fds[i] = -1;
        err = add_server(front, fd, setting, diag);
    }
    if (err == CAA_OK)
        *made = front;
    else
        gate_front_free(front);
    return err;
}

void gate_front_set_certificate(struct gate_front *front, struct caa_certificate *certificate) {
    front->tls.certificate = certificate;
    for (size_t i = 0; i < front->count; i++)
        caa_server_set_certificate(front->servers[i], certificate);
}

void gate_front_drain(struct gate_front *front) {
    for (size_t i = 0; i < front->count; i++) caa_server_drain(front->servers[i]);
}

size_t gate_front_in_flight(const struct gate_front *front) {
    size_t count = 0;
    for (size_t i = 0; i < front->count; i++) count += caa_server_call_count(front->servers[i]);
    return count;
}

size_t gate_front_connections(const struct gate_front *front) {
    size_t count = 0;
    for (size_t i = 0; i < front->count; i++)
        count += caa_server_connection_count(front->servers[i]);
    return count;
}

void gate_front_free(struct gate_front *front) {
    if (front == NULL) return;
    for (size_t i = 0; i < front->count; i++) caa_server_free(front->servers[i]);
    free(front);
}
