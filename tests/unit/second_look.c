#include "show.h"

#include "base/clock.h"
#include "fake.h"
#include "rescue/rescue.h"

enum { MS = 1000, PATIENCE_MS = 400 }; /* as long as nothing is known of how long it takes */

/* A rescue over a fake lookup, and its time. */
struct scene {
    struct event_base *base;
    struct caa_clock clock;
    int64_t now_us;
    struct caa_ledger *ledger;
    struct caa_root_hints hints;
    struct fake *below;
    struct caa_lookup *lookup;
    struct caa_lookup_ticket *ticket; /* NULL: not waiting */
    size_t told_count;
    enum caa_outcome told;
    size_t disagreements;
    enum caa_outcome given, other;
};

static int64_t now_us(void *context) {
    return ((struct scene *)context)->now_us;
}

static void note_disagreement(void *context, const struct caa_question *question,
                              const struct caa_answer *given, const struct caa_answer *other) {
    struct scene *scene = context;
    assert_int_equal(question->type, CAA_TYPE_CAA);
    scene->disagreements++;
    scene->given = given->outcome;
    scene->other = other->outcome;
}

static int set_up(void **state) {
    struct scene *scene = calloc(1, sizeof *scene);
    scene->base = event_base_new();
    scene->clock = (struct caa_clock){now_us, now_us, scene};
    scene->ledger = caa_ledger_new(&scene->clock, 1);
    scene->below = fake_new();
    struct caa_rescue_setting setting = {.base = scene->base,
                                         .clock = &scene->clock,
                                         .root_hints = &scene->hints,
                                         .ledger = scene->ledger,
                                         .disagreement = note_disagreement,
                                         .context = scene};
    assert_int_equal(caa_rescue_new(&scene->lookup, &scene->below->lookup, &setting), CAA_OK);
    *state = scene;
    return 0;
}

static int tear_down(void **state) {
    struct scene *scene = *state;
    caa_lookup_free(scene->lookup);
    caa_ledger_free(scene->ledger);
    event_base_free(scene->base);
    free(scene);
    return 0;
}

static void note(void *context, const struct caa_answer *answer) {
    struct scene *scene = context;
    scene->ticket = NULL;
    scene->told_count++;
    scene->told = answer->outcome;
}

static void ask_for(struct scene *scene, const char *name) {
    struct caa_question question = {.name = fake_name(name), .type = CAA_TYPE_CAA};
    assert_int_equal(caa_lookup_start(scene->lookup, &question, note, scene, &scene->ticket),
                     CAA_OK);
}

static void ask(struct scene *scene) {
    ask_for(scene, "net");
    assert_int_equal(scene->below->asked, 1);
}

/* The next clock that is set goes off, and so long after the question it seems to be. */
static void go_off_after_ms(struct scene *scene, int64_t ms) {
    scene->now_us = ms * MS;
    event_base_loop(scene->base, EVLOOP_ONCE);
}

static void a_late_lookup_is_made_again_with_cold_caches(void **state) {
    struct scene *scene = *state;
    ask(scene);
    go_off_after_ms(scene, PATIENCE_MS);
    assert_int_equal(scene->below->asked, 2);
    assert_non_null(TAILQ_LAST(&scene->below->pending, fake_tickets)->question.pin);
    assert_int_equal(caa_rescue_counts(scene->lookup).hedged, 1);
}

static void where_we_come_late_ourselves_it_gets_more_time_once(void **state) {
    struct scene *scene = *state;
    ask(scene);
    go_off_after_ms(scene, PATIENCE_MS + 300);
    assert_int_equal(scene->below->asked, 1);
    go_off_after_ms(scene, 3 * PATIENCE_MS + 600);
    assert_int_equal(scene->below->asked, 2);
}

/* Both looks for the name are in flight. */
static void ask_twice(struct scene *scene, const char *name) {
    size_t asked = scene->below->asked;
    scene->now_us = 0;
    ask_for(scene, name);
    go_off_after_ms(scene, PATIENCE_MS);
    assert_int_equal(scene->below->asked, asked + 2);
}

