#include "diagnose/surveyor.h"

#include <stdlib.h>
#include <sys/queue.h>

#include "diagnose/plan.h"
#include "probe/reply.h"

enum {
    SERVERS_AT_ONCE = 32,
    UDP_TIMEOUT_MS = 1500,
    TCP_TIMEOUT_MS = 2000,
    MEMORY_OCTETS = 32 << 20,
    PACKET_OCTETS_KEPT = 8192,
};

/* One server's way through its questions. */
struct visit {
    TAILQ_ENTRY(visit) link;
    struct caa_surveyor *surveyor;
    const struct caa_path_zone *zone;
    struct caa_survey_server *server;
    struct caa_survey_item *item; /* in flight, or next */
    bool again;                   /* in flight for the second time: a packet may get lost */
    struct caa_exchange_ticket *ticket;
};

/* One name server's address on its way. */
struct inquiry {
    TAILQ_ENTRY(inquiry) link;
    struct caa_surveyor *surveyor;
    struct caa_survey_host *host;
    size_t slot; /* of its answers */
    struct caa_lookup_ticket *ticket;
};

TAILQ_HEAD(visits, visit);
TAILQ_HEAD(inquiries, inquiry);

struct caa_surveyor {
    struct caa_surveyor_setting setting;
    struct caa_arena *arena;
    struct caa_survey survey;
    struct caa_reply *reply; /* the one being read */
    struct visits waiting, going;
    struct inquiries inquiries;
    size_t going_count, host_count;
    uint32_t own_query_count; /* without those of the walks */
    struct event *turn;       /* goes on from the loop, never from inside somebody's call */
    bool stopped;
};

/* --- what is worth asking */

static bool is_mute(const struct caa_exchange *exchange) {
    return exchange != NULL && (exchange->result == CAA_EXCHANGE_TIMEOUT ||
                                exchange->result == CAA_EXCHANGE_NETWORK);
}

static bool item_is_mute(const struct caa_survey_server *server,
                         enum caa_survey_question question) {
    const struct caa_survey_item *item = caa_survey_item(server, question, NULL);
    return item != NULL && is_mute(item->exchange);
}

/* Nothing comes over UDP, with EDNS or without. */
static bool is_mute_over_udp(const struct caa_survey_server *server) {
    return item_is_mute(server, CAA_SURVEY_PLAIN) &&
           (is_mute(server->server->udp) || item_is_mute(server, CAA_SURVEY_SOA));
}

static bool responds_over_udp(const struct caa_survey_server *server) {
    return caa_survey_responded(caa_survey_item(server, CAA_SURVEY_PLAIN, NULL));
}

/* The walk's word for it is taken where the server is mute otherwise too. */
static bool is_mute_over_tcp(const struct caa_survey_server *server) {
    return item_is_mute(server, CAA_SURVEY_TCP) ||
           (is_mute(server->server->tcp) && !responds_over_udp(server));
}

bool caa_surveyor_is_worth(const struct caa_survey_server *server,
                           const struct caa_survey_item *item) {
    if (item->exchange != NULL) return false;
    if (item->question == CAA_SURVEY_PLAIN) return true;
    if (caa_survey_question_is_tcp(item->question)) return !is_mute_over_tcp(server);
    return !is_mute_over_udp(server);
}

/* What swallows or rejects queries with EDNS is asked everything else without (RFC 6891
   section 7), as recursors do. */
static bool fails_at_edns(const struct caa_survey_server *server) {
    const struct caa_survey_item *plain = caa_survey_item(server, CAA_SURVEY_PLAIN, NULL);
    const struct caa_survey_item *soa = caa_survey_item(server, CAA_SURVEY_SOA, NULL);
    return plain != NULL && plain->state == CAA_SERVER_OK && soa != NULL &&
           soa->exchange != NULL && soa->state != CAA_SERVER_OK;
}

/* --- servers */

static void note_limit(struct caa_surveyor *surveyor, unsigned limit) {
    surveyor->survey.limits |= limit;
}

static void on_exchange(void *context, const struct caa_exchange *exchange);

