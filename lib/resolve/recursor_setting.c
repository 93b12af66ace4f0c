#include "resolve/recursor_setting.h"

#include <string.h>

/* `size` octets of `from`, or NULL for NULL; `*ok` becomes false where memory runs out. */
static void *copy(struct caa_arena *arena, const void *from, size_t size, bool *ok) {
    if (from == NULL || size == 0) return NULL;
    void *to = caa_arena_copy(arena, from, size);
    *ok &= to != NULL;
    return to;
}

static char *copy_text(struct caa_arena *arena, const char *text, bool *ok) {
    return text == NULL ? NULL : copy(arena, text, strlen(text) + 1, ok);
}

static const char *const *copy_texts(struct caa_arena *arena, const char *const *texts,
                                     size_t count, bool *ok) {
    const char **copies = copy(arena, texts, count * sizeof *texts, ok);
    for (size_t i = 0; *ok && i < count; i++) copies[i] = copy_text(arena, texts[i], ok);
    return copies;
}

struct caa_recursor_setting *caa_recursor_setting_copy(
    struct caa_arena *arena, const struct caa_recursor_setting *setting) {
    bool ok = true;
    struct caa_recursor_setting *mine = copy(arena, setting, sizeof *setting, &ok);
    if (mine == NULL) return NULL;
    mine->root_hints = copy(arena, setting->root_hints, sizeof *setting->root_hints, &ok);
    mine->trust_anchor = copy(arena, setting->trust_anchor, sizeof *setting->trust_anchor, &ok);
    mine->forwarders = copy_texts(arena, setting->forwarders, setting->forwarder_count, &ok);
    mine->tls_ca_bundle = copy_text(arena, setting->tls_ca_bundle, &ok);
    mine->options =
        copy(arena, setting->options, setting->option_count * sizeof *setting->options, &ok);
    return ok ? mine : NULL;
}
