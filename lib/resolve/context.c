#include "resolve/context.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include <unbound-event.h>

#include "resolve/forwarder.h"

enum { PINNED_CACHE_OCTETS = 4 << 20 };

/* Zones that libunbound answers by itself, in 1.17 and in later versions; unblock-lan-zones has
   the rest. ("local-zone: … nodefault" is accepted as an option, and does nothing.) */
static const char *const built_in_zones[] = {
    "localhost.",
    "127.in-addr.arpa.",
    "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa.",
    "home.arpa.",
    "resolver.arpa.",
    "service.arpa.",
    "onion.",
    "test.",
    "invalid.",
};

/* What the design measured to be right; a setting's own options come after and may override. */
static const char *const fixed_options[][2] = {
    {"module-config:", "validator iterator"},
    {"unblock-lan-zones:", "yes"},
    {"insecure-lan-zones:", "no"},
    {"val-permissive-mode:", "no"},
    {"serve-expired:", "no"},
    {"cache-max-ttl:", "3600"}, /* no answer is used longer than that */
    {"aggressive-nsec:", "no"},
    {"prefetch:", "no"},
    {"edns-buffer-size:", "1232"},
    {"infra-keep-probing:", "yes"},
    {"outgoing-range:", "900"},
    {"num-queries-per-thread:", "4096"},
    {"val-log-level:", "2"}, /* or else bogus comes without its reason */
};

static enum caa_err set_option(struct ub_ctx *context, const char *name, const char *value,
                               struct caa_diag *diag) {
    int status = ub_ctx_set_option(context, name, value);
    if (status == UB_NOERROR) return CAA_OK;
    caa_diag_set(diag, "libunbound refuses %s %s: %s", name, value, ub_strerror(status));
    return status == UB_NOMEM ? CAA_ERR_NOMEM : CAA_ERR_RESOLVER;
}

static enum caa_err set_fixed_options(struct ub_ctx *context, struct caa_diag *diag) {
    enum caa_err err = CAA_OK;
    for (size_t i = 0; err == CAA_OK && i < sizeof fixed_options / sizeof fixed_options[0]; i++)
        err = set_option(context, fixed_options[i][0], fixed_options[i][1], diag);
    return err;
}

static void ignore_answer(void *data, int rcode, void *packet, int packet_len, int sec,
                          char *why_bogus, int was_ratelimited) {
    (void)data, (void)rcode, (void)packet, (void)packet_len;
    (void)sec, (void)why_bogus, (void)was_ratelimited;
}

/* Closes the context to further options. Only its first question shows whether libunbound can
   work with those it got, so it is asked one that it answers by itself. */
static enum caa_err start_context(struct ub_ctx *context, struct caa_diag *diag) {
    int question;
    int status = ub_resolve_event(context, "localhost.", 1, 1, NULL, ignore_answer, &question);
    if (status == UB_NOERROR) return CAA_OK;
    caa_diag_set(diag, "libunbound does not start: %s", ub_strerror(status));
    return status == UB_NOMEM ? CAA_ERR_NOMEM : CAA_ERR_RESOLVER;
}

static enum caa_err remove_built_in_zones(struct ub_ctx *context, struct caa_diag *diag) {
    for (size_t i = 0; i < sizeof built_in_zones / sizeof built_in_zones[0]; i++) {
        int status = ub_ctx_zone_remove(context, built_in_zones[i]);
        if (status == UB_NOERROR) continue;
        caa_diag_set(diag, "libunbound keeps its zone %s: %s", built_in_zones[i],
                     ub_strerror(status));
        return status == UB_NOMEM ? CAA_ERR_NOMEM : CAA_ERR_RESOLVER;
    }
    return CAA_OK;
}

/* libunbound keeps data in the RRset cache and little more than references in the others. */
static enum caa_err set_cache_sizes(struct ub_ctx *context, size_t octets,
                                    struct caa_diag *diag) {
    static const struct {
        const char *name;
        size_t share; /* of 16 */
    } caches[] = {{"rrset-cache-size:", 8},
                  {"msg-cache-size:", 4},
                  {"key-cache-size:", 2},
                  {"neg-cache-size:", 2}};
    enum caa_err err = CAA_OK;
    for (size_t i = 0; err == CAA_OK && i < sizeof caches / sizeof caches[0]; i++) {
        char size[24];
        snprintf(size, sizeof size, "%zu", octets / 16 * caches[i].share);
        err = set_option(context, caches[i].name, size, diag);
    }
    return err;
}

