#include "gate/proxy.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include "acme/directory.h"
#include "base/ascii.h"
#include "dns/json_string.h"
#include "gate/head.h"
#include "gate/proxy_state.h"

enum {
    BODY_MOST = 1 << 20,
    ORDERS_MOST = 65536,
    ORDERS_OCTETS_MOST = 128 << 20,
};

static bool enforces(const struct gate_proxy *proxy) {
    return proxy->setting.conf->mode == GATE_MODE_ENFORCE;
}

/* ---- the end of a passage ---- */

void gate_passage_free(struct gate_passage *passage) {
    LIST_REMOVE(passage, link);
    gate_exchange_drop(passage->exchange);
    gate_wait_drop(passage->wait);
    curl_slist_free_all(passage->fields);
    caa_jws_free(&passage->jws);
    free(passage->body);
    free(passage->target);
    free(passage->url);
    free(passage);
}

/* What has been sent to the server goes on: it may issue, whoever still listens. */
static void on_client_gone(void *work) {
    struct gate_passage *passage = work;
    passage->call = NULL;
    if (passage->exchange == NULL || passage->body == NULL) gate_passage_free(passage);
}

void gate_passage_refuse(struct gate_passage *passage, unsigned status, const char *type,
                         uint32_t retry_after_s, const char *format, ...) {
    char detail[CAA_PATH_MAX], urn[96];
    va_list arguments;
    if (passage->call == NULL) return;
    va_start(arguments, format);
    vsnprintf(detail, sizeof detail, format, arguments);
    va_end(arguments);
    snprintf(urn, sizeof urn, "urn:ietf:params:acme:error:%s", type);
    json_t *json = json_pack("{ss so si}", "type", urn, "detail",
                             caa_json_printable(caa_slice_of(detail)), "status", (int)status);
    struct caa_reply reply = {.status = status,
                              .type = CAA_REFUSAL_TYPE,
                              .body = json_dumps(json, JSON_COMPACT),
                              .retry_after_s = retry_after_s};
    json_decref(json);
    if (reply.body != NULL) reply.body_len = strlen(reply.body);
    caa_call_answer(passage->call, &reply);
}

static void give_up(struct gate_passage *passage, enum caa_err err) {
    gate_passage_refuse(passage, 503, "serverInternal", GATE_INTERNAL_RETRY_S, "%s",
                        caa_err_text(err));
}

/* ---- the answer ---- */

/* Of those clients that try again by themselves, some do so after 503 only. */
static void tell_failure(struct gate_passage *passage, const struct gate_response *response) {
    caa_metric_add(passage->proxy->setting.shard, CAA_METRIC_UPSTREAM_FAILURES, CAA_VALUE_NONE,
                   1);
    if (response->failure == GATE_FAILURE_UNREACHED)
        gate_passage_refuse(passage, 503, "serverInternal", GATE_INTERNAL_RETRY_S,
                            "the ACME server behind the gate cannot be reached");
    else if (response->failure == GATE_FAILURE_LATE)
        gate_passage_refuse(passage, 504, "serverInternal", GATE_INTERNAL_RETRY_S,
                            "the ACME server behind the gate does not answer");
    else
        gate_passage_refuse(passage, 502, "serverInternal", GATE_INTERNAL_RETRY_S,
                            "the answer of the ACME server behind the gate was not whole");
}

static void pass_back(struct gate_passage *passage, struct gate_response *response) {
    struct caa_reply reply = {.status = response->status,
                              .head = response->head,
                              .body = response->body,
                              .body_len = response->body_len};
    response->head = response->body = NULL;
    caa_call_answer(passage->call, &reply);
}

static void learn(const struct gate_passage *passage, const struct gate_response *response) {
    if (response->status / 100 == 2 && response->body_len > 0 &&
        gate_head_is_of_type(response->head, "application/json"))
        caa_orders_learn(passage->proxy->orders, passage->url,
                         caa_slice_bytes(response->body, response->body_len));
}

static void on_response(void *context, struct gate_response *response) {
    struct gate_passage *passage = context;
    passage->exchange = NULL;
    if (response->failure == GATE_FAILURE_NONE && enforces(passage->proxy))
        learn(passage, response);
    else if (response->failure == GATE_FAILURE_NONE)
        gate_annotate(passage, response);
    if (response->failure != GATE_FAILURE_NONE)
        tell_failure(passage, response);
    else if (passage->call != NULL)
        pass_back(passage, response);
    if (passage->call == NULL) gate_passage_free(passage);
}

/* ---- the request ---- */

