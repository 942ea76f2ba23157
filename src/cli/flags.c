#include "cli/flags.h"

#include <assert.h>
#include <stdio.h>

#include "base/duration.h"
#include "base/num.h"
#include "base/sort.h"
#include "value/gofmt.h"

void bk_flags_init(bk_flags *flags, bk_arena *arena) { *flags = (bk_flags){.arena = arena}; }

static bk_status set_value(bk_flags *flags, bk_flag_value *v, bk_str text, bk_err *err);

bk_status bk_flags_add(bk_flags *flags, const bk_flag *table, bk_err *err) {
    for (; table->name; table++) {
        if (flags->count == flags->cap) {
            size_t cap = flags->cap ? flags->cap * 2 : 64;
            void *p = bk_arena_grow(flags->arena, flags->values, flags->cap * sizeof *flags->values, cap * sizeof *flags->values);
            if (!p) return bk_arena_fail(flags->arena, err);
            flags->values = p;
            flags->cap = cap;
        }
        bk_flag_value *v = &flags->values[flags->count++];
        *v = (bk_flag_value){.flag = table, .name = bk_str_c(table->name), .fallback = bk_str_c(table->fallback)};
        if (v->fallback.n) BK_TRY(set_value(flags, v, v->fallback, err));
        v->changed = 0;
        v->items = NULL; /* what is given replaces a default list */
        v->count = 0;
    }
    return BK_OK;
}

size_t bk_flags_count(const bk_flag *table) {
    size_t n = 0;
    while (table[n].name) n++;
    return n;
}

bk_flag_value *bk_flags_find(const bk_flags *flags, bk_str name) {
    for (size_t i = 0; i < flags->count; i++)
        if (bk_str_eq(flags->values[i].name, name)) return &flags->values[i];
    return NULL;
}

bk_flag_value *bk_flags_find_letter(const bk_flags *flags, char letter) {
    for (size_t i = 0; i < flags->count; i++)
        if (flags->values[i].flag->letter == letter) return &flags->values[i];
    return NULL;
}

const bk_flag_value *bk_flags_get(const bk_flags *flags, const char *name) {
    bk_flag_value *v = bk_flags_find(flags, bk_str_c(name));
    assert(v);
    return v;
}

void bk_flags_default(bk_flags *flags, const char *name, bk_str text) {
    bk_flag_value *v = bk_flags_find(flags, bk_str_c(name));
    assert(v && !v->changed);
    bk_err ignored = BK_ERR_INIT; /* a bad environment variable leaves the built-in default, as in Helm */
    bk_flag_value old = *v;
    v->fallback = text;
    if (set_value(flags, v, text, &ignored) != BK_OK) *v = old;
    v->changed = 0;
    bk_err_release(&ignored);
}

/* ---- values ---- */

static bk_status add_item(bk_flags *flags, bk_flag_value *v, bk_str item, bk_err *err) {
    if ((v->count & (v->count - 1)) == 0) {
        size_t cap = v->count ? v->count * 2 : 1;
        void *p = bk_arena_grow(flags->arena, v->items, v->count * sizeof item, cap * sizeof item);
        if (!p) return bk_arena_fail(flags->arena, err);
        v->items = p;
    }
    v->items[v->count++] = item;
    return BK_OK;
}

/* One field of a comma-separated line, quotes as in CSV. */
static bk_status csv_field(bk_flags *flags, bk_str line, size_t *at, bk_str *ret, bk_err *err) {
    if (*at >= line.n || line.p[*at] != '"') {
        bk_str rest = bk_str_from(line, *at);
        size_t n = bk_str_find_byte(rest, ',');
        *ret = bk_str_sub(rest, 0, n == BK_NPOS ? rest.n : n);
        size_t quote = bk_str_find_byte(*ret, '"');
        if (quote != BK_NPOS)
            return bk_err_set(err, BK_ERR, "parse error on line 1, column %zu: bare \" in non-quoted field", *at + quote + 1);
        *at += ret->n;
        return BK_OK;
    }
    bk_buf b;
    bk_buf_init(&b, flags->arena, 0);
    for (size_t i = *at + 1; i < line.n; i++) {
        if (line.p[i] != '"') {
            bk_buf_byte(&b, line.p[i]);
        } else if (i + 1 < line.n && line.p[i + 1] == '"') {
            bk_buf_byte(&b, '"');
            i++;
        } else if (i + 1 < line.n && line.p[i + 1] != ',') {
            return bk_err_set(err, BK_ERR, "parse error on line 1, column %zu: extraneous or missing \" in quoted-field", i + 1);
        } else {
            *at = i + 1;
            BK_TRY(bk_buf_check(&b, err));
            *ret = bk_buf_take(&b);
            return BK_OK;
        }
    }
    return bk_err_set(err, BK_ERR, "parse error on line 1, column %zu: extraneous or missing \" in quoted-field", line.n + 1);
}

