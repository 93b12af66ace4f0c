/* Paths as walks would have found them, put together by hand. */
#ifndef CAA_TESTS_UNIT_PATH_MAKE_H
#define CAA_TESTS_UNIT_PATH_MAKE_H

#include "show.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probe/draft.h"

enum {
    UNASKED = CAA_SERVER_UNASKED,
    PENDING = CAA_SERVER_PENDING,
    WORKS = CAA_SERVER_OK,
    SERVFAIL = CAA_SERVER_SERVFAIL,
    SILENT = CAA_SERVER_SILENT,
    LAME = CAA_SERVER_LAME,
    TRUNCATED = CAA_SERVER_TRUNCATED,
};

static inline struct caa_name path_name(const char *text) {
    struct caa_name name = {0};
    assert_int_equal(caa_name_from_text(&name, caa_slice_of(text), NULL), CAA_OK);
    return name;
}

static inline struct caa_address path_address(const char *text) {
    struct caa_address address;
    assert_true(caa_address_from_text(&address, text, 53));
    return address;
}

/* An empty path that is through, to be ended by drop_path. */
static inline void begin_path(struct caa_draft *draft, const char *name) {
    memset(draft, 0, sizeof *draft);
    draft->arena = caa_arena_new(1 << 20);
    assert_non_null(draft->arena);
    draft->zones_most = 16;
    draft->servers_most = 64;
    draft->any_address = true;
    draft->path.name = path_name(name);
    draft->path.type = CAA_TYPE_CAA;
    draft->path.done = true;
}

static inline void drop_path(struct caa_draft *draft) {
    caa_arena_free(draft->arena);
}

static inline struct caa_path_zone *put_zone(struct caa_draft *draft,
                                             const struct caa_path_zone *parent,
                                             const char *text) {
    bool is_new;
    struct caa_name name = path_name(text);
    struct caa_path_zone *zone = caa_draft_zone(draft, parent, &name, &is_new);
    assert_non_null(zone);
    return zone;
}

/* An address of `ns` that may steer a pin, which did that over UDP and over TCP. */
static inline struct caa_path_server *put_server(struct caa_draft *draft,
                                                 struct caa_path_zone *zone, const char *ns,
                                                 const char *text, int udp, int tcp) {
    static const struct caa_exchange response = {.result = CAA_EXCHANGE_RESPONSE,
                                                 .round_trip_us = 1000};
    static const struct caa_exchange silence = {.result = CAA_EXCHANGE_TIMEOUT};
    struct caa_name name = path_name(ns);
    struct caa_address address = path_address(text);
    struct caa_path_server *server = caa_draft_server(
        draft, zone, caa_draft_ns(draft, zone, &name), &address, CAA_ORIGIN_HINTS);
    assert_non_null(server);
    server->udp_state = (enum caa_server_state)udp;
    server->tcp_state = (enum caa_server_state)tcp;
    server->udp = udp == UNASKED || udp == PENDING ? NULL
                  : udp == SILENT                  ? &silence
                                                   : &response;
    server->tcp = tcp == UNASKED || tcp == PENDING ? NULL
                  : tcp == SILENT                  ? &silence
                                                   : &response;
    server->state = caa_draft_state(server->udp_state, server->tcp_state);
    return server;
}

/* The same as from a zone's own NS set, which steers nothing. */
static inline struct caa_path_server *put_rumour(struct caa_draft *draft,
                                                 struct caa_path_zone *zone, const char *ns,
                                                 const char *text, int udp, int tcp) {
    struct caa_path_server *server = put_server(draft, zone, ns, text, udp, tcp);
    server->origins = CAA_ORIGIN_CHILD;
    return server;
}

#endif
