// links: host
/* The guard without a compartment: requests go in as frames, as a guest would send them. */
#include "guard/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guard/ledger.h"
#include "guard/plugin.h"
#include "guard/rules.h"
#include "test.h"
#include "value/codec.h"

/* ---- a run ---- */

typedef struct run {
    bk_guard *guard;
    bk_arena arena;
    bk_err err;
    bk_buf answer;
    char dir[64];
} run;

static void run_start(run *r) {
    *r = (run){.err = BK_ERR_INIT};
    bk_arena_init(&r->arena, 0);
    bk_buf_init(&r->answer, NULL, 0);
    memcpy(r->dir, "/tmp/bk-guard-XXXXXX", 21);
    CHECK(mkdtemp(r->dir) != NULL);
}

static void run_end(run *r) {
    bk_guard_free(r->guard);
    bk_err_release(&r->err);
    bk_buf_release(&r->answer);
    bk_arena_release(&r->arena);
    static const char *const files[] = {"ledger", "record", "again", "link", "other", "doc.json", "doclink"};
    for (size_t i = 0; i < BK_COUNT(files); i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", r->dir, files[i]);
        unlink(path);
    }
    rmdir(r->dir);
}

static const char *path_of(run *r, const char *name) {
    bk_str path;
    CHECK(bk_arena_printf(&r->arena, &path, "%s/%s", r->dir, name));
    return path.p;
}

static bk_str read_all(run *r, const char *path) {
    bk_buf b;
    bk_buf_init(&b, &r->arena, 0);
    FILE *f = fopen(path, "rb");
    CHECK(f != NULL);
    for (int c; f && (c = fgetc(f)) != EOF;) bk_buf_byte(&b, (char)c);
    if (f) fclose(f);
    return bk_buf_take(&b);
}

static void put_value(run *r, bk_buf *frame, bk_tag tag, bk_value v) {
    size_t begin = bk_section_begin(frame, tag);
    CHECK_OK(bk_codec_encode(frame, v, &r->err), &r->err);
    bk_section_end(frame, begin);
}

/* {key: value, …} of pairs. */
typedef struct pair {
    const char *key;
    bk_value value;
} pair;
static bk_value map_of(run *r, const pair *pairs, size_t n) {
    bk_map *m = bk_map_new(&r->arena, n);
    for (size_t i = 0; i < n; i++) CHECK(bk_map_set(m, bk_str_c(pairs[i].key), pairs[i].value));
    return bk_map_value(m);
}
#define MAP(r, ...) map_of((r), (const pair[]){__VA_ARGS__}, sizeof((const pair[]){__VA_ARGS__}) / sizeof(pair))
#define TEXT(s) bk_string(bk_str_c(s))

static bk_status charts(run *r, const char *const *paths, size_t n) {
    bk_buf frame;
    bk_buf_init(&frame, &r->arena, 0);
    size_t begin = bk_frame_begin(&frame);
    for (size_t i = 0; i < n; i++) put_value(r, &frame, BK_TAG_CHART, MAP(r, {"path", TEXT(paths[i])}, {"name", TEXT("x")}));
    bk_frame_end(&frame, begin);
    bk_buf_reset(&r->answer);
    return bk_guard_effect(r->guard, BK_FX_CHARTS, bk_buf_view(&frame), &r->answer, &r->err);
}

static bk_str frame_of(run *r, const uint32_t *origins, size_t n, const char *where, bk_value args) {
    bk_buf *frame = BK_NEW(&r->arena, bk_buf);
    bk_buf_init(frame, &r->arena, 0);
    size_t begin = bk_frame_begin(frame), section = bk_section_begin(frame, BK_TAG_ORIGIN);
    for (size_t i = 0; i < n; i++) bk_buf_u32(frame, origins[i]);
    bk_section_end(frame, section);
    bk_section(frame, BK_TAG_WHERE, bk_str_c(where));
    put_value(r, frame, BK_TAG_ARGS, args);
    bk_frame_end(frame, begin);
    return bk_buf_view(frame);
}

static bk_status ask(run *r, bk_effect op, const uint32_t *origins, size_t n, const char *where, bk_value args) {
    bk_buf_reset(&r->answer);
    return bk_guard_effect(r->guard, op, frame_of(r, origins, n, where, args), &r->answer, &r->err);
}

static bk_value answer_of(run *r) {
    bk_value v = bk_nil();
    CHECK_OK(bk_codec_decode(&r->arena, bk_buf_view(&r->answer), &v, &r->err), &r->err);
    return v;
}

static void expect_err(run *r, bk_status got, bk_status want, const char *message) {
    CHECK(got == want);
    CHECK_STR(bk_err_message(&r->err), message);
    bk_err_release(&r->err);
}

static const char *const two[] = {"app", "app/charts/db"};
static const uint32_t root[] = {0}, sub[] = {0, 1};

static void begin(run *r, const bk_guard_options *options) {
    CHECK_OK(bk_guard_new(options, &r->guard, &r->err), &r->err);
    CHECK_OK(bk_guard_begin(r->guard, BK_CALL_RENDER, BK_S("request"), &r->err), &r->err);
    CHECK_OK(charts(r, two, 2), &r->err);
}

