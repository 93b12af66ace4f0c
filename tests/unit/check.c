#include "show.h"

#include <stdio.h>

#include "check/check.h"
#include "fake.h"
#include "resolve/share.h"

enum { CROWD = 1000 };

/* A fake DNS, and an event loop for the deadline. */
struct scene {
    struct event_base *base;
    struct fake *dns;
    struct caa_lookup *lookup; /* the fake, or a share over it */
    struct caa_slice issuer;
};

/* What became of one check. */
struct watched {
    struct caa_check *check; /* NULL once freed */
    size_t done;
    bool free_when_done;
    struct watched *frees; /* when done */
    enum caa_verdict verdict;
};

static int set_up(void **state) {
    struct scene *scene = calloc(1, sizeof *scene);
    scene->base = event_base_new();
    scene->dns = fake_new();
    scene->lookup = &scene->dns->lookup;
    scene->issuer = caa_slice_of("ca.example");
    *state = scene;
    return 0;
}

static int tear_down(void **state) {
    struct scene *scene = *state;
    caa_lookup_free(scene->lookup);
    event_base_free(scene->base);
    free(scene);
    return 0;
}

static void end(struct watched *watched) {
    caa_check_free(watched->check);
    watched->check = NULL;
}

static void note(void *context, struct caa_check *check) {
    struct watched *watched = context;
    assert_ptr_equal(watched->check, check);
    assert_true(caa_check_result(check)->decision.decided);
    watched->done++;
    watched->verdict = caa_check_result(check)->decision.verdict;
    if (watched->frees != NULL) end(watched->frees);
    if (watched->free_when_done) end(watched);
}

static struct caa_request request_for(struct scene *scene, const char *name) {
    return (struct caa_request){.name = fake_name(name),
                                .issuer_domain_names = &scene->issuer,
                                .issuer_domain_name_count = 1};
}

static enum caa_err try_to_start(struct scene *scene, struct watched *watched, const char *name,
                                 uint32_t deadline_ms) {
    struct caa_check_setting setting = {.base = scene->base,
                                        .clock = caa_clock_system(),
                                        .lookup = scene->lookup,
                                        .deadline_ms = deadline_ms};
    struct caa_request request = request_for(scene, name);
    return caa_check_start(&watched->check, &setting, &request, note, watched);
}

static void start(struct scene *scene, struct watched *watched, const char *name) {
    assert_int_equal(try_to_start(scene, watched, name, 60000), CAA_OK);
    assert_int_equal(watched->done, 0);
}

static const struct caa_check_result *result_of(const struct watched *watched) {
    assert_int_equal(watched->done, 1);
    return caa_check_result(watched->check);
}

static void every_ancestor_is_asked_at_once(void **state) {
    struct scene *scene = *state;
    struct watched watched = {0};
    start(scene, &watched, "a.shop.example");
    assert_int_equal(scene->dns->asked, 3);
    assert_true(fake_is_pending(scene->dns, "a.shop.example"));
    assert_true(fake_is_pending(scene->dns, "shop.example"));
    assert_true(fake_is_pending(scene->dns, "example"));
    end(&watched);
}

static void the_nearest_records_decide_and_the_rest_is_cancelled(void **state) {
    struct scene *scene = *state;
    struct watched watched = {0};
    start(scene, &watched, "a.shop.example");
    fake_answer(scene->dns, "a.shop.example", CAA_OUTCOME_RECORDS, "ca.example");
    const struct caa_check_result *result = result_of(&watched);
    assert_int_equal(result->decision.verdict, CAA_VERDICT_ALLOWED);
    assert_int_equal(result->decision.level, 0);
    assert_int_equal(scene->dns->cancelled, 2);
    assert_non_null(result->levels[0].answer);
    assert_null(result->levels[1].answer);
    assert_null(result->levels[2].answer);
    assert_false(result->deadline_passed);
    end(&watched);
}

