/* Inside rescue: one lookup's rescue, seen by the files that make it up.

   rescue.c            the first looks, and the lookup's interface
   rescue_attend.c     which investigation a lookup attends
   rescue_try.c        asking again with cold caches, and when that is hopeless
   rescue_again.c      asking again with warm ones
   rescue_tell.c       what is said of it in the end
   rescue_compare.c    what the looks said that came too late */
#ifndef CAA_RESCUE_RESCUE_STATE_H
#define CAA_RESCUE_RESCUE_STATE_H

#include <sys/queue.h>

#include "rescue/attempt.h"
#include "rescue/control.h"
#include "rescue/investigation.h"
#include "rescue/patience.h"
#include "rescue/proof.h"
#include "rescue/rescue.h"

enum {
    CAA_RESCUE_BUSY_MS = 30, /* pause where too much is in flight */
    CAA_RESCUE_LATELY_S = 2, /* before a lookup began: what was seen then holds for it */
    CAA_RESCUE_AGO_S = 60,   /* likewise, of what does not depend on our own network */
};

LIST_HEAD(ticket_list, caa_lookup_ticket);

/* One investigation in flight, to be found by its name. */
struct known_investigation {
    LIST_ENTRY(known_investigation) link;
    struct rescue *rescue;
    struct caa_investigation *investigation;
    bool of_subscriber;
    uint64_t client;     /* of the question that began it; 0: not known */
    size_t attempts;     /* in flight, of those who attend */
    int64_t cold_due_us; /* monotonic: when one may ask without a pin though nobody is usable */
    uint32_t cold_pause_ms; /* before that; 0: none yet */
    bool cold_works;        /* the latest who did got an answer */
    size_t again_count;     /* asking again with warm caches, of those who attend */
    size_t again_most;      /* so many may at a time */
    int64_t again_due_us;   /* monotonic: not before that */
};

LIST_HEAD(investigation_list, known_investigation);

struct rescue {
    struct caa_lookup lookup;
    struct caa_lookup *inner;
    struct caa_rescue_setting setting;
    struct caa_investigation_setting investigation_setting;
    struct caa_control_look *control;
    struct caa_patience patience;
    struct caa_rescue_counts counts;
    struct ticket_list tickets;
    struct investigation_list investigations;
    size_t investigation_count;
    size_t subscriber_count;    /* of investigations */
    size_t subscriber_attempts; /* in flight */
    size_t late_count;
    size_t compared_count;
};

/* What the clock of a lookup is for. */
enum stage { FIRST_LOOK, SECOND_LOOK, RESCUE, CONCLUSION, COMPARE };

struct caa_lookup_ticket {
    LIST_ENTRY(caa_lookup_ticket) link;
    struct rescue *rescue;
    struct caa_question question;
    caa_lookup_done *done;
    void *context;
    int64_t started_us;
    enum stage stage;
    struct event *clock;
    struct event *give_up;
    int64_t late_at_us;                    /* when the first look is late */
    bool was_delayed;                      /* by ourselves: it got more time, once */
    struct caa_lookup_ticket *first_look;  /* of the lookup below; NULL: not in flight */
    struct caa_lookup_ticket *second_look; /* likewise, with cold caches */
    bool is_late;                          /* and counted as such, until it is investigated */
    bool of_subscriber;               /* below the public suffixes; known when investigated */
    const struct caa_answer *failure; /* the latest, NULL while it is only late */
    const struct caa_answer *bogus;   /* the latest that did not validate; NULL: none */
    int64_t failed_us;                /* monotonic: when that was; 0: not yet */
    int64_t asked_us; /* monotonic: when the warm caches last came to a failure */
    struct caa_lookup_ticket *again; /* of the lookup below, warm; NULL: not in flight */
    struct caa_attendant attendant;
    struct known_investigation *known; /* NULL: attends none */
    struct caa_attempt *attempt;
    uint32_t attempt_moved_us; /* since the start of the lookup: when it was last seen to have
                                  asked somebody */
    uint32_t attempt_looks;    /* how many it had asked then */
    struct caa_name
        signed_zone;        /* the deepest one of the attempt that ended last; len 0: none */
    uint32_t hang_count;    /* attempts that were given up */
    bool try_again;         /* after the attempt that runs */
    bool bogus_everywhere;  /* that is what an attempt found; `failure` says so */
    bool reached_name;      /* no zone below `signed_zone` may be the bad one */
    uint32_t retry_count;   /* looks after the first one */
    struct caa_proof proof; /* that the failing zone is unsigned */
    const struct caa_answer *given; /* stage COMPARE: what was told; else NULL */
};

/* A number that nobody can predict. */
uint32_t caa_rescue_random_number(const struct rescue *rescue);

/* Fires once, `ms` milliseconds from now. */
void caa_rescue_set_timer(struct event *timer, uint32_t ms);

