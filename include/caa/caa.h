/* libcaa: may this CA issue this certificate? (RFC 8659, 8657, 9495; Baseline Requirements
   3.2.2.8)
   (structure: long because one header is all that outsiders include)

   Settings say how to ask the DNS, a checker asks it, a query says who wants to issue what for
   whom, a result says what came out:

       struct caa_settings *settings = caa_settings_new();
       struct caa_query *query = caa_query_new();
       struct caa_checker *checker;
       struct caa_result *result = NULL;
       if (caa_checker_new(&checker, settings) == CAA_ERROR_NONE) {
           caa_query_set_name(query, "*.example.org");
           caa_query_add_issuer(query, "ca.example.net");
           caa_checker_check(checker, query, &result);
           if (caa_result_is_allowed(result)) ...
       }

   Nothing here is permission but caa_result_is_allowed(): it is false for a missing result, for
   an error, and wherever the DNS could not be asked or not be validated.

   Strings. All are NUL-terminated UTF-8. What is given is copied. What is returned is never
   NULL ("" where there is nothing to say), belongs to the object that it came from, and is
   printable, whatever a stranger put into the DNS.

   NULL. An object may be NULL everywhere: a function that can fail returns CAA_ERROR_MISUSE,
   the others return nothing, false, 0 or "". So one look at the end is enough.

   Threads. Each object is used by one thread at a time; different objects, also several
   checkers, by different threads. A checker runs its lookups in a thread of its own, which
   takes no signals; callbacks run only in the thread that calls caa_checker_process or
   caa_checker_run. After fork only the parent may use what was made before it.

   ABI. Structs are opaque, enumerators keep their numbers, codes in strings keep their
   spelling; new ones may come, so be ready for a number or a code that you do not know.

   Link with `pkg-config --cflags --libs libcaa` (with --static for libcaa.a). */
#ifndef CAA_CAA_H
#define CAA_CAA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define CAA_API     __attribute__((visibility("default")))
#define CAA_MUSTUSE __attribute__((warn_unused_result))
#else
#define CAA_API
#define CAA_MUSTUSE
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- versions ---- */

/* This library's version, "0.1.0". Static. */
CAA_API const char *caa_version(void);

/* The version of libunbound, which resolves and validates, "1.17.1". Static. */
CAA_API const char *caa_resolver_version(void);

/* False where libunbound is older than 1.25.2: unless the distribution has backported them, it
   lacks fixes of 2026 for DNSSEC validation and cache poisoning. Worth a line in a CA's log. */
CAA_API bool caa_resolver_is_current(void);

/* ---- errors ---- */

/* How our own side can fail. What the DNS does wrong is never an error, but a result that says
   CAA_UNDECIDED. */
enum caa_error {
    CAA_ERROR_NONE = 0,
    CAA_ERROR_MEMORY = 1, /* out of memory */
    CAA_ERROR_MISUSE = 2, /* an argument is NULL or out of range, or something is missing */
    CAA_ERROR_SYNTAX = 3, /* a text or a file is malformed */
    CAA_ERROR_LIMIT = 4,  /* too long, too large or too many */
    CAA_ERROR_FILE = 5,   /* a file could not be read */
    CAA_ERROR_OPTION = 6, /* a resolver option or a forwarder is refused */
    CAA_ERROR_TRUST_ANCHOR = 7, /* there is no usable trust anchor */
    CAA_ERROR_ROOT_HINTS = 8,   /* there are no usable root hints */
    CAA_ERROR_RESOLVER = 9,     /* libunbound failed */
    CAA_ERROR_SYSTEM = 10,      /* no thread, no file descriptor, or the event loop failed */
};

/* "CAA_ERROR_MEMORY", for logs; "CAA_ERROR_UNKNOWN" for a number that is none. Static. */
CAA_API const char *caa_error_name(enum caa_error error);

/* One sentence for a person, without a full stop. Static. The object that failed has a better
   one: caa_settings_error, caa_query_error, caa_checker_error. */
CAA_API const char *caa_error_text(enum caa_error error);

/* ---- settings: how to ask the DNS ---- */

/* Every setting has a default that suits a machine on the Internet. A setter that refuses its
   value says why (caa_settings_error), and from then on all setters and caa_checker_new return
   that same error: a checker never runs on half of what was wanted. Files are read by
   caa_checker_new. */
