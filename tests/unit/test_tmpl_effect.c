/* Effects: in whose name a template asks, and from where. */
#include "tmpl_fixture.h"
#include "value/codec.h"

/* A host that remembers the last request. */
typedef struct fake_host {
    char origins[64], where[128];
    bk_status answer;
} fake_host;

static void read_origins(fake_host *host, bk_str bytes) {
    bk_buf text;
    bk_buf_init(&text, NULL, sizeof host->origins - 1);
    for (; bytes.n >= 4; bytes = bk_str_from(bytes, 4)) {
        if (text.n) bk_buf_byte(&text, ' ');
        bk_buf_uint(&text, bk_read_u32(bytes));
    }
    memcpy(host->origins, bk_buf_view(&text).p, text.n);
    host->origins[text.n] = 0;
    bk_buf_release(&text);
}

static bk_status ask(void *self, bk_effect op, bk_str request, bk_arena *arena, bk_str *ret, bk_err *err) {
    fake_host *host = self;
    bk_sections sections;
    uint32_t tag;
    bk_str bytes;
    bk_value args;
    CHECK(op == BK_FX_LOOKUP);
    CHECK_OK(bk_frame_open(request, &sections, err), err);
    while (bk_sections_next(&sections, &tag, &bytes, err) == BK_OK && tag) {
        if (tag == BK_TAG_ORIGIN) read_origins(host, bytes);
        if (tag == BK_TAG_WHERE) snprintf(host->where, sizeof host->where, "%.*s", BK_FMT(bytes));
        if (tag == BK_TAG_ARGS) CHECK(bk_codec_decode(arena, bytes, &args, err) == BK_OK && bk_is_string(args));
    }
    if (host->answer != BK_OK) return bk_err_set(err, host->answer, "denied: no grant");
    *ret = BK_S("answer");
    return BK_OK;
}

/* Charts: 0 is the root; 1, 2 its sub-charts, 3 one of 1; 2 feeds 0 by import-values. */
static const uint32_t feeders[] = {2};
static const bk_tmpl_chart charts[] = {{BK_NO_CHART, feeders, 1}, {0, NULL, 0}, {0, NULL, 0}, {1, NULL, 0}};

typedef struct file {
    uint32_t chart;
    const char *name, *text;
} file;

static void begin(tmpl_run *r, const file *files, size_t count) {
    tmpl_begin(r);
    bk_tmpl_set_charts(r->set, charts, BK_COUNT(charts));
    for (size_t i = 0; i < count; i++)
        CHECK_OK(bk_tmpl_parse(r->set, bk_str_c(files[i].name), bk_str_c(files[i].text), files[i].chart, &r->err), &r->err);
}

TEST(names_every_chart_whose_code_runs) {
    static const file files[] = {
        {3, "f-three", "{{define \"three\"}}{{effect \"x\"}}{{end}}"},
        {1, "f-one", "\n {{include \"three\" .}}{{define \"one\"}}{{include \"two\" .}}{{end}}"},
        {2, "f-two", "{{define \"two\"}}{{effect \"x\"}}{{end}}{{define \"tpl\"}}{{tpl . .}}{{end}}"},
        {1, "copy", "{{define \"same\"}}{{effect \"x\"}}{{end}}{{define \"other\"}}1{{end}}"},
        {2, "copies", "{{define \"same\"}}{{effect \"x\"}}{{end}}{{define \"other\"}}{{effect \"x\"}}{{end}}{{include \"one\" .}}"},
        {0, "root", "{{template \"one\" .}}"},
        {1, "calls-same", "{{include \"same\" .}}"},
        {1, "calls-other", "{{block \"mine\" .}}{{include \"other\" .}}{{end}}"},
        {3, "below", "{{include \"same\" .}}"},
        {0, "text", "a\n{{tpl \"{{define \\\"t\\\"}}{{effect \\\"x\\\"}}{{end}}{{include \\\"t\\\" .}}\" .}}"},
        {3, "text-below", "{{tpl \"{{effect \\\"x\\\"}}\" .}}"},
        {1, "text-of-other", "{{include \"tpl\" \"{{effect \\\"x\\\"}}\"}}"},
    };
    static const struct {
        const char *run, *origins, *where;
    } cases[] = {
        {"f-one", "1", "f-three:1:20"},     /* its own sub-chart's define */
        {"root", "0", "f-two:1:18"},        /* all below the root */
        {"copies", "2 1", "f-two:1:18"},    /* a sibling's define in between; back in 2's own */
        {"calls-same", "1", "copies:1:19"}, /* the same bytes are in chart 1 too */
        {"calls-other", "1 2", "copies:1:58"},
        {"below", "3 2", "copies:1:19"}, /* 3 has none of its own */
        {"text", "0 2", "text:2:2"},     /* the root's feeder */
        {"text-below", "3 1 0", "text-below:1:2"},
        {"text-of-other", "1 2 0", "f-two:1:55"},
    };
    for (size_t i = 0; i < BK_COUNT(cases); i++) {
        tmpl_run r;
        fake_host host = {.answer = BK_OK};
        bk_effects effects = {.self = &host, .ask = ask};
        begin(&r, files, BK_COUNT(files));
        r.exec = bk_exec_new(&r.arena, r.set, &effects, NULL);
        CHECK_OK(bk_exec_run(r.exec, bk_str_c(cases[i].run), r.values, &r.out, &r.err), &r.err);
        CHECK_STR(bk_str_c(host.origins), cases[i].origins);
        CHECK_STR(bk_str_c(host.where), cases[i].where);
        tmpl_end(&r);
    }
}

TEST(passes_a_denial_on) {
    tmpl_run r;
    fake_host host = {.answer = BK_ERR_DENIED};
    bk_effects effects = {.self = &host, .ask = ask};
    tmpl_begin(&r);
    CHECK(tmpl_text_run(&r, "{{define \"a\"}}{{effect \"x\"}}{{end}}{{include \"a\" .}}", &effects) == BK_ERR_DENIED);
    CHECK(bk_str_ends(bk_err_message(&r.err), BK_S("executing \"a\" at <effect \"x\">: error calling effect: denied: no grant")));
    CHECK_STR(bk_str_c(host.origins), "0");
    tmpl_end(&r);
}

TEST_MAIN()
