/* What every subcommand of `caa` is made of. */
#ifndef CAA_CLI_COMMAND_H
#define CAA_CLI_COMMAND_H

#include <stdbool.h>

#include "base/diag.h"
#include "base/err.h"
#include "report/text.h"

/* Exit codes; the first five are verdicts of `caa check`. 64 and up as in sysexits.h. */
enum caa_exit {
    CAA_EXIT_ALLOWED = 0,
    CAA_EXIT_FORBIDDEN = 1,
    CAA_EXIT_TRY_AGAIN = 2,
    CAA_EXIT_MEND_FIRST = 3,
    CAA_EXIT_NOT_APPLICABLE = 4,
    CAA_EXIT_NOT_KNOWN = 5, /* of explain, and of report where there is nothing to count */
    CAA_EXIT_USAGE = 64,
    CAA_EXIT_INTERNAL = 70,
    CAA_EXIT_CONFIGURATION = 78,
};

/* One row of main's table. `run` gets its own name as argv[0] and returns the exit code. */
struct command {
    const char *name;
    const char *summary;
    int (*run)(int argc, char **argv);
};

int caa_command_advise(int argc, char **argv);
int caa_command_check(int argc, char **argv);
int caa_command_diagnose(int argc, char **argv);
int caa_command_explain(int argc, char **argv);
int caa_command_lint(int argc, char **argv);
int caa_command_report(int argc, char **argv);
int caa_command_scan(int argc, char **argv);
int caa_command_trace(int argc, char **argv);

/* Prints `caa COMMAND: message` and how to get help to stderr; returns CAA_EXIT_USAGE. */
int caa_command_misused(const char *command, const struct caa_diag *why);

/* Opens descriptors 0 to 2 where they are closed, so that no socket takes their place; reading
   and writing there fails as before. */
void caa_command_keep_descriptors(void);

/* As many descriptors as may be: every query in flight has a socket of its own. */
void caa_command_raise_file_limit(void);

/* Says in `diag` why getopt_long with opterr 0 and ':' in front of its short options returned
   `option`, ':' or '?'. Always false, so that a reader of options can return it. */
bool caa_command_option_refused(int option, char **argv, struct caa_diag *diag);

/* Prints `caa COMMAND: message` to stderr; returns the exit code for the error. */
int caa_command_failed(const char *command, enum caa_err err, const struct caa_diag *why);

/* The exit code for a verdict. */
int caa_command_exit_code(const struct caa_decision *decision);

/* Prints a line of JSON and frees it; CAA_ERR_NOMEM for NULL, which is what could not be made.
 */
enum caa_err caa_command_print_line(char *line);

/* Flushes standard output; CAA_EXIT_INTERNAL, with a message, where not all could be written,
   otherwise `exit_code`. */
int caa_command_finish(const char *command, int exit_code);

/* It is a terminal on which lines can be rewritten. */
bool caa_command_is_terminal(int fd);

/* NO_COLOR is not set, or empty. */
bool caa_command_may_colour(void);

/* Colour and box drawing as the terminal on standard output, NO_COLOR and the locale allow. */
struct caa_text_style caa_command_style(void);

#endif
