#include "history/record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/writer.h"
#include "dns/name.h"
#include "history/record_memory.h"
#include "history/record_row.h"

enum {
    RANDOM_OCTETS = 10, /* of an id */
    IDS_AT_ONCE = 25,   /* 250 octets: getrandom gives up to 256 whole, always */
    ROWS_OCTETS_MAX = 16 * 1024 * 1024, /* beside the document */
    TEXT_OCTETS_MAX = 1024,             /* of a text from a stranger */
};

/* Many to a lock: the workers want it for each record. */
static void give_back(struct caa_history_records *records) {
    void *places[64];
    while (!STAILQ_EMPTY(records)) {
        size_t count = 0;
        struct caa_history_record *record;
        while (count < sizeof places / sizeof places[0] &&
               (record = STAILQ_FIRST(records)) != NULL) {
            STAILQ_REMOVE_HEAD(records, link);
            free(record->why);
            places[count++] = record->place;
            caa_arena_clear(record->arena);
        }
        caa_history_places_free(places, count);
    }
}

/* Octets that nobody has had: from the kernel for many ids at once, since a call for each costs
   a tenth of a check that the cache answers. What was given out is not kept. */
static bool take_random(unsigned char octets[RANDOM_OCTETS]) {
    static _Thread_local unsigned char store[IDS_AT_ONCE * RANDOM_OCTETS];
    static _Thread_local size_t left;
    if (left == 0) {
        ssize_t got;
        do got = getrandom(store, sizeof store, 0);
        while (got < 0 && errno == EINTR);
        if (got != sizeof store) return false;
        left = IDS_AT_ONCE;
    }
    unsigned char *from = store + --left * RANDOM_OCTETS;
    memcpy(octets, from, RANDOM_OCTETS);
    explicit_bzero(from, RANDOM_OCTETS);
    return true;
}

enum caa_err caa_history_id_make(char id[CAA_HISTORY_ID_MAX]) {
    uint64_t now_ms = (uint64_t)caa_clock_wall_us(caa_clock_system()) / 1000;
    unsigned char octets[6 + RANDOM_OCTETS];
    for (int i = 0; i < 6; i++) octets[i] = (unsigned char)(now_ms >> (8 * (5 - i)));
    if (!take_random(octets + 6)) return CAA_ERR_HISTORY;
    for (size_t i = 0; i < sizeof octets; i++) {
        id[2 * i] = "0123456789abcdef"[octets[i] >> 4];
        id[2 * i + 1] = "0123456789abcdef"[octets[i] & 15];
    }
    id[2 * sizeof octets] = '\0';
    return CAA_OK;
}

/* Frees what nobody waits for any more, or tells who does. */
static void deliver(struct caa_history_delivery *delivery, bool wanted) {
    struct caa_history_record *record = (struct caa_history_record *)delivery;
    if (wanted && record->done != NULL)
        record->done(record->context, record->err, record->why == NULL ? "" : record->why);
    caa_history_record_release(record);
}

/* It lives in its own arena, which has room for all that is usual. */
struct caa_history_record *caa_history_record_new(void) {
    void *place = caa_history_place_take();
    if (place == NULL) return NULL;
    struct caa_arena *arena = caa_arena_new_in(place, CAA_HISTORY_PLACE_OCTETS,
                                               ROWS_OCTETS_MAX + CAA_HISTORY_DOCUMENT_MAX);
    struct caa_history_record *record = caa_arena_alloc(arena, sizeof *record);
    if (record == NULL) {
        caa_history_places_free(&place, 1);
        return NULL;
    }
    record->place = place;
    record->arena = arena;
    atomic_init(&record->holders, 1);
    record->delivery.deliver = deliver;
    STAILQ_INIT(&record->rows);
    return record;
}

void caa_history_record_free(struct caa_history_record *record) {
    struct caa_history_records alone = STAILQ_HEAD_INITIALIZER(alone);
    if (record == NULL) return;
    STAILQ_INSERT_TAIL(&alone, record, link);
    give_back(&alone);
}

