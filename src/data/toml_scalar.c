/* toml_scalar.c: numbers, truths, dates. */
#include "base/num.h"
#include "base/unicode.h"
#include "base/utf8.h"
#include "data/toml_lex.h"
#include "data/toml_time.h"
#include "value/gofmt.h"

static bool is_digit(uint32_t rune) { return rune - '0' < 10u; }
static bool is_hex(uint32_t rune) { return is_digit(rune) || (rune | 0x20) - 'a' < 6u; }

/* "before "text" after": the text quoted as %q does. */
static bk_status fail_text(bk_toml_lexer *lx, uint32_t line, const char *before, bk_str text, const char *after) {
    bk_buf quoted;
    bk_buf_init(&quoted, lx->arena, 0);
    bk_fmt_quote(&quoted, text);
    BK_TRY(bk_buf_check(&quoted, lx->err));
    bk_str s = bk_buf_view(&quoted);
    return bk_toml_fail(lx, line, "%s%.*s%s", before, BK_FMT(s), after);
}

/* ---- numbers ---- */

/* Underscores stand between digits, and the last character is one. */
static bool underscores_ok(bk_str s) {
    bool accept = false;
    bk_str name = s.n && (s.p[0] == '+' || s.p[0] == '-') ? bk_str_from(s, 1) : s;
    if (bk_str_eq(name, BK_S("nan")) || bk_str_eq(name, BK_S("inf"))) return true;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '_' && !accept) return false;
        accept = is_hex((unsigned char)s.p[i]);
    }
    return accept;
}

static bool leading_zero(bk_str s) {
    if (s.n > 1 && s.p[0] == '0' && !(s.p[1] == 'b' || s.p[1] == 'o' || s.p[1] == 'x')) return true;
    return s.n > 2 && (s.p[0] == '-' || s.p[0] == '+') && s.p[1] == '0';
}

static bk_status finish_integer(bk_toml_lexer *lx, bk_value *ret) {
    bk_str s = bk_toml_current(lx);
    int64_t i;
    bk_toml_ignore(lx);
    if (!underscores_ok(s)) return fail_text(lx, lx->line, "Invalid integer ", s, ": underscores must be surrounded by digits");
    if (leading_zero(s)) return fail_text(lx, lx->line, "Invalid integer ", s, ": cannot have leading zeroes");
    if (bk_parse_int(s, 0, &i) != BK_NUM_OK) return bk_toml_fail(lx, lx->line, "%.*s is out of range for int64", BK_FMT(s));
    *ret = bk_int64(i);
    return BK_OK;
}

/* The parts between ".", "e" and "E" are right; so are the points. */
static bk_status check_float(bk_toml_lexer *lx, bk_str s) {
    bool first = true, point = false;
    for (size_t i = 0; i <= s.n;) {
        size_t end = i;
        while (end < s.n && s.p[end] != '.' && s.p[end] != 'e' && s.p[end] != 'E') end++;
        bk_str part = bk_str_sub(s, i, end);
        if (part.n && !underscores_ok(part))
            return fail_text(lx, lx->line, "Invalid float ", s, ": underscores must be surrounded by digits");
        i = end + 1;
    }
    for (size_t i = 0; i <= s.n && first;) {
        size_t end = i;
        while (end < s.n && s.p[end] != '.' && s.p[end] != 'e' && s.p[end] != 'E') end++;
        if (end > i) first = false;
        if (end > i && leading_zero(bk_str_sub(s, i, end)))
            return fail_text(lx, lx->line, "Invalid float ", s, ": cannot have leading zeroes");
        i = end + 1;
    }
    for (size_t i = 0; i < s.n; i++) {
        if (point && !is_digit((unsigned char)s.p[i])) break;
        point = s.p[i] == '.';
    }
    if (point) return fail_text(lx, lx->line, "Invalid float ", s, ": '.' must be followed by one or more digits");
    return BK_OK;
}

static bk_status finish_float(bk_toml_lexer *lx, bk_value *ret) {
    bk_str s = bk_toml_current(lx);
    bk_buf digits;
    double f;
    bk_toml_ignore(lx);
    BK_TRY(check_float(lx, s));
    bk_buf_init(&digits, lx->arena, 0);
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] != '_') bk_buf_byte(&digits, s.p[i]);
    BK_TRY(bk_buf_check(&digits, lx->err));
    bk_str plain = bk_buf_view(&digits);
    bool nan = bk_str_eq(plain, BK_S("+nan")) || bk_str_eq(plain, BK_S("-nan"));
    bk_num_result result = bk_parse_float(nan ? bk_str_from(plain, 1) : plain, &f);
    if (result == BK_NUM_RANGE) return bk_toml_fail(lx, lx->line, "%.*s is out of range for float64", BK_FMT(s));
    if (result != BK_NUM_OK) return fail_text(lx, lx->line, "Invalid float value: ", s, "");
    *ret = bk_float(nan && plain.p[0] == '-' ? __builtin_copysign(f, -1) : f);
    return BK_OK;
}

