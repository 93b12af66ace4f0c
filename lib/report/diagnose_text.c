#include <string.h>

#include "report/diagnose.h"
#include "report/diagnose_prose.h"

enum { ALIKE_NAMED = 3, ALIKE_MOST = 5 };

struct page {
    FILE *out;
    const struct caa_diagnosis *diagnosis;
    const struct caa_text_style *style;
};

static const char *on(const struct page *page, const char *code) {
    return page->style->colour ? code : "";
}

static const char *health_colour(enum caa_survey_health health) {
    switch (health) {
    case CAA_SURVEY_GOOD: return CAA_TEXT_GREEN;
    case CAA_SURVEY_IMPAIRED: return CAA_TEXT_YELLOW;
    case CAA_SURVEY_BAD: return CAA_TEXT_RED;
    case CAA_SURVEY_UNASKED: break;
    }
    return CAA_TEXT_FAINT;
}

static const char *health_sign(enum caa_survey_health health) {
    switch (health) {
    case CAA_SURVEY_GOOD: return "+";
    case CAA_SURVEY_IMPAIRED: return "!";
    case CAA_SURVEY_BAD: return "x";
    case CAA_SURVEY_UNASKED: break;
    }
    return "?";
}

/* --- the zones on the way */

static int zone_column(const struct caa_survey *survey) {
    size_t widest = 0;
    for (const struct caa_survey_zone *at = survey->zones; at != NULL; at = at->next) {
        char name[CAA_NAME_TEXT_MAX];
        size_t width = caa_name_to_text(&at->zone->name, name);
        if (width > widest) widest = width;
    }
    return widest < 40 ? (int)widest : 40;
}

static void write_zones(const struct page *page) {
    const struct caa_survey *survey = page->diagnosis->survey;
    const struct caa_path *path = survey->path_count > 0 ? survey->paths[0] : NULL;
    int column = zone_column(survey);
    fprintf(page->out, "\n%szones on the way%s\n", on(page, CAA_TEXT_BOLD),
            on(page, CAA_TEXT_PLAIN));
    for (const struct caa_survey_zone *at = survey->zones; at != NULL; at = at->next) {
        char name[CAA_NAME_TEXT_MAX], servers[128], target[CAA_NAME_TEXT_MAX];
        struct caa_writer text = caa_writer_into(servers, sizeof servers);
        enum caa_survey_health health = caa_prose_zone_health(page->diagnosis, at);
        caa_prose_servers(page->diagnosis, at, &text);
        caa_name_to_text(&at->zone->name, name);
        if (at->path != path) {
            path = at->path;
            caa_name_to_text(&path->name, target);
            fprintf(page->out, "  an alias leads to %s\n", target);
        }
        fprintf(page->out, "  %s%s%s %-*s  %s, %s%s\n", on(page, health_colour(health)),
                health_sign(health), on(page, CAA_TEXT_PLAIN), column, name,
                caa_prose_delegation(at), servers,
                caa_name_equal(&at->zone->name, &page->diagnosis->zone) ? "  <- it fails here"
                                                                        : "");
    }
    if (caa_prose_is_cut_short(page->diagnosis))
        fprintf(page->out, "  %s? what is below could not be seen%s\n",
                on(page, CAA_TEXT_FAINT), on(page, CAA_TEXT_PLAIN));
}

/* --- findings */

static const char *bearing_colour(enum caa_diagnosis_bearing bearing) {
    switch (bearing) {
    case CAA_DIAGNOSIS_CAUSE: return CAA_TEXT_BOLD CAA_TEXT_RED;
    case CAA_DIAGNOSIS_CONTRIBUTES: return CAA_TEXT_BOLD CAA_TEXT_YELLOW;
    case CAA_DIAGNOSIS_NOT_THE_CAUSE:
    case CAA_DIAGNOSIS_ADVICE: break;
    }
    return CAA_TEXT_BOLD;
}

static const char *bearing_heading(enum caa_diagnosis_bearing bearing) {
    switch (bearing) {
    case CAA_DIAGNOSIS_CAUSE: return "the cause";
    case CAA_DIAGNOSIS_CONTRIBUTES: return "contributes";
    case CAA_DIAGNOSIS_NOT_THE_CAUSE: return "true, but not the cause";
    case CAA_DIAGNOSIS_ADVICE: break;
    }
    return "advice";
}

static bool is_alike(const struct caa_diagnosis_evidence *a,
                     const struct caa_diagnosis_evidence *b) {
    /* Times to the millisecond in "no answer within" differ: the first words tell. */
    static const char silence[] = "no answer within";
    bool silent = strncmp(a->did, silence, sizeof silence - 1) == 0 &&
                  strncmp(b->did, silence, sizeof silence - 1) == 0;
    return a->over_tcp == b->over_tcp && strcmp(a->asked, b->asked) == 0 &&
           (silent || strcmp(a->did, b->did) == 0);
}

static bool is_first_of_its_kind(const struct caa_diagnosis_finding *finding,
                                 const struct caa_diagnosis_evidence *evidence) {
    const struct caa_diagnosis_evidence *at = finding->evidence;
    while (at != evidence && !is_alike(at, evidence)) at = at->next;
    return at == evidence;
}

