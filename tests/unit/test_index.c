/* Indexes of repositories: what is read, in which order, what is left out, and forms that are damaged. */
#include "chart/index.h"
#include "test.h"

static bk_arena arena;

static const char good[] =
    "apiVersion: v1\n"
    "entries:\n"
    "  web:\n"
    "  - {apiVersion: v2, name: web, version: 1.2.0, urls: [b], digest: two, created: \"2024-01-02T03:04:05Z\"}\n"
    "  - {apiVersion: v2, name: web, version: 1.10.0, urls: [c, d], keywords: [x, z], deprecated: true, appVersion: \"7\"}\n"
    "  - {apiVersion: v2, name: web, version: nonsense, urls: [z]}\n"
    "  - null\n"
    "  - {apiVersion: v2, name: web, version: 2.0.0-rc.1, urls: [e]}\n"
    "  empty:\n"
    "  a: []\n";

static int warnings;
static void count_line(void *self, const char *level, bk_str text) {
    (void)self;
    (void)text;
    warnings += strcmp(level, "WARN") == 0;
}

static bk_status read_text(bk_str text, bk_index_writer *w, bk_err *err) {
    const bk_log log = {NULL, count_line};
    bk_index_head head;
    bk_index_writer_init(w);
    const bk_index_visitor visitor = bk_index_writer_visitor(w);
    return bk_index_read(&arena, text, BK_S("here"), &log, &visitor, &head, err);
}

static bk_str form_of(bk_index_writer *w) {
    char head[BK_INDEX_HEAD];
    bk_err err = BK_ERR_INIT;
    bk_buf all;
    CHECK_OK(bk_index_writer_head(w, head, &err), &err);
    bk_buf_init(&all, &arena, 0);
    bk_buf_bytes(&all, head, sizeof head);
    const bk_buf *const parts[] = {&w->charts, &w->versions, &w->urls, &w->pool};
    for (size_t i = 0; i < BK_COUNT(parts); i++) bk_buf_str(&all, bk_buf_view(parts[i]));
    return bk_buf_view(&all);
}

TEST(reads_sorts_and_leaves_out) {
    bk_arena_init(&arena, 0);
    bk_err err = BK_ERR_INIT;
    bk_index_writer w;
    bk_index_form f;
    uint32_t first = 0, count = 0;
    warnings = 0;
    CHECK_OK(read_text(bk_str_c(good), &w, &err), &err);
    CHECK(warnings == 2);
    CHECK_VIEW(bk_buf_view(&w.names), BK_S("a\nempty\nweb\n"));
    CHECK_OK(bk_index_form_open(form_of(&w), &f, &err), &err);
    CHECK(f.charts == 3 && f.versions == 3);
    CHECK(!bk_index_form_find(&f, BK_S("nothing"), &first, &count));
    CHECK(bk_index_form_find(&f, BK_S("empty"), &first, &count) && count == 0);
    CHECK(bk_index_form_find(&f, BK_S("web"), &first, &count) && count == 3);
    bk_index_row row = bk_index_form_version(&f, first + 1);
    CHECK_STR(bk_index_form_version(&f, first).version, "2.0.0-rc.1");
    CHECK_STR(row.version, "1.10.0");
    CHECK_STR(row.app_version, "7");
    CHECK_STR(row.keywords, "x z");
    CHECK(row.deprecated && row.url_count == 2);
    CHECK_STR(bk_index_form_url(&f, row.first_url + 1), "d");
    row = bk_index_form_version(&f, first + 2);
    CHECK_STR(row.digest, "two");
    CHECK_STR(row.keywords, "");
    bk_index_writer_release(&w);
    bk_arena_release(&arena);
}

static void refuses(const char *text, const char *why) {
    bk_err err = BK_ERR_INIT;
    bk_index_writer w;
    CHECK(read_text(bk_str_c(text), &w, &err) == BK_ERR);
    if (!bk_str_contains(bk_err_message(&err), bk_str_c(why))) CHECK_STR(bk_err_message(&err), why);
    bk_err_release(&err);
    bk_index_writer_release(&w);
    bk_arena_release(&arena);
}

