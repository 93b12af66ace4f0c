#include <stdlib.h>

#include "base/writer.h"
#include "report/advise.h"
#include "report/sentence.h"
#include "report/style.h"
#include "report/text.h"

static const char *text_of(const struct caa_name *name, char text[CAA_NAME_TEXT_MAX]) {
    caa_name_to_text(name, text);
    return text;
}

/* --- what it comes to */

static enum caa_advise_verdict worse(enum caa_advise_verdict a, enum caa_advise_verdict b) {
    return a > b ? a : b;
}

static enum caa_advise_verdict verdict_of_effects(const struct caa_advise_report *report) {
    enum caa_advise_verdict worst = CAA_ADVISE_GOOD;
    for (size_t i = 0; i < report->effect_count; i++) switch (report->effects[i].effect) {
        case CAA_IN_USE_LOSES:
        case CAA_IN_USE_MAY_LOSE: worst = worse(worst, CAA_ADVISE_BAD); break;
        case CAA_IN_USE_UNKNOWN: worst = worse(worst, CAA_ADVISE_TRY_AGAIN); break;
        case CAA_IN_USE_KEEPS:
        case CAA_IN_USE_SHIELDED:
        case CAA_IN_USE_LOST_BEFORE:
        case CAA_IN_USE_OUTSIDE: break;
        }
    return worst;
}

/* Every server has to serve it, and the validated check has to be allowed without what is above
   the domain. */
static enum caa_advise_verdict verdict_of_servers(const struct caa_advise_report *report) {
    const struct caa_served_zone *served = report->served;
    if (served->of[CAA_SERVED_OTHER] > 0 || served->of[CAA_SERVED_NOTHING] > 0)
        return CAA_ADVISE_BAD;
    if (report->of_name->decision.verdict == CAA_VERDICT_FORBIDDEN) return CAA_ADVISE_BAD;
    bool all = served->zone != NULL && served->of[CAA_SERVED_SET] > 0 &&
               served->of[CAA_SERVED_FAILED] == 0 && !served->cut;
    return all && report->ends_climb ? CAA_ADVISE_GOOD : CAA_ADVISE_TRY_AGAIN;
}

enum caa_advise_verdict caa_advise_verdict_of(const struct caa_advise_report *report) {
    enum caa_advise_verdict verdict = CAA_ADVISE_GOOD;
    const struct caa_decision *today = &report->today->decision;
    switch (report->advice->state) {
    case CAA_ADVICE_PUBLISH:
    case CAA_ADVICE_PUBLISHED: break;
    case CAA_ADVICE_UNKNOWN:
        verdict = today->verdict == CAA_VERDICT_UNDECIDED && !today->retry_helps
                      ? CAA_ADVISE_MEND
                      : CAA_ADVISE_TRY_AGAIN;
        break;
    case CAA_ADVICE_UNREADABLE:
    case CAA_ADVICE_CRITICAL:
    case CAA_ADVICE_NO_DOMAIN:
    case CAA_ADVICE_ALIAS: verdict = CAA_ADVISE_MEND; break;
    }
    verdict = worse(verdict, verdict_of_effects(report));
    if (report->served != NULL) verdict = worse(verdict, verdict_of_servers(report));
    return verdict;
}

static void write_why_unknown(const struct caa_advise_report *report, struct caa_writer *out) {
    const struct caa_answer *today = report->advice->today;
    char domain[CAA_NAME_TEXT_MAX];
    caa_writer_text(out, "what is published at ");
    caa_writer_text(out, text_of(&report->advice->domain, domain));
    caa_writer_text(out, " today could not be looked up (");
    caa_writer_text(out, today == NULL ? "not answered" : caa_outcome_text(today->outcome));
    caa_writer_text(out, "), and what is not known cannot be kept");
}

