/* What passed by of orders; and the directory, with the paths that pass. */
#include "fake.h"

#include <stdio.h>

#include "acme/directory.h"
#include "acme/orders.h"

static void learn(struct caa_orders *orders, const char *url, const char *body) {
    caa_orders_learn(orders, url, caa_slice_of(body));
}

static const char ORDER[] =
    "{\"status\":\"pending\",\"finalize\":\"https://g/f/1\",\"identifiers\":["
    "{\"type\":\"dns\",\"value\":\"a.example\"},{\"type\":\"dns\",\"value\":\"*.b.example\"}],"
    "\"authorizations\":[\"https://g/a/1\",\"https://g/a/2\"]}";

static void learn_authorizations(struct caa_orders *orders, const char *status) {
    char body[512];
    snprintf(body, sizeof body,
             "{\"identifier\":{\"type\":\"dns\",\"value\":\"a.example\"},\"challenges\":["
             "{\"type\":\"http-01\",\"url\":\"https://g/c/1\",\"status\":\"%s\"},"
             "{\"type\":\"dns-01\",\"url\":\"https://g/c/2\",\"status\":\"pending\"}]}",
             status);
    learn(orders, "https://g/a/1", body);
    learn(orders, "https://g/a/2",
          "{\"identifier\":{\"type\":\"dns\",\"value\":\"b.example\"},\"wildcard\":true,"
          "\"challenges\":[{\"type\":\"dns-01\",\"url\":\"https://g/c/3\",\"status\":"
          "\"pending\"}]}");
}

static const struct caa_order *must_find(struct caa_orders *orders) {
    const struct caa_order *order = caa_orders_find(orders, "https://g/f/1");
    assert_non_null(order);
    return order;
}

static void the_method_is_that_of_the_valid_challenge(void **state) {
    struct caa_orders *orders;
    (void)state;
    assert_int_equal(caa_orders_new(&orders, 64, 1 << 20, 7), CAA_OK);
    learn(orders, "https://g/new", ORDER);
    learn_authorizations(orders, "pending");
    const struct caa_order *order = must_find(orders);
    assert_int_equal(caa_order_names(order)->count, 2);
    assert_null(caa_orders_method(orders, order, "a.example"));
    learn_authorizations(orders, "valid");
    learn(orders, "https://g/c/3",
          "{\"type\":\"dns-01\",\"url\":\"https://g/c/3\",\"status\":\"valid\"}");
    order = must_find(orders);
    assert_string_equal(caa_orders_method(orders, order, "a.example"), "http-01");
    assert_string_equal(caa_orders_method(orders, order, "*.b.example"), "dns-01");
    assert_null(caa_orders_method(orders, order, "b.example"));
    learn(orders, "https://g/c/2",
          "{\"type\":\"dns-01\",\"url\":\"https://g/c/2\",\"status\":\"valid\"}");
    assert_null(caa_orders_method(orders, must_find(orders), "a.example")); /* which of two? */
    caa_orders_free(orders);
}

static const char *name_of_challenge(struct caa_orders *orders, const char *url,
                                     const char **type) {
    const struct caa_names *names = caa_orders_challenge(orders, url, type);
    if (names == NULL) return "(none)";
    assert_int_equal(names->count, 1);
    return names->names[0].text;
}

static void a_challenge_is_about_its_authorizations_name(void **state) {
    struct caa_orders *orders;
    const char *type = NULL;
    (void)state;
    assert_int_equal(caa_orders_new(&orders, 64, 1 << 20, 7), CAA_OK);
    learn(orders, "https://g/new", ORDER);
    assert_string_equal(name_of_challenge(orders, "https://g/c/1", &type), "(none)");
    learn_authorizations(orders, "pending");
    assert_string_equal(name_of_challenge(orders, "https://g/c/1", &type), "a.example");
    assert_string_equal(type, "http-01");
    assert_string_equal(name_of_challenge(orders, "https://g/c/2", &type), "a.example");
    assert_string_equal(type, "dns-01");
    assert_string_equal(name_of_challenge(orders, "https://g/c/3", &type), "*.b.example");
    assert_string_equal(name_of_challenge(orders, "https://g/a/1", &type), "(none)");
    /* Somebody else's authorization that claims it as well changes nothing. */
    learn(orders, "https://g/a/9",
          "{\"identifier\":{\"type\":\"dns\",\"value\":\"x.example\"},\"challenges\":["
          "{\"type\":\"dns-01\",\"url\":\"https://g/c/1\",\"status\":\"pending\"}]}");
    assert_string_equal(name_of_challenge(orders, "https://g/c/1", &type), "a.example");
    assert_string_equal(type, "http-01");
    learn(orders, "https://g/a/8",
          "{\"identifier\":{\"type\":\"dns\",\"value\":\"y.example\"},\"challenges\":["
          "{\"type\":\"a-type-that-is-longer-than-any-that-is-known\",\"url\":\"https://g/c/"
          "8\"}]}");
    assert_string_equal(name_of_challenge(orders, "https://g/c/8", &type), "y.example");
    assert_null(type);
    caa_orders_free(orders);
}

