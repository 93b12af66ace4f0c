#include "fake.h"

#include <sys/resource.h>

#include "rescue/investigation.h"

enum { MOST_NOTES = 16 };

struct scene;

/* One who waits. */
struct waiting {
    struct caa_attendant attendant;
    struct scene *scene;
    bool attends;
    size_t told;
    struct waiting *sends_away; /* leaves when told, with this one; NULL: stays */
};

/* An investigation of www.shop.net in a process that may open no socket, so that each exchange
   fails at once and no packet leaves; its time, and those who attend. */
struct scene {
    struct event_base *base;
    struct caa_clock clock;
    int64_t now_us;
    struct caa_root_hints hints;
    struct caa_investigation_setting setting;
    struct caa_investigation *investigation; /* NULL: ended */
    size_t ended;
    struct waiting one, other;
    size_t pause_count;
    int64_t pauses_ms[MOST_NOTES]; /* set when the first who attends was told */
};

/* What a clock that is set waits for, in the time that libevent keeps during a callback: so the
   machine's speed does not matter. */
struct pending {
    struct event *event;
    size_t count;
    int64_t ms;
};

static int64_t ms_between(const struct timeval *from, const struct timeval *to) {
    return (to->tv_sec - from->tv_sec) * INT64_C(1000) + (to->tv_usec - from->tv_usec) / 1000;
}

static int see_pending(const struct event_base *base, const struct event *event,
                       void *context) {
    struct pending *pending = context;
    struct timeval at, now;
    if (!event_pending(event, EV_TIMEOUT, &at)) return 0;
    event_base_gettimeofday_cached((struct event_base *)base, &now);
    pending->event = (struct event *)event;
    pending->ms = ms_between(&now, &at);
    pending->count++;
    return 0;
}

static struct pending find_pending(struct scene *scene) {
    struct pending pending = {0};
    event_base_foreach_event(scene->base, see_pending, &pending);
    return pending;
}

static int64_t now_us(void *context) {
    return ((struct scene *)context)->now_us;
}

static void note_end(void *context, struct caa_investigation *investigation) {
    struct scene *scene = context;
    assert_ptr_equal(investigation, scene->investigation);
    scene->investigation = NULL;
    scene->ended++;
}

static void leave(struct waiting *waiting) {
    if (!waiting->attends) return;
    waiting->attends = false;
    caa_investigation_leave(waiting->scene->investigation, &waiting->attendant);
}

static void note(void *context, enum caa_investigation_event event) {
    struct waiting *waiting = context;
    struct scene *scene = waiting->scene;
    assert_true(waiting->attends);
    assert_int_equal(event, CAA_INVESTIGATION_WALKED);
    waiting->told++;
    if (waiting == &scene->one && scene->pause_count < MOST_NOTES) {
        struct pending pending = find_pending(scene);
        assert_int_equal(pending.count, 1);
        scene->pauses_ms[scene->pause_count++] = pending.ms;
    }
    if (waiting->sends_away == NULL) return;
    leave(waiting);
    leave(waiting->sends_away);
}

static void attend(struct scene *scene, struct waiting *waiting) {
    waiting->scene = scene;
    waiting->attends = true;
    waiting->attendant.note = note;
    waiting->attendant.context = waiting;
    caa_investigation_attend(scene->investigation, &waiting->attendant);
}

