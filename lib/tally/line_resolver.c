#include <string.h>

#include "problem/reader.h"
#include "tally/line.h"

/* What Unbound says went wrong: the first of these that the text has. */
static const struct {
    const char *words, *code;
    bool bogus;
} kinds[] = {
    {"exceeded the maximum number of sends", "too-many-sends", false},
    {"exceeded the maximum nameserver nxdomains", "too-many-nxdomains", false},
    {"could not fetch DNSKEY", "no-dnskey", false},
    {"no DNSKEY rrset", "no-dnskey", false},
    {"validation failure", "bogus", true},
    {"upstream server timeout", "timeout", false},
    {"got REFUSED", "refused", false},
    {"got SERVFAIL", "servfail", false},
    {"no server to query", "no-server", false},
    {"failed to get a delegation", "no-delegation", false},
    {"all servers for this domain failed", "all-servers-failed", false},
    {"all the configured stub or forward servers failed", "all-forwarders-failed", false},
    {"request has timed out", "timeout", false},
};

static size_t kind_of(struct caa_slice text) {
    size_t i = 0;
    while (i < sizeof kinds / sizeof kinds[0] &&
           memmem(text.ptr, text.len, kinds[i].words, strlen(kinds[i].words)) == NULL)
        i++;
    return i;
}

static struct caa_slice word_behind(struct caa_slice text, const char *before) {
    size_t len = strlen(before);
    const char *found = memmem(text.ptr, text.len, before, len);
    if (found == NULL) return (struct caa_slice){"", 0};
    struct caa_slice word = {found + len, 0};
    while (word.ptr + word.len < text.ptr + text.len &&
           strchr(" ,;<>", word.ptr[word.len]) == NULL)
        word.len++;
    while (word.len > 1 && strchr(".:", word.ptr[word.len - 1]) != NULL) word.len--;
    return word;
}

/* Whose fault it is and whether to try again follow from who runs the zone, as for an error
   text. */
static void judge(struct caa_tally_event *event, bool bogus) {
    struct caa_explanation explanation = caa_explain_nothing();
    explanation.problem = bogus ? CAA_PROBLEM_EXTENDED : CAA_PROBLEM_SERVFAIL;
    explanation.ede = bogus ? 6 : -1; /* DNSSEC Bogus: RFC 8914 section 4.7 */
    caa_explain_copy(explanation.owner, sizeof explanation.owner, event->zone);
    caa_explain_judge(&explanation);
    event->fault = caa_tally_fault_of_code(caa_slice_of(caa_explain_fault(&explanation)));
    event->again = explanation.again;
}

static bool skip_to(struct caa_reader *in, const char *words) {
    const char *found = memmem(in->text.ptr, in->text.len, words, strlen(words));
    if (found == NULL) return false;
    in->at = (size_t)(found - in->text.ptr) + strlen(words);
    return true;
}

static bool is_no_blank(char c) {
    return c != ' ' && c != '>';
}

enum caa_line caa_line_read_resolver(struct caa_line_reader *reader, struct caa_slice line,
                                     int64_t at_us) {
    struct caa_reader in = {.text = line};
    if (!skip_to(&in, "SERVFAIL <") && !skip_to(&in, "validation failure <"))
        return CAA_LINE_NOT_MINE;
    struct caa_slice name = caa_reader_take(&in, is_no_blank);
    caa_reader_skip_blanks(&in);
    struct caa_slice type = caa_reader_take(&in, is_no_blank);
    caa_reader_skip_blanks(&in);
    caa_reader_take(&in, is_no_blank);
    if (name.len == 0 || type.len == 0 || !caa_reader_skip(&in, ">")) return CAA_LINE_BROKEN;
    if (!caa_slice_equal(type, caa_slice_of("CAA"))) {
        reader->tally->input.not_caa++;
        return CAA_LINE_TAKEN;
    }
    struct caa_slice zone = word_behind(caa_reader_rest(&in), "at zone ");
    size_t kind = kind_of(line);
    bool known = kind < sizeof kinds / sizeof kinds[0];
    if (zone.len == 0) zone = name;
    while (zone.len > 1 && zone.ptr[zone.len - 1] == '.') zone.len--;
    struct caa_tally_event event = {
        .source = CAA_TALLY_RESOLVER,
        .at_us = at_us,
        .failed = true,
        .name = name,
        .zone = zone,
        .kind = caa_slice_of(known ? kinds[kind].code : "other"),
        .server = word_behind(caa_reader_rest(&in), " from "),
    };
    judge(&event, known && kinds[kind].bogus);
    caa_tally_take(reader->tally, &event);
    return CAA_LINE_TAKEN;
}
