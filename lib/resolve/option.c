#include "resolve/option.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"

enum kind { MEMORY, COUNT, SECONDS, MILLISECONDS, SLABS, SWITCH, PORTS, ADDRESS };

static const struct allowed {
    const char *name;
    enum kind kind;
    unsigned long least;
    unsigned long most;
} allowed_options[] = {
    {"msg-cache-size", MEMORY, 0, 64UL << 30},
    {"rrset-cache-size", MEMORY, 0, 64UL << 30},
    {"key-cache-size", MEMORY, 0, 16UL << 30},
    {"neg-cache-size", MEMORY, 0, 16UL << 30},
    {"msg-cache-slabs", SLABS, 1, 256},
    {"rrset-cache-slabs", SLABS, 1, 256},
    {"key-cache-slabs", SLABS, 1, 256},
    {"infra-cache-slabs", SLABS, 1, 256},
    {"infra-cache-numhosts", COUNT, 100, 10000000},
    {"num-queries-per-thread", COUNT, 1, 1000000},
    {"outgoing-range", COUNT, 16, 60000},
    {"outgoing-num-tcp", COUNT, 1, 10000},
    {"max-reuse-tcp-queries", COUNT, 1, 10000},
    {"so-rcvbuf", MEMORY, 0, 1UL << 30},
    {"so-sndbuf", MEMORY, 0, 1UL << 30},
    {"edns-buffer-size", COUNT, 512, 4096},
    {"outgoing-port-permit", PORTS, 1, 65535},
    {"outgoing-port-avoid", PORTS, 1, 65535},
    {"outgoing-interface", ADDRESS, 0, 0},
    {"do-ip4", SWITCH, 0, 0},
    {"do-ip6", SWITCH, 0, 0},
    {"prefer-ip4", SWITCH, 0, 0},
    {"prefer-ip6", SWITCH, 0, 0},
    {"tcp-upstream", SWITCH, 0, 0},
    {"infra-keep-probing", SWITCH, 0, 0},
    {"infra-host-ttl", SECONDS, 1, 86400},
    {"cache-max-ttl", SECONDS, 0, 3600},
    {"cache-max-negative-ttl", SECONDS, 0, 3600},
    {"infra-cache-min-rtt", MILLISECONDS, 1, 10000},
    {"infra-cache-max-rtt", MILLISECONDS, 100, 120000},
    {"unknown-server-time-limit", MILLISECONDS, 50, 10000},
    {"jostle-timeout", MILLISECONDS, 1, 10000},
    {"delay-close", MILLISECONDS, 0, 60000},
    {"tcp-idle-timeout", MILLISECONDS, 1, 600000},
    {"tcp-reuse-timeout", MILLISECONDS, 1, 600000},
    {"tcp-auth-query-timeout", MILLISECONDS, 1, 60000},
};

/* Why an option that somebody may well try is not on the list. */
static const struct refused {
    const char *prefix;
    const char *reason;
} refused_options[] = {
    {"local-", "it answers instead of the DNS, and a forged answer can be a forged permission"},
    {"domain-insecure",
     "it turns validation off for a zone, and no local policy may (BR 3.2.2.8)"},
    {"val-permissive-mode", "it lets bogus answers through"},
    {"val-override-date", "it makes expired signatures valid"},
    {"val-sig-skew", "it makes expired signatures valid"},
    {"ignore-cd-flag", "it changes what is validated"},
    {"module-config", "without the validator nothing is validated"},
    {"trust", "the trust anchor has a setting of its own: trust-anchor"},
    {"auto-trust-anchor-file", "the trust anchor has a setting of its own: trust-anchor"},
    {"root-hints", "the root hints have a setting of their own: root-hints"},
    {"harden-", "hardening against attacks is not negotiable"},
    {"disable-dnssec-lame-check", "hardening against attacks is not negotiable"},
    {"serve-expired", "an answer is never used past its TTL"},
    {"cache-min-ttl", "an answer is never used past its TTL"},
    {"aggressive-nsec",
     "answers have to come from the zone's servers, not from a proof about others"},
    {"max-sent-count", "one failing lookup already sends hundreds of packets"},
    {"private-", "it takes addresses out of answers"},
    {"do-not-query", "it hides servers from the check"},
    {"forward-", "forwarders have a setting of their own: forward"},
    {"stub-", "it would choose who answers for a zone"},
    {"rpz", "it answers instead of the DNS"},
    {"python", "it runs code of its own"},
    {"dynlib", "it runs code of its own"},
    {"include", "it reads options that were never checked"},
};

static const struct allowed *find_allowed(const char *name) {
    for (size_t i = 0; i < sizeof allowed_options / sizeof allowed_options[0]; i++)
        if (strcmp(allowed_options[i].name, name) == 0) return &allowed_options[i];
    return NULL;
}

