#include "serve/dns_server_state.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    BATCH = 32,
    BATCHES_PER_TURN = 8, /* so that other events get theirs */
    SPARE_MOST = 1024,
    CONTROL_OCTETS = 64,
};

/* Who sent a query, and to which of our addresses: the reply has to come from there. */
struct peer {
    struct sockaddr_storage address;
    socklen_t octets;
    size_t control_octets; /* 0: the socket has one address only */
    _Alignas(struct cmsghdr) uint8_t control[CONTROL_OCTETS];
};

/* A query that waits for its reply. */
struct udp_ask {
    LIST_ENTRY(udp_ask) link;
    struct caa_dns_udp *udp;
    struct caa_dns_ask *ask;
    struct peer peer;
};

LIST_HEAD(udp_ask_list, udp_ask);

/* Datagrams that go through the kernel together. */
struct batch {
    struct mmsghdr messages[BATCH];
    struct iovec pieces[BATCH];
    struct peer peers[BATCH];
};

struct caa_dns_udp {
    struct caa_dns_server *server;
    int socket;
    bool is_wildcard;
    struct event *readable;
    struct event *flush; /* at the end of a turn of the loop */
    struct udp_ask_list asks;
    struct udp_ask_list spare;
    size_t spare_count;
    size_t outgoing_count;
    struct batch incoming, outgoing;
    uint8_t queries[BATCH][CAA_DNS_QUERY_OCTETS_MOST];
    uint8_t replies[BATCH][CAA_DNS_UDP_OCTETS_MOST];
};

/* --- sending */

/* What cannot be sent is lost, as anything may be over UDP. */
static void flush(struct caa_dns_udp *udp) {
    size_t sent = 0;
    while (sent < udp->outgoing_count) {
        int n = sendmmsg(udp->socket, udp->outgoing.messages + sent,
                         (unsigned)(udp->outgoing_count - sent), 0);
        if (n > 0)
            sent += (size_t)n;
        else if (errno == EAGAIN || errno == ENOBUFS)
            break;
        else if (errno != EINTR)
            sent++; /* this one has no way; the others may */
    }
    udp->outgoing_count = 0;
}

static void on_flush(evutil_socket_t fd, short events, void *context) {
    (void)fd;
    (void)events;
    flush(context);
}

static void point_at(struct msghdr *header, struct iovec *piece, struct peer *peer) {
    *header = (struct msghdr){.msg_name = &peer->address,
                              .msg_namelen = peer->octets,
                              .msg_iov = piece,
                              .msg_iovlen = 1,
                              .msg_control = peer->control_octets == 0 ? NULL : peer->control,
                              .msg_controllen = peer->control_octets};
}

static void send_to(struct caa_dns_udp *udp, const struct peer *peer, const uint8_t *wire,
                    size_t len) {
    if (len == 0 || len > CAA_DNS_UDP_OCTETS_MOST) return;
    if (udp->outgoing_count == BATCH) flush(udp);
    if (udp->outgoing_count == 0) event_active(udp->flush, EV_TIMEOUT, 0);
    size_t at = udp->outgoing_count++;
    memcpy(udp->replies[at], wire, len);
    udp->outgoing.peers[at] = *peer;
    udp->outgoing.pieces[at] = (struct iovec){udp->replies[at], len};
    point_at(&udp->outgoing.messages[at].msg_hdr, &udp->outgoing.pieces[at],
             &udp->outgoing.peers[at]);
}

/* --- asks */

static struct udp_ask *take_ask(struct caa_dns_udp *udp) {
    struct udp_ask *ask = LIST_FIRST(&udp->spare);
    if (ask == NULL) {
        ask = malloc(sizeof *ask);
    } else {
        LIST_REMOVE(ask, link);
        udp->spare_count--;
    }
    return ask;
}

static void give_back(struct udp_ask *ask) {
    struct caa_dns_udp *udp = ask->udp;
    if (udp->spare_count == SPARE_MOST) {
        free(ask);
        return;
    }
    LIST_INSERT_HEAD(&udp->spare, ask, link);
    udp->spare_count++;
}

static void on_reply(void *context, const uint8_t *wire, const struct caa_dns_reply *reply) {
    struct udp_ask *ask = context;
    LIST_REMOVE(ask, link);
    send_to(ask->udp, &ask->peer, wire, reply->len);
    give_back(ask);
}

static void take(struct caa_dns_udp *udp, const struct peer *peer, const uint8_t *octets,
                 size_t len) {
    const struct caa_dns_client client = {.transport = CAA_DNS_UDP, .address = peer->address};
    const uint8_t *wire = NULL;
    struct caa_dns_reply reply = {.len = 0};
    struct udp_ask *ask = take_ask(udp);
    if (ask == NULL) return;
    ask->udp = udp;
    ask->peer = *peer;
    switch (caa_dns_server_take(udp->server, &client, octets, len, on_reply, ask, &ask->ask,
                                &wire, &reply)) {
    case CAA_DNS_TAKEN_ASK: LIST_INSERT_HEAD(&udp->asks, ask, link); return;
    case CAA_DNS_TAKEN_NOT_ALLOWED:
    case CAA_DNS_TAKEN_REPLY: send_to(udp, peer, wire, reply.len); break;
    case CAA_DNS_TAKEN_RATE_LIMITED:
    case CAA_DNS_TAKEN_DROPPED: break;
    }
    give_back(ask);
}

