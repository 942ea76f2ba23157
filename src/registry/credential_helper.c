#include "registry/credential_helper.h"

#include <unistd.h>

#include "data/json.h"
#include "plugin/subprocess.h"
#include "registry/files.h"
#include "value/gofmt.h"
#include "value/map.h"

#define PREFIX "docker-credential-"
#define NOT_FOUND "credentials not found in native keychain"
#define TOKEN_USER "<token>"

enum { OUTPUT = 1 << 20, TIME_MS = 300000 };

/* ---- the system's own ---- */

static bool in_path(bk_arena *arena, bk_str paths, bk_str program) {
    bk_str dir, file;
    bool more = paths.n > 0;
    while (more) {
        more = bk_str_cut(paths, BK_S(":"), &dir, &paths);
        if (!dir.n || dir.p[0] != '/' || !bk_arena_printf(arena, &file, "%.*s/%.*s", BK_FMT(dir), BK_FMT(program))) continue;
        if (access(file.p, X_OK) == 0) return true;
    }
    return false;
}

bk_str bk_credential_helper_of_system(bk_arena *arena, char *const *environment) {
    bk_str paths = bk_environment_get(environment, "PATH");
#ifdef __APPLE__
    return in_path(arena, paths, BK_S(PREFIX "osxkeychain")) ? BK_S("osxkeychain") : BK_S("");
#else
    bool pass = in_path(arena, paths, BK_S("pass"));
    if (pass) return in_path(arena, paths, BK_S(PREFIX "pass")) ? BK_S("pass") : BK_S("");
    return in_path(arena, paths, BK_S(PREFIX "secretservice")) ? BK_S("secretservice") : BK_S("");
#endif
}

/* ---- running one ---- */

static bool good_name(bk_str s) {
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
        if (!ok) return false;
    }
    return s.n && s.n <= 128;
}

static bk_status failed(bk_str said, int code, bk_str program, bk_err *err) {
    said = bk_str_trim(said);
    if (said.n) return bk_err_set_str(err, BK_ERR, said);
    return bk_err_set(err, BK_ERR, "%.*s: exit status %d", BK_FMT(program), code);
}

static bk_status run(bk_arena *arena, bk_str helper, char *const *environment, const char *action, bk_str input, bk_str *ret, bk_err *err) {
    bk_str words[2] = {{0}, bk_str_c(action)};
    bk_process_env env;
    bk_buf out;
    int code = 0;
    if (!good_name(helper)) return bk_fmt_fail(err, "credential helper %q: it has to be one word, the rest of " PREFIX "…", helper);
    if (!bk_arena_printf(arena, &words[0], PREFIX "%.*s", BK_FMT(helper))) return bk_arena_fail(arena, err);
    BK_TRY(bk_process_env_init(&env, arena, environment, err));
    bk_buf_init(&out, arena, OUTPUT);
    const bk_process process = {
        .words = {words, 2}, .env = &env, .input = BK_STDIN_BYTES, .bytes = input, .out = &out, .max = OUTPUT, .time_ms = TIME_MS};
    BK_TRY(bk_process_run(arena, &process, &code, err));
    *ret = bk_buf_view(&out);
    return code == 0 ? BK_OK : failed(*ret, code, words[0], err);
}

/* ---- the three questions ---- */

static bk_status read_answer(bk_arena *arena, bk_str text, bk_credential *ret, bk_err *err) {
    bk_value v = bk_nil();
    if (bk_json_decode(arena, text, 0, BK_T_MAP, &v, err) != BK_OK) return bk_err_wrap(err, "reading a credential helper's answer");
    bk_str user = bk_map_str(v.map, "Username", BK_S("")), secret = bk_map_str(v.map, "Secret", BK_S(""));
    if (bk_str_eq(user, BK_S(TOKEN_USER))) *ret = (bk_credential){.identity_token = secret};
    else *ret = (bk_credential){.username = user, .password = secret};
    return BK_OK;
}

bk_status bk_credential_helper_get(bk_arena *arena, bk_str helper, char *const *environment, bk_str server, bk_credential *ret,
                                   bk_err *err) {
    bk_str answer = {0};
    bk_status s = run(arena, helper, environment, "get", server, &answer, err);
    if (s == BK_ERR && bk_str_eq(bk_err_message(err), BK_S(NOT_FOUND))) {
        bk_err_release(err);
        *ret = (bk_credential){0};
        return BK_OK;
    }
    BK_TRY(s);
    return read_answer(arena, answer, ret, err);
}

bk_status bk_credential_helper_store(bk_arena *arena, bk_str helper, char *const *environment, bk_str server, const bk_credential *c,
                                     bk_err *err) {
    bool token = c->identity_token.n > 0;
    bk_buf b;
    bk_str ignored;
    bk_buf_init(&b, arena, OUTPUT);
    bk_buf_c(&b, "{\"ServerURL\":");
    bk_json_encode_string(&b, server, BK_JSON_HTML);
    bk_buf_c(&b, ",\"Username\":");
    bk_json_encode_string(&b, token ? BK_S(TOKEN_USER) : c->username, BK_JSON_HTML);
    bk_buf_c(&b, ",\"Secret\":");
    bk_json_encode_string(&b, token ? c->identity_token : c->password, BK_JSON_HTML);
    bk_buf_byte(&b, '}');
    BK_TRY(bk_buf_check(&b, err));
    return run(arena, helper, environment, "store", bk_buf_view(&b), &ignored, err);
}

bk_status bk_credential_helper_erase(bk_arena *arena, bk_str helper, char *const *environment, bk_str server, bk_err *err) {
    bk_str ignored;
    return run(arena, helper, environment, "erase", server, &ignored, err);
}