static void what_does_not_fit_is_unknown(void **state) {
    struct caa_orders *orders;
    (void)state;
    assert_int_equal(caa_orders_new(&orders, 4, 1 << 20, 7), CAA_OK);
    learn(orders, "https://g/new", "{\"finalize\":\"https://g/f/1\",\"identifiers\":[]}");
    learn(orders, "https://g/new", "{\"finalize\":\"https://g/f/1\",\"identifiers\":[7]}");
    learn(orders, "https://g/new", "no JSON");
    assert_null(caa_orders_find(orders, "https://g/f/1"));
    learn(orders, "https://g/new", ORDER);
    learn_authorizations(orders, "valid"); /* five entries more than there is room for */
    assert_null(caa_orders_find(orders, "https://g/f/1"));
    caa_orders_free(orders);
}

/* Whoever orders much takes up no more room for it. */
static void the_table_has_a_ceiling_of_octets_too(void **state) {
    enum { OCTETS_MOST = 1 << 20, NAMES = 100 };
    struct caa_orders *orders;
    (void)state;
    assert_int_equal(caa_orders_new(&orders, 4096, OCTETS_MOST, 7), CAA_OK);
    learn(orders, "https://g/new", ORDER);
    for (int i = 0; i < 100; i++) {
        static char body[NAMES * 64];
        int len = sprintf(body, "{\"finalize\":\"https://g/many/%d\",\"identifiers\":[", i);
        for (int k = 0; k < NAMES; k++)
            len += sprintf(body + len, "%s{\"value\":\"n%d.example\"}", k == 0 ? "" : ",", k);
        sprintf(body + len, "]}");
        learn(orders, "https://g/new", body);
        assert_true(caa_orders_octets(orders) <= OCTETS_MOST);
    }
    assert_null(caa_orders_find(orders, "https://g/f/1"));
    assert_non_null(caa_orders_find(orders, "https://g/many/99"));
    assert_true(caa_orders_octets(orders) >= OCTETS_MOST / 2);
    caa_orders_free(orders);
    assert_int_equal(caa_orders_new(&orders, 4096, 100, 7), CAA_OK);
    learn(orders, "https://g/new", ORDER);
    assert_null(caa_orders_find(orders, "https://g/f/1"));
    caa_orders_free(orders);
}

static void an_order_never_changes_its_names(void **state) {
    struct caa_orders *orders;
    (void)state;
    assert_int_equal(caa_orders_new(&orders, 64, 1 << 20, 7), CAA_OK);
    learn(orders, "https://g/new", ORDER);
    learn(orders, "https://g/o/1",
          "{\"finalize\":\"https://g/f/"
          "1\",\"identifiers\":[{\"type\":\"dns\",\"value\":\"x\"}]}");
    assert_int_equal(caa_order_names(must_find(orders))->count, 2);
    caa_orders_free(orders);
}

static enum caa_err look_at_all(char folder[CAA_PATH_MAX], const char *body, const char *url,
                                struct caa_diag *why) {
    return caa_directory_look_at(folder, caa_slice_of(body), url, CAA_DIRECTORY_ALL, why);
}

static void a_directory_that_leads_elsewhere_is_refused(void **state) {
    static const char good[] = "{\"newNonce\":\"https://g/acme/x/n\",\"newAccount\":"
                               "\"https://g/acme/x/a\",\"newOrder\":\"%s\",\"meta\":{}}";
    char body[512], folder[CAA_PATH_MAX];
    struct caa_diag why;
    (void)state;
    snprintf(body, sizeof body, good, "https://g/acme/x/o");
    assert_int_equal(look_at_all(folder, body, "https://g/acme/x/dir", &why), CAA_OK);
    assert_string_equal(folder, "/acme/x/");
    assert_int_equal(look_at_all(folder, body, "https://g/dir", &why), CAA_OK);
    assert_string_equal(folder, "/");
    assert_int_equal(look_at_all(folder, body, "https://h/acme/x/dir", &why), CAA_ERR_SYNTAX);
    static const char *const elsewhere[] = {"https://g.evil/acme/x/o", "http://g/acme/x/o",
                                            "https://g@evil/o", "https://g", "/acme/x/o"};
    for (size_t i = 0; i < sizeof elsewhere / sizeof elsewhere[0]; i++) {
        snprintf(body, sizeof body, good, elsewhere[i]);
        if (look_at_all(folder, body, "https://g/acme/x/dir", &why) != CAA_ERR_SYNTAX)
            fail_msg("%s", elsewhere[i]);
        assert_non_null(strstr(why.text, "newOrder"));
    }
}