void gate_passage_forward(struct gate_passage *passage) {
    struct gate_request request = {.method = passage->method,
                                   .target = passage->target,
                                   .fields = passage->fields,
                                   .body = passage->body,
                                   .body_len = passage->body_len};
    passage->fields = NULL;
    enum caa_err err = gate_upstream_send(&passage->exchange, passage->proxy->setting.upstream,
                                          &request, on_response, passage);
    if (err != CAA_OK) give_up(passage, err);
}

static bool add_field(struct gate_passage *passage, const char *name, const char *value) {
    char *line = NULL;
    if (asprintf(&line, "%s: %s", name, value) < 0) return false;
    struct curl_slist *longer = curl_slist_append(passage->fields, line);
    free(line);
    if (longer != NULL) passage->fields = longer;
    return longer != NULL;
}

/* Only what an ACME server has to know goes on; so nothing of one hop does, and nobody says by
   whom or how a request was forwarded but we. */
static bool add_fields(struct gate_passage *passage) {
    static const char *const names[] = {"Content-Type", "User-Agent", "Accept",
                                        "Accept-Language"};
    bool done = add_field(passage, "Host", caa_call_host(passage->call));
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = caa_call_header(passage->call, names[i]);
        bool has_value = value != NULL && value[0] != '\0';
        /* libcurl has an Accept of its own, which an empty one takes away. */
        if (has_value || strcmp(names[i], "Accept") == 0)
            done &= add_field(passage, names[i], has_value ? value : "");
    }
    done &= add_field(passage, "Expect", "");
    if (passage->proxy->adds_proto) done &= add_field(passage, "X-Forwarded-Proto", "https");
    return done;
}

static bool host_is_ours(const struct gate_proxy *proxy, const struct caa_call *call) {
    const char *host = caa_call_host(call);
    const char *authority = strstr(proxy->origin.ptr, "://") + 3;
    size_t scheme = (size_t)(authority - proxy->origin.ptr);
    return host != NULL &&
           caa_slice_equal_nocase(caa_slice_of(host),
                                  caa_slice_bytes(authority, proxy->origin.len - scheme));
}

static struct gate_passage *make_passage(struct gate_proxy *proxy, struct caa_call *call) {
    struct gate_passage *passage = calloc(1, sizeof *passage);
    if (passage == NULL) return NULL;
    LIST_INSERT_HEAD(&proxy->passages, passage, link);
    passage->proxy = proxy;
    passage->call = call;
    snprintf(passage->method, sizeof passage->method, "%s", caa_call_method(call));
    passage->target = strdup(caa_call_target(call));
    if (passage->target == NULL || !add_fields(passage) ||
        asprintf(&passage->url, "%.*s%s", (int)proxy->origin.len, proxy->origin.ptr,
                 passage->target) < 0) {
        gate_passage_free(passage);
        return NULL;
    }
    caa_call_keep(call, passage, on_client_gone);
    return passage;
}

/* Where nothing is enforced, what it says is the server's business. */
static void start_plain_post(struct gate_passage *passage) {
    struct caa_slice body = caa_call_body(passage->call);
    passage->body = malloc(body.len + 1);
    passage->body_len = body.len;
    if (passage->body == NULL) {
        give_up(passage, CAA_ERR_NOMEM);
        return;
    }
    memcpy(passage->body, body.len == 0 ? "" : body.ptr, body.len);
    gate_passage_forward(passage);
}

static void take_text(struct gate_passage *passage) {
    passage->body = passage->jws.text;
    passage->body_len = passage->jws.len;
    passage->jws.text = NULL;
}

static void start_post(struct gate_passage *passage) {
    struct caa_refusal refusal;
    enum caa_err err = caa_jws_read(&passage->jws, caa_call_body(passage->call), &refusal);
    if (err == CAA_OK) take_text(passage);
    if (err == CAA_ERR_SYNTAX)
        gate_passage_refuse(passage, 400, "malformed", 0, "%s%s%s", refusal.member,
                            refusal.member[0] == '\0' ? "" : " ", refusal.detail.text);
    else if (err != CAA_OK)
        give_up(passage, err);
    else if (passage->jws.csr != NULL)
        gate_finalize(passage);
    else if (passage->proxy->setting.conf->guard == GATE_GUARD_CHALLENGE)
        gate_challenge(passage);
    else
        gate_passage_forward(passage);
}

static void refuse_call(struct caa_call *call, enum caa_use use, const char *why) {
    struct caa_refusal refusal;
    caa_refusal_set(&refusal, use, NULL, "%s", why);
    caa_call_refuse(call, &refusal);
}

/* RFC 3986 section 3.4, and what else of ASCII can be seen. */
static bool is_plain_query(const char *query) {
    for (; *query != '\0'; query++)
        if (!caa_ascii_is_vchar(*query) || *query == '#') return false;
    return true;
}

