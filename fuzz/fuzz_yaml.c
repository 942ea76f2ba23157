/* YAML, read in each way; where there is a straight one, it leads to the same values as that by tokens. */
#include "data/yaml.h"
#include "fuzz.h"
#include "value/map.h"

static void check_flags(bk_arena *arena, bk_str text, unsigned flags) {
    bk_value straight = bk_nil(), tokens = bk_nil();
    bk_err first = BK_ERR_INIT, second = BK_ERR_INIT;
    bk_status a = bk_yaml_read(arena, text, flags, &straight, &first);
    bk_status b = bk_yaml_read(arena, text, flags | BK_YAML_TOKENS, &tokens, &second);
    if (a == BK_OK || a == BK_ERR) {
        FUZZ_CHECK(a == b);
        FUZZ_CHECK(bk_str_eq(bk_err_message(&first), bk_err_message(&second)));
        FUZZ_CHECK(bk_deep_equal(straight, tokens));
    }
    bk_err_release(&first);
    bk_err_release(&second);
}

FUZZ(text) {
    bk_value v = bk_nil();
    check_flags(arena, text, 0);
    check_flags(arena, text, BK_YAML_NUMBERS | BK_YAML_STRICT);
    (void)bk_yaml_decode(arena, text, BK_YAML_NUMBERS, BK_T_NIL, &v, err);
}
