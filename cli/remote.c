#include "cli/remote.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/file.h"
#include "check/check.h"

enum {
    TOKEN_MOST = 4096,     /* octets */
    ANSWER_MOST = 8 << 20, /* octets */
    CONNECT_MS = 10000,
    BEYOND_DEADLINE_MS = 15000, /* for the way there and back, and for the record */
};

/* ---- the server ---- */

static bool starts_with(const char *text, const char *start) {
    return strncasecmp(text, start, strlen(start)) == 0;
}

static bool is_this_machine(const char *host) {
    struct in_addr address;
    if (inet_pton(AF_INET, host, &address) == 1) return ntohl(address.s_addr) >> 24 == 127;
    return strcmp(host, "[::1]") == 0 || strcasecmp(host, "localhost") == 0;
}

/* Nobody on the way can read what is said: TLS, or there is no way. */
static bool is_private(const char *url) {
    CURLU *parts = curl_url();
    char *scheme = NULL, *host = NULL;
    bool is = parts != NULL && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
              curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
              curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
              (strcmp(scheme, "https") == 0 || is_this_machine(host));
    curl_free(scheme);
    curl_free(host);
    curl_url_cleanup(parts);
    return is;
}

static enum caa_err set_url(struct caa_remote *remote, const char *server,
                            struct caa_diag *diag) {
    size_t len = strlen(server);
    while (len > 0 && server[len - 1] == '/') len--;
    if (!starts_with(server, "http://") && !starts_with(server, "https://")) {
        caa_diag_set(diag, "--server: '%s' starts with neither http:// nor https://", server);
        return CAA_ERR_OPTION;
    }
    remote->is_private = is_private(server);
    if (asprintf(&remote->url, "%.*s/v1/check", (int)len, server) < 0) remote->url = NULL;
    return remote->url == NULL ? CAA_ERR_NOMEM : CAA_OK;
}

static bool add_field(struct caa_remote *remote, const char *field) {
    struct curl_slist *fields = curl_slist_append(remote->fields, field);
    if (fields != NULL) remote->fields = fields;
    return fields != NULL;
}

static enum caa_err add_token(struct caa_remote *remote, struct caa_slice token,
                              struct caa_diag *diag) {
    char field[TOKEN_MOST + 32];
    bool is_visible = token.len > 0 && token.len <= TOKEN_MOST;
    for (size_t i = 0; is_visible && i < token.len; i++)
        is_visible = caa_ascii_is_vchar(token.ptr[i]);
    if (!is_visible) {
        caa_diag_set(diag, "the token is not visible ASCII without spaces");
        return CAA_ERR_OPTION;
    }
    if (!remote->is_private) {
        caa_diag_set(diag, "--server: a token goes over https only, or to this machine");
        return CAA_ERR_OPTION;
    }
    snprintf(field, sizeof field, "Authorization: Bearer %.*s", (int)token.len, token.ptr);
    return add_field(remote, field) ? CAA_OK : CAA_ERR_NOMEM;
}

static enum caa_err read_token(struct caa_remote *remote, struct caa_diag *diag) {
    const char *path = remote->options->token_file, *token = getenv("CAA_TOKEN");
    struct caa_slice text;
    if (path == NULL && (token == NULL || token[0] == '\0')) return CAA_OK;
    if (path == NULL) return add_token(remote, caa_slice_of(token), diag);
    enum caa_err err = caa_file_read(&text, path, TOKEN_MOST, diag);
    if (err != CAA_OK) return err;
    struct caa_slice line = text;
    while (line.len > 0 && strchr(" \t\r\n", line.ptr[line.len - 1]) != NULL) line.len--;
    err = add_token(remote, line, diag);
    caa_file_free(text);
    return err;
}

enum caa_err caa_remote_open(struct caa_remote *remote, const struct caa_check_options *options,
                             struct caa_diag *diag) {
    *remote = (struct caa_remote){.options = options};
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return CAA_ERR_NOMEM;
    remote->multi = curl_multi_init();
    enum caa_err err = set_url(remote, options->server, diag);
    if (err == CAA_OK) err = read_token(remote, diag);
    if (err != CAA_OK) return err;
    /* Without the wait for 100 Continue: the body is small. */
    return remote->multi != NULL && add_field(remote, "Content-Type: application/json") &&
                   add_field(remote, "Expect:")
               ? CAA_OK
               : CAA_ERR_NOMEM;
}

void caa_remote_close(struct caa_remote *remote) {
    if (remote->multi != NULL) curl_multi_cleanup(remote->multi);
    curl_slist_free_all(remote->fields);
    free(remote->url);
    curl_global_cleanup();
}

/* ---- a call ---- */

static json_t *array_of(const struct caa_check_values *values) {
    json_t *array = json_array();
    for (size_t i = 0; i < values->count; i++)
        json_array_append_new(array, json_string(values->texts[i]));
    return array;
}

static void set_list(json_t *request, const char *member,
                     const struct caa_check_values *values) {
    if (values->count > 0) json_object_set_new(request, member, array_of(values));
}