static void start(void *context, struct caa_call *call) {
    struct gate_proxy *proxy = context;
    const char *target = caa_call_target(call);
    struct caa_slice path = caa_slice_bytes(target, strcspn(target, "?"));
    if (!host_is_ours(proxy, call)) {
        refuse_call(call, CAA_USE_BAD_REQUEST, "the Host is not that of this gate");
        return;
    }
    if (!caa_path_passes(path, proxy->setting.paths, proxy->setting.path_count) ||
        !is_plain_query(target + path.len)) {
        refuse_call(call, CAA_USE_NOT_FOUND, "there is nothing at this path");
        return;
    }
    struct gate_passage *passage = make_passage(proxy, call);
    if (passage == NULL)
        refuse_call(call, CAA_USE_INTERNAL, "out of memory");
    else if (strcmp(passage->method, "POST") != 0)
        gate_passage_forward(passage);
    else if (!enforces(proxy))
        start_plain_post(passage);
    else
        start_post(passage);
}

/* ---- the servers ---- */

static const struct caa_route routes[] = {
    {.method = CAA_METHOD_GET, .start = start},
    {.method = CAA_METHOD_POST,
     .body_type = "application/jose+json",
     .body_most = BODY_MOST,
     .start = start},
};

static enum caa_err make_front(struct gate_proxy *proxy, struct caa_diag *diag) {
    const struct gate_proxy_setting *of = &proxy->setting;
    const struct gate_front_setting setting = {.base = of->base,
                                               .shard = of->shard,
                                               .routes = routes,
                                               .route_count = sizeof routes / sizeof routes[0],
                                               .context = proxy,
                                               .connections_per_client =
                                                   of->conf->limits.connections_per_client,
                                               .certificate = of->certificate,
                                               .listen_fds = of->listen_fds,
                                               .listen_count = of->listen_count};
    return gate_front_new(&proxy->front, &setting, diag);
}

static enum caa_err set_up(struct gate_proxy *proxy, struct caa_diag *diag) {
    const struct gate_conf *conf = proxy->setting.conf;
    struct caa_slice path;
    enum caa_err err = CAA_OK;
    uint64_t seed;
    caa_directory_url_split(conf->url, &proxy->origin, &path);
    proxy->adds_proto =
        strncmp(conf->url, "https:", 6) == 0 && strncmp(conf->upstream.url, "http:", 5) == 0;
    if (getrandom(&seed, sizeof seed, 0) != sizeof seed) err = CAA_ERR_EVENT;
    if (err == CAA_OK && enforces(proxy))
        err = caa_orders_new(&proxy->orders, ORDERS_MOST, ORDERS_OCTETS_MOST, seed);
    return err == CAA_OK ? make_front(proxy, diag) : err;
}

enum caa_err gate_proxy_new(struct gate_proxy **made, const struct gate_proxy_setting *setting,
                            struct caa_diag *diag) {
    struct gate_proxy *proxy = calloc(1, sizeof *proxy);
    if (proxy == NULL) return CAA_ERR_NOMEM;
    proxy->setting = *setting;
    enum caa_err err = set_up(proxy, diag);
    if (err == CAA_OK)
        *made = proxy;
    else
        gate_proxy_free(proxy);
    return err;
}

void gate_proxy_set_certificate(struct gate_proxy *proxy, struct caa_certificate *certificate) {
    gate_front_set_certificate(proxy->front, certificate);
}

void gate_proxy_drain(struct gate_proxy *proxy) {
    gate_front_drain(proxy->front);
}

/* What its client has been answered already is none of ours. */
static void stop_passage(struct gate_passage *passage) {
    if (passage->call == NULL || (passage->wait == NULL && passage->exchange == NULL)) return;
    if (passage->wait != NULL) gate_passage_count(passage, CAA_VALUE_FINALIZE_REFUSED);
    gate_wait_drop(passage->wait);
    gate_exchange_drop(passage->exchange);
    passage->wait = NULL;
    passage->exchange = NULL;
    gate_passage_refuse(passage, 503, "serverInternal", GATE_INTERNAL_RETRY_S,
                        "the gate is being stopped");
}

void gate_proxy_give_up(struct gate_proxy *proxy) {
    struct gate_passage *passage;
    LIST_FOREACH(passage, &proxy->passages, link) stop_passage(passage);
}

size_t gate_proxy_in_flight(const struct gate_proxy *proxy) {
    return gate_front_in_flight(proxy->front);
}

size_t gate_proxy_connections(const struct gate_proxy *proxy) {
    return gate_front_connections(proxy->front);
}

void gate_proxy_free(struct gate_proxy *proxy) {
    if (proxy == NULL) return;
    gate_front_free(proxy->front);
    while (!LIST_EMPTY(&proxy->passages)) /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
        gate_passage_free(LIST_FIRST(&proxy->passages));
    caa_orders_free(proxy->orders);
    free(proxy);
}
