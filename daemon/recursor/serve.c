#include "serve.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>
#include <unbound-event.h>

#include "resolve/context.h"
#include "resolve/recursor.h"
#include "sandbox/channel.h"
#include "sandbox/wire.h"

enum {
    SETTING_OCTETS_MOST = 1 << 20,
    ORDER_OCTETS_MOST = 1 << 20,
    BUCKETS = 1024,
    ENOUGH_MEMORY_OCTETS = 1 << 20,
    STATUS_DONE = 0,
    STATUS_WRONG_ORDER = 65,
    STATUS_NO_MEMORY = 71,
};

LIST_HEAD(bucket, query);

/* One question in flight. */
struct query {
    LIST_ENTRY(query) link;
    struct server *server;
    uint32_t id;
    int async_id;
    bool answered;
};

struct server {
    struct event_base *base;
    struct caa_channel *channel;
    struct caa_arena *arena;                    /* holds what follows it */
    const struct caa_recursor_setting *setting; /* NULL: not told yet */
    struct ub_ctx *context;                     /* NULL: not opened yet */
    struct query *asking; /* being handed to libunbound: it may call back at once */
    struct bucket queries[BUCKETS];
    uint8_t received[CAA_WIRE_MESSAGE_MAX];
    uint8_t sent[CAA_WIRE_MESSAGE_MAX];
};

static void tell(struct server *server, const struct caa_notice *notice) {
    size_t len = caa_notice_write(notice, server->sent, sizeof server->sent);
    /* A parent that takes nothing has to do without this process. */
    if (len == 0 || caa_channel_send(server->channel, server->sent, len) != CAA_OK)
        _exit(STATUS_NO_MEMORY);
}

static struct bucket *bucket_of(struct server *server, uint32_t id) {
    return &server->queries[id % BUCKETS];
}

static void on_resolved(void *data, int rcode, void *packet, int packet_len, int sec,
                        char *why_bogus, int was_ratelimited) {
    struct query *query = data;
    struct caa_notice notice = {.kind = CAA_NOTICE_ANSWER,
                                .id = query->id,
                                .rcode = rcode < 0 || rcode > 15 ? 2 : (uint8_t)rcode,
                                .sec = sec == 0 || sec == 2 ? (uint8_t)sec : 1,
                                .text = caa_slice_of(why_bogus)};
    (void)was_ratelimited;
    /* With an error beside it, packet and length are stale memory. */
    if (rcode == 0 && packet_len > 0)
        notice.packet = caa_slice_bytes(packet, (size_t)packet_len);
    tell(query->server, &notice);
    LIST_REMOVE(query, link);
    query->answered = true;
    if (query->server->asking != query) free(query);
}

static enum caa_err resolve(struct server *server, struct query *query,
                            const struct caa_order *order) {
    char name[CAA_NAME_TEXT_MAX];
    caa_name_to_text(&order->name, name);
    server->asking = query;
    int status = ub_resolve_event(server->context, name, order->type, 1, query, on_resolved,
                                  &query->async_id);
    server->asking = NULL;
    if (status == UB_NOERROR) return CAA_OK;
    return status == UB_NOMEM ? CAA_ERR_NOMEM : CAA_ERR_RESOLVER;
}

static void ask(struct server *server, const struct caa_order *order) {
    struct query *query = calloc(1, sizeof *query);
    if (query == NULL || server->context == NULL) _exit(STATUS_WRONG_ORDER);
    *query = (struct query){.server = server, .id = order->id};
    LIST_INSERT_HEAD(bucket_of(server, query->id), query, link);
    enum caa_err err = resolve(server, query, order);
    if (err == CAA_OK && !query->answered) return;
    if (!query->answered) {
        struct caa_notice notice = {.kind = CAA_NOTICE_NO_ANSWER, .id = query->id, .err = err};
        LIST_REMOVE(query, link);
        tell(server, &notice);
    }
    free(query);
}

static void cancel(struct server *server, uint32_t id) {
    struct query *query;
    LIST_FOREACH(query, bucket_of(server, id), link) {
        if (query->id != id) continue;
        ub_cancel(server->context, query->async_id);
        LIST_REMOVE(query, link);
        free(query);
        return;
    }
}

static void open_context(struct server *server, const struct caa_order *order) {
    struct caa_diag diag = {""};
    if (server->setting == NULL || server->context != NULL) _exit(STATUS_WRONG_ORDER);
    struct caa_recursor_setting setting = *server->setting;
    setting.cache_octets = order->cache_octets;
    struct caa_notice notice = {.kind = CAA_NOTICE_OPENED};
    notice.err = caa_context_new(&server->context, server->base, &setting, order->pin, &diag);
    notice.text = caa_slice_of(diag.text);
    tell(server, &notice);
}

/* Who cannot get a little memory any more had better make room for a new process. */
static void pong(struct server *server, uint32_t id) {
    void *memory = malloc(ENOUGH_MEMORY_OCTETS);
    if (memory == NULL) _exit(STATUS_NO_MEMORY);
    free(memory);
    struct caa_notice notice = {.kind = CAA_NOTICE_PONG, .id = id};
    tell(server, &notice);
}

static void obey(struct server *server, const struct caa_order *order) {
    switch (order->kind) {
    case CAA_ORDER_SETTING:
        if (server->setting != NULL) _exit(STATUS_WRONG_ORDER);
        server->setting = order->setting;
        return;
    case CAA_ORDER_OPEN: open_context(server, order); return;
    case CAA_ORDER_ASK: ask(server, order); return;
    case CAA_ORDER_CANCEL: cancel(server, order->id); return;
    case CAA_ORDER_PING: pong(server, order->id); return;
    }
}

static void on_message(void *context, const uint8_t *octets, size_t len) {
    struct server *server = context;
    struct caa_order order;
    /* Only the setting is needed for longer than its order is obeyed. */
    bool is_first = server->setting == NULL;
    struct caa_arena *arena = is_first ? server->arena : caa_arena_new(ORDER_OCTETS_MOST);
    if (arena == NULL) _exit(STATUS_NO_MEMORY);
    if (caa_order_read(&order, arena, octets, len) != CAA_OK) _exit(STATUS_WRONG_ORDER);
    obey(server, &order);
    if (!is_first) caa_arena_free(arena);
}

static void on_end(void *context) {
    (void)context;
    _exit(STATUS_DONE);
}

static bool furnish(struct server *server, int socket) {
    const struct caa_channel_listener listener = {on_message, on_end, server};
    server->base = event_base_new();
    server->arena = caa_arena_new(SETTING_OCTETS_MOST);
    for (size_t i = 0; i < BUCKETS; i++) LIST_INIT(&server->queries[i]);
    return server->base != NULL && server->arena != NULL &&
           caa_channel_open(&server->channel, server->base, socket, server->received,
                            sizeof server->received, &listener) == CAA_OK;
}

void recursor_refuse(int socket, const struct caa_jail *jail) {
    uint8_t octets[64];
    const struct caa_notice hello = {.kind = CAA_NOTICE_HELLO, .jail = *jail};
    size_t len = caa_notice_write(&hello, octets, sizeof octets);
    send(socket, octets, len, MSG_NOSIGNAL);
}

noreturn void recursor_serve(int socket, const struct caa_jail *jail) {
    static struct server server;
    if (!furnish(&server, socket)) _exit(STATUS_NO_MEMORY);
    struct caa_notice hello = {.kind = CAA_NOTICE_HELLO,
                               .jail = *jail,
                               .library = caa_slice_of(caa_recursor_library_version())};
    tell(&server, &hello);
    event_base_dispatch(server.base);
    _exit(STATUS_DONE);
}
