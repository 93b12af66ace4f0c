/* The verdict (RFC 8659 sections 3 and 4), as soon as nothing that is pending can change it. */
#ifndef CAA_POLICY_DECIDE_H
#define CAA_POLICY_DECIDE_H

#include <stdbool.h>
#include <stddef.h>

#include "dns/answer.h"
#include "policy/request.h"

enum caa_verdict {
    CAA_VERDICT_ALLOWED,
    CAA_VERDICT_FORBIDDEN,
    CAA_VERDICT_UNDECIDED,
};

/* What decided. CAA_RULE(NAME, verdict, "json-code", "text") in rule.def. */
enum caa_rule {
#define CAA_RULE(name, verdict, code, text) CAA_RULE_##name,
#include "policy/rule.def"
#undef CAA_RULE
};

enum caa_finding_kind {
#define CAA_FINDING(name, code, text) CAA_FINDING_##name,
#include "policy/finding.def"
#undef CAA_FINDING
};

enum {
    CAA_LEVEL_NONE = -1,
    CAA_RECORD_NONE = -1,
    CAA_FINDINGS_MAX = 16,
    CAA_NEEDS_ACCOUNT = 1 << 0,
    CAA_NEEDS_METHOD = 1 << 1,
};

/* Something worth telling that did not have to decide. */
struct caa_finding {
    enum caa_finding_kind kind;
    int level;          /* index of the ancestor, 0 is the name itself */
    int record;         /* index into that level's rdata, or CAA_RECORD_NONE */
    size_t position;    /* octets into the record's value (into its RDATA where unreadable) */
    const char *reason; /* static, or NULL */
};

struct caa_decision {
    bool decided; /* false: wait for the pending answers below `reach`; true also while only the
                     cause is open */
    size_t reach; /* only answers of levels 0 to reach-1 can still matter, to the verdict or,
                     once that is undecided, to its cause; the rest may be cancelled */
    enum caa_verdict verdict; /* this and what follows only where decided */
    enum caa_rule rule;
    bool retry_helps; /* undecided only: the failure may pass by itself. False for an unreadable
                         record, a TLD that does not exist, and where the answer at `cause` is
                         bogus or malformed */
    int level;        /* the ancestor that decided: owner of the relevant RRset, or whose lookup
                         failed; CAA_LEVEL_NONE where no ancestor has CAA */
    int cause;        /* where a failed lookup failed first: the farthest ancestor whose lookup
                         failed too, with none in between that did not; else CAA_LEVEL_NONE */
    bool cause_open;  /* a pending answer below `reach` may still move the cause farther */
    int record;       /* the record that decided, or CAA_RECORD_NONE */
    unsigned needs; /* NOT_AUTHORIZED only: CAA_NEEDS_*, what the request lacked for a record to
                       authorize it */
    size_t finding_count; /* of `findings`; at most CAA_FINDINGS_MAX */
    size_t findings_dropped;
    struct caa_finding findings[CAA_FINDINGS_MAX];
};

/* Decides from what is known so far. answers[0] is for the request's name, the last for its
   TLD; NULL is pending. Pure, total, no allocation; `decision` is overwritten. Findings are
   about the relevant RRset, and about answers up to there that other looks did not agree with:
   they never change the verdict. Records, NODATA and NXDOMAIN count only in an answer of type
   CAA that is secure or insecure and holds records exactly where its outcome says so; any other
   answer is a failed lookup. No level at all is one too. */
void caa_decide(struct caa_decision *decision, const struct caa_request *request,
                const struct caa_answer *const *answers, size_t level_count);

/* Codes for JSON and texts for people. Static. */
const char *caa_verdict_code(enum caa_verdict verdict);
const char *caa_rule_code(enum caa_rule rule);
const char *caa_rule_text(enum caa_rule rule);
const char *caa_finding_code(enum caa_finding_kind kind);
const char *caa_finding_text(enum caa_finding_kind kind);

#endif
