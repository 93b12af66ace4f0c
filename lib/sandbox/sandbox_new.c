#include "sandbox/sandbox_state.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "resolve/forwarder.h"

enum {
    ARENA_OCTETS_MOST = 4 << 20,
    FIRST_WORD_MS = 30000, /* a patience for a hang, not a measure */
    LOOKUPS_MOST = 10000,
    AGE_MOST_S = 3600,
    SPARES = 2,
    STARTS_MOST = 8,
    SHARED_MS = 1000,
    HEARTBEAT_MS = 1000,
    MISSES_MOST = 3,
    RESTARTS_BURST = 20,
    MEMORY_BESIDE_CACHES_OCTETS = 256 << 20, /* lookups in flight, and what is loaded */
    OUTGOING_RANGE = 900,                    /* as caa_context_new has it */
    DESCRIPTORS_BESIDE = 256,
};

static uint32_t or_default(uint32_t value, uint32_t fallback) {
    return value == 0 ? fallback : value;
}

/* How many descriptors libunbound may want by an option. */
static uint32_t option_value(const struct caa_recursor_setting *setting, const char *name,
                             uint32_t fallback) {
    for (size_t i = 0; i < setting->option_count; i++)
        if (strcmp(setting->options[i].name, name) == 0)
            fallback = (uint32_t)strtoul(setting->options[i].value, NULL, 10);
    return fallback;
}

static void take_setting(struct sandbox *sandbox, const struct caa_sandbox_setting *setting) {
    const struct caa_recursor_setting *recursor = setting->recursor;
    struct caa_sandbox_setting *mine = &sandbox->setting;
    *mine = *setting;
    mine->recursor = NULL; /* it is the caller's */
    mine->lookups_most = or_default(setting->lookups_most, LOOKUPS_MOST);
    mine->age_most_s = or_default(setting->age_most_s, AGE_MOST_S);
    mine->spares = or_default(setting->spares, SPARES);
    mine->starts_most = or_default(setting->starts_most, STARTS_MOST);
    mine->shared_ms = or_default(setting->shared_ms, SHARED_MS);
    mine->heartbeat_ms = or_default(setting->heartbeat_ms, HEARTBEAT_MS);
    mine->misses_most = or_default(setting->misses_most, MISSES_MOST);
    mine->restarts_burst = or_default(setting->restarts_burst, RESTARTS_BURST);
    /* libunbound counts what it puts into its caches, and the allocator adds to it. */
    if (setting->memory_octets == 0)
        mine->memory_octets = 2 * recursor->cache_octets + MEMORY_BESIDE_CACHES_OCTETS;
    sandbox->restarts = mine->restarts_burst;
    sandbox->cache_octets = recursor->cache_octets;
    sandbox->keep_packets = recursor->keep_packets;
    sandbox->descriptors = option_value(recursor, "outgoing-range", OUTGOING_RANGE) +
                           option_value(recursor, "outgoing-num-tcp", 0) + DESCRIPTORS_BESIDE;
}

/* A child has no file to find the certificates in. */
static enum caa_err refuse_tls(const struct caa_recursor_setting *setting,
                               struct caa_diag *diag) {
    for (size_t i = 0; i < setting->forwarder_count; i++) {
        struct caa_forwarder forwarder;
        enum caa_err err = caa_forwarder_parse(&forwarder, setting->forwarders[i], diag);
        if (err != CAA_OK) return err;
        if (!forwarder.over_tls) continue;
        caa_diag_set(diag,
                     "forwarder '%s': a recursor in a process without files cannot use TLS",
                     setting->forwarders[i]);
        return CAA_ERR_OPTION;
    }
    return CAA_OK;
}

static enum caa_err write_setting(struct sandbox *sandbox,
                                  const struct caa_recursor_setting *setting,
                                  struct caa_diag *diag) {
    const struct caa_order order = {.kind = CAA_ORDER_SETTING, .setting = setting};
    sandbox->arena = caa_arena_new(ARENA_OCTETS_MOST);
    if (sandbox->arena == NULL) return CAA_ERR_NOMEM;
    sandbox->received = caa_arena_alloc(sandbox->arena, CAA_WIRE_MESSAGE_MAX);
    sandbox->sent = caa_arena_alloc(sandbox->arena, CAA_WIRE_MESSAGE_MAX);
    if (sandbox->received == NULL || sandbox->sent == NULL) return CAA_ERR_NOMEM;
    size_t len = caa_order_write(&order, sandbox->sent, CAA_WIRE_MESSAGE_MAX);
    if (len == 0) {
        caa_diag_set(diag, "more forwarders or resolver options than a recursor can be told");
        return CAA_ERR_LIMIT;
    }
    sandbox->setting_order = (uint8_t *)caa_arena_copy(sandbox->arena, sandbox->sent, len);
    sandbox->setting_order_octets = len;
    return sandbox->setting_order == NULL ? CAA_ERR_NOMEM : CAA_OK;
}

