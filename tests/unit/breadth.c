#include "path_make.h"

#include "probe/breadth.h"

/* The root and net with five name servers of two addresses each, of which nobody was asked. */
struct scene {
    struct caa_draft draft;
    struct caa_path_zone *net;
};

static int set_up(void **state) {
    struct scene *scene = calloc(1, sizeof *scene);
    *state = scene;
    begin_path(&scene->draft, "shop.net");
    struct caa_path_zone *root = put_zone(&scene->draft, NULL, ".");
    put_server(&scene->draft, root, "a.root", "192.0.2.1", WORKS, UNASKED);
    scene->net = put_zone(&scene->draft, root, "net");
    for (int i = 0; i < 10; i++) {
        char ns[16], address[24];
        snprintf(ns, sizeof ns, "%c.net", (char)('a' + i / 2));
        snprintf(address, sizeof address, i % 2 == 0 ? "192.0.2.%d" : "2001:db8::%d", 100 + i);
        put_server(&scene->draft, scene->net, ns, address, UNASKED, UNASKED);
    }
    return 0;
}

static int tear_down(void **state) {
    struct scene *scene = *state;
    drop_path(&scene->draft);
    free(scene);
    return 0;
}

/* Asks as long as there is somebody to ask, each of whom does that; returns how many. */
static size_t ask(struct scene *scene, enum caa_breadth breadth, enum caa_server_state does) {
    struct caa_path_server *next;
    size_t count = 0;
    while ((next = caa_breadth_next(&scene->draft.path, scene->net, breadth)) != NULL) {
        next->udp_state = next->state = does;
        count++;
    }
    return count;
}

static void all_are_asked_where_nothing_else_is_said(void **state) {
    assert_int_equal(ask(*state, CAA_BREADTH_ALL, CAA_SERVER_PENDING), 10);
}

static void a_few_are_enough_as_long_as_they_do_well(void **state) {
    struct scene *scene = *state;
    assert_int_equal(ask(scene, CAA_BREADTH_FEW_AT_FIRST, CAA_SERVER_PENDING), 3);
    scene->net->servers->udp_state = scene->net->servers->state = CAA_SERVER_OK;
    assert_int_equal(ask(scene, CAA_BREADTH_FEW_AT_FIRST, CAA_SERVER_OK), 0);
}

static void of_a_small_zone_all_are_asked_at_once(void **state) {
    struct scene *scene = *state;
    scene->net->server_count = CAA_BREADTH_SMALL;
    assert_int_equal(ask(scene, CAA_BREADTH_FEW_AT_FIRST, CAA_SERVER_PENDING), 10);
}

static void a_few_are_different_name_servers(void **state) {
    struct scene *scene = *state;
    ask(scene, CAA_BREADTH_FEW_AT_FIRST, CAA_SERVER_PENDING);
    for (struct caa_path_server *at = scene->net->servers; at != NULL; at = at->next)
        for (struct caa_path_server *b = at->next; b != NULL; b = b->next)
            if (at->udp_state != CAA_SERVER_UNASKED && b->udp_state != CAA_SERVER_UNASKED)
                assert_ptr_not_equal(at->ns, b->ns);
}

static void all_are_asked_as_soon_as_one_of_a_few_fails(void **state) {
    struct scene *scene = *state;
    ask(scene, CAA_BREADTH_FEW_AT_FIRST, CAA_SERVER_PENDING);
    scene->net->servers->udp_state = scene->net->servers->state = CAA_SERVER_SERVFAIL;
    assert_int_equal(ask(scene, CAA_BREADTH_FEW_AT_FIRST, CAA_SERVER_PENDING), 7);
}

static void no_more_than_a_few_are_asked_where_somebody_else_asks_all(void **state) {
    assert_int_equal(ask(*state, CAA_BREADTH_FEW, CAA_SERVER_SERVFAIL), 3);
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        SCENE(all_are_asked_where_nothing_else_is_said),
        SCENE(a_few_are_enough_as_long_as_they_do_well),
        SCENE(of_a_small_zone_all_are_asked_at_once),
        SCENE(a_few_are_different_name_servers),
        SCENE(all_are_asked_as_soon_as_one_of_a_few_fails),
        SCENE(no_more_than_a_few_are_asked_where_somebody_else_asks_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
