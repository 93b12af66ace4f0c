/* The configuration of caa-gate (caa-gate.conf(5)): the keys of caa.conf(5), and its own.
   Unknown keys are refused with their line. */
#ifndef CAA_GATE_CONF_H
#define CAA_GATE_CONF_H

#include "base/diag.h"
#include "base/err.h"
#include "engine/conf.h"

#define GATE_CONF_PATH "/etc/caa/caa-gate.conf"

enum { GATE_LISTEN_MAX = 16 };

enum gate_audit {
    GATE_AUDIT_BEST_EFFORT,
    GATE_AUDIT_REQUIRED, /* nothing is forwarded before its record is on disk (BR 5.4.1) */
};

enum gate_mode {
    GATE_MODE_ENFORCE,
    GATE_MODE_ANNOTATE, /* in front of a CA that checks by itself: nothing is checked here */
};

enum gate_guard {
    GATE_GUARD_NONE,
    GATE_GUARD_CHALLENGE, /* a challenge is answered only once its name's check has passed */
};

struct gate_upstream_conf {
    char *url; /* "https://127.0.0.1:14000": scheme, host and port */
    char *ca;  /* path of a PEM file: the one CA whose certificates it may have */
    unsigned timeout_s;
    char *timeout_text;
};

struct gate_limits_conf {
    unsigned held, held_per_client, held_per_account, names;
    unsigned checks, checks_per_client; /* names of what is held */
    unsigned connections_per_client;
    char *held_text, *per_client_text, *per_account_text, *names_text;
    char *checks_text, *checks_per_client_text, *connections_text;
};

struct gate_history_conf {
    char *database; /* path, or "postgresql://…"; NULL: nothing is kept */
    char *audit_text;
    enum gate_audit audit;
};

struct gate_sandbox_conf {
    enum caa_switch enabled;
    char *user, *recursor;
    char *enabled_text;
};

struct gate_conf {
    struct caa_conf engine;
    enum gate_mode mode;
    enum gate_guard guard;
    char *user; /* to become, where started as root */
    char *url;  /* of the directory, as clients know it */
    char **listen;
    unsigned listen_count;
    char *certificate, *key; /* paths of PEM files */
    char *status_listen;     /* where metrics are; NULL: nowhere */
    char **paths;            /* that pass; none: those of the directory's own folder */
    unsigned paths_count;
    unsigned hold_s, drain_s, wait_s;
    struct gate_upstream_conf upstream;
    struct gate_limits_conf limits;
    struct gate_history_conf history;
    struct gate_sandbox_conf sandbox;
    char *mode_text, *guard_text, *hold_text, *drain_text, *wait_text;
};

/* Reads the file at `path`, and looks at what the schema cannot tell. CAA_ERR_FILE,
   CAA_ERR_SYNTAX and CAA_ERR_OPTION with file, line or key and reason; CAA_ERR_LIMIT,
   CAA_ERR_NOMEM. */
enum caa_err gate_conf_read(struct gate_conf **conf, const char *path, struct caa_diag *diag);

enum { GATE_CONF_KEYS_MAX = 32 };

/* The keys that differ and that a gate which runs does not take up; returns how many. */
size_t gate_conf_stale_keys(const char *keys[GATE_CONF_KEYS_MAX],
                            const struct gate_conf *before, const struct gate_conf *after);

/* Takes up what a gate which runs looks at anew each time: hold-s, drain-s, guard, limits, the
   upstream's timeout-s, and the paths of certificate and key, which are exchanged. */
void gate_conf_take_up(struct gate_conf *conf, struct gate_conf *from);

/* What it names and a start would need: files that can be read, certificate and key, the
   account, root hints and trust anchor. Not the history, nor the upstream, which may come
   later. Errors with a reason. */
enum caa_err gate_conf_look_at_files(const struct gate_conf *conf, struct caa_diag *diag);

/* NULL is fine. */
void gate_conf_free(struct gate_conf *conf);

#endif
