/* DNS over HTTPS at /dns-query: access list, rate and answers are those of the DNS listener. */
#include <stdlib.h>
#include <string.h>

#include "daemon/api/state.h"
#include "serve/doh.h"

struct doh_call {
    struct caa_call *call;
    struct caa_doh_exchange *exchange; /* NULL: answered */
};

static void refuse(struct caa_call *call, enum caa_use use, const char *why) {
    struct caa_refusal refusal;
    caa_refusal_set(&refusal, use, NULL, "%s", why);
    if (use == CAA_USE_TOO_MANY) refusal.retry_after_s = 1;
    caa_call_refuse(call, &refusal);
}

static void answer(struct caa_call *call, const struct caa_doh_reply *told) {
    struct caa_reply reply = {.status = 200,
                              .type = CAA_DOH_MEDIA_TYPE,
                              .body_len = told->len,
                              .max_age_s = told->max_age_s};
    switch (told->status) {
    case 200: break;
    case 403: refuse(call, CAA_USE_FORBIDDEN, "this address may not ask the DNS here"); return;
    case 429: refuse(call, CAA_USE_TOO_MANY, "this client asks too often"); return;
    case 400: refuse(call, CAA_USE_BAD_REQUEST, "this is no DNS query"); return;
    default: refuse(call, CAA_USE_INTERNAL, "out of memory"); return;
    }
    reply.body = malloc(told->len);
    if (reply.body == NULL) {
        refuse(call, CAA_USE_INTERNAL, "out of memory");
        return;
    }
    memcpy(reply.body, told->wire, told->len);
    caa_call_answer(call, &reply);
}

static void on_reply(void *context, const struct caa_doh_reply *reply) {
    struct doh_call *doh = context;
    doh->exchange = NULL;
    answer(doh->call, reply);
}

static void drop(void *work) {
    struct doh_call *doh = work;
    if (doh->exchange != NULL) caa_doh_drop(doh->exchange);
    free(doh);
}

static void ask(struct caad_api *api, struct caa_call *call, const uint8_t *octets,
                size_t len) {
    struct caa_doh_reply reply;
    const struct sockaddr *address = caa_call_address(call);
    struct doh_call *doh = address == NULL ? NULL : calloc(1, sizeof *doh);
    if (doh == NULL) {
        refuse(call, CAA_USE_INTERNAL, "out of memory");
        return;
    }
    doh->call = call;
    caa_call_keep(call, doh, drop);
    caa_doh_start(api->setting.dns, address, octets, len, on_reply, doh, &doh->exchange,
                  &reply);
    if (doh->exchange == NULL) answer(call, &reply);
}

static bool is_served(const struct caad_api *api, struct caa_call *call) {
    if (api->setting.dns != NULL) return true;
    refuse(call, CAA_USE_NOT_FOUND, "the DNS listener is not enabled");
    return false;
}

void caad_doh_get_start(void *context, struct caa_call *call) {
    uint8_t octets[CAA_DNS_QUERY_OCTETS_MOST];
    size_t len;
    const char *text = caa_call_query(call, "dns");
    if (!is_served(context, call)) return;
    if (text == NULL || !caa_doh_decode(caa_slice_of(text), octets, &len))
        refuse(call, CAA_USE_BAD_REQUEST,
               "the parameter dns has to be a DNS query in base64url without padding");
    else
        ask(context, call, octets, len);
}

void caad_doh_post_start(void *context, struct caa_call *call) {
    struct caa_slice body = caa_call_body(call);
    if (is_served(context, call)) ask(context, call, (const uint8_t *)body.ptr, body.len);
}