static void farther_lookups_end_as_soon_as_they_cannot_matter(void **state) {
    struct scene *scene = *state;
    struct watched watched = {0};
    start(scene, &watched, "a.shop.example");
    fake_answer(scene->dns, "shop.example", CAA_OUTCOME_RECORDS, "ca.example");
    assert_int_equal(watched.done, 0);
    assert_false(fake_is_pending(scene->dns, "example"));
    assert_true(fake_is_pending(scene->dns, "a.shop.example"));
    fake_answer(scene->dns, "a.shop.example", CAA_OUTCOME_NODATA, NULL);
    assert_int_equal(result_of(&watched)->decision.verdict, CAA_VERDICT_ALLOWED);
    end(&watched);
}

static void nearer_records_win_over_farther_ones_that_came_first(void **state) {
    struct scene *scene = *state;
    struct watched watched = {0};
    start(scene, &watched, "shop.example");
    fake_answer(scene->dns, "example", CAA_OUTCOME_RECORDS, "ca.example");
    assert_int_equal(watched.done, 0);
    fake_answer(scene->dns, "shop.example", CAA_OUTCOME_RECORDS, ";");
    assert_int_equal(result_of(&watched)->decision.verdict, CAA_VERDICT_FORBIDDEN);
    end(&watched);
}

static void an_undecided_check_listens_for_the_cause(void **state) {
    struct scene *scene = *state;
    struct watched watched = {0};
    start(scene, &watched, "a.shop.example");
    fake_answer(scene->dns, "shop.example", CAA_OUTCOME_SERVFAIL, NULL);
    assert_int_equal(watched.done, 0); /* a nearer set would decide */
    fake_answer(scene->dns, "a.shop.example", CAA_OUTCOME_NODATA, NULL);
    assert_int_equal(watched.done, 0); /* undecided for good, but whose fault is it? */
    fake_answer(scene->dns, "example", CAA_OUTCOME_SERVFAIL, NULL);
    assert_int_equal(result_of(&watched)->decision.verdict, CAA_VERDICT_UNDECIDED);
    assert_int_equal(result_of(&watched)->decision.level, 1);
    assert_int_equal(result_of(&watched)->decision.cause, 2);
    end(&watched);
}

static void farther_records_do_not_mend_a_nearer_failure(void **state) {
    struct scene *scene = *state;
    struct watched watched = {0};
    start(scene, &watched, "a.shop.example");
    fake_answer(scene->dns, "a.shop.example", CAA_OUTCOME_SERVFAIL, NULL);
    fake_answer(scene->dns, "shop.example", CAA_OUTCOME_RECORDS, "ca.example");
    assert_int_equal(result_of(&watched)->decision.verdict, CAA_VERDICT_UNDECIDED);
    assert_int_equal(result_of(&watched)->decision.cause, 0);
    assert_false(fake_is_pending(scene->dns, "example"));
    end(&watched);
}

static void listening_for_the_cause_ends_with_the_deadline(void **state) {
    struct scene *scene = *state;
    struct watched watched = {0};
    assert_int_equal(try_to_start(scene, &watched, "shop.example", 1), CAA_OK);
    fake_answer(scene->dns, "shop.example", CAA_OUTCOME_SERVFAIL, NULL);
    assert_int_equal(watched.done, 0);
    event_base_dispatch(scene->base);
    const struct caa_check_result *result = result_of(&watched);
    assert_int_equal(result->decision.verdict, CAA_VERDICT_UNDECIDED);
    assert_false(result->deadline_passed); /* the verdict had fallen before */
    assert_null(result->levels[1].answer);
    assert_true(TAILQ_EMPTY(&scene->dns->pending));
    end(&watched);
}

static void empty_everywhere_is_allowed_only_after_the_last_answer(void **state) {
    struct scene *scene = *state;
    struct watched watched = {0};
    start(scene, &watched, "a.shop.example");
    fake_answer(scene->dns, "example", CAA_OUTCOME_NODATA, NULL);
    fake_answer(scene->dns, "a.shop.example", CAA_OUTCOME_NXDOMAIN, NULL);
    assert_int_equal(watched.done, 0);
    fake_answer(scene->dns, "shop.example", CAA_OUTCOME_NODATA, NULL);
    assert_int_equal(result_of(&watched)->decision.verdict, CAA_VERDICT_ALLOWED);
    assert_int_equal(result_of(&watched)->decision.level, CAA_LEVEL_NONE);
    end(&watched);
}

