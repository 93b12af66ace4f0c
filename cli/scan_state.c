#include "cli/scan_state.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "base/ascii.h"
#include "base/file.h"

#define FNV_PRIME UINT64_C(0x100000001b3)

static const char *const count_keys[CAA_SCAN_COUNTS] = {"allowed", "forbidden", "undecided",
                                                        "not_applicable", "error"};

static uint64_t mix(uint64_t hash, uint64_t octet) {
    return (hash ^ octet) * FNV_PRIME;
}

uint64_t caa_scan_hash(uint64_t hash, struct caa_slice octets) {
    for (size_t i = 0; i < octets.len; i++) hash = mix(hash, (unsigned char)octets.ptr[i]);
    for (unsigned shift = 0; shift < 64; shift += 8)
        hash = mix(hash, (uint64_t)octets.len >> shift & 0xff);
    return hash;
}

static bool read_number(const json_t *object, const char *key, uint64_t *number) {
    const json_t *member = json_object_get(object, key);
    if (!json_is_integer(member) || json_integer_value(member) < 0) return false;
    *number = (uint64_t)json_integer_value(member);
    return true;
}

/* Sixteen digits. */
static bool read_hash(const json_t *object, const char *key, uint64_t *hash) {
    const char *text = json_string_value(json_object_get(object, key));
    if (text == NULL || strlen(text) != 16) return false;
    *hash = 0;
    for (; *text != '\0'; text++) {
        int value = caa_ascii_hex_value(*text);
        if (value < 0) return false;
        *hash = *hash << 4 | (uint64_t)value;
    }
    return true;
}

static bool read_object(struct caa_scan_state *state, const json_t *object) {
    uint64_t version, sum = 0;
    bool ok = read_number(object, "caa_scan", &version) && version == 1 &&
              read_number(object, "names", &state->names) &&
              read_hash(object, "names_hash", &state->names_hash) &&
              read_hash(object, "request_hash", &state->request_hash) &&
              read_number(object, "output_octets", &state->output_octets);
    for (size_t i = 0; ok && i < CAA_SCAN_COUNTS; i++) {
        ok = read_number(object, count_keys[i], &state->counts[i]) &&
             state->counts[i] <= state->names;
        sum += ok ? state->counts[i] : 0;
    }
    return ok && sum == state->names;
}

enum caa_err caa_scan_state_parse(struct caa_scan_state *state, struct caa_slice text,
                                  const char *file, struct caa_diag *diag) {
    json_t *object = json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES, NULL);
    bool ok = read_object(state, object);
    json_decref(object);
    if (ok) return CAA_OK;
    caa_diag_set(diag, "%s: this is not the state of a scan", file);
    return CAA_ERR_SYNTAX;
}

size_t caa_scan_state_text(const struct caa_scan_state *state,
                           char text[CAA_SCAN_STATE_TEXT_MAX]) {
    const uint64_t *counts = state->counts;
    int len = snprintf(
        text, CAA_SCAN_STATE_TEXT_MAX,
        "{\"caa_scan\":1,\"names\":%" PRIu64 ",\"names_hash\":\"%016" PRIx64
        "\",\"request_hash\":\"%016" PRIx64 "\",\"output_octets\":%" PRIu64
        ",\"allowed\":%" PRIu64 ",\"forbidden\":%" PRIu64 ",\"undecided\":%" PRIu64
        ",\"not_applicable\":%" PRIu64 ",\"error\":%" PRIu64 "}\n",
        state->names, state->names_hash, state->request_hash, state->output_octets,
        counts[CAA_SCAN_ALLOWED], counts[CAA_SCAN_FORBIDDEN], counts[CAA_SCAN_UNDECIDED],
        counts[CAA_SCAN_NOT_APPLICABLE], counts[CAA_SCAN_NO_NAME]);
    return (size_t)len;
}

enum caa_err caa_scan_state_read(struct caa_scan_state *state, bool *found, const char *path,
                                 struct caa_diag *diag) {
    struct caa_slice text;
    *state = (struct caa_scan_state){.names_hash = CAA_SCAN_HASH_FIRST};
    *found = access(path, F_OK) == 0 || errno != ENOENT;
    if (!*found) return CAA_OK;
    enum caa_err err = caa_file_read(&text, path, CAA_SCAN_STATE_FILE_MAX, diag);
    if (err != CAA_OK) return err;
    err = caa_scan_state_parse(state, text, path, diag);
    caa_file_free(text);
    return err;
}

static bool write_file(const char *path, const char *text, size_t len) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0) return false;
    bool ok = write(fd, text, len) == (ssize_t)len && fsync(fd) == 0;
    return close(fd) == 0 && ok;
}

/* The new name is on disk only when its folder is. */
static bool sync_folder(const char *path) {
    char copy[PATH_MAX];
    if (snprintf(copy, sizeof copy, "%s", path) >= (int)sizeof copy) return false;
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return false;
    bool ok = fsync(fd) == 0;
    close(fd);
    return ok;
}

enum caa_err caa_scan_state_write(const struct caa_scan_state *state, const char *path,
                                  struct caa_diag *diag) {
    char text[CAA_SCAN_STATE_TEXT_MAX], beside[PATH_MAX];
    size_t len = caa_scan_state_text(state, text);
    errno = ENAMETOOLONG;
    bool ok = snprintf(beside, sizeof beside, "%s.new", path) < (int)sizeof beside &&
              write_file(beside, text, len) && rename(beside, path) == 0 && sync_folder(path);
    if (ok) return CAA_OK;
    caa_diag_set(diag, "%s: %s", path, strerror(errno));
    return CAA_ERR_FILE;
}
