/* What a diagnosis reads from responses of strange servers: bounded, whatever comes. */
#include <stdlib.h>
#include <string.h>

#include "diagnose/facts.h"
#include "probe/packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds) {
    if (!holds) abort();
}

static void must_be_sound(const struct caa_facts *facts) {
    must(facts->key_count <= CAA_FACTS_KEYS_MAX && facts->ds_count <= CAA_FACTS_DS_MAX);
    must(facts->signature_count <= CAA_FACTS_SIGNATURES_MAX);
    must(!facts->alias_loops || facts->alias.len > 0);
    for (size_t i = 0; i < facts->ds_count; i++)
        must(facts->ds[i].digest_len <= CAA_FACTS_DIGEST_MAX);
}

/* A signature is in exactly one state, and its moments are near. */
static void must_have_a_time(const struct caa_facts_signature *signature) {
    const int64_t now_us = 1800000000LL * 1000000, most_us = (1LL << 31) * 1000000;
    int64_t away_us = caa_facts_moment_us(signature->expiration, now_us) - now_us;
    must(away_us >= -most_us && away_us < most_us);
    must(caa_facts_time_of(signature, now_us) <= CAA_FACTS_SOON);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct caa_exchange exchange = {.packet = data, .packet_octets = size, .size = size};
    struct caa_facts facts;
    struct caa_name zone;
    if (size > UINT16_MAX) return 0;
    must(caa_name_from_text(&zone, caa_slice_of("example"), NULL) == CAA_OK);
    caa_packet_read(&exchange.said, data, size);
    exchange.result =
        exchange.said.malformed == NULL ? CAA_EXCHANGE_RESPONSE : CAA_EXCHANGE_MALFORMED;
    caa_facts_read(&facts, &exchange);
    must_be_sound(&facts);
    for (size_t i = 0; i < facts.signature_count; i++) must_have_a_time(&facts.signatures[i]);
    for (size_t i = 0; i < facts.ds_count; i++)
        must(caa_facts_find_key(&facts.ds[i], &exchange, &zone) <= CAA_FACTS_UNKNOWN);
    /* A DS of each key that is there: so that digests are made. */
    for (size_t i = 0; i < facts.key_count; i++) {
        struct caa_facts_ds ds = {.tag = facts.keys[i].tag,
                                  .algorithm = facts.keys[i].algorithm,
                                  .digest_type = 2,
                                  .digest_len = 32};
        must(caa_facts_find_key(&ds, &exchange, &zone) <= CAA_FACTS_UNKNOWN);
    }
    return 0;
}