struct caa_settings;

/* New settings, all at their defaults, freed by caa_settings_free. NULL when out of memory. */
CAA_API struct caa_settings *caa_settings_new(void);

/* Takes what a configuration file in YAML says, see caa.conf(5): root-hints, trust-anchor,
   forward, tls-ca-bundle, resolver-options, cache-mib, deadline-s. Its `issuers` are for the
   command line and have no effect here. Forwarders and options are added to those already set.
   CAA_ERROR_FILE; CAA_ERROR_SYNTAX and CAA_ERROR_OPTION with file and, where known, line;
   CAA_ERROR_LIMIT, CAA_ERROR_MEMORY. */
CAA_API enum caa_error caa_settings_load(struct caa_settings *settings, const char *path);

/* Path of the root hints (RFC 9609), a file with the addresses of the root servers. Default:
   /usr/share/dns/root.hints. Not needed with forwarders. CAA_ERROR_LIMIT beyond 4,096 octets,
   CAA_ERROR_MEMORY. */
CAA_API enum caa_error caa_settings_set_root_hints(struct caa_settings *settings,
                                                   const char *path);

/* Path of the root's trust anchor (RFC 4033 section 2), DS or DNSKEY records in master file
   format. Default: /usr/share/dns/root.key. Without one nothing can be validated, so there is
   no way to do without. Errors as caa_settings_set_root_hints. */
CAA_API enum caa_error caa_settings_set_trust_anchor(struct caa_settings *settings,
                                                     const char *path);

/* Adds a resolver to ask instead of the authoritative servers: "ADDRESS[@PORT][#TLSNAME]", with
   a name over TLS (RFC 7858); at most 64, all with a name or none. Their answers are validated
   here as well. CAA_ERROR_OPTION where it is no forwarder, CAA_ERROR_LIMIT, CAA_ERROR_MEMORY.
 */
CAA_API enum caa_error caa_settings_add_forwarder(struct caa_settings *settings,
                                                  const char *forwarder);

/* Path of the certificates (PEM) that forwarders over TLS are held to. Default:
   /etc/ssl/certs/ca-certificates.crt. Errors as caa_settings_set_root_hints. */
CAA_API enum caa_error caa_settings_set_tls_ca_bundle(struct caa_settings *settings,
                                                      const char *path);

/* Adds an option of libunbound, "outgoing-range: 900"; at most 64. Only cache sizes, ports,
   interfaces and timers can be set: CAA_ERROR_OPTION, with the reason, for all others, since
   some of them forge answers, and for a value that does not fit. CAA_ERROR_LIMIT,
   CAA_ERROR_MEMORY. */
CAA_API enum caa_error caa_settings_add_resolver_option(struct caa_settings *settings,
                                                        const char *option);

/* Memory for each checker's cache, 1 to 1,048,576 MiB; 0 is the default, a thirty-second of the
   machine's memory, but 16 to 512 MiB. CAA_ERROR_MISUSE beyond. */
CAA_API enum caa_error caa_settings_set_cache_mib(struct caa_settings *settings, uint32_t mib);

/* Time for one check, 1 to 3,600,000 ms; 0 is the default, 20,000 ms. What still matters and is
   unanswered by then counts as a time-out: CAA_UNDECIDED. CAA_ERROR_MISUSE beyond. */
CAA_API enum caa_error caa_settings_set_deadline_ms(struct caa_settings *settings,
                                                    uint32_t deadline_ms);

/* Path of a file with answers, for tests and "what if": nobody else is asked, nothing is
   validated, and an owner that is not in it has no CAA. A line each:
   `owner. [ttl] CAA flags tag "value"`, `owner. CNAME target.`, `owner. !SERVFAIL` (or
   !NXDOMAIN, !NODATA, !TIMEOUT, !REFUSED, !BOGUS(reason), !TRUNCATED). Errors as
   caa_settings_set_root_hints. */
CAA_API enum caa_error caa_settings_set_answers(struct caa_settings *settings,
                                                const char *path);

/* Why a setter or caa_checker_new refused: one line for a person. "" where none did. Changes
   with the next call on `settings`. */
CAA_API const char *caa_settings_error(const struct caa_settings *settings);

