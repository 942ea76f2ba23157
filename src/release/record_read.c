/* What the compartment read of records, checked once more and put into place. */
#include "release/record_call.h"
#include "release/rows.h"

/* So much goes to one compartment at a time. The beginning of a record is enough for most summaries: 16 characters are 12 within the wrapping, and 9 bytes. */
enum { BATCH = 256, BATCH_ROWS = 4096, BATCH_BYTES = 8 << 20, BEGINNING = 16 * 160 };

static bk_status not_that(bk_err *err) {
    return bk_err_set(err, BK_ERR_TRAP, "release record compartment stopped: an answer of another shape");
}

static int64_t number(bk_map *m, const char *key) {
    const bk_value *v = bk_map_get(m, bk_str_c(key));
    return v && v->kind == BK_INT ? v->i : 0;
}

static bk_value map_at(bk_map *m, const char *key) {
    const bk_value *v = bk_map_get(m, bk_str_c(key));
    return v && v->kind == BK_MAP ? *v : bk_nil();
}

static bk_release_time time_at(bk_map *m, const char *key) {
    bk_map *t = map_at(m, key).map;
    if (map_at(m, key).kind != BK_MAP) return (bk_release_time){0};
    return (bk_release_time){.text = bk_map_str(t, "text", BK_S("")),
                             .ansic = bk_map_str(t, "ansic", BK_S("")),
                             .shown = bk_map_str(t, "shown", BK_S("")),
                             .sec = number(t, "sec"),
                             .nsec = (int32_t)number(t, "nsec")};
}

static bk_status hook_of(bk_arena *arena, bk_value v, bk_hook *ret, bk_err *err) {
    if (v.kind != BK_MAP) return not_that(err);
    *ret = (bk_hook){.name = bk_map_str(v.map, "name", BK_S("")),
                     .kind = bk_map_str(v.map, "kind", BK_S("")),
                     .path = bk_map_str(v.map, "path", BK_S("")),
                     .manifest = bk_map_str(v.map, "manifest", BK_S("")),
                     .weight = number(v.map, "weight"),
                     .started = time_at(v.map, "started"),
                     .completed = time_at(v.map, "completed"),
                     .phase = bk_map_str(v.map, "phase", BK_S(""))};
    BK_TRY(bk_words_of(arena, v.map, "events", &ret->events, err));
    BK_TRY(bk_words_of(arena, v.map, "deletePolicies", &ret->delete_policies, err));
    return bk_words_of(arena, v.map, "outputLogPolicies", &ret->output_log_policies, err);
}

static bk_status hooks_of(bk_arena *arena, bk_map *m, bk_release *r, bk_err *err) {
    const bk_value *v = bk_map_get(m, BK_S("hooks"));
    uint32_t n = v && v->kind == BK_LIST ? v->len : 0;
    r->hooks = BK_NEW_ARRAY(arena, bk_hook, n + 1);
    r->hook_count = n;
    if (!r->hooks) return bk_arena_fail(arena, err);
    for (uint32_t i = 0; i < n; i++) BK_TRY(hook_of(arena, v->items[i], &r->hooks[i], err));
    return BK_OK;
}

/* Adds what the record says to what is known of the release already. */
static bk_status release_of(bk_arena *arena, bk_map *m, bool summary, bk_release *r, bk_err *err) {
    r->name = bk_map_str(m, "name", BK_S(""));
    r->status = bk_map_str(m, "status", BK_S(""));
    r->description = bk_map_str(m, "description", BK_S(""));
    r->notes = bk_map_str(m, "notes", BK_S(""));
    r->first_deployed = time_at(m, "first");
    r->last_deployed = time_at(m, "last");
    r->deleted = time_at(m, "deleted");
    r->rollback_revision = number(m, "rollback");
    r->metadata = map_at(m, "metadata");
    r->config = map_at(m, "config");
    r->computed = map_at(m, "computed");
    if (summary) return BK_OK;
    r->chart = bk_map_str(m, "chart", BK_S(""));
    r->manifest = bk_map_str(m, "manifest", BK_S(""));
    r->version = number(m, "version");
    r->namespace_ = bk_map_str(m, "namespace", BK_S(""));
    r->apply_method = bk_map_str(m, "applyMethod", BK_S(""));
    return hooks_of(arena, m, r, err);
}

static bk_status options_of(bk_arena *arena, const bk_record_options *o, bk_map **ret, bk_err *err) {
    bk_map *m = *ret = bk_map_new(arena, 8);
    bool ok = m != NULL;
    if (ok && o) {
        ok = bk_map_set(m, BK_S("summary"), bk_bool((o->flags & BK_RECORD_SUMMARY) != 0)) &&
             bk_map_set(m, BK_S("computed"), bk_bool((o->flags & BK_RECORD_COMPUTED) != 0)) &&
             bk_map_set(m, BK_S("filter"), bk_string(o->filter)) && bk_map_set(m, BK_S("timeFormat"), bk_string(o->time_format));
    }
    return ok ? BK_OK : bk_arena_fail(arena, err);
}

