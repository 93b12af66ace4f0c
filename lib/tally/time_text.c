#include "tally/time_text.h"

#include <string.h>
#include <time.h>

#include "base/ascii.h"

enum { LOOK_WITHIN = 512, SECONDS_A_DAY = 86400 };

/* A text that is read from front to back; what was not there leaves it where it was. */
struct cursor {
    const char *at, *end;
};

static bool take(struct cursor *c, char wanted) {
    if (c->at == c->end || *c->at != wanted) return false;
    c->at++;
    return true;
}

static bool take_any(struct cursor *c, const char *wanted) {
    if (c->at == c->end || *c->at == '\0' || strchr(wanted, *c->at) == NULL) return false;
    c->at++;
    return true;
}

static bool take_digits(struct cursor *c, int count, int *number) {
    if (c->end - c->at < count) return false;
    *number = 0;
    for (int i = 0; i < count; i++) {
        if (!caa_ascii_is_digit(c->at[i])) return false;
        *number = *number * 10 + (c->at[i] - '0');
    }
    c->at += count;
    return true;
}

/* "24" or " 4", as syslog has it. */
static bool take_day(struct cursor *c, int *day) {
    while (take(c, ' ')) continue;
    return take_digits(c, 2, day) || take_digits(c, 1, day);
}

static bool take_month(struct cursor *c, int *month) {
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    if (c->end - c->at < 3) return false;
    for (int i = 0; i < 12; i++) {
        if (memcmp(c->at, months + (ptrdiff_t)3 * i, 3) != 0) continue;
        *month = i + 1;
        c->at += 3;
        return true;
    }
    return false;
}

/* What a clock shows, and how far it is ahead of UTC. */
struct shown {
    int year, month, day, hour, minute, second;
    int64_t us;
    int64_t ahead_s;
};

static void take_fraction(struct cursor *c, int64_t *us) {
    struct cursor before = *c;
    int64_t scale = 100000;
    if (!take_any(c, ".,")) return;
    if (c->at == c->end || !caa_ascii_is_digit(*c->at)) *c = before;
    for (; c->at < c->end && caa_ascii_is_digit(*c->at); c->at++, scale /= 10)
        *us += (*c->at - '0') * scale;
}

static bool take_clock(struct cursor *c, struct shown *shown) {
    if (!take_digits(c, 2, &shown->hour) || !take(c, ':') || !take_digits(c, 2, &shown->minute))
        return false;
    if (take(c, ':') && !take_digits(c, 2, &shown->second)) return false;
    take_fraction(c, &shown->us);
    return true;
}

/* "Z", "+01:00", "+0100", "+01", " +0100"; without one it is UTC. */
static void take_zone(struct cursor *c, struct shown *shown) {
    struct cursor before = *c;
    int hours, minutes = 0;
    take(c, ' ');
    int sign = take(c, '+') ? 1 : take(c, '-') ? -1 : 0;
    if (sign == 0 || !take_digits(c, 2, &hours)) {
        *c = before;
        return;
    }
    before = *c;
    if ((take(c, ':') || true) && !take_digits(c, 2, &minutes)) *c = before;
    shown->ahead_s = (int64_t)sign * (hours * 3600 + minutes * 60);
}

static bool is_possible(const struct shown *shown) {
    return shown->year >= 2000 && shown->year <= 2099 && shown->month >= 1 &&
           shown->month <= 12 && shown->day >= 1 && shown->day <= 31 && shown->hour <= 23 &&
           shown->minute <= 59 && shown->second <= 60;
}

static bool instant(const struct shown *shown, int64_t *at_us) {
    struct tm tm = {.tm_year = shown->year - 1900,
                    .tm_mon = shown->month - 1,
                    .tm_mday = shown->day,
                    .tm_hour = shown->hour,
                    .tm_min = shown->minute,
                    .tm_sec = shown->second};
    if (!is_possible(shown)) return false;
    *at_us = ((int64_t)timegm(&tm) - shown->ahead_s) * 1000000 + shown->us;
    return true;
}

static bool take_iso_date(struct cursor *c, struct shown *shown) {
    return take_digits(c, 4, &shown->year) && take_any(c, "-/") &&
           take_digits(c, 2, &shown->month) && take_any(c, "-/") &&
           take_digits(c, 2, &shown->day);
}

static bool read_iso(struct cursor c, int64_t *at_us) {
    struct shown shown = {0};
    if (!take_iso_date(&c, &shown) || !take_any(&c, "T t") || !take_clock(&c, &shown))
        return false;
    take_zone(&c, &shown);
    return instant(&shown, at_us);
}

