#include "guard/suggest.h"

#include "base/num.h"
#include "base/sort.h"
#include "data/json.h"
#include "data/yaml.h"
#include "guard/escape.h"
#include "guard/ledger.h"

typedef struct reader {
    bk_arena *arena;
    bk_arena scratch; /* of one line */
    bk_needs needs;
    size_t cap;
    bk_map *digests; /* number of a plugin's line, as text: its digest, when it was pinned */
    bk_err *err;
} reader;

static bk_str text(bk_map *line, const char *key) { return bk_map_str(line, key, BK_S("")); }

static bk_status keep(reader *r, bk_str *s) { return bk_arena_dup(r->arena, *s, s) ? BK_OK : bk_arena_fail(r->arena, r->err); }

static bool same(const bk_need *a, const bk_need *b) {
    return a->right == b->right && a->subject.kind == b->subject.kind && bk_str_eq(a->subject.chart, b->subject.chart) &&
           bk_str_eq(a->subject.plugin, b->subject.plugin) && bk_str_eq(a->subject.digest, b->subject.digest) &&
           bk_str_eq(a->target, b->target) && bk_str_eq(a->blocked, b->blocked);
}

static bk_status add(reader *r, bk_need need) {
    bk_needs *n = &r->needs;
    /* The same thing is usually asked for several times in a row; the rest goes when all are sorted. */
    if (n->count && same(&n->items[n->count - 1], &need)) return BK_OK;
    if (n->count == BK_SUGGEST_MAX) return bk_err_limit(r->err, "requests that need a grant", BK_SUGGEST_MAX);
    if (n->count == r->cap) {
        size_t cap = r->cap ? r->cap * 2 : 64;
        bk_need *items = bk_arena_grow(r->arena, n->items, r->cap * sizeof *items, cap * sizeof *items);
        if (!items) return bk_arena_fail(r->arena, r->err);
        n->items = items;
        r->cap = cap;
    }
    BK_TRY(keep(r, &need.subject.chart));
    BK_TRY(keep(r, &need.subject.plugin));
    BK_TRY(keep(r, &need.subject.digest));
    BK_TRY(keep(r, &need.target));
    BK_TRY(keep(r, &need.blocked));
    n->items[n->count++] = need;
    return BK_OK;
}

/* Whether the decision rests on a rule that somebody wrote; *ret_grantable: whether a grant could have changed it. */
static bool needs_grant(bk_map *line, bool *ret_grantable) {
    bk_str decision = text(line, "decision"), rule = text(line, "rule");
    bool denied = bk_str_eq(decision, BK_S("deny")) || bk_str_eq(decision, BK_S("warn"));
    bool own = bk_str_starts(rule, BK_S("built-in: ")) || bk_str_starts(rule, BK_S("profile ")),
         recorded = bk_str_starts(rule, BK_S("the record"));
    static const char *const hopeless[] = {"built-in: the request makes no sense", "built-in: only charts ask for this",
                                           "built-in: its plugin.yaml does not ask for it, so no grant can allow it"};
    *ret_grantable = own;
    for (size_t i = 0; i < BK_COUNT(hopeless); i++)
        if (bk_str_eq(rule, bk_str_c(hopeless[i]))) *ret_grantable = false;
    if (denied) return true;
    *ret_grantable = true;
    return bk_str_eq(decision, BK_S("allow")) && !own && !recorded;
}

/* The digest of the plugin whose call has that line. */
static bk_str digest_of(const reader *r, const bk_value *call) {
    char room[BK_INT_TEXT];
    if (!call || call->kind != BK_INT) return BK_S("");
    const bk_value *v = bk_map_get(r->digests, bk_str_of(room, bk_format_int(call->i, room)));
    return v ? bk_value_str(*v) : BK_S("");
}

static bk_status read_decision(reader *r, bk_map *line) {
    bk_need need = {.target = text(line, "target")};
    bool grantable;
    if (!needs_grant(line, &grantable) || !bk_right_find(text(line, "effect"), &need.right)) return BK_OK;
    if (!grantable) need.blocked = text(line, "rule");
    bk_str plugin = text(line, "plugin");
    const bk_value *charts = bk_map_get(line, BK_S("charts"));
    if (plugin.n) {
        need.subject = (bk_subject){.kind = BK_SUBJECT_PLUGIN, .plugin = plugin, .digest = digest_of(r, bk_map_get(line, BK_S("call")))};
        return add(r, need);
    }
    if (!charts || charts->kind != BK_LIST) return BK_OK;
    for (uint32_t i = 0; i < charts->len; i++) {
        need.subject = (bk_subject){.kind = BK_SUBJECT_CHART, .chart = bk_value_str(charts->items[i])};
        if (charts->items[i].kind == BK_STRING) BK_TRY(add(r, need));
    }
    if (charts->len) return BK_OK;
    need.subject = (bk_subject){.kind = BK_SUBJECT_ANY};
    return add(r, need);
}

