#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "engine/engine.h"
#include "side.h"
#include "world.h"

struct run {
    struct caa_check *check;
    bench_done *done;
    void *context;
};

static enum caa_err open_engine(void **resolver, struct event_base *base,
                                struct caa_diag *diag) {
    char hints[BENCH_PATH_MAX], anchor[BENCH_PATH_MAX];
    enum caa_err err = bench_world_path(hints, "root.hints", diag);
    if (err == CAA_OK) err = bench_world_path(anchor, "trust-anchor", diag);
    if (err != CAA_OK) return err;
    struct caa_engine_setting setting = {
        .root_hints = hints, .trust_anchor = anchor, .cache_mib = BENCH_CACHE_MIB};
    struct caa_engine *engine;
    err = caa_engine_new(&engine, base, caa_clock_system(), &setting, diag);
    if (err == CAA_OK) *resolver = engine;
    return err;
}

static void close_engine(void *resolver) {
    caa_engine_free(resolver);
}

/* The farthest evidence: that of the level that is to blame. */
static const struct caa_evidence *evidence_of(const struct caa_check_result *result) {
    const struct caa_evidence *evidence = NULL;
    for (size_t i = 0; i < result->level_count; i++)
        if (result->levels[i].answer != NULL && result->levels[i].answer->evidence != NULL)
            evidence = result->levels[i].answer->evidence;
    return evidence;
}

static void say_why(struct bench_outcome *outcome, const struct caa_check_result *result) {
    char name[CAA_NAME_TEXT_MAX];
    int cause = result->decision.cause;
    if (outcome->verdict != CAA_VERDICT_UNDECIDED || cause == CAA_LEVEL_NONE) return;
    const struct caa_answer *answer = result->levels[cause].answer;
    if (answer == NULL) return;
    caa_name_to_text(&answer->owner, name);
    snprintf(outcome->why, sizeof outcome->why, "%.250s: %s: %.200s", name,
             caa_outcome_code(answer->outcome), answer->reason);
}

static bool was_rescued(const struct caa_check_result *result) {
    for (size_t i = 0; i < result->level_count; i++)
        if (result->levels[i].answer != NULL && result->levels[i].answer->rescued) return true;
    return false;
}

static void on_done(void *context, struct caa_check *check) {
    struct run *run = context;
    const struct caa_check_result *result = caa_check_result(check);
    const struct caa_evidence *evidence = evidence_of(result);
    struct bench_outcome outcome = {.verdict = result->decision.verdict,
                                    .rescued = was_rescued(result)};
    say_why(&outcome, result);
    if (evidence != NULL) {
        outcome.fault = evidence->fault;
        outcome.failure = evidence->failure;
        outcome.asked = evidence->query_count;
    }
    caa_check_free(check);
    run->done(run->context, &outcome);
    free(run);
}

static enum caa_err start_check(void *resolver, const struct caa_request *request,
                                bench_done *done, void *context) {
    struct run *run = malloc(sizeof *run);
    if (run == NULL) return CAA_ERR_NOMEM;
    *run = (struct run){.done = done, .context = context};
    enum caa_err err = caa_engine_check(resolver, &run->check, request, 0, on_done, run);
    if (err != CAA_OK) free(run);
    return err;
}

const struct bench_side bench_ours = {
    .name = "ours", .open = open_engine, .check = start_check, .close = close_engine};
