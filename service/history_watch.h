/* Tells the operator when the history cannot be written, when it can again, and what was lost:
   the library, which knows, does not log. */
#ifndef CAA_SERVICE_HISTORY_WATCH_H
#define CAA_SERVICE_HISTORY_WATCH_H

#include <event2/event.h>

#include "base/err.h"
#include "history/history.h"

struct service_history_watch;

/* Looks once a second from `base`; both outlive the watch. `history` NULL: there is nothing to
   watch, and none is made. CAA_ERR_NOMEM, CAA_ERR_EVENT. */
enum caa_err service_history_watch_new(struct service_history_watch **watch,
                                       struct event_base *base, struct caa_history *history);

/* NULL is fine. */
void service_history_watch_free(struct service_history_watch *watch);

/* caa_history_close, telling what was lost in the end. NULL is fine. */
void service_history_close(struct caa_history *history);

#endif
