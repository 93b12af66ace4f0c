#include "history/read.h"

#include <stdlib.h>

#include "history/reader.h"
#include "history/record_state.h"

enum { PAGE_OCTETS = 8 << 20 };

/* Row by row as the statements say that begin with RECORD_. */
static struct caa_history_view view_of(const struct caa_history_read_row *row) {
    return (struct caa_history_view){
#define TEXT(column)   caa_history_read_text(row, CAA_RECORD_##column)
#define NUMBER(column) caa_history_read_number(row, CAA_RECORD_##column)
        .id = TEXT(ID),
        .kind = TEXT(KIND),
        .started_at_us = NUMBER(STARTED_AT_US),
        .elapsed_us = NUMBER(ELAPSED_US),
        .name = TEXT(NAME),
        .type = NUMBER(TYPE),
        .tld = TEXT(TLD),
        .verdict = TEXT(VERDICT),
        .rule = TEXT(RULE),
        .decided_at = TEXT(DECIDED_AT),
        .cause = TEXT(CAUSE),
        .outcome = TEXT(OUTCOME),
        .security = TEXT(SECURITY),
        .rcode = NUMBER(RCODE),
        .zone = TEXT(ZONE),
        .fault = TEXT(FAULT),
        .failure = TEXT(FAILURE),
        .retry_after_s = NUMBER(RETRY_AFTER_S),
        .rescued = NUMBER(RESCUED) == 1,
        .lost = NUMBER(LOST),
        .client = TEXT(CLIENT),
        .perspective = TEXT(PERSPECTIVE),
        .perspective_name = TEXT(PERSPECTIVE_NAME),
        .quorum = TEXT(QUORUM),
        .parent_id = TEXT(PARENT_ID),
        .document = TEXT(DOCUMENT),
#undef TEXT
#undef NUMBER
    };
}

static void answer_get(struct caa_history_read *read) {
    caa_history_got *got = (caa_history_got *)read->done;
    const struct caa_history_read_row *row = STAILQ_FIRST(&read->steps[0].rows);
    if (row == NULL || read->err != CAA_OK) {
        got(read->context, read->err, read->why, NULL);
        return;
    }
    struct caa_history_view view = view_of(row);
    got(read->context, CAA_OK, "", &view);
}

enum caa_err caa_history_get(struct caa_history_client *client, const char *id,
                             caa_history_got *got, void *context) {
    struct caa_history_read *read = caa_history_read_new(answer_get);
    if (read == NULL) return CAA_ERR_NOMEM;
    read->done = (void (*)(void))got;
    read->context = context;
    struct caa_history_step *step = caa_history_read_add(read, CAA_HISTORY_RECORD_BY_ID);
    return caa_history_read_start(client, read, caa_history_step_text(step, id));
}

static void answer_page(struct caa_history_read *read) {
    caa_history_page_done *done = (caa_history_page_done *)read->done;
    const struct caa_history_step *step = &read->steps[0];
    const struct caa_history_read_row *row;
    struct caa_history_view *views =
        caa_arena_array(read->arena, step->row_count + 1, sizeof *views);
    size_t count = 0;
    if (views == NULL && read->err == CAA_OK) read->err = CAA_ERR_NOMEM;
    if (read->err != CAA_OK) {
        done(read->context, read->err, read->why, NULL, 0, false);
        return;
    }
    STAILQ_FOREACH(row, &step->rows, link) views[count++] = view_of(row);
    done(read->context, CAA_OK, "", views, count, read->ended_early || count == read->most);
}

enum caa_err caa_history_page(struct caa_history_client *client,
                              const struct caa_history_page_request *request,
                              caa_history_page_done *done, void *context) {
    static const enum caa_history_statement statements[] = {
        [CAA_HISTORY_PAGE_BY_TIME] = CAA_HISTORY_RECORDS_BY_TIME,
        [CAA_HISTORY_PAGE_BY_NAME] = CAA_HISTORY_RECORDS_BY_NAME,
        [CAA_HISTORY_PAGE_BY_ZONE] = CAA_HISTORY_RECORDS_BY_ZONE,
    };
    struct caa_history_read *read = caa_history_read_new(answer_page);
    if (read == NULL) return CAA_ERR_NOMEM;
    read->done = (void (*)(void))done;
    read->context = context;
    read->octets_enough = PAGE_OCTETS;
    read->most = request->most == 0 || request->most > CAA_HISTORY_PAGE_MOST
                     ? CAA_HISTORY_PAGE_MOST
                     : request->most;
    struct caa_history_step *step = caa_history_read_add(read, statements[request->by]);
    bool complete = caa_history_step_number(step, request->from_us) &&
                    caa_history_step_text(step, request->after) &&
                    caa_history_step_number(step, request->to_us) &&
                    caa_history_step_text(step, request->kind) &&
                    caa_history_step_number(step, (int64_t)read->most);
    if (complete && request->by != CAA_HISTORY_PAGE_BY_TIME)
        complete = caa_history_step_text(step, request->key);
    return caa_history_read_start(client, read, complete);
}
