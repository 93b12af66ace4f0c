/* Inside the api: what settings hold. */
#ifndef CAA_API_SETTINGS_H
#define CAA_API_SETTINGS_H

#include <caa/caa.h>

#include "api/complaint.h"
#include "api/text_list.h"
#include "engine/engine.h"

struct caa_settings {
    struct caa_complaint complaint;
    bool refused; /* a setter failed: the complaint stays */
    char *root_hints;
    char *trust_anchor;
    char *tls_ca_bundle;
    char *answers;
    struct caa_text_list forwarders;
    struct caa_text_list resolver_options;
    uint32_t cache_mib;
    uint32_t deadline_ms;
};

/* The same for an engine; valid until the settings change. */
struct caa_engine_setting caa_settings_engine(const struct caa_settings *settings);

#endif
