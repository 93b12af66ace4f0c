/* One zone of the picture: a card with its servers and what was found of it. */
#ifndef CAA_REPORT_PICTURE_ZONE_H
#define CAA_REPORT_PICTURE_ZONE_H

#include <stdio.h>

#include "diagnose/diagnosis.h"
#include "report/svg.h"

enum { CAA_PICTURE_MARGIN = 40, CAA_PICTURE_WIDTH = 1040, CAA_PICTURE_CARD = 960 };

/* Draws it with its upper edge at `y`; returns its lower edge. */
int caa_picture_zone(FILE *out, const struct caa_diagnosis *diagnosis,
                     const struct caa_survey_zone *zone, int y);

/* The sign of a server or of a zone. */
enum caa_svg_sign caa_picture_sign(enum caa_survey_health health);

#endif
