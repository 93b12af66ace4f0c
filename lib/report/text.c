#include "report/text.h"

#include <string.h>

#include "base/clock.h"
#include "policy/rrset.h"
#include "report/evidence_text.h"
#include "report/sentence.h"

enum { RECORDS_SHOWN = 10, RECORD_TEXT_MAX = 1024 };

static const char *dots(const struct caa_text_style *style) {
    return style->unicode ? "…" : "...";
}

static const char *verdict_colour(const char *verdict) {
    if (strcmp(verdict, "allowed") == 0) return CAA_TEXT_BOLD CAA_TEXT_GREEN;
    if (strcmp(verdict, "forbidden") == 0) return CAA_TEXT_BOLD CAA_TEXT_RED;
    return CAA_TEXT_BOLD CAA_TEXT_YELLOW;
}

void caa_text_verdict(FILE *out, const char *verdict, const char *sentence,
                      const struct caa_text_style *style) {
    fprintf(out, "%s%s%s: %s\n", caa_text_code(style, verdict_colour(verdict)), verdict,
            caa_text_code(style, CAA_TEXT_PLAIN), sentence);
}

static void write_heading(FILE *out, const struct caa_check_result *result,
                          const struct caa_text_style *style) {
    const struct caa_request *request = &result->request;
    char subject[CAA_NAME_TEXT_MAX + 2];
    struct caa_writer text = caa_writer_into(subject, sizeof subject);
    caa_sentence_subject(request, &text);
    fprintf(out, "%s%s%s", caa_text_code(style, CAA_TEXT_BOLD), subject,
            caa_text_code(style, CAA_TEXT_PLAIN));
    for (size_t i = 0; i < request->issuer_domain_name_count; i++)
        fprintf(out, "%s%.*s", i == 0 ? " for " : ", ",
                (int)request->issuer_domain_names[i].len, request->issuer_domain_names[i].ptr);
    fputs(request->purpose == CAA_PURPOSE_SMIME ? " (S/MIME)\n" : "\n", out);
}

/* Columns of the longest name with its indentation, up to a width that still fits a terminal.
 */
static int name_column(const struct caa_check_result *result) {
    int widest = 0;
    for (size_t i = 0; i < result->level_count; i++) {
        char name[CAA_NAME_TEXT_MAX];
        int width = (int)(caa_name_to_text(result->levels[i].name, name) + 2 * i);
        if (width > widest) widest = width;
    }
    return widest < 60 ? widest : 60;
}

static void write_record(FILE *out, const struct caa_check_result *result, size_t level,
                         size_t index, enum caa_property restricting,
                         const struct caa_text_style *style) {
    struct caa_record record;
    struct caa_judgement judgement;
    char text[RECORD_TEXT_MAX];
    struct caa_writer writer = caa_writer_into(text, sizeof text);
    bool decides =
        (int)level == result->decision.level && (int)index == result->decision.record;
    int indent = (int)(2 * level) + 4;
    if (caa_record_from_wire(&record, result->levels[level].answer->rdata[index], NULL) !=
        CAA_OK) {
        fprintf(out, "%*sa record that cannot be read\n", indent, "");
        return;
    }
    caa_record_to_text(&record, &writer);
    caa_rrset_judge(&judgement, &result->request, restricting, &record);
    fprintf(out, "%*s%s%s%s%s  %s%s%s\n", indent, "",
            caa_text_code(style, decides ? CAA_TEXT_BOLD : ""), text,
            writer.overflow ? dots(style) : "",
            caa_text_code(style, decides ? CAA_TEXT_PLAIN : ""),
            caa_text_code(style, CAA_TEXT_FAINT), caa_standing_text(judgement.standing),
            caa_text_code(style, CAA_TEXT_PLAIN));
}

/* The first records, and the deciding one wherever it stands. */
static void write_records(FILE *out, const struct caa_check_result *result, size_t level,
                          const struct caa_text_style *style) {
    const struct caa_answer *answer = result->levels[level].answer;
    size_t deciding = (int)level == result->decision.level && result->decision.record >= 0
                          ? (size_t)result->decision.record
                          : 0;
    enum caa_property restricting = caa_rrset_property(&result->request, answer);
    size_t shown = 0;
    for (size_t i = 0; i < answer->rdata_count; i++) {
        if (i >= RECORDS_SHOWN && i != deciding) continue;
        write_record(out, result, level, i, restricting, style);
        shown++;
    }
    if (shown < answer->rdata_count)
        fprintf(out, "%*s%s and %zu more\n", (int)(2 * level) + 4, "", dots(style),
                answer->rdata_count - shown);
}

static void write_aliases(FILE *out, const struct caa_level *level, int indent,
                          const struct caa_text_style *style) {
    for (size_t i = 0; i < level->answer->alias_count; i++) {
        char target[CAA_NAME_TEXT_MAX];
        caa_name_to_text(&level->answer->aliases[i], target);
        fprintf(out, "%*s%salias of %s%s\n", indent, "", caa_text_code(style, CAA_TEXT_FAINT),
                target, caa_text_code(style, CAA_TEXT_PLAIN));
    }
}

static void write_reason(FILE *out, const struct caa_answer *answer, int indent) {
    char reason[1024], extra[1024];
    struct caa_writer text = caa_writer_into(reason, sizeof reason);
    caa_writer_printable(&text, caa_slice_of(answer->reason));
    struct caa_writer ede_text = caa_writer_into(extra, sizeof extra);
    caa_writer_printable(&ede_text, caa_slice_of(answer->ede_text));
    if (reason[0] != '\0') fprintf(out, "%*s%s\n", indent, "", reason);
    if (answer->ede >= 0)
        fprintf(out, "%*sextended DNS error %d: %s\n", indent, "", answer->ede, extra);
}

