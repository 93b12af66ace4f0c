#include "dns/suffix.h"

#include <libpsl.h>

enum caa_fault caa_suffix_who(const struct caa_name *zone) {
    char name[CAA_NAME_TEXT_MAX];
    if (caa_name_is_root(zone)) return CAA_FAULT_REGISTRY;
    size_t len = caa_name_to_text(zone, name);
    /* The list is in lower case, and compared as it is. */
    for (size_t i = 0; i < len; i++)
        if (name[i] >= 'A' && name[i] <= 'Z') name[i] |= 0x20;
    const psl_ctx_t *list = psl_builtin();
    if (list == NULL) return CAA_FAULT_UNKNOWN;
    /* A top-level domain that the list does not know yet is a registry's all the same. */
    if (caa_name_label_count(zone) == 1 ||
        psl_is_public_suffix2(list, name, PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE))
        return CAA_FAULT_REGISTRY;
    if (psl_is_public_suffix2(list, name, PSL_TYPE_PRIVATE | PSL_TYPE_NO_STAR_RULE))
        return CAA_FAULT_PLATFORM;
    return CAA_FAULT_SUBSCRIBER;
}

bool caa_suffix_registered_domain(struct caa_name *domain, const struct caa_name *name) {
    enum caa_fault who = caa_suffix_who(name);
    struct caa_name at = *name, above;
    if (who != CAA_FAULT_SUBSCRIBER && who != CAA_FAULT_PLATFORM) return false;
    while (caa_name_parent(&above, &at)) {
        enum caa_fault above_who = caa_suffix_who(&above);
        bool is_end = above_who == CAA_FAULT_REGISTRY || above_who == CAA_FAULT_UNKNOWN;
        if (is_end || (who == CAA_FAULT_SUBSCRIBER && above_who == CAA_FAULT_PLATFORM)) break;
        at = above;
    }
    *domain = at;
    return true;
}
