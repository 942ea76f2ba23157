#include "action/namespace.h"

#include <stdlib.h>

#include "action/inputs.h"
#include "action/render.h"
#include "value/map.h"

/* The entry of a list whose `name` is this: {name, <key>: {…}}. */
static bk_map *named(bk_map *config, const char *list, bk_str name, const char *key) {
    bk_value *v = bk_map_get(config, bk_str_c(list));
    for (uint32_t i = 0; v && v->kind == BK_LIST && i < v->len; i++) {
        bk_map *m = v->items[i].kind == BK_MAP ? v->items[i].map : NULL;
        if (!m || !bk_str_eq(bk_map_str(m, "name", BK_S("")), name)) continue;
        bk_value *inner = bk_map_get(m, bk_str_c(key));
        return inner && inner->kind == BK_MAP ? inner->map : NULL;
    }
    return NULL;
}

bk_map *bk_config_read(bk_arena *arena, bk_str path) {
    bk_inputs inputs;
    bk_err err = BK_ERR_INIT;
    bk_buf text;
    uint32_t number;
    bk_value args, config = bk_nil();
    bk_inputs_init(&inputs, arena);
    bk_buf_init(&text, arena, 0);
    bk_map *m = bk_map_new(arena, 1);
    bk_status s = bk_inputs_add(&inputs, path, false, &number, &err);
    if (s == BK_OK && m && bk_map_set(m, BK_S("input"), bk_int64(number))) {
        args = bk_map_value(m);
        s = bk_inputs_read(&inputs, args, &text, &err);
        if (s == BK_OK) s = bk_engine_yaml(arena, bk_buf_view(&text), &config, &err);
    }
    bk_inputs_release(&inputs);
    bk_err_release(&err);
    return s == BK_OK && config.kind == BK_MAP ? config.map : NULL;
}

bk_status bk_namespace(bk_arena *arena, bk_str given, bk_str context, bk_str kubeconfig, bk_str *ret, bk_err *err) {
    *ret = given.n ? given : BK_S("default");
    if (given.n) return BK_OK;
    bk_str paths = kubeconfig;
    if (!paths.n && !bk_arena_printf(arena, &paths, "%.*s/.kube/config", BK_FMT(bk_str_c(getenv("HOME")))))
        return bk_arena_fail(arena, err);
    /* Files are merged, the first that sets a thing wins: the current context, then the first context of that name. */
    bk_str current = context, path;
    for (int round = current.n ? 1 : 0; round < 2; round++) {
        for (bk_str rest = paths; rest.n;) {
            bk_str_cut(rest, BK_S(":"), &path, &rest);
            bk_map *config = path.n ? bk_config_read(arena, path) : NULL;
            if (!config) continue;
            if (round == 0 && !current.n) current = bk_map_str(config, "current-context", BK_S(""));
            bk_map *c = round == 1 ? named(config, "contexts", current, "context") : NULL;
            if (!c) continue;
            bk_str found = bk_map_str(c, "namespace", BK_S(""));
            if (found.n) *ret = found;
            return BK_OK;
        }
        if (!current.n) return BK_OK;
    }
    return BK_OK;
}