static bk_status finish_time(bk_toml_lexer *lx, bk_value *ret) {
    bk_str s = bk_str_trim(bk_toml_current(lx)), copy;
    bk_toml_time time;
    bk_toml_ignore(lx);
    if (!bk_arena_dup(lx->arena, s, &copy)) return bk_arena_fail(lx->arena, lx->err);
    char *p = (char *)(uintptr_t)copy.p;
    for (size_t i = 0; i < copy.n; i++) {
        if (p[i] == 'z') p[i] = 'Z';
        else if (p[i] == 't' || p[i] == ' ') p[i] = 'T';
    }
    if (!bk_toml_time_parse(copy, &time)) return fail_text(lx, lx->line, "invalid datetime: ", copy, "");
    *ret = bk_toml_time_value(lx->arena, time);
    return ret->object ? BK_OK : bk_arena_fail(lx->arena, lx->err);
}

/* Steps over characters of that set and digits; *ret is the first other one, which is not consumed. */
static bk_status skip_set(bk_toml_lexer *lx, const char *set, uint32_t *ret) {
    do {
        BK_TRY(bk_toml_next(lx, ret));
    } while (*ret && *ret < 0x80 && strchr(set, (int)*ret));
    bk_toml_back(lx);
    return BK_OK;
}

static bk_status float_rest(bk_toml_lexer *lx, bk_value *ret) {
    uint32_t rune;
    BK_TRY(skip_set(lx, "0123456789_.-+eE", &rune));
    return finish_float(lx, ret);
}

static bk_status time_rest(bk_toml_lexer *lx, bk_value *ret) {
    uint32_t rune;
    BK_TRY(skip_set(lx, "0123456789-:Tt .Zz+", &rune));
    return finish_time(lx, ret);
}

/* A decimal number from here on: no date any more. */
static bk_status decimal_rest(bk_toml_lexer *lx, bk_value *ret) {
    uint32_t rune;
    BK_TRY(skip_set(lx, "0123456789_", &rune));
    if (rune == '.' || rune == 'e' || rune == 'E') return float_rest(lx, ret);
    return finish_integer(lx, ret);
}

static bk_status number_or_time(bk_toml_lexer *lx, bk_value *ret) {
    uint32_t rune;
    BK_TRY(skip_set(lx, "0123456789", &rune));
    switch (rune) {
    case '-':
    case ':': return time_rest(lx, ret);
    case '_': return decimal_rest(lx, ret);
    case '.':
    case 'e':
    case 'E': return float_rest(lx, ret);
    default: return finish_integer(lx, ret);
    }
}

/* 0b…, 0o…, 0x…; the letter has been read. */
static bk_status based_number(bk_toml_lexer *lx, uint32_t letter, bk_value *ret) {
    uint32_t rune;
    const char *set = letter == 'b' ? "01" : letter == 'o' ? "01234567" : "0123456789abcdefABCDEF";
    const char *name = letter == 'b' ? "a binary" : letter == 'o' ? "an octal" : "a hexadecimal";
    char digits[32];
    BK_TRY(bk_toml_peek(lx, &rune));
    if (!rune || rune >= 0x80 || !strchr(set, (int)rune)) {
        char text[5] = {0};
        bk_str now = bk_toml_current(lx);
        if (!rune) return bk_toml_fail_here(lx, "not %s number: '%.*s%c'", name, BK_FMT(now), 0);
        bk_utf8_encode(rune, text);
        return bk_toml_fail_here(lx, "not %s number: '%.*s%s'", name, BK_FMT(now), text);
    }
    size_t n = strlen(set);
    memcpy(digits, set, n);
    digits[n] = '_';
    digits[n + 1] = 0;
    BK_TRY(skip_set(lx, digits, &rune));
    return finish_integer(lx, ret);
}

/* inf or nan behind a sign; its first letter has been read. */
static bk_status signed_word(bk_toml_lexer *lx, const char *rest, bk_value *ret) {
    uint32_t rune;
    for (int i = 0; i < 2; i++) {
        BK_TRY(bk_toml_next(lx, &rune));
        if (rune == (unsigned char)rest[i]) continue;
        bk_toml_back(lx);
        bk_str now = bk_toml_current(lx);
        return bk_toml_fail_here(lx, "invalid float: '%.*s'", BK_FMT(now));
    }
    return finish_float(lx, ret);
}

