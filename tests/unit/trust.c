#include "path_make.h"

#include "probe/path.h"

/* The root, net and shop.net, each with two servers; what the root says of net is confirmed. */
struct scene {
    struct caa_draft draft;
    struct caa_path_zone *root, *net, *shop;
    struct caa_path_server *roots[2], *nets[2], *shops[2];
    struct caa_referral_item to_net[4], to_shop[4];
};

static void refer(struct scene *scene, struct caa_path_server *servers[2], const char *zone,
                  const struct caa_referral_item *items) {
    struct caa_referral referral = {.zone = path_name(zone), .item_count = 4, .items = items};
    for (size_t i = 0; i < 2; i++)
        servers[i]->by_tcp = caa_draft_referral(&scene->draft, &referral);
}

/* Their names are `pattern` with a letter instead of its question mark. */
static void put_two(struct scene *scene, struct caa_path_zone *zone, const char *pattern,
                    struct caa_path_server *servers[2], struct caa_referral_item items[4],
                    unsigned octet) {
    for (unsigned i = 0; i < 2; i++) {
        char ns[24], address[24];
        snprintf(ns, sizeof ns, "%c%.20s", (char)('a' + i), pattern + 1);
        snprintf(address, sizeof address, "192.0.2.%u", octet + i);
        servers[i] = put_server(&scene->draft, zone, ns, address, WORKS, WORKS);
        servers[i]->origins = CAA_ORIGIN_GLUE;
        items[i] = (struct caa_referral_item){.ns = path_name(ns)};
        items[i + 2] = (struct caa_referral_item){path_name(ns), servers[i]->address};
    }
}

static int set_up(void **state) {
    struct scene *scene = calloc(1, sizeof *scene);
    struct caa_referral_item of_root[4];
    *state = scene;
    begin_path(&scene->draft, "www.shop.net");
    scene->root = put_zone(&scene->draft, NULL, ".");
    scene->net = put_zone(&scene->draft, scene->root, "net");
    scene->shop = put_zone(&scene->draft, scene->net, "shop.net");
    put_two(scene, scene->root, "?.root", scene->roots, of_root, 1);
    put_two(scene, scene->net, "?.ns.net", scene->nets, scene->to_net, 11);
    put_two(scene, scene->shop, "?.ns.shop.net", scene->shops, scene->to_shop, 21);
    for (size_t i = 0; i < 2; i++) scene->roots[i]->origins = CAA_ORIGIN_HINTS;
    refer(scene, scene->roots, "net", scene->to_net);
    refer(scene, scene->nets, "shop.net", scene->to_shop);
    return 0;
}

static int tear_down(void **state) {
    struct scene *scene = *state;
    drop_path(&scene->draft);
    free(scene);
    return 0;
}

static void what_two_servers_say_over_tcp_is_confirmed(void **state) {
    struct scene *scene = *state;
    assert_non_null(caa_path_confirmed_referral(scene->net));
    assert_non_null(caa_path_confirmed_referral(scene->shop));
    for (size_t i = 0; i < 2; i++)
        assert_true(caa_path_server_is_confirmed(scene->shop, scene->shops[i]));
}

/* A lie gives the attacker's address to a true name, as glue, and adds a name of the attacker's
   own that the recursor resolves to it. */
static void an_address_resolved_for_another_name_steers_nothing(void **state) {
    struct scene *scene = *state;
    struct caa_name evil = path_name("ns.evil.org");
    struct caa_address address = path_address("203.0.113.66");
    struct caa_path_ns *own = caa_draft_ns(&scene->draft, scene->shop, &evil);
    struct caa_path_server *lie = caa_draft_server(
        &scene->draft, scene->shop, scene->shops[0]->ns, &address, CAA_ORIGIN_GLUE);
    assert_false(caa_path_server_is_confirmed(scene->shop, lie));
    caa_draft_server(&scene->draft, scene->shop, own, &address, CAA_ORIGIN_LOOKUP);
    assert_false(caa_path_server_is_confirmed(scene->shop, lie));
    caa_draft_server(&scene->draft, scene->shop, scene->shops[0]->ns, &address,
                     CAA_ORIGIN_LOOKUP);
    assert_true(caa_path_server_is_confirmed(scene->shop, lie)); /* the recursor says so */
}

/* Whoever was first said to have it: a false name before the true one takes nothing away. */
static void a_false_name_for_a_true_address_takes_nothing_away(void **state) {
    struct scene *scene = *state;
    struct caa_name evil = path_name("ns.evil.org");
    struct caa_address address = path_address("192.0.2.23");
    struct caa_path_ns *own = caa_draft_ns(&scene->draft, scene->shop, &evil);
    struct caa_path_server *server =
        caa_draft_server(&scene->draft, scene->shop, own, &address, CAA_ORIGIN_LOOKUP);
    assert_false(caa_path_server_is_confirmed(scene->shop, server));
    caa_draft_server(&scene->draft, scene->shop, scene->shops[1]->ns, &address,
                     CAA_ORIGIN_LOOKUP);
    assert_true(caa_path_server_is_confirmed(scene->shop, server));
}

/* A lie over UDP gives the second address of the one server that lies over TCP another name. */
static void one_server_under_two_names_agrees_with_itself_only(void **state) {
    struct scene *scene = *state;
    scene->to_net[3].ns = scene->to_net[2].ns; /* both addresses are of a.ns.net, in truth */
    refer(scene, scene->roots, "net", scene->to_net);
    assert_non_null(caa_path_confirmed_referral(scene->net));
    assert_null(caa_path_confirmed_referral(scene->shop));
}

static void two_addresses_resolved_for_one_name_are_one_server(void **state) {
    struct scene *scene = *state;
    for (size_t i = 2; i < 4; i++) scene->to_net[i].address = path_address("192.0.2.99");
    refer(scene, scene->roots, "net", scene->to_net);
    assert_null(caa_path_confirmed_referral(scene->shop)); /* neither is confirmed */
    for (size_t i = 0; i < 2; i++)
        caa_draft_server(&scene->draft, scene->net, scene->nets[0]->ns,
                         &scene->nets[i]->address, CAA_ORIGIN_LOOKUP);
    assert_null(caa_path_confirmed_referral(scene->shop)); /* both are, of one name */
    scene->nets[1]->resolved = NULL;
    caa_draft_server(&scene->draft, scene->net, scene->nets[1]->ns, &scene->nets[1]->address,
                     CAA_ORIGIN_LOOKUP);
    assert_non_null(caa_path_confirmed_referral(scene->shop));
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        SCENE(what_two_servers_say_over_tcp_is_confirmed),
        SCENE(an_address_resolved_for_another_name_steers_nothing),
        SCENE(a_false_name_for_a_true_address_takes_nothing_away),
        SCENE(one_server_under_two_names_agrees_with_itself_only),
        SCENE(two_addresses_resolved_for_one_name_are_one_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
