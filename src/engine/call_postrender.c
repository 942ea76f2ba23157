/* The call POSTRENDER: what a post-renderer made of the merged text, to manifests and hooks. */
#include "engine/calls.h"
#include "engine/postrender.h"
#include "engine/present.h"

static void log_line(void *self, const char *level, bk_str text) {
    bk_call_state *call = self;
    bk_err *err = call->err, ignored = BK_ERR_INIT;
    call->err = &ignored; /* a log line that cannot be sent is no reason to fail */
    if (bk_call_log(call, level, text) != BK_OK) bk_err_release(&ignored);
    call->err = err;
}

/* The names come from the post-renderer and become part of file names with --output-dir. */
static bk_status check_path(bk_call_state *call, bk_str path) {
    bool bad = path.n > 4096 || path.p[0] == '/';
    for (size_t i = 0; i < path.n; i++) bad = bad || (unsigned char)path.p[i] < ' ' || path.p[i] == 0x7F;
    for (bk_str rest = path, part; rest.n && !bad;) {
        bk_str_cut(rest, BK_S("/"), &part, &rest);
        bad = bk_str_eq(part, BK_S(".."));
    }
    if (!bad) return BK_OK;
    return bk_err_set(call->err, BK_ERR, "the annotation %s holds no file name of a chart: \"%.*s\"", BK_POSTRENDER_ANNOTATION,
                      BK_FMT(path));
}

static bk_status split(bk_call_state *call, const bk_log *log, bk_manifests *ret) {
    bk_rendered_file *files;
    size_t count;
    bk_str text;
    BK_TRY(bk_call_input(call, 0, &text));
    bk_status s = bk_postrender_split(call->arena, text, &files, &count, call->err);
    for (size_t i = 0; s == BK_OK && i < count; i++) s = check_path(call, files[i].path);
    if (s != BK_OK) return bk_err_wrap(call->err, "error while parsing post rendered output");
    return bk_present_sort(call, files, count, log, ret);
}

/* Inputs behind the first are CRDs that --show-only may pick. */
static bk_status crds(bk_call_state *call, bk_manifest **ret) {
    *ret = BK_NEW_ARRAY(call->arena, bk_manifest, call->input_count);
    if (!*ret) return bk_arena_fail(call->arena, call->err);
    for (size_t i = 1; i < call->input_count; i++) {
        (*ret)[i - 1].path = call->inputs[i].name;
        BK_TRY(bk_call_input(call, (uint32_t)i, &(*ret)[i - 1].text));
    }
    return BK_OK;
}

bk_status bk_call_postrender(bk_call_state *call) {
    const bk_log log = {call, log_line};
    bk_manifests manifests;
    bk_manifest *items;
    if (call->input_count == 0) return bk_err_set(call->err, BK_ERR, "malformed request: no text");
    bk_status s = split(call, &log, &manifests);
    if (s != BK_OK) {
        bk_present_failure(call);
        return s;
    }
    BK_TRY(crds(call, &items));
    return bk_present(call, items, call->input_count - 1, &manifests);
}
