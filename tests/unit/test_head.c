/* Heads of manifests: plain ones are read at a glance, in the way of the reader for all others. */
#include "data/yaml.h"
#include "engine/manifest.h"
#include "test.h"
#include "value/map.h"

static bool same(const bk_manifest_head *a, const bk_manifest_head *b) {
    return bk_str_eq(a->api_version, b->api_version) && bk_str_eq(a->kind, b->kind) && bk_str_eq(a->name, b->name) &&
           bk_map_len(a->annotations) == bk_map_len(b->annotations);
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
        "spec:\n  name: z\n",
        "spec:\n- a: b\n",
        "name: top\n",
        "    more\n",
        "  name: 'a\n    b'\n",
    };
    uint32_t seed = 1;
    for (int round = 0; round < 6000; round++) {
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
    bk_arena_release(&arena);
}

TEST_MAIN()
