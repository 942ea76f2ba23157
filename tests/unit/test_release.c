// links: host
/* Release records: written, read, and refused; the driver memory; leases and selectors. */
#include <stdlib.h>
#include <unistd.h>

#include "base/base64.h"
#include "kube/exec.h"
#include "release/selector.h"
#include "release/store_state.h"
#include "test.h"

static bk_arena arena;
static bk_err err;

__attribute__((constructor)) static void begin(void) { bk_arena_init(&arena, 0); }
__attribute__((destructor)) static void end(void) {
    bk_err_release(&err);
    bk_arena_release(&arena);
}

static bk_value config_of(void) {
    bk_map *m = bk_map_new(&arena, 2);
    CHECK(m && bk_map_set(m, BK_S("b<"), bk_float(1.5)) && bk_map_set(m, BK_S("a"), bk_int64(7)));
    return bk_map_value(m);
}

static const bk_str events[] = {{"pre-install", 11}, {"test", 4}};

static bk_release sample(void) {
    static bk_hook hook;
    hook = (bk_hook){.name = BK_S("prepare"),
                     .kind = BK_S("Job"),
                     .path = BK_S("web/templates/job.yaml"),
                     .manifest = BK_S("kind: Job\n"),
                     .events = {events, 2},
                     .weight = -3,
                     .started = {.text = BK_S("2026-11-21T19:10:38.5Z")},
                     .phase = BK_S("Succeeded")};
    return (bk_release){
        .name = BK_S("web"),
        .namespace_ = BK_S("ns"),
        .version = 4,
        .status = BK_STATUS_DEPLOYED,
        .description = BK_S("it's <done> & \"said\""),
        .notes = BK_S("\"chart\":\"\" is no chart\n"),
        .first_deployed = {.text = BK_S("2026-01-02T03:04:05Z")},
        .last_deployed = {.text = BK_S("2026-11-21T19:10:38.120000001Z")},
        .chart =
            BK_S("{\"metadata\":{\"name\":\"web\",\"version\":\"0.1.0\",\"appVersion\":\"1.27\"},\"values\":{\"a\":1,\"c\":{\"d\":2}}}"),
        .config = config_of(),
        .manifest = BK_S("---\n# Source: web/a.yaml\nkind: ConfigMap\n"),
        .hooks = &hook,
        .hook_count = 1,
        .apply_method = BK_S("ssa")};
}

/* Helm's order, escapes and omissions. */
TEST(json) {
    const bk_release r = sample(), bare = {.name = BK_S("x")};
    bk_buf out;
    bk_buf_init(&out, &arena, 0);
    CHECK_OK(bk_release_json(&out, &arena, &r, false, BK_S("{\"v1/Pod\":[]}"), &err), &err);
    CHECK_STR(
        bk_buf_take(&out),
        "{\"name\":\"web\",\"info\":{\"first_deployed\":\"2026-01-02T03:04:05Z\",\"last_deployed\":\"2026-11-21T19:10:38.120000001Z\","
        "\"description\":\"it's \\u003cdone\\u003e \\u0026 \\\"said\\\"\",\"status\":\"deployed\",\"notes\":\"\\\"chart\\\":\\\"\\\" is no chart\\n\","
        "\"resources\":{\"v1/Pod\":[]}},\"config\":{\"a\":7,\"b\\u003c\":1.5},\"manifest\":\"---\\n# Source: web/a.yaml\\nkind: ConfigMap\\n\","
        "\"hooks\":[{\"name\":\"prepare\",\"kind\":\"Job\",\"path\":\"web/templates/job.yaml\",\"manifest\":\"kind: Job\\n\",\"events\":[\"pre-install\",\"test\"],"
        "\"last_run\":{\"started_at\":\"2026-11-21T19:10:38.5Z\",\"phase\":\"Succeeded\"},\"weight\":-3}],\"version\":4,\"namespace\":\"ns\",\"apply_method\":\"ssa\"}");
    bk_buf_init(&out, &arena, 0);
    CHECK_OK(bk_release_json(&out, &arena, &bare, true, BK_S(""), &err), &err);
    CHECK_STR(bk_buf_take(&out), "{\"name\":\"x\",\"info\":{}}");
}

