#include "sandbox/channel.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    KEPT_MOST = 100000, /* messages: more than anybody has lookups in flight */
    KEPT_OCTETS_MOST = 64 << 20,
    /* So that other events get theirs: a large message may take long to read, and while it is
       read the other side can send one more. */
    MESSAGES_PER_TURN = 256,
    OCTETS_PER_TURN = 256 << 10,
};

struct kept {
    STAILQ_ENTRY(kept) link;
    size_t len;
    uint8_t octets[];
};

struct caa_channel {
    int fd;
    struct event *readable;
    struct event *writable;
    struct caa_channel_listener listener;
    uint8_t *buffer;
    size_t buffer_octets;
    STAILQ_HEAD(, kept) kept;
    size_t kept_count, kept_octets;
    bool reading; /* further up the stack: who closes it meanwhile leaves the rest to that */
    bool closed;
};

static void end(struct caa_channel *channel) {
    event_del(channel->readable);
    event_del(channel->writable);
    channel->listener.end(channel->listener.context);
}

static bool is_worth_another_try(int error) {
    return error == EAGAIN || error == EINTR || error == ENOBUFS;
}

/* Adds to `octets` how many came. False where there is nothing more to be had now. */
static bool read_message(struct caa_channel *channel, size_t *octets) {
    ssize_t len =
        recv(channel->fd, channel->buffer, channel->buffer_octets, MSG_DONTWAIT | MSG_TRUNC);
    if (len < 0 && is_worth_another_try(errno)) return false;
    if (len > 0 && (size_t)len <= channel->buffer_octets) {
        *octets += (size_t)len;
        channel->listener.message(channel->listener.context, channel->buffer, (size_t)len);
        return !channel->closed;
    }
    end(channel);
    return false;
}

static void on_readable(evutil_socket_t fd, short events, void *context) {
    struct caa_channel *channel = context;
    size_t octets = 0;
    int messages = 0;
    (void)fd;
    (void)events;
    channel->reading = true;
    while (messages++ < MESSAGES_PER_TURN && octets < OCTETS_PER_TURN &&
           read_message(channel, &octets))
        continue;
    channel->reading = false;
    if (channel->closed) free(channel);
}

static ssize_t put(const struct caa_channel *channel, const uint8_t *octets, size_t len) {
    return send(channel->fd, octets, len, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void drop_first(struct caa_channel *channel) {
    struct kept *first = STAILQ_FIRST(&channel->kept);
    STAILQ_REMOVE_HEAD(&channel->kept, link);
    channel->kept_count--;
    channel->kept_octets -= first->len;
    free(first);
}

static void on_writable(evutil_socket_t fd, short events, void *context) {
    struct caa_channel *channel = context;
    struct kept *first;
    (void)fd;
    (void)events;
    while ((first = STAILQ_FIRST(&channel->kept)) != NULL) {
        if (put(channel, first->octets, first->len) < 0) {
            if (is_worth_another_try(errno)) return;
            end(channel);
            return;
        }
        drop_first(channel);
    }
    event_del(channel->writable);
}

static enum caa_err keep(struct caa_channel *channel, const uint8_t *octets, size_t len) {
    if (channel->kept_count >= KEPT_MOST || channel->kept_octets + len > KEPT_OCTETS_MOST)
        return CAA_ERR_LIMIT;
    struct kept *kept = malloc(sizeof *kept + len);
    if (kept == NULL) return CAA_ERR_NOMEM;
    kept->len = len;
    memcpy(kept->octets, octets, len);
    STAILQ_INSERT_TAIL(&channel->kept, kept, link);
    channel->kept_count++;
    channel->kept_octets += len;
    return event_add(channel->writable, NULL) == 0 ? CAA_OK : CAA_ERR_EVENT;
}

enum caa_err caa_channel_send(struct caa_channel *channel, const uint8_t *octets, size_t len) {
    if (!STAILQ_EMPTY(&channel->kept)) return keep(channel, octets, len);
    if (put(channel, octets, len) >= 0) return CAA_OK;
    return is_worth_another_try(errno) ? keep(channel, octets, len) : CAA_ERR_EVENT;
}

enum caa_err caa_channel_open(struct caa_channel **opened, struct event_base *base, int fd,
                              uint8_t *buffer, size_t buffer_octets,
                              const struct caa_channel_listener *listener) {
    struct caa_channel *channel = calloc(1, sizeof *channel);
    if (channel == NULL) {
        close(fd);
        return CAA_ERR_NOMEM;
    }
    channel->fd = fd;
    channel->listener = *listener;
    channel->buffer = buffer;
    channel->buffer_octets = buffer_octets;
    STAILQ_INIT(&channel->kept);
    channel->readable = event_new(base, fd, EV_READ | EV_PERSIST, on_readable, channel);
    channel->writable = event_new(base, fd, EV_WRITE | EV_PERSIST, on_writable, channel);
    if (channel->readable == NULL || channel->writable == NULL ||
        event_add(channel->readable, NULL) != 0) {
        caa_channel_close(channel);
        return CAA_ERR_EVENT;
    }
    *opened = channel;
    return CAA_OK;
}

void caa_channel_close(struct caa_channel *channel) {
    if (channel == NULL) return;
    if (channel->readable != NULL) event_free(channel->readable);
    if (channel->writable != NULL) event_free(channel->writable);
    while (!STAILQ_EMPTY(&channel->kept)) drop_first(channel);
    close(channel->fd);
    channel->closed = true;
    if (!channel->reading) free(channel);
}