void caa_advise_sentence(const struct caa_advise_report *report, struct caa_writer *out) {
    char domain[CAA_NAME_TEXT_MAX];
    text_of(&report->advice->domain, domain);
    switch (report->advice->state) {
    case CAA_ADVICE_PUBLISH:
        caa_writer_text(out, "publish this CAA set at ");
        caa_writer_text(out, domain);
        caa_writer_text(out, ", so that nothing above it can decide");
        return;
    case CAA_ADVICE_PUBLISHED:
        caa_writer_text(out, "the CAA set of ");
        caa_writer_text(out, domain);
        caa_writer_text(out, " is as it should be, and nothing above it can decide");
        return;
    case CAA_ADVICE_UNKNOWN: write_why_unknown(report, out); return;
    case CAA_ADVICE_UNREADABLE:
        caa_writer_text(out, domain);
        caa_writer_text(out, " has a CAA record that cannot be read: take it out first");
        return;
    case CAA_ADVICE_CRITICAL:
        caa_writer_text(out, domain);
        caa_writer_text(out, " has a critical CAA record that is not understood, which forbids "
                             "every CA: take it out first");
        return;
    case CAA_ADVICE_NO_DOMAIN:
        caa_writer_text(out, domain);
        caa_writer_text(out, " does not exist, so nothing can be published there: look at the "
                             "spelling");
        return;
    case CAA_ADVICE_ALIAS:
        caa_writer_text(out, domain);
        caa_writer_text(out, " is an alias, beside which no CAA record can stand: the set "
                             "belongs to where it leads");
        return;
    }
}

/* --- the parts of the text */

static bool write_set(FILE *out, const struct caa_advice *advice,
                      const struct caa_text_style *style) {
    for (size_t i = 0; i < advice->record_count; i++) {
        enum caa_advice_change change = advice->records[i].change;
        const char *mark = change == CAA_ADVICE_ADDED  ? "+"
                           : change == CAA_ADVICE_KEPT ? " "
                                                       : "-";
        const char *colour = change == CAA_ADVICE_ADDED ? caa_text_code(style, CAA_TEXT_GREEN)
                             : change == CAA_ADVICE_TAKEN_OUT
                                 ? caa_text_code(style, CAA_TEXT_RED)
                                 : "";
        char *text = caa_advise_record_text(advice->records[i].rdata);
        if (text == NULL) return false;
        fprintf(out, "  %s%s %s%s\n", colour, mark, text,
                colour[0] == '\0' ? "" : caa_text_code(style, CAA_TEXT_PLAIN));
        free(text);
    }
    return true;
}

static bool write_forms(FILE *out, const struct caa_advice *advice,
                        const struct caa_text_style *style) {
    static const char *const headings[] = {"zone file", "nsupdate", "Route 53 change batch"};
    for (int form = CAA_ADVISE_ZONE; form <= CAA_ADVISE_ROUTE53; form++) {
        fprintf(out, "\n%s%s:%s\n", caa_text_code(style, CAA_TEXT_BOLD), headings[form],
                caa_text_code(style, CAA_TEXT_PLAIN));
        if (!caa_advise_write_form(out, advice, (enum caa_advise_form)form)) return false;
    }
    fputc('\n', out);
    return true;
}

static void write_times(FILE *out, const struct caa_advice *advice) {
    fprintf(out, "TTL %lu s: ", (unsigned long)advice->ttl_s);
    if (advice->ttl_kept)
        fputs("as it is today.\n", out);
    else
        fputs("an hour outlives a short failure of your own servers in a CA's cache, and a "
              "mistake is gone in an hour; 300 s while you try it out.\n",
              out);
    if (advice->state == CAA_ADVICE_PUBLISH)
        fprintf(out, "For %lu s after the change resolvers may remember what is there today.\n",
                (unsigned long)advice->wait_s);
}

static void write_risks(FILE *out, const struct caa_advice *advice,
                        const struct caa_text_style *style) {
    for (size_t i = 0; i < advice->risk_count; i++) {
        const struct caa_advice_risk *risk = &advice->risks[i];
        fprintf(out, "%smind:%s %s", caa_text_code(style, CAA_TEXT_YELLOW),
                caa_text_code(style, CAA_TEXT_PLAIN), caa_risk_text(risk->kind));
        if (risk->about.len > 0) fprintf(out, " (%.*s)", (int)risk->about.len, risk->about.ptr);
        fputs(".\n", out);
    }
}

void caa_text_advice_effects(FILE *out, const struct caa_advise_report *report,
                             const struct caa_text_style *style) {
    for (size_t i = 0; i < report->effect_count; i++) {
        const struct caa_advise_effect *at = &report->effects[i];
        if (at->effect == CAA_IN_USE_KEEPS || at->effect == CAA_IN_USE_SHIELDED ||
            at->effect == CAA_IN_USE_OUTSIDE)
            continue;
        fprintf(out, "%sin use:%s %s, from %.*s, %s.\n", caa_text_code(style, CAA_TEXT_RED),
                caa_text_code(style, CAA_TEXT_PLAIN), at->in_use->identifier.text,
                (int)at->in_use->issuer.len, at->in_use->issuer.ptr,
                caa_in_use_effect_text(at->effect));
    }
}

