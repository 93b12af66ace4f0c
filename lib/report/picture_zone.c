#include "report/picture_zone.h"

#include <stdlib.h>

#include "base/writer.h"
#include "report/diagnose_prose.h"

enum {
    HEAD = 46, /* of a card: the zone's name and its state */
    INSIDE = 18,
    COLUMNS = 3,
    GAP = 10,
    CHIP_WIDTH = (CAA_PICTURE_CARD - 2 * INSIDE - (COLUMNS - 1) * GAP) / COLUMNS,
    CHIP_HEIGHT = 28,
    CHIP_LINE = 16, /* of what is the matter */
    FAMILY_WIDTH = 38,
    FINDINGS_SHOWN = 5,
    FINDING_LEADING = 17,
};

/* One name server: the addresses that share its name. */
struct chip {
    const struct caa_survey_zone *zone;
    const struct caa_survey_server *first;
};

enum caa_svg_sign caa_picture_sign(enum caa_survey_health health) {
    switch (health) {
    case CAA_SURVEY_GOOD: return CAA_SVG_GOOD;
    case CAA_SURVEY_IMPAIRED: return CAA_SVG_WARNING;
    case CAA_SURVEY_BAD: return CAA_SVG_BAD;
    case CAA_SURVEY_UNASKED: break;
    }
    return CAA_SVG_NONE;
}

static bool is_of_chip(const struct chip *chip, const struct caa_survey_server *server) {
    return server == chip->first ||
           (chip->first->server->ns != NULL && server->server->ns == chip->first->server->ns);
}

/* The next server that no earlier chip has shown. */
static bool next_chip(struct chip *chip) {
    const struct caa_survey_server *at =
        chip->first == NULL ? chip->zone->servers : chip->first->next;
    for (; at != NULL; at = at->next) {
        const struct caa_survey_server *before = chip->zone->servers;
        while (before != at && (at->server->ns == NULL || before->server->ns != at->server->ns))
            before = before->next;
        if (before != at) continue;
        chip->first = at;
        return true;
    }
    return false;
}

static const struct caa_survey_server *next_of_chip(const struct chip *chip,
                                                    const struct caa_survey_server *after) {
    const struct caa_survey_server *at = after == NULL ? chip->first : after->next;
    while (at != NULL && !is_of_chip(chip, at)) at = at->next;
    return at;
}

static int chip_height(const struct chip *chip) {
    const char *word;
    int height = CHIP_HEIGHT;
    for (const struct caa_survey_server *at = next_of_chip(chip, NULL); at != NULL;
         at = next_of_chip(chip, at))
        if (caa_survey_health_of(at, &word) != CAA_SURVEY_GOOD) height += CHIP_LINE;
    return height > CHIP_HEIGHT ? height + 5 : height;
}

static enum caa_svg_sign chip_sign(const struct chip *chip) {
    const char *word;
    enum caa_survey_health worst = CAA_SURVEY_GOOD;
    for (const struct caa_survey_server *at = next_of_chip(chip, NULL); at != NULL;
         at = next_of_chip(chip, at)) {
        enum caa_survey_health health = caa_survey_health_of(at, &word);
        if (health == CAA_SURVEY_BAD || worst == CAA_SURVEY_GOOD) worst = health;
    }
    return caa_picture_sign(worst);
}

/* The first address of a family that is not in order, else the first of the family. */
static const struct caa_survey_server *family_of(const struct chip *chip, uint8_t family) {
    const char *word;
    const struct caa_survey_server *found = NULL;
    for (const struct caa_survey_server *at = next_of_chip(chip, NULL); at != NULL;
         at = next_of_chip(chip, at)) {
        if (at->server->address.family != family) continue;
        if (found == NULL || caa_survey_health_of(found, &word) == CAA_SURVEY_GOOD) found = at;
    }
    return found;
}

static void draw_family(FILE *out, const struct chip *chip, uint8_t family, int end, int y) {
    const char *word;
    const struct caa_survey_server *server = family_of(chip, family);
    if (server == NULL) return;
    struct caa_svg_text style = {
        .x = end - 18, .y = y + 4, .size = 10, .fill = "#6b7280", .from_end = true};
    caa_svg_text(out, &style, family == 4 ? "v4" : "v6");
    caa_svg_draw_sign(out, caa_picture_sign(caa_survey_health_of(server, &word)), end - 7, y);
}

