#include "cli/check_remote.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/utf8.h"
#include "cli/command.h"
#include "cli/names.h"
#include "cli/remote.h"
#include "dns/identifier.h"
#include "report/json.h"

enum { WINDOW = 32 }; /* requests at once; results leave in the order of the names */

struct place {
    bool is_no_name;
    struct caa_diag why; /* not */
    char *subject;       /* the name as it was given */
    size_t subject_len;
    char *name; /* as it was asked about */
    struct caa_remote_call call;
};

struct run {
    const struct caa_check_options *options;
    struct caa_remote remote;
    struct caa_names names;
    struct caa_text_style style;
    bool names_ended, names_wait, any_name, printed;
    size_t head, count; /* places in use, around the end */
    int exit_code;
    struct place places[WINDOW];
};

int caa_check_badness(int exit_code) {
    static const int from_good_to_bad[] = {
        CAA_EXIT_ALLOWED,   CAA_EXIT_NOT_APPLICABLE, CAA_EXIT_TRY_AGAIN, CAA_EXIT_MEND_FIRST,
        CAA_EXIT_FORBIDDEN, CAA_EXIT_USAGE,          CAA_EXIT_INTERNAL,
    };
    int rank = 0;
    while (from_good_to_bad[rank] != exit_code && from_good_to_bad[rank] != CAA_EXIT_INTERNAL)
        rank++;
    return rank;
}

static void note_exit_code(struct run *run, int exit_code) {
    if (caa_check_badness(exit_code) > caa_check_badness(run->exit_code))
        run->exit_code = exit_code;
}

/* ---- what came back ---- */

static int exit_code_of(const json_t *told) {
    const char *verdict = json_string_value(json_object_get(told, "verdict"));
    if (verdict == NULL) return CAA_EXIT_INTERNAL;
    if (strcmp(verdict, "allowed") == 0) return CAA_EXIT_ALLOWED;
    if (strcmp(verdict, "not-applicable") == 0) return CAA_EXIT_NOT_APPLICABLE;
    if (strcmp(verdict, "undecided") != 0) return CAA_EXIT_FORBIDDEN;
    return json_is_true(json_object_get(told, "retry_helps")) ? CAA_EXIT_TRY_AGAIN
                                                              : CAA_EXIT_MEND_FIRST;
}

/* Octets of the escape sequence for a colour that `text` starts with (ECMA-48 SGR), or 0. */
static size_t colour_sequence(const char *text) {
    if (text[0] != '\033' || text[1] != '[') return 0;
    size_t len = 2 + strspn(text + 2, "0123456789;");
    return text[len] == 'm' ? len + 1 : 0;
}

/* The report of a server, which is not to have the terminal do anything but show colours. */
static void print_report(const char *text, bool colour) {
    while (*text != '\0') {
        size_t len = colour ? colour_sequence(text) : 0;
        if (len == 0 && *text == '\n') len = 1;
        if (len == 0) len = caa_utf8_printable(caa_slice_of(text));
        if (len == 0) putchar('?');
        fwrite(text, 1, len, stdout);
        text += len == 0 ? 1 : len;
    }
}

static void print_verdict(struct run *run, const json_t *told, const char *answer) {
    const char *report = json_string_value(json_object_get(told, "report"));
    const char *text = json_string_value(json_object_get(told, "text"));
    if (run->options->json) {
        puts(answer);
        return;
    }
    if (run->printed) putchar('\n');
    run->printed = true;
    if (report != NULL)
        print_report(report, run->style.colour);
    else
        caa_text_verdict(stdout, "not applicable", text == NULL ? "" : text, &run->style);
}

/* What the server says is wrong, or that it says nothing. */
static void complain(struct run *run, const struct place *place, const json_t *told) {
    const struct caa_remote_call *call = &place->call;
    const char *detail = json_string_value(json_object_get(told, "detail"));
    struct caa_diag what;
    if (call->status == 0)
        caa_diag_set(&what, "%s: %s", run->options->server, call->why);
    else if (detail != NULL)
        caa_diag_set(&what, "%s: %ld: %s", run->options->server, call->status, detail);
    else
        caa_diag_set(&what, "%s: answers with status %ld, and not as caad does",
                     run->options->server, call->status);
    fprintf(stderr, "caa check: %s\n", what.text);
    bool is_ours = call->status == 400 || call->status == 401 || call->status == 403 ||
                   call->status == 404;
    note_exit_code(run, is_ours ? CAA_EXIT_CONFIGURATION : CAA_EXIT_INTERNAL);
}

/* A verdict, and on the name that was asked about: something on the way may answer for it. */
static bool is_answer(const struct place *place, const json_t *told) {
    const char *name = json_string_value(json_object_get(told, "name"));
    return place->call.status == 200 && json_is_string(json_object_get(told, "verdict")) &&
           name != NULL && strcmp(name, place->name) == 0;
}