static enum caa_err open_link(struct sandbox *sandbox, struct caa_diag *diag) {
    const struct caa_spawner_listener listener = {caa_sandbox_on_ended,
                                                  caa_sandbox_on_spawner_gone, sandbox};
    enum caa_err err = caa_spawner_link_open(&sandbox->spawner, sandbox->setting.spawner,
                                             sandbox->base, &listener);
    if (err == CAA_ERR_RESOLVER) caa_diag_set(diag, "the recursors' spawner is gone");
    return err;
}

/* Waits for the next thing that a first child says. */
static enum caa_err hear(struct sandbox *sandbox, int fd, struct caa_notice *notice,
                         struct caa_diag *diag) {
    struct pollfd socket = {.fd = fd, .events = POLLIN};
    int ready;
    do ready = poll(&socket, 1, FIRST_WORD_MS);
    while (ready < 0 && errno == EINTR);
    ssize_t len =
        ready <= 0 ? ready : recv(fd, sandbox->received, CAA_WIRE_MESSAGE_MAX, MSG_DONTWAIT);
    if (len > 0 && caa_notice_read(notice, sandbox->received, (size_t)len) == CAA_OK)
        return CAA_OK;
    caa_diag_set(diag, "a recursor's process %s",
                 ready == 0 ? "says nothing"
                 : len > 0  ? "speaks another version's language: install caad and "
                              "caad-recursor of one version"
                            : "ended as soon as it was started");
    return CAA_ERR_RESOLVER;
}

static enum caa_err check_hello(struct child *child, const struct caa_notice *notice,
                                struct caa_diag *diag) {
    char missing[160];
    if (notice->kind == CAA_NOTICE_HELLO && caa_sandbox_child_greet(child, notice))
        return CAA_OK;
    caa_jail_tell_missing(&notice->jail, missing, sizeof missing);
    caa_diag_set(diag, "a recursor's process cannot be confined; it lacks %s", missing);
    return CAA_ERR_RESOLVER;
}

static enum caa_err check_opened(struct child *child, const struct caa_notice *notice,
                                 struct caa_diag *diag) {
    child->opened = notice->kind == CAA_NOTICE_OPENED;
    if (child->opened && notice->err == CAA_OK) return CAA_OK;
    caa_diag_set(diag, "%.*s", (int)notice->text.len,
                 notice->text.len == 0 ? "" : notice->text.ptr);
    return notice->err == CAA_OK ? CAA_ERR_RESOLVER : notice->err;
}

/* The first process takes the setting, or tells what is wrong with it. */
static enum caa_err start_first_child(struct sandbox *sandbox, struct caa_diag *diag) {
    struct child *child;
    struct caa_notice notice;
    int fd;
    enum caa_err err = caa_sandbox_child_order(sandbox, &child, &fd);
    if (err != CAA_OK) {
        caa_diag_set(diag, "no process for a recursor can be had");
        return CAA_ERR_RESOLVER;
    }
    err = hear(sandbox, fd, &notice, diag);
    if (err == CAA_OK) err = check_hello(child, &notice, diag);
    if (err != CAA_OK) {
        close(fd);
        return err;
    }
    err = caa_sandbox_child_connect(child, fd);
    if (err == CAA_OK)
        err = caa_channel_send(child->channel, sandbox->setting_order,
                               sandbox->setting_order_octets);
    if (err == CAA_OK) err = caa_sandbox_child_open(child, REGISTRIES);
    if (err == CAA_OK) err = hear(sandbox, fd, &notice, diag);
    if (err == CAA_OK) err = check_opened(child, &notice, diag);
    if (err == CAA_OK) sandbox->current[REGISTRIES] = child;
    return err;
}

static enum caa_err start_heartbeat(struct sandbox *sandbox) {
    const struct timeval beat = {
        .tv_sec = sandbox->setting.heartbeat_ms / 1000,
        .tv_usec = (suseconds_t)(sandbox->setting.heartbeat_ms % 1000) * 1000};
    sandbox->heartbeat =
        event_new(sandbox->base, -1, EV_PERSIST, caa_sandbox_on_heartbeat, sandbox);
    return sandbox->heartbeat != NULL && event_add(sandbox->heartbeat, &beat) == 0
               ? CAA_OK
               : CAA_ERR_EVENT;
}

enum caa_err caa_sandbox_furnish(struct sandbox *sandbox,
                                 const struct caa_sandbox_setting *setting,
                                 struct caa_diag *diag) {
    take_setting(sandbox, setting);
    enum caa_err err = refuse_tls(setting->recursor, diag);
    if (err == CAA_OK) err = write_setting(sandbox, setting->recursor, diag);
    if (err == CAA_OK) err = open_link(sandbox, diag);
    if (err == CAA_OK) err = start_first_child(sandbox, diag);
    if (err == CAA_OK)
        err = caa_upstreams_take(&sandbox->upstreams, sandbox->arena, setting->recursor);
    if (err == CAA_OK) err = start_heartbeat(sandbox);
    if (err == CAA_OK) caa_sandbox_fill_spares(sandbox);
    return err;
}
