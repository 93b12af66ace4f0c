#include "record/parameter.h"

#include "base/ascii.h"

static void mark_malformed(struct caa_binding *binding, size_t position, const char *reason) {
    binding->state = CAA_BINDING_MALFORMED;
    caa_malformed_at(&binding->malformed, position, reason);
}

/* RFC 8657 sections 3 and 4: more than one of a kind, and the property is unsatisfiable. The
   first fault is the one that is told. */
static void bind(struct caa_binding *binding, struct caa_slice value, size_t tag_position,
                 const char *reason_twice) {
    if (binding->state == CAA_BINDING_PRESENT)
        mark_malformed(binding, tag_position, reason_twice);
    if (binding->state == CAA_BINDING_ABSENT)
        *binding = (struct caa_binding){.state = CAA_BINDING_PRESENT, .value = value};
}

/* Takes what stands before the next comma off the front of `rest`; false after the last. */
static bool next_label(struct caa_slice *rest, struct caa_slice *label) {
    if (rest->ptr == NULL) return false;
    size_t n = 0;
    while (n < rest->len && rest->ptr[n] != ',') n++;
    *label = (struct caa_slice){rest->ptr, n};
    *rest = n == rest->len ? (struct caa_slice){NULL, 0}
                           : (struct caa_slice){rest->ptr + n + 1, rest->len - n - 1};
    return true;
}

static size_t label_octets_allowed(struct caa_slice label) {
    size_t n = 0;
    while (n < label.len && (caa_ascii_is_alnum(label.ptr[n]) || label.ptr[n] == '-')) n++;
    return n;
}

/* value = [*(label ",") label]; label = 1*(ALPHA / DIGIT / "-") */
static void check_validationmethods(struct caa_binding *binding, struct caa_slice text) {
    struct caa_slice rest = binding->value, label;
    if (rest.len == 0) return;
    while (binding->state == CAA_BINDING_PRESENT && next_label(&rest, &label)) {
        size_t allowed = label_octets_allowed(label);
        size_t position = (size_t)(label.ptr - text.ptr) + allowed;
        if (label.len == 0)
            mark_malformed(binding, position, "a validation method label is empty");
        else if (allowed < label.len)
            mark_malformed(binding, position,
                           "a validation method label has a character other than letters, "
                           "digits and hyphens");
    }
}

void caa_bindings_of_value(struct caa_bindings *bindings, const struct caa_issue_value *value,
                           struct caa_slice text) {
    struct caa_slice rest = value->parameters;
    struct caa_parameter p;
    *bindings = (struct caa_bindings){.unknown_count = 0};
    while (caa_parameter_next(&rest, &p)) {
        size_t position = (size_t)(p.tag.ptr - text.ptr);
        if (caa_slice_equal_nocase(p.tag, caa_slice_of("accounturi")))
            bind(&bindings->accounturi, p.value, position, "accounturi is given twice");
        else if (caa_slice_equal_nocase(p.tag, caa_slice_of("validationmethods")))
            bind(&bindings->validationmethods, p.value, position,
                 "validationmethods is given twice");
        else if (bindings->unknown_count++ == 0)
            bindings->first_unknown_tag = p.tag;
    }
    check_validationmethods(&bindings->validationmethods, text);
}

bool caa_validationmethods_permit(struct caa_slice list, const struct caa_slice *labels,
                                  size_t count) {
    struct caa_slice permitted;
    while (next_label(&list, &permitted))
        for (size_t i = 0; i < count; i++)
            if (permitted.len > 0 && caa_slice_equal_nocase(permitted, labels[i])) return true;
    return false;
}