/* Frees settings; checkers made from them do not need them. */
CAA_API void caa_settings_free(struct caa_settings *settings);

/* ---- query: who wants to issue what for whom ---- */

/* What the certificate is for, and so which property restricts it. */
enum caa_query_purpose {
    CAA_QUERY_TLS = 0,   /* issue, and issuewild for wildcards: RFC 8659 section 4 */
    CAA_QUERY_SMIME = 1, /* issuemail: RFC 9495 */
};

/* It may be changed and used again, also while checks started with it run. Where
   caa_query_add_… or caa_query_set_purpose refuses a value, it says why (caa_query_error), and
   from then on the query is refused with that same error: a check is never about less than was
   wanted. A refused name is mended by the next good one. */
struct caa_query;

/* A new query without name and issuer, for TLS, freed by caa_query_free. NULL when out of
   memory. */
CAA_API struct caa_query *caa_query_new(void);

/* The name that the certificate is for: "example.org", "*.example.org", "bücher.example" (made
   A-labels by UTS 46), with or without a final dot. IP addresses and .onion names are taken and
   come out as CAA_NOT_APPLICABLE. CAA_ERROR_SYNTAX, with the label at fault, for whatever is no
   such name: an empty label, one over 63 octets, a name over 253, an underscore, `*` anywhere
   but alone in front, invalid UTF-8, and so on. */
CAA_API enum caa_error caa_query_set_name(struct caa_query *query, const char *name);

/* Adds an issuer domain name of the CA, "ca.example.net" (RFC 8659 section 4.2); any of them
   matches. At least one is needed, at most 64. CAA_ERROR_SYNTAX, CAA_ERROR_LIMIT,
   CAA_ERROR_MEMORY. */
CAA_API enum caa_error caa_query_add_issuer(struct caa_query *query, const char *domain);

/* Adds the URI of the account that asks, or an alias of it (`accounturi`, RFC 8657 section 3);
   any of them matches, octet by octet. At most 64 of up to 4,096 octets. Without one, a record
   bound to an account authorizes nobody. Errors as caa_query_add_issuer. */
CAA_API enum caa_error caa_query_add_account(struct caa_query *query, const char *uri);

/* Adds a label of the validation method in use, "dns-01" (`validationmethods`, RFC 8657 section
   4); any of them matches. At most 64. Without one, a record bound to methods authorizes
   nobody. Errors as caa_query_add_issuer. */
CAA_API enum caa_error caa_query_add_method(struct caa_query *query, const char *label);

/* What the certificate is for. CAA_ERROR_MISUSE where it is none of enum caa_query_purpose. */
CAA_API enum caa_error caa_query_set_purpose(struct caa_query *query,
                                             enum caa_query_purpose purpose);

/* Why the query is, or the last name was, refused: one line for a person. "" where none was.
   Changes with the next call on `query`. */
CAA_API const char *caa_query_error(const struct caa_query *query);

/* Frees a query; checks started with it do not need it. */
CAA_API void caa_query_free(struct caa_query *query);

/* ---- result: what came out ---- */

/* The numbers are no booleans: permission is caa_result_is_allowed. */
enum caa_verdict_kind {
    CAA_NO_VERDICT = 0,     /* there is no result */
    CAA_ALLOWED = 1,        /* CAA does not stand in the way */
    CAA_FORBIDDEN = 2,      /* a CAA record says no */
    CAA_UNDECIDED = 3,      /* a lookup failed or a record cannot be read: do not issue */
    CAA_NOT_APPLICABLE = 4, /* an IP address or .onion name: this check says nothing about it */
};

/* It lives until caa_result_free, whatever becomes of checker and query. */
struct caa_result;

/* True only where the verdict is CAA_ALLOWED. */
CAA_API bool caa_result_is_allowed(const struct caa_result *result);

/* The verdict; CAA_NO_VERDICT for NULL. */
CAA_API enum caa_verdict_kind caa_result_verdict(const struct caa_result *result);

/* The name as it would stand in the certificate, in A-labels and lower case: "*.example.org".
 */
CAA_API const char *caa_result_name(const struct caa_result *result);

/* What decided. CAA_ALLOWED: "no-records", "unrestricted", "authorized", "insecure-failure".
   CAA_FORBIDDEN: "not-authorized", "critical-unknown". CAA_UNDECIDED: "lookup-failed",
   "no-such-tld", "unreadable". CAA_NOT_APPLICABLE: "". */
