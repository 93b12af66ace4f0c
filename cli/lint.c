#include "cli/command.h"

int caa_command_lint(int argc, char **argv) {
    (void)argc;
    (void)argv;
    return CAA_EXIT_INTERNAL;
}
