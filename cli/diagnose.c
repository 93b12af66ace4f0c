#include "diagnose/diagnose.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/check_options.h"
#include "cli/command.h"
#include "dns/identifier.h"
#include "engine/shared.h"
#include "report/diagnose.h"

static const struct option long_options[] = {
    {"help", no_argument, NULL, CAA_CHECK_OPTION_HELP},
    {"issuer", required_argument, NULL, CAA_CHECK_OPTION_ISSUER},
    {"account", required_argument, NULL, CAA_CHECK_OPTION_ACCOUNT},
    {"method", required_argument, NULL, CAA_CHECK_OPTION_METHOD},
    {"purpose", required_argument, NULL, CAA_CHECK_OPTION_PURPOSE},
    {"deadline", required_argument, NULL, CAA_CHECK_OPTION_DEADLINE},
    {"json", no_argument, NULL, CAA_CHECK_OPTION_JSON},
    {"svg", required_argument, NULL, CAA_CHECK_OPTION_SVG},
    {"root-hints", required_argument, NULL, CAA_CHECK_OPTION_ROOT_HINTS},
    {"trust-anchor", required_argument, NULL, CAA_CHECK_OPTION_TRUST_ANCHOR},
    {"config", required_argument, NULL, CAA_CHECK_OPTION_CONFIG},
    {"no-rescue", no_argument, NULL, CAA_CHECK_OPTION_NO_RESCUE},
    {"br-insecure-failure", no_argument, NULL, CAA_CHECK_OPTION_BR_INSECURE_FAILURE},
    {NULL, 0, NULL, 0},
};

struct diagnose_run {
    struct caa_check_options options;
    struct caa_identifier identifier;
    struct caa_root_hints hints;
    struct event_base *base;
    struct caa_engine *engine;
    struct caa_engine *plain; /* without rescue, for the names of name servers */
    struct caa_diagnose *diagnose;
    FILE *picture; /* NULL: none */
};

static void show_help(void) {
    puts(
        "usage: caa diagnose NAME [OPTION...]\n"
        "\n"
        "Why does a CAA check of NAME fail, or might it? Makes the check, asks every server of "
        "every\n"
        "zone on the way, and says what was found, the cause first, with evidence, the rule "
        "that is\n"
        "broken, and who can mend it.\n"
        "\n"
        "  --issuer DOMAIN       issuer domain name of the CA; may be repeated "
        "(letsencrypt.org)\n"
        "  --account URI         the ACME account that asks, or an alias of it; may be "
        "repeated\n"
        "  --method LABEL        a label of the validation method, like dns-01; may be "
        "repeated\n"
        "  --purpose tls|smime   kind of certificate (tls)\n"
        "  --deadline S          seconds until it gives up (20)\n"
        "  --json                one JSON object\n"
        "  --svg FILE            also draw the chain of zones; '-' draws to standard output "
        "only\n"
        "  --root-hints FILE     addresses of the root servers (/usr/share/dns/root.hints)\n"
        "  --trust-anchor FILE   DS or DNSKEY of the root (/usr/share/dns/root.key)\n"
        "  --config FILE         configuration, see caa.conf(5) ($CAA_CONFIG, "
        "/etc/caa/caa.conf)\n"
        "  --no-rescue           take a failed lookup as it is: no second look\n"
        "  --br-insecure-failure let a failure pass in a zone that is proved to be unsigned\n"
        "                        (BR 3.2.2.8; off by default)\n"
        "  -h, --help            this text\n"
        "\n"
        "Exit status, as of caa check: 0 allowed, 1 forbidden, 2 undecided: try again later,\n"
        "3 undecided: trying again will not help until a zone is mended, 4 not applicable\n"
        "(IP address, .onion), 64 usage, 70 internal error, 78 configuration.");
}

static bool read_name(struct diagnose_run *run, struct caa_diag *diag) {
    struct caa_diag why;
    const char *text = run->options.names[0];
    if (run->options.name_count > 1) {
        caa_diag_set(diag, "more than one name given");
        return false;
    }
    if (caa_identifier_parse(&run->identifier, caa_slice_of(text), &why) == CAA_OK) return true;
    caa_diag_set(diag, "'%.300s': %s", text, why.text);
    return false;
}

static bool draws_to_stdout(const struct diagnose_run *run) {
    const char *path = run->options.svg_path;
    return path != NULL && strcmp(path, "-") == 0;
}

static bool opens_picture(struct diagnose_run *run, struct caa_diag *diag) {
    const char *path = run->options.svg_path;
    if (path == NULL || draws_to_stdout(run)) return true;
    run->picture = fopen(path, "we");
    if (run->picture != NULL) return true;
    caa_diag_set(diag, "%s: %s", path, strerror(errno));
    return false;
}

static enum caa_err make_engines(struct diagnose_run *run, struct caa_diag *diag) {
    const struct caa_clock *clock = caa_clock_system();
    struct caa_engine_setting plain = run->options.engine;
    plain.no_rescue = true;
    enum caa_err err =
        caa_engine_new(&run->engine, run->base, clock, &run->options.engine, diag);
    return err == CAA_OK ? caa_engine_new(&run->plain, run->base, clock, &plain, diag) : err;
}

static void on_diagnosed(void *context, struct caa_diagnose *diagnose) {
    const struct diagnose_run *run = context;
    (void)diagnose;
    event_base_loopbreak(run->base);
}

