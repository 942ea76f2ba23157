/* yaml_node_text.c: the writer's scalars and comments. */
#include "base/utf8.h"
#include "data/yaml_node_emit.h"

static bool is_break(uint32_t rune) { return rune == '\n' || rune == '\r' || rune == 0x85 || rune == 0x2028 || rune == 0x2029; }

/* Bytes of the line break at s[i], 0: none. */
static size_t break_at(bk_str s, size_t i) {
    size_t width;
    if ((unsigned char)s.p[i] > '\r' && (unsigned char)s.p[i] < 0x80) return 0;
    return is_break(bk_utf8_decode(bk_str_from(s, i), &width)) ? width : 0;
}

static void newline(bk_ywriter *w) {
    bk_buf_byte(w->e.out, '\n');
    w->e.column = 0;
    w->e.indention = true;
}

/* The bytes from s[i] to s[end], which hold no break. Columns need only tell the start of a line and compare with indentation. */
static void put(bk_ywriter *w, bk_str s, size_t i, size_t end) {
    bk_buf_bytes(w->e.out, s.p + i, end - i);
    w->e.column += end - i;
    w->e.indention = false;
}

/* The line break of `width` bytes at s[i], as it is. */
static void put_break(bk_ywriter *w, bk_str s, size_t i, size_t width) {
    bk_buf_bytes(w->e.out, s.p + i, width);
    w->e.column = 0;
    w->e.indention = true;
}

/* From s[i] up to the next break, or the end. */
static size_t run_end(bk_str s, size_t i) {
    while (i < s.n && !break_at(s, i)) i++;
    return i;
}

/* ---- analysis ---- */

static bool is_printable(uint32_t rune) {
    if (rune < 0x80) return rune == '\n' || (rune >= 0x20 && rune < 0x7F);
    return rune >= 0xA0 && rune < 0x10000 && rune != 0xFEFF && rune != 0xFFFE && rune != 0xFFFF;
}

typedef struct pass {
    bool flow, block; /* indicators that a plain text must not hold, in flow collections, in blocks */
    bool breaks, special, tab;
    bool break_space, space_break;
    bool was_space, was_break, was_white;
} pass;

static void first_char(pass *p, bk_str s, bool alone) {
    bool mark = s.n >= 3 && (memcmp(s.p, "---", 3) == 0 || memcmp(s.p, "...", 3) == 0);
    if (mark || strchr("#,[]{}&*!|>'\"%@`", s.p[0])) p->flow = p->block = true;
    else if (s.p[0] == '?' || s.p[0] == ':') p->flow = true, p->block = alone;
    else if (s.p[0] == '-') p->flow = p->block = alone;
}

static void later_char(pass *p, uint32_t rune, bool before_white) {
    switch (rune) {
    case ',':
    case '?':
    case '[':
    case ']':
    case '{':
    case '}': p->flow = true; break;
    case ':':
        p->flow = true;
        if (before_white) p->block = true;
        break;
    case '#':
        if (p->was_white) p->flow = p->block = true;
        break;
    default: break;
    }
}

static void any_char(pass *p, uint32_t rune) {
    bool space = rune == ' ', line_break = is_break(rune);
    if (rune == '\t') p->tab = true;
    else if (!is_printable(rune)) p->special = true;
    if (space && p->was_break) p->break_space = true;
    if (line_break && p->was_space) p->space_break = true;
    if (line_break) p->breaks = true;
    p->was_space = space;
    p->was_break = line_break;
    p->was_white = space || line_break || rune == '\t' || rune == 0;
}

