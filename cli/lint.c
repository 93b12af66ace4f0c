#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/file.h"
#include "cli/command.h"
#include "report/lint_json.h"
#include "report/lint_text.h"
#include "resolve/answers.h"

/* The shortest line is 10 octets and costs under 400. */
enum { ARENA_OCTETS_MAX = 40 * CAA_ANSWERS_FILE_MAX };

/* One CAA line of an answers file. */
struct entry {
    struct entry *next;
    unsigned long line;
    const struct caa_name *owner;
    struct caa_slice rdata;
    unsigned long set; /* line of the first record of the same owner */
};

struct lint_run {
    bool help;
    bool json;
    const char *answers; /* path, or NULL */
    struct caa_text_style style;
    bool printed; /* something, so that what follows keeps a distance */
    int exit_code;
    uint8_t *rdata; /* of the text at hand */
    struct caa_arena *arena;
    struct entry *first, *last;
    size_t entry_count;
    bool out_of_memory;
};

static void show_help(void) {
    puts("usage: caa lint VALUE... [--json]\n"
         "       caa lint --answers FILE [--json]\n"
         "\n"
         "What do these CAA records mean, what is wrong with them, and whom do they permit?\n"
         "A VALUE is a record, '0 issue \"ca.example\"', or only the value of an issue,\n"
         "'ca.example; validationmethods=dns-01'. '-' reads values from standard input, one a "
         "line.\n"
         "\n"
         "  --answers FILE  the records of a file, and what each owner's set comes to\n"
         "  --json          one JSON object a line for each record, and for each set\n"
         "  -h, --help      this text\n"
         "\n"
         "Exit status: 0 nothing wrong, 1 something malformed, unreadable, or critical and\n"
         "unknown, 64 usage, 70 internal error, 78 a file that cannot be read.");
}

/* One report: an object or a paragraph. `line` is freed. */
static void print_line(struct lint_run *run, char *line) {
    if (line == NULL) {
        run->out_of_memory = true;
        return;
    }
    puts(line);
    free(line);
}

static void report_record(struct lint_run *run, const struct caa_lint *lint,
                          const struct caa_lint_origin *origin) {
    if (caa_lint_is_wrong(lint)) run->exit_code = 1;
    if (run->json) {
        print_line(run, caa_lint_json_record(lint, origin));
        return;
    }
    if (run->printed) putchar('\n');
    run->printed = true;
    caa_lint_text_record(stdout, lint, origin, &run->style);
}

static void report_set(struct lint_run *run, const struct caa_lint_set *set) {
    if (run->json) {
        print_line(run, caa_lint_json_set(set));
        return;
    }
    putchar('\n');
    caa_lint_text_set(stdout, set, &run->style);
}

static void lint_text(struct lint_run *run, struct caa_slice text,
                      const struct caa_lint_origin *origin) {
    struct caa_lint lint;
    caa_lint_text(&lint, text, run->rdata);
    report_record(run, &lint, origin);
}

static enum caa_err lint_standard_input(struct lint_run *run, struct caa_diag *diag) {
    struct caa_lint_origin origin = {.file = "standard input"};
    char *line = NULL;
    size_t room = 0;
    ssize_t len;
    errno = 0;
    while ((len = getline(&line, &room, stdin)) >= 0) {
        struct caa_slice text = {line, (size_t)len};
        origin.line++;
        while (text.len > 0 && strchr("\r\n", text.ptr[text.len - 1]) != NULL) text.len--;
        if (caa_slice_trim(text).len == 0) continue;
        lint_text(run, text, &origin);
        fflush(stdout);
    }
    int read_errno = errno;
    free(line);
    if (!ferror(stdin) && read_errno != ENOMEM) return CAA_OK;
    caa_diag_set(diag, "standard input: %s", strerror(read_errno));
    return CAA_ERR_FILE;
}

static enum caa_err lint_arguments(struct lint_run *run, char **arguments,
                                   struct caa_diag *diag) {
    const struct caa_lint_origin nowhere = {0};
    enum caa_err err = CAA_OK;
    run->rdata = malloc(CAA_RECORD_RDATA_MAX);
    if (run->rdata == NULL) return CAA_ERR_NOMEM;
    for (; err == CAA_OK && *arguments != NULL; arguments++) {
        if (strcmp(*arguments, "-") == 0)
            err = lint_standard_input(run, diag);
        else
            lint_text(run, caa_slice_of(*arguments), &nowhere);
    }
    return err;
}

/* The owner of the line before, where it is the same: sets mostly stand together. */
static const struct caa_name *keep_owner(struct lint_run *run, const struct caa_name *owner) {
    if (run->last != NULL && caa_name_equal(run->last->owner, owner)) return run->last->owner;
    struct caa_name *kept = caa_arena_alloc(run->arena, sizeof *kept);
    if (kept != NULL) *kept = *owner;
    return kept;
}

/* Keeps what is only lent during the call. */
static void collect(void *context, unsigned long line, const struct caa_name *owner,
                    struct caa_slice rdata) {
    struct lint_run *run = context;
    struct entry *entry = caa_arena_alloc(run->arena, sizeof *entry);
    const struct caa_name *name = keep_owner(run, owner);
    const char *octets = caa_arena_copy(run->arena, rdata.ptr, rdata.len);
    if (entry == NULL || name == NULL || octets == NULL) {
        run->out_of_memory = true;
        return;
    }
    *entry = (struct entry){.line = line, .owner = name, .rdata = {octets, rdata.len}};
    if (run->last == NULL)
        run->first = entry;
    else
        run->last->next = entry;
    run->last = entry;
    run->entry_count++;
}

