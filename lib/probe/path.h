/* What a walk found: every zone from the root down to the deepest one that encloses a name, and
   every server of each. And what follows from that, as pure functions. */
#ifndef CAA_PROBE_PATH_H
#define CAA_PROBE_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/evidence.h"
#include "dns/name.h"
#include "probe/exchange.h"

enum caa_server_state {
#define CAA_SERVER(name, code, text, failure) CAA_SERVER_##name,
#include "probe/server_state.def"
#undef CAA_SERVER
    CAA_SERVER_STATE_COUNT
};

/* Where an address came from; several may be true of one. */
enum caa_origin {
    CAA_ORIGIN_HINTS = 1,  /* root hints */
    CAA_ORIGIN_GIVEN = 2,  /* whoever started the walk below the root */
    CAA_ORIGIN_GLUE = 4,   /* the parent's referral */
    CAA_ORIGIN_LOOKUP = 8, /* the validating recursor */
    CAA_ORIGIN_CHILD = 16, /* the zone's own servers, with its own NS set */
};

/* One name of an NS set. */
struct caa_path_ns {
    struct caa_path_ns *next;
    struct caa_name name;
    bool in_parent;     /* the parent's referral names it */
    bool in_child;      /* the zone's own NS set names it */
    bool glue4, glue6;  /* the referral has an address for it */
    bool needs_glue;    /* it is at or below the zone: without glue it cannot be reached */
    bool looked_up;     /* its addresses were asked of the recursor… */
    bool lookup_failed; /* … which failed for A or for AAAA; no address is no failure */
};

/* A referral as one server gave it, in canonical order, so that two can be compared. */
struct caa_referral_item {
    struct caa_name ns;         /* lower case */
    struct caa_address address; /* glue; family 0: the NS record itself */
};
struct caa_referral {
    struct caa_name zone; /* the child, lower case */
    bool cut;             /* had more items than are kept, and so confirms nothing */
    bool ds;              /* with DS records: the child is signed */
    bool denial;          /* with NSEC or NSEC3 records */
    size_t item_count;
    const struct caa_referral_item *items; /* sorted */
};

/* A name whose address the recursor found this to be. */
struct caa_path_resolved {
    const struct caa_path_resolved *next;
    const struct caa_path_ns *ns;
};

/* One address of a zone. Where two NS names share an address it is asked once. */
struct caa_path_server {
    struct caa_path_server *next;
    const struct caa_path_ns *ns; /* who was first said to have it, by whomever: proves nothing;
                                     NULL: a hint, whose name nobody has told */
    struct caa_address address;
    unsigned origins;                         /* of caa_origin, added up */
    const struct caa_path_resolved *resolved; /* with CAA_ORIGIN_LOOKUP: for each name */
    const struct caa_exchange *udp; /* the question itself; NULL: not asked, or no end yet */
    const struct caa_exchange *tcp;
    enum caa_server_state udp_state, tcp_state;
    enum caa_server_state state;  /* of both together */
    bool refers;                  /* state is OK, and it gave a referral */
    const struct caa_name *alias; /* it says that the name leads there; NULL: it does not */
    const struct caa_referral *by_tcp; /* the referral that came over TCP; NULL: none */
};

struct caa_path_zone {
    struct caa_path_zone *next;         /* the one below, or NULL */
    const struct caa_path_zone *parent; /* NULL for the first */
    struct caa_name name;               /* lower case */
    struct caa_path_ns *ns;             /* in the order in which they came */
    size_t ns_count;
    struct caa_path_server *servers;
    size_t server_count;
    size_t server_known_count; /* with those that are beyond the limit and so not listed */
    bool ns_cut;               /* had more NS names than are kept */
    bool child_ns_seen;   /* a server of the zone told its NS set: in_child means something */
    bool ds_seen;         /* a referral to it had DS records */
    bool denial_seen;     /* one had NSEC or NSEC3 records instead */
    bool unresolved_left; /* some NS names were not looked up: too many, or nobody to ask */
    const struct caa_exchange *child_ns[2]; /* the exchanges that asked for its NS set */
};

/* What was left out because a limit was reached: bits. */
enum caa_path_limit {
    CAA_PATH_LIMIT_QUERIES = 1,
    CAA_PATH_LIMIT_ZONES = 2,
    CAA_PATH_LIMIT_SERVERS = 4,
    CAA_PATH_LIMIT_LOOKUPS = 8, /* NS names that were not resolved */
    CAA_PATH_LIMIT_TIME = 16,
    CAA_PATH_LIMIT_MEMORY = 32,
};

struct caa_path {
    struct caa_name name; /* the question */
    uint16_t type;
    struct caa_path_zone *zones; /* from the first one (the root) downward */
    size_t zone_count;
    uint32_t query_count;  /* sent by the prober */
    uint32_t lookup_count; /* asked of the recursor */
    unsigned limits;       /* of caa_path_limit, added up */
    bool done;
    int64_t started_at_us; /* wall clock */
    uint32_t elapsed_us;
};

