#include <stdio.h>

#include "gate/service.h"
#include "service/arguments.h"

static const char HELP[] =
    "usage: caa-gate [--config FILE] [--check-config]\n"
    "\n"
    "Checks CAA in front of an ACME server, and rides out DNS failures while the client "
    "waits;\n"
    "or tells which errors of a remote one pass by themselves (mode: annotate).\n"
    "\n"
    "  --config FILE    configuration, see caa-gate.conf(5); else\n"
    "                   " GATE_CONF_PATH "\n"
    "  --check-config   say what is wrong with the configuration, and end\n"
    "  --version        versions of caa-gate and of libunbound\n"
    "  --help           this\n"
    "\n"
    "Signals: TERM ends it when what runs is answered, HUP reads the configuration again.";

static int serve(struct gate_conf *conf, const char *path) {
    struct caa_diag why = {.text = ""};
    struct gate_service *service = NULL;
    enum caa_err err = gate_service_new(&service, conf, path, &why);
    if (err == CAA_OK) err = gate_service_run(service, &why);
    bool is_lost = err == CAA_OK && gate_service_lost_recursors(service);
    gate_service_free(service);
    if (is_lost) return SERVICE_EXIT_INTERNAL;
    return err == CAA_OK ? 0 : service_failed(err, &why);
}

int main(int argc, char **argv) {
    struct service_arguments arguments = {0};
    struct caa_diag why = {.text = ""};
    struct gate_conf *conf;
    int exit_code = service_arguments_read(&arguments, argc, argv, HELP);
    if (exit_code >= 0) return exit_code;
    const char *path = arguments.path != NULL ? arguments.path : GATE_CONF_PATH;
    enum caa_err err = gate_conf_read(&conf, path, &why);
    if (err == CAA_OK && arguments.check_config) err = gate_conf_look_at_files(conf, &why);
    if (err != CAA_OK) {
        gate_conf_free(conf);
        return service_failed(err, &why);
    }
    if (arguments.check_config)
        printf("caa-gate: %s: ok\n", path);
    else
        exit_code = serve(conf, path);
    gate_conf_free(conf);
    if (exit_code <= 0 && fflush(stdout) != 0) exit_code = SERVICE_EXIT_INTERNAL;
    return exit_code < 0 ? 0 : exit_code;
}
