#include <stdlib.h>
#include <string.h>

#include "daemon/api/state.h"

enum { RULES_OF_ONE = 2 }; /* a token and a certificate */

static unsigned rights_of(const struct caad_access_conf *access) {
    unsigned rights = 0;
    for (unsigned i = 0; i < access->rights_count; i++) {
        const char *right = access->rights[i];
        rights |= strcmp(right, "check") == 0 ? CAAD_RIGHT_CHECK
                  : strcmp(right, "read") == 0
                      ? CAAD_RIGHT_READ
                      : CAAD_RIGHT_CHECK | CAAD_RIGHT_READ | CAAD_RIGHT_ADMIN;
    }
    return rights;
}

static void add_rule(struct caad_policy *policy, enum caa_access_kind kind,
                     const struct caad_access_conf *access, const char *digest) {
    struct caa_access_rule rule = {
        .kind = kind, .name = access->name, .rights = rights_of(access)};
    if (digest == NULL || caa_access_hash_parse(&rule.hash, digest, NULL) != CAA_OK) return;
    policy->rules[policy->access.rule_count++] = rule;
}

/* Without rules whoever reaches us may do all: that is this machine alone (conf_look.c). */
static enum caa_err make_access(struct caad_policy *policy, const struct caad_conf *conf) {
    policy->rules = calloc(conf->access_count * RULES_OF_ONE + 1, sizeof *policy->rules);
    if (policy->rules == NULL) return CAA_ERR_NOMEM;
    for (unsigned i = 0; i < conf->access_count; i++) {
        const struct caad_access_conf *access = &conf->access[i];
        add_rule(policy, CAA_ACCESS_TOKEN, access, access->token_sha256);
        add_rule(policy, CAA_ACCESS_CERTIFICATE, access, access->certificate_sha256);
        if (access->certificate_subject == NULL) continue;
        policy->rules[policy->access.rule_count++] =
            (struct caa_access_rule){.kind = CAA_ACCESS_SUBJECT,
                                     .name = access->name,
                                     .rights = rights_of(access),
                                     .subject = access->certificate_subject};
    }
    policy->access.rules = policy->rules;
    if (conf->access_count == 0)
        policy->access.anonymous_rights = CAAD_RIGHT_CHECK | CAAD_RIGHT_READ | CAAD_RIGHT_ADMIN;
    return CAA_OK;
}

static enum caa_err make_defaults(struct caad_policy *policy, const struct caa_conf *conf) {
    policy->issuers = calloc(conf->issuers_count + 1, sizeof *policy->issuers);
    if (policy->issuers == NULL) return CAA_ERR_NOMEM;
    for (unsigned i = 0; i < conf->issuers_count; i++)
        policy->issuers[i] = caa_slice_of(conf->issuers[i]);
    policy->defaults = (struct caad_request_defaults){
        .issuers = policy->issuers,
        .issuer_count = conf->issuers_count,
        .deadline_ms =
            conf->deadline_s == 0 ? CAA_CHECK_DEADLINE_MS_DEFAULT : conf->deadline_s * 1000,
        .br_insecure_failure = conf->br_insecure_failure == CAA_SWITCH_ON};
    return CAA_OK;
}

enum caa_err caad_policy_make(struct caad_policy *policy, const struct caad_conf *conf) {
    *policy = (struct caad_policy){0};
    enum caa_err err = make_access(policy, conf);
    if (err == CAA_OK) err = make_defaults(policy, &conf->engine);
    if (err != CAA_OK) caad_policy_free(policy);
    return err;
}

void caad_policy_free(struct caad_policy *policy) {
    free(policy->rules);
    free(policy->issuers);
    *policy = (struct caad_policy){0};
}
