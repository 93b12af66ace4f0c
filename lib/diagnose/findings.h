/* Findings while they are collected: each kind once for each zone, with all its evidence. */
#ifndef CAA_DIAGNOSE_FINDINGS_H
#define CAA_DIAGNOSE_FINDINGS_H

#include "diagnose/diagnosis.h"

enum { CAA_FINDINGS_OF_DIAGNOSIS_MAX = 128, CAA_FINDING_EVIDENCE_MAX = 64 };

struct caa_findings {
    struct caa_arena *arena;
    const struct caa_survey *survey;
    const struct caa_check_result *check;
    int64_t now_us; /* wall clock */
    struct caa_diagnosis_finding *first;
    size_t count, dropped;
    bool out_of_memory;
};

/* A new finding of the zone, which whoever runs the zone can mend; NULL where there is no room.
   What follows does nothing for NULL. */
struct caa_diagnosis_finding *caa_findings_add(struct caa_findings *findings,
                                               enum caa_diagnosis_code code,
                                               const struct caa_name *zone);

/* The finding of that kind in that zone, or a new one. */
struct caa_diagnosis_finding *caa_findings_of(struct caa_findings *findings,
                                              enum caa_diagnosis_code code,
                                              const struct caa_name *zone);

/* Text in the arena; "" where memory does not suffice. Never NULL. */
const char *caa_findings_say(struct caa_findings *findings, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A name as text in the arena; "the root" for the root. */
const char *caa_findings_name(struct caa_findings *findings, const struct caa_name *name);

/* Adds what a server did with one question, once. */
void caa_findings_note(struct caa_findings *findings, struct caa_diagnosis_finding *finding,
                       const struct caa_path_server *server,
                       const struct caa_exchange *exchange, const char *did);

/* Adds what a server was found to say, where no single question shows it. */
struct caa_diagnosis_evidence *caa_findings_note_saying(struct caa_findings *findings,
                                                        struct caa_diagnosis_finding *finding,
                                                        const struct caa_name *server,
                                                        const struct caa_address *address,
                                                        const char *did);

/* What came of an exchange, in words: "SERVFAIL", "no answer within 1500 ms". */
const char *caa_findings_did(struct caa_findings *findings, const struct caa_exchange *exchange,
                             enum caa_server_state state);

/* Each looks at one side of what was observed, and adds what it finds. */
void caa_findings_from_servers(struct caa_findings *findings,
                               const struct caa_survey_zone *zone);
void caa_findings_from_delegation(struct caa_findings *findings,
                                  const struct caa_survey_zone *zone);
void caa_findings_from_glue(struct caa_findings *findings, const struct caa_survey_zone *zone);
void caa_findings_from_agreement(struct caa_findings *findings,
                                 const struct caa_survey_zone *zone);
void caa_findings_from_signatures(struct caa_findings *findings,
                                  const struct caa_survey_zone *zone);
void caa_findings_from_check(struct caa_findings *findings,
                             const struct caa_diagnosis *diagnosis);

#endif
