#include "path_make.h"

#include "rescue/statement.h"

/* The way to www.shop.net, and to www.shop.com where that is an alias. */
struct scene {
    struct caa_draft own, target;
    struct caa_path_zone *root, *net, *shop, *com;
    struct caa_legs legs;
    struct caa_name name;
    struct caa_proof proof;
    struct caa_statement_context context;
    const struct caa_evidence *evidence;
};

static int set_up(void **state) {
    struct scene *scene = calloc(1, sizeof *scene);
    *state = scene;
    begin_path(&scene->own, "www.shop.net");
    scene->root = put_zone(&scene->own, NULL, ".");
    scene->net = put_zone(&scene->own, scene->root, "net");
    scene->net->ds_seen = true;
    scene->shop = put_zone(&scene->own, scene->net, "shop.net");
    put_server(&scene->own, scene->root, "a.root", "192.0.2.1", WORKS, UNASKED);
    put_server(&scene->own, scene->net, "a.net", "192.0.2.11", WORKS, UNASKED);
    put_server(&scene->own, scene->shop, "a.shop.net", "192.0.2.21", WORKS, UNASKED);
    begin_path(&scene->target, "www.shop.com");
    scene->com = put_zone(&scene->target, NULL, "com");
    scene->name = path_name("www.shop.net");
    scene->legs = (struct caa_legs){.count = 1, .query_count = 17};
    scene->legs.legs[0] = (struct caa_leg){scene->name, &scene->own.path};
    scene->legs.legs[1] = (struct caa_leg){path_name("www.shop.com"), &scene->target.path};
    scene->context = (struct caa_statement_context){.name = &scene->name,
                                                    .control = CAA_CONTROL_WORKS,
                                                    .control_lately = CAA_CONTROL_WORKS,
                                                    .control_of_any = CAA_CONTROL_WORKS,
                                                    .verdict = CAA_FAILURE_RECURSOR,
                                                    .reason = "",
                                                    .proof = &scene->proof};
    return 0;
}

static int tear_down(void **state) {
    struct scene *scene = *state;
    caa_evidence_release(scene->evidence);
    drop_path(&scene->own);
    drop_path(&scene->target);
    free(scene);
    return 0;
}

static const struct caa_evidence *state_it(struct scene *scene) {
    caa_evidence_release(scene->evidence);
    scene->evidence = caa_statement_of(&scene->legs, &scene->context);
    assert_non_null(scene->evidence);
    return scene->evidence;
}

static void assert_states(struct scene *scene, const char *zone_text, enum caa_fault fault,
                          enum caa_failure failure) {
    const struct caa_evidence *evidence = state_it(scene);
    struct caa_name zone = path_name(zone_text);
    assert_true(caa_name_equal(&evidence->zone, &zone));
    assert_int_equal(evidence->fault, fault);
    assert_int_equal(evidence->failure, failure);
}

static void a_dead_root_letter_or_two_are_not_to_blame(void **state) {
    struct scene *scene = *state;
    put_server(&scene->own, scene->root, "b.root", "192.0.2.2", SILENT, SILENT);
    put_server(&scene->own, scene->net, "b.net", "192.0.2.12", SERVFAIL, SERVFAIL);
    put_server(&scene->own, scene->net, "c.net", "192.0.2.13", SERVFAIL, SERVFAIL);
    put_server(&scene->own, scene->net, "d.net", "192.0.2.14", SERVFAIL, SERVFAIL);
    assert_states(scene, "net", CAA_FAULT_REGISTRY, CAA_FAILURE_SERVFAIL);
    put_server(&scene->own, scene->root, "c.root", "192.0.2.3", SILENT, SILENT);
    assert_states(scene, "net", CAA_FAULT_REGISTRY, CAA_FAILURE_SERVFAIL);
    scene->context.control = scene->context.control_lately = CAA_CONTROL_FAILS;
    assert_states(scene, "net", CAA_FAULT_UNKNOWN, CAA_FAILURE_SERVFAIL);
}

