#include "path_make.h"

#include "rescue/pinning.h"

/* One path of the root, net and shop.net, and a ledger whose clock the test holds. */
struct scene {
    struct caa_draft draft;
    struct caa_path_zone *root, *net, *shop;
    struct caa_clock clock;
    int64_t now_us;
    struct caa_ledger *ledger;
    struct caa_pinning pinning;
};

static int64_t now_us(void *context) {
    return ((struct scene *)context)->now_us;
}

static int set_up(void **state) {
    struct scene *scene = calloc(1, sizeof *scene);
    *state = scene;
    scene->clock = (struct caa_clock){now_us, now_us, scene};
    scene->now_us = 1000000;
    scene->ledger = caa_ledger_new(&scene->clock, 1);
    begin_path(&scene->draft, "shop.net");
    scene->root = put_zone(&scene->draft, NULL, ".");
    scene->net = put_zone(&scene->draft, scene->root, "net");
    scene->net->ds_seen = true;
    scene->shop = put_zone(&scene->draft, scene->net, "shop.net");
    put_server(&scene->draft, scene->root, "a.root", "192.0.2.1", WORKS, UNASKED);
    put_server(&scene->draft, scene->shop, "ns.shop.net", "192.0.2.20", WORKS, UNASKED);
    return 0;
}

static int tear_down(void **state) {
    struct scene *scene = *state;
    drop_path(&scene->draft);
    caa_ledger_free(scene->ledger);
    free(scene);
    return 0;
}

static void put_net(struct scene *scene, size_t number, int udp, int tcp) {
    char ns[16], address[24];
    snprintf(ns, sizeof ns, "%c.net", (char)('a' + number));
    snprintf(address, sizeof address, "192.0.2.%zu", 100 + number);
    put_server(&scene->draft, scene->net, ns, address, udp, tcp);
}

static void gather(struct scene *scene) {
    struct caa_pinning_ground ground = {
        .path_count = 1, .paths = {&scene->draft.path}, .ledger = scene->ledger};
    caa_pinning_gather(&scene->pinning, &ground);
}

/* As a walk for another name would, that begins at shop.net and finds it in order. */
static void gather_from_below(struct scene *scene) {
    struct caa_draft below;
    begin_path(&below, "www.shop.net");
    put_server(&below, put_zone(&below, NULL, "shop.net"), "ns.shop.net", "192.0.2.20", WORKS,
               UNASKED);
    struct caa_pinning_ground ground = {
        .path_count = 1, .paths = {&below.path}, .ledger = scene->ledger};
    caa_pinning_gather(&scene->pinning, &ground);
    drop_path(&below);
}

static const struct caa_pinning_zone *pinned(const struct scene *scene, const char *text) {
    struct caa_name name = path_name(text);
    for (size_t i = 0; i < scene->pinning.zone_count; i++)
        if (caa_name_equal(&scene->pinning.zones[i].zone, &name))
            return &scene->pinning.zones[i];
    return NULL;
}

static bool is_pinned(const struct scene *scene, const char *zone, const char *text) {
    struct caa_address address = path_address(text);
    const struct caa_pinning_zone *at = pinned(scene, zone);
    for (size_t i = 0; at != NULL && i < at->address_count; i++)
        if (caa_address_equal(&at->addresses[i], &address)) return true;
    return false;
}

static void who_works_is_pinned_and_who_fails_is_not(void **state) {
    struct scene *scene = *state;
    put_net(scene, 0, SERVFAIL, SERVFAIL);
    put_net(scene, 1, WORKS, UNASKED);
    put_net(scene, 2, PENDING, UNASKED);
    gather(scene);
    assert_int_equal(pinned(scene, "net")->address_count, 1);
    assert_true(is_pinned(scene, "net", "192.0.2.101"));
    assert_true(pinned(scene, "net")->is_troubled);
    assert_false(pinned(scene, "shop.net")->is_troubled);
    assert_false(scene->pinning.over_tcp);
}

static void for_another_name_only_what_is_above_it_is_pinned(void **state) {
    struct scene *scene = *state;
    struct caa_name other = path_name("other.net");
    put_net(scene, 0, WORKS, UNASKED);
    struct caa_pinning_ground ground = {.name = &other,
                                        .path_count = 1,
                                        .paths = {&scene->draft.path},
                                        .ledger = scene->ledger};
    caa_pinning_gather(&scene->pinning, &ground);
    assert_non_null(pinned(scene, "net"));
    assert_null(pinned(scene, "shop.net"));
}

