#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/report_history.h"
#include "cli/report_options.h"
#include "tally/json.h"
#include "tally/page.h"
#include "tally/reader.h"
#include "tally/text.h"

static void show_help(void) {
    puts("usage: caa report FILE... [OPTION...]\n"
         "       caa report --history DB... [OPTION...]\n"
         "\n"
         "How many CAA checks failed, where, how, whose fault was it, since when, and what "
         "trying\n"
         "again would have saved. A FILE is a log: error texts as people have them, orders "
         "one a\n"
         "line in JSON, a CA's audit log, Unbound's log-servfail, or what 'caa check --json' "
         "and\n"
         "'caa explain --json' write; lines of all kinds may be mixed. '-' reads standard "
         "input.\n"
         "\n"
         "  --history DB          read a history of caad: an SQLite file or postgresql://...; "
         "may\n"
         "                        be repeated, and given beside files\n"
         "  --orders N            orders in all, where the log tells of failures only\n"
         "  --orders TLD=N        orders for names under one TLD; may be repeated\n"
         "  --certificates N      certificates in all, likewise\n"
         "  --since TIME          only what happened from then on (2026-11-24, or\n"
         "                        2026-11-24T03:15:00Z)\n"
         "  --until TIME          only what happened before\n"
         "  --confidence PERCENT  of intervals, and of all that is called sure (95)\n"
         "  --json                one JSON object\n"
         "  --html FILE           also write a page with plots to mail around; '-' writes it "
         "alone\n"
         "  --title TEXT          its title\n"
         "  -h, --help            this text\n"
         "\n"
         "Exit status: 0 reported, 5 there was nothing to count, 64 usage, 70 internal error, "
         "78 a\n"
         "file or history that cannot be read or written.");
}

static enum caa_err read_descriptor(struct caa_tally_reader *reader, int fd, const char *path,
                                    struct caa_diag *diag) {
    static char octets[1 << 16];
    ssize_t len;
    while ((len = read(fd, octets, sizeof octets)) != 0) {
        if (len < 0 && errno == EINTR) continue;
        if (len < 0) {
            caa_diag_set(diag, "%s: %s", path, strerror(errno));
            return CAA_ERR_FILE;
        }
        caa_tally_reader_feed(reader, caa_slice_bytes(octets, (size_t)len));
    }
    caa_tally_reader_end(reader);
    return CAA_OK;
}

static enum caa_err read_file(struct caa_tally_reader *reader, const char *path,
                              struct caa_diag *diag) {
    if (strcmp(path, "-") == 0)
        return read_descriptor(reader, STDIN_FILENO, "standard input", diag);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        caa_diag_set(diag, "%s: %s", path, strerror(errno));
        return CAA_ERR_FILE;
    }
    enum caa_err err = read_descriptor(reader, fd, path, diag);
    close(fd);
    return err;
}

static enum caa_err read_all(struct caa_tally *tally, const struct caa_report_options *options,
                             struct caa_diag *diag) {
    enum caa_err err = CAA_OK;
    struct caa_tally_reader *reader = caa_tally_reader_new(tally, caa_clock_system());
    if (reader == NULL) return CAA_ERR_NOMEM;
    for (int i = 0; err == CAA_OK && i < options->file_count; i++) {
        err = read_file(reader, options->files[i], diag);
        if (err == CAA_OK) err = tally->err;
    }
    caa_tally_reader_free(reader);
    for (size_t i = 0; err == CAA_OK && i < options->history_count; i++)
        err = caa_report_history(tally, options->histories[i], diag);
    return err;
}

static enum caa_err write_page(const struct caa_tally *tally,
                               const struct caa_report_options *options,
                               struct caa_diag *diag) {
    bool here = strcmp(options->html, "-") == 0;
    FILE *out = here ? stdout : fopen(options->html, "we");
    if (out == NULL) {
        caa_diag_set(diag, "%s: %s", options->html, strerror(errno));
        return CAA_ERR_FILE;
    }
    enum caa_err err = caa_tally_page(out, tally, options->title);
    bool written = fflush(out) == 0 && ferror(out) == 0;
    if (!here && fclose(out) != 0) written = false;
    if (written || here) return err; /* standard output is looked at in the end */
    caa_diag_set(diag, "%s: not all could be written: %s", options->html, strerror(errno));
    return CAA_ERR_FILE;
}

static enum caa_err write_all(const struct caa_tally *tally,
                              const struct caa_report_options *options, struct caa_diag *diag) {
    bool page_only = options->html != NULL && strcmp(options->html, "-") == 0;
    if (options->html != NULL) {
        enum caa_err err = write_page(tally, options, diag);
        if (err != CAA_OK || page_only) return err;
    }
    if (!options->json) {
        struct caa_text_style style = caa_command_style();
        return caa_tally_text(stdout, tally, &style);
    }
    char *text = caa_tally_json(tally);
    if (text == NULL) return CAA_ERR_NOMEM;
    puts(text);
    free(text);
    return CAA_OK;
}

/* More failures than there were orders is no rate. */
static bool totals_make_sense(const struct caa_tally *tally, struct caa_diag *diag) {
    const struct {
        const char *option;
        uint64_t total;
    } given[] = {{"--orders", tally->setting.orders},
                 {"--certificates", tally->setting.certificates}};
    for (size_t i = 0; i < 2; i++) {
        if (given[i].total == 0 || given[i].total >= tally->checks.failures) continue;
        caa_diag_set(diag, "%s: there are more failures (%" PRIu64 ") than that",
                     given[i].option, tally->checks.failures);
        return false;
    }
    return true;
}

static int run_report(const struct caa_report_options *options) {
    struct caa_diag diag = {.text = ""};
    struct caa_tally *tally = caa_tally_new(&options->setting);
    enum caa_err err = tally == NULL ? CAA_ERR_NOMEM : read_all(tally, options, &diag);
    if (err == CAA_OK) {
        caa_tally_finish(tally);
        err = tally->err;
    }
    bool misused = err == CAA_OK && !totals_make_sense(tally, &diag);
    if (err == CAA_OK && !misused) err = write_all(tally, options, &diag);
    bool empty = err == CAA_OK && tally->checks.checks + tally->lookups.checks == 0;
    caa_tally_free(tally);
    if (misused) return caa_command_misused("report", &diag);
    if (err != CAA_OK) return caa_command_failed("report", err, &diag);
    return empty ? CAA_EXIT_NOT_KNOWN : 0;
}

int caa_command_report(int argc, char **argv) {
    struct caa_report_options options;
    struct caa_diag diag = {.text = ""};
    if (!caa_report_options_read(&options, argc, argv, &diag))
        return caa_command_misused("report", &diag);
    int exit_code = 0;
    if (options.help)
        show_help();
    else
        exit_code = run_report(&options);
    return caa_command_finish("report", exit_code);
}
