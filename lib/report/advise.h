/* Advice for people, for programs, and in the forms in which it is published. */
#ifndef CAA_REPORT_ADVISE_H
#define CAA_REPORT_ADVISE_H

#include <stdbool.h>
#include <stdio.h>

#include "advise/advice.h"
#include "advise/served.h"
#include "base/writer.h"
#include "report/style.h"

/* What the set does to one certificate in use. */
struct caa_advise_effect {
    const struct caa_in_use *in_use;
    enum caa_in_use_effect effect;
    const struct caa_name *shield; /* whose set decides there; NULL: nobody's */
};

/* All that is known; everything in it belongs to the caller. */
struct caa_advise_report {
    const struct caa_advice *advice;
    const struct caa_check_result *today;   /* the check of the domain */
    const struct caa_check_result *of_name; /* the check of the name; may be the same */
    bool ends_climb;                        /* caa_advice_ends_climb */
    bool in_use_given;
    size_t effect_count;
    const struct caa_advise_effect *effects;
    const struct caa_served_zone *served; /* NULL: the servers were not asked */
    const char *source;                   /* who answered: "libunbound 1.17.1" */
};

enum caa_advise_form {
    CAA_ADVISE_ZONE,     /* lines of a master file (RFC 1035 section 5) */
    CAA_ADVISE_NSUPDATE, /* a script for nsupdate(1), which holds only while nobody else changes
                            the set (RFC 2136 section 2.4) */
    CAA_ADVISE_ROUTE53,  /* a change batch of Amazon Route 53, in JSON */
};

/* What the advice comes to, in the order from good to bad. */
enum caa_advise_verdict {
    CAA_ADVISE_GOOD,      /* it can be published; with the servers asked: it is, everywhere */
    CAA_ADVISE_TRY_AGAIN, /* something could not be looked up, or a server did not answer */
    CAA_ADVISE_MEND,      /* nothing can be advised before something is mended */
    CAA_ADVISE_BAD, /* a certificate in use loses its CA; with the servers asked: one of them
                       does not serve it, or a check is not allowed by it */
};

/* The worst of all that is in the report. */
enum caa_advise_verdict caa_advise_verdict_of(const struct caa_advise_report *report);

/* The set is known, and can be written in the forms below. */
bool caa_advise_has_set(const struct caa_advise_report *report);

/* Writes the set to `out`, whose errors are the caller's to look for. False when out of
   memory. */
bool caa_advise_write_form(FILE *out, const struct caa_advice *advice,
                           enum caa_advise_form form);

/* "zone", "nsupdate", "route53". Static. */
const char *caa_advise_form_code(enum caa_advise_form form);

/* For people: the set, its forms, times, risks, certificates in use, servers. False when out of
   memory. */
bool caa_text_advice(FILE *out, const struct caa_advise_report *report,
                     const struct caa_text_style *style);

/* Certificates in use that the set does harm to, or may, one a line. */
void caa_text_advice_effects(FILE *out, const struct caa_advise_report *report,
                             const struct caa_text_style *style);

/* One sentence that says what there is to do, or what is in the way. */
void caa_advise_sentence(const struct caa_advise_report *report, struct caa_writer *out);

/* As docs/advise.schema.json describes it: one line without the line's end, freed by free().
   NULL when out of memory. */
char *caa_json_advice(const struct caa_advise_report *report);

/* A record in presentation format, freed by free(); NULL when out of memory. */
char *caa_advise_record_text(struct caa_slice rdata);

#endif
