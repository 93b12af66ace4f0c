#include <stdlib.h>
#include <sys/queue.h>

#include <unbound-event.h>

#include "base/clock.h"
#include "check/climb.h"
#include "resolve/response.h"
#include "side.h"
#include "world.h"

enum { TRIES = 3, TRY_S = 1 };

struct resolver {
    struct event_base *base;
    struct ub_ctx *context;
    SLIST_HEAD(, try) tries;
};

/* One question to libunbound. It lives as long as the resolver: ub_cancel does not promise that
   nothing is called any more. */
struct try {
    struct ask *ask; /* NULL: nobody waits for it */
    SLIST_ENTRY(try) link;
};

/* One ancestor. */
struct ask {
    struct run *run;
    struct caa_question question;
    struct event *patience;
    struct try *latest;
    int tries;
    const struct caa_answer *answer;
};

/* One check. */
struct run {
    struct resolver *resolver;
    struct caa_request request;
    bench_done *done;
    void *context;
    size_t level_count;
    size_t pending; /* and one more while the check is being started */
    struct ask asks[CAA_NAME_LABELS_MAX];
};

static enum caa_err open_context(void **opened, struct event_base *base,
                                 struct caa_diag *diag) {
    struct resolver *resolver = calloc(1, sizeof *resolver);
    if (resolver == NULL) return CAA_ERR_NOMEM;
    resolver->base = base;
    enum caa_err err = bench_world_context(&resolver->context, base, diag);
    if (err == CAA_OK)
        *opened = resolver;
    else
        free(resolver);
    return err;
}

static void close_context(void *opened) {
    struct resolver *resolver = opened;
    struct try *try;
    ub_ctx_delete(resolver->context); /* calls back for what is pending */
    while ((try = SLIST_FIRST(&resolver->tries)) != NULL) {
        SLIST_REMOVE_HEAD(&resolver->tries, link);
        free(try);
    }
    free(resolver);
}

static void free_run(struct run *run) {
    for (size_t i = 0; i < run->level_count; i++) {
        caa_answer_release(run->asks[i].answer);
        event_free(run->asks[i].patience);
    }
    free(run);
}

static void one_less(struct run *run) {
    const struct caa_answer *answers[CAA_NAME_LABELS_MAX];
    struct caa_decision decision;
    if (--run->pending > 0) return;
    for (size_t i = 0; i < run->level_count; i++) answers[i] = run->asks[i].answer;
    caa_decide(&decision, &run->request, answers, run->level_count);
    struct bench_outcome outcome = {.verdict = decision.verdict};
    bench_done *done = run->done;
    void *context = run->context;
    free_run(run);
    done(context, &outcome);
}

static void end_ask(struct ask *ask, const struct caa_answer *answer) {
    evtimer_del(ask->patience);
    if (ask->latest != NULL) ask->latest->ask = NULL;
    ask->latest = NULL;
    ask->answer = answer;
    one_less(ask->run);
}

static const struct caa_answer *failure(const struct ask *ask, enum caa_outcome outcome) {
    return caa_answer_failure(&ask->question.name, ask->question.type, outcome, "",
                              caa_clock_wall_us(caa_clock_system()), 0);
}

static void on_resolved(void *data, int rcode, void *packet, int packet_len, int sec,
                        char *why_bogus, int was_ratelimited) {
    struct try *try = data;
    struct ask *ask = try->ask;
    (void)was_ratelimited;
    if (ask == NULL) return;
    struct caa_response_context response = {.security = sec == 2   ? CAA_SECURITY_SECURE
                                                        : sec == 0 ? CAA_SECURITY_INSECURE
                                                                   : CAA_SECURITY_BOGUS,
                                            .reason = why_bogus};
    end_ask(ask, rcode != 0 ? failure(ask, CAA_OUTCOME_SERVFAIL)
                            : caa_response_read(packet, (size_t)packet_len, &ask->question,
                                                &response));
}

static void ask_once(struct ask *ask) {
    struct resolver *resolver = ask->run->resolver;
    struct try *try = calloc(1, sizeof *try);
    struct timeval patience = {.tv_sec = TRY_S};
    char name[CAA_NAME_TEXT_MAX];
    int number;
    if (try == NULL) abort();
    try->ask = ask;
    SLIST_INSERT_HEAD(&resolver->tries, try, link);
    ask->latest = try;
    ask->tries++;
    caa_name_to_text(&ask->question.name, name);
    evtimer_add(ask->patience, &patience);
    if (ub_resolve_event(resolver->context, name, CAA_TYPE_CAA, 1, try, on_resolved, &number) !=
        UB_NOERROR)
        end_ask(ask, failure(ask, CAA_OUTCOME_SERVFAIL));
}

static void on_patience(evutil_socket_t fd, short events, void *data) {
    struct ask *ask = data;
    (void)fd;
    (void)events;
    ask->latest->ask = NULL;
    ask->latest = NULL;
    if (ask->tries < TRIES)
        ask_once(ask);
    else
        end_ask(ask, failure(ask, CAA_OUTCOME_TIMEOUT));
}

static void start_asks(struct run *run) {
    struct caa_name names[CAA_NAME_LABELS_MAX];
    caa_climb(&run->request.name, names);
    for (size_t i = 0; i < run->level_count; i++) {
        struct ask *ask = &run->asks[i];
        *ask = (struct ask){.run = run, .question = {.name = names[i], .type = CAA_TYPE_CAA}};
        ask->patience = evtimer_new(run->resolver->base, on_patience, ask);
        if (ask->patience == NULL) abort();
    }
    for (size_t i = 0; i < run->level_count; i++) ask_once(&run->asks[i]);
}

static enum caa_err start_check(void *resolver, const struct caa_request *request,
                                bench_done *done, void *context) {
    struct run *run = calloc(1, sizeof *run);
    if (run == NULL) return CAA_ERR_NOMEM;
    run->resolver = resolver;
    run->request = *request;
    run->done = done;
    run->context = context;
    run->level_count = caa_name_label_count(&request->name);
    run->pending = run->level_count + 1;
    start_asks(run);
    one_less(run);
    return CAA_OK;
}

const struct bench_side bench_today = {
    .name = "today", .open = open_context, .check = start_check, .close = close_context};
