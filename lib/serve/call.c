#include "serve/call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "serve/server_state.h"

enum {
    DISCARD_MOST = 1 << 20, /* octets of an unwanted body that are read to keep a connection */
    DISCARD_MS = 1000,      /* for these to come, before the client is told without */
    LINGER_MS = 3000,       /* for a client that sends on although it has been refused */
    BODY_FIRST_SIZE = 1024,
    BUSY_RETRY_S = 5,
};

static void link_call(struct caa_server *server, struct caa_call *call) {
    call->next = server->calls;
    if (server->calls != NULL) server->calls->previous = call;
    server->calls = call;
    server->call_count++;
}

static void unlink_call(struct caa_server *server, struct caa_call *call) {
    if (call->previous != NULL)
        call->previous->next = call->next;
    else
        server->calls = call->next;
    if (call->next != NULL) call->next->previous = call->previous;
    server->call_count--;
}

void *caa_call_begin(void *context, const char *uri, struct MHD_Connection *mhd) {
    struct caa_server *server = context;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct caa_connection *connection = info->socket_context;
    struct caa_call *call = connection == NULL ? NULL : calloc(1, sizeof *call);
    if (call == NULL) return NULL;
    call->uri = strdup(uri == NULL ? "" : uri);
    if (call->uri == NULL) {
        free(call);
        return NULL;
    }
    call->server = server;
    call->connection = connection;
    call->started_us = caa_clock_monotonic_us(server->setting.clock);
    connection->call = call;
    link_call(server, call);
    return call;
}

static size_t large_octets_of(size_t body_size) {
    return body_size > CAA_SERVER_BODY_SMALL ? body_size : 0;
}

static void tell_answered(const struct caa_call *call) {
    const struct caa_server_setting *setting = &call->server->setting;
    if (call->status == 0 || setting->events.answered == NULL) return;
    int64_t elapsed_us = caa_clock_monotonic_us(setting->clock) - call->started_us;
    setting->events.answered(setting->events.context, call->status, (uint64_t)elapsed_us);
}

void caa_call_end(void *context, struct MHD_Connection *mhd, void **ended,
                  enum MHD_RequestTerminationCode code) {
    struct caa_server *server = context;
    struct caa_call *call = *ended;
    (void)mhd;
    (void)code;
    *ended = NULL;
    if (call == NULL) return;
    unlink_call(server, call);
    tell_answered(call);
    if (call->drop != NULL) call->drop(call->work);
    caa_outflow_free(call);
    call->connection->call = NULL;
    caa_connection_set_deadline(call->connection, server->setting.limits.idle_ms);
    caa_connection_look_again(call->connection);
    server->large_octets -= large_octets_of(call->body_size);
    free(call->reply.body);
    free(call->reply.head);
    free(call->body);
    free(call->authority);
    free(call->uri);
    free(call);
}

static void suspend(struct caa_call *call) {
    if (call->suspended) return;
    call->suspended = true;
    MHD_suspend_connection(call->connection->mhd);
}

void caa_call_wake(struct caa_call *call) {
    if (!call->suspended) return;
    call->suspended = false;
    MHD_resume_connection(call->connection->mhd);
    caa_connection_look_again(call->connection);
    caa_server_run_soon(call->server);
}

static void start_route(struct caa_call *call) {
    const struct caa_route *route = call->match.route;
    route->start(call->server->setting.context, call);
}

static bool is_waiting_for_continue(const struct caa_call *call) {
    const char *expect = caa_call_header(call, "Expect");
    return expect != NULL && call->chunked && caa_call_has_body(call);
}

/* A client that is still sending what nobody wants to read is told so at once, past
   libmicrohttpd, which would wait for the end, and has a moment to read it: closing at once
   would take the answer back (RST). */
static enum MHD_Result linger(struct caa_call *call) {
    if (!call->has_reply) caa_call_refusal_to_reply(call);
    struct caa_reply *reply = &call->reply;
    call->stage = CAA_CALL_LINGERING;
    call->status = reply->status;
    caa_connection_set_deadline(call->connection, LINGER_MS);
    if (!caa_outflow_begin(call, reply->status, reply->type, reply->body_len)) return MHD_NO;
    if (reply->body != NULL && strcmp(call->method, "HEAD") != 0)
        evbuffer_add(call->outflow->framed, reply->body, reply->body_len);
    caa_call_finish(call);
    return MHD_YES;
}

static void refuse_with(struct caa_call *call, const struct caa_refusal *refusal) {
    call->refusal = *refusal;
    call->has_refusal = true;
}

bool caa_call_refuse_slow(struct caa_call *call) {
    struct caa_refusal slow;
    if (call == NULL || call->stage != CAA_CALL_BODY || call->work != NULL) return false;
    caa_refusal_set(&slow, CAA_USE_SLOW, NULL, "the body did not arrive in time");
    if (!call->has_refusal && !call->has_reply) refuse_with(call, &slow);
    return linger(call) == MHD_YES;
}

