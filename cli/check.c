#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/check_options.h"
#include "cli/check_remote.h"
#include "cli/command.h"
#include "cli/names.h"
#include "cli/progress.h"
#include "dns/identifier.h"
#include "report/json.h"

/* Checks in flight; results leave in the order of the names. */
enum { WINDOW = 1024 };

/* One name's place in the window. */
struct place {
    struct run *run;
    struct caa_check *check; /* NULL where none was needed */
    bool finished;
    enum caa_problem
        unchecked;       /* why the name needed no check; CAA_PROBLEM_NONE where it did */
    struct caa_diag why; /* the reason */
    char *subject;       /* the name as it was given */
    size_t subject_len;
};

struct run {
    struct caa_check_options options;
    struct event_base *base;
    struct caa_engine *engine;
    struct event *input; /* wakes the loop when standard input has more */
    struct caa_names names;
    bool names_ended;
    bool any_name;      /* a list that turns out empty must not look like a permission */
    size_t head, count; /* places in use: `count` from `head` on, around the end */
    int exit_code;
    struct caa_text_style style;
    struct caa_progress progress;
    struct event *progress_clock;
    bool too_many; /* names for one certificate */
    bool printed;  /* something, so that the next report keeps a distance */
    struct place places[WINDOW];
};

static void show_help(void) {
    puts("usage: caa check NAME... [OPTION...]\n"
         "\n"
         "May a CA issue a certificate for these names? Looks CAA records up (RFC 8659), "
         "validated\n"
         "by DNSSEC. '-' reads names from standard input, one a line.\n"
         "\n"
         "  --issuer DOMAIN       issuer domain name of the CA; may be repeated "
         "(letsencrypt.org)\n"
         "  --account URI         the ACME account that asks, or an alias of it; may be "
         "repeated\n"
         "  --method LABEL        a label of the validation method, like dns-01; may be "
         "repeated\n"
         "  --purpose tls|smime   kind of certificate (tls)\n"
         "  --deadline S          seconds until a check gives up (20)\n"
         "  --json                one JSON object a line for each name\n"
         "  --problem challenge|answer\n"
         "                        only the ACME problem document (RFC 8555) for the names of "
         "one\n"
         "                        certificate, as it stands there; nothing where all are "
         "allowed\n"
         "  --answers FILE        take answers from a file instead of the DNS\n"
         "  --root-hints FILE     addresses of the root servers (/usr/share/dns/root.hints)\n"
         "  --trust-anchor FILE   DS or DNSKEY of the root (/usr/share/dns/root.key)\n"
         "  --forward ADDR[@PORT][#TLSNAME]\n"
         "                        ask this resolver, with #TLSNAME over TLS; may be repeated\n"
         "  --config FILE         configuration, see caa.conf(5) ($CAA_CONFIG, "
         "/etc/caa/caa.conf)\n"
         "  --no-rescue           take a failed lookup as it is: no second look, no evidence\n"
         "  --br-insecure-failure let a failure pass in a zone that is proved to be unsigned\n"
         "                        (BR 3.2.2.8; off by default)\n"
         "  --server URL          have a caad check, such as http://127.0.0.1:8257\n"
         "  --token-file FILE     the token that it wants (else $CAA_TOKEN)\n"
         "  --cacert FILE         certificates of authorities that its own is to be of\n"
         "  --cert FILE, --key FILE\n"
         "                        our certificate and its key, where it wants one\n"
         "  -h, --help            this text\n"
         "\n"
         "Exit status: 0 allowed, 1 forbidden, 2 undecided: try again later, 3 undecided: "
         "trying\n"
         "again will not help until a zone is mended, 4 not applicable (IP address, .onion),\n"
         "64 usage, 70 internal error, 78 configuration. Of several names the worst counts.");
}

static void note_exit_code(struct run *run, int exit_code) {
    if (caa_check_badness(exit_code) > caa_check_badness(run->exit_code))
        run->exit_code = exit_code;
}

static void print_line(struct run *run, char *line) {
    if (line == NULL) {
        note_exit_code(run, CAA_EXIT_INTERNAL);
        fputs("caa check: out of memory\n", stderr);
        return;
    }
    puts(line);
    free(line);
}

static void report_check(struct run *run, const struct caa_check *check) {
    const struct caa_check_result *result = caa_check_result(check);
    note_exit_code(run, caa_command_exit_code(&result->decision));
    if (run->options.json)
        print_line(run, caa_json_check(result, caa_engine_source(run->engine), NULL));
    else
        caa_text_check(stdout, result, &run->style);
}

