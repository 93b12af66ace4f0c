#include "problem/detail.h"

#include <string.h>

#include <libknot/libknot.h>

#include "problem/extended.h"

static void write_name(struct caa_writer *out, const struct caa_name *name) {
    char text[CAA_NAME_TEXT_MAX];
    caa_name_to_text(name, text);
    caa_writer_text(out, text);
}

void caa_problem_subject(const struct caa_request *request, struct caa_writer *out) {
    if (request->wildcard) caa_writer_text(out, "*.");
    write_name(out, &request->name);
}

/* Boulder's DNS library writes response code 4 as RFC 1035's successors do, libknot does not.
 */
static void write_rcode(struct caa_writer *out, uint8_t rcode) {
    enum { NOTIMP = 4 };
    const knot_lookup_t *known = knot_lookup_by_id(knot_rcode_names, rcode);
    if (rcode == NOTIMP) {
        caa_writer_text(out, "NOTIMP");
    } else if (known != NULL) {
        caa_writer_text(out, known->name);
    } else {
        caa_writer_text(out, "RCODE");
        caa_writer_number(out, rcode);
    }
}

/* SUMMARY: EXTRA-TEXT. Bogus without an extended error is one of our own validator. */
static void write_extended(struct caa_writer *out, const struct caa_answer *answer) {
    bool said = answer->ede >= 0;
    const char *extra = said ? answer->ede_text : answer->reason;
    caa_extended_summary(said ? answer->ede : CAA_EXTENDED_DNSSEC_BOGUS, out);
    if (extra == NULL || extra[0] == '\0') return;
    caa_writer_text(out, ": ");
    caa_writer_printable(out, caa_slice_of(extra));
}

static void write_dns_problem(const struct caa_problem_facts *facts,
                              const struct caa_answer *answer, struct caa_writer *out) {
    const char *hint = caa_problem_hint(facts->problem);
    bool extended = facts->problem == CAA_PROBLEM_EXTENDED;
    caa_writer_text(out, "DNS problem: ");
    if (facts->problem == CAA_PROBLEM_RCODE)
        write_rcode(out, answer->rcode);
    else
        caa_writer_text(out, caa_problem_phrase(facts->problem));
    caa_writer_text(out, extended ? "looking up CAA for " : " looking up CAA for ");
    write_name(out, facts->owner);
    if (extended) {
        caa_writer_text(out, ": ");
        write_extended(out, answer);
    }
    if (hint[0] == '\0') return;
    caa_writer_text(out, " - ");
    caa_writer_text(out, hint);
}

void caa_problem_detail(const struct caa_problem_facts *facts,
                        const struct caa_check_result *result, struct caa_writer *out) {
    const struct caa_decision *decision = &result->decision;
    int at = decision->cause != CAA_LEVEL_NONE ? decision->cause : decision->level;
    caa_writer_text(out, "While processing CAA for ");
    caa_problem_subject(&result->request, out);
    caa_writer_text(out, ": ");
    if (facts->problem == CAA_PROBLEM_FORBIDDEN) {
        caa_writer_text(out, "CAA record for ");
        write_name(out, facts->owner);
        caa_writer_text(out, " ");
        caa_writer_text(out, caa_problem_phrase(facts->problem));
    } else if (facts->owner == NULL || at == CAA_LEVEL_NONE) {
        caa_writer_text(out, "DNS problem: server failure at resolver looking up CAA");
    } else {
        write_dns_problem(facts, result->levels[at].answer, out);
    }
}

void caa_problem_detail_unchecked(enum caa_problem problem, struct caa_slice given,
                                  const char *reason, struct caa_writer *out) {
    enum { SHOWN_OCTETS = 512 };
    if (given.len > SHOWN_OCTETS) given.len = SHOWN_OCTETS;
    caa_writer_text(out, "Cannot issue for \"");
    caa_writer_printable(out, given);
    caa_writer_text(out, "\": ");
    if (problem == CAA_PROBLEM_NOT_A_NAME)
        caa_writer_printable(out, caa_slice_of(reason));
    else
        caa_writer_text(out, caa_problem_phrase(problem));
}

void caa_problem_detail_several(const char *first, size_t more, struct caa_writer *out) {
    caa_writer_text(out, "Rechecking CAA for \"");
    caa_writer_text(out, first);
    caa_writer_text(out, "\" and ");
    caa_writer_number(out, more);
    caa_writer_text(out,
                    " more identifiers failed. Refer to sub-problems for more information");
}
