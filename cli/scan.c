#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/check_options.h"
#include "cli/command.h"
#include "cli/names.h"
#include "cli/scan_meter.h"
#include "cli/scan_output.h"
#include "dns/suffix.h"
#include "engine/pace.h"
#include "probe/exchange.h"
#include "report/json.h"

enum {
    WINDOW = 4096, /* names that were read and are not in the output yet */
    RATE = 1000,
    ZONE_RATE = 20,
    AT_ONCE = 512,
    TICK_US = 10000,
    TICKS_A_SECOND = 1000000 / TICK_US,
    SIGNALS = 2,
    SIGNAL_STATUS = 128, /* as a shell would say */
};

static const struct option long_options[] = {
    {"help", no_argument, NULL, CAA_CHECK_OPTION_HELP},
    {"issuer", required_argument, NULL, CAA_CHECK_OPTION_ISSUER},
    {"account", required_argument, NULL, CAA_CHECK_OPTION_ACCOUNT},
    {"method", required_argument, NULL, CAA_CHECK_OPTION_METHOD},
    {"purpose", required_argument, NULL, CAA_CHECK_OPTION_PURPOSE},
    {"output", required_argument, NULL, CAA_CHECK_OPTION_OUTPUT},
    {"state", required_argument, NULL, CAA_CHECK_OPTION_STATE},
    {"rate", required_argument, NULL, CAA_CHECK_OPTION_RATE},
    {"zone-rate", required_argument, NULL, CAA_CHECK_OPTION_ZONE_RATE},
    {"at-once", required_argument, NULL, CAA_CHECK_OPTION_AT_ONCE},
    {"deadline", required_argument, NULL, CAA_CHECK_OPTION_DEADLINE},
    {"answers", required_argument, NULL, CAA_CHECK_OPTION_ANSWERS},
    {"root-hints", required_argument, NULL, CAA_CHECK_OPTION_ROOT_HINTS},
    {"trust-anchor", required_argument, NULL, CAA_CHECK_OPTION_TRUST_ANCHOR},
    {"forward", required_argument, NULL, CAA_CHECK_OPTION_FORWARD},
    {"config", required_argument, NULL, CAA_CHECK_OPTION_CONFIG},
    {"no-rescue", no_argument, NULL, CAA_CHECK_OPTION_NO_RESCUE},
    {NULL, 0, NULL, 0},
};

struct scan;

/* One name's place in the window. */
struct place {
    struct scan *scan;
    struct caa_identifier identifier;
    struct caa_check *check;
    char *subject; /* the name as it was given */
    size_t subject_len;
    char *line; /* its result; NULL: not yet */
    enum caa_scan_count count;
};

struct scan {
    struct caa_check_options options;
    struct event_base *base;
    struct caa_engine *engine;
    struct caa_pace *pace;
    struct caa_scan_output output;
    struct caa_scan_meter meter;
    struct caa_names names;
    bool names_ended;
    struct event *tick, *signals[SIGNALS];
    unsigned tick_count;
    uint32_t running;
    int signal; /* that ended it, or 0 */
    enum caa_err err;
    struct caa_diag diag;
    size_t head, count; /* places in use, around the end */
    struct place places[WINDOW];
};

static void show_help(void) {
    puts(
        "usage: caa scan FILE|- [OPTION...]\n"
        "\n"
        "May a CA issue for these names, one a line? Millions of them, gently: few of one zone "
        "at a\n"
        "time, and fewer where it fails. One JSON object a line, as of caa check --json, in "
        "the "
        "order\n"
        "of the names; a summary goes to standard error.\n"
        "\n"
        "  --issuer DOMAIN       issuer domain name of the CA; may be repeated "
        "(letsencrypt.org)\n"
        "  --account URI         the ACME account that asks; may be repeated\n"
        "  --method LABEL        a label of the validation method, like dns-01; may be "
        "repeated\n"
        "  --purpose tls|smime   kind of certificate (tls)\n"
        "  --output FILE         write there, instead of standard output\n"
        "  --state FILE          keep there how far it is; the same command goes on from "
        "there,\n"
        "                        after whatever ended it; with --output\n"
        "  --rate N              names a second, at most (1000)\n"
        "  --zone-rate N         names of one registered domain a second, at most (20)\n"
        "  --at-once N           checks at the same time, at most (512)\n"
        "  --deadline S          seconds until a check gives up (20)\n"
        "  --answers FILE        take answers from a file instead of the DNS\n"
        "  --root-hints FILE     addresses of the root servers (/usr/share/dns/root.hints)\n"
        "  --trust-anchor FILE   DS or DNSKEY of the root (/usr/share/dns/root.key)\n"
        "  --forward ADDR[@PORT][#TLSNAME]\n"
        "                        ask this resolver, with #TLSNAME over TLS; may be repeated\n"
        "  --config FILE         configuration, see caa.conf(5) ($CAA_CONFIG, "
        "/etc/caa/caa.conf)\n"
        "  --no-rescue           take a failed lookup as it is\n"
        "  -h, --help            this text\n"
        "\n"
        "Exit status: 0 every name has its line, whatever the verdicts; 130 interrupted "
        "(SIGINT),\n"
        "143 ended (SIGTERM), 64 usage, 70 internal error, 78 configuration.");
}

