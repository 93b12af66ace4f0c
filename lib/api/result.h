/* Inside the api: what a result holds, and how it comes about. */
#ifndef CAA_API_RESULT_H
#define CAA_API_RESULT_H

#include <caa/caa.h>

#include "base/arena.h"
#include "base/err.h"
#include "check/check.h"
#include "problem/problem.h"

struct caa_level_text {
    const char *name;
    const char *reason;
};

/* Made when a check starts, with a copy of its request; filled when the check is done. Depends
   on nothing else from then on. */
struct caa_result {
    struct caa_arena *arena; /* holds all of this but the JSON */
    enum caa_verdict_kind verdict;
    struct caa_check_result facts; /* each answer with a reference of ours */
    const char *name;
    const char *rule;
    const char *text;
    const char *advice;
    const char *source;                 /* who answered */
    struct caa_level_text *level_texts; /* of facts.levels */
    char *json;                         /* NULL until asked for */
    char *problems[2];                  /* the same; in a challenge, as an answer */
    enum caa_problem unchecked;         /* why no check is needed; CAA_PROBLEM_NONE */
};

/* A result for a complete query, with no verdict yet; that of a name that needs no check is
   filled. NULL when out of memory. */
struct caa_result *caa_result_new(const struct caa_query *query);

/* Copies what a finished check found, which `source` answered. CAA_ERR_NOMEM: the result is
   still without a verdict. */
enum caa_err caa_result_fill(struct caa_result *result, const struct caa_check_result *facts,
                             const char *source);

#endif
