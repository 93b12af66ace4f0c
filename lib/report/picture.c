#include <stdlib.h>

#include "base/clock.h"
#include "report/diagnose.h"
#include "report/diagnose_prose.h"
#include "report/picture_zone.h"
#include "report/sentence.h"

enum { LINK = 44, LEVEL_LINE = 22, PARAGRAPH_LEADING = 19, ARROW_X = CAA_PICTURE_MARGIN + 26 };

static enum caa_svg_sign verdict_sign(enum caa_verdict verdict) {
    switch (verdict) {
    case CAA_VERDICT_ALLOWED: return CAA_SVG_GOOD;
    case CAA_VERDICT_FORBIDDEN: return CAA_SVG_BAD;
    case CAA_VERDICT_UNDECIDED: break;
    }
    return CAA_SVG_WARNING;
}

/* --- the head: the name, and what came out */

static void write_subject(const struct caa_diagnosis *diagnosis, char *subject, size_t size) {
    struct caa_writer text = caa_writer_into(subject, size);
    caa_sentence_subject(&diagnosis->check->request, &text);
}

static void write_verdict(const struct caa_diagnosis *diagnosis, char *sentence, size_t size) {
    struct caa_writer text = caa_writer_into(sentence, size);
    caa_writer_text(&text, caa_verdict_code(diagnosis->check->decision.verdict));
    caa_writer_text(&text, ": ");
    caa_sentence_verdict(diagnosis->check, &text);
    caa_writer_text(&text, ".");
}

static int draw_title(FILE *out, const struct caa_diagnosis *diagnosis) {
    const struct caa_request *request = &diagnosis->check->request;
    char subject[CAA_NAME_TEXT_MAX + 2], line[256], at[CAA_TIME_TEXT_MAX];
    write_subject(diagnosis, subject, sizeof subject);
    caa_time_to_text(diagnosis->check->started_at_us, at);
    struct caa_svg_text title = {.x = CAA_PICTURE_MARGIN,
                                 .y = 56,
                                 .size = 25,
                                 .bold = true,
                                 .fill = "#111827",
                                 .width = CAA_PICTURE_CARD};
    caa_svg_text(out, &title, subject);
    struct caa_slice issuer = request->issuer_domain_name_count > 0
                                  ? request->issuer_domain_names[0]
                                  : caa_slice_of("any CA");
    (void)snprintf(line, sizeof line, "CAA check for %.*s, %.19sZ", (int)issuer.len, issuer.ptr,
                   at);
    struct caa_svg_text below = {.x = CAA_PICTURE_MARGIN,
                                 .y = 80,
                                 .size = 13,
                                 .fill = "#4b5563",
                                 .width = CAA_PICTURE_CARD};
    caa_svg_text(out, &below, line);
    return 98;
}

static int draw_verdict(FILE *out, const struct caa_diagnosis *diagnosis, int y) {
    enum caa_svg_sign sign = verdict_sign(diagnosis->check->decision.verdict);
    char verdict[CAA_SENTENCE_MAX + 16], sentence[CAA_DIAGNOSE_PROSE_MAX];
    struct caa_writer text = caa_writer_into(sentence, sizeof sentence);
    write_verdict(diagnosis, verdict, sizeof verdict);
    caa_prose_diagnosis(diagnosis, &text);
    struct caa_svg_text bold = {.x = CAA_PICTURE_MARGIN + 44,
                                .y = y + 28,
                                .size = 14,
                                .bold = true,
                                .fill = "#111827",
                                .width = CAA_PICTURE_CARD - 64};
    struct caa_svg_text plain = bold;
    plain.bold = false;
    plain.size = 13;
    int lines = caa_svg_paragraph(NULL, &bold, PARAGRAPH_LEADING, verdict);
    plain.y += lines * PARAGRAPH_LEADING;
    lines += caa_svg_paragraph(NULL, &plain, PARAGRAPH_LEADING, sentence);
    int height = lines * PARAGRAPH_LEADING + 26;
    caa_svg_box(out, CAA_PICTURE_MARGIN, y, CAA_PICTURE_CARD, height, 8, caa_svg_ground(sign),
                caa_svg_colour(sign), 1);
    caa_svg_draw_sign(out, sign, CAA_PICTURE_MARGIN + 26, y + 23);
    caa_svg_paragraph(out, &bold, PARAGRAPH_LEADING, verdict);
    caa_svg_paragraph(out, &plain, PARAGRAPH_LEADING, sentence);
    return y + height;
}

/* --- the chain */

static void draw_link(FILE *out, const struct caa_survey_zone *zone, bool is_alias, int y) {
    char line[CAA_NAME_TEXT_MAX + 64], name[CAA_NAME_TEXT_MAX];
    caa_name_to_text(is_alias ? &zone->path->name : &zone->zone->name, name);
    if (is_alias)
        (void)snprintf(line, sizeof line, "an alias leads to %s", name);
    else
        (void)snprintf(line, sizeof line, "delegates %s, %s", name, caa_prose_delegation(zone));
    caa_svg_arrow(out, ARROW_X, y + 4, y + LINK - 4, is_alias);
    struct caa_svg_text style = {.x = ARROW_X + 16,
                                 .y = y + LINK / 2 + 4,
                                 .size = 12,
                                 .fill = "#4b5563",
                                 .width = CAA_PICTURE_CARD - 60};
    caa_svg_text(out, &style, line);
}