static bk_status signed_number(bk_toml_lexer *lx, bk_value *ret) {
    uint32_t rune, next;
    BK_TRY(bk_toml_next(lx, &rune));
    if (rune == 'i' || rune == 'n') return signed_word(lx, rune == 'i' ? "nf" : "an", ret);
    if (rune == '.') return bk_toml_fail_here(lx, "floats must start with a digit, not '.'");
    if (!is_digit(rune)) return bk_toml_fail_rune(lx, "expected a digit but got ", rune, "");
    BK_TRY(bk_toml_peek(lx, &next));
    bk_str now = bk_toml_current(lx);
    if (rune == '0' && (next == 'b' || next == 'o' || next == 'x'))
        return bk_toml_fail_here(lx, "cannot use sign with non-decimal numbers: '%.*s%c'", BK_FMT(now), (char)next);
    return decimal_rest(lx, ret);
}

bk_status bk_toml_number(bk_toml_lexer *lx, uint32_t rune, bk_value *ret) {
    uint32_t next;
    if (!is_digit(rune)) return signed_number(lx, ret);
    if (rune != '0') return number_or_time(lx, ret);
    BK_TRY(bk_toml_next(lx, &next));
    if (next == 'b' || next == 'o' || next == 'x') return based_number(lx, next, ret);
    bk_toml_back(lx);
    /* Behind a first 0 a date has to go on with a digit. */
    if (next == '-' || next == ':') return finish_integer(lx, ret);
    return number_or_time(lx, ret);
}

/* ---- words ---- */

/* true or false, from its first letter on. */
static bk_status word(bk_toml_lexer *lx, bk_value *ret) {
    uint32_t rune;
    size_t from = lx->at;
    do {
        BK_TRY(bk_toml_next(lx, &rune));
    } while (bk_rune_is_letter(rune) && rune != BK_TOML_EOF);
    bk_toml_back(lx);
    bk_str s = bk_str_sub(lx->in, from, lx->at);
    bool yes = bk_str_eq(s, BK_S("true"));
    if (!yes && !bk_str_eq(s, BK_S("false"))) return fail_text(lx, lx->line, "expected value but found ", s, " instead");
    bk_toml_ignore(lx);
    *ret = bk_bool(yes);
    return BK_OK;
}

static bk_status accept(bk_toml_lexer *lx, char c, bool *ret) {
    uint32_t rune;
    BK_TRY(bk_toml_next(lx, &rune));
    *ret = rune == (unsigned char)c;
    if (!*ret) bk_toml_back(lx);
    return BK_OK;
}

/* inf and nan: any of "i" and "n", then "nf" or "an"; whatever else that takes in fails as a float. */
static bk_status special_float(bk_toml_lexer *lx, bool *ret) {
    bool first, second = false;
    BK_TRY(accept(lx, 'n', &first));
    if (first) BK_TRY(accept(lx, 'f', &second));
    if (!second) {
        BK_TRY(accept(lx, 'a', &first));
        if (first) BK_TRY(accept(lx, 'n', &second));
    }
    *ret = second;
    return BK_OK;
}

static bk_status quoted(bk_toml_lexer *lx, char quote, bk_value *ret) {
    bool second, third = false;
    bk_str s;
    BK_TRY(accept(lx, quote, &second));
    if (second) BK_TRY(accept(lx, quote, &third));
    if (third) {
        BK_TRY(bk_toml_long_string(lx, quote, &s));
    } else {
        if (second) {
            lx->back = 1;
            bk_toml_back(lx);
        }
        BK_TRY(bk_toml_string(lx, quote, &s));
    }
    *ret = bk_string(s);
    return BK_OK;
}

bk_status bk_toml_scalar(bk_toml_lexer *lx, uint32_t rune, bk_value *ret) {
    bool special;
    if (is_digit(rune) || rune == '-' || rune == '+') return bk_toml_number(lx, rune, ret);
    if (rune == '"' || rune == '\'') return quoted(lx, (char)rune, ret);
    if (rune == '.') return bk_toml_fail_here(lx, "floats must start with a digit, not '.'");
    if (rune == 'i' || rune == 'n') {
        BK_TRY(special_float(lx, &special));
        if (special) return finish_float(lx, ret);
        lx->back = 1;
    }
    if (bk_rune_is_letter(rune)) {
        bk_toml_back(lx);
        return word(lx, ret);
    }
    if (rune == BK_TOML_EOF) return bk_toml_fail_here(lx, "unexpected EOF; expected value");
    if (rune != '\n') return bk_toml_fail_rune(lx, "expected value but found ", rune, " instead");
    lx->line--;
    return bk_toml_fail_rune(lx, "expected value but found ", rune, " instead");
}
