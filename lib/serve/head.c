#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "serve/server_state.h"

static const char *header(const struct caa_call *call, const char *name) {
    return MHD_lookup_connection_value(call->connection->mhd, MHD_HEADER_KIND, name);
}

const char *caa_call_header(const struct caa_call *call, const char *name) {
    return header(call, name);
}

struct header_taker {
    void (*take)(void *context, const char *name, const char *value);
    void *context;
};

static enum MHD_Result hand_out_header(void *context, enum MHD_ValueKind kind, const char *name,
                                       const char *value) {
    const struct header_taker *taker = context;
    (void)kind;
    taker->take(taker->context, name, value == NULL ? "" : value);
    return MHD_YES;
}

void caa_call_each_header(const struct caa_call *call,
                          void (*take)(void *context, const char *name, const char *value),
                          void *context) {
    struct header_taker taker = {.take = take, .context = context};
    MHD_get_connection_values(call->connection->mhd, MHD_HEADER_KIND, hand_out_header, &taker);
}

const char *caa_call_query(const struct caa_call *call, const char *name) {
    return MHD_lookup_connection_value(call->connection->mhd, MHD_GET_ARGUMENT_KIND, name);
}

const struct sockaddr *caa_call_address(const struct caa_call *call) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(call->connection->mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    return info == NULL ? NULL : info->client_addr;
}

bool caa_call_has_body(const struct caa_call *call) {
    const char *length = header(call, "Content-Length");
    return header(call, "Transfer-Encoding") != NULL ||
           (length != NULL && strspn(length, "0") != strlen(length));
}

/* tchar of RFC 9110 section 5.6.2. */
static bool is_token(const char *name) {
    for (const char *c = name; *c != '\0'; c++)
        if (!caa_ascii_is_alnum(*c) && strchr("!#$%&'*+-.^_`|~", *c) == NULL) return false;
    return *name != '\0';
}

/* RFC 9110 section 5.5: a lone CR, for some the end of a line, libmicrohttpd leaves where it
 * is. */
static bool is_field_value(const char *value) {
    return value == NULL || strpbrk(value, "\r\n") == NULL;
}

/* What somebody in front of us or behind may read in another way than we do (RFC 9112 sections
   5 and 6). */
struct framing {
    struct caa_refusal *refusal;
    unsigned lengths, encodings, hosts, tokens;
};

static enum MHD_Result on_header(void *context, enum MHD_ValueKind kind, const char *name,
                                 const char *value) {
    struct framing *framing = context;
    (void)kind;
    if (!is_token(name) || !is_field_value(value)) {
        caa_refusal_set(framing->refusal, CAA_USE_BAD_REQUEST, NULL,
                        "a header field has no valid name or value");
        return MHD_NO;
    }
    framing->lengths += strcasecmp(name, "Content-Length") == 0;
    framing->encodings += strcasecmp(name, "Transfer-Encoding") == 0;
    framing->hosts += strcasecmp(name, "Host") == 0;
    framing->tokens += strcasecmp(name, "Authorization") == 0;
    return MHD_YES;
}

static bool framing_is_plain(struct caa_call *call) {
    struct framing framing = {.refusal = &call->refusal};
    MHD_get_connection_values(call->connection->mhd, MHD_HEADER_KIND, on_header, &framing);
    if (call->refusal.refused) return false;
    const char *twice = framing.lengths > 1     ? "Content-Length"
                        : framing.encodings > 1 ? "Transfer-Encoding"
                        : framing.hosts > 1     ? "Host"
                        : framing.tokens > 1    ? "Authorization"
                                                : NULL;
    const char *encoding = header(call, "Transfer-Encoding");
    if (twice != NULL)
        caa_refusal_set(&call->refusal, CAA_USE_BAD_REQUEST, NULL,
                        "the header field %s is there twice", twice);
    else if (framing.lengths > 0 && framing.encodings > 0)
        caa_refusal_set(&call->refusal, CAA_USE_BAD_REQUEST, NULL,
                        "Content-Length and Transfer-Encoding exclude each other");
    else if (encoding != NULL && strcasecmp(encoding, "chunked") != 0)
        caa_refusal_set(&call->refusal, CAA_USE_BAD_REQUEST, NULL,
                        "the only Transfer-Encoding here is chunked");
    else if (encoding != NULL && !call->chunked)
        caa_refusal_set(&call->refusal, CAA_USE_BAD_REQUEST, NULL,
                        "HTTP/1.0 has no Transfer-Encoding");
    return !call->refusal.refused;
}

