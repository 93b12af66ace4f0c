#include "daemon/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { BACKLOG = 4096 };

static bool is_loopback(const struct sockaddr_storage *address) {
    if (address->ss_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)address;
        return ntohl(in->sin_addr.s_addr) >> 24 == 127;
    }
    return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)address)->sin6_addr);
}

/* Cuts "[::1]:8257" in two; false where it does not look like that. */
static bool split(const char *text, char host[INET6_ADDRSTRLEN], const char **port) {
    const char *colon = strrchr(text, ':');
    bool in_brackets = text[0] == '[';
    if (colon == NULL || (in_brackets && colon[-1] != ']')) return false;
    size_t len = (size_t)(colon - text) - (in_brackets ? 2 : 0);
    if (len >= INET6_ADDRSTRLEN) return false;
    memcpy(host, text + in_brackets, len);
    host[len] = '\0';
    *port = colon + 1;
    return in_brackets == (strchr(host, ':') != NULL);
}

enum caa_err caad_address_read(struct caad_address *address, const char *text,
                               struct caa_diag *diag) {
    const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
                                   .ai_socktype = SOCK_STREAM};
    char host[INET6_ADDRSTRLEN];
    const char *port;
    struct addrinfo *found;
    *address = (struct caad_address){0};
    if (!split(text, host, &port) || host[0] == '\0' || port[0] == '\0' ||
        getaddrinfo(host, port, &hints, &found) != 0) {
        caa_diag_set(diag, "'%s' is neither like 127.0.0.1:8257 nor like [::1]:8257", text);
        return CAA_ERR_SYNTAX;
    }
    memcpy(&address->address, found->ai_addr, found->ai_addrlen);
    address->octets = found->ai_addrlen;
    address->is_loopback = is_loopback(&address->address);
    freeaddrinfo(found);
    return CAA_OK;
}

static bool set_option(int fd, int level, int option) {
    const int on = 1;
    return setsockopt(fd, level, option, &on, sizeof on) == 0;
}

static bool prepare(int fd, const struct caad_address *address, int type) {
    bool is_ipv6 = address->address.ss_family == AF_INET6;
    return set_option(fd, SOL_SOCKET, SO_REUSEADDR) &&
           set_option(fd, SOL_SOCKET, SO_REUSEPORT) &&
           (!is_ipv6 || set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY)) &&
           bind(fd, (const struct sockaddr *)&address->address, address->octets) == 0 &&
           (type != SOCK_STREAM || listen(fd, BACKLOG) == 0);
}

static enum caa_err listen_at(int *fd, const struct caad_address *address, int type,
                              const char *text, struct caa_diag *diag) {
    *fd = socket(address->address.ss_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (*fd >= 0 && prepare(*fd, address, type)) return CAA_OK;
    caa_diag_set(diag, "cannot listen on %s (%s): %s", text,
                 type == SOCK_STREAM ? "TCP" : "UDP", strerror(errno));
    if (*fd >= 0) close(*fd);
    *fd = -1;
    return CAA_ERR_FILE;
}

/* What the configuration says, else the default; nothing where the face is switched off. */
struct addresses {
    size_t count;
    char *const *texts;
};

static struct addresses addresses_of(enum caa_switch enabled, char *const *listen,
                                     unsigned count, char *const *otherwise) {
    if (enabled == CAA_SWITCH_OFF) return (struct addresses){0};
    return count > 0 ? (struct addresses){count, listen} : (struct addresses){1, otherwise};
}

/* Binds `*fd` to where `beside` is, or where there is none (-1) to what `text` says. */
static enum caa_err bind_one(int *fd, int beside, const char *text, int type,
                             struct caa_diag *diag) {
    struct caad_address address;
    enum caa_err err = caad_address_read(&address, text, diag);
    if (err != CAA_OK) return err;
    address.octets = sizeof address.address;
    if (beside >= 0 &&
        getsockname(beside, (struct sockaddr *)&address.address, &address.octets) != 0)
        return CAA_ERR_FILE;
    return listen_at(fd, &address, type, text, diag);
}

static enum caa_err bind_http(struct caad_sockets *sockets, const struct caad_sockets *first,
                              const struct addresses *at, struct caa_diag *diag) {
    for (size_t i = 0; i < at->count; i++) {
        int beside = first == NULL ? -1 : first->http[i];
        enum caa_err err = bind_one(&sockets->http[i], beside, at->texts[i], SOCK_STREAM, diag);
        if (err != CAA_OK) return err;
        sockets->http_count++;
    }
    return CAA_OK;
}

/* UDP and TCP are on the same port, also where the kernel chooses it. */
static enum caa_err bind_dns(struct caad_sockets *sockets, const struct caad_sockets *first,
                             const struct addresses *at, struct caa_diag *diag) {
    for (size_t i = 0; i < at->count; i++) {
        int *udp = &sockets->dns_udp[i], *tcp = &sockets->dns_tcp[i];
        int beside = first == NULL ? -1 : first->dns_udp[i];
        enum caa_err err = bind_one(udp, beside, at->texts[i], SOCK_DGRAM, diag);
        if (err != CAA_OK) return err;
        err = bind_one(tcp, *udp, at->texts[i], SOCK_STREAM, diag);
        if (err != CAA_OK) {
            close(*udp);
            return err;
        }
        sockets->dns_count++;
    }
    return CAA_OK;
}

enum caa_err caad_sockets_bind(struct caad_sockets *sockets, const struct caad_sockets *first,
                               const struct caad_conf *conf, struct caa_diag *diag) {
    static char http_default[] = CAAD_HTTP_LISTEN_DEFAULT, *const http_defaults[] = {
                                                               http_default};
    static char dns_default[] = CAAD_DNS_LISTEN_DEFAULT, *const dns_defaults[] = {dns_default};
    const struct addresses http = addresses_of(conf->http.enabled, conf->http.listen,
                                               conf->http.listen_count, http_defaults);
    const struct addresses dns =
        addresses_of(conf->dns.enabled, conf->dns.listen, conf->dns.listen_count, dns_defaults);
    enum caa_err err = bind_http(sockets, first, &http, diag);
    if (err == CAA_OK) err = bind_dns(sockets, first, &dns, diag);
    if (err != CAA_OK) caad_sockets_close(sockets);
    return err;
}

void caad_sockets_close(struct caad_sockets *sockets) {
    for (size_t i = 0; i < sockets->http_count; i++) close(sockets->http[i]);
    for (size_t i = 0; i < sockets->dns_count; i++) {
        close(sockets->dns_udp[i]);
        close(sockets->dns_tcp[i]);
    }
    *sockets = (struct caad_sockets){0};
}

void caad_listen_text(int fd, char text[CAAD_LISTEN_TEXT_MAX]) {
    struct sockaddr_storage address = {.ss_family = AF_INET};
    socklen_t octets = sizeof address;
    char host[INET6_ADDRSTRLEN] = "?";
    unsigned port = 0;
    text[0] = '\0';
    if (getsockname(fd, (struct sockaddr *)&address, &octets) != 0) return;
    if (address.ss_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)&address;
        inet_ntop(AF_INET, &in->sin_addr, host, sizeof host);
        port = ntohs(in->sin_port); /* NOLINT(clang-analyzer-core.CallAndMessage): filled in */
    } else {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&address;
        inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof host);
        port = ntohs(in6->sin6_port);
    }
    snprintf(text, CAAD_LISTEN_TEXT_MAX, address.ss_family == AF_INET ? "%s:%u" : "[%s]:%u",
             host, port);
}
