/* Is it them or us? Before a registry is blamed, another top-level domain is asked. */
#ifndef CAA_RESCUE_CONTROL_H
#define CAA_RESCUE_CONTROL_H

#include <stdbool.h>

#include <event2/event.h>

#include "base/clock.h"
#include "dns/lookup.h"
#include "rescue/advice.h"

struct caa_control_look;

/* `lookup` is asked with cold caches; all must outlive the look. NULL when out of memory. */
struct caa_control_look *caa_control_new(struct event_base *base, const struct caa_clock *clock,
                                         struct caa_lookup *lookup);

/* What is known since `since_us` (by the monotonic clock), for a failure of `name` or above it,
   of a top-level domain that has another operator; CAA_CONTROL_OPEN where the last answer is
   older. Asks where it is, or is older than ten seconds: then there is another one, three
   seconds later at most. Who has not answered by then fails; where he answers seven seconds
   later at most, what he says counts from then on. */
enum caa_control caa_control_state(struct caa_control_look *look, const struct caa_name *name,
                                   int64_t since_us);

/* The same of any top-level domain, the name's own among them: works where one does. For a
   failure that no registry is blamed for. The second is asked where the first one fails. */
enum caa_control caa_control_state_of_any(struct caa_control_look *look,
                                          const struct caa_name *name, int64_t since_us);

/* It is being asked for a failure of `name`: there will be an answer, three seconds after the
   question at most. */
bool caa_control_is_asking(struct caa_control_look *look, const struct caa_name *name);

/* NULL is fine. */
void caa_control_free(struct caa_control_look *look);

#endif