static int64_t now_us(void) {
    return caa_clock_monotonic_us(caa_clock_system());
}

static void stop(struct scan *scan, enum caa_err err) {
    if (err != CAA_OK && scan->err == CAA_OK) scan->err = err;
    event_base_loopbreak(scan->base);
}

/* --- results */

static void clear_place(struct place *place) {
    caa_check_free(place->check);
    free(place->subject);
    free(place->line);
    memset(place, 0, sizeof *place);
}

static void write_finished(struct scan *scan) {
    while (scan->count > 0 && scan->places[scan->head].line != NULL && scan->err == CAA_OK) {
        struct place *place = &scan->places[scan->head];
        enum caa_err err = caa_scan_output_line(
            &scan->output, caa_slice_bytes(place->subject, place->subject_len), place->line,
            place->count, &scan->diag);
        if (err != CAA_OK) stop(scan, err);
        clear_place(place);
        scan->head = (scan->head + 1) % WINDOW;
        scan->count--;
    }
}

static enum caa_scan_count count_of(enum caa_verdict verdict) {
    switch (verdict) {
    case CAA_VERDICT_ALLOWED: return CAA_SCAN_ALLOWED;
    case CAA_VERDICT_FORBIDDEN: return CAA_SCAN_FORBIDDEN;
    case CAA_VERDICT_UNDECIDED: break;
    }
    return CAA_SCAN_UNDECIDED;
}

static enum caa_pace_end end_of(const struct caa_check_result *result) {
    struct caa_problem_facts facts;
    if (result->decision.verdict != CAA_VERDICT_UNDECIDED) return CAA_PACE_GOOD;
    caa_problem_of_result(&facts, result);
    return facts.fault == CAA_FAULT_RESOLVER ? CAA_PACE_WE_FAILED : CAA_PACE_ZONE_FAILED;
}

static void on_checked(void *context, struct caa_check *check) {
    struct place *place = context;
    struct scan *scan = place->scan;
    const struct caa_check_result *result = caa_check_result(check);
    place->line = caa_json_check(result, caa_engine_source(scan->engine), NULL);
    place->count = count_of(result->decision.verdict);
    caa_pace_done(scan->pace, (uint32_t)(place - scan->places), end_of(result), now_us());
    caa_check_free(check);
    place->check = NULL;
    scan->running--;
    if (place->line == NULL) stop(scan, CAA_ERR_NOMEM);
}

/* --- names */

static void wait_for_turn(struct scan *scan, struct place *place) {
    struct caa_name zone = place->identifier.name;
    caa_suffix_registered_domain(&zone, &place->identifier.name);
    caa_pace_add(scan->pace, (uint32_t)(place - scan->places), &zone);
}

static enum caa_err take_name(struct scan *scan, struct caa_slice name) {
    struct place *place = &scan->places[(scan->head + scan->count) % WINDOW];
    struct caa_diag why = {.text = ""};
    place->scan = scan;
    place->subject = malloc(name.len + 1);
    if (place->subject == NULL) return CAA_ERR_NOMEM;
    memcpy(place->subject, name.ptr, name.len);
    place->subject_len = name.len;
    scan->count++;
    enum caa_problem problem = caa_names_read(name, &place->identifier, &why);
    if (problem == CAA_PROBLEM_NONE) {
        wait_for_turn(scan, place);
        return CAA_OK;
    }
    place->count =
        problem == CAA_PROBLEM_NOT_A_NAME ? CAA_SCAN_NO_NAME : CAA_SCAN_NOT_APPLICABLE;
    place->line = caa_json_unchecked(name, problem, why.text);
    return place->line == NULL ? CAA_ERR_NOMEM : CAA_OK;
}