TEST(refuses) {
    refuses("", "empty index.yaml file");
    refuses("entries: {}\n", "no API version specified");
    refuses("null", "no API version specified");
    refuses("[]", "json: cannot unmarshal array into Go value of type repo.IndexFile");
    refuses("apiVersion: v1\nfoo: 1\n", "json: unknown field \"foo\"");
    refuses("apiVersion: v1\nentries: {a: {}}\n",
            "json: cannot unmarshal object into Go struct field IndexFile.entries of type repo.ChartVersions");
    refuses("apiVersion: v1\nentries: {a: [1]}\n",
            "json: cannot unmarshal number into Go struct field IndexFile.entries of type repo.ChartVersion");
    refuses("apiVersion: v1\nentries: {a: [{urls: x}]}\n",
            "json: cannot unmarshal string into Go struct field ChartVersion.entries.urls of type []string");
    refuses("{\"apiVersion\": \"v1\", \"entries\": {\"a\": [{\"version\": 1}]}}",
            "json: cannot unmarshal number into Go struct field ChartVersion.entries.Metadata.version of type string");
    refuses("apiVersion: v1\nentries:\n  a: []\n  a: []\n", "already set in map");
}

TEST(json_is_not_strict) {
    bk_arena_init(&arena, 0);
    bk_err err = BK_ERR_INIT;
    bk_index_writer w;
    CHECK_OK(
        read_text(
            BK_S("{\"apiVersion\": \"v1\", \"more\": 1, \"entries\": {\"a\": [{\"name\": \"a\", \"version\": \"1.0.0\", \"more\": 2}]}}"),
            &w, &err),
        &err);
    CHECK(w.version_count == 1);
    bk_index_writer_release(&w);
    bk_arena_release(&arena);
}

static void picks(const char *wish, const char *want, bool exact) {
    const bk_str versions[] = {BK_S("2.0.0-rc.1"), BK_S("1.10.0"), BK_S("1.2.0+b"), BK_S("1.2.0")};
    bk_err err = BK_ERR_INIT;
    size_t at;
    bool is_exact;
    bk_status s = bk_index_pick(&arena, BK_S("n"), versions, BK_COUNT(versions), bk_str_c(wish), &at, &is_exact, &err);
    if (s != BK_OK) CHECK_STR(bk_err_message(&err), want);
    else CHECK_STR(versions[at], want);
    CHECK(s != BK_OK || is_exact == exact);
    bk_err_release(&err);
    bk_arena_release(&arena);
}

TEST(picks) {
    picks("", "1.10.0", true);
    picks("1.2.0", "1.2.0", true);
    picks("~1.2", "1.2.0+b", true);
    picks(">0.0.0-0", "2.0.0-rc.1", true);
    picks("1.10", "1.10.0", false);
    picks("3", "no chart version found for n-3", true);
    picks("=", "improper constraint: \"=\"", true);
}

/* Whatever stands in a form, nothing is read beyond it. */
TEST(damaged_forms) {
    bk_arena_init(&arena, 0);
    bk_err err = BK_ERR_INIT;
    bk_index_writer w;
    bk_index_form f;
    CHECK_OK(read_text(bk_str_c(good), &w, &err), &err);
    bk_str whole = form_of(&w), copy;
    bk_index_writer_release(&w);
    for (size_t n = 0; n < whole.n; n++) {
        CHECK(bk_index_form_open(bk_str_sub(whole, 0, n), &f, &err) != BK_OK);
        bk_err_release(&err);
    }
    for (size_t at = BK_INDEX_HEAD; at < whole.n; at++) {
        CHECK(bk_arena_dup(&arena, whole, &copy));
        memset((char *)(uintptr_t)copy.p + at, 0xff, whole.n - at < 4 ? whole.n - at : 4);
        if (bk_index_form_open(copy, &f, &err) != BK_OK) continue;
        for (uint32_t c = 0; c < f.charts; c++) {
            bk_str name;
            uint32_t first, count;
            bk_index_form_chart(&f, c, &name, &first, &count);
            for (uint32_t i = 0; i < count; i++) {
                bk_index_row row = bk_index_form_version(&f, first + i);
                for (uint32_t k = 0; k < row.url_count; k++) CHECK(bk_index_form_url(&f, row.first_url + k).n <= whole.n);
            }
        }
    }
    bk_err_release(&err);
    bk_arena_release(&arena);
}

TEST_MAIN()
