#include "gate/directory.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"

enum { AGAIN_S = 1 };

struct test {
    const struct gate_conf *conf;
    struct event_base *base;
    char *folder;
    struct caa_diag *diag;
    bool is_over; /* nothing will change by trying again */
    enum caa_err err;
};

static void on_response(void *context, struct gate_response *response) {
    struct test *test = context;
    if (response->failure != GATE_FAILURE_NONE) {
        caa_diag_set(test->diag, "upstream: %s: %s", test->conf->upstream.url, response->why);
    } else if (response->status != 200 || response->body == NULL) {
        caa_diag_set(test->diag, "upstream: %s answers %u where its directory should be",
                     test->conf->upstream.url, response->status);
    } else {
        test->is_over = true;
        test->err = caa_directory_look_at(
            test->folder, caa_slice_bytes(response->body, response->body_len), test->conf->url,
            test->conf->mode == GATE_MODE_ANNOTATE ? CAA_DIRECTORY_KNOWN : CAA_DIRECTORY_ALL,
            test->diag);
    }
    event_base_loopbreak(test->base);
}

static enum caa_err ask(struct test *test, struct gate_upstream *upstream) {
    struct caa_slice origin, path;
    struct gate_exchange *exchange;
    char field[CAA_PATH_MAX];
    caa_directory_url_split(test->conf->url, &origin, &path);
    const char *authority = strstr(origin.ptr, "://") + 3;
    snprintf(field, sizeof field, "Host: %.*s", (int)(path.ptr - authority), authority);
    struct gate_request request = {.method = "GET", .target = path.ptr};
    request.fields = curl_slist_append(NULL, field);
    if (strncmp(test->conf->url, "https:", 6) == 0 &&
        strncmp(test->conf->upstream.url, "http:", 5) == 0)
        request.fields = curl_slist_append(request.fields, "X-Forwarded-Proto: https");
    enum caa_err err = gate_upstream_send(&exchange, upstream, &request, on_response, test);
    if (err != CAA_OK) return err;
    return event_base_dispatch(test->base) < 0 ? CAA_ERR_EVENT : CAA_OK;
}

static enum caa_err look_at_folder(const struct test *test) {
    if (test->conf->paths_count > 0 || strcmp(test->folder, "/") != 0) return CAA_OK;
    caa_diag_set(test->diag,
                 "the upstream has its ACME resources at the root of all it serves: "
                 "say in `paths` which may pass");
    return CAA_ERR_SYNTAX;
}

enum caa_err gate_directory_test(char folder[CAA_PATH_MAX], struct gate_upstream *upstream,
                                 struct event_base *base, const struct gate_conf *conf,
                                 const bool *ended, struct caa_diag *diag) {
    struct test test = {.conf = conf, .base = base, .folder = folder, .diag = diag};
    const struct caa_clock *clock = caa_clock_system();
    int64_t until_us = caa_clock_monotonic_us(clock) + (int64_t)conf->wait_s * 1000000;
    for (;;) {
        const struct timeval again = {.tv_sec = AGAIN_S};
        enum caa_err err = ask(&test, upstream);
        if (err != CAA_OK) return err;
        if (test.is_over) return test.err == CAA_OK ? look_at_folder(&test) : test.err;
        if (*ended || caa_clock_monotonic_us(clock) >= until_us) return CAA_ERR_FILE;
        event_base_loopexit(base, &again);
        event_base_dispatch(base);
    }
}
