/* The vector server without a compartment: requests on standard input, answers on standard output, a line each. It also is the
 * effects' provider: entropy, clock and zones are the machine's, everything else is refused. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "value/codec.h"
#include "vector.h"

static bk_status read_file(const char *path, bk_arena *arena, bk_str *ret, bk_err *err) {
    bk_buf buf;
    char chunk[4096];
    FILE *f = fopen(path, "rb");
    if (!f) return bk_err_set(err, BK_ERR, "open %s: no such file", path);
    bk_buf_init(&buf, arena, 1u << 20);
    for (size_t n; (n = fread(chunk, 1, sizeof chunk, f)) > 0;) bk_buf_bytes(&buf, chunk, n);
    fclose(f);
    BK_TRY(bk_buf_check(&buf, err));
    *ret = bk_buf_take(&buf);
    return BK_OK;
}

static bk_status seed(bk_arena *arena, bk_value *ret, bk_err *err) {
    char *bytes = bk_arena_alloc(arena, 32);
    if (!bytes) return bk_arena_fail(arena, err);
    if (getrandom(bytes, 32, 0) != 32) return bk_err_set(err, BK_ERR_IO, "no entropy");
    *ret = bk_bytes(bk_str_of(bytes, 32));
    return BK_OK;
}

static bk_status now(bk_arena *arena, bk_value *ret, bk_err *err) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    bk_map *m = bk_map_new(arena, 3);
    if (!m || !bk_map_set(m, BK_S("unix"), bk_int64(t.tv_sec)) || !bk_map_set(m, BK_S("nsec"), bk_int64(t.tv_nsec)) ||
        !bk_map_set(m, BK_S("zone"), bk_string(BK_S("UTC"))))
        return bk_arena_fail(arena, err);
    *ret = bk_map_value(m);
    return BK_OK;
}

static bk_status zone(bk_arena *arena, bk_str name, bk_value *ret, bk_err *err) {
    bk_str path, bytes;
    for (size_t i = 0; i < name.n; i++)
        if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/", name.p[i]) || name.p[i] == 0)
            return bk_err_set(err, BK_ERR, "unknown time zone");
    if (!bk_arena_printf(arena, &path, "/usr/share/zoneinfo/%.*s", BK_FMT(name))) return bk_arena_fail(arena, err);
    BK_TRY(read_file(path.p, arena, &bytes, err));
    *ret = bk_bytes(bytes);
    return BK_OK;
}

/* The arguments in the request's frame. */
static bk_status arguments(bk_str frame, bk_arena *arena, bk_map **ret, bk_err *err) {
    bk_sections sections;
    uint32_t tag;
    bk_str bytes;
    bk_value v = bk_nil();
    BK_TRY(bk_frame_open(frame, &sections, err));
    for (;;) {
        BK_TRY(bk_sections_next(&sections, &tag, &bytes, err));
        if (!tag) break;
        if (tag == BK_TAG_ARGS) BK_TRY(bk_codec_decode(arena, bytes, &v, err));
    }
    *ret = v.kind == BK_MAP ? v.map : NULL;
    return BK_OK;
}

static bk_status ask(void *self, bk_effect op, bk_str request, bk_arena *arena, bk_str *ret, bk_err *err) {
    bk_map *args;
    bk_value answer;
    bk_buf out;
    (void)self;
    *ret = BK_S("");
    if (op == BK_FX_CHARTS) return BK_OK;
    BK_TRY(arguments(request, arena, &args, err));
    if (op == BK_FX_SEED) BK_TRY(seed(arena, &answer, err));
    else if (op == BK_FX_CLOCK) BK_TRY(now(arena, &answer, err));
    else if (op == BK_FX_ZONEINFO) BK_TRY(zone(arena, bk_map_str(args, "name", BK_S("")), &answer, err));
    else return bk_err_set(err, BK_ERR_DENIED, "the vector server has no effect %s", bk_effect_name(op));
    bk_buf_init(&out, arena, 0);
    BK_TRY(bk_codec_encode(&out, answer, err));
    *ret = bk_buf_take(&out);
    return BK_OK;
}

static bk_status emit(void *self, bk_str sections, bk_err *err) {
    (void)self;
    (void)sections;
    (void)err;
    return BK_OK;
}

static void answer(bk_str line) {
    bk_effects effects = {.ask = ask, .emit = emit};
    bk_err err = BK_ERR_INIT;
    bk_arena arena = {0};
    bk_str text;
    bk_arena_init(&arena, 0);
    if (bk_vector_answer(&arena, &effects, line, &text, &err) != BK_OK) text = BK_S("{\"error\":\"vector: no answer\"}");
    fwrite(text.p, 1, text.n, stdout);
    putchar('\n');
    fflush(stdout);
    bk_err_release(&err);
    bk_arena_release(&arena);
}

int main(void) {
    char *line = NULL;
    size_t cap = 0;
    for (ssize_t n; (n = getline(&line, &cap, stdin)) > 0;)
        if (bk_str_trim(bk_str_of(line, (size_t)n)).n) answer(bk_str_of(line, (size_t)n));
    free(line);
    return 0;
}