bk_ytext bk_ytext_of(bk_str s) {
    pass p = {.was_white = true};
    bool leading = false;
    if (s.n == 0) return (bk_ytext){.plain = true, .single = true};
    for (size_t i = 0, width; i < s.n; i += width) {
        uint32_t rune = bk_utf8_decode(bk_str_from(s, i), &width);
        size_t next = i + width;
        bool before_white = next >= s.n || s.p[next] == ' ' || s.p[next] == '\t';
        if (i == 0) first_char(&p, s, before_white);
        else later_char(&p, rune, before_white);
        any_char(&p, rune);
        if (i == 0) leading = p.was_space || p.was_break;
    }
    bool edge = leading || p.was_space || p.was_break, bad = p.space_break || p.special;
    bool plain = !edge && !p.break_space && !bad && !p.tab && !p.breaks;
    return (bk_ytext){.plain = plain && !p.block,
                      .plain_in_flow = plain && !p.flow,
                      .single = !p.break_space && !bad && !p.tab,
                      .block = !p.was_space && !bad,
                      .multiline = p.breaks};
}

/* ---- comments ---- */

static void put_comment(bk_ywriter *w, bk_str *comment) {
    bk_str s = *comment;
    bool breaks = false;
    *comment = (bk_str){0};
    for (size_t i = 0; i < s.n;) {
        size_t width = break_at(s, i);
        if (width) {
            put_break(w, s, i, width);
            breaks = true;
            i += width;
            continue;
        }
        if (breaks) bk_ywriter_indent(w);
        if (s.p[i] != '#') put(w, BK_S("# "), 0, 2);
        size_t end = run_end(s, i);
        put(w, s, i, end);
        breaks = false;
        i = end;
    }
    if (!breaks) newline(w);
    w->e.whitespace = true;
}

void bk_ywriter_indent(bk_ywriter *w) {
    bk_yaml_emitter *e = &w->e;
    int indent = e->indent < 0 ? 0 : e->indent;
    size_t column = (size_t)indent;
    if (!e->indention || e->column > column || (e->column == column && !e->whitespace)) newline(w);
    if (w->foot_indent == indent) newline(w);
    if (e->column < column) {
        bk_buf_fill(e->out, ' ', column - e->column);
        e->column = column;
    }
    e->whitespace = true;
    w->foot_indent = -1;
}

static void after_foot(bk_ywriter *w) { w->foot_indent = w->e.indent < 0 ? 0 : w->e.indent; }

void bk_ywriter_head(bk_ywriter *w) {
    if (w->tail.n) {
        bk_ywriter_indent(w);
        put_comment(w, &w->tail);
        after_foot(w);
    }
    if (w->head.n) {
        bk_ywriter_indent(w);
        put_comment(w, &w->head);
    }
}

void bk_ywriter_line(bk_ywriter *w) {
    if (w->line.n == 0) return;
    if (!w->e.whitespace) {
        bk_buf_byte(w->e.out, ' ');
        w->e.column++;
    }
    put_comment(w, &w->line);
}

void bk_ywriter_foot(bk_ywriter *w) {
    if (w->foot.n == 0) return;
    bk_ywriter_indent(w);
    put_comment(w, &w->foot);
    after_foot(w);
}

/* ---- styles ---- */

static void put_plain(bk_ywriter *w, bk_str s) {
    if (s.n && !w->e.whitespace) bk_buf_byte(w->e.out, ' '), w->e.column++;
    put(w, s, 0, s.n);
    if (s.n) w->e.whitespace = false;
    w->e.indention = false;
}

/* A line feed is doubled before the first break of a row: reading folds one away. */
static void put_single(bk_ywriter *w, bk_str s) {
    bool breaks = false;
    bk_yaml_put_indicator(&w->e, BK_S("'"), true, false, false);
    for (size_t i = 0; i < s.n;) {
        size_t width = s.p[i] == ' ' ? 0 : break_at(s, i);
        if (width) {
            if (!breaks && s.p[i] == '\n') newline(w);
            put_break(w, s, i, width);
            breaks = true;
            i += width;
            continue;
        }
        if (breaks && s.p[i] != ' ') bk_ywriter_indent(w);
        if (s.p[i] == '\'') put(w, BK_S("'"), 0, 1);
        put(w, s, i, i + 1);
        breaks = breaks && s.p[i] == ' ';
        i++;
    }
    bk_yaml_put_indicator(&w->e, BK_S("'"), false, false, false);
}

static bool ends_with_break(bk_str s, size_t *ret_width) { return s.n && is_break(bk_utf8_decode_last(s, ret_width)); }

