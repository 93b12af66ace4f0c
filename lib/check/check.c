#include "check/check.h"

#include <stdio.h>

#include "base/arena.h"
#include "check/climb.h"

/* 127 levels of some 300 octets, with room to spare. */
enum { ARENA_LIMIT_OCTETS = 128 * 1024 };

/* One ancestor's lookup. */
struct ask {
    struct caa_check *check;
    struct caa_lookup_ticket *ticket; /* NULL when answered or cancelled */
};

struct caa_check {
    struct caa_arena *arena; /* holds all of this */
    struct caa_check_setting setting;
    struct caa_check_result result;
    struct caa_level *levels;
    struct ask *asks;
    const struct caa_answer **answers; /* what caa_decide sees; each also in `levels` */
    struct event *deadline;
    bool listening; /* undecided for good: only the cause is still open */
    int64_t started_us;
    caa_check_done *done;
    void *context;
};

static int64_t elapsed_us(const struct caa_check *check) {
    return caa_clock_monotonic_us(check->setting.clock) - check->started_us;
}

/* Cancels what can no longer matter: level `reach` and all farther ones. */
static void cancel_beyond(struct caa_check *check, size_t reach) {
    for (size_t i = reach; i < check->result.level_count; i++) {
        if (check->asks[i].ticket == NULL) continue;
        caa_lookup_cancel(check->setting.lookup, check->asks[i].ticket);
        check->asks[i].ticket = NULL;
        check->levels[i].elapsed_us = elapsed_us(check);
    }
}

static void finish(struct caa_check *check) {
    cancel_beyond(check, 0);
    evtimer_del(check->deadline);
    check->result.elapsed_us = elapsed_us(check);
    check->done(check->context, check);
}

/* Nothing can be decided any more, but who is to blame may still become clear. */
static void listen_for_cause(struct caa_check *check) {
    int64_t left_us = (int64_t)check->setting.deadline_ms * 1000 - elapsed_us(check);
    const int64_t most_us = (int64_t)CAA_CHECK_CAUSE_MS * 1000;
    if (left_us > most_us) left_us = most_us;
    if (left_us < 0) left_us = 0;
    struct timeval wait = {.tv_sec = left_us / 1000000, .tv_usec = left_us % 1000000};
    if (!check->listening) evtimer_add(check->deadline, &wait);
    check->listening = true;
}

static void decide(struct caa_check *check) {
    struct caa_decision *decision = &check->result.decision;
    caa_decide(decision, &check->result.request, check->answers, check->result.level_count);
    cancel_beyond(check, decision->reach);
    if (!decision->decided) return;
    if (decision->cause_open)
        listen_for_cause(check);
    else
        finish(check);
}

static void note_answer(struct caa_check *check, size_t level,
                        const struct caa_answer *answer) {
    check->asks[level].ticket = NULL;
    check->answers[level] = answer;
    check->levels[level].answer = answer;
    check->levels[level].elapsed_us = elapsed_us(check);
}

static void on_answer(void *context, const struct caa_answer *answer) {
    struct ask *ask = context;
    struct caa_check *check = ask->check;
    note_answer(check, (size_t)(ask - check->asks), caa_answer_retain(answer));
    decide(check);
}

/* What there is to say of a lookup that did not make it: never more than a failure. */
static const struct caa_answer *failure_of(struct caa_check *check, size_t level) {
    char reason[64];
    const struct caa_answer *failure =
        caa_lookup_failure_so_far(check->setting.lookup, check->asks[level].ticket);
    if (failure != NULL && !caa_answer_is_sound(failure)) return failure;
    caa_answer_release(failure);
    snprintf(reason, sizeof reason, "no answer within %g s",
             check->setting.deadline_ms / 1000.0);
    return caa_answer_failure(check->levels[level].name, CAA_TYPE_CAA, CAA_OUTCOME_TIMEOUT,
                              reason, caa_clock_wall_us(check->setting.clock),
                              (uint32_t)elapsed_us(check));
}

/* What is pending and still matters becomes a time-out, or what else is known of it. */
static void time_out(struct caa_check *check) {
    check->result.deadline_passed = true;
    for (size_t i = 0; i < check->result.level_count; i++) {
        if (check->asks[i].ticket == NULL) continue;
        const struct caa_answer *failure = failure_of(check, i);
        caa_lookup_cancel(check->setting.lookup, check->asks[i].ticket);
        note_answer(check, i, failure);
    }
}

