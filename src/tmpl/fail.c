/* The words of errors of execution, and the chain that they form. */
#include <stdarg.h>
#include <stdio.h>

#include "base/limits.h"
#include "tmpl/run.h"
#include "value/gofmt.h"

static bool add_link(bk_exec *ex, size_t length) {
    if (ex->link_count && ex->links[ex->link_count - 1] == length) return true;
    if (ex->link_count == ex->link_cap) {
        size_t cap = ex->link_cap ? ex->link_cap * 2 : 16, size = sizeof *ex->links;
        size_t *wider = bk_arena_grow(ex->arena, ex->links, ex->link_cap * size, cap * size);
        if (!wider) return false;
        ex->links = wider;
        ex->link_cap = cap;
    }
    ex->links[ex->link_count++] = length;
    return true;
}

size_t bk_exec_chain(const bk_exec *ex, size_t i) {
    if (i >= ex->link_count) return BK_NPOS;
    size_t whole = ex->links[ex->link_count - 1], link = ex->links[ex->link_count - 1 - i];
    /* A message that was cut short has lost its tail, and with it the chain. */
    return whole > BK_LIMIT_ERR ? BK_NPOS : whole - link;
}

/* A message is on the heap while it is made: each level of a chain makes a longer one. */
static void begin(bk_exec *ex, bk_buf *b) {
    bk_buf_init(b, NULL, 0);
    bk_buf_c(b, "template: ");
    if (!ex->at) {
        bk_buf_str(b, ex->tmpl->name);
        bk_buf_c(b, ": ");
        return;
    }
    bk_node_where(b, ex->tmpl->tree->source, ex->at);
    bk_buf_c(b, ": executing ");
    bk_fmt_quote(b, ex->tmpl->name);
    bk_buf_c(b, " at <");
    bk_node_print(b, ex->at);
    bk_buf_c(b, ">: ");
}

/* The message replaces what call.err holds, if anything. Frees b. */
static bk_status end(bk_exec *ex, bk_buf *b, bk_status code) {
    bk_err *err = ex->call.err;
    ex->failures++;
    if (bk_buf_ok(b) && add_link(ex, b->n)) {
        if (err->code == BK_OK) bk_err_set_str(err, code, bk_buf_view(b));
        else bk_err_replace(err, bk_buf_view(b));
    } else {
        ex->link_count = 0;
        if (err->code == BK_OK) bk_err_set(err, BK_ERR_LIMIT, "no memory for an error message");
    }
    bk_buf_release(b);
    return err->code;
}

bk_status bk_exec_fail(bk_exec *ex, bk_str message) {
    bk_buf b;
    begin(ex, &b);
    bk_buf_str(&b, message);
    ex->link_count = 0;
    return end(ex, &b, BK_ERR);
}

bk_status bk_exec_failf(bk_exec *ex, const char *fmt, ...) {
    va_list args;
    bk_err text = BK_ERR_INIT;
    va_start(args, fmt);
    bk_err_setv(&text, BK_ERR, fmt, args);
    va_end(args);
    bk_status status = bk_exec_fail(ex, bk_err_message(&text));
    bk_err_release(&text);
    return status;
}

bk_status bk_exec_fail_quoted(bk_exec *ex, const char *before, bk_str text, const char *after) {
    bk_buf b;
    bk_buf_init(&b, ex->call.arena, 0);
    bk_buf_c(&b, before);
    bk_fmt_quote(&b, text);
    bk_buf_c(&b, after);
    return bk_exec_fail(ex, bk_buf_view(&b));
}

bk_status bk_exec_fail_node(bk_exec *ex, const char *before, const bk_node *node, const char *after) {
    bk_buf b;
    bk_buf_init(&b, ex->call.arena, 0);
    bk_buf_c(&b, before);
    bk_node_print(&b, node);
    bk_buf_c(&b, after);
    return bk_exec_fail(ex, bk_buf_view(&b));
}

bk_status bk_exec_fail_value(bk_exec *ex, const char *before, bk_value v, const char *after) {
    bk_buf b;
    bk_err ignored = BK_ERR_INIT;
    bk_buf_init(&b, ex->call.arena, 0);
    bk_buf_c(&b, before);
    if (v.kind == BK_OBJECT && v.type == BK_T_POINTER && v.object && v.object->class->show) v.object->class->show(v.object, &b, &ignored);
    else bk_fmt_value(&b, v, &ignored);
    bk_err_release(&ignored);
    bk_buf_c(&b, after);
    return bk_exec_fail(ex, bk_buf_view(&b));
}

bk_status bk_exec_fail_unknown(bk_exec *ex, bk_str name) {
    bk_buf b;
    bk_buf_init(&b, NULL, 0);
    bk_buf_c(&b, "template: no template ");
    bk_fmt_quote(&b, name);
    bk_buf_c(&b, " associated with template ");
    bk_fmt_quote(&b, ex->set->name);
    ex->link_count = 0;
    return end(ex, &b, BK_ERR);
}

bk_status bk_exec_fail_call(bk_exec *ex, bk_str name, uint32_t failures, bk_status status) {
    bk_err *err = ex->call.err;
    if (err->code == BK_OK) bk_err_set(err, status, "unknown failure");
    bk_str cause = bk_err_message(err);
    if (ex->failures == failures) ex->link_count = 0; /* what is there belongs to an error that somebody swallowed */
    if (cause.n > BK_LIMIT_ERR / 2) {
        /* A deep recursion: more levels would only push the cause beyond the cap. */
        ex->link_count = 0;
        ex->failures++;
        return err->code;
    }
    bool linked = add_link(ex, cause.n);
    bk_buf b;
    begin(ex, &b);
    bk_buf_c(&b, "error calling ");
    bk_buf_str(&b, name);
    bk_buf_c(&b, ": ");
    bk_buf_str(&b, cause);
    if (!linked) b.status = BK_ERR_NOMEM;
    return end(ex, &b, status);
}