static void complain(const struct place *place) {
    struct caa_diag what;
    int shown = place->subject_len < 300 ? (int)place->subject_len : 300;
    caa_diag_set(&what, "'%.*s': %s", shown, place->subject, place->why.text);
    fprintf(stderr, "caa check: %s\n", what.text);
}

/* A name that cannot be checked is an answer for programs and an error for people. */
static void report_unchecked(struct run *run, const struct place *place) {
    struct caa_slice subject = caa_slice_bytes(place->subject, place->subject_len);
    bool is_error = place->unchecked == CAA_PROBLEM_NOT_A_NAME;
    note_exit_code(run, is_error ? CAA_EXIT_USAGE : CAA_EXIT_NOT_APPLICABLE);
    if (run->options.json)
        print_line(run, caa_json_unchecked(subject, place->unchecked, place->why.text));
    else if (!is_error)
        caa_text_verdict(stdout, "not applicable", place->why.text, &run->style);
    if (is_error) complain(place);
}

static void report(struct run *run, struct place *place) {
    caa_progress_clear(&run->progress);
    bool for_people = !run->options.json && place->unchecked != CAA_PROBLEM_NOT_A_NAME;
    if (for_people && run->printed) putchar('\n');
    run->printed |= for_people;
    if (place->unchecked != CAA_PROBLEM_NONE)
        report_unchecked(run, place);
    else
        report_check(run, place->check);
}

static void clear_place(struct place *place) {
    caa_check_free(place->check);
    free(place->subject);
    memset(place, 0, sizeof *place);
}

static void report_finished(struct run *run) {
    while (run->count > 0 && run->places[run->head].finished) {
        report(run, &run->places[run->head]);
        clear_place(&run->places[run->head]);
        run->head = (run->head + 1) % WINDOW;
        run->count--;
    }
    fflush(stdout);
}

/* What one name of a certificate came to. */
static void note_name(struct run *run, const struct place *place,
                      struct caa_problem_name *name) {
    *name = (struct caa_problem_name){
        .unchecked = place->unchecked,
        .given = caa_slice_bytes(place->subject, place->subject_len),
        .reason = place->why.text,
    };
    if (place->unchecked == CAA_PROBLEM_NONE) {
        name->result = caa_check_result(place->check);
        note_exit_code(run, caa_command_exit_code(&name->result->decision));
    } else {
        bool is_error = place->unchecked == CAA_PROBLEM_NOT_A_NAME;
        note_exit_code(run, is_error ? CAA_EXIT_USAGE : CAA_EXIT_NOT_APPLICABLE);
    }
}

/* One document for all names. */
static enum caa_err report_problem(struct run *run) {
    static struct caa_problem_name names[WINDOW];
    struct caa_problem_document document;
    for (size_t i = 0; i < run->count; i++) note_name(run, &run->places[i], &names[i]);
    enum caa_err err = caa_problem_of_check(&document, names, run->count, run->options.place);
    if (document.status != 0) print_line(run, caa_problem_document_text(&document));
    caa_problem_document_free(&document);
    return err;
}

static bool is_all_finished(const struct run *run) {
    for (size_t i = 0; i < run->count; i++)
        if (!run->places[i].finished) return false;
    return run->names_ended;
}

static void on_checked(void *context, struct caa_check *check) {
    struct place *place = context;
    (void)check;
    place->finished = true;
    event_base_loopbreak(place->run->base);
}

static enum caa_err take_name(struct run *run, struct caa_slice name) {
    struct place *place = &run->places[(run->head + run->count) % WINDOW];
    struct caa_identifier identifier;
    place->run = run;
    place->subject = malloc(name.len + 1);
    if (place->subject == NULL) return CAA_ERR_NOMEM;
    memcpy(place->subject, name.ptr, name.len);
    place->subject_len = name.len;
    run->count++;
    place->unchecked = caa_names_read(name, &identifier, &place->why);
    place->finished = place->unchecked != CAA_PROBLEM_NONE;
    if (place->finished) return CAA_OK;
    struct caa_request request = caa_check_options_request(&run->options, &identifier);
    return caa_engine_check(run->engine, &place->check, &request, run->options.deadline_ms,
                            on_checked, place);
}

