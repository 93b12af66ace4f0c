#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "resolve/recursor.h"

static const struct command commands[] = {
    {"advise", "what to publish so that nothing above a domain can fail its certificates?",
     caa_command_advise},
    {"check", "may a CA issue for these names? (RFC 8659)", caa_command_check},
    {"diagnose", "why does a check fail, or might it?", caa_command_diagnose},
    {"explain", "what does this error of a CA mean, and try again or not?",
     caa_command_explain},
    {"lint", "what do these CAA records mean, and what is wrong with them?", caa_command_lint},
    {"report", "how often do checks fail, where, whose fault is it, since when?",
     caa_command_report},
    {"scan", "may a CA issue for these millions of names?", caa_command_scan},
    {"trace", "what does every server on the way to a name say?", caa_command_trace},
};

enum { COMMANDS = sizeof commands / sizeof commands[0] };

static int show_help(void) {
    puts("usage: caa COMMAND [OPTION...] [ARGUMENT...]\n"
         "\n"
         "Decides CAA, the DNS records that say which certificate authorities may issue.\n"
         "\n"
         "commands:");
    for (size_t i = 0; i < COMMANDS; i++)
        printf("  %-9s %s\n", commands[i].name, commands[i].summary);
    puts("\n"
         "'caa COMMAND --help' tells more, and so does caa(1).");
    return caa_command_finish("--help", 0);
}

static int show_version(void) {
    printf("caa %s, libunbound %s\n", CAA_VERSION, caa_recursor_library_version());
    const char *warning = caa_recursor_library_warning();
    if (warning != NULL) printf("warning: %s\n", warning);
    return caa_command_finish("--version", 0);
}

int main(int argc, char **argv) {
    caa_command_keep_descriptors();
    setlocale(LC_CTYPE, "");
    const char *name = argc > 1 ? argv[1] : NULL;
    if (name == NULL) {
        fputs("caa: no command given\nTry 'caa --help'.\n", stderr);
        return CAA_EXIT_USAGE;
    }
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0)
        return show_help();
    if (strcmp(name, "--version") == 0) return show_version();
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(commands[i].name, name) == 0) return commands[i].run(argc - 1, argv + 1);
    struct caa_diag why;
    caa_diag_set(&why, "unknown command '%s'", name);
    fprintf(stderr, "caa: %s\nTry 'caa --help'.\n", why.text);
    return CAA_EXIT_USAGE;
}
