#include "serve/dns_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libknot/libknot.h>

#include "serve/dns_server_state.h"

enum {
    UDP_OCTETS_LEAST = 512,
    BACKLOG = 256,
    ADDRESS_TEXT_MAX = 64,
    RECEIVE_OCTETS = 1 << 20,
    PORTS_TRIED = 16,
};

/* --- one message */

bool caa_dns_server_allows(const struct caa_dns_server *server,
                           const struct sockaddr *address) {
    if (server->setting.allowed_count == 0) return caa_address_is_loopback(address);
    return caa_address_range_any_holds(server->allowed, server->setting.allowed_count, address);
}

static void count_transport(struct caa_dns_server *server, enum caa_dns_transport transport) {
    caa_dns_count(server->setting.counters, transport == CAA_DNS_UDP   ? CAA_DNS_COUNTER_UDP
                                            : transport == CAA_DNS_TCP ? CAA_DNS_COUNTER_TCP
                                                                       : CAA_DNS_COUNTER_DOH);
}

/* The largest reply that the client can take. */
static size_t reply_octets(const struct caa_dns_server *server,
                           const struct caa_dns_client *client,
                           const struct caa_dns_query *query) {
    if (client->transport != CAA_DNS_UDP) return CAA_DNS_REPLY_OCTETS_MOST;
    size_t most = server->setting.udp_octets_most;
    return query->udp_octets < most ? query->udp_octets : most;
}

static enum caa_dns_taken refuse(struct caa_dns_server *server,
                                 const struct caa_dns_query *query, uint16_t rcode,
                                 enum caa_dns_counter counter, const uint8_t **wire,
                                 struct caa_dns_reply *reply) {
    caa_dns_count(server->setting.counters, counter);
    *reply = caa_dns_reply_refusal(query, rcode, server->wire, sizeof server->wire);
    *wire = server->wire;
    return reply->len == 0 ? CAA_DNS_TAKEN_DROPPED : CAA_DNS_TAKEN_REPLY;
}

static enum caa_dns_taken deny(struct caa_dns_server *server, const struct caa_dns_query *query,
                               const uint8_t **wire, struct caa_dns_reply *reply) {
    caa_dns_count(server->setting.counters, CAA_DNS_COUNTER_ANSWERED);
    *reply = caa_dns_reply_onion(query, server->wire, sizeof server->wire);
    *wire = server->wire;
    return reply->len == 0 ? CAA_DNS_TAKEN_DROPPED : CAA_DNS_TAKEN_REPLY;
}

static bool asks_too_often(struct caa_dns_server *server, const struct sockaddr *address) {
    if (server->setting.rate == NULL) return false;
    uint8_t octets[16];
    size_t len = caa_address_network(address, octets);
    return caa_rate_take(server->setting.rate, caa_slice_bytes(octets, len),
                         caa_clock_monotonic_us(server->setting.clock)) > 0;
}

enum caa_dns_taken caa_dns_server_take(struct caa_dns_server *server,
                                       const struct caa_dns_client *client,
                                       const uint8_t *octets, size_t len, caa_dns_done *done,
                                       void *context, struct caa_dns_ask **ask,
                                       const uint8_t **wire, struct caa_dns_reply *reply) {
    const struct sockaddr *address = (const struct sockaddr *)&client->address;
    struct caa_dns_counters *counters = server->setting.counters;
    struct caa_dns_query query;
    count_transport(server, client->transport);
    if (asks_too_often(server, address)) {
        caa_dns_count(counters, CAA_DNS_COUNTER_RATE_LIMITED);
        return CAA_DNS_TAKEN_RATE_LIMITED;
    }
    enum caa_dns_fate fate = caa_dns_query_read(&query, octets, len);
    if (fate == CAA_DNS_DROP) {
        caa_dns_count(counters, CAA_DNS_COUNTER_DROPPED);
        return CAA_DNS_TAKEN_DROPPED;
    }
    if (!caa_dns_server_allows(server, address)) {
        refuse(server, &query, KNOT_RCODE_REFUSED, CAA_DNS_COUNTER_NOT_ALLOWED, wire, reply);
        return CAA_DNS_TAKEN_NOT_ALLOWED;
    }
    if (fate == CAA_DNS_NO_NAME) return deny(server, &query, wire, reply);
    if (fate == CAA_DNS_REFUSE)
        return refuse(server, &query, query.rcode, CAA_DNS_COUNTER_REFUSED, wire, reply);
    enum caa_err err =
        caa_dns_responder_ask(server->responder, &query, client,
                              reply_octets(server, client, &query), done, context, ask);
    if (err == CAA_OK) return CAA_DNS_TAKEN_ASK;
    return refuse(server, &query, KNOT_RCODE_SERVFAIL, CAA_DNS_COUNTER_OVERLOADED, wire, reply);
}