static enum caa_err take_names(struct scan *scan) {
    while (scan->count < WINDOW && !scan->names_ended) {
        struct caa_slice name;
        enum caa_err err = CAA_OK;
        switch (caa_names_next(&scan->names, &name)) {
        case CAA_NAMES_READY: err = take_name(scan, name); break;
        case CAA_NAMES_WAIT: return CAA_OK;
        case CAA_NAMES_END: scan->names_ended = true; break;
        case CAA_NAMES_FAILED:
            caa_diag_set(&scan->diag, "%s: %s", scan->options.names[0], strerror(errno));
            return CAA_ERR_FILE;
        }
        if (err != CAA_OK) return err;
    }
    return CAA_OK;
}

static enum caa_err start_checks(struct scan *scan) {
    enum caa_err err = CAA_OK;
    uint32_t item;
    while (err == CAA_OK && caa_pace_next(scan->pace, now_us(), &item)) {
        struct place *place = &scan->places[item];
        struct caa_request request =
            caa_check_options_request(&scan->options, &place->identifier);
        err = caa_engine_check(scan->engine, &place->check, &request, scan->options.deadline_ms,
                               on_checked, place);
        scan->running += err == CAA_OK;
    }
    return err;
}

static void on_tick(evutil_socket_t fd, short events, void *context) {
    struct scan *scan = context;
    (void)fd;
    (void)events;
    write_finished(scan);
    enum caa_err err = scan->err == CAA_OK ? take_names(scan) : scan->err;
    if (err == CAA_OK) err = start_checks(scan);
    if (++scan->tick_count % TICKS_A_SECOND == 0 && err == CAA_OK)
        err = caa_scan_output_save(&scan->output, &scan->diag);
    if (scan->tick_count % (TICKS_A_SECOND / 2) == 0)
        caa_scan_meter_show(&scan->meter, &scan->output.state, scan->running, now_us());
    if (err != CAA_OK || (scan->names_ended && scan->count == 0)) stop(scan, err);
}

static void on_signal(evutil_socket_t number, short events, void *context) {
    struct scan *scan = context;
    (void)events;
    scan->signal = (int)number;
    stop(scan, CAA_OK);
}

/* --- before and after */

/* The names that an earlier run has written are read again, and have to be the same. */
static enum caa_err pass_over(struct scan *scan) {
    uint64_t hash = CAA_SCAN_HASH_FIRST;
    for (uint64_t i = 0; i < scan->output.state.names;) {
        struct caa_slice name;
        enum caa_names_state state = caa_names_next(&scan->names, &name);
        if (state == CAA_NAMES_WAIT) {
            usleep(TICK_US);
            continue;
        }
        if (state != CAA_NAMES_READY) break;
        hash = caa_scan_hash(hash, name);
        i++;
    }
    if (hash == scan->output.state.names_hash) return CAA_OK;
    caa_diag_set(&scan->diag, "%s: it is not the list that %s is about", scan->options.names[0],
                 scan->options.state_path);
    return CAA_ERR_FILE;
}

static enum caa_err open_input(struct scan *scan) {
    static char input[] = "-";
    static char *arguments[] = {input};
    const char *path = scan->options.names[0];
    caa_names_begin(&scan->names, arguments, 1);
    if (strcmp(path, "-") == 0) return CAA_OK;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool ok = fd >= 0 && dup2(fd, STDIN_FILENO) == STDIN_FILENO;
    if (!ok) caa_diag_set(&scan->diag, "%s: %s", path, strerror(errno));
    if (fd > STDIN_FILENO) close(fd);
    return ok ? CAA_OK : CAA_ERR_FILE;
}

static enum caa_err set_up_events(struct scan *scan) {
    static const int numbers[SIGNALS] = {SIGINT, SIGTERM};
    const struct timeval tick = {.tv_usec = TICK_US};
    scan->base = event_base_new();
    if (scan->base == NULL) return CAA_ERR_EVENT;
    for (size_t i = 0; i < SIGNALS; i++) {
        scan->signals[i] = evsignal_new(scan->base, numbers[i], on_signal, scan);
        if (scan->signals[i] == NULL || event_add(scan->signals[i], NULL) != 0)
            return CAA_ERR_EVENT;
    }
    scan->tick = event_new(scan->base, -1, EV_PERSIST, on_tick, scan);
    return scan->tick == NULL || event_add(scan->tick, &tick) != 0 ? CAA_ERR_EVENT : CAA_OK;
}

