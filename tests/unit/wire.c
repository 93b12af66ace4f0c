#include "packet.h"

#include <netinet/in.h>

#include "sandbox/wire.h"

static uint8_t octets[CAA_WIRE_MESSAGE_MAX];
static struct caa_arena *arena;

static int set_up(void **state) {
    (void)state;
    arena = caa_arena_new(1 << 20);
    return arena == NULL;
}

static int tear_down(void **state) {
    (void)state;
    caa_arena_free(arena);
    return 0;
}

static struct caa_order through(const struct caa_order *order) {
    struct caa_order read;
    size_t len = caa_order_write(order, octets, sizeof octets);
    assert_true(len > 0);
    assert_int_equal(caa_order_read(&read, arena, octets, len), CAA_OK);
    assert_int_equal(read.kind, order->kind);
    return read;
}

static void a_question_arrives_as_it_was_asked(void **state) {
    (void)state;
    const struct caa_order order = {.kind = CAA_ORDER_ASK,
                                    .id = 0xfedcba98,
                                    .type = CAA_TYPE_CAA,
                                    .name = name_of("WWW.Shop\\.x.example")};
    struct caa_order read = through(&order);
    assert_int_equal(read.id, 0xfedcba98);
    assert_int_equal(read.type, CAA_TYPE_CAA);
    assert_int_equal(read.name.len, order.name.len);
    assert_memory_equal(read.name.wire, order.name.wire, order.name.len);
}

static void a_pin_arrives_with_every_address(void **state) {
    (void)state;
    static struct sockaddr_storage addresses[CAA_PIN_ADDRESSES_MAX];
    static struct caa_pinned_zone zones[CAA_PIN_ZONES_MAX];
    for (size_t i = 0; i < CAA_PIN_ADDRESSES_MAX; i++) {
        struct sockaddr_in *v4 = (struct sockaddr_in *)&addresses[i];
        struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&addresses[i];
        addresses[i].ss_family = i % 2 == 0 ? AF_INET : AF_INET6;
        if (i % 2 == 0) {
            v4->sin_port = htons((uint16_t)(53 + i));
            v4->sin_addr.s_addr = htonl(0xc6120000U + (uint32_t)i);
        } else {
            v6->sin6_port = htons((uint16_t)(53 + i));
            v6->sin6_addr.s6_addr[15] = (uint8_t)i;
        }
    }
    for (size_t i = 0; i < CAA_PIN_ZONES_MAX; i++)
        zones[i] = (struct caa_pinned_zone){name_of(i == 0 ? "." : "a.example"),
                                            CAA_PIN_ADDRESSES_MAX - i, addresses};
    const struct caa_pin pin = {
        .zone_count = CAA_PIN_ZONES_MAX, .zones = zones, .over_tcp = true};
    const struct caa_order order = {
        .kind = CAA_ORDER_OPEN, .cache_octets = UINT64_C(5) << 32, .pin = &pin};
    struct caa_order read = through(&order);
    assert_true(read.cache_octets == UINT64_C(5) << 32);
    assert_true(read.pin->over_tcp);
    assert_int_equal(read.pin->zone_count, CAA_PIN_ZONES_MAX);
    for (size_t i = 0; i < CAA_PIN_ZONES_MAX; i++) {
        assert_true(caa_name_equal(&read.pin->zones[i].zone, &zones[i].zone));
        assert_int_equal(read.pin->zones[i].address_count, CAA_PIN_ADDRESSES_MAX - i);
        assert_memory_equal(read.pin->zones[i].addresses, addresses,
                            (CAA_PIN_ADDRESSES_MAX - i) * sizeof *addresses);
    }
    const struct caa_order unpinned = {.kind = CAA_ORDER_OPEN};
    assert_null(through(&unpinned).pin);
}

