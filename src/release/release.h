/* release.h: a release: one revision of a chart that was installed, as its record tells.
 *
 * Records are Helm's, so that both programs work on the same releases: JSON, compressed, as base64 in a Secret or a ConfigMap. They hold text of charts and
 * may have been written by anybody who can write to the namespace; so they are read in a compartment (record.h), and what lies here are the values that
 * came out of it, checked to be of the right kinds, and strings of any bytes otherwise.
 *
 * Everything is borrowed from one arena. A release under construction is filled member by member; `chart` and `metadata` of a new one are what a render with
 * the option `record` hands out. */
#ifndef BK_RELEASE_RELEASE_H
#define BK_RELEASE_RELEASE_H

#include "base/buf.h"
#include "value/map.h"

/* A point in time. `text` alone decides what a record says; the rest comes with it, for people. */
typedef struct bk_release_time {
    bk_str text;  /* RFC 3339 with all of its digits, "2026-11-21T19:10:38.120000001Z"; empty: there is none */
    bk_str ansic; /* "Sat Nov 21 19:10:38 2026", on the clock of `text` */
    bk_str shown; /* what `list` prints, by --time-format or as Go does: "2026-11-21 19:10:38.120000001 +0000 UTC" */
    int64_t sec;  /* since 1970 */
    int32_t nsec;
} bk_release_time;

/* A list of words: events, policies. */
typedef struct bk_words {
    const bk_str *p;
    size_t n;
} bk_words;

typedef struct bk_hook {
    bk_str name, kind, path, manifest;
    bk_words events; /* "pre-install" …, "test" */
    int64_t weight;
    bk_words delete_policies;     /* "before-hook-creation", "hook-succeeded", "hook-failed" */
    bk_words output_log_policies; /* "hook-succeeded", "hook-failed" */
    /* The last run. */
    bk_release_time started, completed;
    bk_str phase; /* "Unknown", "Running", "Succeeded", "Failed"; empty: it has not run */
} bk_hook;

bool bk_hook_has_event(const bk_hook *hook, const char *event);
bool bk_words_have(bk_words words, const char *word);
/* A map's list of texts, which is borrowed; none where it is not there, empty ones for items that are no texts. */
bk_status bk_words_of(bk_arena *arena, bk_map *map, const char *key, bk_words *ret, bk_err *err);

#define BK_STATUS_UNKNOWN BK_S("unknown")
#define BK_STATUS_DEPLOYED BK_S("deployed")
#define BK_STATUS_UNINSTALLED BK_S("uninstalled")
#define BK_STATUS_SUPERSEDED BK_S("superseded")
#define BK_STATUS_FAILED BK_S("failed")
#define BK_STATUS_UNINSTALLING BK_S("uninstalling")
#define BK_STATUS_PENDING_INSTALL BK_S("pending-install")
#define BK_STATUS_PENDING_UPGRADE BK_S("pending-upgrade")
#define BK_STATUS_PENDING_ROLLBACK BK_S("pending-rollback")

/* Who is at work on a release, told by annotations of its record (store.h). */
typedef struct bk_lease {
    bk_str holder; /* empty: nobody of ours */
    bk_str until;  /* RFC 3339, by the server's clock */
} bk_lease;

typedef struct bk_release {
    bk_str name, namespace_;
    int64_t version; /* revision, from 1 */
    bk_str status;   /* BK_STATUS_… or whatever the record has */
    bk_str description, notes;
    bk_release_time first_deployed, last_deployed, deleted;
    int64_t rollback_revision; /* 0: no rollback */

    bk_str chart;      /* the chart as JSON text, one object, as Helm writes its chart.Chart; empty: the record has none */
    bk_value metadata; /* of it: Chart.yaml as a map by JSON names; nil: none */
    bk_value config;   /* the values that were given: a map, or nil */
    bk_value computed; /* when asked for (BK_RECORD_COMPUTED): those with the chart's defaults filled in; nil otherwise */
    bk_str manifest;   /* every object but hooks, "---\n# Source: …\n" before each */
    bk_hook *hooks;
    size_t hook_count;
    bk_str apply_method; /* "ssa", "csa"; empty: a record from before, which means client-side */
    bk_map *
        labels; /* of the record, strings; NULL: none. With the store's own (name, owner, status, version, createdAt, modifiedAt) as they were read */

    /* Where it is stored; filled by the store. */
    bk_str uid, resource_version; /* empty: not read from a cluster; then an update has no precondition but that the record is there */
    bk_str created;               /* creationTimestamp of the record, RFC 3339 */
    bk_lease lease;
} bk_release;

typedef struct bk_releases {
    bk_release *p;
    size_t n, cap;
} bk_releases;

/* "NAME-VERSION" of the chart, and its appVersion; "MISSING" without metadata. The first lies in the arena. */
bk_status bk_release_chart_name(bk_arena *arena, const bk_release *release, bk_str *ret, bk_err *err);
bk_str bk_release_app_version(const bk_release *release);
/* A text of the metadata; empty when there is none. */
bk_str bk_release_metadata(const bk_release *release, const char *key);

bool bk_status_is_pending(bk_str status);
/* "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.…)*$", at most 53 characters. */
bool bk_release_name_valid(bk_str name);
/* A label that the store sets itself. */
bool bk_release_label_is_own(bk_str key);

/* Now, by the system's clock and in the local zone, as Helm stamps releases and hooks. */
bk_status bk_release_now(bk_arena *arena, bk_release_time *ret, bk_err *err);

/* Appends the release as JSON, field by field as Helm writes it; `with_chart` false leaves the chart out (status does). The chart's text goes in as it is.
 * `resources` is the JSON of info.resources, or empty. */
bk_status bk_release_json(bk_buf *out, bk_arena *arena, const bk_release *release, bool with_chart, bk_str resources, bk_err *err);

#endif
