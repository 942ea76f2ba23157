/* The vector server without a compartment: requests on standard input, answers on standard output, a line each. It also is the
 * effects' provider: entropy, clock and zones are the machine's, everything else is refused. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "base/num.h"
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

/* As the guard answers by default: no cluster, no address. */
static bk_status nothing(bk_effect op, bk_arena *arena, bk_value *ret, bk_err *err) {
    bk_map *m = bk_map_new(arena, 0);
    bk_value *address = BK_NEW(arena, bk_value);
    if (!m || !address) return bk_arena_fail(arena, err);
    *address = bk_string(BK_S(""));
    *ret = op == BK_FX_DNS ? bk_list(address, 1) : bk_map_value(m);
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
    else if (op == BK_FX_LOOKUP || op == BK_FX_DNS) BK_TRY(nothing(op, arena, &answer, err));
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

/* One answer, with the n-th allocation failing (0: none). *ret is malloc'ed, NULL when there is no answer; returns how many allocations there were. */
static size_t answer_with(bk_str line, size_t fail_at, char **ret, bk_status *ret_status) {
    bk_effects effects = {.ask = ask, .emit = emit};
    bk_err err = BK_ERR_INIT;
    bk_arena arena = {0};
    bk_str text;
    bk_arena_init(&arena, 0);
    arena.fail_at = fail_at;
    *ret_status = bk_vector_answer(&arena, &effects, line, &text, &err);
    *ret = *ret_status == BK_OK ? strndup(text.p, text.n) : NULL;
    size_t count = arena.count;
    bk_err_release(&err);
    bk_arena_release(&arena);
    return count;
}

static void answer(bk_str line) {
    char *text;
    bk_status status;
    answer_with(line, 0, &text, &status);
    puts(text ? text : "{\"error\":\"vector: no answer\"}");
    fflush(stdout);
    free(text);
}

/* Without memory there is either a failure or (where the block was not needed) the very answer; log lines may get lost. A failure's words do
 * not count: a message that there is no room for is cut short. */
static bool is_fine(const char *text, const char *usual) {
    if (!text || strstr(text, "\"error\":")) return true;
    const char *out = strstr(text, "\"out\":"), *usual_out = strstr(usual, "\"out\":");
    return strcmp(text, usual) == 0 || (out && usual_out && strcmp(out, usual_out) == 0);
}

/* Answers the line again and again, each time with another allocation failing: every one of the first `dense`, then ever fewer. Prints what was not as it should be.
 * Returns the number of runs; 0 for an answer that is never the same twice. */
static size_t starve(bk_str line, size_t dense, size_t *wrong) {
    char *usual, *again, *text;
    bk_status status;
    size_t runs = 0, count = answer_with(line, SIZE_MAX, &usual, &status);
    answer_with(line, 0, &again, &status);
    bool steady = usual && again && strcmp(usual, again) == 0;
    for (size_t n = 1; steady && n <= count; n += n < dense ? 1 : 1 + n / dense) {
        answer_with(line, n, &text, &status);
        runs++;
        if (!is_fine(text, usual) && (*wrong)++ < 100)
            printf("allocation %zu of %zu\n  request %.*s\n  usually %.300s\n  now     %.300s\n", n, count,
                   (int)(line.n < 300 ? line.n : 300), line.p, usual, text);
        free(text);
    }
    free(usual);
    free(again);
    return runs;
}

/* vector-native: a server. vector-native --starve N [FILE]: the allocation-failure run over the requests of the file or standard input. */
int main(int argc, char **argv) {
    char *line = NULL;
    size_t cap = 0, wrong = 0, runs = 0, requests = 0;
    int64_t dense = 0;
    if (argc > 1 && (argc < 3 || strcmp(argv[1], "--starve") != 0 || bk_parse_int(bk_str_c(argv[2]), 10, &dense) != BK_NUM_OK || dense < 1))
        return 2;
    if (argc > 3 && !freopen(argv[3], "r", stdin)) return perror(argv[3]), 2;
    for (ssize_t n; (n = getline(&line, &cap, stdin)) > 0;) {
        bk_str request = bk_str_trim(bk_str_of(line, (size_t)n));
        if (!request.n) continue;
        requests++;
        if (dense) runs += starve(request, (size_t)dense, &wrong);
        else answer(request);
    }
    free(line);
    if (dense) printf("%zu requests, %zu runs with a failing allocation, %zu wrong\n", requests, runs, wrong);
    return wrong != 0;
}
