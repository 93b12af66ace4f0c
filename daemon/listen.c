#include "daemon/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <event2/util.h>

enum { BACKLOG = 4096 };

static bool is_loopback(const struct sockaddr_storage *address) {
    if (address->ss_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)address;
        return ntohl(in->sin_addr.s_addr) >> 24 == 127;
    }
    return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)address)->sin6_addr);
}

enum caa_err caad_address_read(struct caad_address *address, const char *text,
                               struct caa_diag *diag) {
    int octets = sizeof address->address;
    *address = (struct caad_address){0};
    /* Without a port it would take 0: any. */
    bool has_port = text[0] == '[' ? strstr(text, "]:") != NULL : strchr(text, ':') != NULL;
    bool has_one_colon = text[0] == '[' || strchr(text, ':') == strrchr(text, ':');
    if (has_port && has_one_colon &&
        evutil_parse_sockaddr_port(text, (struct sockaddr *)&address->address, &octets) == 0) {
        address->octets = (socklen_t)octets;
        address->is_loopback = is_loopback(&address->address);
        return CAA_OK;
    }
    caa_diag_set(diag, "'%s' is neither like 127.0.0.1:8257 nor like [::1]:8257", text);
    return CAA_ERR_SYNTAX;
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

enum caa_err caad_listen(int *fd, const struct caad_address *address, int type,
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

static enum caa_err bind_one(int *fd, const char *text, int type, struct caa_diag *diag) {
    struct caad_address address;
    enum caa_err err = caad_address_read(&address, text, diag);
    return err == CAA_OK ? caad_listen(fd, &address, type, text, diag) : err;
}

static enum caa_err bind_http(struct caad_sockets *sockets, const struct caad_http_conf *conf,
                              struct caa_diag *diag) {
    static char fallback[] = CAAD_HTTP_LISTEN_DEFAULT, *const otherwise[] = {fallback};
    struct addresses at =
        addresses_of(conf->enabled, conf->listen, conf->listen_count, otherwise);
    for (size_t i = 0; i < at.count; i++) {
        enum caa_err err = bind_one(&sockets->http[i], at.texts[i], SOCK_STREAM, diag);
        if (err != CAA_OK) return err;
        sockets->http_count++;
    }
    return CAA_OK;
}

static enum caa_err bind_dns(struct caad_sockets *sockets, const struct caad_dns_conf *conf,
                             struct caa_diag *diag) {
    static char fallback[] = CAAD_DNS_LISTEN_DEFAULT, *const otherwise[] = {fallback};
    struct addresses at =
        addresses_of(conf->enabled, conf->listen, conf->listen_count, otherwise);
    for (size_t i = 0; i < at.count; i++) {
        enum caa_err err = bind_one(&sockets->dns_udp[i], at.texts[i], SOCK_DGRAM, diag);
        if (err != CAA_OK) return err;
        err = bind_one(&sockets->dns_tcp[i], at.texts[i], SOCK_STREAM, diag);
        if (err != CAA_OK) {
            close(sockets->dns_udp[i]);
            return err;
        }
        sockets->dns_count++;
    }
    return CAA_OK;
}

enum caa_err caad_sockets_bind(struct caad_sockets *sockets, const struct caad_conf *conf,
                               struct caa_diag *diag) {
    enum caa_err err = bind_http(sockets, &conf->http, diag);
    return err == CAA_OK ? bind_dns(sockets, &conf->dns, diag) : err;
}

void caad_sockets_close(struct caad_sockets *sockets) {
    for (size_t i = 0; i < sockets->http_count; i++) close(sockets->http[i]);
    for (size_t i = 0; i < sockets->dns_count; i++) {
        close(sockets->dns_udp[i]);
        close(sockets->dns_tcp[i]);
    }
    *sockets = (struct caad_sockets){0};
}

void caad_listen_text(int fd, char text[64]) {
    struct sockaddr_storage address;
    socklen_t octets = sizeof address;
    char host[INET6_ADDRSTRLEN] = "?";
    unsigned port = 0;
    text[0] = '\0';
    if (getsockname(fd, (struct sockaddr *)&address, &octets) != 0) return;
    if (address.ss_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)&address;
        inet_ntop(AF_INET, &in->sin_addr, host, sizeof host);
        port = ntohs(in->sin_port);
    } else {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&address;
        inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof host);
        port = ntohs(in6->sin6_port);
    }
    snprintf(text, 64, address.ss_family == AF_INET ? "%s:%u" : "[%s]:%u", host, port);
}