static bk_status add_csv(bk_flags *flags, bk_flag_value *v, bk_str line, bk_err *err) {
    if (line.n == 0) return BK_OK;
    for (size_t at = 0;; at++) {
        bk_str field;
        BK_TRY(csv_field(flags, line, &at, &field, err));
        if (v->flag->type == BK_FLAG_MAP && bk_str_find_byte(field, '=') == BK_NPOS)
            return bk_err_set(err, BK_ERR, "%.*s must be formatted as key=value", BK_FMT(field));
        BK_TRY(add_item(flags, v, field, err));
        if (at >= line.n) return BK_OK;
    }
}

static bool parse_bool(bk_str s, bool *ret) {
    static const char *const yes[] = {"1", "t", "T", "TRUE", "true", "True"}, *const no[] = {"0", "f", "F", "FALSE", "false", "False"};
    for (size_t i = 0; i < BK_COUNT(yes); i++) {
        if (bk_str_eq(s, bk_str_c(yes[i]))) return *ret = true, true;
        if (bk_str_eq(s, bk_str_c(no[i]))) return *ret = false, true;
    }
    return false;
}

static bk_status number_error(const char *fn, bk_str text, bk_num_result r, bk_err *err) {
    return bk_fmt_fail(err, "strconv.%s: parsing %q: %s", bk_str_c(fn), text,
                       r == BK_NUM_RANGE ? BK_S("value out of range") : BK_S("invalid syntax"));
}

static bk_status parse_size(bk_str text, uint64_t *ret, bk_err *err) {
    static const struct {
        bk_str suffix;
        unsigned shift;
    } suffixes[] = {{{"KiB", 3}, 10}, {{"MiB", 3}, 20}, {{"GiB", 3}, 30}, {{"K", 1}, 10}, {{"M", 1}, 20}, {{"G", 1}, 30}};
    unsigned shift = 0;
    bk_str digits = text;
    for (size_t i = 0; i < BK_COUNT(suffixes) && !shift; i++) {
        if (!bk_str_ends(text, suffixes[i].suffix)) continue;
        shift = suffixes[i].shift;
        digits = bk_str_sub(text, 0, text.n - suffixes[i].suffix.n);
    }
    uint64_t v;
    if (bk_parse_uint(digits, 10, &v) != BK_NUM_OK || v > UINT64_MAX >> shift)
        return bk_err_set(err, BK_ERR, "\"%.*s\" is not a size: give bytes, or a number with KiB, MiB or GiB", BK_FMT(text));
    *ret = v << shift;
    return BK_OK;
}

static bk_status set_scalar(bk_flag_value *v, bk_str text, bk_err *err) {
    bk_num_result r;
    switch (v->flag->type) {
    case BK_FLAG_BOOL: return parse_bool(text, &v->b) ? BK_OK : number_error("ParseBool", text, BK_NUM_SYNTAX, err);
    case BK_FLAG_INT:
    case BK_FLAG_INT64: r = bk_parse_int(text, 0, &v->i); return r == BK_NUM_OK ? BK_OK : number_error("ParseInt", text, r, err);
    case BK_FLAG_UINT64: r = bk_parse_uint(text, 0, &v->u); return r == BK_NUM_OK ? BK_OK : number_error("ParseUint", text, r, err);
    case BK_FLAG_FLOAT32: r = bk_parse_float(text, &v->f); return r == BK_NUM_OK ? BK_OK : number_error("ParseFloat", text, r, err);
    case BK_FLAG_DURATION: return bk_duration_parse(text, &v->i, err);
    case BK_FLAG_SIZE: return parse_size(text, &v->u, err);
    default: return BK_OK;
    }
}

static bk_status set_value(bk_flags *flags, bk_flag_value *v, bk_str text, bk_err *err) {
    if (v->flag->type == BK_FLAG_SLICE || v->flag->type == BK_FLAG_MAP) BK_TRY(add_csv(flags, v, text, err));
    else if (v->flag->type == BK_FLAG_ARRAY) BK_TRY(add_item(flags, v, text, err));
    else if (set_scalar(v, text, err) != BK_OK) {
        bool range = bk_str_ends(bk_err_message(err), BK_S("value out of range"));
        if (v->flag->terse) bk_err_replace(err, range ? BK_S("value out of range") : BK_S("parse error"));
        return err->code;
    }
    if (v->flag->check) BK_TRY(v->flag->check(text, err));
    v->text = text;
    v->changed = ++flags->given;
    return BK_OK;
}

