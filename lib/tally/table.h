/* Counts by a key: a TLD, a zone, a server. What finds the table full is counted together. */
#ifndef CAA_TALLY_TABLE_H
#define CAA_TALLY_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "tally/event.h"
#include "tally/series.h"

struct caa_group {
    char *key; /* printable, in lower case */
    uint64_t checks;
    uint64_t failures;
    bool asked;   /* a server: its checks are exchanges with it, those that worked too */
    bool partial; /* it came when the table had been full: its checks are not all known */
    struct caa_series *series; /* NULL: has none */
};

struct caa_table {
    size_t most; /* groups; CAA_TABLE_MOST at most */
    size_t count;
    struct caa_group **groups;
    void *tree;             /* the same, found by key */
    struct caa_group other; /* what finds no room; it has no key */
    bool was_full;
    size_t vacant; /* where to look for a group without failures that can make room */
};

enum { CAA_TABLE_MOST = 16384 };

/* An empty table. */
struct caa_table caa_table_of(size_t most);

/* The group of that key, made where it is new: `table->other` where there is no room. A group
   without failures makes room for one that is about to have one (`failing`). NULL when out of
   memory. */
struct caa_group *caa_table_group(struct caa_table *table, struct caa_slice key, bool failing);

/* The group of that key; NULL where there is none. */
struct caa_group *caa_table_find(const struct caa_table *table, struct caa_slice key);

/* Sorts `table->groups`: most failures first, then most checks, then by key. */
void caa_table_sort(struct caa_table *table);

/* Frees what it holds. */
void caa_table_clear(struct caa_table *table);

#endif
