#include "serve/dns_server_state.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>

enum {
    PREFIX = 2, /* octets: the length in front of a message (RFC 1035 section 4.2.2) */
    HEADER = 12,
    OUTPUT_MOST = 256 * 1024, /* waiting to be read by the client: then no more is taken */
    PAUSE_MS = 100,           /* where the system has no more sockets */
};

LIST_HEAD(tcp_ask_list, tcp_ask);

struct connection {
    TAILQ_ENTRY(connection) link;
    struct caa_dns_tcp *tcp;
    struct bufferevent *stream;
    struct event *idle;
    struct caa_dns_client client;
    struct caa_crowd_client *owner; /* or NULL */
    struct tcp_ask_list asks;
    size_t waiting; /* of `asks` */
    bool is_ending; /* no more is taken, and it ends with the last reply */
    bool is_read;   /* to its end: the client says no more */
};

/* A query that waits for its reply. */
struct tcp_ask {
    LIST_ENTRY(tcp_ask) link;
    struct connection *connection;
    struct caa_dns_ask *ask;
};

struct caa_dns_tcp {
    struct caa_dns_server *server;
    struct evconnlistener *listener;
    struct event *pause;
};

static struct timeval timeval_of_ms(uint32_t ms) {
    return (struct timeval){.tv_sec = ms / 1000, .tv_usec = (suseconds_t)(ms % 1000) * 1000};
}

static void end_connection(struct connection *connection) {
    struct caa_dns_server *server = connection->tcp->server;
    struct tcp_ask *ask;
    TAILQ_REMOVE(&server->connections, connection, link);
    server->connection_count--;
    while ((ask = LIST_FIRST(&connection->asks)) != NULL) {
        LIST_REMOVE(ask, link);
        caa_dns_ask_drop(ask->ask);
        free(ask);
    }
    caa_crowd_leave(connection->owner);
    if (connection->idle != NULL) event_free(connection->idle);
    bufferevent_free(connection->stream);
    free(connection);
}

static void end_by_us(struct connection *connection) {
    caa_dns_count(connection->tcp->server->setting.counters, CAA_DNS_COUNTER_CONNECTIONS_ENDED);
    end_connection(connection);
}

static size_t unsent(const struct connection *connection) {
    return evbuffer_get_length(bufferevent_get_output(connection->stream));
}

/* Something whole came, or went: that is what counts, not each octet. */
static void note_progress(struct connection *connection) {
    struct caa_dns_server *server = connection->tcp->server;
    const struct timeval idle = timeval_of_ms(server->setting.idle_ms);
    TAILQ_REMOVE(&server->connections, connection, link);
    TAILQ_INSERT_TAIL(&server->connections, connection, link);
    evtimer_add(connection->idle, &idle);
}

static void send_message(struct connection *connection, const uint8_t *wire, size_t len) {
    const uint8_t prefix[PREFIX] = {(uint8_t)(len >> 8), (uint8_t)len};
    if (len == 0) return;
    bufferevent_write(connection->stream, prefix, sizeof prefix);
    bufferevent_write(connection->stream, wire, len);
}

static void take_messages(struct connection *connection);

static void on_reply(void *context, const uint8_t *wire, const struct caa_dns_reply *reply) {
    struct tcp_ask *ask = context;
    struct connection *connection = ask->connection;
    LIST_REMOVE(ask, link);
    free(ask);
    connection->waiting--;
    send_message(connection, wire, reply->len);
    take_messages(connection); /* there may be room for what was left unread */
}

/* False: the connection is to be ended. */
static bool take(struct connection *connection, const uint8_t *octets, size_t len) {
    const uint8_t *wire = NULL;
    struct caa_dns_reply reply = {.len = 0};
    struct tcp_ask *ask = malloc(sizeof *ask);
    if (ask == NULL) return false;
    *ask = (struct tcp_ask){.connection = connection};
    enum caa_dns_taken taken =
        caa_dns_server_take(connection->tcp->server, &connection->client, octets, len, on_reply,
                            ask, &ask->ask, &wire, &reply);
    if (taken == CAA_DNS_TAKEN_ASK) {
        LIST_INSERT_HEAD(&connection->asks, ask, link);
        connection->waiting++;
        return true;
    }
    free(ask);
    if (taken != CAA_DNS_TAKEN_REPLY) return false;
    send_message(connection, wire, reply.len);
    return true;
}

static bool has_room(const struct connection *connection) {
    return connection->waiting < CAA_DNS_PIPELINE_MOST && unsent(connection) < OUTPUT_MOST &&
           !connection->is_ending;
}