static void with_a_dead_root_letter_the_subscriber_is_blamed_for_his_own(void **state) {
    struct scene *scene = *state;
    put_server(&scene->own, scene->root, "b.root", "192.0.2.2", SILENT, SILENT);
    scene->shop->servers->udp_state = scene->shop->servers->state = CAA_SERVER_REFUSED;
    assert_states(scene, "shop.net", CAA_FAULT_SUBSCRIBER, CAA_FAILURE_REFUSED);
}

static void half_of_a_registrys_servers_are_enough(void **state) {
    struct scene *scene = *state;
    put_server(&scene->own, scene->net, "b.net", "192.0.2.12", SILENT, SILENT);
    assert_states(scene, "shop.net", CAA_FAULT_SUBSCRIBER, CAA_FAILURE_RECURSOR);
}

static void what_passed_before_anybody_was_seen_to_fail_is_nobodys_fault(void **state) {
    struct scene *scene = *state;
    assert_states(scene, "shop.net", CAA_FAULT_SUBSCRIBER, CAA_FAILURE_RECURSOR);
    scene->context.rescued = true;
    assert_states(scene, "shop.net", CAA_FAULT_UNKNOWN, CAA_FAILURE_RECURSOR);
    scene->shop->servers->udp_state = scene->shop->servers->state = CAA_SERVER_REFUSED;
    assert_states(scene, "shop.net", CAA_FAULT_SUBSCRIBER, CAA_FAILURE_REFUSED);
}

static void a_root_whose_servers_all_fail_is_named_and_it_is_us(void **state) {
    struct scene *scene = *state;
    struct caa_draft draft;
    begin_path(&draft, "www.shop.net");
    put_server(&draft, put_zone(&draft, NULL, "."), "a.root", "192.0.2.1", SILENT, SILENT);
    scene->legs.legs[0].path = &draft.path;
    assert_states(scene, ".", CAA_FAULT_REGISTRY, CAA_FAILURE_SILENT);
    static const enum caa_control others[] = {CAA_CONTROL_OPEN, CAA_CONTROL_FAILS,
                                              CAA_CONTROL_BOGUS};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        scene->context.control_lately = others[i];
        assert_states(scene, ".", CAA_FAULT_RESOLVER, CAA_FAILURE_SILENT);
    }
    drop_path(&draft);
}

/* What another registry said before our network failed says nothing of it. */
static void where_nobody_is_heard_only_what_was_seen_lately_counts(void **state) {
    struct scene *scene = *state;
    struct caa_draft draft;
    begin_path(&draft, "www.shop.net");
    put_server(&draft, put_zone(&draft, NULL, "net"), "a.net", "192.0.2.11", SILENT, SILENT);
    scene->legs.legs[0].path = &draft.path;
    scene->context.control_lately = CAA_CONTROL_OPEN;
    assert_states(scene, "net", CAA_FAULT_UNKNOWN, CAA_FAILURE_SILENT);
    scene->context.control_lately = CAA_CONTROL_FAILS;
    assert_states(scene, "net", CAA_FAULT_RESOLVER, CAA_FAILURE_SILENT);
    scene->context.control_lately = CAA_CONTROL_WORKS;
    assert_states(scene, "net", CAA_FAULT_REGISTRY, CAA_FAILURE_SILENT);
    put_server(&draft, draft.path.zones, "b.net", "192.0.2.12", SERVFAIL, SILENT);
    scene->context.control_lately = CAA_CONTROL_FAILS;
    assert_states(scene, "net", CAA_FAULT_REGISTRY, CAA_FAILURE_SERVFAIL);
    drop_path(&draft);
}

