/* The search in indexes, as `helm search repo` does it. */
#include "base/sort.h"
#include "base/unicode.h"
#include "base/utf8.h"
#include "engine/index_tasks.h"
#include "text/path.h"
#include "text/regex.h"

#define SEPARATOR '\v'

typedef struct result {
    bk_str name; /* repository/chart */
    uint32_t score;
    uint32_t form, row;
    bk_semver version;
} result;

typedef struct search {
    bk_call_state *call;
    bk_index_form *forms;
    bk_str term; /* in lower case, unless it is an expression */
    bool all, expression;
    bk_regex regex;
    bk_buf line;
    result *found;
    size_t n, cap;
} search;

static bk_status lower(search *s, bk_str *text) {
    bk_buf out;
    bool plain = true;
    for (size_t i = 0; i < text->n && plain; i++) plain = (uint8_t)text->p[i] < 0x80 && (uint8_t)(text->p[i] - 'A') > 25;
    if (plain) return BK_OK;
    bk_buf_init(&out, s->call->arena, 0);
    for (size_t i = 0, width; i < text->n; i += width) bk_buf_rune(&out, bk_rune_to_lower(bk_utf8_decode(bk_str_from(*text, i), &width)));
    BK_TRY(bk_buf_check(&out, s->call->err));
    *text = bk_buf_take(&out);
    return BK_OK;
}

/* In which part of the line a place is. */
static uint32_t score_of(bk_str line, size_t at) {
    uint32_t part = 0;
    for (size_t i = 0; i < at && i < line.n; i++) part += line.p[i] == SEPARATOR;
    return part;
}

static bk_status matches(search *s, bk_str repository, const bk_index_row *row, bool *ret, uint32_t *ret_score) {
    *ret = s->all;
    *ret_score = 0;
    if (s->all) return BK_OK;
    bk_buf_reset(&s->line);
    bk_buf_printf(&s->line, "%.*s\v%.*s/%.*s\v", BK_FMT(row->name), BK_FMT(repository), BK_FMT(row->name));
    bk_buf_str(&s->line, row->description);
    bk_buf_byte(&s->line, SEPARATOR);
    bk_buf_str(&s->line, row->keywords);
    BK_TRY(bk_buf_check(&s->line, s->call->err));
    bk_str line = bk_buf_view(&s->line);
    size_t at;
    if (s->expression) {
        bk_matches m;
        BK_TRY(bk_regex_find(&s->regex, s->call->arena, line, 1, false, &m, s->call->err));
        at = m.count ? m.spans[0].from : BK_NPOS;
    } else {
        BK_TRY(lower(s, &line));
        at = bk_str_find(line, s->term);
    }
    *ret = at != BK_NPOS;
    if (*ret) *ret_score = score_of(line, at);
    return BK_OK;
}

static bk_status add(search *s, const result *r) {
    if (s->n == s->cap) {
        size_t cap = s->cap ? s->cap * 2 : 256;
        void *p = bk_arena_grow(s->call->arena, s->found, s->cap * sizeof *r, cap * sizeof *r);
        if (!p) return bk_arena_fail(s->call->arena, s->call->err);
        s->found = p;
        s->cap = cap;
    }
    s->found[s->n++] = *r;
    return BK_OK;
}

static bk_status look_at_row(search *s, uint32_t form, uint32_t i, bk_str repository, bk_str full) {
    const bk_index_row row = bk_index_form_version(&s->forms[form], i);
    result r = {.name = full, .form = form, .row = i};
    bool ok;
    bk_err ignored = BK_ERR_INIT;
    bk_arena_point point = bk_arena_here(s->call->arena);
    BK_TRY(matches(s, repository, &row, &ok, &r.score));
    bk_arena_back(s->call->arena, point);
    if (!ok) return BK_OK;
    ok = bk_semver_parse(row.version, &r.version, &ignored) == BK_OK;
    bk_err_release(&ignored);
    return ok ? add(s, &r) : BK_OK;
}

/* A version that stands twice in a chart counts once, as its last. */
static bool is_again(const bk_index_form *f, uint32_t i, uint32_t end) {
    return i + 1 < end && bk_str_eq(bk_index_form_version(f, i).version, bk_index_form_version(f, i + 1).version);
}

