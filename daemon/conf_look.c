#include "daemon/conf.h"

#include "daemon/listen.h"
#include "resolve/forwarder.h"
#include "resolve/recursor.h"
#include "serve/address_range.h"
#include "service/files.h"

static enum caa_err look_at_listeners(char *const *listen, unsigned count, bool is_guarded,
                                      const char *section, const char *guard,
                                      struct caa_diag *diag) {
    if (count > CAAD_LISTEN_MAX) {
        caa_diag_set(diag, "%s: listen: more than %d addresses", section, CAAD_LISTEN_MAX);
        return CAA_ERR_LIMIT;
    }
    for (unsigned i = 0; i < count; i++) {
        struct caa_listen_address address;
        struct caa_diag why;
        if (caa_listen_address_read(&address, listen[i], &why) != CAA_OK) {
            caa_diag_set(diag, "%s: listen: %s", section, why.text);
            return CAA_ERR_SYNTAX;
        }
        if (address.is_loopback || is_guarded) continue;
        caa_diag_set(diag, "%s: listen: %s can be reached from elsewhere: %s", section,
                     listen[i], guard);
        return CAA_ERR_OPTION;
    }
    return CAA_OK;
}

static enum caa_err look_at_ranges(const struct caad_dns_conf *dns, struct caa_diag *diag) {
    for (unsigned i = 0; i < dns->allow_count; i++) {
        struct caa_address_range range;
        struct caa_diag why;
        if (caa_address_range_parse(&range, caa_slice_of(dns->allow[i]), &why) == CAA_OK)
            continue;
        caa_diag_set(diag, "dns: allow: %s", why.text);
        return CAA_ERR_SYNTAX;
    }
    return CAA_OK;
}

static enum caa_err look_at_forwarders(const struct caa_conf *conf, struct caa_diag *diag) {
    enum caa_err err = CAA_OK;
    for (unsigned i = 0; err == CAA_OK && i < conf->forward_count; i++) {
        struct caa_forwarder forwarder;
        err = caa_forwarder_parse(&forwarder, conf->forward[i], diag);
    }
    return err;
}

/* `bound` has the listeners. */
static enum caa_err look_at_http(const struct caad_conf *conf, const struct caad_conf *bound,
                                 const char *guard, struct caa_diag *diag) {
    bool is_guarded = conf->access_count > 0 || bound->http.client_required == CAA_SWITCH_ON;
    return look_at_listeners(bound->http.listen, bound->http.listen_count, is_guarded, "http",
                             guard, diag);
}

enum caa_err caad_conf_look_at(const struct caad_conf *conf, struct caa_diag *diag) {
    enum caa_err err = caa_conf_look_at_options(&conf->engine, diag);
    if (err == CAA_OK) err = look_at_forwarders(&conf->engine, diag);
    if (err == CAA_OK) err = look_at_http(conf, conf, "say in `access` who may do what", diag);
    if (err == CAA_OK)
        err = look_at_listeners(conf->dns.listen, conf->dns.listen_count,
                                conf->dns.allow_count > 0, "dns", "say in `allow` who may ask",
                                diag);
    if (err == CAA_OK) err = look_at_ranges(&conf->dns, diag);
    const char *warning = caa_recursor_library_warning();
    if (err == CAA_OK && conf->require_patched_resolver == CAA_SWITCH_ON && warning != NULL) {
        caa_diag_set(diag, "require-patched-resolver: libunbound %s: %s",
                     caa_recursor_library_version(), warning);
        err = CAA_ERR_OPTION;
    }
    return err;
}

enum caa_err caad_conf_look_at_again(const struct caad_conf *conf,
                                     const struct caad_conf *running, struct caa_diag *diag) {
    enum caa_err err = caad_conf_look_at(conf, diag);
    return err == CAA_OK
               ? look_at_http(conf, running, "until a restart `access` has to keep it", diag)
               : err;
}

enum caa_err caad_conf_look_at_files(const struct caad_conf *conf, struct caa_diag *diag) {
    const struct service_text_file texts[] = {
        {conf->http.client_ca, CAAD_CLIENT_CA_MOST},
        {conf->engine.tls_ca_bundle, SERVICE_BUNDLE_MOST}};
    const struct service_files files = {.user = conf->user,
                                        .otherwise = "caad",
                                        .certificate = conf->http.certificate,
                                        .key = conf->http.key,
                                        .recursor = conf->sandbox.recursor,
                                        .texts = texts,
                                        .text_count = sizeof texts / sizeof texts[0],
                                        .engine = &conf->engine};
    return service_files_look_at(&files, diag);
}
