/* The command line and configuration of `caa check`, as one thing; others take a part of it. */
#ifndef CAA_CLI_CHECK_OPTIONS_H
#define CAA_CLI_CHECK_OPTIONS_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/err.h"
#include "dns/identifier.h"
#include "engine/conf.h"
#include "engine/engine.h"
#include "policy/request.h"
#include "problem/document.h"

enum { CAA_CHECK_VALUES_MAX = 64 }; /* of an option that may be given several times */

/* Values of getopt_long's table. */
enum caa_check_option {
    CAA_CHECK_OPTION_HELP = 'h',
    CAA_CHECK_OPTION_ISSUER = 256,
    CAA_CHECK_OPTION_ACCOUNT,
    CAA_CHECK_OPTION_METHOD,
    CAA_CHECK_OPTION_PURPOSE,
    CAA_CHECK_OPTION_ANSWERS,
    CAA_CHECK_OPTION_DEADLINE,
    CAA_CHECK_OPTION_JSON,
    CAA_CHECK_OPTION_ROOT_HINTS,
    CAA_CHECK_OPTION_TRUST_ANCHOR,
    CAA_CHECK_OPTION_FORWARD,
    CAA_CHECK_OPTION_CONFIG,
    CAA_CHECK_OPTION_NO_RESCUE,
    CAA_CHECK_OPTION_BR_INSECURE_FAILURE,
    CAA_CHECK_OPTION_PROBLEM,
    CAA_CHECK_OPTION_SVG,
    CAA_CHECK_OPTION_LIVE,
    CAA_CHECK_OPTION_SERVER,
    CAA_CHECK_OPTION_TOKEN_FILE,
    CAA_CHECK_OPTION_CACERT,
    CAA_CHECK_OPTION_CERT,
    CAA_CHECK_OPTION_KEY,
    CAA_CHECK_OPTION_IN_USE,
    CAA_CHECK_OPTION_FORMAT,
    CAA_CHECK_OPTION_VERIFY,
    CAA_CHECK_OPTION_OUTPUT,
    CAA_CHECK_OPTION_STATE,
    CAA_CHECK_OPTION_RATE,
    CAA_CHECK_OPTION_ZONE_RATE,
    CAA_CHECK_OPTION_AT_ONCE
};

struct caa_check_values {
    size_t count;
    const char *texts[CAA_CHECK_VALUES_MAX];
    struct caa_slice slices[CAA_CHECK_VALUES_MAX];
};

struct caa_check_options {
    bool help;
    bool json;
    bool live;    /* of explain: check now */
    bool verify;  /* of advise: ask the servers */
    bool problem; /* one document for all names, which are those of one certificate */
    enum caa_problem_place place; /* of that document */
    enum caa_purpose purpose;
    uint32_t deadline_ms;
    bool br_insecure_failure;
    struct caa_check_values issuers;
    struct caa_check_values accounts;
    struct caa_check_values methods;
    struct caa_check_values forwarders;
    struct caa_engine_setting engine;
    const char *server;                           /* URL of a caad that checks; NULL: we do */
    const char *token_file, *cacert, *cert, *key; /* paths, for it; or NULL */
    const char *conf_path;
    const char *in_use_path;              /* of advise; NULL: not given */
    const char *output_path, *state_path; /* of scan; or NULL */
    uint32_t rate, zone_rate, at_once;    /* of scan; 0: not given */
    const char *format;                   /* of advise; NULL: all forms */
    const char *svg_path;                 /* NULL: no picture; "-": standard output */
    struct caa_conf *conf;                /* or NULL */
    char **names;
    int name_count;
};

/* Reads flags, then the configuration file: the one of --config, else of $CAA_CONFIG, else
   /etc/caa/caa.conf if there is one. Flags win. `*usage` tells whether an error is one of
   usage. Everything it points to lives until caa_check_options_free, and as long as argv. */
enum caa_err caa_check_options_read(struct caa_check_options *options, int argc, char **argv,
                                    bool *usage, struct caa_diag *diag);

/* The same for a command that has some of the options only: those of `table`, whose values are
   of caa_check_option. */
enum caa_err caa_check_options_read_of(struct caa_check_options *options,
                                       const struct option *table, int argc, char **argv,
                                       bool *usage, struct caa_diag *diag);

/* The request that the options make of an identifier; they must outlive it. */
struct caa_request caa_check_options_request(const struct caa_check_options *options,
                                             const struct caa_identifier *identifier);

void caa_check_options_free(struct caa_check_options *options);

#endif
