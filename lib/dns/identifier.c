#include "dns/identifier.h"

#include <arpa/inet.h>
#include <idn2.h>
#include <stdio.h>
#include <string.h>

#include "base/ascii.h"
#include "base/utf8.h"
#include "base/writer.h"

enum {
    TEXT_MAX = CAA_NAME_WIRE_MAX - 2, /* of a host name: neither the root nor a final dot */
    INPUT_MAX = 4 * TEXT_MAX,         /* every character four octets of UTF-8 */
    QUOTE_MAX = 80,
};

/* One label as it was typed, and where it stands: what a reason names. */
struct typed_label {
    struct caa_slice text;
    size_t number; /* from 1, a `*` in front included */
    struct caa_diag *diag;
};

static enum caa_err refuse_text(struct caa_diag *diag, const char *reason) {
    caa_diag_set(diag, "%s", reason);
    return CAA_ERR_SYNTAX;
}

static enum caa_err refuse_label(const struct typed_label *label, const char *reason) {
    size_t len = label->text.len;
    size_t quoted = len < QUOTE_MAX ? len : QUOTE_MAX;
    caa_diag_set(label->diag, "label %zu, \"%.*s%s\": %s", label->number, (int)quoted,
                 label->text.ptr, quoted < len ? "..." : "", reason);
    return CAA_ERR_SYNTAX;
}

static enum caa_err refuse_character(const struct typed_label *label, char c) {
    char reason[64];
    if (caa_ascii_is_vchar(c) || c == ' ')
        snprintf(reason, sizeof reason, "'%c' is not a letter, a digit or a hyphen", c);
    else
        snprintf(reason, sizeof reason, "octet \\%03u is not a letter, a digit or a hyphen",
                 (unsigned char)c);
    return refuse_label(label, reason);
}

/* libidn2 measures nothing and stops at a NUL: both are settled before it sees anything. */
static enum caa_err check_input(struct caa_slice text, struct caa_diag *diag) {
    if (text.len == 0) return refuse_text(diag, "the name is empty");
    if (text.len > INPUT_MAX) return refuse_text(diag, "the name is longer than 253 octets");
    if (memchr(text.ptr, '\0', text.len) != NULL)
        return refuse_text(diag, "the name holds a NUL octet");
    if (!caa_utf8_is_valid(text)) return refuse_text(diag, "the name is not valid UTF-8");
    return CAA_OK;
}

static bool read_address(struct caa_identifier *identifier, struct caa_slice text) {
    char typed[INET6_ADDRSTRLEN + 2] = "";
    unsigned char address[sizeof(struct in6_addr)];
    bool bracketed = text.len > 2 && text.ptr[0] == '[' && text.ptr[text.len - 1] == ']';
    if (bracketed) text = caa_slice_bytes(text.ptr + 1, text.len - 2);
    if (text.len >= sizeof typed) return false;
    memcpy(typed, text.ptr, text.len);
    int family = AF_INET6;
    if (!bracketed && inet_pton(AF_INET, typed, address) == 1)
        family = AF_INET;
    else if (inet_pton(AF_INET6, typed, address) != 1)
        return false;
    identifier->kind = CAA_IDENTIFIER_IP;
    return inet_ntop(family, address, identifier->text, sizeof identifier->text) != NULL;
}

/* UTS 46 section 2.3 takes three more characters for a dot. */
static size_t dot_octets(struct caa_slice s) {
    static const char *const dots[] = {".", "\u3002", "\uff0e", "\uff61"};
    for (size_t i = 0; i < sizeof dots / sizeof *dots; i++) {
        struct caa_slice dot = caa_slice_of(dots[i]);
        if (s.len >= dot.len && memcmp(s.ptr, dot.ptr, dot.len) == 0) return dot.len;
    }
    return 0;
}

/* Takes the next label and the dot behind it off `rest`; `*dotted` says whether there was one.
 */
static struct caa_slice take_label(struct caa_slice *rest, bool *dotted) {
    struct caa_slice label = {rest->ptr, 0};
    size_t dot = 0;
    while (label.len < rest->len && dot == 0) {
        dot = dot_octets(caa_slice_bytes(rest->ptr + label.len, rest->len - label.len));
        label.len += dot == 0;
    }
    *dotted = dot > 0;
    rest->ptr += label.len + dot;
    rest->len -= label.len + dot;
    return label;
}

