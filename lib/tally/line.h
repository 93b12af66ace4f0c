/* Inside tally: one line of each kind of log. */
#ifndef CAA_TALLY_LINE_H
#define CAA_TALLY_LINE_H

#include "base/slice.h"
#include "tally/error_text.h"
#include "tally/tally.h"

enum caa_line {
    CAA_LINE_NOT_MINE,
    CAA_LINE_TAKEN,
    CAA_LINE_BROKEN, /* it begins as one, and is none */
};

enum { CAA_LINES_HELD_MOST = 1024 };

/* "Checked CAA records" stands in a log beside "CAA check result", which tells more: it is held
   until it is clear that there are none of those. */
struct caa_held_line {
    int64_t at_us;
    bool failed;
    char name[CAA_TALLY_KEY_MAX];
    char owner[CAA_TALLY_KEY_MAX]; /* whose CAA forbids */
};

enum caa_audit_state {
    CAA_AUDIT_HOLDING, /* no "CAA check result" yet */
    CAA_AUDIT_RESULTS, /* there are: nothing else counts */
    CAA_AUDIT_RECORDS, /* there are none, and held lines are counted */
};

struct caa_audit {
    enum caa_audit_state state;
    size_t held_count;
    struct caa_held_line held[CAA_LINES_HELD_MOST];
};

/* What readers of lines share. */
struct caa_line_reader {
    struct caa_tally *tally;
    struct caa_error_text errors; /* to read error texts with */
    struct caa_audit audit;
};

/* An order in JSON, or a line of `caa check --json` or `caa explain --json`. */
enum caa_line caa_line_read_order(struct caa_line_reader *reader, struct caa_slice line);

/* Boulder's "[AUDIT] CAA check result JSON={…}" and "[AUDIT] Checked CAA records JSON={…}" (and
   its older "Checked CAA records for NAME, [Present: …]"), which happened at `at_us`. */
enum caa_line caa_line_read_audit(struct caa_line_reader *reader, struct caa_slice line,
                                  int64_t at_us);

/* There will be no more of it: counts what is held. */
void caa_line_end_audit(struct caa_line_reader *reader);

/* Unbound's "SERVFAIL <net. CAA IN>: exceeded the maximum number of sends". */
enum caa_line caa_line_read_resolver(struct caa_line_reader *reader, struct caa_slice line,
                                     int64_t at_us);

#endif
