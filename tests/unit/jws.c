/* Bodies of ACME requests: read strictly, and written anew. */
#include "fake.h"

#include <stdio.h>

#include "acme/jws.h"

static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static void encode(const char *text, char *out) {
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i += 3) {
        unsigned bits = 0, octets = len - i < 3 ? (unsigned)(len - i) : 3;
        for (unsigned k = 0; k < 3; k++)
            bits = bits << 8 | (k < octets ? (unsigned char)text[i + k] : 0);
        for (unsigned k = 0; k <= octets; k++) *out++ = DIGITS[bits >> (18 - 6 * k) & 63];
    }
    *out = '\0';
}

static enum caa_err read_body(struct caa_jws *jws, const char *body) {
    struct caa_refusal refusal = {0};
    enum caa_err err = caa_jws_read(jws, caa_slice_of(body), &refusal);
    assert_int_equal(err == CAA_ERR_SYNTAX, refusal.refused);
    return err;
}

static enum caa_err read_parts(struct caa_jws *jws, const char *header, const char *payload) {
    char body[4096], protected[1024], text[1024];
    encode(header, protected);
    encode(payload, text);
    snprintf(body, sizeof body,
             " {\"signature\": \"c2ln\",\n\"payload\":\"%s\", \"protected\":\"%s\" } ", text,
             protected);
    return read_body(jws, body);
}

static void a_request_is_written_anew(void **state) {
    struct caa_jws jws;
    (void)state;
    assert_int_equal(read_body(&jws, "{\"signature\":\"c2ln\",\"payload\":\"\",\"protected\":"
                                     "\"eyJraWQiOiJodHRwczovL2EvMSJ9\"}"),
                     CAA_OK);
    assert_string_equal(jws.text, "{\"protected\":\"eyJraWQiOiJodHRwczovL2EvMSJ9\","
                                  "\"payload\":\"\",\"signature\":\"c2ln\"}");
    assert_int_equal(jws.len, strlen(jws.text));
    assert_string_equal(jws.kid, "https://a/1");
    assert_null(jws.csr);
    caa_jws_free(&jws);
}

static void a_csr_makes_it_a_finalize(void **state) {
    struct caa_jws jws;
    (void)state;
    assert_int_equal(read_parts(&jws, "{\"kid\":\"k\"}", "{\"x\":1,\"csr\":\"MAA\"}"), CAA_OK);
    assert_int_equal(jws.csr_len, 2);
    assert_memory_equal(jws.csr, "0\0", 2);
    caa_jws_free(&jws);
    assert_int_equal(read_parts(&jws, "{\"jwk\":{}}", "{\"c\\u0073r\":\"MAA\"}"), CAA_OK);
    assert_int_equal(jws.csr_len, 2);
    assert_null(jws.kid);
    caa_jws_free(&jws);
}

/* Go's encoding/json takes each of these for csr. */
static void what_another_reader_takes_for_csr_is_refused(void **state) {
    static const char *const spellings[] = {"CSR", "Csr", "csR", "c\xc5\xbfr", "C\xc5\xbfR"};
    struct caa_jws jws;
    (void)state;
    for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++) {
        char payload[64];
        snprintf(payload, sizeof payload, "{\"%s\":\"MAA\"}", spellings[i]);
        assert_int_equal(read_parts(&jws, "{\"kid\":\"k\"}", payload), CAA_ERR_SYNTAX);
    }
    assert_int_equal(read_parts(&jws, "{\"\xe2\x84\xaaid\":\"k\"}", "{}"), CAA_ERR_SYNTAX);
    assert_int_equal(read_parts(&jws, "{\"kid\":\"k\",\"KID\":\"l\"}", "{}"), CAA_ERR_SYNTAX);
    assert_int_equal(read_parts(&jws, "{\"kid\":\"k\",\"jwk\":{}}", "{}"), CAA_ERR_SYNTAX);
    assert_int_equal(read_parts(&jws, "{\"kid\":\"k\",\"b64\":false}", "{}"), CAA_ERR_SYNTAX);
    assert_false(caa_jws_member_folds_to("csrs", "csr"));
    assert_false(caa_jws_member_folds_to("cs", "csr"));
}

static void what_can_be_read_in_two_ways_is_refused(void **state) {
    static const char *const payloads[] = {"{\"csr\":\"MAA\",\"csr\":\"MAE\"}",
                                           "{\"csr\":7}",
                                           "{\"csr\":\"MAA=\"}",
                                           "{\"csr\":\"MAB\"}",
                                           "[\"csr\"]",
                                           "null",
                                           "\"csr\"",
                                           "{\"csr\":\"MAA\"} {}",
                                           "{'csr':1}",
                                           "{\"csr\":\"MAA\",}",
                                           "{\"a\":\"\\u0000\"}",
                                           "{\"csr\":\"M A\"}"};
    struct caa_jws jws;
    (void)state;
    for (size_t i = 0; i < sizeof payloads / sizeof payloads[0]; i++)
        if (read_parts(&jws, "{\"kid\":\"k\"}", payloads[i]) != CAA_ERR_SYNTAX)
            fail_msg("%s", payloads[i]);
}

static void what_is_no_flattened_jws_is_refused(void **state) {
    static const char *const bodies[] = {
        "",
        "{}",
        "[]",
        "e30.e30.c2ln",
        "{\"protected\":\"e30\",\"payload\":\"e30\"}",
        "{\"protected\":\"e30\",\"payload\":\"e30\",\"signature\":\"c2ln\",\"header\":{}}",
        "{\"protected\":\"e30\",\"payload\":\"e30\",\"signature\":\"c2ln\",\"signatures\":[]}",
        "{\"protected\":\"e30\",\"payload\":\"e30\",\"signature\":\"c2l\\u006e \"}",
        "{\"protected\":\"e30\",\"payload\":\"e30\",\"payload\":\"\",\"signature\":\"c2ln\"}",
        "{\"protected\":\"e30=\",\"payload\":\"e30\",\"signature\":\"c2ln\"}",
        "{\"protected\":\"\",\"payload\":\"e30\",\"signature\":\"c2ln\"}",
        "{\"protected\":{},\"payload\":\"e30\",\"signature\":\"c2ln\"}"};
    struct caa_jws jws;
    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++)
        if (read_body(&jws, bodies[i]) != CAA_ERR_SYNTAX) fail_msg("%s", bodies[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_written_anew),
        cmocka_unit_test(a_csr_makes_it_a_finalize),
        cmocka_unit_test(what_another_reader_takes_for_csr_is_refused),
        cmocka_unit_test(what_can_be_read_in_two_ways_is_refused),
        cmocka_unit_test(what_is_no_flattened_jws_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