/* Starts checks while there is a name and a place for it. */
static enum caa_err take_names(struct run *run, struct caa_diag *diag) {
    while (run->count < WINDOW && !run->names_ended) {
        struct caa_slice name;
        enum caa_err err;
        switch (caa_names_next(&run->names, &name)) {
        case CAA_NAMES_READY:
            run->any_name = true;
            err = take_name(run, name);
            if (err != CAA_OK) return err;
            break;
        case CAA_NAMES_WAIT: return event_add(run->input, NULL) == 0 ? CAA_OK : CAA_ERR_EVENT;
        case CAA_NAMES_END: run->names_ended = true; break;
        case CAA_NAMES_FAILED:
            caa_diag_set(diag, "standard input: %s", strerror(errno));
            return CAA_ERR_FILE;
        }
    }
    return CAA_OK;
}

static void on_input(evutil_socket_t fd, short events, void *context) {
    struct run *run = context;
    (void)fd;
    (void)events;
    event_base_loopbreak(run->base);
}

static void on_progress_clock(evutil_socket_t fd, short events, void *context) {
    struct run *run = context;
    (void)fd;
    (void)events;
    if (run->count > 0) caa_progress_show(&run->progress, run->places[run->head].check);
}

static enum caa_err check_all(struct run *run, struct caa_diag *diag) {
    for (;;) {
        enum caa_err err = take_names(run, diag);
        if (err != CAA_OK) return err;
        run->too_many = run->options.problem && run->count == WINDOW && !run->names_ended;
        if (run->too_many) return CAA_OK;
        if (run->options.problem && is_all_finished(run)) return report_problem(run);
        if (!run->options.problem) report_finished(run);
        if (run->count == 0 && run->names_ended) return CAA_OK;
        if (run->count < WINDOW && !run->names_ended &&
            !event_pending(run->input, EV_READ, NULL))
            continue;
        if (event_base_dispatch(run->base) < 0) return CAA_ERR_EVENT;
    }
}

static enum caa_err set_up(struct run *run, struct caa_diag *diag) {
    run->base = event_base_new();
    if (run->base == NULL) return CAA_ERR_EVENT;
    run->input = event_new(run->base, STDIN_FILENO, EV_READ, on_input, run);
    run->progress = caa_progress_begin();
    run->progress_clock = event_new(run->base, -1, EV_PERSIST, on_progress_clock, run);
    if (run->input == NULL || run->progress_clock == NULL) return CAA_ERR_EVENT;
    const struct timeval half_second = {.tv_usec = 500000};
    if (run->progress.on_terminal) event_add(run->progress_clock, &half_second);
    return caa_engine_new(&run->engine, run->base, caa_clock_system(), &run->options.engine,
                          diag);
}

static void tear_down(struct run *run) {
    for (size_t i = 0; i < WINDOW; i++) clear_place(&run->places[i]);
    caa_engine_free(run->engine);
    if (run->input != NULL) event_free(run->input);
    if (run->progress_clock != NULL) event_free(run->progress_clock);
    if (run->base != NULL) event_base_free(run->base);
    caa_check_options_free(&run->options);
}

static int run_check(struct run *run, int argc, char **argv) {
    struct caa_diag diag = {.text = ""};
    bool usage;
    enum caa_err err = caa_check_options_read(&run->options, argc, argv, &usage, &diag);
    if (usage) return caa_command_misused("check", &diag);
    if (err == CAA_OK && run->options.help) {
        show_help();
        return CAA_EXIT_ALLOWED;
    }
    if (err == CAA_OK && run->options.server != NULL) return caa_check_remote(&run->options);
    caa_command_raise_file_limit();
    run->style = caa_command_style();
    caa_names_begin(&run->names, run->options.names, run->options.name_count);
    if (err == CAA_OK) err = set_up(run, &diag);
    if (err == CAA_OK) err = check_all(run, &diag);
    if (err == CAA_OK && (!run->any_name || run->too_many)) {
        caa_diag_set(&diag, run->too_many
                                ? "--problem is for one certificate, not for so many names"
                                : "no name given on standard input");
        return caa_command_misused("check", &diag);
    }
    return err == CAA_OK ? run->exit_code : caa_command_failed("check", err, &diag);
}

int caa_command_check(int argc, char **argv) {
    struct run *run = calloc(1, sizeof *run);
    if (run == NULL) return caa_command_failed("check", CAA_ERR_NOMEM, &(struct caa_diag){""});
    int exit_code = run_check(run, argc, argv);
    tear_down(run);
    free(run);
    return caa_command_finish("check", exit_code);
}
