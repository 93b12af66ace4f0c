#include "serve/dns_responder.h"

#include <stdlib.h>
#include <string.h>

#include "serve/dns_responder_state.h"

enum { SPARE_MOST = 1024 };

int64_t caa_dns_now_us(const struct caa_dns_responder *responder) {
    return caa_clock_monotonic_us(responder->setting.clock);
}

/* --- asks */

static struct caa_dns_ask *take_ask(struct caa_dns_responder *responder) {
    struct caa_dns_ask *ask = TAILQ_FIRST(&responder->spare);
    if (responder->ask_count >= CAA_DNS_ASKS_MOST) return NULL;
    if (ask != NULL) {
        TAILQ_REMOVE(&responder->spare, ask, link);
        responder->spare_count--;
    } else {
        ask = malloc(sizeof *ask);
    }
    if (ask != NULL) responder->ask_count++;
    return ask;
}

static void give_back(struct caa_dns_ask *ask) {
    struct caa_dns_responder *responder = ask->responder;
    responder->ask_count--;
    if (responder->spare_count == SPARE_MOST) {
        free(ask);
        return;
    }
    TAILQ_INSERT_HEAD(&responder->spare, ask, link);
    responder->spare_count++;
}

static void count_reply(struct caa_dns_responder *responder,
                        const struct caa_dns_reply *reply) {
    struct caa_dns_counters *counters = responder->setting.counters;
    bool failed = reply->len == 0 || reply->rcode == caa_outcome_rcode(CAA_OUTCOME_SERVFAIL);
    caa_dns_count(counters, failed ? CAA_DNS_COUNTER_FAILED : CAA_DNS_COUNTER_ANSWERED);
    if (reply->truncated) caa_dns_count(counters, CAA_DNS_COUNTER_TRUNCATED);
}

/* The ask is given back before anybody is told: they may do as they like. */
static void send_reply(struct caa_dns_ask *ask, const struct caa_dns_reply *reply) {
    struct caa_dns_responder *responder = ask->responder;
    caa_dns_done *done = ask->done;
    void *context = ask->context;
    count_reply(responder, reply);
    give_back(ask);
    done(context, responder->wire, reply);
}

static void send_answer(struct caa_dns_ask *ask, const struct caa_answer *answer) {
    struct caa_dns_responder *responder = ask->responder;
    struct caa_dns_reply reply =
        caa_dns_reply_answer(&ask->query, answer, caa_clock_wall_us(responder->setting.clock),
                             responder->wire, ask->octets_most);
    send_reply(ask, &reply);
}

static void send_unrecorded(struct caa_dns_ask *ask) {
    struct caa_dns_responder *responder = ask->responder;
    const struct caa_dns_ede ede = {
        .code = 0, .text = "the answer could not be recorded, and unrecorded it is not given"};
    struct caa_dns_reply reply =
        caa_dns_reply_failure(&ask->query, &ede, responder->wire, ask->octets_most);
    caa_dns_count(responder->setting.counters, CAA_DNS_COUNTER_UNRECORDED);
    send_reply(ask, &reply);
}

void caa_dns_permit_give(struct caa_dns_permit *permit, bool recorded) {
    struct caa_dns_ask *ask = permit->ask;
    free(permit);
    if (ask == NULL) return;
    const struct caa_answer *answer = ask->answer;
    TAILQ_REMOVE(&ask->responder->recording, ask, link);
    if (recorded)
        send_answer(ask, answer);
    else
        send_unrecorded(ask);
    caa_answer_release(answer);
}

static void record(struct caa_dns_ask *ask, const struct caa_answer *answer) {
    struct caa_dns_responder *responder = ask->responder;
    struct caa_dns_permit *permit = malloc(sizeof *permit);
    if (permit == NULL) {
        send_unrecorded(ask);
        return;
    }
    *permit = (struct caa_dns_permit){.ask = ask};
    ask->permit = permit;
    ask->answer = caa_answer_retain(answer);
    TAILQ_INSERT_TAIL(&responder->recording, ask, link);
    struct caa_dns_fact fact = {.client = &ask->client,
                                .query = &ask->query,
                                .answer = answer,
                                .asked_at_us = ask->asked_at_us};
    responder->setting.record(responder->setting.record_context, &fact, permit);
}

void caa_dns_tell(struct caa_dns_ask *ask, const struct caa_answer *answer) {
    ask->question = NULL;
    if (ask->responder->setting.record == NULL)
        send_answer(ask, answer);
    else
        record(ask, answer);
}

/* --- the interface */

