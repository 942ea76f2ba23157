/* plugin.yaml: strict and lenient agree but for what lenient lets pass. */
#include "engine/call_plugin.h"
#include "fuzz.h"

FUZZ(text) {
    bk_map *strict = NULL, *lenient = NULL;
    bk_err other = BK_ERR_INIT;
    if (text.n > BK_PLUGIN_YAML_MAX) return;
    bk_status s = bk_plugin_yaml_read(arena, text, false, &strict, err);
    bk_status l = bk_plugin_yaml_read(arena, text, true, &lenient, &other);
    FUZZ_CHECK(s != BK_OK || l == BK_OK);
    FUZZ_CHECK(s != BK_OK || bk_map_len(strict) == bk_map_len(lenient));
    bk_err_release(&other);
}
