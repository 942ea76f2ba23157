/* The ops that are whole calls of the engine: template and lint. The chart's folder is made of the request's files. */
#include "base/unicode.h"
#include "base/boundary.h"
#include "engine/calls.h"
#include "value/codec.h"
#include "vector.h"

/* ---- the folder ---- */

typedef struct node {
    bk_str name, data;
    size_t parent;
    bool dir;
} node;

typedef struct folder {
    node *nodes; /* [0] is the folder itself */
    size_t count;
    bk_effects *outside;
    bk_buf output;
} folder;

static size_t child(folder *f, size_t parent, bk_str name, bool dir) {
    for (size_t i = 1; i < f->count; i++)
        if (f->nodes[i].parent == parent && bk_str_eq(f->nodes[i].name, name)) return i;
    f->nodes[f->count] = (node){.name = name, .parent = parent, .dir = dir};
    return f->count++;
}

static bk_status make_folder(bk_vector_call *call, folder *f, bk_err *err) {
    bk_value *given = bk_map_get(call->in, BK_S("files"));
    bk_map *map = given && given->kind == BK_MAP ? given->map : NULL;
    size_t parts = 1;
    for (size_t i = 0; i < bk_map_len(map); i++)
        for (size_t k = 0; k <= bk_map_at(map, i)->key.n; k++) parts += k == bk_map_at(map, i)->key.n || bk_map_at(map, i)->key.p[k] == '/';
    f->nodes = BK_NEW_ARRAY(call->arena, node, parts);
    if (!f->nodes) return bk_arena_fail(call->arena, err);
    f->nodes[0].dir = true;
    f->count = 1;
    if (map && !bk_map_sort(map)) return bk_arena_fail(call->arena, err);
    for (size_t i = 0; i < bk_map_len(map); i++) {
        bk_str head, rest = bk_map_at(map, i)->key;
        size_t at = 0;
        while (bk_str_cut(rest, BK_S("/"), &head, &rest)) at = child(f, at, head, true);
        at = child(f, at, head, false);
        f->nodes[at].data = bk_value_str(bk_map_at(map, i)->value);
    }
    return BK_OK;
}

static bk_status list_folder(const folder *f, size_t dir, bk_arena *arena, bk_str *ret, bk_err *err) {
    bk_items items;
    bk_value list;
    bk_buf out;
    bk_items_init(&items, arena);
    for (size_t i = 1; i < f->count; i++) {
        if (f->nodes[i].parent != dir) continue;
        bk_map *m = bk_map_new(arena, 4);
        if (!m || !bk_map_set(m, BK_S("name"), bk_string(f->nodes[i].name)) ||
            !bk_map_set(m, BK_S("size"), bk_int64((int64_t)f->nodes[i].data.n)) || !bk_map_set(m, BK_S("dir"), bk_bool(f->nodes[i].dir)) ||
            !bk_map_set(m, BK_S("input"), bk_int64((int64_t)i)))
            return bk_arena_fail(arena, err);
        bk_items_add(&items, bk_map_value(m));
    }
    BK_TRY(bk_items_list(&items, BK_T_LIST, &list, err));
    bk_buf_init(&out, arena, 0);
    BK_TRY(bk_codec_encode(&out, list, err));
    BK_TRY(bk_buf_check(&out, err));
    *ret = bk_buf_take(&out);
    return BK_OK;
}

/* INPUT is answered from the request, all else asked for outside. */
static bk_status ask(void *self, bk_effect op, bk_str request, bk_arena *arena, bk_str *ret, bk_err *err) {
    const folder *f = self;
    bk_sections sections;
    uint32_t tag;
    bk_str bytes;
    bk_value v = bk_nil();
    if (op != BK_FX_INPUT) return f->outside->ask(f->outside->self, op, request, arena, ret, err);
    BK_TRY(bk_frame_open(request, &sections, err));
    for (;;) {
        BK_TRY(bk_sections_next(&sections, &tag, &bytes, err));
        if (!tag) break;
        if (tag == BK_TAG_ARGS) BK_TRY(bk_codec_decode(arena, bytes, &v, err));
    }
    bk_value *number = v.kind == BK_MAP ? bk_map_get(v.map, BK_S("input")) : NULL;
    if (!number || number->kind != BK_INT || number->i < 0 || (uint64_t)number->i >= f->count)
        return bk_err_set(err, BK_ERR, "no such input");
    const node *n = &f->nodes[number->i];
    if (n->dir) return list_folder(f, (size_t)number->i, arena, ret, err);
    *ret = n->data;
    return BK_OK;
}

