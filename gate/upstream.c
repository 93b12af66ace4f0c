#include "gate/upstream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/slice.h"
#include "gate/head.h"

enum {
    BODY_MOST = 4 << 20,
    HEAD_MOST = 64 << 10,
    CONNECTIONS_MOST = 256,
    CONNECTIONS_KEPT = 64,
    CONNECTION_AGE_S =
        10, /* idle ones are not used any more: the server may be about to close */
    CONNECT_MS = 10000,
};

struct gate_upstream {
    const struct gate_conf *conf;
    struct event_base *base;
    CURLM *multi;
    struct event *timer;
};

struct gate_exchange {
    struct gate_upstream *upstream;
    CURL *easy;
    struct curl_slist *fields;
    char *url;
    const char *body;
    size_t body_len, body_sent;
    char *head;
    size_t head_len;
    char *reply;
    size_t reply_len, reply_size;
    bool is_too_much;
    char why[CURL_ERROR_SIZE];
    gate_upstream_done *done;
    void *context;
};

/* ---- one exchange ---- */

static size_t on_body(char *octets, size_t one, size_t len, void *context) {
    struct gate_exchange *exchange = context;
    (void)one;
    size_t size = exchange->reply_size == 0 ? 4096 : exchange->reply_size;
    while (size < exchange->reply_len + len) size *= 2;
    exchange->is_too_much = size > BODY_MOST;
    char *grown = exchange->is_too_much ? NULL : realloc(exchange->reply, size);
    if (grown == NULL) return 0;
    memcpy(grown + exchange->reply_len, octets, len);
    exchange->reply = grown;
    exchange->reply_size = size;
    exchange->reply_len += len;
    return len;
}

/* An answer of status 1xx may stand before the one that counts, which begins anew. */
static size_t on_header(char *octets, size_t one, size_t len, void *context) {
    struct gate_exchange *exchange = context;
    size_t kept = len;
    (void)one;
    while (kept > 0 && (octets[kept - 1] == '\n' || octets[kept - 1] == '\r')) kept--;
    if (kept >= 5 && memcmp(octets, "HTTP/", 5) == 0) {
        exchange->head_len = 0;
        return len;
    }
    if (exchange->head_len + kept + 2 > HEAD_MOST || octets[0] == ' ' || octets[0] == '\t')
        return 0;
    char *grown = realloc(exchange->head, exchange->head_len + kept + 2);
    if (grown == NULL) return 0;
    memcpy(grown + exchange->head_len, octets, kept);
    exchange->head = grown;
    exchange->head_len += kept;
    if (kept > 0) grown[exchange->head_len++] = '\n';
    grown[exchange->head_len] = '\0';
    return len;
}

static size_t on_send(char *octets, size_t one, size_t len, void *context) {
    struct gate_exchange *exchange = context;
    size_t left = exchange->body_len - exchange->body_sent;
    (void)one;
    if (len > left) len = left;
    memcpy(octets, exchange->body + exchange->body_sent, len);
    exchange->body_sent += len;
    return len;
}

/* libcurl would send a body again where a connection that it had kept turns out to be closed:
   without rewinding it cannot. */
static int on_seek(void *context, curl_off_t offset, int origin) {
    (void)context;
    (void)offset;
    (void)origin;
    return CURL_SEEKFUNC_FAIL;
}

static void free_exchange(struct gate_exchange *exchange) {
    if (exchange->easy != NULL) {
        curl_multi_remove_handle(exchange->upstream->multi, exchange->easy);
        curl_easy_cleanup(exchange->easy);
    }
    curl_slist_free_all(exchange->fields);
    free(exchange->url);
    free(exchange->head);
    free(exchange->reply);
    free(exchange);
}

void gate_exchange_drop(struct gate_exchange *exchange) {
    if (exchange != NULL) free_exchange(exchange);
}

static void set_method(struct gate_exchange *exchange, const char *method) {
    CURL *easy = exchange->easy;
    if (strcmp(method, "HEAD") == 0) curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    if (strcmp(method, "POST") != 0) return;
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)exchange->body_len);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_send);
    curl_easy_setopt(easy, CURLOPT_READDATA, exchange);
    curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, on_seek);
}

static void set_connection(CURL *easy, const struct gate_upstream_conf *conf) {
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, (long)CONNECTION_AGE_S);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)conf->timeout_s * 1000);
    curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    if (conf->ca != NULL) curl_easy_setopt(easy, CURLOPT_CAINFO, conf->ca);
}

static void set_options(struct gate_exchange *exchange, const char *method) {
    CURL *easy = exchange->easy;
    curl_easy_setopt(easy, CURLOPT_URL, exchange->url);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, exchange->fields);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, exchange);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, exchange->why);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, exchange);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, exchange);
    set_connection(easy, &exchange->upstream->conf->upstream);
    set_method(exchange, method);
}

