/* The call INDEX: the index of a repository, read once into a flat form (chart/index.h), and what is asked of that form afterwards. */
#include "chart/index.h"
#include "engine/index_tasks.h"
#include "text/gotime.h"
#include "text/url.h"

bk_status bk_index_open_input(bk_call_state *call, uint32_t number, bk_index_form *ret) {
    bk_str bytes;
    if (number >= call->input_count) return bk_err_set(call->err, BK_ERR, "malformed request: no index");
    BK_TRY(bk_call_input(call, number, &bytes));
    return bk_index_form_open(bytes, ret, call->err);
}

/* ---- parse ---- */

/* The form, piece by piece. */
static bk_status emit_form(bk_call_state *call, bk_index_writer *w) {
    char head[8], form[BK_INDEX_HEAD];
    const bk_buf *const parts[] = {&w->charts, &w->versions, &w->urls, &w->pool};
    bk_buf b = {.p = head, .cap = sizeof head, .max = sizeof head};
    size_t sum = sizeof form;
    BK_TRY(bk_index_writer_head(w, form, call->err));
    for (size_t i = 0; i < BK_COUNT(parts); i++) sum += parts[i]->n;
    bk_buf_u32(&b, BK_TAG_BYTES);
    bk_buf_u32(&b, (uint32_t)sum);
    BK_TRY(call->effects->emit(call->effects->self, bk_str_of(head, sizeof head), call->err));
    BK_TRY(call->effects->emit(call->effects->self, bk_str_of(form, sizeof form), call->err));
    for (size_t i = 0; i < BK_COUNT(parts); i++)
        if (parts[i]->n) BK_TRY(call->effects->emit(call->effects->self, bk_buf_view(parts[i]), call->err));
    return BK_OK;
}

static bk_status parse_with(bk_call_state *call, bk_str text, bk_index_writer *w) {
    const bk_log log = bk_call_log_of(call);
    const bk_index_visitor visitor = bk_index_writer_visitor(w);
    bk_index_head head;
    bk_map *answer = bk_map_new(call->arena, 2);
    if (!answer) return bk_arena_fail(call->arena, call->err);
    BK_TRY(bk_index_read(call->arena, text, bk_map_str(call->options, "source", BK_S("")), &log, &visitor, &head, call->err));
    BK_TRY(emit_form(call, w));
    bool ok = bk_map_set(answer, BK_S("names"), bk_string(bk_buf_view(&w->names)));
    return ok ? bk_call_emit_value(call, BK_TAG_RESULT, bk_map_value(answer)) : bk_arena_fail(call->arena, call->err);
}

static bk_status parse(bk_call_state *call) {
    bk_str text;
    bk_index_writer writer;
    if (call->input_count == 0) return bk_err_set(call->err, BK_ERR, "malformed request: no index");
    BK_TRY(bk_call_input(call, 0, &text));
    bk_index_writer_init(&writer);
    bk_status s = parse_with(call, text, &writer);
    bk_index_writer_release(&writer);
    return s;
}

/* ---- pick ---- */

/* What a wish comes to, in the words of the caller's command; `error` and `missing` say that it comes to nothing. */
typedef struct picked {
    bk_map *m;
    bk_call_state *call;
} picked;

static bk_status put(const picked *p, const char *key, bk_value v) {
    return bk_map_set(p->m, bk_str_c(key), v) ? BK_OK : bk_arena_fail(p->call->arena, p->call->err);
}

