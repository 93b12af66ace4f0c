#include "problem/message.h"

#include <string.h>

#include "base/ascii.h"
#include "problem/extended.h"
#include "problem/other_ca.h"
#include "problem/reader.h"

/* What was read so far, and what it comes to. */
struct reading {
    struct caa_reader in;
    struct caa_explanation draft;
    caa_explanation_take *take;
    void *context;
    size_t taken;
    bool cut;
    size_t type_end;          /* where the last ACME error type ends */
    enum caa_problem partial; /* of a failed lookup whose name is cut off */
    size_t several;           /* names that a summary speaks of without telling them */
};

static void set_name(struct reading *reading, struct caa_slice name) {
    if (name.len == 0) return;
    caa_explain_copy(reading->draft.name, sizeof reading->draft.name, name);
}

static void set_owner(struct reading *reading, struct caa_slice name) {
    caa_explain_copy(reading->draft.owner, sizeof reading->draft.owner, name);
}

/* Hands the draft out, and forgets what was about this error only. */
static void emit(struct reading *reading, enum caa_problem problem) {
    struct caa_explanation *draft = &reading->draft;
    draft->problem = problem;
    caa_explain_judge(draft);
    reading->take(reading->context, draft);
    reading->taken++;
    draft->ede = -1;
    draft->ca = "";
    draft->owner[0] = draft->type[0] = draft->outcome[0] = draft->extra[0] = '\0';
    draft->zone[0] = '\0';
}

/* --- what stands around an error */

static void read_acme_type(struct reading *reading) {
    struct caa_slice word = caa_reader_take(&reading->in, caa_ascii_is_alpha);
    reading->type_end = reading->in.at;
    if (word.len > 0)
        caa_explain_copy(reading->draft.acme_type, sizeof reading->draft.acme_type, word);
}

static void read_new_order(struct reading *reading) {
    reading->draft.stage = CAA_STAGE_NEW_ORDER;
}

static void read_finalize(struct reading *reading) {
    reading->draft.stage = CAA_STAGE_FINALIZE;
}

static void read_secondary(struct reading *reading) {
    reading->draft.secondary = true;
}

static void read_secondary_validation(struct reading *reading) {
    reading->draft.secondary = true;
    reading->draft.stage = CAA_STAGE_VALIDATION;
}

static void read_subject(struct reading *reading) {
    set_name(reading, caa_reader_take_name(&reading->in));
}

/* "[a.example] acme: error": of what stands in brackets, only names with a dot and a letter. */
static void read_bracketed(struct reading *reading) {
    size_t start = reading->in.at;
    struct caa_slice name = caa_reader_take_name(&reading->in);
    static const char *const behind[] = {"] acme: error", "] [", "] solving challenge",
                                         "] authorization failed", "] Obtain:"};
    bool letter = false;
    for (size_t i = 0; i < name.len; i++) letter |= caa_ascii_is_alpha(name.ptr[i]);
    for (size_t i = 0; letter && i < sizeof behind / sizeof behind[0]; i++) {
        if (!caa_slice_starts_with(caa_reader_rest(&reading->in), behind[i])) continue;
        if (memchr(name.ptr, '.', name.len) != NULL) set_name(reading, name);
        break;
    }
    reading->in.at = start;
}

/* acme.sh: the name stands before, "a.example:Verify error:". */
static void read_name_before(struct reading *reading) {
    size_t end = reading->in.at;
    while (end > 0 && reading->in.text.ptr[end - 1] != ':') end--;
    if (end > 0) set_name(reading, caa_reader_name_before(&reading->in, end - 1));
}

/* --- errors */

static bool is_type_octet(char c) {
    return caa_ascii_is_alnum(c);
}

/* "TYPE for OWNER"; false where the text ends before or is not so. */
static bool read_question(struct reading *reading) {
    struct caa_explanation *draft = &reading->draft;
    caa_reader_skip_blanks(&reading->in);
    struct caa_slice type = caa_reader_take(&reading->in, is_type_octet);
    caa_explain_copy(draft->type, sizeof draft->type, type);
    caa_reader_skip_blanks(&reading->in);
    bool is_question = type.len > 0 && (caa_reader_skip(&reading->in, "for ") ||
                                        caa_reader_skip(&reading->in, "for"));
    struct caa_slice owner =
        is_question ? caa_reader_take_name(&reading->in) : (struct caa_slice){"", 0};
    reading->cut |= owner.len == 0 && reading->in.at == reading->in.text.len;
    set_owner(reading, owner);
    return owner.len > 0;
}