/* --- receiving */

static void prepare(struct caa_dns_udp *udp) {
    for (size_t i = 0; i < BATCH; i++) {
        struct peer *peer = &udp->incoming.peers[i];
        peer->octets = sizeof peer->address;
        peer->control_octets = udp->is_wildcard ? sizeof peer->control : 0;
        udp->incoming.pieces[i] = (struct iovec){udp->queries[i], sizeof udp->queries[i]};
        point_at(&udp->incoming.messages[i].msg_hdr, &udp->incoming.pieces[i], peer);
    }
}

/* A reply from port 0 would go nowhere, or to somebody who never asked. */
static bool has_port(const struct sockaddr_storage *address) {
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;
    return (address->ss_family == AF_INET && v4->sin_port != 0) ||
           (address->ss_family == AF_INET6 && v6->sin6_port != 0);
}

/* The kernel says where the query was sent to; sent back, it says where the reply comes from.
 */
static void keep_local_address(struct peer *peer, struct msghdr *header) {
    struct cmsghdr *control = CMSG_FIRSTHDR(header);
    peer->control_octets = 0;
    if (control == NULL) return;
    bool is_v4 = control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_PKTINFO;
    bool is_v6 = control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_PKTINFO;
    if (!is_v4 && !is_v6) return;
    if (is_v4) {
        /* Which interface it goes out by is the routing's to say. */
        struct in_pktinfo *info = (void *)CMSG_DATA(control);
        info->ipi_ifindex = 0;
    }
    peer->control_octets =
        CMSG_SPACE(is_v4 ? sizeof(struct in_pktinfo) : sizeof(struct in6_pktinfo));
}

static void on_readable(evutil_socket_t fd, short events, void *context) {
    struct caa_dns_udp *udp = context;
    (void)events;
    for (size_t round = 0; round < BATCHES_PER_TURN; round++) {
        prepare(udp);
        int n = recvmmsg(fd, udp->incoming.messages, BATCH, MSG_DONTWAIT, NULL);
        for (int i = 0; i < n; i++) {
            struct mmsghdr *message = &udp->incoming.messages[i];
            struct peer *peer = &udp->incoming.peers[i];
            peer->octets = message->msg_hdr.msg_namelen;
            keep_local_address(peer, &message->msg_hdr);
            if (has_port(&peer->address)) take(udp, peer, udp->queries[i], message->msg_len);
        }
        if (n < BATCH) return;
    }
}

/* --- making and freeing */

static bool wants_local_address(struct caa_dns_udp *udp) {
    struct sockaddr_storage address;
    socklen_t octets = sizeof address;
    const int yes = 1;
    memset(&address, 0, sizeof address);
    if (getsockname(udp->socket, (struct sockaddr *)&address, &octets) != 0) return false;
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)&address;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&address;
    if (address.ss_family == AF_INET)
        return v4->sin_addr.s_addr == INADDR_ANY &&
               setsockopt(udp->socket, IPPROTO_IP, IP_PKTINFO, &yes, sizeof yes) == 0;
    return IN6_IS_ADDR_UNSPECIFIED(&v6->sin6_addr) &&
           setsockopt(udp->socket, IPPROTO_IPV6, IPV6_RECVPKTINFO, &yes, sizeof yes) == 0;
}

enum caa_err caa_dns_udp_new(struct caa_dns_udp **made, struct caa_dns_server *server,
                             int socket) {
    struct event_base *base = server->setting.base;
    struct caa_dns_udp *udp = calloc(1, sizeof *udp);
    if (udp == NULL) {
        close(socket);
        return CAA_ERR_NOMEM;
    }
    udp->server = server;
    udp->socket = socket;
    udp->is_wildcard = wants_local_address(udp);
    udp->readable = event_new(base, socket, EV_READ | EV_PERSIST, on_readable, udp);
    udp->flush = event_new(base, -1, EV_PERSIST, on_flush, udp);
    *made = udp; /* the server frees it, whatever becomes of it */
    bool ok =
        udp->readable != NULL && udp->flush != NULL && event_add(udp->readable, NULL) == 0;
    return ok ? CAA_OK : CAA_ERR_EVENT;
}

void caa_dns_udp_stop(struct caa_dns_udp *udp) {
    if (udp != NULL) event_del(udp->readable);
}

static void free_asks(struct udp_ask_list *list, bool waiting) {
    struct udp_ask *ask;
    while ((ask = LIST_FIRST(list)) != NULL) {
        LIST_REMOVE(ask, link);
        if (waiting) caa_dns_ask_drop(ask->ask);
        free(ask);
    }
}

void caa_dns_udp_free(struct caa_dns_udp *udp) {
    if (udp == NULL) return;
    flush(udp);
    if (udp->readable != NULL) event_free(udp->readable);
    if (udp->flush != NULL) event_free(udp->flush);
    free_asks(&udp->asks, true);
    free_asks(&udp->spare, false);
    close(udp->socket);
    free(udp);
}
