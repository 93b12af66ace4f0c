#include "cli/check_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "resolve/forwarder.h"

#define SYSTEM_CONF     "/etc/caa/caa.conf"
#define ISSUER_DEFAULT  "letsencrypt.org"
#define DEADLINE_S_MOST 3600
#define RATE_MOST       100000
#define AT_ONCE_MOST    4096

static const struct option long_options[] = {
    {"help", no_argument, NULL, CAA_CHECK_OPTION_HELP},
    {"issuer", required_argument, NULL, CAA_CHECK_OPTION_ISSUER},
    {"account", required_argument, NULL, CAA_CHECK_OPTION_ACCOUNT},
    {"method", required_argument, NULL, CAA_CHECK_OPTION_METHOD},
    {"purpose", required_argument, NULL, CAA_CHECK_OPTION_PURPOSE},
    {"answers", required_argument, NULL, CAA_CHECK_OPTION_ANSWERS},
    {"deadline", required_argument, NULL, CAA_CHECK_OPTION_DEADLINE},
    {"json", no_argument, NULL, CAA_CHECK_OPTION_JSON},
    {"root-hints", required_argument, NULL, CAA_CHECK_OPTION_ROOT_HINTS},
    {"trust-anchor", required_argument, NULL, CAA_CHECK_OPTION_TRUST_ANCHOR},
    {"forward", required_argument, NULL, CAA_CHECK_OPTION_FORWARD},
    {"config", required_argument, NULL, CAA_CHECK_OPTION_CONFIG},
    {"no-rescue", no_argument, NULL, CAA_CHECK_OPTION_NO_RESCUE},
    {"problem", required_argument, NULL, CAA_CHECK_OPTION_PROBLEM},
    {"br-insecure-failure", no_argument, NULL, CAA_CHECK_OPTION_BR_INSECURE_FAILURE},
    {"server", required_argument, NULL, CAA_CHECK_OPTION_SERVER},
    {"token-file", required_argument, NULL, CAA_CHECK_OPTION_TOKEN_FILE},
    {"cacert", required_argument, NULL, CAA_CHECK_OPTION_CACERT},
    {"cert", required_argument, NULL, CAA_CHECK_OPTION_CERT},
    {"key", required_argument, NULL, CAA_CHECK_OPTION_KEY},
    {NULL, 0, NULL, 0},
};

static bool add_value(struct caa_check_values *values, const char *option, const char *text,
                      struct caa_diag *diag) {
    if (values->count == CAA_CHECK_VALUES_MAX) {
        caa_diag_set(diag, "%s: given more than %d times", option, CAA_CHECK_VALUES_MAX);
        return false;
    }
    values->texts[values->count] = text;
    values->slices[values->count++] = caa_slice_of(text);
    return true;
}

static bool add_issuer(struct caa_check_values *issuers, const char *text,
                       struct caa_diag *diag) {
    if (caa_request_may_have_issuer(caa_slice_of(text)))
        return add_value(issuers, "--issuer", text, diag);
    caa_diag_set(diag, "--issuer: '%s' is not an issuer domain name", text);
    return false;
}

static bool add_method(struct caa_check_values *methods, const char *text,
                       struct caa_diag *diag) {
    if (caa_request_may_have_method(caa_slice_of(text)))
        return add_value(methods, "--method", text, diag);
    caa_diag_set(diag, "--method: '%s' is not a validation method label, such as dns-01", text);
    return false;
}

static bool add_account(struct caa_check_values *accounts, const char *text,
                        struct caa_diag *diag) {
    if (caa_request_may_have_account(caa_slice_of(text)))
        return add_value(accounts, "--account", text, diag);
    caa_diag_set(diag, "--account: '%s' is not a URI", text);
    return false;
}

