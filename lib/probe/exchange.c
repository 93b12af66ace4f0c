#include "probe/exchange.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    DATAGRAM_MAX = 4096, /* more than anybody may send to who asked for 1,232 */
    DATAGRAMS_AT_ONCE = 16,
    BIND_TRIES = 8,
    PORT_FIRST = 1024,
};

struct caa_exchange_ticket {
    struct caa_exchange_setting setting;
    struct caa_exchange exchange;
    struct caa_query query;
    struct event *io;
    struct event *timer;
    int fd;
    int64_t started_us;
    uint8_t stream[2 + CAA_PACKET_QUERY_MAX]; /* what goes out over TCP */
    size_t sent;
    uint8_t prefix[2];
    uint8_t *message; /* what comes in over TCP */
    size_t message_len, received;
    caa_exchange_done *done;
    void *context;
};

static void fill_from_system(void *context, void *octets, size_t len) {
    (void)context;
    uint8_t *at = octets;
    while (len > 0) {
        ssize_t got = getrandom(at, len, 0);
        if (got <= 0) continue; /* only EINTR, and it blocks until there is enough */
        at += got;
        len -= (size_t)got;
    }
}

const struct caa_random *caa_random_system(void) {
    static const struct caa_random random = {.fill = fill_from_system};
    return &random;
}

static void free_ticket(struct caa_exchange_ticket *ticket) {
    if (ticket->io != NULL) event_free(ticket->io);
    if (ticket->timer != NULL) event_free(ticket->timer);
    if (ticket->fd >= 0) close(ticket->fd);
    free(ticket->message);
    free(ticket);
}

void caa_exchange_cancel(struct caa_exchange_ticket *ticket) {
    if (ticket != NULL) free_ticket(ticket);
}

/* The one way out, but for cancelling. */
static void finish(struct caa_exchange_ticket *ticket, enum caa_exchange_result result) {
    struct caa_exchange *exchange = &ticket->exchange;
    int64_t took_us = caa_clock_monotonic_us(ticket->setting.clock) - ticket->started_us;
    exchange->round_trip_us = took_us < 0            ? 0
                              : took_us > UINT32_MAX ? UINT32_MAX
                                                     : (uint32_t)took_us;
    exchange->result = result;
    event_del(ticket->io);
    event_del(ticket->timer);
    ticket->done(ticket->context, exchange);
    free_ticket(ticket);
}

static void finish_network(struct caa_exchange_ticket *ticket, int error) {
    ticket->exchange.error = error;
    finish(ticket, CAA_EXCHANGE_NETWORK);
}

static void finish_malformed(struct caa_exchange_ticket *ticket, const char *reason) {
    ticket->exchange.reason = reason;
    finish(ticket, CAA_EXCHANGE_MALFORMED);
}

static void finish_message(struct caa_exchange_ticket *ticket, const uint8_t *message,
                           size_t len) {
    struct caa_exchange *exchange = &ticket->exchange;
    exchange->packet = message;
    exchange->packet_octets = exchange->size = len;
    caa_packet_read(&exchange->said, message, len);
    if (exchange->said.malformed != NULL)
        finish_malformed(ticket, exchange->said.malformed);
    else
        finish(ticket, CAA_EXCHANGE_RESPONSE);
}

/* A datagram; true where the exchange is over, and the ticket gone. */
static bool take_datagram(struct caa_exchange_ticket *ticket, const uint8_t *datagram,
                          size_t len) {
    if (caa_packet_match(&ticket->query, datagram, len) != CAA_PACKET_OURS) {
        if (++ticket->exchange.ignored <= CAA_EXCHANGE_FORGERIES_MAX) return false;
        finish_malformed(ticket, "a flood of datagrams that answer something else");
    } else if (len > DATAGRAM_MAX) {
        finish_malformed(ticket, "larger than was asked for");
    } else {
        finish_message(ticket, datagram, len);
    }
    return true;
}

static void read_datagrams(struct caa_exchange_ticket *ticket) {
    uint8_t datagram[DATAGRAM_MAX + 1];
    for (int i = 0; i < DATAGRAMS_AT_ONCE; i++) {
        ssize_t got = recv(ticket->fd, datagram, sizeof datagram, 0);
        if (got >= 0 && take_datagram(ticket, datagram, (size_t)got)) return;
        if (got >= 0) continue;
        if (errno != EAGAIN && errno != EINTR) finish_network(ticket, errno);
        return;
    }
}

