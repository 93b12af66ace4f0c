/* Climbs written one letter a level, and a model of what they come to. */
#ifndef CAA_TESTS_UNIT_LEVELS_H
#define CAA_TESTS_UNIT_LEVELS_H

#include "show.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/decide.h"
#include "rrset.h"

enum { LEVELS_MAX = 6 };

/* Levels in one letter each, from the name to its TLD:
   . pending      0 NODATA      x NXDOMAIN      s SERVFAIL      b bogus
   A a set that authorizes      F a set that forbids */
static const char every_level[] = ".0xsbAF";

static inline const struct caa_answer *answer_for(char letter) {
    static struct rrset allowing, forbidding;
    static struct caa_answer nodata, nxdomain, servfail, bogus;
    nodata = answer_of(CAA_OUTCOME_NODATA, CAA_SECURITY_INSECURE);
    nxdomain = answer_of(CAA_OUTCOME_NXDOMAIN, CAA_SECURITY_SECURE);
    servfail = answer_of(CAA_OUTCOME_SERVFAIL, CAA_SECURITY_INDETERMINATE);
    bogus = answer_of(CAA_OUTCOME_BOGUS, CAA_SECURITY_BOGUS);
    switch (letter) {
    case '0': return &nodata;
    case 'x': return &nxdomain;
    case 's': return &servfail;
    case 'b': return &bogus;
    case 'A': return rrset_of(&allowing, "0 issue \"ca.example\"");
    case 'F': return rrset_of(&forbidding, "0 issue \";\"");
    default: return NULL;
    }
}

static inline struct caa_decision decide_levels(const char *levels) {
    static const struct caa_slice issuer = {"ca.example", 10};
    const struct caa_request request = {.issuer_domain_names = &issuer,
                                        .issuer_domain_name_count = 1};
    const struct caa_answer *answers[LEVELS_MAX] = {NULL};
    struct caa_decision decision;
    size_t count = strlen(levels);
    assert_in_range(count, 0, LEVELS_MAX);
    for (size_t i = 0; i < count; i++) answers[i] = answer_for(levels[i]);
    caa_decide(&decision, &request, answers, count);
    return decision;
}

static inline void assert_decided(const char *levels, enum caa_rule rule, int level) {
    struct caa_decision decision = decide_levels(levels);
    assert_true(decision.decided);
    assert_string_equal(caa_rule_code(decision.rule), caa_rule_code(rule));
    assert_int_equal(decision.level, level);
}

static inline void assert_waits(const char *levels, size_t reach) {
    struct caa_decision decision = decide_levels(levels);
    assert_false(decision.decided);
    assert_int_equal(decision.reach, reach);
}

/* What every complete answer means: the first letter that is not empty decides. */
static inline char model(const char *levels) {
    char first = levels[strspn(levels, "0x")];
    if (first == 'A' || (first == '\0' && levels[strlen(levels) - 1] == '0')) return 'A';
    return first == 'F' ? 'F' : 'u';
}

static inline char verdict_letter(const struct caa_decision *decision) {
    switch (decision->verdict) {
    case CAA_VERDICT_ALLOWED: return 'A';
    case CAA_VERDICT_FORBIDDEN: return 'F';
    case CAA_VERDICT_UNDECIDED: return 'u';
    }
    return '?';
}

/* Calls `visit` with every way of replacing the pending levels from `from` to before `to`. */
static inline void fill(char *levels, size_t from, size_t to,
                        void (*visit)(const char *, void *), void *context) {
    while (from < to && levels[from] != '.') from++;
    if (from >= to) {
        visit(levels, context);
        return;
    }
    for (const char *letter = every_level + 1; *letter != '\0'; letter++) {
        levels[from] = *letter;
        fill(levels, from + 1, to, visit, context);
    }
    levels[from] = '.';
}

static inline void must_come_to(const char *levels, void *context) {
    char expected = *(const char *)context;
    if (model(levels) != expected)
        fail_msg("%s comes to %c, %c was said before all was known", levels, model(levels),
                 expected);
}

static inline void must_be_decided_by_model(const char *levels, void *context) {
    (void)context;
    struct caa_decision decision = decide_levels(levels);
    char *all = strdup(levels);
    char verdict = verdict_letter(&decision);
    assert_true(decision.decided);
    fill(all, 0, strlen(all), must_come_to, &verdict);
    free(all);
}

static inline void collect(const char *levels, void *context) {
    char *outcomes = context, *end = outcomes + strlen(outcomes);
    end[0] = model(levels);
    end[1] = '\0';
}

/* Of all pending answers nearer than the end of reach, the nearest can turn the verdict. */
static inline void must_have_reason_to_wait(const char *levels) {
    char filled[LEVELS_MAX + 1], outcomes[8] = "";
    size_t nearest = strcspn(levels, ".");
    snprintf(filled, sizeof filled, "%s", levels);
    for (size_t i = nearest + 1; i < strlen(filled); i++)
        if (filled[i] == '.') filled[i] = '0';
    fill(filled, nearest, nearest + 1, collect, outcomes);
    if (strspn(outcomes, (const char[]){outcomes[0], '\0'}) == strlen(outcomes))
        fail_msg("%s waits in vain", levels);
}

static inline void check_levels(const char *levels) {
    struct caa_decision decision = decide_levels(levels);
    size_t relevant =
        decision.level == CAA_LEVEL_NONE ? strlen(levels) : (size_t)decision.level + 1;
    char all[LEVELS_MAX + 1], verdict = verdict_letter(&decision);
    snprintf(all, sizeof all, "%s", levels);
    assert_in_range(decision.reach, 1, strlen(levels));
    if (decision.decided) {
        assert_true(strcspn(levels, ".") >= relevant);
        fill(all, 0, strlen(all), must_come_to, &verdict);
    } else {
        /* Once all within reach is known, nothing beyond is needed. */
        fill(all, 0, decision.reach, must_be_decided_by_model, NULL);
        must_have_reason_to_wait(levels);
    }
}

static inline void check_no_permission_past_failure(const char *levels) {
    struct caa_decision decision = decide_levels(levels);
    if (!decision.decided || decision.verdict != CAA_VERDICT_ALLOWED) return;
    size_t relevant =
        decision.level == CAA_LEVEL_NONE ? strlen(levels) : (size_t)decision.level;
    assert_true(strspn(levels, "0x") == relevant);
}

/* Every climb of one to four levels. */
static inline void for_every_climb(void (*check)(const char *)) {
    for (size_t length = 1; length <= 4; length++) {
        size_t total = 1;
        for (size_t i = 0; i < length; i++) total *= sizeof every_level - 1;
        for (size_t n = 0; n < total; n++) {
            char levels[LEVELS_MAX + 1] = "";
            size_t rest = n;
            for (size_t i = 0; i < length; i++, rest /= sizeof every_level - 1)
                levels[i] = every_level[rest % (sizeof every_level - 1)];
            check(levels);
        }
    }
}

#endif