/* The length of the message in front, 0 where not even that has come. */
static size_t next_len(struct evbuffer *input) {
    uint8_t prefix[PREFIX];
    if (evbuffer_copyout(input, prefix, sizeof prefix) != sizeof prefix) return 0;
    return (size_t)(prefix[0] << 8 | prefix[1]);
}

/* No more is read from the client: it ends when all is answered and sent. */
static void begin_to_end(struct connection *connection) {
    caa_dns_count(connection->tcp->server->setting.counters, CAA_DNS_COUNTER_CONNECTIONS_ENDED);
    connection->is_ending = true;
    bufferevent_disable(connection->stream, EV_READ);
}

static void take_messages(struct connection *connection) {
    struct evbuffer *input = bufferevent_get_input(connection->stream);
    uint8_t message[CAA_DNS_QUERY_OCTETS_MOST];
    while (has_room(connection) && evbuffer_get_length(input) >= PREFIX) {
        size_t len = next_len(input);
        bool is_wrong = len < HEADER || len > sizeof message;
        if (!is_wrong && evbuffer_get_length(input) < PREFIX + len) break;
        if (!is_wrong) {
            evbuffer_drain(input, PREFIX);
            evbuffer_remove(input, message, len);
            note_progress(connection);
        }
        if (is_wrong || !take(connection, message, len)) begin_to_end(connection);
    }
    if (has_room(connection) && !connection->is_read)
        bufferevent_enable(connection->stream, EV_READ);
    else
        bufferevent_disable(connection->stream, EV_READ);
}

static void end_if_done(struct connection *connection) {
    if ((connection->is_ending || connection->is_read) && connection->waiting == 0 &&
        unsent(connection) == 0)
        end_connection(connection);
}

static void on_read(struct bufferevent *stream, void *context) {
    (void)stream;
    take_messages(context);
    end_if_done(context);
}

/* All that was to be sent has been. */
static void on_written(struct bufferevent *stream, void *context) {
    struct connection *connection = context;
    (void)stream;
    note_progress(connection);
    take_messages(connection);
    end_if_done(connection);
}

/* A client that has said all it wants to say still waits for the replies (RFC 7766
   section 6.2.4). */
static void on_event(struct bufferevent *stream, short events, void *context) {
    struct connection *connection = context;
    (void)stream;
    if ((events & BEV_EVENT_EOF) == 0 || (events & BEV_EVENT_READING) == 0) {
        end_connection(connection);
        return;
    }
    connection->is_read = true;
    take_messages(connection);
    end_if_done(connection);
}

/* What waits for us is not idle; what waits for the client to read is. */
static void on_idle(evutil_socket_t fd, short events, void *context) {
    struct connection *connection = context;
    (void)fd;
    (void)events;
    if (connection->waiting > 0 && unsent(connection) == 0)
        note_progress(connection);
    else
        end_by_us(connection);
}

/* Ends the one that has been quiet for longest, wherever it came in, and waits for nothing: of
   that owner, or of all where it is NULL. */
static bool end_quiet(struct caa_dns_server *server, const struct caa_crowd_client *owner) {
    struct connection *connection;
    TAILQ_FOREACH(connection, &server->connections, link) {
        if (connection->waiting > 0 || (owner != NULL && connection->owner != owner)) continue;
        end_by_us(connection);
        return true;
    }
    return false;
}

static bool make_room(struct caa_dns_server *server, const struct sockaddr *address) {
    if (!caa_crowd_has_room(server->crowd, address))
        return end_quiet(server, caa_crowd_find(server->crowd, address));
    return server->connection_count < server->setting.connections_most ||
           end_quiet(server, NULL);
}

static enum caa_dns_counter admit(struct caa_dns_server *server,
                                  const struct sockaddr *address) {
    if (!caa_dns_server_allows(server, address)) return CAA_DNS_COUNTER_NOT_ALLOWED;
    return make_room(server, address) ? CAA_DNS_COUNTER_CONNECTIONS
                                      : CAA_DNS_COUNTER_CONNECTIONS_REFUSED;
}

