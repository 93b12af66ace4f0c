#include "report/lint_prose.h"

static void write_name(struct caa_writer *out, const struct caa_name *name) {
    char text[CAA_NAME_TEXT_MAX];
    caa_name_to_text(name, text);
    caa_writer_text(out, text);
}

/* "dns-01 or http-01" of "dns-01,http-01". */
static void write_methods(struct caa_writer *out, struct caa_slice list) {
    for (size_t i = 0; i < list.len; i++)
        if (list.ptr[i] == ',')
            caa_writer_text(out, " or ");
        else
            caa_writer_char(out, list.ptr[i]);
}

void caa_lint_prose_permission(const struct caa_lint *lint, struct caa_writer *out) {
    const struct caa_bindings *bindings = &lint->judgement.bindings;
    caa_writer_slice(out, lint->judgement.issuer_domain_name);
    if (bindings->accounturi.state == CAA_BINDING_PRESENT) {
        caa_writer_text(out, ", only for account ");
        caa_writer_slice(out, bindings->accounturi.value);
    }
    if (bindings->validationmethods.state == CAA_BINDING_PRESENT) {
        caa_writer_text(out, ", only by ");
        write_methods(out, bindings->validationmethods.value);
    }
}

/* Why a well-formed issue value permits nobody. */
static void write_nobody(struct caa_writer *out, const struct caa_lint *lint,
                         const char *what) {
    const struct caa_binding *account = &lint->judgement.bindings.accounturi;
    bool no_account = account->state == CAA_BINDING_PRESENT && account->value.len == 0;
    if (lint->judgement.issuer_domain_name.len == 0)
        caa_writer_text(out, "It names no CA, so by this record nobody may issue ");
    else if (no_account)
        caa_writer_text(out,
                        "Its accounturi is empty, which is nobody's account: by this record "
                        "nobody may issue ");
    else
        caa_writer_text(out, "Its validationmethods lists no method: by this record nobody may "
                             "issue ");
    caa_writer_text(out, what);
    caa_writer_text(out, ".\nThat forbids only where no other record of the set permits.\n");
}

/* The part that issue, issuewild and issuemail have in common. */
static void write_issue(struct caa_writer *out, const struct caa_lint *lint, const char *what) {
    if (lint->judgement.standing == CAA_STANDING_MALFORMED) {
        caa_writer_text(out, "It is malformed, so by this record nobody may issue ");
        caa_writer_text(out, what);
        caa_writer_text(out, ", and yet it restricts like any other.\n"
                             "What other records of the set permit, it does not take away.\n");
    } else if (caa_lint_permits(lint)) {
        caa_writer_text(out, "May issue ");
        caa_writer_text(out, what);
        caa_writer_text(out, ": ");
        caa_lint_prose_permission(lint, out);
        caa_writer_text(out, ".\n");
    } else {
        write_nobody(out, lint, what);
    }
}

static bool starts_with(struct caa_slice s, const char *prefix) {
    size_t len = caa_slice_of(prefix).len;
    return s.len >= len &&
           caa_slice_equal_nocase(caa_slice_bytes(s.ptr, len), caa_slice_of(prefix));
}

static void write_iodef(struct caa_writer *out, struct caa_slice url) {
    bool mail = starts_with(url, "mailto:");
    caa_writer_text(out, mail ? "CAs may report requests that they refused by mail to "
                              : "CAs may report requests that they refused to ");
    size_t skip = mail ? caa_slice_of("mailto:").len : 0;
    caa_writer_escaped(out, caa_slice_bytes(url.ptr + skip, url.len - skip), false);
    caa_writer_text(out, ".\n");
}

static void write_contact(struct caa_writer *out, struct caa_slice contact, const char *kind) {
    caa_writer_text(out, "CAs may use this ");
    caa_writer_text(out, kind);
    caa_writer_text(out, " to validate control of the domain: ");
    caa_writer_escaped(out, contact, false);
    caa_writer_text(out, ".\n");
}

static void write_unknown(struct caa_writer *out, const struct caa_record *record) {
    bool critical = (record->flags & CAA_FLAG_CRITICAL) != 0;
    caa_writer_text(out, critical ? "A CA that does not understand '" : "Nobody has to obey '");
    caa_writer_slice(out, record->tag);
    caa_writer_text(out, critical ? "' must not issue any certificate; this checker does not "
                                    "understand it either.\n"
                                  : "': a CA that does not understand it ignores it.\n");
}