static enum caa_problem problem_of_phrase(struct caa_slice phrase) {
    for (int problem = CAA_PROBLEM_SERVFAIL; problem <= CAA_PROBLEM_RESOLVER; problem++)
        if (problem != CAA_PROBLEM_RCODE &&
            caa_slice_equal(phrase, caa_slice_of(caa_problem_phrase(problem))))
            return problem;
    for (size_t i = 0; i < phrase.len; i++)
        if (phrase.ptr[i] < 'A' || phrase.ptr[i] > 'Z') return CAA_PROBLEM_LOOKUP;
    return phrase.len > 0 ? CAA_PROBLEM_RCODE : CAA_PROBLEM_LOOKUP;
}

/* The extra text of Unbound names the zone that failed: "key for validation cn. is marked …".
 */
static void find_zone(struct reading *reading, struct caa_slice extra) {
    static const char *const before[] = {"key for validation ", "at delegation ", " for key ",
                                         " for zone ", " for DS "};
    for (size_t i = 0; i < sizeof before / sizeof before[0]; i++) {
        const char *at = memmem(extra.ptr, extra.len, before[i], strlen(before[i]));
        if (at == NULL) continue;
        struct caa_reader inner = {.text = extra,
                                   .at = (size_t)(at - extra.ptr) + strlen(before[i])};
        struct caa_slice zone = caa_reader_take_name(&inner);
        caa_explain_copy(reading->draft.zone, sizeof reading->draft.zone, zone);
        return;
    }
}

/* ": SUMMARY: EXTRA-TEXT", up to the end of the line, the quote or the next error. */
static void read_extended(struct reading *reading) {
    static const char *const ends[] = {"\n",     "\"",        "\\n", "; DNS problem",
                                       ", url:", "; no valid"};
    size_t summary_len;
    if (!caa_reader_skip(&reading->in, ": ") && !caa_reader_skip(&reading->in, ":")) return;
    reading->draft.ede = caa_extended_of_text(caa_reader_rest(&reading->in), &summary_len);
    if (reading->draft.ede < 0) return;
    reading->in.at += summary_len;
    struct caa_slice extra = caa_reader_rest(&reading->in);
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        const char *end = memmem(extra.ptr, extra.len, ends[i], strlen(ends[i]));
        if (end != NULL) extra.len = (size_t)(end - extra.ptr);
    }
    reading->in.at += extra.len;
    if (caa_slice_starts_with(extra, ": "))
        extra = (struct caa_slice){extra.ptr + 2, extra.len - 2};
    caa_explain_copy(reading->draft.extra, sizeof reading->draft.extra, extra);
    find_zone(reading, extra);
}

/* "DNS problem: " was read: "PHRASE looking up TYPE for OWNER" or "looking up TYPE for OWNER:
 * …". */
static void read_dns_problem(struct reading *reading) {
    enum { PHRASE_MOST = 64 };
    static const char looking[] = "looking up ";
    struct caa_slice rest = caa_reader_rest(&reading->in);
    if (rest.len > PHRASE_MOST) rest.len = PHRASE_MOST;
    const char *found = memmem(rest.ptr, rest.len, looking, sizeof looking - 1);
    if (found == NULL) {
        reading->cut |= rest.len == reading->in.text.len - reading->in.at;
        return;
    }
    struct caa_slice phrase = {rest.ptr, (size_t)(found - rest.ptr)};
    reading->in.at += phrase.len + sizeof looking - 1;
    phrase = caa_slice_trim(phrase);
    caa_explain_copy(reading->draft.outcome, sizeof reading->draft.outcome, phrase);
    if (!read_question(reading)) {
        reading->partial = problem_of_phrase(phrase);
        return;
    }
    if (phrase.len > 0) {
        emit(reading, problem_of_phrase(phrase));
        return;
    }
    read_extended(reading);
    emit(reading, reading->draft.ede >= 0 ? CAA_PROBLEM_EXTENDED : CAA_PROBLEM_LOOKUP);
}

/* "CAA record for OWNER prevents issuance"; acme.sh loses the blank behind OWNER, and
   forums lose OWNER. */