static const char *reason_to_refuse(const char *name) {
    for (size_t i = 0; i < sizeof refused_options / sizeof refused_options[0]; i++)
        if (strncmp(refused_options[i].prefix, name, strlen(refused_options[i].prefix)) == 0)
            return refused_options[i].reason;
    return "only cache sizes, ports, interfaces and timers can be set";
}

/* Digits, and for memory one of k, m, g behind them, as libunbound reads it. */
static bool read_number(const char *text, bool with_unit, unsigned long *number) {
    char *end;
    if (!caa_ascii_is_digit(text[0])) return false;
    errno = 0;
    *number = strtoul(text, &end, 10);
    if (errno != 0) return false;
    unsigned shift = 0;
    if (with_unit && *end != '\0') {
        char unit = caa_ascii_lower(*end++);
        shift = unit == 'k' ? 10 : unit == 'm' ? 20 : unit == 'g' ? 30 : 64;
    }
    if (*end != '\0' || shift == 64 || *number > (~0UL >> shift)) return false;
    *number <<= shift;
    return true;
}

static bool number_fits(const struct allowed *option, const char *text) {
    unsigned long number;
    return read_number(text, option->kind == MEMORY, &number) && number >= option->least &&
           number <= option->most;
}

static bool ports_fit(const struct allowed *option, const char *text) {
    char first[CAA_OPTION_TEXT_MAX];
    memcpy(first, text, strlen(text) + 1);
    char *last = strchr(first, '-');
    if (last == NULL) return number_fits(option, text);
    *last++ = '\0';
    return number_fits(option, first) && number_fits(option, last) &&
           strtoul(first, NULL, 10) <= strtoul(last, NULL, 10);
}

static bool is_address(const char *text) {
    unsigned char address[16];
    return inet_pton(AF_INET, text, address) == 1 || inet_pton(AF_INET6, text, address) == 1;
}

static bool value_fits(const struct allowed *option, const char *value) {
    unsigned long number;
    switch (option->kind) {
    case SWITCH: return strcmp(value, "yes") == 0 || strcmp(value, "no") == 0;
    case ADDRESS: return is_address(value);
    case PORTS: return ports_fit(option, value);
    case SLABS:
        return number_fits(option, value) && read_number(value, false, &number) &&
               (number & (number - 1)) == 0;
    case MEMORY:
    case COUNT:
    case SECONDS:
    case MILLISECONDS: return number_fits(option, value);
    }
    return false;
}

static enum caa_err refuse_value(const struct allowed *option, const char *value,
                                 struct caa_diag *diag) {
    static const char *const units[] = {
        [MEMORY] = " octets",
        [SECONDS] = " seconds",
        [MILLISECONDS] = " milliseconds",
        [SLABS] = ", a power of two",
        [COUNT] = "",
        [PORTS] = ", or a range FIRST-LAST",
    };
    if (option->kind == SWITCH)
        caa_diag_set(diag, "%s: '%s' is neither yes nor no", option->name, value);
    else if (option->kind == ADDRESS)
        caa_diag_set(diag, "%s: '%s' is not an IP address", option->name, value);
    else
        caa_diag_set(diag, "%s: '%s' is not a number from %lu to %lu%s", option->name, value,
                     option->least, option->most, units[option->kind]);
    return CAA_ERR_OPTION;
}

/* Splits at the first ':' or '='; false where there is none or a side is empty or too long. */
static bool split(struct caa_resolver_option *option, struct caa_slice text) {
    size_t at = 0;
    while (at < text.len && text.ptr[at] != ':' && text.ptr[at] != '=') at++;
    if (at == text.len) return false;
    struct caa_slice name = caa_slice_trim(caa_slice_bytes(text.ptr, at));
    struct caa_slice value =
        caa_slice_trim(caa_slice_bytes(text.ptr + at + 1, text.len - at - 1));
    if (name.len == 0 || name.len >= sizeof option->name) return false;
    if (value.len == 0 || value.len >= sizeof option->value) return false;
    if (memchr(text.ptr, '\0', text.len) != NULL) return false;
    memset(option, 0, sizeof *option);
    memcpy(option->name, name.ptr, name.len);
    memcpy(option->value, value.ptr, value.len);
    return true;
}

enum caa_err caa_resolver_option_parse(struct caa_resolver_option *option,
                                       struct caa_slice text, struct caa_diag *diag) {
    if (!split(option, text)) {
        caa_diag_set(diag, "'%.*s' is not of the form 'option: value'",
                     (int)(text.len < 80 ? text.len : 80), text.len == 0 ? "" : text.ptr);
        return CAA_ERR_OPTION;
    }
    const struct allowed *known = find_allowed(option->name);
    if (known == NULL) {
        caa_diag_set(diag, "%s is refused: %s", option->name, reason_to_refuse(option->name));
        return CAA_ERR_OPTION;
    }
    return value_fits(known, option->value) ? CAA_OK : refuse_value(known, option->value, diag);
}