static void the_largest_setting_fits(void **state) {
    (void)state;
    static struct caa_root_hints hints = {.count = CAA_ROOT_ADDRESSES_MAX};
    static struct caa_trust_anchor anchor = {.count = CAA_TRUST_ANCHORS_MAX};
    static struct caa_resolver_option options[CAA_WIRE_OPTIONS_MAX];
    static const char *forwarders[CAA_WIRE_FORWARDERS_MAX];
    for (size_t i = 0; i < hints.count; i++)
        memset(hints.addresses[i], '1', CAA_ADDRESS_TEXT_MAX - 1);
    for (size_t i = 0; i < anchor.count; i++)
        memset(anchor.records[i], 'a', CAA_TRUST_ANCHOR_TEXT_MAX - 1);
    for (size_t i = 0; i < CAA_WIRE_OPTIONS_MAX; i++) {
        memset(options[i].name, 'n', CAA_OPTION_TEXT_MAX - 1);
        memset(options[i].value, 'v', CAA_OPTION_TEXT_MAX - 1);
    }
    for (size_t i = 0; i < CAA_WIRE_FORWARDERS_MAX; i++) forwarders[i] = "192.0.2.1@53";
    const struct caa_recursor_setting setting = {.root_hints = &hints,
                                                 .trust_anchor = &anchor,
                                                 .forwarders = forwarders,
                                                 .forwarder_count = CAA_WIRE_FORWARDERS_MAX,
                                                 .options = options,
                                                 .option_count = CAA_WIRE_OPTIONS_MAX};
    const struct caa_order order = {.kind = CAA_ORDER_SETTING, .setting = &setting};
    struct caa_order read = through(&order);
    assert_memory_equal(read.setting->root_hints, &hints, sizeof hints);
    assert_memory_equal(read.setting->trust_anchor, &anchor, sizeof anchor);
    assert_memory_equal(read.setting->options, options, sizeof options);
    assert_int_equal(read.setting->forwarder_count, CAA_WIRE_FORWARDERS_MAX);
    assert_string_equal(read.setting->forwarders[7], "192.0.2.1@53");
    assert_null(read.setting->tls_ca_bundle);
}

static void a_setting_without_anchor_arrives_without_anchor(void **state) {
    (void)state;
    const struct caa_recursor_setting setting = {.trust_anchor = NULL};
    const struct caa_order order = {.kind = CAA_ORDER_SETTING, .setting = &setting};
    assert_int_equal(through(&order).setting->trust_anchor->count, 0);
}

static void what_cannot_be_said_is_not_sent(void **state) {
    (void)state;
    const struct caa_resolver_option option = {"a", "b"};
    const struct caa_recursor_setting many = {.options = &option,
                                              .option_count = CAA_WIRE_OPTIONS_MAX + 1};
    const struct sockaddr_storage nowhere = {.ss_family = AF_UNIX};
    const struct caa_pinned_zone zone = {name_of("example"), 1, &nowhere};
    const struct caa_pin pin = {.zone_count = 1, .zones = &zone};
    const struct caa_order orders[] = {{.kind = CAA_ORDER_SETTING, .setting = &many},
                                       {.kind = CAA_ORDER_OPEN, .pin = &pin}};
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(caa_order_write(&orders[i], octets, sizeof octets), 0);
    const struct caa_order ask = {.kind = CAA_ORDER_ASK, .name = name_of("example")};
    for (size_t size = 0; size < 18; size++)
        assert_int_equal(caa_order_write(&ask, octets, size), 0);
    assert_int_equal(caa_order_write(&ask, octets, 18), 18);
}

static struct caa_notice heard(const struct caa_notice *notice) {
    struct caa_notice read;
    size_t len = caa_notice_write(notice, octets, sizeof octets);
    assert_true(len > 0);
    assert_int_equal(caa_notice_read(&read, octets, len), CAA_OK);
    assert_int_equal(read.kind, notice->kind);
    return read;
}

static void an_answer_arrives_with_packet_and_reason(void **state) {
    (void)state;
    static char packet[UINT16_MAX];
    memset(packet, 7, sizeof packet);
    const struct caa_notice notice = {.kind = CAA_NOTICE_ANSWER,
                                      .id = 77,
                                      .sec = 2,
                                      .text = caa_slice_of("because"),
                                      .packet = caa_slice_bytes(packet, sizeof packet)};
    struct caa_notice read = heard(&notice);
    assert_int_equal(read.id, 77);
    assert_int_equal(read.sec, 2);
    assert_int_equal(read.rcode, 0);
    assert_true(caa_slice_equal(read.text, notice.text));
    assert_true(caa_slice_equal(read.packet, notice.packet));
}

static void a_greeting_arrives_with_what_was_given_up(void **state) {
    (void)state;
    const struct caa_notice notice = {.kind = CAA_NOTICE_HELLO,
                                      .jail = {.empty_root = true, .system_calls = true},
                                      .library = caa_slice_of("1.17.1")};
    struct caa_notice read = heard(&notice);
    assert_true(read.jail.empty_root && read.jail.system_calls);
    assert_false(read.jail.own_user || read.jail.no_privilege || read.jail.limits);
    assert_true(caa_slice_equal(read.library, notice.library));
}

static void errors_cross_and_unknown_ones_are_the_resolver_s(void **state) {
    (void)state;
    static const enum caa_err errors[][2] = {
        {CAA_OK, CAA_OK},
        {CAA_ERR_TRUST_ANCHOR, CAA_ERR_TRUST_ANCHOR},
        {CAA_ERR_OPTION, CAA_ERR_OPTION},
        {CAA_ERR_NOMEM, CAA_ERR_NOMEM},
        {CAA_ERR_FILE, CAA_ERR_RESOLVER},
    };
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        const struct caa_notice notice = {.kind = CAA_NOTICE_OPENED, .err = errors[i][0]};
        assert_int_equal(heard(&notice).err, errors[i][1]);
    }
}

