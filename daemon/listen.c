#include "daemon/listen.h"

#include <unistd.h>

static struct caad_addresses addresses_of(enum caa_switch enabled, char *const *listen,
                                          unsigned count, char *const *otherwise) {
    if (enabled == CAA_SWITCH_OFF) return (struct caad_addresses){0};
    return count > 0 ? (struct caad_addresses){count, listen}
                     : (struct caad_addresses){1, otherwise};
}

struct caad_addresses caad_http_addresses(const struct caad_conf *conf) {
    static char text[] = CAAD_HTTP_LISTEN_DEFAULT, *const otherwise[] = {text};
    const struct caad_http_conf *http = &conf->http;
    return addresses_of(http->enabled, http->listen, http->listen_count, otherwise);
}

struct caad_addresses caad_dns_addresses(const struct caad_conf *conf) {
    static char text[] = CAAD_DNS_LISTEN_DEFAULT, *const otherwise[] = {text};
    const struct caad_dns_conf *dns = &conf->dns;
    return addresses_of(dns->enabled, dns->listen, dns->listen_count, otherwise);
}

/* Binds `*fd` to where `beside` is, or where there is none (-1) to what `text` says. The first
   of its kind there has to be the only one. */
static enum caa_err bind_one(int *fd, int beside, bool is_first, const char *text, int type,
                             struct caa_diag *diag) {
    struct caa_listen_address address;
    enum caa_err err = caa_listen_address_read(&address, text, diag);
    if (err != CAA_OK) return err;
    address.octets = sizeof address.address;
    if (beside >= 0 &&
        getsockname(beside, (struct sockaddr *)&address.address, &address.octets) != 0)
        return CAA_ERR_FILE;
    if (is_first) err = caa_listen_look(&address, type, text, diag);
    return err == CAA_OK ? caa_listen_at(fd, &address, type, text, diag) : err;
}

static enum caa_err bind_http(struct caad_sockets *sockets, const struct caad_sockets *first,
                              const struct caad_addresses *at, struct caa_diag *diag) {
    for (size_t i = 0; i < at->count; i++) {
        int beside = first == NULL ? -1 : first->http[i];
        enum caa_err err =
            bind_one(&sockets->http[i], beside, first == NULL, at->texts[i], SOCK_STREAM, diag);
        if (err != CAA_OK) return err;
        sockets->http_count++;
    }
    return CAA_OK;
}

/* UDP and TCP are on the same port, also where the kernel chooses it. */
static enum caa_err bind_dns(struct caad_sockets *sockets, const struct caad_sockets *first,
                             const struct caad_addresses *at, struct caa_diag *diag) {
    for (size_t i = 0; i < at->count; i++) {
        int *udp = &sockets->dns_udp[i], *tcp = &sockets->dns_tcp[i];
        int beside = first == NULL ? -1 : first->dns_udp[i];
        enum caa_err err = bind_one(udp, beside, first == NULL, at->texts[i], SOCK_DGRAM, diag);
        if (err != CAA_OK) return err;
        err = bind_one(tcp, *udp, first == NULL, at->texts[i], SOCK_STREAM, diag);
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
    const struct caad_addresses http = caad_http_addresses(conf),
                                dns = caad_dns_addresses(conf);
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
