/* One check that somebody asked for: made, recorded where that is wanted, and told. */
#ifndef CAA_DAEMON_API_INQUIRY_H
#define CAA_DAEMON_API_INQUIRY_H

#include "daemon/api/request.h"
#include "daemon/api/state.h"

struct caad_inquiry;

typedef void caad_inquiry_done(void *context, struct caad_inquiry *inquiry);

/* Starts it, and takes a reference to the request. `client` (who asks) is copied into the
   record. `done` is called exactly once, never from inside this call, unless it is freed
   before. CAA_ERR_NOMEM, and what caa_engine_check returns. */
enum caa_err caad_inquiry_start(struct caad_inquiry **inquiry, struct caad_api *api,
                                struct caad_request *request, const char *client,
                                caad_inquiry_done *done, void *context);

/* What is to be said: a JSON object in one line, `*len` octets, living as long as the inquiry;
   NULL where our own machine failed, which the refusal then tells. */
const char *caad_inquiry_document(const struct caad_inquiry *inquiry, size_t *len);
const struct caa_refusal *caad_inquiry_refusal(const struct caad_inquiry *inquiry);

/* Gives the document away, to be freed by free(). */
char *caad_inquiry_take_document(struct caad_inquiry *inquiry, size_t *len);

/* Ends it; its check goes on by itself where the request was for an early answer. From inside
   `done` too. NULL is fine. */
void caad_inquiry_free(struct caad_inquiry *inquiry);

/* Frees what is left of inquiries that were freed: checks that go on by themselves, and those
   whose record is still under way. No event may come from the history after this. */
void caad_inquiries_free(struct caad_api *api);

#endif