static char *request_of(const struct caa_remote *remote, const char *name) {
    const struct caa_check_options *options = remote->options;
    json_t *request = json_object();
    json_object_set_new(request, "name", json_string(name));
    set_list(request, "issuers", &options->issuers);
    set_list(request, "accounts", &options->accounts);
    set_list(request, "methods", &options->methods);
    if (options->purpose == CAA_PURPOSE_SMIME)
        json_object_set_new(request, "purpose", json_string("smime"));
    if (options->deadline_ms != 0)
        json_object_set_new(request, "deadline_ms", json_integer(options->deadline_ms));
    if (options->br_insecure_failure)
        json_object_set_new(request, "br_insecure_failure", json_true());
    if (!options->json)
        json_object_set_new(
            request, "report",
            json_pack("{s:b,s:b}", "colour", remote->colour, "unicode", remote->unicode));
    char *text = json_dumps(request, JSON_COMPACT);
    json_decref(request);
    return text;
}

static size_t on_octets(char *octets, size_t size, size_t count, void *context) {
    struct caa_remote_call *call = context;
    size_t len = size * count;
    if (len > ANSWER_MOST - call->answer_len) return 0; /* which curl takes for a failure */
    char *answer = realloc(call->answer, call->answer_len + len + 1);
    if (answer == NULL) return 0;
    memcpy(answer + call->answer_len, octets, len);
    call->answer = answer;
    call->answer_len += len;
    answer[call->answer_len] = '\0';
    return len;
}

static void set_tls(CURL *easy, const struct caa_check_options *options) {
    if (options->cacert != NULL) curl_easy_setopt(easy, CURLOPT_CAINFO, options->cacert);
    if (options->cert != NULL) curl_easy_setopt(easy, CURLOPT_SSLCERT, options->cert);
    if (options->key != NULL) curl_easy_setopt(easy, CURLOPT_SSLKEY, options->key);
}

enum caa_err caa_remote_ask(struct caa_remote *remote, struct caa_remote_call *call,
                            const char *name) {
    const struct caa_check_options *options = remote->options;
    long deadline_ms =
        options->deadline_ms == 0 ? CAA_CHECK_DEADLINE_MS_DEFAULT : (long)options->deadline_ms;
    call->easy = curl_easy_init();
    call->body = request_of(remote, name);
    if (call->easy == NULL || call->body == NULL) return CAA_ERR_NOMEM;
    curl_easy_setopt(call->easy, CURLOPT_URL, remote->url);
    curl_easy_setopt(call->easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(call->easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(call->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    curl_easy_setopt(call->easy, CURLOPT_TIMEOUT_MS, deadline_ms + BEYOND_DEADLINE_MS);
    curl_easy_setopt(call->easy, CURLOPT_HTTPHEADER, remote->fields);
    curl_easy_setopt(call->easy, CURLOPT_POSTFIELDS, call->body);
    curl_easy_setopt(call->easy, CURLOPT_WRITEFUNCTION, on_octets);
    curl_easy_setopt(call->easy, CURLOPT_WRITEDATA, call);
    curl_easy_setopt(call->easy, CURLOPT_ERRORBUFFER, call->why);
    curl_easy_setopt(call->easy, CURLOPT_PRIVATE, call);
    if (!starts_with(remote->url, "https://") && remote->is_private)
        curl_easy_setopt(call->easy, CURLOPT_PROXY, ""); /* which would be on the way */
    set_tls(call->easy, options);
    return curl_multi_add_handle(remote->multi, call->easy) == CURLM_OK ? CAA_OK
                                                                        : CAA_ERR_NOMEM;
}

static void end(struct caa_remote_call *call, CURLcode code) {
    call->is_over = true;
    if (code == CURLE_OK)
        curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &call->status);
    else if (call->why[0] == '\0')
        snprintf(call->why, sizeof call->why, "%s", curl_easy_strerror(code));
}

void caa_remote_run(struct caa_remote *remote) {
    const CURLMsg *message;
    int running, left;
    curl_multi_perform(remote->multi, &running);
    while ((message = curl_multi_info_read(remote->multi, &left)) != NULL) {
        char *call = NULL;
        if (message->msg != CURLMSG_DONE) continue;
        CURLcode code = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &call);
        end((struct caa_remote_call *)(void *)call, code);
    }
}

void caa_remote_wait(struct caa_remote *remote, int input) {
    struct curl_waitfd wait = {.fd = input, .events = CURL_WAIT_POLLIN};
    curl_multi_poll(remote->multi, &wait, input >= 0, 1000, NULL);
}

void caa_remote_drop(struct caa_remote *remote, struct caa_remote_call *call) {
    if (call->easy != NULL) {
        curl_multi_remove_handle(remote->multi, call->easy);
        curl_easy_cleanup(call->easy);
    }
    free(call->body);
    free(call->answer);
    *call = (struct caa_remote_call){0};
}
