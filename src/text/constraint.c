/* Constraints on versions; see semver.h. */
#include "base/num.h"
#include "text/semver.h"
#include "value/gofmt.h"

typedef enum relation {
    OP_TILDE_OR_EQUAL,
    OP_NOT_EQUAL,
    OP_GREATER,
    OP_LESS,
    OP_GREATER_EQUAL,
    OP_LESS_EQUAL,
    OP_TILDE,
    OP_CARET,
} relation;

/* The longer ones first. */
static const struct {
    const char *text;
    relation op;
} operators[] = {
    {"!=", OP_NOT_EQUAL},  {">=", OP_GREATER_EQUAL}, {"=>", OP_GREATER_EQUAL}, {"<=", OP_LESS_EQUAL},
    {"=<", OP_LESS_EQUAL}, {"~>", OP_TILDE},         {"=", OP_TILDE_OR_EQUAL}, {">", OP_GREATER},
    {"<", OP_LESS},        {"~", OP_TILDE},          {"^", OP_CARET},          {"", OP_TILDE_OR_EQUAL},
};

struct bk_constraint {
    relation op;
    bk_str op_text; /* as it was written */
    bk_str text;    /* the version as it was written, wildcards and all */
    bk_semver version;
    bool dirty, minor_dirty, patch_dirty; /* a wildcard stands at or before that place */
};

/* ---- the language: what Masterminds/semver's expressions match ---- */

/* A version with wildcards: [v]SEGMENT[.SEGMENT[.SEGMENT]][-pre][+meta]. */
typedef struct pattern {
    bk_str whole, segment[3]; /* without dots */
    bk_str pre;               /* with its "-" */
} pattern;