static void report_answer(struct run *run, const struct place *place) {
    const struct caa_remote_call *call = &place->call;
    json_t *told = call->answer == NULL ? NULL
                                        : json_loadb(call->answer, call->answer_len,
                                                     JSON_REJECT_DUPLICATES, NULL);
    if (is_answer(place, told)) {
        note_exit_code(run, exit_code_of(told));
        print_verdict(run, told, call->answer);
    } else {
        complain(run, place, told);
    }
    json_decref(told);
}

static void report_no_name(struct run *run, const struct place *place) {
    struct caa_diag what;
    int shown = place->subject_len < 300 ? (int)place->subject_len : 300;
    struct caa_slice subject = caa_slice_bytes(place->subject, place->subject_len);
    note_exit_code(run, CAA_EXIT_USAGE);
    if (run->options->json) {
        char *line = caa_json_unchecked(subject, CAA_PROBLEM_NOT_A_NAME, place->why.text);
        puts(line == NULL ? "" : line);
        free(line);
    }
    caa_diag_set(&what, "'%.*s': %s", shown, place->subject, place->why.text);
    fprintf(stderr, "caa check: %s\n", what.text);
}

/* ---- the names ---- */

static void clear_place(struct run *run, struct place *place) {
    caa_remote_drop(&run->remote, &place->call);
    free(place->subject);
    free(place->name);
    memset(place, 0, sizeof *place);
}

static void report_finished(struct run *run) {
    while (run->count > 0) {
        struct place *place = &run->places[run->head];
        if (!place->is_no_name && !place->call.is_over) break;
        if (place->is_no_name)
            report_no_name(run, place);
        else
            report_answer(run, place);
        clear_place(run, place);
        run->head = (run->head + 1) % WINDOW;
        run->count--;
    }
    fflush(stdout);
}

static enum caa_err take_name(struct run *run, struct caa_slice name) {
    struct place *place = &run->places[(run->head + run->count) % WINDOW];
    struct caa_identifier identifier;
    place->subject = malloc(name.len + 1);
    if (place->subject == NULL) return CAA_ERR_NOMEM;
    memcpy(place->subject, name.ptr, name.len);
    place->subject_len = name.len;
    run->count++;
    place->is_no_name = caa_identifier_parse(&identifier, name, &place->why) != CAA_OK;
    if (place->is_no_name) return CAA_OK;
    place->name = strdup(identifier.text);
    return place->name == NULL ? CAA_ERR_NOMEM
                               : caa_remote_ask(&run->remote, &place->call, place->name);
}

static enum caa_err take_names(struct run *run, struct caa_diag *diag) {
    run->names_wait = false;
    while (run->count < WINDOW && !run->names_ended && !run->names_wait) {
        struct caa_slice name;
        enum caa_err err = CAA_OK;
        switch (caa_names_next(&run->names, &name)) {
        case CAA_NAMES_READY:
            run->any_name = true;
            err = take_name(run, name);
            break;
        case CAA_NAMES_WAIT: run->names_wait = true; break;
        case CAA_NAMES_END: run->names_ended = true; break;
        case CAA_NAMES_FAILED:
            caa_diag_set(diag, "standard input: %s", strerror(errno));
            err = CAA_ERR_FILE;
            break;
        }
        if (err != CAA_OK) return err;
    }
    return CAA_OK;
}

static enum caa_err check_all(struct run *run, struct caa_diag *diag) {
    for (;;) {
        enum caa_err err = take_names(run, diag);
        if (err != CAA_OK) return err;
        caa_remote_run(&run->remote);
        report_finished(run);
        if (run->count == 0 && run->names_ended) return CAA_OK;
        if (run->count == WINDOW || run->names_ended || run->names_wait)
            caa_remote_wait(&run->remote, run->names_wait ? STDIN_FILENO : -1);
    }
}

static int run_all(struct run *run) {
    struct caa_diag diag = {.text = ""};
    enum caa_err err = caa_remote_open(&run->remote, run->options, &diag);
    run->remote.colour = run->style.colour;
    run->remote.unicode = run->style.unicode;
    if (err == CAA_OK) err = check_all(run, &diag);
    for (size_t i = 0; i < WINDOW; i++) clear_place(run, &run->places[i]);
    caa_remote_close(&run->remote);
    if (err != CAA_OK) return caa_command_failed("check", err, &diag);
    if (run->any_name) return run->exit_code;
    caa_diag_set(&diag, "no name given on standard input");
    return caa_command_misused("check", &diag);
}

int caa_check_remote(const struct caa_check_options *options) {
    struct run *run = calloc(1, sizeof *run);
    if (run == NULL) return caa_command_failed("check", CAA_ERR_NOMEM, &(struct caa_diag){""});
    run->options = options;
    run->style = caa_command_style();
    caa_names_begin(&run->names, options->names, options->name_count);
    int exit_code = run_all(run);
    free(run);
    return exit_code;
}
