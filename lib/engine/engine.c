#include "engine/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/file.h"
#include "engine/conf.h"
#include "rescue/rescue.h"
#include "resolve/answers.h"
#include "resolve/cache.h"
#include "resolve/recursor.h"
#include "resolve/share.h"

enum {
    CACHE_MIB_LEAST = 16,
    CACHE_MIB_MOST = 512,
    CACHE_SHARE_OF_MEMORY = 32,
    CACHE_SHARE_OF_ANSWERS = 8, /* for our own, besides libunbound's caches */
    SEEDS = 2,
};

struct caa_engine_shared {
    struct caa_store *store;
    struct caa_ledger *ledger;
};

struct caa_engine {
    struct event_base *base;
    const struct caa_clock *clock;
    struct caa_lookup *lookup; /* the top of the stack */
    struct caa_lookup *share;  /* part of it */
    struct caa_lookup *rescue; /* likewise; NULL: none */
    struct caa_root_hints root_hints;
    struct caa_engine_shared *shared;
    bool shares_with_none; /* and so frees what it has */
    char source[256];
};

/* What a recursor's setting points to while it is made. */
struct ingredients {
    struct caa_trust_anchor trust_anchor;
    struct caa_resolver_option *options;
};

static size_t cache_octets(uint32_t cache_mib) {
    long pages = sysconf(_SC_PHYS_PAGES), page_octets = sysconf(_SC_PAGESIZE);
    size_t memory_mib =
        pages > 0 && page_octets > 0 ? (size_t)pages / 1024 * (size_t)page_octets / 1024 : 0;
    size_t mib = memory_mib / CACHE_SHARE_OF_MEMORY;
    if (mib < CACHE_MIB_LEAST) mib = CACHE_MIB_LEAST;
    if (mib > CACHE_MIB_MOST) mib = CACHE_MIB_MOST;
    return (cache_mib == 0 ? mib : cache_mib) << 20;
}

static enum caa_err draw_seeds(uint64_t *seeds, size_t count) {
    return getrandom(seeds, count * sizeof *seeds, 0) == (ssize_t)(count * sizeof *seeds)
               ? CAA_OK
               : CAA_ERR_EVENT;
}

static enum caa_err furnish(struct caa_engine_shared *shared, const struct caa_clock *clock,
                            size_t octets) {
    uint64_t seeds[2];
    enum caa_err err = draw_seeds(seeds, 2);
    if (err != CAA_OK) return err;
    struct caa_store_setting store = {.octets_most = octets / CACHE_SHARE_OF_ANSWERS,
                                      .fresh_most = CAA_STORE_FRESH_MOST_DEFAULT,
                                      .seed = seeds[0]};
    shared->ledger = caa_ledger_new(clock, seeds[1]);
    return shared->ledger == NULL ? CAA_ERR_NOMEM : caa_store_new(&shared->store, &store);
}

enum caa_err caa_engine_shared_new(struct caa_engine_shared **made,
                                   const struct caa_clock *clock, uint32_t cache_mib) {
    struct caa_engine_shared *shared = calloc(1, sizeof *shared);
    if (shared == NULL) return CAA_ERR_NOMEM;
    enum caa_err err = furnish(shared, clock, cache_octets(cache_mib));
    if (err == CAA_OK)
        *made = shared;
    else
        caa_engine_shared_free(shared);
    return err;
}

struct caa_store *caa_engine_shared_store(const struct caa_engine_shared *shared) {
    return shared->store;
}

struct caa_ledger *caa_engine_shared_ledger(const struct caa_engine_shared *shared) {
    return shared->ledger;
}

void caa_engine_shared_free(struct caa_engine_shared *shared) {
    if (shared == NULL) return;
    caa_store_free(shared->store);
    caa_ledger_free(shared->ledger);
    free(shared);
}

static const char *or_default(const char *path, const char *fallback) {
    return path == NULL ? fallback : path;
}

static enum caa_err read_trust_anchor(struct ingredients *ingredients, const char *path,
                                      struct caa_diag *diag) {
    struct caa_slice text;
    enum caa_err err = caa_file_read(&text, path, CAA_BOOTSTRAP_FILE_MAX, diag);
    if (err != CAA_OK) return err;
    err = caa_trust_anchor_read(&ingredients->trust_anchor, text, path, diag);
    caa_file_free(text);
    return err;
}

