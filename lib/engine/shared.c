#include "engine/shared.h"

#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/file.h"
#include "engine/conf.h"

enum {
    CACHE_MIB_LEAST = 16,
    CACHE_MIB_MOST = 512,
    CACHE_SHARE_OF_MEMORY = 32,
    CACHE_SHARE_OF_ANSWERS = 8, /* for our own, besides libunbound's caches */
};

size_t caa_engine_cache_octets(uint32_t cache_mib) {
    long pages = sysconf(_SC_PHYS_PAGES), page_octets = sysconf(_SC_PAGESIZE);
    size_t memory_mib =
        pages > 0 && page_octets > 0 ? (size_t)pages / 1024 * (size_t)page_octets / 1024 : 0;
    size_t mib = memory_mib / CACHE_SHARE_OF_MEMORY;
    if (mib < CACHE_MIB_LEAST) mib = CACHE_MIB_LEAST;
    if (mib > CACHE_MIB_MOST) mib = CACHE_MIB_MOST;
    return (cache_mib == 0 ? mib : cache_mib) << 20;
}

static enum caa_err read_trust_anchor(struct caa_engine_shared *shared, const char *path,
                                      struct caa_diag *diag) {
    struct caa_slice text;
    if (path == NULL) path = CAA_CONF_TRUST_ANCHOR_DEFAULT;
    enum caa_err err = caa_file_read(&text, path, CAA_BOOTSTRAP_FILE_MAX, diag);
    if (err != CAA_OK) return err;
    err = caa_trust_anchor_read(&shared->trust_anchor, text, path, diag);
    caa_file_free(text);
    return err;
}

enum caa_err caa_engine_root_hints_read(struct caa_root_hints *hints, const char *path,
                                        struct caa_diag *diag) {
    struct caa_slice text;
    if (path == NULL) path = CAA_CONF_ROOT_HINTS_DEFAULT;
    enum caa_err err = caa_file_read(&text, path, CAA_BOOTSTRAP_FILE_MAX, diag);
    if (err != CAA_OK) return err;
    err = caa_root_hints_read(hints, text, path, diag);
    caa_file_free(text);
    return err;
}

static enum caa_err make_caches(struct caa_engine_shared *shared, const struct caa_clock *clock,
                                uint32_t cache_mib, struct caa_diag *diag) {
    uint64_t seeds[2];
    if (getrandom(seeds, sizeof seeds, 0) != sizeof seeds) {
        caa_diag_set(diag, "the kernel gave no random numbers");
        return CAA_ERR_EVENT;
    }
    size_t octets = caa_engine_cache_octets(cache_mib);
    struct caa_store_setting store = {.octets_most = octets / CACHE_SHARE_OF_ANSWERS,
                                      .fresh_most = CAA_STORE_FRESH_MOST_DEFAULT,
                                      .seed = seeds[0]};
    shared->ledger = caa_ledger_new(clock, seeds[1]);
    return shared->ledger == NULL ? CAA_ERR_NOMEM : caa_store_new(&shared->store, &store);
}

enum caa_err caa_engine_shared_new(struct caa_engine_shared **made,
                                   const struct caa_clock *clock,
                                   const struct caa_engine_setting *setting,
                                   struct caa_diag *diag) {
    struct caa_engine_shared *shared = calloc(1, sizeof *shared);
    if (shared == NULL) return CAA_ERR_NOMEM;
    enum caa_err err = read_trust_anchor(shared, setting->trust_anchor, diag);
    if (err == CAA_OK && setting->forwarder_count == 0)
        err = caa_engine_root_hints_read(&shared->root_hints, setting->root_hints, diag);
    if (err == CAA_OK) err = make_caches(shared, clock, setting->cache_mib, diag);
    if (err == CAA_OK)
        *made = shared;
    else
        caa_engine_shared_free(shared);
    return err;
}

void caa_engine_shared_free(struct caa_engine_shared *shared) {
    if (shared == NULL) return;
    caa_store_free(shared->store);
    caa_ledger_free(shared->ledger);
    free(shared);
}
