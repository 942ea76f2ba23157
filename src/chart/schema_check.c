/* A value against a compiled schema. The order of the checks, which of them end the others, and how flaws are grouped is what users see
 * in Helm's messages. */
#include "chart/schema_frame.h"

#include "base/num.h"

/* ---- the budget ---- */

void bk_check_fail(bk_check *k, bk_status status) {
    if (k->status == BK_OK) k->status = status;
}

void bk_check_no_memory(bk_check *k) {
    if (k->status == BK_OK) k->status = bk_arena_fail(k->arena, k->c->err);
}

bool bk_check_spend(bk_check *k, size_t n) {
    if (k->status != BK_OK) return false;
    if (n > k->work) {
        k->status = bk_err_limit(k->c->err, "work of a schema", BK_SCHEMA_WORK);
        return false;
    }
    k->work -= (uint32_t)n;
    return true;
}

/* ---- paths ---- */

/* path with a token behind. Where there is room the token is written behind it in place, over that of an earlier sibling, as in Go. Flaws
 * copy their path, but for a faulty property name, whose message may thus name the sibling checked last: Helm's does. */
static bool path_append(bk_check *k, bk_value_path path, bk_str token, bk_value_path *ret) {
    *ret = path;
    if (path.n == path.cap) {
        ret->cap = path.cap ? path.cap * 2 : 8;
        ret->p = bk_arena_alloc(k->arena, ret->cap * sizeof *ret->p);
        if (!ret->p) {
            bk_check_no_memory(k);
            return false;
        }
        if (path.n) memcpy(ret->p, path.p, path.n * sizeof *ret->p);
    }
    ret->p[ret->n++] = token;
    return true;
}

static bool path_init(bk_check *k, bk_value_path *ret) {
    *ret = (bk_value_path){.p = bk_arena_alloc(k->arena, 8 * sizeof(bk_str)), .cap = 8};
    if (!ret->p) bk_check_no_memory(k);
    return ret->p != NULL;
}

/* ---- flaws ---- */

void bk_flaws_add(bk_check *k, bk_flaws *flaws, bk_flaw *flaw) {
    if (!flaw) return;
    flaws->n++;
    if (flaw == &k->quiet) return;
    if (!flaws->first) flaws->last = &flaws->first;
    *flaws->last = flaw;
    flaws->last = &flaw->next;
}

bk_flaw *bk_flaw_new(bk_frame *f, bk_flaw_kind kind) {
    bk_check *k = f->k;
    if (f->quiet || k->status != BK_OK) return &k->quiet;
    bk_flaw *flaw = BK_NEW(k->arena, bk_flaw);
    bk_str *path = flaw ? bk_arena_alloc(k->arena, f->path.n * sizeof *path) : NULL;
    if (!path) {
        bk_check_no_memory(k);
        return &k->quiet;
    }
    if (f->path.n) memcpy(path, f->path.p, f->path.n * sizeof *path);
    flaw->kind = kind;
    flaw->schema = f->schema;
    flaw->got = f->v;
    flaw->path = (bk_value_path){path, f->path.n, f->path.n};
    return flaw;
}

bk_flaw *bk_frame_flaw(bk_frame *f, bk_flaw_kind kind) {
    bk_flaw *flaw = bk_flaw_new(f, kind);
    bk_frame_add(f, flaw);
    return flaw;
}

/* ---- what is not evaluated ---- */

static size_t count_of(bk_value v) { return v.type == BK_T_MAP ? bk_map_len(v.map) : v.type == BK_T_LIST ? v.len : 0; }

