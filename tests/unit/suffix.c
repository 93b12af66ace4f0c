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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_root_and_icann_suffixes_are_a_registrys),
        cmocka_unit_test(a_top_level_domain_that_the_list_does_not_know_is_a_registrys),
        cmocka_unit_test(the_default_rule_makes_no_registry),
        cmocka_unit_test(private_suffixes_are_a_platforms),
        cmocka_unit_test(what_is_below_a_suffix_is_a_subscribers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
