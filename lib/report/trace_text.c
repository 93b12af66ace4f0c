#include <string.h>

#include <libknot/libknot.h>

#include "base/writer.h"
#include "report/trace.h"

enum { NAME_COLUMN_MOST = 40, RECORDS_SHOWN = 10 };

/* Where and how a report is written. */
struct page {
    FILE *out;
    const struct caa_trace *trace;
    const struct caa_text_style *style;
    int name_column;
};

static const char *on(const struct page *page, const char *code) {
    return page->style->colour ? code : "";
}

static const char *text_of(const struct caa_name *name, char text[CAA_NAME_TEXT_MAX]) {
    if (name == NULL) return "";
    caa_name_to_text(name, text);
    return text;
}

static const char *state_colour(const struct caa_path_server *server) {
    if (server->state == CAA_SERVER_OK) return CAA_TEXT_GREEN;
    return server->state == CAA_SERVER_UNASKED ? CAA_TEXT_FAINT : CAA_TEXT_RED;
}

static void write_printable(FILE *out, const char *hostile) {
    char text[1024];
    struct caa_writer writer = caa_writer_into(text, sizeof text);
    caa_writer_printable(&writer, caa_slice_of(hostile));
    fputs(text, out);
}

static void write_exchange(const struct page *page, const struct caa_exchange *exchange,
                           enum caa_server_state state) {
    FILE *out = page->out;
    if (exchange == NULL) return;
    bool ok = state == CAA_SERVER_OK;
    fprintf(out, "  %s%s %s%s %.1f ms", on(page, ok ? "" : CAA_TEXT_RED),
            caa_transport_code(exchange->transport), caa_server_state_text(state),
            on(page, ok ? "" : CAA_TEXT_PLAIN), (double)exchange->round_trip_us / 1000);
    if (exchange->result == CAA_EXCHANGE_NETWORK)
        fprintf(out, " (%s)", strerror(exchange->error));
    if (exchange->result == CAA_EXCHANGE_MALFORMED) fprintf(out, " (%s)", exchange->reason);
    if (state == CAA_SERVER_RCODE) fprintf(out, " (%u)", (unsigned)exchange->said.rcode);
    if (exchange->ignored > 0)
        fprintf(out, " (%lu replies passed over: forged, or late)",
                (unsigned long)exchange->ignored);
    if (exchange->said.ede < 0) return;
    fprintf(out, " (EDE %d%s", exchange->said.ede,
            exchange->said.ede_text[0] != '\0' ? " " : "");
    write_printable(out, exchange->said.ede_text);
    fputc(')', out);
}

static void write_what(const struct page *page, const struct caa_path_server *server) {
    if (server->state != CAA_SERVER_OK) return;
    const struct caa_exchange *exchange = caa_path_server_exchange(server);
    const char *what = server->refers                    ? "refers"
                       : exchange->said.rcode == 3       ? "NXDOMAIN"
                       : exchange->said.answer_count > 0 ? "answers"
                                                         : "NODATA";
    fprintf(page->out, "  %s", what);
}

/* Which of the different things that are said, by number: "answers A" would read as a type. */
static void write_variant(const struct page *page, const struct caa_path_zone *zone,
                          const struct caa_path_server *server) {
    size_t variant = caa_path_variant_of(zone, server);
    if (variant == 0 || caa_path_variants(zone) < 2) return;
    fprintf(page->out, " %s#%zu%s", on(page, CAA_TEXT_BOLD), variant, on(page, CAA_TEXT_PLAIN));
}

static void write_server(const struct page *page, const struct caa_path_zone *zone,
                         const struct caa_path_server *server) {
    char name[CAA_NAME_TEXT_MAX], address[CAA_EVIDENCE_ADDRESS_MAX];
    text_of(server->ns == NULL ? NULL : &server->ns->name, name);
    caa_address_to_text(&server->address, address);
    fprintf(page->out, "  %s%s%s %-*s  %-20s", on(page, state_colour(server)),
            server->state == CAA_SERVER_OK ? "+" : "-", on(page, CAA_TEXT_PLAIN),
            page->name_column, server->ns == NULL ? "" : name, address);
    if (server->state == CAA_SERVER_UNASKED)
        fprintf(page->out, "  %s", caa_server_state_text(server->state));
    write_what(page, server);
    write_variant(page, zone, server);
    write_exchange(page, server->udp, server->udp_state);
    write_exchange(page, server->tcp, server->tcp_state);
    fputc('\n', page->out);
}

