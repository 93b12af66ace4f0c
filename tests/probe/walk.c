/* A walk with the limits that a rescue has, and nobody to resolve names: walk NAME prints it as
   `caa trace --json` does. */
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "probe/walk.h"
#include "report/trace.h"

struct run {
    struct event_base *base;
    struct caa_walk *walk;
    char events[4096]; /* what was told on the way, "usable net" */
    size_t events_len;
};

static void on_progress(void *context, struct caa_walk *walk, enum caa_walk_event event,
                        const struct caa_path_zone *zone) {
    static const char *const words[] = {"found", "usable", "confirmed"};
    struct run *run = context;
    char name[CAA_NAME_TEXT_MAX];
    caa_name_to_text(&zone->name, name);
    if (caa_walk_path(walk)->done) abort();
    int len = snprintf(run->events + run->events_len, sizeof run->events - run->events_len,
                       "%s %s\n", words[event], name);
    if (len > 0 && run->events_len + (size_t)len < sizeof run->events)
        run->events_len += (size_t)len;
}

static void on_done(void *context, struct caa_walk *walk) {
    struct run *run = context;
    (void)walk;
    event_base_loopbreak(run->base);
}

static void print(const struct run *run, const struct caa_question *question) {
    const struct caa_answer *nobody = caa_answer_failure(
        &question->name, question->type, CAA_OUTCOME_NETWORK, "nobody was asked", 0, 0);
    struct caa_trace trace = {
        .path = caa_walk_path(run->walk), .answer = nobody, .source = "nobody"};
    char *line = caa_json_trace(&trace);
    if (line != NULL) puts(line);
    fwrite(run->events, 1, run->events_len, stderr);
    free(line);
    caa_answer_release(nobody);
}

static int walk(const char *name, const struct caa_root_hints *hints) {
    struct caa_question question = {.type = CAA_TYPE_CAA};
    struct run run = {.base = event_base_new()};
    if (run.base == NULL ||
        caa_name_from_text(&question.name, caa_slice_of(name), NULL) != CAA_OK)
        return 1;
    struct caa_walk_setting setting = {.base = run.base,
                                       .clock = caa_clock_system(),
                                       .root_hints = hints,
                                       .confirm_referrals = true,
                                       .progress = on_progress,
                                       .done = on_done,
                                       .context = &run};
    if (caa_walk_start(&run.walk, &setting, &question) != CAA_OK) return 1;
    event_base_dispatch(run.base);
    print(&run, &question);
    caa_walk_free(run.walk);
    event_base_free(run.base);
    return 0;
}

int main(int argc, char **argv) {
    static struct caa_root_hints hints;
    char path[4096];
    struct caa_slice text;
    const char *lab = getenv("CAA_LAB");
    if (argc != 2 || lab == NULL) return 2;
    (void)snprintf(path, sizeof path, "%s/root.hints", lab);
    if (caa_file_read(&text, path, CAA_BOOTSTRAP_FILE_MAX, NULL) != CAA_OK) return 2;
    enum caa_err err = caa_root_hints_read(&hints, text, path, NULL);
    caa_file_free(text);
    return err == CAA_OK ? walk(argv[1], &hints) : 2;
}