enum caa_err gate_upstream_send(struct gate_exchange **sent, struct gate_upstream *upstream,
                                const struct gate_request *request, gate_upstream_done *done,
                                void *context) {
    struct gate_exchange *exchange = calloc(1, sizeof *exchange);
    if (exchange == NULL) {
        curl_slist_free_all(request->fields);
        return CAA_ERR_NOMEM;
    }
    exchange->upstream = upstream;
    exchange->fields = request->fields;
    exchange->body = request->body;
    exchange->body_len = request->body_len;
    exchange->done = done;
    exchange->context = context;
    CURL *easy = curl_easy_init();
    bool made = easy != NULL && asprintf(&exchange->url, "%s%s", upstream->conf->upstream.url,
                                         request->target) >= 0;
    exchange->easy = easy;
    if (made) set_options(exchange, request->method);
    if (!made || curl_multi_add_handle(upstream->multi, easy) != CURLM_OK) {
        free_exchange(exchange);
        return CAA_ERR_NOMEM;
    }
    *sent = exchange;
    return CAA_OK;
}

/* Without a body a request changes nothing, wherever it got. */
static enum gate_failure failure_of(const struct gate_exchange *exchange, CURLcode code) {
    if (code == CURLE_OK) return GATE_FAILURE_NONE;
    if (exchange->body_sent == 0) return GATE_FAILURE_UNREACHED;
    return code == CURLE_OPERATION_TIMEDOUT ? GATE_FAILURE_LATE : GATE_FAILURE_CUT;
}

static void finish(struct gate_exchange *exchange, CURLcode code) {
    struct gate_response response = {.why = exchange->why};
    long status = 0;
    curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &status);
    if (code == CURLE_OK &&
        (exchange->head == NULL || !gate_head_keep_end_to_end(exchange->head)))
        code = CURLE_OUT_OF_MEMORY;
    if (code != CURLE_OK && exchange->why[0] == '\0')
        snprintf(exchange->why, sizeof exchange->why, "%s", curl_easy_strerror(code));
    response.failure = failure_of(exchange, code);
    response.status = (unsigned)status;
    response.head = exchange->head;
    response.body = exchange->reply;
    response.body_len = exchange->reply_len;
    exchange->done(exchange->context, &response);
    exchange->head = response.head;
    exchange->reply = response.body;
    free_exchange(exchange);
}

/* ---- libcurl on the loop ---- */

static void finish_all(struct gate_upstream *upstream) {
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(upstream->multi, &left)) != NULL) {
        struct gate_exchange *exchange = NULL;
        if (message->msg != CURLMSG_DONE) continue;
        CURLcode code = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&exchange);
        finish(exchange, code);
    }
}

static void on_ready(evutil_socket_t fd, short events, void *context) {
    struct gate_upstream *upstream = context;
    int flags =
        (events & EV_READ ? CURL_CSELECT_IN : 0) | (events & EV_WRITE ? CURL_CSELECT_OUT : 0);
    int running;
    curl_multi_socket_action(upstream->multi, fd, flags, &running);
    finish_all(upstream);
}

static void on_timer(evutil_socket_t fd, short events, void *context) {
    struct gate_upstream *upstream = context;
    int running;
    (void)fd;
    (void)events;
    curl_multi_socket_action(upstream->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    finish_all(upstream);
}

static int watch_socket(CURL *easy, curl_socket_t fd, int what, void *context,
                        void *socket_context) {
    struct gate_upstream *upstream = context;
    struct event *event = socket_context;
    (void)easy;
    if (event != NULL) event_free(event);
    if (what == CURL_POLL_REMOVE) {
        curl_multi_assign(upstream->multi, fd, NULL);
        return 0;
    }
    short events = (short)(EV_PERSIST | (what & CURL_POLL_IN ? EV_READ : 0) |
                           (what & CURL_POLL_OUT ? EV_WRITE : 0));
    event = event_new(upstream->base, fd, events, on_ready, upstream);
    curl_multi_assign(upstream->multi, fd, event);
    return event != NULL && event_add(event, NULL) == 0 ? 0 : -1;
}

static int watch_time(CURLM *multi, long wait_ms, void *context) {
    struct gate_upstream *upstream = context;
    (void)multi;
    if (wait_ms < 0) return evtimer_del(upstream->timer);
    struct timeval wait = {.tv_sec = wait_ms / 1000, .tv_usec = wait_ms % 1000 * 1000};
    return evtimer_add(upstream->timer, &wait);
}

enum caa_err gate_upstream_new(struct gate_upstream **made, struct event_base *base,
                               const struct gate_conf *conf) {
    struct gate_upstream *upstream = calloc(1, sizeof *upstream);
    if (upstream == NULL) return CAA_ERR_NOMEM;
    upstream->conf = conf;
    upstream->base = base;
    upstream->timer = evtimer_new(base, on_timer, upstream);
    upstream->multi = curl_multi_init();
    if (upstream->timer == NULL || upstream->multi == NULL) {
        gate_upstream_free(upstream);
        return CAA_ERR_EVENT;
    }
    curl_multi_setopt(upstream->multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
    curl_multi_setopt(upstream->multi, CURLMOPT_SOCKETDATA, upstream);
    curl_multi_setopt(upstream->multi, CURLMOPT_TIMERFUNCTION, watch_time);
    curl_multi_setopt(upstream->multi, CURLMOPT_TIMERDATA, upstream);
    curl_multi_setopt(upstream->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)CONNECTIONS_MOST);
    curl_multi_setopt(upstream->multi, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS_KEPT);
    *made = upstream;
    return CAA_OK;
}

void gate_upstream_free(struct gate_upstream *upstream) {
    if (upstream == NULL) return;
    if (upstream->multi != NULL) curl_multi_cleanup(upstream->multi);
    if (upstream->timer != NULL) event_free(upstream->timer);
    free(upstream);
}
