#include "packet.h"

#include "diagnose/facts.h"

enum { TYPE_NS = 2, TYPE_DNSKEY = 48 };

/* RFC 6605 section 6.1: a key, and the DS record of it. */
static const char key_rdata[] =
    "\x01\x01\x03\x0d\x1a\x88\xc8\x86\x15\xd4\x37\xfb\xb8\xbf\x9e\x19\x42\xa1\x92\x9f\x28\x56"
    "\x27\x06\xae\x6c\x2b\xd3\x99\xe7\xb1\xbf\xb6\xd1\xe9\xe7\x5b\x92\xb4\xaa\x42\x91\x7a\xe1"
    "\xc6\x1b\x70\x1e\xf0\x35\xc3\xfe\x7b\xe3\x00\x9c\xba\xfe\x5a\x2f\x71\x31\x6c\x90\x2d\xcf"
    "\x0d";
static const uint8_t ds_digest[32] = {0xb4, 0xc8, 0xc1, 0xfe, 0x2e, 0x74, 0x77, 0x12,
                                      0x7b, 0x27, 0x11, 0x56, 0x56, 0xad, 0x62, 0x56,
                                      0xf4, 0x24, 0x62, 0x5b, 0xf5, 0xc1, 0xe2, 0x77,
                                      0x0c, 0xe6, 0xd6, 0xe3, 0x7d, 0xf6, 0x1d, 0x17};
enum { KEY_TAG = 55648, KEY_LEN = 68 };

static struct packet packet; /* too large for a stack */

static struct caa_exchange exchange_now(void) {
    return (struct caa_exchange){.result = CAA_EXCHANGE_RESPONSE,
                                 .packet = packet.wire,
                                 .packet_octets = packet.len,
                                 .size = packet.len};
}

static struct caa_facts facts_now(void) {
    struct caa_facts facts;
    struct caa_exchange exchange = exchange_now();
    caa_facts_read(&facts, &exchange);
    return facts;
}

static void put_key(void) {
    put_record(&packet, ANSWER, "example.net", TYPE_DNSKEY, 60,
               caa_slice_bytes(key_rdata, KEY_LEN));
}

static void put_signature(enum section section, const char *owner, uint16_t covered,
                          uint32_t inception, uint32_t expiration) {
    static struct packet rdata;
    memset(&rdata, 0, sizeof rdata);
    put_number(&rdata, covered, 2);
    put_number(&rdata, 13 << 8 | 2, 2); /* algorithm, labels */
    put_number(&rdata, 900, 4);
    put_number(&rdata, expiration, 4);
    put_number(&rdata, inception, 4);
    put_number(&rdata, 4711, 2);
    put_name(&rdata, "example.net");
    put_octets(&rdata, "signature", 9);
    put_record(&packet, section, owner, TYPE_RRSIG, 60, caa_slice_bytes(rdata.wire, rdata.len));
}

/* --- reading */

static void a_serial_is_that_of_the_answer(void **state) {
    (void)state;
    begin_response(&packet, QR | AA, "example.net");
    put_soa(&packet, AUTHORITY, "example.net", 60, 60);
    assert_false(facts_now().has_serial);
    begin_response(&packet, QR | AA, "example.net");
    put_soa(&packet, ANSWER, "example.net", 60, 60);
    struct caa_facts facts = facts_now();
    assert_true(facts.has_serial);
    assert_int_equal(facts.serial, 3600);
}

static void keys_have_their_tags(void **state) {
    (void)state;
    begin_response(&packet, QR | AA, "example.net");
    put_key();
    struct caa_facts facts = facts_now();
    assert_int_equal(facts.key_count, 1);
    assert_int_equal(facts.keys[0].tag, KEY_TAG);
    assert_int_equal(facts.keys[0].flags, 257);
    assert_int_equal(facts.keys[0].algorithm, 13);
}

static void keys_and_signatures_that_are_too_short_are_none(void **state) {
    (void)state;
    begin_response(&packet, QR | AA, "example.net");
    put_record(&packet, ANSWER, "example.net", TYPE_DNSKEY, 60, caa_slice_of("abc"));
    assert_int_equal(facts_now().key_count, 0);
}

static void more_keys_than_are_kept_are_left_out(void **state) {
    (void)state;
    begin_response(&packet, QR | AA, "example.net");
    for (int i = 0; i < CAA_FACTS_KEYS_MAX + 5; i++) put_key();
    assert_int_equal(facts_now().key_count, CAA_FACTS_KEYS_MAX);
}

