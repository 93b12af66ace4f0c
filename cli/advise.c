#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "cli/advise_in_use.h"
#include "cli/check_options.h"
#include "cli/command.h"
#include "dns/suffix.h"
#include "engine/shared.h"
#include "probe/walk.h"
#include "report/advise.h"

enum {
    ARENA_OCTETS = 8 << 20,
    PACKET_OCTETS = 65535,
    QUERIES_MOST = 400, /* of the walk: every server of the zone is to be asked */
    LOOKUPS_MOST = 64,
    WALK_OCTETS = 32 << 20,
    FORM_ALL = -1,
};

static const struct option long_options[] = {
    {"help", no_argument, NULL, CAA_CHECK_OPTION_HELP},
    {"issuer", required_argument, NULL, CAA_CHECK_OPTION_ISSUER},
    {"account", required_argument, NULL, CAA_CHECK_OPTION_ACCOUNT},
    {"method", required_argument, NULL, CAA_CHECK_OPTION_METHOD},
    {"in-use", required_argument, NULL, CAA_CHECK_OPTION_IN_USE},
    {"format", required_argument, NULL, CAA_CHECK_OPTION_FORMAT},
    {"verify", no_argument, NULL, CAA_CHECK_OPTION_VERIFY},
    {"deadline", required_argument, NULL, CAA_CHECK_OPTION_DEADLINE},
    {"json", no_argument, NULL, CAA_CHECK_OPTION_JSON},
    {"answers", required_argument, NULL, CAA_CHECK_OPTION_ANSWERS},
    {"root-hints", required_argument, NULL, CAA_CHECK_OPTION_ROOT_HINTS},
    {"trust-anchor", required_argument, NULL, CAA_CHECK_OPTION_TRUST_ANCHOR},
    {"config", required_argument, NULL, CAA_CHECK_OPTION_CONFIG},
    {NULL, 0, NULL, 0},
};

struct advise_run {
    struct caa_check_options options;
    struct caa_identifier identifier;
    struct caa_name domain;
    int form; /* of caa_advise_form, or FORM_ALL */
    struct caa_root_hints hints;
    struct event_base *base;
    struct caa_engine *engine;
    struct caa_engine *plain; /* without rescue, for the names of name servers */
    struct caa_check *today;
    struct caa_check *of_name; /* NULL where the name is the domain */
    struct caa_walk *walk;     /* NULL unless the servers are asked */
    size_t in_flight;          /* of these three */
    struct caa_arena *arena;
    struct caa_in_use_list list;
    struct caa_advise_in_use in_use;
    struct caa_served_zone served;
    struct caa_advise_report report;
};

static void show_help(void) {
    puts("usage: caa advise NAME [OPTION...]\n"
         "\n"
         "What to publish at the registered domain of NAME so that no failure above it can "
         "stop a\n"
         "certificate: the exact CAA set, with what is there today kept, as lines of a zone "
         "file, as\n"
         "an nsupdate script and as a change batch of Route 53; and what to think of before.\n"
         "\n"
         "  --issuer DOMAIN       issuer domain name of a CA that shall issue; may be "
         "repeated\n"
         "                        (letsencrypt.org)\n"
         "  --account URI         bind to this account (RFC 8657); may be repeated; with one "
         "issuer\n"
         "  --method LABEL        bind to this validation method, like dns-01; may be "
         "repeated\n"
         "  --in-use FILE         certificates in use, a line each, 'name issuer': who loses "
         "its CA?\n"
         "  --format zone|nsupdate|route53\n"
         "                        only the set, in this form\n"
         "  --verify              ask every authoritative server whether it serves such a set, "
         "and show\n"
         "                        that nothing above the domain decides any more\n"
         "  --deadline S          seconds until a check gives up (20)\n"
         "  --json                one JSON object\n"
         "  --answers FILE        take answers from a file instead of the DNS\n"
         "  --root-hints FILE     addresses of the root servers (/usr/share/dns/root.hints)\n"
         "  --trust-anchor FILE   DS or DNSKEY of the root (/usr/share/dns/root.key)\n"
         "  --config FILE         configuration, see caa.conf(5) ($CAA_CONFIG, "
         "/etc/caa/caa.conf)\n"
         "  -h, --help            this text\n"
         "\n"
         "Exit status: 0 the set can be published; with --verify: every server serves it, and "
         "it is\n"
         "enough; 1 a certificate in use would lose its CA; with --verify: a server does not "
         "serve it,\n"
         "or it does not suffice; 2 something failed: try again; 3 something has to be mended "
         "first,\n"
         "4 not applicable (IP address, .onion, public suffix), 64 usage, 70 internal error,\n"
         "78 configuration.");
}

/* --- what is wanted */

static bool read_format(struct advise_run *run, struct caa_diag *diag) {
    const char *text = run->options.format;
    run->form = FORM_ALL;
    if (text == NULL) return true;
    for (int form = CAA_ADVISE_ZONE; form <= CAA_ADVISE_ROUTE53; form++)
        if (strcmp(text, caa_advise_form_code((enum caa_advise_form)form)) == 0)
            run->form = form;
    if (run->form == FORM_ALL)
        caa_diag_set(diag, "--format: '%s' is neither zone nor nsupdate nor route53", text);
    else if (run->options.json || run->options.verify)
        caa_diag_set(diag, "--format does not go together with --json and --verify");
    else
        return true;
    return false;
}