CAA_API const char *caa_result_rule(const struct caa_result *result);

/* What was decided and why, one sentence for a person without a full stop: "no CAA record at
   a.example or example, so any CA may issue". */
CAA_API const char *caa_result_text(const struct caa_result *result);

/* What to do about it, for a person: sentences, one a line; "" where there is nothing to do. */
CAA_API const char *caa_result_advice(const struct caa_result *result);

/* Undecided only: the failure may pass by itself, so asking again later makes sense. False
   where a zone has to be mended first. */
CAA_API bool caa_result_retry_helps(const struct caa_result *result);

/* Forbidden only: a record would authorize the issuer, but it is bound to an account (RFC 8657
   section 3) or to validation methods (section 4), of which the query has none. */
CAA_API bool caa_result_needs_account(const struct caa_result *result);
CAA_API bool caa_result_needs_method(const struct caa_result *result);

/* The name that decided: the owner of the relevant RRset (RFC 8659 section 3), or the name
   whose lookup failed. "" where no ancestor has CAA. */
CAA_API const char *caa_result_decided_at(const struct caa_result *result);

/* The deadline passed before all that matters was answered. */
CAA_API bool caa_result_deadline_passed(const struct caa_result *result);

/* When the check began, in microseconds since 1970-01-01T00:00:00Z, and how many it took. */
CAA_API int64_t caa_result_started_at_us(const struct caa_result *result);
CAA_API int64_t caa_result_elapsed_us(const struct caa_result *result);

/* Names that CAA was looked up for, in the order of the climb: 0 is the name itself, the last
   its top-level domain (RFC 8659 section 3). */
CAA_API size_t caa_result_level_count(const struct caa_result *result);

/* The name of level `level`, here and below from 0 to caa_result_level_count() - 1; beyond, ""
   or 0. */
CAA_API const char *caa_result_level_name(const struct caa_result *result, size_t level);

/* What its lookup came to, as a code: "records", "nodata", "nxdomain"; a failure: "servfail",
   "refused", "rcode", "timeout", "bogus", "truncated", "malformed", "network"; or "not-needed"
   where it could not matter any more. */
CAA_API const char *caa_result_level_outcome(const struct caa_result *result, size_t level);

/* How far the answer can be trusted (RFC 4035 section 4.3), as a code: "secure", "insecure",
   "bogus", "indeterminate". */
CAA_API const char *caa_result_level_security(const struct caa_result *result, size_t level);

/* Why its lookup failed, as far as known; "" otherwise. */
CAA_API const char *caa_result_level_reason(const struct caa_result *result, size_t level);

/* Seconds that the answer may be remembered: the RRset's TTL, or by RFC 2308 section 5. */
CAA_API uint32_t caa_result_level_ttl_s(const struct caa_result *result, size_t level);

/* CAA records found there. */
CAA_API size_t caa_result_level_record_count(const struct caa_result *result, size_t level);

/* Oddities in the relevant RRset that are worth telling, whether they decided or not, and looks
   at one question that disagreed, which decide nothing; at most 16, the JSON says how many more
   there were. */
CAA_API size_t caa_result_finding_count(const struct caa_result *result);

/* What was found, as a code, `finding` here and below from 0 to caa_result_finding_count() - 1;
   beyond, "": "malformed-value", "malformed-accounturi", "malformed-validationmethods",
   "unreadable-rdata", "unknown-tag", "reserved-tag", "critical-alias", "undefined-flags",
   "unknown-parameter", "issue-hidden", "critical-unknown", "answer-changed", "looks-differ",
   "servers-differ". */
CAA_API const char *caa_result_finding_code(const struct caa_result *result, size_t finding);

/* The same in a sentence for a person. */
CAA_API const char *caa_result_finding_text(const struct caa_result *result, size_t finding);

/* The name that owns the record, or that was asked for. */
CAA_API const char *caa_result_finding_name(const struct caa_result *result, size_t finding);

/* What exactly is malformed in it; "" where nothing is. */
CAA_API const char *caa_result_finding_reason(const struct caa_result *result, size_t finding);

/* All of it, with every record and time, as one JSON object in one line without its end: for
   the CA's records (BR 5.4.1). Made at the first call and kept with the result; "" when out of
   memory. */
