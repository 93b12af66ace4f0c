#include "history/read.h"

#include "history/reader.h"

static uint64_t count_in(const struct caa_history_read_row *row, size_t column) {
    int64_t number = caa_history_read_number(row, column);
    return number < 0 ? 0 : (uint64_t)number;
}

static void answer_rates(struct caa_history_read *read) {
    caa_history_rates_done *done = (caa_history_rates_done *)read->done;
    const struct caa_history_step *step = &read->steps[0];
    const struct caa_history_read_row *row;
    struct caa_history_rate *rates =
        caa_arena_array(read->arena, step->row_count + 1, sizeof *rates);
    size_t count = 0;
    if (rates == NULL && read->err == CAA_OK) read->err = CAA_ERR_NOMEM;
    if (read->err != CAA_OK) {
        done(read->context, read->err, read->why, NULL, 0);
        return;
    }
    STAILQ_FOREACH(row, &step->rows, link)
    rates[count++] = (struct caa_history_rate){.key = caa_history_read_text(row, 0),
                                               .total = count_in(row, 1),
                                               .failed = count_in(row, 2),
                                               .rescued = count_in(row, 3)};
    done(read->context, CAA_OK, "", rates, count);
}

enum caa_err caa_history_rates(struct caa_history_client *client, enum caa_history_rate_by by,
                               const char *tld, int64_t from_us, int64_t to_us,
                               caa_history_rates_done *done, void *context) {
    static const enum caa_history_statement statements[] = {
        [CAA_HISTORY_RATE_BY_TLD] = CAA_HISTORY_RATES_BY_TLD,
        [CAA_HISTORY_RATE_BY_NAME] = CAA_HISTORY_RATES_BY_NAME,
        [CAA_HISTORY_RATE_BY_ZONE] = CAA_HISTORY_RATES_BY_ZONE,
        [CAA_HISTORY_RATE_BY_FAILURE] = CAA_HISTORY_RATES_BY_FAILURE,
        [CAA_HISTORY_RATE_BY_HOUR] = CAA_HISTORY_RATES_BY_HOUR,
        [CAA_HISTORY_RATE_BY_SERVER] = CAA_HISTORY_RATES_BY_SERVER,
    };
    struct caa_history_read *read = caa_history_read_new(answer_rates);
    if (read == NULL) return CAA_ERR_NOMEM;
    read->done = (void (*)(void))done;
    read->context = context;
    struct caa_history_step *step = caa_history_read_add(read, statements[by]);
    return caa_history_read_start(client, read,
                                  caa_history_step_number(step, from_us) &&
                                      caa_history_step_number(step, to_us) &&
                                      caa_history_step_text(step, tld) &&
                                      caa_history_step_number(step, CAA_HISTORY_ROWS_MOST));
}
