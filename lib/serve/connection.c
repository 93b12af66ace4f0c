#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "serve/server_state.h"

/* A check may take longer than a client may. It has a deadline of its own. */
static bool stands_still_for_us(const struct caa_call *call) {
    const struct caa_route *route = call == NULL ? NULL : call->match.route;
    if (route == NULL || route->stream == NULL || call->work == NULL || call->has_refusal)
        return false;
    return caa_call_unsent(call) == 0 && route->stream->runs(call->work);
}

/* Only shut down: libmicrohttpd sees the end, and closes; of a call that is suspended it sees
   nothing. */
static void on_deadline(evutil_socket_t fd, short flags, void *context) {
    struct caa_connection *connection = context;
    const struct caa_server_events *events = &connection->server->setting.events;
    (void)fd;
    (void)flags;
    if (stands_still_for_us(connection->call)) {
        caa_connection_set_deadline(connection, connection->server->setting.limits.stream_ms);
        return;
    }
    shutdown(connection->fd, SHUT_RDWR);
    if (connection->call != NULL && connection->call->outflow != NULL) {
        connection->call->outflow->failed = true;
        caa_call_wake(connection->call);
    }
    if (events->cut != NULL) events->cut(events->context);
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

enum MHD_Result caa_connection_admit(void *context, const struct sockaddr *address,
                                     socklen_t octets) {
    const struct caa_server *server = context;
    const struct caa_server_events *events = &server->setting.events;
    (void)octets;
    if (caa_crowd_has_room(server->crowd, address)) return MHD_YES;
    if (events->crowded != NULL) events->crowded(events->context);
    return MHD_NO;
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
    if (connection->deadline == NULL) {
        free(connection);
        return;
    }
    connection->owner = caa_crowd_enter(
        server->crowd,
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr);
    *socket_context = connection;
    caa_connection_set_deadline(connection, server->setting.limits.head_ms);
}

void caa_connection_notify(void *context, struct MHD_Connection *mhd, void **socket_context,
                           enum MHD_ConnectionNotificationCode code) {
    struct caa_server *server = context;
    struct caa_connection *connection = *socket_context;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        server->connection_count++;
        begin(server, mhd, socket_context);
    } else {
        server->connection_count--;
        if (connection != NULL) {
            caa_crowd_leave(connection->owner);
            event_free(connection->deadline);
            free(connection->subject);
            free(connection);
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
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection->mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    if (info == NULL || info->tls_session == NULL) return;
    const gnutls_datum_t *chain = gnutls_certificate_get_peers(info->tls_session, &count);
    if (chain == NULL || count == 0 || !is_verified(info->tls_session)) return;
    connection->has_certificate =
        caa_access_hash_of(&connection->fingerprint,
                           caa_slice_bytes(chain[0].data, chain[0].size)) == CAA_OK;
    if (connection->has_certificate) read_subject(connection, &chain[0]);
}