/* --- sockets */

socklen_t caa_dns_address_octets(const struct sockaddr_storage *address) {
    return address->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6)
                                          : sizeof(struct sockaddr_in);
}

static int open_socket(int type, const struct sockaddr_storage *address) {
    const int yes = 1;
    int fd = socket(address->ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    bool ok = setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes) == 0;
    if (type == SOCK_STREAM)
        ok = ok && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0;
    if (address->ss_family == AF_INET6)
        ok = ok && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes) == 0;
    if (ok) return fd;
    close(fd);
    return -1;
}

int caa_dns_socket(int type, struct sockaddr_storage *address) {
    socklen_t octets = caa_dns_address_octets(address);
    int fd = open_socket(type, address);
    if (fd >= 0 && bind(fd, (const struct sockaddr *)address, octets) == 0 &&
        (type != SOCK_STREAM || listen(fd, BACKLOG) == 0) &&
        getsockname(fd, (struct sockaddr *)address, &octets) == 0)
        return fd;
    int reason = errno;
    if (fd >= 0) close(fd);
    errno = reason;
    return -1;
}

static void address_to_text(const struct sockaddr_storage *address,
                            char text[ADDRESS_TEXT_MAX]) {
    char host[INET6_ADDRSTRLEN] = "?";
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;
    bool is_v4 = address->ss_family == AF_INET;
    inet_ntop(address->ss_family, is_v4 ? (const void *)&v4->sin_addr : &v6->sin6_addr, host,
              sizeof host);
    snprintf(text, ADDRESS_TEXT_MAX, is_v4 ? "%s:%u" : "[%s]:%u", host,
             ntohs(is_v4 ? v4->sin_port : v6->sin6_port));
}

static enum caa_err cannot_listen(const struct sockaddr_storage *address, const char *over,
                                  struct caa_diag *diag) {
    char text[ADDRESS_TEXT_MAX];
    int reason = errno;
    address_to_text(address, text);
    caa_diag_set(diag, "cannot listen on %s over %s: %s", text, over, strerror(reason));
    return CAA_ERR_EVENT;
}

/* Forged ICMP must not make us send fragments; a short queue loses bursts. Neither is worth a
   refusal to start. */
static enum caa_err serve_udp(struct caa_dns_server *server, struct caa_dns_listener *listener,
                              int fd) {
    const int omit = IP_PMTUDISC_OMIT, octets = RECEIVE_OCTETS;
    setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &omit, sizeof omit);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &octets, sizeof octets);
    return caa_dns_udp_new(&listener->udp, server, fd);
}

static bool port_is_any(const struct sockaddr_storage *address) {
    /* The port is at one place in both families. */
    return ((const struct sockaddr_in *)address)->sin_port == 0;
}

