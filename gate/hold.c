#include "gate/hold.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gate/hold_state.h"

enum {
    OTHERS_MS = 2000, /* for the other names, once one is forbidden */
    UNRECORDED_RETRY_S = 5,
};

enum caa_err gate_holds_new(struct gate_holds **made,
                            const struct gate_holds_setting *setting) {
    const struct caa_conf *conf = &setting->conf->engine;
    struct gate_holds *holds = calloc(1, sizeof *holds);
    if (holds == NULL) return CAA_ERR_NOMEM;
    holds->setting = *setting;
    holds->clock = caa_clock_system();
    holds->issuers = calloc(conf->issuers_count, sizeof *holds->issuers);
    if (holds->issuers == NULL) {
        free(holds);
        return CAA_ERR_NOMEM;
    }
    for (unsigned i = 0; i < conf->issuers_count; i++)
        holds->issuers[i] = caa_slice_of(conf->issuers[i]);
    *made = holds;
    return CAA_OK;
}

static void free_held(struct gate_held *held) {
    for (size_t i = 0; i < held->name_count; i++) gate_name_end(&held->names[i]);
    if (held->ending != NULL) event_free(held->ending);
    if (held->holds != NULL) LIST_REMOVE(held, link);
    free(held->target);
    free(held->kid);
    free(held);
}

/* ---- the verdict ---- */

static enum caa_err refuse_unrecorded(struct caa_problem_document *document) {
    *document = (struct caa_problem_document){
        .status = 503,
        .retry_after_s = UNRECORDED_RETRY_S,
        .json = json_pack("{ssssss si}", "type", "urn:ietf:params:acme:error:serverInternal",
                          "title", "The CAA check cannot be recorded", "detail",
                          "What was decided could not be written to the history, and without "
                          "that nothing is issued",
                          "status", 503)};
    return document->json == NULL ? CAA_ERR_NOMEM : CAA_OK;
}

/* A failure that lasts is 400 for who puts it into a challenge; as an answer here it is a
   refusal like that of a record: clients take 400 for a mistake of theirs. */
static enum caa_err settle_status(struct caa_problem_document *document) {
    if (document->status != 400) return CAA_OK;
    document->status = 403;
    return json_object_set_new(document->json, "status", json_integer(403)) == 0
               ? CAA_OK
               : CAA_ERR_NOMEM;
}

static enum caa_err judge(struct gate_held *held, struct caa_problem_document *document) {
    struct caa_problem_name *names = calloc(held->name_count, sizeof *names);
    size_t count = 0;
    if (names == NULL) return CAA_ERR_NOMEM;
    for (size_t i = 0; i < held->name_count; i++) {
        struct gate_name *name = &held->names[i];
        if (name->identifier.kind == CAA_IDENTIFIER_IP) continue;
        if (name->identifier.kind == CAA_IDENTIFIER_DNS && !name->is_done) continue;
        names[count++] = (struct caa_problem_name){
            .result = name->is_done ? caa_check_result(name->check) : NULL,
            .unchecked = CAA_PROBLEM_ONION,
            .given = caa_slice_of(name->identifier.text),
            .evidence_id = name->id[0] == '\0' ? NULL : name->id};
    }
    enum caa_err err = caa_problem_of_check(document, names, count, CAA_PROBLEM_AS_ANSWER);
    free(names);
    return err == CAA_OK ? settle_status(document) : err;
}

/* Only where every name was decided, and in favour, is there no document. */
static void make_document(struct gate_held *held, struct caa_problem_document *document) {
    enum caa_err err =
        held->is_unrecorded ? refuse_unrecorded(document) : judge(held, document);
    bool is_allowed = err == CAA_OK && document->status == 0;
    if (err == CAA_OK && (!is_allowed || held->open == 0)) return;
    *document = (struct caa_problem_document){.status = 500};
}

