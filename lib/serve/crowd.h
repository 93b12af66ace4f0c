/* How many connections each client has: an IPv4 address, or a /64 of IPv6, all of which its
   owner may use. On one thread. */
#ifndef CAA_SERVE_CROWD_H
#define CAA_SERVE_CROWD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/err.h"

struct caa_crowd;
struct caa_crowd_client;

/* Makes one without anybody in it, of whom each may have `each_most` connections; 0: any
   number. It holds as much as there are connections. `seed` is secret and random: clients
   choose their addresses. CAA_ERR_NOMEM. */
enum caa_err caa_crowd_new(struct caa_crowd **crowd, uint32_t each_most, uint64_t seed);

/* The client of that address may have one more. */
bool caa_crowd_has_room(const struct caa_crowd *crowd, const struct sockaddr *address);

/* Counts one more, whether there is room or not. NULL where it is not counted: it has neither
   kind of address, or there is no memory. */
struct caa_crowd_client *caa_crowd_enter(struct caa_crowd *crowd,
                                         const struct sockaddr *address);

/* One less. NULL is fine. */
void caa_crowd_leave(struct caa_crowd_client *client);

/* Whose one more would be; NULL: nobody's who is there. */
const struct caa_crowd_client *caa_crowd_find(const struct caa_crowd *crowd,
                                              const struct sockaddr *address);

/* Who is still in it has to have left. NULL is fine. */
void caa_crowd_free(struct caa_crowd *crowd);

#endif
