#include "cli/command.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

int caa_command_misused(const char *command, const struct caa_diag *why) {
    fprintf(stderr, "caa %s: %s\nTry 'caa %s --help'.\n", command, why->text, command);
    return CAA_EXIT_USAGE;
}

void caa_command_keep_descriptors(void) {
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) == -1 && errno == EBADF)
            open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY); /* takes `fd` */
}

void caa_command_raise_file_limit(void) {
    caa_file_raise_limit(65536);
}

/* getopt leaves `optind` behind a long option, and on a cluster of short ones until its end, so
   a short one is told by `optopt`. -h is known, so with it only `--help=x` comes here. */
bool caa_command_option_refused(int option, char **argv, struct caa_diag *diag) {
    bool is_short = optopt > 0 && optopt < 256 && optopt != 'h';
    if (option == ':')
        caa_diag_set(diag, "%s needs a value", argv[optind - 1]);
    else if (is_short)
        caa_diag_set(diag, "unknown option '-%c'", optopt);
    else if (optopt != 0)
        caa_diag_set(diag, "'%s': the option takes no value", argv[optind - 1]);
    else
        caa_diag_set(diag, "unknown option '%s'", argv[optind - 1]);
    return false;
}

static int exit_code_of(enum caa_err err) {
    switch (err) {
    case CAA_OK: return CAA_EXIT_ALLOWED;
    case CAA_ERR_SYNTAX:
    case CAA_ERR_FILE:
    case CAA_ERR_OPTION:
    case CAA_ERR_LIMIT:
    case CAA_ERR_HISTORY:
    case CAA_ERR_TRUST_ANCHOR:
    case CAA_ERR_ROOT_HINTS: return CAA_EXIT_CONFIGURATION;
    case CAA_ERR_NOMEM:
    case CAA_ERR_RESOLVER:
    case CAA_ERR_EVENT: return CAA_EXIT_INTERNAL;
    }
    return CAA_EXIT_INTERNAL;
}

int caa_command_failed(const char *command, enum caa_err err, const struct caa_diag *why) {
    fprintf(stderr, "caa %s: %s\n", command,
            why->text[0] != '\0' ? why->text : caa_err_text(err));
    return exit_code_of(err);
}

int caa_command_exit_code(const struct caa_decision *decision) {
    switch (decision->verdict) {
    case CAA_VERDICT_ALLOWED: return CAA_EXIT_ALLOWED;
    case CAA_VERDICT_FORBIDDEN: return CAA_EXIT_FORBIDDEN;
    case CAA_VERDICT_UNDECIDED: break;
    }
    return decision->retry_helps ? CAA_EXIT_TRY_AGAIN : CAA_EXIT_MEND_FIRST;
}

int caa_command_finish(const char *command, int exit_code) {
    if (fflush(stdout) == 0 && ferror(stdout) == 0) return exit_code;
    /* What ended it was told already, and may be just this. */
    if (exit_code == CAA_EXIT_INTERNAL || exit_code == CAA_EXIT_CONFIGURATION) return exit_code;
    fprintf(stderr, "caa %s: cannot write to standard output: %s\n", command, strerror(errno));
    return CAA_EXIT_INTERNAL;
}

enum caa_err caa_command_print_line(char *line) {
    if (line == NULL) return CAA_ERR_NOMEM;
    puts(line);
    free(line);
    return CAA_OK;
}

bool caa_command_is_terminal(int fd) {
    const char *terminal = getenv("TERM");
    return isatty(fd) && terminal != NULL && strcmp(terminal, "dumb") != 0;
}

bool caa_command_may_colour(void) {
    const char *no_color = getenv("NO_COLOR"); /* https://no-color.org */
    return no_color == NULL || no_color[0] == '\0';
}

struct caa_text_style caa_command_style(void) {
    return (struct caa_text_style){
        .colour = caa_command_is_terminal(STDOUT_FILENO) && caa_command_may_colour(),
        .unicode = strcmp(nl_langinfo(CODESET), "UTF-8") == 0,
    };
}
