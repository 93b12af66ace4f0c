#include "serve/server.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "serve/server_state.h"

enum {
    CONNECTIONS_MOST = 16384,
    HEAD_OCTETS_MOST = 32768,
    HEAD_MS = 10000,
    IDLE_MS = 60000,
    BODY_MS = 30000,
    SEND_MS = 30000,
    STREAM_MS = 60000,
    OPTIONS_MOST = 24,
    BARREN_RUNS_MOST = 32,
    BARREN_PAUSE_MS = 10,
};

/* TLS 1.2 and 1.3, and nothing that is known to be weak. */
static const char TLS_PRIORITIES[] = "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:"
                                     "%SERVER_PRECEDENCE";

static void set_default(uint32_t *value, uint32_t fallback) {
    if (*value == 0) *value = fallback;
}

static void set_defaults(struct caa_server_limits *limits) {
    set_default(&limits->connections_most, CONNECTIONS_MOST);
    set_default(&limits->head_octets_most, HEAD_OCTETS_MOST);
    set_default(&limits->head_ms, HEAD_MS);
    set_default(&limits->idle_ms, IDLE_MS);
    set_default(&limits->body_ms, BODY_MS);
    set_default(&limits->send_ms, SEND_MS);
    set_default(&limits->stream_ms, STREAM_MS);
}

/* libmicrohttpd's log. Once it runs, all it has to say is what strangers sent. */
static void on_words(void *context, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));
static void on_words(void *context, const char *format, va_list arguments) {
    struct caa_server *server = context;
    char text[256];
    if (server->starting == NULL) return;
    vsnprintf(text, sizeof text, format, arguments);
    caa_diag_set(server->starting, "libmicrohttpd: %s", text);
}

/* While a client keeps its handshake waiting, libmicrohttpd (0.9.75) wants to run again at
   once, for as long as that lasts: a core for whoever says half a ClientHello. What comes
   meanwhile is an event, and what others still have to do is done in the runs before the pause.
 */
static void run(struct caa_server *server) {
    MHD_UNSIGNED_LONG_LONG wait_ms;
    server->running = true;
    MHD_run(server->daemon);
    server->running = false;
    if (MHD_get_timeout(server->daemon, &wait_ms) != MHD_YES) return;
    if (wait_ms == 0 && server->handshake_count > 0 && ++server->barren_runs > BARREN_RUNS_MOST)
        wait_ms = BARREN_PAUSE_MS;
    struct timeval wait = {.tv_sec = (time_t)(wait_ms / 1000),
                           .tv_usec = (suseconds_t)(wait_ms % 1000) * 1000};
    evtimer_add(server->due, &wait);
}

static void on_event(evutil_socket_t fd, short events, void *context) {
    struct caa_server *server = context;
    (void)fd;
    if ((events & EV_READ) != 0) server->barren_runs = 0;
    run(server);
}

void caa_server_run_soon(struct caa_server *server) {
    server->barren_runs = 0;
    if (!server->running && !server->ending) event_active(server->due, EV_TIMEOUT, 0);
}

struct options {
    size_t count;
    struct MHD_OptionItem items[OPTIONS_MOST];
};

static void add_option(struct options *options, enum MHD_OPTION option, intptr_t value,
                       const void *pointer) {
    options->items[options->count++] =
        (struct MHD_OptionItem){.option = option, .value = value, .ptr_value = (void *)pointer};
}

/* The session leads to the connection (connection.c). What is imported is this handshake's own,
   so that one under way never sees another certificate come, and GnuTLS frees it. */
static gnutls_certificate_retrieve_function3 on_handshake;
static int on_handshake(gnutls_session_t session, const struct gnutls_cert_retr_st *info,
                        gnutls_pcert_st **chain, unsigned *count, gnutls_ocsp_data_st **ocsp,
                        unsigned *ocsp_count, gnutls_privkey_t *key, unsigned *flags) {
    const struct caa_connection *connection = gnutls_session_get_ptr(session);
    (void)info;
    (void)ocsp;
    *ocsp_count = 0;
    *flags = GNUTLS_CERT_RETR_DEINIT_ALL;
    if (connection == NULL) return GNUTLS_E_MEMORY_ERROR;
    return caa_certificate_import(connection->server->certificate, chain, count, key);
}

static void add_tls(struct options *options, const struct caa_server_tls *tls) {
    add_option(options, MHD_OPTION_HTTPS_PRIORITIES, 0, TLS_PRIORITIES);
    if (tls->client_ca != NULL)
        add_option(options, MHD_OPTION_HTTPS_MEM_TRUST, 0, tls->client_ca);
}

static void add_limits(struct options *options, const struct caa_server_limits *limits) {
    add_option(options, MHD_OPTION_CONNECTION_LIMIT, limits->connections_most, NULL);
    add_option(options, MHD_OPTION_CONNECTION_MEMORY_LIMIT, limits->head_octets_most, NULL);
}