static void a_root_in_order_is_left_alone(void **state) {
    struct scene *scene = *state;
    put_net(scene, 0, WORKS, UNASKED);
    gather(scene);
    assert_null(pinned(scene, "."));
    put_server(&scene->draft, scene->root, "b.root", "192.0.2.2", SILENT, SILENT);
    gather(scene);
    assert_int_equal(pinned(scene, ".")->address_count, 1);
}

static void what_only_the_zone_itself_says_is_never_pinned(void **state) {
    struct scene *scene = *state;
    put_net(scene, 0, SERVFAIL, SERVFAIL);
    put_rumour(&scene->draft, scene->net, "b.net", "192.0.2.101", WORKS, WORKS);
    gather(scene);
    assert_null(pinned(scene, "net"));
    caa_ledger_note_path(scene->ledger, &scene->draft.path);
    gather(scene);
    assert_null(pinned(scene, "net"));
    gather_from_below(scene);
    assert_null(pinned(scene, "net"));
}

static void where_udp_gets_lost_all_goes_over_tcp(void **state) {
    struct scene *scene = *state;
    put_net(scene, 0, SILENT, WORKS);
    put_net(scene, 1, SILENT, SILENT);
    gather(scene);
    struct caa_name net = path_name("net");
    assert_true(scene->pinning.over_tcp);
    assert_true(caa_name_equal(&scene->pinning.without_udp, &net));
    assert_int_equal(pinned(scene, "net")->address_count, 1);
    /* Who was not asked over TCP may answer so. */
    assert_true(is_pinned(scene, "shop.net", "192.0.2.20"));
}

static void udp_is_kept_where_one_server_answers_over_it(void **state) {
    struct scene *scene = *state;
    put_net(scene, 0, SILENT, WORKS);
    put_net(scene, 1, WORKS, UNASKED);
    gather(scene);
    assert_false(scene->pinning.over_tcp);
    assert_int_equal(scene->pinning.without_udp.len, 0);
}

static void a_walk_from_below_knows_of_the_trouble_above(void **state) {
    struct scene *scene = *state;
    put_net(scene, 0, SILENT, WORKS);
    caa_ledger_note_path(scene->ledger, &scene->draft.path);
    gather_from_below(scene);
    assert_true(scene->pinning.over_tcp);
    assert_true(is_pinned(scene, "net", "192.0.2.100"));
    scene->now_us += CAA_LEDGER_ALL_ASKED_S * INT64_C(1000000);
    gather_from_below(scene);
    assert_null(pinned(scene, "net")); /* that was long ago */
}

static void what_is_in_order_above_is_left_alone(void **state) {
    struct scene *scene = *state;
    put_net(scene, 0, WORKS, UNASKED);
    caa_ledger_note_path(scene->ledger, &scene->draft.path);
    gather_from_below(scene);
    assert_null(pinned(scene, "net"));
    assert_non_null(pinned(scene, "shop.net"));
}

static enum caa_trial try(struct scene *scene, const char *text, enum caa_trial trial) {
    struct caa_name net = path_name("net");
    struct caa_address address = path_address(text);
    bool claimed = caa_ledger_claim_trial(scene->ledger, &net, &address);
    if (trial != CAA_TRIAL_RUNNING) caa_ledger_note_trial(scene->ledger, &net, &address, trial);
    return claimed ? trial : CAA_TRIAL_NONE;
}

static void one_good_server_among_bad_ones_is_enough(void **state) {
    struct scene *scene = *state;
    for (size_t i = 0; i < 3; i++) put_net(scene, i, WORKS, UNASKED);
    caa_ledger_note_path(scene->ledger, &scene->draft.path);
    gather(scene);
    struct caa_pinning before = scene->pinning;
    assert_int_equal(pinned(scene, "net")->address_count, 3);
    assert_int_equal(try(scene, "192.0.2.100", CAA_TRIAL_BAD), CAA_TRIAL_BAD);
    gather(scene);
    assert_true(pinned(scene, "net")->is_suspect);
    assert_int_equal(pinned(scene, "net")->address_count, 3);
    assert_false(caa_pinning_is_better(&scene->pinning, &before));
    before = scene->pinning;
    assert_int_equal(try(scene, "192.0.2.102", CAA_TRIAL_GOOD), CAA_TRIAL_GOOD);
    gather(scene);
    assert_false(pinned(scene, "net")->is_suspect);
    assert_int_equal(pinned(scene, "net")->address_count, 1);
    assert_true(is_pinned(scene, "net", "192.0.2.102"));
    assert_true(caa_pinning_is_better(&scene->pinning, &before));
}