static bool read_arguments(struct advise_run *run, struct caa_diag *diag) {
    const struct caa_check_options *options = &run->options;
    struct caa_diag why;
    const char *text = options->names[0];
    if (options->name_count > 1)
        caa_diag_set(diag, "more than one name given");
    else if (options->accounts.count > 0 && options->issuers.count > 1)
        caa_diag_set(diag, "--account is an account at one CA: give one --issuer with it");
    else if (options->verify && options->engine.answers != NULL)
        caa_diag_set(diag, "--verify asks the servers: it does not go together with --answers");
    else if (caa_identifier_parse(&run->identifier, caa_slice_of(text), &why) != CAA_OK)
        caa_diag_set(diag, "'%.300s': %s", text, why.text);
    else
        return read_format(run, diag);
    return false;
}

static int not_applicable(const char *why) {
    struct caa_text_style style = caa_command_style();
    caa_text_verdict(stderr, "not applicable", why, &style);
    return CAA_EXIT_NOT_APPLICABLE;
}

/* Fills in the domain; or why there is none. */
static const char *find_domain(struct advise_run *run) {
    switch (run->identifier.kind) {
    case CAA_IDENTIFIER_IP: return "this is an IP address, and CAA speaks of domain names only";
    case CAA_IDENTIFIER_ONION:
        return "this is an .onion name, which is never looked up in the DNS (RFC 7686)";
    case CAA_IDENTIFIER_DNS: break;
    }
    bool is_registered = caa_suffix_registered_domain(&run->domain, &run->identifier.name);
    return is_registered ? NULL
                         : "this is a public suffix, where only its registry can publish";
}

static enum caa_err read_in_use(struct advise_run *run, struct caa_diag *diag) {
    const char *path = run->options.in_use_path;
    struct caa_slice text;
    if (path == NULL) return CAA_OK;
    enum caa_err err = caa_file_read(&text, path, CAA_IN_USE_FILE_MAX, diag);
    if (err != CAA_OK) return err;
    err = caa_in_use_read(&run->list, text, path, diag);
    caa_file_free(text);
    return err;
}

/* --- what is there */

static void leave_if_finished(struct advise_run *run) {
    if (--run->in_flight == 0) event_base_loopbreak(run->base);
}

static void on_checked(void *context, struct caa_check *check) {
    (void)check;
    leave_if_finished(context);
}

static void on_walked(void *context, struct caa_walk *walk) {
    (void)walk;
    leave_if_finished(context);
}

static enum caa_err start_check(struct advise_run *run, struct caa_check **check,
                                const struct caa_request *request) {
    enum caa_err err = caa_engine_check(run->engine, check, request, run->options.deadline_ms,
                                        on_checked, run);
    run->in_flight += err == CAA_OK;
    return err;
}

static enum caa_err start_walk(struct advise_run *run, struct caa_diag *diag) {
    struct caa_engine_setting plain = run->options.engine;
    struct caa_walk_setting setting = {.base = run->base,
                                       .clock = caa_clock_system(),
                                       .root_hints = &run->hints,
                                       .limits = {.queries = QUERIES_MOST,
                                                  .lookups = LOOKUPS_MOST,
                                                  .time_ms = run->options.deadline_ms,
                                                  .memory_octets = WALK_OCTETS,
                                                  .packet_octets = PACKET_OCTETS},
                                       .complete_glue = true,
                                       .done = on_walked,
                                       .context = run};
    struct caa_question question = {.name = run->domain, .type = CAA_TYPE_CAA};
    plain.no_rescue = true;
    enum caa_err err =
        caa_engine_root_hints_read(&run->hints, run->options.engine.root_hints, diag);
    if (err == CAA_OK)
        err = caa_engine_new(&run->plain, run->base, caa_clock_system(), &plain, diag);
    if (err != CAA_OK) return err;
    setting.lookup = caa_engine_lookup(run->plain);
    err = caa_walk_start(&run->walk, &setting, &question);
    run->in_flight += err == CAA_OK;
    return err;
}

static enum caa_err look(struct advise_run *run, const struct caa_request *wish,
                         struct caa_diag *diag) {
    struct caa_request at_domain = *wish;
    at_domain.name = run->domain;
    run->base = event_base_new();
    if (run->base == NULL) return CAA_ERR_EVENT;
    enum caa_err err =
        caa_engine_new(&run->engine, run->base, caa_clock_system(), &run->options.engine, diag);
    if (err == CAA_OK) err = start_check(run, &run->today, &at_domain);
    if (err == CAA_OK && !caa_name_equal(&wish->name, &run->domain))
        err = start_check(run, &run->of_name, wish);
    if (err == CAA_OK && run->options.verify) err = start_walk(run, diag);
    if (err == CAA_OK && event_base_dispatch(run->base) < 0) err = CAA_ERR_EVENT;
    return err;
}

