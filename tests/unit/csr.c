/* Names in certificate signing requests, made by GnuTLS: also such as no client makes. */
#include "fake.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdio.h>

#include "acme/csr.h"

enum { MOST = 10 };

static gnutls_x509_privkey_t key;

static gnutls_x509_crq_t begin(void) {
    gnutls_x509_crq_t request;
    assert_int_equal(gnutls_x509_crq_init(&request), 0);
    assert_int_equal(gnutls_x509_crq_set_key(request, key), 0);
    return request;
}

static void add_name(gnutls_x509_crq_t request, gnutls_x509_subject_alt_name_t type,
                     const void *octets, size_t len) {
    assert_int_equal(gnutls_x509_crq_set_subject_alt_name(request, type, octets, (unsigned)len,
                                                          GNUTLS_FSAN_APPEND),
                     0);
}

static void add_dns(gnutls_x509_crq_t request, const char *name) {
    add_name(request, GNUTLS_SAN_DNSNAME, name, strlen(name));
}

static void set_common_name(gnutls_x509_crq_t request, const char *name) {
    assert_int_equal(gnutls_x509_crq_set_dn_by_oid(request, GNUTLS_OID_X520_COMMON_NAME, 0,
                                                   name, (unsigned)strlen(name)),
                     0);
}

/* Signs and reads it; the names are left in `names`. */
static enum caa_err end(gnutls_x509_crq_t request, struct caa_names *names) {
    gnutls_datum_t der;
    struct caa_diag why = {.text = ""};
    assert_int_equal(gnutls_x509_crq_sign2(request, key, GNUTLS_DIG_SHA256, 0), 0);
    assert_int_equal(gnutls_x509_crq_export2(request, GNUTLS_X509_FMT_DER, &der), 0);
    *names = (struct caa_names){0};
    enum caa_err err = caa_csr_read(names, der.data, der.size, MOST, &why);
    assert_true(err == CAA_OK || why.text[0] != '\0');
    gnutls_free(der.data);
    gnutls_x509_crq_deinit(request);
    return err;
}

static void refused(gnutls_x509_crq_t request, enum caa_err expected) {
    struct caa_names names;
    assert_int_equal(end(request, &names), expected);
    caa_names_free(&names);
}

static void alternative_and_common_names_are_one_set(void **state) {
    gnutls_x509_crq_t request = begin();
    struct caa_names names;
    (void)state;
    add_dns(request, "b.example");
    add_dns(request, "*.A.example");
    add_dns(request, "b.example");
    add_name(request, GNUTLS_SAN_IPADDRESS, "\xc0\0\2\1", 4);
    set_common_name(request, "c.example");
    assert_int_equal(end(request, &names), CAA_OK);
    assert_int_equal(names.count, 4);
    assert_string_equal(names.names[0].text, "*.a.example");
    assert_string_equal(names.names[1].text, "192.0.2.1");
    assert_string_equal(names.names[2].text, "b.example");
    assert_string_equal(names.names[3].text, "c.example");
    assert_true(names.names[0].wildcard && names.names[1].kind == CAA_IDENTIFIER_IP);
    caa_names_free(&names);
}

static void a_common_name_alone_counts(void **state) {
    gnutls_x509_crq_t request = begin();
    struct caa_names names;
    (void)state;
    set_common_name(request, "only.example");
    assert_int_equal(end(request, &names), CAA_OK);
    assert_int_equal(names.count, 1);
    caa_names_free(&names);
}

/* The name's DER, whatever its string. */
static gnutls_x509_crq_t of_string(const char *der, size_t len) {
    gnutls_x509_crq_t request = begin();
    assert_int_equal(gnutls_x509_crq_set_dn_by_oid(request, GNUTLS_OID_X520_COMMON_NAME, 1, der,
                                                   (unsigned)len),
                     0);
    return request;
}

static void a_common_name_in_any_string_is_read_or_refused(void **state) {
    static const char wide[] = "\x1e\x08\0A\0.\0b\0c", not_ascii[] = "\x1e\x06\1a\0.\0b",
                      odd[] = "\x1e\x07\0a\0.\0b\0", four[] = "\x1c\x0c\0\0\0a\0\0\0.\0\0\0b";
    struct caa_names names;
    (void)state;
    assert_int_equal(end(of_string(wide, sizeof wide - 1), &names), CAA_OK);
    assert_int_equal(names.count, 1);
    assert_string_equal(names.names[0].text, "a.bc");
    caa_names_free(&names);
    refused(of_string(not_ascii, sizeof not_ascii - 1), CAA_ERR_SYNTAX);
    refused(of_string(odd, sizeof odd - 1), CAA_ERR_SYNTAX);
    refused(of_string(four, sizeof four - 1), CAA_ERR_SYNTAX);
}

/* An alternative name that GnuTLS would not write. */
static void refuse_octets(const char *name, unsigned char len) {
    unsigned char der[64] = {0x30, (unsigned char)(len + 2), 0x82, len};
    gnutls_x509_crq_t request = begin();
    memcpy(der + 4, name, len);
    assert_int_equal(
        gnutls_x509_crq_set_extension_by_oid(request, "2.5.29.17", der, len + 4u, 0), 0);
    refused(request, CAA_ERR_SYNTAX);
}