static void a_walk_from_below_knows_of_bad_data_above(void **state) {
    struct scene *scene = *state;
    for (size_t i = 0; i < 2; i++) put_net(scene, i, WORKS, UNASKED);
    caa_ledger_note_path(scene->ledger, &scene->draft.path);
    try(scene, "192.0.2.100", CAA_TRIAL_BAD);
    gather_from_below(scene);
    assert_int_equal(pinned(scene, "net")->address_count, 2);
    try(scene, "192.0.2.101", CAA_TRIAL_GOOD);
    gather_from_below(scene);
    assert_int_equal(pinned(scene, "net")->address_count, 1);
    assert_true(is_pinned(scene, "net", "192.0.2.101"));
}

static void a_server_is_tried_by_one_at_a_time_and_not_again_soon(void **state) {
    struct scene *scene = *state;
    put_net(scene, 0, WORKS, UNASKED);
    caa_ledger_note_path(scene->ledger, &scene->draft.path);
    assert_int_equal(try(scene, "192.0.2.100", CAA_TRIAL_RUNNING), CAA_TRIAL_RUNNING);
    assert_int_equal(try(scene, "192.0.2.100", CAA_TRIAL_BAD), CAA_TRIAL_NONE);
    assert_int_equal(try(scene, "192.0.2.100", CAA_TRIAL_BAD), CAA_TRIAL_NONE);
    scene->now_us += CAA_LEDGER_TRIAL_S * INT64_C(1000000);
    assert_int_equal(try(scene, "192.0.2.100", CAA_TRIAL_BAD), CAA_TRIAL_BAD);
}

static void who_did_not_answer_may_be_good(void **state) {
    struct scene *scene = *state;
    put_net(scene, 0, WORKS, UNASKED);
    put_server(&scene->draft, scene->net, "a.net", "2001:db8::1", SILENT, SILENT);
    caa_ledger_note_path(scene->ledger, &scene->draft.path);
    gather(scene);
    assert_false(scene->pinning.has_unheard); /* the same server, at its other address */
    put_net(scene, 1, SILENT, SILENT);
    caa_ledger_note_path(scene->ledger, &scene->draft.path);
    gather(scene);
    assert_true(scene->pinning.has_unheard);
}

static void it_is_partial_until_everybody_was_asked(void **state) {
    struct scene *scene = *state;
    put_net(scene, 0, WORKS, UNASKED);
    gather(scene);
    assert_false(scene->pinning.is_partial);
    scene->draft.path.done = false;
    gather(scene);
    assert_true(scene->pinning.is_partial);
    scene->draft.path.done = true;
    put_net(scene, 1, UNASKED, UNASKED); /* a limit was reached */
    caa_ledger_note_path(scene->ledger, &scene->draft.path);
    gather(scene);
    assert_true(scene->pinning.is_partial);
}

static bool is_exhausted(struct scene *scene) {
    gather(scene);
    return caa_pinning_is_exhausted(&scene->pinning);
}

static void what_others_found_of_every_server_is_known_for_a_short_time(void **state) {
    struct scene *scene = *state;
    for (size_t i = 0; i < 2; i++) put_net(scene, i, WORKS, UNASKED);
    caa_ledger_note_path(scene->ledger, &scene->draft.path);
    assert_false(is_exhausted(scene));
    try(scene, "192.0.2.100", CAA_TRIAL_BAD);
    assert_false(is_exhausted(scene)); /* the other may be good */
    try(scene, "192.0.2.101", CAA_TRIAL_RUNNING);
    assert_false(is_exhausted(scene));
    try(scene, "192.0.2.101", CAA_TRIAL_BAD);
    assert_true(is_exhausted(scene));
    scene->now_us += CAA_LEDGER_TRIAL_S * INT64_C(1000000);
    assert_false(is_exhausted(scene));
}

static void nothing_is_exhausted_while_somebody_may_be_good(void **state) {
    struct scene *scene = *state;
    put_net(scene, 0, WORKS, UNASKED);
    caa_ledger_note_path(scene->ledger, &scene->draft.path);
    try(scene, "192.0.2.100", CAA_TRIAL_BAD);
    assert_true(is_exhausted(scene));
    scene->draft.path.done = false;
    assert_false(is_exhausted(scene));
    scene->draft.path.done = true;
    put_net(scene, 1, SILENT, SILENT);
    caa_ledger_note_path(scene->ledger, &scene->draft.path);
    assert_false(is_exhausted(scene));
}