static bool set_purpose(struct caa_check_options *options, const char *text,
                        struct caa_diag *diag) {
    if (strcmp(text, "tls") == 0)
        options->purpose = CAA_PURPOSE_TLS;
    else if (strcmp(text, "smime") == 0)
        options->purpose = CAA_PURPOSE_SMIME;
    else {
        caa_diag_set(diag, "--purpose: '%s' is neither tls nor smime", text);
        return false;
    }
    return true;
}

static bool set_place(struct caa_check_options *options, const char *text,
                      struct caa_diag *diag) {
    options->problem = true;
    options->place = CAA_PROBLEM_IN_CHALLENGE;
    if (strcmp(text, "challenge") == 0) return true;
    options->place = CAA_PROBLEM_AS_ANSWER;
    if (strcmp(text, "answer") == 0) return true;
    caa_diag_set(diag, "--problem: '%s' is neither challenge nor answer", text);
    return false;
}

static bool set_deadline(struct caa_check_options *options, const char *text,
                         struct caa_diag *diag) {
    char *end;
    double seconds = strtod(text, &end);
    if (*end == '\0' && end != text && seconds >= 0.001 && seconds <= DEADLINE_S_MOST) {
        options->deadline_ms = (uint32_t)(seconds * 1000);
        return true;
    }
    caa_diag_set(diag, "--deadline: '%s' is not a number of seconds from 0.001 to %d", text,
                 DEADLINE_S_MOST);
    return false;
}

static bool set_number(uint32_t *number, const char *option, const char *text, long most,
                       struct caa_diag *diag) {
    char *end;
    long read = strtol(text, &end, 10);
    if (*end == '\0' && end != text && read >= 1 && read <= most) {
        *number = (uint32_t)read;
        return true;
    }
    caa_diag_set(diag, "%s: '%s' is not a number from 1 to %ld", option, text, most);
    return false;
}

static bool add_forwarder(struct caa_check_values *forwarders, const char *text,
                          struct caa_diag *diag) {
    struct caa_forwarder forwarder;
    struct caa_diag why;
    if (caa_forwarder_parse(&forwarder, text, &why) == CAA_OK)
        return add_value(forwarders, "--forward", text, diag);
    caa_diag_set(diag, "--forward: %s", why.text);
    return false;
}

static bool take_option(struct caa_check_options *options, int option, char **argv,
                        struct caa_diag *diag) {
    switch (option) {
    case CAA_CHECK_OPTION_HELP: options->help = true; return true;
    case CAA_CHECK_OPTION_JSON: options->json = true; return true;
    case CAA_CHECK_OPTION_LIVE: options->live = true; return true;
    case CAA_CHECK_OPTION_ISSUER: return add_issuer(&options->issuers, optarg, diag);
    case CAA_CHECK_OPTION_ACCOUNT: return add_account(&options->accounts, optarg, diag);
    case CAA_CHECK_OPTION_METHOD: return add_method(&options->methods, optarg, diag);
    case CAA_CHECK_OPTION_PURPOSE: return set_purpose(options, optarg, diag);
    case CAA_CHECK_OPTION_PROBLEM: return set_place(options, optarg, diag);
    case CAA_CHECK_OPTION_DEADLINE: return set_deadline(options, optarg, diag);
    case CAA_CHECK_OPTION_FORWARD: return add_forwarder(&options->forwarders, optarg, diag);
    case CAA_CHECK_OPTION_ANSWERS: options->engine.answers = optarg; return true;
    case CAA_CHECK_OPTION_ROOT_HINTS: options->engine.root_hints = optarg; return true;
    case CAA_CHECK_OPTION_TRUST_ANCHOR: options->engine.trust_anchor = optarg; return true;
    case CAA_CHECK_OPTION_CONFIG: options->conf_path = optarg; return true;
    case CAA_CHECK_OPTION_NO_RESCUE: options->engine.no_rescue = true; return true;
    case CAA_CHECK_OPTION_SVG: options->svg_path = optarg; return true;
    case CAA_CHECK_OPTION_BR_INSECURE_FAILURE: options->br_insecure_failure = true; return true;
    case CAA_CHECK_OPTION_SERVER: options->server = optarg; return true;
    case CAA_CHECK_OPTION_TOKEN_FILE: options->token_file = optarg; return true;
    case CAA_CHECK_OPTION_CACERT: options->cacert = optarg; return true;
    case CAA_CHECK_OPTION_CERT: options->cert = optarg; return true;
    case CAA_CHECK_OPTION_KEY: options->key = optarg; return true;
    case CAA_CHECK_OPTION_IN_USE: options->in_use_path = optarg; return true;
    case CAA_CHECK_OPTION_FORMAT: options->format = optarg; return true;
    case CAA_CHECK_OPTION_VERIFY: options->verify = true; return true;
    case CAA_CHECK_OPTION_OUTPUT: options->output_path = optarg; return true;
    case CAA_CHECK_OPTION_STATE: options->state_path = optarg; return true;
    case CAA_CHECK_OPTION_RATE:
        return set_number(&options->rate, "--rate", optarg, RATE_MOST, diag);
    case CAA_CHECK_OPTION_ZONE_RATE:
        return set_number(&options->zone_rate, "--zone-rate", optarg, RATE_MOST, diag);
    case CAA_CHECK_OPTION_AT_ONCE:
        return set_number(&options->at_once, "--at-once", optarg, AT_ONCE_MOST, diag);
    default: return caa_command_option_refused(option, argv, diag);
    }
}