/* Since the lookup was started; stops at the largest number. */
uint32_t caa_rescue_elapsed_us(const struct caa_lookup_ticket *ticket);

/* How the recursor sees the latest failure, where the servers all seem fine. */
enum caa_failure caa_rescue_recursor_verdict(const struct caa_lookup_ticket *ticket);

/* What the lookup would come to now: its latest failure, or a time-out, with evidence. One
   reference for the caller; never NULL. */
const struct caa_answer *caa_rescue_failure_now(const struct caa_lookup_ticket *ticket);

/* What is known of another top-level domain, no longer ago than `ago_s` seconds before the
   lookup began. */
enum caa_control caa_rescue_control(const struct caa_lookup_ticket *ticket, int64_t ago_s);

/* Ends the lookup and tells `answer`, whose reference is taken over. */
void caa_rescue_deliver(struct caa_lookup_ticket *ticket, const struct caa_answer *answer);

/* The same with a sound answer, which becomes a rescued one with evidence. */
void caa_rescue_deliver_rescued(struct caa_lookup_ticket *ticket,
                                const struct caa_answer *answer);

/* The same with caa_rescue_failure_now. */
void caa_rescue_deliver_failure(struct caa_lookup_ticket *ticket);

/* `answer` is about to be told: where another look is in flight, the ticket lives on until that
   is there as well, or long enough in vain. False: there is nothing to wait for. */
bool caa_rescue_compare_later(struct caa_lookup_ticket *ticket,
                              const struct caa_answer *answer);

/* One such look has come to its end; the ticket may be gone after this. */
void caa_rescue_compare(struct caa_lookup_ticket *ticket, const struct caa_answer *answer);

/* The same, where nothing helps: as soon as the other registry's answer is there, if its fault
   depends on that. */
void caa_rescue_conclude(struct caa_lookup_ticket *ticket);

/* Keeps the failure as the latest, and as the latest bogus one where it is that. */
void caa_rescue_note_failure(struct caa_lookup_ticket *ticket, const struct caa_answer *answer);

/* Keeps an answer that did not validate, and that was not all there was to it. */
void caa_rescue_note_bogus(struct caa_lookup_ticket *ticket, const struct caa_answer *answer);

/* Ends whatever goes on for the lookup besides its first two looks. */
void caa_rescue_settle(struct caa_lookup_ticket *ticket);

/* Ends the lookup without a word. */
void caa_rescue_free_ticket(struct caa_lookup_ticket *ticket);

/* The investigation in flight for the name or its nearest ancestor, or of a zone above it that
   fails wholly, or NULL: what fails there fails here. */
struct known_investigation *caa_rescue_find_investigation(struct rescue *rescue,
                                                          const struct caa_name *name);

/* Drops it from the list; the investigation itself is somebody else's to end. */
void caa_rescue_forget_investigation(struct known_investigation *known);

/* Attends such an investigation, or one that is on its first way through the same top-level
   domain, or a new one; tries again soon where there is no room. */
void caa_rescue_investigate(struct caa_lookup_ticket *ticket);

/* Attends one of the lookup's own name from here on. */
void caa_rescue_investigate_alone(struct caa_lookup_ticket *ticket);

/* Attends one that was begun for a name of the same registered domain, or else of its own name.
 */
void caa_rescue_investigate_below(struct caa_lookup_ticket *ticket);

/* The one attended is of the lookup's own name. */
bool caa_rescue_is_own_investigation(const struct caa_lookup_ticket *ticket);

/* No server is usable in the zone that fails in the one attended, and the name is below it:
   there is nothing to be found out alone. */
bool caa_rescue_fails_wholly(const struct known_investigation *known,
                             const struct caa_name *name);

/* The one attended goes on for the sake of a zone that matters to this lookup too. */
bool caa_rescue_is_concerned(const struct caa_lookup_ticket *ticket);

/* Attends none any more. */
void caa_rescue_leave(struct caa_lookup_ticket *ticket);

/* Asks again, pinned to whom the attended investigation found, unless that is being done. */
void caa_rescue_try(struct caa_lookup_ticket *ticket);

/* The next look with cold caches and without a pin, where nobody is usable, is for later. */
void caa_rescue_put_off_cold_look(struct known_investigation *known);

/* Asks again as at first, where nobody fails on the way any more: for the many who wait when a
   registry comes back, of whom only a few at a time may have cold caches. Nothing happens where
   it is too early, or where that has just failed for another; it decides nothing where it
   fails.
 */
void caa_rescue_ask_again(struct caa_lookup_ticket *ticket);

/* Ends that, if it is in flight. */
void caa_rescue_drop_again(struct caa_lookup_ticket *ticket);

/* Ends the attempt that runs, if any. */
void caa_rescue_drop_attempt(struct caa_lookup_ticket *ticket);

/* What an attendant does with what it is told; `context` is the ticket. */
void caa_rescue_on_note(void *context, enum caa_investigation_event event);

#endif