static int compare_numbers(unsigned long a, unsigned long b) {
    return (a > b) - (a < b);
}

/* By owner, then by line. Owners are in lower case. */
static int compare_owners(const void *a, const void *b) {
    const struct entry *const *left = a, *const *right = b;
    const struct caa_name *x = (*left)->owner, *y = (*right)->owner;
    int order = compare_numbers(x->len, y->len);
    if (order == 0) order = memcmp(x->wire, y->wire, x->len);
    return order != 0 ? order : compare_numbers((*left)->line, (*right)->line);
}

/* Set by set in the order of the file, then by line. */
static int compare_sets(const void *a, const void *b) {
    const struct entry *const *left = a, *const *right = b;
    int order = compare_numbers((*left)->set, (*right)->set);
    return order != 0 ? order : compare_numbers((*left)->line, (*right)->line);
}

static void sort_entries(struct entry **entries, size_t count) {
    qsort(entries, count, sizeof(struct entry *), compare_owners);
    for (size_t i = 0; i < count; i++) {
        bool same = i > 0 && caa_name_equal(entries[i]->owner, entries[i - 1]->owner);
        entries[i]->set = same ? entries[i - 1]->set : entries[i]->line;
    }
    qsort(entries, count, sizeof(struct entry *), compare_sets);
}

/* The records of one owner, and what they come to; returns how many. */
static size_t lint_set(struct lint_run *run, struct entry **entries, struct caa_slice *rdata,
                       size_t most) {
    size_t count = 0;
    struct caa_lint_set set;
    for (; count < most && entries[count]->set == entries[0]->set; count++) {
        struct caa_lint lint;
        rdata[count] = entries[count]->rdata;
        caa_lint_rdata(&lint, rdata[count]);
        report_record(run, &lint,
                      &(struct caa_lint_origin){run->answers, entries[count]->line,
                                                entries[count]->owner});
    }
    caa_lint_set_of(&set, entries[0]->owner, rdata, count);
    report_set(run, &set);
    return count;
}

static enum caa_err lint_sets(struct lint_run *run) {
    size_t count = run->entry_count;
    struct entry **entries = caa_arena_array(run->arena, count, sizeof(struct entry *));
    struct caa_slice *rdata = caa_arena_array(run->arena, count, sizeof *rdata);
    if (run->out_of_memory || entries == NULL || rdata == NULL) return CAA_ERR_NOMEM;
    struct entry *entry = run->first;
    for (size_t i = 0; i < count; i++, entry = entry->next) entries[i] = entry;
    sort_entries(entries, count);
    for (size_t i = 0; i < count;) i += lint_set(run, entries + i, rdata, count - i);
    if (count == 0 && !run->json) puts("There is no CAA record in the file.");
    return CAA_OK;
}

static enum caa_err lint_answers(struct lint_run *run, struct caa_diag *diag) {
    struct caa_slice text;
    enum caa_err err = caa_file_read(&text, run->answers, CAA_ANSWERS_FILE_MAX, diag);
    if (err != CAA_OK) return err;
    if (strcmp(run->answers, "-") == 0) run->answers = "standard input";
    run->arena = caa_arena_new(ARENA_OCTETS_MAX);
    err = run->arena == NULL ? CAA_ERR_NOMEM
                             : caa_answers_each(text, run->answers, collect, run, diag);
    if (err == CAA_OK) err = lint_sets(run);
    caa_arena_free(run->arena);
    caa_file_free(text);
    return err;
}

static bool read_options(struct lint_run *run, int argc, char **argv, struct caa_diag *diag) {
    enum { ANSWERS = 256, JSON };
    static const struct option long_options[] = {
        {"help", no_argument, NULL, 'h'},
        {"answers", required_argument, NULL, ANSWERS},
        {"json", no_argument, NULL, JSON},
        {NULL, 0, NULL, 0},
    };
    int option;
    opterr = 0;
    optind = 0; /* GNU: start afresh */
    while ((option = getopt_long(argc, argv, ":h", long_options, NULL)) != -1) {
        switch (option) {
        case 'h': run->help = true; break;
        case ANSWERS: run->answers = optarg; break;
        case JSON: run->json = true; break;
        default: return caa_command_option_refused(option, argv, diag);
        }
    }
    if (run->help || (run->answers == NULL) == (optind < argc)) return true;
    caa_diag_set(diag, run->answers == NULL ? "no value given"
                                            : "values and --answers do not go together");
    return false;
}

int caa_command_lint(int argc, char **argv) {
    struct caa_diag diag = {.text = ""};
    struct lint_run run = {.style = caa_command_style()};
    enum caa_err err = CAA_OK;
    if (!read_options(&run, argc, argv, &diag)) return caa_command_misused("lint", &diag);
    if (run.help)
        show_help();
    else if (run.answers != NULL)
        err = lint_answers(&run, &diag);
    else
        err = lint_arguments(&run, argv + optind, &diag);
    free(run.rdata);
    if (err == CAA_OK && run.out_of_memory) err = CAA_ERR_NOMEM;
    if (err != CAA_OK) run.exit_code = caa_command_failed("lint", err, &diag);
    return caa_command_finish("lint", run.exit_code);
}