static bk_status emit(void *self, bk_str sections, bk_err *err) {
    folder *f = self;
    bk_buf_str(&f->output, sections);
    return bk_buf_check(&f->output, err);
}

/* ---- the call ---- */

static bool put(bk_map *map, const char *key, bk_value v) { return bk_map_set(map, bk_str_c(key), v); }

/* The options that a request may turn on are those that it has; the rest are always the same. */
static bk_map *options_of(bk_vector_call *call) {
    static const char *const flags[] = {"includeCRDs", "skipTests", "subNotes", "skipSchemaValidation", "isUpgrade"};
    bk_map *options = bk_map_new(call->arena, 8);
    bk_value *typed = bk_map_get(call->in, BK_S("options"));
    bool ok = options && put(options, "release", bk_string(BK_S("rel"))) && put(options, "namespace", bk_string(BK_S("ns"))) &&
              put(options, "dir", bk_string(BK_S("/DIR/t"))) && put(options, "kubeVersion", bk_string(bk_vector_str(call, "kubeVersion")));
    for (uint32_t i = 0; ok && typed && typed->kind == BK_LIST && i < typed->len; i++)
        for (size_t k = 0; k < BK_COUNT(flags); k++)
            if (bk_str_eq(bk_value_str(typed->items[i]), bk_str_c(flags[k]))) ok = put(options, flags[k], bk_bool(true));
    return ok ? options : NULL;
}

static bk_status run(bk_vector_call *call, bk_status (*fn)(bk_call_state *call), folder *f, bk_err *err) {
    bk_engine_input *input = BK_NEW(call->arena, bk_engine_input);
    bk_map *values, *options = options_of(call);
    if (!input || !options) return bk_arena_fail(call->arena, err);
    f->outside = call->effects;
    bk_buf_init(&f->output, call->arena, 0);
    BK_TRY(make_folder(call, f, err));
    BK_TRY(bk_vector_values(call, &values, err));
    *input = (bk_engine_input){.name = BK_S("t"), .dir = true};
    bk_effects effects = {f, ask, emit};
    bk_call_state state = {.effects = &effects,
                           .arena = call->arena,
                           .err = err,
                           .options = options,
                           .values = bk_map_value(values),
                           .inputs = input,
                           .input_count = 1,
                           .input_cap = 1};
    return fn(&state);
}

static bk_status take_log(bk_vector_call *call, bk_str bytes, bk_items *lines, bk_err *err) {
    bk_value v;
    bk_str line;
    BK_TRY(bk_codec_decode(call->arena, bytes, &v, err));
    bk_map *m = v.kind == BK_MAP ? v.map : NULL;
    if (!bk_arena_printf(call->arena, &line, "level=%.*s %.*s", BK_FMT(bk_map_str(m, "level", BK_S(""))),
                         BK_FMT(bk_map_str(m, "text", BK_S("")))))
        return bk_arena_fail(call->arena, err);
    bk_items_add(lines, bk_string(line));
    return BK_OK;
}

/* What `helm template` prints: manifests, trimmed, then hooks as they are. */
typedef struct printed {
    bk_buf manifests, hooks;
    bk_buf *at;
    bk_str notes;
    bk_value result;
} printed;