/* --- what follows from it */

static enum caa_err advise(struct advise_run *run, const struct caa_request *wish,
                           struct caa_diag *diag) {
    struct caa_advise_report *report = &run->report;
    struct caa_advice *advice;
    report->today = caa_check_result(run->today);
    report->of_name = run->of_name == NULL ? report->today : caa_check_result(run->of_name);
    report->ends_climb = caa_advice_ends_climb(&run->domain, report->of_name);
    report->source = caa_engine_source(run->engine);
    run->arena = caa_arena_new(ARENA_OCTETS);
    if (run->arena == NULL) return CAA_ERR_NOMEM;
    enum caa_err err = caa_advice_make(&advice, run->arena, wish, &run->domain, report->today,
                                       report->of_name, diag);
    report->advice = advice;
    if (err == CAA_OK && run->walk != NULL) {
        caa_served_read(&run->served, caa_walk_path(run->walk), wish);
        report->served = &run->served;
    }
    report->in_use_given = run->options.in_use_path != NULL;
    if (err != CAA_OK || !report->in_use_given || !caa_advise_has_set(report)) return err;
    run->in_use = (struct caa_advise_in_use){.base = run->base,
                                             .engine = run->engine,
                                             .deadline_ms = run->options.deadline_ms,
                                             .advice = advice,
                                             .list = &run->list};
    err = caa_advise_in_use_run(&run->in_use);
    report->effects = run->in_use.effects;
    report->effect_count = run->list.count;
    return err;
}

static enum caa_err print_form(const struct advise_run *run) {
    struct caa_text_style style = {.colour = false};
    if (caa_advise_has_set(&run->report)) {
        caa_text_advice_effects(stderr, &run->report, &style);
        return caa_advise_write_form(stdout, run->report.advice,
                                     (enum caa_advise_form)run->form)
                   ? CAA_OK
                   : CAA_ERR_NOMEM;
    }
    char text[CAA_NAME_TEXT_MAX + 512];
    struct caa_writer writer = caa_writer_into(text, sizeof text);
    caa_advise_sentence(&run->report, &writer);
    fprintf(stderr, "caa advise: %s\n", text);
    return CAA_OK;
}

static enum caa_err print(const struct advise_run *run) {
    struct caa_text_style style = caa_command_style();
    if (run->form != FORM_ALL) return print_form(run);
    if (!run->options.json)
        return caa_text_advice(stdout, &run->report, &style) ? CAA_OK : CAA_ERR_NOMEM;
    return caa_command_print_line(caa_json_advice(&run->report));
}

static int exit_code_of(const struct caa_advise_report *report) {
    switch (caa_advise_verdict_of(report)) {
    case CAA_ADVISE_GOOD: return 0;
    case CAA_ADVISE_TRY_AGAIN: return CAA_EXIT_TRY_AGAIN;
    case CAA_ADVISE_MEND: return CAA_EXIT_MEND_FIRST;
    case CAA_ADVISE_BAD: break;
    }
    return CAA_EXIT_FORBIDDEN;
}

static void tear_down(struct advise_run *run) {
    caa_advise_in_use_free(&run->in_use);
    caa_in_use_free(&run->list);
    caa_arena_free(run->arena);
    caa_walk_free(run->walk);
    caa_check_free(run->of_name);
    caa_check_free(run->today);
    caa_engine_free(run->engine);
    caa_engine_free(run->plain);
    if (run->base != NULL) event_base_free(run->base);
    caa_check_options_free(&run->options);
}

static int run_advise(struct advise_run *run, int argc, char **argv) {
    struct caa_diag diag = {.text = ""};
    bool usage;
    enum caa_err err =
        caa_check_options_read_of(&run->options, long_options, argc, argv, &usage, &diag);
    if (!usage && err == CAA_OK && run->options.help) {
        show_help();
        return 0;
    }
    if (usage || (err == CAA_OK && !read_arguments(run, &diag)))
        return caa_command_misused("advise", &diag);
    const char *none = err == CAA_OK ? find_domain(run) : NULL;
    if (none != NULL) return not_applicable(none);
    struct caa_request wish = caa_check_options_request(&run->options, &run->identifier);
    wish.br_insecure_failure = false; /* a failure says nothing of what is published */
    if (err == CAA_OK) err = read_in_use(run, &diag);
    if (err == CAA_OK) err = look(run, &wish, &diag);
    if (err == CAA_OK) err = advise(run, &wish, &diag);
    if (err == CAA_OK) err = print(run);
    return err == CAA_OK ? exit_code_of(&run->report)
                         : caa_command_failed("advise", err, &diag);
}

int caa_command_advise(int argc, char **argv) {
    struct advise_run *run = calloc(1, sizeof *run);
    if (run == NULL) return caa_command_failed("advise", CAA_ERR_NOMEM, &(struct caa_diag){""});
    int exit_code = run_advise(run, argc, argv);
    tear_down(run);
    free(run);
    return caa_command_finish("advise", exit_code);
}