TEST(there_and_back) {
    const bk_release r = sample();
    const bk_record_options computed = {.flags = BK_RECORD_COMPUTED};
    bk_record record = {0};
    bk_release back = {0};
    CHECK_OK(bk_record_write(&arena, &r, 0, &record.text, &err), &err);
    CHECK(bk_str_starts(record.text, BK_S("H4sI")));
    CHECK_OK(bk_records_read(&arena, &computed, &record, &back, 1, &err), &err);
    CHECK(!record.unread && back.version == 4 && back.hook_count == 1);
    CHECK_VIEW(back.chart, r.chart);
    CHECK_VIEW(back.notes, r.notes);
    CHECK_VIEW(back.description, r.description);
    CHECK_STR(back.last_deployed.ansic, "Sat Nov 21 19:10:38 2026");
    CHECK_STR(back.last_deployed.shown, "2026-11-21 19:10:38.120000001 +0000 UTC");
    CHECK_VIEW(back.last_deployed.text, r.last_deployed.text);
    CHECK_STR(bk_release_metadata(&back, "appVersion"), "1.27");
    CHECK(back.hooks[0].weight == -3 && bk_hook_has_event(&back.hooks[0], "test"));
    CHECK(back.computed.kind == BK_MAP && bk_map_len(back.computed.map) == 3);
}

/* A Secret's: base64 once more; the summary is the same from the first part of it. */
TEST(summaries) {
    const bk_release r = sample();
    const bk_record_options summary = {.flags = BK_RECORD_SUMMARY, .time_format = BK_S("2006")},
                            filtered = {.flags = BK_RECORD_SUMMARY, .filter = BK_S("^x")};
    bk_record record = {.wrapped = true};
    bk_release back = {.version = 9, .namespace_ = BK_S("of the object")};
    bk_str text;
    bk_buf b;
    CHECK_OK(bk_record_write(&arena, &r, 0, &text, &err), &err);
    bk_buf_init(&b, &arena, 0);
    bk_base64_encode(&b, text);
    record.text = bk_buf_take(&b);
    CHECK_OK(bk_records_read(&arena, &summary, &record, &back, 1, &err), &err);
    CHECK(!record.unread && back.version == 9);
    CHECK_STR(back.name, "web");
    CHECK_STR(back.namespace_, "of the object");
    CHECK_STR(back.last_deployed.shown, "2026");
    CHECK_STR(bk_release_metadata(&back, "version"), "0.1.0");
    CHECK_OK(bk_records_read(&arena, &filtered, &record, &back, 1, &err), &err);
    CHECK(record.filtered);
}

static bk_str plain(const char *json) {
    bk_buf b;
    bk_buf_init(&b, &arena, 0);
    bk_base64_encode(&b, bk_str_c(json));
    return bk_buf_take(&b);
}

TEST(refused) {
    static const char *const bad[] = {"",
                                      "x",
                                      "[]",
                                      "{}",
                                      "{\"name\":\"a\"}",
                                      "{\"name\":1,\"info\":{}}",
                                      "{\"name\":\"a\",\"info\":{\"status\":1}}",
                                      "{\"name\":\"a\",\"info\":{\"last_deployed\":\"yesterday\"}}",
                                      "{\"name\":\"a\",\"info\":{},\"version\":1.5}",
                                      "{\"name\":\"a\",\"info\":{},\"hooks\":[1]}",
                                      "{\"name\":\"a\",\"info\":{},\"chart\":[]}",
                                      "{\"name\":\"a\",\"info\":{}"};
    bk_record records[BK_COUNT(bad) + 3] = {0};
    bk_release releases[BK_COUNT(records)] = {0};
    for (size_t i = 0; i < BK_COUNT(bad); i++) records[i].text = plain(bad[i]);
    records[BK_COUNT(bad)].text = BK_S("!");
    records[BK_COUNT(bad) + 1].text = BK_S("H4sIAAAAAAAA/w==");
    records[BK_COUNT(bad) + 2].text = plain("{\"name\":\"good\",\"info\":{}}"); /* one of before compression */
    CHECK_OK(bk_records_read(&arena, NULL, records, releases, BK_COUNT(records), &err), &err);
    for (size_t i = 0; i + 1 < BK_COUNT(records); i++) CHECK(records[i].unread && records[i].why.n > 0);
    CHECK(!records[BK_COUNT(records) - 1].unread);
    CHECK_STR(releases[BK_COUNT(records) - 1].name, "good");
}

/* One that nests too deeply for the way out does not spoil the others. */
TEST(deep) {
    bk_buf b;
    bk_record records[2] = {0};
    bk_release releases[2] = {0};
    bk_buf_init(&b, &arena, 0);
    bk_buf_c(&b, "{\"name\":\"a\",\"info\":{},\"config\":");
    for (int i = 0; i < 3000; i++) bk_buf_c(&b, "{\"x\":");
    bk_buf_c(&b, "1");
    bk_buf_fill(&b, '}', 3001);
    bk_buf_byte(&b, 0);
    records[0].text = plain(bk_buf_take(&b).p);
    records[1].text = plain("{\"name\":\"good\",\"info\":{}}");
    CHECK_OK(bk_records_read(&arena, NULL, records, releases, 2, &err), &err);
    CHECK(records[0].unread && !records[1].unread);
}