static bk_status read_open(reader *r, bk_map *line) {
    bk_needs *n = &r->needs;
    n->release = text(line, "release");
    n->namespace_ = text(line, "namespace");
    n->profile = text(line, "profile");
    BK_TRY(keep(r, &n->release));
    BK_TRY(keep(r, &n->namespace_));
    return keep(r, &n->profile);
}

/* A plugin whose content was not hashed leaves no digest behind. */
static bk_status read_plugin(reader *r, bk_map *line) {
    const bk_value *number = bk_map_get(line, BK_S("n"));
    bk_str digest = text(line, "digest"), key;
    char room[BK_INT_TEXT];
    if (!bk_map_bool(line, "pinned", false) || !bk_digest_text(digest) || !number || number->kind != BK_INT) return BK_OK;
    BK_TRY(keep(r, &digest));
    bool ok =
        bk_arena_dup(r->arena, bk_str_of(room, bk_format_int(number->i, room)), &key) && bk_map_set(r->digests, key, bk_string(digest));
    return ok ? BK_OK : bk_arena_fail(r->arena, r->err);
}

static bk_status read_line(reader *r, bk_str bytes) {
    bk_value v;
    BK_TRY(bk_json_decode(&r->scratch, bytes, BK_JSON_INT64, BK_T_NIL, &v, r->err));
    if (v.kind != BK_MAP || !v.map) return bk_err_set(r->err, BK_ERR, "a line that is no object");
    bk_str type = text(v.map, "type");
    if (bk_str_eq(type, BK_S("decision"))) return read_decision(r, v.map);
    if (bk_str_eq(type, BK_S("open"))) return read_open(r, v.map);
    if (bk_str_eq(type, BK_S("plugin"))) return read_plugin(r, v.map);
    return BK_OK;
}

static int compare(const void *left, const void *right, void *self) {
    const bk_need *a = left, *b = right;
    (void)self;
    int d = (int)a->subject.kind - (int)b->subject.kind;
    if (!d) d = bk_str_cmp(a->subject.chart, b->subject.chart);
    if (!d) d = bk_str_cmp(a->subject.plugin, b->subject.plugin);
    if (!d) d = bk_str_cmp(a->subject.digest, b->subject.digest);
    if (!d) d = (int)a->right - (int)b->right;
    if (!d) d = bk_str_cmp(a->target, b->target);
    return d ? d : bk_str_cmp(a->blocked, b->blocked);
}

static void unique(bk_needs *n) {
    size_t kept = 0;
    for (size_t i = 0; i < n->count; i++)
        if (!kept || !same(&n->items[kept - 1], &n->items[i])) n->items[kept++] = n->items[i];
    n->count = kept;
}

bk_status bk_needs_read(bk_arena *arena, bk_str ledger, bk_needs *ret, bk_err *err) {
    reader r = {.arena = arena, .digests = bk_map_new(arena, 4), .err = err};
    uint64_t lines;
    bk_str line;
    if (!r.digests) return bk_arena_fail(arena, err);
    BK_TRY(bk_ledger_verify(ledger, &lines, err));
    lines = 0;
    while (bk_str_line(&ledger, &line)) {
        bk_arena_init(&r.scratch, 0);
        bk_status status = read_line(&r, line);
        bk_arena_release(&r.scratch);
        lines++;
        if (status != BK_OK) return bk_err_wrap(err, "ledger: line %llu", (unsigned long long)lines);
    }
    if (r.needs.count && !bk_sort(arena, r.needs.items, r.needs.count, sizeof *r.needs.items, compare, NULL))
        return bk_arena_fail(arena, err);
    unique(&r.needs);
    *ret = r.needs;
    return BK_OK;
}

/* ---- out ---- */

/* "deny" rules, and what plugin.yaml does not ask for: no grant helps. */
static void put_blocked(const bk_need *need, bk_buf *out) {
    bk_buf_c(out, "# ");
    bk_escape_line(out, need->subject.kind == BK_SUBJECT_PLUGIN ? need->subject.plugin : need->subject.chart);
    bk_buf_printf(out, ": %s", bk_right_get(need->right)->name);
    if (need->target.n) {
        bk_buf_c(out, " of ");
        bk_escape_line(out, need->target);
    }
    bk_buf_c(out, need->blocked.n ? " is denied, and a grant does not change that: " : " cannot be written as a grant");
    bk_escape_line(out, need->blocked);
    bk_buf_byte(out, '\n');
}

