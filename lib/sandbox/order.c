#include "sandbox/wire.h"

#include <netinet/in.h>
#include <string.h>

#include "sandbox/octets.h"

enum { FAMILY_IPV4 = 4, FAMILY_IPV6 = 6, FORWARDER_TEXT_MAX = 1024, PATH_TEXT_MAX = 4096 };

/* --- written */

static void put_text(struct caa_octets_writer *out, const char *text, size_t most) {
    size_t len = text == NULL ? 0 : strlen(text);
    if (len > most) out->overflow = true;
    caa_octets_write(out, len, 2);
    caa_octets_put(out, text, len);
}

static void put_name(struct caa_octets_writer *out, const struct caa_name *name) {
    caa_octets_write(out, name->len, 1);
    caa_octets_put(out, name->wire, name->len);
}

static void put_count(struct caa_octets_writer *out, size_t count, size_t most) {
    if (count > most) out->overflow = true;
    caa_octets_write(out, count, 2);
}

static void put_hints(struct caa_octets_writer *out, const struct caa_root_hints *hints) {
    size_t count = hints == NULL ? 0 : hints->count;
    put_count(out, count, CAA_ROOT_ADDRESSES_MAX);
    for (size_t i = 0; i < count && !out->overflow; i++)
        put_text(out, hints->addresses[i], CAA_ADDRESS_TEXT_MAX - 1);
}

static void put_anchor(struct caa_octets_writer *out, const struct caa_trust_anchor *anchor) {
    size_t count = anchor == NULL ? 0 : anchor->count;
    put_count(out, count, CAA_TRUST_ANCHORS_MAX);
    for (size_t i = 0; i < count && !out->overflow; i++)
        put_text(out, anchor->records[i], CAA_TRUST_ANCHOR_TEXT_MAX - 1);
}

static void put_setting(struct caa_octets_writer *out,
                        const struct caa_recursor_setting *setting) {
    put_hints(out, setting->root_hints);
    put_anchor(out, setting->trust_anchor);
    put_count(out, setting->forwarder_count, CAA_WIRE_FORWARDERS_MAX);
    for (size_t i = 0; i < setting->forwarder_count && !out->overflow; i++)
        put_text(out, setting->forwarders[i], FORWARDER_TEXT_MAX);
    put_text(out, setting->tls_ca_bundle, PATH_TEXT_MAX);
    put_count(out, setting->option_count, CAA_WIRE_OPTIONS_MAX);
    for (size_t i = 0; i < setting->option_count && !out->overflow; i++) {
        put_text(out, setting->options[i].name, CAA_OPTION_TEXT_MAX - 1);
        put_text(out, setting->options[i].value, CAA_OPTION_TEXT_MAX - 1);
    }
}

static void put_address(struct caa_octets_writer *out, const struct sockaddr_storage *address) {
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;
    if (address->ss_family == AF_INET) {
        caa_octets_write(out, FAMILY_IPV4, 1);
        caa_octets_put(out, &v4->sin_addr, sizeof v4->sin_addr);
        caa_octets_write(out, ntohs(v4->sin_port), 2);
    } else if (address->ss_family == AF_INET6) {
        caa_octets_write(out, FAMILY_IPV6, 1);
        caa_octets_put(out, &v6->sin6_addr, sizeof v6->sin6_addr);
        caa_octets_write(out, ntohs(v6->sin6_port), 2);
    } else {
        out->overflow = true;
    }
}

static void put_pin(struct caa_octets_writer *out, const struct caa_pin *pin) {
    caa_octets_write(out, pin->over_tcp, 1);
    put_count(out, pin->zone_count, CAA_PIN_ZONES_MAX);
    for (size_t i = 0; i < pin->zone_count && !out->overflow; i++) {
        const struct caa_pinned_zone *zone = &pin->zones[i];
        put_name(out, &zone->zone);
        put_count(out, zone->address_count, CAA_PIN_ADDRESSES_MAX);
        for (size_t a = 0; a < zone->address_count && !out->overflow; a++)
            put_address(out, &zone->addresses[a]);
    }
}