/* repo.ResolveReferenceURL: relative to the repository, whose query goes along. */
static bk_status absolute(bk_call_state *call, bk_str base, bk_str ref, bk_str *ret) {
    bk_url u, b, whole;
    bk_buf out;
    *ret = ref;
    if (bk_url_parse(call->arena, ref, &u, call->err) != BK_OK) return bk_err_wrap(call->err, "failed to parse %.*s as URL", BK_FMT(ref));
    if (u.scheme.n) return BK_OK;
    if (bk_url_parse(call->arena, base, &b, call->err) != BK_OK) return bk_err_wrap(call->err, "failed to parse %.*s as URL", BK_FMT(base));
    bk_str *const paths[] = {&b.path, &b.raw_path};
    for (size_t i = 0; i < (b.raw_path.n ? 2 : 1); i++) { /* no raw form: the path says it all */
        if (bk_str_ends(*paths[i], BK_S("/"))) paths[i]->n--;
        if (!bk_arena_cat(call->arena, *paths[i], BK_S("/"), paths[i])) return bk_arena_fail(call->arena, call->err);
    }
    BK_TRY(bk_url_resolve(call->arena, &b, &u, &whole, call->err));
    whole.raw_query = b.raw_query;
    bk_buf_init(&out, call->arena, 0);
    bk_url_print(&out, &whole);
    BK_TRY(bk_buf_check(&out, call->err));
    *ret = bk_buf_take(&out);
    return BK_OK;
}

/* An error of the wish's own becomes part of the answer. */
static bk_status put_error(const picked *p, bk_status s) {
    bk_str text;
    if (s != BK_ERR) return s;
    if (!bk_arena_dup(p->call->arena, bk_err_message(p->call->err), &text)) return s;
    bk_err_release(p->call->err);
    return put(p, "error", bk_string(text));
}

static bk_status put_row(const picked *p, const bk_index_form *form, const bk_index_row *row) {
    bk_str url, base = bk_map_str(p->call->options, "base", BK_S(""));
    BK_TRY(put(p, "version", bk_string(row->version)));
    BK_TRY(put(p, "digest", bk_string(row->digest)));
    if (!row->url_count) return BK_OK;
    bk_status s = absolute(p->call, base, bk_index_form_url(form, row->first_url), &url);
    return s == BK_OK ? put(p, "url", bk_string(url)) : put_error(p, s);
}

static bk_status pick_any(const picked *p, const bk_index_form *form, bk_str chart, bk_str wish, uint32_t first, uint32_t count) {
    bk_call_state *call = p->call;
    size_t at;
    bool exact;
    bk_str *versions = BK_NEW_ARRAY(call->arena, bk_str, (size_t)count + 1);
    if (!versions) return bk_arena_fail(call->arena, call->err);
    for (uint32_t i = 0; i < count; i++) versions[i] = bk_index_form_version(form, first + i).version;
    bk_status s = bk_index_pick(call->arena, chart, versions, count, wish, &at, &exact, call->err);
    if (s != BK_OK) return put_error(p, s);
    const bk_index_row row = bk_index_form_version(form, first + (uint32_t)at);
    BK_TRY(put(p, "exact", bk_bool(exact)));
    return put_row(p, form, &row);
}

/* As dependencies are resolved (the first with a URL in the range), and as a lock is looked up (the first with a URL that is that version). */
static bk_status pick_for_lock(const picked *p, const bk_index_form *form, bool range, bk_str wish, uint32_t first, uint32_t count) {
    bk_constraints constraints;
    bk_semver wanted, v;
    bk_err ignored = BK_ERR_INIT;
    bool is_version = !range && bk_semver_parse(wish, &wanted, &ignored) == BK_OK;
    bk_err_release(&ignored);
    if (range) {
        bk_status s = bk_constraints_parse(p->call->arena, wish, &constraints, p->call->err);
        if (s != BK_OK) return put_error(p, s);
    }
    for (uint32_t i = 0; i < count; i++) {
        const bk_index_row row = bk_index_form_version(form, first + i);
        bool parsed = row.url_count && bk_semver_parse(row.version, &v, &ignored) == BK_OK, fits = false;
        bk_err_release(&ignored);
        if (range) fits = parsed && bk_constraints_check(&constraints, &v);
        else if (row.url_count) fits = !wish.n || (is_version ? parsed && bk_semver_cmp(&wanted, &v) == 0 : bk_str_eq(wish, row.version));
        if (fits) return put_row(p, form, &row);
    }
    return put(p, "missing", bk_bool(true));
}

