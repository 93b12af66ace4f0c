#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "serve/server_state.h"

enum { CLOSING_US = 100000 }; /* for libmicrohttpd to read what came */

/* A check may take longer than a client may. It has a deadline of its own. */
static bool stands_still_for_us(const struct caa_call *call) {
    const struct caa_route *route = call == NULL ? NULL : call->match.route;
    if (route == NULL || route->stream == NULL || call->work == NULL || call->has_refusal ||
        call->stage == CAA_CALL_LINGERING)
        return false;
    return caa_call_unsent(call) == 0 && route->stream->runs(call->work);
}

static void tell_cut(const struct caa_connection *connection) {
    const struct caa_server_events *events = &connection->server->setting.events;
    if (events->cut != NULL) events->cut(events->context);
}

/* Only shut down: libmicrohttpd sees the end, and closes; of a call that is suspended it sees
   nothing. */
static void on_deadline(evutil_socket_t fd, short flags, void *context) {
    struct caa_connection *connection = context;
    (void)fd;
    (void)flags;
    if (stands_still_for_us(connection->call)) {
        caa_connection_set_deadline(connection, connection->server->setting.limits.stream_ms);
        return;
    }
    bool is_slow = connection->call == NULL || connection->call->stage != CAA_CALL_LINGERING;
    if (caa_call_refuse_slow(connection->call)) { /* and sets another one */
        if (connection->call->status == MHD_HTTP_REQUEST_TIMEOUT) tell_cut(connection);
        return;
    }
    shutdown(connection->fd, SHUT_RDWR);
    if (connection->call != NULL && connection->call->outflow != NULL) {
        connection->call->outflow->failed = true;
        caa_call_wake(connection->call);
    }
    if (is_slow) tell_cut(connection);
}

void caa_connection_set_deadline(struct caa_connection *connection, uint32_t ms) {
    struct timeval wait = {.tv_sec = ms / 1000, .tv_usec = (suseconds_t)(ms % 1000) * 1000};
    if (connection->deadline == NULL) return;
    if (ms == 0) {
        evtimer_del(connection->deadline);
        return;
    }
    /* One of a few durations: libevent keeps those in a queue instead of its heap. */
    const struct timeval *queue =
        event_base_init_common_timeout(connection->server->setting.base, &wait);
    evtimer_add(connection->deadline, queue == NULL ? &wait : queue);
}

gnutls_session_t caa_connection_session(const struct caa_server *server,
                                        struct MHD_Connection *mhd) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    return server->setting.tls == NULL || info == NULL ? NULL : info->tls_session;
}

/* ---- clients that say no more */

/* Octets that came and that libmicrohttpd has yet to read. */
static bool has_unread(const struct caa_connection *connection) {
    gnutls_session_t session = caa_connection_session(connection->server, connection->mhd);
    int unread = 0;
    if (session != NULL && gnutls_record_check_pending(session) > 0) return true;
    return ioctl(connection->fd, FIONREAD, &unread) == 0 && unread > 0;
}

static void look_soon(struct caa_connection *connection) {
    const struct timeval soon = {.tv_usec = CLOSING_US};
    evtimer_add(connection->closing, &soon);
}

static bool is_being_read(const struct caa_call *call) {
    return call == NULL ||
           (!call->suspended && !call->body_ended && call->stage < CAA_CALL_WORK);
}

/* libmicrohttpd waits for edges: of an end that had come when it read what was in front it
   never hears, and waits for more. By now it has read all there is; so what is not whole never
   will be. */
static void on_closing(evutil_socket_t fd, short flags, void *context) {
    struct caa_connection *connection = context;
    (void)fd;
    (void)flags;
    if (!is_being_read(connection->call)) return; /* we are called again */
    if (has_unread(connection))
        look_soon(connection);
    else
        shutdown(connection->fd, SHUT_RDWR);
}

/* From here on the event is a timer. */
static void on_end(evutil_socket_t fd, short flags, void *context) {
    struct caa_connection *connection = context;
    (void)fd;
    (void)flags;
    connection->is_closing = true;
    evtimer_assign(connection->closing, connection->server->setting.base, on_closing,
                   connection);
    look_soon(connection);
}

void caa_connection_look_again(struct caa_connection *connection) {
    if (connection->is_closing) look_soon(connection);
}

/* ---- a connection's life */

enum MHD_Result caa_connection_admit(void *context, const struct sockaddr *address,
                                     socklen_t octets) {
    const struct caa_server *server = context;
    const struct caa_server_events *events = &server->setting.events;
    (void)octets;
    if (caa_crowd_has_room(server->crowd, address)) return MHD_YES;
    if (events->crowded != NULL) events->crowded(events->context);
    return MHD_NO;
}