/* An anchor that libunbound cannot use it passes over, and then everything is "insecure": so no
   record is taken that would not be read from a file. */
static enum caa_err add_anchor_record(struct ub_ctx *context, const char *record,
                                      struct caa_diag *diag) {
    struct caa_trust_anchor read;
    enum caa_err err = caa_trust_anchor_read(&read, caa_slice_of(record), "trust anchor", diag);
    if (err != CAA_OK) return err;
    int status = ub_ctx_add_ta(context, record);
    if (status == UB_NOERROR) return CAA_OK;
    caa_diag_set(diag, "libunbound refuses the trust anchor: %s", ub_strerror(status));
    return CAA_ERR_TRUST_ANCHOR;
}

static enum caa_err add_trust_anchor(struct ub_ctx *context,
                                     const struct caa_trust_anchor *anchor,
                                     struct caa_diag *diag) {
    if (anchor == NULL || anchor->count == 0) {
        caa_diag_set(diag, "no trust anchor: without one nothing can be validated");
        return CAA_ERR_TRUST_ANCHOR;
    }
    enum caa_err err = CAA_OK;
    for (size_t i = 0; err == CAA_OK && i < anchor->count; i++)
        err = add_anchor_record(context, anchor->records[i], diag);
    return err;
}

static enum caa_err add_root_hints(struct ub_ctx *context, const struct caa_root_hints *hints,
                                   struct caa_diag *diag) {
    if (hints == NULL || hints->count == 0) {
        caa_diag_set(diag, "no root hints: nobody to ask first");
        return CAA_ERR_ROOT_HINTS;
    }
    for (size_t i = 0; i < hints->count; i++) {
        int status = ub_ctx_set_stub(context, ".", hints->addresses[i], 1);
        if (status == UB_NOERROR) continue;
        caa_diag_set(diag, "libunbound refuses the root server %s: %s", hints->addresses[i],
                     ub_strerror(status));
        return CAA_ERR_ROOT_HINTS;
    }
    return CAA_OK;
}

static bool is_loopback(const struct caa_forwarder *forwarder) {
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)&forwarder->address;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&forwarder->address;
    if (v4->sin_family == AF_INET) return ntohl(v4->sin_addr.s_addr) >> 24 == 127;
    return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

static enum caa_err use_tls(struct ub_ctx *context, const char *ca_bundle,
                            struct caa_diag *diag) {
    if (ca_bundle == NULL) {
        caa_diag_set(diag, "forwarders over TLS need a file of CA certificates: tls-ca-bundle");
        return CAA_ERR_OPTION;
    }
    int status = ub_ctx_set_tls(context, 1);
    if (status == UB_NOERROR) return set_option(context, "tls-cert-bundle:", ca_bundle, diag);
    caa_diag_set(diag, "libunbound cannot use TLS: %s", ub_strerror(status));
    return CAA_ERR_RESOLVER;
}

static enum caa_err add_forwarders(struct ub_ctx *context,
                                   const struct caa_recursor_setting *setting,
                                   struct caa_diag *diag) {
    size_t over_tls = 0, on_loopback = 0;
    for (size_t i = 0; i < setting->forwarder_count; i++) {
        struct caa_forwarder forwarder;
        enum caa_err err = caa_forwarder_parse(&forwarder, setting->forwarders[i], diag);
        if (err != CAA_OK) return err;
        over_tls += forwarder.over_tls;
        on_loopback += is_loopback(&forwarder);
        int status = ub_ctx_set_fwd(context, forwarder.text);
        if (status == UB_NOERROR) continue;
        caa_diag_set(diag, "forwarder '%s': %s", setting->forwarders[i], ub_strerror(status));
        return CAA_ERR_OPTION;
    }
    if (over_tls != 0 && over_tls != setting->forwarder_count) {
        caa_diag_set(diag, "forwarders are plain or over TLS, not both at once");
        return CAA_ERR_OPTION;
    }
    enum caa_err err = CAA_OK;
    if (on_loopback > 0) err = set_option(context, "do-not-query-localhost:", "no", diag);
    if (err == CAA_OK && over_tls > 0) err = use_tls(context, setting->tls_ca_bundle, diag);
    return err;
}

/* Some builds of libunbound, Debian 12's among them, know nothing of TLS, and say so only when
   they start, by failing. */
static enum caa_err explain_start(const struct caa_recursor_setting *setting, enum caa_err err,
                                  struct caa_diag *diag) {
    bool over_tls = setting->forwarder_count > 0 && strchr(setting->forwarders[0], '#') != NULL;
    if (err != CAA_ERR_RESOLVER || !over_tls) return err;
    caa_diag_set(diag,
                 "forwarder '%s': this libunbound (%s) does not start with TLS: it was built "
                 "without, or the CA file '%s' is no good",
                 setting->forwarders[0], ub_version(), setting->tls_ca_bundle);
    return CAA_ERR_OPTION;
}