/* "24/Nov/2026:03:15:00 +0100" */
static bool read_web(struct cursor c, int64_t *at_us) {
    struct shown shown = {0};
    if (!take_digits(&c, 2, &shown.day) || !take(&c, '/') || !take_month(&c, &shown.month) ||
        !take(&c, '/') || !take_digits(&c, 4, &shown.year) || !take(&c, ':') ||
        !take_clock(&c, &shown))
        return false;
    take_zone(&c, &shown);
    return instant(&shown, at_us);
}

/* The last such day that is not after tomorrow. */
static bool in_some_year(struct shown *shown, int64_t now_us, int64_t *at_us) {
    time_t now_s = (time_t)(now_us / 1000000);
    struct tm now;
    if (gmtime_r(&now_s, &now) == NULL) return false;
    shown->year = now.tm_year + 1900;
    if (!instant(shown, at_us)) return false;
    if (*at_us <= now_us + SECONDS_A_DAY * INT64_C(1000000)) return true;
    shown->year--;
    return instant(shown, at_us);
}

/* "Nov 24 03:15:00", "Nov 24 03:15:00 UTC 2026", "Nov 24 03:15:00 2026" */
static bool read_syslog(struct cursor c, int64_t now_us, int64_t *at_us) {
    struct shown shown = {0};
    if (!take_month(&c, &shown.month) || !take_day(&c, &shown.day) || !take(&c, ' ') ||
        !take_clock(&c, &shown))
        return false;
    take(&c, ' ');
    while (c.at < c.end && *c.at >= 'A' && *c.at <= 'Z') c.at++;
    take(&c, ' ');
    if (take_digits(&c, 4, &shown.year) && instant(&shown, at_us)) return true;
    return in_some_year(&shown, now_us, at_us);
}

/* "E1124 03:15:00.1" */
static bool read_klog(struct cursor c, int64_t now_us, int64_t *at_us) {
    struct shown shown = {0};
    return take_any(&c, "IWEF") && take_digits(&c, 2, &shown.month) &&
           take_digits(&c, 2, &shown.day) && take(&c, ' ') && take_clock(&c, &shown) &&
           in_some_year(&shown, now_us, at_us);
}

bool caa_time_of_number(double number, int64_t *at_us) {
    static const double first_s = 946684800, last_s = 4102444800; /* 2000 to 2099 */
    if (number > last_s) number /= 1000;
    if (!(number >= first_s && number < last_s)) return false;
    *at_us = (int64_t)(number * 1e6);
    return true;
}

static bool read_number(struct cursor c, int64_t *at_us) {
    double number = 0;
    int digits = 0;
    int64_t us = 0;
    for (; c.at < c.end && caa_ascii_is_digit(*c.at) && digits < 14; c.at++, digits++)
        number = number * 10 + (*c.at - '0');
    take_fraction(&c, &us);
    return digits >= 9 && caa_time_of_number(number, at_us) && (*at_us += us, true);
}

/* "[1795489200]", "\"ts\":1795489200.5" */
static bool read_epoch(struct cursor c, int64_t *at_us) {
    static const char *const before[] = {"[", "\"ts\":", "\"time\":", "\"timestamp\":"};
    for (size_t i = 0; i < sizeof before / sizeof before[0]; i++) {
        size_t len = strlen(before[i]);
        if ((size_t)(c.end - c.at) <= len || memcmp(c.at, before[i], len) != 0) continue;
        struct cursor number = {c.at + len, c.end};
        while (take(&number, ' ')) continue;
        return read_number(number, at_us);
    }
    return false;
}

bool caa_time_find(struct caa_slice line, int64_t now_us, int64_t *at_us) {
    size_t len = line.len < LOOK_WITHIN ? line.len : LOOK_WITHIN;
    char before = ' ';
    for (size_t i = 0; i < len; before = line.ptr[i++]) {
        struct cursor c = {line.ptr + i, line.ptr + len};
        char first = *c.at;
        if (caa_ascii_is_digit(first)) {
            if (caa_ascii_is_digit(before)) continue;
            if (read_iso(c, at_us) || read_web(c, at_us)) return true;
        } else if (first == '[' || first == '"') {
            if (read_epoch(c, at_us)) return true;
        } else if (!caa_ascii_is_alnum(before) && first >= 'A' && first <= 'Z') {
            if (read_syslog(c, now_us, at_us) || (i == 0 && read_klog(c, now_us, at_us)))
                return true;
        }
    }
    return false;
}

bool caa_time_read(struct caa_slice text, int64_t *at_us) {
    struct cursor c = {text.ptr, text.ptr + text.len};
    struct shown shown = {0};
    if (read_iso(c, at_us)) return true;
    if (text.len == 10 && take_iso_date(&c, &shown)) return instant(&shown, at_us);
    c.at = text.ptr;
    return read_number(c, at_us);
}
