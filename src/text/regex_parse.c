#include "text/regex_parse.h"

#include "base/num.h"
#include "base/utf8.h"

/* Go's limits: instructions of a program, height of the tree, copies that nested repetitions make. */
#define MOST_SIZE (128 * 1024 * 1024 / 40)
#define MOST_HEIGHT 1000
#define MOST_COPIES 1000

/* What the limits need to know of a piece of the expression. */
typedef struct piece {
    int64_t size;
    int32_t height;
    int32_t copies;
    bool literal; /* one literal rune, or a run of them */
    bool class;   /* one rune of several: alternatives of such make one class */
} piece;

/* An open parenthesis, or the whole expression. */
typedef struct frame {
    piece last;        /* the piece that a repetition would apply to */
    piece concat;      /* the pieces before it */
    piece alternation; /* what was before the last "|" */
    uint32_t pieces, alternatives;
    bool has_last, capture;
    bool fold, ungreedy; /* flags to restore at the end */
} frame;

typedef struct translator {
    bk_regex_parser p;
    bk_regex *regex;
    bk_buf frames; /* those outside of `top` */
    frame top;
    uint32_t depth;
    size_t repeat; /* where the repetition started that was read last, BK_NPOS when something else was */
} translator;

static bk_status refuse_whole(translator *t, const char *what) { return bk_regex_refuse(&t->p, what, 0, t->p.pattern.n); }

static char peek(const translator *t, size_t ahead) { return ahead < t->p.pattern.n - t->p.at ? t->p.pattern.p[t->p.at + ahead] : 0; }

/* ---- the stack ---- */

static piece one(int64_t size) { return (piece){.size = size, .height = 1, .copies = 1}; }

static void grow(piece *sum, const piece *part) {
    sum->size += part->size;
    if (part->height > sum->height) sum->height = part->height;
    if (part->copies > sum->copies) sum->copies = part->copies;
}

/* The last piece joins those before it; literals in a row are one. */
static void settle_last(frame *f) {
    if (!f->has_last) return;
    if (f->pieces == 0) {
        f->concat = f->last;
        f->pieces = 1;
    } else {
        bool run = f->concat.literal && f->last.literal;
        grow(&f->concat, &f->last);
        if (!run) {
            f->pieces++;
            f->concat.literal = false;
        }
        f->concat.class = false;
    }
    f->has_last = false;
}

static bk_status push(translator *t, piece next) {
    settle_last(&t->top);
    t->top.last = next;
    t->top.has_last = true;
    if (next.size > MOST_SIZE) return refuse_whole(t, "expression too large");
    if (next.height > MOST_HEIGHT) return refuse_whole(t, "expression nests too deeply");
    return BK_OK;
}

static bk_status push_literal(translator *t, uint32_t rune) {
    bk_regex_put_rune(&t->p, rune, false);
    piece next = one(1);
    next.literal = next.class = true;
    return push(t, next);
}

static bk_status push_class(translator *t) {
    piece next = one(1);
    next.class = true;
    return push(t, next);
}

/* Everything since the last "|" becomes an alternative. */
static void end_alternative(frame *f) {
    settle_last(f);
    piece whole = f->pieces ? f->concat : one(1);
    if (f->pieces > 1) whole.height++;
    if (f->alternatives == 0) {
        f->alternation = whole;
    } else {
        bool class = f->alternation.class && whole.class;
        grow(&f->alternation, &whole);
        f->alternation.size++;
        f->alternation.class = class;
        f->alternation.literal = false;
        if (class) f->alternation.size = 1;
    }
    f->alternatives++;
    f->pieces = 0;
    f->concat = (piece){0};
}

static piece end_frame(frame *f) {
    end_alternative(f);
    piece whole = f->alternation;
    if (f->alternatives > 1 && !whole.class) whole.height++;
    return whole;
}