/* Notes all properties or items as not evaluated, if the schema or its user wants to know. */
static void open_all(bk_frame *f, const bk_schema *schema, bool wanted) {
    size_t n = count_of(f->v), from = 0;
    f->open = NULL;
    f->left = 0;
    if (f->v.type == BK_T_MAP) {
        if (schema->all_props || !(wanted || (schema->object && schema->object->unevaluated))) return;
    } else if (f->v.type == BK_T_LIST) {
        if (schema->all_items || !(wanted || (schema->array && schema->array->unevaluated))) return;
        from = schema->items_evaluated;
    }
    if (from >= n) return;
    f->open = bk_arena_array(f->k->arena, (n + 63) / 64, sizeof *f->open);
    if (!f->open) {
        bk_check_no_memory(f->k);
        return;
    }
    for (size_t i = from; i < n; i++) f->open[i / 64] |= (uint64_t)1 << (i % 64);
    f->left = (uint32_t)(n - from);
}

void bk_frame_close(bk_frame *f, size_t i) {
    if (!f->left || !(f->open[i / 64] >> (i % 64) & 1)) return;
    f->open[i / 64] &= ~((uint64_t)1 << (i % 64));
    f->left--;
}

/* What `other` evaluated of the same value is evaluated. */
static void close_evaluated(bk_frame *f, const bk_frame *other) {
    size_t words = (count_of(f->v) + 63) / 64;
    if (!f->left || !bk_check_spend(f->k, words)) return;
    f->left = 0;
    for (size_t i = 0; i < words; i++) {
        f->open[i] &= other->left ? other->open[i] : 0;
        f->left += (uint32_t)__builtin_popcountll(f->open[i]);
    }
}

static void check_unevaluated(bk_frame *f) {
    const bk_schema *s = f->schema;
    const bool object = f->v.type == BK_T_MAP && s->object && s->object->unevaluated;
    const bool array = f->v.type == BK_T_LIST && s->array && s->array->unevaluated;
    if (!object && !array) return;
    for (size_t i = 0; f->left && i < count_of(f->v) && bk_check_spend(f->k, 1); i++) {
        if (!(f->open[i / 64] >> (i % 64) & 1)) continue;
        if (object) {
            const bk_map_entry *e = bk_map_at(f->v.map, i);
            bk_frame_add(f, bk_frame_value(f, s->object->unevaluated, e->value, e->key));
        } else {
            bk_frame_add(f, bk_frame_item(f, s->array->unevaluated, i));
        }
    }
    f->open = NULL;
    f->left = 0;
}

/* ---- references ---- */

static bk_flaw *check_ref(bk_frame *f, const bk_schema *target, const char *keyword) {
    bk_flaw *cause = bk_frame_self(f, target, keyword, false);
    if (!cause) return NULL;
    bk_flaw *flaw = bk_flaw_new(f, BK_FLAW_REF);
    if (flaw == &f->k->quiet || cause == &f->k->quiet) return flaw;
    if (cause->kind == BK_FLAW_GROUP) {
        flaw->causes = cause->causes;
    } else {
        bk_flaws_add(f->k, &flaw->causes, cause);
    }
    return flaw;
}

/* The outermost schema on the way here whose resource has the anchor. */
static const bk_schema *resolve_dynamic(const bk_frame *f, bk_str anchor, const bk_schema *fallback) {
    for (const bk_scope *at = &f->scope; at && bk_check_spend(f->k, 1); at = at->parent) {
        const bk_schema *target = at->schema->resource->dynamic ? bk_table_get(at->schema->resource->dynamic, anchor) : NULL;
        if (target) fallback = target;
    }
    return fallback;
}

static const bk_schema *resolve_recursive(const bk_frame *f, const bk_schema *fallback) {
    for (const bk_scope *at = &f->scope; at && bk_check_spend(f->k, 1); at = at->parent)
        if (at->schema->resource->recursive_anchor) fallback = at->schema;
    return fallback;
}

