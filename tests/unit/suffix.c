#include "fake.h"

#include "dns/suffix.h"

static enum caa_fault who(const char *zone) {
    struct caa_name name = fake_name(zone);
    return caa_suffix_who(&name);
}

static void the_root_and_icann_suffixes_are_a_registrys(void **state) {
    (void)state;
    assert_int_equal(who("."), CAA_FAULT_REGISTRY);
    assert_int_equal(who("net"), CAA_FAULT_REGISTRY);
    assert_int_equal(who("co.uk"), CAA_FAULT_REGISTRY);
    assert_int_equal(who("CO.UK"), CAA_FAULT_REGISTRY);
}

static void a_top_level_domain_that_the_list_does_not_know_is_a_registrys(void **state) {
    (void)state;
    assert_int_equal(who("brand-new-tld"), CAA_FAULT_REGISTRY);
}

static void the_default_rule_makes_no_registry(void **state) {
    (void)state;
    assert_int_equal(who("shop.brand-new-tld"), CAA_FAULT_SUBSCRIBER);
}

static void private_suffixes_are_a_platforms(void **state) {
    (void)state;
    assert_int_equal(who("github.io"), CAA_FAULT_PLATFORM);
    assert_int_equal(who("deno.dev"), CAA_FAULT_PLATFORM);
}

static void what_is_below_a_suffix_is_a_subscribers(void **state) {
    (void)state;
    assert_int_equal(who("deno.net"), CAA_FAULT_SUBSCRIBER);
    assert_int_equal(who("shop.co.uk"), CAA_FAULT_SUBSCRIBER);
    assert_int_equal(who("me.github.io"), CAA_FAULT_SUBSCRIBER);
}

static void assert_registered(const char *name, const char *expected) {
    struct caa_name of = fake_name(name), wanted = fake_name(expected), domain;
    assert_true(caa_suffix_registered_domain(&domain, &of));
    assert_true(caa_name_equal(&domain, &wanted));
}

static void the_registered_domain_is_one_label_below_the_nearest_suffix(void **state) {
    (void)state;
    assert_registered("deno.net", "deno.net");
    assert_registered("a.sabo28.deno.net", "deno.net");
    assert_registered("www.shop.co.uk", "shop.co.uk");
    assert_registered("a.me.github.io", "me.github.io");
    assert_registered("www.shop.brand-new-tld", "shop.brand-new-tld");
}

static void a_platforms_suffix_was_registered_itself(void **state) {
    (void)state;
    assert_registered("github.io", "github.io");
    assert_registered("deno.dev", "deno.dev");
}

static void a_registrys_suffix_was_registered_by_nobody(void **state) {
    (void)state;
    static const char *const names[] = {".", "net", "co.uk", "brand-new-tld"};
    struct caa_name domain;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct caa_name name = fake_name(names[i]);
        assert_false(caa_suffix_registered_domain(&domain, &name));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_root_and_icann_suffixes_are_a_registrys),
        cmocka_unit_test(a_top_level_domain_that_the_list_does_not_know_is_a_registrys),
        cmocka_unit_test(the_default_rule_makes_no_registry),
        cmocka_unit_test(private_suffixes_are_a_platforms),
        cmocka_unit_test(what_is_below_a_suffix_is_a_subscribers),
        cmocka_unit_test(the_registered_domain_is_one_label_below_the_nearest_suffix),
        cmocka_unit_test(a_platforms_suffix_was_registered_itself),
        cmocka_unit_test(a_registrys_suffix_was_registered_by_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
