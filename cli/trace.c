#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libknot/libknot.h>

#include "cli/check_options.h"
#include "cli/command.h"
#include "dns/identifier.h"
#include "dns/suffix.h"
#include "engine/shared.h"
#include "probe/walk.h"
#include "report/trace.h"
#include "rescue/advice.h"

enum {
    DEADLINE_MS_DEFAULT = 20000,
    QUERIES_MOST = 400, /* a person asks for one name, and wants to see it all */
    LOOKUPS_MOST = 40,
};

static const struct option long_options[] = {
    {"help", no_argument, NULL, CAA_CHECK_OPTION_HELP},
    {"deadline", required_argument, NULL, CAA_CHECK_OPTION_DEADLINE},
    {"json", no_argument, NULL, CAA_CHECK_OPTION_JSON},
    {"root-hints", required_argument, NULL, CAA_CHECK_OPTION_ROOT_HINTS},
    {"trust-anchor", required_argument, NULL, CAA_CHECK_OPTION_TRUST_ANCHOR},
    {"forward", required_argument, NULL, CAA_CHECK_OPTION_FORWARD},
    {"config", required_argument, NULL, CAA_CHECK_OPTION_CONFIG},
    {NULL, 0, NULL, 0},
};

struct trace_run {
    struct caa_check_options options;
    struct caa_root_hints hints;
    struct caa_question question;
    struct event_base *base;
    struct caa_engine *engine;
    struct event *deadline;
    struct caa_walk *walk;
    bool walked;
    struct caa_lookup_ticket *ticket; /* of the recursor's answer, while it is in flight */
    const struct caa_answer *answer;
};

static void show_help(void) {
    puts("usage: caa trace NAME [TYPE] [OPTION...]\n"
         "\n"
         "Asks every server of every zone from the root down to NAME for its TYPE records "
         "(CAA),\n"
         "over UDP and TCP, IPv4 and IPv6, and a validating recursor for the final answer.\n"
         "\n"
         "  --deadline S          seconds until it gives up (20)\n"
         "  --json                one JSON object\n"
         "  --root-hints FILE     addresses of the root servers (/usr/share/dns/root.hints)\n"
         "  --trust-anchor FILE   DS or DNSKEY of the root (/usr/share/dns/root.key)\n"
         "  --forward ADDR[@PORT][#TLSNAME]\n"
         "                        get the final answer from this resolver; may be repeated\n"
         "  --config FILE         configuration, see caa.conf(5) ($CAA_CONFIG, "
         "/etc/caa/caa.conf)\n"
         "  -h, --help            this text\n"
         "\n"
         "Exit status: 0 every zone has enough usable servers, 2 a zone fails: try again "
         "later,\n"
         "3 a zone fails, and has to be mended first, 64 usage, 70 internal error,\n"
         "78 configuration.");
}

/* An internationalised name, else any that can be written: _acme-challenge has records too. */
static bool read_name(struct caa_question *question, const char *text, struct caa_diag *diag) {
    struct caa_identifier identifier;
    struct caa_diag why;
    enum caa_err err = caa_identifier_parse(&identifier, caa_slice_of(text), NULL);
    if (err == CAA_OK && identifier.kind == CAA_IDENTIFIER_ONION) {
        caa_diag_set(diag, "%s is an .onion name, which is never looked up in the DNS",
                     identifier.text);
        return false;
    }
    if (err == CAA_OK && identifier.kind == CAA_IDENTIFIER_IP) {
        caa_diag_set(diag, "%s is an IP address, and not a domain name", identifier.text);
        return false;
    }
    if (strcmp(text, "-") == 0) {
        caa_diag_set(diag, "one name is traced, and none is read from standard input");
        return false;
    }
    if (err == CAA_OK && identifier.kind == CAA_IDENTIFIER_DNS && !identifier.wildcard) {
        question->name = identifier.name;
        return true;
    }
    bool is_ascii = true;
    for (const char *c = text; *c != '\0'; c++) is_ascii &= *c > ' ' && *c < 0x7f;
    if (is_ascii && text[0] != '\0' &&
        caa_name_from_text(&question->name, caa_slice_of(text), &why) == CAA_OK)
        return true;
    caa_diag_set(diag, "'%s' is not a domain name", text);
    return false;
}

static bool read_arguments(struct trace_run *run, struct caa_diag *diag) {
    const struct caa_check_options *options = &run->options;
    const char *type = options->name_count > 1 ? options->names[1] : "CAA";
    if (options->name_count > 2) {
        caa_diag_set(diag, "more than one name and one type given");
        return false;
    }
    /* A meta-type asks for a transfer or for everything: no question to trace. */
    if (knot_rrtype_from_string(type, &run->question.type) != 0 || run->question.type == 0 ||
        knot_rrtype_is_metatype(run->question.type)) {
        caa_diag_set(diag, "'%s' is not a type of records, such as CAA or NS", type);
        return false;
    }
    return read_name(&run->question, options->names[0], diag);
}

static void leave_if_finished(struct trace_run *run) {
    if (run->walked && run->answer != NULL) event_base_loopbreak(run->base);
}

static void on_walked(void *context, struct caa_walk *walk) {
    struct trace_run *run = context;
    (void)walk;
    run->walked = true;
    leave_if_finished(run);
}

