#include "cli/scan_meter.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/progress.h"
#include "report/style.h"

enum { BAR_COLUMNS = 24, TEXT_MOST = 128 };

struct caa_scan_meter caa_scan_meter_begin(uint64_t total, uint64_t first, int64_t now_us) {
    return (struct caa_scan_meter){.on_terminal = caa_command_is_terminal(STDERR_FILENO),
                                   .colour = caa_command_may_colour(),
                                   .total = total,
                                   .first = first,
                                   .started_us = now_us};
}

static double rate_of(const struct caa_scan_meter *meter, const struct caa_scan_state *state,
                      int64_t now_us) {
    double seconds = (double)(now_us - meter->started_us) / 1e6;
    return seconds > 0 ? (double)(state->names - meter->first) / seconds : 0;
}

static void write_bar(const struct caa_scan_meter *meter, uint64_t names) {
    uint64_t full = names >= meter->total ? BAR_COLUMNS : names * BAR_COLUMNS / meter->total;
    fputs(meter->colour ? CAA_TEXT_GREEN : "", stderr);
    for (uint64_t i = 0; i < BAR_COLUMNS; i++) fputc(i < full ? '#' : '-', stderr);
    fputs(meter->colour ? CAA_TEXT_PLAIN : "", stderr);
}

static void write_text(const struct caa_scan_meter *meter, const struct caa_scan_state *state,
                       uint32_t running, double rate, char text[TEXT_MOST]) {
    char total[32] = "", left[40] = "";
    if (meter->total > 0) (void)snprintf(total, sizeof total, " of %" PRIu64, meter->total);
    if (meter->total > state->names && rate > 0) {
        unsigned long left_s = (unsigned long)((double)(meter->total - state->names) / rate);
        (void)snprintf(left, sizeof left, ", %lu:%02lu:%02lu left", left_s / 3600,
                       left_s / 60 % 60, left_s % 60);
    }
    (void)snprintf(text, TEXT_MOST, " %" PRIu64 "%s names, %.0f/s, %" PRIu32 " running%s",
                   state->names, total, rate, running, left);
}

void caa_scan_meter_show(struct caa_scan_meter *meter, const struct caa_scan_state *state,
                         uint32_t running, int64_t now_us) {
    char text[TEXT_MOST];
    if (!meter->on_terminal) return;
    write_text(meter, state, running, rate_of(meter, state, now_us), text);
    int columns = caa_progress_columns();
    fputs("\r\033[K", stderr);
    if (meter->total > 0 && BAR_COLUMNS + (int)strlen(text) <= columns)
        write_bar(meter, state->names);
    fprintf(stderr, "%.*s", columns, text);
    fflush(stderr);
    meter->shown = true;
}

void caa_scan_meter_end(struct caa_scan_meter *meter, const struct caa_scan_state *state,
                        const char *how, int64_t now_us) {
    const uint64_t *counts = state->counts;
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    if (meter->shown) fputs("\r\033[K", stderr);
    fprintf(
        stderr,
        "caa scan: %s: %" PRIu64 " names: %" PRIu64 " allowed, %" PRIu64 " forbidden, %" PRIu64
        " undecided, %" PRIu64 " not applicable, %" PRIu64 " no names\n",
        how, state->names, counts[CAA_SCAN_ALLOWED], counts[CAA_SCAN_FORBIDDEN],
        counts[CAA_SCAN_UNDECIDED], counts[CAA_SCAN_NOT_APPLICABLE], counts[CAA_SCAN_NO_NAME]);
    fprintf(stderr, "caa scan: this run: %" PRIu64 " names, %.1f s, %.0f/s, CPU %.1f s\n",
            state->names - meter->first, (double)(now_us - meter->started_us) / 1e6,
            rate_of(meter, state, now_us),
            (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6);
}

uint64_t caa_scan_meter_count(const char *path) {
    char octets[65536];
    uint64_t lines = 0;
    size_t got;
    bool any = false;
    FILE *file = strcmp(path, "-") == 0 ? NULL : fopen(path, "re");
    if (file == NULL) return 0;
    while ((got = fread(octets, 1, sizeof octets, file)) > 0)
        for (size_t i = 0; i < got; i++) {
            lines += octets[i] == '\n' && any;
            any = octets[i] != '\n' && (any || (octets[i] != '\r' && octets[i] != ' '));
        }
    fclose(file);
    return lines + any;
}
