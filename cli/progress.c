#include "cli/progress.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/command.h"

enum { LINE_MAX_COLUMNS = 200, COLUMNS_DEFAULT = 80 };

struct caa_progress caa_progress_begin(void) {
    return (struct caa_progress){.on_terminal = caa_command_is_terminal(STDERR_FILENO)};
}

int caa_progress_columns(void) {
    struct winsize window;
    bool is_told = ioctl(STDERR_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 1;
    return is_told ? window.ws_col - 1 : COLUMNS_DEFAULT - 1;
}

static void write_zone(struct caa_writer *line, const struct caa_evidence *evidence) {
    char zone[CAA_NAME_TEXT_MAX];
    caa_name_to_text(&evidence->zone, zone);
    caa_writer_text(line, "the servers of ");
    caa_writer_text(line, caa_name_is_root(&evidence->zone) ? "the root" : zone);
    caa_writer_text(line, " ");
    caa_writer_text(line, caa_failure_text(evidence->failure));
}

static void write_failure(struct caa_writer *line, const struct caa_answer *failure) {
    const struct caa_evidence *evidence = failure->evidence;
    char name[CAA_NAME_TEXT_MAX];
    caa_name_to_text(&failure->owner, name);
    caa_writer_text(line, name);
    caa_writer_text(line, ": ");
    if (evidence != NULL && evidence->failure != CAA_FAILURE_NONE)
        write_zone(line, evidence);
    else
        caa_writer_text(line, caa_outcome_text(failure->outcome));
    caa_writer_text(line, "; asking again, ");
    caa_writer_number(line, failure->elapsed_us / 1000000);
    caa_writer_text(line, " s");
}

void caa_progress_show(struct caa_progress *progress, struct caa_check *check) {
    char text[LINE_MAX_COLUMNS];
    if (!progress->on_terminal || check == NULL) return;
    const struct caa_answer *failure = caa_check_failure_so_far(check);
    if (failure == NULL) return;
    struct caa_writer line = caa_writer_into(text, sizeof text);
    write_failure(&line, failure);
    caa_answer_release(failure);
    fprintf(stderr, "\r\033[K%.*s", caa_progress_columns(), text);
    fflush(stderr);
    progress->shown = true;
}

void caa_progress_clear(struct caa_progress *progress) {
    if (!progress->shown) return;
    fputs("\r\033[K", stderr);
    fflush(stderr);
    progress->shown = false;
}
