#include "engine/subjects.h"

#include "base/limits.h"
#include "value/codec.h"

typedef struct state {
    bk_call_state *call;
    bk_arena *arena;
    bk_subjects *t;
} state;

static bk_status nomem(state *s) { return bk_arena_fail(s->arena, s->call->err); }

static bk_status add(state *s, const bk_chart *chart, bk_str path, uint32_t parent, uint32_t *ret) {
    bk_value *known = bk_map_get(s->t->numbers, path);
    if (known) { /* two sub-charts of one name: one subject */
        *ret = (uint32_t)known->i;
        return BK_OK;
    }
    if (s->t->count >= BK_LIMIT_CHARTS) return bk_err_limit(s->call->err, "charts in one release", BK_LIMIT_CHARTS);
    if (s->t->count == s->t->cap) {
        uint32_t cap = s->t->cap ? s->t->cap * 2 : 8;
        s->t->charts = bk_arena_grow(s->arena, s->t->charts, s->t->cap * sizeof *s->t->charts, cap * sizeof *s->t->charts);
        s->t->chart_of = bk_arena_grow(s->arena, (void *)s->t->chart_of, s->t->cap * sizeof *s->t->chart_of, cap * sizeof *s->t->chart_of);
        if (!s->t->charts || !s->t->chart_of) return nomem(s);
        s->t->cap = cap;
    }
    *ret = s->t->count++;
    s->t->charts[*ret] = (bk_tmpl_chart){.parent = parent};
    s->t->chart_of[*ret] = chart;
    return bk_map_set(s->t->numbers, path, bk_int(*ret)) ? BK_OK : nomem(s);
}

/* Sub-charts that put values into this chart by import-values: text of theirs may end in a tpl of this chart. */
static bk_status find_feeders(state *s, uint32_t number, bk_str path) {
    const bk_metadata *meta = s->t->chart_of[number]->meta;
    uint32_t *feeders = meta && meta->dependencies.n ? BK_NEW_ARRAY(s->arena, uint32_t, meta->dependencies.n) : NULL;
    if (!feeders) return meta && meta->dependencies.n ? nomem(s) : BK_OK;
    for (size_t i = 0; i < meta->dependencies.n; i++) {
        const bk_dependency *d = bk_metadata_dependency(meta, i);
        bk_str sub;
        if (!d || d->import_values.len == 0) continue;
        bk_str name = d->alias.n ? d->alias : d->name;
        if (!bk_arena_printf(s->arena, &sub, "%.*s/charts/%.*s", BK_FMT(path), BK_FMT(name))) return nomem(s);
        bk_value *v = bk_map_get(s->t->numbers, sub);
        if (v) feeders[s->t->charts[number].feeder_count++] = (uint32_t)v->i;
    }
    s->t->charts[number].feeders = feeders;
    return BK_OK;
}

static bk_status put_chart(state *s, bk_buf *frame, uint32_t number, bk_str path) {
    const bk_metadata *meta = s->t->chart_of[number]->meta;
    bk_map *m = bk_map_new(s->arena, 4);
    bool ok = m && bk_map_set(m, BK_S("path"), bk_string(path)) && bk_map_set(m, BK_S("name"), bk_string(meta->name)) &&
              bk_map_set(m, BK_S("version"), bk_string(meta->version)) && bk_map_set(m, BK_S("appVersion"), bk_string(meta->app_version));
    if (!ok) return nomem(s);
    size_t section = bk_section_begin(frame, BK_TAG_CHART);
    BK_TRY(bk_codec_encode(frame, bk_map_value(m), s->call->err));
    bk_section_end(frame, section);
    return BK_OK;
}

/* Tells the host who is who, once, before the first template runs. */
static bk_status seal(state *s) {
    bk_str *paths = BK_NEW_ARRAY(s->arena, bk_str, s->t->count);
    bk_buf frame;
    bk_str nothing;
    if (!paths) return nomem(s);
    for (size_t i = 0; i < bk_map_len(s->t->numbers); i++) paths[bk_map_at(s->t->numbers, i)->value.i] = bk_map_at(s->t->numbers, i)->key;
    bk_buf_init(&frame, s->arena, 0);
    size_t begin = bk_frame_begin(&frame);
    for (uint32_t i = 0; i < s->t->count; i++) {
        BK_TRY(find_feeders(s, i, paths[i]));
        BK_TRY(put_chart(s, &frame, i, paths[i]));
    }
    bk_frame_end(&frame, begin);
    BK_TRY(bk_buf_check(&frame, s->call->err));
    return s->call->effects->ask(s->call->effects->self, BK_FX_CHARTS, bk_buf_take(&frame), s->arena, &nothing, s->call->err);
}

static bk_status walk(state *s, const bk_chart *chart, uint32_t parent, unsigned budget) {
    bk_str path;
    uint32_t number;
    if (budget == 0) return bk_err_limit(s->call->err, "nesting of sub-charts", BK_LIMIT_DEPTH);
    BK_TRY(bk_chart_full_path(s->arena, chart, &path, s->call->err));
    BK_TRY(add(s, chart, path, parent, &number));
    for (size_t i = 0; i < chart->deps.n; i++) BK_TRY(walk(s, chart->deps.p[i], number, budget - 1));
    return BK_OK;
}

bk_status bk_subjects_seal(bk_call_state *call, const bk_chart *root, bk_subjects *ret) {
    *ret = (bk_subjects){.numbers = bk_map_new(call->arena, 8)};
    state s = {.call = call, .arena = call->arena, .t = ret};
    if (!ret->numbers) return nomem(&s);
    BK_TRY(walk(&s, root, BK_NO_CHART, BK_LIMIT_DEPTH));
    return seal(&s);
}

uint32_t bk_subjects_number(const bk_subjects *subjects, bk_str path) {
    const bk_value *v = bk_map_get(subjects->numbers, path);
    return v ? (uint32_t)v->i : 0;
}
