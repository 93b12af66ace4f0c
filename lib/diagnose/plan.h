/* Which questions a survey asks of whom: planned before any is sent. Pure, but for memory. */
#ifndef CAA_DIAGNOSE_PLAN_H
#define CAA_DIAGNOSE_PLAN_H

#include <stdbool.h>

#include "base/arena.h"
#include "diagnose/survey.h"

/* Adds `zone` of `path` to the end of the survey, with all that its servers are to be asked;
   `climbs` as for caa_surveyor_add. NULL where it is in the survey already, or where memory
   does not suffice, which is noted. */
struct caa_survey_zone *caa_plan_zone(struct caa_survey *survey, struct caa_arena *arena,
                                      const struct caa_path *path,
                                      const struct caa_path_zone *zone, bool climbs);

/* Adds a name server to the zone, so that its addresses can be looked up; NULL where memory
   does not suffice. */
struct caa_survey_host *caa_plan_host(struct caa_survey *survey, struct caa_arena *arena,
                                      struct caa_survey_zone *zone,
                                      const struct caa_path_ns *ns);

#endif