static void a_registry_that_works_speaks_for_our_network_where_its_customer_is_silent(
    void **state) {
    struct scene *scene = *state;
    struct caa_draft draft;
    begin_path(&draft, "www.shop.net");
    put_server(&draft, put_zone(&draft, NULL, "shop.net"), "a.shop.net", "192.0.2.21", SILENT,
               SILENT);
    scene->legs.legs[0].path = &draft.path;
    scene->context.control = scene->context.control_lately = CAA_CONTROL_FAILS;
    assert_states(scene, "shop.net", CAA_FAULT_SUBSCRIBER, CAA_FAILURE_SILENT);
    scene->context.control_of_any = CAA_CONTROL_OPEN;
    assert_states(scene, "shop.net", CAA_FAULT_UNKNOWN, CAA_FAILURE_SILENT);
    scene->context.control_of_any = CAA_CONTROL_FAILS;
    assert_states(scene, "shop.net", CAA_FAULT_RESOLVER, CAA_FAILURE_SILENT);
    drop_path(&draft);
}

static void tcp_that_nobody_anywhere_answers_over_is_our_own_matter(void **state) {
    struct scene *scene = *state;
    struct caa_draft draft;
    begin_path(&draft, "www.shop.net");
    struct caa_path_zone *net = put_zone(&draft, NULL, "net");
    put_server(&draft, net, "a.net", "192.0.2.11", WORKS, SILENT);
    put_server(&draft, put_zone(&draft, net, "shop.net"), "a.shop.net", "192.0.2.21", TRUNCATED,
               SILENT);
    scene->legs.legs[0].path = &draft.path;
    assert_states(scene, "shop.net", CAA_FAULT_RESOLVER, CAA_FAILURE_TRUNCATED);
    put_server(&draft, net, "b.net", "192.0.2.12", WORKS, WORKS);
    assert_states(scene, "shop.net", CAA_FAULT_SUBSCRIBER, CAA_FAILURE_TRUNCATED);
    drop_path(&draft);
}

static void his_own_tcp_alone_is_no_witness_against_us(void **state) {
    struct scene *scene = *state;
    struct caa_draft draft;
    begin_path(&draft, "www.shop.net");
    struct caa_path_zone *net = put_zone(&draft, NULL, "net");
    put_server(&draft, net, "a.net", "192.0.2.11", WORKS, UNASKED);
    put_server(&draft, put_zone(&draft, net, "shop.net"), "a.shop.net", "192.0.2.21", TRUNCATED,
               SILENT);
    scene->legs.legs[0].path = &draft.path;
    assert_states(scene, "shop.net", CAA_FAULT_SUBSCRIBER, CAA_FAILURE_TRUNCATED);
    drop_path(&draft);
}

static void our_own_failure_is_nobody_elses(void **state) {
    struct scene *scene = *state;
    scene->context.is_ours = true;
    assert_int_equal(state_it(scene)->fault, CAA_FAULT_RESOLVER);
    scene->net->servers->udp_state = scene->net->servers->state = CAA_SERVER_SERVFAIL;
    assert_states(scene, "net", CAA_FAULT_REGISTRY, CAA_FAILURE_SERVFAIL);
}

static void a_zone_that_answers_over_tcp_only_is_named(void **state) {
    struct scene *scene = *state;
    scene->net->servers->udp_state = CAA_SERVER_SILENT;
    scene->net->servers->tcp_state = CAA_SERVER_OK;
    assert_states(scene, "net", CAA_FAULT_REGISTRY, CAA_FAILURE_NO_UDP);
}

static void bad_data_is_that_of_the_deepest_signed_zone(void **state) {
    struct scene *scene = *state;
    scene->context.verdict = CAA_FAILURE_BOGUS;
    assert_states(scene, "net", CAA_FAULT_REGISTRY, CAA_FAILURE_BOGUS);
    assert_false(scene->evidence->retry_advised);
}

static void a_walk_from_below_is_told_which_zone_is_signed(void **state) {
    struct scene *scene = *state;
    struct caa_draft below;
    struct caa_name net = path_name("net");
    begin_path(&below, "www.shop.net");
    put_server(&below, put_zone(&below, NULL, "shop.net"), "a.shop.net", "192.0.2.21", WORKS,
               UNASKED);
    scene->legs.legs[0].path = &below.path;
    scene->context.verdict = CAA_FAILURE_BOGUS;
    scene->context.signed_zone = &net;
    assert_states(scene, "net", CAA_FAULT_REGISTRY, CAA_FAILURE_BOGUS);
    drop_path(&below);
}