static bk_status look_at(search *s, uint32_t form, bk_str repository) {
    const bk_index_form *f = &s->forms[form];
    for (uint32_t c = 0; c < f->charts; c++) {
        bk_str name, full;
        uint32_t first, count, end;
        bk_index_form_chart(f, c, &name, &first, &count);
        if (!bk_arena_printf(s->call->arena, &full, "%.*s/%.*s", BK_FMT(repository), BK_FMT(name)) ||
            !bk_path_clean(s->call->arena, full, &full))
            return bk_arena_fail(s->call->arena, s->call->err);
        bk_str mark = full, rest;
        bk_str_cut(full, BK_S("$$"), &mark, &rest); /* Helm's own mark before the version */
        end = first + count;
        for (uint32_t i = first; i < end; i++)
            if (!is_again(f, i, end)) BK_TRY(look_at_row(s, form, i, repository, mark));
    }
    return BK_OK;
}

static int best_first(const void *a, const void *b, void *arg) {
    (void)arg;
    const result *x = a, *y = b;
    if (x->score != y->score) return x->score < y->score ? -1 : 1;
    int order = bk_str_cmp(x->name, y->name);
    return order ? order : bk_semver_cmp(&y->version, &x->version);
}

static bk_status put_result(search *s, const result *r, bk_items *to) {
    const bk_index_row row = bk_index_form_version(&s->forms[r->form], r->row);
    bk_map *m = bk_map_new(s->call->arena, 4);
    bool ok = m && bk_map_set(m, BK_S("name"), bk_string(r->name)) && bk_map_set(m, BK_S("version"), bk_string(row.version)) &&
              bk_map_set(m, BK_S("app_version"), bk_string(row.app_version)) &&
              bk_map_set(m, BK_S("description"), bk_string(row.description));
    if (!ok) return bk_arena_fail(s->call->arena, s->call->err);
    bk_items_add(to, bk_map_value(m));
    return BK_OK;
}

/* Those in the range: all, or of each name the first. */
static bk_status answer(search *s) {
    bk_call_state *call = s->call;
    bool every = bk_map_bool(call->options, "versions", false);
    bk_constraints range;
    bk_items list;
    bk_value all;
    bk_map *seen = bk_map_new(call->arena, 64);
    if (!seen || !bk_sort(call->arena, s->found, s->n, sizeof *s->found, best_first, NULL)) return bk_arena_fail(call->arena, call->err);
    if (bk_constraints_parse(call->arena, bk_map_str(call->options, "version", BK_S("")), &range, call->err) != BK_OK)
        return bk_err_wrap(call->err, "an invalid version/constraint format");
    bk_items_init(&list, call->arena);
    for (size_t i = 0; i < s->n; i++) {
        const result *r = &s->found[i];
        if ((!every && bk_map_get(seen, r->name)) || !bk_constraints_check(&range, &r->version)) continue;
        if (!every && !bk_map_set(seen, r->name, bk_bool(true))) return bk_arena_fail(call->arena, call->err);
        BK_TRY(put_result(s, r, &list));
    }
    BK_TRY(bk_items_list(&list, BK_T_LIST, &all, call->err));
    return bk_call_emit_value(call, BK_TAG_RESULT, all);
}

static bk_status run(search *s, const bk_value *repositories) {
    bk_call_state *call = s->call;
    if (s->expression && !s->all) BK_TRY(bk_regex_compile(&s->regex, s->term, call->err));
    if (!s->expression) BK_TRY(lower(s, &s->term));
    for (uint32_t i = 0; i < call->input_count; i++) {
        bk_value name = i < repositories->len ? repositories->items[i] : bk_nil();
        BK_TRY(bk_index_open_input(call, i, &s->forms[i]));
        BK_TRY(look_at(s, i, bk_is_string(name) ? bk_value_str(name) : BK_S("")));
    }
    return answer(s);
}

bk_status bk_index_search(bk_call_state *call) {
    const bk_value *repositories = bk_map_get(call->options, BK_S("repositories"));
    search s = {.call = call,
                .term = bk_map_str(call->options, "term", BK_S("")),
                .all = bk_map_bool(call->options, "all", false),
                .expression = bk_map_bool(call->options, "regexp", false)};
    if (!repositories || repositories->kind != BK_LIST) return bk_err_set(call->err, BK_ERR, "malformed request: no repositories");
    s.forms = BK_NEW_ARRAY(call->arena, bk_index_form, call->input_count + 1);
    if (!s.forms) return bk_arena_fail(call->arena, call->err);
    bk_buf_init(&s.line, NULL, 0);
    bk_status status = run(&s, repositories);
    bk_buf_release(&s.line);
    bk_regex_release(&s.regex);
    return status;
}