/* ---- who asks ---- */

TEST(tables_of_charts_are_checked) {
    static const struct {
        const char *paths[4];
        const char *message;
    } cases[] = {
        {{"app", "app/charts/db", "app/charts/db/charts/x"}, ""},
        {{"app", "app"}, "malformed table of charts: a path stands twice"},
        {{"app", "db"}, "malformed table of charts: a path without a parent"},
        {{"app", "app/charts/"}, "malformed table of charts: a path without a parent"},
        {{"app", "app/charts/x/charts/y", "app/charts/x"}, "malformed table of charts: a path before its parent's"},
        {{""}, "malformed table of charts: a path that is empty or too long"},
        {{NULL}, "malformed table of charts: no chart"},
    };
    for (size_t i = 0; i < BK_COUNT(cases); i++) {
        run r;
        run_start(&r);
        CHECK_OK(bk_guard_new(&(bk_guard_options){0}, &r.guard, &r.err), &r.err);
        CHECK_OK(bk_guard_begin(r.guard, BK_CALL_RENDER, BK_S(""), &r.err), &r.err);
        size_t n = 0;
        while (n < 4 && cases[i].paths[n]) n++;
        bk_status s = charts(&r, cases[i].paths, n);
        expect_err(&r, s, *cases[i].message ? BK_ERR : BK_OK, cases[i].message);
        run_end(&r);
    }
}

TEST(the_table_is_sealed_and_needed) {
    run r;
    run_start(&r);
    begin(&r, &(bk_guard_options){0});
    expect_err(&r, charts(&r, two, 2), BK_ERR_LIMIT, "quota of the effect charts: more than 1 requests in one call");
    CHECK_OK(bk_guard_begin(r.guard, BK_CALL_RENDER, BK_S(""), &r.err), &r.err);
    expect_err(&r, ask(&r, BK_FX_SEED, NULL, 0, "x", MAP(&r, {"a", bk_nil()})), BK_ERR_TRAP,
               "malformed request: an effect before the table of charts");
    /* The refusal stays. */
    expect_err(&r, charts(&r, two, 2), BK_ERR_TRAP, "malformed request: an effect before the table of charts");
    CHECK(bk_guard_end(r.guard, BK_OK, &r.err) == BK_ERR_TRAP);
    run_end(&r);
}

TEST(origins_are_checked) {
    run r;
    run_start(&r);
    static const uint32_t beyond[] = {0, 2};
    begin(&r, &(bk_guard_options){0});
    expect_err(&r, ask(&r, BK_FX_SEED, beyond, 2, "x", MAP(&r, {"a", bk_nil()})), BK_ERR_TRAP,
               "malformed request: an origin beyond the table of charts");
    CHECK_OK(bk_guard_begin(r.guard, BK_CALL_RENDER, BK_S(""), &r.err), &r.err);
    CHECK_OK(charts(&r, two, 2), &r.err);
    expect_err(&r, ask(&r, BK_FX_SEED, root, 0, "x", MAP(&r, {"a", bk_nil()})), BK_ERR_TRAP, "malformed request: nobody asks");
    /* In the operator's own call there is no chart, and none may be named. */
    CHECK_OK(bk_guard_begin(r.guard, BK_CALL_TEMPLATE, BK_S(""), &r.err), &r.err);
    CHECK_OK(ask(&r, BK_FX_SEED, NULL, 0, "x", MAP(&r, {"a", bk_nil()})), &r.err);
    CHECK(answer_of(&r).len == 32);
    expect_err(&r, charts(&r, two, 2), BK_ERR_TRAP, "malformed request: a table of charts where there is none");
    run_end(&r);
}

TEST(frames_are_checked_byte_by_byte) {
    run r;
    run_start(&r);
    begin(&r, &(bk_guard_options){0});
    bk_str good = frame_of(&r, root, 1, "templates/x.yaml:1:2", MAP(&r, {"name", TEXT("Europe/Berlin")}));
    for (size_t n = 0; n < good.n; n++) {
        CHECK_OK(bk_guard_begin(r.guard, BK_CALL_RENDER, BK_S(""), &r.err), &r.err);
        CHECK_OK(charts(&r, two, 2), &r.err);
        bk_buf_reset(&r.answer);
        CHECK(bk_guard_effect(r.guard, BK_FX_ZONEINFO, bk_str_of(good.p, n), &r.answer, &r.err) != BK_OK);
        bk_err_release(&r.err);
    }
    CHECK_OK(bk_guard_begin(r.guard, BK_CALL_RENDER, BK_S(""), &r.err), &r.err);
    CHECK_OK(charts(&r, two, 2), &r.err);
    CHECK_OK(bk_guard_effect(r.guard, BK_FX_ZONEINFO, good, &r.answer, &r.err), &r.err);
    run_end(&r);
}

TEST(quotas_name_themselves) {
    run r;
    run_start(&r);
    begin(&r, &(bk_guard_options){0});
    CHECK_OK(ask(&r, BK_FX_SEED, root, 1, "x", MAP(&r, {"a", bk_nil()})), &r.err);
    expect_err(&r, ask(&r, BK_FX_SEED, root, 1, "x", MAP(&r, {"a", bk_nil()})), BK_ERR_LIMIT,
               "quota of the effect seed: more than 1 requests in one call");
    run_end(&r);
}