/* TCP first: where the port is any, UDP gets that which TCP got, unless somebody has it. */
static enum caa_err bind_both(struct caa_dns_listener *listener, int *tcp, int *udp,
                              struct caa_diag *diag) {
    const struct sockaddr_storage wanted = listener->address;
    for (int tried = 0; tried < PORTS_TRIED; tried++) {
        listener->address = wanted;
        *tcp = caa_dns_socket(SOCK_STREAM, &listener->address);
        if (*tcp < 0) return cannot_listen(&listener->address, "TCP", diag);
        *udp = caa_dns_socket(SOCK_DGRAM, &listener->address);
        if (*udp >= 0) return CAA_OK;
        int reason = errno;
        close(*tcp);
        errno = reason;
        if (reason != EADDRINUSE || !port_is_any(&wanted)) break;
    }
    return cannot_listen(&listener->address, "UDP", diag);
}

static enum caa_err listen_on(struct caa_dns_server *server, struct caa_dns_listener *listener,
                              struct caa_diag *diag) {
    int tcp, udp;
    enum caa_err err = bind_both(listener, &tcp, &udp, diag);
    if (err != CAA_OK) return err;
    err = caa_dns_tcp_new(&listener->tcp, server, tcp);
    if (err == CAA_OK) return serve_udp(server, listener, udp);
    close(udp);
    return err;
}

static enum caa_err listen_on_all(struct caa_dns_server *server, struct caa_diag *diag) {
    const struct caa_dns_server_setting *setting = &server->setting;
    enum caa_err err = CAA_OK;
    for (size_t i = 0; err == CAA_OK && i < setting->address_count; i++) {
        struct caa_dns_listener *listener = &server->listeners[server->listener_count++];
        listener->address = setting->addresses[i];
        err = listen_on(server, listener, diag);
    }
    return err;
}

/* Takes all of them, whatever happens. */
static enum caa_err take_sockets(struct caa_dns_server *server) {
    const struct caa_dns_server_setting *setting = &server->setting;
    enum caa_err err = CAA_OK;
    for (size_t i = 0; i < setting->socket_count; i++) {
        struct caa_dns_listener *listener = &server->listeners[server->listener_count++];
        socklen_t octets = sizeof listener->address;
        getsockname(setting->udp[i], (struct sockaddr *)&listener->address, &octets);
        enum caa_err tcp = caa_dns_tcp_new(&listener->tcp, server, setting->tcp[i]);
        enum caa_err udp = serve_udp(server, listener, setting->udp[i]);
        if (err == CAA_OK) err = tcp != CAA_OK ? tcp : udp;
    }
    return err;
}

/* --- making and freeing */

/* No open resolver by accident. */
static enum caa_err check_exposure(const struct caa_dns_server_setting *setting,
                                   struct caa_diag *diag) {
    for (size_t i = 0; setting->allowed_count == 0 && i < setting->address_count; i++) {
        char text[ADDRESS_TEXT_MAX];
        if (caa_address_is_loopback((const struct sockaddr *)&setting->addresses[i])) continue;
        address_to_text(&setting->addresses[i], text);
        caa_diag_set(diag,
                     "%s is not of this machine alone: to listen there, say who may ask (an "
                     "access list)",
                     text);
        return CAA_ERR_OPTION;
    }
    return CAA_OK;
}

static uint32_t or_default(uint32_t number, uint32_t fallback) {
    return number == 0 ? fallback : number;
}

static enum caa_err settle(struct caa_dns_server *server, struct caa_diag *diag) {
    struct caa_dns_server_setting *setting = &server->setting;
    setting->udp_octets_most = or_default(setting->udp_octets_most, CAA_DNS_UDP_OCTETS_DEFAULT);
    setting->idle_ms = or_default(setting->idle_ms, CAA_DNS_IDLE_MS_DEFAULT);
    setting->connections_most =
        or_default(setting->connections_most, CAA_DNS_CONNECTIONS_MOST_DEFAULT);
    if (setting->udp_octets_most < UDP_OCTETS_LEAST ||
        setting->udp_octets_most > CAA_DNS_UDP_OCTETS_MOST) {
        caa_diag_set(diag, "%u octets is no size for replies over UDP: %d to %d",
                     setting->udp_octets_most, UDP_OCTETS_LEAST, CAA_DNS_UDP_OCTETS_MOST);
        return CAA_ERR_OPTION;
    }
    return caa_dns_server_set_allowed(server, setting->allowed, setting->allowed_count);
}

