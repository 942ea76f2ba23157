/* strings.c: functions on text as bytes: cutting, searching, padding, splitting, joining. Results are views of the argument wherever
 * they can be. */
#include "base/unicode.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "sprig/fn.h"
#include "value/gofmt.h"

BK_FN(hello) { return fn_ret_str(ret, BK_S("Hello!")); }

/* ---- white space and cut sets ---- */

BK_FN(trim) { return fn_ret_str(ret, bk_str_trim_space(fn_str(args, 0))); }

/* Whether a rune is in the cut set; an invalid byte is U+FFFD on both sides. */
static bool in_set(bk_str set, uint32_t rune) {
    if (rune < 0x80) return bk_str_find_byte(set, (char)rune) != BK_NPOS;
    while (set.n) {
        size_t width;
        if (bk_utf8_decode(set, &width) == rune) return true;
        set = bk_str_from(set, width);
    }
    return false;
}

BK_FN(trimAll) {
    bk_str set = fn_str(args, 0), s = fn_str(args, 1);
    size_t width;
    if (set.n == 0) return fn_ret_str(ret, s);
    while (s.n && in_set(set, bk_utf8_decode(s, &width))) s = bk_str_from(s, width);
    while (s.n && in_set(set, bk_utf8_decode_last(s, &width))) s.n -= width;
    return fn_ret_str(ret, s);
}

BK_FN(trimSuffix) {
    bk_str suffix = fn_str(args, 0), s = fn_str(args, 1);
    if (bk_str_ends(s, suffix)) s.n -= suffix.n;
    return fn_ret_str(ret, s);
}

BK_FN(trimPrefix) {
    bk_str prefix = fn_str(args, 0), s = fn_str(args, 1);
    return fn_ret_str(ret, bk_str_starts(s, prefix) ? bk_str_from(s, prefix.n) : s);
}

/* The library takes bytes for runes: with any white space in it, text beyond ASCII comes out as Latin-1 read as such. */
BK_FN(nospace) {
    bk_str s = fn_str(args, 0);
    bk_buf out;
    bk_buf_init(&out, call->arena, 0);
    size_t kept = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (bk_rune_is_space(c)) continue;
        bk_buf_rune(&out, c);
        kept++;
    }
    if (kept == s.n) return fn_ret_str(ret, s);
    return fn_ret_buf(call, &out, ret);
}

/* ---- searching ---- */

BK_FN(contains) { return fn_ret_bool(ret, bk_str_contains(fn_str(args, 1), fn_str(args, 0))); }
BK_FN(hasPrefix) { return fn_ret_bool(ret, bk_str_starts(fn_str(args, 1), fn_str(args, 0))); }
BK_FN(hasSuffix) { return fn_ret_bool(ret, bk_str_ends(fn_str(args, 1), fn_str(args, 0))); }

/* strings.Replace with an empty old text: the new one before every rune and at the end. */
static bk_status replace_empty(bk_call *call, bk_str with, bk_str s, bk_value *ret) {
    bk_buf out;
    bk_buf_init(&out, call->arena, 0);
    while (s.n) {
        size_t width;
        bk_utf8_decode(s, &width);
        bk_buf_str(&out, with);
        bk_buf_bytes(&out, s.p, width);
        s = bk_str_from(s, width);
    }
    bk_buf_str(&out, with);
    return fn_ret_buf(call, &out, ret);
}

BK_FN(replace) {
    bk_str old = fn_str(args, 0), with = fn_str(args, 1), s = fn_str(args, 2);
    if (bk_str_eq(old, with)) return fn_ret_str(ret, s);
    if (old.n == 0) return replace_empty(call, with, s, ret);
    size_t at = bk_str_find(s, old);
    if (at == BK_NPOS) return fn_ret_str(ret, s);
    bk_buf out;
    bk_buf_init(&out, call->arena, 0);
    if (!bk_buf_reserve(&out, with.n > old.n ? s.n + (with.n - old.n) : s.n)) return bk_buf_check(&out, call->err);
    while (at != BK_NPOS) {
        bk_buf_bytes(&out, s.p, at);
        bk_buf_str(&out, with);
        s = bk_str_from(s, at + old.n);
        at = bk_str_find(s, old);
    }
    bk_buf_str(&out, s);
    return fn_ret_buf(call, &out, ret);
}

