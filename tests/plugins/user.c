/* A plugin that calls a host function. */
#include "pdk.h"

USER(helm_log) extern u64 helm_log(u64 request);
USER(helm_render) extern void helm_render(u64 request);

EXPORT(helm_plugin_main) u32 helm_plugin_main(void) {
    say_block(helm_log(block_text("{\"message\":\"hello\"}")));
    return done();
}

EXPORT(renders) u32 renders(void) {
    helm_render(block_text("{}"));
    return 0;
}