static void the_deadline_makes_what_is_pending_a_time_out(void **state) {
    struct scene *scene = *state;
    struct watched watched = {0};
    assert_int_equal(try_to_start(scene, &watched, "a.shop.example", 1), CAA_OK);
    fake_answer(scene->dns, "a.shop.example", CAA_OUTCOME_NODATA, NULL);
    event_base_dispatch(scene->base);
    const struct caa_check_result *result = result_of(&watched);
    assert_int_equal(result->decision.verdict, CAA_VERDICT_UNDECIDED);
    assert_true(result->deadline_passed);
    assert_int_equal(result->levels[0].answer->outcome, CAA_OUTCOME_NODATA);
    for (size_t i = 1; i < 3; i++) {
        assert_int_equal(result->levels[i].answer->outcome, CAA_OUTCOME_TIMEOUT);
        assert_string_equal(result->levels[i].answer->reason, "no answer within 0.001 s");
    }
    assert_true(TAILQ_EMPTY(&scene->dns->pending));
    end(&watched);
}

/* What a lookup says of itself at the deadline, and the outcome that the check makes of it. */
static enum caa_outcome outcome_at_deadline(struct scene *scene,
                                            const struct caa_answer *so_far) {
    struct watched watched = {0};
    scene->dns->so_far = so_far;
    assert_int_equal(try_to_start(scene, &watched, "com", 1), CAA_OK);
    const struct caa_answer *shown = caa_check_failure_so_far(watched.check);
    assert_ptr_equal(shown, so_far);
    caa_answer_release(shown);
    event_base_dispatch(scene->base);
    assert_int_equal(watched.verdict, CAA_VERDICT_UNDECIDED);
    enum caa_outcome outcome = caa_check_result(watched.check)->levels[0].answer->outcome;
    end(&watched);
    scene->dns->so_far = NULL;
    return outcome;
}

static void at_the_deadline_a_lookup_says_how_it_failed(void **state) {
    struct caa_name com = fake_name("com");
    const struct caa_answer *servfail =
        caa_answer_failure(&com, CAA_TYPE_CAA, CAA_OUTCOME_SERVFAIL, NULL, 0, 0);
    assert_int_equal(outcome_at_deadline(*state, servfail), CAA_OUTCOME_SERVFAIL);
    caa_answer_release(servfail);
    assert_int_equal(outcome_at_deadline(*state, NULL), CAA_OUTCOME_TIMEOUT);
}

static void what_a_lookup_says_at_the_deadline_is_never_permission(void **state) {
    struct caa_answer nodata = {.owner = fake_name("com"),
                                .type = CAA_TYPE_CAA,
                                .outcome = CAA_OUTCOME_NODATA,
                                .security = CAA_SECURITY_SECURE,
                                .ede = -1};
    const struct caa_answer *sound = caa_answer_new(&nodata);
    assert_int_equal(outcome_at_deadline(*state, sound), CAA_OUTCOME_TIMEOUT);
    caa_answer_release(sound);
}

static void a_time_out_is_never_permission(void **state) {
    struct scene *scene = *state;
    struct watched watched = {0};
    assert_int_equal(try_to_start(scene, &watched, "shop.example", 1), CAA_OK);
    fake_answer(scene->dns, "shop.example", CAA_OUTCOME_NODATA, NULL);
    event_base_dispatch(scene->base);
    assert_int_equal(result_of(&watched)->decision.verdict, CAA_VERDICT_UNDECIDED);
    end(&watched);
    watched = (struct watched){0};
    assert_int_equal(try_to_start(scene, &watched, "shop.example", 1), CAA_OK);
    fake_answer(scene->dns, "example", CAA_OUTCOME_RECORDS, "ca.example");
    event_base_dispatch(scene->base);
    assert_int_equal(result_of(&watched)->decision.verdict, CAA_VERDICT_UNDECIDED);
    end(&watched);
}

