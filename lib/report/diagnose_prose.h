/* What a diagnosis says, in words: the same in every form of report. */
#ifndef CAA_REPORT_DIAGNOSE_PROSE_H
#define CAA_REPORT_DIAGNOSE_PROSE_H

#include "base/writer.h"
#include "diagnose/diagnosis.h"

enum { CAA_DIAGNOSE_PROSE_MAX = 2048 }; /* octets that are enough for each, the NUL included */

/* What fails, where, and whose fault it is: sentences in one line. */
void caa_prose_diagnosis(const struct caa_diagnosis *diagnosis, struct caa_writer *out);

/* Who can mend it: "the registry of net". */
void caa_prose_mender(const struct caa_diagnosis_finding *finding, struct caa_writer *out);

/* What a server did, without its name: "SOA of net, TCP: no answer within 2000 ms". */
void caa_prose_evidence(const struct caa_diagnosis_evidence *evidence, struct caa_writer *out);

/* "the root", or the name. */
void caa_prose_zone(const struct caa_name *zone, struct caa_writer *out);

/* How the zone is delegated: "signed", "not signed", "not known whether signed". Static. */
const char *caa_prose_delegation(const struct caa_survey_zone *zone);

/* How many of its servers are good: "2 of 4 servers good, 1 impaired". Servers are counted by
   name, by address where nobody told one; addresses of a family that is dead here do not count.
 */
void caa_prose_servers(const struct caa_diagnosis *diagnosis,
                       const struct caa_survey_zone *zone, struct caa_writer *out);

/* The health of all servers of a zone together: BAD where none is of use, and in the zone that
   fails; IMPAIRED where some are. */
enum caa_survey_health caa_prose_zone_health(const struct caa_diagnosis *diagnosis,
                                             const struct caa_survey_zone *zone);

/* The deepest zone of the name's own path is the one that fails, and the name is below it:
   there may be zones that nobody saw. */
bool caa_prose_is_cut_short(const struct caa_diagnosis *diagnosis);

#endif
