#include "record/value.h"

#include "base/ascii.h"

/* A place in the text; each read_ function starts at `at` and leaves it behind what it took, or
   on what is malformed. */
struct cursor {
    struct caa_slice text;
    size_t at;
    struct caa_malformed *malformed;
};

/* What the messages call a run of letters, digits and hyphens: RFC 8659 has the same rule for a
   label and for a parameter's tag. */
struct ldh_reasons {
    const char *empty;
    const char *starts_with_hyphen;
    const char *ends_with_hyphen;
};

static const struct ldh_reasons label_reasons = {
    "a label of the issuer domain name is empty",
    "a label of the issuer domain name starts with a hyphen",
    "a label of the issuer domain name ends with a hyphen",
};

static const struct ldh_reasons tag_reasons = {
    "a parameter has no tag",
    "a parameter tag starts with a hyphen",
    "a parameter tag ends with a hyphen",
};

static enum caa_err malformed_here(const struct cursor *c, const char *reason) {
    return caa_malformed_at(c->malformed, c->at, reason);
}

static bool at_end(const struct cursor *c) {
    return c->at == c->text.len;
}

static bool at_char(const struct cursor *c, char wanted) {
    return !at_end(c) && c->text.ptr[c->at] == wanted;
}

static struct caa_slice taken_since(const struct cursor *c, size_t start) {
    return (struct caa_slice){c->text.ptr + start, c->at - start};
}

static void skip_wsp(struct cursor *c) {
    while (!at_end(c) && caa_ascii_is_wsp(c->text.ptr[c->at])) c->at++;
}

static bool is_ldh(const struct cursor *c) {
    return !at_end(c) && (caa_ascii_is_alnum(c->text.ptr[c->at]) || at_char(c, '-'));
}

/* (ALPHA / DIGIT) *( *("-") (ALPHA / DIGIT)) */
static enum caa_err read_ldh(struct cursor *c, const struct ldh_reasons *reasons) {
    size_t start = c->at;
    while (is_ldh(c)) c->at++;
    if (c->at == start) return malformed_here(c, reasons->empty);
    if (c->text.ptr[start] == '-')
        return caa_malformed_at(c->malformed, start, reasons->starts_with_hyphen);
    if (c->text.ptr[c->at - 1] == '-')
        return caa_malformed_at(c->malformed, c->at - 1, reasons->ends_with_hyphen);
    return CAA_OK;
}

/* Why an issuer domain name cannot go on with this: the mistakes that people make. */
static const char *reason_against(char c) {
    switch (c) {
    case '_': return "the issuer domain name has an underscore";
    case '=': return "a parameter stands before the first ';'";
    case ',': return "a comma: each record names one issuer";
    case '"': return "a quotation mark is part of the value";
    case '*': return "the issuer domain name is not a wildcard";
    default: break;
    }
    if ((unsigned char)c > 0x7f)
        return "the issuer domain name is not ASCII: write it in A-labels";
    return "the issuer domain name has a character other than letters, digits, hyphens and "
           "dots";
}

static bool issuer_may_end_here(const struct cursor *c) {
    return at_end(c) || at_char(c, ';') || caa_ascii_is_wsp(c->text.ptr[c->at]);
}

static enum caa_err read_label(struct cursor *c) {
    bool ends = issuer_may_end_here(c);
    if (ends && c->at > 0 && c->text.ptr[c->at - 1] == '.')
        return caa_malformed_at(c->malformed, c->at - 1,
                                "the issuer domain name ends with a dot");
    if (!ends && !is_ldh(c) && !at_char(c, '.'))
        return malformed_here(c, reason_against(c->text.ptr[c->at]));
    return read_ldh(c, &label_reasons);
}

/* label *("." label) */
static enum caa_err read_issuer_domain_name(struct cursor *c, struct caa_slice *name) {
    size_t start = c->at;
    enum caa_err err = read_label(c);
    while (err == CAA_OK && at_char(c, '.')) {
        c->at++;
        err = read_label(c);
    }
    if (err == CAA_OK && !issuer_may_end_here(c))
        err = malformed_here(c, reason_against(c->text.ptr[c->at]));
    *name = taken_since(c, start);
    return err;
}