static void a_look_that_comes_too_late_and_disagrees_is_told_of(void **state) {
    struct scene *scene = *state;
    ask_twice(scene, "net");
    fake_answer(scene->below, "net", CAA_OUTCOME_RECORDS, "ca.example");
    assert_int_equal(scene->told, CAA_OUTCOME_RECORDS);
    fake_answer(scene->below, "net", CAA_OUTCOME_NODATA, NULL);
    assert_int_equal(scene->told_count, 1);
    assert_int_equal(scene->disagreements, 1);
    assert_int_equal(scene->given, CAA_OUTCOME_RECORDS);
    assert_int_equal(scene->other, CAA_OUTCOME_NODATA);
}

static void one_that_agrees_or_fails_is_not(void **state) {
    struct scene *scene = *state;
    ask_twice(scene, "net");
    fake_answer(scene->below, "net", CAA_OUTCOME_NODATA, NULL);
    fake_answer(scene->below, "net", CAA_OUTCOME_NODATA, NULL);
    ask_twice(scene, "org");
    fake_answer(scene->below, "org", CAA_OUTCOME_NODATA, NULL);
    fake_answer(scene->below, "org", CAA_OUTCOME_SERVFAIL, NULL);
    assert_int_equal(scene->told_count, 2);
    assert_int_equal(scene->disagreements, 0);
    assert_true(TAILQ_EMPTY(&scene->below->pending));
}

static void it_is_not_waited_for_for_ever(void **state) {
    struct scene *scene = *state;
    ask_twice(scene, "net");
    fake_answer(scene->below, "net", CAA_OUTCOME_NODATA, NULL);
    assert_true(fake_is_pending(scene->below, "net"));
    event_base_loop(scene->base, 0);
    assert_true(TAILQ_EMPTY(&scene->below->pending));
    assert_int_equal(scene->below->cancelled, 1);
}

static void two_are_compared_at_once_and_no_more(void **state) {
    static const char *const names[] = {"net", "org", "com"};
    struct scene *scene = *state;
    for (size_t i = 0; i < 3; i++) {
        ask_twice(scene, names[i]);
        fake_answer(scene->below, names[i], CAA_OUTCOME_NODATA, NULL);
    }
    assert_int_equal(scene->told_count, 3);
    assert_true(fake_is_pending(scene->below, "net"));
    assert_true(fake_is_pending(scene->below, "org"));
    assert_false(fake_is_pending(scene->below, "com"));
    fake_answer(scene->below, "net", CAA_OUTCOME_NODATA, NULL);
    ask_twice(scene, "com");
    fake_answer(scene->below, "com", CAA_OUTCOME_NODATA, NULL);
    assert_true(fake_is_pending(scene->below, "com"));
}

/* When so many are late it is the load, which second looks would only add to. */
static void eight_are_made_again_at_once_and_no_more(void **state) {
    struct scene *scene = *state;
    for (size_t i = 0; i < 9; i++) ask_for(scene, (char[]){'a' + (char)i, '\0'});
    scene->now_us = PATIENCE_MS * MS;
    while (caa_rescue_counts(scene->lookup).hedged < 8)
        event_base_loop(scene->base, EVLOOP_ONCE);
    event_base_loop(scene->base, EVLOOP_NONBLOCK);
    assert_int_equal(scene->below->asked, 9 + 8);
    assert_int_equal(caa_rescue_counts(scene->lookup).hedged, 8);
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        SCENE(a_late_lookup_is_made_again_with_cold_caches),
        SCENE(where_we_come_late_ourselves_it_gets_more_time_once),
        SCENE(a_look_that_comes_too_late_and_disagrees_is_told_of),
        SCENE(one_that_agrees_or_fails_is_not),
        SCENE(it_is_not_waited_for_for_ever),
        SCENE(two_are_compared_at_once_and_no_more),
        SCENE(eight_are_made_again_at_once_and_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
