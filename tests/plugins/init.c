/* A plugin whose initialisation can be seen. */
#include "pdk.h"

static u32 steps;

#ifdef INIT_LOOPS
EXPORT(_initialize) void _initialize(void) {
    for (;;) *(volatile u32 *)&steps += 1;
}
#elif defined(INIT_HASKELL)
EXPORT(_initialize) void _initialize(void) { steps = steps * 10 + 1; }
EXPORT(hs_init) void hs_init(u32 argc, u32 argv) { steps = steps * 10 + 2 + argc + argv; }
#elif defined(INIT_EXITS)
EXPORT(_initialize) void _initialize(void) { wasi_proc_exit(5); }
#else
EXPORT(_initialize) void _initialize(void) { steps = steps * 10 + 1; }
#endif

EXPORT(helm_plugin_main) u32 helm_plugin_main(void) {
    say_number(steps);
    return done();
}
