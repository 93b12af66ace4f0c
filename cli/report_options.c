#include "cli/report_options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "cli/command.h"
#include "tally/time_text.h"

enum option_value {
    OPTION_HELP = 'h',
    OPTION_JSON = 256,
    OPTION_HTML,
    OPTION_TITLE,
    OPTION_HISTORY,
    OPTION_ORDERS,
    OPTION_CERTIFICATES,
    OPTION_SINCE,
    OPTION_UNTIL,
    OPTION_CONFIDENCE,
};

static const struct option long_options[] = {
    {"help", no_argument, NULL, OPTION_HELP},
    {"json", no_argument, NULL, OPTION_JSON},
    {"html", required_argument, NULL, OPTION_HTML},
    {"title", required_argument, NULL, OPTION_TITLE},
    {"history", required_argument, NULL, OPTION_HISTORY},
    {"orders", required_argument, NULL, OPTION_ORDERS},
    {"certificates", required_argument, NULL, OPTION_CERTIFICATES},
    {"since", required_argument, NULL, OPTION_SINCE},
    {"until", required_argument, NULL, OPTION_UNTIL},
    {"confidence", required_argument, NULL, OPTION_CONFIDENCE},
    {NULL, 0, NULL, 0},
};

/* Digits only: strtoull takes a minus as well. */
static bool read_count(const char *text, uint64_t *count) {
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (!caa_ascii_is_digit(text[0]) || *end != '\0' || errno != 0 || number == 0 ||
        number > 1000000000000000)
        return false;
    *count = number;
    return true;
}

/* "17800", or "net=12000" for those of one TLD. */
static bool set_orders(struct caa_tally_setting *setting, const char *text,
                       struct caa_diag *diag) {
    const char *equals = strchr(text, '=');
    if (equals == NULL && read_count(text, &setting->orders)) return true;
    struct caa_tally_total *total = &setting->totals[setting->total_count];
    const char *tld = text[0] == '.' ? text + 1 : text;
    if (setting->total_count == CAA_TALLY_TOTALS_MOST) {
        caa_diag_set(diag, "--orders: given more than %d times", CAA_TALLY_TOTALS_MOST);
        return false;
    }
    size_t len = equals == NULL || equals < tld ? 0 : (size_t)(equals - tld);
    if (len == 0 || len >= sizeof total->tld || !read_count(equals + 1, &total->orders)) {
        caa_diag_set(diag, "--orders: '%s' is neither a number from 1 up nor TLD=NUMBER", text);
        return false;
    }
    for (size_t i = 0; i < len; i++) total->tld[i] = caa_ascii_lower(tld[i]);
    setting->total_count++;
    return true;
}

static bool set_certificates(struct caa_tally_setting *setting, const char *text,
                             struct caa_diag *diag) {
    if (read_count(text, &setting->certificates)) return true;
    caa_diag_set(diag, "--certificates: '%s' is not a number from 1 up", text);
    return false;
}

static bool set_time(int64_t *at_us, const char *option, const char *text,
                     struct caa_diag *diag) {
    if (caa_time_read(caa_slice_of(text), at_us)) return true;
    caa_diag_set(diag, "%s: '%s' is not a time like 2026-11-24 or 2026-11-24T03:15:00Z", option,
                 text);
    return false;
}

static bool set_confidence(struct caa_tally_setting *setting, const char *text,
                           struct caa_diag *diag) {
    char *end;
    double percent = strtod(text, &end);
    if (end != text && *end == '\0' && percent >= 50 && percent <= 99.99) {
        setting->confidence = percent / 100;
        return true;
    }
    caa_diag_set(diag, "--confidence: '%s' is not a number from 50 to 99.99 (per cent)", text);
    return false;
}

static bool add_history(struct caa_report_options *options, const char *place,
                        struct caa_diag *diag) {
    if (options->history_count == CAA_REPORT_HISTORIES_MOST) {
        caa_diag_set(diag, "--history: given more than %d times", CAA_REPORT_HISTORIES_MOST);
        return false;
    }
    options->histories[options->history_count++] = place;
    return true;
}

static bool take_option(struct caa_report_options *options, int option, char **argv,
                        struct caa_diag *diag) {
    struct caa_tally_setting *setting = &options->setting;
    switch (option) {
    case OPTION_HELP: options->help = true; return true;
    case OPTION_JSON: options->json = true; return true;
    case OPTION_HTML: options->html = optarg; return true;
    case OPTION_TITLE: options->title = optarg; return true;
    case OPTION_HISTORY: return add_history(options, optarg, diag);
    case OPTION_ORDERS: return set_orders(setting, optarg, diag);
    case OPTION_CERTIFICATES: return set_certificates(setting, optarg, diag);
    case OPTION_SINCE: return set_time(&setting->since_us, "--since", optarg, diag);
    case OPTION_UNTIL: return set_time(&setting->until_us, "--until", optarg, diag);
    case OPTION_CONFIDENCE: return set_confidence(setting, optarg, diag);
    default: return caa_command_option_refused(option, argv, diag);
    }
}

static bool is_usable(const struct caa_report_options *options, struct caa_diag *diag) {
    const struct caa_tally_setting *setting = &options->setting;
    bool ended = setting->until_us != CAA_TALLY_NO_TIME;
    if (options->file_count == 0 && options->history_count == 0)
        caa_diag_set(diag, "no file given ('-' for standard input), and no --history");
    else if (options->json && options->html != NULL && strcmp(options->html, "-") == 0)
        caa_diag_set(diag, "--json and --html -: only one can have standard output");
    else if (ended && setting->until_us <= setting->since_us)
        caa_diag_set(diag, "--until is not after --since");
    else if (options->title != NULL && options->html == NULL)
        caa_diag_set(diag, "--title is that of a page: it needs --html");
    else
        return true;
    return false;
}

bool caa_report_options_read(struct caa_report_options *options, int argc, char **argv,
                             struct caa_diag *diag) {
    int option;
    *options = (struct caa_report_options){.setting = {.since_us = CAA_TALLY_NO_TIME,
                                                       .until_us = CAA_TALLY_NO_TIME,
                                                       .confidence = 0.95}};
    opterr = 0;
    optind = 1;
    while ((option = getopt_long(argc, argv, ":h", long_options, NULL)) != -1)
        if (!take_option(options, option, argv, diag)) return false;
    options->files = argv + optind;
    options->file_count = argc - optind;
    return options->help || is_usable(options, diag);
}