static void write_heading(const struct page *page, const struct caa_path_zone *zone) {
    char name[CAA_NAME_TEXT_MAX];
    struct caa_server_count count = caa_path_count_servers(page->trace->path, zone);
    bool failing = caa_path_zone_is_failing(page->trace->path, zone);
    fprintf(page->out, "%s%s%s", on(page, CAA_TEXT_BOLD), text_of(&zone->name, name),
            on(page, CAA_TEXT_PLAIN));
    if (zone->parent != NULL)
        fprintf(page->out, ", delegated by %s, %s", text_of(&zone->parent->name, name),
                zone->ds_seen       ? "signed"
                : zone->denial_seen ? "not signed"
                                    : "not known whether signed");
    fprintf(page->out, ": %s%zu of %zu servers usable%s\n",
            on(page, failing ? CAA_TEXT_RED : ""), count.usable, count.known,
            on(page, failing ? CAA_TEXT_PLAIN : ""));
}

static void write_note(const struct page *page, const char *text, const struct caa_name *name) {
    char room[CAA_NAME_TEXT_MAX];
    fprintf(page->out, "    %s%s%s%s\n", on(page, CAA_TEXT_YELLOW), text_of(name, room), text,
            on(page, CAA_TEXT_PLAIN));
}

/* Of that family; 0: of any. */
static bool has_address(const struct caa_path_zone *zone, const struct caa_path_ns *ns,
                        uint8_t family) {
    for (const struct caa_path_server *at = zone->servers; at != NULL; at = at->next)
        if (at->ns == ns && (family == 0 || at->address.family == family)) return true;
    return false;
}

/* The parent has one family of it, and another exists as well. */
static void write_glue_note(const struct page *page, const struct caa_path_zone *zone,
                            const struct caa_path_ns *ns) {
    if (ns->glue4 && !ns->glue6 && has_address(zone, ns, 6))
        write_note(page, ": its AAAA is missing in the parent's glue", &ns->name);
    if (ns->glue6 && !ns->glue4 && has_address(zone, ns, 4))
        write_note(page, ": its A is missing in the parent's glue", &ns->name);
}

static void write_ns_notes(const struct page *page, const struct caa_path_zone *zone) {
    for (const struct caa_path_ns *ns = zone->ns; ns != NULL; ns = ns->next) {
        bool compared = zone->child_ns_seen && zone->parent != NULL;
        if (compared && ns->in_parent && !ns->in_child)
            write_note(page, ": only the parent has this name server", &ns->name);
        if (compared && !ns->in_parent && ns->in_child)
            write_note(page, ": only the zone itself has this name server", &ns->name);
        if (ns->lookup_failed)
            write_note(page, ": its addresses could not all be looked up", &ns->name);
        else if (!has_address(zone, ns, 0) && !ns->glue4 && !ns->glue6)
            write_note(page, ": no address is known", &ns->name);
        write_glue_note(page, zone, ns);
    }
}

static void write_zone(const struct page *page, const struct caa_path_zone *zone) {
    write_heading(page, zone);
    for (const struct caa_path_server *at = zone->servers; at != NULL; at = at->next)
        write_server(page, zone, at);
    write_ns_notes(page, zone);
    if (caa_path_variants(zone) > 1)
        write_note(page,
                   "its servers do not say the same: the numbers tell who agrees with whom",
                   NULL);
    if (zone->ns_cut || zone->server_known_count > zone->server_count)
        write_note(page, "it has more servers than are shown", NULL);
}