static bool send_item(struct visit *visit, bool over_tcp) {
    struct caa_surveyor *surveyor = visit->surveyor;
    const struct caa_survey_item *item = visit->item;
    bool has_edns =
        caa_survey_question_has_edns(item->question) && !fails_at_edns(visit->server);
    if (surveyor->own_query_count >= CAA_SURVEYOR_QUERIES_MOST) {
        note_limit(surveyor, CAA_PATH_LIMIT_QUERIES);
        return false;
    }
    const struct caa_path_server *server = visit->server->server;
    struct caa_exchange_setting setting = {
        .base = surveyor->setting.base,
        .clock = surveyor->setting.clock,
        .random = surveyor->setting.random,
        .server = server->ns == NULL ? NULL : &server->ns->name,
        .address = server->address,
        .transport = over_tcp ? CAA_TRANSPORT_TCP : CAA_TRANSPORT_UDP,
        .no_edns = !has_edns,
        .timeout_ms = over_tcp ? TCP_TIMEOUT_MS : UDP_TIMEOUT_MS};
    struct caa_question question = {.name = item->name,
                                    .type = caa_survey_question_type(item->question)};
    if (caa_exchange_start(&visit->ticket, &setting, &question, on_exchange, visit) != CAA_OK) {
        note_limit(surveyor, CAA_PATH_LIMIT_MEMORY);
        visit->ticket = NULL;
        return false;
    }
    surveyor->own_query_count++;
    surveyor->survey.query_count++;
    return true;
}

/* Sends the next question that is worth it; false where none is left. */
static bool go_on(struct visit *visit) {
    for (; visit->item != NULL; visit->item = visit->item->next)
        if (caa_surveyor_is_worth(visit->server, visit->item) &&
            send_item(visit, caa_survey_question_is_tcp(visit->item->question)))
            return true;
    return false;
}

static void take_turn_soon(struct caa_surveyor *surveyor) {
    const struct timeval now = {0, 0};
    if (!surveyor->stopped) evtimer_add(surveyor->turn, &now);
}

static const struct caa_exchange *keep(struct caa_surveyor *surveyor,
                                       const struct caa_exchange *exchange) {
    struct caa_exchange *kept = caa_arena_alloc(surveyor->arena, sizeof *kept);
    if (kept == NULL) {
        note_limit(surveyor, CAA_PATH_LIMIT_MEMORY);
        return NULL;
    }
    *kept = *exchange;
    kept->packet = NULL;
    if (kept->packet_octets > PACKET_OCTETS_KEPT) kept->packet_octets = PACKET_OCTETS_KEPT;
    if (exchange->packet != NULL && kept->packet_octets > 0)
        kept->packet =
            (uint8_t *)caa_arena_copy(surveyor->arena, exchange->packet, kept->packet_octets);
    if (kept->packet == NULL) kept->packet_octets = 0;
    return kept;
}

static void take(struct visit *visit, const struct caa_exchange *exchange) {
    struct caa_surveyor *surveyor = visit->surveyor;
    struct caa_survey_item *item = visit->item;
    struct caa_question question = {.name = item->name,
                                    .type = caa_survey_question_type(item->question)};
    caa_reply_read(surveyor->reply, exchange, &visit->zone->name, &question,
                   visit->server->server->address.port);
    /* Over TCP after all, and not even that: then it stays truncated. */
    bool retried = item->exchange != NULL;
    if (retried && is_mute(exchange)) return;
    const struct caa_exchange *kept = keep(surveyor, exchange);
    if (kept == NULL) return;
    item->exchange = kept;
    item->after_truncation = retried;
    item->state = surveyor->reply->state;
    caa_facts_read(&item->facts, exchange);
}

static void end_visit(struct visit *visit) {
    struct caa_surveyor *surveyor = visit->surveyor;
    TAILQ_REMOVE(&surveyor->going, visit, link);
    surveyor->going_count--;
    free(visit);
    take_turn_soon(surveyor);
}

