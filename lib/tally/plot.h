/* The plots of a page, in SVG that takes its colours from the page. */
#ifndef CAA_TALLY_PLOT_H
#define CAA_TALLY_PLOT_H

#include <stdio.h>

#include "statistics/interval.h"
#include "tally/inference.h"
#include "tally/tally.h"

/* Text from strangers, escaped for HTML. */
void caa_plot_text(FILE *out, const char *text);

/* Failures along time, and where the rate changed (`change` is NULL where it did not, as far as
   one can tell). */
void caa_plot_course(FILE *out, const struct caa_tally_part *part,
                     const struct caa_inference *change);

/* Failures by the hour of the day. */
void caa_plot_hours(FILE *out, const struct caa_tally_part *part);

/* A rate and its interval on a scale from 0 to `most`. */
void caa_plot_interval(FILE *out, const struct caa_interval *interval, double most);

/* The shares of all faults in one bar. */
void caa_plot_faults(FILE *out, const struct caa_tally_part *part);

#endif
