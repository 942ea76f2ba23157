/* The objects of a manifest: its documents as JSON, for the host, which reads no YAML. Documents are told apart, and refused, as Kubernetes' command line tools do
 * it with a stream; the chart had its say when it was rendered. */
#include "base/unicode.h"
#include "data/json.h"
#include "data/yaml.h"
#include "engine/calls.h"
#include "engine/manifest.h"

#define SOURCE "# Source: "

typedef struct reader {
    bk_call_state *call;
    bk_items out;
    bool stopped; /* by a document that is none: what follows is not looked at */
} reader;

/* ---- answers ---- */

static bk_status answer(reader *r, bk_map *m, const char *key, bk_value v) {
    if (!m || !bk_map_set(m, bk_str_c(key), v)) return bk_arena_fail(r->call->arena, r->call->err);
    bk_items_add(&r->out, bk_map_value(m));
    return BK_OK;
}

/* An error of a text that was to be objects ends the reading. */
static bk_status refuse(reader *r, bk_err *why) {
    bk_str text;
    r->stopped = true;
    bool ok = bk_arena_dup(r->call->arena, bk_err_message(why), &text);
    bk_err_release(why);
    return ok ? answer(r, bk_map_new(r->call->arena, 1), "error", bk_string(text)) : bk_arena_fail(r->call->arena, r->call->err);
}

static bool is_machinery(bk_status s) { return s != BK_OK && s != BK_ERR; }

static bk_status move_error(reader *r, bk_err *from) {
    bk_status s = from->code;
    bk_err_move(r->call->err, from);
    return s;
}

/* ---- one document ---- */

/* The template that a document's leading comments name; empty: none. */
static bk_str source_of(bk_str doc) {
    bk_str line;
    while (bk_str_line(&doc, &line)) {
        line = bk_str_trim_right(line);
        if (bk_str_starts(line, BK_S(SOURCE))) return bk_str_trim(bk_str_from(line, sizeof SOURCE - 1));
        if (line.n && line.p[0] != '#' && !bk_str_eq(line, BK_S("---"))) break;
    }
    return BK_S("");
}

static bk_status add_value(reader *r, bk_str path, bk_value v) {
    bk_arena *arena = r->call->arena;
    bk_map *m = bk_map_new(arena, 2);
    bk_buf json;
    if (bk_is_nil(v)) return BK_OK;
    bk_buf_init(&json, arena, 0);
    BK_TRY(bk_json_encode(&json, arena, v, 0, r->call->err));
    BK_TRY(bk_buf_check(&json, r->call->err));
    if (path.n && (!m || !bk_map_set(m, BK_S("path"), bk_string(path)))) return bk_arena_fail(arena, r->call->err);
    return answer(r, m, "json", bk_string(bk_buf_take(&json)));
}

static bk_status add_document(reader *r, bk_str doc) {
    bk_value v = bk_nil();
    bk_err why = BK_ERR_INIT;
    bk_status s = bk_yaml_read(r->call->arena, doc, BK_YAML_NUMBERS, &v, &why);
    if (is_machinery(s)) return move_error(r, &why);
    if (s != BK_OK) {
        bk_err_wrap(&why, "error parsing : error converting YAML to JSON");
        return refuse(r, &why);
    }
    return add_value(r, source_of(doc), v);
}

/* ---- a stream of them ---- */

static bk_status read_yaml(reader *r, bk_str text) {
    bk_str rest = text, line;
    size_t start = 0;
    while (!r->stopped && bk_str_line(&rest, &line)) {
        size_t at = (size_t)(line.p - text.p), next = text.n - rest.n;
        if (!bk_str_starts(line, BK_S("---"))) continue;
        bk_str behind = bk_str_trim_space(bk_str_from(line, 3));
        if (behind.n && behind.p[0] != '#') {
            bk_err why = BK_ERR_INIT;
            bk_err_set(&why, BK_ERR, "error parsing : invalid Yaml document separator: %.*s", BK_FMT(behind));
            return refuse(r, &why);
        }
        if (at > start) BK_TRY(add_document(r, bk_str_sub(text, start, at)));
        start = next;
    }
    if (!r->stopped && start < text.n) BK_TRY(add_document(r, bk_str_from(text, start)));
    return BK_OK;
}

