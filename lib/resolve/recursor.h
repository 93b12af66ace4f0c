/* A lookup that resolves and validates for itself: libunbound's event API on libevent.

   One recursor is one libunbound context with caches of its own, used by one thread; thousands
   of questions may be in flight. A pinned question gets a context of its own, with cold caches,
   which costs some 10 ms and 2 MB; at most CAA_RECURSOR_PINNED_MAX are in flight. One that
   inherits leaves it behind for its name and those below, CAA_HEIRS_MOST at most
   (resolve/heirs.h). There is no deadline: with silent servers libunbound may take minutes, so
   who asks sets one and cancels. */
#ifndef CAA_RESOLVE_RECURSOR_H
#define CAA_RESOLVE_RECURSOR_H

#include <stdbool.h>
#include <stddef.h>

#include <event2/event.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/err.h"
#include "dns/lookup.h"
#include "resolve/bootstrap.h"
#include "resolve/option.h"

enum { CAA_RECURSOR_PINNED_MAX = 64 };

struct caa_recursor_setting {
    const struct caa_root_hints *root_hints;     /* may be NULL only with forwarders */
    const struct caa_trust_anchor *trust_anchor; /* with at least one record */
    const char *const *forwarders; /* "ADDRESS[@PORT][#TLSNAME]", all with a name or none */
    size_t forwarder_count;
    const char *tls_ca_bundle; /* PEM file of the CAs that forwarders over TLS are held to */
    const struct caa_resolver_option *options;
    size_t option_count;
    size_t cache_octets; /* shared out among libunbound's caches; options may override */
    bool keep_packets;   /* answers come with the response that they were read from */
};

/* Makes a recursor on `base`. Base and clock must outlive it, the setting need not.
   CAA_ERR_TRUST_ANCHOR or CAA_ERR_ROOT_HINTS where there is none (without an anchor everything
   would be "insecure"), CAA_ERR_OPTION for a forwarder that cannot be read or a mix of plain
   and TLS, CAA_ERR_RESOLVER with libunbound's word, CAA_ERR_NOMEM, CAA_ERR_EVENT. */
enum caa_err caa_recursor_new(struct caa_lookup **lookup, struct event_base *base,
                              const struct caa_clock *clock,
                              const struct caa_recursor_setting *setting,
                              struct caa_diag *diag);

/* libunbound's version, "1.17.1". Static. */
const char *caa_recursor_library_version(void);

/* False for a libunbound older than 1.25.2: it lacks fixes for validation (among them
   CVE-2026-33278, CVE-2026-42959 and CVE-2026-56416) unless a distribution has backported them.
 */
bool caa_recursor_library_is_current(void);

/* What is to be said where it is not, without its version; NULL where it is. Static. */
const char *caa_recursor_library_warning(void);

/* The same of any version's text: that of the libunbound in another process. */
bool caa_recursor_version_is_current(const char *version);

#endif