static void check_dynamic_refs(bk_frame *f) {
    const bk_schema *target = f->schema->recursive_ref;
    if (target) {
        if (target->recursive_anchor) target = resolve_recursive(f, target);
        bk_frame_add(f, check_ref(f, target, "$recursiveRef"));
    }
    target = f->schema->dynamic_ref;
    if (target) {
        bk_str anchor = f->schema->dynamic_ref_anchor;
        if (anchor.n && bk_str_eq(target->dynamic_anchor, anchor)) target = resolve_dynamic(f, anchor, target);
        bk_frame_add(f, check_ref(f, target, "$dynamicRef"));
    }
}

/* The keywords that led from the root to a scope. */
static bk_str keyword_path(bk_frame *f, const bk_scope *scope) {
    bk_buf b;
    bk_str path = {0};
    bk_arena *arena = f->k->arena;
    for (; scope->parent; scope = scope->parent) {
        bk_buf_init(&b, arena, 0);
        if (scope->ref) {
            bk_ptr_print(&b, bk_str_c(scope->ref));
        } else {
            bk_schema_location(&b, scope->parent->schema);
            size_t n = b.n;
            bk_buf_reset(&b);
            bk_schema_location(&b, scope->schema);
            bk_str tail = bk_str_from(bk_buf_view(&b), n);
            bk_buf_init(&b, arena, 0);
            bk_buf_str(&b, tail);
        }
        bk_buf_str(&b, path);
        if (!bk_buf_ok(&b)) bk_check_no_memory(f->k);
        path = bk_buf_view(&b);
    }
    return path;
}

/* A schema that is met again for the same value would never end. */
static bk_flaw *check_cycle(bk_frame *f) {
    const bk_scope *at = f->scope.parent;
    size_t steps = 0;
    for (; at && at->value == f->scope.value && at->schema != f->scope.schema; at = at->parent) steps++;
    if (!bk_check_spend(f->k, steps / 16) || !at || at->value != f->scope.value) return NULL;
    bk_flaw *flaw = bk_flaw_new(f, BK_FLAW_CYCLE);
    if (flaw == &f->k->quiet) return flaw;
    flaw->text = keyword_path(f, &f->scope);
    flaw->more = keyword_path(f, at);
    return flaw;
}

/* ---- logic ---- */

static void check_all(bk_frame *f, const bk_schemas *schemas) {
    bk_flaws flaws = {0};
    for (size_t i = 0; i < schemas->n; i++) {
        bk_flaws_add(f->k, &flaws, bk_frame_self(f, schemas->p[i], NULL, false));
        if (flaws.n && f->quiet) break;
    }
    if (!flaws.n) return;
    bk_flaw *flaw = bk_frame_flaw(f, BK_FLAW_ALL_OF);
    if (flaw != &f->k->quiet) flaw->causes = flaws;
}

static void check_any(bk_frame *f, const bk_schemas *schemas) {
    bk_flaws flaws = {0};
    bool matched = false;
    bk_arena_point point = bk_arena_here(f->k->arena);
    for (size_t i = 0; i < schemas->n; i++) {
        bk_flaw *flaw = bk_frame_self(f, schemas->p[i], NULL, false);
        if (flaw) {
            bk_flaws_add(f->k, &flaws, flaw);
        } else {
            matched = true;
            if (!f->left) break; /* else all that match evaluate something */
        }
    }
    if (matched) return bk_arena_back(f->k->arena, point);
    bk_flaw *flaw = bk_frame_flaw(f, BK_FLAW_ANY_OF);
    if (flaw != &f->k->quiet) flaw->causes = flaws;
}

static void check_one(bk_frame *f, const bk_schemas *schemas) {
    bk_flaws flaws = {0};
    size_t matched = BK_NPOS;
    bk_arena_point point = bk_arena_here(f->k->arena);
    for (size_t i = 0; i < schemas->n; i++) {
        bk_flaw *flaw = bk_frame_self(f, schemas->p[i], NULL, matched != BK_NPOS);
        if (flaw) {
            if (matched == BK_NPOS) bk_flaws_add(f->k, &flaws, flaw);
        } else if (matched == BK_NPOS) {
            matched = i;
            bk_arena_back(f->k->arena, point);
        } else {
            flaw = bk_frame_flaw(f, BK_FLAW_ONE_OF);
            flaw->a = (int64_t)matched;
            flaw->b = (int64_t)i;
            break;
        }
    }
    if (matched != BK_NPOS) return;
    bk_flaw *flaw = bk_frame_flaw(f, BK_FLAW_ONE_OF);
    if (flaw == &f->k->quiet) return;
    flaw->causes = flaws;
    flaw->a = flaw->b = -1;
}

