/* To whom objects belong: the release's marks, put on and asked for. */
#include "kube/build.h"
#include "kube/objects.h"
#include "kube/together.h"
#include "value/gofmt.h"

/* ---- putting the marks on ---- */

/* The texts of a map of texts as Kubernetes' library takes them: null is the empty text; a map that holds anything else counts as absent. */
static bk_status texts_of(bk_arena *arena, bk_map *metadata, const char *key, bk_map **ret, bk_err *err) {
    bk_value *v = bk_map_get(metadata, bk_str_c(key));
    bk_map *from = v && v->kind == BK_MAP ? v->map : NULL, *to = bk_map_new(arena, bk_map_len(from) + 2);
    if (!to) return bk_arena_fail(arena, err);
    *ret = to;
    for (size_t i = 0; i < bk_map_len(from); i++) {
        const bk_map_entry *e = bk_map_at(from, i);
        if (bk_is_nil(e->value) || bk_is_string(e->value)) continue;
        return BK_OK;
    }
    for (size_t i = 0; i < bk_map_len(from); i++) {
        const bk_map_entry *e = bk_map_at(from, i);
        if (!bk_map_set(to, e->key, bk_is_nil(e->value) ? bk_string(BK_S("")) : e->value)) return bk_arena_fail(arena, err);
    }
    return BK_OK;
}

static bk_status mark(bk_arena *arena, bk_kube_object *o, bk_str release, bk_str namespace_, bk_err *err) {
    bk_value *v = bk_map_get(o->json, BK_S("metadata"));
    bk_map *metadata = v && v->kind == BK_MAP ? v->map : NULL, *labels, *annotations;
    if (!metadata) {
        metadata = bk_map_new(arena, 4);
        if (!metadata || !bk_map_set(o->json, BK_S("metadata"), bk_map_value(metadata))) return bk_arena_fail(arena, err);
    }
    BK_TRY(texts_of(arena, metadata, "labels", &labels, err));
    BK_TRY(texts_of(arena, metadata, "annotations", &annotations, err));
    bool ok = bk_map_set(labels, BK_S(BK_KUBE_MANAGED_BY), bk_string(BK_S("Helm"))) &&
              bk_map_set(annotations, BK_S(BK_KUBE_RELEASE_NAME), bk_string(release)) &&
              bk_map_set(annotations, BK_S(BK_KUBE_RELEASE_NAMESPACE), bk_string(namespace_)) &&
              bk_map_set(metadata, BK_S("labels"), bk_map_value(labels)) &&
              bk_map_set(metadata, BK_S("annotations"), bk_map_value(annotations));
    return ok ? BK_OK : bk_arena_fail(arena, err);
}

bk_status bk_kube_own(bk_arena *arena, bk_kube_objects *objects, bk_str release, bk_str namespace_, bk_err *err) {
    for (size_t i = 0; i < objects->count; i++) BK_TRY(mark(arena, &objects->items[i], release, namespace_, err));
    return BK_OK;
}

/* ---- asking for them ---- */

typedef struct demand {
    const char *what, *of, *key; /* "label", in "labels" */
    bk_str must;
} demand;

static void complain(bk_buf *out, const demand *d, bool there, bk_str value) {
    bk_buf_printf(out, "%s%s validation error: ", out->n ? "; " : "invalid ownership metadata; ", d->what);
    bk_buf_c(out, there ? "key " : "missing key ");
    bk_fmt_quote(out, bk_str_c(d->key));
    bk_buf_c(out, there ? " must equal " : ": must be set to ");
    bk_fmt_quote(out, d->must);
    if (!there) return;
    bk_buf_c(out, ": current value is ");
    bk_fmt_quote(out, value);
}

bk_status bk_kube_check_owner(bk_arena *arena, bk_map *live, bk_str release, bk_str namespace_, bk_err *err) {
    const demand demands[] = {{"label", "labels", BK_KUBE_MANAGED_BY, BK_S("Helm")},
                              {"annotation", "annotations", BK_KUBE_RELEASE_NAME, release},
                              {"annotation", "annotations", BK_KUBE_RELEASE_NAMESPACE, namespace_}};
    bk_value *m = bk_map_get(live, BK_S("metadata"));
    bk_buf out;
    bk_buf_init(&out, arena, 0);
    for (size_t i = 0; i < BK_COUNT(demands); i++) {
        bk_value *texts = m && m->kind == BK_MAP ? bk_map_get(m->map, bk_str_c(demands[i].of)) : NULL;
        bk_value *v = texts && texts->kind == BK_MAP ? bk_map_get(texts->map, bk_str_c(demands[i].key)) : NULL;
        bool there = v && bk_is_string(*v);
        if (!there || !bk_str_eq(bk_value_str(*v), demands[i].must))
            complain(&out, &demands[i], there, there ? bk_value_str(*v) : BK_S(""));
    }
    BK_TRY(bk_buf_check(&out, err));
    return out.n ? bk_err_set_str(err, BK_ERR, bk_buf_view(&out)) : BK_OK;
}