static void write_limits(const struct page *page) {
    static const char *const texts[] = {
        "not every server was asked: the limit on queries was reached",
        "the path was not followed to its end: too many zones",
        "a zone has more name servers than were asked",
        "not every name server's address was looked up: too many lack glue",
        "time ran out before all had answered",
        "memory ran out"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if ((page->trace->path->limits >> i & 1) != 0)
            fprintf(page->out, "%snote:%s %s\n", on(page, CAA_TEXT_YELLOW),
                    on(page, CAA_TEXT_PLAIN), texts[i]);
}

static void write_records(const struct page *page) {
    const struct caa_answer *answer = page->trace->answer;
    char text[CAA_TRACE_RECORD_MAX];
    for (size_t i = 0; i < answer->alias_count; i++)
        fprintf(page->out, "    alias of %s\n", text_of(&answer->aliases[i], text));
    for (size_t i = 0; i < answer->rdata_count && i < RECORDS_SHOWN; i++) {
        caa_trace_record(answer, i, text);
        fprintf(page->out, "    %s\n", text);
    }
    if (answer->rdata_count > RECORDS_SHOWN)
        fprintf(page->out, "    … and %zu more\n", answer->rdata_count - RECORDS_SHOWN);
}

static void write_answer(const struct page *page) {
    const struct caa_answer *answer = page->trace->answer;
    fprintf(page->out, "%sanswer%s of %s: %s", on(page, CAA_TEXT_BOLD),
            on(page, CAA_TEXT_PLAIN), page->trace->source, caa_outcome_text(answer->outcome));
    if (answer->security != CAA_SECURITY_INDETERMINATE && answer->outcome != CAA_OUTCOME_BOGUS)
        fprintf(page->out, ", %s", caa_security_code(answer->security));
    fprintf(page->out, ", %.1f ms\n", (double)answer->elapsed_us / 1000);
    if (answer->reason[0] != '\0') {
        fputs("    ", page->out);
        write_printable(page->out, answer->reason);
        fputc('\n', page->out);
    }
    write_records(page);
}

static void write_failing(const struct page *page) {
    char name[CAA_NAME_TEXT_MAX];
    const struct caa_path_zone *zone = caa_path_failing_zone(page->trace->path);
    if (zone == NULL) return;
    bool none = caa_path_count_servers(page->trace->path, zone).usable == 0;
    enum caa_failure failure = caa_path_zone_failure(zone);
    fprintf(page->out, "%sfailing zone:%s %s: %s servers %s\n",
            on(page, CAA_TEXT_BOLD CAA_TEXT_RED), on(page, CAA_TEXT_PLAIN),
            text_of(&zone->name, name), none ? "its" : "most of its",
            failure == CAA_FAILURE_NONE ? "have not answered yet" : caa_failure_text(failure));
}

static int name_column(const struct caa_path *path) {
    size_t widest = 0;
    for (const struct caa_path_zone *zone = path->zones; zone != NULL; zone = zone->next)
        for (const struct caa_path_ns *ns = zone->ns; ns != NULL; ns = ns->next) {
            char name[CAA_NAME_TEXT_MAX];
            size_t width = caa_name_to_text(&ns->name, name);
            if (width > widest) widest = width;
        }
    return widest < NAME_COLUMN_MOST ? (int)widest : NAME_COLUMN_MOST;
}

void caa_text_trace(FILE *out, const struct caa_trace *trace,
                    const struct caa_text_style *style) {
    const struct caa_path *path = trace->path;
    struct page page = {out, trace, style, name_column(path)};
    char name[CAA_NAME_TEXT_MAX], type[32];
    if (knot_rrtype_to_string(path->type, type, sizeof type) < 0) type[0] = '\0';
    fprintf(out, "%s%s%s %s: %zu zone%s, %lu queries, %.1f ms\n\n", on(&page, CAA_TEXT_BOLD),
            text_of(&path->name, name), on(&page, CAA_TEXT_PLAIN), type, path->zone_count,
            path->zone_count == 1 ? "" : "s", (unsigned long)path->query_count,
            (double)path->elapsed_us / 1000);
    for (const struct caa_path_zone *at = path->zones; at != NULL; at = at->next) {
        write_zone(&page, at);
        fputc('\n', out);
    }
    write_limits(&page);
    write_answer(&page);
    write_failing(&page);
}