static void check_logic(bk_frame *f) {
    const bk_schema_logic *l = f->schema->logic;
    if (!l) return;
    if (l->not&&!bk_frame_self(f, l->not, NULL, true)) bk_frame_flaw(f, BK_FLAW_NOT);
    if (l->all.n) check_all(f, &l->all);
    if (l->any.n) check_any(f, &l->any);
    if (l->one.n) check_one(f, &l->one);
    if (!l->iff) return;
    const bk_schema *next = bk_frame_self(f, l->iff, NULL, true) ? l->otherwise : l->then;
    if (next) bk_frame_add(f, bk_frame_self(f, next, NULL, false));
}

/* ---- a frame ---- */

static bool in_enum(bk_frame *f) {
    const bk_value *list = f->schema->enumeration;
    if (!(f->schema->enum_types & bk_json_type_of(f->v))) return false;
    for (size_t i = 0; i < list->len; i++)
        if (bk_json_equal(f->k, f->v, list->items[i])) return true;
    return false;
}

/* Whether s is a regular expression. Short ones are kept: the patterns of a schema are compiled again for use. */
static bk_status check_regex(bk_check *k, bk_str s, bk_err *err) {
    const bk_regex *kept;
    bk_regex regex = {0};
    size_t cost = bk_pattern_cost(s);
    if (!bk_check_spend(k, 200 + cost / 4)) return BK_OK;
    if (cost <= BK_SCHEMA_PATTERN && cost <= BK_SCHEMA_PATTERNS - k->c->pattern_cost) return bk_pattern_compile(k->c, s, &kept, err);
    bk_status status = bk_regex_compile(&regex, s, err);
    bk_regex_release(&regex);
    return status;
}

/* The flaw of a string that is not of the format. */
static bk_flaw *check_format(bk_frame *f) {
    bk_check *k = f->k;
    bk_err err = BK_ERR_INIT;
    bk_str s = bk_value_str(f->v);
    if (!bk_check_spend(k, s.n / 16)) return NULL;
    bk_status status = f->schema->format ? f->schema->format(k->arena, s, &err) : check_regex(k, s, &err);
    if (status == BK_OK) return NULL;
    if (status != BK_ERR) {
        if (k->status == BK_OK) bk_err_move(k->c->err, &err);
        bk_err_release(&err);
        bk_check_fail(k, status);
        return &k->quiet;
    }
    bk_flaw *flaw = bk_flaw_new(f, BK_FLAW_FORMAT);
    if (flaw != &k->quiet && !bk_arena_dup(k->arena, bk_err_message(&err), &flaw->text)) bk_check_no_memory(k);
    bk_err_release(&err);
    return flaw;
}

/* The checks of which the first that fails ends them all. */
static bk_flaw *check_first(bk_frame *f, unsigned type) {
    const bk_schema *s = f->schema;
    if (type == 0) return bk_flaw_new(f, BK_FLAW_NOT_JSON);
    if (s->types && !(s->types & type) && !((s->types & BK_JT_INTEGER) && type == BK_JT_NUMBER && bk_check_is_integer(f->k, f->v))) {
        return bk_flaw_new(f, BK_FLAW_TYPE);
    }
    if (s->constant && !bk_json_equal(f->k, f->v, *s->constant)) return bk_flaw_new(f, BK_FLAW_CONST);
    if (s->enumeration && !in_enum(f)) return bk_flaw_new(f, BK_FLAW_ENUM);
    if (s->format_name.n && type == BK_JT_STRING) return check_format(f);
    return NULL;
}