static bool has_generate_name(const bk_kube_object *o) {
    bk_value *m = bk_map_get(o->json, BK_S("metadata"));
    return m && m->kind == BK_MAP && bk_map_str(m->map, "generateName", BK_S("")).n > 0;
}

bk_status bk_kube_judge(bk_arena *arena, const bk_kube_objects *objects, bk_str release, bk_str namespace_, bk_kube_claim claim,
                        bk_kube_objects *ret, bk_err *err) {
    *ret = (bk_kube_objects){0};
    for (size_t i = 0; i < objects->count; i++) {
        const bk_kube_object *o = &objects->items[i];
        if (o->name.n && has_generate_name(o)) return bk_err_set(err, BK_ERR, "metadata.name and metadata.generateName cannot both be set");
        if (!o->name.n && !has_generate_name(o)) {
            bk_str words;
            BK_TRY(bk_kube_object_words(arena, o, &words, err));
            return bk_err_set(err, BK_ERR, "could not get information about the resource %.*s: resource name may not be empty",
                              BK_FMT(words));
        }
        if (!o->live) continue;
        if (claim == BK_KUBE_MUST_OWN && bk_kube_check_owner(arena, o->live, release, namespace_, err) != BK_OK) {
            bk_str words;
            bk_err why = BK_ERR_INIT;
            bk_err_move(&why, err);
            bk_status s = bk_kube_object_words(arena, o, &words, err);
            if (s == BK_OK) {
                s = bk_err_wrap(&why, "%.*s exists and cannot be imported into the current release", BK_FMT(words));
                bk_err_move(err, &why);
            }
            bk_err_release(&why);
            return s;
        }
        BK_TRY(bk_kube_objects_add(arena, ret, o, err));
    }
    return BK_OK;
}

/* ---- reading ---- */

static bk_status unread(bk_arena *arena, const bk_kube_object *o, bk_err *why, bk_err *err) {
    bk_str words;
    bk_status s = bk_kube_object_words(arena, o, &words, err);
    if (s == BK_OK) {
        s = bk_err_wrap(why, "could not get information about the resource %.*s", BK_FMT(words));
        bk_err_move(err, why);
    }
    return s;
}

bk_status bk_kube_read(bk_kube *kube, bk_arena *arena, bk_kube_objects *objects, bk_err *err) {
    bk_kube_together t;
    BK_TRY(bk_kube_together_open(&t, kube, arena, objects, err));
    bk_status s = bk_kube_together_read(&t, BK_KUBE_READ_MARKS, err);
    for (size_t i = 0; i < t.count && s == BK_OK; i++)
        if (t.jobs[i].err.code != BK_OK) s = unread(arena, t.jobs[i].object, &t.jobs[i].err, err);
    bk_kube_together_close(&t);
    return s;
}

bk_status bk_kube_sort_owned(bk_kube *kube, bk_arena *arena, bk_kube_objects *objects, bk_str release, bk_str namespace_,
                             bk_kube_sorted *ret, bk_err *err) {
    bk_kube_together t;
    bk_items reasons;
    bk_str text;
    *ret = (bk_kube_sorted){.reasons = bk_nil()};
    bk_items_init(&reasons, arena);
    BK_TRY(bk_kube_together_open(&t, kube, arena, objects, err));
    bk_status s = bk_kube_together_read(&t, BK_KUBE_READ_MARKS, err);
    for (size_t i = 0; i < t.count && s == BK_OK; i++) {
        bk_kube_object *o = t.jobs[i].object;
        bk_err foreign = BK_ERR_INIT;
        if (!o->name.n && t.jobs[i].err.code == BK_OK) bk_err_set(&t.jobs[i].err, BK_ERR, "resource name may not be empty");
        if (t.jobs[i].err.code != BK_OK) {
            s = bk_kube_objects_add(arena, &ret->failed, o, err);
            if (s == BK_OK && !bk_arena_dup(arena, bk_err_message(&t.jobs[i].err), &text)) s = bk_arena_fail(arena, err);
            if (s == BK_OK) bk_items_add(&reasons, bk_string(text));
        } else if (o->live) {
            bool ours = bk_kube_check_owner(arena, o->live, release, namespace_, &foreign) == BK_OK;
            s = bk_kube_objects_add(arena, ours ? &ret->owned : &ret->foreign, o, err);
        }
        bk_err_release(&foreign);
    }
    bk_kube_together_close(&t);
    return s == BK_OK ? bk_items_list(&reasons, BK_T_LIST, &ret->reasons, err) : s;
}