static void on_answer(void *context, const struct caa_answer *answer) {
    struct trace_run *run = context;
    run->ticket = NULL;
    run->answer = caa_answer_retain(answer);
    leave_if_finished(run);
}

/* The walk has the same deadline, and ends by itself. */
static void on_deadline(evutil_socket_t fd, short events, void *context) {
    struct trace_run *run = context;
    (void)fd;
    (void)events;
    if (run->ticket == NULL) return;
    caa_lookup_cancel(caa_engine_lookup(run->engine), run->ticket);
    run->ticket = NULL;
    run->answer = caa_answer_failure(
        &run->question.name, run->question.type, CAA_OUTCOME_TIMEOUT, NULL,
        caa_clock_wall_us(caa_clock_system()), run->options.deadline_ms * 1000);
    leave_if_finished(run);
}

static enum caa_err start_walk(struct trace_run *run) {
    struct caa_walk_setting setting = {.base = run->base,
                                       .clock = caa_clock_system(),
                                       .lookup = caa_engine_lookup(run->engine),
                                       .root_hints = &run->hints,
                                       .limits = {.queries = QUERIES_MOST,
                                                  .lookups = LOOKUPS_MOST,
                                                  .time_ms = run->options.deadline_ms},
                                       .confirm_referrals = true,
                                       .both_transports = true,
                                       .complete_glue = true,
                                       .done = on_walked,
                                       .context = run};
    return caa_walk_start(&run->walk, &setting, &run->question);
}

static enum caa_err start(struct trace_run *run, struct caa_diag *diag) {
    if (run->options.deadline_ms == 0) run->options.deadline_ms = DEADLINE_MS_DEFAULT;
    /* A rescue would walk too, for each name server whose address is looked up. */
    run->options.engine.no_rescue = true;
    uint32_t most_ms = run->options.deadline_ms;
    struct timeval most = {.tv_sec = most_ms / 1000,
                           .tv_usec = (suseconds_t)(most_ms % 1000) * 1000};
    run->base = event_base_new();
    if (run->base == NULL) return CAA_ERR_EVENT;
    run->deadline = evtimer_new(run->base, on_deadline, run);
    if (run->deadline == NULL || evtimer_add(run->deadline, &most) != 0) return CAA_ERR_EVENT;
    enum caa_err err =
        caa_engine_root_hints_read(&run->hints, run->options.engine.root_hints, diag);
    if (err == CAA_OK)
        err = caa_engine_new(&run->engine, run->base, caa_clock_system(), &run->options.engine,
                             diag);
    if (err == CAA_OK)
        err = caa_lookup_start(caa_engine_lookup(run->engine), &run->question, on_answer, run,
                               &run->ticket);
    return err == CAA_OK ? start_walk(run) : err;
}

static int exit_code_of(const struct caa_path *path) {
    const struct caa_path_zone *failing = caa_path_failing_zone(path);
    if (failing == NULL) return 0;
    bool lasts =
        !caa_advice_is_ours(&failing->name, CAA_CONTROL_OPEN) &&
        caa_advice_is_lasting(caa_suffix_who(&failing->name), caa_path_zone_failure(failing));
    return lasts ? CAA_EXIT_MEND_FIRST : CAA_EXIT_TRY_AGAIN;
}

static enum caa_err report(const struct trace_run *run) {
    struct caa_trace trace = {.path = caa_walk_path(run->walk),
                              .answer = run->answer,
                              .source = caa_engine_source(run->engine)};
    if (!run->options.json) {
        struct caa_text_style style = caa_command_style();
        caa_text_trace(stdout, &trace, &style);
        return CAA_OK;
    }
    return caa_command_print_line(caa_json_trace(&trace));
}

static void tear_down(struct trace_run *run) {
    caa_walk_free(run->walk);
    caa_answer_release(run->answer);
    caa_engine_free(run->engine);
    if (run->deadline != NULL) event_free(run->deadline);
    if (run->base != NULL) event_base_free(run->base);
    caa_check_options_free(&run->options);
}

static int run_trace(struct trace_run *run, int argc, char **argv) {
    struct caa_diag diag = {.text = ""};
    bool usage;
    enum caa_err err =
        caa_check_options_read_of(&run->options, long_options, argc, argv, &usage, &diag);
    if (!usage && err == CAA_OK && run->options.help) {
        show_help();
        return 0;
    }
    if (usage || (err == CAA_OK && !read_arguments(run, &diag)))
        return caa_command_misused("trace", &diag);
    if (err == CAA_OK) err = start(run, &diag);
    if (err == CAA_OK && event_base_dispatch(run->base) < 0) err = CAA_ERR_EVENT;
    if (err == CAA_OK) err = report(run);
    if (err != CAA_OK) return caa_command_failed("trace", err, &diag);
    return exit_code_of(caa_walk_path(run->walk));
}

int caa_command_trace(int argc, char **argv) {
    struct trace_run *run = calloc(1, sizeof *run);
    if (run == NULL) return caa_command_failed("trace", CAA_ERR_NOMEM, &(struct caa_diag){""});
    int exit_code = run_trace(run, argc, argv);
    tear_down(run);
    free(run);
    return caa_command_finish("trace", exit_code);
}