static void long_reasons_are_cut(void **state) {
    (void)state;
    char text[2 * CAA_WIRE_REASON_MAX];
    memset(text, 'x', sizeof text);
    const struct caa_notice notice = {.kind = CAA_NOTICE_ANSWER,
                                      .text = caa_slice_bytes(text, sizeof text)};
    assert_int_equal(heard(&notice).text.len, CAA_WIRE_REASON_MAX);
}

static void expect_refused(const uint8_t *message, size_t len) {
    struct caa_order order;
    struct caa_notice notice;
    if (caa_order_read(&order, arena, message, len) != CAA_ERR_SYNTAX)
        fail_msg("an order of %zu octets was taken", len);
    if (caa_notice_read(&notice, message, len) != CAA_ERR_SYNTAX)
        fail_msg("a notice of %zu octets was taken", len);
}

static void nonsense_is_refused_both_ways(void **state) {
    (void)state;
    static const uint8_t other_version[] = {CAA_WIRE_VERSION + 1, CAA_ORDER_PING, 0, 0, 0, 1};
    static const uint8_t no_kind[] = {CAA_WIRE_VERSION, 0, 0, 0, 0, 1};
    static const uint8_t unknown_kind[] = {CAA_WIRE_VERSION, 99, 0, 0, 0, 1};
    static const uint8_t longer[] = {CAA_WIRE_VERSION, CAA_ORDER_PING, 0, 0, 0, 1, 0};
    expect_refused(other_version, 0);
    expect_refused(other_version, sizeof other_version);
    expect_refused(no_kind, sizeof no_kind);
    expect_refused(unknown_kind, sizeof unknown_kind);
    expect_refused(longer, sizeof longer);
}

/* Every message cut at every place. */
static void a_cut_message_is_refused(void **state) {
    (void)state;
    struct caa_order order = {.kind = CAA_ORDER_ASK, .name = name_of("www.example")};
    size_t len = caa_order_write(&order, octets, sizeof octets);
    for (size_t cut = 0; cut < len; cut++)
        assert_int_equal(caa_order_read(&order, arena, octets, cut), CAA_ERR_SYNTAX);
    struct caa_notice notice = {.kind = CAA_NOTICE_ANSWER,
                                .text = caa_slice_of("why"),
                                .packet = caa_slice_of("0123456789ab")};
    len = caa_notice_write(&notice, octets, sizeof octets);
    for (size_t cut = 0; cut < len; cut++)
        assert_int_equal(caa_notice_read(&notice, octets, cut), CAA_ERR_SYNTAX);
}

static void an_answer_that_no_libunbound_gives_is_refused(void **state) {
    (void)state;
    struct caa_notice read;
    const struct caa_notice with_error = {
        .kind = CAA_NOTICE_ANSWER, .rcode = 2, .packet = caa_slice_of("0123456789ab")};
    const struct caa_notice over_secure = {.kind = CAA_NOTICE_ANSWER, .sec = 3};
    size_t len = caa_notice_write(&with_error, octets, sizeof octets);
    assert_int_equal(caa_notice_read(&read, octets, len), CAA_ERR_SYNTAX);
    len = caa_notice_write(&over_secure, octets, sizeof octets);
    assert_int_equal(caa_notice_read(&read, octets, len), CAA_ERR_SYNTAX);
}

static void a_name_has_to_fill_its_length(void **state) {
    (void)state;
    struct caa_order order = {.kind = CAA_ORDER_ASK, .name = name_of("www.example")};
    size_t len = caa_order_write(&order, octets, sizeof octets);
    octets[9] = 0; /* the first label becomes the root's */
    assert_int_equal(caa_order_read(&order, arena, octets, len), CAA_ERR_SYNTAX);
    octets[9] = 0xc0; /* a pointer */
    assert_int_equal(caa_order_read(&order, arena, octets, len), CAA_ERR_SYNTAX);
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        SCENE(a_question_arrives_as_it_was_asked),
        SCENE(a_pin_arrives_with_every_address),
        SCENE(the_largest_setting_fits),
        SCENE(a_setting_without_anchor_arrives_without_anchor),
        SCENE(what_cannot_be_said_is_not_sent),
        SCENE(an_answer_arrives_with_packet_and_reason),
        SCENE(a_greeting_arrives_with_what_was_given_up),
        SCENE(errors_cross_and_unknown_ones_are_the_resolver_s),
        SCENE(long_reasons_are_cut),
        SCENE(nonsense_is_refused_both_ways),
        SCENE(a_cut_message_is_refused),
        SCENE(an_answer_that_no_libunbound_gives_is_refused),
        SCENE(a_name_has_to_fill_its_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