/* ---- decisions ---- */

TEST(grants_are_read) {
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"dns", ""},
        {"dns=*.example.com", ""},
        {"app/charts/db:schema-ref=file:///a:b=c", ""},
        {"dsn=x", "invalid grant \"dsn=x\": \"dsn\" is no effect; a grant is [CHART:]EFFECT[=PATTERN]"},
        {"input", "invalid grant \"input\": \"input\" is no effect; a grant is [CHART:]EFFECT[=PATTERN]"},
        {":dns", "invalid grant \":dns\": no chart stands before \":\""},
        {"dns=", "invalid grant \"dns=\": nothing stands behind \"=\""},
        {"", "invalid grant \"\": \"\" is no effect; a grant is [CHART:]EFFECT[=PATTERN]"},
        {"plugin/s3:http=S3.example.com", ""},
        {"plugin/charts/db:dns", ""},
        {"plugin/:http", "invalid grant \"plugin/:http\": no name stands behind \"plugin/\""},
        {"plugin/s3@sha256:12:http",
         "invalid grant \"plugin/s3@sha256:12:http\": \"sha256:12\" is no digest: sha256: and 64 hexadecimal digits"},
        {"plugin/s3:hook-kind=Job", "invalid grant \"plugin/s3:hook-kind=Job\": plugins do not ask for hook-kind"},
        {"app:http=example.com", "invalid grant \"app:http=example.com\": only plugins ask for http"},
    };
    for (size_t i = 0; i < BK_COUNT(cases); i++) {
        run r;
        run_start(&r);
        bk_rules rules;
        bk_rules_init(&rules, &r.arena);
        bk_status s = bk_rules_grant(&rules, "--grant ", bk_str_c(cases[i].text), &r.err);
        expect_err(&r, s, *cases[i].message ? BK_ERR : BK_OK, cases[i].message);
        if (i == 2) {
            CHECK_STR(rules.items[0].subject.chart, "app/charts/db");
            CHECK_STR(rules.items[0].pattern, "file:///a:b=c");
        }
        if (i == 8) {
            CHECK(rules.items[0].subject.kind == BK_SUBJECT_PLUGIN);
            CHECK_STR(rules.items[0].subject.plugin, "s3");
            CHECK_STR(rules.items[0].pattern, "s3.example.com");
        }
        if (i == 9) CHECK(rules.items[0].subject.kind == BK_SUBJECT_CHART);
        run_end(&r);
    }
}

TEST(patterns) {
    static const struct {
        const char *pattern, *text;
        bool match;
    } cases[] = {
        {"abc", "abc", true},
        {"abc", "abd", false},
        {"abc", "abcd", false},
        {"*", "", true},
        {"*", "abc", true},
        {"*", "a/c", false},
        {"**", "a/c", true},
        {"a*c", "abbc", true},
        {"a*c", "ab/c", false},
        {"a**c", "ab/c", true},
        {"*.example.com", "x.example.com", true},
        {"*.example.com", "example.com", false},
        {"*/b*/c", "a/bx/c", true},
        {"*/b*/c", "a/x/bx/c", false},
        {"**/b*/c", "a/x/bx/c", true},
        {"a*b*c", "axbxbxc", true},
        {"**a*b", "xa/ab", true},
        {"", "", true},
        {"", "x", false},
        {"https://a/*.json", "https://a/b.json", true},
        {"https://a/*.json", "https://a/b/c.json", false},
        {"**x**y**", "1x2y3", true},
        {"**x**y**", "1y2x3", false},
        {"*a", "aaaaaaaaaaaaaaaaaab", false},
    };
    for (size_t i = 0; i < BK_COUNT(cases); i++) {
        bool got = bk_pattern_match(bk_str_c(cases[i].pattern), bk_str_c(cases[i].text), '/');
        if (got != cases[i].match) printf("%s on %s\n", cases[i].pattern, cases[i].text);
        CHECK(got == cases[i].match);
    }
}

static const bk_value *url_args(run *r, const char *url) {
    bk_value *v = BK_NEW(&r->arena, bk_value);
    *v = MAP(r, {"url", TEXT(url)});
    return v;
}

TEST(a_denial_names_who_what_rule_and_grant) {
    run r;
    run_start(&r);
    begin(&r, &(bk_guard_options){0});
    expect_err(&r, ask(&r, BK_FX_SCHEMA_REF, sub, 2, "app/charts/db/values.schema.json", *url_args(&r, "https://example.com/a b.json")),
               BK_ERR_DENIED,
               "the guard denies schema-ref of https://example.com/a b.json, asked for by chart app with code of app/charts/db "
               "(app/charts/db/values.schema.json): built-in: references of schemas are denied until granted; to allow it: "
               "--grant 'app:schema-ref=https://example.com/a b.json' --grant 'app/charts/db:schema-ref=https://example.com/a b.json'");
    /* Nothing is served any more, and a compartment that claims success has failed. */
    CHECK(ask(&r, BK_FX_SEED, root, 1, "x", MAP(&r, {"a", bk_nil()})) == BK_ERR_DENIED);
    bk_err_release(&r.err);
    CHECK(bk_guard_end(r.guard, BK_OK, &r.err) == BK_ERR_DENIED);
    run_end(&r);
}