static void a_decided_check_leaves_nothing_in_the_loop(void **state) {
    struct scene *scene = *state;
    struct watched watched = {0};
    start(scene, &watched, "example");
    fake_answer(scene->dns, "example", CAA_OUTCOME_NODATA, NULL);
    assert_int_equal(event_base_dispatch(scene->base), 1); /* nothing to wait for */
    assert_int_equal(watched.done, 1);
    end(&watched);
}

static void freeing_a_running_check_cancels_and_calls_nobody(void **state) {
    struct scene *scene = *state;
    struct watched watched = {0};
    start(scene, &watched, "a.shop.example");
    fake_answer(scene->dns, "shop.example", CAA_OUTCOME_NODATA, NULL);
    end(&watched);
    assert_int_equal(scene->dns->cancelled, 2);
    assert_int_equal(event_base_dispatch(scene->base), 1);
    assert_int_equal(watched.done, 0);
    caa_check_free(NULL);
}

static void a_check_may_be_freed_within_its_done(void **state) {
    struct scene *scene = *state;
    struct watched watched = {.free_when_done = true};
    start(scene, &watched, "a.shop.example");
    fake_answer(scene->dns, "a.shop.example", CAA_OUTCOME_RECORDS, ";");
    assert_int_equal(watched.done, 1);
    assert_int_equal(watched.verdict, CAA_VERDICT_FORBIDDEN);
    watched.done = 0;
    assert_int_equal(try_to_start(scene, &watched, "a.shop.example", 1), CAA_OK);
    event_base_dispatch(scene->base);
    assert_int_equal(watched.done, 1);
    assert_int_equal(watched.verdict, CAA_VERDICT_UNDECIDED);
}

static void one_check_may_free_another_that_waits_for_the_same(void **state) {
    struct scene *scene = *state;
    struct watched first = {.free_when_done = true}, second = {0};
    assert_int_equal(caa_share_new(&scene->lookup, scene->lookup, 1), CAA_OK);
    first.frees = &second;
    start(scene, &first, "example");
    start(scene, &second, "example");
    fake_answer(scene->dns, "example", CAA_OUTCOME_NODATA, NULL);
    assert_int_equal(first.done, 1);
    assert_int_equal(second.done, 0);
}

static void a_start_that_fails_leaves_nothing_behind(void **state) {
    struct scene *scene = *state;
    struct watched watched = {0};
    for (size_t taken = 1; taken < 3; taken++) {
        scene->dns->asked = 0;
        scene->dns->refuse_at = taken;
        assert_int_equal(try_to_start(scene, &watched, "a.shop.example", 60000),
                         CAA_ERR_RESOLVER);
        assert_true(TAILQ_EMPTY(&scene->dns->pending));
    }
    assert_int_equal(event_base_dispatch(scene->base), 1);
    assert_int_equal(watched.done, 0);
}

static void the_root_and_no_name_are_refused(void **state) {
    struct scene *scene = *state;
    struct watched watched = {0};
    struct caa_check_setting setting = {.base = scene->base,
                                        .clock = caa_clock_system(),
                                        .lookup = scene->lookup,
                                        .deadline_ms = 1};
    assert_int_equal(try_to_start(scene, &watched, ".", 1), CAA_ERR_SYNTAX);
    const struct caa_request none = {0};
    assert_int_equal(caa_check_start(&watched.check, &setting, &none, note, &watched),
                     CAA_ERR_SYNTAX);
    assert_int_equal(scene->dns->asked, 0);
}

static void the_deepest_name_is_checked_at_every_level(void **state) {
    struct scene *scene = *state;
    struct watched watched = {0};
    char text[2 * CAA_NAME_LABELS_MAX] = "";
    for (size_t i = 0; i < CAA_NAME_LABELS_MAX; i++) text[2 * i] = 'a', text[2 * i + 1] = '.';
    text[sizeof text - 1] = '\0';
    start(scene, &watched, text);
    assert_int_equal(scene->dns->asked, CAA_NAME_LABELS_MAX);
    for (size_t i = 0; i < CAA_NAME_LABELS_MAX; i++) {
        char name[CAA_NAME_TEXT_MAX];
        caa_name_to_text(&TAILQ_FIRST(&scene->dns->pending)->question.name, name);
        fake_answer(scene->dns, name, CAA_OUTCOME_NODATA, NULL);
    }
    assert_int_equal(result_of(&watched)->decision.verdict, CAA_VERDICT_ALLOWED);
    end(&watched);
}

