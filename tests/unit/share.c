#include "show.h"

#include <stdio.h>

#include "fake.h"
#include "resolve/share.h"

/* A shared lookup over a fake one. */
struct scene {
    struct fake *below;
    struct caa_lookup *lookup;
    bool freed_below;
};

/* One who asks, and what it does when it is told. */
struct asker {
    struct scene *scene;
    const char *name;
    const struct caa_pin *pin;
    struct caa_lookup_ticket *ticket; /* NULL: not waiting */
    size_t told;
    enum caa_outcome outcome;
    struct asker *cancels; /* when told */
    struct asker *starts;  /* when told */
};

static int set_up(void **state) {
    struct scene *scene = calloc(1, sizeof *scene);
    scene->below = fake_new();
    scene->below->freed = &scene->freed_below;
    assert_int_equal(caa_share_new(&scene->lookup, &scene->below->lookup, 42), CAA_OK);
    *state = scene;
    return 0;
}

static int tear_down(void **state) {
    struct scene *scene = *state;
    caa_lookup_free(scene->lookup);
    assert_true(scene->freed_below);
    free(scene);
    return 0;
}

static void stop(struct asker *asker) {
    caa_lookup_cancel(asker->scene->lookup, asker->ticket);
    asker->ticket = NULL;
}

static void ask(struct asker *asker);

static void note(void *context, const struct caa_answer *answer) {
    struct asker *asker = context;
    assert_non_null(asker->ticket); /* or it was cancelled, or is told twice */
    asker->ticket = NULL;
    asker->told++;
    asker->outcome = answer->outcome;
    if (asker->cancels != NULL && asker->cancels->ticket != NULL) stop(asker->cancels);
    if (asker->starts != NULL) ask(asker->starts);
}

static enum caa_err try_to_ask(struct asker *asker, uint16_t type) {
    struct caa_question question = {
        .name = fake_name(asker->name), .type = type, .pin = asker->pin};
    return caa_lookup_start(asker->scene->lookup, &question, note, asker, &asker->ticket);
}

static void ask(struct asker *asker) {
    assert_int_equal(try_to_ask(asker, CAA_TYPE_CAA), CAA_OK);
}

static void many_who_ask_the_same_are_one_question_below(void **state) {
    struct scene *scene = *state;
    struct asker askers[100];
    for (size_t i = 0; i < 100; i++) {
        askers[i] = (struct asker){.scene = scene, .name = i % 2 == 0 ? "net" : "NET"};
        ask(&askers[i]);
    }
    assert_int_equal(scene->below->asked, 1);
    assert_int_equal(caa_share_asked_count(scene->lookup), 1);
    fake_answer(scene->below, "net", CAA_OUTCOME_NODATA, NULL);
    for (size_t i = 0; i < 100; i++) {
        assert_int_equal(askers[i].told, 1);
        assert_int_equal(askers[i].outcome, CAA_OUTCOME_NODATA);
    }
}

static void different_names_and_types_are_asked_separately(void **state) {
    struct scene *scene = *state;
    struct asker net = {.scene = scene, .name = "net"}, ds = net;
    struct asker com = {.scene = scene, .name = "com"};
    ask(&net);
    ask(&com);
    assert_int_equal(try_to_ask(&ds, CAA_TYPE_CAA + 4096), CAA_OK); /* the same bucket */
    assert_int_equal(scene->below->asked, 3);
    fake_answer(scene->below, "com", CAA_OUTCOME_SERVFAIL, NULL);
    assert_int_equal(net.told, 0);
    assert_int_equal(com.outcome, CAA_OUTCOME_SERVFAIL);
}

static void a_pinned_question_is_a_look_of_its_own(void **state) {
    struct scene *scene = *state;
    const struct caa_pin pin = {0};
    struct asker plain = {.scene = scene, .name = "net"}, late = plain;
    struct asker first = plain, second = plain;
    first.pin = second.pin = &pin;
    ask(&first);
    ask(&plain);
    ask(&second);
    ask(&late);
    assert_int_equal(scene->below->asked, 3);
    fake_answer(scene->below, "net", CAA_OUTCOME_NODATA, NULL);
    assert_int_equal(first.told, 1);
    assert_int_equal(plain.told + second.told + late.told, 0);
    fake_answer(scene->below, "net", CAA_OUTCOME_SERVFAIL, NULL);
    assert_int_equal(plain.told + late.told, 2);
    assert_int_equal(late.outcome, CAA_OUTCOME_SERVFAIL);
    assert_int_equal(second.told, 0);
}

static void an_answer_is_not_remembered(void **state) {
    struct scene *scene = *state;
    struct asker first = {.scene = scene, .name = "net"}, second = first;
    ask(&first);
    fake_answer(scene->below, "net", CAA_OUTCOME_NODATA, NULL);
    ask(&second);
    assert_int_equal(scene->below->asked, 2);
    fake_answer(scene->below, "net", CAA_OUTCOME_SERVFAIL, NULL);
    assert_int_equal(first.told, 1);
    assert_int_equal(second.outcome, CAA_OUTCOME_SERVFAIL);
}