static void find_client_address(struct caa_call *call) {
    const struct sockaddr *address = caa_call_address(call);
    if (address != NULL && address->sa_family == AF_INET) {
        inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)address)->sin_addr,
                  call->client, sizeof call->client);
    } else if (address != NULL && address->sa_family == AF_INET6) {
        struct in6_addr network =
            ((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
        memset(network.s6_addr + 8, 0, 8);
        inet_ntop(AF_INET6, &network, call->client, sizeof call->client);
    }
}

/* Octets of "http://" or "https://" in front, which compare without case; 0: neither. */
static size_t scheme_len(const char *uri, bool *is_https) {
    *is_https = strncasecmp(uri, "https://", 8) == 0;
    return *is_https ? 8 : strncasecmp(uri, "http://", 7) == 0 ? 7 : 0;
}

/* Host and port, without a user (RFC 9110 section 4.2.4). */
static bool is_authority(struct caa_slice text) {
    for (size_t i = 0; i < text.len; i++)
        if (!caa_ascii_is_vchar(text.ptr[i]) || strchr("@\\#", text.ptr[i]) != NULL)
            return false;
    return text.len > 0 && text.ptr[0] != ':';
}

/* "http://host/path?query" becomes "/path?query", and an empty path "/". */
static bool take_authority(struct caa_call *call, size_t scheme) {
    const char *from = call->uri + scheme;
    size_t len = strcspn(from, "/?");
    if (!is_authority(caa_slice_bytes(from, len))) return false;
    call->authority = strndup(from, len);
    if (call->authority == NULL) return false;
    const char *rest = from + len;
    size_t before = rest[0] == '/' ? 0 : 1; /* there is room: where the scheme was */
    memmove(call->uri + before, rest, strlen(rest) + 1);
    call->uri[0] = '/';
    return true;
}

/* RFC 9112 section 3.2.2: a server has to take the absolute form, too. What is for https and
   came without is for somebody else (RFC 9110 section 7.4). */
static bool target_is_ours(struct caa_call *call) {
    bool is_https;
    size_t scheme = scheme_len(call->uri, &is_https);
    if (scheme == 0) return true;
    if (is_https && call->server->setting.tls == NULL)
        caa_refusal_set(&call->refusal, CAA_USE_BAD_REQUEST, NULL,
                        "the target is one of https, and this is not");
    else if (!take_authority(call, scheme))
        caa_refusal_set(&call->refusal, CAA_USE_BAD_REQUEST, NULL,
                        "the target is no URI of http");
    return !call->refusal.refused;
}

static bool route_is_found(struct caa_call *call, const char *method) {
    const struct caa_server_setting *setting = &call->server->setting;
    struct caa_slice path = caa_slice_bytes(call->uri, strcspn(call->uri, "?"));
    caa_route_find(&call->match, setting->routes, setting->route_count, method, path);
    if (call->match.route != NULL) return true;
    if (!call->match.path_known)
        caa_refusal_set(&call->refusal, CAA_USE_NOT_FOUND, NULL,
                        "there is nothing at this path");
    else if (strcmp(method, "OPTIONS") == 0)
        call->reply = (struct caa_reply){.status = 204};
    else
        caa_refusal_set(&call->refusal, CAA_USE_METHOD, NULL, "the methods here are %s",
                        call->match.allow);
    return false;
}

/* RFC 6750 section 2.1; the scheme compares without case. */
static void read_token(const struct caa_call *call, struct caa_credentials *credentials) {
    const char *authorization = header(call, "Authorization");
    if (authorization == NULL) return;
    credentials->has_token = true;
    if (strncasecmp(authorization, "Bearer ", 7) != 0) return; /* an empty token: unknown */
    credentials->token = caa_slice_trim(caa_slice_of(authorization + 7));
}

static bool access_is_granted(struct caa_call *call) {
    struct caa_connection *connection = call->connection;
    const struct caa_server_tls *tls = call->server->setting.tls;
    unsigned wanted = call->match.route->rights;
    caa_connection_read_certificate(connection);
    struct caa_credentials credentials = {.has_certificate = connection->has_certificate,
                                          .fingerprint = connection->fingerprint,
                                          .subject = connection->subject};
    read_token(call, &credentials);
    bool known = caa_access_decide(&call->grant, call->server->setting.access, &credentials);
    if (call->grant.name != NULL) { /* the rules may be replaced before the call is over */
        snprintf(call->client, sizeof call->client, "%s", call->grant.name);
        call->grant.name = call->client;
    }
    if (tls != NULL && tls->client_required && !connection->has_certificate)
        caa_refusal_set(&call->refusal, CAA_USE_FORBIDDEN, NULL,
                        "a client certificate of the configured authority is needed");
    else if (!known && wanted != 0)
        caa_refusal_set(&call->refusal, CAA_USE_UNAUTHORIZED, NULL,
                        "the token is not known here");
    else if ((call->grant.rights & wanted) != wanted)
        caa_refusal_set(&call->refusal,
                        call->grant.name == NULL ? CAA_USE_UNAUTHORIZED : CAA_USE_FORBIDDEN,
                        NULL,
                        call->grant.name == NULL ? "a token or a client certificate is needed"
                                                 : "this client has no right to do that");
    return !call->refusal.refused;
}

static bool rate_is_kept(struct caa_call *call) {
    const struct caa_server_setting *setting = &call->server->setting;
    if (setting->rate == NULL || call->match.route->rights == 0) return true;
    uint32_t wait_ms = caa_rate_take(setting->rate, caa_slice_of(call->client),
                                     caa_clock_monotonic_us(setting->clock));
    if (wait_ms == 0) return true;
    caa_refusal_set(&call->refusal, CAA_USE_TOO_MANY, NULL, "this client asks too often");
    call->refusal.retry_after_s = (wait_ms + 999) / 1000;
    if (setting->events.limited != NULL) setting->events.limited(setting->events.context);
    return false;
}

static bool type_is(const char *field, const char *type) {
    size_t len = strcspn(field, ";");
    return caa_slice_equal_nocase(caa_slice_trim(caa_slice_bytes(field, len)),
                                  caa_slice_of(type));
}

static bool body_is_expected(struct caa_call *call) {
    const struct caa_route *route = call->match.route;
    const char *type = header(call, "Content-Type"), *length = header(call, "Content-Length");
    const char *coding = header(call, "Content-Encoding");
    if (!caa_call_has_body(call)) return true;
    if (route->body_type == NULL)
        caa_refusal_set(&call->refusal, CAA_USE_BAD_REQUEST, NULL, "this request has no body");
    else if (type == NULL || !type_is(type, route->body_type))
        caa_refusal_set(&call->refusal, CAA_USE_MEDIA_TYPE, NULL, "the Content-Type here is %s",
                        route->body_type);
    else if (coding != NULL && strcasecmp(coding, "identity") != 0)
        caa_refusal_set(&call->refusal, CAA_USE_MEDIA_TYPE, NULL,
                        "no Content-Encoding is understood here");
    else if (route->stream == NULL && length != NULL &&
             strtoull(length, NULL, 10) > route->body_most)
        caa_refusal_set(&call->refusal, CAA_USE_TOO_LARGE, NULL,
                        "the body is larger than %zu octets", route->body_most);
    return !call->refusal.refused;
}

void caa_call_check_head(struct caa_call *call, const char *method) {
    find_client_address(call);
    call->is_suspect = !framing_is_plain(call);
    if (!call->is_suspect && target_is_ours(call) && route_is_found(call, method) &&
        access_is_granted(call) && rate_is_kept(call) && body_is_expected(call))
        return;
    if (!call->refusal.refused) call->has_reply = true;
    call->has_refusal = call->refusal.refused;
}
