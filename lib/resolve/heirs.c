#include "resolve/heirs.h"

#include <stdlib.h>

#include "dns/suffix.h"

struct caa_heir {
    struct caa_name name;
    struct ub_ctx *context; /* NULL: ended, though somebody holds it */
    size_t holders;         /* the list is one of them */
    uint64_t used;          /* the turn */
};

static void end(struct caa_heir *heir) {
    if (heir->context != NULL) ub_ctx_delete(heir->context);
    heir->context = NULL;
}

void caa_heir_release(struct caa_heir *heir) {
    if (heir == NULL || --heir->holders > 0) return;
    end(heir);
    free(heir);
}

static struct caa_heir *make(const struct caa_name *name, struct ub_ctx *context) {
    if (caa_suffix_who(name) == CAA_FAULT_REGISTRY) return NULL;
    struct caa_heir *heir = calloc(1, sizeof *heir);
    if (heir == NULL) return NULL;
    *heir = (struct caa_heir){.name = *name, .context = context, .holders = 1};
    return heir;
}

static size_t place_for(const struct caa_heirs *heirs, const struct caa_name *name) {
    size_t place = 0;
    for (size_t i = 0; i < CAA_HEIRS_MOST; i++) {
        const struct caa_heir *at = heirs->heirs[i], *best = heirs->heirs[place];
        if (at != NULL && caa_name_equal(&at->name, name)) return i;
        if (best != NULL && (at == NULL || at->used < best->used)) place = i;
    }
    return place;
}

void caa_heirs_add(struct caa_heirs *heirs, const struct caa_name *name,
                   struct ub_ctx *context) {
    struct caa_heir *heir = make(name, context);
    if (heir == NULL) {
        ub_ctx_delete(context);
        return;
    }
    struct caa_heir **place = &heirs->heirs[place_for(heirs, name)];
    caa_heir_release(*place);
    heir->used = ++heirs->turns;
    *place = heir;
}

struct caa_heir *caa_heirs_find(struct caa_heirs *heirs, const struct caa_name *name) {
    struct caa_heir *nearest = NULL;
    for (size_t i = 0; i < CAA_HEIRS_MOST; i++) {
        struct caa_heir *at = heirs->heirs[i];
        if (at != NULL && caa_name_is_subdomain(name, &at->name) &&
            (nearest == NULL || at->name.len > nearest->name.len))
            nearest = at;
    }
    if (nearest == NULL) return NULL;
    nearest->used = ++heirs->turns;
    nearest->holders++;
    return nearest;
}

struct ub_ctx *caa_heir_context(const struct caa_heir *heir) {
    return heir->context;
}

void caa_heirs_clear(struct caa_heirs *heirs) {
    for (size_t i = 0; i < CAA_HEIRS_MOST; i++) {
        if (heirs->heirs[i] == NULL) continue;
        end(heirs->heirs[i]);
        caa_heir_release(heirs->heirs[i]);
        heirs->heirs[i] = NULL;
    }
}
