#include "history/read.h"

#include "history/reader.h"

enum { COUNTS, FAILURES, SERVERS, RECENT };

static uint64_t count_in(const struct caa_history_read_row *row, size_t column) {
    int64_t number = row == NULL ? 0 : caa_history_read_number(row, column);
    return number < 0 ? 0 : (uint64_t)number;
}

static bool set_failures(struct caa_history_read *read, struct caa_history_zone_view *view) {
    const struct caa_history_step *step = &read->steps[FAILURES];
    const struct caa_history_read_row *row;
    struct caa_history_zone_failure *failures =
        caa_arena_array(read->arena, step->row_count + 1, sizeof *failures);
    if (failures == NULL) return false;
    view->failures = failures;
    STAILQ_FOREACH(row, &step->rows, link)
    failures[view->failure_count++] =
        (struct caa_history_zone_failure){.failure = caa_history_read_text(row, 0),
                                          .fault = caa_history_read_text(row, 1),
                                          .lookups = count_in(row, 2),
                                          .failed = count_in(row, 3),
                                          .last_at_us = caa_history_read_number(row, 4)};
    return true;
}

static bool set_servers(struct caa_history_read *read, struct caa_history_zone_view *view) {
    const struct caa_history_step *step = &read->steps[SERVERS];
    const struct caa_history_read_row *row;
    struct caa_history_zone_server *servers =
        caa_arena_array(read->arena, step->row_count + 1, sizeof *servers);
    if (servers == NULL) return false;
    view->servers = servers;
    STAILQ_FOREACH(row, &step->rows, link)
    servers[view->server_count++] =
        (struct caa_history_zone_server){.server = caa_history_read_text(row, 0),
                                         .address = caa_history_read_text(row, 1),
                                         .transport = caa_history_read_text(row, 2),
                                         .failure = caa_history_read_text(row, 3),
                                         .exchanges = count_in(row, 4),
                                         .last_at_us = caa_history_read_number(row, 5),
                                         .round_trip_us = caa_history_read_number(row, 6)};
    return true;
}

static bool set_recent(struct caa_history_read *read, struct caa_history_zone_view *view) {
    const struct caa_history_step *step = &read->steps[RECENT];
    const struct caa_history_read_row *row;
    struct caa_history_zone_lookup *recent =
        caa_arena_array(read->arena, step->row_count + 1, sizeof *recent);
    if (recent == NULL) return false;
    view->recent = recent;
    STAILQ_FOREACH(row, &step->rows, link)
    recent[view->recent_count++] =
        (struct caa_history_zone_lookup){.record_id = caa_history_read_text(row, 0),
                                         .name = caa_history_read_text(row, 1),
                                         .started_at_us = caa_history_read_number(row, 2),
                                         .elapsed_us = caa_history_read_number(row, 3),
                                         .failed = caa_history_read_number(row, 4) == 1,
                                         .rescued = caa_history_read_number(row, 5) == 1,
                                         .outcome = caa_history_read_text(row, 6),
                                         .zone = caa_history_read_text(row, 7),
                                         .fault = caa_history_read_text(row, 8),
                                         .failure = caa_history_read_text(row, 9)};
    return true;
}

static void answer_zone(struct caa_history_read *read) {
    caa_history_zone_done *done = (caa_history_zone_done *)read->done;
    const struct caa_history_read_row *counts = STAILQ_FIRST(&read->steps[COUNTS].rows);
    struct caa_history_zone_view view = {.lookups = count_in(counts, 0),
                                         .failed = count_in(counts, 1),
                                         .rescued = count_in(counts, 2)};
    if (read->err == CAA_OK &&
        !(set_failures(read, &view) && set_servers(read, &view) && set_recent(read, &view)))
        read->err = CAA_ERR_NOMEM;
    done(read->context, read->err, read->why, read->err == CAA_OK ? &view : NULL);
}

enum caa_err caa_history_zone(struct caa_history_client *client, const char *zone,
                              int64_t since_us, caa_history_zone_done *done, void *context) {
    static const enum caa_history_statement statements[] = {
        [COUNTS] = CAA_HISTORY_ZONE_COUNTS,
        [FAILURES] = CAA_HISTORY_ZONE_FAILURES,
        [SERVERS] = CAA_HISTORY_ZONE_SERVERS,
        [RECENT] = CAA_HISTORY_ZONE_RECENT,
    };
    struct caa_history_read *read = caa_history_read_new(answer_zone);
    if (read == NULL) return CAA_ERR_NOMEM;
    read->done = (void (*)(void))done;
    read->context = context;
    bool complete = true;
    for (size_t i = 0; i < sizeof statements / sizeof statements[0] && complete; i++) {
        struct caa_history_step *step = caa_history_read_add(read, statements[i]);
        complete = caa_history_step_text(step, zone) && caa_history_step_number(step, since_us);
        if (i == RECENT)
            complete = complete && caa_history_step_number(step, CAA_HISTORY_RECENT_MOST);
    }
    return caa_history_read_start(client, read, complete);
}