static bk_flaw *check(bk_frame *f) {
    const bk_schema *s = f->schema;
    if (s->always) return NULL;
    if (s->never) return bk_flaw_new(f, BK_FLAW_FALSE);
    bk_flaw *flaw = check_cycle(f);
    if (flaw) return flaw;
    const unsigned type = bk_json_type_of(f->v);
    flaw = check_first(f, type);
    if (flaw) return flaw;
    if (s->ref) {
        flaw = check_ref(f, s->ref, "$ref");
        if (s->version < 2019) return flaw;
        bk_frame_add(f, flaw);
    }
    if (type == BK_JT_OBJECT && s->object) bk_check_object(f);
    if (type == BK_JT_ARRAY && s->array) bk_check_array(f);
    if (type == BK_JT_STRING && s->string) bk_check_string(f);
    if (type == BK_JT_NUMBER && s->number) bk_check_number(f);
    if (!f->flaws.n || !f->quiet) {
        if (s->version >= 2019) check_dynamic_refs(f);
        check_logic(f);
        if (s->version >= 2019) check_unevaluated(f);
    }
    if (f->flaws.n == 0) return NULL;
    if (f->flaws.n == 1) return f->flaws.first ? f->flaws.first : &f->k->quiet;
    flaw = bk_flaw_new(f, BK_FLAW_GROUP);
    if (flaw != &f->k->quiet) flaw->causes = f->flaws;
    return flaw;
}

/* Within a schema that is checked against its meta-schema, a resource may follow a draft of its own. */
static void change_meta(bk_frame *f) {
    bk_check *k = f->k;
    if (!k->root || f->schema != f->meta || k->root->resources < 2) return;
    bk_buf b;
    bk_schema *meta;
    bk_buf_init(&b, k->arena, 0);
    for (uint32_t i = 0; i < f->path.n; i++) bk_ptr_print(&b, f->path.p[i]);
    if (!bk_buf_ok(&b)) return bk_check_no_memory(k);
    bk_place *place = bk_table_get(k->root->places, bk_buf_view(&b));
    if (!place || !place->resource) return;
    bk_status status = bk_dialect_schema(k->c->meta, &place->resource->dialect, &meta);
    if (status != BK_OK) return bk_check_fail(k, status);
    f->schema = f->meta = meta;
}

/* Runs a frame within the limits. */
static bk_flaw *enter(bk_frame *f) {
    bk_check *k = f->k;
    if (!bk_check_spend(k, 1)) return &k->quiet;
    if (k->depth == 0) {
        bk_check_fail(k, bk_err_limit(k->c->err, "nesting of a schema check", BK_SCHEMA_FRAMES));
        return &k->quiet;
    }
    change_meta(f);
    k->depth--;
    bk_flaw *flaw = check(f);
    k->depth++;
    return flaw;
}

bk_flaw *bk_frame_self(bk_frame *f, const bk_schema *schema, const char *ref, bool quiet) {
    if (schema->always) return NULL;
    bk_frame sub = {
        .k = f->k,
        .v = f->v,
        .path = f->path,
        .schema = schema,
        .meta = f->meta,
        .scope = {schema, ref, f->scope.value, &f->scope},
        .quiet = f->quiet || quiet,
    };
    bk_arena_point point = bk_arena_here(f->k->arena);
    open_all(&sub, schema, f->left > 0);
    bk_flaw *flaw = enter(&sub);
    if (!flaw) close_evaluated(f, &sub);
    if (!flaw || flaw == &f->k->quiet) bk_arena_back(f->k->arena, point);
    return flaw;
}

