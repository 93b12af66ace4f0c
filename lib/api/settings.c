#include "api/settings.h"

#include <stdlib.h>

#include "engine/conf.h"
#include "resolve/forwarder.h"
#include "resolve/option.h"

enum { CACHE_MIB_MOST = 1 << 20, DEADLINE_MS_MOST = 3600 * 1000 };

struct caa_settings *caa_settings_new(void) {
    return calloc(1, sizeof(struct caa_settings));
}

/* Every setter ends here; a refusal stays. */
static enum caa_error settle(struct caa_settings *settings, enum caa_err err,
                             const struct caa_diag *why) {
    settings->refused = err != CAA_OK;
    return caa_complaint_take(&settings->complaint, err, why);
}

/* The error of a setter that must not do anything, or CAA_ERROR_NONE. */
static enum caa_error obstacle(struct caa_settings *settings, const void *argument) {
    if (settings == NULL) return CAA_ERROR_MISUSE;
    if (settings->refused) return settings->complaint.error;
    if (argument != NULL) return CAA_ERROR_NONE;
    settings->refused = true;
    return caa_complaint_note(&settings->complaint, CAA_ERROR_MISUSE, "the value is NULL");
}

static enum caa_err replace(char **kept, const char *text) {
    char *copy;
    enum caa_err err = caa_text_copy(&copy, text);
    if (err != CAA_OK) return err;
    free(*kept);
    *kept = copy;
    return CAA_OK;
}

/* `member` is one of the settings' paths. */
static enum caa_error set_path(struct caa_settings *settings, char **member, const char *what,
                               const char *path) {
    struct caa_diag why = {.text = ""};
    enum caa_err err = path[0] == '\0' ? CAA_ERR_SYNTAX : replace(member, path);
    if (err == CAA_ERR_SYNTAX) caa_diag_set(&why, "%s: the path is empty", what);
    if (err == CAA_ERR_LIMIT)
        caa_diag_set(&why, "%s: the path is longer than %d octets", what, CAA_TEXT_MAX);
    return settle(settings, err, &why);
}

enum caa_error caa_settings_set_root_hints(struct caa_settings *settings, const char *path) {
    enum caa_error error = obstacle(settings, path);
    if (error != CAA_ERROR_NONE) return error;
    return set_path(settings, &settings->root_hints, "root hints", path);
}

enum caa_error caa_settings_set_trust_anchor(struct caa_settings *settings, const char *path) {
    enum caa_error error = obstacle(settings, path);
    if (error != CAA_ERROR_NONE) return error;
    return set_path(settings, &settings->trust_anchor, "trust anchor", path);
}

enum caa_error caa_settings_set_tls_ca_bundle(struct caa_settings *settings, const char *path) {
    enum caa_error error = obstacle(settings, path);
    if (error != CAA_ERROR_NONE) return error;
    return set_path(settings, &settings->tls_ca_bundle, "TLS CA bundle", path);
}

enum caa_error caa_settings_set_answers(struct caa_settings *settings, const char *path) {
    enum caa_error error = obstacle(settings, path);
    if (error != CAA_ERROR_NONE) return error;
    return set_path(settings, &settings->answers, "answers", path);
}

static enum caa_err append(struct caa_text_list *list, const char *what, const char *text,
                           struct caa_diag *why) {
    enum caa_err err = caa_text_list_add(list, text);
    if (err == CAA_ERR_LIMIT) caa_diag_set(why, "more than %d %s", CAA_TEXT_LIST_MAX, what);
    return err;
}

static enum caa_err add_forwarder(struct caa_settings *settings, const char *text,
                                  struct caa_diag *why) {
    struct caa_forwarder forwarder;
    enum caa_err err = caa_forwarder_parse(&forwarder, text, why);
    return err == CAA_OK ? append(&settings->forwarders, "forwarders", text, why) : err;
}

static enum caa_err add_option(struct caa_settings *settings, const char *text,
                               struct caa_diag *why) {
    struct caa_resolver_option option;
    enum caa_err err = caa_resolver_option_parse(&option, caa_slice_of(text), why);
    return err == CAA_OK ? append(&settings->resolver_options, "resolver options", text, why)
                         : err;
}

enum caa_error caa_settings_add_forwarder(struct caa_settings *settings,
                                          const char *forwarder) {
    struct caa_diag why = {.text = ""};
    enum caa_error error = obstacle(settings, forwarder);
    if (error != CAA_ERROR_NONE) return error;
    return settle(settings, add_forwarder(settings, forwarder, &why), &why);
}