/* "198.51.100.1: no answer" for an address that is not in order. */
static void draw_matter(FILE *out, const struct caa_survey_server *server, int x, int y) {
    const char *word;
    char line[128], address[CAA_EVIDENCE_ADDRESS_MAX];
    struct caa_writer text = caa_writer_into(line, sizeof line);
    enum caa_survey_health health = caa_survey_health_of(server, &word);
    caa_address_to_text(&server->server->address, address);
    caa_writer_text(&text, address);
    caa_writer_text(&text, ": ");
    caa_writer_text(&text, word);
    struct caa_svg_text style = {.x = x,
                                 .y = y,
                                 .size = 11,
                                 .width = CHIP_WIDTH - 20,
                                 .fill = caa_svg_colour(caa_picture_sign(health))};
    caa_svg_text(out, &style, line);
}

static void draw_chip(FILE *out, const struct chip *chip, int x, int y, int height) {
    const char *word;
    enum caa_svg_sign sign = chip_sign(chip);
    bool good = sign == CAA_SVG_GOOD;
    char name[CAA_NAME_TEXT_MAX];
    int end = x + CHIP_WIDTH - 8, line = y + CHIP_HEIGHT + 8;
    caa_svg_box(out, x, y, CHIP_WIDTH, height, 5, good ? "#ffffff" : caa_svg_ground(sign),
                good ? "#d1d5db" : caa_svg_colour(sign), 1);
    draw_family(out, chip, 4, end - FAMILY_WIDTH, y + CHIP_HEIGHT / 2);
    draw_family(out, chip, 6, end, y + CHIP_HEIGHT / 2);
    for (const struct caa_survey_server *at = next_of_chip(chip, NULL); at != NULL;
         at = next_of_chip(chip, at)) {
        if (caa_survey_health_of(at, &word) == CAA_SURVEY_GOOD) continue;
        draw_matter(out, at, x + 10, line);
        line += CHIP_LINE;
    }
    if (chip->first->server->ns != NULL)
        caa_name_to_text(&chip->first->server->ns->name, name);
    else
        caa_address_to_text(&chip->first->server->address, name);
    struct caa_svg_text style = {.x = x + 10,
                                 .y = y + 18,
                                 .size = 12,
                                 .fill = "#111827",
                                 .mono = true,
                                 .width = CHIP_WIDTH - 2 * FAMILY_WIDTH - 26};
    caa_svg_text(out, &style, name);
}

/* Rows of chips, each as high as its highest; returns the lower edge. */
static int draw_servers(FILE *out, const struct caa_survey_zone *zone, int y) {
    struct chip chip = {zone, NULL};
    bool more = next_chip(&chip);
    while (more) {
        struct chip row = chip;
        int height = 0, count = 0;
        for (; more && count < COLUMNS; count++) {
            int own = chip_height(&chip);
            if (own > height) height = own;
            more = next_chip(&chip);
        }
        for (int i = 0; i < count; i++, next_chip(&row))
            draw_chip(out, &row, CAA_PICTURE_MARGIN + INSIDE + i * (CHIP_WIDTH + GAP), y,
                      height);
        y += height + GAP;
    }
    return y;
}

/* --- findings */

static enum caa_svg_sign finding_sign(const struct caa_diagnosis_finding *finding) {
    switch (finding->bearing) {
    case CAA_DIAGNOSIS_CAUSE: return CAA_SVG_BAD;
    case CAA_DIAGNOSIS_CONTRIBUTES: return CAA_SVG_WARNING;
    case CAA_DIAGNOSIS_NOT_THE_CAUSE: return CAA_SVG_NOTE;
    case CAA_DIAGNOSIS_ADVICE: break;
    }
    return caa_diagnosis_severity(finding->code) == CAA_DIAGNOSIS_NOTE ? CAA_SVG_NOTE
                                                                       : CAA_SVG_WARNING;
}

static const char *bearing_words(enum caa_diagnosis_bearing bearing) {
    static const char *const words[] = {"The cause: ", "Contributes: ", "Not the cause: ", ""};
    return words[bearing];
}