static bool is_a_label(struct caa_slice label) {
    return label.len >= 4 &&
           caa_slice_equal_nocase(caa_slice_bytes(label.ptr, 4), caa_slice_of("xn--"));
}

static int run_libidn2(struct caa_slice label, uint8_t **converted, int flags) {
    char text[INPUT_MAX + 1] = "";
    memcpy(text, label.ptr, label.len);
    return idn2_lookup_u8((const uint8_t *)text, converted, flags | IDN2_NFC_INPUT);
}

/* What UTS 46 maps to something else in transitional processing: sharp s, final sigma, and the
   two joiners. */
static bool has_deviation(struct caa_slice label) {
    static const char *const deviations[] = {"\u00df", "\u03c2", "\u200c", "\u200d"};
    for (size_t i = 0; i < sizeof deviations / sizeof *deviations; i++)
        if (memmem(label.ptr, label.len, deviations[i], strlen(deviations[i])) != NULL)
            return true;
    return false;
}

/* libidn2 adds to UTS 46 the IDNA2008 classes, which disallow symbols (emoji among them) that
   registries do sell. Only its transitional processing leaves them out; without a deviation
   character both give the same. */
static int convert(struct caa_slice label, uint8_t **converted) {
    int rc = run_libidn2(label, converted, IDN2_NONTRANSITIONAL);
    if (rc == IDN2_DISALLOWED && !has_deviation(label))
        rc = run_libidn2(label, converted, IDN2_TRANSITIONAL);
    return rc;
}

static enum caa_err refuse_idn(const struct typed_label *label, int rc) {
    char reason[160];
    if (rc == IDN2_MALLOC) return CAA_ERR_NOMEM;
    if (rc == IDN2_TOO_BIG_LABEL || rc == IDN2_PUNYCODE_BIG_OUTPUT)
        return refuse_label(label, "it is longer than 63 octets");
    snprintf(reason, sizeof reason, "no internationalized label (UTS 46): %s",
             idn2_strerror(rc));
    return refuse_label(label, reason);
}

/* `ascii` must be what its own U-label is written as: it decodes, and encodes to the same. */
static enum caa_err check_a_label(const struct typed_label *label, struct caa_slice ascii) {
    uint8_t *again = NULL;
    int rc = run_libidn2(ascii, &again, IDN2_NONTRANSITIONAL);
    bool same = rc == IDN2_OK && caa_slice_equal(caa_slice_of((char *)again), ascii);
    idn2_free(again);
    if (rc == IDN2_MALLOC) return CAA_ERR_NOMEM;
    /* UTS 46 was satisfied before libidn2 came to the IDNA2008 classes. */
    if (same || rc == IDN2_DISALLOWED) return CAA_OK;
    return refuse_label(label, "an A-label (xn--) that does not decode to a U-label and back");
}

/* Letters, digits and hyphens, as RFC 1123 section 2.1 has them. */
static enum caa_err check_ldh(const struct typed_label *label, struct caa_slice ascii) {
    if (ascii.len == 0) return refuse_label(label, "it is empty");
    for (size_t i = 0; i < ascii.len; i++) {
        if (ascii.ptr[i] == '*')
            return refuse_label(label, "'*' may only stand alone, in front of a name");
        if (!caa_ascii_is_alnum(ascii.ptr[i]) && ascii.ptr[i] != '-')
            return refuse_character(label, ascii.ptr[i]);
    }
    if (ascii.len > CAA_NAME_LABEL_MAX)
        return refuse_label(label, "it is longer than 63 octets");
    if (ascii.ptr[0] == '-') return refuse_label(label, "it starts with a hyphen");
    if (ascii.ptr[ascii.len - 1] == '-') return refuse_label(label, "it ends with a hyphen");
    return is_a_label(ascii) ? check_a_label(label, ascii) : CAA_OK;
}