static bool reads_input(const struct caa_check_options *options) {
    for (int i = 0; i < options->name_count; i++)
        if (strcmp(options->names[i], "-") == 0) return true;
    return false;
}

/* Options of which one makes the other meaningless; NULL: there are none. */
static const char *contradiction(const struct caa_check_options *options) {
    const struct caa_engine_setting *engine = &options->engine;
    bool resolves_here = engine->answers != NULL || engine->root_hints != NULL ||
                         engine->trust_anchor != NULL || engine->no_rescue ||
                         options->forwarders.count > 0;
    bool is_for_server = options->token_file != NULL || options->cacert != NULL ||
                         options->cert != NULL || options->key != NULL;
    if (engine->answers != NULL && strcmp(engine->answers, "-") == 0 && reads_input(options))
        return "names and --answers cannot both come from standard input";
    if (options->json && options->problem) return "--json and --problem do not go together";
    if (options->server != NULL && options->problem)
        return "--problem and --server do not go together";
    if (options->server != NULL && resolves_here)
        return "with --server nothing is resolved here: no --answers, --forward, --no-rescue, "
               "--root-hints and --trust-anchor";
    if (options->server == NULL && is_for_server)
        return "--token-file, --cacert, --cert and --key are for --server";
    return NULL;
}

static const char *nothing_given(const char *command) {
    if (strcmp(command, "explain") == 0) return "no text given";
    return strcmp(command, "scan") == 0 ? "no file of names given" : "no name given";
}

static bool read_flags(struct caa_check_options *options, const struct option *table, int argc,
                       char **argv, struct caa_diag *diag) {
    int option;
    opterr = 0;
    optind = 0; /* GNU: start afresh */
    while ((option = getopt_long(argc, argv, ":h", table, NULL)) != -1)
        if (!take_option(options, option, argv, diag)) return false;
    options->names = argv + optind;
    options->name_count = argc - optind;
    if (options->help) return true;
    const char *wrong = contradiction(options);
    if (wrong == NULL && options->name_count == 0) wrong = nothing_given(argv[0]);
    if (wrong != NULL) caa_diag_set(diag, "%s", wrong);
    return wrong == NULL;
}

