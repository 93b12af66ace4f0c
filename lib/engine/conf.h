/* The configuration file (caa.conf(5)): YAML, unknown keys refused with their line. */
#ifndef CAA_ENGINE_CONF_H
#define CAA_ENGINE_CONF_H

#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/err.h"

enum { CAA_CONF_FILE_MAX = 1 << 20 }; /* octets */

#define CAA_CONF_ROOT_HINTS_DEFAULT    "/usr/share/dns/root.hints"
#define CAA_CONF_TRUST_ANCHOR_DEFAULT  "/usr/share/dns/root.key"
#define CAA_CONF_TLS_CA_BUNDLE_DEFAULT "/etc/ssl/certs/ca-certificates.crt"

enum caa_switch {
    CAA_SWITCH_DEFAULT, /* not said */
    CAA_SWITCH_ON,
    CAA_SWITCH_OFF,
};

/* What a file may say. NULL, 0: not said; the engine has a default for it. */
struct caa_conf {
    char *root_hints;   /* path */
    char *trust_anchor; /* path */
    char **forward;     /* "ADDRESS[@PORT][#TLSNAME]" */
    unsigned forward_count;
    char *tls_ca_bundle;     /* path */
    char **resolver_options; /* "name: value", see resolve/option.h */
    unsigned resolver_options_count;
    unsigned cache_mib;
    unsigned deadline_s;
    enum caa_switch rescue;
    enum caa_switch br_insecure_failure;
    char **issuers; /* issuer domain names */
    unsigned issuers_count;
};

/* Reads the file at `path`. CAA_ERR_FILE where it cannot be read, CAA_ERR_SYNTAX with file,
   line and reason, CAA_ERR_LIMIT, CAA_ERR_NOMEM. `*conf` is freed by caa_conf_free. */
enum caa_err caa_conf_read(struct caa_conf **conf, const char *path, struct caa_diag *diag);

/* NULL is fine. */
void caa_conf_free(struct caa_conf *conf);

#endif
