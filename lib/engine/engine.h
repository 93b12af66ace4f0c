/* The stack that answers, put together from one setting: what a program holds to make checks.
 */
#ifndef CAA_ENGINE_ENGINE_H
#define CAA_ENGINE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <event2/event.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/err.h"
#include "check/check.h"

struct caa_engine_shared;    /* engine/shared.h */
struct caa_recursor_setting; /* resolve/recursor.h */
struct caa_rescue_counts;    /* rescue/rescue.h */

/* Makes the lookup that resolves, in place of a recursor in this process; the engine frees it.
   Root hints, trust anchor, options and cache size are filled in. Errors as
   caa_recursor_new. */
typedef enum caa_err caa_engine_make_recursor(void *context, struct caa_lookup **lookup,
                                              struct event_base *base,
                                              const struct caa_clock *clock,
                                              const struct caa_recursor_setting *setting,
                                              struct caa_diag *diag);

/* NULL and 0 take the default. */
struct caa_engine_setting {
    const char *answers; /* path of an answers file ("-": standard input): asks nobody else */
    const char *root_hints;   /* path; default CAA_CONF_ROOT_HINTS_DEFAULT */
    const char *trust_anchor; /* path; default CAA_CONF_TRUST_ANCHOR_DEFAULT */
    const char *const *forwarders;
    size_t forwarder_count;
    const char *tls_ca_bundle;           /* path; default CAA_CONF_TLS_CA_BUNDLE_DEFAULT */
    const char *const *resolver_options; /* "name: value" */
    size_t resolver_option_count;
    uint32_t cache_mib;  /* default: a part of the machine's memory */
    bool no_rescue;      /* take a failure as it comes; so it is behind forwarders */
    bool prove_insecure; /* look for the proof that a failing zone is unsigned, which requests
                            with br_insecure_failure need */
    bool no_cache;       /* remember nothing but what libunbound does */
    bool keep_packets;   /* answers come with the response that they were read from */
    struct caa_engine_shared *shared; /* NULL: the engine makes its own */
    /* An answer in use was asked again ahead of its time, and that failed with `answer`, which
       is valid during the call; may be NULL. */
    void (*refresh_failed)(void *context, const struct caa_answer *answer);
    void *refresh_failed_context;
    caa_engine_make_recursor *make_recursor;
    void *make_recursor_context;
};

struct caa_engine;

/* Makes an engine on `base`; base and clock must outlive it, the setting need not. Errors with
   file, line and reason as caa_answers_open, caa_root_hints_read, caa_trust_anchor_read,
   caa_resolver_option_parse and caa_recursor_new. */
enum caa_err caa_engine_new(struct caa_engine **engine, struct event_base *base,
                            const struct caa_clock *clock,
                            const struct caa_engine_setting *setting, struct caa_diag *diag);

/* Starts a check of at most `deadline_ms`; 0 is CAA_CHECK_DEADLINE_MS_DEFAULT. As
 * caa_check_start. */
enum caa_err caa_engine_check(struct caa_engine *engine, struct caa_check **check,
                              const struct caa_request *request, uint32_t deadline_ms,
                              caa_check_done *done, void *context);

/* The same for one of many clients, none of whom may take all there is: caa_question.client. */
enum caa_err caa_engine_check_for(struct caa_engine *engine, uint64_t client,
                                  struct caa_check **check, const struct caa_request *request,
                                  uint32_t deadline_ms, caa_check_done *done, void *context);

/* What the engine's checks ask, for questions of one's own; it belongs to the engine, and lives
   as long. */
struct caa_lookup *caa_engine_lookup(struct caa_engine *engine);

/* Who answers, for the record: "libunbound 1.17.1", or "answers file PATH". Lives as long as
   the engine. */
const char *caa_engine_source(const struct caa_engine *engine);

/* Lookups started so far, identical ones in flight counted once. */
uint64_t caa_engine_lookup_count(const struct caa_engine *engine);

/* What became of the lookups so far; all 0 where there is no rescue. */
void caa_engine_rescue_counts(const struct caa_engine *engine,
                              struct caa_rescue_counts *counts);

/* Every check has to be freed before. NULL is fine. */
void caa_engine_free(struct caa_engine *engine);

#endif
