#include "cli/report_history.h"

#include <stdio.h>
#include <string.h>

#include "history/read.h"

/* One history on its way through. */
struct reading {
    struct caa_tally *tally;
    struct event_base *base;
    struct caa_history_client *client;
    int64_t from_us, to_us;
    char after[64]; /* the last record of the page before */
    enum caa_err err;
    struct caa_diag *diag;
};

static struct caa_slice slice_of(const char *text) {
    return caa_slice_of(text == NULL ? "" : text);
}

static bool is(const char *text, const char *wanted) {
    return text != NULL && strcmp(text, wanted) == 0;
}

static void take(struct caa_tally *tally, const struct caa_history_view *view) {
    bool forbidden = is(view->verdict, "forbidden"), undecided = is(view->verdict, "undecided");
    struct caa_tally_event event = {
        .source = CAA_TALLY_HISTORY,
        .at_us = view->started_at_us,
        .failed = forbidden || undecided,
        .rescued = view->rescued && !forbidden && !undecided,
        .name = slice_of(view->name),
        .fault = CAA_TALLY_UNKNOWN,
    };
    if (!event.failed && !is(view->verdict, "allowed")) return;
    if (view->parent_id != NULL) return; /* one perspective's part of a check that counts */
    if (forbidden) {
        event.fault = CAA_TALLY_POLICY;
        event.kind = caa_slice_of("forbidden");
        event.again = CAA_AGAIN_NO;
    } else if (undecided) {
        event.fault = caa_tally_fault_of_code(slice_of(view->fault));
        event.zone = slice_of(view->zone != NULL ? view->zone : view->cause);
        event.kind = slice_of(view->failure != NULL ? view->failure : view->outcome);
        event.again = view->retry_after_s > 0 ? CAA_AGAIN_YES : CAA_AGAIN_NO;
    }
    caa_tally_take(tally, &event);
}

static void end(struct reading *reading, enum caa_err err, const char *why) {
    reading->err = err;
    if (err != CAA_OK) caa_diag_set(reading->diag, "the history cannot be read: %s", why);
    event_base_loopbreak(reading->base);
}

static void take_servers(void *context, enum caa_err err, const char *why,
                         const struct caa_history_rate *rates, size_t count) {
    struct reading *reading = context;
    for (size_t i = 0; i < count; i++)
        caa_tally_take_server(reading->tally, slice_of(rates[i].key), rates[i].total,
                              rates[i].failed);
    end(reading, err, why);
}

static void read_servers(struct reading *reading) {
    const struct caa_tally_setting *setting = &reading->tally->setting;
    int64_t from_us = setting->since_us == CAA_TALLY_NO_TIME ? 0 : setting->since_us;
    enum caa_err err = caa_history_rates(reading->client, CAA_HISTORY_RATE_BY_SERVER, NULL,
                                         from_us, reading->to_us, take_servers, reading);
    if (err != CAA_OK) end(reading, err, caa_err_text(err));
}

static void read_page(struct reading *reading);

static void take_page(void *context, enum caa_err err, const char *why,
                      const struct caa_history_view *views, size_t count, bool more) {
    struct reading *reading = context;
    if (err != CAA_OK) {
        end(reading, err, why);
        return;
    }
    for (size_t i = 0; i < count; i++) take(reading->tally, &views[i]);
    if (reading->tally->err != CAA_OK) {
        end(reading, reading->tally->err, caa_err_text(reading->tally->err));
    } else if (more && count > 0) {
        reading->from_us = views[count - 1].started_at_us;
        (void)snprintf(reading->after, sizeof reading->after, "%s", views[count - 1].id);
        read_page(reading);
    } else {
        read_servers(reading);
    }
}

static void read_page(struct reading *reading) {
    const struct caa_history_page_request request = {
        .by = CAA_HISTORY_PAGE_BY_TIME,
        .kind = "check",
        .from_us = reading->from_us,
        .to_us = reading->to_us,
        .after = reading->after[0] == '\0' ? NULL : reading->after,
    };
    enum caa_err err = caa_history_page(reading->client, &request, take_page, reading);
    if (err != CAA_OK) end(reading, err, caa_err_text(err));
}

static enum caa_err run(struct reading *reading, struct caa_history *history) {
    enum caa_err err = caa_history_client_new(&reading->client, history, reading->base);
    if (err != CAA_OK) return err;
    read_page(reading);
    event_base_loop(reading->base, EVLOOP_NO_EXIT_ON_EMPTY);
    caa_history_client_free(reading->client);
    return reading->err;
}

enum caa_err caa_report_history(struct caa_tally *tally, const char *place,
                                struct caa_diag *diag) {
    const struct caa_tally_setting *setting = &tally->setting;
    const struct caa_history_setting opened = {.place = place, .read_only = true};
    struct caa_history *history;
    struct reading reading = {.tally = tally, .diag = diag};
    reading.from_us = setting->since_us == CAA_TALLY_NO_TIME ? 0 : setting->since_us;
    reading.to_us = setting->until_us == CAA_TALLY_NO_TIME ? INT64_MAX : setting->until_us;
    enum caa_err err = caa_history_open(&history, &opened, caa_clock_system(), diag);
    if (err != CAA_OK) return err;
    reading.base = event_base_new();
    err = reading.base == NULL ? CAA_ERR_EVENT : run(&reading, history);
    if (reading.base != NULL) event_base_free(reading.base);
    caa_history_close(history);
    return err;
}
