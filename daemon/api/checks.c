/* POST /v1/checks: requests one a line, verdicts one a line as they are ready. However many
   there are, a window of them is in memory. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/api/inquiry.h"

enum {
    LINE_MOST = 65536,         /* octets of one request */
    UNSENT_MOST = 1024 * 1024, /* octets of verdicts that the client has not taken */
    WINDOW_LEAST = 8,          /* checks that a stream may have however busy the worker is */
    STREAMS_MOST = 256,        /* at once, of one worker */
};

struct line;

struct stream {
    struct caad_api *api;
    struct caa_call *call;
    struct event *again; /* when the client may ask again */
    uint64_t next_index;
    size_t running;     /* lines whose verdict is not written */
    struct line *lines; /* those */
    bool starved;       /* the body was left lying for want of room */
    bool ended;         /* the body is over */
    bool is_too_long;   /* the line that comes in is passed over to its end */
    size_t partial_len;
    char partial[LINE_MOST];
};

/* One request of a stream. */
struct line {
    struct stream *stream;
    struct caad_inquiry *inquiry;
    uint64_t index;
    struct line *next, *previous;
};

/* A document, which starts with '{', gets the number of its line as its first member. */
static void write_line(struct stream *stream, uint64_t index, const char *document,
                       size_t len) {
    char head[48];
    int head_len = snprintf(head, sizeof head, "{\"index\":%" PRIu64 ",", index);
    caa_call_write(stream->call, caa_slice_bytes(head, (size_t)head_len));
    caa_call_write(stream->call, caa_slice_bytes(document + 1, len - 1));
    caa_call_write(stream->call, caa_slice_of("\n"));
}

static void write_refusal(struct stream *stream, uint64_t index,
                          const struct caa_refusal *refusal) {
    size_t len;
    char *document = caa_refusal_document(refusal, &len);
    if (document != NULL) write_line(stream, index, document, len);
    free(document);
}

static void free_line(struct line *line) {
    struct stream *stream = line->stream;
    if (line->previous != NULL)
        line->previous->next = line->next;
    else
        stream->lines = line->next;
    if (line->next != NULL) line->next->previous = line->previous;
    stream->running--;
    caad_inquiry_free(line->inquiry);
    free(line);
}

/* Each is told the refusal; NULL: nothing. */
static void drop_lines(struct stream *stream, const struct caa_refusal *refusal) {
    for (struct line *line = stream->lines, *next; line != NULL; line = next) {
        next = line->next;
        if (refusal != NULL) write_refusal(stream, line->index, refusal);
        free_line(line);
    }
}

static void finish_if_over(struct stream *stream) {
    if (stream->ended && stream->running == 0) caa_call_finish(stream->call);
}

/* Room again, and not for one line only: to stop and to go on costs more than a line. */
static void feed(struct stream *stream) {
    if (!stream->starved || stream->running > CAAD_STREAM_WINDOW / 2 ||
        caa_call_unsent(stream->call) > UNSENT_MOST / 2)
        return;
    stream->starved = false;
    caa_call_resume(stream->call);
}

static void on_done(void *context, struct caad_inquiry *inquiry) {
    struct line *line = context;
    struct stream *stream = line->stream;
    size_t len;
    const char *document = caad_inquiry_document(inquiry, &len);
    if (document != NULL)
        write_line(stream, line->index, document, len);
    else
        write_refusal(stream, line->index, caad_inquiry_refusal(inquiry));
    free_line(line);
    feed(stream);
    finish_if_over(stream);
}

static enum caa_err start_line(struct stream *stream, uint64_t index, struct caa_slice text,
                               struct caa_refusal *refusal) {
    struct caad_request *request = NULL;
    enum caa_err err =
        caad_request_read(&request, text, &stream->api->policy.defaults, refusal);
    if (err != CAA_OK) return err;
    struct line *line = calloc(1, sizeof *line);
    if (line == NULL) {
        caad_request_release(request);
        return CAA_ERR_NOMEM;
    }
    *line = (struct line){.stream = stream, .index = index, .next = stream->lines};
    if (stream->lines != NULL) stream->lines->previous = line;
    stream->lines = line;
    stream->running++;
    err = caad_inquiry_start(&line->inquiry, stream->api, request,
                             caa_call_client(stream->call), on_done, line);
    if (err != CAA_OK) free_line(line);
    caad_request_release(request);
    return err;
}

static void take_line(struct stream *stream, struct caa_slice text) {
    struct caa_refusal refusal = {0};
    enum caa_err err = CAA_ERR_LIMIT;
    if (stream->is_too_long) {
        caa_refusal_set(&refusal, CAA_USE_TOO_LARGE, NULL, "the line is longer than %d octets",
                        LINE_MOST);
    } else {
        if (text.len > 0 && text.ptr[text.len - 1] == '\r') text.len--;
        if (caa_slice_trim(text).len == 0) return;
        err = start_line(stream, stream->next_index, text, &refusal);
    }
    if (err != CAA_OK && !refusal.refused) caad_refuse_error(&refusal, err);
    if (err != CAA_OK) write_refusal(stream, stream->next_index, &refusal);
    stream->next_index++;
}