static enum caa_err read_root_hints(struct caa_engine *engine, const char *path,
                                    struct caa_diag *diag) {
    struct caa_slice text;
    enum caa_err err = caa_file_read(&text, path, CAA_BOOTSTRAP_FILE_MAX, diag);
    if (err != CAA_OK) return err;
    err = caa_root_hints_read(&engine->root_hints, text, path, diag);
    caa_file_free(text);
    return err;
}

static enum caa_err read_options(struct ingredients *ingredients,
                                 const struct caa_engine_setting *setting,
                                 struct caa_diag *diag) {
    size_t count = setting->resolver_option_count;
    if (count == 0) return CAA_OK;
    ingredients->options = calloc(count, sizeof *ingredients->options);
    if (ingredients->options == NULL) return CAA_ERR_NOMEM;
    for (size_t i = 0; i < count; i++) {
        enum caa_err err = caa_resolver_option_parse(
            &ingredients->options[i], caa_slice_of(setting->resolver_options[i]), diag);
        if (err != CAA_OK) return err;
    }
    return CAA_OK;
}

static enum caa_err make_recursor(struct caa_engine *engine, struct ingredients *ingredients,
                                  const struct caa_engine_setting *setting,
                                  struct caa_lookup **lookup, struct caa_diag *diag) {
    enum caa_err err = read_trust_anchor(
        ingredients, or_default(setting->trust_anchor, CAA_CONF_TRUST_ANCHOR_DEFAULT), diag);
    if (err == CAA_OK && setting->forwarder_count == 0)
        err = read_root_hints(
            engine, or_default(setting->root_hints, CAA_CONF_ROOT_HINTS_DEFAULT), diag);
    if (err == CAA_OK) err = read_options(ingredients, setting, diag);
    if (err != CAA_OK) return err;
    struct caa_recursor_setting recursor = {
        .root_hints = &engine->root_hints,
        .trust_anchor = &ingredients->trust_anchor,
        .forwarders = setting->forwarders,
        .forwarder_count = setting->forwarder_count,
        .tls_ca_bundle = or_default(setting->tls_ca_bundle, CAA_CONF_TLS_CA_BUNDLE_DEFAULT),
        .options = ingredients->options,
        .option_count = setting->resolver_option_count,
        .cache_octets = cache_octets(setting->cache_mib),
        .keep_packets = setting->keep_packets};
    if (setting->make_recursor != NULL)
        return setting->make_recursor(setting->make_recursor_context, lookup, engine->base,
                                      engine->clock, &recursor, diag);
    return caa_recursor_new(lookup, engine->base, engine->clock, &recursor, diag);
}

/* Replaces the lookup at the top of the stack by what wraps it; on error nothing is left of it.
 */
static enum caa_err put_recursor(struct caa_engine *engine,
                                 const struct caa_engine_setting *setting,
                                 struct caa_diag *diag) {
    struct ingredients *ingredients = calloc(1, sizeof *ingredients);
    if (ingredients == NULL) return CAA_ERR_NOMEM;
    snprintf(engine->source, sizeof engine->source, "libunbound %s",
             caa_recursor_library_version());
    enum caa_err err = make_recursor(engine, ingredients, setting, &engine->lookup, diag);
    free(ingredients->options);
    free(ingredients);
    return err;
}

static enum caa_err put_rescue(struct caa_engine *engine, bool prove_insecure) {
    struct caa_rescue_setting setting = {.base = engine->base,
                                         .clock = engine->clock,
                                         .root_hints = &engine->root_hints,
                                         .prove_insecure = prove_insecure,
                                         .ledger = engine->shared->ledger};
    struct caa_lookup *inner = engine->lookup;
    engine->lookup = NULL;
    enum caa_err err = caa_rescue_new(&engine->lookup, inner, &setting);
    engine->rescue = engine->lookup;
    return err;
}

static enum caa_err put_share(struct caa_engine *engine, uint64_t seed) {
    struct caa_lookup *inner = engine->lookup;
    engine->lookup = NULL;
    enum caa_err err = caa_share_new(&engine->lookup, inner, seed);
    engine->share = engine->lookup;
    return err;
}

