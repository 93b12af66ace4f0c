#include "show.h"

#include <stdlib.h>

#include "path_make.h"
#include "rescue/traffic.h"

enum { SECOND = 1000000 };

/* Two who investigate net, and their time. */
struct scene {
    struct caa_clock clock;
    int64_t now_us;
    struct caa_traffic *traffic;
    uint64_t one, other;
    struct caa_name net;
};

static int64_t now_us(void *context) {
    return ((struct scene *)context)->now_us;
}

static int set_up(void **state) {
    struct scene *scene = calloc(1, sizeof *scene);
    *state = scene;
    scene->clock = (struct caa_clock){now_us, now_us, scene};
    scene->now_us = SECOND;
    scene->traffic = caa_traffic_new(&scene->clock, 1);
    scene->one = caa_traffic_register(scene->traffic);
    scene->other = caa_traffic_register(scene->traffic);
    scene->net = path_name("net");
    return 0;
}

static int tear_down(void **state) {
    struct scene *scene = *state;
    caa_traffic_free(scene->traffic);
    free(scene);
    return 0;
}

/* How many of `tries` queries are permitted. */
static size_t query(struct scene *scene, uint64_t investigator, size_t tries) {
    size_t sent = 0;
    for (size_t i = 0; i < tries; i++)
        sent += caa_traffic_permit(scene->traffic, &scene->net, investigator);
    return sent;
}

static void one_at_a_time_asks_all_servers_of_a_zone(void **state) {
    struct scene *scene = *state;
    struct caa_name com = path_name("com");
    assert_true(caa_traffic_claim(scene->traffic, &scene->net, scene->one));
    assert_false(caa_traffic_claim(scene->traffic, &scene->net, scene->other));
    assert_true(caa_traffic_claim(scene->traffic, &scene->net, scene->one));
    assert_true(caa_traffic_claim(scene->traffic, &com, scene->other));
}

static void a_claim_ends_by_itself(void **state) {
    struct scene *scene = *state;
    assert_true(caa_traffic_claim(scene->traffic, &scene->net, scene->one));
    scene->now_us += (int64_t)CAA_TRAFFIC_CLAIM_S * SECOND - 1;
    assert_false(caa_traffic_claim(scene->traffic, &scene->net, scene->other));
    scene->now_us += 1;
    assert_true(caa_traffic_claim(scene->traffic, &scene->net, scene->other));
    assert_false(caa_traffic_claim(scene->traffic, &scene->net, scene->one));
}

static void a_zone_that_does_not_fail_may_be_asked(void **state) {
    struct scene *scene = *state;
    assert_int_equal(query(scene, scene->one, 100), 100);
    caa_traffic_note(scene->traffic, &scene->net, false);
    assert_int_equal(query(scene, scene->one, 100), 100);
}

static void all_together_ask_a_failing_zone_slowly(void **state) {
    struct scene *scene = *state;
    caa_traffic_note(scene->traffic, &scene->net, true);
    size_t sent = query(scene, scene->one, 100);
    assert_int_equal(sent + query(scene, scene->other, 100), CAA_TRAFFIC_BURST);
    for (size_t second = 1; second <= 5; second++) {
        scene->now_us += SECOND;
        sent = query(scene, scene->one, 3);
        assert_int_equal(sent + query(scene, scene->other, 100), CAA_TRAFFIC_PER_S);
    }
}

static void who_has_claimed_a_failing_zone_asks_it_within_a_budget_of_his_own(void **state) {
    struct scene *scene = *state;
    assert_true(caa_traffic_claim(scene->traffic, &scene->net, scene->one));
    caa_traffic_note(scene->traffic, &scene->net, true);
    assert_int_equal(query(scene, scene->one, 100), 100);
    assert_int_equal(query(scene, scene->other, 100), CAA_TRAFFIC_BURST);
}

static void a_zone_that_works_again_may_be_asked_at_once(void **state) {
    struct scene *scene = *state;
    caa_traffic_note(scene->traffic, &scene->net, true);
    assert_int_equal(query(scene, scene->one, 100), CAA_TRAFFIC_BURST);
    caa_traffic_note(scene->traffic, &scene->net, false);
    assert_int_equal(query(scene, scene->one, 100), 100);
    caa_traffic_note(scene->traffic, &scene->net, true);
    scene->now_us += (int64_t)CAA_TRAFFIC_FAILING_S * SECOND;
    assert_int_equal(query(scene, scene->one, 100), 100);
}

/* Far more zones than there are places. */
static void however_many_zones_there_are_it_does_not_grow(void **state) {
    struct scene *scene = *state;
    for (size_t i = 0; i < 10000; i++) {
        char text[32];
        snprintf(text, sizeof text, "z%zu.com", i);
        struct caa_name zone = path_name(text);
        assert_true(caa_traffic_claim(scene->traffic, &zone, scene->one));
        scene->now_us++;
    }
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        SCENE(one_at_a_time_asks_all_servers_of_a_zone),
        SCENE(a_claim_ends_by_itself),
        SCENE(a_zone_that_does_not_fail_may_be_asked),
        SCENE(all_together_ask_a_failing_zone_slowly),
        SCENE(who_has_claimed_a_failing_zone_asks_it_within_a_budget_of_his_own),
        SCENE(a_zone_that_works_again_may_be_asked_at_once),
        SCENE(however_many_zones_there_are_it_does_not_grow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