/* Nobody asks before the charts are told apart, a schema no more than a template. */
TEST(nothing_is_asked_before_the_table) {
    run r;
    run_start(&r);
    bk_str grants[] = {BK_S("schema-ref")};
    CHECK_OK(bk_guard_new(&(bk_guard_options){.grants = grants, .grant_count = 1}, &r.guard, &r.err), &r.err);
    CHECK_OK(bk_guard_begin(r.guard, BK_CALL_RENDER, BK_S(""), &r.err), &r.err);
    expect_err(&r, ask(&r, BK_FX_SCHEMA_REF, NULL, 0, "", MAP(&r, {"url", TEXT("https://example.com/x")})), BK_ERR_TRAP,
               "malformed request: an effect before the table of charts");
    run_end(&r);
}

TEST(no_grant_is_suggested_for_a_dangerous_name) {
    run r;
    run_start(&r);
    static const char *const paths[] = {"app\x1b[2J"};
    CHECK_OK(bk_guard_new(&(bk_guard_options){0}, &r.guard, &r.err), &r.err);
    CHECK_OK(bk_guard_begin(r.guard, BK_CALL_RENDER, BK_S(""), &r.err), &r.err);
    CHECK_OK(charts(&r, paths, 1), &r.err);
    expect_err(&r, ask(&r, BK_FX_SCHEMA_REF, root, 1, "x\n\xe2\x80\xaey:1", *url_args(&r, "https://example.com/")), BK_ERR_DENIED,
               "the guard denies schema-ref of https://example.com/, asked for by chart app\\x1b[2J (x\\n\\u202ey:1): built-in: references "
               "of schemas are "
               "denied until granted; no grant is suggested, for a name in it does not belong into a command");
    run_end(&r);
}

static void write_file(const char *path, const char *text) {
    FILE *f = fopen(path, "wb");
    CHECK(f && fputs(text, f) >= 0 && fclose(f) == 0);
}

static bk_str grant_of(run *r, const char *fmt, const char *a) {
    bk_str s;
    CHECK(bk_arena_printf(&r->arena, &s, fmt, a));
    return s;
}

/* A grant holds for every chart whose code runs, for the file that a link leads to, and for nothing else. */
TEST(schema_references_need_their_grant) {
    run r;
    run_start(&r);
    const char *doc = path_of(&r, "doc.json"), *link = path_of(&r, "doclink"), *other = path_of(&r, "other");
    write_file(doc, "{\"type\":\"object\"}");
    write_file(other, "secret");
    CHECK(symlink(other, link) == 0);
    bk_str grants[] = {grant_of(&r, "app:schema-ref=file://%s", doc), grant_of(&r, "schema-ref=file://%s/doclink", r.dir)};
    bk_guard_options options = {.grants = grants, .grant_count = 2};
    begin(&r, &options);
    CHECK_OK(ask(&r, BK_FX_SCHEMA_REF, root, 1, "x", *url_args(&r, grant_of(&r, "file://%s", doc).p)), &r.err);
    CHECK_STR(bk_value_str(answer_of(&r)), "{\"type\":\"object\"}");
    /* What counts is where the link leads. */
    CHECK(ask(&r, BK_FX_SCHEMA_REF, root, 1, "x", *url_args(&r, grant_of(&r, "file://%s", link).p)) == BK_ERR_DENIED);
    CHECK(bk_str_ends(bk_err_message(&r.err), grant_of(&r, "to allow it: --grant app:schema-ref=file://%s", other)));
    bk_err_release(&r.err);
    CHECK_OK(bk_guard_begin(r.guard, BK_CALL_RENDER, BK_S(""), &r.err), &r.err);
    CHECK_OK(charts(&r, two, 2), &r.err);
    CHECK(ask(&r, BK_FX_SCHEMA_REF, sub, 2, "x", *url_args(&r, grant_of(&r, "file://%s", doc).p)) == BK_ERR_DENIED);
    CHECK(bk_str_ends(bk_err_message(&r.err), grant_of(&r, "to allow it: --grant app/charts/db:schema-ref=file://%s", doc)));
    run_end(&r);
}