static const char *why_no_match(enum caa_packet_match match) {
    switch (match) {
    case CAA_PACKET_OURS:
    case CAA_PACKET_WRONG_CASE: break;
    case CAA_PACKET_SHORT: return "shorter than a header";
    case CAA_PACKET_WRONG_ID: return "the answer has another id";
    case CAA_PACKET_NO_RESPONSE: return "not a response to a query";
    case CAA_PACKET_WRONG_QUESTION: return "the answer to another question";
    }
    return NULL;
}

/* Who has a connection has no need to forge: the case of letters is only a server's habit. */
static void take_message(struct caa_exchange_ticket *ticket) {
    const char *why =
        why_no_match(caa_packet_match(&ticket->query, ticket->message, ticket->message_len));
    if (why != NULL) {
        ticket->exchange.size = ticket->message_len;
        finish_malformed(ticket, why);
    } else {
        finish_message(ticket, ticket->message, ticket->message_len);
    }
}

/* Octets into `into` until `*have` is `want`: 1 all there, 0 wait, -1 over (ticket gone). */
static int receive(struct caa_exchange_ticket *ticket, uint8_t *into, size_t *have,
                   size_t want) {
    while (*have < want) {
        ssize_t got = recv(ticket->fd, into + *have, want - *have, 0);
        if (got > 0) {
            *have += (size_t)got;
            continue;
        }
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
        finish_network(ticket, got == 0 ? ECONNRESET : errno);
        return -1;
    }
    return 1;
}

static void read_stream(struct caa_exchange_ticket *ticket) {
    if (ticket->message == NULL) {
        if (receive(ticket, ticket->prefix, &ticket->received, 2) != 1) return;
        ticket->message_len = (size_t)(ticket->prefix[0] << 8 | ticket->prefix[1]);
        ticket->received = 0;
        ticket->message = malloc(ticket->message_len + 1);
        if (ticket->message == NULL) {
            finish_network(ticket, ENOMEM);
            return;
        }
    }
    if (receive(ticket, ticket->message, &ticket->received, ticket->message_len) == 1)
        take_message(ticket);
}

static void on_io(evutil_socket_t fd, short events, void *context);

static bool wait_for(struct caa_exchange_ticket *ticket, short events) {
    return event_assign(ticket->io, ticket->setting.base, ticket->fd, events, on_io, ticket) ==
               0 &&
           event_add(ticket->io, NULL) == 0;
}