static bool parameter_tag_may_end_here(const struct cursor *c) {
    return at_end(c) || at_char(c, '=') || at_char(c, ';') ||
           caa_ascii_is_wsp(c->text.ptr[c->at]);
}

static enum caa_err read_parameter_tag(struct cursor *c, struct caa_slice *tag) {
    size_t start = c->at;
    if (at_char(c, ';')) return malformed_here(c, "a parameter is empty");
    enum caa_err err = CAA_OK;
    if (parameter_tag_may_end_here(c) || is_ldh(c)) err = read_ldh(c, &tag_reasons);
    if (err == CAA_OK && !parameter_tag_may_end_here(c))
        err = malformed_here(
            c, "a parameter tag has a character other than letters, digits and hyphens");
    *tag = taken_since(c, start);
    return err;
}

static enum caa_err read_equals_sign(struct cursor *c) {
    if (at_end(c) || at_char(c, ';')) return malformed_here(c, "a parameter has no '='");
    if (!at_char(c, '=')) return malformed_here(c, "a parameter tag is not followed by '='");
    c->at++;
    return CAA_OK;
}

/* *(%x21-3A / %x3C-7E), and then ';' or the end. */
static enum caa_err read_parameter_value(struct cursor *c, struct caa_slice *value) {
    size_t start = c->at;
    while (!at_end(c) && caa_ascii_is_vchar(c->text.ptr[c->at]) && !at_char(c, ';')) c->at++;
    *value = taken_since(c, start);
    size_t value_end = c->at;
    skip_wsp(c);
    if (at_end(c) || at_char(c, ';')) return CAA_OK;
    if (c->at > value_end)
        return caa_malformed_at(c->malformed, value_end, "a parameter value has a space in it");
    return malformed_here(c, "a parameter value has an octet that is not printable ASCII");
}

/* tag *WSP "=" *WSP value *WSP */
static enum caa_err read_parameter(struct cursor *c, struct caa_parameter *parameter) {
    enum caa_err err = read_parameter_tag(c, &parameter->tag);
    skip_wsp(c);
    if (err == CAA_OK) err = read_equals_sign(c);
    skip_wsp(c);
    if (err == CAA_OK) err = read_parameter_value(c, &parameter->value);
    return err;
}

/* (parameter *WSP ";" *WSP parameters) / parameter */
static enum caa_err check_parameters(struct cursor *c) {
    for (;;) {
        struct caa_parameter parameter;
        enum caa_err err = read_parameter(c, &parameter);
        if (err != CAA_OK || at_end(c)) return err;
        size_t semicolon = c->at++;
        skip_wsp(c);
        if (at_end(c))
            return caa_malformed_at(c->malformed, semicolon,
                                    "the last parameter is followed by ';'");
    }
}

/* [";" *WSP [parameters *WSP]] */
static enum caa_err read_rest(struct cursor *c, struct caa_slice *parameters) {
    if (!at_end(c) && !at_char(c, ';'))
        return malformed_here(c, "something other than ';' follows the issuer domain name");
    if (!at_end(c)) c->at++;
    skip_wsp(c);
    size_t start = c->at;
    enum caa_err err = at_end(c) ? CAA_OK : check_parameters(c);
    *parameters = taken_since(c, start);
    return err;
}

enum caa_err caa_issue_value_parse(struct caa_issue_value *value, struct caa_slice text,
                                   struct caa_malformed *malformed) {
    if (text.ptr == NULL) text = caa_slice_of("");
    struct cursor c = {text, 0, malformed};
    enum caa_err err = CAA_OK;
    *value = (struct caa_issue_value){{text.ptr, 0}, {text.ptr, 0}};
    skip_wsp(&c);
    if (!at_end(&c) && !at_char(&c, ';'))
        err = read_issuer_domain_name(&c, &value->issuer_domain_name);
    skip_wsp(&c);
    return err == CAA_OK ? read_rest(&c, &value->parameters) : err;
}

bool caa_parameter_next(struct caa_slice *rest, struct caa_parameter *parameter) {
    struct cursor c = {*rest, 0, NULL};
    if (rest->len == 0 || read_parameter(&c, parameter) != CAA_OK) return false;
    if (!at_end(&c)) c.at++;
    skip_wsp(&c);
    *rest = (struct caa_slice){c.text.ptr + c.at, c.text.len - c.at};
    return true;
}
