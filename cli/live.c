#include "cli/live.h"

#include <stdlib.h>
#include <string.h>

#include "dns/identifier.h"

struct caa_live {
    const struct caa_check_options *options;
    struct event_base *base;
    struct caa_engine *engine;
    struct caa_check *check; /* the last one */
    size_t check_count;
};

enum caa_err caa_live_new(struct caa_live **made, const struct caa_check_options *options,
                          struct caa_diag *diag) {
    struct caa_live *live = calloc(1, sizeof *live);
    if (live == NULL) return CAA_ERR_NOMEM;
    live->options = options;
    live->base = event_base_new();
    enum caa_err err = live->base == NULL
                           ? CAA_ERR_EVENT
                           : caa_engine_new(&live->engine, live->base, caa_clock_system(),
                                            &options->engine, diag);
    if (err == CAA_OK)
        *made = live;
    else
        caa_live_free(live);
    return err;
}

/* "_acme-challenge.a.example" is looked up for a.example. */
static bool read_subject(const struct caa_explanation *explanation,
                         struct caa_identifier *identifier) {
    static const char challenge[] = "_acme-challenge.";
    const char *text = explanation->name[0] != '\0' ? explanation->name : explanation->owner;
    if (strncmp(text, challenge, sizeof challenge - 1) == 0) text += sizeof challenge - 1;
    return caa_identifier_parse(identifier, caa_slice_of(text), NULL) == CAA_OK &&
           identifier->kind == CAA_IDENTIFIER_DNS;
}

static enum caa_live_state state_of(const struct caa_explanation *explanation,
                                    const struct caa_decision *decision) {
    bool about_caa = strcmp(explanation->type, "CAA") == 0;
    if (explanation->sureness == CAA_SURENESS_NONE || !about_caa) return CAA_LIVE_UNCLEAR;
    enum caa_verdict same = explanation->problem == CAA_PROBLEM_FORBIDDEN
                                ? CAA_VERDICT_FORBIDDEN
                                : CAA_VERDICT_UNDECIDED;
    return decision->verdict == same ? CAA_LIVE_STILL : CAA_LIVE_GONE;
}

static void on_checked(void *context, struct caa_check *check) {
    (void)check;
    event_base_loopbreak(context);
}

static enum caa_err run_check(struct caa_live *live, const struct caa_identifier *identifier) {
    const struct caa_check_options *options = live->options;
    const struct caa_request request = {
        .name = identifier->name,
        .wildcard = identifier->wildcard,
        .issuer_domain_names = options->issuers.slices,
        .issuer_domain_name_count = options->issuers.count,
    };
    caa_check_free(live->check);
    live->check = NULL;
    live->check_count++;
    enum caa_err err = caa_engine_check(live->engine, &live->check, &request,
                                        options->deadline_ms, on_checked, live->base);
    if (err == CAA_OK && event_base_dispatch(live->base) < 0) err = CAA_ERR_EVENT;
    return err;
}

enum caa_err caa_live_check(struct caa_live *live, const struct caa_explanation *explanation,
                            enum caa_live_state *state,
                            const struct caa_check_result **result) {
    struct caa_identifier identifier;
    *state = CAA_LIVE_NOT_CHECKED;
    *result = NULL;
    if (live->check_count == CAA_LIVE_CHECKS_MOST || !read_subject(explanation, &identifier))
        return CAA_OK;
    enum caa_err err = run_check(live, &identifier);
    if (err != CAA_OK) return err;
    *result = caa_check_result(live->check);
    *state = state_of(explanation, &(*result)->decision);
    return CAA_OK;
}

void caa_live_revise(struct caa_explanation *explanation, enum caa_live_state state,
                     const struct caa_check_result *result) {
    if (state != CAA_LIVE_GONE) return;
    switch (result->decision.verdict) {
    case CAA_VERDICT_ALLOWED:
        explanation->again = CAA_AGAIN_YES;
        explanation->after_s = 1;
        explanation->why = "a check made just now allows it";
        break;
    case CAA_VERDICT_FORBIDDEN:
        explanation->again = CAA_AGAIN_NO;
        explanation->why = "a check made just now finds that a CAA record forbids it";
        break;
    case CAA_VERDICT_UNDECIDED: break;
    }
}

const char *caa_live_source(const struct caa_live *live) {
    return caa_engine_source(live->engine);
}

void caa_live_free(struct caa_live *live) {
    if (live == NULL) return;
    caa_check_free(live->check);
    caa_engine_free(live->engine);
    if (live->base != NULL) event_base_free(live->base);
    free(live);
}