/* As Let's Encrypt's is, with an entry that keeps clients from minding what they do not know.
 */
static void what_no_client_knows_may_lead_elsewhere_where_that_does_no_harm(void **state) {
    static const char body[] =
        "{\"keyChange\": \"https://a/acme/key-change\", \"meta\": {\"website\": "
        "\"https://letsencrypt.org\"}, \"newAccount\": \"https://a/acme/new-acct\", "
        "\"newNonce\": \"https://a/acme/new-nonce\", \"newOrder\": "
        "\"https://a/acme/new-order\", \"renewalInfo\": \"https://a/acme/renewal-info\", "
        "\"revokeCert\": \"https://a/acme/revoke-cert\", \"t6QzGPOa3gU\": "
        "\"https://community.letsencrypt.org/t/adding-random-entries-to-the-directory/33417\"}";
    char folder[CAA_PATH_MAX];
    struct caa_diag why;
    (void)state;
    assert_int_equal(look_at_all(folder, body, "https://a/acme/d", &why), CAA_ERR_SYNTAX);
    assert_non_null(strstr(why.text, "t6QzGPOa3gU"));
    assert_int_equal(caa_directory_look_at(folder, caa_slice_of(body), "https://a/acme/d",
                                           CAA_DIRECTORY_KNOWN, &why),
                     CAA_OK);
    assert_string_equal(folder, "/acme/");
    assert_int_equal(caa_directory_look_at(folder, caa_slice_of(body), "https://b/acme/d",
                                           CAA_DIRECTORY_KNOWN, &why),
                     CAA_ERR_SYNTAX);
}

/* A provisioner of step-ca may be called anything. */
static void what_the_server_calls_its_folder_passes_as_it_is_written(void **state) {
    static const char *const allowed[] = {"/acme/my%20ca/"};
    static const char *const bad[] = {"/acme/my ca/new-order", "/acme/my%20ca/a%2fb",
                                      "/acme/my%20ca//x", "/acme/my%20ca/../x",
                                      "/acme/my%20ca"};
    (void)state;
    assert_true(caa_path_passes(caa_slice_of("/acme/my%20ca/new-order"), allowed, 1));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (caa_path_passes(caa_slice_of(bad[i]), allowed, 1)) fail_msg("%s", bad[i]);
}

static void only_plain_paths_pass(void **state) {
    static const char *const allowed[] = {"/dir", "/acme/"};
    static const char *const good[] = {"/dir", "/acme/new-order", "/acme/o/1_2~x", "/acme/"};
    static const char *const bad[] = {"/",
                                      "/di",
                                      "/dir/",
                                      "/dir2",
                                      "/acme",
                                      "/acme/../admin",
                                      "/acme/./x",
                                      "/acme//x",
                                      "/acme/%2e%2e/x",
                                      "/acme/a%2fb",
                                      "/acme/a\\b",
                                      "/acme/a;b",
                                      "//acme/x",
                                      "acme/x",
                                      "",
                                      "/acme/.hidden",
                                      "/ACME/x"};
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        if (!caa_path_passes(caa_slice_of(good[i]), allowed, 2)) fail_msg("%s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (caa_path_passes(caa_slice_of(bad[i]), allowed, 2)) fail_msg("%s", bad[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_method_is_that_of_the_valid_challenge),
        cmocka_unit_test(what_does_not_fit_is_unknown),
        cmocka_unit_test(the_table_has_a_ceiling_of_octets_too),
        cmocka_unit_test(an_order_never_changes_its_names),
        cmocka_unit_test(a_challenge_is_about_its_authorizations_name),
        cmocka_unit_test(a_directory_that_leads_elsewhere_is_refused),
        cmocka_unit_test(what_no_client_knows_may_lead_elsewhere_where_that_does_no_harm),
        cmocka_unit_test(what_the_server_calls_its_folder_passes_as_it_is_written),
        cmocka_unit_test(only_plain_paths_pass),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