static void free_connection(struct caa_connection *connection) {
    if (connection->deadline != NULL) event_free(connection->deadline);
    if (connection->closing != NULL) event_free(connection->closing);
    free(connection->subject);
    free(connection);
}

static void begin(struct caa_server *server, struct MHD_Connection *mhd,
                  void **socket_context) {
    struct caa_connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL) return; /* its requests are refused: call.c */
    connection->server = server;
    connection->mhd = mhd;
    connection->fd =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    connection->deadline = evtimer_new(server->setting.base, on_deadline, connection);
    connection->closing =
        event_new(server->setting.base, connection->fd, EV_CLOSED, on_end, connection);
    if (connection->deadline == NULL || connection->closing == NULL ||
        event_add(connection->closing, NULL) != 0) {
        free_connection(connection);
        return;
    }
    connection->owner = caa_crowd_enter(
        server->crowd,
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr);
    *socket_context = connection;
    caa_connection_set_deadline(connection, server->setting.limits.head_ms);
}

static void end_handshake(struct caa_connection *connection) {
    if (connection->is_in_handshake) connection->server->handshake_count--;
    connection->is_in_handshake = false;
}

/* The client's Finished is its end: nobody resumes a session, where ours would come last. */
static int on_finished(gnutls_session_t session, unsigned type, unsigned when,
                       unsigned is_incoming, const gnutls_datum_t *message) {
    struct caa_connection *connection = gnutls_session_get_ptr(session);
    (void)type;
    (void)when;
    (void)message;
    if (is_incoming && connection != NULL) end_handshake(connection);
    return 0;
}

/* Before its handshake, so that this may find the server. libmicrohttpd has put its connection
   there, for itself and for pre-shared keys only, which nobody has here. */
static void tie_session(const struct caa_server *server, struct caa_connection *connection,
                        struct MHD_Connection *mhd) {
    gnutls_session_t session = caa_connection_session(server, mhd);
    if (session == NULL) return;
    gnutls_session_set_ptr(session, connection);
    if (connection == NULL) return;
    gnutls_handshake_set_hook_function(session, GNUTLS_HANDSHAKE_FINISHED, GNUTLS_HOOK_POST,
                                       on_finished);
    connection->is_in_handshake = true;
    connection->server->handshake_count++;
}

void caa_connection_notify(void *context, struct MHD_Connection *mhd, void **socket_context,
                           enum MHD_ConnectionNotificationCode code) {
    struct caa_server *server = context;
    struct caa_connection *connection = *socket_context;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        server->connection_count++;
        begin(server, mhd, socket_context);
        tie_session(server, *socket_context, mhd);
    } else {
        server->connection_count--;
        if (connection != NULL) {
            end_handshake(connection);
            caa_crowd_leave(connection->owner);
            free_connection(connection);
        }
    }
}

static void read_subject(struct caa_connection *connection, const gnutls_datum_t *der) {
    gnutls_x509_crt_t certificate;
    gnutls_datum_t subject = {NULL, 0};
    if (gnutls_x509_crt_init(&certificate) != 0) return;
    if (gnutls_x509_crt_import(certificate, der, GNUTLS_X509_FMT_DER) == 0 &&
        gnutls_x509_crt_get_dn3(certificate, &subject, 0) == 0 &&
        memchr(subject.data, '\0', subject.size) == NULL)
        connection->subject = strndup((const char *)subject.data, subject.size);
    gnutls_free(subject.data);
    gnutls_x509_crt_deinit(certificate);
}

/* A server's certificate of the same authority is no client's. */
static bool is_verified(gnutls_session_t session) {
    gnutls_typed_vdata_st purpose = {.type = GNUTLS_DT_KEY_PURPOSE_OID,
                                     .data = (unsigned char *)GNUTLS_KP_TLS_WWW_CLIENT};
    unsigned status;
    return gnutls_certificate_verify_peers(session, &purpose, 1, &status) == 0 && status == 0;
}

void caa_connection_read_certificate(struct caa_connection *connection) {
    unsigned count = 0;
    if (connection->certificate_read) return;
    connection->certificate_read = true;
    gnutls_session_t session = caa_connection_session(connection->server, connection->mhd);
    if (session == NULL) return;
    const gnutls_datum_t *chain = gnutls_certificate_get_peers(session, &count);
    if (chain == NULL || count == 0 || !is_verified(session)) return;
    connection->has_certificate =
        caa_access_hash_of(&connection->fingerprint,
                           caa_slice_bytes(chain[0].data, chain[0].size)) == CAA_OK;
    if (connection->has_certificate) read_subject(connection, &chain[0]);
}
