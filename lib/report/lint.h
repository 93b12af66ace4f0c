/* What a CAA record, and a set of them, says to everybody: which part is malformed, and what it
   permits to whom. No request is asked about; what is said follows record/ and policy/. */
#ifndef CAA_REPORT_LINT_H
#define CAA_REPORT_LINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "dns/name.h"
#include "policy/judge.h"
#include "record/record.h"

enum { CAA_LINT_FINDINGS_MAX = 8 }; /* more than one record can have */

/* How bad a finding is: an error takes the record's effect away or forbids issuance. */
enum caa_lint_severity { CAA_LINT_NOTE, CAA_LINT_WARNING, CAA_LINT_ERROR };

/* The part of the record in which a finding's octet stands. */
enum caa_lint_part {
    CAA_LINT_NOWHERE,
    CAA_LINT_FLAGS,
    CAA_LINT_TAG,
    CAA_LINT_VALUE,
    CAA_LINT_RDATA, /* of a record that cannot be read */
    CAA_LINT_TEXT,  /* of what was typed and is no presentation format */
};

struct caa_lint_finding {
    enum caa_lint_severity severity;
    enum caa_lint_part part;
    size_t position;    /* octets into the part */
    const char *code;   /* of policy/finding.def, or "unreadable-text" or "iodef-url" */
    const char *text;   /* static */
    const char *reason; /* static, or NULL */
};

/* One record and all that is to be said of it; its slices are views of what was given. */
struct caa_lint {
    struct caa_slice text;  /* as it was typed; empty where it came as RDATA */
    struct caa_slice rdata; /* empty where the text could not be read */
    bool readable;          /* `record` and `judgement` say something */
    struct caa_record record;
    struct caa_judgement judgement; /* for a request of the very issuer that it names */
    size_t finding_count;
    struct caa_lint_finding findings[CAA_LINT_FINDINGS_MAX];
};

/* What a set is asked about. */
enum caa_lint_use { CAA_LINT_TLS, CAA_LINT_WILDCARD, CAA_LINT_SMIME, CAA_LINT_USES };

/* Who may issue for it, by the set. */
enum caa_lint_who {
    CAA_LINT_ANYBODY,
    CAA_LINT_LISTED, /* the issuers that caa_lint_set_permits is true for */
    CAA_LINT_NOBODY,
    CAA_LINT_UNDECIDED, /* the set cannot be read, and a failure is not permission */
};

/* The whole RRset of one owner. */
struct caa_lint_set {
    struct caa_name owner;
    const struct caa_slice *rdata; /* at least one; each in wire format */
    size_t count;
    bool has_issue;
    bool has_issuewild;
    bool critical_unknown; /* which forbids, whatever else is in it */
};

/* Examines a record in wire format. */
void caa_lint_rdata(struct caa_lint *lint, struct caa_slice rdata);

/* Examines what somebody typed: a whole record in presentation format, recognised by its flags
   or its tag, or only the value of an issue. `lint` keeps views of the text and of `rdata`,
   which takes CAA_RECORD_RDATA_MAX octets. */
void caa_lint_text(struct caa_lint *lint, struct caa_slice text, uint8_t *rdata);

/* Any finding is an error. */
bool caa_lint_is_wrong(const struct caa_lint *lint);

/* The record permits somebody: judgement tells whom. */
bool caa_lint_permits(const struct caa_lint *lint);

/* The set of `count` records, at least one; it keeps the view of them. */
void caa_lint_set_of(struct caa_lint_set *set, const struct caa_name *owner,
                     const struct caa_slice *rdata, size_t count);

/* Who may issue by the set. */
enum caa_lint_who caa_lint_set_who(const struct caa_lint_set *set, enum caa_lint_use use);

/* Whether record `index` of the set permits somebody to issue for that use; `lint` examines
   it. */
bool caa_lint_set_permits(const struct caa_lint_set *set, enum caa_lint_use use, size_t index,
                          struct caa_lint *lint);

/* Whether the set leaves every use to anybody. */
bool caa_lint_set_restricts_nothing(const struct caa_lint_set *set);

/* "error", "value", "wildcard", "listed": codes for JSON and text. Static. */
const char *caa_lint_severity_code(enum caa_lint_severity severity);
const char *caa_lint_part_code(enum caa_lint_part part);
const char *caa_lint_use_code(enum caa_lint_use use);
const char *caa_lint_who_code(enum caa_lint_who who);

#endif