/* ---- cutting ---- */

BK_FN(trunc) {
    int64_t n = args[0].i;
    bk_str s = fn_str(args, 1);
    int64_t len = (int64_t)s.n;
    if (n < 0 && n > -len) return fn_ret_str(ret, bk_str_from(s, (size_t)(len + n)));
    if (n >= 0 && len > n) return fn_ret_str(ret, bk_str_sub(s, 0, (size_t)n));
    return fn_ret_str(ret, s);
}

BK_FN(substr) {
    int64_t from = args[0].i, to = args[1].i;
    bk_str s = fn_str(args, 2);
    int64_t len = (int64_t)s.n;
    if (from < 0) {
        if (to < 0) return bk_call_fail(call, FN_SLICE_BOUNDS "[:%lld]", (long long)to);
        if (to > len) return bk_call_fail(call, FN_SLICE_BOUNDS "[:%lld] with length %lld", (long long)to, (long long)len);
        return fn_ret_str(ret, bk_str_sub(s, 0, (size_t)to));
    }
    if (to < 0 || to > len) to = len;
    if (from > to) return bk_call_fail(call, FN_SLICE_BOUNDS "[%lld:%lld]", (long long)from, (long long)to);
    return fn_ret_str(ret, bk_str_sub(s, (size_t)from, (size_t)to));
}

/* The library's Abbreviate with a left edge; width >= 4. Positions are bytes. */
static bk_status abbreviate(bk_call *call, bk_str s, int64_t offset, int64_t width, bk_value *ret) {
    int64_t len = (int64_t)s.n, room = width - 3;
    if (len <= width) return fn_ret_str(ret, s);
    if (offset > len) offset = len;
    /* Go's difference wraps around for an absurd offset. */
    if ((int64_t)((uint64_t)len - (uint64_t)offset) < room) offset = len - room;
    if (offset > 4 && width < 7) return fn_ret_str(ret, BK_S(""));
    bool left = offset > 4, right = !left || offset + room < len;
    bk_str kept = bk_str_sub(s, 0, (size_t)room);
    if (left) kept = right ? bk_str_sub(s, (size_t)offset, (size_t)(offset + room - 3)) : bk_str_from(s, (size_t)(len - room));
    bk_buf out;
    bk_buf_init(&out, call->arena, 0);
    if (left) bk_buf_c(&out, "...");
    bk_buf_str(&out, kept);
    if (right) bk_buf_c(&out, "...");
    return fn_ret_buf(call, &out, ret);
}

BK_FN(abbrev) {
    bk_str s = fn_str(args, 1);
    if (args[0].i < 4) return fn_ret_str(ret, s);
    return abbreviate(call, s, 0, args[0].i, ret);
}

BK_FN(abbrevboth) {
    int64_t left = args[0].i, right = args[1].i;
    bk_str s = fn_str(args, 2);
    if (right < 4 || (left > 0 && right < 7)) return fn_ret_str(ret, s);
    return abbreviate(call, s, left, right, ret);
}

/* ---- repeating and padding ---- */

BK_FN(repeat) {
    int64_t count = args[0].i;
    bk_str s = fn_str(args, 1);
    if (count == 0) return fn_ret_str(ret, BK_S(""));
    if (count < 0) return bk_call_fail(call, FN_NEGATIVE_REPEAT);
    int64_t total;
    if (__builtin_mul_overflow((int64_t)s.n, count, &total)) return bk_call_fail(call, "strings: Repeat output length overflow");
    if (count == 1 || s.n == 0) return fn_ret_str(ret, s);
    if (total >= (int64_t)BK_LIMIT_STRING) return bk_err_limit(call->err, "size of a string", BK_LIMIT_STRING);
    char *p;
    BK_TRY(fn_bytes(call, (size_t)total, &p));
    memcpy(p, s.p, s.n);
    for (size_t done = s.n; done < (size_t)total;) {
        size_t n = done < (size_t)total - done ? done : (size_t)total - done;
        memcpy(p + done, p, n);
        done += n;
    }
    return fn_ret_str(ret, bk_str_of(p, (size_t)total));
}