/* The zone of that name on the path, or NULL. */
const struct caa_path_zone *caa_path_find(const struct caa_path *path,
                                          const struct caa_name *zone);

/* The last zone of the path. */
const struct caa_path_zone *caa_path_deepest(const struct caa_path *path);

/* A zone's name servers, so counted that an address family which is dead on the whole path
   while the other works does not matter, nor does it how many addresses one has. A server is
   usable where at least one address of it is. */
struct caa_server_count {
    size_t known;   /* names; addresses, where names are unknown */
    size_t usable;  /* gave an answer or a usable referral, over UDP or TCP */
    size_t failing; /* all that were asked failed */
};
struct caa_server_count caa_path_count_servers(const struct caa_path *path,
                                               const struct caa_path_zone *zone);

/* No server is usable, or less than a third of those that were asked. */
bool caa_path_zone_is_failing(const struct caa_path *path, const struct caa_path_zone *zone);

/* The deepest zone that is failing, all of which were reached through at least one usable
   server of their parent; NULL where none is. A root with one dead letter is not failing. */
const struct caa_path_zone *caa_path_failing_zone(const struct caa_path *path);

/* At least one of the zone's addresses failed: a rescue pins all such zones. */
bool caa_path_zone_has_failures(const struct caa_path_zone *zone);

/* At least one of its addresses was not asked: a limit, or a look at a few only. */
bool caa_path_zone_has_unasked(const struct caa_path_zone *zone);

/* 4 or 6, where all addresses of its servers are of that family; 0 where they are of both, or
   there is none. */
uint8_t caa_path_zone_only_family(const struct caa_path_zone *zone);

/* How the zone fails over UDP, where that got through to less than a third of the addresses
   that were asked: CAA_FAILURE_NO_UDP where its servers answer over TCP. CAA_FAILURE_NONE where
   it does not fail. */
enum caa_failure caa_path_zone_udp_failure(const struct caa_path_zone *zone);

/* What most of the zone's servers that are not usable do: CAA_FAILURE_NONE where all are, or
   nobody has told yet; CAA_FAILURE_NO_ADDRESS where none of their names has led to one. */
enum caa_failure caa_path_zone_failure(const struct caa_path_zone *zone);

/* May this address steer a pin? Hints may, and what was given, and what the recursor resolved
   for a name in a confirmed NS set: for that very name, since a lie may give the address to a
   true name and have it resolved for a false one. Glue may where the confirmed referral
   (caa_path_confirmed_referral) has it. */
bool caa_path_server_is_confirmed(const struct caa_path_zone *zone,
                                  const struct caa_path_server *server);

/* The referral to `zone` that at least two servers of its parent gave over TCP, identically in
   names and addresses. They are two servers (caa_path_are_two_servers, and also by what is
   confirmed of their names) whose addresses are confirmed themselves, up to the root. NULL
   where there is none. A reply over UDP is never looked at. */
const struct caa_referral *caa_path_confirmed_referral(const struct caa_path_zone *zone);

/* Different name servers: two addresses of one name are one, which proves nothing by agreeing
   with itself. Where a name is unknown, two addresses of one family are two. */
bool caa_path_are_two_servers(const struct caa_path_server *a, const struct caa_path_server *b);

/* Copies up to `most` addresses of servers that are usable and confirmed, those with the
   shortest round trip first; returns how many. `over_tcp`: they have answered over TCP, or
   over UDP and were not asked over TCP; else over UDP. */
size_t caa_path_pinnable(const struct caa_path_zone *zone, bool over_tcp,
                         struct caa_address *addresses, size_t most);

/* How many different things the usable servers of a zone said: 0 where none is, 1 where they
   agree. Referrals and answers are compared apart: a server of both zones gives an answer where
   others refer. */
size_t caa_path_variants(const struct caa_path_zone *zone);

/* Which of them that server says, counted from 1; 0 where it is not usable. */
size_t caa_path_variant_of(const struct caa_path_zone *zone,
                           const struct caa_path_server *server);

/* Where the name leads as an alias, by most of the servers that answer for it and say so; NULL
   where none does. Unvalidated. */
const struct caa_name *caa_path_alias(const struct caa_path *path);

/* The exchange that best shows what the server does: a usable one, else the last. NULL where it
   was not asked. */
const struct caa_exchange *caa_path_server_exchange(const struct caa_path_server *server);

/* "silent": the code used in JSON. Static. */
const char *caa_server_state_code(enum caa_server_state state);

/* "no answer": for people. Static. */
const char *caa_server_state_text(enum caa_server_state state);

/* The failure that such a server shows; CAA_FAILURE_NONE where it shows none. */
enum caa_failure caa_server_state_failure(enum caa_server_state state);

#endif
