/* A double of caad-recursor for tests: the same spawner, and a recursor that does what the
   first label of a name tells it. It is in no jail. */
#include "packet.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/recursor/spawner.h"
#include "sandbox/spawner_request.h"
#include "sandbox/wire.h"

enum { HELD_MOST = 256, LARGE_OCTETS = 512 << 20 };

static uint32_t held[HELD_MOST]; /* questions that wait for the next sign of life */
static size_t held_count;
static struct caa_name held_names[HELD_MOST];

static void tell(const struct caa_notice *notice) {
    static uint8_t octets[CAA_WIRE_MESSAGE_MAX];
    size_t len = caa_notice_write(notice, octets, sizeof octets);
    if (len == 0 || send(CAA_SPAWNER_SOCKET, octets, len, MSG_NOSIGNAL) < 0) _exit(0);
}

static void tell_packet(uint32_t id, uint8_t sec, const struct packet *packet) {
    const struct caa_notice notice = {.kind = CAA_NOTICE_ANSWER,
                                      .id = id,
                                      .sec = sec,
                                      .packet = caa_slice_bytes(packet->wire, packet->len)};
    tell(&notice);
}

/* One CAA record whose issuer is the number of this process. */
static void answer(uint32_t id, const char *name, unsigned flags) {
    static struct packet packet;
    char value[24];
    snprintf(value, sizeof value, "%d", (int)getpid());
    begin_response(&packet, flags, name);
    put_caa(&packet, name, 60, value);
    tell_packet(id, 2, &packet);
}

/* "There is no CAA record", validated: the lie that is worth most. */
static void deny(uint32_t id, const char *name) {
    static struct packet packet;
    begin_response(&packet, QR | RD | RA, name);
    put_soa(&packet, AUTHORITY, ".", 60, 60);
    tell_packet(id, 2, &packet);
}

static void hold(const struct caa_order *order) {
    if (held_count == HELD_MOST) _exit(1);
    held_names[held_count] = order->name;
    held[held_count++] = order->id;
}

static void obey_name(const struct caa_order *order, const char *name) {
    struct caa_notice notice = {.kind = CAA_NOTICE_PONG, .id = 99999};
    char first[CAA_NAME_TEXT_MAX];
    snprintf(first, sizeof first, "%.*s", (int)strcspn(name, "."), name);
    if (strcmp(first, "crash") == 0) {
        signal(SIGSEGV, SIG_DFL); /* a sanitizer has its own */
        raise(SIGSEGV);
    }
    if (strcmp(first, "leave") == 0) _exit(3);
    if (strcmp(first, "hang") == 0)
        for (;;) pause();
    if (strcmp(first, "grow") == 0) {
        volatile char *large = malloc(LARGE_OCTETS);
        for (size_t i = 0; i < LARGE_OCTETS; i += 4096) large[i] = 1;
        return; /* not before it is found out */
    }
    if (strcmp(first, "silent") == 0) return;
    if (strcmp(first, "wait") == 0) {
        hold(order);
        return;
    }
    if (strcmp(first, "unasked") == 0) deny(order->id + 1000, name);
    if (strcmp(first, "other") == 0) {
        deny(order->id, "another.example");
        return;
    }
    if (strcmp(first, "own-data") == 0) {
        answer(order->id, name, QR | AA | RD | RA);
        return;
    }
    if (strcmp(first, "garbage") == 0) send(CAA_SPAWNER_SOCKET, "\1\77nonsense", 10, 0);
    if (strcmp(first, "empty") == 0) send(CAA_SPAWNER_SOCKET, "", 0, 0);
    if (strcmp(first, "pong") == 0) tell(&notice);
    if (strcmp(first, "unable") == 0) {
        notice = (struct caa_notice){
            .kind = CAA_NOTICE_NO_ANSWER, .id = order->id, .err = CAA_ERR_NOMEM};
        tell(&notice);
        return;
    }
    answer(order->id, name, QR | RD | RA);
    if (strcmp(first, "twice") == 0)
        for (int i = 0; i < 2; i++) deny(order->id, name);
}

static void pong(uint32_t id) {
    const struct caa_notice notice = {.kind = CAA_NOTICE_PONG, .id = id};
    char name[CAA_NAME_TEXT_MAX];
    tell(&notice);
    for (size_t i = 0; i < held_count; i++) {
        caa_name_to_text(&held_names[i], name);
        answer(held[i], name, QR | RD | RA);
    }
    held_count = 0;
}

static void obey(const struct caa_order *order) {
    const struct caa_notice opened = {.kind = CAA_NOTICE_OPENED};
    char name[CAA_NAME_TEXT_MAX];
    switch (order->kind) {
    case CAA_ORDER_OPEN: tell(&opened); return;
    case CAA_ORDER_ASK:
        caa_name_to_text(&order->name, name);
        obey_name(order, name);
        return;
    case CAA_ORDER_PING: pong(order->id); return;
    case CAA_ORDER_SETTING:
    case CAA_ORDER_CANCEL: return;
    }
}

static void serve(void) {
    static uint8_t octets[CAA_WIRE_MESSAGE_MAX];
    const struct caa_notice hello = {.kind = CAA_NOTICE_HELLO,
                                     .jail = {true, true, true, true, true},
                                     .library = caa_slice_of("1.99.0")};
    tell(&hello);
    for (;;) {
        struct caa_order order;
        struct pollfd socket = {.fd = CAA_SPAWNER_SOCKET, .events = POLLIN};
        if (poll(&socket, 1, -1) < 0) continue;
        struct caa_arena *arena = caa_arena_new(1 << 20);
        ssize_t len = recv(CAA_SPAWNER_SOCKET, octets, sizeof octets, 0);
        if (len <= 0 || caa_order_read(&order, arena, octets, (size_t)len) != CAA_OK) _exit(0);
        obey(&order);
        caa_arena_free(arena);
    }
}

int main(int count, char **words) {
    if (count == 5 && strcmp(words[1], "spawner") == 0) {
        const struct spawner_identity identity = {.program = words[2]};
        spawner_run(&identity);
    }
    serve();
}
