/* How far a scan has come, in a file that is replaced as a whole: one JSON object. */
#ifndef CAA_CLI_SCAN_STATE_H
#define CAA_CLI_SCAN_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/err.h"
#include "base/slice.h"

enum { CAA_SCAN_STATE_FILE_MAX = 4096 /* octets */, CAA_SCAN_STATE_TEXT_MAX = 512 };

enum caa_scan_count {
    CAA_SCAN_ALLOWED,
    CAA_SCAN_FORBIDDEN,
    CAA_SCAN_UNDECIDED,
    CAA_SCAN_NOT_APPLICABLE,
    CAA_SCAN_NO_NAME,
    CAA_SCAN_COUNTS
};

struct caa_scan_state {
    uint64_t names;         /* whose lines are in the output */
    uint64_t names_hash;    /* of those names, in their order */
    uint64_t request_hash;  /* of what was asked about each */
    uint64_t output_octets; /* what is beyond them in the output was written too late */
    uint64_t counts[CAA_SCAN_COUNTS];
};

#define CAA_SCAN_HASH_FIRST UINT64_C(0xcbf29ce484222325)

/* FNV-1a over the octets and their number, so that "ab", "c" is not "a", "bc". */
uint64_t caa_scan_hash(uint64_t hash, struct caa_slice octets);

/* Reads what caa_scan_state_text wrote; `file` is its name in errors. CAA_ERR_SYNTAX. */
enum caa_err caa_scan_state_parse(struct caa_scan_state *state, struct caa_slice text,
                                  const char *file, struct caa_diag *diag);

/* One line with its end; returns its octets. */
size_t caa_scan_state_text(const struct caa_scan_state *state,
                           char text[CAA_SCAN_STATE_TEXT_MAX]);

/* Reads the file at `path`; where there is none, `*state` is that of a beginning and `*found`
   false. CAA_ERR_FILE, CAA_ERR_LIMIT, CAA_ERR_SYNTAX. */
enum caa_err caa_scan_state_read(struct caa_scan_state *state, bool *found, const char *path,
                                 struct caa_diag *diag);

/* Replaces the file at `path`: after a crash the old one is there, or the new one. What it
   counts must be on disk before. CAA_ERR_FILE. */
enum caa_err caa_scan_state_write(const struct caa_scan_state *state, const char *path,
                                  struct caa_diag *diag);

#endif