static struct connection *new_connection(struct caa_dns_tcp *tcp, evutil_socket_t fd,
                                         const struct sockaddr *address, int octets) {
    struct event_base *base = tcp->server->setting.base;
    struct connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL) return NULL;
    connection->tcp = tcp;
    connection->client.transport = CAA_DNS_TCP;
    memcpy(&connection->client.address, address, (size_t)octets);
    connection->idle = evtimer_new(base, on_idle, connection);
    connection->stream = connection->idle == NULL
                             ? NULL
                             : bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);
    if (connection->stream != NULL) return connection;
    if (connection->idle != NULL) event_free(connection->idle);
    free(connection);
    return NULL;
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd,
                      struct sockaddr *address, int octets, void *context) {
    struct caa_dns_tcp *tcp = context;
    const int yes = 1;
    (void)listener;
    enum caa_dns_counter counter = admit(tcp->server, address);
    struct connection *connection = counter == CAA_DNS_COUNTER_CONNECTIONS
                                        ? new_connection(tcp, fd, address, octets)
                                        : NULL;
    caa_dns_count(tcp->server->setting.counters, counter);
    if (connection == NULL) {
        close(fd);
        return;
    }
    connection->owner = caa_crowd_enter(tcp->server->crowd, address);
    TAILQ_INSERT_TAIL(&tcp->server->connections, connection, link);
    tcp->server->connection_count++;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    bufferevent_setcb(connection->stream, on_read, on_written, on_event, connection);
    bufferevent_setwatermark(connection->stream, EV_READ, 0,
                             PREFIX + CAA_DNS_QUERY_OCTETS_MOST);
    bufferevent_enable(connection->stream, EV_READ | EV_WRITE);
    note_progress(connection);
}

/* Without sockets to be had, waiting connections would wake us again and again. */
static void on_accept_error(struct evconnlistener *listener, void *context) {
    struct caa_dns_tcp *tcp = context;
    const struct timeval pause = timeval_of_ms(PAUSE_MS);
    evconnlistener_disable(listener);
    evtimer_add(tcp->pause, &pause);
}

static void on_pause_end(evutil_socket_t fd, short events, void *context) {
    struct caa_dns_tcp *tcp = context;
    (void)fd;
    (void)events;
    evconnlistener_enable(tcp->listener);
}

enum caa_err caa_dns_tcp_new(struct caa_dns_tcp **made, struct caa_dns_server *server,
                             int socket) {
    struct event_base *base = server->setting.base;
    struct caa_dns_tcp *tcp = calloc(1, sizeof *tcp);
    if (tcp == NULL) {
        close(socket);
        return CAA_ERR_NOMEM;
    }
    tcp->server = server;
    *made = tcp; /* the server frees it, whatever becomes of it */
    tcp->pause = evtimer_new(base, on_pause_end, tcp);
    tcp->listener = evconnlistener_new(
        base, on_accept, tcp, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, socket);
    if (tcp->listener == NULL) {
        close(socket);
        return CAA_ERR_EVENT;
    }
    evconnlistener_set_error_cb(tcp->listener, on_accept_error);
    return tcp->pause == NULL ? CAA_ERR_EVENT : CAA_OK;
}

/* From there on, the first that came in by `tcp`. */
static struct connection *find_of(const struct caa_dns_tcp *tcp,
                                  struct connection *connection) {
    while (connection != NULL && connection->tcp != tcp)
        connection = TAILQ_NEXT(connection, link);
    return connection;
}

static struct connection *first_of(const struct caa_dns_tcp *tcp) {
    /* Who is freed has been taken out. NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
    return find_of(tcp, TAILQ_FIRST(&tcp->server->connections));
}

static struct connection *next_of(const struct connection *connection) {
    return find_of(connection->tcp, TAILQ_NEXT(connection, link));
}

void caa_dns_tcp_stop(struct caa_dns_tcp *tcp) {
    struct connection *connection, *next;
    if (tcp == NULL) return;
    evtimer_del(tcp->pause);
    evconnlistener_disable(tcp->listener);
    for (connection = first_of(tcp); connection != NULL; connection = next) {
        next = next_of(connection);
        begin_to_end(connection);
        end_if_done(connection);
    }
}

size_t caa_dns_tcp_unsent(const struct caa_dns_tcp *tcp) {
    struct connection *connection;
    size_t count = 0;
    if (tcp == NULL) return 0;
    for (connection = first_of(tcp); connection != NULL; connection = next_of(connection))
        count += unsent(connection) > 0;
    return count;
}

void caa_dns_tcp_free(struct caa_dns_tcp *tcp) {
    struct connection *connection;
    if (tcp == NULL) return;
    while ((connection = first_of(tcp)) != NULL)
        end_connection(connection); /* NOLINT(clang-analyzer-unix.Malloc): and so out of it */
    if (tcp->listener != NULL) evconnlistener_free(tcp->listener);
    if (tcp->pause != NULL) event_free(tcp->pause);
    free(tcp);
}