TEST(what_is_not_written) {
    bk_release r = sample();
    bk_str text;
    /* A chart that would reach out of its place. */
    r.chart = BK_S("{},\"name\":\"other\"");
    CHECK(bk_record_write(&arena, &r, 0, &text, &err) == BK_ERR);
    bk_err_release(&err);
    r = sample();
    CHECK(bk_record_write(&arena, &r, 100, &text, &err) == BK_ERR_LIMIT);
    CHECK(bk_str_starts(bk_err_message(&err), BK_S("release record of \"web\" is too large: ")) &&
          bk_str_contains(bk_err_message(&err), BK_S(" manifest 41")));
    bk_err_release(&err);
}

TEST(bad_filter) {
    const bk_record_options o = {.flags = BK_RECORD_SUMMARY, .filter = BK_S("(")};
    CHECK(bk_records_read(&arena, &o, NULL, NULL, 0, &err) == BK_ERR);
    CHECK_STR(bk_err_message(&err), "error parsing regexp: missing closing ): `(`");
    bk_err_release(&err);
}

/* ---- stores ---- */

static bk_store *memory(const char *yaml) {
    char path[] = "/tmp/bulkhead-test-XXXXXX";
    int fd = mkstemp(path);
    bk_store *store = NULL;
    CHECK(fd >= 0 && write(fd, yaml, strlen(yaml)) == (ssize_t)strlen(yaml));
    close(fd);
    const bk_store_options o = {
        .driver = BK_S("memory"), .namespace_ = BK_S("default"), .memory_data = bk_str_c(path), .max_history = 3, .holder = BK_S("me")};
    CHECK_OK(bk_store_open(&arena, &o, &store, &err), &err);
    unlink(path);
    return store;
}

#define REVISION(n, status) \
    "- {name: web, version: " #n ", namespace: default, info: {status: " status \
    ", last_deployed: 2026-01-02T03:04:05Z}, chart: {metadata: {name: c, version: 1.0.0}}}\n"

/* The oldest go, but the newest that is deployed stays. */
TEST(history_limit) {
    bk_store *store = memory(REVISION(1, "superseded") REVISION(2, "deployed") REVISION(3, "failed")
                                 REVISION(4, "failed") "- {name: api, info: {status: failed}}\n");
    bk_release next = {.name = BK_S("web"), .namespace_ = BK_S("default"), .version = 5, .status = BK_STATUS_PENDING_UPGRADE}, r;
    bk_history h;
    if (!store) return;
    CHECK_OK(bk_store_history(store, BK_S("web"), &h, &err), &err);
    CHECK(h.n == 4 && bk_history_last(&h)->version == 4 && bk_history_deployed(&h)->version == 2 && !bk_history_version(&h, 5));
    CHECK_OK(bk_store_create(store, NULL, &next, &err), &err);
    CHECK_OK(bk_store_history(store, BK_S("web"), &h, &err), &err);
    CHECK(h.n == 3 && h.p[0].version == 2 && h.p[1].version == 4 && h.p[2].version == 5);
    CHECK(bk_store_create(store, &h, &next, &err) == BK_ERR);
    CHECK_STR(bk_err_message(&err), BK_STORE_EXISTS);
    bk_err_release(&err);
    next.status = BK_STATUS_DEPLOYED;
    CHECK_OK(bk_store_update(store, &next, false, &err), &err);
    CHECK_OK(bk_store_get(store, BK_S("web"), 0, NULL, &r, &err), &err);
    CHECK(r.version == 5 && bk_str_eq(r.status, BK_STATUS_DEPLOYED));
    CHECK(bk_store_get(store, BK_S("web"), 9, NULL, &r, &err) == BK_ERR);
    CHECK_STR(bk_err_message(&err), BK_STORE_NOT_FOUND);
    bk_err_release(&err);
    bk_releases list;
    CHECK_OK(bk_store_list(store, true, NULL, &list, &err), &err);
    CHECK(list.n == 2);
}

TEST(drivers) {
    bk_store *store;
    bk_store_options o = {.driver = BK_S("sql")};
    CHECK(bk_store_open(&arena, &o, &store, &err) == BK_ERR);
    CHECK(bk_str_contains(bk_err_message(&err), BK_S("SQL database")));
    bk_err_release(&err);
    o.driver = BK_S("foo");
    CHECK(bk_store_open(&arena, &o, &store, &err) == BK_ERR);
    CHECK_STR(bk_err_message(&err), "unknown driver \"foo\"");
    bk_err_release(&err);
}

