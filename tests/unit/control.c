#include "fake.h"

#include "rescue/control.h"

enum { SECOND = 1000000, TYPE_SOA = 6 };

/* A look at other registries, and its time. */
struct scene {
    struct event_base *base;
    struct caa_clock clock;
    int64_t now_us;
    struct fake *below;
    struct caa_control_look *look;
};

static int64_t now_us(void *context) {
    return ((struct scene *)context)->now_us;
}

static int set_up(void **state) {
    struct scene *scene = calloc(1, sizeof *scene);
    scene->base = event_base_new();
    scene->clock = (struct caa_clock){now_us, now_us, scene};
    scene->now_us = SECOND;
    scene->below = fake_new();
    scene->look = caa_control_new(scene->base, &scene->clock, &scene->below->lookup);
    assert_non_null(scene->look);
    *state = scene;
    return 0;
}

static int tear_down(void **state) {
    struct scene *scene = *state;
    caa_control_free(scene->look);
    assert_true(TAILQ_EMPTY(&scene->below->pending));
    caa_lookup_free(&scene->below->lookup);
    event_base_free(scene->base);
    free(scene);
    return 0;
}

static enum caa_control state_since(struct scene *scene, const char *text, int64_t since_us) {
    struct caa_name name = fake_name(text);
    return caa_control_state(scene->look, &name, since_us);
}

static enum caa_control of_any(struct scene *scene, const char *text) {
    struct caa_name name = fake_name(text);
    return caa_control_state_of_any(scene->look, &name,
                                    scene->now_us - (int64_t)60 * SECOND + 1);
}

static enum caa_control state_for(struct scene *scene, const char *text) {
    return state_since(scene, text, scene->now_us - (int64_t)60 * SECOND + 1);
}

static void another_registry_is_asked_with_cold_caches(void **state) {
    struct scene *scene = *state;
    assert_int_equal(state_for(scene, "shop.net"), CAA_CONTROL_OPEN);
    assert_true(fake_is_pending(scene->below, "org"));
    const struct caa_lookup_ticket *ticket = TAILQ_FIRST(&scene->below->pending);
    assert_int_equal(ticket->question.type, TYPE_SOA);
    assert_non_null(ticket->question.pin);
    assert_int_equal(ticket->zone_count, 0);
}

static void nobody_vouches_for_himself(void **state) {
    struct scene *scene = *state;
    state_for(scene, "shop.org");
    assert_false(fake_is_pending(scene->below, "org"));
    assert_true(fake_is_pending(scene->below, "com"));
    fake_answer(scene->below, "com", CAA_OUTCOME_NODATA, NULL);
    assert_int_equal(state_for(scene, "org"), CAA_CONTROL_WORKS);
    assert_int_equal(state_for(scene, "com"), CAA_CONTROL_OPEN);
}

static void what_it_says_is_known_from_then_on(void **state) {
    struct scene *scene = *state;
    state_for(scene, "net");
    fake_answer(scene->below, "org", CAA_OUTCOME_NODATA, NULL);
    assert_int_equal(state_for(scene, "net"), CAA_CONTROL_WORKS);
    assert_int_equal(state_for(scene, "com"), CAA_CONTROL_WORKS);
    assert_int_equal(scene->below->asked, 1);
}

static void a_failure_there_is_known(void **state) {
    static const enum caa_outcome outcomes[] = {CAA_OUTCOME_SERVFAIL, CAA_OUTCOME_TIMEOUT,
                                                CAA_OUTCOME_NETWORK, CAA_OUTCOME_MALFORMED};
    struct scene *scene = *state;
    for (size_t i = 0; i < sizeof outcomes / sizeof outcomes[0]; i++) {
        scene->now_us += (int64_t)100 * SECOND;
        assert_int_equal(state_for(scene, "net"), CAA_CONTROL_OPEN);
        fake_answer(scene->below, "org", outcomes[i], NULL);
        assert_int_equal(state_for(scene, "net"), CAA_CONTROL_FAILS);
    }
}

static void what_does_not_validate_there_either_is_known_as_that(void **state) {
    struct scene *scene = *state;
    state_for(scene, "net");
    fake_answer(scene->below, "org", CAA_OUTCOME_BOGUS, NULL);
    assert_int_equal(state_for(scene, "net"), CAA_CONTROL_BOGUS);
}

static void after_ten_seconds_it_is_asked_again_and_stands_meanwhile(void **state) {
    struct scene *scene = *state;
    state_for(scene, "net");
    fake_answer(scene->below, "org", CAA_OUTCOME_SERVFAIL, NULL);
    scene->now_us += (int64_t)10 * SECOND - 1;
    assert_int_equal(state_for(scene, "net"), CAA_CONTROL_FAILS);
    assert_int_equal(scene->below->asked, 2); /* com was asked as well */
    scene->now_us += 1;
    assert_int_equal(state_for(scene, "net"), CAA_CONTROL_FAILS);
    assert_int_equal(state_for(scene, "net"), CAA_CONTROL_FAILS);
    assert_int_equal(scene->below->asked, 3);
    fake_answer(scene->below, "org", CAA_OUTCOME_NODATA, NULL);
    assert_int_equal(state_for(scene, "net"), CAA_CONTROL_WORKS);
}