/* JSON objects, one behind the other. False: it was no JSON after all, and nothing has been added. */
static bk_status read_json(reader *r, bk_str text, bool *ret_read) {
    size_t before = r->out.n, used;
    *ret_read = true;
    for (bk_str rest = bk_str_trim(text); rest.n; rest = bk_str_trim(bk_str_from(rest, used))) {
        bk_value v = bk_nil();
        bk_err why = BK_ERR_INIT;
        bk_status s = bk_json_decode_first(r->call->arena, rest, BK_JSON_NUMBER, BK_T_NIL, &v, &used, &why);
        if (is_machinery(s)) return move_error(r, &why);
        if (s != BK_OK && r->out.n - before > 1) {
            bk_err_wrap(&why, "error parsing ");
            return refuse(r, &why);
        }
        bk_err_release(&why);
        if (s != BK_OK) {
            r->out.n = before;
            *ret_read = false;
            return BK_OK;
        }
        BK_TRY(add_value(r, BK_S(""), v));
    }
    return BK_OK;
}

static bk_status read_stream(reader *r, bk_str text) {
    bool read = false;
    if (bk_str_starts(bk_str_trim_space(text), BK_S("{"))) BK_TRY(read_json(r, text, &read));
    return read ? BK_OK : read_yaml(r, text);
}

/* ---- the order of taking away ---- */

static bool is_kept(const bk_manifest *m) {
    bk_str policy = bk_map_str(m->head.annotations, "helm.sh/resource-policy", BK_S(""));
    return bk_str_eq_fold(bk_str_trim_space(policy), BK_S("keep"));
}

static bk_status add_kept(reader *r, const bk_manifest *m) {
    bk_map *v = bk_map_new(r->call->arena, 4);
    bool ok = v && bk_map_set(v, BK_S("path"), bk_string(source_of(m->text))) && bk_map_set(v, BK_S("kind"), bk_string(m->head.kind)) &&
              bk_map_set(v, BK_S("name"), bk_string(m->head.name));
    return ok ? answer(r, v, "keep", bk_bool(true)) : bk_arena_fail(r->call->arena, r->call->err);
}

static bk_status sorted(reader *r, bk_str text, bk_manifests *ret) {
    bk_call_state *c = r->call;
    const bk_log log = bk_call_log_of(c);
    bk_str *docs;
    size_t count;
    BK_TRY(bk_manifest_split(c->arena, text, &docs, &count, c->err));
    bk_rendered_file *files = BK_NEW_ARRAY(c->arena, bk_rendered_file, count + 1);
    if (!files) return bk_arena_fail(c->arena, c->err);
    for (size_t i = 0; i < count; i++) {
        files[i].text = docs[i];
        if (!bk_arena_printf(c->arena, &files[i].path, "manifest-%zu", i)) return bk_arena_fail(c->arena, c->err);
    }
    return bk_manifests_sort(c->arena, files, count, BK_ORDER_UNINSTALL, &log, ret, c->err);
}

static bk_status read_for_removal(reader *r, bk_str text) {
    bk_manifests m;
    BK_TRY(sorted(r, text, &m));
    for (size_t i = 0; i < m.count; i++)
        if (is_kept(&m.items[i])) BK_TRY(add_kept(r, &m.items[i]));
    for (size_t i = 0; i < m.count && !r->stopped; i++) {
        bk_value *policy = bk_map_get(m.items[i].head.annotations, BK_S("helm.sh/resource-policy"));
        /* As Helm has it: whoever says anything else is in neither list, and stays. */
        if (!policy) BK_TRY(read_stream(r, m.items[i].text));
    }
    return BK_OK;
}

bk_status bk_call_objects(bk_call_state *call) {
    reader r = {.call = call};
    bk_value list;
    bk_str text = bk_map_str(call->options, "manifest", BK_S(""));
    bk_items_init(&r.out, call->arena);
    if (bk_map_bool(call->options, "uninstall", false)) BK_TRY(read_for_removal(&r, text));
    else BK_TRY(read_stream(&r, text));
    BK_TRY(bk_items_list(&r.out, BK_T_LIST, &list, call->err));
    return bk_call_emit_value(call, BK_TAG_RESULT, list);
}