/* A plugin that has a chart rendered is asked for along with it: a grant for the chart of that name alone is not enough. */
TEST(plugins_answer_for_what_they_have_rendered) {
    static const bk_plugin_subject p = {.name = {"fetch", 5}, .version = {"1.0.0", 5}};
    static const struct {
        const char *grants[2];
        const char *ends;
    } cases[] = {
        {{"app:schema-ref", "app/charts/db:schema-ref"},
         "rendered for the plugin fetch: built-in: references of schemas are denied until granted; to allow it: --grant "
         "plugin/fetch:schema-ref=https://example.com/x"},
        {{"plugin/fetch:schema-ref", "app/charts/db:schema-ref"}, "to allow it: --grant app:schema-ref=https://example.com/x"},
        {{"app**:schema-ref", "plugin/fetch:schema-ref=https://example.com/*"}, "this command does not fetch from the network"},
    };
    for (size_t i = 0; i < BK_COUNT(cases); i++) {
        run r;
        bk_plugin_call *call;
        run_start(&r);
        bk_str grants[] = {bk_str_c(cases[i].grants[0]), bk_str_c(cases[i].grants[1])};
        CHECK_OK(bk_guard_new(&(bk_guard_options){.grants = grants, .grant_count = 2}, &r.guard, &r.err), &r.err);
        CHECK_OK(bk_guard_plugin_begin(r.guard, &p, BK_S("x"), BK_S(""), &call, &r.err), &r.err);
        CHECK_OK(bk_guard_begin(r.guard, BK_CALL_RENDER, BK_S(""), &r.err), &r.err);
        CHECK_OK(charts(&r, two, 2), &r.err);
        CHECK(ask(&r, BK_FX_SCHEMA_REF, sub, 2, "x", *url_args(&r, "https://example.com/x")) != BK_OK);
        if (!bk_str_ends(bk_err_message(&r.err), bk_str_c(cases[i].ends))) printf("%.*s\n", BK_FMT(bk_err_message(&r.err)));
        CHECK(bk_str_ends(bk_err_message(&r.err), bk_str_c(cases[i].ends)));
        bk_err_release(&r.err);
        CHECK_OK(bk_guard_plugin_end(call, BK_OK, BK_S(""), &r.err), &r.err);
        run_end(&r);
    }
}

TEST(dns_is_empty_until_enabled_and_then_by_rule) {
    run r;
    run_start(&r);
    begin(&r, &(bk_guard_options){0});
    CHECK_OK(ask(&r, BK_FX_DNS, root, 1, "x", MAP(&r, {"host", TEXT("127.0.0.1")})), &r.err);
    CHECK(answer_of(&r).kind == BK_LIST && answer_of(&r).len == 1);
    CHECK_STR(bk_value_str(answer_of(&r).items[0]), "");
    bk_guard_free(r.guard);
    begin(&r, &(bk_guard_options){.enable_dns = true});
    CHECK_OK(ask(&r, BK_FX_DNS, root, 1, "x", MAP(&r, {"host", TEXT("127.0.0.1")})), &r.err);
    CHECK(answer_of(&r).len == 1);
    CHECK_OK(ask(&r, BK_FX_DNS, root, 1, "x", MAP(&r, {"host", TEXT("0x7f.1")})), &r.err);
    CHECK(answer_of(&r).len == 0);
    bk_guard_free(r.guard);
    bk_str grants[] = {BK_S("dns=*.example.com")};
    begin(&r, &(bk_guard_options){.enable_dns = true, .grants = grants, .grant_count = 1});
    CHECK(ask(&r, BK_FX_DNS, root, 1, "x", MAP(&r, {"host", TEXT("Internal.Example.ORG.")})) == BK_ERR_DENIED);
    CHECK_STR(bk_err_message(&r.err),
              "the guard denies dns of internal.example.org, asked for by chart app (x): built-in: where rules name hosts, only those are "
              "resolved; to allow it: --grant app:dns=internal.example.org");
    run_end(&r);
}

TEST(lookup_is_empty_without_a_cluster) {
    run r;
    run_start(&r);
    begin(&r, &(bk_guard_options){0});
    CHECK_OK(ask(&r, BK_FX_LOOKUP, root, 1, "x", MAP(&r, {"kind", TEXT("Secret")})), &r.err);
    CHECK(answer_of(&r).kind == BK_MAP && bk_value_len(answer_of(&r)) == 0);
    bk_buf summary;
    bk_buf_init(&summary, &r.arena, 0);
    CHECK_OK(ask(&r, BK_FX_ZONEINFO, sub, 2, "x", MAP(&r, {"name", TEXT("Asia/Tokyo")})), &r.err);
    CHECK_OK(ask(&r, BK_FX_ZONEINFO, sub, 2, "x", MAP(&r, {"name", TEXT("UCT")})), &r.err);
    bk_guard_summary(r.guard, &summary);
    CHECK_STR(bk_buf_view(&summary), "EFFECT        TIMES   DECISION   CHART   FIRST\n"
                                     "zoneinfo      2       allow      app     Asia/Tokyo\n"
                                     "lookup-list   1       empty      app\n");
    run_end(&r);
}

TEST(zones_stay_within_their_folder) {
    static const char *const bad[] = {
        "../../../etc/passwd", "/etc/passwd", "a//b", "a/", "", "Europe/Berlin\0x", ".", "Europe", "no/where", "x.tab", "Europe\\Berlin"};
    run r;
    run_start(&r);
    begin(&r, &(bk_guard_options){0});
    for (size_t i = 0; i < BK_COUNT(bad); i++) {
        bk_value name = i == 5 ? bk_string(bk_str_of(bad[i], 15)) : TEXT(bad[i]);
        expect_err(&r, ask(&r, BK_FX_ZONEINFO, root, 1, "x", MAP(&r, {"name", name})), BK_ERR, "unknown time zone");
    }
    CHECK_OK(ask(&r, BK_FX_ZONEINFO, root, 1, "x", MAP(&r, {"name", TEXT("US/Eastern")})), &r.err);
    CHECK(bk_str_starts(bk_value_str(answer_of(&r)), BK_S("TZif")));
    run_end(&r);
}

