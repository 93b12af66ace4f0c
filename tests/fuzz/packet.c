/* Responses of strange servers: whatever comes, a referral leads downward and stays bounded. */
#include <stdlib.h>
#include <string.h>

#include "probe/packet.h"
#include "probe/reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds) {
    if (!holds) abort();
}

static struct caa_name name_of(const char *text) {
    struct caa_name name;
    must(caa_name_from_text(&name, caa_slice_of(text), NULL) == CAA_OK);
    return name;
}

static void must_be_sound(const struct caa_reply *reply, const struct caa_name *zone,
                          const struct caa_name *name) {
    const struct caa_referral *set = &reply->set;
    must(set->item_count <= CAA_REPLY_ITEMS_MAX && set->items == reply->items);
    for (size_t i = 1; i < set->item_count; i++)
        must(caa_referral_item_compare(&set->items[i - 1], &set->items[i]) < 0);
    for (size_t i = 0; i < set->item_count; i++)
        must(set->items[i].address.family == 0 ||
             caa_name_is_subdomain(&set->items[i].ns, zone));
    if (!reply->refers) return;
    must(reply->state == CAA_SERVER_OK);
    must(caa_name_is_subdomain(&set->zone, zone) && !caa_name_equal(&set->zone, zone));
    must(caa_name_is_subdomain(name, &set->zone));
}

static void try_question(struct caa_exchange *exchange, const char *zone_text, uint16_t type) {
    static struct caa_reply reply;
    struct caa_name zone = name_of(zone_text);
    struct caa_question question = {.name = type == 2 ? zone : name_of("www.shop.example"),
                                    .type = type};
    caa_reply_read(&reply, exchange, &zone, &question, CAA_DNS_PORT);
    must_be_sound(&reply, &zone, &question.name);
}

static void try_match(const uint8_t *data, size_t size) {
    static const uint8_t random[CAA_PACKET_RANDOM_OCTETS] = {0x12, 0x34};
    struct caa_question question = {.name = name_of("www.shop.example"), .type = CAA_TYPE_CAA};
    struct caa_query query;
    must(caa_query_build(&query, &question, true, random) == CAA_OK);
    if (caa_packet_match(&query, data, size) == CAA_PACKET_OURS) must(size >= 12);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct caa_exchange exchange = {.packet = data, .packet_octets = size, .size = size};
    if (size > UINT16_MAX) return 0;
    try_match(data, size);
    caa_packet_read(&exchange.said, data, size);
    must(strlen(exchange.said.ede_text) < sizeof exchange.said.ede_text);
    exchange.result =
        exchange.said.malformed == NULL ? CAA_EXCHANGE_RESPONSE : CAA_EXCHANGE_MALFORMED;
    try_question(&exchange, ".", CAA_TYPE_CAA);
    try_question(&exchange, "example", CAA_TYPE_CAA);
    try_question(&exchange, "shop.example", 2);
    return 0;
}
