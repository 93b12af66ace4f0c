/* The configuration file (caa.conf(5)): YAML, unknown keys refused with their line. */
#ifndef CAA_ENGINE_CONF_H
#define CAA_ENGINE_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/err.h"
#include "engine/engine.h"
#include "engine/yaml.h"

enum { CAA_CONF_FILE_MAX = 1 << 20 /* octets */, CAA_CONF_LIST_MAX = 64 };

#define CAA_CONF_ROOT_HINTS_DEFAULT    "/usr/share/dns/root.hints"
#define CAA_CONF_TRUST_ANCHOR_DEFAULT  "/usr/share/dns/root.key"
#define CAA_CONF_TLS_CA_BUNDLE_DEFAULT "/etc/ssl/certs/ca-certificates.crt"

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

    /* As they stand in the file; caa_conf_settle turns them into what is above. */
    char *cache_mib_text, *deadline_s_text, *rescue_text, *br_insecure_failure_text;
};

#define CAA_CONF_TEXT(key, type, member)                                                       \
    CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, member, 1, 4096)
#define CAA_CONF_TEXTS(key, type, member)                                                      \
    CYAML_FIELD_SEQUENCE(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, member,          \
                         &caa_conf_text_schema, 0, CAA_CONF_LIST_MAX)

/* Of a list whose default is something else than nothing, or that nobody leaves empty who means
   it: an empty one is refused. */
#define CAA_CONF_TEXTS_IF_ANY(key, type, member)                                               \
    CYAML_FIELD_SEQUENCE(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, member,          \
                         &caa_conf_text_schema, 1, CAA_CONF_LIST_MAX)

/* The keys of caa.conf(5), for the schema of a file that has others as well: `member` of `type`
   is the struct caa_conf, followed by "." (or nothing at all, where it is `type` itself). */
#define CAA_CONF_FIELDS(type, member)                                                          \
    CAA_CONF_TEXT("root-hints", type, member root_hints),                                      \
        CAA_CONF_TEXT("trust-anchor", type, member trust_anchor),                              \
        CAA_CONF_TEXTS("forward", type, member forward),                                       \
        CAA_CONF_TEXT("tls-ca-bundle", type, member tls_ca_bundle),                            \
        CAA_CONF_TEXTS("resolver-options", type, member resolver_options),                     \
        CAA_CONF_TEXT("cache-mib", type, member cache_mib_text),                               \
        CAA_CONF_TEXT("deadline-s", type, member deadline_s_text),                             \
        CAA_CONF_TEXT("rescue", type, member rescue_text),                                     \
        CAA_CONF_TEXT("br-insecure-failure", type, member br_insecure_failure_text),           \
        CAA_CONF_TEXTS_IF_ANY("issuers", type, member issuers)

extern const cyaml_schema_value_t caa_conf_text_schema; /* of one text in a list */

/* Reads the file at `path`. CAA_ERR_FILE where it cannot be read, CAA_ERR_SYNTAX and, for a
   forwarder or an option of libunbound, CAA_ERR_OPTION with file, line and reason,
   CAA_ERR_LIMIT, CAA_ERR_NOMEM. `*conf` is freed by caa_conf_free. */
enum caa_err caa_conf_read(struct caa_conf **conf, const char *path, struct caa_diag *diag);

/* Reads the numbers and switches of a document that was loaded with CAA_CONF_FIELDS, and looks
   at the rest of them. CAA_ERR_SYNTAX, CAA_ERR_OPTION. */
enum caa_err caa_conf_settle(struct caa_conf *conf, const struct caa_yaml *yaml);

/* What it says of an engine; points into it. The rest, such as what engines share, is left
   empty. */
struct caa_engine_setting caa_conf_engine_setting(const struct caa_conf *conf);

/* Whether two files say different things, for who reads one again: one text, and a list of
   them. NULL: nothing is said. */
bool caa_conf_texts_differ(const char *a, const char *b);
bool caa_conf_lists_differ(char *const *a, unsigned a_count, char *const *b, unsigned b_count);

enum { CAA_CONF_STALE_KEYS_MAX = 8 };

/* Of what an engine is made from: the keys, static, that `after` changes and that an engine
   takes up at its start only. Returns how many. */
size_t caa_conf_stale_keys(const char *keys[CAA_CONF_STALE_KEYS_MAX],
                           const struct caa_conf *before, const struct caa_conf *after);

/* NULL is fine. */
void caa_conf_free(struct caa_conf *conf);

#endif