static void on_deadline(evutil_socket_t fd, short events, void *context) {
    struct caa_check *check = context;
    (void)fd;
    (void)events;
    if (check->listening) {
        finish(check);
        return;
    }
    time_out(check);
    decide(check);
}

static enum caa_err ask_all(struct caa_check *check) {
    for (size_t i = 0; i < check->result.level_count; i++) {
        struct caa_question question = {.name = *check->levels[i].name,
                                        .type = CAA_TYPE_CAA,
                                        .client = check->setting.client};
        struct ask *ask = &check->asks[i];
        ask->check = check;
        enum caa_err err =
            caa_lookup_start(check->setting.lookup, &question, on_answer, ask, &ask->ticket);
        if (err != CAA_OK) return err;
    }
    return CAA_OK;
}

static enum caa_err set_deadline(struct caa_check *check) {
    uint32_t ms = check->setting.deadline_ms;
    struct timeval deadline = {.tv_sec = ms / 1000, .tv_usec = (suseconds_t)(ms % 1000) * 1000};
    check->deadline = evtimer_new(check->setting.base, on_deadline, check);
    if (check->deadline == NULL || evtimer_add(check->deadline, &deadline) != 0)
        return CAA_ERR_EVENT;
    return CAA_OK;
}

static struct caa_check *make_check(const struct caa_request *request) {
    struct caa_arena *arena = caa_arena_new(ARENA_LIMIT_OCTETS);
    if (arena == NULL) return NULL;
    size_t count = caa_name_label_count(&request->name);
    struct caa_name *names = caa_arena_array(arena, count, sizeof *names);
    struct caa_check *check = caa_arena_alloc(arena, sizeof *check);
    if (check != NULL) {
        check->arena = arena;
        check->levels = caa_arena_array(arena, count, sizeof *check->levels);
        check->asks = caa_arena_array(arena, count, sizeof *check->asks);
        check->answers = caa_arena_array(arena, count, sizeof *check->answers);
    }
    if (names == NULL || check == NULL || check->levels == NULL || check->asks == NULL ||
        check->answers == NULL) {
        caa_arena_free(arena);
        return NULL;
    }
    caa_climb(&request->name, names);
    for (size_t i = 0; i < count; i++) check->levels[i].name = &names[i];
    check->result.level_count = count;
    check->result.levels = check->levels;
    check->result.request = *request;
    return check;
}

enum caa_err caa_check_start(struct caa_check **started,
                             const struct caa_check_setting *setting,
                             const struct caa_request *request, caa_check_done *done,
                             void *context) {
    if (caa_name_label_count(&request->name) == 0) return CAA_ERR_SYNTAX;
    struct caa_check *check = make_check(request);
    if (check == NULL) return CAA_ERR_NOMEM;
    check->setting = *setting;
    check->done = done;
    check->context = context;
    check->started_us = caa_clock_monotonic_us(setting->clock);
    check->result.started_at_us = caa_clock_wall_us(setting->clock);
    enum caa_err err = set_deadline(check);
    if (err == CAA_OK) err = ask_all(check);
    if (err == CAA_OK)
        *started = check;
    else
        caa_check_free(check);
    return err;
}

const struct caa_answer *caa_check_failure_so_far(const struct caa_check *check) {
    for (size_t i = check->result.level_count; i-- > 0;) {
        if (check->asks[i].ticket == NULL) continue;
        const struct caa_answer *failure =
            caa_lookup_failure_so_far(check->setting.lookup, check->asks[i].ticket);
        if (failure != NULL) return failure;
    }
    return NULL;
}

const struct caa_check_result *caa_check_result(const struct caa_check *check) {
    return &check->result;
}

void caa_check_free(struct caa_check *check) {
    if (check == NULL) return;
    cancel_beyond(check, 0);
    for (size_t i = 0; i < check->result.level_count; i++)
        caa_answer_release(check->levels[i].answer);
    if (check->deadline != NULL) event_free(check->deadline);
    caa_arena_free(check->arena);
}