CAA_API const char *caa_result_json(struct caa_result *result);

/* The ACME problem document (RFC 8555 section 6.7, RFC 9457) for a result that is no
   permission, in one line: a CA can pass it on as it is, in a challenge or an order, or, with
   `as_answer`, as the HTTP answer itself. Its `status` is the HTTP status, its `caa` tells the
   fault and what becomes of trying again. "" for CAA_ALLOWED, and when out of memory. See
   caa-problems(7). */
CAA_API const char *caa_result_problem(struct caa_result *result, bool as_answer);

/* Seconds for the header Retry-After beside that document; 0 where there must be none, since
   the CAA records or a zone have to change first. */
CAA_API uint32_t caa_result_retry_after_s(const struct caa_result *result);

/* Frees a result and every string that came from it. */
CAA_API void caa_result_free(struct caa_result *result);

/* ---- checker: asks, validates, decides ---- */

struct caa_checker;

/* A check that was started. Gone when its callback is called or when it is cancelled. */
struct caa_ticket;

/* Makes a checker with a cache and a thread of its own, freed by caa_checker_free. One is
   enough for thousands of checks at a time; make few and keep them, since a new one knows
   nothing yet. Lookups in flight take a file descriptor each: raise RLIMIT_NOFILE.
   Errors, with the reason in caa_settings_error: that of a setter that failed; CAA_ERROR_FILE;
   CAA_ERROR_TRUST_ANCHOR, CAA_ERROR_ROOT_HINTS and CAA_ERROR_SYNTAX with file and line;
   CAA_ERROR_OPTION for a mix of forwarders with and without TLS; CAA_ERROR_LIMIT,
   CAA_ERROR_RESOLVER, CAA_ERROR_SYSTEM, CAA_ERROR_MEMORY. `*checker` is then NULL. */
CAA_API CAA_MUSTUSE enum caa_error caa_checker_new(struct caa_checker **checker,
                                                   struct caa_settings *settings);

/* Checks, and waits for it until the deadline at most. `*result`, to be freed by
   caa_result_free, is NULL unless CAA_ERROR_NONE is returned. Calls no callback, and may be
   called from one. CAA_ERROR_MISUSE where the query has no name or no issuer, and the error of
   a refused query, with the reason in caa_checker_error; CAA_ERROR_RESOLVER, CAA_ERROR_SYSTEM,
   CAA_ERROR_MEMORY. (That the error is not looked at is fine where `*result` is.) */
CAA_API enum caa_error caa_checker_check(struct caa_checker *checker,
                                         const struct caa_query *query,
                                         struct caa_result **result);

/* Called once per started check, unless it was cancelled, from caa_checker_process or
   caa_checker_run. `result` is the callee's, to be freed by caa_result_free; it is NULL unless
   `error` is CAA_ERROR_NONE; errors are CAA_ERROR_RESOLVER, CAA_ERROR_SYSTEM and
   CAA_ERROR_MEMORY. It may start, cancel and check, but not process, run or free the checker.
 */
typedef void caa_checker_done(void *context, enum caa_error error, struct caa_result *result);

/* Starts a check and returns at once; identical lookups of different checks are made once.
   `done` gets `context`, never from inside this call, and not at all where this returns an
   error. `ticket` may be NULL where nobody will cancel. The deadline starts to run now. Errors
   as caa_checker_check. */
CAA_API CAA_MUSTUSE enum caa_error caa_checker_start(struct caa_checker *checker,
                                                     const struct caa_query *query,
                                                     caa_checker_done *done, void *context,
                                                     struct caa_ticket **ticket);

/* Gives a started check up: its callback is never called after this. */
CAA_API void caa_checker_cancel(struct caa_checker *checker, struct caa_ticket *ticket);

/* Started checks whose callback was not called yet. */
CAA_API size_t caa_checker_pending(const struct caa_checker *checker);

/* A file descriptor that polls as readable when there are callbacks to call: have poll, epoll,
   kqueue, libevent, libuv, asyncio, tokio or Go watch it, and call caa_checker_process(checker,
   0) when it is readable; no timer is needed beside it. It may be readable once too often, so
   watch it level-triggered; never read from it or close it. -1 for NULL. */
CAA_API int caa_checker_fd(const struct caa_checker *checker);

