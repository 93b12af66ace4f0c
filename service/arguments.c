#include "service/arguments.h"

#include <getopt.h>
#include <stdio.h>

#include "resolve/recursor.h"
#include "service/log.h"

static int show_version(void) {
    printf(CAA_PROGRAM " %s, libunbound %s\n", CAA_VERSION, caa_recursor_library_version());
    return fflush(stdout) == 0 ? 0 : SERVICE_EXIT_INTERNAL;
}

static int show_help(const char *help) {
    puts(help);
    return fflush(stdout) == 0 ? 0 : SERVICE_EXIT_INTERNAL;
}

static int misused(char **argv, int option) {
    fprintf(stderr,
            option == ':' ? CAA_PROGRAM ": %s needs a value\n"
                          : CAA_PROGRAM ": unknown option '%s'\n",
            argv[optind - 1]);
    fputs("Try '" CAA_PROGRAM " --help'.\n", stderr);
    return SERVICE_EXIT_USAGE;
}

int service_arguments_read(struct service_arguments *arguments, int argc, char **argv,
                           const char *help) {
    static const struct option options[] = {{"config", required_argument, NULL, 'c'},
                                            {"check-config", no_argument, NULL, 'k'},
                                            {"version", no_argument, NULL, 'V'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    int option;
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
        switch (option) {
        case 'c': arguments->path = optarg; break;
        case 'k': arguments->check_config = true; break;
        case 'V': return show_version();
        case 'h': return show_help(help);
        default: return misused(argv, option);
        }
    }
    if (optind == argc) return -1;
    fprintf(stderr,
            CAA_PROGRAM ": takes no argument like '%s'\nTry '" CAA_PROGRAM " --help'.\n",
            argv[optind]);
    return SERVICE_EXIT_USAGE;
}

int service_failed(enum caa_err err, const struct caa_diag *why) {
    service_log(SERVICE_ERROR, "%s", why->text[0] != '\0' ? why->text : caa_err_text(err));
    return err == CAA_ERR_NOMEM || err == CAA_ERR_EVENT || err == CAA_ERR_RESOLVER
               ? SERVICE_EXIT_INTERNAL
               : SERVICE_EXIT_CONFIGURATION;
}