static void read_caa_record(struct reading *reading) {
    static const char verb[] = "prevents";
    struct caa_slice owner = caa_reader_take_name(&reading->in);
    size_t verb_len = sizeof verb - 1;
    if (owner.len >= verb_len &&
        caa_slice_starts_with(caa_reader_rest(&reading->in), " issuance") &&
        memcmp(owner.ptr + owner.len - verb_len, verb, verb_len) == 0)
        owner.len -= verb_len;
    caa_reader_skip_blanks(&reading->in);
    caa_reader_skip(&reading->in, verb);
    caa_reader_skip_blanks(&reading->in);
    reading->cut |= reading->in.at == reading->in.text.len;
    if (!caa_reader_skip(&reading->in, "issuance")) return;
    set_owner(reading, owner);
    caa_explain_copy(reading->draft.type, sizeof reading->draft.type, caa_slice_of("CAA"));
    emit(reading, CAA_PROBLEM_FORBIDDEN);
}

/* Boulder of 2016: "CAA check for a.example failed". */
static void read_caa_check(struct reading *reading) {
    struct caa_slice owner = caa_reader_take_name(&reading->in);
    if (owner.len == 0 || !caa_slice_starts_with(caa_reader_rest(&reading->in), " failed"))
        return;
    set_owner(reading, owner);
    caa_explain_copy(reading->draft.type, sizeof reading->draft.type, caa_slice_of("CAA"));
    emit(reading, CAA_PROBLEM_FORBIDDEN);
}

/* "Rechecking CAA for "a.example" and 2 more identifiers failed": what follows tells them. */
static void read_rechecking(struct reading *reading) {
    struct caa_slice name = caa_reader_take_name(&reading->in);
    reading->draft.stage = CAA_STAGE_FINALIZE;
    set_name(reading, name);
    reading->several += name.len > 0;
}

static void read_no_address(struct reading *reading, const char *type) {
    struct caa_slice owner = caa_reader_take_name(&reading->in);
    if (owner.len == 0 || reading->taken > 0) return;
    set_owner(reading, owner);
    caa_explain_copy(reading->draft.type, sizeof reading->draft.type, caa_slice_of(type));
    emit(reading, CAA_PROBLEM_NO_RECORDS);
}

static void read_no_a(struct reading *reading) {
    read_no_address(reading, "A");
}

static void read_no_aaaa(struct reading *reading) {
    read_no_address(reading, "AAAA");
}

static void read_no_txt(struct reading *reading) {
    read_no_address(reading, "TXT");
}

/* "Cannot issue for "NAME": REASON", ours among them. */
static void read_cannot_issue(struct reading *reading) {
    struct caa_slice name = caa_reader_take_name(&reading->in);
    enum caa_problem problem = CAA_PROBLEM_OTHER;
    if (name.len == 0) return;
    set_name(reading, name);
    while (caa_reader_skip(&reading->in, "\\") || caa_reader_skip(&reading->in, "\"") ||
           caa_reader_skip(&reading->in, ":") || caa_reader_skip(&reading->in, " "))
        continue;
    if (caa_slice_starts_with(caa_reader_rest(&reading->in),
                              caa_problem_phrase(CAA_PROBLEM_IP_ADDRESS)))
        problem = CAA_PROBLEM_IP_ADDRESS;
    else if (caa_slice_starts_with(caa_reader_rest(&reading->in),
                                   caa_problem_phrase(CAA_PROBLEM_ONION)))
        problem = CAA_PROBLEM_ONION;
    else if (strcmp(reading->draft.acme_type, "malformed") == 0)
        problem = CAA_PROBLEM_NOT_A_NAME;
    emit(reading, problem);
}

/* --- the words that any of this begins with */

struct token {
    const char *words;
    void (*read)(struct reading *); /* from behind the words */
};