/* An answer that has begun ends with the refusal of what is left; else that is the answer. */
static void stop_stream(struct caa_call *call, const struct caa_refusal *refusal) {
    bool has_begun = call->outflow != NULL;
    call->match.route->stream->stop(call->work, has_begun ? refusal : NULL);
    if (has_begun) {
        call->stage = CAA_CALL_LINGERING;
        caa_connection_set_deadline(call->connection, LINGER_MS);
        caa_call_finish(call);
    } else {
        refuse_with(call, refusal);
        linger(call);
    }
    call->paused = false;
    caa_call_wake(call); /* to read on, and throw away */
}

void caa_call_stop(struct caa_call *call, const struct caa_refusal *refusal) {
    bool is_decided = call->has_reply || call->has_refusal;
    if (call->stage == CAA_CALL_WORK && !is_decided) {
        caa_call_refuse(call, refusal);
    } else if (call->stage == CAA_CALL_BODY && call->work != NULL) {
        if (call->outflow == NULL || !call->outflow->finished) stop_stream(call, refusal);
    } else if (call->stage == CAA_CALL_BODY) {
        if (!is_decided) refuse_with(call, refusal);
        linger(call);
    }
}

/* Whoever streams may wait for an answer before going on. */
static enum MHD_Result begin_stream(struct caa_call *call) {
    caa_connection_set_deadline(call->connection, call->server->setting.limits.stream_ms);
    if (!call->has_refusal) start_route(call);
    return call->has_refusal ? linger(call) : MHD_YES;
}

/* Else the body is small, and worth being read: where libmicrohttpd has not read all of a
   request, it does not go on to the next one. */
static bool is_told_before_the_body(const struct caa_call *call) {
    const char *length = caa_call_header(call, "Content-Length");
    const struct caa_route *route = call->match.route;
    bool is_stream = route != NULL && route->stream != NULL;
    return is_stream || call->is_suspect || call->refusal.use == CAA_USE_TOO_LARGE ||
           (length != NULL && strtoull(length, NULL, 10) > DISCARD_MOST);
}

/* What is wrong is known from the head, and the body is still to come. */
static enum MHD_Result refuse_body(struct caa_call *call) {
    if (is_waiting_for_continue(call)) return caa_call_send(call);
    if (is_told_before_the_body(call)) return linger(call);
    caa_connection_set_deadline(call->connection, DISCARD_MS);
    return MHD_YES;
}

/* The head is there: libmicrohttpd's first call. */
static enum MHD_Result take_head(struct caa_call *call, const char *method,
                                 const char *version) {
    const struct caa_server_limits *limits = &call->server->setting.limits;
    snprintf(call->method, sizeof call->method, "%s", method);
    call->chunked = strcmp(version, MHD_HTTP_VERSION_1_1) == 0;
    call->stage = CAA_CALL_BODY;
    caa_connection_set_deadline(call->connection, limits->body_ms);
    caa_call_check_head(call, method);
    const struct caa_route *route = call->match.route;
    bool refused = call->has_refusal || call->has_reply;
    if (refused && caa_call_has_body(call)) return refuse_body(call);
    return route == NULL || route->stream == NULL ? MHD_YES : begin_stream(call);
}

static enum MHD_Result discard(struct caa_call *call, size_t *len) {
    call->discarded += *len;
    *len = 0;
    bool too_much = call->has_refusal && call->discarded > DISCARD_MOST;
    return too_much && call->stage == CAA_CALL_BODY ? linger(call) : MHD_YES;
}

/* The room that the body needs with `len` octets more. */
static size_t size_for(const struct caa_call *call, size_t len) {
    size_t size = call->body_size == 0 ? BODY_FIRST_SIZE : call->body_size;
    while (size < call->body_len + len) size *= 2;
    return size;
}

/* Those who send large bodies share what there is for them, so that there is an end to it
   however many they are. */
static bool has_room(const struct caa_call *call, size_t size) {
    const struct caa_server *server = call->server;
    size_t most = server->setting.limits.large_octets_most;
    size_t others = server->large_octets - large_octets_of(call->body_size);
    return most == 0 || large_octets_of(size) == 0 || others + size <= most;
}

static bool keep(struct caa_call *call, const char *octets, size_t len) {
    size_t size = size_for(call, len);
    if (size != call->body_size) {
        char *body = realloc(call->body, size);
        if (body == NULL) return false;
        call->server->large_octets += large_octets_of(size) - large_octets_of(call->body_size);
        call->body = body;
        call->body_size = size;
    }
    memcpy(call->body + call->body_len, octets, len);
    call->body_len += len;
    return true;
}