static enum caa_err start(struct diagnose_run *run, struct caa_diag *diag) {
    uint32_t deadline_ms = run->options.deadline_ms;
    run->base = event_base_new();
    if (run->base == NULL) return CAA_ERR_EVENT;
    enum caa_err err =
        caa_engine_root_hints_read(&run->hints, run->options.engine.root_hints, diag);
    if (err == CAA_OK) err = make_engines(run, diag);
    if (err != CAA_OK) return err;
    struct caa_diagnose_setting setting = {
        .base = run->base,
        .clock = caa_clock_system(),
        .engine = run->engine,
        .lookup = caa_engine_lookup(run->plain),
        .root_hints = &run->hints,
        .deadline_ms = deadline_ms == 0 ? CAA_CHECK_DEADLINE_MS_DEFAULT : deadline_ms,
        .done = on_diagnosed,
        .context = run};
    struct caa_request request = caa_check_options_request(&run->options, &run->identifier);
    return caa_diagnose_start(&run->diagnose, &setting, &request);
}

/* --- what came out */

static enum caa_err draw(const struct diagnose_run *run, const struct caa_diagnosis *diagnosis,
                         struct caa_diag *diag) {
    FILE *out = run->picture != NULL ? run->picture : stdout;
    if (!caa_picture_diagnosis(out, diagnosis)) return CAA_ERR_NOMEM;
    if (fflush(out) == 0 && ferror(out) == 0) return CAA_OK;
    if (out == stdout) return CAA_OK; /* said when the command finishes */
    caa_diag_set(diag, "%s: %s", run->options.svg_path, strerror(errno));
    return CAA_ERR_EVENT;
}

static enum caa_err print(const struct diagnose_run *run,
                          const struct caa_diagnosis *diagnosis) {
    if (!run->options.json) {
        struct caa_text_style style = caa_command_style();
        caa_text_diagnosis(stdout, diagnosis, &style);
        return CAA_OK;
    }
    return caa_command_print_line(
        caa_json_diagnosis(diagnosis, caa_engine_source(run->engine)));
}

static enum caa_err report(const struct diagnose_run *run, struct caa_diag *diag) {
    const struct caa_diagnosis *diagnosis = caa_diagnose_result(run->diagnose);
    if (diagnosis == NULL) return CAA_ERR_NOMEM;
    enum caa_err err = draws_to_stdout(run) ? CAA_OK : print(run, diagnosis);
    return err == CAA_OK && run->options.svg_path != NULL ? draw(run, diagnosis, diag) : err;
}

/* CAA does not speak of such names: nothing is asked. */
static int report_unchecked(const struct diagnose_run *run) {
    const char *why = run->identifier.kind == CAA_IDENTIFIER_IP
                          ? "this is an IP address, and CAA speaks of domain names only"
                          : "this is an .onion name, which is never looked up in the DNS "
                            "(RFC 7686); its own mechanism is RFC 9799";
    struct caa_text_style style = caa_command_style();
    char *line = NULL;
    if (run->options.json) {
        line = caa_json_not_diagnosed(caa_slice_of(run->identifier.text), why);
        if (line == NULL) return CAA_EXIT_INTERNAL;
        puts(line);
        free(line);
    } else {
        caa_text_verdict(stdout, "not applicable", why, &style);
    }
    return CAA_EXIT_NOT_APPLICABLE;
}

static void tear_down(struct diagnose_run *run) {
    caa_diagnose_free(run->diagnose);
    caa_engine_free(run->engine);
    caa_engine_free(run->plain);
    if (run->base != NULL) event_base_free(run->base);
    if (run->picture != NULL) fclose(run->picture);
    caa_check_options_free(&run->options);
}

static int run_diagnose(struct diagnose_run *run, int argc, char **argv) {
    struct caa_diag diag = {.text = ""};
    bool usage;
    enum caa_err err =
        caa_check_options_read_of(&run->options, long_options, argc, argv, &usage, &diag);
    if (!usage && err == CAA_OK && run->options.help) {
        show_help();
        return 0;
    }
    if (!usage && err == CAA_OK && run->options.json && draws_to_stdout(run)) {
        caa_diag_set(&diag, "--json and --svg - cannot both go to standard output");
        usage = true;
    }
    if (usage || (err == CAA_OK && !read_name(run, &diag)))
        return caa_command_misused("diagnose", &diag);
    if (err == CAA_OK && run->identifier.kind != CAA_IDENTIFIER_DNS)
        return report_unchecked(run);
    if (err == CAA_OK && !opens_picture(run, &diag)) err = CAA_ERR_FILE;
    if (err == CAA_OK) err = start(run, &diag);
    if (err == CAA_OK && event_base_dispatch(run->base) < 0) err = CAA_ERR_EVENT;
    if (err == CAA_OK) err = report(run, &diag);
    if (err != CAA_OK) return caa_command_failed("diagnose", err, &diag);
    return caa_command_exit_code(&caa_diagnose_result(run->diagnose)->check->decision);
}

int caa_command_diagnose(int argc, char **argv) {
    struct diagnose_run *run = calloc(1, sizeof *run);
    if (run == NULL)
        return caa_command_failed("diagnose", CAA_ERR_NOMEM, &(struct caa_diag){""});
    int exit_code = run_diagnose(run, argc, argv);
    tear_down(run);
    free(run);
    return caa_command_finish("diagnose", exit_code);
}
