#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/log.h"
#include "daemon/service.h"
#include "resolve/recursor.h"

/* As in sysexits.h, and as those of `caa`. */
enum { EXIT_USAGE = 64, EXIT_INTERNAL = 70, EXIT_CONFIGURATION = 78 };

struct arguments {
    const char *path; /* of the configuration; NULL: defaults only */
    bool check_config;
};

static void show_help(void) {
    puts(
        "usage: caad [--config FILE] [--check-config]\n"
        "\n"
        "Checks CAA for a certificate authority, over HTTP and as a DNS resolver.\n"
        "\n"
        "  --config FILE    configuration, see caad.conf(5); else $CAA_CONFIG, else\n"
        "                   " CAAD_CONF_PATH " where there is one, else defaults\n"
        "  --check-config   say what is wrong with the configuration, and end\n"
        "  --version        versions of caad and of libunbound\n"
        "  --help           this\n"
        "\n"
        "Signals: TERM ends it when what runs is answered, HUP reads the configuration again.");
}

static void show_version(void) {
    printf("caad %s, libunbound %s\n", CAA_VERSION, caa_recursor_library_version());
}

static int misused(char **argv, int option) {
    fprintf(stderr, option == ':' ? "caad: %s needs a value\n" : "caad: unknown option '%s'\n",
            argv[optind - 1]);
    fputs("Try 'caad --help'.\n", stderr);
    return EXIT_USAGE;
}

/* Returns an exit code where there is nothing more to do, else -1. */
static int read_arguments(struct arguments *arguments, int argc, char **argv) {
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
        case 'V': show_version(); return fflush(stdout) == 0 ? 0 : EXIT_INTERNAL;
        case 'h': show_help(); return fflush(stdout) == 0 ? 0 : EXIT_INTERNAL;
        default: return misused(argv, option);
        }
    }
    if (optind == argc) return -1;
    fprintf(stderr, "caad: takes no argument like '%s'\nTry 'caad --help'.\n", argv[optind]);
    return EXIT_USAGE;
}

static const char *find_conf(const char *path) {
    const char *named = getenv("CAA_CONFIG");
    if (path != NULL) return path;
    if (named != NULL && named[0] != '\0') return named;
    return access(CAAD_CONF_PATH, F_OK) == 0 ? CAAD_CONF_PATH : NULL;
}

static int failed(enum caa_err err, const struct caa_diag *why) {
    caad_log(CAAD_ERROR, "%s", why->text[0] != '\0' ? why->text : caa_err_text(err));
    return err == CAA_ERR_NOMEM || err == CAA_ERR_EVENT || err == CAA_ERR_RESOLVER
               ? EXIT_INTERNAL
               : EXIT_CONFIGURATION;
}

static int serve(struct caad_conf *conf, const char *path) {
    struct caa_diag why = {.text = ""};
    struct caad_service *service = NULL;
    enum caa_err err = caad_service_new(&service, conf, path, &why);
    if (err == CAA_OK) err = caad_service_run(service, &why);
    caad_service_free(service);
    return err == CAA_OK ? 0 : failed(err, &why);
}

int main(int argc, char **argv) {
    struct arguments arguments = {0};
    struct caa_diag why = {.text = ""};
    struct caad_conf *conf;
    int exit_code = read_arguments(&arguments, argc, argv);
    if (exit_code >= 0) return exit_code;
    const char *path = find_conf(arguments.path);
    enum caa_err err = caad_conf_read(&conf, path, &why);
    if (err == CAA_OK) err = caad_conf_look_at(conf, &why);
    if (err != CAA_OK) {
        caad_conf_free(conf);
        return failed(err, &why);
    }
    if (arguments.check_config)
        printf("caad: %s: ok\n", path != NULL ? path : "defaults");
    else
        exit_code = serve(conf, path);
    caad_conf_free(conf);
    if (exit_code <= 0 && fflush(stdout) != 0) exit_code = EXIT_INTERNAL;
    return exit_code < 0 ? 0 : exit_code;
}