static void write_server(const struct page *page, const struct caa_diagnosis_evidence *at) {
    char name[CAA_NAME_TEXT_MAX] = "";
    if (at->server != NULL) caa_name_to_text(at->server, name);
    fprintf(page->out, "%s%s%s", name, name[0] != '\0' && at->address[0] != '\0' ? " " : "",
            at->address);
}

/* One line for all who did the same. */
static void write_alike(const struct page *page, const struct caa_diagnosis_evidence *first) {
    char did[1024];
    struct caa_writer text = caa_writer_into(did, sizeof did);
    size_t alike = 0;
    caa_prose_evidence(first, &text);
    fprintf(page->out, "      %s%s", on(page, CAA_TEXT_FAINT), did);
    for (const struct caa_diagnosis_evidence *at = first; at != NULL; at = at->next) {
        if (!is_alike(first, at) || (at->server == NULL && at->address[0] == '\0')) continue;
        if (alike < ALIKE_NAMED) {
            fputs(alike == 0 ? ": " : ", ", page->out);
            write_server(page, at);
        }
        alike++;
    }
    if (alike > ALIKE_NAMED) fprintf(page->out, " and %zu more", alike - ALIKE_NAMED);
    fprintf(page->out, "%s\n", on(page, CAA_TEXT_PLAIN));
}

static void write_evidence(const struct page *page,
                           const struct caa_diagnosis_finding *finding) {
    size_t kinds = 0;
    for (const struct caa_diagnosis_evidence *at = finding->evidence; at != NULL;
         at = at->next) {
        if (!is_first_of_its_kind(finding, at)) continue;
        if (kinds++ < ALIKE_MOST) write_alike(page, at);
    }
    if (kinds > ALIKE_MOST)
        fprintf(page->out, "      %sand more of the kind: --json has all%s\n",
                on(page, CAA_TEXT_FAINT), on(page, CAA_TEXT_PLAIN));
}

static void write_finding(const struct page *page,
                          const struct caa_diagnosis_finding *finding) {
    char mender[512];
    struct caa_writer text = caa_writer_into(mender, sizeof mender);
    caa_prose_mender(finding, &text);
    fprintf(page->out, "  %s%s%s: %s (%s)\n", on(page, CAA_TEXT_BOLD),
            caa_diagnosis_severity_code(caa_diagnosis_severity(finding->code)),
            on(page, CAA_TEXT_PLAIN), finding->text, caa_diagnosis_code_text(finding->code));
    write_evidence(page, finding);
    if (finding->why[0] != '\0')
        fprintf(page->out, "    %s %s\n",
                finding->bearing == CAA_DIAGNOSIS_NOT_THE_CAUSE ? "why not:" : "why:    ",
                finding->why);
    fprintf(page->out, "    rule:    %s\n    mend:    %s: %s\n",
            caa_diagnosis_rule(finding->code), mender, caa_diagnosis_remedy(finding->code));
}

static void write_findings(const struct page *page) {
    const struct caa_diagnosis_finding *last = NULL;
    for (const struct caa_diagnosis_finding *at = page->diagnosis->findings; at != NULL;
         last = at, at = at->next) {
        if (last == NULL || last->bearing != at->bearing)
            fprintf(page->out, "\n%s%s%s\n", on(page, bearing_colour(at->bearing)),
                    bearing_heading(at->bearing), on(page, CAA_TEXT_PLAIN));
        write_finding(page, at);
    }
    if (page->diagnosis->findings_dropped > 0)
        fprintf(page->out, "and %zu more findings\n", page->diagnosis->findings_dropped);
}

static void write_limits(const struct page *page) {
    static const char *const texts[] = {
        "not every question was asked: the limit on queries was reached",
        "the way was not followed to its end: too many zones",
        "a zone has more name servers than were asked",
        "not every name server's address was looked up: there are too many",
        "time ran out before every question was answered",
        "memory ran out"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if ((page->diagnosis->survey->limits >> i & 1) != 0)
            fprintf(page->out, "%snote:%s %s\n", on(page, CAA_TEXT_YELLOW),
                    on(page, CAA_TEXT_PLAIN), texts[i]);
}

void caa_text_diagnosis(FILE *out, const struct caa_diagnosis *diagnosis,
                        const struct caa_text_style *style) {
    struct page page = {out, diagnosis, style};
    char sentence[CAA_DIAGNOSE_PROSE_MAX];
    struct caa_writer text = caa_writer_into(sentence, sizeof sentence);
    caa_text_check(out, diagnosis->check, style);
    caa_prose_diagnosis(diagnosis, &text);
    fprintf(out, "\n%sdiagnosis%s: %s\n", on(&page, CAA_TEXT_BOLD), on(&page, CAA_TEXT_PLAIN),
            sentence);
    write_zones(&page);
    write_limits(&page);
    write_findings(&page);
    fprintf(out, "\n%zu findings; %lu queries, %lu lookups\n", diagnosis->finding_count,
            (unsigned long)diagnosis->survey->query_count,
            (unsigned long)diagnosis->survey->lookup_count);
}