static size_t count_lines(bk_str s) {
    size_t n = 0, at = 0;
#ifdef BK_VEC_MARKS
    for (; s.n - at >= sizeof(bk_vec); at += sizeof(bk_vec))
        for (unsigned ends = bk_vec_marks((bk_vec)(bk_vec_load(s.p + at) == '\n')); ends; ends &= ends - 1) n++;
#endif
#pragma clang loop vectorize(disable) /* a sum over bytes would call out of the compartment, for want of an instruction */
    for (; at < s.n; at++) n += s.p[at] == '\n';
    return n;
}

/* Copies the first line of s, its newline included, to `at`; returns its length. */
static size_t copy_line(char *at, bk_str s) {
    size_t n = 0;
#ifdef BK_VEC_MARKS
    for (bk_vec bytes; s.n - n >= sizeof bytes; n += sizeof bytes) {
        bytes = bk_vec_load(s.p + n);
        memcpy(at + n, &bytes, sizeof bytes);
        unsigned ends = bk_vec_marks((bk_vec)(bytes == '\n'));
        if (ends) return n + (size_t)__builtin_ctz(ends) + 1;
    }
#endif
    for (; n < s.n; n++)
        if ((at[n] = s.p[n]) == '\n') return n + 1;
    return n;
}

/* `lead` and then s with so many spaces before each line, in one piece. */
static bk_status indent_text(bk_call *call, bk_str lead, int64_t spaces, bk_str s, bk_value *ret) {
    if (spaces < 0) return bk_call_fail(call, FN_NEGATIVE_REPEAT);
    size_t pad, total;
    if (spaces >= (int64_t)BK_LIMIT_STRING) return bk_err_limit(call->err, "size of a string", BK_LIMIT_STRING);
    if (!bk_mul((size_t)spaces, count_lines(s) + 1, &pad) || !bk_add(pad, s.n + lead.n, &total) || total >= BK_LIMIT_STRING)
        return bk_err_limit(call->err, "size of a string", BK_LIMIT_STRING);
    char *p, *at;
    const bk_vec blanks = {' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' '};
    BK_TRY(fn_bytes(call, total + sizeof blanks, &p)); /* a margin is written at once, and a little of what comes behind it */
    at = p;
    if (lead.n) memcpy(at, lead.p, lead.n);
    at += lead.n;
    for (bool more = true; more;) {
        if ((size_t)spaces <= sizeof blanks) memcpy(at, &blanks, sizeof blanks);
        else memset(at, ' ', (size_t)spaces);
        at += spaces;
        size_t n = copy_line(at, s);
        more = n && s.p[n - 1] == '\n';
        at += n;
        s = bk_str_from(s, n);
    }
    *at = 0;
    return fn_ret_str(ret, bk_str_of(p, total));
}

BK_FN(indent) { return indent_text(call, BK_S(""), args[0].i, fn_str(args, 1), ret); }
BK_FN(nindent) { return indent_text(call, BK_S("\n"), args[0].i, fn_str(args, 1), ret); }

/* ---- quoting and joining ---- */

BK_FN(quote) {
    bk_buf out;
    bk_buf_init(&out, call->arena, 0);
    for (size_t i = 0; i < argc; i++) {
        if (bk_is_nil(args[i])) continue;
        bk_str s;
        if (out.n) bk_buf_byte(&out, ' ');
        BK_TRY(fn_text(call, args[i], &s));
        bk_fmt_quote(&out, s);
    }
    return fn_ret_buf(call, &out, ret);
}

BK_FN(squote) {
    bk_buf out;
    bk_buf_init(&out, call->arena, 0);
    for (size_t i = 0; i < argc; i++) {
        if (bk_is_nil(args[i])) continue;
        if (out.n) bk_buf_byte(&out, ' ');
        bk_buf_byte(&out, '\'');
        BK_TRY(bk_fmt_value(&out, args[i], call->err));
        bk_buf_byte(&out, '\'');
    }
    return fn_ret_buf(call, &out, ret);
}

BK_FN(cat) {
    bk_buf out;
    bk_buf_init(&out, call->arena, 0);
    bool first = true;
    for (size_t i = 0; i < argc; i++) {
        if (bk_is_nil(args[i])) continue;
        if (!first) bk_buf_byte(&out, ' ');
        first = false;
        BK_TRY(bk_fmt_value(&out, args[i], call->err));
    }
    return fn_ret_buf(call, &out, ret);
}

BK_FN(plural) { return fn_ret_str(ret, fn_str(args, args[2].i == 1 ? 0 : 1)); }

BK_FN(join) {
    bk_value list;
    BK_TRY(fn_texts(call, args[1], &list));
    if (list.len == 1) return fn_ret_str(ret, bk_value_str(list.items[0]));
    bk_buf out;
    bk_buf_init(&out, call->arena, 0);
    for (uint32_t i = 0; i < list.len; i++) {
        if (i) bk_buf_str(&out, fn_str(args, 0));
        bk_buf_str(&out, bk_value_str(list.items[i]));
    }
    return fn_ret_buf(call, &out, ret);
}

/* ---- splitting ---- */

/* Where the next part of s ends and how long the separator is; an empty separator ends it after one rune. False: it is the last part. */
static bool next_cut(bk_str s, bk_str sep, size_t *ret_end) {
    if (sep.n) {
        *ret_end = bk_str_find(s, sep);
        return *ret_end != BK_NPOS;
    }
    if (s.n == 0) return false;
    bk_utf8_decode(s, ret_end);
    return *ret_end < s.n;
}

/* strings.SplitN as values; n < 0 for all parts. */
static bk_status split_n(bk_call *call, bk_str s, bk_str sep, int64_t n, bk_value *ret) {
    bk_items parts;
    bk_items_init(&parts, call->arena);
    if (n != 0 && !(sep.n == 0 && s.n == 0)) {
        size_t end;
        while ((n < 0 || (int64_t)parts.n < n - 1) && next_cut(s, sep, &end)) {
            bk_items_add(&parts, bk_string(bk_str_sub(s, 0, end)));
            if (parts.failed) break;
            s = bk_str_from(s, end + sep.n);
        }
        bk_items_add(&parts, bk_string(s));
    }
    return bk_items_list(&parts, BK_T_STRINGS, ret, call->err);
}

/* {"_0": first, "_1": second, …} */
static bk_status numbered(bk_call *call, bk_value parts, bk_value *ret) {
    bk_map *map = bk_map_new(call->arena, parts.len);
    if (!map) return bk_call_nomem(call);
    for (uint32_t i = 0; i < parts.len; i++) {
        char *key;
        BK_TRY(fn_bytes(call, BK_INT_TEXT, &key));
        key[0] = '_';
        size_t n = bk_format_uint(i, key + 1) + 1;
        bk_arena_shrink(call->arena, key, BK_INT_TEXT + 1, n);
        if (!bk_map_set(map, bk_str_of(key, n), parts.items[i])) return bk_call_nomem(call);
    }
    *ret = bk_map_typed(BK_T_STRING_MAP, map);
    return BK_OK;
}

BK_FN(split) {
    bk_value parts;
    BK_TRY(split_n(call, fn_str(args, 1), fn_str(args, 0), -1, &parts));
    return numbered(call, parts, ret);
}

BK_FN(splitn) {
    bk_value parts;
    BK_TRY(split_n(call, fn_str(args, 2), fn_str(args, 0), args[1].i, &parts));
    return numbered(call, parts, ret);
}

BK_FN(splitList) { return split_n(call, fn_str(args, 1), fn_str(args, 0), -1, ret); }
