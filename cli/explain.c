#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/live.h"
#include "problem/explainer.h"
#include "report/explain.h"
#include "report/json.h"
#include "report/sentence.h"

static const struct option long_options[] = {
    {"help", no_argument, NULL, CAA_CHECK_OPTION_HELP},
    {"json", no_argument, NULL, CAA_CHECK_OPTION_JSON},
    {"live", no_argument, NULL, CAA_CHECK_OPTION_LIVE},
    {"issuer", required_argument, NULL, CAA_CHECK_OPTION_ISSUER},
    {"deadline", required_argument, NULL, CAA_CHECK_OPTION_DEADLINE},
    {"answers", required_argument, NULL, CAA_CHECK_OPTION_ANSWERS},
    {"root-hints", required_argument, NULL, CAA_CHECK_OPTION_ROOT_HINTS},
    {"trust-anchor", required_argument, NULL, CAA_CHECK_OPTION_TRUST_ANCHOR},
    {"forward", required_argument, NULL, CAA_CHECK_OPTION_FORWARD},
    {"config", required_argument, NULL, CAA_CHECK_OPTION_CONFIG},
    {"no-rescue", no_argument, NULL, CAA_CHECK_OPTION_NO_RESCUE},
    {NULL, 0, NULL, 0},
};

struct explain_run {
    struct caa_check_options options;
    struct caa_explainer *explainer;
    struct caa_live *live; /* NULL unless asked for */
    struct caa_text_style style;
    bool numbered; /* lines of standard input, not an argument */
    bool printed;  /* something, so that the next explanation keeps a distance */
    int exit_code;
    enum caa_err err;
};

static void show_help(void) {
    puts("usage: caa explain TEXT... [OPTION...]\n"
         "\n"
         "What does this error of a CA mean: what failed, whose fault is it, try again or not? "
         "A "
         "TEXT\n"
         "is the error alone, a line of a log with it, or a problem, order or authorization "
         "in JSON;\n"
         "'-' reads standard input: one such text, or a log of any length.\n"
         "\n"
         "  --json                one JSON object a line for each error\n"
         "  --live                check the names now: is the fault still there?\n"
         "  --issuer DOMAIN       issuer domain name of the CA, for --live; may be repeated\n"
         "                        (letsencrypt.org)\n"
         "  --deadline S          seconds until such a check gives up (20)\n"
         "  --answers FILE        take its answers from a file instead of the DNS\n"
         "  --root-hints FILE     addresses of the root servers (/usr/share/dns/root.hints)\n"
         "  --trust-anchor FILE   DS or DNSKEY of the root (/usr/share/dns/root.key)\n"
         "  --forward ADDR[@PORT][#TLSNAME]\n"
         "                        ask this resolver, with #TLSNAME over TLS; may be repeated\n"
         "  --config FILE         configuration, see caa.conf(5) ($CAA_CONFIG, "
         "/etc/caa/caa.conf)\n"
         "  --no-rescue           take a failed lookup as it is\n"
         "  -h, --help            this text\n"
         "\n"
         "Exit status: 1 a CAA record forbids it, 2 try again later, 3 trying again will not "
         "help\n"
         "until something is mended, 5 not known, 64 usage, 70 internal error, 78 "
         "configuration.\n"
         "Of several errors the worst counts.");
}

static int exit_code_of(const struct caa_explanation *explanation) {
    if (explanation->problem == CAA_PROBLEM_FORBIDDEN) return CAA_EXIT_FORBIDDEN;
    switch (explanation->again) {
    case CAA_AGAIN_YES: return CAA_EXIT_TRY_AGAIN;
    case CAA_AGAIN_NO: return CAA_EXIT_MEND_FIRST;
    case CAA_AGAIN_UNKNOWN: break;
    }
    return CAA_EXIT_NOT_KNOWN;
}

/* From good to bad: what may pass, what nobody knows, what has to be mended, what is forbidden.
 */
static void note_exit_code(struct explain_run *run, int exit_code) {
    static const int from_good_to_bad[] = {0, CAA_EXIT_TRY_AGAIN, CAA_EXIT_NOT_KNOWN,
                                           CAA_EXIT_MEND_FIRST, CAA_EXIT_FORBIDDEN};
    for (size_t i = 0; i < sizeof from_good_to_bad / sizeof from_good_to_bad[0]; i++) {
        if (from_good_to_bad[i] == exit_code) return;
        if (from_good_to_bad[i] == run->exit_code) break;
    }
    run->exit_code = exit_code;
}

static json_t *live_object(struct explain_run *run, enum caa_live_state state,
                           const struct caa_check_result *result) {
    if (state == CAA_LIVE_NOT_CHECKED) return json_null();
    char *check = caa_json_check(result, caa_live_source(run->live), NULL);
    json_t *object = json_object();
    json_object_set_new(object, "still",
                        state == CAA_LIVE_UNCLEAR ? json_null()
                                                  : json_boolean(state == CAA_LIVE_STILL));
    json_object_set_new(object, "check", check == NULL ? NULL : json_loads(check, 0, NULL));
    free(check);
    return object;
}

static void print_json(struct explain_run *run, const struct caa_explanation *explanation,
                       enum caa_live_state state, const struct caa_check_result *result) {
    json_t *object = caa_json_explanation(explanation);
    if (run->options.live) json_object_set_new(object, "live", live_object(run, state, result));
    char *line = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(9));
    json_decref(object);
    if (line == NULL) {
        run->err = CAA_ERR_NOMEM;
        return;
    }
    puts(line);
    free(line);
}