static bk_status given(bk_flags *flags, bk_flag_value *v, bk_str text, bk_buf *notices, bk_err *err) {
    const bk_flag *f = v->flag;
    if (set_value(flags, v, text, err) != BK_OK) {
        bk_err cause = BK_ERR_INIT;
        bk_buf quoted;
        bk_buf_init(&quoted, flags->arena, 0);
        bk_fmt_quote(&quoted, text);
        bk_err_move(&cause, err);
        if (f->letter)
            bk_err_set(err, cause.code, "invalid argument %.*s for \"-%c, --%s\" flag: %.*s", BK_FMT(quoted), f->letter, f->name,
                       BK_FMT(bk_err_message(&cause)));
        else
            bk_err_set(err, cause.code, "invalid argument %.*s for \"--%s\" flag: %.*s", BK_FMT(quoted), f->name,
                       BK_FMT(bk_err_message(&cause)));
        bk_err_release(&cause);
        return err->code;
    }
    if (f->deprecated) bk_buf_printf(notices, "Flag --%s has been deprecated, %s\n", f->name, f->deprecated);
    return BK_OK;
}

/* ---- the command line ---- */

/* The value that a flag has when it stands alone; NULL when it needs one. */
static const char *bare_value(const bk_flag *f) { return f->bare ? f->bare : f->type == BK_FLAG_BOOL ? "true" : NULL; }

/* What may be the value of a flag that nobody knows. */
static void pass_value(const bk_str *argv, size_t argc, size_t *i) {
    if (*i + 1 < argc && !bk_str_starts(argv[*i + 1], BK_S("-"))) ++*i;
}

static bk_status long_flag(bk_flags *flags, const bk_str *argv, size_t argc, size_t *i, bk_buf *notices, bk_err *err) {
    bk_str word = argv[*i], name, value;
    bool has_value = bk_str_cut(bk_str_from(word, 2), BK_S("="), &name, &value);
    if (name.n == 0 || name.p[0] == '-') return bk_err_set(err, BK_ERR, "bad flag syntax: %.*s", BK_FMT(word));
    bk_flag_value *v = bk_flags_find(flags, name);
    if (!v && flags->lenient && !bk_str_eq(name, BK_S("help"))) {
        if (!has_value) pass_value(argv, argc, i);
        return BK_OK;
    }
    if (!v) return bk_err_set(err, BK_ERR, "unknown flag: --%.*s", BK_FMT(name));
    if (has_value) return given(flags, v, value, notices, err);
    const char *bare = bare_value(v->flag);
    if (bare) return given(flags, v, bk_str_c(bare), notices, err);
    if (*i + 1 >= argc) return bk_err_set(err, BK_ERR, "flag needs an argument: --%.*s", BK_FMT(name));
    return given(flags, v, argv[++*i], notices, err);
}

/* A byte as Go quotes it, which takes it for a rune. */
static void quote_letter(char letter, char out[8]) {
    unsigned c = (unsigned char)letter;
    size_t n = 0;
    if (c < ' ' || c == 0x7f) n = (size_t)snprintf(out, 8, "\\x%02x", c);
    else if (c > 0x7f && (c < 0xa1 || c == 0xad)) n = (size_t)snprintf(out, 8, "\\u%04x", c);
    else {
        if (c == '\'' || c == '\\') out[n++] = '\\';
        if (c > 0x7f) out[n++] = (char)(0xc0 | c >> 6);
        out[n++] = (char)(c > 0x7f ? 0x80 | (c & 0x3f) : c);
    }
    out[n] = 0;
}

static bk_status unknown_letter(char letter, bk_str left, bk_err *err) {
    char text[8];
    quote_letter(letter, text);
    return bk_err_set(err, BK_ERR, "unknown shorthand flag: '%s' in -%.*s", text, BK_FMT(left));
}

static bk_status short_flags(bk_flags *flags, const bk_str *argv, size_t argc, size_t *i, bk_buf *notices, bk_err *err) {
    bk_str word = argv[*i];
    for (bk_str rest = bk_str_from(word, 1); rest.n;) {
        char letter = rest.p[0];
        bk_str left = rest; /* what of the word an error shows */
        rest = bk_str_from(rest, 1);
        bk_flag_value *v = bk_flags_find_letter(flags, letter);
        if (!v && flags->lenient && letter != 'h') {
            if (rest.n > 1 && rest.p[0] == '=') return BK_OK;
            pass_value(argv, argc, i);
            continue;
        }
        if (!v) return unknown_letter(letter, left, err);
        const char *bare = bare_value(v->flag);
        if (rest.n > 1 && rest.p[0] == '=') return given(flags, v, bk_str_from(rest, 1), notices, err);
        if (bare) {
            BK_TRY(given(flags, v, bk_str_c(bare), notices, err));
            continue;
        }
        if (rest.n) return given(flags, v, rest, notices, err);
        if (*i + 1 >= argc) return bk_err_set(err, BK_ERR, "flag needs an argument: '%c' in -%.*s", letter, BK_FMT(left));
        return given(flags, v, argv[++*i], notices, err);
    }
    return BK_OK;
}