static void where_an_alias_leads_is_blamed_if_the_names_own_way_is_fine(void **state) {
    struct scene *scene = *state;
    scene->legs.count = 2;
    put_server(&scene->target, scene->com, "a.com", "192.0.2.31", SERVFAIL, SERVFAIL);
    assert_states(scene, "com", CAA_FAULT_REGISTRY, CAA_FAILURE_SERVFAIL);
    assert_true(caa_name_equal(&scene->evidence->alias, &scene->legs.legs[1].name));
    scene->shop->servers->udp_state = scene->shop->servers->state = CAA_SERVER_SERVFAIL;
    assert_states(scene, "shop.net", CAA_FAULT_SUBSCRIBER, CAA_FAILURE_SERVFAIL);
    assert_int_equal(scene->evidence->alias.len, 0);
}

static void an_alias_is_nothing_to_another_name(void **state) {
    struct scene *scene = *state;
    scene->legs.count = 2;
    scene->legs.is_circle = true;
    put_server(&scene->target, scene->com, "a.com", "192.0.2.31", SERVFAIL, SERVFAIL);
    scene->name = path_name("other.shop.net");
    assert_states(scene, "shop.net", CAA_FAULT_SUBSCRIBER, CAA_FAILURE_RECURSOR);
    assert_int_equal(scene->evidence->alias.len, 0);
}

static void a_circle_is_for_good(void **state) {
    struct scene *scene = *state;
    scene->legs.count = 2;
    scene->legs.is_circle = true;
    put_server(&scene->target, scene->com, "a.com", "192.0.2.31", WORKS, UNASKED);
    assert_states(scene, "com", CAA_FAULT_REGISTRY, CAA_FAILURE_ALIAS_LOOP);
    assert_false(scene->evidence->retry_advised);
}

/* br-insecure-failure rests on it: who forges an alias must not choose the zone. */
static void no_proof_holds_where_an_alias_leads(void **state) {
    struct scene *scene = *state;
    struct caa_answer denial = {.outcome = CAA_OUTCOME_NODATA,
                                .security = CAA_SECURITY_SECURE,
                                .ede = -1,
                                .reason = "",
                                .denial_signed = true};
    scene->proof = (struct caa_proof){.zone = path_name("com"), .answer = &denial};
    scene->legs.count = 2;
    put_server(&scene->target, scene->com, "a.com", "192.0.2.31", SERVFAIL, SERVFAIL);
    assert_states(scene, "com", CAA_FAULT_REGISTRY, CAA_FAILURE_SERVFAIL);
    assert_false(scene->evidence->insecure_proved);
    scene->proof.zone = path_name("shop.net");
    scene->shop->servers->udp_state = scene->shop->servers->state = CAA_SERVER_SERVFAIL;
    assert_true(state_it(scene)->insecure_proved);
}

static void before_anything_was_walked_nobody_is_named(void **state) {
    struct scene *scene = *state;
    scene->evidence = caa_statement_of(NULL, &scene->context);
    assert_true(caa_name_is_root(&scene->evidence->zone));
    assert_int_equal(scene->evidence->fault, CAA_FAULT_UNKNOWN);
    assert_int_equal(scene->evidence->query_count, 0);
}

static void all_queries_are_counted(void **state) {
    assert_int_equal(state_it(*state)->query_count, 17);
}

static void a_delegation_that_leads_nowhere_has_no_address_and_may_pass(void **state) {
    struct scene *scene = *state;
    struct caa_name ns = path_name("ns.round.org");
    scene->shop->servers = NULL;
    scene->shop->server_count = 0;
    caa_draft_ns(&scene->own, scene->shop, &ns);
    assert_states(scene, "shop.net", CAA_FAULT_SUBSCRIBER, CAA_FAILURE_NO_ADDRESS);
    assert_true(scene->evidence->retry_advised);
}

/* The second server of shop.net says something else than the first. */
static const struct caa_exchange another = {.result = CAA_EXCHANGE_RESPONSE,
                                            .said = {.digest = 5, .answer_count = 1}};