static enum caa_err start_daemon(struct caa_server *server, struct caa_diag *diag) {
    const struct caa_server_setting *setting = &server->setting;
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
    struct options options = {0};
    add_limits(&options, &setting->limits);
    if (setting->tls != NULL) {
        flags |= MHD_USE_TLS;
        add_tls(&options, setting->tls);
    }
    add_option(&options, MHD_OPTION_END, 0, NULL);
    caa_diag_set(diag, "libmicrohttpd does not start");
    server->starting = diag;
    /* The logger comes first, so that it hears of the options too; the callback last, since C
       has no place for a function in an array of options. */
    server->daemon = MHD_start_daemon(
        flags, 0, caa_connection_admit, server, caa_call_handle, server,
        MHD_OPTION_EXTERNAL_LOGGER, on_words, server, MHD_OPTION_LISTEN_SOCKET,
        setting->listen_fd, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_SIGPIPE_HANDLED_BY_APP,
        1, MHD_OPTION_URI_LOG_CALLBACK, caa_call_begin, server, MHD_OPTION_NOTIFY_COMPLETED,
        caa_call_end, server, MHD_OPTION_NOTIFY_CONNECTION, caa_connection_notify, server,
        MHD_OPTION_ARRAY, options.items,
        setting->tls == NULL ? MHD_OPTION_END : MHD_OPTION_HTTPS_CERT_CALLBACK2, on_handshake,
        MHD_OPTION_END);
    server->starting = NULL;
    return server->daemon == NULL ? CAA_ERR_EVENT : CAA_OK;
}

static enum caa_err watch(struct caa_server *server) {
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    struct event_base *base = server->setting.base;
    if (info == NULL) return CAA_ERR_EVENT;
    server->readable = event_new(base, info->epoll_fd, EV_READ | EV_PERSIST, on_event, server);
    server->due = evtimer_new(base, on_event, server);
    if (server->readable == NULL || server->due == NULL ||
        event_add(server->readable, NULL) != 0)
        return CAA_ERR_EVENT;
    run(server);
    return CAA_OK;
}

static enum caa_err make_crowd(struct caa_server *server) {
    uint64_t seed;
    if (getrandom(&seed, sizeof seed, 0) != sizeof seed) return CAA_ERR_EVENT;
    return caa_crowd_new(&server->crowd, server->setting.limits.connections_per_client_most,
                         seed);
}

enum caa_err caa_server_new(struct caa_server **made, const struct caa_server_setting *setting,
                            struct caa_diag *diag) {
    struct caa_server *server = calloc(1, sizeof *server);
    if (server == NULL) {
        close(setting->listen_fd);
        return CAA_ERR_NOMEM;
    }
    server->setting = *setting;
    set_defaults(&server->setting.limits);
    if (setting->tls != NULL)
        server->certificate = caa_certificate_retain(setting->tls->certificate);
    enum caa_err err = make_crowd(server);
    if (err == CAA_OK) err = start_daemon(server, diag);
    if (err != CAA_OK) close(setting->listen_fd);
    if (err == CAA_OK) err = watch(server);
    if (err == CAA_OK)
        *made = server;
    else
        caa_server_free(server);
    return err;
}

void caa_server_set_access(struct caa_server *server, const struct caa_access *access) {
    server->setting.access = access;
}

void caa_server_set_certificate(struct caa_server *server,
                                struct caa_certificate *certificate) {
    struct caa_certificate *before = server->certificate;
    server->certificate = caa_certificate_retain(certificate);
    caa_certificate_release(before);
}

void caa_server_drain(struct caa_server *server) {
    if (server->draining) return;
    server->draining = true;
    int fd = MHD_quiesce_daemon(server->daemon);
    if (fd != MHD_INVALID_SOCKET) close(fd);
    caa_server_run_soon(server);
}

void caa_server_refuse_all(struct caa_server *server, const struct caa_refusal *refusal) {
    for (struct caa_call *call = server->calls; call != NULL; call = call->next)
        caa_call_stop(call, refusal);
}

size_t caa_server_call_count(const struct caa_server *server) {
    return server->call_count;
}

size_t caa_server_connection_count(const struct caa_server *server) {
    return server->connection_count;
}

/* libmicrohttpd does not stop while a connection is suspended. */
static void wake_all(struct caa_server *server) {
    for (struct caa_call *call = server->calls; call != NULL; call = call->next)
        caa_call_wake(call);
}

void caa_server_free(struct caa_server *server) {
    if (server == NULL) return;
    server->ending = true;
    if (server->daemon != NULL) {
        wake_all(server);
        MHD_stop_daemon(server->daemon);
    }
    if (server->readable != NULL) event_free(server->readable);
    if (server->due != NULL) event_free(server->due);
    caa_crowd_free(server->crowd);
    caa_certificate_release(server->certificate);
    free(server);
}
