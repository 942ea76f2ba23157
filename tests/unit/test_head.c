/* Heads of manifests: plain ones are read at a glance, in the way of the reader for all others. */
#include "data/yaml.h"
#include "engine/manifest.h"
#include "test.h"
#include "value/map.h"

static bool same_annotations(bk_map *a, bk_map *b) {
    for (size_t i = 0; i < bk_map_len(a); i++) {
        const bk_value *v = bk_map_get(b, bk_map_at(a, i)->key);
        if (!v || !bk_str_eq(bk_value_str(*v), bk_value_str(bk_map_at(a, i)->value))) return false;
    }
    return bk_map_len(a) == bk_map_len(b);
}

static bool same(const bk_manifest_head *a, const bk_manifest_head *b) {
    return bk_str_eq(a->api_version, b->api_version) && bk_str_eq(a->kind, b->kind) && bk_str_eq(a->name, b->name) &&
           same_annotations(a->annotations, b->annotations);
}

/* Behind a mark of a document's start everything goes to the reader. */
static void check(bk_str text) {
    bk_arena arena;
    bk_err err = BK_ERR_INIT, other = BK_ERR_INIT;
    bk_manifest_head plain, read;
    bk_str marked;
    bk_arena_init(&arena, 0);
    if (!bk_arena_cat(&arena, BK_S("---\n"), text, &marked)) return;
    bk_status status = bk_manifest_head_read(&arena, text, &plain, &err);
    CHECK(bk_manifest_head_read(&arena, marked, &read, &other) == status);
    CHECK(status != BK_OK || same(&plain, &read));
    if (status == BK_OK && !same(&plain, &read)) printf("%.*s\n", BK_FMT(text));
    if (status != BK_OK && bk_str_starts(bk_err_message(&err), BK_S("error unmarshaling")))
        CHECK(bk_str_eq(bk_err_message(&err), bk_err_message(&other)));
    bk_err_release(&err);
    bk_err_release(&other);
    bk_arena_release(&arena);
}

TEST(reads_plain_heads_as_all_others) {
    static const char *const pieces[] = {
        "apiVersion: v1\n",
        "apiVersion: apps/v1\n",
        "kind: ConfigMap\n",
        "kind: \"Secret\"\n",
        "kind: 'x'\n",
        "kind: 1e3\n",
        "kind: true\n",
        "kind: No\n",
        "kind: ~\n",
        "kind:\n",
        "kind: \n",
        "kind: a b\n",
        "kind: x # why\n",
        "kind: 0x1F\n",
        "kind: .inf\n",
        "kind: 2001-01-01\n",
        "kind: \"\"\n",
        "kind: nginx\n",
        "Kind: Other\n",
        "metadata:\n",
        "metadata: {}\n",
        "metadata:\n- a\n",
        "# c\n",
        "\n",
        "  name: web\n",
        "  name: \"web\"\n",
        "  name: on\n",
        "  name: 12\n",
        "  name:\n",
        "   name: deep\n",
        "  name: a\n    b\n",
        "  labels:\n    a: b\n",
        "  Name: x\n",
        "    name: x\n",
        "  x: |\n    y\n",
        "  annotations:\n    a: b\n",
        "  annotations:\n    helm.sh/hook: pre-install,post-upgrade\n    \"helm.sh/hook-weight\": \"-5\"\n",
        "  annotations:\n",
        "    a: c\n",
        "    'q': 'x,y'\n",
        "    b: true\n",
        "    no: x\n",
        "    c: x # why\n",
        "    d:\n",
        "    e: 5\n",
        "    f: x\n      y\n",
        "    g: |\n      y\n",
        "    \"h\" : x\n",
        "    i:j\n",
        "    k: \"\"\n",
        "    \"l\":m\n",
        "    n: ,\n",
        "spec:\n  name: z\n",
        "spec:\n- a: b\n",
        "name: top\n",
        "    more\n",
        "  name: 'a\n    b'\n",
    };
    uint32_t seed = 1;
    for (int round = 0; round < 20000; round++) {
        char text[400] = "";
        size_t n = 0;
        seed = seed * 1664525u + 1013904223u;
        for (unsigned lines = 1 + (seed >> 28) % 7; lines; lines--) {
            seed = seed * 1664525u + 1013904223u;
            const char *piece = pieces[(seed >> 16) % BK_COUNT(pieces)];
            memcpy(text + n, piece, strlen(piece));
            n += strlen(piece);
        }
        check(bk_str_of(text, n - (seed >> 31))); /* with and without the last line's end */
    }
}

TEST(keeps_what_a_plain_head_says) {
    bk_arena arena;
    bk_err err = BK_ERR_INIT;
    bk_manifest_head head;
    bk_arena_init(&arena, 0);
    bk_str text =
        BK_S("# Source: x\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  labels:\n    a: b\n  name: web-1\nspec:\n  name: other\n");
    CHECK_OK(bk_manifest_head_read(&arena, text, &head, &err), &err);
    CHECK_STR(head.api_version, "apps/v1");
    CHECK_STR(head.kind, "Deployment");
    CHECK_STR(head.name, "web-1");
    CHECK(!head.annotations);
    text = BK_S("kind: Job\nmetadata:\n  annotations:\n    \"helm.sh/hook\": a,B\n    x/y: 'z'\n  name: j\n");
    CHECK_OK(bk_manifest_head_read(&arena, text, &head, &err), &err);
    CHECK_STR(head.name, "j");
    CHECK(bk_map_len(head.annotations) == 2);
    CHECK_STR(bk_value_str(*bk_map_get(head.annotations, BK_S("helm.sh/hook"))), "a,B");
    CHECK_STR(bk_value_str(*bk_map_get(head.annotations, BK_S("x/y"))), "z");
    bk_arena_release(&arena);
}

TEST_MAIN()