static bool is_last_hold(struct caa_history_record *record) {
    return atomic_fetch_sub(&record->holders, 1) == 1;
}

void caa_history_record_release(struct caa_history_record *record) {
    if (is_last_hold(record)) caa_history_record_free(record);
}

void caa_history_record_release_all(struct caa_history_records *records) {
    struct caa_history_records last = STAILQ_HEAD_INITIALIZER(last);
    struct caa_history_record *record;
    while ((record = STAILQ_FIRST(records)) != NULL) {
        STAILQ_REMOVE_HEAD(records, link);
        if (is_last_hold(record)) STAILQ_INSERT_TAIL(&last, record, link);
    }
    give_back(&last);
}

struct caa_history_value *caa_history_row_add(struct caa_history_record *record,
                                              enum caa_history_statement statement,
                                              size_t count) {
    struct caa_history_row *row = caa_arena_alloc(record->arena, sizeof *row);
    if (row == NULL) return NULL;
    row->values = caa_arena_array(record->arena, count, sizeof *row->values);
    if (row->values == NULL) return NULL;
    row->statement = statement;
    row->count = count;
    STAILQ_INSERT_TAIL(&record->rows, row, link);
    record->octets += sizeof *row + count * sizeof *row->values;
    return row->values;
}

struct caa_history_value caa_history_number(int64_t integer) {
    return (struct caa_history_value){.kind = CAA_HISTORY_INTEGER, .integer = integer};
}

struct caa_history_value caa_history_constant(const char *text) {
    if (text == NULL || text[0] == '\0')
        return (struct caa_history_value){.kind = CAA_HISTORY_NULL};
    return (struct caa_history_value){.kind = CAA_HISTORY_TEXT, .text = caa_slice_of(text)};
}

bool caa_history_copy(struct caa_history_record *record, struct caa_history_value *value,
                      const char *text, size_t len) {
    if (text == NULL || len == 0) return true;
    char *copied = caa_arena_copy(record->arena, text, len);
    if (copied == NULL) return false;
    *value = (struct caa_history_value){.kind = CAA_HISTORY_TEXT,
                                        .text = caa_slice_bytes(copied, len)};
    record->octets += len;
    return true;
}

bool caa_history_copy_printable(struct caa_history_record *record,
                                struct caa_history_value *value, const char *text) {
    if (text == NULL) return true;
    size_t plain = 0; /* nearly all are nothing else */
    while (text[plain] >= 0x20 && text[plain] < 0x7f) plain++;
    if (text[plain] == '\0' && plain < TEXT_OCTETS_MAX)
        return caa_history_copy(record, value, text, plain);
    char printable[TEXT_OCTETS_MAX];
    struct caa_writer writer = caa_writer_into(printable, sizeof printable);
    caa_writer_printable(&writer, caa_slice_of(text));
    return caa_history_copy(record, value, printable, writer.len);
}

bool caa_history_copy_name(struct caa_history_record *record, struct caa_history_value *value,
                           const char *front, const struct caa_name *name) {
    char text[CAA_NAME_TEXT_MAX + 2];
    size_t skip = (size_t)(stpcpy(text, front) - text);
    size_t len = skip + caa_name_to_text(name, text + skip);
    for (size_t i = 0; i < len; i++)
        if (text[i] >= 'A' && text[i] <= 'Z') text[i] = (char)(text[i] - 'A' + 'a');
    return caa_history_copy(record, value, text, len);
}

bool caa_history_copy_tld(struct caa_history_record *record, struct caa_history_value *value,
                          const struct caa_name *name) {
    struct caa_name tld = *name;
    while (caa_name_label_count(&tld) > 1 && caa_name_parent(&tld, &tld)) continue;
    return caa_history_copy_name(record, value, "", &tld);
}
