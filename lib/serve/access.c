#include "serve/access.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <string.h>

#include "base/ascii.h"

enum caa_err caa_access_hash_parse(struct caa_access_hash *hash, const char *text,
                                   struct caa_diag *diag) {
    size_t digits = 0;
    const char *at = text;
    for (; *at != '\0'; at++) {
        if (*at == ':' && digits > 0 && digits % 2 == 0 && at[1] != '\0') continue;
        int digit = caa_ascii_hex_value(*at);
        if (digit < 0 || digits == 2 * (size_t)CAA_ACCESS_HASH_SIZE) break;
        unsigned char *octet = &hash->octets[digits / 2];
        *octet = (unsigned char)(digits % 2 == 0 ? digit << 4 : *octet | digit);
        digits++;
    }
    if (*at == '\0' && digits == 2 * (size_t)CAA_ACCESS_HASH_SIZE) return CAA_OK;
    caa_diag_set(diag, "'%s' is not a SHA-256 digest in 64 hexadecimal digits", text);
    return CAA_ERR_SYNTAX;
}

enum caa_err caa_access_hash_of(struct caa_access_hash *hash, struct caa_slice octets) {
    return gnutls_hash_fast(GNUTLS_DIG_SHA256, octets.len == 0 ? "" : octets.ptr, octets.len,
                            hash->octets) == 0
               ? CAA_OK
               : CAA_ERR_NOMEM;
}

static bool hash_is(const struct caa_access_hash *a, const struct caa_access_hash *b) {
    return gnutls_memcmp(a->octets, b->octets, CAA_ACCESS_HASH_SIZE) == 0;
}

static bool rule_holds(const struct caa_access_rule *rule,
                       const struct caa_credentials *credentials,
                       const struct caa_access_hash *token) {
    switch (rule->kind) {
    case CAA_ACCESS_TOKEN: return credentials->has_token && hash_is(&rule->hash, token);
    case CAA_ACCESS_CERTIFICATE:
        return credentials->has_certificate && hash_is(&rule->hash, &credentials->fingerprint);
    case CAA_ACCESS_SUBJECT:
        return credentials->has_certificate && credentials->subject != NULL &&
               strcmp(rule->subject, credentials->subject) == 0;
    }
    return false;
}

bool caa_access_decide(struct caa_grant *grant, const struct caa_access *access,
                       const struct caa_credentials *credentials) {
    struct caa_access_hash token = {{0}};
    bool token_known = false;
    *grant = (struct caa_grant){0};
    if (credentials->has_token && caa_access_hash_of(&token, credentials->token) != CAA_OK)
        return false;
    for (size_t i = 0; i < access->rule_count; i++) {
        const struct caa_access_rule *rule = &access->rules[i];
        if (!rule_holds(rule, credentials, &token)) continue;
        token_known |= rule->kind == CAA_ACCESS_TOKEN;
        if (grant->name == NULL || rule->kind == CAA_ACCESS_TOKEN) grant->name = rule->name;
        grant->rights |= rule->rights;
    }
    if (credentials->has_token && !token_known) {
        *grant = (struct caa_grant){0};
        return false;
    }
    if (grant->name == NULL) grant->rights = access->anonymous_rights;
    return true;
}