enum caa_error caa_settings_add_resolver_option(struct caa_settings *settings,
                                                const char *option) {
    struct caa_diag why = {.text = ""};
    enum caa_error error = obstacle(settings, option);
    if (error != CAA_ERROR_NONE) return error;
    return settle(settings, add_option(settings, option, &why), &why);
}

static enum caa_error set_number(struct caa_settings *settings, uint32_t *member,
                                 uint32_t number, uint32_t most, const char *what) {
    struct caa_diag why;
    if (settings->refused) return settings->complaint.error;
    if (number <= most) {
        *member = number;
        return settle(settings, CAA_OK, NULL);
    }
    settings->refused = true;
    caa_diag_set(&why, "%s: %lu is over %lu", what, (unsigned long)number, (unsigned long)most);
    return caa_complaint_note(&settings->complaint, CAA_ERROR_MISUSE, why.text);
}

enum caa_error caa_settings_set_cache_mib(struct caa_settings *settings, uint32_t mib) {
    if (settings == NULL) return CAA_ERROR_MISUSE;
    return set_number(settings, &settings->cache_mib, mib, CACHE_MIB_MOST, "cache, in MiB");
}

enum caa_error caa_settings_set_deadline_ms(struct caa_settings *settings, uint32_t ms) {
    if (settings == NULL) return CAA_ERROR_MISUSE;
    return set_number(settings, &settings->deadline_ms, ms, DEADLINE_MS_MOST,
                      "deadline, in milliseconds");
}

static enum caa_err take_paths(struct caa_settings *settings, const struct caa_conf *conf) {
    enum caa_err err = CAA_OK;
    if (conf->root_hints != NULL) err = replace(&settings->root_hints, conf->root_hints);
    if (err == CAA_OK && conf->trust_anchor != NULL)
        err = replace(&settings->trust_anchor, conf->trust_anchor);
    if (err == CAA_OK && conf->tls_ca_bundle != NULL)
        err = replace(&settings->tls_ca_bundle, conf->tls_ca_bundle);
    return err;
}

static enum caa_err take_conf(struct caa_settings *settings, const struct caa_conf *conf,
                              struct caa_diag *why) {
    enum caa_err err = take_paths(settings, conf);
    for (unsigned i = 0; err == CAA_OK && i < conf->forward_count; i++)
        err = add_forwarder(settings, conf->forward[i], why);
    for (unsigned i = 0; err == CAA_OK && i < conf->resolver_options_count; i++)
        err = add_option(settings, conf->resolver_options[i], why);
    if (conf->cache_mib != 0) settings->cache_mib = conf->cache_mib;
    if (conf->deadline_s != 0) settings->deadline_ms = conf->deadline_s * 1000;
    return err;
}

enum caa_error caa_settings_load(struct caa_settings *settings, const char *path) {
    struct caa_conf *conf = NULL;
    struct caa_diag reason = {.text = ""}, why = {.text = ""};
    enum caa_error error = obstacle(settings, path);
    if (error != CAA_ERROR_NONE) return error;
    enum caa_err err = caa_conf_read(&conf, path, &why);
    if (err != CAA_OK) return settle(settings, err, &why);
    err = take_conf(settings, conf, &reason);
    if (reason.text[0] != '\0') caa_diag_set(&why, "%s: %s", path, reason.text);
    caa_conf_free(conf);
    return settle(settings, err, &why);
}

const char *caa_settings_error(const struct caa_settings *settings) {
    return settings == NULL ? "" : settings->complaint.why.text;
}

struct caa_engine_setting caa_settings_engine(const struct caa_settings *settings) {
    return (struct caa_engine_setting){
        .answers = settings->answers,
        .root_hints = settings->root_hints,
        .trust_anchor = settings->trust_anchor,
        .tls_ca_bundle = settings->tls_ca_bundle,
        .forwarders = (const char *const *)settings->forwarders.texts,
        .forwarder_count = settings->forwarders.count,
        .resolver_options = (const char *const *)settings->resolver_options.texts,
        .resolver_option_count = settings->resolver_options.count,
        .cache_mib = settings->cache_mib};
}

void caa_settings_free(struct caa_settings *settings) {
    if (settings == NULL) return;
    free(settings->root_hints);
    free(settings->trust_anchor);
    free(settings->tls_ca_bundle);
    free(settings->answers);
    caa_text_list_clear(&settings->forwarders);
    caa_text_list_clear(&settings->resolver_options);
    free(settings);
}