static void write_effect_counts(FILE *out, const struct caa_advise_report *report) {
    size_t of[CAA_IN_USE_OUTSIDE + 1] = {0};
    for (size_t i = 0; i < report->effect_count; i++) of[report->effects[i].effect]++;
    fprintf(out,
            "certificates in use: %zu; %zu keep their CA, %zu have a set that decides before "
            "this one, %zu are not below the domain.\n",
            report->effect_count, of[CAA_IN_USE_KEEPS], of[CAA_IN_USE_SHIELDED],
            of[CAA_IN_USE_OUTSIDE]);
}

/* --- the servers */

static void write_server(FILE *out, const struct caa_served_server *at,
                         const struct caa_text_style *style) {
    char name[CAA_NAME_TEXT_MAX] = "", address[CAA_EVIDENCE_ADDRESS_MAX];
    bool good = at->served == CAA_SERVED_SET;
    if (at->server->ns != NULL) text_of(&at->server->ns->name, name);
    caa_address_to_text(&at->server->address, address);
    fprintf(out, "  %s%s%s %s %s: %s",
            caa_text_code(style, good ? CAA_TEXT_GREEN : CAA_TEXT_RED), good ? "+" : "-",
            caa_text_code(style, CAA_TEXT_PLAIN), name, address, caa_served_text(at->served));
    if (at->served == CAA_SERVED_FAILED)
        fprintf(out, " (%s)", caa_server_state_text(at->server->state));
    fputc('\n', out);
}

static void write_servers(FILE *out, const struct caa_advise_report *report,
                          const struct caa_text_style *style) {
    const struct caa_served_zone *served = report->served;
    char zone[CAA_NAME_TEXT_MAX];
    if (served->zone == NULL) {
        fputs("\nThe domain's own servers could not be reached.\n", out);
        return;
    }
    fprintf(out, "\n%sservers of %s%s: %zu of %zu serve it\n",
            caa_text_code(style, CAA_TEXT_BOLD), text_of(&served->zone->name, zone),
            caa_text_code(style, CAA_TEXT_PLAIN), served->of[CAA_SERVED_SET],
            served->count - served->of[CAA_SERVED_NO_WAY]);
    for (size_t i = 0; i < served->count; i++) write_server(out, &served->servers[i], style);
    if (!served->agree) fputs("  They do not all say the same.\n", out);
    if (served->cut) fputs("  It has more servers than could be asked.\n", out);
}

/* The check as it would be if nothing above the domain ever answered. */
static void write_proof(FILE *out, const struct caa_advise_report *report,
                        const struct caa_text_style *style) {
    char text[CAA_SENTENCE_MAX], name[CAA_NAME_TEXT_MAX + 2];
    struct caa_writer sentence = caa_writer_into(text, sizeof text);
    struct caa_writer subject = caa_writer_into(name, sizeof name);
    caa_sentence_subject(&report->of_name->request, &subject);
    caa_sentence_verdict(report->of_name, &sentence);
    const char *verdict = caa_verdict_code(report->of_name->decision.verdict);
    fprintf(out, "%s, ", name);
    caa_text_verdict(out, verdict, text, style);
    if (report->ends_climb)
        fputs("Nothing above the domain was needed for that: it can no longer decide.\n", out);
    else
        fputs("Without an answer from above the domain it would not be allowed.\n", out);
}

bool caa_text_advice(FILE *out, const struct caa_advise_report *report,
                     const struct caa_text_style *style) {
    char sentence[CAA_SENTENCE_MAX];
    struct caa_writer writer = caa_writer_into(sentence, sizeof sentence);
    bool has_set = caa_advise_has_set(report);
    caa_advise_sentence(report, &writer);
    caa_writer_char(&writer, has_set ? ':' : '.');
    caa_text_verdict(out, caa_advice_state_code(report->advice->state), sentence, style);
    if (has_set) {
        if (!write_set(out, report->advice, style)) return false;
        if (!write_forms(out, report->advice, style)) return false;
        write_times(out, report->advice);
        write_risks(out, report->advice, style);
    }
    if (has_set && report->in_use_given) write_effect_counts(out, report);
    caa_text_advice_effects(out, report, style);
    if (report->served != NULL) {
        write_servers(out, report, style);
        write_proof(out, report, style);
    }
    return true;
}