static void only_the_last_to_cancel_cancels_below(void **state) {
    struct scene *scene = *state;
    struct asker first = {.scene = scene, .name = "net"}, second = first;
    ask(&first);
    ask(&second);
    stop(&first);
    assert_int_equal(scene->below->cancelled, 0);
    stop(&second);
    assert_int_equal(scene->below->cancelled, 1);
    assert_false(fake_is_pending(scene->below, "net"));
    ask(&first);
    assert_int_equal(scene->below->asked, 2);
    fake_answer(scene->below, "net", CAA_OUTCOME_NODATA, NULL);
    assert_int_equal(first.told, 1);
    assert_int_equal(second.told, 0);
}

static void who_cancelled_is_not_told(void **state) {
    struct scene *scene = *state;
    struct asker first = {.scene = scene, .name = "net"}, second = first, third = first;
    ask(&first);
    ask(&second);
    ask(&third);
    stop(&second);
    fake_answer(scene->below, "net", CAA_OUTCOME_NODATA, NULL);
    assert_int_equal(first.told, 1);
    assert_int_equal(second.told, 0);
    assert_int_equal(third.told, 1);
}

static void the_first_told_may_cancel_the_others(void **state) {
    struct scene *scene = *state;
    struct asker second = {.scene = scene, .name = "net"}, third = second, first = second;
    first.cancels = &third;
    third.cancels = &second;
    ask(&first);
    ask(&second);
    ask(&third);
    fake_answer(scene->below, "net", CAA_OUTCOME_NODATA, NULL);
    assert_int_equal(first.told, 1);
    assert_int_equal(second.told, 1);
    assert_int_equal(third.told, 0);
    assert_int_equal(scene->below->cancelled, 0);
}

static void all_but_the_first_may_be_cancelled_while_it_is_told(void **state) {
    struct scene *scene = *state;
    struct asker second = {.scene = scene, .name = "net"}, first = second;
    first.cancels = &second;
    ask(&first);
    ask(&second);
    fake_answer(scene->below, "net", CAA_OUTCOME_NODATA, NULL);
    assert_int_equal(second.told, 0);
    assert_int_equal(scene->below->cancelled, 0);
}

static void who_asks_again_when_told_gets_a_new_look(void **state) {
    struct scene *scene = *state;
    struct asker again = {.scene = scene, .name = "net"}, first = again, second = again;
    first.starts = &again;
    ask(&first);
    ask(&second);
    fake_answer(scene->below, "net", CAA_OUTCOME_SERVFAIL, NULL);
    assert_int_equal(second.told, 1);
    assert_int_equal(again.told, 0);
    assert_int_equal(scene->below->asked, 2);
    fake_answer(scene->below, "net", CAA_OUTCOME_NODATA, NULL);
    assert_int_equal(again.outcome, CAA_OUTCOME_NODATA);
    assert_int_equal(first.told, 1);
}

static void a_new_look_may_be_cancelled_while_others_are_told(void **state) {
    struct scene *scene = *state;
    struct asker again = {.scene = scene, .name = "net"}, first = again, second = again;
    first.starts = &again;
    second.cancels = &again;
    ask(&first);
    ask(&second);
    fake_answer(scene->below, "net", CAA_OUTCOME_SERVFAIL, NULL);
    assert_int_equal(again.told, 0);
    assert_int_equal(scene->below->cancelled, 1);
}

static void a_failed_start_below_is_a_failed_start_and_calls_nobody(void **state) {
    struct scene *scene = *state;
    struct asker net = {.scene = scene, .name = "net"}, late = net;
    struct asker com = {.scene = scene, .name = "com"};
    scene->below->refuse_at = 1;
    ask(&net);
    assert_int_equal(try_to_ask(&com, CAA_TYPE_CAA), CAA_ERR_RESOLVER);
    assert_int_equal(caa_share_asked_count(scene->lookup), 1);
    ask(&late); /* joins the one in flight */
    fake_answer(scene->below, "net", CAA_OUTCOME_NODATA, NULL);
    assert_int_equal(late.told, 1);
    assert_int_equal(com.told, 0);
}

static void freeing_drops_what_is_in_flight_without_a_call(void **state) {
    struct scene *scene = *state;
    struct asker askers[3000];
    char names[3000][16];
    for (size_t i = 0; i < 3000; i++) {
        snprintf(names[i], sizeof names[i], "n%zu.net", i / 2);
        askers[i] = (struct asker){.scene = scene, .name = names[i]};
        ask(&askers[i]);
    }
    assert_int_equal(scene->below->asked, 1500);
    caa_lookup_free(scene->lookup);
    assert_true(scene->freed_below);
    for (size_t i = 0; i < 3000; i++) assert_int_equal(askers[i].told, 0);
    scene->lookup = NULL;
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        SCENE(many_who_ask_the_same_are_one_question_below),
        SCENE(different_names_and_types_are_asked_separately),
        SCENE(a_pinned_question_is_a_look_of_its_own),
        SCENE(an_answer_is_not_remembered),
        SCENE(only_the_last_to_cancel_cancels_below),
        SCENE(who_cancelled_is_not_told),
        SCENE(the_first_told_may_cancel_the_others),
        SCENE(all_but_the_first_may_be_cancelled_while_it_is_told),
        SCENE(who_asks_again_when_told_gets_a_new_look),
        SCENE(a_new_look_may_be_cancelled_while_others_are_told),
        SCENE(a_failed_start_below_is_a_failed_start_and_calls_nobody),
        SCENE(freeing_drops_what_is_in_flight_without_a_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