/* What the flags left open, the file may say. */
static enum caa_err merge_values(struct caa_check_options *options, struct caa_diag *diag) {
    const struct caa_conf *conf = options->conf;
    struct caa_engine_setting *engine = &options->engine;
    if (conf == NULL) return CAA_OK;
    if (engine->root_hints == NULL) engine->root_hints = conf->root_hints;
    if (engine->trust_anchor == NULL) engine->trust_anchor = conf->trust_anchor;
    engine->tls_ca_bundle = conf->tls_ca_bundle;
    engine->cache_mib = conf->cache_mib;
    engine->no_rescue |= conf->rescue == CAA_SWITCH_OFF;
    options->br_insecure_failure |= conf->br_insecure_failure == CAA_SWITCH_ON;
    engine->resolver_options = (const char *const *)conf->resolver_options;
    engine->resolver_option_count = conf->resolver_options_count;
    if (options->deadline_ms == 0) options->deadline_ms = conf->deadline_s * 1000;
    bool ok = true;
    for (unsigned i = 0; ok && options->forwarders.count == i && i < conf->forward_count; i++)
        ok = add_forwarder(&options->forwarders, conf->forward[i], diag);
    for (unsigned i = 0; ok && options->issuers.count == i && i < conf->issuers_count; i++)
        ok = add_issuer(&options->issuers, conf->issuers[i], diag);
    return ok ? CAA_OK : CAA_ERR_SYNTAX;
}

/* The values are checked like those of flags, and the reasons name flags: the file's name has
   to stand in front. */
static enum caa_err merge_conf(struct caa_check_options *options, const char *path,
                               struct caa_diag *diag) {
    struct caa_diag why = {.text = ""};
    enum caa_err err = merge_values(options, &why);
    const char *reason = why.text[0] == '-' ? why.text + 2 : why.text;
    if (err != CAA_OK) caa_diag_set(diag, "%s: %s", path, reason);
    return err;
}

static enum caa_err read_conf(struct caa_check_options *options, struct caa_diag *diag) {
    const char *path = options->conf_path;
    if (path == NULL) path = getenv("CAA_CONFIG");
    if (path != NULL && options->conf_path == NULL && path[0] == '\0') path = NULL;
    if (path == NULL && access(SYSTEM_CONF, F_OK) == 0) path = SYSTEM_CONF;
    enum caa_err err = path == NULL ? CAA_OK : caa_conf_read(&options->conf, path, diag);
    return err == CAA_OK ? merge_conf(options, path, diag) : err;
}

enum caa_err caa_check_options_read(struct caa_check_options *options, int argc, char **argv,
                                    bool *usage, struct caa_diag *diag) {
    return caa_check_options_read_of(options, long_options, argc, argv, usage, diag);
}

enum caa_err caa_check_options_read_of(struct caa_check_options *options,
                                       const struct option *table, int argc, char **argv,
                                       bool *usage, struct caa_diag *diag) {
    *options = (struct caa_check_options){0};
    *usage = !read_flags(options, table, argc, argv, diag);
    if (*usage) return CAA_ERR_SYNTAX;
    if (options->help) return CAA_OK;
    enum caa_err err = read_conf(options, diag);
    if (err != CAA_OK) return err;
    if (options->issuers.count == 0)
        add_value(&options->issuers, "--issuer", ISSUER_DEFAULT, NULL);
    options->engine.prove_insecure = options->br_insecure_failure;
    options->engine.forwarders = options->forwarders.texts;
    options->engine.forwarder_count = options->forwarders.count;
    return CAA_OK;
}

struct caa_request caa_check_options_request(const struct caa_check_options *options,
                                             const struct caa_identifier *identifier) {
    return (struct caa_request){.name = identifier->name,
                                .wildcard = identifier->wildcard,
                                .purpose = options->purpose,
                                .issuer_domain_names = options->issuers.slices,
                                .issuer_domain_name_count = options->issuers.count,
                                .account_uris = options->accounts.slices,
                                .account_uri_count = options->accounts.count,
                                .method_labels = options->methods.slices,
                                .method_label_count = options->methods.count,
                                .br_insecure_failure = options->br_insecure_failure};
}

void caa_check_options_free(struct caa_check_options *options) {
    caa_conf_free(options->conf);
}