static bk_status pick_one(bk_call_state *call, const bk_index_form *form, bk_map *wish, bk_items *to) {
    bk_str how = bk_map_str(wish, "how", BK_S("")), chart = bk_map_str(wish, "chart", BK_S("")),
           version = bk_map_str(wish, "version", BK_S(""));
    const picked p = {bk_map_new(call->arena, 4), call};
    uint32_t first = 0, count = 0;
    if (!p.m) return bk_arena_fail(call->arena, call->err);
    if (!bk_index_form_find(form, chart, &first, &count)) {
        BK_TRY(put(&p, "error", bk_string(BK_S("no chart name found"))));
        BK_TRY(put(&p, "unknown", bk_bool(true)));
    } else if (bk_str_eq(how, BK_S("any"))) {
        BK_TRY(pick_any(&p, form, chart, version, first, count));
    } else {
        BK_TRY(pick_for_lock(&p, form, bk_str_eq(how, BK_S("range")), version, first, count));
    }
    bk_items_add(to, bk_map_value(p.m));
    return BK_OK;
}

static bk_status pick(bk_call_state *call) {
    const bk_value *wishes = bk_map_get(call->options, BK_S("wishes"));
    bk_index_form form;
    bk_items list;
    bk_value all;
    BK_TRY(bk_index_open_input(call, 0, &form));
    bk_items_init(&list, call->arena);
    for (uint32_t i = 0; wishes && wishes->kind == BK_LIST && i < wishes->len; i++) {
        bk_map *wish = wishes->items[i].kind == BK_MAP ? wishes->items[i].map : NULL;
        if (!wish) return bk_err_set(call->err, BK_ERR, "malformed request: a wish that is no map");
        BK_TRY(pick_one(call, &form, wish, &list));
    }
    BK_TRY(bk_items_list(&list, BK_T_LIST, &all, call->err));
    return bk_call_emit_value(call, BK_TAG_RESULT, all);
}

/* ---- owner: whether the index names that URL ---- */

static bk_str last_part(bk_str url) {
    size_t slash = bk_str_rfind_byte(url, '/');
    return slash == BK_NPOS ? url : bk_str_from(url, slash + 1);
}

static bk_status normal(bk_call_state *call, bk_str text, bk_str *ret) {
    bk_url u;
    bk_buf out;
    *ret = BK_S("");
    if (bk_url_parse(call->arena, text, &u, call->err) != BK_OK) {
        bk_err_release(call->err);
        return BK_OK;
    }
    bk_buf_init(&out, call->arena, 0);
    bk_url_print(&out, &u);
    BK_TRY(bk_buf_check(&out, call->err));
    *ret = bk_buf_take(&out);
    return BK_OK;
}

static bk_status owner(bk_call_state *call) {
    bk_str url = bk_map_str(call->options, "url", BK_S("")), wanted, here;
    bk_index_form form;
    bool found = false;
    BK_TRY(bk_index_open_input(call, 0, &form));
    BK_TRY(normal(call, url, &wanted));
    for (uint32_t i = 0; !found && wanted.n && i < form.urls; i++) {
        bk_str one = bk_index_form_url(&form, i);
        if (!bk_str_eq(last_part(one), last_part(url))) continue;
        BK_TRY(normal(call, one, &here));
        found = bk_str_eq(here, wanted);
    }
    return bk_call_emit_value(call, BK_TAG_RESULT, bk_bool(found));
}

/* ---- url: how a reference reads as a URL ---- */

static bk_status url(bk_call_state *call) {
    bk_map *answer = bk_map_new(call->arena, 2);
    bk_str text = bk_map_str(call->options, "url", BK_S("")), error = BK_S("");
    bk_url u = {0};
    bk_buf out;
    bk_buf_init(&out, call->arena, 0);
    if (bk_url_parse(call->arena, text, &u, call->err) == BK_OK) {
        bk_url_print(&out, &u);
    } else {
        if (call->err->code != BK_ERR || !bk_arena_dup(call->arena, bk_err_message(call->err), &error)) return call->err->code;
        bk_err_release(call->err);
    }
    BK_TRY(bk_buf_check(&out, call->err));
    bool ok = answer && bk_map_set(answer, BK_S("text"), bk_string(bk_buf_view(&out))) &&
              bk_map_set(answer, BK_S("path"), bk_string(u.path)) && bk_map_set(answer, BK_S("error"), bk_string(error));
    return ok ? bk_call_emit_value(call, BK_TAG_RESULT, bk_map_value(answer)) : bk_arena_fail(call->arena, call->err);
}

