#include "daemon/conf.h"

#include "daemon/listen.h"
#include "resolve/recursor.h"
#include "serve/address_range.h"
#include "service/files.h"

/* An address that HTTP or the DNS is to have. */
struct claim {
    const char *section;
    const char *text;
    bool is_said; /* in the file: else it is the default */
};

static enum caa_err look_at_count(const char *section, unsigned count,
                                  const struct caa_yaml *yaml) {
    return count <= CAAD_LISTEN_MAX
               ? CAA_OK
               : caa_yaml_refuse(yaml, section, "listen", "more than %d addresses",
                                 CAAD_LISTEN_MAX);
}

/* `guard` is what to do about an address that is not `is_guarded`. */
static enum caa_err look_at_listeners(char *const *listen, unsigned count, bool is_guarded,
                                      const char *section, const char *guard,
                                      const struct caa_yaml *yaml) {
    enum caa_err err = look_at_count(section, count, yaml);
    for (unsigned i = 0; err == CAA_OK && i < count; i++) {
        struct caa_listen_address address;
        struct caa_diag why;
        if (caa_listen_address_read(&address, listen[i], &why) != CAA_OK)
            err = caa_yaml_refuse(yaml, section, "listen", "%s", why.text);
        else if (!address.is_loopback && !is_guarded)
            err = caa_yaml_refuse(yaml, section, "listen",
                                  "%s can be reached from elsewhere: %s", listen[i], guard);
    }
    return err;
}

/* What can be read was looked at before. */
static bool collide(const char *a, const char *b) {
    struct caa_listen_address one, other;
    return caa_listen_address_read(&one, a, NULL) == CAA_OK &&
           caa_listen_address_read(&other, b, NULL) == CAA_OK &&
           caa_listen_addresses_collide(&one, &other);
}

/* Complains of the one that is in the file, and of the later one where both are. */
static enum caa_err look_at_pair(const struct claim *a, const struct claim *b,
                                 const struct caa_yaml *yaml) {
    if (!collide(a->text, b->text)) return CAA_OK;
    const char *section = b->is_said ? b->section : a->section;
    return caa_yaml_refuse(yaml, section, "listen", "%s (%s) and %s (%s) cannot both be had",
                           a->text, a->section, b->text, b->section);
}

static size_t add_claims(struct claim *claims, size_t count, const char *section,
                         struct caad_addresses at, bool is_said) {
    for (size_t i = 0; i < at.count; i++)
        claims[count++] = (struct claim){section, at.texts[i], is_said};
    return count;
}

/* HTTP and the DNS are both on TCP. */
static enum caa_err look_at_collisions(const struct caad_conf *conf,
                                       const struct caa_yaml *yaml) {
    struct claim claims[2 * CAAD_LISTEN_MAX];
    size_t count =
        add_claims(claims, 0, "http", caad_http_addresses(conf), conf->http.listen_count > 0);
    count =
        add_claims(claims, count, "dns", caad_dns_addresses(conf), conf->dns.listen_count > 0);
    if (count == 0)
        return caa_yaml_refuse(yaml, "dns", "enabled",
                               "neither http nor dns: there would be nothing to do");
    enum caa_err err = CAA_OK;
    for (size_t i = 0; i < count; i++)
        for (size_t j = i + 1; err == CAA_OK && j < count; j++)
            err = look_at_pair(&claims[i], &claims[j], yaml);
    return err;
}

static enum caa_err look_at_ranges(const struct caad_dns_conf *dns,
                                   const struct caa_yaml *yaml) {
    for (unsigned i = 0; i < dns->allow_count; i++) {
        struct caa_address_range range;
        struct caa_diag why;
        if (caa_address_range_parse(&range, caa_slice_of(dns->allow[i]), &why) != CAA_OK)
            return caa_yaml_refuse(yaml, "dns", "allow", "%s", why.text);
    }
    return CAA_OK;
}

static enum caa_err look_at_library(const struct caad_conf *conf, const struct caa_yaml *yaml) {
    const char *warning = caa_recursor_library_warning();
    return conf->require_patched_resolver != CAA_SWITCH_ON || warning == NULL
               ? CAA_OK
               : caa_yaml_refuse(yaml, NULL, "require-patched-resolver", "libunbound %s: %s",
                                 caa_recursor_library_version(), warning);
}

/* `bound` has the listeners. */
static enum caa_err look_at_http(const struct caad_conf *conf, const struct caad_conf *bound,
                                 const char *guard, const struct caa_yaml *yaml) {
    bool is_guarded = conf->access_count > 0 || bound->http.client_required == CAA_SWITCH_ON;
    return look_at_listeners(bound->http.listen, bound->http.listen_count, is_guarded, "http",
                             guard, yaml);
}

enum caa_err caad_conf_look_at(const struct caad_conf *conf, const struct caad_conf *running,
                               const struct caa_yaml *yaml) {
    enum caa_err err = look_at_http(conf, conf, "say in `access` who may do what", yaml);
    if (err == CAA_OK && running != NULL)
        err = look_at_http(conf, running, "until a restart `access` has to keep it", yaml);
    if (err == CAA_OK)
        err = look_at_listeners(conf->dns.listen, conf->dns.listen_count,
                                conf->dns.allow_count > 0, "dns", "say in `allow` who may ask",
                                yaml);
    if (err == CAA_OK) err = look_at_ranges(&conf->dns, yaml);
    if (err == CAA_OK) err = look_at_collisions(conf, yaml);
    if (err == CAA_OK) err = service_database_look_at(conf->history.database, yaml);
    if (err == CAA_OK) err = service_accounts_look_at(conf->user, conf->sandbox.user, yaml);
    return err == CAA_OK ? look_at_library(conf, yaml) : err;
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
