#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "serve/server_state.h"

void caa_call_answer(struct caa_call *call, const struct caa_reply *reply) {
    free(call->reply.body);
    free(call->reply.head);
    call->reply = *reply;
    call->has_reply = true;
    caa_call_wake(call);
}

void caa_call_refuse(struct caa_call *call, const struct caa_refusal *refusal) {
    call->refusal = *refusal;
    call->has_refusal = true;
    caa_call_wake(call);
}

void caa_call_refusal_to_reply(struct caa_call *call) {
    free(call->reply.body);
    free(call->reply.head);
    call->reply = (struct caa_reply){.status = (unsigned)caa_use_status(call->refusal.use),
                                     .type = CAA_REFUSAL_TYPE,
                                     .retry_after_s = call->refusal.retry_after_s};
    call->reply.body = caa_refusal_document(&call->refusal, &call->reply.body_len);
    call->has_reply = true;
}

/* `head` is cut up. */
static void add_head(struct MHD_Response *response, char *head) {
    for (char *rest = head, *line; (line = strsep(&rest, "\n")) != NULL;) {
        char *colon = strstr(line, ": ");
        if (colon == NULL) continue;
        *colon = '\0';
        MHD_add_response_header(response, line, colon + 2);
    }
}

static void add_own_fields(struct MHD_Response *response, const struct caa_call *call) {
    const struct caa_reply *reply = &call->reply;
    char seconds[16], age[32];
    snprintf(age, sizeof age, "max-age=%u", reply->max_age_s);
    MHD_add_response_header(response, "Cache-Control",
                            reply->max_age_s == 0 ? "no-store" : age);
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    if (reply->type != NULL) MHD_add_response_header(response, "Content-Type", reply->type);
    if (reply->status == 401) MHD_add_response_header(response, "WWW-Authenticate", "Bearer");
    if (reply->status == 405 || reply->status == 204)
        MHD_add_response_header(response, "Allow", call->match.allow);
    if (reply->retry_after_s != 0) {
        snprintf(seconds, sizeof seconds, "%u", reply->retry_after_s);
        MHD_add_response_header(response, "Retry-After", seconds);
    }
}

static void add_fields(struct MHD_Response *response, const struct caa_call *call) {
    if (call->reply.head != NULL)
        add_head(response, call->reply.head);
    else
        add_own_fields(response, call);
    if (call->server->draining || call->is_suspect)
        MHD_add_response_header(response, "Connection", "close");
}

/* The body goes over to libmicrohttpd. */
static struct MHD_Response *make_response(struct caa_reply *reply) {
    if (reply->body == NULL)
        return MHD_create_response_from_buffer(reply->text == NULL ? 0 : strlen(reply->text),
                                               (void *)reply->text, MHD_RESPMEM_PERSISTENT);
    struct MHD_Response *response =
        MHD_create_response_from_buffer(reply->body_len, reply->body, MHD_RESPMEM_MUST_FREE);
    if (response != NULL) reply->body = NULL;
    return response;
}

enum MHD_Result caa_call_send(struct caa_call *call) {
    if (!call->has_reply) caa_call_refusal_to_reply(call);
    struct MHD_Response *response = make_response(&call->reply);
    if (response == NULL) return MHD_NO;
    add_fields(response, call);
    call->stage = CAA_CALL_ANSWERED;
    call->status = call->reply.status;
    caa_connection_set_deadline(call->connection, call->server->setting.limits.send_ms);
    enum MHD_Result queued =
        MHD_queue_response(call->connection->mhd, call->reply.status, response);
    MHD_destroy_response(response);
    return queued;
}