static void servers_that_disagree_are_counted_and_shown(void **state) {
    struct scene *scene = *state;
    assert_int_equal(state_it(scene)->variant_count, 1);
    put_server(&scene->own, scene->shop, "b.shop.net", "192.0.2.22", WORKS, UNASKED)->udp =
        &another;
    assert_int_equal(state_it(scene)->variant_count, 2);
    bool shown = false;
    for (size_t i = 0; i < scene->evidence->item_count; i++)
        shown |= scene->evidence->items[i].digest == 5;
    assert_true(shown);
}

static void what_servers_say_of_another_name_or_an_alias_is_not_compared(void **state) {
    struct scene *scene = *state;
    struct caa_name other = path_name("net");
    struct caa_name target = path_name("www.shop.com");
    put_server(&scene->own, scene->shop, "b.shop.net", "192.0.2.22", WORKS, UNASKED)->udp =
        &another;
    scene->context.name = &other;
    assert_int_equal(state_it(scene)->variant_count, 0);
    scene->context.name = &scene->name;
    scene->shop->servers->alias = &target;
    assert_int_equal(state_it(scene)->variant_count, 0);
}

static void what_came_when_it_was_asked_again_is_evidence_too(void **state) {
    struct scene *scene = *state;
    struct caa_draft again;
    scene->shop->servers->udp_state = scene->shop->servers->state = CAA_SERVER_SERVFAIL;
    begin_path(&again, "www.shop.net");
    struct caa_path_zone *shop = put_zone(&again, NULL, "shop.net");
    put_server(&again, shop, "a.shop.net", "192.0.2.21", WORKS, UNASKED);
    put_server(&again, shop, "b.shop.net", "192.0.2.22", WORKS, UNASKED)->udp = &another;
    size_t before = state_it(scene)->item_count;
    scene->legs.latest = &again.path;
    assert_states(scene, "shop.net", CAA_FAULT_SUBSCRIBER, CAA_FAILURE_SERVFAIL);
    assert_int_equal(scene->evidence->item_count, before + 2);
    assert_int_equal(scene->evidence->variant_count, 2);
    scene->legs.latest = &scene->own.path;
    assert_int_equal(state_it(scene)->item_count, before);
    drop_path(&again);
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        SCENE(a_dead_root_letter_or_two_are_not_to_blame),
        SCENE(with_a_dead_root_letter_the_subscriber_is_blamed_for_his_own),
        SCENE(half_of_a_registrys_servers_are_enough),
        SCENE(what_passed_before_anybody_was_seen_to_fail_is_nobodys_fault),
        SCENE(a_root_whose_servers_all_fail_is_named_and_it_is_us),
        SCENE(where_nobody_is_heard_only_what_was_seen_lately_counts),
        SCENE(a_registry_that_works_speaks_for_our_network_where_its_customer_is_silent),
        SCENE(tcp_that_nobody_anywhere_answers_over_is_our_own_matter),
        SCENE(his_own_tcp_alone_is_no_witness_against_us),
        SCENE(our_own_failure_is_nobody_elses),
        SCENE(a_zone_that_answers_over_tcp_only_is_named),
        SCENE(bad_data_is_that_of_the_deepest_signed_zone),
        SCENE(a_walk_from_below_is_told_which_zone_is_signed),
        SCENE(where_an_alias_leads_is_blamed_if_the_names_own_way_is_fine),
        SCENE(an_alias_is_nothing_to_another_name),
        SCENE(a_circle_is_for_good),
        SCENE(no_proof_holds_where_an_alias_leads),
        SCENE(before_anything_was_walked_nobody_is_named),
        SCENE(all_queries_are_counted),
        SCENE(a_delegation_that_leads_nowhere_has_no_address_and_may_pass),
        SCENE(servers_that_disagree_are_counted_and_shown),
        SCENE(what_servers_say_of_another_name_or_an_alias_is_not_compared),
        SCENE(what_came_when_it_was_asked_again_is_evidence_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
