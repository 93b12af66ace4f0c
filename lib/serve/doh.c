#include "serve/doh.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64url.h"

struct caa_doh_exchange {
    caa_doh_done *done;
    void *context;
    struct caa_dns_ask *ask;
};

bool caa_doh_decode(struct caa_slice text, uint8_t octets[CAA_DNS_QUERY_OCTETS_MOST],
                    size_t *len) {
    return caa_base64url_decode(text, octets, CAA_DNS_QUERY_OCTETS_MOST, len);
}

static struct caa_doh_reply reply_of(const uint8_t *wire, const struct caa_dns_reply *reply) {
    if (reply->len == 0) return (struct caa_doh_reply){.status = 500};
    return (struct caa_doh_reply){
        .status = 200, .wire = wire, .len = reply->len, .max_age_s = reply->max_age_s};
}

static void on_reply(void *context, const uint8_t *wire, const struct caa_dns_reply *reply) {
    struct caa_doh_exchange *exchange = context;
    caa_doh_done *done = exchange->done;
    void *done_context = exchange->context;
    struct caa_doh_reply told = reply_of(wire, reply);
    free(exchange);
    done(done_context, &told);
}

static struct caa_dns_client client_at(const struct sockaddr *address) {
    struct caa_dns_client client = {.transport = CAA_DNS_DOH};
    if (address->sa_family == AF_INET)
        memcpy(&client.address, address, sizeof(struct sockaddr_in));
    else if (address->sa_family == AF_INET6)
        memcpy(&client.address, address, sizeof(struct sockaddr_in6));
    return client;
}

void caa_doh_start(struct caa_dns_server *server, const struct sockaddr *address,
                   const uint8_t *octets, size_t len, caa_doh_done *done, void *context,
                   struct caa_doh_exchange **started, struct caa_doh_reply *reply) {
    const struct caa_dns_client client = client_at(address);
    const uint8_t *wire = NULL;
    struct caa_dns_reply at_once = {.len = 0};
    struct caa_doh_exchange *exchange = malloc(sizeof *exchange);
    *started = NULL;
    *reply = (struct caa_doh_reply){.status = 500};
    if (exchange == NULL) return;
    *exchange = (struct caa_doh_exchange){.done = done, .context = context};
    switch (caa_dns_server_take(server, &client, octets, len, on_reply, exchange,
                                &exchange->ask, &wire, &at_once)) {
    case CAA_DNS_TAKEN_ASK: *started = exchange; return;
    case CAA_DNS_TAKEN_NOT_ALLOWED: reply->status = 403; break;
    case CAA_DNS_TAKEN_RATE_LIMITED: reply->status = 429; break;
    case CAA_DNS_TAKEN_DROPPED: reply->status = 400; break;
    case CAA_DNS_TAKEN_REPLY: *reply = reply_of(wire, &at_once); break;
    }
    free(exchange);
}

void caa_doh_drop(struct caa_doh_exchange *exchange) {
    caa_dns_ask_drop(exchange->ask);
    free(exchange);
}
