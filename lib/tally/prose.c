#include "tally/prose.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

void caa_prose_percent(double rate, struct caa_writer *out) {
    char text[64];
    double percent = rate * 100;
    int decimals = 0;
    if (percent > 0 && percent < 99.95)
        decimals = percent >= 10 ? 1 : 1 - (int)floor(log10(percent));
    if (decimals > 12) decimals = 12;
    (void)snprintf(text, sizeof text, "%.*f %%", decimals, percent);
    caa_writer_text(out, text);
}

void caa_prose_count(uint64_t count, struct caa_writer *out) {
    char digits[32];
    int len = snprintf(digits, sizeof digits, "%llu", (unsigned long long)count);
    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0) caa_writer_char(out, ',');
        caa_writer_char(out, digits[i]);
    }
}

void caa_prose_time(int64_t at_s, int64_t width_s, struct caa_writer *out) {
    char text[64] = "";
    struct tm tm;
    time_t at = (time_t)at_s;
    if (gmtime_r(&at, &tm) != NULL)
        (void)strftime(text, sizeof text, width_s >= 86400 ? "%Y-%m-%d" : "%Y-%m-%d %H:%M",
                       &tm);
    caa_writer_text(out, text);
}

const char *caa_prose_by(enum caa_tally_by by) {
    static const char *const texts[CAA_TALLY_BYS] = {
        [CAA_TALLY_BY_TLD] = "TLD of the name",
        [CAA_TALLY_BY_ZONE] = "zone that failed",
        [CAA_TALLY_BY_SERVER] = "server",
        [CAA_TALLY_BY_KIND] = "kind of failure",
        [CAA_TALLY_BY_CA] = "CA",
    };
    return texts[by];
}

const char *caa_prose_of(const struct caa_tally *tally, const struct caa_tally_part *part) {
    if (part == &tally->lookups) return "lookups";
    if (caa_tally_is_complete(part)) return "checks";
    bool orders = tally->setting.orders > 0 || tally->setting.total_count > 0;
    return orders ? "orders" : tally->setting.certificates > 0 ? "certificates" : "checks";
}

const char *caa_prose_fault(enum caa_tally_fault fault) {
    static const char *const texts[CAA_TALLY_FAULTS] = {
        [CAA_TALLY_REGISTRY] = "the registry of a TLD, or the CA's way to it",
        [CAA_TALLY_PLATFORM] = "the platform that customers have names below",
        [CAA_TALLY_RESOLVER_OR_CA] = "the CA's own resolver or network",
        [CAA_TALLY_SUBSCRIBER] = "the domain's own name servers",
        [CAA_TALLY_POLICY] = "a CAA record that forbids it",
        [CAA_TALLY_UNKNOWN] = "not known",
    };
    return texts[fault];
}

bool caa_prose_is_users(enum caa_tally_fault fault) {
    return fault == CAA_TALLY_SUBSCRIBER || fault == CAA_TALLY_POLICY;
}

static void write_rate_among(uint64_t failures, uint64_t total, double confidence,
                             struct caa_writer *out) {
    struct caa_interval rate = caa_interval_wilson(failures, total, confidence);
    caa_prose_percent(rate.rate, out);
    caa_writer_text(out, " (");
    caa_prose_percent(rate.low, out);
    caa_writer_text(out, " to ");
    caa_prose_percent(rate.high, out);
    caa_writer_char(out, ')');
}

static void write_counted(uint64_t count, const char *noun, struct caa_writer *out) {
    caa_prose_count(count, out);
    caa_writer_char(out, ' ');
    caa_writer_slice(out, (struct caa_slice){noun, strlen(noun) - (count == 1)});
}

void caa_prose_summary(const struct caa_tally *tally, const struct caa_tally_part *part,
                       struct caa_writer *out) {
    bool lookups = part == &tally->lookups;
    uint64_t total = caa_tally_total(tally, part);
    write_counted(part->failures, lookups ? "CAA lookups" : "CAA checks", out);
    caa_writer_text(out, " failed");
    if (total > 0) {
        caa_writer_text(out, " of ");
        caa_prose_count(total, out);
        if (!caa_tally_is_complete(part)) {
            caa_writer_char(out, ' ');
            caa_writer_text(out, caa_prose_of(tally, part));
        }
        caa_writer_text(out, ": ");
        write_rate_among(part->failures, total, tally->setting.confidence, out);
    }
    if (part->first_us != CAA_TALLY_NO_TIME) {
        caa_writer_text(out, ", from ");
        caa_prose_time(part->first_us / 1000000, 0, out);
        caa_writer_text(out, " to ");
        caa_prose_time(part->last_us / 1000000, 0, out);
        caa_writer_text(out, " UTC");
    }
    caa_writer_char(out, '.');
}

/* --- trying again */

static void write_history(const struct caa_tally *tally, const struct caa_tally_part *part,
                          struct caa_writer *out) {
    const struct caa_retry *retry = &part->retry;
    uint64_t tries = retry->worked + retry->failed_again;
    caa_writer_text(out, "Of the failures, ");
    caa_prose_count(tries, out);
    caa_writer_text(out, " were followed by another try at the same name within a day: ");
    caa_prose_count(retry->worked, out);
    caa_writer_text(out, " of those worked, ");
    write_rate_among(retry->worked, tries, tally->setting.confidence, out);
    caa_writer_text(out, ", ");
    caa_prose_count(retry->worked_1h, out);
    caa_writer_text(out, " within an hour.\n");
    uint64_t total = caa_tally_total(tally, part);
    if (total == 0 || retry->worked == 0 || part->failures < retry->worked) return;
    caa_writer_text(out, "A CA that tries again by itself would have saved up to these: ");
    caa_prose_percent((double)part->failures / (double)total, out);
    caa_writer_text(out, " would have become ");
    caa_prose_percent((double)(part->failures - retry->worked) / (double)total, out);
    caa_writer_text(out, " or less.\n");
}

static void write_unseen(const struct caa_tally_part *part, struct caa_writer *out) {
    caa_writer_text(out, part->alone > 0
                             ? "Whether trying again worked cannot be seen here: the log "
                               "tells of failures only"
                             : "Whether trying again would have worked cannot be seen here: no "
                               "name that failed was tried again within a day");
    if (part->alone > 0 && part->retry.failed_again > 0) {
        caa_writer_text(out, "; ");
        caa_prose_count(part->retry.failed_again, out);
        caa_writer_text(out, " times the same name failed again within a day");
    } else if (part->alone > 0) {
        caa_writer_text(out, ", and no name fails twice within a day");
    }
    caa_writer_text(out, ".\n");
}

void caa_prose_retry(const struct caa_tally *tally, const struct caa_tally_part *part,
                     struct caa_writer *out) {
    uint64_t advised = part->again[CAA_AGAIN_YES];
    caa_writer_text(out, "Trying again is advised for ");
    caa_prose_count(advised, out);
    caa_writer_text(out, " of ");
    caa_prose_count(part->failures, out);
    caa_writer_text(out, ": more than these it cannot save.\n");
    bool seen = part->retry.worked + part->retry.failed_again > 0 && part->alone == 0;
    if (seen)
        write_history(tally, part, out);
    else if (part->failures > 0)
        write_unseen(part, out);
    if (part->rescued > 0) {
        caa_prose_count(part->rescued, out);
        caa_writer_text(out, " checks worked only because a lookup was made again at once: "
                             "without that they would have failed as well.\n");
    }
    if (part->retry.not_followed > 0) {
        caa_prose_count(part->retry.not_followed, out);
        caa_writer_text(out, " failures are left out of this: too many names failed at once "
                             "to remember them all.\n");
    }
}