/* "|" or ">", what tells indentation and the end, and the line comment. */
static void put_block_head(bk_ywriter *w, bk_str s, bk_str indicator) {
    size_t width;
    bk_yaml_put_indicator(&w->e, indicator, true, false, false);
    if (s.p[0] == ' ' || break_at(s, 0)) bk_yaml_put_indicator(&w->e, BK_S("2"), false, false, false);
    if (!ends_with_break(s, &width)) bk_yaml_put_indicator(&w->e, BK_S("-"), false, false, false);
    else if (s.n == width || ends_with_break(bk_str_sub(s, 0, s.n - width), &width))
        bk_yaml_put_indicator(&w->e, BK_S("+"), false, false, false);
    if (w->line.n) bk_ywriter_line(w);
    else newline(w);
    w->e.whitespace = true;
}

static void put_literal(bk_ywriter *w, bk_str s) {
    bool breaks = true;
    put_block_head(w, s, BK_S("|"));
    for (size_t i = 0; i < s.n;) {
        size_t width = break_at(s, i), end = i + width;
        if (width) {
            put_break(w, s, i, width);
        } else {
            if (breaks) bk_ywriter_indent(w);
            end = run_end(s, i);
            put(w, s, i, end);
        }
        breaks = width != 0;
        i = end;
    }
}

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

/* The text starts, after its breaks, with a blank: go-yaml looks at the start of the text where it means the row of breaks before the next line. */
static bool starts_blank(bk_str s) {
    size_t i = 0;
    for (size_t width; i < s.n && (width = break_at(s, i));) i += width;
    return i >= s.n || is_blank(s.p[i]);
}

static void put_folded(bk_ywriter *w, bk_str s) {
    bool breaks = true, blank_line = true, starts = starts_blank(s);
    put_block_head(w, s, BK_S(">"));
    for (size_t i = 0; i < s.n;) {
        size_t width = break_at(s, i), end = i + width;
        if (width) {
            if (!breaks && !blank_line && s.p[i] == '\n' && !starts) newline(w);
            put_break(w, s, i, width);
        } else {
            if (breaks) {
                bk_ywriter_indent(w);
                blank_line = is_blank(s.p[i]);
            }
            end = run_end(s, i);
            put(w, s, i, end);
        }
        breaks = width != 0;
        i = end;
    }
}

static bk_ynode_style settle_style(const bk_ywriter *w, bk_str text, const bk_ytext *can, bk_ynode_style style, bool simple_key) {
    if (simple_key && can->multiline) style = BK_YSTYLE_DOUBLE;
    if (style == BK_YSTYLE_FLOW) style = BK_YSTYLE_PLAIN;
    if (style == BK_YSTYLE_PLAIN) {
        bool fits = w->flow > 0 ? can->plain_in_flow : can->plain;
        if (!fits || (text.n == 0 && (w->flow > 0 || simple_key))) style = BK_YSTYLE_SINGLE;
    }
    if (style == BK_YSTYLE_SINGLE && !can->single) style = BK_YSTYLE_DOUBLE;
    if ((style == BK_YSTYLE_LITERAL || style == BK_YSTYLE_FOLDED) && (!can->block || w->flow > 0 || simple_key)) style = BK_YSTYLE_DOUBLE;
    return style;
}

void bk_ywriter_text(bk_ywriter *w, bk_str text, bk_ytext can, bk_ynode_style style, bool simple_key) {
    int indent = w->e.indent;
    w->e.indent = indent < 0 ? 2 : indent + 2;
    switch (settle_style(w, text, &can, style, simple_key)) {
    case BK_YSTYLE_DOUBLE: bk_yaml_put_double_quoted(&w->e, text, false); break;
    case BK_YSTYLE_SINGLE: put_single(w, text); break;
    case BK_YSTYLE_LITERAL: put_literal(w, text); break;
    case BK_YSTYLE_FOLDED: put_folded(w, text); break;
    case BK_YSTYLE_PLAIN:
    case BK_YSTYLE_FLOW: put_plain(w, text); break;
    }
    w->e.indent = indent;
}
