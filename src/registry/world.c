#include "registry/world.h"

#include "value/map.h"

void bk_registry_log(const bk_registry_world *world, const char *level, const char *format, ...) {
    bk_err line = BK_ERR_INIT; /* for its formatting: bytes of any length */
    va_list args;
    if (!world->teller.log) return;
    va_start(args, format);
    bk_err_setv(&line, BK_ERR, format, args);
    va_end(args);
    world->teller.log(world->teller.self, level, bk_err_message(&line));
    bk_err_release(&line);
}

void bk_registry_tell(const bk_registry_world *world, bk_value logs) {
    for (uint32_t i = 0; world->teller.log && logs.kind == BK_LIST && i < logs.len; i++) {
        bk_map *m = logs.items[i].kind == BK_MAP ? logs.items[i].map : NULL;
        bk_str level = bk_map_str(m, "level", BK_S(""));
        if (m) world->teller.log(world->teller.self, bk_str_eq(level, BK_S("WARN")) ? "WARN" : "INFO", bk_map_str(m, "text", BK_S("")));
    }
}