static void on_exchange(void *context, const struct caa_exchange *exchange) {
    struct visit *visit = context;
    visit->ticket = NULL;
    visit->again = is_mute(exchange) && !visit->again;
    if (visit->again && send_item(visit, exchange->transport == CAA_TRANSPORT_TCP)) return;
    visit->again = false;
    take(visit, exchange);
    bool truncated = visit->item->state == CAA_SERVER_TRUNCATED &&
                     exchange->transport == CAA_TRANSPORT_UDP &&
                     !is_mute_over_tcp(visit->server);
    if (truncated && send_item(visit, true)) return;
    visit->item = visit->item->next;
    if (!go_on(visit)) end_visit(visit);
}

static void start_visits(struct caa_surveyor *surveyor) {
    struct visit *visit;
    while (surveyor->going_count < SERVERS_AT_ONCE &&
           (visit = TAILQ_FIRST(&surveyor->waiting)) != NULL) {
        TAILQ_REMOVE(&surveyor->waiting, visit, link);
        TAILQ_INSERT_TAIL(&surveyor->going, visit, link);
        surveyor->going_count++;
        if (!go_on(visit)) end_visit(visit);
    }
}

static void queue_visit(struct caa_surveyor *surveyor, const struct caa_path_zone *zone,
                        struct caa_survey_server *server) {
    struct visit *visit = calloc(1, sizeof *visit);
    if (visit == NULL) {
        note_limit(surveyor, CAA_PATH_LIMIT_MEMORY);
        return;
    }
    visit->surveyor = surveyor;
    visit->zone = zone;
    visit->server = server;
    visit->item = server->items;
    TAILQ_INSERT_TAIL(&surveyor->waiting, visit, link);
}

/* --- name servers' addresses */

static void end_inquiry(struct inquiry *inquiry) {
    TAILQ_REMOVE(&inquiry->surveyor->inquiries, inquiry, link);
    free(inquiry);
}

static void on_address(void *context, const struct caa_answer *answer) {
    struct inquiry *inquiry = context;
    struct caa_surveyor *surveyor = inquiry->surveyor;
    inquiry->host->answers[inquiry->slot] = caa_answer_retain(answer);
    end_inquiry(inquiry);
    take_turn_soon(surveyor);
}

static void inquire(struct caa_surveyor *surveyor, struct caa_survey_host *host, size_t slot) {
    static const uint16_t types[] = {1, 28};
    struct caa_question question = {.name = host->ns->name, .type = types[slot]};
    struct inquiry *inquiry = calloc(1, sizeof *inquiry);
    if (inquiry == NULL) {
        note_limit(surveyor, CAA_PATH_LIMIT_MEMORY);
        return;
    }
    inquiry->surveyor = surveyor;
    inquiry->host = host;
    inquiry->slot = slot;
    if (caa_lookup_start(surveyor->setting.lookup, &question, on_address, inquiry,
                         &inquiry->ticket) != CAA_OK) {
        free(inquiry);
        return;
    }
    TAILQ_INSERT_TAIL(&surveyor->inquiries, inquiry, link);
    surveyor->survey.lookup_count++;
}

static void inquire_hosts(struct caa_surveyor *surveyor, struct caa_survey_zone *zone) {
    if (surveyor->setting.lookup == NULL || caa_name_is_root(&zone->zone->name)) return;
    for (const struct caa_path_ns *ns = zone->zone->ns; ns != NULL; ns = ns->next) {
        if (surveyor->host_count == CAA_SURVEYOR_HOSTS_MOST) {
            note_limit(surveyor, CAA_PATH_LIMIT_LOOKUPS);
            return;
        }
        struct caa_survey_host *host =
            caa_plan_host(&surveyor->survey, surveyor->arena, zone, ns);
        if (host == NULL) return;
        surveyor->host_count++;
        inquire(surveyor, host, 0);
        inquire(surveyor, host, 1);
    }
}

/* --- the whole */

static void on_turn(evutil_socket_t fd, short events, void *context) {
    struct caa_surveyor *surveyor = context;
    (void)fd;
    (void)events;
    start_visits(surveyor);
    if (TAILQ_EMPTY(&surveyor->going) && TAILQ_EMPTY(&surveyor->waiting) &&
        TAILQ_EMPTY(&surveyor->inquiries) && !surveyor->stopped)
        surveyor->setting.idle(surveyor->setting.context);
}