static void on_ending(evutil_socket_t fd, short events, void *context) {
    struct gate_held *held = context;
    struct caa_problem_document document;
    struct gate_wait *wait;
    (void)fd;
    (void)events;
    make_document(held, &document);
    while ((wait = LIST_FIRST(&held->waits)) != NULL) {
        LIST_REMOVE(wait, link);
        held->holds->wait_count--;
        wait->done(wait->context, &document);
        free(wait);
    }
    caa_problem_document_free(&document);
    free_held(held);
}

void gate_held_take(struct gate_held *held) {
    const struct timeval others = {.tv_sec = OTHERS_MS / 1000};
    held->open--;
    if (held->open == 0 || held->is_unrecorded)
        event_active(held->ending, EV_TIMEOUT, 0);
    else if (held->has_forbidden && !evtimer_pending(held->ending, NULL))
        evtimer_add(held->ending, &others);
}

/* ---- what is held ---- */

static void set_name(struct gate_name *name, struct gate_held *held,
                     const struct gate_want *want, size_t i) {
    name->held = held;
    name->identifier = want->names->names[i];
    if (want->methods[i] != NULL)
        snprintf(name->method, sizeof name->method, "%s", want->methods[i]);
    name->method_label = caa_slice_of(name->method);
    name->account = caa_slice_of(held->kid);
}

static enum caa_err start_names(struct gate_held *held) {
    enum caa_err err = CAA_OK;
    for (size_t i = 0; i < held->name_count; i++)
        held->open += held->names[i].identifier.kind == CAA_IDENTIFIER_DNS;
    if (held->open == 0) event_active(held->ending, EV_TIMEOUT, 0);
    for (size_t i = 0; err == CAA_OK && i < held->name_count; i++)
        if (held->names[i].identifier.kind == CAA_IDENTIFIER_DNS)
            err = gate_name_start(&held->names[i]);
    return err;
}

static enum caa_err make_held(struct gate_held **made, struct gate_holds *holds,
                              const struct gate_want *want) {
    const struct gate_holds_setting *setting = &holds->setting;
    struct gate_held *held =
        calloc(1, sizeof *held + want->names->count * sizeof held->names[0]);
    if (held == NULL) return CAA_ERR_NOMEM;
    held->target = strdup(want->target);
    held->kid = strdup(want->kid);
    held->ending = evtimer_new(setting->base, on_ending, held);
    if (held->target == NULL || held->kid == NULL || held->ending == NULL) {
        free_held(held);
        return CAA_ERR_NOMEM;
    }
    held->holds = holds;
    snprintf(held->client, sizeof held->client, "%s", want->client);
    held->payload = want->payload;
    held->deadline_us =
        caa_clock_monotonic_us(holds->clock) + (int64_t)setting->conf->hold_s * 1000000;
    held->name_count = want->names->count;
    LIST_INIT(&held->waits);
    LIST_INSERT_HEAD(&holds->helds, held, link);
    for (size_t i = 0; i < held->name_count; i++) set_name(&held->names[i], held, want, i);
    enum caa_err err = start_names(held);
    if (err == CAA_OK)
        *made = held;
    else
        free_held(held);
    return err;
}

static struct gate_held *find(const struct gate_holds *holds, const struct gate_want *want) {
    struct gate_held *held;
    LIST_FOREACH(held, &holds->helds, link) {
        if (memcmp(&held->payload, &want->payload, sizeof held->payload) == 0 &&
            strcmp(held->target, want->target) == 0 && strcmp(held->kid, want->kid) == 0)
            return held;
    }
    return NULL;
}

static enum caa_err refuse_more(struct caa_diag *diag, const char *what, const char *whose) {
    caa_diag_set(diag, "too many %s %s wait for their CAA check", what, whose);
    return CAA_ERR_LIMIT;
}

/* Who waits is the measure, not what is checked: a client that repeats itself waits more often.
   Whose the account is nobody has verified: who claims somebody else's from elsewhere must not
   keep its owner out. */