/* Checks one label in ASCII and appends it, in lower case, to `out`. */
static enum caa_err append_ascii(const struct typed_label *label, struct caa_slice ascii,
                                 struct caa_writer *out) {
    char lower[INPUT_MAX];
    for (size_t i = 0; i < ascii.len; i++) lower[i] = caa_ascii_lower(ascii.ptr[i]);
    ascii.ptr = lower;
    enum caa_err err = check_ldh(label, ascii);
    if (err == CAA_OK) caa_writer_slice(out, ascii);
    return err;
}

static bool is_ascii(struct caa_slice s) {
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.ptr[i] > 0x7f) return false;
    return true;
}

static enum caa_err append_label(const struct typed_label *label, struct caa_writer *out) {
    /* ASCII never goes through UTS 46: names with hyphens in the third and fourth place live
       in the DNS ("r3---sn-a.example"), and libidn2 would refuse them. */
    if (is_ascii(label->text)) return append_ascii(label, label->text, out);
    uint8_t *converted = NULL;
    int rc = convert(label->text, &converted);
    if (rc != IDN2_OK) return refuse_idn(label, rc);
    enum caa_err err = append_ascii(label, caa_slice_of((char *)converted), out);
    idn2_free(converted);
    return err;
}

static bool is_digits(struct caa_slice s) {
    for (size_t i = 0; i < s.len; i++)
        if (!caa_ascii_is_digit(s.ptr[i])) return false;
    return true;
}

/* Takes `*.` off the front. */
static bool take_wildcard(struct caa_slice *text) {
    struct caa_slice rest = *text;
    bool dotted = false;
    struct caa_slice first = take_label(&rest, &dotted);
    bool wildcard = dotted && caa_slice_equal(first, caa_slice_of("*"));
    if (wildcard) *text = rest;
    return wildcard;
}

/* Writes every label of `rest`, which is not empty, in canonical form to `out`; `last` becomes
   a view of the last. */
static enum caa_err write_labels(struct caa_slice rest, struct typed_label *label,
                                 struct caa_writer *out, struct caa_slice *last) {
    do {
        bool dotted;
        label->text = take_label(&rest, &dotted);
        label->number++;
        if (last->len > 0) caa_writer_char(out, '.');
        size_t start = out->len;
        enum caa_err err = append_label(label, out);
        if (err != CAA_OK) return err;
        *last = caa_slice_bytes(out->text + start, out->len - start);
        if (out->len > TEXT_MAX)
            return refuse_text(label->diag, "the name is longer than 253 octets");
    } while (rest.len > 0); /* so that one final dot starts no label */
    return CAA_OK;
}

static enum caa_err read_name(struct caa_identifier *identifier, struct caa_slice text,
                              struct caa_diag *diag) {
    struct typed_label label = {.diag = diag};
    struct caa_slice last = {0};
    struct caa_writer out = caa_writer_into(identifier->text, sizeof identifier->text);
    identifier->wildcard = take_wildcard(&text);
    label.number = identifier->wildcard;
    if (identifier->wildcard) caa_writer_text(&out, "*.");
    if (text.len == 0 || dot_octets(text) == text.len)
        return refuse_text(diag, identifier->wildcard
                                     ? "no name follows the '*'"
                                     : "the root is no name for a certificate");
    enum caa_err err = write_labels(text, &label, &out, &last);
    if (err != CAA_OK) return err;
    if (is_digits(last)) return refuse_label(&label, "the last label holds digits only");
    if (caa_slice_equal(last, caa_slice_of("onion"))) identifier->kind = CAA_IDENTIFIER_ONION;
    return caa_name_from_text(&identifier->name,
                              caa_slice_of(identifier->text + (identifier->wildcard ? 2 : 0)),
                              diag);
}

enum caa_err caa_identifier_parse(struct caa_identifier *identifier, struct caa_slice text,
                                  struct caa_diag *diag) {
    struct caa_identifier read = {.kind = CAA_IDENTIFIER_DNS};
    enum caa_err err = check_input(text, diag);
    if (err == CAA_OK && !read_address(&read, text)) err = read_name(&read, text, diag);
    if (err == CAA_OK) *identifier = read;
    return err;
}
