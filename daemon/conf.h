/* The configuration of caad (caad.conf(5)): the keys of caa.conf(5), and sections of its own.
   Unknown keys are refused with their line; every key has a default. */
#ifndef CAA_DAEMON_CONF_H
#define CAA_DAEMON_CONF_H

#include <stdbool.h>

#include "base/diag.h"
#include "base/err.h"
#include "engine/conf.h"

#define CAAD_CONF_PATH           "/etc/caa/caad.conf"
#define CAAD_HTTP_LISTEN_DEFAULT "127.0.0.1:8257" /* 257 is the type of CAA */
#define CAAD_DNS_LISTEN_DEFAULT  "127.0.0.1:5257"

enum { CAAD_LISTEN_MAX = 16 }; /* addresses of each face */

enum caad_audit {
    CAAD_AUDIT_BEST_EFFORT,
    CAAD_AUDIT_REQUIRED, /* no verdict before its record is on disk (BR 5.4.1) */
    CAAD_AUDIT_OFF,
};

struct caad_http_conf {
    enum caa_switch enabled;
    char **listen; /* "127.0.0.1:8257", "[::1]:8257"; none: the default above */
    unsigned listen_count;
    char *certificate, *key;         /* paths of PEM files: TLS */
    char *client_ca;                 /* path: client certificates are asked for */
    enum caa_switch client_required; /* without one every request is refused */
    unsigned connections_most, connections_per_client_most; /* 0: as many as all */
    unsigned body_mib_most, body_s, idle_s;
    char *enabled_text, *client_required_text, *connections_text, *per_client_text, *body_text,
        *body_time_text, *idle_text;
};

struct caad_dns_conf {
    enum caa_switch enabled;
    char **listen;
    unsigned listen_count;
    char **allow; /* "192.0.2.0/24" */
    unsigned allow_count;
    unsigned deadline_ms, rate_per_s, connections_most, connections_per_client_most;
    char *enabled_text, *deadline_text, *rate_text, *connections_text, *per_client_text;
};

struct caad_history_conf {
    char *database; /* path, or "postgresql://…" */
    char *audit_text;
    enum caad_audit audit;
    unsigned retention_days, size_mib_most;
    char *retention_text, *size_text;
};

struct caad_sandbox_conf {
    enum caa_switch enabled;
    char *user;       /* of the children, where started as root */
    char *recursor;   /* path of caad-recursor */
    unsigned lookups; /* until a child is replaced */
    unsigned memory_mib;
    char *enabled_text, *lookups_text, *memory_text;
};

/* Who may do what over HTTP: one who has the token, or the certificate. */
struct caad_access_conf {
    char *name;
    char *token_sha256;        /* hexadecimal */
    char *certificate_sha256;  /* fingerprint of the certificate, hexadecimal */
    char *certificate_subject; /* its distinguished name (RFC 4514): "CN=ca,O=Example" */
    char **rights;             /* "check", "read", "admin" */
    unsigned rights_count;
};

struct caad_conf {
    struct caa_conf engine;
    char *user;            /* to become, where started as root */
    unsigned worker_count; /* 0: one for each core */
    unsigned drain_s;      /* how long what runs may go on after TERM */
    unsigned rate_per_s;   /* checks of one client over HTTP; 0: no limit */
    enum caa_switch require_patched_resolver;
    struct caad_http_conf http;
    struct caad_dns_conf dns;
    struct caad_history_conf history;
    struct caad_sandbox_conf sandbox;
    struct caad_access_conf *access;
    unsigned access_count;
    char *workers_text, *drain_text, *rate_text, *require_patched_text;
};

/* Reads the file at `path`; NULL: nothing but defaults. What is not said is filled in. Where it
   is read again, `running` is the one that the sockets come from, which its `access` has to
   guard; else NULL. CAA_ERR_FILE, CAA_ERR_SYNTAX and CAA_ERR_OPTION with file, line and reason,
   CAA_ERR_LIMIT, CAA_ERR_NOMEM. */
enum caa_err caad_conf_read(struct caad_conf **conf, const char *path,
                            const struct caad_conf *running, struct caa_diag *diag);

/* Inside of that: what the schema cannot tell: addresses, accounts, the place of the history,
   who may listen where, and whether libunbound is recent enough. CAA_ERR_SYNTAX. */
enum caa_err caad_conf_look_at(const struct caad_conf *conf, const struct caad_conf *running,
                               const struct caa_yaml *yaml);

enum { CAAD_CLIENT_CA_MOST = 1 << 20 }; /* octets of the file */

/* What it names and a start would need: files that can be read, certificate and key, the
   account, root hints and trust anchor. Not the history, whose server may come later, nor what
   is in client-ca. Errors with a reason. */
enum caa_err caad_conf_look_at_files(const struct caad_conf *conf, struct caa_diag *diag);

/* NULL is fine. */
void caad_conf_free(struct caad_conf *conf);

enum { CAAD_CONF_KEYS_MAX = 40 };

/* The keys that `after` changes and that take effect at the next start only; returns how many.
   Static. */
size_t caad_conf_stale_keys(const char *keys[CAAD_CONF_KEYS_MAX],
                            const struct caad_conf *before, const struct caad_conf *after);

/* For a configuration that is read again: those of these keys that are looked at while it runs
   stay as they are, since what was made for them at the start has not changed. */
void caad_conf_keep_stale(struct caad_conf *conf, const struct caad_conf *running);

#endif
