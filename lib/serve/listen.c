#include "serve/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/port.h"

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

enum caa_err caa_listen_address_read(struct caa_listen_address *address, const char *text,
                                     struct caa_diag *diag) {
    const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
                                   .ai_socktype = SOCK_STREAM};
    char host[INET6_ADDRSTRLEN];
    const char *port;
    uint16_t number;
    struct addrinfo *found;
    *address = (struct caa_listen_address){0};
    if (!split(text, host, &port) || host[0] == '\0' ||
        !caa_port_read(&number, caa_slice_of(port)) ||
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

static bool octets_collide(const void *a, const void *b, size_t len) {
    static const unsigned char any[sizeof(struct in6_addr)] = {0};
    return memcmp(a, b, len) == 0 || memcmp(a, any, len) == 0 || memcmp(b, any, len) == 0;
}

bool caa_listen_addresses_collide(const struct caa_listen_address *a,
                                  const struct caa_listen_address *b) {
    if (a->address.ss_family != b->address.ss_family) return false;
    if (a->address.ss_family == AF_INET) {
        const struct sockaddr_in *one = (const struct sockaddr_in *)&a->address;
        const struct sockaddr_in *other = (const struct sockaddr_in *)&b->address;
        return one->sin_port == other->sin_port && one->sin_port != 0 &&
               octets_collide(&one->sin_addr, &other->sin_addr, sizeof one->sin_addr);
    }
    const struct sockaddr_in6 *one = (const struct sockaddr_in6 *)&a->address;
    const struct sockaddr_in6 *other = (const struct sockaddr_in6 *)&b->address;
    return one->sin6_port == other->sin6_port && one->sin6_port != 0 &&
           one->sin6_scope_id == other->sin6_scope_id &&
           octets_collide(&one->sin6_addr, &other->sin6_addr, sizeof one->sin6_addr);
}

static bool set_option(int fd, int level, int option) {
    const int on = 1;
    return setsockopt(fd, level, option, &on, sizeof on) == 0;
}

static bool bind_to(int fd, const struct caa_listen_address *address) {
    bool is_ipv6 = address->address.ss_family == AF_INET6;
    return (!is_ipv6 || set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY)) &&
           bind(fd, (const struct sockaddr *)&address->address, address->octets) == 0;
}

static bool prepare(int fd, const struct caa_listen_address *address, int type) {
    return set_option(fd, SOL_SOCKET, SO_REUSEADDR) &&
           set_option(fd, SOL_SOCKET, SO_REUSEPORT) && bind_to(fd, address) &&
           (type != SOCK_STREAM || listen(fd, BACKLOG) == 0);
}

/* Connections that have ended keep nobody out; of UDP the same option would let anybody in. */
static bool try_alone(int fd, const struct caa_listen_address *address, int type) {
    return (type != SOCK_STREAM || set_option(fd, SOL_SOCKET, SO_REUSEADDR)) &&
           bind_to(fd, address);
}

static int open_socket(const struct caa_listen_address *address, int type) {
    return socket(address->address.ss_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

static enum caa_err fail(int fd, int type, const char *text, struct caa_diag *diag) {
    caa_diag_set(diag, "cannot listen on %s (%s): %s", text,
                 type == SOCK_STREAM ? "TCP" : "UDP", strerror(errno));
    if (fd >= 0) close(fd);
    return CAA_ERR_FILE;
}

enum caa_err caa_listen_at(int *fd, const struct caa_listen_address *address, int type,
                           const char *text, struct caa_diag *diag) {
    int made = open_socket(address, type);
    bool done = made >= 0 && prepare(made, address, type);
    *fd = done ? made : -1;
    return done ? CAA_OK : fail(made, type, text, diag);
}

enum caa_err caa_listen_look(const struct caa_listen_address *address, int type,
                             const char *text, struct caa_diag *diag) {
    int tried = open_socket(address, type);
    if (tried < 0 || !try_alone(tried, address, type)) return fail(tried, type, text, diag);
    close(tried);
    return CAA_OK;
}

void caa_listen_text(int fd, char text[CAA_LISTEN_TEXT_MAX]) {
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
    snprintf(text, CAA_LISTEN_TEXT_MAX, address.ss_family == AF_INET ? "%s:%u" : "[%s]:%u",
             host, port);
}
