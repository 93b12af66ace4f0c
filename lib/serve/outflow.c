#include <errno.h>
#include <gnutls/gnutls.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "serve/server_state.h"

enum {
    SEND_MOST = 16384,        /* octets at a time; a TLS record holds no more */
    ROOM_BELOW = 64 * 1024,   /* unsent octets below which there is room for more */
    CHUNK_MOST = 1024 * 1024, /* octets */
};

static void on_writable(evutil_socket_t fd, short events, void *context);

static void frame_head(struct caa_call *call, unsigned status, const char *type,
                       size_t body_len) {
    struct evbuffer *out = call->outflow->framed;
    char date[64];
    time_t now = (time_t)(caa_clock_wall_us(call->server->setting.clock) / 1000000);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &utc);
    evbuffer_add_printf(out,
                        "HTTP/1.1 %u %s\r\nDate: %s\r\nCache-Control: no-store\r\n"
                        "X-Content-Type-Options: nosniff\r\nConnection: close\r\n",
                        status, MHD_get_reason_phrase_for(status), date);
    if (type != NULL) evbuffer_add_printf(out, "Content-Type: %s\r\n", type);
    if (status == 401) evbuffer_add_printf(out, "WWW-Authenticate: Bearer\r\n");
    if (status == 405 || status == 204)
        evbuffer_add_printf(out, "Allow: %s\r\n", call->match.allow);
    if (call->reply.retry_after_s != 0)
        evbuffer_add_printf(out, "Retry-After: %u\r\n", call->reply.retry_after_s);
    if (body_len == SIZE_MAX)
        evbuffer_add_printf(out, "%s", call->chunked ? "Transfer-Encoding: chunked\r\n" : "");
    else if (status != 204)
        evbuffer_add_printf(out, "Content-Length: %zu\r\n", body_len);
    evbuffer_add_printf(out, "\r\n");
}

bool caa_outflow_begin(struct caa_call *call, unsigned status, const char *type,
                       size_t body_len) {
    struct caa_outflow *outflow = calloc(1, sizeof *outflow);
    if (outflow == NULL) return false;
    call->outflow = outflow;
    call->chunked = call->chunked && body_len == SIZE_MAX;
    outflow->framed = evbuffer_new();
    outflow->written = evbuffer_new();
    outflow->writable = event_new(call->server->setting.base, call->connection->fd, EV_WRITE,
                                  on_writable, call);
    if (outflow->framed == NULL || outflow->written == NULL || outflow->writable == NULL) {
        caa_outflow_free(call);
        return false;
    }
    frame_head(call, status, type, body_len);
    return true;
}

void caa_outflow_free(struct caa_call *call) {
    struct caa_outflow *outflow = call->outflow;
    if (outflow == NULL) return;
    if (outflow->writable != NULL) event_free(outflow->writable);
    if (outflow->framed != NULL) evbuffer_free(outflow->framed);
    if (outflow->written != NULL) evbuffer_free(outflow->written);
    free(outflow);
    call->outflow = NULL;
}

bool caa_outflow_is_over(const struct caa_call *call) {
    const struct caa_outflow *outflow = call->outflow;
    return outflow == NULL || outflow->failed ||
           (outflow->finished && caa_call_unsent(call) == 0);
}

/* Octets that left; 0: not now, -1: the client is gone. */
static ssize_t send_some(struct caa_call *call, const void *octets, size_t len) {
    struct caa_outflow *outflow = call->outflow;
    gnutls_session_t session = caa_connection_session(call->server, call->connection->mhd);
    if (session == NULL) {
        ssize_t sent = send(call->connection->fd, octets, len, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent >= 0) return sent;
        return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? 0 : -1;
    }
    ssize_t sent = outflow->retry ? gnutls_record_send(session, NULL, 0)
                                  : gnutls_record_send(session, octets, len);
    outflow->retry = sent == GNUTLS_E_AGAIN || sent == GNUTLS_E_INTERRUPTED;
    if (outflow->retry) return 0;
    return sent < 0 ? -1 : sent;
}

static void frame_chunk(struct caa_call *call) {
    struct caa_outflow *outflow = call->outflow;
    size_t len = evbuffer_get_length(outflow->written);
    if (len > 0 && call->chunked) evbuffer_add_printf(outflow->framed, "%zx\r\n", len);
    evbuffer_add_buffer(outflow->framed, outflow->written);
    if (len > 0 && call->chunked) evbuffer_add(outflow->framed, "\r\n", 2);
}

/* Sends what goes out now; false where some is left. */
static bool send_framed(struct caa_call *call) {
    struct evbuffer *framed = call->outflow->framed;
    while (!call->outflow->failed && evbuffer_get_length(framed) > 0) {
        size_t len = evbuffer_get_length(framed);
        if (len > SEND_MOST) len = SEND_MOST;
        ssize_t sent = send_some(call, evbuffer_pullup(framed, (ssize_t)len), len);
        if (sent == 0) return false;
        if (sent < 0)
            call->outflow->failed = true;
        else
            evbuffer_drain(framed, (size_t)sent);
    }
    return true;
}

/* All is said, and nothing may follow: not what libmicrohttpd would say of a body that it
   cannot read. The client reads the end, and may close. */
static void say_no_more(struct caa_call *call) {
    gnutls_session_t session = caa_connection_session(call->server, call->connection->mhd);
    if (session != NULL) gnutls_bye(session, GNUTLS_SHUT_WR);
    shutdown(call->connection->fd, SHUT_WR);
}

static void on_writable(evutil_socket_t fd, short events, void *context) {
    struct caa_call *call = context;
    struct caa_outflow *outflow = call->outflow;
    bool lingers = call->stage == CAA_CALL_LINGERING;
    (void)fd;
    (void)events;
    size_t before = caa_call_unsent(call);
    frame_chunk(call);
    if (!send_framed(call)) event_add(outflow->writable, NULL);
    if (!lingers && evbuffer_get_length(outflow->framed) < before)
        caa_connection_set_deadline(call->connection, call->server->setting.limits.stream_ms);
    if (lingers && !outflow->failed && caa_outflow_is_over(call)) say_no_more(call);
    if (caa_outflow_is_over(call))
        caa_call_wake(call);
    else if (!lingers && !outflow->finished && caa_call_unsent(call) < ROOM_BELOW)
        call->match.route->stream->room(call->work);
}

static bool begin_stream(struct caa_call *call) {
    if (call->outflow != NULL) return true;
    return caa_outflow_begin(call, 200, call->match.route->stream->type, SIZE_MAX);
}

void caa_call_write(struct caa_call *call, struct caa_slice octets) {
    if (!begin_stream(call) || call->outflow->failed) return;
    if (evbuffer_add(call->outflow->written, octets.ptr, octets.len) != 0)
        call->outflow->failed = true;
    if (evbuffer_get_length(call->outflow->written) > CHUNK_MOST) frame_chunk(call);
    if (!event_pending(call->outflow->writable, EV_WRITE, NULL))
        event_active(call->outflow->writable, EV_WRITE, 0);
}

size_t caa_call_unsent(const struct caa_call *call) {
    if (call->outflow == NULL) return 0;
    return evbuffer_get_length(call->outflow->framed) +
           evbuffer_get_length(call->outflow->written);
}

void caa_call_finish(struct caa_call *call) {
    if (!begin_stream(call)) return;
    struct caa_outflow *outflow = call->outflow;
    frame_chunk(call);
    if (call->chunked) evbuffer_add(outflow->framed, "0\r\n\r\n", 5);
    outflow->finished = true;
    event_active(outflow->writable, EV_WRITE, 0);
}