static void signatures_have_their_times(void **state) {
    (void)state;
    begin_response(&packet, QR | AA, "example.net");
    put_caa(&packet, "example.net", 60, "ca.example");
    put_signature(ANSWER, "example.net", CAA_TYPE_CAA, 1000, 2000);
    struct caa_facts facts = facts_now();
    assert_int_equal(facts.signature_count, 1);
    assert_int_equal(facts.signatures[0].covered, CAA_TYPE_CAA);
    assert_int_equal(facts.signatures[0].inception, 1000);
    assert_int_equal(facts.signatures[0].expiration, 2000);
    assert_int_equal(facts.signatures[0].tag, 4711);
    assert_int_equal(facts.unsigned_type, 0);
}

static void a_set_without_signature_is_named(void **state) {
    (void)state;
    begin_response(&packet, QR | AA, "example.net");
    put_caa(&packet, "example.net", 60, "ca.example");
    put_signature(ANSWER, "example.net", TYPE_SOA, 1000, 2000);
    put_signature(ANSWER, "other.net", CAA_TYPE_CAA, 1000, 2000);
    assert_int_equal(facts_now().unsigned_type, CAA_TYPE_CAA);
}

static void a_delegation_needs_no_signature_and_its_ds_does(void **state) {
    (void)state;
    begin_response(&packet, QR, "example.net");
    put_record(&packet, AUTHORITY, "example.net", TYPE_NS, 60, caa_slice_bytes("\1a", 3));
    assert_int_equal(facts_now().unsigned_type, 0);
    put_record(&packet, AUTHORITY, "example.net", TYPE_DS, 60,
               caa_slice_bytes("\xd9\x60\x0d\x02"
                               "01234567890123456789012345678901",
                               36));
    struct caa_facts facts = facts_now();
    assert_int_equal(facts.unsigned_type, TYPE_DS);
    assert_int_equal(facts.ds_count, 1);
    assert_int_equal(facts.ds[0].tag, KEY_TAG);
    assert_int_equal(facts.ds[0].digest_type, 2);
    assert_int_equal(facts.ds[0].digest_len, 32);
}

static void the_cname_of_a_dname_needs_no_signature(void **state) {
    (void)state;
    begin_response(&packet, QR | AA, "a.example.net");
    put_alias(&packet, "a.example.net", TYPE_CNAME, 60, "a.other.net");
    assert_int_equal(facts_now().unsigned_type, TYPE_CNAME);
    put_alias(&packet, "example.net", TYPE_DNAME, 60, "other.net");
    put_signature(ANSWER, "example.net", TYPE_DNAME, 1000, 2000);
    assert_int_equal(facts_now().unsigned_type, 0);
}

static void an_alias_leads_to_its_last_target(void **state) {
    (void)state;
    struct caa_name end = name_of("c.example.net");
    begin_response(&packet, QR | AA, "a.example.net");
    assert_int_equal(facts_now().alias.len, 0);
    put_alias(&packet, "a.example.net", TYPE_CNAME, 60, "b.example.net");
    put_alias(&packet, "b.example.net", TYPE_CNAME, 60, "c.example.net");
    struct caa_facts facts = facts_now();
    assert_true(caa_name_equal(&facts.alias, &end));
    assert_false(facts.alias_loops);
    put_alias(&packet, "c.example.net", TYPE_CNAME, 60, "A.example.net");
    assert_true(facts_now().alias_loops);
}

static void a_packet_that_is_cut_or_missing_holds_nothing(void **state) {
    (void)state;
    struct caa_facts facts;
    begin_response(&packet, QR | AA, "example.net");
    put_key();
    struct caa_exchange cut = exchange_now(), none = {.result = CAA_EXCHANGE_TIMEOUT};
    cut.packet_octets -= 1;
    caa_facts_read(&facts, &cut);
    assert_int_equal(facts.key_count, 0);
    caa_facts_read(&facts, &none);
    assert_int_equal(facts.key_count, 0);
    caa_facts_read(&facts, NULL);
    assert_int_equal(facts.key_count, 0);
}

/* --- DS and keys */

static struct caa_facts_ds right_ds(void) {
    struct caa_facts_ds ds = {
        .tag = KEY_TAG, .algorithm = 13, .digest_type = 2, .digest_len = sizeof ds_digest};
    memcpy(ds.digest, ds_digest, sizeof ds_digest);
    return ds;
}