static int draw_finding(FILE *out, const struct caa_diagnosis_finding *finding, int y) {
    char line[1280];
    struct caa_writer text = caa_writer_into(line, sizeof line);
    int x = CAA_PICTURE_MARGIN + INSIDE;
    caa_writer_text(&text, bearing_words(finding->bearing));
    caa_writer_text(&text, finding->text);
    caa_svg_draw_sign(out, finding_sign(finding), x + 8, y + 8);
    struct caa_svg_text style = {.x = x + 26,
                                 .y = y + 12,
                                 .size = 12,
                                 .fill = "#111827",
                                 .bold = finding->bearing == CAA_DIAGNOSIS_CAUSE,
                                 .width = CAA_PICTURE_CARD - 2 * INSIDE - 30};
    int lines = caa_svg_paragraph(out, &style, FINDING_LEADING, line);
    return y + lines * FINDING_LEADING + 5;
}

static int draw_findings(FILE *out, const struct caa_diagnosis *diagnosis,
                         const struct caa_survey_zone *zone, int y) {
    const struct caa_diagnosis_finding *at = diagnosis->findings;
    size_t count = 0;
    for (; at != NULL; at = at->next) {
        if (!caa_name_equal(&at->zone, &zone->zone->name)) continue;
        if (count++ < FINDINGS_SHOWN) y = draw_finding(out, at, y);
    }
    if (count <= FINDINGS_SHOWN) return y;
    char line[64];
    (void)snprintf(line, sizeof line, "and %zu more", count - FINDINGS_SHOWN);
    struct caa_svg_text style = {
        .x = CAA_PICTURE_MARGIN + INSIDE + 26, .y = y + 12, .size = 12, .fill = "#6b7280"};
    caa_svg_text(out, &style, line);
    return y + FINDING_LEADING;
}

/* --- the card */

static void draw_head(FILE *out, const struct caa_diagnosis *diagnosis,
                      const struct caa_survey_zone *zone, enum caa_svg_sign sign, int y) {
    char name[CAA_NAME_TEXT_MAX], servers[128], state[192];
    struct caa_writer name_text = caa_writer_into(name, sizeof name);
    struct caa_writer text = caa_writer_into(servers, sizeof servers);
    bool fails = caa_name_equal(&zone->zone->name, &diagnosis->zone);
    int x = CAA_PICTURE_MARGIN;
    caa_prose_zone(&zone->zone->name, &name_text);
    caa_prose_servers(diagnosis, zone, &text);
    (void)snprintf(state, sizeof state, "%s%s", fails ? "the check fails here: " : "", servers);
    caa_svg_draw_sign(out, sign, x + INSIDE + 8, y + HEAD / 2);
    struct caa_svg_text style = {.x = x + INSIDE + 26,
                                 .y = y + HEAD / 2 + 6,
                                 .size = 17,
                                 .fill = "#111827",
                                 .bold = true,
                                 .width = 460};
    caa_svg_text(out, &style, name);
    struct caa_svg_text right = {.x = x + CAA_PICTURE_CARD - INSIDE,
                                 .y = y + HEAD / 2 + 5,
                                 .size = 13,
                                 .fill = caa_svg_colour(sign),
                                 .bold = fails,
                                 .from_end = true};
    caa_svg_text(out, &right, state);
}

int caa_picture_zone(FILE *out, const struct caa_diagnosis *diagnosis,
                     const struct caa_survey_zone *zone, int y) {
    enum caa_survey_health health = caa_prose_zone_health(diagnosis, zone);
    bool fails = caa_name_equal(&zone->zone->name, &diagnosis->zone);
    enum caa_svg_sign sign = fails ? CAA_SVG_BAD : caa_picture_sign(health);
    char *body = NULL;
    size_t size = 0;
    /* The frame lies below what it frames, and its height is known afterwards. */
    FILE *inside = open_memstream(&body, &size);
    if (inside == NULL) return y;
    draw_head(inside, diagnosis, zone, sign, y);
    int bottom = draw_servers(inside, zone, y + HEAD);
    bottom = draw_findings(inside, diagnosis, zone, bottom) + GAP;
    if (fclose(inside) == 0) {
        caa_svg_box(out, CAA_PICTURE_MARGIN, y, CAA_PICTURE_CARD, bottom - y, 8,
                    fails ? caa_svg_ground(sign) : "#f9fafb", caa_svg_colour(sign),
                    fails ? 3 : 1);
        fwrite(body, 1, size, out);
    }
    free(body);
    return bottom;
}