TEST(leases) {
    bk_store store = {.arena = &arena, .holder = BK_S("me")};
    const bk_kube_answer answer = {.date = BK_S("Sat, 21 Nov 2026 19:10:38 GMT")}, odd = {.date = BK_S("Sat, 21 Now 2026 19:10:38 GMT")};
    int64_t age, t;
    bk_str text;
    bk_store_heard(&store, &odd);
    CHECK(store.server_s == 0);
    bk_store_heard(&store, &answer);
    CHECK(store.server_s == 1795288238);
    CHECK(bk_store_time_text(&arena, 1795288238, &text) && bk_kube_time(text, &t) && t == 1795288238);
    const bk_lease none = {0}, mine = {BK_S("me"), BK_S("2026-11-21T19:11:00Z")}, live = {BK_S("you"), BK_S("2026-11-21T19:11:00Z")},
                   dead = {BK_S("you"), BK_S("2026-11-21T19:10:00Z")}, unreadable = {BK_S("you"), BK_S("for ever")};
    CHECK(bk_store_hold(&store, &none, BK_S("2026-11-21T19:00:38Z"), &age) == BK_HOLD_NONE && age >= 600);
    CHECK(bk_store_hold(&store, &mine, BK_S(""), &age) == BK_HOLD_OURS);
    CHECK(bk_store_hold(&store, &live, BK_S(""), &age) == BK_HOLD_OTHER);
    CHECK(bk_store_hold(&store, &dead, BK_S(""), &age) == BK_HOLD_EXPIRED && age >= 68);
    CHECK(bk_store_hold(&store, &unreadable, BK_S(""), &age) == BK_HOLD_EXPIRED && age == 0);
}

/* ---- names and selectors ---- */

TEST(names) {
    static const char *const good[] = {"a", "web-1", "a.b", "0", "a--b", "a.b-c.d"};
    static const char *const bad[] = {"",   "-a", "a-",   "A",    "a_b", "a..b",
                                      ".a", "a.", "a.-b", "a-.b", "a/b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
    for (size_t i = 0; i < BK_COUNT(good); i++) CHECK(bk_release_name_valid(bk_str_c(good[i])));
    for (size_t i = 0; i < BK_COUNT(bad); i++) CHECK(!bk_release_name_valid(bk_str_c(bad[i])));
}

TEST(selectors) {
    static const struct {
        const char *selector;
        bool matches;
    } rows[] = {{"", true},
                {"team=x", true},
                {"team==x", true},
                {"team = x", true},
                {"team=y", false},
                {"team!=y", true},
                {"team!=x", false},
                {"none!=x", true},
                {"team", true},
                {"none", false},
                {"!none", true},
                {"!team", false},
                {"n>3", true},
                {"n<3", false},
                {"n>5", false},
                {"team in (x,y)", true},
                {"team in (y)", false},
                {"team notin (x)", false},
                {"none notin (x)", true},
                {"team=x,n=5", true},
                {"team=x,n=6", false},
                {"none=", false},
                {"a.b/c=1", true}};
    static const struct {
        const char *selector, *error;
    } bad[] = {{"team in", "unable to parse requirement: found '', expected: '('"},
               {"a=b c", "found 'c', expected: ',' or 'end of string'"},
               {"!!", "unable to parse requirement: found '!', expected: identifier"},
               {"a=b,", "found '', expected: identifier after ','"}};
    bk_map *labels = bk_map_new(&arena, 3);
    bk_selector s;
    CHECK(labels && bk_map_set(labels, BK_S("team"), bk_string(BK_S("x"))) && bk_map_set(labels, BK_S("n"), bk_string(BK_S("5"))) &&
          bk_map_set(labels, BK_S("a.b/c"), bk_string(BK_S("1"))));
    for (size_t i = 0; i < BK_COUNT(rows); i++) {
        CHECK_OK(bk_selector_parse(&arena, bk_str_c(rows[i].selector), &s, &err), &err);
        CHECK(bk_selector_matches(&s, labels) == rows[i].matches);
    }
    for (size_t i = 0; i < BK_COUNT(bad); i++) {
        CHECK(bk_selector_parse(&arena, bk_str_c(bad[i].selector), &s, &err) == BK_ERR);
        CHECK_STR(bk_err_message(&err), bad[i].error);
        bk_err_release(&err);
    }
}

TEST_MAIN()
