#include "packet.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "probe/exchange.h"

/* A server on loopback under the test's hands, and one exchange with it. */
struct scene {
    struct event_base *base;
    int udp, tcp, connection;
    uint16_t port;
    struct caa_exchange_ticket *ticket;
    size_t done_count;
    struct caa_exchange exchange;
    uint8_t query[512];
    size_t query_len;
    struct sockaddr_in from;
};

static struct sockaddr_in loopback(uint16_t port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static int set_up(void **state) {
    struct scene *scene = calloc(1, sizeof *scene);
    struct sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    scene->base = event_base_new();
    scene->connection = -1;
    scene->udp = socket(AF_INET, SOCK_DGRAM, 0);
    scene->tcp = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(scene->udp, (struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(scene->udp, (struct sockaddr *)&address, &size), 0);
    scene->port = ntohs(address.sin_port);
    assert_int_equal(bind(scene->tcp, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(scene->tcp, 4), 0);
    *state = scene;
    return 0;
}

static int tear_down(void **state) {
    struct scene *scene = *state;
    caa_exchange_cancel(scene->ticket);
    if (scene->udp >= 0) close(scene->udp);
    if (scene->tcp >= 0) close(scene->tcp);
    if (scene->connection >= 0) close(scene->connection);
    event_base_free(scene->base);
    free(scene);
    return 0;
}

static void on_done(void *context, const struct caa_exchange *exchange) {
    struct scene *scene = context;
    scene->done_count++;
    scene->exchange = *exchange;
    scene->exchange.packet = NULL;
    scene->ticket = NULL;
}

static void start(struct scene *scene, enum caa_transport transport, uint32_t timeout_ms) {
    struct caa_exchange_setting setting = {.base = scene->base,
                                           .clock = caa_clock_system(),
                                           .transport = transport,
                                           .timeout_ms = timeout_ms};
    struct caa_question question = {.name = name_of("www.shop.example"), .type = CAA_TYPE_CAA};
    assert_true(caa_address_from_text(&setting.address, "127.0.0.1", scene->port));
    assert_int_equal(caa_exchange_start(&scene->ticket, &setting, &question, on_done, scene),
                     CAA_OK);
    assert_int_equal(scene->done_count, 0);
}

static void run(struct scene *scene) {
    while (scene->done_count == 0) assert_true(event_base_loop(scene->base, EVLOOP_ONCE) >= 0);
    event_base_loop(scene->base, EVLOOP_NONBLOCK);
    assert_int_equal(scene->done_count, 1);
}

static void receive_datagram(struct scene *scene) {
    socklen_t size = sizeof scene->from;
    ssize_t got = recvfrom(scene->udp, scene->query, sizeof scene->query, 0,
                           (struct sockaddr *)&scene->from, &size);
    assert_true(got > 12);
    scene->query_len = (size_t)got;
}

/* Header and question of the query as a response, with `flags`; without its OPT record. */
static void make_response(const struct scene *scene, struct packet *packet, unsigned flags) {
    memset(packet, 0, sizeof *packet);
    packet->len = scene->query_len - 11;
    memcpy(packet->wire, scene->query, packet->len);
    packet->wire[2] = (uint8_t)(flags >> 8);
    packet->wire[3] = (uint8_t)flags;
    packet->wire[11] = 0;
}

static void send_datagram(const struct scene *scene, int from, const struct packet *packet) {
    ssize_t sent = sendto(from, packet->wire, packet->len, 0,
                          (const struct sockaddr *)&scene->from, sizeof scene->from);
    assert_int_equal(sent, packet->len);
}

static void a_response_comes_with_its_evidence(void **state) {
    struct scene *scene = *state;
    struct packet packet;
    start(scene, CAA_TRANSPORT_UDP, 10000);
    receive_datagram(scene);
    make_response(scene, &packet, QR | AA | 3);
    send_datagram(scene, scene->udp, &packet);
    run(scene);
    assert_int_equal(scene->exchange.result, CAA_EXCHANGE_RESPONSE);
    assert_int_equal(scene->exchange.said.rcode, 3);
    assert_true(scene->exchange.said.aa);
    assert_int_equal(scene->exchange.size, packet.len);
    assert_int_equal(scene->exchange.ignored, 0);
    assert_true(scene->exchange.sent_at_us > 0);
}

static void silence_is_a_timeout(void **state) {
    struct scene *scene = *state;
    start(scene, CAA_TRANSPORT_UDP, 20);
    run(scene);
    assert_int_equal(scene->exchange.result, CAA_EXCHANGE_TIMEOUT);
    assert_null(scene->exchange.packet);
}

static void forged_datagrams_are_passed_over_and_counted(void **state) {
    struct scene *scene = *state;
    struct packet packet;
    start(scene, CAA_TRANSPORT_UDP, 10000);
    receive_datagram(scene);
    make_response(scene, &packet, QR | AA | 2);
    packet.wire[0] ^= 1; /* another id */
    send_datagram(scene, scene->udp, &packet);
    packet.wire[0] ^= 1;
    packet.wire[13] ^= 0x20; /* a letter in another case */
    send_datagram(scene, scene->udp, &packet);
    make_response(scene, &packet, QR | AA);
    send_datagram(scene, scene->udp, &packet);
    run(scene);
    assert_int_equal(scene->exchange.result, CAA_EXCHANGE_RESPONSE);
    assert_int_equal(scene->exchange.said.rcode, 0);
    assert_int_equal(scene->exchange.ignored, 2);
}

static void another_port_is_never_heard(void **state) {
    struct scene *scene = *state;
    struct packet packet;
    int stranger = socket(AF_INET, SOCK_DGRAM, 0);
    start(scene, CAA_TRANSPORT_UDP, 50);
    receive_datagram(scene);
    make_response(scene, &packet, QR | AA);
    send_datagram(scene, stranger, &packet);
    close(stranger);
    run(scene);
    assert_int_equal(scene->exchange.result, CAA_EXCHANGE_TIMEOUT);
    assert_int_equal(scene->exchange.ignored, 0);
}

static void a_flood_of_forgeries_ends_it(void **state) {
    struct scene *scene = *state;
    struct packet packet;
    start(scene, CAA_TRANSPORT_UDP, 10000);
    receive_datagram(scene);
    make_response(scene, &packet, QR | AA);
    packet.wire[0] ^= 1;
    for (int i = 0; i <= CAA_EXCHANGE_FORGERIES_MAX; i++) {
        send_datagram(scene, scene->udp, &packet);
        event_base_loop(scene->base, EVLOOP_NONBLOCK);
    }
    run(scene);
    assert_int_equal(scene->exchange.result, CAA_EXCHANGE_MALFORMED);
    assert_int_equal(scene->exchange.ignored, CAA_EXCHANGE_FORGERIES_MAX + 1);
}

static void garbage_behind_our_question_is_malformed(void **state) {
    struct scene *scene = *state;
    struct packet packet;
    start(scene, CAA_TRANSPORT_UDP, 10000);
    receive_datagram(scene);
    make_response(scene, &packet, QR | AA);
    packet.wire[7] = 9; /* answers that are not there */
    put_octets(&packet, "garbage", 7);
    send_datagram(scene, scene->udp, &packet);
    run(scene);
    assert_int_equal(scene->exchange.result, CAA_EXCHANGE_MALFORMED);
    assert_true(scene->exchange.reason[0] != '\0');
    assert_int_equal(scene->exchange.size, packet.len);
}

static void a_closed_port_is_a_network_error(void **state) {
    struct scene *scene = *state;
    close(scene->udp);
    close(scene->tcp);
    scene->udp = scene->tcp = -1;
    start(scene, CAA_TRANSPORT_UDP, 10000);
    run(scene);
    assert_int_equal(scene->exchange.result, CAA_EXCHANGE_NETWORK);
    assert_int_equal(scene->exchange.error, ECONNREFUSED);
    scene->done_count = 0;
    start(scene, CAA_TRANSPORT_TCP, 10000);
    run(scene);
    assert_int_equal(scene->exchange.error, ECONNREFUSED);
}

/* Takes the connection and the query that comes over it. */
static void receive_stream(struct scene *scene) {
    scene->connection = accept(scene->tcp, NULL, NULL);
    assert_true(scene->connection >= 0);
    event_base_loop(scene->base, EVLOOP_ONCE);
    uint8_t prefix[2];
    assert_int_equal(recv(scene->connection, prefix, 2, MSG_WAITALL), 2);
    scene->query_len = (size_t)(prefix[0] << 8 | prefix[1]);
    assert_int_equal(recv(scene->connection, scene->query, scene->query_len, MSG_WAITALL),
                     scene->query_len);
}

static void a_response_over_tcp_may_come_in_pieces(void **state) {
    struct scene *scene = *state;
    struct packet packet;
    start(scene, CAA_TRANSPORT_TCP, 10000);
    receive_stream(scene);
    make_response(scene, &packet, QR | AA);
    const uint8_t prefix[2] = {(uint8_t)(packet.len >> 8), (uint8_t)packet.len};
    send(scene->connection, prefix, 1, 0);
    event_base_loop(scene->base, EVLOOP_ONCE);
    send(scene->connection, prefix + 1, 1, 0);
    event_base_loop(scene->base, EVLOOP_ONCE);
    send(scene->connection, packet.wire, 20, 0);
    event_base_loop(scene->base, EVLOOP_ONCE);
    send(scene->connection, packet.wire + 20, packet.len - 20, 0);
    run(scene);
    assert_int_equal(scene->exchange.result, CAA_EXCHANGE_RESPONSE);
    assert_int_equal(scene->exchange.size, packet.len);
}

static void a_connection_that_is_closed_gives_no_answer(void **state) {
    struct scene *scene = *state;
    start(scene, CAA_TRANSPORT_TCP, 10000);
    receive_stream(scene);
    close(scene->connection);
    scene->connection = -1;
    run(scene);
    assert_int_equal(scene->exchange.result, CAA_EXCHANGE_NETWORK);
    assert_int_equal(scene->exchange.error, ECONNRESET);
}

static void another_question_over_tcp_is_malformed(void **state) {
    struct scene *scene = *state;
    struct packet packet;
    start(scene, CAA_TRANSPORT_TCP, 10000);
    receive_stream(scene);
    make_response(scene, &packet, QR | AA);
    packet.wire[13] = 'x';
    const uint8_t prefix[2] = {(uint8_t)(packet.len >> 8), (uint8_t)packet.len};
    send(scene->connection, prefix, 2, 0);
    send(scene->connection, packet.wire, packet.len, 0);
    run(scene);
    assert_int_equal(scene->exchange.result, CAA_EXCHANGE_MALFORMED);
}

static void what_is_cancelled_is_never_heard_of(void **state) {
    struct scene *scene = *state;
    struct packet packet;
    start(scene, CAA_TRANSPORT_UDP, 10000);
    receive_datagram(scene);
    make_response(scene, &packet, QR | AA);
    send_datagram(scene, scene->udp, &packet);
    caa_exchange_cancel(scene->ticket);
    scene->ticket = NULL;
    event_base_loop(scene->base, EVLOOP_NONBLOCK);
    assert_int_equal(scene->done_count, 0);
}

static void what_expires_is_a_timeout_at_once(void **state) {
    struct scene *scene = *state;
    start(scene, CAA_TRANSPORT_TCP, 10000);
    caa_exchange_expire(scene->ticket);
    assert_int_equal(scene->done_count, 1);
    assert_int_equal(scene->exchange.result, CAA_EXCHANGE_TIMEOUT);
}

static void every_query_has_id_port_and_case_of_its_own(void **state) {
    struct scene *scene = *state;
    uint8_t first[512];
    start(scene, CAA_TRANSPORT_UDP, 10000);
    receive_datagram(scene);
    memcpy(first, scene->query, sizeof first);
    in_port_t port = scene->from.sin_port;
    caa_exchange_cancel(scene->ticket);
    /* Twice the same port, id and case of 14 letters: once in 2^46. */
    start(scene, CAA_TRANSPORT_UDP, 10000);
    receive_datagram(scene);
    assert_true(port != scene->from.sin_port || memcmp(first, scene->query, 29) != 0);
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        SCENE(a_response_comes_with_its_evidence),
        SCENE(silence_is_a_timeout),
        SCENE(forged_datagrams_are_passed_over_and_counted),
        SCENE(another_port_is_never_heard),
        SCENE(a_flood_of_forgeries_ends_it),
        SCENE(garbage_behind_our_question_is_malformed),
        SCENE(a_closed_port_is_a_network_error),
        SCENE(a_response_over_tcp_may_come_in_pieces),
        SCENE(a_connection_that_is_closed_gives_no_answer),
        SCENE(another_question_over_tcp_is_malformed),
        SCENE(what_is_cancelled_is_never_heard_of),
        SCENE(what_expires_is_a_timeout_at_once),
        SCENE(every_query_has_id_port_and_case_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