static bool body_fits(struct caa_call *call, size_t len) {
    const struct caa_route *route = call->match.route;
    if (call->body_len + len > route->body_most) {
        caa_refusal_set(&call->refusal, CAA_USE_TOO_LARGE, NULL,
                        "the body is larger than %zu octets", route->body_most);
    } else if (!has_room(call, size_for(call, len))) {
        caa_refusal_set(&call->refusal, CAA_USE_BUSY, NULL,
                        "too many large bodies are being sent");
        call->refusal.retry_after_s = BUSY_RETRY_S;
    }
    call->has_refusal = call->refusal.refused;
    return !call->has_refusal;
}

static enum MHD_Result take_whole(struct caa_call *call, const char *octets, size_t *len) {
    if (!body_fits(call, *len)) {
        *len = 0;
        return linger(call);
    }
    if (!keep(call, octets, *len)) return MHD_NO;
    *len = 0;
    return MHD_YES;
}

static enum MHD_Result take_stream(struct caa_call *call, const char *octets, size_t *len) {
    if (call->outflow != NULL && call->outflow->failed) return MHD_NO;
    if (call->suspended) return MHD_YES;
    size_t taken = call->match.route->stream->take(call->work, caa_slice_bytes(octets, *len));
    if (taken > 0)
        caa_connection_set_deadline(call->connection, call->server->setting.limits.stream_ms);
    *len -= taken;
    if (*len == 0) return MHD_YES;
    call->paused = true;
    suspend(call);
    return MHD_YES;
}

static enum MHD_Result take_body(struct caa_call *call, const char *octets, size_t *len) {
    if (call->has_refusal || call->has_reply || call->stage == CAA_CALL_LINGERING)
        return discard(call, len);
    if (call->match.route->stream != NULL) return take_stream(call, octets, len);
    return take_whole(call, octets, len);
}

/* A stream's body is over: it goes on until all is written and has left. */
static enum MHD_Result end_stream(struct caa_call *call) {
    if (!call->body_ended) {
        call->body_ended = true;
        call->match.route->stream->end(call->work);
    }
    if (call->has_reply) return caa_call_send(call);
    if (call->outflow != NULL && caa_outflow_is_over(call)) return MHD_NO; /* closes */
    suspend(call);
    return MHD_YES;
}

/* Nothing of the refusal may be left behind. */
static enum MHD_Result end_lingering(struct caa_call *call) {
    if (caa_outflow_is_over(call)) return MHD_NO;
    suspend(call);
    return MHD_YES;
}

/* All of the request is there: libmicrohttpd's last call, and again after each wake. */
static enum MHD_Result take_end(struct caa_call *call) {
    if (call->server->ending) return MHD_NO;
    if (call->stage == CAA_CALL_LINGERING) return end_lingering(call);
    if (!call->has_reply && !call->has_refusal && call->match.route->stream != NULL)
        return end_stream(call);
    if (call->stage == CAA_CALL_BODY && !call->has_reply && !call->has_refusal) {
        call->stage = CAA_CALL_WORK;
        caa_connection_set_deadline(call->connection, 0);
        start_route(call);
    }
    if (call->has_reply || call->has_refusal) return caa_call_send(call);
    suspend(call);
    return MHD_YES;
}

enum MHD_Result caa_call_handle(void *context, struct MHD_Connection *mhd, const char *url,
                                const char *method, const char *version, const char *upload,
                                size_t *upload_len, void **handled) {
    struct caa_call *call = *handled;
    (void)context;
    (void)mhd;
    (void)url;
    if (call == NULL) return MHD_NO;
    if (call->stage == CAA_CALL_HEAD) return take_head(call, method, version);
    if (*upload_len > 0) return take_body(call, upload, upload_len);
    return take_end(call);
}

struct caa_slice caa_call_parameter(const struct caa_call *call, size_t index) {
    return index < call->match.parameter_count ? call->match.parameters[index]
                                               : caa_slice_of(NULL);
}

struct caa_slice caa_call_body(const struct caa_call *call) {
    return caa_slice_bytes(call->body, call->body_len);
}

const char *caa_call_method(const struct caa_call *call) {
    return call->method;
}

const char *caa_call_target(const struct caa_call *call) {
    return call->uri;
}

const char *caa_call_host(const struct caa_call *call) {
    return call->authority != NULL ? call->authority : caa_call_header(call, "Host");
}

const struct caa_grant *caa_call_grant(const struct caa_call *call) {
    return &call->grant;
}

const char *caa_call_client(const struct caa_call *call) {
    return call->client;
}

void caa_call_keep(struct caa_call *call, void *work, void (*drop)(void *work)) {
    call->work = work;
    call->drop = drop;
}

void caa_call_resume(struct caa_call *call) {
    if (!call->paused) return;
    call->paused = false;
    caa_call_wake(call);
}