static enum caa_err put_cache(struct caa_engine *engine, uint64_t seed) {
    struct caa_cache_setting cache = {.base = engine->base,
                                      .clock = engine->clock,
                                      .store = engine->shared->store,
                                      .seed = seed,
                                      .refreshes_most = CAA_CACHE_REFRESHES_MOST_DEFAULT};
    struct caa_lookup *inner = engine->lookup;
    engine->lookup = NULL;
    return caa_cache_new(&engine->lookup, inner, &cache);
}

static enum caa_err put_shared(struct caa_engine *engine,
                               const struct caa_engine_setting *setting) {
    engine->shared = setting->shared;
    engine->shares_with_none = setting->shared == NULL;
    if (!engine->shares_with_none) return CAA_OK;
    return caa_engine_shared_new(&engine->shared, engine->clock, setting->cache_mib);
}

/* cache ─▶ share ─▶ rescue ─▶ recursor. Behind forwarders there is nothing to investigate: the
   zones' servers may be out of reach from here. */
static enum caa_err stack_on_dns(struct caa_engine *engine,
                                 const struct caa_engine_setting *setting,
                                 const uint64_t seeds[SEEDS], struct caa_diag *diag) {
    enum caa_err err = put_shared(engine, setting);
    if (err == CAA_OK) err = put_recursor(engine, setting, diag);
    if (err == CAA_OK && setting->forwarder_count == 0 && !setting->no_rescue)
        err = put_rescue(engine, setting->prove_insecure);
    if (err == CAA_OK) err = put_share(engine, seeds[0]);
    if (err == CAA_OK && !setting->no_cache) err = put_cache(engine, seeds[1]);
    return err;
}

static enum caa_err stack_on_file(struct caa_engine *engine,
                                  const struct caa_engine_setting *setting, uint64_t seed,
                                  struct caa_diag *diag) {
    snprintf(engine->source, sizeof engine->source, "answers file %s", setting->answers);
    enum caa_err err =
        caa_answers_open(&engine->lookup, engine->base, engine->clock, setting->answers, diag);
    return err == CAA_OK ? put_share(engine, seed) : err;
}

static enum caa_err make_stack(struct caa_engine *engine,
                               const struct caa_engine_setting *setting,
                               struct caa_diag *diag) {
    uint64_t seeds[SEEDS];
    if (draw_seeds(seeds, SEEDS) != CAA_OK) {
        caa_diag_set(diag, "the kernel gave no random numbers");
        return CAA_ERR_EVENT;
    }
    if (setting->answers != NULL) return stack_on_file(engine, setting, seeds[0], diag);
    return stack_on_dns(engine, setting, seeds, diag);
}

enum caa_err caa_engine_new(struct caa_engine **made, struct event_base *base,
                            const struct caa_clock *clock,
                            const struct caa_engine_setting *setting, struct caa_diag *diag) {
    struct caa_engine *engine = calloc(1, sizeof *engine);
    if (engine == NULL) return CAA_ERR_NOMEM;
    engine->base = base;
    engine->clock = clock;
    enum caa_err err = make_stack(engine, setting, diag);
    if (err == CAA_OK)
        *made = engine;
    else
        caa_engine_free(engine);
    return err;
}

enum caa_err caa_engine_check(struct caa_engine *engine, struct caa_check **check,
                              const struct caa_request *request, uint32_t deadline_ms,
                              caa_check_done *done, void *context) {
    struct caa_check_setting setting = {
        .base = engine->base,
        .clock = engine->clock,
        .lookup = engine->lookup,
        .deadline_ms = deadline_ms == 0 ? CAA_CHECK_DEADLINE_MS_DEFAULT : deadline_ms};
    return caa_check_start(check, &setting, request, done, context);
}

struct caa_lookup *caa_engine_lookup(struct caa_engine *engine) {
    return engine->lookup;
}

const char *caa_engine_source(const struct caa_engine *engine) {
    return engine->source;
}

uint64_t caa_engine_lookup_count(const struct caa_engine *engine) {
    return caa_share_asked_count(engine->share);
}

void caa_engine_rescue_counts(const struct caa_engine *engine,
                              struct caa_rescue_counts *counts) {
    *counts = engine->rescue == NULL ? (struct caa_rescue_counts){0}
                                     : caa_rescue_counts(engine->rescue);
}

void caa_engine_free(struct caa_engine *engine) {
    if (engine == NULL) return;
    caa_lookup_free(engine->lookup);
    if (engine->shares_with_none) caa_engine_shared_free(engine->shared);
    free(engine);
}