static void limit_files(rlim_t count) {
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = count < limit.rlim_max ? count : limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static int set_up(void **state) {
    struct scene *scene = calloc(1, sizeof *scene);
    scene->base = event_base_new();
    scene->clock = (struct caa_clock){now_us, now_us, scene};
    scene->now_us = 1000000;
    scene->hints.count = 1;
    snprintf(scene->hints.addresses[0], sizeof scene->hints.addresses[0], "192.0.2.1");
    scene->setting =
        (struct caa_investigation_setting){.base = scene->base,
                                           .clock = &scene->clock,
                                           .root_hints = &scene->hints,
                                           .ledger = caa_ledger_new(&scene->clock, 1)};
    limit_files(0);
    struct caa_question question = {.name = fake_name("www.shop.net"), .type = CAA_TYPE_CAA};
    assert_int_equal(caa_investigation_start(&scene->investigation, &scene->setting, &question,
                                             note_end, scene),
                     CAA_OK);
    *state = scene;
    return 0;
}

static int tear_down(void **state) {
    struct scene *scene = *state;
    limit_files(256);
    if (scene->investigation != NULL) caa_investigation_free(scene->investigation);
    caa_ledger_free(scene->setting.ledger);
    event_base_free(scene->base);
    free(scene);
    return 0;
}

static void turn(struct scene *scene) {
    for (int i = 0; i < 8; i++) event_base_loop(scene->base, EVLOOP_NONBLOCK);
}

/* The pause is over, by the only clock that is set, and so is the walk that follows. */
static void pass_pause(struct scene *scene) {
    struct pending pending = find_pending(scene);
    assert_int_equal(pending.count, 1);
    scene->now_us += pending.ms * 1000;
    event_active(pending.event, EV_TIMEOUT, 0);
    turn(scene);
}

static void walk_follows_walk_with_pauses(void **state) {
    static const int64_t expected_ms[] = {300, 700, 1000, 1500, 1000, 1000, 1000};
    struct scene *scene = *state;
    attend(scene, &scene->one);
    turn(scene);
    for (size_t i = 0; i < 7; i++) {
        assert_int_equal(scene->pause_count, i + 1);
        assert_int_equal(scene->pauses_ms[i], expected_ms[i]);
        pass_pause(scene);
    }
    /* Eight walks, each over UDP and TCP. */
    assert_int_equal(caa_investigation_legs(scene->investigation).query_count, 16);
}

static void all_who_attend_are_told_of_one_walk(void **state) {
    struct scene *scene = *state;
    attend(scene, &scene->one);
    attend(scene, &scene->other);
    turn(scene);
    assert_int_equal(scene->one.told, 1);
    assert_int_equal(scene->other.told, 1);
    pass_pause(scene);
    assert_int_equal(scene->one.told, 2);
    assert_int_equal(scene->other.told, 2);
}

static void who_has_left_is_told_nothing(void **state) {
    struct scene *scene = *state;
    attend(scene, &scene->one);
    attend(scene, &scene->other);
    leave(&scene->other);
    turn(scene);
    pass_pause(scene);
    assert_int_equal(scene->one.told, 2);
    assert_int_equal(scene->other.told, 0);
    assert_int_equal(scene->ended, 0);
}

/* As a check does that is decided by what it is told, and cancels its other lookups. */
static void who_is_told_may_make_all_leave(void **state) {
    struct scene *scene = *state;
    scene->one.sends_away = &scene->other;
    scene->other.sends_away = &scene->one;
    attend(scene, &scene->one);
    attend(scene, &scene->other);
    turn(scene);
    assert_int_equal(scene->one.told + scene->other.told, 1);
    assert_int_equal(scene->ended, 1);
    assert_null(scene->investigation);
}

static void it_ends_soon_after_the_last_one_has_left(void **state) {
    struct scene *scene = *state;
    attend(scene, &scene->one);
    turn(scene);
    leave(&scene->one);
    assert_int_equal(scene->ended, 0);
    turn(scene);
    assert_int_equal(scene->ended, 1);
    assert_int_equal(find_pending(scene).count, 0);
}

static void who_comes_before_that_keeps_it_alive(void **state) {
    struct scene *scene = *state;
    attend(scene, &scene->one);
    turn(scene);
    leave(&scene->one);
    attend(scene, &scene->other);
    turn(scene);
    assert_int_equal(scene->ended, 0);
    pass_pause(scene);
    assert_int_equal(scene->other.told, 1);
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        SCENE(walk_follows_walk_with_pauses),
        SCENE(all_who_attend_are_told_of_one_walk),
        SCENE(who_has_left_is_told_nothing),
        SCENE(who_is_told_may_make_all_leave),
        SCENE(it_ends_soon_after_the_last_one_has_left),
        SCENE(who_comes_before_that_keeps_it_alive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
