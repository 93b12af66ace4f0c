#include "rescue/control.h"

#include <stdlib.h>

/* Where root servers are dead, a cold lookup takes longer than we wait, and says then that it
 * works. */
enum { TYPE_SOA = 6, FRESH_S = 10, PATIENCE_S = 3, LATE_S = 7, SUBJECTS = 2 };

/* Two registries with nothing in common; `com` and `net` have the same operator. */
static const char *const subjects[SUBJECTS] = {"org", "com"};

struct subject {
    struct caa_control_look *look;
    struct caa_name name;
    struct caa_lookup_ticket *ticket; /* NULL: nothing in flight */
    struct event *patience;
    enum caa_control state;
    bool is_late; /* what is in flight counts as failed, unless there is an answer after all */
    int64_t known_us; /* monotonic */
};

struct caa_control_look {
    const struct caa_clock *clock;
    struct caa_lookup *lookup;
    struct subject subjects[SUBJECTS];
};

static void conclude(struct subject *subject, enum caa_control state) {
    subject->state = state;
    subject->known_us = caa_clock_monotonic_us(subject->look->clock);
}

static void on_answer(void *context, const struct caa_answer *answer) {
    struct subject *subject = context;
    subject->ticket = NULL;
    evtimer_del(subject->patience);
    conclude(subject, caa_answer_is_sound(answer)   ? CAA_CONTROL_WORKS
                      : caa_advice_is_bogus(answer) ? CAA_CONTROL_BOGUS
                                                    : CAA_CONTROL_FAILS);
}

static void wait_for(struct subject *subject, bool is_late) {
    const struct timeval patience = {.tv_sec = is_late ? LATE_S : PATIENCE_S};
    subject->is_late = is_late;
    evtimer_add(subject->patience, &patience);
}

static void on_patience_end(evutil_socket_t fd, short events, void *context) {
    struct subject *subject = context;
    (void)fd;
    (void)events;
    if (subject->ticket == NULL) return;
    if (!subject->is_late) {
        conclude(subject, CAA_CONTROL_FAILS);
        wait_for(subject, true);
        return;
    }
    caa_lookup_cancel(subject->look->lookup, subject->ticket);
    subject->ticket = NULL;
}

struct caa_control_look *caa_control_new(struct event_base *base, const struct caa_clock *clock,
                                         struct caa_lookup *lookup) {
    struct caa_control_look *look = calloc(1, sizeof *look);
    if (look == NULL) return NULL;
    look->clock = clock;
    look->lookup = lookup;
    bool ok = true;
    for (size_t i = 0; i < SUBJECTS; i++) {
        struct subject *subject = &look->subjects[i];
        subject->look = look;
        subject->patience = evtimer_new(base, on_patience_end, subject);
        ok &= subject->patience != NULL &&
              caa_name_from_text(&subject->name, caa_slice_of(subjects[i]), NULL) == CAA_OK;
    }
    if (ok) return look;
    caa_control_free(look);
    return NULL;
}

static void ask(struct subject *subject) {
    static const struct caa_pin cold = {0};
    struct caa_question question = {.name = subject->name, .type = TYPE_SOA, .pin = &cold};
    if (caa_lookup_start(subject->look->lookup, &question, on_answer, subject,
                         &subject->ticket) == CAA_OK)
        wait_for(subject, false);
    else
        subject->ticket = NULL;
}

static struct subject *subject_for(struct caa_control_look *look, const struct caa_name *name) {
    bool below_first = caa_name_is_subdomain(name, &look->subjects[0].name);
    return &look->subjects[below_first ? 1 : 0];
}

static struct subject *other_than(const struct subject *subject) {
    return &subject->look->subjects[subject == &subject->look->subjects[0] ? 1 : 0];
}

static bool is_awaited(const struct subject *subject) {
    return subject->ticket != NULL && !subject->is_late;
}

/* What was asked is asked again and again, up to now. */
static bool fails_still(const struct subject *subject) {
    return subject->ticket != NULL && subject->is_late;
}

static bool fails(enum caa_control state) {
    return state == CAA_CONTROL_FAILS || state == CAA_CONTROL_BOGUS;
}

bool caa_control_is_asking(struct caa_control_look *look, const struct caa_name *name) {
    const struct subject *subject = subject_for(look, name);
    return is_awaited(subject) || (fails(subject->state) && is_awaited(other_than(subject)));
}

static enum caa_control state_of(struct subject *subject, int64_t since_us) {
    int64_t age_us = caa_clock_monotonic_us(subject->look->clock) - subject->known_us;
    bool known = fails_still(subject) ||
                 (subject->state != CAA_CONTROL_OPEN && subject->known_us >= since_us);
    bool fresh = known && age_us < (int64_t)FRESH_S * 1000000;
    if (!fresh && subject->ticket == NULL) ask(subject);
    return known ? subject->state : CAA_CONTROL_OPEN;
}

enum caa_control caa_control_state(struct caa_control_look *look, const struct caa_name *name,
                                   int64_t since_us) {
    struct subject *subject = subject_for(look, name);
    enum caa_control state = state_of(subject, since_us);
    if (fails(state)) state_of(other_than(subject), since_us);
    return state;
}

enum caa_control caa_control_state_of_any(struct caa_control_look *look,
                                          const struct caa_name *name, int64_t since_us) {
    enum caa_control state = caa_control_state(look, name, since_us);
    if (!fails(state)) return state;
    enum caa_control other = state_of(other_than(subject_for(look, name)), since_us);
    return fails(other) ? state : other;
}

void caa_control_free(struct caa_control_look *look) {
    if (look == NULL) return;
    for (size_t i = 0; i < SUBJECTS; i++) {
        struct subject *subject = &look->subjects[i];
        if (subject->ticket != NULL) caa_lookup_cancel(look->lookup, subject->ticket);
        if (subject->patience != NULL) event_free(subject->patience);
    }
    free(look);
}
