/* Certificates and keys of servers, in files as people have them. */
#include "fake.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "serve/certificate.h"
#include "serve/server_state.h"

enum { TOO_MANY = CAA_CERTIFICATE_CHAIN_MOST + 1 };

static char folder[] = "/tmp/caa-certificate-XXXXXX";
static char path[64], key_path[64];
static gnutls_x509_privkey_t authority_key, a_key, b_key;
static gnutls_x509_crt_t authority, a;

static gnutls_x509_privkey_t make_key(void) {
    gnutls_x509_privkey_t key;
    assert_int_equal(gnutls_x509_privkey_init(&key), 0);
    assert_int_equal(
        gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
                                     GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0),
        0);
    return key;
}

/* Of the authority, whose own is made first. */
static gnutls_x509_crt_t make_certificate(const char *name, gnutls_x509_privkey_t key) {
    gnutls_x509_crt_t made;
    const time_t now = 1700000000; /* validity is nobody's business here */
    bool is_authority = authority == NULL;
    assert_int_equal(gnutls_x509_crt_init(&made), 0);
    assert_int_equal(gnutls_x509_crt_set_version(made, 3), 0);
    assert_int_equal(gnutls_x509_crt_set_serial(made, "\1", 1), 0);
    assert_int_equal(gnutls_x509_crt_set_activation_time(made, now), 0);
    assert_int_equal(gnutls_x509_crt_set_expiration_time(made, now + 1), 0);
    assert_int_equal(gnutls_x509_crt_set_dn(made, name, NULL), 0);
    assert_int_equal(gnutls_x509_crt_set_basic_constraints(made, is_authority, -1), 0);
    assert_int_equal(gnutls_x509_crt_set_key(made, key), 0);
    assert_int_equal(gnutls_x509_crt_sign2(made, is_authority ? made : authority,
                                           is_authority ? key : authority_key,
                                           GNUTLS_DIG_SHA256, 0),
                     0);
    return made;
}

/* ---- files ---- */

static void write_text(const char *where, const char *text, const char *mode) {
    FILE *file = fopen(where, mode);
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void add(const char *where, gnutls_x509_crt_t certificate) {
    gnutls_datum_t pem;
    assert_int_equal(gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_PEM, &pem), 0);
    write_text(where, (const char *)pem.data, "a");
    gnutls_free(pem.data);
}

static void add_key(const char *where, gnutls_x509_privkey_t key) {
    gnutls_datum_t pem;
    assert_int_equal(gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &pem), 0);
    write_text(where, (const char *)pem.data, "a");
    gnutls_free(pem.data);
}

static struct caa_certificate *read_it(void) {
    struct caa_certificate *certificate = NULL;
    struct caa_diag why = {.text = ""};
    enum caa_err err = caa_certificate_read(&certificate, path, key_path, &why);
    if (err != CAA_OK) fail_msg("%s: %s", caa_err_name(err), why.text);
    return certificate;
}

static void refused(enum caa_err expected, const char *where, const char *reason) {
    struct caa_certificate *certificate = NULL;
    struct caa_diag why = {.text = ""};
    assert_int_equal(caa_certificate_read(&certificate, path, key_path, &why), expected);
    assert_null(certificate);
    if (strncmp(why.text, where, strlen(where)) != 0 || strstr(why.text, reason) == NULL)
        fail_msg("'%s' is not %s: %s", why.text, where, reason);
}

/* Each test begins with the certificate of `a` and its key. */
static int begin(void **state) {
    (void)state;
    write_text(path, "", "w");
    write_text(key_path, "", "w");
    add(path, a);
    add_key(key_path, a_key);
    return 0;
}

/* ---- tests ---- */

static unsigned imported(const struct caa_certificate *certificate, gnutls_datum_t first) {
    gnutls_pcert_st *chain;
    gnutls_privkey_t key;
    unsigned count;
    assert_int_equal(caa_certificate_import(certificate, &chain, &count, &key), 0);
    assert_int_equal(chain[0].cert.size, first.size);
    assert_memory_equal(chain[0].cert.data, first.data, first.size);
    for (unsigned i = 0; i < count; i++) gnutls_pcert_deinit(&chain[i]);
    gnutls_free(chain);
    gnutls_privkey_deinit(key);
    return count;
}

static void each_handshake_has_a_chain_and_a_key_of_its_own(void **state) {
    gnutls_datum_t der;
    (void)state;
    add(path, authority);
    write_text(path, "and what others have written below\n", "a");
    struct caa_certificate *certificate = read_it();
    assert_int_equal(gnutls_x509_crt_export2(a, GNUTLS_X509_FMT_DER, &der), 0);
    for (int i = 0; i < 3; i++) assert_int_equal(imported(certificate, der), 2);
    gnutls_free(der.data);
    caa_certificate_release(certificate);
}

