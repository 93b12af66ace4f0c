/* One end of the socket between a process and its recursor: whole messages, never blocking,
   what the other side does not take yet is kept. */
#ifndef CAA_SANDBOX_CHANNEL_H
#define CAA_SANDBOX_CHANNEL_H

#include <stddef.h>
#include <stdint.h>

#include <event2/event.h>

#include "base/err.h"

struct caa_channel;

struct caa_channel_listener {
    /* One whole message, valid during the call. The channel may be closed from inside. */
    void (*message)(void *context, const uint8_t *octets, size_t len);
    /* The other side is gone, or does what no other side of ours does. Comes once, and nothing
       after it; never from inside caa_channel_send. */
    void (*end)(void *context);
    void *context;
};

/* Takes over `fd`, one end of a socketpair(AF_UNIX, SOCK_SEQPACKET), also on error. `buffer`,
   of at least `buffer_octets`, is where messages are received: channels of one thread may share
   it. CAA_ERR_NOMEM, CAA_ERR_EVENT. */
enum caa_err caa_channel_open(struct caa_channel **channel, struct event_base *base, int fd,
                              uint8_t *buffer, size_t buffer_octets,
                              const struct caa_channel_listener *listener);

/* Sends a message, now or as soon as the other side takes it. CAA_ERR_LIMIT where it has not
   taken a lot for long, CAA_ERR_NOMEM, CAA_ERR_EVENT where there is no other side any more. */
enum caa_err caa_channel_send(struct caa_channel *channel, const uint8_t *octets, size_t len);

/* Closes it; what was kept is dropped. NULL is fine. */
void caa_channel_close(struct caa_channel *channel);

#endif