static void write_stream(struct caa_exchange_ticket *ticket) {
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(ticket->fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
    if (error != 0) {
        finish_network(ticket, error);
        return;
    }
    size_t len = ticket->query.len + 2;
    ssize_t put =
        send(ticket->fd, ticket->stream + ticket->sent, len - ticket->sent, MSG_NOSIGNAL);
    if (put < 0 && errno != EAGAIN && errno != EINTR) {
        finish_network(ticket, errno);
        return;
    }
    if (put > 0) ticket->sent += (size_t)put;
    if (ticket->sent < len) return;
    event_del(ticket->io);
    if (!wait_for(ticket, EV_READ | EV_PERSIST)) finish_network(ticket, ENOMEM);
}

static void on_io(evutil_socket_t fd, short events, void *context) {
    struct caa_exchange_ticket *ticket = context;
    (void)fd;
    if (ticket->setting.transport == CAA_TRANSPORT_UDP)
        read_datagrams(ticket);
    else if ((events & EV_WRITE) != 0)
        write_stream(ticket);
    else
        read_stream(ticket);
}

/* Time is up, or the network refused at once. */
static void on_timer(evutil_socket_t fd, short events, void *context) {
    struct caa_exchange_ticket *ticket = context;
    (void)fd;
    (void)events;
    caa_exchange_expire(ticket);
}

void caa_exchange_expire(struct caa_exchange_ticket *ticket) {
    finish(ticket, ticket->exchange.error != 0 ? CAA_EXCHANGE_NETWORK : CAA_EXCHANGE_TIMEOUT);
}

static int bind_to_random_port(struct caa_exchange_ticket *ticket) {
    const struct caa_random *random = ticket->setting.random;
    struct caa_address any = {.family = ticket->setting.address.family};
    for (int i = 0; i < BIND_TRIES; i++) {
        struct sockaddr_storage from;
        uint16_t port;
        random->fill(random->context, &port, sizeof port);
        any.port = (uint16_t)(PORT_FIRST + port % (UINT16_MAX - PORT_FIRST + 1));
        socklen_t size = caa_address_to_socket(&any, &from);
        if (bind(ticket->fd, (struct sockaddr *)&from, size) == 0) return 0;
        if (errno != EADDRINUSE && errno != EACCES) return errno;
    }
    return 0; /* the kernel chooses, at random too */
}

/* Opens and connects the socket, and sends what can be sent; 0 or an errno. */
static int open_socket(struct caa_exchange_ticket *ticket) {
    const struct caa_exchange_setting *setting = &ticket->setting;
    bool udp = setting->transport == CAA_TRANSPORT_UDP;
    struct sockaddr_storage to;
    socklen_t size = caa_address_to_socket(&setting->address, &to);
    ticket->fd = socket(to.ss_family,
                        (udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (ticket->fd < 0) return errno;
    int error = udp ? bind_to_random_port(ticket) : 0;
    if (error != 0) return error;
    if (connect(ticket->fd, (struct sockaddr *)&to, size) != 0 && (udp || errno != EINPROGRESS))
        return errno;
    if (udp && send(ticket->fd, ticket->query.wire, ticket->query.len, 0) < 0) return errno;
    return 0;
}

static bool start_waiting(struct caa_exchange_ticket *ticket) {
    uint32_t timeout_ms = ticket->exchange.error != 0 ? 0 : ticket->setting.timeout_ms;
    struct timeval timeout = {.tv_sec = timeout_ms / 1000,
                              .tv_usec = (suseconds_t)(timeout_ms % 1000) * 1000};
    short events = ticket->setting.transport == CAA_TRANSPORT_UDP ? EV_READ : EV_WRITE;
    ticket->timer = evtimer_new(ticket->setting.base, on_timer, ticket);
    ticket->io = event_new(ticket->setting.base, -1, 0, on_io, ticket);
    if (ticket->timer == NULL || ticket->io == NULL) return false;
    if (evtimer_add(ticket->timer, &timeout) != 0) return false;
    return ticket->exchange.error != 0 || wait_for(ticket, (short)(events | EV_PERSIST));
}

static void describe(struct caa_exchange_ticket *ticket) {
    const struct caa_exchange_setting *setting = &ticket->setting;
    ticket->started_us = caa_clock_monotonic_us(setting->clock);
    ticket->exchange = (struct caa_exchange){.server = setting->server,
                                             .address = setting->address,
                                             .transport = setting->transport,
                                             .name = ticket->query.name,
                                             .type = ticket->query.type,
                                             .edns = ticket->query.edns,
                                             .sent_at_us = caa_clock_wall_us(setting->clock),
                                             .reason = "",
                                             .said = {.ede = -1}};
}

static enum caa_err prepare(struct caa_exchange_ticket *ticket,
                            const struct caa_question *question) {
    uint8_t random[CAA_PACKET_RANDOM_OCTETS];
    const struct caa_random *source = ticket->setting.random;
    source->fill(source->context, random, sizeof random);
    enum caa_err err =
        caa_query_build(&ticket->query, question, !ticket->setting.no_edns, random);
    ticket->stream[0] = (uint8_t)(ticket->query.len >> 8);
    ticket->stream[1] = (uint8_t)ticket->query.len;
    memcpy(ticket->stream + 2, ticket->query.wire, ticket->query.len);
    return err;
}

enum caa_err caa_exchange_start(struct caa_exchange_ticket **ticket,
                                const struct caa_exchange_setting *setting,
                                const struct caa_question *question, caa_exchange_done *done,
                                void *context) {
    struct caa_exchange_ticket *made = calloc(1, sizeof *made);
    if (made == NULL) return CAA_ERR_NOMEM;
    made->setting = *setting;
    if (setting->random == NULL) made->setting.random = caa_random_system();
    made->fd = -1;
    made->done = done;
    made->context = context;
    enum caa_err err = prepare(made, question);
    if (err == CAA_OK) {
        describe(made);
        made->exchange.error = open_socket(made);
        if (!start_waiting(made)) err = CAA_ERR_EVENT;
    }
    if (err != CAA_OK) {
        free_ticket(made);
        return err;
    }
    *ticket = made;
    return CAA_OK;
}

const char *caa_transport_code(enum caa_transport transport) {
    return transport == CAA_TRANSPORT_UDP ? "udp" : "tcp";
}

const char *caa_exchange_result_code(enum caa_exchange_result result) {
    switch (result) {
    case CAA_EXCHANGE_RESPONSE: return "response";
    case CAA_EXCHANGE_TIMEOUT: return "timeout";
    case CAA_EXCHANGE_NETWORK: return "network";
    case CAA_EXCHANGE_MALFORMED: break;
    }
    return "malformed";
}