/* What the compartment said of one record. */
static bk_status take(bk_arena *arena, const bk_record_options *o, bk_value v, bk_record *record, bk_release *release, bk_err *err) {
    record->unread = v.kind == BK_STRING;
    record->filtered = v.kind == BK_NIL;
    if (record->unread) record->why = bk_value_str(v);
    if (record->unread || record->filtered) return BK_OK;
    if (v.kind != BK_MAP) return not_that(err);
    return release_of(arena, v.map, o && (o->flags & BK_RECORD_SUMMARY), release, err);
}

/* `cut`: no more than their beginnings. */
static bk_status read_batch(bk_arena *arena, const bk_record_options *o, bool cut, bk_record *records, bk_release *releases, size_t count,
                            bk_err *err) {
    bk_map *options;
    bk_items texts;
    bk_value list, answer;
    bk_items_init(&texts, arena);
    for (size_t i = 0; i < count; i++) {
        const bk_record *r = &records[i];
        bk_items_add(&texts, r->row.kind == BK_LIST ? bk_list(r->row.items, BK_ROW_ASKED)
                                                    : bk_string(cut ? bk_str_sub(r->text, 0, BEGINNING) : r->text));
    }
    BK_TRY(options_of(arena, o, &options, err));
    BK_TRY(bk_items_list(&texts, BK_T_LIST, &list, err));
    if (!bk_map_set(options, BK_S("records"), list) || !bk_map_set(options, BK_S("wrapped"), bk_bool(records[0].wrapped)) ||
        !bk_map_set(options, BK_S("cut"), bk_bool(cut)))
        return bk_arena_fail(arena, err);
    BK_TRY(bk_release_call(arena, BK_CALL_RECORDS, options, o, &answer, err));
    if (answer.kind != BK_LIST || answer.len != count) return not_that(err);
    for (size_t i = 0; i < count; i++) BK_TRY(take(arena, o, answer.items[i], &records[i], &releases[i], err));
    return BK_OK;
}

/* Batches of records: how many, and how much of them. */
static bk_status read_batches(bk_arena *arena, const bk_record_options *o, bool cut, bk_record *records, bk_release *releases, size_t count,
                              bk_err *err) {
    for (size_t at = 0; at < count;) {
        size_t n = 0, bytes = 0, most = records[at].row.kind == BK_LIST ? BATCH_ROWS : BATCH;
        if (bk_row_tells(records[at].row, o)) {
            BK_TRY(bk_row_read(arena, records[at].row, &releases[at], err));
            at++;
            continue;
        }
        while (at + n < count && n < most && !bk_row_tells(records[at + n].row, o) &&
               (cut || n == 0 || bytes + records[at + n].text.n <= BATCH_BYTES) && records[at + n].wrapped == records[at].wrapped &&
               records[at + n].row.kind == records[at].row.kind)
            bytes += records[at + n++].text.n;
        BK_TRY(read_batch(arena, o, cut, records + at, releases + at, n, err));
        at += n;
    }
    return BK_OK;
}

bk_status bk_records_read(bk_arena *arena, const bk_record_options *options, bk_record *records, bk_release *releases, size_t count,
                          bk_err *err) {
    /* A filter that is none is an error whether there is anything to filter or not. */
    bk_record nothing = {.text = BK_S("")};
    bk_release ignored = {0};
    bool summary = options && (options->flags & BK_RECORD_SUMMARY);
    if (!count) return options && options->filter.n ? read_batch(arena, options, false, &nothing, &ignored, 1, err) : BK_OK;
    BK_TRY(read_batches(arena, options, summary, records, releases, count, err));
    /* Those whose beginning was not enough, in rows as they stand. */
    for (size_t at = 0; summary && at < count;) {
        size_t n = 0;
        while (at + n < count && records[at + n].unread) n++;
        if (n) BK_TRY(read_batches(arena, options, false, records + at, releases + at, n, err));
        at += n + 1;
    }
    return BK_OK;
}

bk_status bk_records_read_yaml(bk_arena *arena, const bk_record_options *o, bk_str text, bk_releases *ret, bk_err *err) {
    bk_map *options;
    bk_value answer;
    BK_TRY(options_of(arena, o, &options, err));
    if (!bk_map_set(options, BK_S("yaml"), bk_string(text))) return bk_arena_fail(arena, err);
    BK_TRY(bk_release_call(arena, BK_CALL_RECORDS, options, o, &answer, err));
    if (answer.kind != BK_LIST) return not_that(err);
    *ret = (bk_releases){.p = BK_NEW_ARRAY(arena, bk_release, answer.len + 1), .n = answer.len, .cap = answer.len + 1};
    if (!ret->p) return bk_arena_fail(arena, err);
    for (uint32_t i = 0; i < answer.len; i++) {
        if (answer.items[i].kind != BK_MAP) return not_that(err);
        BK_TRY(release_of(arena, answer.items[i].map, false, &ret->p[i], err));
    }
    return BK_OK;
}
