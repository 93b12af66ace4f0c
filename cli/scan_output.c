#include "cli/scan_output.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static enum caa_err refuse(struct caa_diag *diag, const char *path, const char *why) {
    caa_diag_set(diag, "%s: %s", path, why);
    return CAA_ERR_FILE;
}

/* What is read is on standard input by now. */
static bool is_the_input(const struct stat *file) {
    struct stat input;
    return S_ISREG(file->st_mode) && fstat(STDIN_FILENO, &input) == 0 &&
           input.st_dev == file->st_dev && input.st_ino == file->st_ino;
}

/* Where a state was found there has to be output. Nothing is lost before it is known to be no
   list of names. */
static enum caa_err open_file(struct caa_scan_output *output, bool found,
                              struct caa_diag *diag) {
    struct stat status;
    int fd = open(output->path, O_WRONLY | O_CLOEXEC | (found ? 0 : O_CREAT), 0666);
    output->file = fd < 0 ? NULL : fdopen(fd, "w");
    if (output->file == NULL) {
        if (fd >= 0) close(fd);
        return refuse(diag, output->path, strerror(errno));
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0)
        return refuse(diag, output->path, "another scan writes there");
    if (fstat(fd, &status) != 0) return refuse(diag, output->path, strerror(errno));
    if (is_the_input(&status))
        return refuse(diag, output->path, "it is the list of names, and would be lost");
    bool starts_anew = output->state_path == NULL && S_ISREG(status.st_mode);
    if (starts_anew && ftruncate(fd, 0) != 0)
        return refuse(diag, output->path, strerror(errno));
    return CAA_OK;
}

/* Goes back to where the state is. */
static enum caa_err rewind_file(struct caa_scan_output *output, bool found,
                                struct caa_diag *diag) {
    struct stat status;
    int fd = fileno(output->file);
    off_t end = (off_t)output->state.output_octets;
    if (fstat(fd, &status) != 0) return refuse(diag, output->path, strerror(errno));
    if (!S_ISREG(status.st_mode))
        return refuse(diag, output->path, "with --state the output has to be a file");
    if (!found && status.st_size > 0)
        return refuse(diag, output->path,
                      "there is something in it, and no state to go on from");
    if (status.st_size < end)
        return refuse(diag, output->path, "it is shorter than the state says");
    if (ftruncate(fd, end) != 0 || lseek(fd, end, SEEK_SET) != end)
        return refuse(diag, output->path, strerror(errno));
    return CAA_OK;
}

enum caa_err caa_scan_output_open(struct caa_scan_output *output, const char *path,
                                  const char *state_path, uint64_t request_hash,
                                  struct caa_diag *diag) {
    bool found = false;
    *output = (struct caa_scan_output){.path = path, .state_path = state_path};
    output->state.names_hash = CAA_SCAN_HASH_FIRST;
    enum caa_err err = CAA_OK;
    struct stat state;
    if (state_path != NULL && stat(state_path, &state) == 0 && is_the_input(&state))
        return refuse(diag, state_path, "it is the list of names, and would be lost");
    if (state_path != NULL) err = caa_scan_state_read(&output->state, &found, state_path, diag);
    if (path == NULL)
        output->file = stdout;
    else if (err == CAA_OK)
        err = open_file(output, found, diag);
    if (err == CAA_OK && found && output->state.request_hash != request_hash)
        err = refuse(diag, state_path, "it is the state of a scan with other options");
    output->state.request_hash = request_hash;
    if (err == CAA_OK && state_path != NULL) err = rewind_file(output, found, diag);
    return err == CAA_OK ? caa_scan_output_save(output, diag) : err;
}

enum caa_err caa_scan_output_line(struct caa_scan_output *output, struct caa_slice name,
                                  const char *line, enum caa_scan_count count,
                                  struct caa_diag *diag) {
    struct caa_scan_state *state = &output->state;
    size_t len = strlen(line);
    bool ok = fwrite(line, 1, len, output->file) == len && fputc('\n', output->file) != EOF;
    if (!ok)
        return refuse(diag, output->path == NULL ? "standard output" : output->path,
                      strerror(errno));
    state->names++;
    state->names_hash = caa_scan_hash(state->names_hash, name);
    state->output_octets += len + 1;
    state->counts[count]++;
    return CAA_OK;
}

enum caa_err caa_scan_output_save(struct caa_scan_output *output, struct caa_diag *diag) {
    if (fflush(output->file) != 0)
        return refuse(diag, output->path == NULL ? "standard output" : output->path,
                      strerror(errno));
    if (output->state_path == NULL) return CAA_OK;
    if (fdatasync(fileno(output->file)) != 0)
        return refuse(diag, output->path, strerror(errno));
    return caa_scan_state_write(&output->state, output->state_path, diag);
}

void caa_scan_output_close(struct caa_scan_output *output) {
    if (output->path != NULL && output->file != NULL) fclose(output->file);
    output->file = NULL;
}

uint64_t caa_scan_output_request_hash(const struct caa_check_options *options) {
    const struct caa_check_values *lists[] = {&options->issuers, &options->accounts,
                                              &options->methods};
    char rest[2] = {(char)options->purpose, (char)options->br_insecure_failure};
    uint64_t hash = CAA_SCAN_HASH_FIRST;
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        for (size_t j = 0; j < lists[i]->count; j++)
            hash = caa_scan_hash(hash, lists[i]->slices[j]);
        hash = caa_scan_hash(hash, caa_slice_bytes("", 0));
    }
    return caa_scan_hash(hash, caa_slice_bytes(rest, sizeof rest));
}