TEST(the_clock_can_be_set) {
    static const struct {
        const char *text;
        int64_t seconds, nsec;
    } cases[] = {{"2006-01-02T15:04:05Z", 1136214245, 0},
                 {"2006-01-02T15:04:05.25+02:00", 1136207045, 250000000},
                 {"1970-01-01t00:00:00z", 0, 0},
                 {"0001-01-01T00:00:00Z", -62135596800, 0},
                 {"2024-02-29T12:00:00-00:30", 1709209800, 0},
                 {"1700000000", 1700000000, 0}};
    for (size_t i = 0; i < BK_COUNT(cases); i++) {
        run r;
        run_start(&r);
        begin(&r, &(bk_guard_options){.clock = bk_str_c(cases[i].text)});
        CHECK_OK(ask(&r, BK_FX_CLOCK, root, 1, "x", MAP(&r, {"a", bk_nil()})), &r.err);
        bk_map *m = answer_of(&r).map;
        CHECK(bk_map_get(m, BK_S("unix"))->i == cases[i].seconds && bk_map_get(m, BK_S("nsec"))->i == cases[i].nsec);
        run_end(&r);
    }
    static const char *const bad[] = {
        "now",          "2023-02-29T00:00:00Z", "2006-01-02", "2006-01-02T15:04:05", "2006-01-02T24:00:00Z", "2006-01-02T15:04:05.Z",
        "9999999999999"};
    for (size_t i = 0; i < BK_COUNT(bad); i++) {
        run r;
        run_start(&r);
        CHECK(bk_guard_new(&(bk_guard_options){.clock = bk_str_c(bad[i])}, &r.guard, &r.err) == BK_ERR);
        run_end(&r);
    }
}

/* ---- ledger and record ---- */

static void ask_three(run *r) {
    CHECK_OK(ask(r, BK_FX_SEED, root, 1, "app/templates/a.yaml:1:2", MAP(r, {"a", bk_nil()})), &r->err);
    CHECK_OK(ask(r, BK_FX_ZONEINFO, sub, 2, "app/templates/a.yaml:3:4", MAP(r, {"name", TEXT("Asia/Tokyo")})), &r->err);
    CHECK(ask(r, BK_FX_ZONEINFO, sub, 2, "app/templates/a.yaml:5:6", MAP(r, {"name", TEXT("No/Where")})) == BK_ERR);
    bk_err_release(&r->err);
}

TEST(the_ledger_tells_and_chains) {
    run r;
    run_start(&r);
    bk_guard_options options = {
        .release = BK_S("rel"), .namespace_ = BK_S("ns"), .program = BK_S("test 1"), .ledger = path_of(&r, "ledger")};
    begin(&r, &options);
    ask_three(&r);
    CHECK_OK(bk_guard_close(r.guard, bk_guard_end(r.guard, BK_OK, &r.err), &r.err), &r.err);
    struct stat st;
    CHECK(stat(options.ledger, &st) == 0 && (st.st_mode & 0777) == 0600);
    bk_str text = read_all(&r, options.ledger);
    uint64_t lines = 0;
    CHECK_OK(bk_ledger_verify(text, &lines, &r.err), &r.err);
    CHECK(lines == 11);
    CHECK(bk_str_contains(
        text,
        BK_S("\"type\":\"decision\",\"effect\":\"zoneinfo\",\"charts\":[\"app\",\"app/charts/db\"],\"where\":\"app/templates/a.yaml:3:4\","
             "\"target\":\"Asia/Tokyo\",\"decision\":\"allow\",\"rule\":\"built-in: time zones are allowed\"")));
    CHECK(bk_str_contains(text, BK_S("\"error\":\"unknown time zone\"")));
    CHECK(bk_str_contains(text, BK_S("\"type\":\"end\",\"outcome\":\"ok\"}\n")));
    /* Every changed byte, and every cut, shows. */
    char *copy = malloc(text.n);
    for (size_t i = 0; i < text.n; i += 7) {
        memcpy(copy, text.p, text.n);
        copy[i] ^= 1;
        bool last_line = bk_str_find_byte(bk_str_from(text, i), '\n') == text.n - i - 1;
        bool head = bk_str_find(bk_str_from(text, i), BK_S("\"type\"")) != BK_NPOS;
        if (!last_line || head) CHECK(bk_ledger_verify(bk_str_of(copy, text.n), &lines, &r.err) == BK_ERR);
        bk_err_release(&r.err);
        CHECK(bk_ledger_verify(bk_str_of(text.p, i), &lines, &r.err) == BK_ERR);
        bk_err_release(&r.err);
    }
    free(copy);
    run_end(&r);
}

/* The decision is in the file before the effect takes place. */
static const char *ledger_path;
static bk_status look_at_ledger(void *self, const bk_ask *a, bk_buf *answer, bk_err *err) {
    run *r = self;
    (void)err;
    (void)a;
    CHECK(bk_str_contains(read_all(r, ledger_path),
                          BK_S("\"effect\":\"lookup-list\",\"charts\":[\"app\"],\"where\":\"x\",\"target\":\"\",\"decision\":\"allow\"")));
    bk_buf_c(answer, "\x00");
    bk_buf_byte(answer, 0);
    return BK_OK;
}