static bk_status open_frame(translator *t, bool capture) {
    bk_buf_bytes(&t->frames, (const char *)&t->top, sizeof t->top);
    bool fold = t->p.fold;
    t->top = (frame){.capture = capture, .fold = fold};
    t->depth++;
    return bk_buf_check(&t->frames, t->p.err);
}

static bk_status close_frame(translator *t) {
    piece whole = end_frame(&t->top);
    if (t->depth == 0) return refuse_whole(t, "unexpected )");
    if (t->top.capture) {
        whole.size += 2;
        whole.height++;
        whole.literal = whole.class = false;
    }
    t->p.fold = t->top.fold;
    t->depth--;
    bk_buf_cut(&t->frames, t->depth * sizeof t->top);
    memcpy(&t->top, t->frames.p + t->depth * sizeof t->top, sizeof t->top);
    bk_buf_byte(t->p.out, ')');
    t->p.at++;
    return push(t, whole);
}

/* ---- repetitions ---- */

static int64_t repeat_size(int64_t sub, int64_t min, int64_t max) {
    if (max >= 0) return max * sub + (max - min);
    return min == 0 ? sub + 2 : min * sub + 1;
}

/* Puts min and max (-1: no bound) copies of the last piece in its place. p->at is behind the operator that starts at `start`. */
static bk_status repeat(translator *t, size_t start, int64_t min, int64_t max, bool counted) {
    bk_buf_bytes(t->p.out, t->p.pattern.p + start, t->p.at - start);
    if (peek(t, 0) == '?') {
        bk_buf_byte(t->p.out, '?');
        t->p.at++;
    }
    if (t->repeat != BK_NPOS) return bk_regex_refuse(&t->p, "invalid nested repetition operator", t->repeat, t->p.at);
    if (!t->top.has_last) return bk_regex_refuse(&t->p, "missing argument to repetition operator", start, t->p.at);
    piece *last = &t->top.last;
    last->size = counted ? repeat_size(last->size, min, max) : last->size + (max < 0 && min == 0 ? 2 : 1);
    if (last->size < 1) last->size = 1;
    last->height++;
    last->literal = last->class = false;
    if (last->size > MOST_SIZE) return refuse_whole(t, "expression too large");
    if (last->height > MOST_HEIGHT) return refuse_whole(t, "expression nests too deeply");
    if (counted) {
        int64_t m = max < 0 ? min : max;
        if (max == 0) last->copies = 1;
        else if (m > 0 && m * last->copies > MOST_COPIES && m > 1) return bk_regex_refuse(&t->p, "invalid repeat count", start, t->p.at);
        else if (m > 0) last->copies = (int32_t)m * last->copies;
    }
    t->repeat = start;
    return BK_OK;
}

/* A count at *at; too big a one is -1. No leading zeros. */
static bool repeat_number(bk_str s, size_t *at, int64_t *ret) {
    size_t start = *at;
    *ret = 0;
    while (*at < s.n && s.p[*at] >= '0' && s.p[*at] <= '9') {
        if (*ret >= 0) *ret = *ret >= 100000000 ? -1 : *ret * 10 + (s.p[*at] - '0');
        (*at)++;
    }
    return *at > start && !(s.p[start] == '0' && *at > start + 1);
}

/* {n}, {n,} and {n,m}; what does not look like it is a literal brace. */
static bk_status counted_repeat(translator *t) {
    bk_str s = t->p.pattern;
    size_t start = t->p.at, at = start + 1;
    int64_t min, max;
    bool ok = repeat_number(s, &at, &min);
    max = min;
    if (ok && at < s.n && s.p[at] == ',') {
        at++;
        max = -1;
        if (at < s.n && s.p[at] != '}') {
            ok = repeat_number(s, &at, &max);
            if (max < 0) min = -1;
        }
    }
    if (!ok || at >= s.n || s.p[at] != '}') {
        t->p.at++;
        t->repeat = BK_NPOS;
        return push_literal(t, '{');
    }
    t->p.at = at + 1;
    if (min < 0 || min > 1000 || max > 1000 || (max >= 0 && min > max))
        return bk_regex_refuse(&t->p, "invalid repeat count", start, t->p.at);
    return repeat(t, start, min, max, true);
}

