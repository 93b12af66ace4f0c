/* The command line of `caa report`. */
#ifndef CAA_CLI_REPORT_OPTIONS_H
#define CAA_CLI_REPORT_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/diag.h"
#include "tally/tally.h"

enum { CAA_REPORT_HISTORIES_MOST = 16 };

struct caa_report_options {
    bool help;
    bool json;
    const char *html;  /* path of a page to write; "-": standard output; NULL: none */
    const char *title; /* of the page; NULL: its own */
    const char *histories[CAA_REPORT_HISTORIES_MOST];
    size_t history_count;
    struct caa_tally_setting setting;
    char **files;
    int file_count;
};

/* Reads flags; false, with the reason, where they cannot be used. Points into argv. */
bool caa_report_options_read(struct caa_report_options *options, int argc, char **argv,
                             struct caa_diag *diag);

#endif
