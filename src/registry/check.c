#include "registry/check.h"

#include "registry/engine.h"
#include "registry/files.h"

#define HEAD_BYTES ((size_t)256 << 10)
#define BATCH_BYTES ((size_t)8 << 20)

enum { BATCH = 64 };

/* Some archives that go into one compartment. */
typedef struct batch {
    bk_arena *arena;
    bk_archive_check *items[BATCH];
    bk_str bytes[BATCH];
    bool whole[BATCH];
    size_t count;
} batch;

static bk_status wishes_of(const batch *b, bk_map *options, bk_err *err) {
    bk_items list;
    bk_value all;
    bk_items_init(&list, b->arena);
    for (size_t i = 0; i < b->count; i++) {
        bk_map *m = bk_map_new(b->arena, 3);
        bool ok = m && bk_map_set(m, BK_S("name"), bk_string(b->items[i]->name)) &&
                  bk_map_set(m, BK_S("version"), bk_string(b->items[i]->version)) && bk_map_set(m, BK_S("whole"), bk_bool(b->whole[i]));
        if (!ok) return bk_arena_fail(b->arena, err);
        bk_items_add(&list, bk_map_value(m));
    }
    BK_TRY(bk_items_list(&list, BK_T_LIST, &all, err));
    return bk_map_set(options, BK_S("wishes"), all) ? BK_OK : bk_arena_fail(b->arena, err);
}

static bk_status ask(const batch *b, bk_value *ret, bk_err *err) {
    bk_sandbox_answer answer;
    bk_map *options = bk_map_new(b->arena, 2);
    if (!options) return bk_arena_fail(b->arena, err);
    BK_TRY(wishes_of(b, options, err));
    BK_TRY(bk_registry_index_call(b->arena, "archive", options, b->bytes, b->count, &answer, err));
    if (answer.result.kind != BK_LIST || answer.result.len != b->count)
        return bk_err_set(err, BK_ERR_TRAP, "repository compartment stopped: it gave no answer");
    *ret = answer.result;
    return BK_OK;
}

static bk_status judge(const bk_archive_check *c, bk_map *answer, bk_err *err) {
    bk_str flaw = bk_map_str(answer, "error", BK_S(""));
    if (flaw.n) return bk_err_set_str(err, BK_ERR, flaw);
    if (bk_map_bool(answer, "same", false)) return BK_OK;
    return bk_err_set(err, BK_ERR, "the archive holds chart %.*s %.*s, and %.*s %.*s was asked for",
                      BK_FMT(bk_map_str(answer, "name", BK_S("?"))), BK_FMT(bk_map_str(answer, "version", BK_S("?"))), BK_FMT(c->name),
                      BK_FMT(c->version));
}

static void run(const batch *b);

static void run_alone(const batch *b, size_t i, bool whole) {
    batch one = {.arena = b->arena, .items = {b->items[i]}, .bytes = {b->bytes[i]}, .whole = {whole}, .count = 1};
    bk_archive_check *c = b->items[i];
    bk_err_release(&c->err);
    if (whole && !b->whole[i]) c->status = bk_file_head(b->arena, c->path, BK_SANDBOX_OUTPUT, &one.bytes[0], &c->err);
    if (c->status == BK_OK) run(&one);
}

/* What the beginning does not tell is asked again of the whole file: once, since there is no more then. */
static void run(const batch *b) {
    bk_value answers = bk_nil();
    bk_err why = BK_ERR_INIT;
    bk_status s = ask(b, &answers, &why);
    for (size_t i = 0; i < b->count; i++) {
        bk_archive_check *c = b->items[i];
        if (s != BK_OK && b->count == 1) c->status = bk_err_set_str(&c->err, s, bk_err_message(&why));
        else if (s != BK_OK) run_alone(b, i, b->whole[i]);
        else if (answers.items[i].kind != BK_MAP)
            c->status = bk_err_set(&c->err, BK_ERR_TRAP, "repository compartment stopped: it gave no answer");
        else if (!b->whole[i] && bk_map_bool(answers.items[i].map, "more", false)) run_alone(b, i, true);
        else c->status = judge(c, answers.items[i].map, &c->err);
    }
    bk_err_release(&why);
}

void bk_archive_check_all(bk_arena *arena, bk_archive_check *items, size_t count) {
    for (size_t next = 0; next < count;) {
        batch b = {.arena = arena};
        for (size_t bytes = 0; next < count && b.count < BATCH && bytes < BATCH_BYTES; next++) {
            bk_archive_check *c = &items[next];
            if (c->status != BK_OK) continue;
            c->status = bk_file_head(arena, c->path, HEAD_BYTES, &b.bytes[b.count], &c->err);
            if (c->status != BK_OK) continue;
            b.items[b.count] = c;
            b.whole[b.count] = b.bytes[b.count].n < HEAD_BYTES;
            bytes += b.bytes[b.count++].n;
        }
        if (b.count) run(&b);
    }
}

bk_status bk_archive_check_one(bk_arena *arena, bk_str path, bk_str name, bk_str version, bk_err *err) {
    bk_archive_check c = {.path = path, .name = name, .version = version, .err = BK_ERR_INIT};
    bk_archive_check_all(arena, &c, 1);
    if (c.status != BK_OK) bk_err_move(err, &c.err);
    return c.status;
}
