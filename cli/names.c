#include "cli/names.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

void caa_names_begin(struct caa_names *names, char **arguments, int count) {
    *names = (struct caa_names){.arguments = arguments, .argument_count = count};
}

/* Takes a line out of the buffer; false where it holds no whole one. */
static bool take_line(struct caa_names *names, struct caa_slice *line) {
    const char *from = names->buffer + names->start;
    size_t len = names->end - names->start;
    const char *newline = memchr(from, '\n', len);
    bool full = names->start == 0 && names->end == sizeof names->buffer;
    if (newline == NULL && !full && !(names->input_ended && len > 0)) return false;
    *line = caa_slice_bytes(from, newline == NULL ? len : (size_t)(newline - from));
    names->start += line->len + (newline != NULL);
    bool rest_of_long_line = names->skipping;
    names->skipping = newline == NULL && !names->input_ended;
    if (rest_of_long_line) line->len = 0;
    return true;
}

static enum caa_names_state fill_buffer(struct caa_names *names) {
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    memmove(names->buffer, names->buffer + names->start, names->end - names->start);
    names->end -= names->start;
    names->start = 0;
    if (poll(&input, 1, 0) == 0) return CAA_NAMES_WAIT;
    ssize_t got =
        read(STDIN_FILENO, names->buffer + names->end, sizeof names->buffer - names->end);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return CAA_NAMES_WAIT;
    if (got < 0) return CAA_NAMES_FAILED;
    names->input_ended = got == 0;
    names->end += (size_t)got;
    return CAA_NAMES_READY;
}

static struct caa_slice trim_line(struct caa_slice line) {
    if (line.len > 0 && line.ptr[line.len - 1] == '\r') line.len--;
    return caa_slice_trim(line);
}

/* CAA_NAMES_END at the end of standard input, which is then read no more. */
static enum caa_names_state next_line(struct caa_names *names, struct caa_slice *name) {
    for (;;) {
        struct caa_slice line;
        while (take_line(names, &line)) {
            *name = trim_line(line);
            if (name->len > 0) return CAA_NAMES_READY;
        }
        if (names->input_ended) return CAA_NAMES_END;
        enum caa_names_state state = fill_buffer(names);
        if (state != CAA_NAMES_READY) return state;
    }
}

enum caa_names_state caa_names_next(struct caa_names *names, struct caa_slice *name) {
    for (;;) {
        if (names->in_input) {
            enum caa_names_state state = next_line(names, name);
            if (state != CAA_NAMES_END) return state;
            names->in_input = false;
        }
        if (names->next == names->argument_count) return CAA_NAMES_END;
        const char *argument = names->arguments[names->next++];
        names->in_input = strcmp(argument, "-") == 0;
        if (names->in_input) continue;
        *name = caa_slice_of(argument);
        return CAA_NAMES_READY;
    }
}

enum caa_problem caa_names_read(struct caa_slice name, struct caa_identifier *identifier,
                                struct caa_diag *why) {
    if (caa_identifier_parse(identifier, name, why) != CAA_OK) return CAA_PROBLEM_NOT_A_NAME;
    switch (identifier->kind) {
    case CAA_IDENTIFIER_DNS: break;
    case CAA_IDENTIFIER_IP:
        caa_diag_set(why, "%s is an IP address, and CAA speaks of domain names only",
                     identifier->text);
        return CAA_PROBLEM_IP_ADDRESS;
    case CAA_IDENTIFIER_ONION:
        caa_diag_set(why,
                     "%s is an .onion name, which is never looked up in the DNS "
                     "(RFC 7686); its own mechanism is RFC 9799",
                     identifier->text);
        return CAA_PROBLEM_ONION;
    }
    return CAA_PROBLEM_NONE;
}
