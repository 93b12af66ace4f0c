#include "serve/dns_responder_state.h"

#include <stdlib.h>

enum { US_PER_MS = 1000, US_PER_S = 1000000 };

/* Who is told may ask again, and wait at the same question: those are not told this. */
static void tell_all(struct caa_dns_question *question, const struct caa_answer *answer) {
    struct caa_dns_responder *responder = question->responder;
    struct caa_dns_ask *ask;
    responder->telling++;
    for (size_t n = question->ask_count; n > 0; n--) {
        if ((ask = TAILQ_FIRST(&question->asks)) == NULL) break;
        TAILQ_REMOVE(&question->asks, ask, link);
        question->ask_count--;
        caa_dns_tell(ask, answer);
    }
    responder->telling--;
}

static struct caa_dns_bucket *bucket_of(struct caa_dns_responder *responder,
                                        const struct caa_question *question) {
    uint64_t hash = caa_name_hash(&question->name, responder->setting.seed);
    return &responder->buckets[(hash ^ question->type) % CAA_DNS_BUCKETS];
}

static struct caa_dns_question *find_question(struct caa_dns_responder *responder,
                                              const struct caa_question *asked) {
    struct caa_dns_question *question;
    LIST_FOREACH(question, bucket_of(responder, asked), bucket)
    if (question->question.type == asked->type &&
        caa_name_equal(&question->question.name, &asked->name))
        return question;
    return NULL;
}

static void arm(struct caa_dns_responder *responder, int64_t due_us) {
    if (due_us >= responder->armed_us) return;
    int64_t wait_us = due_us - caa_dns_now_us(responder);
    if (wait_us < US_PER_MS) wait_us = US_PER_MS;
    const struct timeval wait = {.tv_sec = wait_us / US_PER_S, .tv_usec = wait_us % US_PER_S};
    if (evtimer_add(responder->clock, &wait) == 0) responder->armed_us = due_us;
}

static void enter_stage(struct caa_dns_question *question, enum caa_dns_stage stage) {
    struct caa_dns_responder *responder = question->responder;
    const int64_t lasts_ms[CAA_DNS_STAGES] = {[CAA_DNS_AWAITED] =
                                                  responder->setting.deadline_ms,
                                              [CAA_DNS_LINGERING] = CAA_DNS_LINGER_MS,
                                              [CAA_DNS_FAILED] = CAA_DNS_FAILURE_MS,
                                              [CAA_DNS_KEPT] = CAA_DNS_KEEP_MS};
    TAILQ_REMOVE(&responder->stages[question->stage], question, link);
    responder->stage_counts[question->stage]--;
    responder->stage_counts[stage]++;
    question->stage = stage;
    question->due_us = caa_dns_now_us(responder) + lasts_ms[stage] * US_PER_MS;
    TAILQ_INSERT_TAIL(&responder->stages[stage], question, link);
    arm(responder, question->due_us);
}

static void take_out(struct caa_dns_question *question) {
    struct caa_dns_responder *responder = question->responder;
    TAILQ_REMOVE(&responder->stages[question->stage], question, link);
    responder->stage_counts[question->stage]--;
    if (question->is_ready) TAILQ_REMOVE(&responder->ready, question, ready);
    LIST_REMOVE(question, bucket);
    responder->question_count--;
}

void caa_dns_question_free(struct caa_dns_question *question) {
    take_out(question);
    if (question->ticket != NULL)
        caa_lookup_cancel(question->responder->setting.lookup, question->ticket);
    caa_answer_release(question->failure);
    caa_answer_release(question->earlier);
    free(question);
}

/* Told to all who wait, and for a while to who asks again. */
static void fail(struct caa_dns_question *question, const struct caa_answer *failure) {
    question->failure = caa_answer_retain(failure);
    enter_stage(question, CAA_DNS_FAILED);
    tell_all(question, failure);
}

static void on_answer(void *context, const struct caa_answer *answer) {
    struct caa_dns_question *question = context;
    question->ticket = NULL;
    if (!caa_answer_is_sound(answer)) {
        fail(question, answer);
        return;
    }
    /* Out of the table first: who asks from here on finds it in the cache. */
    take_out(question);
    tell_all(question, answer);
    caa_answer_release(question->earlier);
    free(question);
}