static void print_live(struct explain_run *run, enum caa_live_state state,
                       const struct caa_check_result *result) {
    char sentence[CAA_SENTENCE_MAX];
    struct caa_writer writer = caa_writer_into(sentence, sizeof sentence);
    if (state == CAA_LIVE_NOT_CHECKED) {
        puts("It was not checked now: there is no name to check, or too many were checked "
             "already.");
        return;
    }
    caa_sentence_verdict(result, &writer);
    caa_writer_char(&writer, '.');
    printf("%s ", state == CAA_LIVE_STILL  ? "It is still so;"
                  : state == CAA_LIVE_GONE ? "It is gone;"
                                           : "CAA, by itself,");
    caa_text_verdict(stdout, caa_verdict_code(result->decision.verdict), sentence, &run->style);
    writer = caa_writer_into(sentence, sizeof sentence);
    caa_sentence_advice(result, &writer);
    fputs(sentence, stdout);
}

static void print_text(struct explain_run *run, const struct caa_explanation *explanation,
                       enum caa_live_state state, const struct caa_check_result *result) {
    if (run->printed) putchar('\n');
    run->printed = true;
    caa_text_explanation(stdout, explanation, &run->style);
    if (run->options.live) print_live(run, state, result);
}

static void report(void *context, const struct caa_explanation *explanation) {
    struct explain_run *run = context;
    struct caa_explanation shown = *explanation;
    enum caa_live_state state = CAA_LIVE_NOT_CHECKED;
    const struct caa_check_result *result = NULL;
    if (run->err != CAA_OK) return;
    if (!run->numbered) shown.line = 0;
    if (run->live != NULL) run->err = caa_live_check(run->live, explanation, &state, &result);
    if (run->err != CAA_OK) return;
    note_exit_code(run, exit_code_of(explanation));
    caa_live_revise(&shown, state, result);
    if (run->options.json)
        print_json(run, &shown, state, result);
    else
        print_text(run, &shown, state, result);
}

/* A name of a file is an easy mistake, and no error text. */
static void hint_at_file(const char *text) {
    if (access(text, R_OK) != 0 || strpbrk(text, "/.") == NULL) return;
    fprintf(stderr, "caa explain: '%s' is a file; for what it holds: caa explain - < %s\n",
            text, text);
}

/* One text has ended: where it held nothing that is known, that is said. */
static void end_text(struct explain_run *run, const char *text, unsigned long taken_before) {
    caa_explainer_end(run->explainer);
    if (caa_explainer_taken_count(run->explainer) > taken_before) return;
    if (!run->numbered) hint_at_file(text);
    struct caa_explanation nothing = caa_explain_nothing();
    nothing.problem = CAA_PROBLEM_UNKNOWN;
    caa_explain_judge(&nothing);
    run->numbered = false;
    report(run, &nothing);
}

static enum caa_err explain_input(struct explain_run *run, struct caa_diag *diag) {
    static char octets[1 << 16];
    ssize_t len;
    while ((len = read(STDIN_FILENO, octets, sizeof octets)) != 0 && run->err == CAA_OK) {
        if (len < 0 && errno == EINTR) continue;
        if (len < 0) {
            caa_diag_set(diag, "standard input: %s", strerror(errno));
            return CAA_ERR_FILE;
        }
        caa_explainer_feed(run->explainer, caa_slice_bytes(octets, (size_t)len));
        if (ferror(stdout)) return CAA_OK;
    }
    return CAA_OK;
}

static enum caa_err explain_all(struct explain_run *run, struct caa_diag *diag) {
    enum caa_err err = CAA_OK;
    for (int i = 0; err == CAA_OK && i < run->options.name_count; i++) {
        const char *text = run->options.names[i];
        unsigned long before = caa_explainer_taken_count(run->explainer);
        run->numbered = strcmp(text, "-") == 0;
        if (run->numbered)
            err = explain_input(run, diag);
        else
            caa_explainer_feed(run->explainer, caa_slice_of(text));
        if (err == CAA_OK) end_text(run, text, before);
        if (err == CAA_OK) err = run->err;
    }
    return err;
}

static int run_explain(struct explain_run *run, int argc, char **argv) {
    struct caa_diag diag = {.text = ""};
    bool usage;
    enum caa_err err =
        caa_check_options_read_of(&run->options, long_options, argc, argv, &usage, &diag);
    if (usage) return caa_command_misused("explain", &diag);
    if (err == CAA_OK && run->options.help) {
        show_help();
        return 0;
    }
    run->style = caa_command_style();
    if (err == CAA_OK) run->explainer = caa_explainer_new(report, run);
    if (err == CAA_OK && run->explainer == NULL) err = CAA_ERR_NOMEM;
    if (err == CAA_OK && run->options.live)
        err = caa_live_new(&run->live, &run->options, &diag);
    if (err == CAA_OK) err = explain_all(run, &diag);
    return err == CAA_OK ? run->exit_code : caa_command_failed("explain", err, &diag);
}

int caa_command_explain(int argc, char **argv) {
    struct explain_run *run = calloc(1, sizeof *run);
    if (run == NULL)
        return caa_command_failed("explain", CAA_ERR_NOMEM, &(struct caa_diag){""});
    int exit_code = run_explain(run, argc, argv);
    caa_live_free(run->live);
    caa_explainer_free(run->explainer);
    caa_check_options_free(&run->options);
    free(run);
    return caa_command_finish("explain", exit_code);
}