TEST(the_decision_comes_before_the_effect) {
    run r;
    run_start(&r);
    bk_str grants[] = {BK_S("lookup-list")};
    ledger_path = path_of(&r, "ledger");
    begin(&r, &(bk_guard_options){.ledger = ledger_path, .cluster = true, .grants = grants, .grant_count = 1});
    bk_guard_register(r.guard, BK_FX_LOOKUP, &(bk_handler){.self = &r, .perform = look_at_ledger});
    CHECK_OK(ask(&r, BK_FX_LOOKUP, root, 1, "x", MAP(&r, {"kind", TEXT("Secret")})), &r.err);
    run_end(&r);
}

static int performed;
static bk_status count_performed(void *self, const bk_ask *a, bk_buf *answer, bk_err *err) {
    (void)self;
    (void)a;
    (void)answer;
    (void)err;
    performed++;
    return BK_OK;
}

/* A ledger on a full device: the effect does not happen. */
TEST(no_ledger_no_effect) {
    run r;
    run_start(&r);
    bk_ledger *ledger;
    CHECK(bk_ledger_open("/dev/full", &ledger, &r.err) == BK_ERR_IO);
    CHECK_STR(bk_err_message(&r.err), "ledger /dev/full: is no regular file");
    bk_err_release(&r.err);
    bk_str grants[] = {BK_S("lookup-list")};
    begin(&r, &(bk_guard_options){.ledger = path_of(&r, "ledger"), .cluster = true, .grants = grants, .grant_count = 1});
    bk_guard_register(r.guard, BK_FX_LOOKUP, &(bk_handler){.self = &r, .perform = count_performed});
    CHECK_OK(ask(&r, BK_FX_LOOKUP, root, 1, "x", MAP(&r, {"kind", TEXT("Secret")})), &r.err);
    CHECK(performed == 1);
    /* Whoever holds the file's descriptor in this program: make it one that takes nothing. */
    int full = open("/dev/full", O_WRONLY);
    for (int fd = 3; fd < 64; fd++) {
        char link[64], name[256];
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        ssize_t n = readlink(link, name, sizeof name - 1);
        if (n > 0 && bk_str_ends(bk_str_of(name, (size_t)n), BK_S("/ledger"))) CHECK(dup2(full, fd) == fd);
    }
    CHECK(ask(&r, BK_FX_LOOKUP, root, 1, "x", MAP(&r, {"kind", TEXT("Secret")})) == BK_ERR_IO);
    CHECK_STR(bk_err_message(&r.err), "cannot write the ledger: No space left on device");
    bk_err_release(&r.err);
    CHECK(performed == 1);
    CHECK(bk_guard_end(r.guard, BK_OK, &r.err) == BK_ERR_IO);
    close(full);
    run_end(&r);
}

TEST(ledgers_go_to_regular_files_of_ones_own) {
    run r;
    run_start(&r);
    bk_ledger *ledger = NULL, *second = NULL;
    const char *link_path = path_of(&r, "link"), *other = path_of(&r, "other");
    write_file(other, "old");
    CHECK(symlink(other, link_path) == 0);
    CHECK(bk_ledger_open(link_path, &ledger, &r.err) == BK_ERR_IO);
    CHECK(bk_str_ends(bk_err_message(&r.err), BK_S("/link: is a symbolic link")));
    bk_err_release(&r.err);
    CHECK(bk_ledger_open(r.dir, &ledger, &r.err) == BK_ERR_IO);
    bk_err_release(&r.err);
    CHECK(link(other, path_of(&r, "again")) == 0);
    CHECK(bk_ledger_open(other, &ledger, &r.err) == BK_ERR_IO);
    CHECK(bk_str_ends(bk_err_message(&r.err), BK_S("/other: has a second name (hard link)")));
    bk_err_release(&r.err);
    CHECK_STR(read_all(&r, other), "old");
    CHECK_OK(bk_ledger_open(path_of(&r, "ledger"), &ledger, &r.err), &r.err);
    CHECK(bk_ledger_open(path_of(&r, "ledger"), &second, &r.err) == BK_ERR_IO);
    CHECK(bk_str_ends(bk_err_message(&r.err), BK_S("/ledger: another run is writing it")));
    bk_err_release(&r.err);
    bk_ledger_free(ledger);
    run_end(&r);
}

static bk_status open_replay(run *r, const char *release, const char *record) {
    bk_guard_free(r->guard);
    r->guard = NULL;
    bk_guard_options options = {.release = bk_str_c(release), .replay = record};
    return bk_guard_new(&options, &r->guard, &r->err);
}

static void replay_start(run *r, const char *record, const char *request) {
    CHECK_OK(open_replay(r, "rel", record), &r->err);
    (void)bk_guard_begin(r->guard, BK_CALL_RENDER, bk_str_c(request), &r->err);
}