/* Calls the callbacks of checks that have finished. Where none has, but some are pending, waits
   for one: at most `timeout_ms` milliseconds, 0 not at all, -1 without limit; a signal ends
   the wait early. CAA_ERROR_MISUSE inside a callback, CAA_ERROR_SYSTEM. */
CAA_API enum caa_error caa_checker_process(struct caa_checker *checker, int timeout_ms);

/* Calls callbacks until no check is pending, those that callbacks start included. Errors as
   caa_checker_process. */
CAA_API enum caa_error caa_checker_run(struct caa_checker *checker);

/* Why the last call on `checker` failed: one line for a person. "" where none has. Changes with
   the next call. */
CAA_API const char *caa_checker_error(const struct caa_checker *checker);

/* Frees a checker. Checks that run are given up without a callback; results live on. */
CAA_API void caa_checker_free(struct caa_checker *checker);

/* ---- explain: what a CA's error text means ---- */

/* Who can mend it, as far as a text tells. */
enum caa_explained_fault {
    CAA_EXPLAINED_FAULT_UNKNOWN = 0,
    CAA_EXPLAINED_REGISTRY = 1,   /* of the top-level domain, or what is above it */
    CAA_EXPLAINED_PLATFORM = 2,   /* whose customers have names below it */
    CAA_EXPLAINED_SUBSCRIBER = 3, /* whoever runs the domain */
    CAA_EXPLAINED_RESOLVER = 4,   /* the CA's own network or resolver */
    CAA_EXPLAINED_POLICY = 5,     /* nobody failed: a CAA record forbids it */
};

/* Is it worth to try again? Never guessed. */
enum caa_explained_retry {
    CAA_EXPLAINED_RETRY_UNKNOWN = 0,
    CAA_EXPLAINED_RETRY_NO = 1, /* not before something is mended */
    CAA_EXPLAINED_RETRY_YES = 2,
};

enum caa_explained_sureness {
    CAA_EXPLAINED_UNSURE = 0,
    CAA_EXPLAINED_LIKELY =
        1, /* what failed is known; whose fault it is follows from who runs it */
    CAA_EXPLAINED_CERTAIN = 2, /* the text says it */
};

/* One error. It may grow at its end. Texts are "" where nothing is told. */
struct caa_explained {
    int problem; /* number of the class in caa-problems(7); numbers stay, new ones may come */
    enum caa_explained_fault fault;
    enum caa_explained_retry retry;
    uint32_t retry_after_s; /* seconds after the error; 0 unless retry is YES */
    enum caa_explained_sureness sureness;
    const char *problem_code; /* the class as a code: "servfail" */
    const char *name;         /* that the certificate is for */
    const char *owner;        /* that was looked up, or whose CAA forbids */
    const char *type;         /* that was looked up: "CAA", "TXT" */
    const char *text;         /* what happened, in one sentence without a full stop */
    const char *advice;       /* whose fault it is and what to do: sentences, one a line */
};

/* What a text says, until caa_explain_free. */
struct caa_explain;

/* Explains a text of `len` octets, as people have it: an error alone, a problem document, order
   or authorization of ACME, a log line with things around it, or some lines of a log. Looks
   nothing up. There is at least one explanation, of class "unknown" where nothing is known, and
   at most 1,000. CAA_ERROR_LIMIT for more than 1 MiB, CAA_ERROR_MISUSE, CAA_ERROR_MEMORY:
   `*explain` is then NULL. */
CAA_API CAA_MUSTUSE enum caa_error caa_explain(struct caa_explain **explain, const char *text,
                                               size_t len);

/* Errors that were found in it. */
CAA_API size_t caa_explain_count(const struct caa_explain *explain);

/* The error `index`, from 0 to caa_explain_count() - 1; NULL beyond. */
CAA_API const struct caa_explained *caa_explain_at(const struct caa_explain *explain,
                                                   size_t index);

/* All of it as one JSON object in one line: {"explanations": [...], "dropped": 0}. Made at the
   first call and kept; "" when out of memory. */
CAA_API const char *caa_explain_json(struct caa_explain *explain);

/* Frees it, and every explanation that came from it. */
CAA_API void caa_explain_free(struct caa_explain *explain);

#ifdef __cplusplus
}
#endif

#endif