static enum caa_err set_own_options(struct ub_ctx *context,
                                    const struct caa_recursor_setting *setting,
                                    struct caa_diag *diag) {
    enum caa_err err = CAA_OK;
    for (size_t i = 0; err == CAA_OK && i < setting->option_count; i++) {
        char name[CAA_OPTION_TEXT_MAX + 1];
        snprintf(name, sizeof name, "%s:", setting->options[i].name);
        err = set_option(context, name, setting->options[i].value, diag);
    }
    return err;
}

/* `ADDRESS@PORT`, as libunbound reads it; false for anything but IPv4 and IPv6. */
static bool address_to_text(const struct sockaddr_storage *address, char *text, size_t size) {
    char host[INET6_ADDRSTRLEN];
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;
    bool is_v4 = address->ss_family == AF_INET;
    if (!is_v4 && address->ss_family != AF_INET6) return false;
    inet_ntop(address->ss_family, is_v4 ? (const void *)&v4->sin_addr : &v6->sin6_addr, host,
              sizeof host);
    snprintf(text, size, "%s@%u", host, ntohs(is_v4 ? v4->sin_port : v6->sin6_port));
    return true;
}

static enum caa_err pin_zone(struct ub_ctx *context, const struct caa_pinned_zone *pinned,
                             struct caa_diag *diag) {
    char zone[CAA_NAME_TEXT_MAX];
    caa_name_to_text(&pinned->zone, zone);
    size_t count = pinned->address_count < CAA_PIN_ADDRESSES_MAX ? pinned->address_count
                                                                 : CAA_PIN_ADDRESSES_MAX;
    for (size_t i = 0; i < count; i++) {
        char address[CAA_ADDRESS_TEXT_MAX];
        if (!address_to_text(&pinned->addresses[i], address, sizeof address)) continue;
        int status = ub_ctx_set_stub(context, zone, address, 0);
        if (status == UB_NOERROR) continue;
        caa_diag_set(diag, "libunbound refuses to ask %s for %s: %s", address, zone,
                     ub_strerror(status));
        return status == UB_NOMEM ? CAA_ERR_NOMEM : CAA_ERR_RESOLVER;
    }
    return CAA_OK;
}

static enum caa_err apply_pin(struct ub_ctx *context, const struct caa_pin *pin,
                              struct caa_diag *diag) {
    enum caa_err err = set_option(context, "outgoing-range:", "64", diag);
    if (err == CAA_OK) err = set_cache_sizes(context, PINNED_CACHE_OCTETS, diag);
    if (err == CAA_OK && pin->over_tcp) err = set_option(context, "tcp-upstream:", "yes", diag);
    for (size_t i = 0; err == CAA_OK && i < pin->zone_count && i < CAA_PIN_ZONES_MAX; i++)
        err = pin_zone(context, &pin->zones[i], diag);
    return err;
}

enum caa_err caa_context_new(struct ub_ctx **context, struct event_base *base,
                             const struct caa_recursor_setting *setting,
                             const struct caa_pin *pin, struct caa_diag *diag) {
    struct ub_ctx *made = ub_ctx_create_event(base);
    if (made == NULL) {
        caa_diag_set(diag, "libunbound could not start on the event loop");
        return CAA_ERR_RESOLVER;
    }
    ub_ctx_debugout(made, NULL); /* a library does not log */
    enum caa_err err = set_fixed_options(made, diag);
    if (err == CAA_OK) err = set_cache_sizes(made, setting->cache_octets, diag);
    if (err == CAA_OK) err = add_trust_anchor(made, setting->trust_anchor, diag);
    if (err == CAA_OK && setting->forwarder_count > 0)
        err = add_forwarders(made, setting, diag);
    if (err == CAA_OK && setting->forwarder_count == 0)
        err = add_root_hints(made, setting->root_hints, diag);
    if (err == CAA_OK) err = set_own_options(made, setting, diag);
    if (err == CAA_OK && pin != NULL) err = apply_pin(made, pin, diag);
    if (err == CAA_OK) err = explain_start(setting, start_context(made, diag), diag);
    if (err == CAA_OK) err = remove_built_in_zones(made, diag);
    if (err == CAA_OK)
        *context = made;
    else
        ub_ctx_delete(made);
    return err;
}