/* The deepest first: where limits are reached, it matters most. */
static void ask_zones(struct caa_surveyor *surveyor, struct caa_survey_zone *const *zones,
                      size_t count) {
    for (size_t i = count; i-- > 0;) {
        for (struct caa_survey_server *at = zones[i]->servers; at != NULL; at = at->next)
            queue_visit(surveyor, zones[i]->zone, at);
        inquire_hosts(surveyor, zones[i]);
    }
}

void caa_surveyor_add(struct caa_surveyor *surveyor, const struct caa_path *path, bool climbs) {
    enum { ZONES_MOST = 32 };
    struct caa_survey_zone *added[ZONES_MOST];
    size_t count = 0;
    struct caa_survey *survey = &surveyor->survey;
    if (survey->path_count == CAA_SURVEY_PATHS_MAX) return;
    survey->paths[survey->path_count++] = path;
    survey->query_count += path->query_count;
    survey->lookup_count += path->lookup_count;
    survey->limits |= path->limits;
    for (const struct caa_path_zone *at = path->zones; at != NULL; at = at->next) {
        struct caa_survey_zone *zone = caa_plan_zone(survey, surveyor->arena, path, at, climbs);
        if (zone != NULL && count < ZONES_MOST) added[count++] = zone;
    }
    if (!surveyor->stopped) ask_zones(surveyor, added, count);
    take_turn_soon(surveyor);
}

static void drop_visits(struct visits *visits) {
    struct visit *visit;
    while ((visit = TAILQ_FIRST(visits)) != NULL) {
        TAILQ_REMOVE(visits, visit, link);
        caa_exchange_cancel(visit->ticket);
        free(visit);
    }
}

void caa_surveyor_stop(struct caa_surveyor *surveyor) {
    struct inquiry *inquiry;
    bool cut = !TAILQ_EMPTY(&surveyor->going) || !TAILQ_EMPTY(&surveyor->waiting);
    if (cut) note_limit(surveyor, CAA_PATH_LIMIT_TIME);
    drop_visits(&surveyor->going);
    drop_visits(&surveyor->waiting);
    while ((inquiry = TAILQ_FIRST(&surveyor->inquiries)) != NULL) {
        /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): the last one is out of the list */
        caa_lookup_cancel(surveyor->setting.lookup, inquiry->ticket);
        end_inquiry(inquiry);
    }
    evtimer_del(surveyor->turn);
    surveyor->stopped = true;
}

const struct caa_survey *caa_surveyor_survey(const struct caa_surveyor *surveyor) {
    return &surveyor->survey;
}

static void release_hosts(struct caa_survey *survey) {
    for (struct caa_survey_zone *zone = survey->zones; zone != NULL; zone = zone->next)
        for (struct caa_survey_host *host = zone->hosts; host != NULL; host = host->next) {
            caa_answer_release(host->answers[0]);
            caa_answer_release(host->answers[1]);
        }
}

void caa_surveyor_free(struct caa_surveyor *surveyor) {
    if (surveyor == NULL) return;
    if (surveyor->turn != NULL) {
        caa_surveyor_stop(surveyor);
        event_free(surveyor->turn);
    }
    release_hosts(&surveyor->survey);
    caa_arena_free(surveyor->arena);
    free(surveyor->reply);
    free(surveyor);
}

enum caa_err caa_surveyor_new(struct caa_surveyor **made,
                              const struct caa_surveyor_setting *setting) {
    struct caa_surveyor *surveyor = calloc(1, sizeof *surveyor);
    if (surveyor == NULL) return CAA_ERR_NOMEM;
    surveyor->setting = *setting;
    TAILQ_INIT(&surveyor->waiting);
    TAILQ_INIT(&surveyor->going);
    TAILQ_INIT(&surveyor->inquiries);
    surveyor->arena = caa_arena_new(MEMORY_OCTETS);
    surveyor->reply = malloc(sizeof *surveyor->reply);
    surveyor->turn = evtimer_new(setting->base, on_turn, surveyor);
    if (surveyor->arena == NULL || surveyor->reply == NULL || surveyor->turn == NULL) {
        caa_surveyor_free(surveyor);
        return CAA_ERR_NOMEM;
    }
    *made = surveyor;
    return CAA_OK;
}