/* Its data may be bad, and that is nothing against the zone above. */
static void a_signed_zone_that_cannot_be_pinned_clears_those_above(void **state) {
    struct scene *scene = *state;
    put_net(scene, 0, WORKS, UNASKED);
    scene->shop->servers = NULL;
    put_rumour(&scene->draft, scene->shop, "ns.shop.net", "192.0.2.20", WORKS, UNASKED);
    gather(scene);
    assert_false(scene->pinning.is_short); /* it is not signed */
    assert_int_equal(caa_pinning_deepest_signed(&scene->pinning), 0);
    scene->shop->ds_seen = true;
    gather(scene);
    assert_non_null(pinned(scene, "net"));
    assert_null(pinned(scene, "shop.net"));
    assert_true(scene->pinning.is_short && scene->pinning.has_unheard);
    assert_int_equal(caa_pinning_deepest_signed(&scene->pinning), scene->pinning.zone_count);
    caa_ledger_note_path(scene->ledger, &scene->draft.path);
    try(scene, "192.0.2.100", CAA_TRIAL_BAD);
    assert_false(is_exhausted(scene));
    put_server(&scene->draft, scene->shop, "ns2.shop.net", "192.0.2.21", WORKS, UNASKED);
    gather(scene);
    assert_false(scene->pinning.is_short);
    assert_int_equal(caa_pinning_deepest_signed(&scene->pinning), 1);
}

/* A walk that only looks for who confirms a referral leaves the zone itself in peace. */
static void nor_does_a_later_walk_that_spares_it_accuse_them(void **state) {
    struct scene *scene = *state;
    struct caa_draft latest;
    struct caa_pinning_ground ground = {.path_count = 2, .ledger = scene->ledger};
    put_net(scene, 0, WORKS, UNASKED);
    scene->shop->servers = NULL;
    put_rumour(&scene->draft, scene->shop, "ns.shop.net", "192.0.2.20", WORKS, UNASKED);
    scene->shop->ds_seen = true;
    gather(scene);
    assert_true(scene->pinning.is_short);
    begin_path(&latest, "shop.net");
    struct caa_path_zone *net = put_zone(&latest, NULL, "net");
    put_server(&latest, net, "a.net", "192.0.2.100", WORKS, WORKS);
    struct caa_path_zone *shop = put_zone(&latest, net, "shop.net");
    shop->ds_seen = true;
    put_rumour(&latest, shop, "ns.shop.net", "192.0.2.20", UNASKED, UNASKED);
    ground.paths[0] = &latest.path;
    ground.paths[1] = &scene->draft.path;
    caa_pinning_gather(&scene->pinning, &ground);
    assert_true(scene->pinning.is_short && scene->pinning.has_unheard);
    assert_int_equal(caa_pinning_deepest_signed(&scene->pinning), scene->pinning.zone_count);
    drop_path(&latest);
}

static void a_zone_that_fails_itself_is_not_missed(void **state) {
    struct scene *scene = *state;
    put_net(scene, 0, WORKS, UNASKED);
    scene->shop->ds_seen = true;
    scene->shop->servers->udp_state = scene->shop->servers->state = CAA_SERVER_SILENT;
    gather(scene);
    assert_false(scene->pinning.is_short);
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        SCENE(who_works_is_pinned_and_who_fails_is_not),
        SCENE(for_another_name_only_what_is_above_it_is_pinned),
        SCENE(a_root_in_order_is_left_alone),
        SCENE(what_only_the_zone_itself_says_is_never_pinned),
        SCENE(where_udp_gets_lost_all_goes_over_tcp),
        SCENE(udp_is_kept_where_one_server_answers_over_it),
        SCENE(a_walk_from_below_knows_of_the_trouble_above),
        SCENE(what_is_in_order_above_is_left_alone),
        SCENE(one_good_server_among_bad_ones_is_enough),
        SCENE(a_walk_from_below_knows_of_bad_data_above),
        SCENE(a_server_is_tried_by_one_at_a_time_and_not_again_soon),
        SCENE(who_did_not_answer_may_be_good),
        SCENE(it_is_partial_until_everybody_was_asked),
        SCENE(what_others_found_of_every_server_is_known_for_a_short_time),
        SCENE(nothing_is_exhausted_while_somebody_may_be_good),
        SCENE(a_signed_zone_that_cannot_be_pinned_clears_those_above),
        SCENE(nor_does_a_later_walk_that_spares_it_accuse_them),
        SCENE(a_zone_that_fails_itself_is_not_missed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