size_t caa_order_write(const struct caa_order *order, uint8_t *octets, size_t size) {
    struct caa_octets_writer out = {.octets = octets, .size = size};
    caa_octets_write(&out, CAA_WIRE_VERSION, 1);
    caa_octets_write(&out, order->kind, 1);
    switch (order->kind) {
    case CAA_ORDER_SETTING: put_setting(&out, order->setting); break;
    case CAA_ORDER_OPEN:
        caa_octets_write(&out, order->cache_octets, 8);
        caa_octets_write(&out, order->pin != NULL, 1);
        if (order->pin != NULL) put_pin(&out, order->pin);
        break;
    case CAA_ORDER_ASK:
        caa_octets_write(&out, order->id, 4);
        caa_octets_write(&out, order->type, 2);
        put_name(&out, &order->name);
        break;
    case CAA_ORDER_CANCEL:
    case CAA_ORDER_PING: caa_octets_write(&out, order->id, 4); break;
    }
    return out.overflow ? 0 : out.len;
}

/* --- read */

/* What a message is read from, and where what it points to goes. */
struct reading {
    struct caa_octets_reader in;
    struct caa_arena *arena;
    bool no_memory;
};

static void *get_memory(struct reading *reading, size_t count, size_t size) {
    void *memory = reading->in.failed ? NULL : caa_arena_array(reading->arena, count, size);
    if (memory == NULL && !reading->in.failed) reading->no_memory = reading->in.failed = true;
    return memory;
}

static size_t get_count(struct reading *reading, size_t most) {
    size_t count = caa_octets_read(&reading->in, 2);
    if (count > most) reading->in.failed = true;
    return reading->in.failed ? 0 : count;
}

/* Text of at most `size` - 1 octets, none of them NUL, with a NUL behind it. */
static void get_text_into(struct reading *reading, char *text, size_t size) {
    size_t len = get_count(reading, size - 1);
    const uint8_t *from = caa_octets_take(&reading->in, len);
    text[0] = '\0';
    if (from == NULL || len == 0) return;
    if (memchr(from, '\0', len) != NULL) reading->in.failed = true;
    memcpy(text, from, len);
    text[len] = '\0';
}

static const char *get_text(struct reading *reading, size_t most) {
    char text[PATH_TEXT_MAX + 1];
    get_text_into(reading, text, most + 1);
    if (reading->in.failed) return NULL;
    const char *copy = caa_arena_copy(reading->arena, text, strlen(text));
    if (copy == NULL) reading->no_memory = reading->in.failed = true;
    return copy;
}

static void get_name(struct reading *reading, struct caa_name *name) {
    size_t len = caa_octets_read(&reading->in, 1);
    const uint8_t *wire = caa_octets_take(&reading->in, len);
    if (wire == NULL) return;
    if (caa_name_from_wire(name, wire, len) != CAA_OK || name->len != len)
        reading->in.failed = true;
}

static void get_hints(struct reading *reading, struct caa_recursor_setting *setting) {
    struct caa_root_hints *hints = get_memory(reading, 1, sizeof *hints);
    if (hints == NULL) return;
    hints->count = get_count(reading, CAA_ROOT_ADDRESSES_MAX);
    for (size_t i = 0; i < hints->count; i++)
        get_text_into(reading, hints->addresses[i], CAA_ADDRESS_TEXT_MAX);
    setting->root_hints = hints;
}

static void get_anchor(struct reading *reading, struct caa_recursor_setting *setting) {
    struct caa_trust_anchor *anchor = get_memory(reading, 1, sizeof *anchor);
    if (anchor == NULL) return;
    anchor->count = get_count(reading, CAA_TRUST_ANCHORS_MAX);
    for (size_t i = 0; i < anchor->count; i++)
        get_text_into(reading, anchor->records[i], CAA_TRUST_ANCHOR_TEXT_MAX);
    setting->trust_anchor = anchor;
}

static void get_forwarders(struct reading *reading, struct caa_recursor_setting *setting) {
    size_t count = get_count(reading, CAA_WIRE_FORWARDERS_MAX);
    const char **forwarders = get_memory(reading, count, sizeof *forwarders);
    if (forwarders == NULL) return;
    for (size_t i = 0; i < count; i++) forwarders[i] = get_text(reading, FORWARDER_TEXT_MAX);
    setting->forwarders = forwarders;
    setting->forwarder_count = count;
}

static void get_options(struct reading *reading, struct caa_recursor_setting *setting) {
    size_t count = get_count(reading, CAA_WIRE_OPTIONS_MAX);
    struct caa_resolver_option *options = get_memory(reading, count, sizeof *options);
    if (options == NULL) return;
    for (size_t i = 0; i < count; i++) {
        get_text_into(reading, options[i].name, CAA_OPTION_TEXT_MAX);
        get_text_into(reading, options[i].value, CAA_OPTION_TEXT_MAX);
    }
    setting->options = options;
    setting->option_count = count;
}

