#include "registry/world.h"

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