static void write_critical(struct caa_writer *out, const struct caa_record *record) {
    if ((record->flags & CAA_FLAG_CRITICAL) == 0) return;
    if (record->property == CAA_PROPERTY_UNKNOWN) return;
    caa_writer_text(out, "Critical: a CA that does not understand '");
    caa_writer_slice(out, record->tag);
    caa_writer_text(out, "' must not issue.\n");
}

static void write_property(struct caa_writer *out, const struct caa_lint *lint) {
    const char *neither = "It restricts neither TLS nor S/MIME certificates.\n";
    struct caa_slice value = lint->record.value;
    switch (lint->record.property) {
    case CAA_PROPERTY_ISSUE:
        write_issue(out, lint, "TLS certificates");
        caa_writer_text(out, "Wildcards too, unless the set has an issuewild.\n");
        return;
    case CAA_PROPERTY_ISSUEWILD:
        write_issue(out, lint, "wildcard certificates");
        caa_writer_text(out,
                        "For wildcards it hides every issue of its set; other names it does "
                        "not restrict.\n");
        return;
    case CAA_PROPERTY_ISSUEMAIL:
        write_issue(out, lint, "S/MIME certificates");
        caa_writer_text(out, "TLS certificates it does not restrict.\n");
        return;
    case CAA_PROPERTY_UNKNOWN: write_unknown(out, &lint->record); return;
    case CAA_PROPERTY_ISSUEVMC:
        caa_writer_text(out, "It says who may issue verified mark certificates (BIMI).\n");
        break;
    case CAA_PROPERTY_IODEF: write_iodef(out, value); break;
    case CAA_PROPERTY_CONTACTEMAIL: write_contact(out, value, "mail address"); break;
    case CAA_PROPERTY_CONTACTPHONE: write_contact(out, value, "phone number"); break;
    }
    caa_writer_text(out, neither);
}

void caa_lint_prose_record(const struct caa_lint *lint, struct caa_writer *out) {
    if (lint->readable) {
        write_property(out, lint);
        write_critical(out, &lint->record);
    } else if (lint->rdata.ptr != NULL) {
        caa_writer_text(out,
                        "It might be critical, and nobody can tell: every check of its set "
                        "fails, and no CA may issue.\n");
    }
}

static void write_what_outweighs(struct caa_writer *out, const struct caa_lint_set *set) {
    switch (caa_lint_set_who(set, CAA_LINT_TLS)) {
    case CAA_LINT_UNDECIDED:
        caa_writer_text(out,
                        "One record cannot be read and might be critical, so the set cannot "
                        "be obeyed: every check fails.\n");
        break;
    case CAA_LINT_NOBODY:
        if (set->critical_unknown)
            caa_writer_text(out, "A critical tag is not understood, which outweighs every "
                                 "permission.\n");
        break;
    case CAA_LINT_ANYBODY:
    case CAA_LINT_LISTED: break;
    }
}

static void write_wildcards(struct caa_writer *out, const struct caa_lint_set *set) {
    if (!set->has_issuewild) return;
    caa_writer_text(out, set->has_issue
                             ? "For wildcards issuewild hides every issue.\n"
                             : "Without any issue, only wildcards are restricted.\n");
}

static void write_end_of_climb(struct caa_writer *out, const struct caa_lint_set *set) {
    struct caa_name parent;
    caa_writer_text(out, caa_lint_set_restricts_nothing(set)
                             ? "It restricts nothing, and yet the search for CAA ends here"
                             : "The search for CAA ends here");
    if (caa_name_parent(&parent, &set->owner) && !caa_name_is_root(&parent)) {
        caa_writer_text(out, ": what ");
        write_name(out, &parent);
        caa_writer_text(out, " says does not count");
    }
    caa_writer_text(out, ".\n");
}

void caa_lint_prose_set(const struct caa_lint_set *set, struct caa_writer *out) {
    write_what_outweighs(out, set);
    write_wildcards(out, set);
    write_end_of_climb(out, set);
}