static void answers_from_thin_air_are_not_permission(void **state) {
    struct scene *scene = *state;
    for (int outcome = 0; outcome < CAA_OUTCOME_COUNT; outcome++) {
        struct watched watched = {0};
        start(scene, &watched, "shop.example");
        fake_answer(scene->dns, "example", CAA_OUTCOME_NODATA, NULL);
        fake_answer(scene->dns, "shop.example", (enum caa_outcome)outcome, NULL);
        bool empty = outcome == CAA_OUTCOME_NODATA || outcome == CAA_OUTCOME_NXDOMAIN;
        assert_int_equal(watched.verdict == CAA_VERDICT_ALLOWED, empty);
        end(&watched);
    }
}

static void a_thousand_checks_in_flight_share_their_ancestors(void **state) {
    struct scene *scene = *state;
    struct watched *crowd = calloc(CROWD, sizeof *crowd);
    char name[32];
    assert_int_equal(caa_share_new(&scene->lookup, scene->lookup, 7), CAA_OK);
    for (size_t i = 0; i < CROWD; i++) {
        snprintf(name, sizeof name, "n%zu.shop.example", i);
        start(scene, &crowd[i], name);
    }
    assert_int_equal(scene->dns->asked, CROWD + 2);
    fake_answer(scene->dns, "example", CAA_OUTCOME_NODATA, NULL);
    fake_answer(scene->dns, "shop.example", CAA_OUTCOME_RECORDS, "ca.example");
    for (size_t i = 0; i < CROWD; i++) {
        snprintf(name, sizeof name, "n%zu.shop.example", i);
        assert_int_equal(crowd[i].done, 0);
        fake_answer(scene->dns, name, i % 2 == 0 ? CAA_OUTCOME_NODATA : CAA_OUTCOME_RECORDS,
                    ";");
    }
    for (size_t i = 0; i < CROWD; i++) {
        assert_int_equal(crowd[i].done, 1);
        assert_int_equal(crowd[i].verdict,
                         i % 2 == 0 ? CAA_VERDICT_ALLOWED : CAA_VERDICT_FORBIDDEN);
        end(&crowd[i]);
    }
    free(crowd);
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        SCENE(every_ancestor_is_asked_at_once),
        SCENE(the_nearest_records_decide_and_the_rest_is_cancelled),
        SCENE(farther_lookups_end_as_soon_as_they_cannot_matter),
        SCENE(nearer_records_win_over_farther_ones_that_came_first),
        SCENE(an_undecided_check_listens_for_the_cause),
        SCENE(farther_records_do_not_mend_a_nearer_failure),
        SCENE(listening_for_the_cause_ends_with_the_deadline),
        SCENE(empty_everywhere_is_allowed_only_after_the_last_answer),
        SCENE(the_deadline_makes_what_is_pending_a_time_out),
        SCENE(at_the_deadline_a_lookup_says_how_it_failed),
        SCENE(what_a_lookup_says_at_the_deadline_is_never_permission),
        SCENE(a_time_out_is_never_permission),
        SCENE(a_decided_check_leaves_nothing_in_the_loop),
        SCENE(freeing_a_running_check_cancels_and_calls_nobody),
        SCENE(a_check_may_be_freed_within_its_done),
        SCENE(one_check_may_free_another_that_waits_for_the_same),
        SCENE(a_start_that_fails_leaves_nothing_behind),
        SCENE(the_root_and_no_name_are_refused),
        SCENE(the_deepest_name_is_checked_at_every_level),
        SCENE(answers_from_thin_air_are_not_permission),
        SCENE(a_thousand_checks_in_flight_share_their_ancestors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