static bool is_whole(const bk_need *need) { return need->target.n < BK_ESCAPE_LINE; }

void bk_needs_put_grants(const bk_needs *needs, bk_buf *out) {
    for (size_t i = 0; i < needs->count; i++) {
        const bk_need *need = &needs->items[i];
        bool ok = !need->blocked.n && is_whole(need) && bk_rules_suggest(out, "--grant ", need->right, &need->subject, need->target);
        if (ok) bk_buf_byte(out, '\n');
        else put_blocked(need, out);
    }
}

/* One rule for a run of needs of one subject; *at moves behind them. */
static bk_status rule_value(bk_arena *arena, const bk_needs *needs, size_t *at, bk_value *ret, bk_err *err) {
    const bk_subject *s = &needs->items[*at].subject;
    bk_map *rule = bk_map_new(arena, 4), *allow = bk_map_new(arena, 4);
    bool ok = rule && allow;
    if (ok && s->kind == BK_SUBJECT_CHART) {
        ok = bk_map_set(rule, BK_S("chart"), bk_string(s->chart)) &&
             (!needs->release.n || bk_map_set(rule, BK_S("release"), bk_string(needs->release))) &&
             (!needs->namespace_.n || bk_map_set(rule, BK_S("namespace"), bk_string(needs->namespace_)));
    }
    if (ok && s->kind == BK_SUBJECT_PLUGIN) {
        ok = bk_map_set(rule, BK_S("plugin"), bk_string(s->plugin)) &&
             (!s->digest.n || bk_map_set(rule, BK_S("digest"), bk_string(s->digest)));
    }
    while (ok && *at < needs->count) {
        const bk_need *first = &needs->items[*at];
        bk_items targets;
        bk_value list = bk_bool(true);
        if (compare(&(bk_need){.subject = *s}, &(bk_need){.subject = first->subject}, NULL) != 0) break;
        bk_items_init(&targets, arena);
        for (; *at < needs->count; (*at)++) {
            const bk_need *need = &needs->items[*at];
            if (need->right != first->right || compare(&(bk_need){.subject = *s}, &(bk_need){.subject = need->subject}, NULL) != 0) break;
            bk_buf word;
            bk_buf_init(&word, arena, 0);
            if (!need->blocked.n && is_whole(need) && bk_rules_suggest(&word, "", need->right, s, need->target))
                bk_items_add(&targets, bk_string(need->target));
        }
        if (!targets.n) continue;
        if (bk_value_str(targets.p[0]).n) BK_TRY(bk_items_list(&targets, BK_T_LIST, &list, err));
        ok = bk_map_set(allow, bk_str_c(bk_right_get(first->right)->name), list);
    }
    if (ok && bk_map_len(allow)) ok = bk_map_set(rule, BK_S("allow"), bk_map_value(allow));
    if (!ok) return bk_arena_fail(arena, err);
    *ret = bk_map_len(allow) ? bk_map_value(rule) : bk_nil();
    return BK_OK;
}

bk_status bk_needs_put_policy(bk_arena *arena, const bk_needs *needs, bk_buf *out, bk_err *err) {
    bk_items rules;
    bk_value list, rule;
    bk_map *m = bk_map_new(arena, 3);
    bk_items_init(&rules, arena);
    for (size_t at = 0; at < needs->count;) {
        BK_TRY(rule_value(arena, needs, &at, &rule, err));
        if (rule.kind == BK_MAP) bk_items_add(&rules, rule);
    }
    BK_TRY(bk_items_list(&rules, BK_T_LIST, &list, err));
    bk_str profile = needs->profile.n ? needs->profile : BK_S("default");
    bool ok = m && bk_map_set(m, BK_S("version"), bk_int64(1)) && bk_map_set(m, BK_S("profile"), bk_string(profile)) &&
              bk_map_set(m, BK_S("rules"), list);
    if (!ok) return bk_arena_fail(arena, err);
    for (size_t i = 0; i < needs->count; i++)
        if (needs->items[i].blocked.n || !is_whole(&needs->items[i])) put_blocked(&needs->items[i], out);
    return bk_yaml_encode(out, arena, bk_map_value(m), err);
}
