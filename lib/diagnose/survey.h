/* What every server of every zone on the way was asked beyond the walk, and what came of it. */
#ifndef CAA_DIAGNOSE_SURVEY_H
#define CAA_DIAGNOSE_SURVEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "diagnose/facts.h"
#include "dns/answer.h"
#include "probe/path.h"

enum caa_survey_question {
#define CAA_SURVEY(name, code, type, tcp, edns, text) CAA_SURVEY_##name,
#include "diagnose/question.def"
#undef CAA_SURVEY
    CAA_SURVEY_QUESTION_COUNT
};

enum {
    CAA_SURVEY_PATHS_MAX = 4,   /* the name's own, and those of where aliases lead */
    CAA_SURVEY_LEVELS_MAX = 10, /* ancestors whose CAA each server is asked for */
};

/* One question to one address. */
struct caa_survey_item {
    struct caa_survey_item *next;
    enum caa_survey_question question;
    struct caa_name name;
    const struct caa_exchange *exchange; /* NULL: not asked */
    bool after_truncation; /* `exchange` went over TCP, since the answer did not fit over UDP */
    enum caa_server_state state;
    struct caa_facts facts;
};

struct caa_survey_server {
    struct caa_survey_server *next;
    const struct caa_path_server *server;
    struct caa_survey_item *items; /* in the order of the questions */
};

/* What the recursor says of a name server's addresses. */
struct caa_survey_host {
    struct caa_survey_host *next;
    const struct caa_path_ns *ns;
    const struct caa_answer *answers[2]; /* A, AAAA; NULL: not asked, or no end yet */
};

struct caa_survey_zone {
    struct caa_survey_zone *next; /* the one below, then those of the next path */
    const struct caa_path *path;
    const struct caa_path_zone *zone;
    struct caa_survey_server *servers;
    struct caa_survey_host *hosts;
};

struct caa_survey {
    struct caa_survey_zone *zones; /* each once, in the order of the paths */
    size_t path_count;
    const struct caa_path *paths[CAA_SURVEY_PATHS_MAX];
    uint32_t query_count;  /* sent, with those of the walks */
    uint32_t lookup_count; /* asked of the recursor, likewise */
    unsigned limits;       /* of caa_path_limit, added up */
};

/* The zone of that name, or NULL. */
const struct caa_survey_zone *caa_survey_find(const struct caa_survey *survey,
                                              const struct caa_name *zone);

/* The deepest zone of the survey that encloses `name`, or NULL. */
const struct caa_survey_zone *caa_survey_zone_of(const struct caa_survey *survey,
                                                 const struct caa_name *name);

/* The first item of that question, or NULL; `name` NULL: whatever it was asked for. */
const struct caa_survey_item *caa_survey_item(const struct caa_survey_server *server,
                                              enum caa_survey_question question,
                                              const struct caa_name *name);

/* A response came, whatever it says. */
bool caa_survey_responded(const struct caa_survey_item *item);

/* A response came from that server to anything, in the walk or in the survey. */
bool caa_survey_server_responds(const struct caa_survey_server *server);

/* No server of any zone responds over that family (4 or 6), while over the other one some
   does: that is a matter of this machine's network. */
bool caa_survey_family_is_dead(const struct caa_survey *survey, uint8_t family);

/* All servers of that zone have addresses of one family only, which is dead so. */
bool caa_survey_zone_needs_dead_family(const struct caa_survey *survey,
                                       const struct caa_name *name);

/* The zone's answers are to be validated: it is the root, or its parent has DS for it. */
bool caa_survey_zone_is_signed(const struct caa_survey_zone *zone);

/* How a server is, all in all. */
enum caa_survey_health {
    CAA_SURVEY_GOOD,
    CAA_SURVEY_IMPAIRED, /* of use to a check, and something is wrong */
    CAA_SURVEY_BAD,      /* of no use to a check */
    CAA_SURVEY_UNASKED,
};

/* `*word` becomes what is the matter, in a few words; "ok" where nothing is. Static. */
enum caa_survey_health caa_survey_health_of(const struct caa_survey_server *server,
                                            const char **word);

/* "good", "impaired", "bad", "unasked". Static. */
const char *caa_survey_health_code(enum caa_survey_health health);

/* "soa", "SOA": codes for JSON, words for people. Static. */
const char *caa_survey_question_code(enum caa_survey_question question);
const char *caa_survey_question_text(enum caa_survey_question question);

/* What is asked: the type, over TCP, with EDNS. */
uint16_t caa_survey_question_type(enum caa_survey_question question);
bool caa_survey_question_is_tcp(enum caa_survey_question question);
bool caa_survey_question_has_edns(enum caa_survey_question question);

#endif