static void one_file_may_have_both(void **state) {
    (void)state;
    write_text(key_path, "", "w");
    add_key(key_path, a_key);
    add(key_path, a);
    struct caa_diag why = {.text = ""};
    struct caa_certificate *certificate = NULL;
    assert_int_equal(caa_certificate_read(&certificate, key_path, key_path, &why), CAA_OK);
    caa_certificate_release(certificate);
}

static void a_key_of_another_certificate_is_refused(void **state) {
    (void)state;
    write_text(key_path, "", "w");
    add_key(key_path, b_key);
    refused(CAA_ERR_SYNTAX, key_path, "do not match");
}

static void the_first_certificate_is_the_servers(void **state) {
    (void)state;
    write_text(path, "", "w");
    add(path, authority);
    add(path, a);
    refused(CAA_ERR_SYNTAX, key_path, "do not match");
}

static void what_is_no_pem_is_refused(void **state) {
    (void)state;
    write_text(path, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "w");
    refused(CAA_ERR_SYNTAX, path, "the certificate cannot be used: ");
    write_text(path, "nothing of it\n", "w");
    refused(CAA_ERR_SYNTAX, path, "No certificate was found");
    write_text(path, "", "w");
    refused(CAA_ERR_SYNTAX, path, "No certificate was found");
    add(path, a);
    write_text(key_path, "", "w");
    refused(CAA_ERR_SYNTAX, key_path, "the key cannot be used: ");
    add(key_path, a);
    refused(CAA_ERR_SYNTAX, key_path, "the key cannot be used: ");
}

static void a_file_that_is_missing_is_named(void **state) {
    (void)state;
    unlink(key_path);
    refused(CAA_ERR_FILE, key_path, "No such file");
    unlink(path);
    refused(CAA_ERR_FILE, path, "No such file");
}

static void a_chain_has_an_end(void **state) {
    (void)state;
    for (int i = 1; i < TOO_MANY; i++) add(path, authority);
    refused(CAA_ERR_SYNTAX, path, "more than 16 certificates");
}

static void the_same_octets_are_the_same(void **state) {
    (void)state;
    struct caa_certificate *first = read_it(), *second = read_it();
    assert_true(caa_certificate_equal(first, second));
    caa_certificate_release(second);
    add(path, authority);
    second = read_it();
    assert_false(caa_certificate_equal(first, second));
    caa_certificate_release(second);
    caa_certificate_release(first);
}

static void it_lives_until_the_last_holder_lets_go(void **state) {
    gnutls_datum_t der;
    (void)state;
    struct caa_certificate *certificate = read_it();
    struct caa_certificate *again = caa_certificate_retain(certificate);
    assert_ptr_equal(again, certificate);
    caa_certificate_release(certificate);
    assert_int_equal(gnutls_x509_crt_export2(a, GNUTLS_X509_FMT_DER, &der), 0);
    assert_int_equal(imported(again, der), 1);
    gnutls_free(der.data);
    caa_certificate_release(again);
    assert_null(caa_certificate_retain(NULL));
    caa_certificate_release(NULL);
}

/* ---- once ---- */

static int make_all(void **state) {
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/certificate", folder);
    snprintf(key_path, sizeof key_path, "%s/key", folder);
    authority_key = make_key();
    a_key = make_key();
    b_key = make_key();
    authority = make_certificate("CN=authority", authority_key);
    a = make_certificate("CN=a", a_key);
    return 0;
}

static int free_all(void **state) {
    (void)state;
    gnutls_x509_crt_deinit(a);
    gnutls_x509_crt_deinit(authority);
    gnutls_x509_privkey_deinit(authority_key);
    gnutls_x509_privkey_deinit(a_key);
    gnutls_x509_privkey_deinit(b_key);
    unlink(path);
    unlink(key_path);
    return rmdir(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_handshake_has_a_chain_and_a_key_of_its_own, begin),
        cmocka_unit_test_setup(one_file_may_have_both, begin),
        cmocka_unit_test_setup(a_key_of_another_certificate_is_refused, begin),
        cmocka_unit_test_setup(the_first_certificate_is_the_servers, begin),
        cmocka_unit_test_setup(what_is_no_pem_is_refused, begin),
        cmocka_unit_test_setup(a_file_that_is_missing_is_named, begin),
        cmocka_unit_test_setup(a_chain_has_an_end, begin),
        cmocka_unit_test_setup(the_same_octets_are_the_same, begin),
        cmocka_unit_test_setup(it_lives_until_the_last_holder_lets_go, begin),
    };
    return cmocka_run_group_tests(tests, make_all, free_all);
}