enum caa_err caa_dns_server_set_allowed(struct caa_dns_server *server,
                                        const struct caa_address_range *allowed, size_t count) {
    struct caa_address_range *copy = calloc(count + 1, sizeof *copy);
    if (copy == NULL) return CAA_ERR_NOMEM;
    if (count > 0) memcpy(copy, allowed, count * sizeof *copy);
    free(server->allowed);
    server->allowed = copy;
    server->setting.allowed_count = count;
    return CAA_OK;
}

static enum caa_err make_responder(struct caa_dns_server *server) {
    const struct caa_dns_server_setting *setting = &server->setting;
    struct caa_dns_responder_setting responder = {.base = setting->base,
                                                  .clock = setting->clock,
                                                  .lookup = setting->lookup,
                                                  .deadline_ms = setting->deadline_ms,
                                                  .seed = setting->seed,
                                                  .record = setting->record,
                                                  .record_context = setting->record_context,
                                                  .counters = setting->counters};
    return caa_dns_responder_new(&server->responder, &responder);
}

enum caa_err caa_dns_server_new(struct caa_dns_server **made,
                                const struct caa_dns_server_setting *setting,
                                struct caa_diag *diag) {
    enum caa_err err = check_exposure(setting, diag);
    if (err != CAA_OK) return err;
    struct caa_dns_server *server = calloc(1, sizeof *server);
    if (server == NULL) return CAA_ERR_NOMEM;
    server->setting = *setting;
    TAILQ_INIT(&server->connections);
    server->listeners =
        calloc(setting->address_count + setting->socket_count + 1, sizeof *server->listeners);
    err = server->listeners == NULL ? CAA_ERR_NOMEM : take_sockets(server);
    if (err == CAA_OK) err = settle(server, diag);
    if (err == CAA_OK) err = make_responder(server);
    if (err == CAA_OK)
        err =
            caa_crowd_new(&server->crowd, setting->connections_per_client_most, setting->seed);
    if (err == CAA_OK) err = listen_on_all(server, diag);
    server->setting.addresses = NULL;
    server->setting.allowed = NULL;
    if (err == CAA_OK)
        *made = server;
    else
        caa_dns_server_free(server);
    return err;
}

bool caa_dns_server_address(const struct caa_dns_server *server, size_t index,
                            struct sockaddr_storage *address) {
    if (index >= server->listener_count) return false;
    *address = server->listeners[index].address;
    return true;
}

void caa_dns_server_stop(struct caa_dns_server *server) {
    for (size_t i = 0; i < server->listener_count; i++) {
        caa_dns_udp_stop(server->listeners[i].udp);
        caa_dns_tcp_stop(server->listeners[i].tcp);
    }
}

void caa_dns_server_give_up(struct caa_dns_server *server) {
    caa_dns_responder_give_up(server->responder, "the server is being stopped");
}

size_t caa_dns_server_waiting(const struct caa_dns_server *server) {
    size_t waiting = caa_dns_responder_waiting(server->responder);
    for (size_t i = 0; i < server->listener_count; i++)
        waiting += caa_dns_tcp_unsent(server->listeners[i].tcp);
    return waiting;
}

const struct caa_dns_counters *caa_dns_server_counters(const struct caa_dns_server *server) {
    return server->setting.counters;
}

void caa_dns_server_free(struct caa_dns_server *server) {
    if (server == NULL) return;
    for (size_t i = 0; i < server->listener_count; i++) {
        caa_dns_udp_free(server->listeners[i].udp);
        caa_dns_tcp_free(server->listeners[i].tcp);
    }
    caa_dns_responder_free(server->responder);
    caa_crowd_free(server->crowd);
    free(server->listeners);
    free(server->allowed);
    free(server);
}
