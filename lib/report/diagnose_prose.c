#include "report/diagnose_prose.h"

void caa_prose_zone(const struct caa_name *zone, struct caa_writer *out) {
    char name[CAA_NAME_TEXT_MAX];
    caa_name_to_text(zone, name);
    caa_writer_text(out, caa_name_is_root(zone) ? "the root" : name);
}

static const char *who(enum caa_fault fault) {
    switch (fault) {
    case CAA_FAULT_REGISTRY: return "the registry of ";
    case CAA_FAULT_PLATFORM: return "the platform ";
    case CAA_FAULT_SUBSCRIBER: return "whoever runs ";
    case CAA_FAULT_RESOLVER: return "whoever runs this machine or its network";
    case CAA_FAULT_NONE:
    case CAA_FAULT_UNKNOWN: break;
    }
    return "it cannot be told who, for ";
}

static void write_who(enum caa_fault fault, const struct caa_name *zone,
                      struct caa_writer *out) {
    bool root = caa_name_is_root(zone) && fault == CAA_FAULT_REGISTRY;
    caa_writer_text(out, root ? "the operators of " : who(fault));
    if (fault != CAA_FAULT_RESOLVER) caa_prose_zone(zone, out);
}

void caa_prose_mender(const struct caa_diagnosis_finding *finding, struct caa_writer *out) {
    if (finding->code == CAA_DIAGNOSIS_NO_SUCH_TLD)
        caa_writer_text(out, "whoever asks for it");
    else
        write_who(finding->mender, &finding->mender_zone, out);
}

void caa_prose_evidence(const struct caa_diagnosis_evidence *evidence, struct caa_writer *out) {
    if (evidence->asked[0] != '\0') {
        caa_writer_text(out, evidence->asked);
        caa_writer_text(out, evidence->over_tcp ? ", TCP: " : ", UDP: ");
    }
    caa_writer_text(out, evidence->did);
}

static void write_failure(const struct caa_diagnosis *diagnosis, struct caa_writer *out) {
    caa_writer_text(out, "The lookup of ");
    caa_prose_zone(diagnosis->level, out);
    caa_writer_text(out,
                    diagnosis->state == CAA_DIAGNOSIS_FAILS ? " fails" : " failed at first");
    if (diagnosis->zone.len > 0) {
        bool one = caa_name_equal(&diagnosis->zone, diagnosis->level);
        caa_writer_text(out, one ? ": its servers " : ": the servers of ");
        if (!one) caa_prose_zone(&diagnosis->zone, out);
        caa_writer_text(out, one ? "" : " ");
        caa_writer_text(out, diagnosis->failure == CAA_FAILURE_NONE
                                 ? "cannot be found"
                                 : caa_failure_text(diagnosis->failure));
    }
    caa_writer_text(out, ".");
    if (diagnosis->fault == CAA_FAULT_NONE || diagnosis->fault == CAA_FAULT_UNKNOWN) return;
    caa_writer_text(out, " At fault: ");
    write_who(diagnosis->fault, &diagnosis->zone, out);
    caa_writer_text(out, ".");
}

void caa_prose_diagnosis(const struct caa_diagnosis *diagnosis, struct caa_writer *out) {
    switch (diagnosis->state) {
    case CAA_DIAGNOSIS_HEALTHY:
        caa_writer_text(out, "Nothing fails: every lookup that the check needs was answered. "
                             "Whatever is found is advice.");
        return;
    case CAA_DIAGNOSIS_FORBIDDEN:
        caa_writer_text(out, "No lookup fails: a CAA record forbids it.");
        return;
    case CAA_DIAGNOSIS_RESCUED:
        write_failure(diagnosis, out);
        caa_writer_text(out, " The rescue got an answer all the same.");
        return;
    case CAA_DIAGNOSIS_FAILS: break;
    }
    if (diagnosis->level == NULL)
        caa_writer_text(out, "No lookup fails, and yet nothing can be decided.");
    else
        write_failure(diagnosis, out);
}

const char *caa_prose_delegation(const struct caa_survey_zone *zone) {
    if (caa_survey_zone_is_signed(zone)) return "signed";
    return zone->zone->denial_seen ? "not signed" : "not known whether signed";
}

/* --- counting servers */

struct tally {
    size_t count[CAA_SURVEY_UNASKED + 1];
};

/* One server with two addresses is as good as its better one, and impaired where they differ.
 */
