#include "report/evidence_text.h"

#include <string.h>

/* What a line says: exchanges of one zone, over one transport, that went the same way and
   said the same. */
static bool is_alike(const struct caa_evidence_item *a, const struct caa_evidence_item *b) {
    return caa_name_equal(&a->zone, &b->zone) && a->over_tcp == b->over_tcp &&
           a->failure == b->failure && a->digest == b->digest;
}

static bool is_first_of_its_kind(const struct caa_evidence *evidence, size_t index) {
    for (size_t i = 0; i < index; i++)
        if (is_alike(&evidence->items[i], &evidence->items[index])) return false;
    return true;
}

static void write_servers(FILE *out, const struct caa_evidence *evidence, size_t index) {
    enum { NAMED = 3 };
    size_t alike = 0;
    for (size_t i = index; i < evidence->item_count; i++) {
        if (!is_alike(&evidence->items[i], &evidence->items[index])) continue;
        if (alike < NAMED)
            fprintf(out, "%s%s", alike == 0 ? "" : ", ", evidence->items[i].address);
        alike++;
    }
    if (alike > NAMED) fprintf(out, " and %zu more", alike - NAMED);
}

void caa_text_evidence(FILE *out, const struct caa_evidence *evidence, int indent,
                       const struct caa_text_style *style) {
    for (size_t i = 0; i < evidence->item_count; i++) {
        const struct caa_evidence_item *item = &evidence->items[i];
        char zone[CAA_NAME_TEXT_MAX];
        if (!is_first_of_its_kind(evidence, i)) continue;
        caa_name_to_text(&item->zone, zone);
        bool failed = item->failure != CAA_FAILURE_NONE;
        fprintf(out, "%*s%s%s over %s: %s%s%s (", indent, "",
                caa_text_code(style, CAA_TEXT_FAINT), zone, item->over_tcp ? "TCP" : "UDP",
                failed ? caa_failure_text(item->failure) : "answer",
                item->text[0] != '\0' ? ", " : "", item->text);
        write_servers(out, evidence, i);
        if (evidence->variant_count > 1 && item->digest != 0)
            fprintf(out, ", digest %016llx", (unsigned long long)item->digest);
        fprintf(out, ")%s\n", caa_text_code(style, CAA_TEXT_PLAIN));
    }
}