/* Keeps a piece of a line whose end has not come. */
static void keep(struct stream *stream, struct caa_slice piece) {
    if (piece.len > LINE_MOST - stream->partial_len) stream->is_too_long = true;
    if (stream->is_too_long) return;
    memcpy(stream->partial + stream->partial_len, piece.ptr, piece.len);
    stream->partial_len += piece.len;
}

static void take_piece(struct stream *stream, struct caa_slice piece) {
    if (stream->partial_len == 0 && piece.len <= LINE_MOST) {
        take_line(stream, piece);
    } else {
        keep(stream, piece);
        take_line(stream, caa_slice_bytes(stream->partial, stream->partial_len));
    }
    stream->partial_len = 0;
    stream->is_too_long = false;
}

static bool has_room(const struct stream *stream) {
    if (caa_call_unsent(stream->call) > UNSENT_MOST) return false;
    if (stream->running < WINDOW_LEAST) return true;
    return stream->running < CAAD_STREAM_WINDOW &&
           stream->api->inquiry_count < CAAD_STREAMS_SHARE;
}

/* A client that asks too often is not refused in the middle of a stream, but slowed down. */
static bool may_ask(struct stream *stream) {
    struct caa_rate *rate = stream->api->setting.checks;
    if (rate == NULL) return true;
    uint32_t wait_ms = caa_rate_take(rate, caa_slice_of(caa_call_client(stream->call)),
                                     caa_clock_monotonic_us(stream->api->clock));
    if (wait_ms == 0) return true;
    const struct timeval wait = {.tv_sec = wait_ms / 1000,
                                 .tv_usec = (suseconds_t)(wait_ms % 1000) * 1000};
    evtimer_add(stream->again, &wait);
    return false;
}

static size_t take(void *work, struct caa_slice octets) {
    struct stream *stream = work;
    size_t taken = 0;
    while (taken < octets.len) {
        const char *from = octets.ptr + taken;
        const char *newline = memchr(from, '\n', octets.len - taken);
        if (newline == NULL) {
            keep(stream, caa_slice_bytes(from, octets.len - taken));
            return octets.len;
        }
        if (!has_room(stream) || !may_ask(stream)) {
            stream->starved = true;
            return taken;
        }
        take_piece(stream, caa_slice_bytes(from, (size_t)(newline - from)));
        taken += (size_t)(newline - from) + 1;
    }
    return taken;
}

static void end(void *work) {
    struct stream *stream = work;
    stream->ended = true;
    if (stream->partial_len > 0 || stream->is_too_long)
        take_piece(stream, caa_slice_bytes("", 0));
    finish_if_over(stream);
}

static void room(void *work) {
    feed(work);
}

static bool runs(void *work) {
    const struct stream *stream = work;
    return stream->running > 0;
}

static void stop(void *work, const struct caa_refusal *refusal) {
    struct stream *stream = work;
    drop_lines(stream, refusal);
    evtimer_del(stream->again);
    stream->starved = false;
}

static void on_again(evutil_socket_t fd, short events, void *context) {
    (void)fd;
    (void)events;
    feed(context);
}

static void drop(void *work) {
    struct stream *stream = work;
    drop_lines(stream, NULL);
    stream->api->stream_count--;
    if (stream->again != NULL) event_free(stream->again);
    free(stream);
}

const struct caa_stream caad_checks_stream = {.type = "application/x-ndjson",
                                              .take = take,
                                              .end = end,
                                              .room = room,
                                              .runs = runs,
                                              .stop = stop};

static bool start(struct caad_api *api, struct caa_call *call) {
    struct stream *stream = malloc(sizeof *stream);
    if (stream == NULL) return false;
    memset(stream, 0, offsetof(struct stream, partial));
    stream->api = api;
    stream->call = call;
    api->stream_count++;
    caa_call_keep(call, stream, drop);
    stream->again = evtimer_new(api->setting.base, on_again, stream);
    return stream->again != NULL;
}

void caad_checks_start(void *context, struct caa_call *call) {
    struct caad_api *api = context;
    struct caa_refusal refusal = {0};
    if (api->stream_count >= STREAMS_MOST)
        caad_refuse_error(&refusal, CAA_ERR_LIMIT);
    else if (!start(api, call))
        caad_refuse_error(&refusal, CAA_ERR_NOMEM);
    if (refusal.refused) caa_call_refuse(call, &refusal);
}
