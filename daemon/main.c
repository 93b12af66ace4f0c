#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/service.h"
#include "service/arguments.h"

static const char HELP[] =
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
    "Signals: TERM ends it when what runs is answered, HUP reads the configuration again.";

static const char *find_conf(const char *path) {
    const char *named = getenv("CAA_CONFIG");
    if (path != NULL) return path;
    if (named != NULL && named[0] != '\0') return named;
    return access(CAAD_CONF_PATH, F_OK) == 0 ? CAAD_CONF_PATH : NULL;
}

static int serve(struct caad_conf *conf, const char *path) {
    struct caa_diag why = {.text = ""};
    struct caad_service *service = NULL;
    enum caa_err err = caad_service_new(&service, conf, path, &why);
    if (err == CAA_OK) err = caad_service_run(service, &why);
    bool is_lost = err == CAA_OK && caad_service_lost_recursors(service);
    caad_service_free(service);
    if (is_lost) return SERVICE_EXIT_INTERNAL;
    return err == CAA_OK ? 0 : service_failed(err, &why);
}

int main(int argc, char **argv) {
    struct service_arguments arguments = {0};
    struct caa_diag why = {.text = ""};
    struct caad_conf *conf;
    int exit_code = service_arguments_read(&arguments, argc, argv, HELP);
    if (exit_code >= 0) return exit_code;
    const char *path = find_conf(arguments.path);
    enum caa_err err = caad_conf_read(&conf, path, NULL, &why);
    if (err == CAA_OK && arguments.check_config) err = caad_conf_look_at_files(conf, &why);
    if (err != CAA_OK) {
        caad_conf_free(conf);
        return service_failed(err, &why);
    }
    if (arguments.check_config)
        printf("caad: %s: ok\n", path != NULL ? path : "defaults");
    else
        exit_code = serve(conf, path);
    caad_conf_free(conf);
    if (exit_code <= 0 && fflush(stdout) != 0) exit_code = SERVICE_EXIT_INTERNAL;
    return exit_code < 0 ? 0 : exit_code;
}
