#include "tally/table.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/writer.h"

struct caa_table caa_table_of(size_t most) {
    return (struct caa_table){.most = most < CAA_TABLE_MOST ? most : CAA_TABLE_MOST};
}

static int by_key(const void *a, const void *b) {
    const struct caa_group *first = a, *second = b;
    return strcmp(first->key, second->key);
}

/* A tree, and not a hash, since keys are chosen by strangers. */
static struct caa_group *find(const struct caa_table *table, char *key) {
    const struct caa_group wanted = {.key = key};
    void *found = tfind(&wanted, &table->tree, by_key);
    return found == NULL ? NULL : *(struct caa_group **)found;
}

static void write_key(char text[CAA_TALLY_KEY_MAX], struct caa_slice key) {
    struct caa_writer writer = caa_writer_into(text, CAA_TALLY_KEY_MAX);
    if (key.len >= CAA_TALLY_KEY_MAX) key.len = CAA_TALLY_KEY_MAX - 1;
    caa_writer_printable(&writer, key);
    for (size_t i = 0; i < writer.len; i++) text[i] = caa_ascii_lower(text[i]);
}

struct caa_group *caa_table_find(const struct caa_table *table, struct caa_slice key) {
    char text[CAA_TALLY_KEY_MAX];
    write_key(text, key);
    return find(table, text);
}

static void free_group(struct caa_group *group) {
    free(group->key);
    free(group);
}

/* Every look goes on where the last one ended, and none is long: a log of failures only must
   not cost more than another one. */
static bool make_room(struct caa_table *table) {
    enum { LOOKS_MOST = 64 };
    for (size_t looked = 0; looked < LOOKS_MOST && table->count > 0; looked++) {
        size_t at = table->vacant++ % table->count;
        struct caa_group *group = table->groups[at];
        if (group->failures > 0 || group->series != NULL) continue;
        table->other.checks += group->checks;
        tdelete(group, &table->tree, by_key);
        free_group(group);
        table->groups[at] = table->groups[--table->count];
        return true;
    }
    return false;
}

static bool reserve(struct caa_table *table) {
    size_t count = table->count;
    if (count != 0 && (count < 16 || (count & (count - 1)) != 0)) return true;
    size_t room = count == 0 ? 16 : count * 2;
    struct caa_group **groups = realloc(table->groups, room * sizeof *groups);
    if (groups == NULL) return false;
    table->groups = groups;
    return true;
}

static struct caa_group *add(struct caa_table *table, const char *key) {
    struct caa_group *group = calloc(1, sizeof *group);
    if (group == NULL) return NULL;
    group->key = strdup(key);
    group->partial = table->was_full;
    if (group->key == NULL || !reserve(table) || tsearch(group, &table->tree, by_key) == NULL) {
        free_group(group);
        return NULL;
    }
    table->groups[table->count++] = group;
    return group;
}

struct caa_group *caa_table_group(struct caa_table *table, struct caa_slice key, bool failing) {
    char text[CAA_TALLY_KEY_MAX];
    write_key(text, key);
    struct caa_group *group = find(table, text);
    if (group != NULL) return group;
    if (table->count >= table->most) {
        table->was_full = true;
        if (!failing || !make_room(table)) return &table->other;
    }
    return add(table, text);
}

static int by_failures(const void *a, const void *b) {
    const struct caa_group *first = *(struct caa_group *const *)a;
    const struct caa_group *second = *(struct caa_group *const *)b;
    if (first->failures != second->failures) return first->failures < second->failures ? 1 : -1;
    if (first->checks != second->checks) return first->checks < second->checks ? 1 : -1;
    return strcmp(first->key, second->key);
}

void caa_table_sort(struct caa_table *table) {
    if (table->count > 0)
        qsort(table->groups, table->count, sizeof(struct caa_group *), by_failures);
}

static void keep(void *group) {
    (void)group; /* freed by the array */
}

void caa_table_clear(struct caa_table *table) {
    tdestroy(table->tree, keep);
    for (size_t i = 0; i < table->count; i++) free_group(table->groups[i]);
    free(table->groups);
    *table = (struct caa_table){0};
}