void caa_dns_question_tell_ready(evutil_socket_t fd, short events, void *context) {
    struct caa_dns_responder *responder = context;
    struct caa_dns_question *question;
    (void)fd;
    (void)events;
    /* Whoever is told may make one ready again: that is for the next turn. */
    struct caa_dns_question_list ready = TAILQ_HEAD_INITIALIZER(ready);
    TAILQ_CONCAT(&ready, &responder->ready, ready);
    while ((question = TAILQ_FIRST(&ready)) != NULL) {
        TAILQ_REMOVE(&ready, question, ready);
        question->is_ready = false;
        tell_all(question, question->failure);
    }
}

/* --- deadlines */

static uint32_t elapsed_us(const struct caa_dns_question *question) {
    int64_t elapsed = caa_dns_now_us(question->responder) - question->started_us;
    return elapsed > UINT32_MAX ? UINT32_MAX : (uint32_t)elapsed;
}

static const struct caa_answer *make_failure(const struct caa_dns_question *question,
                                             enum caa_outcome outcome, const char *reason) {
    return caa_answer_failure(&question->question.name, question->question.type, outcome,
                              reason, caa_clock_wall_us(question->responder->setting.clock),
                              elapsed_us(question));
}

static void stop_looking(struct caa_dns_question *question) {
    caa_lookup_cancel(question->responder->setting.lookup, question->ticket);
    question->ticket = NULL;
}

void caa_dns_question_fail_all(struct caa_dns_responder *responder, const char *reason) {
    struct caa_dns_question *question;
    while ((question = TAILQ_FIRST(&responder->stages[CAA_DNS_AWAITED])) != NULL) {
        const struct caa_answer *failure = make_failure(question, CAA_OUTCOME_NETWORK, reason);
        stop_looking(question);
        fail(question, failure);
        caa_answer_release(failure);
    }
}

/* It says neither which zone fails and how, nor that it is us. */
static bool is_vague(const struct caa_answer *failure) {
    const struct caa_evidence *evidence = failure->evidence;
    if (evidence == NULL) return failure->outcome != CAA_OUTCOME_NETWORK;
    return evidence->fault != CAA_FAULT_RESOLVER &&
           (!caa_evidence_tells_of_zone(evidence) || evidence->failure == CAA_FAILURE_RECURSOR);
}

static const struct caa_answer *failure_at_deadline(const struct caa_dns_question *question) {
    const struct caa_dns_responder *responder = question->responder;
    const struct caa_answer *known =
        caa_lookup_failure_so_far(responder->setting.lookup, question->ticket);
    if (question->earlier != NULL && (known == NULL || is_vague(known))) {
        caa_answer_release(known);
        return caa_answer_retain(question->earlier);
    }
    if (known != NULL) return known;
    return make_failure(question, CAA_OUTCOME_TIMEOUT, "no answer yet; it is still looked for");
}

static void end_waiting(struct caa_dns_question *question) {
    struct caa_dns_responder *responder = question->responder;
    const struct caa_answer *failure = failure_at_deadline(question);
    bool goes_on =
        question->due_us - question->started_us < (int64_t)CAA_DNS_LOOKUP_MS_MOST * US_PER_MS;
    caa_dns_count(responder->setting.counters, CAA_DNS_COUNTER_LATE);
    if (goes_on) {
        enter_stage(question, CAA_DNS_LINGERING);
        tell_all(question, failure);
    } else {
        stop_looking(question);
        fail(question, failure);
    }
    caa_answer_release(failure);
}

/* Out of the table first: who is told and asks again would wait at what is freed. */
static void tell_last(struct caa_dns_question *question) {
    take_out(question);
    tell_all(question, question->failure);
    caa_answer_release(question->failure);
    caa_answer_release(question->earlier);
    free(question);
}

static bool is_lasting(const struct caa_answer *failure) {
    return failure->evidence != NULL && !failure->evidence->retry_advised;
}

/* A failure's second is over. False: the question was freed. */
static bool end_failure(struct caa_dns_question *question) {
    struct caa_dns_responder *responder = question->responder;
    if (!is_lasting(question->failure)) {
        caa_dns_question_free(question);
        return false;
    }
    if (responder->stage_counts[CAA_DNS_KEPT] == CAA_DNS_KEPT_MOST)
        caa_dns_question_free(TAILQ_FIRST(&responder->stages[CAA_DNS_KEPT]));
    caa_answer_release(question->earlier);
    question->earlier = question->failure;
    question->failure = NULL;
    enter_stage(question, CAA_DNS_KEPT);
    return true;
}

static void end_stage(struct caa_dns_question *question) {
    if (question->stage == CAA_DNS_AWAITED) {
        end_waiting(question);
        return;
    }
    if (question->is_ready)
        tell_last(question);
    else if (question->stage == CAA_DNS_FAILED)
        end_failure(question);
    else
        caa_dns_question_free(question);
}

