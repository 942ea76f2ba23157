#include "data/yaml_resolve.h"

#include "base/base64.h"
#include "base/num.h"

enum { WORD = 1, DOT, NUMBER };
const uint8_t bk_yaml_hints[256] = {
    ['+'] = NUMBER, ['-'] = NUMBER, ['0' ... '9'] = NUMBER, ['.'] = DOT,  ['y'] = WORD, ['Y'] = WORD, ['n'] = WORD, ['N'] = WORD,
    ['t'] = WORD,   ['T'] = WORD,   ['f'] = WORD,           ['F'] = WORD, ['o'] = WORD, ['O'] = WORD, ['~'] = WORD,
};

/* ---- words ---- */

typedef struct word {
    char text[6];
    uint8_t tag;
    int8_t value; /* BOOL: the truth; FLOAT: the sign of infinity, 0 for NaN */
} word;

static const word words[] = {
    {"~", BK_YAML_TAG_NULL, 0},       {"null", BK_YAML_TAG_NULL, 0},    {"Null", BK_YAML_TAG_NULL, 0},   {"NULL", BK_YAML_TAG_NULL, 0},
    {"y", BK_YAML_TAG_BOOL, 1},       {"Y", BK_YAML_TAG_BOOL, 1},       {"yes", BK_YAML_TAG_BOOL, 1},    {"Yes", BK_YAML_TAG_BOOL, 1},
    {"YES", BK_YAML_TAG_BOOL, 1},     {"true", BK_YAML_TAG_BOOL, 1},    {"True", BK_YAML_TAG_BOOL, 1},   {"TRUE", BK_YAML_TAG_BOOL, 1},
    {"on", BK_YAML_TAG_BOOL, 1},      {"On", BK_YAML_TAG_BOOL, 1},      {"ON", BK_YAML_TAG_BOOL, 1},     {"n", BK_YAML_TAG_BOOL, 0},
    {"N", BK_YAML_TAG_BOOL, 0},       {"no", BK_YAML_TAG_BOOL, 0},      {"No", BK_YAML_TAG_BOOL, 0},     {"NO", BK_YAML_TAG_BOOL, 0},
    {"false", BK_YAML_TAG_BOOL, 0},   {"False", BK_YAML_TAG_BOOL, 0},   {"FALSE", BK_YAML_TAG_BOOL, 0},  {"off", BK_YAML_TAG_BOOL, 0},
    {"Off", BK_YAML_TAG_BOOL, 0},     {"OFF", BK_YAML_TAG_BOOL, 0},     {".nan", BK_YAML_TAG_FLOAT, 0},  {".NaN", BK_YAML_TAG_FLOAT, 0},
    {".NAN", BK_YAML_TAG_FLOAT, 0},   {".inf", BK_YAML_TAG_FLOAT, 1},   {".Inf", BK_YAML_TAG_FLOAT, 1},  {".INF", BK_YAML_TAG_FLOAT, 1},
    {"+.inf", BK_YAML_TAG_FLOAT, 1},  {"+.Inf", BK_YAML_TAG_FLOAT, 1},  {"+.INF", BK_YAML_TAG_FLOAT, 1}, {"-.inf", BK_YAML_TAG_FLOAT, -1},
    {"-.Inf", BK_YAML_TAG_FLOAT, -1}, {"-.INF", BK_YAML_TAG_FLOAT, -1},
};

enum { LONGEST_WORD = sizeof words[0].text - 1 };

/* Whether the first and the last letter are those of a word of that length. */
static bool may_be_word(bk_str s) {
    static const char edges[LONGEST_WORD + 1][9] = {"", "~~yynn", "onno", "ysof", "nlte.n.f", "fe+f-f"};
    if (s.n > LONGEST_WORD) return false;
    char first = (char)(s.p[0] | 0x20), last = (char)(s.p[s.n - 1] | 0x20);
    for (const char *e = edges[s.n]; *e; e += 2)
        if (e[0] == first && e[1] == last) return true;
    return false;
}

static bk_yaml_tag find_word(bk_str s, bk_value *ret) {
    char text[LONGEST_WORD + 1] = "";
    if (!may_be_word(s)) return BK_YAML_TAG_STR;
    for (size_t i = 0; i < s.n; i++) text[i] = s.p[i];
    for (size_t i = 0; i < BK_COUNT(words); i++) {
        const word *w = &words[i];
        if (w->text[0] != text[0] || !bk_bytes_eq(w->text, text, sizeof text)) continue;
        if (w->tag == BK_YAML_TAG_NULL) *ret = bk_nil();
        else if (w->tag == BK_YAML_TAG_BOOL) *ret = bk_bool(w->value != 0);
        else *ret = bk_float(w->value ? w->value * __builtin_inf() : __builtin_nan(""));
        return (bk_yaml_tag)w->tag;
    }
    return BK_YAML_TAG_STR;
}