static enum caa_err set_up(struct scan *scan) {
    const struct caa_check_options *options = &scan->options;
    const struct caa_random *random = caa_random_system();
    struct caa_pace_setting pace = {
        .items = WINDOW,
        .rate_most = options->rate == 0 ? RATE : options->rate,
        .zone_rate_most = options->zone_rate == 0 ? ZONE_RATE : options->zone_rate,
        .at_once_most = options->at_once == 0 ? AT_ONCE : options->at_once};
    random->fill(random->context, &pace.seed, sizeof pace.seed);
    enum caa_err err = open_input(scan);
    if (err == CAA_OK)
        err = caa_scan_output_open(&scan->output, options->output_path, options->state_path,
                                   caa_scan_output_request_hash(options), &scan->diag);
    if (err == CAA_OK) err = pass_over(scan);
    if (err == CAA_OK) err = caa_pace_new(&scan->pace, &pace);
    if (err == CAA_OK) err = set_up_events(scan);
    if (err == CAA_OK)
        err = caa_engine_new(&scan->engine, scan->base, caa_clock_system(), &options->engine,
                             &scan->diag);
    return err;
}

static void tear_down(struct scan *scan) {
    for (size_t i = 0; i < WINDOW; i++) clear_place(&scan->places[i]);
    caa_engine_free(scan->engine);
    caa_pace_free(scan->pace);
    caa_scan_output_close(&scan->output);
    for (size_t i = 0; i < SIGNALS; i++)
        if (scan->signals[i] != NULL) event_free(scan->signals[i]);
    if (scan->tick != NULL) event_free(scan->tick);
    if (scan->base != NULL) event_base_free(scan->base);
    caa_check_options_free(&scan->options);
}

static const char *contradiction(const struct caa_check_options *options) {
    if (options->name_count > 1) return "more than one file given";
    if (options->state_path != NULL && options->output_path != NULL &&
        strcmp(options->state_path, options->output_path) == 0)
        return "--output and --state are the same file";
    if (options->state_path != NULL && options->output_path == NULL)
        return "--state needs --output: what went down a pipe cannot be taken back";
    return NULL;
}

/* The scan itself, and what is left to write when it ends, however it ends. */
static enum caa_err run_to_end(struct scan *scan) {
    const char *path = scan->options.names[0];
    uint64_t total = isatty(STDERR_FILENO) ? caa_scan_meter_count(path) : 0;
    scan->meter = caa_scan_meter_begin(total, scan->output.state.names, now_us());
    if (event_base_dispatch(scan->base) < 0) scan->err = CAA_ERR_EVENT;
    write_finished(scan);
    bool complete = scan->err == CAA_OK && scan->names_ended && scan->count == 0;
    if (scan->err == CAA_OK) scan->err = caa_scan_output_save(&scan->output, &scan->diag);
    const char *how = scan->err != CAA_OK ? "ended early"
                      : complete          ? "complete"
                                          : "interrupted";
    caa_scan_meter_end(&scan->meter, &scan->output.state, how, now_us());
    if (complete) scan->signal = 0;
    return scan->err;
}

static int run_scan(struct scan *scan, int argc, char **argv) {
    bool usage;
    enum caa_err err = caa_check_options_read_of(&scan->options, long_options, argc, argv,
                                                 &usage, &scan->diag);
    if (!usage && err == CAA_OK && scan->options.help) {
        show_help();
        return 0;
    }
    const char *wrong = usage || err != CAA_OK ? NULL : contradiction(&scan->options);
    if (wrong != NULL) caa_diag_set(&scan->diag, "%s", wrong);
    if (usage || wrong != NULL) return caa_command_misused("scan", &scan->diag);
    caa_command_raise_file_limit();
    if (err == CAA_OK) err = set_up(scan);
    if (err == CAA_OK) err = run_to_end(scan);
    if (err != CAA_OK) return caa_command_failed("scan", err, &scan->diag);
    return scan->signal == 0 ? 0 : SIGNAL_STATUS + scan->signal;
}

int caa_command_scan(int argc, char **argv) {
    struct scan *scan = calloc(1, sizeof *scan);
    if (scan == NULL) return caa_command_failed("scan", CAA_ERR_NOMEM, &(struct caa_diag){""});
    int exit_code = run_scan(scan, argc, argv);
    tear_down(scan);
    free(scan);
    return caa_command_finish("scan", exit_code);
}
