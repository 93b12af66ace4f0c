/* Orders, as a recursor's process reads them: what is taken is within its bounds, and is
   written again as it was read. */
#include <stdlib.h>
#include <string.h>

#include "sandbox/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds) {
    if (!holds) abort();
}

static void must_be_bounded(const struct caa_order *order) {
    if (order->pin != NULL) {
        must(order->pin->zone_count <= CAA_PIN_ZONES_MAX);
        for (size_t i = 0; i < order->pin->zone_count; i++)
            must(order->pin->zones[i].address_count <= CAA_PIN_ADDRESSES_MAX &&
                 order->pin->zones[i].zone.len > 0);
    }
    if (order->setting == NULL) return;
    must(order->setting->root_hints->count <= CAA_ROOT_ADDRESSES_MAX);
    must(order->setting->trust_anchor->count <= CAA_TRUST_ANCHORS_MAX);
    must(order->setting->forwarder_count <= CAA_WIRE_FORWARDERS_MAX);
    must(order->setting->option_count <= CAA_WIRE_OPTIONS_MAX);
    for (size_t i = 0; i < order->setting->forwarder_count; i++)
        must(order->setting->forwarders[i] != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static uint8_t again[CAA_WIRE_MESSAGE_MAX];
    struct caa_order order;
    if (size > CAA_WIRE_MESSAGE_MAX) return 0;
    struct caa_arena *arena = caa_arena_new(1 << 20);
    must(arena != NULL);
    if (caa_order_read(&order, arena, data, size) == CAA_OK) {
        must_be_bounded(&order);
        size_t len = caa_order_write(&order, again, sizeof again);
        must(len == size && memcmp(again, data, size) == 0);
    }
    caa_arena_free(arena);
    return 0;
}