/* ---- timestamps ---- */

/* One or two digits at the start of *s, as time.Parse takes a number that may lack its zero. */
static bool take_number(bk_str *s, unsigned *ret) {
    unsigned n = 0;
    *ret = 0;
    while (n < 2 && n < s->n && s->p[n] >= '0' && s->p[n] <= '9') *ret = *ret * 10 + (unsigned)(s->p[n++] - '0');
    *s = bk_str_from(*s, n);
    return n > 0;
}

static bool take_byte(bk_str *s, char c) {
    if (s->n == 0 || s->p[0] != c) return false;
    *s = bk_str_from(*s, 1);
    return true;
}

/* Hours, minutes, seconds and a fraction. */
static bool take_clock(bk_str *s) {
    unsigned hour, minute, second;
    if (!take_number(s, &hour) || hour > 23 || !take_byte(s, ':') || !take_number(s, &minute) || minute > 59 || !take_byte(s, ':') ||
        !take_number(s, &second) || second > 59)
        return false;
    if (s->n < 2 || (s->p[0] != '.' && s->p[0] != ',') || s->p[1] < '0' || s->p[1] > '9') return true;
    size_t i = 1;
    while (i < s->n && s->p[i] >= '0' && s->p[i] <= '9') i++;
    *s = bk_str_from(*s, i);
    return true;
}

/* "Z" or "+hh:mm", and nothing behind. */
static bool take_zone(bk_str s) {
    unsigned hour, minute;
    if (bk_str_eq(s, BK_S("Z"))) return true;
    if (s.n != 6 || (s.p[0] != '+' && s.p[0] != '-') || s.p[3] != ':') return false;
    bk_str h = bk_str_sub(s, 1, 3), m = bk_str_from(s, 4);
    return take_number(&h, &hour) && h.n == 0 && hour <= 24 && take_number(&m, &minute) && m.n == 0 && minute <= 60;
}

static bool is_timestamp(bk_str s) {
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    unsigned year = 0, month, day;
    if (s.n < 5 || s.p[4] != '-') return false;
    for (int i = 0; i < 4; i++) {
        if (s.p[i] < '0' || s.p[i] > '9') return false;
        year = year * 10 + (unsigned)(s.p[i] - '0');
    }
    s = bk_str_from(s, 5);
    if (!take_number(&s, &month) || month < 1 || month > 12 || !take_byte(&s, '-') || !take_number(&s, &day)) return false;
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (day < 1 || day > days[month - 1] + (month == 2 && leap ? 1u : 0u)) return false;
    if (s.n == 0) return true;
    if (take_byte(&s, 'T') || take_byte(&s, 't')) return take_clock(&s) && take_zone(s);
    if (!take_byte(&s, ' ')) return false;
    while (take_byte(&s, ' ')) {}
    return take_clock(&s) && s.n == 0;
}

/* ---- numbers ---- */

/* ^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$ */
static bool looks_float(bk_str s) {
    size_t i = 0, digits = 0;
    if (i < s.n && (s.p[i] == '-' || s.p[i] == '+')) i++;
    bool leading = i < s.n && s.p[i] >= '0' && s.p[i] <= '9';
    while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9') i++;
    if (i < s.n && s.p[i] == '.') {
        for (i++; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++) digits++;
    }
    if (!leading && !digits) return false;
    if (i < s.n && (s.p[i] == 'e' || s.p[i] == 'E')) {
        i++;
        if (i < s.n && (s.p[i] == '-' || s.p[i] == '+')) i++;
        size_t from = i;
        while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9') i++;
        if (i == from) return false;
    }
    return i == s.n;
}

static bk_yaml_tag guess_int(bk_str s, int base, bk_value *ret) {
    int64_t i;
    uint64_t u;
    if (bk_parse_int(s, base, &i) == BK_NUM_OK) return *ret = bk_int(i), BK_YAML_TAG_INT;
    if (bk_parse_uint(s, base, &u) == BK_NUM_OK) return *ret = bk_uint_typed(BK_T_UINT64, u), BK_YAML_TAG_INT;
    return BK_YAML_TAG_STR;
}

static bk_yaml_tag guess_digits(bk_str text, bk_value *ret) {
    double f;
    bk_yaml_tag tag = guess_int(text, 0, ret);
    if (tag != BK_YAML_TAG_STR) return tag;
    if (looks_float(text) && bk_parse_float(text, &f) == BK_NUM_OK) return *ret = bk_float(f), BK_YAML_TAG_FLOAT;
    /* What base 0 did not take: a sign behind the prefix. */
    if (bk_str_starts(text, BK_S("0b"))) return guess_int(bk_str_from(text, 2), 2, ret);
    return BK_YAML_TAG_STR;
}