static void get_setting(struct reading *reading, struct caa_order *order) {
    struct caa_recursor_setting *setting = get_memory(reading, 1, sizeof *setting);
    if (setting == NULL) return;
    get_hints(reading, setting);
    get_anchor(reading, setting);
    get_forwarders(reading, setting);
    const char *bundle = get_text(reading, PATH_TEXT_MAX);
    setting->tls_ca_bundle = bundle == NULL || bundle[0] == '\0' ? NULL : bundle;
    get_options(reading, setting);
    order->setting = setting;
}

static void get_address(struct reading *reading, struct sockaddr_storage *address) {
    struct sockaddr_in *v4 = (struct sockaddr_in *)address;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)address;
    uint64_t family = caa_octets_read(&reading->in, 1);
    bool is_v4 = family == FAMILY_IPV4;
    if (!is_v4 && family != FAMILY_IPV6) reading->in.failed = true;
    const uint8_t *host =
        caa_octets_take(&reading->in, is_v4 ? sizeof v4->sin_addr : sizeof v6->sin6_addr);
    uint16_t port = htons((uint16_t)caa_octets_read(&reading->in, 2));
    if (reading->in.failed) return;
    address->ss_family = is_v4 ? AF_INET : AF_INET6;
    if (is_v4) {
        memcpy(&v4->sin_addr, host, sizeof v4->sin_addr);
        v4->sin_port = port;
    } else {
        memcpy(&v6->sin6_addr, host, sizeof v6->sin6_addr);
        v6->sin6_port = port;
    }
}

static bool get_flag(struct reading *reading) {
    uint64_t flag = caa_octets_read(&reading->in, 1);
    if (flag > 1) reading->in.failed = true;
    return flag == 1;
}

static void get_pinned_zone(struct reading *reading, struct caa_pinned_zone *zone) {
    get_name(reading, &zone->zone);
    size_t count = get_count(reading, CAA_PIN_ADDRESSES_MAX);
    struct sockaddr_storage *addresses = get_memory(reading, count, sizeof *addresses);
    if (addresses == NULL) return;
    for (size_t i = 0; i < count; i++) get_address(reading, &addresses[i]);
    zone->addresses = addresses;
    zone->address_count = count;
}

static void get_pin(struct reading *reading, struct caa_order *order) {
    struct caa_pin *pin = get_memory(reading, 1, sizeof *pin);
    if (pin == NULL) return;
    pin->over_tcp = get_flag(reading);
    pin->zone_count = get_count(reading, CAA_PIN_ZONES_MAX);
    struct caa_pinned_zone *zones = get_memory(reading, pin->zone_count, sizeof *zones);
    for (size_t i = 0; zones != NULL && i < pin->zone_count; i++)
        get_pinned_zone(reading, &zones[i]);
    pin->zones = zones;
    order->pin = pin;
}

static void get_body(struct reading *reading, struct caa_order *order) {
    switch (order->kind) {
    case CAA_ORDER_SETTING: get_setting(reading, order); return;
    case CAA_ORDER_OPEN:
        order->cache_octets = caa_octets_read(&reading->in, 8);
        if (get_flag(reading)) get_pin(reading, order);
        return;
    case CAA_ORDER_ASK:
        order->id = (uint32_t)caa_octets_read(&reading->in, 4);
        order->type = (uint16_t)caa_octets_read(&reading->in, 2);
        get_name(reading, &order->name);
        return;
    case CAA_ORDER_CANCEL:
    case CAA_ORDER_PING: order->id = (uint32_t)caa_octets_read(&reading->in, 4); return;
    }
    reading->in.failed = true;
}

enum caa_err caa_order_read(struct caa_order *order, struct caa_arena *arena,
                            const uint8_t *octets, size_t len) {
    struct reading reading = {.in = {.at = octets, .left = len}, .arena = arena};
    *order = (struct caa_order){0};
    if (caa_octets_read(&reading.in, 1) != CAA_WIRE_VERSION) return CAA_ERR_SYNTAX;
    order->kind = (enum caa_order_kind)caa_octets_read(&reading.in, 1);
    get_body(&reading, order);
    if (reading.no_memory) return CAA_ERR_NOMEM;
    return caa_octets_ended_well(&reading.in) ? CAA_OK : CAA_ERR_SYNTAX;
}
