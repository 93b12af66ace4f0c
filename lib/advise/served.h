/* Whether each authoritative server of a domain serves a set that permits what is wished: read
   from what a walk for its CAA records found. Evidence, and never a verdict's ground. */
#ifndef CAA_ADVISE_SERVED_H
#define CAA_ADVISE_SERVED_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/request.h"
#include "probe/path.h"

enum { CAA_SERVED_SERVERS_MAX = 128, CAA_SERVED_RECORDS_MAX = 1024 };

enum caa_served {
    CAA_SERVED_SET,     /* a set that permits the wish */
    CAA_SERVED_OTHER,   /* a set that does not */
    CAA_SERVED_NOTHING, /* no CAA record */
    CAA_SERVED_FAILED,  /* no usable answer, so nobody knows */
    CAA_SERVED_NO_WAY,  /* nor could any other server of its address family be reached */
};

struct caa_served_server {
    const struct caa_path_server *server;
    enum caa_served served;
    size_t record_count; /* of the set */
};

struct caa_served_zone {
    const struct caa_path_zone
        *zone; /* the one that has the domain; NULL: it was not reached */
    size_t count;
    struct caa_served_server servers[CAA_SERVED_SERVERS_MAX];
    size_t of[CAA_SERVED_NO_WAY + 1]; /* how many of each kind */
    bool agree;                       /* all that answer say the same */
    bool cut;                         /* there are more servers, which were not asked */
};

/* Reads a walk, done, for type CAA at the wish's domain, which is `path->name`. Packets must
   be whole. Each issuer, account and method of the wish has to be permitted, for wildcards
   where it is for one. */
void caa_served_read(struct caa_served_zone *zone, const struct caa_path *path,
                     const struct caa_request *wish);

/* "set", "other", "nothing", "failed", "no-way": codes for JSON. Static. */
const char *caa_served_code(enum caa_served served);

/* For people. Static. */
const char *caa_served_text(enum caa_served served);

#endif