static void names_that_are_no_names_are_refused(void **state) {
    static const char *const wrong[] = {"a b.example", "a.example.", "", "a..example",
                                        "*.*.example"};
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        gnutls_x509_crq_t request = begin();
        add_dns(request, "good.example");
        add_dns(request, wrong[i]);
        refused(request, CAA_ERR_SYNTAX);
    }
    refuse_octets("good.example\0.evil", 18);
    refuse_octets("b\xc3\xbc.example", 11);
    refuse_octets("b\xfc.example", 10);
    gnutls_x509_crq_t person = begin();
    set_common_name(person, "Example Ltd");
    refused(person, CAA_ERR_SYNTAX);
    gnutls_x509_crq_t mail = begin();
    add_dns(mail, "good.example");
    add_name(mail, GNUTLS_SAN_RFC822NAME, "a@b.example", 11);
    refused(mail, CAA_ERR_SYNTAX);
}

static void no_name_and_too_many_are_refused(void **state) {
    (void)state;
    refused(begin(), CAA_ERR_SYNTAX);
    gnutls_x509_crq_t request = begin();
    for (int i = 0; i <= MOST; i++) {
        char name[] = "a.example";
        name[0] = (char)('a' + i);
        add_dns(request, name);
    }
    refused(request, CAA_ERR_LIMIT);
}

/* OpenSSL reads what Microsoft's attribute asks for, and this one hides a name there. */
static void a_second_place_for_names_is_refused(void **state) {
    gnutls_x509_crq_t request = begin();
    (void)state;
    add_dns(request, "good.example");
    assert_int_equal(gnutls_x509_crq_set_attribute_by_oid(request, "1.3.6.1.4.1.311.2.1.14",
                                                          (void *)"\x30\0", 2),
                     0);
    refused(request, CAA_ERR_SYNTAX);
}

/* Each costs GnuTLS the more the more of them there are. */
static void far_more_parts_than_any_needs_are_refused(void **state) {
    gnutls_x509_crq_t request = begin();
    (void)state;
    add_dns(request, "good.example");
    for (int i = 0; i < 200; i++) {
        char oid[32];
        snprintf(oid, sizeof oid, "1.3.6.1.4.1.99999.%d", i);
        assert_int_equal(gnutls_x509_crq_set_extension_by_oid(request, oid, "\x05\0", 2, 0), 0);
    }
    refused(request, CAA_ERR_SYNTAX);
    gnutls_x509_crq_t same = begin();
    for (int i = 0; i <= MOST; i++) add_dns(same, "good.example");
    refused(same, CAA_ERR_LIMIT);
}

/* GnuTLS takes an empty directoryName for the end of the list; Go's crypto/x509 and OpenSSL
   read on. */
static void no_name_is_hidden_behind_one_that_is_empty(void **state) {
    static const char octets[] = "\x30\x20\x82\x0c"
                                 "good.example"
                                 "\xa4\x02\x30\x00"
                                 "\x82\x0c"
                                 "evil.example";
    gnutls_x509_crq_t request = begin();
    (void)state;
    assert_int_equal(gnutls_x509_crq_set_extension_by_oid(request, "2.5.29.17", octets,
                                                          sizeof octets - 1, 0),
                     0);
    refused(request, CAA_ERR_SYNTAX);
}

/* What only a reader of BER understands, one in one way and another one in another. */
static void what_is_not_der_is_refused(void **state) {
    static const struct {
        const char *octets;
        size_t len;
    } wrong[] = {
        {"\x30\x0b\xa2\x09\x16\x07"
         "a.b.com",
         13}, /* a name in parts */
        {"\x30\x80\x82\x07"
         "a.b.com\0\0",
         13}, /* a length that is told at the end */
        {"\x30\x81\x09\x82\x07"
         "a.b.com",
         12}, /* or in more octets than it needs */
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        gnutls_x509_crq_t request = begin();
        set_common_name(request, "good.example");
        assert_int_equal(gnutls_x509_crq_set_extension_by_oid(request, "2.5.29.17",
                                                              wrong[i].octets, wrong[i].len, 0),
                         0);
        refused(request, CAA_ERR_SYNTAX);
    }
}

static void what_is_cut_or_followed_is_refused(void **state) {
    gnutls_x509_crq_t request = begin();
    struct caa_names names = {0};
    gnutls_datum_t der;
    (void)state;
    add_dns(request, "good.example");
    assert_int_equal(gnutls_x509_crq_sign2(request, key, GNUTLS_DIG_SHA256, 0), 0);
    assert_int_equal(gnutls_x509_crq_export2(request, GNUTLS_X509_FMT_DER, &der), 0);
    unsigned char *longer = calloc(1, der.size + 1);
    memcpy(longer, der.data, der.size);
    assert_int_equal(caa_csr_read(&names, longer, der.size + 1, MOST, NULL), CAA_ERR_SYNTAX);
    for (size_t len = 0; len < der.size; len++)
        assert_int_equal(caa_csr_read(&names, der.data, len, MOST, NULL), CAA_ERR_SYNTAX);
    assert_int_equal(caa_csr_read(&names, der.data, der.size, MOST, NULL), CAA_OK);
    caa_names_free(&names);
    free(longer);
    gnutls_free(der.data);
    gnutls_x509_crq_deinit(request);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alternative_and_common_names_are_one_set),
        cmocka_unit_test(a_common_name_alone_counts),
        cmocka_unit_test(a_common_name_in_any_string_is_read_or_refused),
        cmocka_unit_test(names_that_are_no_names_are_refused),
        cmocka_unit_test(no_name_and_too_many_are_refused),
        cmocka_unit_test(a_second_place_for_names_is_refused),
        cmocka_unit_test(far_more_parts_than_any_needs_are_refused),
        cmocka_unit_test(no_name_is_hidden_behind_one_that_is_empty),
        cmocka_unit_test(what_is_not_der_is_refused),
        cmocka_unit_test(what_is_cut_or_followed_is_refused),
    };
    gnutls_x509_privkey_init(&key);
    gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
                                 GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    gnutls_x509_privkey_deinit(key);
    return failed;
}
