/* The JSON of a release, in the order of Helm's structs. */
#include "data/json.h"
#include "release/release.h"

typedef struct writer {
    bk_buf *out;
    bk_arena *arena;
    bool first; /* of an object */
} writer;

static void key(writer *w, const char *name) {
    if (!w->first) bk_buf_byte(w->out, ',');
    w->first = false;
    bk_buf_byte(w->out, '"');
    bk_buf_c(w->out, name);
    bk_buf_c(w->out, "\":");
}

static void begin(writer *w) {
    bk_buf_byte(w->out, '{');
    w->first = true;
}

static void end(writer *w) {
    bk_buf_byte(w->out, '}');
    w->first = false;
}

static void text(writer *w, const char *name, bk_str s) {
    if (!s.n) return;
    key(w, name);
    bk_json_encode_string(w->out, s, BK_JSON_HTML);
}

static void number(writer *w, const char *name, int64_t n) {
    if (!n) return;
    key(w, name);
    bk_buf_int(w->out, n);
}

static void words(writer *w, const char *name, bk_words list) {
    if (!list.n) return;
    key(w, name);
    for (size_t i = 0; i < list.n; i++) {
        bk_buf_byte(w->out, i ? ',' : '[');
        bk_json_encode_string(w->out, list.p[i], BK_JSON_HTML);
    }
    bk_buf_byte(w->out, ']');
}

static void info(writer *w, const bk_release *r, bk_str resources) {
    key(w, "info");
    begin(w);
    text(w, "first_deployed", r->first_deployed.text);
    text(w, "last_deployed", r->last_deployed.text);
    text(w, "deleted", r->deleted.text);
    text(w, "description", r->description);
    text(w, "status", r->status);
    number(w, "rollback_revision", r->rollback_revision);
    text(w, "notes", r->notes);
    if (resources.n) {
        key(w, "resources");
        bk_buf_str(w->out, resources);
    }
    end(w);
}

static void hook(writer *w, const bk_hook *h) {
    begin(w);
    text(w, "name", h->name);
    text(w, "kind", h->kind);
    text(w, "path", h->path);
    text(w, "manifest", h->manifest);
    words(w, "events", h->events);
    key(w, "last_run");
    begin(w);
    text(w, "started_at", h->started.text);
    text(w, "completed_at", h->completed.text);
    key(w, "phase");
    bk_json_encode_string(w->out, h->phase, BK_JSON_HTML);
    end(w);
    number(w, "weight", h->weight);
    words(w, "delete_policies", h->delete_policies);
    words(w, "output_log_policies", h->output_log_policies);
    end(w);
}

bk_status bk_release_json(bk_buf *out, bk_arena *arena, const bk_release *r, bool with_chart, bk_str resources, bk_err *err) {
    writer w = {.out = out, .arena = arena};
    begin(&w);
    text(&w, "name", r->name);
    info(&w, r, resources);
    if (with_chart && r->chart.n) {
        key(&w, "chart");
        bk_buf_str(out, r->chart);
    }
    if (r->config.kind == BK_MAP && bk_map_len(r->config.map)) {
        key(&w, "config");
        BK_TRY(bk_json_encode(out, arena, r->config, BK_JSON_HTML, err));
    }
    text(&w, "manifest", r->manifest);
    if (r->hook_count) key(&w, "hooks");
    for (size_t i = 0; i < r->hook_count; i++) {
        bk_buf_byte(out, i ? ',' : '[');
        hook(&w, &r->hooks[i]);
    }
    if (r->hook_count) {
        bk_buf_byte(out, ']');
        w.first = false;
    }
    number(&w, "version", r->version);
    text(&w, "namespace", r->namespace_);
    text(&w, "apply_method", r->apply_method);
    end(&w);
    return bk_buf_check(out, err);
}
