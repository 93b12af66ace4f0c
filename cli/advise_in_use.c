#include "cli/advise_in_use.h"

#include <stdlib.h>

enum { AT_ONCE = 64 };

/* One check in flight. */
struct place {
    struct work *work;
    size_t index; /* of the certificate */
    struct caa_request request;
    struct caa_check *check;
};

struct work {
    struct caa_advise_in_use *run;
    size_t next;      /* the first that was not begun */
    size_t in_flight; /* places with a check */
    enum caa_err err;
    struct place places[AT_ONCE];
};

static void note(struct caa_advise_in_use *run, size_t index,
                 const struct caa_check_result *result) {
    struct caa_advise_effect *at = &run->effects[index];
    int shield;
    at->in_use = &run->list->items[index];
    at->effect = caa_advice_effect(run->advice, at->in_use, result, &shield);
    if (result == NULL || shield == CAA_LEVEL_NONE) return;
    run->shields[index] = *result->levels[shield].name;
    at->shield = &run->shields[index];
}

static bool needs_check(const struct caa_advise_in_use *run, size_t index) {
    const struct caa_identifier *identifier = &run->list->items[index].identifier;
    return identifier->kind == CAA_IDENTIFIER_DNS &&
           caa_name_is_subdomain(&identifier->name, &run->advice->domain);
}

static void fill(struct place *place);

static void on_checked(void *context, struct caa_check *check) {
    struct place *place = context;
    struct work *work = place->work;
    note(work->run, place->index, caa_check_result(check));
    caa_check_free(check);
    place->check = NULL;
    work->in_flight--;
    fill(place);
    if (work->in_flight == 0) event_base_loopbreak(work->run->base);
}

/* Begins the next check there, passing over those that need none. */
static void fill(struct place *place) {
    struct work *work = place->work;
    struct caa_advise_in_use *run = work->run;
    for (; work->next < run->list->count && !needs_check(run, work->next); work->next++)
        note(run, work->next, NULL);
    if (work->next == run->list->count || work->err != CAA_OK) return;
    place->index = work->next++;
    place->request = caa_in_use_request(&run->list->items[place->index]);
    work->err = caa_engine_check(run->engine, &place->check, &place->request, run->deadline_ms,
                                 on_checked, place);
    work->in_flight += work->err == CAA_OK;
}

enum caa_err caa_advise_in_use_run(struct caa_advise_in_use *run) {
    size_t count = run->list->count == 0 ? 1 : run->list->count;
    struct work *work = calloc(1, sizeof *work);
    run->effects = calloc(count, sizeof run->effects[0]);
    run->shields = calloc(count, sizeof run->shields[0]);
    bool has_memory = work != NULL && run->effects != NULL && run->shields != NULL;
    enum caa_err err = has_memory ? CAA_OK : CAA_ERR_NOMEM;
    if (has_memory) {
        work->run = run;
        for (size_t i = 0; i < AT_ONCE; i++) {
            work->places[i].work = work;
            fill(&work->places[i]);
        }
        if (work->in_flight > 0 && event_base_dispatch(run->base) < 0) err = CAA_ERR_EVENT;
        if (err == CAA_OK) err = work->err;
        for (size_t i = 0; i < AT_ONCE; i++) caa_check_free(work->places[i].check);
    }
    free(work);
    return err;
}

void caa_advise_in_use_free(struct caa_advise_in_use *run) {
    free(run->effects);
    free(run->shields);
}
