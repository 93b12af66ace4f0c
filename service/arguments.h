/* The command line of a program that serves, and how it ends. */
#ifndef CAA_SERVICE_ARGUMENTS_H
#define CAA_SERVICE_ARGUMENTS_H

#include <stdbool.h>

#include "base/diag.h"
#include "base/err.h"

/* As in sysexits.h, and as those of `caa`. */
enum {
    SERVICE_EXIT_USAGE = 64,
    SERVICE_EXIT_INTERNAL = 70,
    SERVICE_EXIT_CONFIGURATION = 78,
};

struct service_arguments {
    const char *path; /* of the configuration; NULL: none was given */
    bool check_config;
};

/* Reads --config and --check-config; shows `help` or the versions where it is asked to. Returns
   an exit code where there is nothing more to do, else -1. */
int service_arguments_read(struct service_arguments *arguments, int argc, char **argv,
                           const char *help);

/* Tells the operator; returns the exit code. */
int service_failed(enum caa_err err, const struct caa_diag *why);

#endif