/* ---- names and versions: what a shell offers ---- */

static bk_status names(bk_call_state *call) {
    bk_index_form form;
    bk_items list;
    bk_value all;
    BK_TRY(bk_index_open_input(call, 0, &form));
    bk_items_init(&list, call->arena);
    for (uint32_t i = 0; i < form.charts; i++) {
        bk_str name;
        uint32_t first, count;
        bk_index_form_chart(&form, i, &name, &first, &count);
        bk_items_add(&list, bk_string(name));
    }
    BK_TRY(bk_items_list(&list, BK_T_LIST, &all, call->err));
    return bk_call_emit_value(call, BK_TAG_RESULT, all);
}

/* The day, in words; that of Go's zero time where there is none. */
static bk_status day_of(bk_call_state *call, bk_str text, bk_str *ret) {
    bk_time t = {0};
    bk_err ignored = BK_ERR_INIT;
    bk_buf b;
    if (text.n && bk_time_parse(call->arena, BK_TIME_RFC3339, text, NULL, &t, &ignored) != BK_OK) t = (bk_time){0};
    bk_err_release(&ignored);
    bk_buf_init(&b, call->arena, 0);
    bk_time_format(&b, t, BK_S("January 2, 2006"));
    BK_TRY(bk_buf_check(&b, call->err));
    *ret = bk_buf_take(&b);
    return BK_OK;
}

static bk_status versions(bk_call_state *call) {
    bk_index_form form;
    bk_items list;
    bk_value all;
    uint32_t first = 0, count = 0;
    BK_TRY(bk_index_open_input(call, 0, &form));
    if (!bk_index_form_find(&form, bk_map_str(call->options, "chart", BK_S("")), &first, &count)) count = 0;
    bk_items_init(&list, call->arena);
    for (uint32_t i = 0; i < count; i++) {
        const bk_index_row row = bk_index_form_version(&form, first + i);
        const picked p = {bk_map_new(call->arena, 4), call};
        bk_str day;
        if (!p.m) return bk_arena_fail(call->arena, call->err);
        BK_TRY(day_of(call, row.created, &day));
        BK_TRY(put(&p, "version", bk_string(row.version)));
        BK_TRY(put(&p, "appVersion", bk_string(row.app_version)));
        BK_TRY(put(&p, "created", bk_string(day)));
        BK_TRY(put(&p, "deprecated", bk_bool(row.deprecated)));
        bk_items_add(&list, bk_map_value(p.m));
    }
    BK_TRY(bk_items_list(&list, BK_T_LIST, &all, call->err));
    return bk_call_emit_value(call, BK_TAG_RESULT, all);
}

/* ---- the call ---- */

bk_status bk_call_index(bk_call_state *call) {
    static const struct {
        const char *name;
        bk_status (*run)(bk_call_state *call);
    } tasks[] = {{"parse", parse},
                 {"pick", pick},
                 {"owner", owner},
                 {"url", url},
                 {"names", names},
                 {"versions", versions},
                 {"search", bk_index_search},
                 {"entry", bk_index_entry},
                 {"write", bk_index_write},
                 {"archive", bk_index_archive},
                 {"files", bk_index_files}};
    bk_str task = bk_map_str(call->options, "task", BK_S(""));
    for (size_t i = 0; i < BK_COUNT(tasks); i++)
        if (bk_str_eq(task, bk_str_c(tasks[i].name))) return tasks[i].run(call);
    return bk_err_set(call->err, BK_ERR, "malformed request: unknown task");
}