static const struct token tokens[] = {
    {"acme:error:", read_acme_type},
    {"Error creating new order", read_new_order},
    {"Error finalizing order", read_finalize},
    {"Error creating new cert", read_finalize},
    {"During secondary validation", read_secondary_validation},
    {"During secondary CAA checking", read_secondary},
    {"While processing CAA for ", read_subject},
    {"Identifier(\"dns\", \"", read_subject},
    {"authorization error for ", read_subject},
    {"[dns: ", read_subject},
    {"[", read_bracketed},
    {":Verify error", read_name_before},
    {": Challenge error", read_name_before},
    {": Invalid status", read_name_before},
    {"Rechecking CAA for ", read_rechecking},
    {"DNS problem: ", read_dns_problem},
    {"CAA record for ", read_caa_record},
    {"CAA check for ", read_caa_check},
    {"no valid A records found for ", read_no_a},
    {"no valid AAAA records found for ", read_no_aaaa},
    {"No TXT record found at ", read_no_txt},
    {"Cannot issue for ", read_cannot_issue},
};

enum { TOKENS = sizeof tokens / sizeof tokens[0] };

static const struct token *token_at(struct caa_slice rest) {
    for (size_t i = 0; i < TOKENS; i++)
        if (tokens[i].words[0] == rest.ptr[0] && caa_slice_starts_with(rest, tokens[i].words))
            return &tokens[i];
    return NULL;
}

static void read_other_ca(struct reading *reading, const struct caa_other_ca *other) {
    reading->in.at += strlen(other->words);
    reading->draft.ca = other->ca;
    caa_explain_copy(reading->draft.type, sizeof reading->draft.type, caa_slice_of("CAA"));
    emit(reading, other->problem);
}

static void read_all(struct reading *reading) {
    struct caa_reader *in = &reading->in;
    while (in->at < in->text.len) {
        const struct token *token = token_at(caa_reader_rest(in));
        const struct caa_other_ca *other =
            token == NULL ? caa_other_ca_at(in->text, in->at) : NULL;
        if (token != NULL) {
            in->at += strlen(token->words);
            token->read(reading);
        } else if (other != NULL) {
            read_other_ca(reading, other);
        } else {
            in->at++;
        }
    }
}

/* RFC 8555 section 6.7: the type alone says as much. */
static enum caa_problem problem_of_type(const char *acme_type) {
    if (strcmp(acme_type, "caa") == 0) return CAA_PROBLEM_FORBIDDEN;
    if (strcmp(acme_type, "dns") == 0) return CAA_PROBLEM_LOOKUP;
    return CAA_PROBLEM_OTHER;
}

/* Nothing but brackets and quotes stands behind the type. */
static bool is_type_alone(const struct reading *reading) {
    for (size_t i = reading->type_end; i < reading->in.text.len; i++)
        if (caa_ascii_is_alnum(reading->in.text.ptr[i])) return false;
    return true;
}

static void note_hint(struct reading *reading, const struct caa_explanation *around,
                      struct caa_message_rest *rest) {
    bool typed = reading->draft.acme_type[0] != '\0' &&
                 strcmp(reading->draft.acme_type, around->acme_type) != 0;
    bool partial = reading->partial != CAA_PROBLEM_NONE;
    if (reading->taken > 0 || (!typed && !partial && reading->several == 0)) return;
    rest->hint = true;
    rest->more = partial || reading->several > 0 || is_type_alone(reading);
    rest->hinted = reading->draft;
    rest->hinted.problem = partial                ? reading->partial
                           : reading->several > 0 ? CAA_PROBLEM_SEVERAL
                                                  : problem_of_type(reading->draft.acme_type);
    caa_explain_judge(&rest->hinted);
    if (rest->hinted.sureness == CAA_SURENESS_CERTAIN)
        rest->hinted.sureness = CAA_SURENESS_LIKELY;
}

void caa_message_read(struct caa_slice text, const struct caa_explanation *around,
                      caa_explanation_take *take, void *context,
                      struct caa_message_rest *rest) {
    const struct caa_explanation nothing = caa_explain_nothing();
    if (around == NULL) around = &nothing;
    struct reading reading = {
        .in.text = text, .draft = *around, .take = take, .context = context};
    read_all(&reading);
    *rest = (struct caa_message_rest){.taken = reading.taken, .cut = reading.cut};
    note_hint(&reading, around, rest);
    rest->context = reading.draft;
}

bool caa_message_is_likely(struct caa_slice text) {
    static const char *const words[] = {"CAA",
                                        "acme:error:",
                                        "DNS problem",
                                        "Cannot issue for",
                                        "prevents issuance",
                                        "records found for",
                                        "record found at",
                                        "DNS lookup"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (memmem(text.ptr, text.len, words[i], strlen(words[i])) != NULL) return true;
    return false;
}
