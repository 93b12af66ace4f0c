/* What follows from the counts: which rates differ, since when, at which hours; and whether
   chance would do the same. Pure. */
#ifndef CAA_TALLY_INFERENCE_H
#define CAA_TALLY_INFERENCE_H

#include <stdbool.h>
#include <stddef.h>

#include "statistics/change.h"
#include "statistics/comparison.h"
#include "statistics/evenness.h"
#include "statistics/interval.h"
#include "tally/tally.h"

enum caa_inference_kind {
    CAA_INFERENCE_COMPARISON, /* of two groups' rates */
    CAA_INFERENCE_CHANGE,     /* of a rate in the course of time */
    CAA_INFERENCE_RHYTHM,     /* by the hour of the day */
};

struct caa_inference {
    enum caa_inference_kind kind;
    enum caa_tally_by by; /* what the groups are groups of */
    const struct caa_group
        *a; /* the one with the higher rate, or whose change it is; NULL: all */
    const struct caa_group *b;
    bool testable;   /* there are enough failures for any result to mean something */
    double p;        /* of this test alone */
    double p_family; /* adjusted for all tests of the report */
    bool significant;
    struct caa_two_rates rates; /* of a comparison */
    struct caa_rate_ratio ratio;
    struct caa_change change;
    int64_t at_s, early_s, late_s; /* of a change: since 1970 */
    struct caa_rhythm rhythm;
};

enum {
    CAA_INFERENCES_MOST = 128,
    CAA_COMPARED_TLDS_MOST = 8, /* those with most checks: chosen without looking at failures */
    CAA_COMPARED_CAS_MOST = 4,
};

struct caa_inferences {
    size_t count;
    struct caa_inference all[CAA_INFERENCES_MOST]; /* significant ones first, then by p */
    size_t tested; /* inferences that are testable: the family of tests */
    size_t significant;
    double crowding; /* of all failures along time: 1 where each comes by itself */
    bool
        crowded; /* more than chance: p-values take failures as independent, and are too sure */
    bool time_is_exposure; /* the log does not tell what worked: tests along time assume as many
                              checks a day all along */
};

/* It is significant only if there were as many checks at every time, which the log does not
   tell. */
bool caa_inference_is_assumed(const struct caa_inferences *inferences,
                              const struct caa_inference *inference);

/* Looks at one part of a finished tally, which must outlive them. */
void caa_inferences_make(struct caa_inferences *inferences, const struct caa_tally *tally,
                         const struct caa_tally_part *part);

#endif