TEST(a_record_replays_byte_by_byte) {
    run r;
    run_start(&r);
    const char *record = path_of(&r, "record");
    begin(&r, &(bk_guard_options){.release = BK_S("rel"), .record = record});
    CHECK_OK(ask(&r, BK_FX_SEED, root, 1, "a", MAP(&r, {"a", bk_nil()})), &r.err);
    bk_str seed;
    CHECK(bk_arena_dup(&r.arena, bk_buf_view(&r.answer), &seed));
    CHECK(ask(&r, BK_FX_ZONEINFO, sub, 2, "b", MAP(&r, {"name", TEXT("No/Where")})) == BK_ERR);
    bk_err_release(&r.err);
    CHECK_OK(bk_guard_close(r.guard, BK_OK, &r.err), &r.err);
    struct stat st;
    CHECK(stat(record, &st) == 0 && (st.st_mode & 0777) == 0600);

    replay_start(&r, record, "request");
    CHECK_OK(charts(&r, two, 2), &r.err);
    CHECK_OK(ask(&r, BK_FX_SEED, root, 1, "a", MAP(&r, {"a", bk_nil()})), &r.err);
    CHECK_VIEW(bk_buf_view(&r.answer), seed);
    expect_err(&r, ask(&r, BK_FX_ZONEINFO, sub, 2, "b", MAP(&r, {"name", TEXT("No/Where")})), BK_ERR, "unknown time zone");
    CHECK_OK(bk_guard_close(r.guard, BK_OK, &r.err), &r.err);

    /* The first difference is named. */
    replay_start(&r, record, "other request");
    expect_err(&r, r.err.code, BK_ERR,
               "replay: step 2 differs: the record has a call with other values or options, this run is called with these");
    replay_start(&r, record, "request");
    expect_err(&r, charts(&r, two, 1), BK_ERR, "replay: step 3 differs: the record has charts, this run asks for charts at its start");
    replay_start(&r, record, "request");
    CHECK_OK(charts(&r, two, 2), &r.err);
    expect_err(&r, ask(&r, BK_FX_SEED, root, 1, "c", MAP(&r, {"a", bk_nil()})), BK_ERR,
               "replay: step 5 differs: the record has seed at a, this run asks for seed at c");
    replay_start(&r, record, "request");
    CHECK_OK(charts(&r, two, 2), &r.err);
    expect_err(&r, ask(&r, BK_FX_SEED, sub, 2, "a", MAP(&r, {"a", bk_nil()})), BK_ERR,
               "replay: step 5 differs: the record has seed at a, this run asks for seed at a, with other arguments");
    replay_start(&r, record, "request");
    CHECK_OK(charts(&r, two, 2), &r.err);
    CHECK_OK(ask(&r, BK_FX_SEED, root, 1, "a", MAP(&r, {"a", bk_nil()})), &r.err);
    CHECK(bk_guard_close(r.guard, BK_OK, &r.err) == BK_ERR);
    CHECK_STR(bk_err_message(&r.err), "replay: the recorded run went on after step 6");
    bk_err_release(&r.err);
    expect_err(&r, open_replay(&r, "other", record), BK_ERR, "replay: the record is of release \"rel\" in namespace \"\", not of this one");
    run_end(&r);
}

TEST(damaged_records_are_refused) {
    run r;
    run_start(&r);
    const char *record = path_of(&r, "record"), *again = path_of(&r, "again");
    begin(&r, &(bk_guard_options){.release = BK_S("rel"), .record = record});
    ask_three(&r);
    CHECK_OK(bk_guard_close(r.guard, BK_OK, &r.err), &r.err);
    bk_str whole = read_all(&r, record);
    for (size_t i = 0; i < whole.n; i += 11) {
        for (int cut = 0; cut < 2; cut++) {
            FILE *f = fopen(again, "wb");
            for (size_t k = 0; k < (cut ? i : whole.n); k++) fputc(whole.p[k] ^ (k == i && !cut), f);
            fclose(f);
            CHECK(open_replay(&r, "rel", again) == BK_ERR);
            bk_err_release(&r.err);
        }
    }
    CHECK_OK(open_replay(&r, "rel", record), &r.err);
    run_end(&r);
}

/* Grants are not asked for again, and no file is read: the record answers. */
TEST(a_replay_touches_nothing) {
    run r;
    run_start(&r);
    const char *record = path_of(&r, "record"), *doc = path_of(&r, "doc.json");
    write_file(doc, "{}");
    bk_str grants[] = {BK_S("schema-ref")};
    begin(&r, &(bk_guard_options){.release = BK_S("rel"), .record = record, .grants = grants, .grant_count = 1});
    CHECK_OK(ask(&r, BK_FX_SCHEMA_REF, root, 1, "x", *url_args(&r, grant_of(&r, "file://%s", doc).p)), &r.err);
    CHECK_OK(bk_guard_close(r.guard, BK_OK, &r.err), &r.err);
    CHECK(unlink(doc) == 0);
    replay_start(&r, record, "request");
    CHECK_OK(charts(&r, two, 2), &r.err);
    CHECK_OK(ask(&r, BK_FX_SCHEMA_REF, root, 1, "x", *url_args(&r, grant_of(&r, "file://%s", doc).p)), &r.err);
    CHECK_STR(bk_value_str(answer_of(&r)), "{}");
    CHECK_OK(bk_guard_close(r.guard, BK_OK, &r.err), &r.err);
    run_end(&r);
}

TEST_MAIN()