/* The way ends in a zone that fails, above the name. */
static int draw_unseen(FILE *out, int y) {
    enum { HEIGHT = 44 };
    caa_svg_arrow(out, ARROW_X, y + 4, y + LINK - 4, true);
    y += LINK;
    caa_svg_box(out, CAA_PICTURE_MARGIN, y, CAA_PICTURE_CARD, HEIGHT, 8, "#ffffff", "#9ca3af",
                1);
    caa_svg_draw_sign(out, CAA_SVG_NONE, ARROW_X, y + HEIGHT / 2);
    struct caa_svg_text style = {
        .x = CAA_PICTURE_MARGIN + 44, .y = y + HEIGHT / 2 + 5, .size = 13, .fill = "#4b5563"};
    caa_svg_text(out, &style, "what is below could not be seen");
    return y + HEIGHT;
}

static int draw_chain(FILE *out, const struct caa_diagnosis *diagnosis, int y) {
    const struct caa_survey_zone *last = NULL, *zone = diagnosis->survey->zones;
    for (; zone != NULL; last = zone, zone = zone->next) {
        if (last != NULL) {
            draw_link(out, zone, zone->path != last->path, y);
            y += LINK;
        }
        y = caa_picture_zone(out, diagnosis, zone, y);
    }
    return caa_prose_is_cut_short(diagnosis) ? draw_unseen(out, y) : y;
}

/* --- the end: what each ancestor's lookup came to */

static enum caa_svg_sign level_sign(const struct caa_level *level) {
    if (level->answer == NULL) return CAA_SVG_NONE;
    if (!caa_answer_is_sound(level->answer)) return CAA_SVG_BAD;
    return level->answer->rescued ? CAA_SVG_WARNING : CAA_SVG_GOOD;
}

static void draw_level(FILE *out, const struct caa_level *level, int y) {
    char name[CAA_NAME_TEXT_MAX], what[128];
    struct caa_writer text = caa_writer_into(what, sizeof what);
    int x = CAA_PICTURE_MARGIN;
    caa_name_to_text(level->name, name);
    caa_sentence_level(level, &text);
    if (level->answer != NULL && level->answer->security != CAA_SECURITY_INDETERMINATE) {
        caa_writer_text(&text, ", ");
        caa_writer_text(&text, caa_security_code(level->answer->security));
    }
    if (level->answer != NULL && level->answer->rescued) caa_writer_text(&text, ", rescued");
    caa_svg_draw_sign(out, level_sign(level), x + 26, y);
    struct caa_svg_text left = {
        .x = x + 44, .y = y + 5, .size = 13, .mono = true, .fill = "#111827", .width = 540};
    struct caa_svg_text right = {.x = x + CAA_PICTURE_CARD - 18,
                                 .y = y + 5,
                                 .size = 13,
                                 .from_end = true,
                                 .fill = caa_svg_colour(level_sign(level))};
    caa_svg_text(out, &left, name);
    caa_svg_text(out, &right, what);
}

static int draw_levels(FILE *out, const struct caa_diagnosis *diagnosis, int y) {
    const struct caa_check_result *check = diagnosis->check;
    int height = 50 + (int)check->level_count * LEVEL_LINE;
    bool fails = diagnosis->state == CAA_DIAGNOSIS_FAILS;
    caa_svg_arrow(out, ARROW_X, y + 4, y + LINK - 4, fails);
    y += LINK;
    caa_svg_box(out, CAA_PICTURE_MARGIN, y, CAA_PICTURE_CARD, height, 8, "#ffffff", "#9ca3af",
                1);
    struct caa_svg_text title = {
        .x = CAA_PICTURE_MARGIN + 18, .y = y + 27, .size = 14, .bold = true, .fill = "#111827"};
    caa_svg_text(out, &title, "CAA, as the check got it, validated");
    for (size_t i = 0; i < check->level_count; i++)
        draw_level(out, &check->levels[i], y + 50 + (int)i * LEVEL_LINE);
    return y + height;
}

static int draw_legend(FILE *out, const struct caa_diagnosis *diagnosis, int y) {
    static const char *const words[] = {"in order", "impaired", "of no use, or the cause",
                                        "worth knowing", "not asked"};
    char line[96];
    int x = CAA_PICTURE_MARGIN;
    struct caa_svg_text style = {.y = y + 30, .size = 12, .fill = "#4b5563"};
    for (int i = 0; i <= CAA_SVG_NONE; i++) {
        caa_svg_draw_sign(out, (enum caa_svg_sign)i, x + 8, y + 26);
        style.x = x + 22;
        caa_svg_text(out, &style, words[i]);
        x += 42 + caa_svg_text_width(&style, words[i]);
    }
    (void)snprintf(line, sizeof line, "caa diagnose: %lu queries, %zu findings",
                   (unsigned long)diagnosis->survey->query_count, diagnosis->finding_count);
    style.x = CAA_PICTURE_MARGIN + CAA_PICTURE_CARD;
    style.from_end = true;
    caa_svg_text(out, &style, line);
    return y + 56;
}

bool caa_picture_diagnosis(FILE *out, const struct caa_diagnosis *diagnosis) {
    char subject[CAA_NAME_TEXT_MAX + 2], verdict[CAA_SENTENCE_MAX + 16];
    char *body = NULL;
    size_t size = 0;
    FILE *inside = open_memstream(&body, &size);
    if (inside == NULL) return false;
    int y = draw_verdict(inside, diagnosis, draw_title(inside, diagnosis)) + 24;
    y = draw_chain(inside, diagnosis, y);
    y = draw_legend(inside, diagnosis, draw_levels(inside, diagnosis, y));
    bool drawn = ferror(inside) == 0;
    drawn &= fclose(inside) == 0;
    if (drawn) {
        write_subject(diagnosis, subject, sizeof subject);
        write_verdict(diagnosis, verdict, sizeof verdict);
        caa_svg_begin(out, CAA_PICTURE_WIDTH, y, subject, verdict);
        fwrite(body, 1, size, out);
        caa_svg_end(out);
    }
    free(body);
    return drawn;
}
