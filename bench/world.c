#include "world.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "resolve/bootstrap.h"
#include "resolve/context.h"

enum caa_err bench_world_path(char path[BENCH_PATH_MAX], const char *name,
                              struct caa_diag *diag) {
    const char *lab = getenv("CAA_LAB");
    if (lab == NULL) {
        caa_diag_set(diag, "not inside the lab: script/bench starts it");
        return CAA_ERR_FILE;
    }
    snprintf(path, BENCH_PATH_MAX, "%s/%s", lab, name);
    return CAA_OK;
}

static enum caa_err read_file(struct caa_slice *text, const char *name, struct caa_diag *diag) {
    char path[BENCH_PATH_MAX];
    enum caa_err err = bench_world_path(path, name, diag);
    return err == CAA_OK ? caa_file_read(text, path, CAA_BOOTSTRAP_FILE_MAX, diag) : err;
}

static enum caa_err read_world(struct caa_root_hints *hints, struct caa_trust_anchor *anchor,
                               struct caa_diag *diag) {
    struct caa_slice text;
    enum caa_err err = read_file(&text, "root.hints", diag);
    if (err != CAA_OK) return err;
    err = caa_root_hints_read(hints, text, "root.hints", diag);
    caa_file_free(text);
    if (err == CAA_OK) err = read_file(&text, "trust-anchor", diag);
    if (err != CAA_OK) return err;
    err = caa_trust_anchor_read(anchor, text, "trust-anchor", diag);
    caa_file_free(text);
    return err;
}

enum caa_err bench_world_context(struct ub_ctx **context, struct event_base *base,
                                 struct caa_diag *diag) {
    static struct caa_root_hints hints;
    static struct caa_trust_anchor anchor;
    enum caa_err err = hints.count > 0 ? CAA_OK : read_world(&hints, &anchor, diag);
    if (err != CAA_OK) return err;
    struct caa_recursor_setting setting = {.root_hints = &hints,
                                           .trust_anchor = &anchor,
                                           .cache_octets = (size_t)BENCH_CACHE_MIB << 20};
    return caa_context_new(context, base, &setting, NULL, diag);
}