static bk_status take_manifest(bk_vector_call *call, bk_str bytes, printed *p, bk_err *err) {
    bk_value v;
    BK_TRY(bk_codec_decode(call->arena, bytes, &v, err));
    bk_map *m = v.kind == BK_MAP ? v.map : NULL;
    p->at = bk_str_eq(bk_map_str(m, "class", BK_S("")), BK_S("hook")) ? &p->hooks : &p->manifests;
    bk_buf_c(p->at, "---\n# Source: ");
    bk_buf_str(p->at, bk_map_str(m, "path", BK_S("")));
    bk_buf_byte(p->at, '\n');
    return BK_OK;
}

static bk_status read_output(bk_vector_call *call, const folder *f, printed *p, bk_err *err) {
    bk_sections sections = {bk_buf_view(&f->output)};
    uint32_t tag;
    bk_str bytes;
    bk_items lines;
    *p = (printed){.result = bk_nil()};
    bk_items_init(&lines, call->arena);
    bk_buf_init(&p->manifests, call->arena, 0);
    bk_buf_init(&p->hooks, call->arena, 0);
    p->at = &p->manifests;
    for (;;) {
        BK_TRY(bk_sections_next(&sections, &tag, &bytes, err));
        if (!tag) break;
        if (tag == BK_TAG_LOG) BK_TRY(take_log(call, bytes, &lines, err));
        if (tag == BK_TAG_MANIFEST) BK_TRY(take_manifest(call, bytes, p, err));
        if (tag == BK_TAG_BODY) {
            bk_buf_str(p->at, bytes);
            bk_buf_byte(p->at, '\n');
        }
        if (tag == BK_TAG_NOTES) p->notes = bytes;
        if (tag == BK_TAG_RESULT) BK_TRY(bk_codec_decode(call->arena, bytes, &p->result, err));
    }
    bk_vector_take_log(call, &lines);
    return BK_OK;
}

static bk_status op_template(bk_vector_call *call, bk_err *err) {
    folder f = {0};
    printed p;
    bk_err second = BK_ERR_INIT;
    bk_status s = run(call, bk_call_render, &f, err), read = read_output(call, &f, &p, s == BK_OK ? err : &second);
    bk_err_release(&second);
    BK_TRY(s);
    BK_TRY(read);
    bk_buf_cut(&p.manifests, bk_str_trim_right_space(bk_buf_view(&p.manifests)).n);
    bk_buf_byte(&p.manifests, '\n');
    bk_buf_str(&p.manifests, bk_buf_view(&p.hooks));
    BK_TRY(bk_buf_check(&p.manifests, err));
    bk_map *out = bk_map_new(call->arena, 2);
    if (!out || !put(out, "text", bk_string(bk_buf_take(&p.manifests))) || !put(out, "notes", bk_string(p.notes)))
        return bk_arena_fail(call->arena, err);
    call->out = bk_map_value(out);
    call->has_out = true;
    return BK_OK;
}

static bk_status op_lint(bk_vector_call *call, bk_err *err) {
    folder f = {0};
    printed p;
    bk_err second = BK_ERR_INIT;
    bk_value *files = bk_map_get(call->in, BK_S("files"));
    if (!files || files->kind != BK_MAP || !bk_map_get(files->map, BK_S("Chart.yaml")))
        return bk_err_set(err, BK_ERR, "unable to check Chart.yaml file in chart: no such file");
    bk_status s = run(call, bk_call_lint, &f, err), read = read_output(call, &f, &p, s == BK_OK ? err : &second);
    bk_err_release(&second);
    BK_TRY(s);
    BK_TRY(read);
    bk_map *answer = p.result.kind == BK_MAP ? p.result.map : NULL;
    bk_str bad = bk_map_str(answer, "badKubeVersion", BK_S(""));
    if (bad.n) return bk_err_set(err, BK_ERR, "invalid kube version '%.*s': %.*s", BK_FMT(bk_vector_str(call, "kubeVersion")), BK_FMT(bad));
    call->out = p.result;
    call->has_out = true;
    return BK_OK;
}

const bk_vector_op bk_vector_ops_calls[] = {{"template", op_template}, {"lint", op_lint}, {NULL, NULL}};