/* ---- groups and flags ---- */

static bool valid_name(bk_str name) {
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        if (c != '_' && !(c >= '0' && c <= '9') && !((c | 0x20) >= 'a' && (c | 0x20) <= 'z')) return false;
    }
    return name.n > 0;
}

static bk_status check_utf8(translator *t, size_t from, size_t to) {
    bk_regex_parser ahead = t->p;
    uint32_t rune;
    ahead.pattern.n = to;
    ahead.at = from;
    while (ahead.at < to) BK_TRY(bk_regex_rune(&ahead, &rune));
    return BK_OK;
}

/* (?P<name> or (?<name>, the name starting at `from`. */
static bk_status named_group(translator *t, size_t from) {
    size_t start = t->p.at, close = bk_str_find_byte(bk_str_from(t->p.pattern, start), '>');
    if (close == BK_NPOS) {
        BK_TRY(check_utf8(t, start, t->p.pattern.n));
        return bk_regex_refuse(&t->p, "invalid named capture", start, t->p.pattern.n);
    }
    size_t to = start + close;
    BK_TRY(check_utf8(t, from, to));
    if (!valid_name(bk_str_sub(t->p.pattern, from, to))) return bk_regex_refuse(&t->p, "invalid named capture", start, to + 1);
    bk_regex_name name = {.group = ++t->regex->groups, .from = (uint32_t)from, .to = (uint32_t)to};
    bk_buf_bytes(&t->regex->names, (const char *)&name, sizeof name);
    bk_buf_byte(t->p.out, '(');
    t->p.at = to + 1;
    return open_frame(t, true);
}

/* The end of (?flags: or (?flags). */
static bk_status end_flags(translator *t, size_t start, bool group, bool any, bool fold) {
    /* RE2 does not take "(?)": it gets a flag as it stands already. Something has to be there, since a repetition behind it is not doubled. */
    if (group || any) bk_buf_bytes(t->p.out, t->p.pattern.p + start, t->p.at - start);
    else bk_buf_c(t->p.out, fold ? "(?i)" : "(?-i)");
    if (group) BK_TRY(open_frame(t, false));
    t->p.fold = fold;
    return BK_OK;
}

/* (?flags) or (?flags:, at the parenthesis. */
static bk_status flags_group(translator *t) {
    size_t start = t->p.at;
    bool negative = false, any = false, since_sign = false, fold = t->p.fold;
    t->p.at += 2;
    while (t->p.at < t->p.pattern.n) {
        uint32_t c;
        BK_TRY(bk_regex_rune(&t->p, &c));
        if (c == 'i' || c == 'm' || c == 's' || c == 'U') {
            any = since_sign = true;
            if (c == 'i') fold = !negative;
        } else if (c == '-' && !negative) {
            negative = true;
            since_sign = false;
        } else if ((c == ':' || c == ')') && (!negative || since_sign)) {
            return end_flags(t, start, c == ':', any, fold);
        } else {
            break;
        }
    }
    return bk_regex_refuse(&t->p, "invalid or unsupported Perl syntax", start, t->p.at);
}

static bk_status open_paren(translator *t) {
    size_t left = t->p.pattern.n - t->p.at;
    if (peek(t, 1) == '?' && left >= 2) {
        if (left > 4 && peek(t, 2) == 'P' && peek(t, 3) == '<') return named_group(t, t->p.at + 4);
        if (left > 3 && peek(t, 2) == '<') return named_group(t, t->p.at + 3);
        return flags_group(t);
    }
    t->regex->groups++;
    bk_buf_byte(t->p.out, '(');
    t->p.at++;
    return open_frame(t, true);
}

/* ---- the rest ---- */