/* Underscores may stand anywhere in a number. A text with more digits than fit here is none for us. */
static bk_yaml_tag guess_underscored(bk_str text, bk_value *ret) {
    char digits[1024];
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '_') continue;
        if (n == sizeof digits) return BK_YAML_TAG_STR;
        digits[n++] = text.p[i];
    }
    return guess_digits(bk_str_of(digits, n), ret);
}

/* Decimal digits, too few to be more than int64 holds. */
static bool usual_int(bk_str text, bk_value *ret) {
    enum { DIGITS = 18 };
    int64_t i = 0;
    if (text.n > DIGITS || (text.p[0] == '0' && text.n > 1)) return false;
    for (size_t at = 0; at < text.n; at++) {
        unsigned digit = (unsigned char)text.p[at] - (unsigned)'0';
        if (digit > 9) return false;
        i = i * 10 + digit;
    }
    *ret = bk_int(i);
    return true;
}

static bk_yaml_tag guess_number(bk_str text, bk_value *ret) {
    return bk_str_find_byte(text, '_') == BK_NPOS ? guess_digits(text, ret) : guess_underscored(text, ret);
}

bk_yaml_tag bk_yaml_guess_slow(bk_str text, bk_value *ret) {
    double f;
    bk_yaml_tag tag = BK_YAML_TAG_STR;
    if (text.n == 0) return *ret = bk_nil(), BK_YAML_TAG_NULL;
    switch (bk_yaml_hints[(unsigned char)text.p[0]]) {
    case WORD: return find_word(text, ret);
    case DOT:
        tag = find_word(text, ret);
        if (tag != BK_YAML_TAG_STR || bk_parse_float(text, &f) != BK_NUM_OK) return tag;
        *ret = bk_float(f);
        return BK_YAML_TAG_FLOAT;
    case NUMBER:
        if (usual_int(text, ret)) return BK_YAML_TAG_INT;
        if (text.n > 1 && text.p[1] == '.') tag = find_word(text, ret);
        if (tag != BK_YAML_TAG_STR) return tag;
        return is_timestamp(text) ? BK_YAML_TAG_TIMESTAMP : guess_number(text, ret);
    default: return BK_YAML_TAG_STR;
    }
}

/* ---- tags ---- */

#define LONG_TAG "tag:yaml.org,2002:"

static const char *const tag_names[] = {"", "str", "null", "bool", "int", "float", "timestamp", "binary"};

static bk_yaml_tag tag_of(bk_str tag) {
    if (tag.n == 0) return BK_YAML_TAG_NONE;
    if (!bk_str_starts(tag, BK_S(LONG_TAG))) return BK_YAML_TAG_OTHER;
    bk_str name = bk_str_from(tag, sizeof LONG_TAG - 1);
    for (size_t i = 1; i < BK_COUNT(tag_names); i++)
        if (bk_str_eq(name, bk_str_c(tag_names[i]))) return (bk_yaml_tag)i;
    return BK_YAML_TAG_OTHER;
}

static bk_status resolve_binary(bk_arena *arena, bk_str text, bk_value *ret, bk_err *err) {
    bk_str raw;
    bk_status status = bk_base64_decode(arena, text, &raw, err);
    if (status == BK_ERR) return bk_err_replace(err, BK_S("yaml: !!binary value contains invalid base64 data"));
    BK_TRY(status);
    *ret = bk_string(raw);
    return BK_OK;
}

bk_status bk_yaml_resolve(bk_arena *arena, bk_str tag, bk_str text, bk_value *ret, bk_err *err) {
    bk_yaml_tag want = tag_of(tag), got = BK_YAML_TAG_STR;
    *ret = bk_string(text);
    if (want == BK_YAML_TAG_BINARY) return resolve_binary(arena, text, ret, err);
    if (want == BK_YAML_TAG_OTHER || want == BK_YAML_TAG_STR) return BK_OK;
    got = bk_yaml_guess(text, ret);
    /* Only a scalar without a tag, or with this one, is tried as a time. */
    if (got == BK_YAML_TAG_TIMESTAMP && want != BK_YAML_TAG_TIMESTAMP && want != BK_YAML_TAG_NONE) got = guess_number(text, ret);
    if (want == BK_YAML_TAG_NONE || want == got) return BK_OK;
    if (want == BK_YAML_TAG_FLOAT && got == BK_YAML_TAG_INT && ret->type == BK_T_INT) {
        *ret = bk_float((double)ret->i);
        return BK_OK;
    }
    return bk_err_set(err, BK_ERR, "yaml: cannot decode !!%s `%.*s` as a !!%s", tag_names[got], BK_FMT(text), tag_names[want]);
}
