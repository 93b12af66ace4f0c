/* Asks the questions of a survey: one at a time of each server, a few dozen servers at once,
   bounded in queries. What a server has shown not to answer is not asked of it again. */
#ifndef CAA_DIAGNOSE_SURVEYOR_H
#define CAA_DIAGNOSE_SURVEYOR_H

#include <stdbool.h>
#include <stdint.h>

#include <event2/event.h>

#include "base/clock.h"
#include "base/err.h"
#include "diagnose/survey.h"
#include "dns/lookup.h"

enum {
    CAA_SURVEYOR_QUERIES_MOST = 800,
    CAA_SURVEYOR_HOSTS_MOST = 40, /* name servers whose addresses are looked up */
};

struct caa_surveyor;

/* Nothing is in flight any more. */
typedef void caa_surveyor_idle(void *context);

struct caa_surveyor_setting {
    struct event_base *base; /* all of these must outlive the surveyor */
    const struct caa_clock *clock;
    const struct caa_random *random; /* NULL: the system's */
    struct caa_lookup *lookup;       /* resolves the names of name servers; NULL: nobody does */
    caa_surveyor_idle *idle;
    void *context;
};

/* A surveyor that has asked nothing yet. CAA_ERR_NOMEM, CAA_ERR_EVENT. */
enum caa_err caa_surveyor_new(struct caa_surveyor **surveyor,
                              const struct caa_surveyor_setting *setting);

/* Asks the servers of those zones of `path` that are not in the survey yet. The path must be
   done, and outlive the surveyor. `climbs`: CAA is asked for at the path's name and at each of
   its ancestors; else at the name alone, as at an alias's end. `idle` is called once after
   this, later, never from inside this call. */
void caa_surveyor_add(struct caa_surveyor *surveyor, const struct caa_path *path, bool climbs);

/* Ends what is in flight, for good: nothing is asked after this, and `idle` is not called. */
void caa_surveyor_stop(struct caa_surveyor *surveyor);

/* What is known so far; lives until caa_surveyor_free. */
const struct caa_survey *caa_surveyor_survey(const struct caa_surveyor *surveyor);

/* NULL is fine. */
void caa_surveyor_free(struct caa_surveyor *surveyor);

/* Is the item worth asking, by what is known of its server? Pure. */
bool caa_surveyor_is_worth(const struct caa_survey_server *server,
                           const struct caa_survey_item *item);

#endif