/* \Q…\E: the cursor is behind \Q. */
static bk_status quoted(translator *t) {
    bk_regex_parser *p = &t->p;
    bk_str rest = bk_str_from(p->pattern, p->at);
    size_t length = bk_str_find(rest, BK_S("\\E")), end = length == BK_NPOS ? p->pattern.n : p->at + length;
    size_t whole = p->pattern.n;
    while (p->at < end) {
        uint32_t rune;
        p->pattern.n = end; /* a rune must not run into \E, and errors show the quoted text only */
        bk_status status = bk_regex_rune(p, &rune);
        p->pattern.n = whole;
        if (status != BK_OK) return status;
        BK_TRY(push_literal(t, rune));
    }
    if (length != BK_NPOS) p->at += 2;
    return BK_OK;
}

static bk_status backslash(translator *t) {
    bk_regex_parser *p = &t->p;
    char c = peek(t, 1);
    if (c && strchr("AbBz", c)) {
        t->regex->inner = t->regex->inner || c == 'B';
        bk_buf_bytes(p->out, p->pattern.p + p->at, 2);
        p->at += 2;
        return push(t, one(1));
    }
    if (c == 'C') return bk_regex_refuse(p, "invalid escape sequence", p->at, p->at + 2);
    if (c == 'Q') {
        p->at += 2;
        return quoted(t);
    }
    if (c == 'p' || c == 'P') {
        BK_TRY(bk_regex_unicode_class(p, false));
        return push_class(t);
    }
    if (bk_regex_perl_class(p)) return push_class(t);
    uint32_t rune;
    BK_TRY(bk_regex_escape(p, &rune));
    return push_literal(t, rune);
}

static bk_status copy_one(translator *t, char c) {
    bk_buf_byte(t->p.out, c);
    t->p.at++;
    return BK_OK;
}

/* Whatever starts at the cursor, but for repetitions. */
static bk_status item(translator *t) {
    uint32_t rune;
    char c = peek(t, 0);
    t->repeat = BK_NPOS;
    switch (c) {
    case '(': return open_paren(t);
    case ')': return close_frame(t);
    case '|': end_alternative(&t->top); return copy_one(t, c);
    case '^':
    case '$': BK_TRY(copy_one(t, c)); return push(t, one(1));
    case '.': BK_TRY(copy_one(t, c)); return push_class(t);
    case '[': BK_TRY(bk_regex_class(&t->p)); return push_class(t);
    case '\\': return backslash(t);
    default: BK_TRY(bk_regex_rune(&t->p, &rune)); return push_literal(t, rune);
    }
}

static bk_status translate(translator *t) {
    while (t->p.at < t->p.pattern.n && bk_buf_ok(t->p.out)) {
        size_t start = t->p.at;
        char c = peek(t, 0);
        if (c == '{') {
            BK_TRY(counted_repeat(t));
        } else if (c == '*' || c == '+' || c == '?') {
            t->p.at++;
            BK_TRY(repeat(t, start, c == '+', c == '?' ? 1 : -1, false));
        } else {
            BK_TRY(item(t));
        }
    }
    if (t->depth) return refuse_whole(t, "missing closing )");
    piece whole = end_frame(&t->top);
    if (whole.size > MOST_SIZE) return refuse_whole(t, "expression too large");
    if (whole.height > MOST_HEIGHT) return refuse_whole(t, "expression nests too deeply");
    BK_TRY(bk_buf_check(&t->regex->names, t->p.err));
    return bk_buf_check(t->p.out, t->p.err);
}

bk_status bk_regex_translate(bk_str pattern, bk_buf *out, bk_regex *regex, bk_err *err) {
    translator t = {.p = {.pattern = pattern, .out = out, .err = err}, .regex = regex, .repeat = BK_NPOS};
    if (pattern.n > BK_REGEX_PATTERN) return refuse_whole(&t, "expression too large");
    bk_buf_init(&t.frames, NULL, 0);
    bk_status status = translate(&t);
    bk_buf_release(&t.frames);
    return status;
}