bk_flaw *bk_frame_value(bk_frame *f, const bk_schema *schema, bk_value v, bk_str token) {
    bk_frame sub = {
        .k = f->k,
        .v = v,
        .schema = schema,
        .meta = f->meta,
        .scope = {schema, NULL, f->scope.value + 1, &f->scope},
        .quiet = f->quiet,
    };
    bk_arena_point point = bk_arena_here(f->k->arena);
    if (!path_append(f->k, f->path, token, &sub.path)) return &f->k->quiet;
    if (schema->always) return NULL;
    if (v.type == BK_T_MAP && !bk_map_sort(v.map)) bk_check_no_memory(f->k);
    open_all(&sub, schema, false);
    bk_flaw *flaw = enter(&sub);
    if (!flaw || flaw == &f->k->quiet) bk_arena_back(f->k->arena, point);
    return flaw;
}

/* The text of an index. */
static bool index_token(bk_check *k, size_t i, bk_str *ret) {
    bk_arena *arena = k->c->arena;
    if (i >= k->n_tokens) {
        size_t n = k->n_tokens ? k->n_tokens * 2 : 16;
        while (n <= i) n *= 2;
        bk_str *tokens = BK_NEW_ARRAY(arena, bk_str, n);
        if (!tokens) return false;
        if (k->n_tokens) memcpy(tokens, k->tokens, k->n_tokens * sizeof *tokens);
        k->tokens = tokens;
        k->n_tokens = n;
    }
    if (!k->tokens[i].p) {
        char text[BK_INT_TEXT];
        if (!bk_arena_dup(arena, bk_str_of(text, bk_format_uint(i, text)), &k->tokens[i])) return false;
    }
    *ret = k->tokens[i];
    return true;
}

bk_flaw *bk_frame_item(bk_frame *f, const bk_schema *schema, size_t i) {
    bk_str token;
    if (index_token(f->k, i, &token)) return bk_frame_value(f, schema, f->v.items[i], token);
    if (f->k->status == BK_OK) f->k->status = bk_arena_fail(f->k->c->arena, f->k->c->err);
    return &f->k->quiet;
}

/* A value that is checked for itself. */
static bk_flaw *check_root(bk_check *k, const bk_schema *schema, bk_value v, const bk_schema *meta, bool quiet) {
    bk_frame f = {.k = k, .v = v, .schema = schema, .meta = meta, .scope = {schema, NULL, 0, NULL}, .quiet = quiet};
    if (!path_init(k, &f.path) || !bk_check_spend(k, 1)) return &k->quiet;
    if (v.type == BK_T_MAP && !bk_map_sort(v.map)) bk_check_no_memory(k);
    open_all(&f, schema, false);
    if (k->depth == 0) return enter(&f); /* reports the limit */
    k->depth--;
    bk_flaw *flaw = check(&f);
    k->depth++;
    return flaw;
}

bk_flaw *bk_frame_name(bk_frame *f, const bk_schema *schema, bk_str name) {
    bk_flaw *cause = check_root(f->k, schema, bk_string(name), f->meta, f->quiet);
    if (!cause) return NULL;
    bk_flaw *flaw = bk_flaw_new(f, BK_FLAW_PROPERTY_NAME);
    if (flaw == &f->k->quiet || cause == &f->k->quiet) return flaw;
    flaw->path = f->path; /* not a copy, see path_append */
    flaw->text = name;
    if (cause->kind == BK_FLAW_GROUP) {
        flaw->causes = cause->causes;
    } else {
        bk_flaws_add(f->k, &flaw->causes, cause);
    }
    return flaw;
}

bk_status bk_schema_check(bk_schema_compiler *c, bk_schema *schema, bk_value v, bk_schema_root *root, bk_flaw **ret) {
    bk_arena_release(c->scratch);
    bk_check k = {.c = c, .arena = c->scratch, .root = root, .depth = BK_SCHEMA_FRAMES, .work = BK_SCHEMA_WORK};
    bk_flaw *flaw = check_root(&k, schema, v, root ? schema : NULL, false);
    *ret = k.status == BK_OK ? flaw : NULL;
    return k.status;
}
