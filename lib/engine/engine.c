#include "engine/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "engine/conf.h"
#include "engine/shared.h"
#include "rescue/rescue.h"
#include "resolve/answers.h"
#include "resolve/cache.h"
#include "resolve/recursor.h"
#include "resolve/share.h"

enum { SEEDS = 2 };

struct caa_engine {
    struct event_base *base;
    const struct caa_clock *clock;
    struct caa_lookup *lookup; /* the top of the stack */
    struct caa_lookup *share;  /* part of it */
    struct caa_lookup *rescue; /* likewise; NULL: none */
    struct caa_lookup *cache;  /* likewise */
    struct caa_engine_shared *shared;
    bool shares_with_none; /* and so frees what it has */
    char source[256];
};

static enum caa_err read_options(struct caa_resolver_option *options,
                                 const struct caa_engine_setting *setting,
                                 struct caa_diag *diag) {
    enum caa_err err = CAA_OK;
    for (size_t i = 0; err == CAA_OK && i < setting->resolver_option_count; i++)
        err = caa_resolver_option_parse(&options[i], caa_slice_of(setting->resolver_options[i]),
                                        diag);
    return err;
}

static enum caa_err make_recursor(struct caa_engine *engine,
                                  const struct caa_engine_setting *setting,
                                  const struct caa_resolver_option *options,
                                  struct caa_diag *diag) {
    struct caa_recursor_setting recursor = {
        .root_hints = &engine->shared->root_hints,
        .trust_anchor = &engine->shared->trust_anchor,
        .forwarders = setting->forwarders,
        .forwarder_count = setting->forwarder_count,
        .tls_ca_bundle = setting->tls_ca_bundle == NULL ? CAA_CONF_TLS_CA_BUNDLE_DEFAULT
                                                        : setting->tls_ca_bundle,
        .options = options,
        .option_count = setting->resolver_option_count,
        .cache_octets = caa_engine_cache_octets(setting->cache_mib),
        .keep_packets = setting->keep_packets};
    if (setting->make_recursor != NULL)
        return setting->make_recursor(setting->make_recursor_context, &engine->lookup,
                                      engine->base, engine->clock, &recursor, diag);
    return caa_recursor_new(&engine->lookup, engine->base, engine->clock, &recursor, diag);
}

/* Each of the next replaces the lookup at the top of the stack by what wraps it; on error
   nothing is left of it. */
static enum caa_err put_recursor(struct caa_engine *engine,
                                 const struct caa_engine_setting *setting,
                                 struct caa_diag *diag) {
    struct caa_resolver_option *options =
        calloc(setting->resolver_option_count + 1, sizeof *options);
    if (options == NULL) return CAA_ERR_NOMEM;
    snprintf(engine->source, sizeof engine->source, "libunbound %s",
             caa_recursor_library_version());
    enum caa_err err = read_options(options, setting, diag);
    if (err == CAA_OK) err = make_recursor(engine, setting, options, diag);
    free(options);
    return err;
}

/* Who asked has the answer by now; whoever asks next is told of both. */
static void on_disagreement(void *context, const struct caa_question *question,
                            const struct caa_answer *given, const struct caa_answer *other) {
    struct caa_engine *engine = context;
    if (engine->cache != NULL) caa_cache_note_other(engine->cache, question, given, other);
}

static enum caa_err put_rescue(struct caa_engine *engine, bool prove_insecure) {
    struct caa_rescue_setting setting = {.base = engine->base,
                                         .clock = engine->clock,
                                         .root_hints = &engine->shared->root_hints,
                                         .prove_insecure = prove_insecure,
                                         .disagreement = on_disagreement,
                                         .context = engine,
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

static enum caa_err put_cache(struct caa_engine *engine,
                              const struct caa_engine_setting *setting, uint64_t seed) {
    struct caa_cache_setting cache = {.base = engine->base,
                                      .clock = engine->clock,
                                      .store = engine->shared->store,
                                      .seed = seed,
                                      .refreshes_most = CAA_CACHE_REFRESHES_MOST_DEFAULT,
                                      .refresh_failed = setting->refresh_failed,
                                      .context = setting->refresh_failed_context};
    struct caa_lookup *inner = engine->lookup;
    engine->lookup = NULL;
    enum caa_err err = caa_cache_new(&engine->lookup, inner, &cache);
    engine->cache = engine->lookup;
    return err;
}

static enum caa_err put_shared(struct caa_engine *engine,
                               const struct caa_engine_setting *setting,
                               struct caa_diag *diag) {
    engine->shared = setting->shared;
    engine->shares_with_none = setting->shared == NULL;
    if (!engine->shares_with_none) return CAA_OK;
    return caa_engine_shared_new(&engine->shared, engine->clock, setting, diag);
}

/* cache ─▶ share ─▶ rescue ─▶ recursor. Behind forwarders there is nothing to investigate: the
   zones' servers may be out of reach from here. */
static enum caa_err stack_on_dns(struct caa_engine *engine,
                                 const struct caa_engine_setting *setting,
                                 const uint64_t seeds[SEEDS], struct caa_diag *diag) {
    enum caa_err err = put_shared(engine, setting, diag);
    if (err == CAA_OK) err = put_recursor(engine, setting, diag);
    if (err == CAA_OK && setting->forwarder_count == 0 && !setting->no_rescue)
        err = put_rescue(engine, setting->prove_insecure);
    if (err == CAA_OK) err = put_share(engine, seeds[0]);
    if (err == CAA_OK && !setting->no_cache) err = put_cache(engine, setting, seeds[1]);
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
    if (getrandom(seeds, sizeof seeds, 0) != sizeof seeds) {
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

enum caa_err caa_engine_check_for(struct caa_engine *engine, uint64_t client,
                                  struct caa_check **check, const struct caa_request *request,
                                  uint32_t deadline_ms, caa_check_done *done, void *context) {
    struct caa_check_setting setting = {
        .base = engine->base,
        .clock = engine->clock,
        .lookup = engine->lookup,
        .deadline_ms = deadline_ms == 0 ? CAA_CHECK_DEADLINE_MS_DEFAULT : deadline_ms,
        .client = client};
    return caa_check_start(check, &setting, request, done, context);
}

enum caa_err caa_engine_check(struct caa_engine *engine, struct caa_check **check,
                              const struct caa_request *request, uint32_t deadline_ms,
                              caa_check_done *done, void *context) {
    return caa_engine_check_for(engine, 0, check, request, deadline_ms, done, context);
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