/* For caa_question.client: one address, or of IPv6 one network. */
static uint64_t number_of(const struct caa_dns_client *client) {
    uint64_t number = 0;
    if (client->address.ss_family == AF_INET) {
        number = ((const struct sockaddr_in *)&client->address)->sin_addr.s_addr;
    } else if (client->address.ss_family == AF_INET6) {
        const struct sockaddr_in6 *address = (const struct sockaddr_in6 *)&client->address;
        memcpy(&number, &address->sin6_addr, sizeof number);
    }
    return number;
}

enum caa_err caa_dns_responder_ask(struct caa_dns_responder *responder,
                                   const struct caa_dns_query *query,
                                   const struct caa_dns_client *client, size_t octets_most,
                                   caa_dns_done *done, void *context,
                                   struct caa_dns_ask **asked) {
    const struct caa_question wanted = {
        .name = query->name, .type = query->type, .client = number_of(client)};
    if (responder->ask_count >= CAA_DNS_ASKS_MOST) return CAA_ERR_LIMIT;
    struct caa_dns_question *question;
    enum caa_err err = caa_dns_question_find(responder, &wanted, &question);
    if (err != CAA_OK) return err;
    struct caa_dns_ask *ask = take_ask(responder);
    if (ask == NULL) return CAA_ERR_NOMEM; /* the lookup goes on, for the next ask */
    *ask = (struct caa_dns_ask){.responder = responder,
                                .query = *query,
                                .client = *client,
                                .asked_at_us = caa_clock_wall_us(responder->setting.clock),
                                .octets_most = octets_most,
                                .done = done,
                                .context = context};
    caa_dns_question_join(question, ask);
    *asked = ask;
    return CAA_OK;
}

void caa_dns_ask_drop(struct caa_dns_ask *ask) {
    struct caa_dns_question *question = ask->question;
    if (question != NULL) {
        TAILQ_REMOVE(&question->asks, ask, link);
        question->ask_count--;
    } else {
        TAILQ_REMOVE(&ask->responder->recording, ask, link);
        ask->permit->ask = NULL;
        caa_answer_release(ask->answer);
    }
    give_back(ask);
}

void caa_dns_responder_give_up(struct caa_dns_responder *responder, const char *reason) {
    caa_dns_question_fail_all(responder, reason);
}

size_t caa_dns_responder_waiting(const struct caa_dns_responder *responder) {
    return responder->ask_count;
}

/* --- making and freeing */

enum caa_err caa_dns_responder_new(struct caa_dns_responder **made,
                                   const struct caa_dns_responder_setting *setting) {
    struct caa_dns_responder *responder = calloc(1, sizeof *responder);
    if (responder == NULL) return CAA_ERR_NOMEM;
    responder->setting = *setting;
    if (setting->deadline_ms == 0) responder->setting.deadline_ms = CAA_DNS_DEADLINE_MS_DEFAULT;
    responder->armed_us = INT64_MAX;
    for (enum caa_dns_stage stage = 0; stage < CAA_DNS_STAGES; stage++)
        TAILQ_INIT(&responder->stages[stage]);
    TAILQ_INIT(&responder->ready);
    TAILQ_INIT(&responder->recording);
    TAILQ_INIT(&responder->spare);
    responder->clock = evtimer_new(setting->base, caa_dns_question_on_clock, responder);
    responder->turn =
        event_new(setting->base, -1, EV_PERSIST, caa_dns_question_tell_ready, responder);
    if (responder->clock == NULL || responder->turn == NULL) {
        caa_dns_responder_free(responder);
        return CAA_ERR_EVENT;
    }
    *made = responder;
    return CAA_OK;
}

static void free_asks(struct caa_dns_ask_list *list) {
    struct caa_dns_ask *ask;
    while ((ask = TAILQ_FIRST(list)) != NULL) {
        TAILQ_REMOVE(list, ask, link);
        free(ask);
    }
}

void caa_dns_responder_free(struct caa_dns_responder *responder) {
    struct caa_dns_ask *ask;
    struct caa_dns_question *question;
    if (responder == NULL) return;
    while ((ask = TAILQ_FIRST(&responder->recording)) != NULL)
        caa_dns_ask_drop(ask); /* NOLINT(clang-analyzer-unix.Malloc): out of the list by that */
    for (enum caa_dns_stage stage = 0; stage < CAA_DNS_STAGES; stage++)
        while ((question = TAILQ_FIRST(&responder->stages[stage])) != NULL) {
            free_asks(&question->asks);
            caa_dns_question_free(question);
        }
    free_asks(&responder->spare);
    if (responder->clock != NULL) event_free(responder->clock);
    if (responder->turn != NULL) event_free(responder->turn);
    free(responder);
}
