// links: host
/* Provenance files: a signature out of its armour, and the text behind it. The signature itself is the library's business, in a program of its own. */
#include "../src/trust/program/armour.c"
#include "action/provenance.h"
#include "data/yaml.h"
#include "fuzz.h"
#include "value/map.h"

static bk_status read_yaml(bk_arena *arena, bk_str text, bk_value *ret, bk_err *err) {
    return bk_yaml_decode(arena, text, 0, BK_T_NIL, ret, err);
}

FUZZ(text) {
    bk_str head, bytes, hash;
    if (bk_trust_dearmour(arena, text, &head, &bytes)) {
        FUZZ_CHECK(bytes.n && head.n < text.n && bytes.n < text.n);
    }
    if (bk_provenance_hash(arena, text, BK_S("web-1.0.0.tgz"), read_yaml, &hash, err) == BK_OK)
        FUZZ_CHECK(bk_str_contains(text, BK_S("\n...\n")));
}