/* The status column: "secure", "insecure", or nothing where nothing came. */
static const char *security_word(const struct caa_answer *answer) {
    return answer->security == CAA_SECURITY_INDETERMINATE ? ""
                                                          : caa_security_code(answer->security);
}

/* The same failure has the same evidence at each level: it stands with the farthest. */
static bool shows_evidence(const struct caa_check_result *result, size_t index) {
    if (result->levels[index].answer->evidence == NULL) return false;
    for (size_t i = index + 1; i < result->level_count; i++)
        if (result->levels[i].answer != NULL && result->levels[i].answer->evidence != NULL)
            return false;
    return true;
}

static void write_level(FILE *out, const struct caa_check_result *result, size_t index,
                        int column, const struct caa_text_style *style) {
    const struct caa_level *level = &result->levels[index];
    char name[CAA_NAME_TEXT_MAX], what[64];
    int indent = (int)(2 * index);
    struct caa_writer text = caa_writer_into(what, sizeof what);
    caa_name_to_text(level->name, name);
    caa_sentence_level(level, &text);
    const char *branch = index == 0 ? "" : style->unicode ? "└ " : "- ";
    int padding = column - indent - (int)strlen(name);
    fprintf(out, "  %*s%s%s%*s", index == 0 ? 0 : indent - 2, "", branch, name,
            padding > 0 ? padding : 0, "");
    if (level->answer == NULL) {
        fprintf(out, "  %s%s, cancelled after %.1f ms%s\n",
                caa_text_code(style, CAA_TEXT_FAINT), what, (double)level->elapsed_us / 1000,
                caa_text_code(style, CAA_TEXT_PLAIN));
        return;
    }
    fprintf(out, "  %-14s  %-8s  %7.1f ms%s\n", what, security_word(level->answer),
            (double)level->elapsed_us / 1000, level->answer->rescued ? "  rescued" : "");
    write_aliases(out, level, indent + 4, style);
    write_reason(out, level->answer, indent + 4);
    if (shows_evidence(result, index))
        caa_text_evidence(out, level->answer->evidence, indent + 4, style);
    write_records(out, result, index, style);
}

/* What it said: "(no CAA, insecure, at 2026-11-24T20:00:00.000Z)". */
static void write_other_look(FILE *out, const struct caa_answer *answer) {
    char what[64], when[CAA_TIME_TEXT_MAX];
    const struct caa_look *look = &answer->other;
    const struct caa_answer said = {.outcome = look->outcome,
                                    .rdata_count = look->record_count};
    const struct caa_level level = {.answer = &said};
    struct caa_writer text = caa_writer_into(what, sizeof what);
    caa_sentence_level(&level, &text);
    caa_time_to_text(look->observed_at_us, when);
    bool same_count = look->record_count > 0 && look->record_count == answer->rdata_count;
    fprintf(out, " (%s%s, %s, at %s)", same_count ? "another set of " : "", what,
            caa_security_code(look->security), when);
}

static void write_finding(FILE *out, const struct caa_check_result *result,
                          const struct caa_finding *finding) {
    struct caa_record record;
    char name[CAA_NAME_TEXT_MAX], text[RECORD_TEXT_MAX] = "";
    const struct caa_level *level = &result->levels[finding->level];
    caa_name_to_text(level->name, name);
    if (finding->record != CAA_RECORD_NONE &&
        caa_record_from_wire(&record, level->answer->rdata[finding->record], NULL) == CAA_OK) {
        struct caa_writer writer = caa_writer_into(text, sizeof text);
        caa_writer_text(&writer, " ");
        caa_record_to_text(&record, &writer);
    }
    fprintf(out, "  note: %s%s: %s", name, text, caa_finding_text(finding->kind));
    if (finding->reason != NULL)
        fprintf(out, " (octet %zu: %s)", finding->position + 1, finding->reason);
    if (finding->kind == CAA_FINDING_ANSWER_CHANGED ||
        finding->kind == CAA_FINDING_LOOKS_DIFFER)
        write_other_look(out, level->answer);
    fputc('\n', out);
}

static void write_findings(FILE *out, const struct caa_check_result *result) {
    const struct caa_decision *decision = &result->decision;
    for (size_t i = 0; i < decision->finding_count; i++)
        write_finding(out, result, &decision->findings[i]);
    if (decision->findings_dropped > 0)
        fprintf(out, "  note: and %zu more findings\n", decision->findings_dropped);
}

static void write_advice(FILE *out, const struct caa_check_result *result) {
    char advice[CAA_SENTENCE_MAX];
    struct caa_writer text = caa_writer_into(advice, sizeof advice);
    caa_sentence_advice(result, &text);
    fputs(advice, out);
}

void caa_text_check(FILE *out, const struct caa_check_result *result,
                    const struct caa_text_style *style) {
    char sentence[CAA_SENTENCE_MAX];
    struct caa_writer text = caa_writer_into(sentence, sizeof sentence);
    int column = name_column(result);
    write_heading(out, result, style);
    for (size_t i = 0; i < result->level_count; i++) write_level(out, result, i, column, style);
    caa_sentence_verdict(result, &text);
    if (!text.overflow) caa_writer_char(&text, '.');
    caa_text_verdict(out, caa_verdict_code(result->decision.verdict), sentence, style);
    write_findings(out, result);
    write_advice(out, result);
}