static enum caa_survey_health together(enum caa_survey_health a, enum caa_survey_health b) {
    if (a == CAA_SURVEY_UNASKED) return b;
    if (b == CAA_SURVEY_UNASKED || a == b) return a;
    return CAA_SURVEY_IMPAIRED;
}

static void count_server(const struct caa_survey *survey, const struct caa_survey_zone *zone,
                         const struct caa_survey_server *first, struct tally *tally) {
    const char *word;
    enum caa_survey_health health = CAA_SURVEY_UNASKED;
    const struct caa_survey_server *at = zone->servers;
    bool any = false;
    for (; at != NULL; at = at->next) {
        bool same =
            at == first || (first->server->ns != NULL && at->server->ns == first->server->ns);
        if (same && !any && at != first) return; /* counted with an earlier address */
        if (same) any = true;
        if (same && !caa_survey_family_is_dead(survey, at->server->address.family))
            health = together(health, caa_survey_health_of(at, &word));
    }
    tally->count[health]++;
}

static struct tally tally_of(const struct caa_survey *survey,
                             const struct caa_survey_zone *zone) {
    struct tally tally = {{0}};
    for (const struct caa_survey_server *at = zone->servers; at != NULL; at = at->next)
        count_server(survey, zone, at, &tally);
    return tally;
}

static bool fails_here(const struct caa_diagnosis *diagnosis,
                       const struct caa_survey_zone *zone) {
    return diagnosis->zone.len > 0 && caa_name_equal(&diagnosis->zone, &zone->zone->name);
}

enum caa_survey_health caa_prose_zone_health(const struct caa_diagnosis *diagnosis,
                                             const struct caa_survey_zone *zone) {
    struct tally tally = tally_of(diagnosis->survey, zone);
    size_t of_use = tally.count[CAA_SURVEY_GOOD] + tally.count[CAA_SURVEY_IMPAIRED];
    size_t bad = tally.count[CAA_SURVEY_BAD];
    if (fails_here(diagnosis, zone)) return CAA_SURVEY_BAD;
    if (of_use == 0)
        return bad > 0 || zone->servers == NULL ? CAA_SURVEY_BAD : CAA_SURVEY_UNASKED;
    return tally.count[CAA_SURVEY_IMPAIRED] + bad > 0 ? CAA_SURVEY_IMPAIRED : CAA_SURVEY_GOOD;
}

bool caa_prose_is_cut_short(const struct caa_diagnosis *diagnosis) {
    const struct caa_survey *survey = diagnosis->survey;
    if (survey->path_count == 0 || diagnosis->zone.len == 0) return false;
    const struct caa_path_zone *deepest = caa_path_deepest(survey->paths[0]);
    return deepest != NULL && caa_name_equal(&deepest->name, &diagnosis->zone) &&
           caa_path_zone_is_failing(survey->paths[0], deepest) &&
           !caa_name_equal(&deepest->name, &survey->paths[0]->name);
}

static void write_count(struct caa_writer *out, size_t count, const char *what) {
    if (count == 0) return;
    caa_writer_text(out, ", ");
    caa_writer_number(out, count);
    caa_writer_text(out, what);
}

void caa_prose_servers(const struct caa_diagnosis *diagnosis,
                       const struct caa_survey_zone *zone, struct caa_writer *out) {
    struct tally tally = tally_of(diagnosis->survey, zone);
    size_t known = 0;
    for (int i = 0; i <= CAA_SURVEY_UNASKED; i++) known += tally.count[i];
    if (known == 0) {
        caa_writer_text(out, "no server can be found");
        return;
    }
    caa_writer_number(out, tally.count[CAA_SURVEY_GOOD]);
    caa_writer_text(out, " of ");
    caa_writer_number(out, known);
    caa_writer_text(out, known == 1 ? " server good" : " servers good");
    write_count(out, tally.count[CAA_SURVEY_IMPAIRED], " impaired");
    write_count(out, tally.count[CAA_SURVEY_BAD], " of no use");
    write_count(out, tally.count[CAA_SURVEY_UNASKED], " not asked");
    if (fails_here(diagnosis, zone) && diagnosis->failure == CAA_FAILURE_BOGUS)
        caa_writer_text(out, diagnosis->state == CAA_DIAGNOSIS_FAILS
                                 ? ", but what they say does not validate"
                                 : ", but what some of them say does not validate");
}
