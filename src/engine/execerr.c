#include "engine/execerr.h"

#include "base/buf.h"
#include "base/unicode.h"
#include "base/utf8.h"
#include "sprig/env.h" /* the marks around the message of fail and required */

static bk_status replace(bk_buf *text, bk_err *err) {
    if (!bk_buf_ok(text)) return err->code; /* no memory to reword it: the old words stay */
    return bk_err_replace(err, bk_buf_view(text));
}

bk_status bk_execerr_parse(bk_arena *arena, bk_str file, bk_err *err) {
    bk_str message = bk_err_message(err), head, rest, location;
    bk_buf b;
    bk_buf_init(&b, arena, 0);
    if (err->code != BK_ERR) return err->code;
    size_t last = bk_str_rfind(message, BK_S(": "));
    if (last == BK_NPOS) {
        bk_buf_printf(&b, "parse error in (%.*s): %.*s", BK_FMT(file), BK_FMT(message));
        return replace(&b, err);
    }
    bk_str_cut(message, BK_S(": "), &head, &rest);
    bk_str_cut(rest, BK_S(": "), &location, &rest);
    bk_buf_c(&b, "parse error at (");
    bk_buf_str(&b, location);
    bk_buf_c(&b, "): ");
    bk_buf_str(&b, bk_str_from(message, last + 2));
    return replace(&b, err);
}

/* One block of the long form. */
typedef struct trace {
    bk_str location, function, place, message; /* `executing "function" at <place>:` */
    bool executing;
} trace;

/* What follows in the message after the next link of the chain is not this link's. */
static bk_str own_part(bk_str message) {
    size_t cut = bk_str_find(message, BK_S(" template:"));
    return cut == BK_NPOS ? message : bk_str_sub(message, 0, cut);
}

static bool read_executing(bk_str rest, trace *t) {
    bk_str after, tail;
    if (!bk_str_cut(rest, BK_S(": executing "), &t->location, &after) || after.n == 0 || after.p[0] != '"') return false;
    after = bk_str_from(after, 1);
    size_t quote = bk_str_find_byte(after, '"');
    if (quote == BK_NPOS) return false;
    t->function = bk_str_sub(after, 0, quote);
    after = bk_str_from(after, quote + 1);
    if (!bk_str_starts(after, BK_S(" at <")) || !bk_str_cut(bk_str_from(after, 5), BK_S(">: "), &t->place, &tail)) return false;
    t->message = own_part(tail);
    t->executing = true;
    return true;
}

static bool read_trace(bk_str s, trace *t) {
    *t = (trace){0};
    if (!bk_str_starts(s, BK_S("template: "))) return false;
    bk_str rest = bk_str_from(s, 10);
    if (bk_str_starts(rest, BK_S("no template "))) {
        t->message = s;
        return true;
    }
    if (read_executing(rest, t)) return true;
    *t = (trace){0};
    size_t last = bk_str_rfind(rest, BK_S(": "));
    if (last == BK_NPOS) return false;
    t->location = bk_str_sub(rest, 0, last);
    t->message = own_part(bk_str_from(rest, last + 2));
    return true;
}

static bool same(const trace *a, const trace *b) {
    return a->executing == b->executing && bk_str_eq(a->location, b->location) && bk_str_eq(a->function, b->function) &&
           bk_str_eq(a->place, b->place) && bk_str_eq(a->message, b->message);
}

static void put_trace(bk_buf *b, const trace *t) {
    if (t->location.n) {
        bk_buf_str(b, t->location);
        bk_buf_c(b, "\n  ");
    }
    if (t->executing) {
        bk_buf_c(b, "executing \"");
        bk_buf_str(b, t->function);
        bk_buf_c(b, "\" at <");
        bk_buf_str(b, t->place);
        bk_buf_c(b, ">:\n    ");
    }
    if (t->message.n) {
        bk_buf_str(b, t->message);
        bk_buf_byte(b, '\n');
    }
}

/* The message that a chart gave to fail or required: from the first mark to the last. */
static bool marked(bk_str text, bk_str *ret) {
    size_t start = bk_str_find(text, BK_S(BK_WARN_START));
    if (start == BK_NPOS) return false;
    bk_str inner = bk_str_from(text, start + sizeof BK_WARN_START - 1);
    size_t end = bk_str_rfind(inner, BK_S(BK_WARN_END));
    if (end == BK_NPOS) return false;
    *ret = bk_str_sub(inner, 0, end);
    return true;
}

/* Blocks of a long chain that are shown at its start and its end. Helm shows all; nobody reads thousands of lines. */
enum { SHOWN = 25 };

static size_t chain_length(const bk_exec *exec) {
    size_t n = 0;
    while (bk_exec_chain(exec, n) != BK_NPOS) n++;
    return n;
}

static bk_status traces(bk_arena *arena, const bk_exec *exec, bk_err *err) {
    bk_buf b;
    trace last = {0}, now;
    bk_str message = bk_err_message(err);
    size_t n = chain_length(exec), blocks = 0, left_out = 0;
    bk_buf_init(&b, arena, 0);
    for (size_t i = 0; i < n; i++) {
        if (!read_trace(bk_str_from(message, bk_exec_chain(exec, i)), &now)) return err->code; /* a function's own words: Go's line stays */
        if (i > 0 && same(&last, &now)) continue;
        last = now;
        if (++blocks > SHOWN && n - i > SHOWN) {
            left_out++;
            continue;
        }
        if (left_out) bk_buf_printf(&b, "(%zu more levels)\n", left_out);
        left_out = 0;
        put_trace(&b, &now);
    }
    if (n == 0 || !bk_buf_ok(&b)) return err->code;
    return bk_err_replace(err, bk_str_trim_space(bk_buf_view(&b)));
}

bk_status bk_execerr_run(bk_arena *arena, const bk_exec *exec, bk_str file, bk_err *err) {
    bk_str message = bk_err_message(err), head, location, rest, text;
    bk_buf b;
    if (err->code != BK_ERR || bk_exec_chain(exec, 0) == BK_NPOS) return err->code; /* a limit or a denial: our words */
    bk_buf_init(&b, arena, 0);
    bool two = bk_str_cut(message, BK_S(": "), &head, &rest) && bk_str_cut(rest, BK_S(": "), &location, &rest);
    if (!two) {
        bk_buf_printf(&b, "execution error in (%.*s): %.*s", BK_FMT(file), BK_FMT(message));
        return replace(&b, err);
    }
    if (marked(rest, &text)) {
        bk_buf_c(&b, "execution error at (");
        bk_buf_str(&b, location);
        bk_buf_c(&b, "): ");
        bk_buf_str(&b, text);
        return replace(&b, err);
    }
    return traces(arena, exec, err);
}
