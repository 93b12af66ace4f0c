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
    enum caa_outcome told;
};

static int64_t now_us(void *context) {
    return ((struct scene *)context)->now_us;
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
                                         .ledger = scene->ledger};
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
    scene->told = answer->outcome;
}

static void ask(struct scene *scene) {
    struct caa_question question = {.type = CAA_TYPE_CAA};
    assert_int_equal(caa_name_from_text(&question.name, caa_slice_of("net"), NULL), CAA_OK);
    assert_int_equal(caa_lookup_start(scene->lookup, &question, note, scene, &scene->ticket),
                     CAA_OK);
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

#define SCENE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        SCENE(a_late_lookup_is_made_again_with_cold_caches),
        SCENE(where_we_come_late_ourselves_it_gets_more_time_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