static void what_is_older_than_it_may_be_is_not_known_and_asked_again(void **state) {
    struct scene *scene = *state;
    state_for(scene, "net");
    fake_answer(scene->below, "org", CAA_OUTCOME_NODATA, NULL);
    int64_t known_us = scene->now_us;
    scene->now_us += SECOND;
    assert_int_equal(state_since(scene, "net", known_us), CAA_CONTROL_WORKS);
    assert_int_equal(scene->below->asked, 1);
    assert_int_equal(state_since(scene, "net", known_us + 1), CAA_CONTROL_OPEN);
    assert_int_equal(scene->below->asked, 2);
    fake_answer(scene->below, "org", CAA_OUTCOME_TIMEOUT, NULL);
    assert_int_equal(state_since(scene, "net", known_us + 1), CAA_CONTROL_FAILS);
}

static void who_cannot_be_asked_says_nothing(void **state) {
    struct scene *scene = *state;
    state_for(scene, "net");
    fake_answer(scene->below, "org", CAA_OUTCOME_NODATA, NULL);
    scene->now_us += (int64_t)60 * SECOND;
    scene->below->refuse_at = 1;
    assert_int_equal(state_for(scene, "net"), CAA_CONTROL_OPEN);
    scene->below->refuse_at = 0;
    assert_int_equal(state_for(scene, "net"), CAA_CONTROL_OPEN);
    assert_true(fake_is_pending(scene->below, "org"));
}

/* Of no registry's own failure: then the one that the name is below speaks for our network too.
 */
static void where_one_fails_any_other_is_asked_as_well(void **state) {
    struct scene *scene = *state;
    struct caa_name name = fake_name("shop.com");
    assert_int_equal(of_any(scene, "shop.com"), CAA_CONTROL_OPEN);
    assert_false(fake_is_pending(scene->below, "com"));
    fake_answer(scene->below, "org", CAA_OUTCOME_SERVFAIL, NULL);
    assert_false(caa_control_is_asking(scene->look, &name));
    assert_int_equal(state_for(scene, "shop.com"), CAA_CONTROL_FAILS);
    assert_true(fake_is_pending(scene->below, "com"));
    assert_true(caa_control_is_asking(scene->look, &name));
    assert_int_equal(of_any(scene, "shop.com"), CAA_CONTROL_OPEN);
    fake_answer(scene->below, "com", CAA_OUTCOME_NODATA, NULL);
    assert_int_equal(of_any(scene, "shop.com"), CAA_CONTROL_WORKS);
    assert_int_equal(state_for(scene, "shop.com"), CAA_CONTROL_FAILS);
    assert_int_equal(scene->below->asked, 2);
    scene->now_us += (int64_t)60 * SECOND;
    of_any(scene, "shop.com");
    fake_answer(scene->below, "org", CAA_OUTCOME_BOGUS, NULL);
    of_any(scene, "shop.com");
    fake_answer(scene->below, "com", CAA_OUTCOME_TIMEOUT, NULL);
    assert_int_equal(of_any(scene, "shop.com"), CAA_CONTROL_BOGUS);
}

/* The loop's timers are real: three seconds, and seven more. */
static void who_does_not_answer_in_time_has_failed(void **state) {
    struct scene *scene = *state;
    struct caa_name name = fake_name("net");
    assert_int_equal(state_for(scene, "net"), CAA_CONTROL_OPEN);
    assert_int_equal(event_base_loop(scene->base, EVLOOP_ONCE), 0);
    assert_true(fake_is_pending(scene->below, "org"));
    assert_false(caa_control_is_asking(scene->look, &name));
    assert_int_equal(state_for(scene, "net"), CAA_CONTROL_FAILS);
    assert_int_equal(scene->below->asked, 2); /* com is asked as well */
    fake_answer(scene->below, "com", CAA_OUTCOME_NODATA, NULL);
    assert_int_equal(event_base_dispatch(scene->base), 1);
    assert_false(fake_is_pending(scene->below, "org"));
    assert_int_equal(state_for(scene, "net"), CAA_CONTROL_FAILS);
}

/* As long as it is asked it has failed up to now. */
static void who_answers_late_works_from_then_on(void **state) {
    struct scene *scene = *state;
    state_for(scene, "net");
    assert_int_equal(event_base_loop(scene->base, EVLOOP_ONCE), 0);
    scene->now_us += SECOND;
    assert_int_equal(state_since(scene, "net", scene->now_us), CAA_CONTROL_FAILS);
    fake_answer(scene->below, "org", CAA_OUTCOME_NODATA, NULL);
    assert_int_equal(state_since(scene, "net", scene->now_us), CAA_CONTROL_WORKS);
    scene->now_us += (int64_t)20 * SECOND;
    state_for(scene, "net");
    assert_true(caa_control_is_asking(scene->look, &(struct caa_name){.len = 1}));
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        SCENE(another_registry_is_asked_with_cold_caches),
        SCENE(nobody_vouches_for_himself),
        SCENE(what_it_says_is_known_from_then_on),
        SCENE(a_failure_there_is_known),
        SCENE(what_does_not_validate_there_either_is_known_as_that),
        SCENE(after_ten_seconds_it_is_asked_again_and_stands_meanwhile),
        SCENE(what_is_older_than_it_may_be_is_not_known_and_asked_again),
        SCENE(who_cannot_be_asked_says_nothing),
        SCENE(where_one_fails_any_other_is_asked_as_well),
        SCENE(who_does_not_answer_in_time_has_failed),
        SCENE(who_answers_late_works_from_then_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
