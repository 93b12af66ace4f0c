/* Inside the gate: what is held, and the check of each of its names. */
#ifndef CAA_GATE_HOLD_STATE_H
#define CAA_GATE_HOLD_STATE_H

#include <stdbool.h>
#include <sys/queue.h>

#include "gate/hold.h"

enum { GATE_METHOD_MAX = 32 };

struct gate_held;

/* One name, or address, for which no check is made. */
struct gate_name {
    struct gate_held *held;
    struct caa_identifier identifier;
    char method[GATE_METHOD_MAX]; /* "": not known */
    struct caa_slice method_label, account;
    struct caa_check *check;
    struct event *again; /* a check that ended early and may yet succeed */
    bool is_done;        /* its verdict is there, and its record where one is needed */
    char id[CAA_HISTORY_ID_MAX];
    struct gate_record *record; /* NULL: none is waited for */
};

/* A record that the history has and will call back about, whoever still wants to know. */
struct gate_record {
    LIST_ENTRY(gate_record) link;
    struct gate_name *name; /* NULL: nobody does */
};

struct gate_wait {
    LIST_ENTRY(gate_wait) link;
    struct gate_held *held;
    char client[CAA_ACCESS_NAME_MAX];
    gate_hold_done *done;
    void *context;
};

struct gate_held {
    LIST_ENTRY(gate_held) link;
    struct gate_holds *holds;
    char *target, *kid;
    char client[CAA_ACCESS_NAME_MAX]; /* who asked first; others may wait for the same */
    struct caa_access_hash payload;
    int64_t deadline_us; /* monotonic */
    LIST_HEAD(, gate_wait) waits;
    struct event *ending; /* tells all who wait */
    bool has_forbidden, is_unrecorded;
    size_t open; /* names that are not done */
    size_t name_count;
    struct gate_name names[];
};

struct gate_holds {
    struct gate_holds_setting setting;
    const struct caa_clock *clock;
    struct caa_slice *issuers;
    size_t wait_count;
    LIST_HEAD(, gate_held) helds;
    LIST_HEAD(, gate_record) records;
};

/* hold_check.c */

/* Starts the check of a name. As caa_engine_check. */
enum caa_err gate_name_start(struct gate_name *name);

/* Ends whatever the name still waits for. */
void gate_name_end(struct gate_name *name);

/* hold.c */

/* A name is done. */
void gate_held_take(struct gate_held *held);

#endif
