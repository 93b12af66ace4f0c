#include "daemon/dns.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <sys/random.h>

#include "history/record.h"

struct caad_dns {
    struct caad_faces_setting setting;
    struct caa_dns_server *server;
    struct caa_dns_counters counters;
    LIST_HEAD(, wait) waits;
    size_t wait_count;
};

/* One answer that waits for its record to be on disk. */
struct wait {
    LIST_ENTRY(wait) link;
    struct caad_dns *dns;
    struct caa_dns_permit *permit;
};

static void address_of(const struct sockaddr_storage *address, char text[INET6_ADDRSTRLEN]) {
    const void *octets = address->ss_family == AF_INET6
                             ? (const void *)&((const struct sockaddr_in6 *)address)->sin6_addr
                             : (const void *)&((const struct sockaddr_in *)address)->sin_addr;
    if (inet_ntop(address->ss_family, octets, text, INET6_ADDRSTRLEN) == NULL) text[0] = '\0';
}

static enum caa_err make_record(const struct caa_dns_fact *fact,
                                struct caa_history_record **record) {
    char id[CAA_HISTORY_ID_MAX], client[INET6_ADDRSTRLEN];
    const struct caa_clock *clock = caa_clock_system();
    struct caa_history_served served = {
        .answer = fact->answer,
        .rcode = caa_answer_is_sound(fact->answer) ? fact->answer->rcode : 2,
        .started_at_us = fact->asked_at_us,
        .elapsed_us = caa_clock_wall_us(clock) - fact->asked_at_us};
    struct caa_history_about about = {.id = id, .client = client};
    address_of(&fact->client->address, client);
    enum caa_err err = caa_history_id_make(id);
    return err == CAA_OK ? caa_history_record_of_answer(record, &served, &about) : err;
}

static void end_wait(struct wait *wait, bool recorded) {
    LIST_REMOVE(wait, link);
    wait->dns->wait_count--;
    caa_dns_permit_give(wait->permit, recorded);
    free(wait);
}

static void on_recorded(void *context, enum caa_err err, const char *why) {
    (void)why;
    end_wait(context, err == CAA_OK);
}

static bool is_required(const struct caad_dns *dns) {
    return dns->setting.conf->history.audit == CAAD_AUDIT_REQUIRED;
}

/* With best effort the answer goes out at once, and its record is nobody's to wait for. */
static void record(void *context, const struct caa_dns_fact *fact,
                   struct caa_dns_permit *permit) {
    struct caad_dns *dns = context;
    struct caa_history_record *made = NULL;
    bool waits = is_required(dns);
    struct wait *wait = waits ? malloc(sizeof *wait) : NULL;
    bool kept = (!waits || wait != NULL) && make_record(fact, &made) == CAA_OK;
    if (!kept || !waits) {
        if (kept) caa_history_put(dns->setting.history, made, NULL, NULL);
        free(wait);
        caa_dns_permit_give(permit, !waits);
        return;
    }
    *wait = (struct wait){.dns = dns, .permit = permit};
    LIST_INSERT_HEAD(&dns->waits, wait, link);
    dns->wait_count++;
    caa_history_put(dns->setting.history, made, on_recorded, wait);
}

static enum caa_err read_ranges(struct caa_address_range *ranges,
                                const struct caad_dns_conf *conf, struct caa_diag *diag) {
    enum caa_err err = CAA_OK;
    for (unsigned i = 0; err == CAA_OK && i < conf->allow_count; i++)
        err = caa_address_range_parse(&ranges[i], caa_slice_of(conf->allow[i]), diag);
    return err;
}

static enum caa_err make_server(struct caad_dns *dns, struct caa_diag *diag) {
    const struct caad_dns_conf *conf = &dns->setting.conf->dns;
    struct caad_sockets *sockets = dns->setting.sockets;
    struct caa_address_range ranges[CAA_CONF_LIST_MAX];
    uint64_t seed;
    enum caa_err err = read_ranges(ranges, conf, diag);
    if (err != CAA_OK) return err;
    if (getrandom(&seed, sizeof seed, 0) != sizeof seed) return CAA_ERR_EVENT;
    struct caa_dns_server_setting setting = {.base = dns->setting.base,
                                             .clock = caa_clock_system(),
                                             .lookup = caa_engine_lookup(dns->setting.engine),
                                             .udp = sockets->dns_udp,
                                             .tcp = sockets->dns_tcp,
                                             .socket_count = sockets->dns_count,
                                             .deadline_ms = conf->deadline_ms,
                                             .connections_most = conf->connections_most,
                                             .connections_per_client_most =
                                                 conf->connections_per_client_most,
                                             .allowed = ranges,
                                             .allowed_count = conf->allow_count,
                                             .rate = dns->setting.queries,
                                             .seed = seed,
                                             .record = record,
                                             .record_context = dns,
                                             .counters = &dns->counters};
    if (dns->setting.history == NULL) setting.record = NULL;
    sockets->dns_count = 0;
    return caa_dns_server_new(&dns->server, &setting, diag);
}

enum caa_err caad_dns_new(struct caad_dns **made, const struct caad_faces_setting *setting,
                          struct caa_diag *diag) {
    struct caad_dns *dns = calloc(1, sizeof *dns);
    if (dns == NULL) return CAA_ERR_NOMEM;
    dns->setting = *setting;
    enum caa_err err = make_server(dns, diag);
    if (err == CAA_OK)
        *made = dns;
    else
        caad_dns_free(dns);
    return err;
}

enum caa_err caad_dns_reload(struct caad_dns *dns, const struct caad_conf *conf) {
    struct caa_address_range ranges[CAA_CONF_LIST_MAX];
    dns->setting.conf = conf;
    enum caa_err err = read_ranges(ranges, &conf->dns, NULL);
    return err == CAA_OK
               ? caa_dns_server_set_allowed(dns->server, ranges, conf->dns.allow_count)
               : err;
}

struct caa_dns_server *caad_dns_server(const struct caad_dns *dns) {
    return dns->server;
}

size_t caad_dns_in_flight(const struct caad_dns *dns) {
    return dns == NULL ? 0 : caa_dns_server_waiting(dns->server) + dns->wait_count;
}

void caad_dns_drain(struct caad_dns *dns) {
    if (dns != NULL) caa_dns_server_stop(dns->server);
}

void caad_dns_give_up(struct caad_dns *dns) {
    if (dns != NULL) caa_dns_server_give_up(dns->server);
}

void caad_dns_free(struct caad_dns *dns) {
    if (dns == NULL) return;
    while (
        !LIST_EMPTY(&dns->waits)) /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): is removed */
        end_wait(LIST_FIRST(&dns->waits), false);
    caa_dns_server_free(dns->server);
    free(dns);
}