bk_status bk_flags_parse(bk_flags *flags, const bk_str *argv, size_t argc, bk_str **ret_args, size_t *ret_count, bk_buf *notices,
                         bk_err *err) {
    bk_str *args = BK_NEW_ARRAY(flags->arena, bk_str, argc + 1);
    size_t n = 0;
    if (!args) return bk_arena_fail(flags->arena, err);
    for (size_t i = 0; i < argc; i++) {
        if (argv[i].n < 2 || argv[i].p[0] != '-') {
            args[n++] = argv[i];
        } else if (bk_str_eq(argv[i], BK_S("--"))) {
            while (++i < argc) args[n++] = argv[i];
        } else if (argv[i].p[1] == '-') {
            BK_TRY(long_flag(flags, argv, argc, &i, notices, err));
        } else {
            BK_TRY(short_flags(flags, argv, argc, &i, notices, err));
        }
    }
    *ret_args = args;
    *ret_count = n;
    return BK_OK;
}

bool bk_flags_takes_next(const bk_flags *flags, bk_str word) {
    if (word.n < 2 || word.p[0] != '-' || bk_str_find_byte(word, '=') != BK_NPOS) return false;
    bk_flag_value *v = word.p[1] == '-' ? bk_flags_find(flags, bk_str_from(word, 2))
                       : word.n == 2    ? bk_flags_find_letter(flags, word.p[1])
                                        : NULL;
    return v && !bare_value(v->flag);
}

/* ---- usage ---- */

static const char *const type_names[] = {
    [BK_FLAG_BOOL] = "",         [BK_FLAG_STRING] = "string",      [BK_FLAG_INT] = "int",           [BK_FLAG_INT64] = "int",
    [BK_FLAG_UINT64] = "uint",   [BK_FLAG_FLOAT32] = "float32",    [BK_FLAG_DURATION] = "duration", [BK_FLAG_ARRAY] = "stringArray",
    [BK_FLAG_SLICE] = "strings", [BK_FLAG_MAP] = "stringToString", [BK_FLAG_SIZE] = "size",
};

/* "-n, --namespace string"; returns the length. */
static size_t put_head(const bk_flag *f, bk_buf *out) {
    size_t before = out->n;
    if (f->letter) bk_buf_printf(out, "  -%c, --%s", f->letter, f->name);
    else bk_buf_printf(out, "      --%s", f->name);
    const char *type = f->type_name ? f->type_name : type_names[f->type];
    if (type[0]) bk_buf_printf(out, " %s", type);
    if (f->bare) bk_buf_printf(out, "[=%s]", f->bare);
    return out->n - before;
}

static void put_default(const bk_flag_value *v, bk_buf *out) {
    const bk_flag *f = v->flag;
    bk_str d = v->fallback;
    bool zero = d.n == 0 || (f->type == BK_FLAG_BOOL && bk_str_eq(d, BK_S("false"))) || bk_str_eq(d, BK_S("0")) || bk_str_eq(d, BK_S("0s"));
    if (zero) return;
    if (f->type == BK_FLAG_STRING && !f->bare) bk_buf_printf(out, " (default \"%.*s\")", BK_FMT(d));
    else if (f->type == BK_FLAG_ARRAY || f->type == BK_FLAG_SLICE) bk_buf_printf(out, " (default [%.*s])", BK_FMT(d));
    else bk_buf_printf(out, " (default %.*s)", BK_FMT(d));
}

static int by_name(const void *a, const void *b, void *arg) {
    (void)arg;
    return strcmp((*(const bk_flag_value *const *)a)->flag->name, (*(const bk_flag_value *const *)b)->flag->name);
}

void bk_flags_usage(const bk_flags *flags, size_t from, size_t to, bk_buf *out) {
    const bk_flag_value **shown = BK_NEW_ARRAY(flags->arena, const bk_flag_value *, to - from + 1);
    size_t n = 0, width = 0;
    if (!shown) return;
    bk_buf scratch;
    bk_buf_init(&scratch, flags->arena, 0);
    for (size_t i = from; i < to; i++) {
        const bk_flag *f = flags->values[i].flag;
        if (f->hidden || f->deprecated) continue;
        shown[n++] = &flags->values[i];
        size_t w = put_head(f, &scratch);
        if (w > width) width = w;
    }
    if (!bk_sort(flags->arena, shown, n, sizeof *shown, by_name, NULL)) return;
    for (size_t i = 0; i < n; i++) {
        size_t w = put_head(shown[i]->flag, out);
        bk_buf_fill(out, ' ', width - w + 3);
        bk_buf_c(out, shown[i]->flag->help);
        put_default(shown[i], out);
        while (i + 1 == n && out->n && out->p[out->n - 1] == ' ') bk_buf_cut(out, out->n - 1);
        bk_buf_byte(out, '\n');
    }
}
