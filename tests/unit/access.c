#include "serve/access.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { CHECK = 1, READ = 2, ADMIN = 4 };

/* printf %s TOKEN | sha256sum */
#define SECRET_HASH "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"

static struct caa_access_hash hash_of(const char *text) {
    struct caa_access_hash hash;
    assert_int_equal(caa_access_hash_of(&hash, caa_slice_of(text)), CAA_OK);
    return hash;
}

static struct caa_access_rule rules[4];
static struct caa_access access_rules = {.rules = rules, .rule_count = 4};

static int set_up(void **state) {
    (void)state;
    rules[0] = (struct caa_access_rule){
        .kind = CAA_ACCESS_TOKEN, .name = "ra", .rights = CHECK, .hash = hash_of("secret")};
    rules[1] = (struct caa_access_rule){.kind = CAA_ACCESS_TOKEN,
                                        .name = "ops",
                                        .rights = READ | ADMIN,
                                        .hash = hash_of("other")};
    rules[2] = (struct caa_access_rule){
        .kind = CAA_ACCESS_CERTIFICATE, .name = "node", .rights = READ, .hash = hash_of("DER")};
    rules[3] = (struct caa_access_rule){.kind = CAA_ACCESS_SUBJECT,
                                        .name = "ca",
                                        .rights = CHECK,
                                        .subject = "CN=ca,O=Example"};
    access_rules.anonymous_rights = 0;
    return 0;
}

static struct caa_credentials token(const char *text) {
    return (struct caa_credentials){.has_token = true, .token = caa_slice_of(text)};
}

static void a_hash_is_read_with_and_without_colons(void **state) {
    (void)state;
    struct caa_access_hash hash, wanted = hash_of("secret");
    assert_int_equal(caa_access_hash_parse(&hash, SECRET_HASH, NULL), CAA_OK);
    assert_memory_equal(hash.octets, wanted.octets, CAA_ACCESS_HASH_SIZE);
    assert_int_equal(
        caa_access_hash_parse(&hash,
                              "2B:B8:0D:53:7B:1D:A3:E3:8B:D3:03:61:AA:85:56:86:BD:E0:EA:"
                              "CD:71:62:FE:F6:A2:5F:E9:7B:F5:27:A2:5B",
                              NULL),
        CAA_OK);
    assert_memory_equal(hash.octets, wanted.octets, CAA_ACCESS_HASH_SIZE);
}

static void what_is_no_hash_is_refused(void **state) {
    (void)state;
    struct caa_access_hash hash;
    struct caa_diag diag;
    static const char *const texts[] = {"",
                                        "secret",
                                        "2bb8",
                                        "sha256:" SECRET_HASH,
                                        "md5:2bb80d537b1da3e38bd30361aa855686",
                                        SECRET_HASH "00",
                                        SECRET_HASH ":",
                                        SECRET_HASH " "};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_int_equal(caa_access_hash_parse(&hash, texts[i], &diag), CAA_ERR_SYNTAX);
    assert_non_null(strstr(diag.text, "64 hexadecimal digits"));
}

static void a_token_gives_its_rights_and_no_others(void **state) {
    (void)state;
    struct caa_grant grant;
    struct caa_credentials credentials = token("secret");
    assert_true(caa_access_decide(&grant, &access_rules, &credentials));
    assert_string_equal(grant.name, "ra");
    assert_int_equal(grant.rights, CHECK);
}

static void a_wrong_token_gives_nothing_even_where_anybody_may(void **state) {
    (void)state;
    struct caa_grant grant;
    static const char *const wrong[] = {"", "Secret", "secret ", "secretsecret", SECRET_HASH};
    access_rules.anonymous_rights = CHECK | READ;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct caa_credentials credentials = token(wrong[i]);
        assert_false(caa_access_decide(&grant, &access_rules, &credentials));
        assert_null(grant.name);
        assert_int_equal(grant.rights, 0);
    }
}

static void a_wrong_token_spoils_a_good_certificate(void **state) {
    (void)state;
    struct caa_grant grant;
    struct caa_credentials credentials = token("guess");
    credentials.has_certificate = true;
    credentials.fingerprint = hash_of("DER");
    assert_false(caa_access_decide(&grant, &access_rules, &credentials));
    assert_int_equal(grant.rights, 0);
}

static void a_certificate_is_known_by_fingerprint_or_subject(void **state) {
    (void)state;
    struct caa_grant grant;
    struct caa_credentials credentials = {.has_certificate = true,
                                          .fingerprint = hash_of("DER")};
    assert_true(caa_access_decide(&grant, &access_rules, &credentials));
    assert_string_equal(grant.name, "node");
    assert_int_equal(grant.rights, READ);
    credentials = (struct caa_credentials){
        .has_certificate = true, .fingerprint = hash_of("x"), .subject = "CN=ca,O=Example"};
    assert_true(caa_access_decide(&grant, &access_rules, &credentials));
    assert_string_equal(grant.name, "ca");
    assert_int_equal(grant.rights, CHECK);
}

static void an_unverified_certificate_counts_for_nothing(void **state) {
    (void)state;
    struct caa_grant grant;
    struct caa_credentials credentials = {.fingerprint = hash_of("DER"),
                                          .subject = "CN=ca,O=Example"};
    assert_true(caa_access_decide(&grant, &access_rules, &credentials));
    assert_null(grant.name);
    assert_int_equal(grant.rights, 0);
}

static void token_and_certificate_add_up(void **state) {
    (void)state;
    struct caa_grant grant;
    struct caa_credentials credentials = token("secret");
    credentials.has_certificate = true;
    credentials.fingerprint = hash_of("DER");
    assert_true(caa_access_decide(&grant, &access_rules, &credentials));
    assert_string_equal(grant.name, "ra");
    assert_int_equal(grant.rights, CHECK | READ);
}

static void who_shows_nothing_has_the_rights_of_anonymous_clients(void **state) {
    (void)state;
    struct caa_grant grant;
    struct caa_credentials nothing = {0};
    assert_true(caa_access_decide(&grant, &access_rules, &nothing));
    assert_int_equal(grant.rights, 0);
    access_rules.anonymous_rights = CHECK;
    assert_true(caa_access_decide(&grant, &access_rules, &nothing));
    assert_null(grant.name);
    assert_int_equal(grant.rights, CHECK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_hash_is_read_with_and_without_colons, set_up),
        cmocka_unit_test_setup(what_is_no_hash_is_refused, set_up),
        cmocka_unit_test_setup(a_token_gives_its_rights_and_no_others, set_up),
        cmocka_unit_test_setup(a_wrong_token_gives_nothing_even_where_anybody_may, set_up),
        cmocka_unit_test_setup(a_wrong_token_spoils_a_good_certificate, set_up),
        cmocka_unit_test_setup(a_certificate_is_known_by_fingerprint_or_subject, set_up),
        cmocka_unit_test_setup(an_unverified_certificate_counts_for_nothing, set_up),
        cmocka_unit_test_setup(token_and_certificate_add_up, set_up),
        cmocka_unit_test_setup(who_shows_nothing_has_the_rights_of_anonymous_clients, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
