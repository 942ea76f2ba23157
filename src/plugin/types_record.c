/* What a plugin is told, as bytes of the record. Texts lie behind their lengths; numbers are little-endian. */
#include "base/boundary.h"
#include "plugin/types_running.h"

static void put_text(bk_buf *out, bk_str s) {
    bk_buf_u32(out, (uint32_t)s.n);
    bk_buf_str(out, s);
}

static bool get_number(bk_str *rest, uint32_t *ret) {
    if (rest->n < 4) return false;
    *ret = bk_read_u32(*rest);
    *rest = bk_str_from(*rest, 4);
    return true;
}

static bool get_text(bk_str *rest, bk_str *ret) {
    uint32_t n;
    if (!get_number(rest, &n) || n > rest->n) return false;
    *ret = bk_str_sub(*rest, 0, n);
    *rest = bk_str_from(*rest, n);
    return true;
}

static bk_status malformed(bk_err *err) { return bk_err_set(err, BK_ERR, "replay: an answer to a plugin is malformed"); }

/* ---- rights ---- */

bk_status bk_running_allow(bk_running *r, bk_right right, bk_err *err) {
    const bk_plugin_ask ask = {.right = right, .requested = true};
    const bk_plugin_exchange x = {.about = bk_str_c(bk_right_get(right)->name), .ask = &ask};
    bk_str none;
    if (bk_guard_plugin_replays(r->call)) return bk_guard_plugin_replay(r->call, &x, &none, err);
    return bk_guard_plugin_keep(r->call, &x, bk_guard_plugin_ask(r->call, &ask, NULL, err), BK_S(""), err);
}

/* ---- variables and limits ---- */

static const bk_plugin_exchange surroundings = {.about = {"its variables and limits", 24}};

bk_status bk_running_recall(bk_running *r, bool *ret_given, bk_err *err) {
    bk_str rest;
    uint32_t count;
    *ret_given = bk_guard_plugin_replays(r->call);
    if (!*ret_given) return BK_OK;
    BK_TRY(bk_guard_plugin_replay(r->call, &surroundings, &rest, err));
    for (size_t i = 0; i < BK_COUNT(r->limits.of); i++) {
        uint32_t low, high;
        if (!get_number(&rest, &low) || !get_number(&rest, &high)) return malformed(err);
        r->limits.of[i] = (uint64_t)high << 32 | low;
    }
    if (!get_number(&rest, &count) || count > rest.n / 4) return malformed(err);
    r->env = BK_NEW_ARRAY(&r->arena, bk_str, count + 1);
    if (!r->env) return bk_arena_fail(&r->arena, err);
    for (r->env_count = 0; r->env_count < count; r->env_count++)
        if (!get_text(&rest, &r->env[r->env_count])) return malformed(err);
    return BK_OK;
}

bk_status bk_running_keep(bk_running *r, bk_err *err) {
    bk_buf bytes;
    if (!bk_guard_plugin_records(r->call)) return BK_OK;
    bk_buf_init(&bytes, &r->arena, 0);
    for (size_t i = 0; i < BK_COUNT(r->limits.of); i++) {
        bk_buf_u32(&bytes, (uint32_t)r->limits.of[i]);
        bk_buf_u32(&bytes, (uint32_t)(r->limits.of[i] >> 32));
    }
    bk_buf_u32(&bytes, (uint32_t)r->env_count);
    for (size_t i = 0; i < r->env_count; i++) put_text(&bytes, r->env[i]);
    BK_TRY(bk_buf_check(&bytes, err));
    return bk_guard_plugin_keep(r->call, &surroundings, BK_OK, bk_buf_view(&bytes), err);
}

/* ---- senses ---- */

static bk_status tape_ask(void *self, const char *what, bk_str request, bool *ret_given, bk_str *ret, bk_err *err) {
    const bk_running *r = self;
    const bk_plugin_exchange x = {.about = bk_str_c(what), .request = request};
    *ret_given = bk_guard_plugin_replays(r->call);
    return *ret_given ? bk_guard_plugin_replay(r->call, &x, ret, err) : BK_OK;
}

static bk_status tape_keep(void *self, const char *what, bk_str request, bk_status status, bk_str bytes, bk_err *err) {
    const bk_running *r = self;
    const bk_plugin_exchange x = {.about = bk_str_c(what), .request = request};
    return bk_guard_plugin_keep(r->call, &x, status, bytes, err);
}

const bk_wasi_tape *bk_running_tape(bk_running *r) {
    r->tape = (bk_wasi_tape){r, tape_ask, tape_keep};
    return bk_guard_plugin_records(r->call) || bk_guard_plugin_replays(r->call) ? &r->tape : NULL;
}

/* ---- HTTP ---- */

bool bk_running_http_request_bytes(const bk_extism_http_request *q, bk_buf *ret) {
    put_text(ret, q->method);
    put_text(ret, q->url);
    bk_buf_u32(ret, (uint32_t)q->header_count);
    for (size_t i = 0; i < q->header_count; i++) {
        put_text(ret, q->headers[i].key);
        put_text(ret, q->headers[i].value);
    }
    bk_buf_u32(ret, q->has_body);
    put_text(ret, q->body);
    return bk_buf_ok(ret);
}

bool bk_running_http_answer_bytes(const bk_extism_http_response *a, bk_buf *ret) {
    bk_buf_u32(ret, a->status);
    put_text(ret, bk_buf_view(&a->body));
    bk_str name, value;
    for (size_t i = 0; bk_extism_http_header_at(a, i, &name, &value); i++) {
        put_text(ret, name);
        put_text(ret, value);
    }
    return bk_buf_ok(ret);
}

bk_status bk_running_http_answer_read(bk_str rest, bk_extism_http_response *a, bk_err *err) {
    bk_str body, name, value;
    if (!get_number(&rest, &a->status) || !get_text(&rest, &body)) return malformed(err);
    while (rest.n) {
        if (!get_text(&rest, &name) || !get_text(&rest, &value)) return malformed(err);
        if (!bk_extism_http_header_add(a, name, value)) return bk_err_nomem(err);
    }
    bk_buf_str(&a->body, body);
    return bk_buf_check(&a->body, err);
}