static enum caa_err look_at_limits(const struct gate_holds *holds, const struct gate_want *want,
                                   struct caa_diag *diag) {
    const struct gate_limits_conf *limits = &holds->setting.conf->limits;
    const struct gate_held *held;
    const struct gate_wait *wait;
    size_t of_client = 0, of_account = 0, of_both = 0;
    LIST_FOREACH(held, &holds->helds, link) {
        bool is_same_account = strcmp(held->kid, want->kid) == 0;
        LIST_FOREACH(wait, &held->waits, link) {
            bool is_same_client = strcmp(wait->client, want->client) == 0;
            of_account += is_same_account;
            of_client += is_same_client;
            of_both += is_same_account && is_same_client;
        }
    }
    bool has_account_enough = of_account >= limits->held_per_account && of_both > 0;
    const char *whose = holds->wait_count >= limits->held      ? "of all clients together"
                        : of_client >= limits->held_per_client ? "of this client"
                        : has_account_enough                   ? "of this account"
                                                               : NULL;
    return whose == NULL ? CAA_OK : refuse_more(diag, "requests", whose);
}

/* What a check costs, its names cost: whose are the first, may always be more than a limit. */
static enum caa_err look_at_checks(const struct gate_holds *holds, const struct gate_want *want,
                                   struct caa_diag *diag) {
    const struct gate_limits_conf *limits = &holds->setting.conf->limits;
    const struct gate_held *held;
    size_t of_client = 0, of_all = 0, more = want->names->count;
    LIST_FOREACH(held, &holds->helds, link) {
        of_all += held->name_count;
        if (strcmp(held->client, want->client) == 0) of_client += held->name_count;
    }
    if (of_all > 0 && of_all + more > limits->checks)
        return refuse_more(diag, "names", "of all clients together");
    if (of_client > 0 && of_client + more > limits->checks_per_client)
        return refuse_more(diag, "names", "of this client");
    return CAA_OK;
}

enum caa_err gate_hold(struct gate_wait **waiting, struct gate_holds *holds,
                       const struct gate_want *want, gate_hold_done *done, void *context,
                       struct caa_diag *diag) {
    enum caa_err err = look_at_limits(holds, want, diag);
    struct gate_held *held = err == CAA_OK ? find(holds, want) : NULL;
    if (err == CAA_OK && held == NULL) err = look_at_checks(holds, want, diag);
    if (err != CAA_OK) return err;
    struct gate_wait *wait = calloc(1, sizeof *wait);
    if (wait == NULL) return CAA_ERR_NOMEM;
    if (held == NULL) err = make_held(&held, holds, want);
    if (err != CAA_OK) {
        free(wait);
        return err;
    }
    wait->held = held;
    wait->done = done;
    wait->context = context;
    snprintf(wait->client, sizeof wait->client, "%s", want->client);
    LIST_INSERT_HEAD(&held->waits, wait, link);
    holds->wait_count++;
    *waiting = wait;
    return CAA_OK;
}

void gate_wait_drop(struct gate_wait *wait) {
    if (wait == NULL) return;
    struct gate_held *held = wait->held;
    LIST_REMOVE(wait, link);
    held->holds->wait_count--;
    free(wait);
    if (LIST_EMPTY(&held->waits)) free_held(held);
}

size_t gate_holds_count(const struct gate_holds *holds) {
    return holds->wait_count;
}

void gate_holds_free(struct gate_holds *holds) {
    if (holds == NULL) return;
    while (!LIST_EMPTY(&holds->helds)) {
        struct gate_held *held = LIST_FIRST(&holds->helds);
        while (!LIST_EMPTY(&held->waits)) {
            struct gate_wait *wait = LIST_FIRST(&held->waits);
            LIST_REMOVE(wait, link);
            free(wait);
        }
        free_held(held);
    }
    while (!LIST_EMPTY(&holds->records)) {
        struct gate_record *record = LIST_FIRST(&holds->records);
        LIST_REMOVE(record, link);
        free(record);
    }
    free(holds->issuers);
    free(holds);
}