void caa_dns_responder_end_stages(struct caa_dns_responder *responder) {
    int64_t now = caa_dns_now_us(responder);
    for (enum caa_dns_stage stage = 0; stage < CAA_DNS_STAGES; stage++) {
        struct caa_dns_question *question;
        while ((question = TAILQ_FIRST(&responder->stages[stage])) != NULL &&
               question->due_us <= now) /* NOLINT(clang-analyzer-unix.Malloc): none freed */
            end_stage(question);
        if (question != NULL) arm(responder, question->due_us);
    }
}

void caa_dns_question_on_clock(evutil_socket_t fd, short events, void *context) {
    struct caa_dns_responder *responder = context;
    (void)fd;
    (void)events;
    responder->armed_us = INT64_MAX;
    caa_dns_responder_end_stages(responder);
}

/* --- asking */

/* What nobody waits for makes room. Not while somebody is being told: it may be that very
   question. */
static bool make_room(struct caa_dns_responder *responder) {
    if (responder->question_count < CAA_DNS_QUESTIONS_MOST) return true;
    if (responder->telling > 0) return false;
    struct caa_dns_question *question = TAILQ_FIRST(&responder->stages[CAA_DNS_KEPT]);
    if (question == NULL) question = TAILQ_FIRST(&responder->stages[CAA_DNS_FAILED]);
    if (question == NULL || question->is_ready)
        question = TAILQ_FIRST(&responder->stages[CAA_DNS_LINGERING]);
    if (question == NULL) return false;
    caa_dns_question_free(question);
    return true;
}

static enum caa_err start_lookup(struct caa_dns_question *question) {
    question->started_us = caa_dns_now_us(question->responder);
    return caa_lookup_start(question->responder->setting.lookup, &question->question, on_answer,
                            question, &question->ticket);
}

static enum caa_err start_question(struct caa_dns_responder *responder,
                                   const struct caa_question *asked,
                                   struct caa_dns_question **made) {
    if (!make_room(responder)) return CAA_ERR_LIMIT;
    struct caa_dns_question *question = calloc(1, sizeof *question);
    if (question == NULL) return CAA_ERR_NOMEM;
    question->responder = responder;
    question->question = *asked;
    TAILQ_INIT(&question->asks);
    enum caa_err err = start_lookup(question);
    if (err != CAA_OK) {
        free(question);
        return err;
    }
    LIST_INSERT_HEAD(bucket_of(responder, asked), question, bucket);
    responder->question_count++;
    TAILQ_INSERT_TAIL(&responder->stages[CAA_DNS_AWAITED], question, link);
    responder->stage_counts[CAA_DNS_AWAITED]++;
    enter_stage(question, CAA_DNS_AWAITED);
    *made = question;
    return CAA_OK;
}

/* What was known of the question; NULL: nothing that still holds. */
static struct caa_dns_question *find_known(struct caa_dns_responder *responder,
                                           const struct caa_question *asked) {
    struct caa_dns_question *question = find_question(responder, asked);
    if (question == NULL || question->stage != CAA_DNS_FAILED || question->is_ready)
        return question;
    if (responder->telling > 0 || question->due_us > caa_dns_now_us(responder)) return question;
    return end_failure(question) ? question : NULL;
}

/* With what is known of how it failed before. */
static enum caa_err start_again(struct caa_dns_question *question) {
    enum caa_err err = start_lookup(question);
    if (err == CAA_OK) enter_stage(question, CAA_DNS_AWAITED);
    return err;
}

enum caa_err caa_dns_question_find(struct caa_dns_responder *responder,
                                   const struct caa_question *asked,
                                   struct caa_dns_question **question) {
    *question = find_known(responder, asked);
    if (*question == NULL) return start_question(responder, asked, question);
    return (*question)->stage == CAA_DNS_KEPT ? start_again(*question) : CAA_OK;
}

void caa_dns_question_join(struct caa_dns_question *question, struct caa_dns_ask *ask) {
    struct caa_dns_responder *responder = question->responder;
    ask->question = question;
    TAILQ_INSERT_TAIL(&question->asks, ask, link);
    question->ask_count++;
    if (question->stage == CAA_DNS_LINGERING) enter_stage(question, CAA_DNS_AWAITED);
    if (question->stage != CAA_DNS_FAILED || question->is_ready) return;
    question->is_ready = true;
    TAILQ_INSERT_TAIL(&responder->ready, question, ready);
    event_active(responder->turn, EV_TIMEOUT, 0);
}