static enum caa_facts_match match(const struct caa_facts_ds *ds, const char *zone_text) {
    struct caa_exchange exchange = exchange_now();
    struct caa_name zone = name_of(zone_text);
    return caa_facts_find_key(ds, &exchange, &zone);
}

static void a_ds_record_matches_its_key(void **state) {
    (void)state;
    struct caa_facts_ds ds = right_ds();
    begin_response(&packet, QR | AA, "example.net");
    assert_int_equal(match(&ds, "example.net"), CAA_FACTS_NO_MATCH); /* no key at all */
    put_key();
    assert_int_equal(match(&ds, "example.net"), CAA_FACTS_MATCH);
    assert_int_equal(match(&ds, "other.net"), CAA_FACTS_NO_MATCH); /* the owner is digested */
}

static void a_ds_record_of_another_key_matches_none(void **state) {
    (void)state;
    begin_response(&packet, QR | AA, "example.net");
    put_key();
    struct caa_facts_ds ds = right_ds();
    ds.digest[31] ^= 1;
    assert_int_equal(match(&ds, "example.net"), CAA_FACTS_NO_MATCH);
    ds = right_ds();
    ds.tag++;
    assert_int_equal(match(&ds, "example.net"), CAA_FACTS_NO_MATCH);
    ds = right_ds();
    ds.digest_len = 31;
    assert_int_equal(match(&ds, "example.net"), CAA_FACTS_NO_MATCH);
}

static void a_digest_of_an_unknown_type_is_not_known_to_mismatch(void **state) {
    (void)state;
    begin_response(&packet, QR | AA, "example.net");
    put_key();
    struct caa_facts_ds ds = right_ds();
    ds.digest_type = 99;
    assert_int_equal(match(&ds, "example.net"), CAA_FACTS_UNKNOWN);
}

/* --- time */

static enum caa_facts_time time_at(uint32_t inception, uint32_t expiration, int64_t now_s) {
    struct caa_facts_signature signature = {.inception = inception, .expiration = expiration};
    return caa_facts_time_of(&signature, now_s * 1000000);
}

static void a_signature_is_valid_from_inception_to_expiration(void **state) {
    (void)state;
    const int64_t now = 1800000000;
    const uint32_t day = 86400, at = 1800000000;
    assert_int_equal(time_at(at - day, at + 9 * day, now), CAA_FACTS_VALID);
    assert_int_equal(time_at(at, at + 9 * day, now), CAA_FACTS_VALID);
    assert_int_equal(time_at(at + 1, at + 9 * day, now), CAA_FACTS_NOT_YET);
    assert_int_equal(time_at(at - 9 * day, at - 1, now), CAA_FACTS_EXPIRED);
    assert_int_equal(time_at(at - 9 * day, at + day - 1, now), CAA_FACTS_SOON);
}

/* RFC 4034 section 3.1.5: the numbers wrap in 2106. */
static void times_are_serial_numbers(void **state) {
    (void)state;
    const int64_t late = (INT64_C(1) << 32) + 5;
    assert_int_equal(time_at(0xfffff000, 1000000, late), CAA_FACTS_VALID);
    assert_int_equal(time_at(0xfff00000, 0xfffff000, late), CAA_FACTS_EXPIRED);
    assert_int_equal(caa_facts_moment_us(0xfffffffb, late * 1000000) / 1000000,
                     (INT64_C(1) << 32) - 5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_serial_is_that_of_the_answer),
        cmocka_unit_test(keys_have_their_tags),
        cmocka_unit_test(keys_and_signatures_that_are_too_short_are_none),
        cmocka_unit_test(more_keys_than_are_kept_are_left_out),
        cmocka_unit_test(signatures_have_their_times),
        cmocka_unit_test(a_set_without_signature_is_named),
        cmocka_unit_test(a_delegation_needs_no_signature_and_its_ds_does),
        cmocka_unit_test(the_cname_of_a_dname_needs_no_signature),
        cmocka_unit_test(an_alias_leads_to_its_last_target),
        cmocka_unit_test(a_packet_that_is_cut_or_missing_holds_nothing),
        cmocka_unit_test(a_ds_record_matches_its_key),
        cmocka_unit_test(a_ds_record_of_another_key_matches_none),
        cmocka_unit_test(a_digest_of_an_unknown_type_is_not_known_to_mismatch),
        cmocka_unit_test(a_signature_is_valid_from_inception_to_expiration),
        cmocka_unit_test(times_are_serial_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