static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r' && c != '\v'); }
static bool is_segment(char c) { return (c >= '0' && c <= '9') || c == 'x' || c == 'X' || c == '*' || c == '|'; }
static bool is_identifier(char c) { return (c >= '0' && c <= '9') || c == '-' || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z'); }

static size_t skip_spaces(bk_str s, size_t at) {
    while (at < s.n && is_space(s.p[at])) at++;
    return at;
}

/* Behind `mark` and identifiers between dots; `at` when there are none. */
static size_t skip_identifiers(bk_str s, size_t at, char mark) {
    size_t end = at, i = at;
    if (at >= s.n || s.p[at] != mark) return at;
    for (;;) {
        size_t from = ++i;
        while (i < s.n && is_identifier(s.p[i])) i++;
        if (i == from) return end;
        end = i;
        if (i >= s.n || s.p[i] != '.') return end;
    }
}

/* The longest pattern at *at. No shorter one could ever be followed by what must follow. */
static bool take_pattern(bk_str s, size_t *at, pattern *ret) {
    pattern found = {.whole = {NULL, 0}};
    size_t i = *at;
    if (i < s.n && s.p[i] == 'v') i++;
    for (int k = 0; k < 3; k++) {
        size_t from = i;
        if (k > 0 && (from >= s.n || s.p[from++] != '.')) break;
        size_t to = from;
        while (to < s.n && is_segment(s.p[to])) to++;
        if (to == from) break;
        found.segment[k] = bk_str_sub(s, from, to);
        i = to;
    }
    if (found.segment[0].n == 0) return false;
    size_t pre = skip_identifiers(s, i, '-');
    found.pre = bk_str_sub(s, i, pre);
    i = skip_identifiers(s, pre, '+');
    found.whole = bk_str_sub(s, *at, i);
    *at = i;
    *ret = found;
    return true;
}

/* Operator, spaces, pattern. */
static bool take_item(bk_str s, size_t *at, bk_constraint *ret, pattern *ret_pattern) {
    for (size_t i = 0; i < BK_COUNT(operators); i++) {
        bk_str op = bk_str_c(operators[i].text);
        size_t next = *at + op.n;
        if (!bk_str_starts(bk_str_from(s, *at), op)) continue;
        next = skip_spaces(s, next);
        if (!take_pattern(s, &next, ret_pattern)) continue;
        *ret = (bk_constraint){.op = operators[i].op, .op_text = op, .text = ret_pattern->whole};
        *at = next;
        return true;
    }
    return false;
}

/* "1.2 - 3.4" at `at`, spaces around included; returns its end, 0 when there is none. */
static size_t hyphen_range(bk_str s, size_t at, bk_str *ret_low, bk_str *ret_high) {
    pattern low, high;
    size_t i = skip_spaces(s, at);
    if (!take_pattern(s, &i, &low)) return 0;
    size_t next = skip_spaces(s, i);
    if (next == i || next >= s.n || s.p[next] != '-') return 0;
    i = skip_spaces(s, next + 1);
    if (i == next + 1 || !take_pattern(s, &i, &high)) return 0;
    *ret_low = low.whole;
    *ret_high = high.whole;
    return skip_spaces(s, i);
}

/* Puts `with` in the place of the first `what`. */
static bool replace_first(bk_arena *arena, bk_str what, bk_str with, bk_str *text) {
    size_t at = bk_str_find(*text, what);
    bk_str head;
    if (at == BK_NPOS) return true;
    bk_str tail = bk_str_from(*text, at + what.n);
    return bk_arena_cat(arena, bk_str_sub(*text, 0, at), with, &head) && bk_arena_cat(arena, head, tail, text);
}

/* Most texts have no hyphen behind a space, and need no closer look. */
static bool may_have_range(bk_str s) {
    for (size_t i = 1; i < s.n; i++)
        if (s.p[i] == '-' && is_space(s.p[i - 1])) return true;
    return false;
}

/* "1 - 2" becomes ">= 1, <= 2 ", wherever it stands in the text. */
static bk_status rewrite_ranges(bk_arena *arena, bk_str given, bk_str *ret, bk_err *err) {
    *ret = given;
    if (!may_have_range(given)) return BK_OK;
    for (size_t at = 0; at < given.n;) {
        bk_str low, high, with;
        size_t end = hyphen_range(given, at, &low, &high);
        if (end == 0) {
            at++;
            continue;
        }
        if (!bk_arena_printf(arena, &with, ">= %.*s, <= %.*s ", BK_FMT(low), BK_FMT(high)) ||
            !replace_first(arena, bk_str_sub(given, at, end), with, ret))
            return bk_arena_fail(arena, err);
        at = end;
    }
    return BK_OK;
}

/* ---- parsing ---- */

static bool is_wildcard(bk_str s) { return s.n == 0 || (s.n == 1 && (s.p[0] == 'x' || s.p[0] == 'X' || s.p[0] == '*')); }

/* The version that a pattern stands for, with zeros for its wildcards. */
static bk_status finish_item(bk_arena *arena, const pattern *p, bk_constraint *c, bk_err *err) {
    bk_str text = p->whole;
    bool ok = true;
    if (is_wildcard(p->segment[0])) {
        c->dirty = true;
        ok = bk_arena_cat(arena, BK_S("0.0.0"), p->pre, &text);
    } else if (is_wildcard(p->segment[1])) {
        c->dirty = c->minor_dirty = true;
        ok = bk_arena_printf(arena, &text, "%.*s.0.0%.*s", BK_FMT(p->segment[0]), BK_FMT(p->pre));
    } else if (is_wildcard(p->segment[2])) {
        c->dirty = c->patch_dirty = true;
        ok = bk_arena_printf(arena, &text, "%.*s.%.*s.0%.*s", BK_FMT(p->segment[0]), BK_FMT(p->segment[1]), BK_FMT(p->pre));
    }
    if (!ok) return bk_arena_fail(arena, err);
    bk_err why = BK_ERR_INIT;
    if (bk_semver_parse(text, &c->version, &why) == BK_OK) return BK_OK;
    bk_err_release(&why);
    return bk_err_set(err, BK_ERR, "constraint parser error");
}

/* How many items a group has; 0 when it is malformed. Items stand between spaces or after commas. */
static size_t count_items(bk_str group) {
    bk_constraint c;
    pattern p;
    size_t n = 0;
    for (size_t at = skip_spaces(group, 0);; n++) {
        if (!take_item(group, &at, &c, &p)) return 0;
        size_t next = skip_spaces(group, at);
        if (next == group.n) return n + 1;
        if (group.p[next] == ',') next = skip_spaces(group, next + 1);
        else if (next == at) return 0;
        at = next;
    }
}

static bk_status parse_group(bk_arena *arena, bk_str group, bk_constraints *ret, size_t *used, bk_err *err) {
    size_t n = count_items(group), at = 0;
    pattern p;
    if (n == 0) return bk_fmt_fail(err, "improper constraint: %q", group);
    bk_constraint *items = bk_arena_grow(arena, ret->items, *used * sizeof *items, (*used + n) * sizeof *items);
    if (!items) return bk_arena_fail(arena, err);
    ret->items = items;
    for (size_t i = 0; i < n; i++) {
        bk_constraint *c = &items[*used + i];
        at = skip_spaces(group, at);
        if (i && group.p[at] == ',') at = skip_spaces(group, at + 1);
        if (!take_item(group, &at, c, &p)) return bk_err_internal(err, "a constraint is read differently twice");
        BK_TRY(finish_item(arena, &p, c, err));
        if (c->version.pre.n) ret->group_pre[ret->groups] = true;
    }
    *used += n;
    ret->group_end[ret->groups++] = (uint16_t)*used;
    return BK_OK;
}

bk_status bk_constraints_parse(bk_arena *arena, bk_str text, bk_constraints *ret, bk_err *err) {
    bk_constraints found = {.items = NULL};
    if (text.n > BK_CONSTRAINT_MAX) return bk_err_set(err, BK_ERR, "constraint string is too long (max %d bytes)", BK_CONSTRAINT_MAX);
    bk_str rest, group;
    size_t groups = 1, used = 0;
    BK_TRY(rewrite_ranges(arena, text, &rest, err));
    for (bk_str s = rest; bk_str_cut(s, BK_S("||"), &group, &s);) groups++;
    if (groups > BK_CONSTRAINT_GROUPS) return bk_err_set(err, BK_ERR, "too many constraint groups (max %d)", BK_CONSTRAINT_GROUPS);
    for (size_t i = 0; i < groups; i++) {
        bk_str_cut(rest, BK_S("||"), &group, &rest);
        BK_TRY(parse_group(arena, group, &found, &used, err));
    }
    *ret = found;
    return BK_OK;
}

void bk_constraints_print(bk_buf *out, const bk_constraints *constraints) {
    size_t i = 0;
    for (size_t g = 0; g < constraints->groups; g++) {
        if (g) bk_buf_c(out, " || ");
        for (size_t first = i; i < constraints->group_end[g]; i++) {
            if (i > first) bk_buf_byte(out, ' ');
            bk_buf_str(out, constraints->items[i].op_text);
            bk_buf_str(out, constraints->items[i].text);
        }
    }
}

/* ---- checking ---- */

/* Why a version will not do: `"VERSION" <text> "CONSTRAINT"<tail>`. */
typedef enum reason {
    OK,
    PRERELEASE,
    EQUAL,
    NOT_EQUAL,
    LESS,
    LESS_OR_EQUAL,
    GREATER,
    GREATER_OR_EQUAL,
    MAJOR,
    MAJOR_MINOR,
    MINOR,
    MINOR_AT_0,
    NOT_SAME
} reason;

static const struct {
    const char *text, *tail;
} reasons[] = {
    [PRERELEASE] = {"is a prerelease version and the constraint is only looking for release versions", ""},
    [EQUAL] = {"is equal to", ""},
    [NOT_EQUAL] = {"is not equal to", ""},
    [LESS] = {"is less than", ""},
    [LESS_OR_EQUAL] = {"is less than or equal to", ""},
    [GREATER] = {"is greater than", ""},
    [GREATER_OR_EQUAL] = {"is greater than or equal to", ""},
    [MAJOR] = {"does not have same major version as", ""},
    [MAJOR_MINOR] = {"does not have same major and minor version as", ""},
    [MINOR] = {"does not have same minor version as", ""},
    [MINOR_AT_0] = {"does not have same minor version as", ". Expected minor versions to match when constraint major version is 0"},
    [NOT_SAME] = {"does not equal", ". Expect version and constraint to equal when major and minor versions are 0"},
};

static reason check_not_equal(const bk_semver *v, const bk_constraint *c) {
    const bk_semver *w = &c->version;
    if (!c->dirty) return bk_semver_cmp(v, w) == 0 ? EQUAL : OK;
    if (v->major != w->major) return OK;
    if (c->minor_dirty) return EQUAL;
    if (v->minor != w->minor) return OK;
    if (!c->patch_dirty) return bk_semver_cmp(v, w) == 0 ? EQUAL : OK;
    /* With pre-releases, "is equal" is decided by those alone. */
    if (v->pre.n == 0 && w->pre.n == 0) return EQUAL;
    bk_semver a = {.pre = v->pre.n ? v->pre : BK_S("")}, b = {.pre = w->pre.n ? w->pre : BK_S("")};
    return (a.pre.n == 0) == (b.pre.n == 0) && bk_semver_cmp(&a, &b) == 0 ? EQUAL : OK;
}

static reason check_greater(const bk_semver *v, const bk_constraint *c) {
    const bk_semver *w = &c->version;
    bool ok;
    if (c->dirty && v->major != w->major) ok = v->major > w->major;
    else if (c->dirty && c->minor_dirty) ok = false;
    else if (c->dirty && c->patch_dirty) ok = v->minor > w->minor;
    else ok = bk_semver_cmp(v, w) > 0;
    return ok ? OK : LESS_OR_EQUAL;
}

static reason check_less_equal(const bk_semver *v, const bk_constraint *c) {
    const bk_semver *w = &c->version;
    if (!c->dirty) return bk_semver_cmp(v, w) <= 0 ? OK : GREATER;
    return v->major > w->major || (v->major == w->major && v->minor > w->minor && !c->minor_dirty) ? GREATER : OK;
}

static reason check_tilde(const bk_semver *v, const bk_constraint *c) {
    const bk_semver *w = &c->version;
    if (bk_semver_cmp(v, w) < 0) return LESS;
    if (w->major == 0 && w->minor == 0 && w->patch == 0 && !c->minor_dirty && !c->patch_dirty) return OK;
    if (v->major != w->major) return MAJOR;
    return v->minor != w->minor && !c->minor_dirty ? MAJOR_MINOR : OK;
}

static reason check_caret(const bk_semver *v, const bk_constraint *c) {
    const bk_semver *w = &c->version;
    if (bk_semver_cmp(v, w) < 0) return LESS;
    if (w->major > 0 || c->minor_dirty) return v->major == w->major ? OK : MAJOR;
    if (v->major > 0) return MAJOR;
    if (w->minor > 0 || c->patch_dirty) return v->minor == w->minor ? OK : MINOR_AT_0;
    if (v->minor > 0) return MINOR;
    return v->patch == w->patch ? OK : NOT_SAME;
}

static reason check_one(const bk_semver *v, const bk_constraint *c, bool pre) {
    if (v->pre.n && !pre) return PRERELEASE;
    switch (c->op) {
    case OP_TILDE_OR_EQUAL:
        if (c->dirty) return check_tilde(v, c);
        return bk_semver_cmp(v, &c->version) == 0 ? OK : NOT_EQUAL;
    case OP_NOT_EQUAL: return check_not_equal(v, c);
    case OP_GREATER: return check_greater(v, c);
    case OP_LESS: return bk_semver_cmp(v, &c->version) < 0 ? OK : GREATER_OR_EQUAL;
    case OP_GREATER_EQUAL: return bk_semver_cmp(v, &c->version) >= 0 ? OK : LESS;
    case OP_LESS_EQUAL: return check_less_equal(v, c);
    case OP_TILDE: return check_tilde(v, c);
    case OP_CARET: return check_caret(v, c);
    }
    return PRERELEASE;
}

bool bk_constraints_check(const bk_constraints *constraints, const bk_semver *version) {
    size_t i = 0;
    for (size_t g = 0; g < constraints->groups; g++) {
        bool ok = true;
        for (; i < constraints->group_end[g]; i++) ok = ok && check_one(version, &constraints->items[i], constraints->group_pre[g]) == OK;
        if (ok) return true;
    }
    return false;
}

static bk_status add_reason(bk_arena *arena, bk_items *why, reason what, const bk_semver *v, bk_str constraint, bk_err *err) {
    bk_buf text, version;
    bk_buf_init(&version, arena, 0);
    bk_semver_print(&version, v);
    bk_buf_init(&text, arena, 0);
    bk_fmt_quote(&text, bk_buf_view(&version));
    bk_buf_byte(&text, ' ');
    bk_buf_c(&text, reasons[what].text);
    if (what != PRERELEASE) {
        bk_buf_byte(&text, ' ');
        bk_fmt_quote(&text, constraint);
        bk_buf_c(&text, reasons[what].tail);
    }
    BK_TRY(bk_buf_check(&version, err));
    BK_TRY(bk_buf_check(&text, err));
    bk_items_add(why, bk_string(bk_buf_take(&text)));
    return BK_OK;
}

bk_status bk_constraints_validate(const bk_constraints *constraints, const bk_semver *version, bk_arena *arena, bool *ret_ok,
                                  bk_value *ret_why, bk_err *err) {
    bk_items why;
    bk_items_init(&why, arena);
    size_t i = 0;
    bool told = false; /* that it is a pre-release: once is enough */
    *ret_ok = false;
    for (size_t g = 0; g < constraints->groups && !*ret_ok; g++) {
        bool ok = true;
        for (; i < constraints->group_end[g]; i++) {
            const bk_constraint *c = &constraints->items[i];
            reason what = check_one(version, c, constraints->group_pre[g]);
            if (what == OK) continue;
            ok = false;
            if (what == PRERELEASE && told) continue;
            told = told || what == PRERELEASE;
            BK_TRY(add_reason(arena, &why, what, version, c->text, err));
        }
        *ret_ok = ok;
    }
    if (*ret_ok) why.n = 0;
    return bk_items_list(&why, BK_T_STRINGS, ret_why, err);
}
