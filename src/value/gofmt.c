#include "value/gofmt.h"

#include "base/duration.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "value/gofmt_print.h"
#include "value/map.h"

/* What stands for any address: real ones differ from run to run and are nobody's business. */
#define FAKE_ADDRESS 0xc000000000ull
/* Widths and precisions beyond this are mistakes. */
#define MOST_PADDING 1000000

/* ---- names of time ---- */

static const char *const months[] = {"January", "February", "March",     "April",   "May",      "June",
                                     "July",    "August",   "September", "October", "November", "December"};
static const char *const weekdays[] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};

const char *bk_fmt_month(int64_t month) { return month >= 1 && month <= 12 ? months[month - 1] : NULL; }
const char *bk_fmt_weekday(int64_t weekday) { return weekday >= 0 && weekday <= 6 ? weekdays[weekday] : NULL; }

void bk_fmt_duration(bk_buf *out, int64_t nanoseconds) {
    char text[BK_DURATION_TEXT];
    bk_buf_bytes(out, text, bk_duration_format(nanoseconds, text));
}

/* ---- one value ---- */

static void print_value(bk_fmt_printer *p, bk_value v, uint32_t verb, unsigned depth);
static void print_arg(bk_fmt_printer *p, bk_value v, uint32_t verb);

/* "%!d(string=x)" */
static void bad_verb(bk_fmt_printer *p, bk_value v, uint32_t verb) {
    p->erroring = true;
    bk_buf_c(p->out, "%!");
    bk_buf_rune(p->out, verb);
    bk_buf_byte(p->out, '(');
    if (v.kind == BK_NIL) {
        bk_buf_c(p->out, "<nil>");
    } else {
        bk_buf_c(p->out, bk_type_name(v));
        bk_buf_byte(p->out, '=');
        print_arg(p, v, 'v');
    }
    bk_buf_byte(p->out, ')');
    p->erroring = false;
}

static void put_prefixed_hex(bk_fmt_printer *p, uint64_t u, bool prefix) {
    bool sharp = p->sharp;
    p->sharp = prefix;
    bk_fmt_put_int(p, u, 16, false, 'v', false);
    p->sharp = sharp;
}

/* u is the bit pattern of v, which is an integer or (for pointers) an address. */
static void print_int(bk_fmt_printer *p, bk_value v, uint64_t u, bool is_signed, uint32_t verb) {
    switch (verb) {
    case 'v':
        if (p->sharp_v && !is_signed) {
            put_prefixed_hex(p, u, true);
            break;
        }
        /* fallthrough */
    case 'd': bk_fmt_put_int(p, u, 10, is_signed, verb, false); break;
    case 'b': bk_fmt_put_int(p, u, 2, is_signed, verb, false); break;
    case 'o':
    case 'O': bk_fmt_put_int(p, u, 8, is_signed, verb, false); break;
    case 'x': bk_fmt_put_int(p, u, 16, is_signed, verb, false); break;
    case 'X': bk_fmt_put_int(p, u, 16, is_signed, verb, true); break;
    case 'c': bk_fmt_put_rune(p, u); break;
    case 'q': bk_fmt_put_quoted_rune(p, u); break;
    case 'U': bk_fmt_put_unicode(p, u); break;
    default: bad_verb(p, v, verb);
    }
}

static void print_float(bk_fmt_printer *p, bk_value v, uint32_t verb) {
    int bits = v.type == BK_T_FLOAT32 ? 32 : 64;
    switch (verb) {
    case 'v': bk_fmt_put_float(p, v.f, bits, 'g', -1); break;
    case 'b':
    case 'g':
    case 'G':
    case 'x':
    case 'X': bk_fmt_put_float(p, v.f, bits, (char)verb, -1); break;
    case 'e':
    case 'E':
    case 'f': bk_fmt_put_float(p, v.f, bits, (char)verb, 6); break;
    case 'F': bk_fmt_put_float(p, v.f, bits, 'f', 6); break;
    default: bad_verb(p, v, verb);
    }
}

/* A string, or what a String method gave for v. */
static void print_string(bk_fmt_printer *p, bk_value v, bk_str s, uint32_t verb) {
    switch (verb) {
    case 'v':
        if (p->sharp_v) bk_fmt_put_quoted(p, s);
        else bk_fmt_put_string(p, s);
        break;
    case 's': bk_fmt_put_string(p, s); break;
    case 'x': bk_fmt_put_hex(p, s, false); break;
    case 'X': bk_fmt_put_hex(p, s, true); break;
    case 'q': bk_fmt_put_quoted(p, s); break;
    default: bad_verb(p, v, verb);
    }
}

static void print_bytes(bk_fmt_printer *p, bk_value v, uint32_t verb, bool top) {
    switch (verb) {
    case 's':
    case 'q':
    case 'x':
    case 'X': print_string(p, v, bk_value_str(v), verb); return;
    default: break;
    }
    bool go = p->sharp_v;
    if (go) bk_buf_c(p->out, top && verb == 'v' ? "[]byte" : "[]uint8");
    if (go && !v.s) {
        bk_buf_c(p->out, "(nil)");
        return;
    }
    bk_buf_byte(p->out, go ? '{' : '[');
    for (uint32_t i = 0; i < v.len && !bk_fmt_dead(p); i++) {
        if (i) bk_buf_c(p->out, go ? ", " : " ");
        unsigned char byte = (unsigned char)v.s[i];
        print_int(p, bk_uint_typed(BK_T_UINT8, byte), byte, false, verb);
    }
    bk_buf_byte(p->out, go ? '}' : ']');
}

static void print_address(bk_fmt_printer *p, bk_value v, bool is_nil, uint32_t verb) {
    uint64_t u = is_nil ? 0 : FAKE_ADDRESS;
    switch (verb) {
    case 'v':
        if (p->sharp_v) {
            bk_buf_byte(p->out, '(');
            bk_buf_c(p->out, bk_type_name(v));
            bk_buf_c(p->out, ")(");
            if (is_nil) bk_buf_c(p->out, "nil");
            else put_prefixed_hex(p, u, true);
            bk_buf_byte(p->out, ')');
        } else if (is_nil) {
            bk_fmt_put_text(p, BK_S("<nil>"));
        } else {
            put_prefixed_hex(p, u, !p->sharp);
        }
        break;
    case 'p': put_prefixed_hex(p, u, !p->sharp); break;
    case 'b':
    case 'o':
    case 'd':
    case 'x':
    case 'X': print_int(p, v, u, false, verb); break;
    default: bad_verb(p, v, verb);
    }
}

/* %p */
static void print_pointer(bk_fmt_printer *p, bk_value v) {
    switch ((bk_kind)v.kind) {
    case BK_LIST: print_address(p, v, v.items == NULL, 'p'); return;
    case BK_MAP: print_address(p, v, v.map == NULL, 'p'); return;
    case BK_OBJECT:
        if (v.type == BK_T_STRUCT) break;
        print_address(p, v, v.object == NULL, 'p');
        return;
    case BK_STRING:
        if (v.type != BK_T_BYTES) break;
        print_address(p, v, v.s == NULL, 'p');
        return;
    default: break;
    }
    bad_verb(p, v, 'p');
}

/* ---- String methods ---- */

static bool takes_strings(uint32_t verb) { return verb == 'v' || verb == 's' || verb == 'x' || verb == 'X' || verb == 'q'; }

/* Appends what the String or Error method of v returns; false when it has none. */
static bool string_method(bk_fmt_printer *p, bk_value v, bk_buf *out) {
    const char *name = NULL;
    switch ((bk_type)v.type) {
    case BK_T_DURATION: bk_fmt_duration(out, v.i); return true;
    case BK_T_MONTH: name = bk_fmt_month(v.i); break;
    case BK_T_WEEKDAY: name = bk_fmt_weekday(v.i); break;
    default:
        if (v.kind != BK_OBJECT || v.type == BK_T_FUNC || !v.object || !v.object->class->print) return false;
        p->status = v.object->class->print(v.object, out, p->err);
        return true;
    }
    if (name) {
        bk_buf_c(out, name);
    } else {
        bk_buf_c(out, v.type == BK_T_MONTH ? "%!Month(" : "%!Weekday(");
        bk_buf_int(out, v.i);
        bk_buf_byte(out, ')');
    }
    return true;
}

/* True when v printed itself. */
static bool print_by_method(bk_fmt_printer *p, bk_value v, uint32_t verb) {
    if (p->erroring || v.kind == BK_NIL) return false;
    if (verb == 'w') {
        bad_verb(p, v, verb);
        return true;
    }
    if (p->sharp_v || !takes_strings(verb)) return false;
    if ((verb == 'v' || verb == 's') && !p->has_wid && !p->has_prec) return string_method(p, v, p->out);
    bk_buf text;
    bk_buf_init(&text, p->out->arena, 0);
    bool has = string_method(p, v, &text);
    if (has && p->status == BK_OK) {
        print_string(p, v, bk_buf_view(&text), verb);
        if (!bk_buf_ok(&text)) p->status = bk_buf_check(&text, p->err);
    }
    bk_buf_release(&text);
    return has;
}

/* ---- containers ---- */

/* A nil in a list or map of interfaces. */
static void print_element(bk_fmt_printer *p, bk_value container, bk_value v, uint32_t verb, unsigned depth) {
    if (v.kind != BK_NIL) {
        if (!print_by_method(p, v, verb)) print_value(p, v, verb, depth);
    } else if (p->sharp_v) {
        bk_buf_c(p->out, bk_elem_type_name((bk_type)container.type));
        bk_buf_c(p->out, "(nil)");
    } else {
        bk_buf_c(p->out, "<nil>");
    }
}

/* The opening, or all of it for a nil container in Go syntax: then false. */
static bool open_container(bk_fmt_printer *p, bk_value v, bool is_nil, const char *open) {
    if (!p->sharp_v) {
        bk_buf_c(p->out, open);
        return true;
    }
    bk_buf_c(p->out, bk_type_name(v));
    bk_buf_c(p->out, is_nil ? "(nil)" : "{");
    return !is_nil;
}

static void print_list(bk_fmt_printer *p, bk_value v, uint32_t verb, unsigned depth) {
    if (!open_container(p, v, v.items == NULL, "[")) return;
    for (uint32_t i = 0; i < v.len && !bk_fmt_dead(p); i++) {
        if (i) bk_buf_c(p->out, p->sharp_v ? ", " : " ");
        print_element(p, v, v.items[i], verb, depth + 1);
    }
    bk_buf_byte(p->out, p->sharp_v ? '}' : ']');
}

static void print_map(bk_fmt_printer *p, bk_value v, uint32_t verb, unsigned depth) {
    if (!open_container(p, v, v.map == NULL, "map[")) return;
    if (v.map && !bk_map_sort(v.map)) {
        p->status = bk_arena_fail(v.map->arena, p->err);
        return;
    }
    for (size_t i = 0; i < bk_map_len(v.map) && !bk_fmt_dead(p); i++) {
        bk_map_entry e = *bk_map_at(v.map, i);
        if (i) bk_buf_c(p->out, p->sharp_v ? ", " : " ");
        print_value(p, bk_string(e.key), verb, depth + 1);
        bk_buf_byte(p->out, ':');
        print_element(p, v, e.value, verb, depth + 1);
    }
    bk_buf_byte(p->out, p->sharp_v ? '}' : ']');
}

/* The fields of a struct; %+v has their names, too. */
static void print_fields(bk_fmt_printer *p, const bk_object *object, uint32_t verb, unsigned depth) {
    bk_value fields[BK_CLASS_FIELDS];
    size_t count = object->class->fields(object, fields);
    bk_buf_byte(p->out, '{');
    for (size_t i = 0; i < count && !bk_fmt_dead(p); i++) {
        if (i) bk_buf_byte(p->out, ' ');
        if (p->plus_v && object->class->names) {
            bk_buf_c(p->out, object->class->names[i]);
            bk_buf_byte(p->out, ':');
        }
        print_value(p, fields[i], verb, depth + 1);
    }
    bk_buf_byte(p->out, '}');
}

static void print_object(bk_fmt_printer *p, bk_value v, uint32_t verb, unsigned depth) {
    bool pointer = v.type != BK_T_STRUCT;
    if (p->sharp_v && v.object && v.object->class->syntax && (!pointer || depth == 0)) {
        if (pointer) bk_buf_byte(p->out, '&');
        p->status = v.object->class->syntax(v.object, p->out, p->err);
        return;
    }
    if (v.object && v.object->class->fields && (!pointer || depth == 0)) {
        if (pointer) bk_buf_byte(p->out, '&');
        print_fields(p, v.object, verb, depth);
    } else if (v.type == BK_T_STRUCT) {
        bk_buf_byte(p->out, '{');
        if (v.object && v.object->class->print && !p->sharp_v) bk_buf_c(p->out, bk_type_name(v));
        bk_buf_byte(p->out, '}');
    } else {
        print_address(p, v, v.object == NULL, verb);
    }
}

/* Without String methods at this level; depth 0 is an argument itself. */
static void print_value(bk_fmt_printer *p, bk_value v, uint32_t verb, unsigned depth) {
    if (depth > BK_LIMIT_DEPTH) {
        if (p->status == BK_OK) p->status = bk_err_limit(p->err, "nesting of a printed value", BK_LIMIT_DEPTH);
        return;
    }
    switch ((bk_kind)v.kind) {
    case BK_NIL: bk_buf_c(p->out, "<nil>"); break;
    case BK_BOOL:
        if (verb == 't' || verb == 'v') bk_fmt_put_text(p, v.b ? BK_S("true") : BK_S("false"));
        else bad_verb(p, v, verb);
        break;
    case BK_INT: print_int(p, v, (uint64_t)v.i, true, verb); break;
    case BK_UINT: print_int(p, v, v.u, false, verb); break;
    case BK_FLOAT: print_float(p, v, verb); break;
    case BK_STRING:
        if (v.type == BK_T_BYTES) print_bytes(p, v, verb, depth == 0);
        else print_string(p, v, bk_value_str(v), verb);
        break;
    case BK_LIST: print_list(p, v, verb, depth); break;
    case BK_MAP: print_map(p, v, verb, depth); break;
    case BK_OBJECT: print_object(p, v, verb, depth); break;
    }
}

/* An argument: %T and %p, then methods, then by kind. */
BK_APART static void print_other(bk_fmt_printer *p, bk_value v, uint32_t verb) {
    if (v.kind == BK_NIL) {
        if (verb == 'T' || verb == 'v') bk_fmt_put_text(p, BK_S("<nil>"));
        else bad_verb(p, v, verb);
    } else if (verb == 'T') {
        bk_fmt_put_string(p, bk_str_c(bk_type_name(v)));
    } else if (verb == 'p') {
        print_pointer(p, v);
    } else {
        bool plain = v.kind <= BK_STRING && v.type != BK_T_DURATION && v.type != BK_T_MONTH && v.type != BK_T_WEEKDAY;
        if (plain || !print_by_method(p, v, verb)) print_value(p, v, verb, 0);
    }
}

static void print_arg(bk_fmt_printer *p, bk_value v, uint32_t verb) {
    bool plain = v.type == BK_T_STRING && (verb == 's' || (verb == 'v' && !p->sharp_v)) && !p->has_wid && !p->has_prec;
    if (plain) bk_buf_str(p->out, bk_value_str(v));
    else print_other(p, v, verb);
}

/* ---- Sprintf ---- */

/* Where Sprintf is: the format, the arguments, and how far both are used. */
typedef struct cursor {
    bk_str format;
    size_t at;
    const bk_value *args;
    size_t argc, arg;
    bool reordered;   /* an index like [2] was seen in the format */
    bool good_index;  /* the indexes of this verb make sense */
    bool after_index; /* the last thing read was an index */
} cursor;

static char peek(const cursor *c) { return c->at < c->format.n ? c->format.p[c->at] : 0; }

/* A number in the format, up to `end`. An absurd one swallows the rest. */
static int parse_number(bk_str format, size_t *at, size_t end, bool *ret_has) {
    int n = 0;
    *ret_has = false;
    while (*at < end && format.p[*at] >= '0' && format.p[*at] <= '9') {
        if (n > MOST_PADDING) {
            *at = end;
            *ret_has = false;
            return 0;
        }
        n = n * 10 + (format.p[(*at)++] - '0');
        *ret_has = true;
    }
    return n;
}

/* "[n]" at the cursor, if it is there: the next argument is the n-th. */
static void parse_index(cursor *c) {
    c->after_index = false;
    if (peek(c) != '[') return;
    c->reordered = true;
    bk_str rest = bk_str_from(c->format, c->at);
    size_t close = rest.n < 3 ? BK_NPOS : bk_str_find_byte(rest, ']');
    if (close == BK_NPOS) {
        c->good_index = false;
        c->at++;
        return;
    }
    size_t at = 1;
    bool has;
    int n = parse_number(rest, &at, close, &has);
    c->at += close + 1;
    if (!has || at != close) {
        c->good_index = false;
        return;
    }
    c->after_index = true;
    if (n >= 1 && (size_t)n <= c->argc) c->arg = (size_t)n - 1;
    else c->good_index = false;
}

/* The argument that "*" stands for; false when it is no usable integer. */
static bool star_argument(cursor *c, int *ret) {
    *ret = 0;
    if (c->arg >= c->argc) return false;
    bk_value v = c->args[c->arg++];
    if (v.kind == BK_INT && v.i >= -MOST_PADDING && v.i <= MOST_PADDING) *ret = (int)v.i;
    else if (v.kind == BK_UINT && v.u <= MOST_PADDING) *ret = (int)v.u;
    else return false;
    return true;
}

/* Flags; true when a plain verb follows that needs nothing else. */
static bool parse_flags(bk_fmt_printer *p, cursor *c) {
    for (; c->at < c->format.n; c->at++) {
        switch (c->format.p[c->at]) {
        case '#': p->sharp = true; break;
        case '0': p->zero = true; break;
        case '+': p->plus = true; break;
        case '-': p->minus = true; break;
        case ' ': p->space = true; break;
        default: return c->format.p[c->at] >= 'a' && c->format.p[c->at] <= 'z' && c->arg < c->argc;
        }
    }
    return false;
}

static void parse_width(bk_fmt_printer *p, cursor *c) {
    parse_index(c);
    if (peek(c) != '*') {
        p->wid = parse_number(c->format, &c->at, c->format.n, &p->has_wid);
        if (c->after_index && p->has_wid) c->good_index = false; /* "%[3]2d" */
        return;
    }
    c->at++;
    p->has_wid = star_argument(c, &p->wid);
    if (!p->has_wid) bk_buf_c(p->out, "%!(BADWIDTH)");
    if (p->wid < 0) {
        p->wid = -p->wid;
        p->minus = true;
        p->zero = false;
    }
    c->after_index = false;
}

static void parse_precision(bk_fmt_printer *p, cursor *c) {
    if (peek(c) != '.' || c->at + 1 >= c->format.n) return;
    c->at++;
    if (c->after_index) c->good_index = false; /* "%[3].2d" */
    parse_index(c);
    if (peek(c) != '*') {
        p->prec = parse_number(c->format, &c->at, c->format.n, &p->has_prec);
        p->has_prec = true;
        return;
    }
    c->at++;
    p->has_prec = star_argument(c, &p->prec);
    if (p->prec < 0) {
        p->prec = 0;
        p->has_prec = false;
    }
    if (!p->has_prec) bk_buf_c(p->out, "%!(BADPREC)");
    c->after_index = false;
}

static void print_verb(bk_fmt_printer *p, cursor *c, uint32_t verb) {
    if (verb == 'v' || verb == 'w') {
        p->sharp_v = p->sharp;
        p->sharp = false;
        p->plus_v = p->plus;
        p->plus = false;
    }
    print_arg(p, c->args[c->arg++], verb);
}

/* "%!d(BADINDEX)" */
static void complain(bk_fmt_printer *p, uint32_t verb, const char *what) {
    bk_buf_c(p->out, "%!");
    bk_buf_rune(p->out, verb);
    bk_buf_c(p->out, what);
}

/* What follows a "%". */
BK_APART static void print_directive(bk_fmt_printer *p, cursor *c) {
    bk_fmt_clear(p);
    c->good_index = true;
    c->after_index = false;
    if (parse_flags(p, c)) {
        print_verb(p, c, (unsigned char)c->format.p[c->at++]);
        return;
    }
    parse_width(p, c);
    parse_precision(p, c);
    if (!c->after_index) parse_index(c);
    if (c->at >= c->format.n) {
        bk_buf_c(p->out, "%!(NOVERB)");
        return;
    }
    size_t width;
    uint32_t verb = bk_utf8_decode(bk_str_from(c->format, c->at), &width);
    c->at += width;
    if (verb == '%') bk_buf_byte(p->out, '%');
    else if (!c->good_index) complain(p, verb, "(BADINDEX)");
    else if (c->arg >= c->argc) complain(p, verb, "(MISSING)");
    else print_verb(p, c, verb);
}

/* "%s" and "%v" of a text, as most are. */
static bool print_text(const bk_fmt_printer *p, cursor *c) {
    char verb = peek(c);
    if ((verb != 's' && verb != 'v') || c->arg >= c->argc || c->args[c->arg].type != BK_T_STRING) return false;
    bk_buf_str(p->out, bk_value_str(c->args[c->arg++]));
    c->at++;
    return true;
}

static void print_extra(bk_fmt_printer *p, const cursor *c) {
    bk_fmt_clear(p);
    bk_buf_c(p->out, "%!(EXTRA ");
    for (size_t i = c->arg; i < c->argc && !bk_fmt_dead(p); i++) {
        if (i > c->arg) bk_buf_c(p->out, ", ");
        if (c->args[i].kind == BK_NIL) {
            bk_buf_c(p->out, "<nil>");
            continue;
        }
        bk_buf_c(p->out, bk_type_name(c->args[i]));
        bk_buf_byte(p->out, '=');
        print_arg(p, c->args[i], 'v');
    }
    bk_buf_byte(p->out, ')');
}

static bk_status finish(const bk_fmt_printer *p) { return p->status != BK_OK ? p->status : bk_buf_check(p->out, p->err); }

bk_status bk_fmt_sprintf(bk_buf *out, bk_str format, const bk_value *args, size_t n, bk_err *err) {
    bk_fmt_printer p = {.out = out, .err = err};
    cursor c = {.format = format, .args = args, .argc = n};
    while (c.at < format.n && !bk_fmt_dead(&p)) {
        size_t percent = bk_str_find_byte(bk_str_from(format, c.at), '%');
        if (percent == BK_NPOS) percent = format.n - c.at;
        bk_buf_bytes(out, format.p + c.at, percent);
        c.at += percent;
        if (c.at >= format.n) break;
        c.at++;
        if (!print_text(&p, &c)) print_directive(&p, &c);
    }
    if (!c.reordered && c.arg < n && !bk_fmt_dead(&p)) print_extra(&p, &c);
    return finish(&p);
}

/* ---- Sprint and friends ---- */

bk_status bk_fmt_value(bk_buf *out, bk_value v, bk_err *err) {
    if (v.type == BK_T_STRING) {
        bk_buf_str(out, bk_value_str(v));
        return bk_buf_check(out, err);
    }
    bk_fmt_printer p = {.out = out, .err = err};
    print_arg(&p, v, 'v');
    return finish(&p);
}

bk_status bk_fmt_sprint(bk_buf *out, const bk_value *args, size_t n, bk_err *err) {
    bk_fmt_printer p = {.out = out, .err = err};
    bool was_string = false;
    for (size_t i = 0; i < n && !bk_fmt_dead(&p); i++) {
        bool is_string = bk_is_string(args[i]);
        if (i && !is_string && !was_string) bk_buf_byte(out, ' ');
        print_arg(&p, args[i], 'v');
        was_string = is_string;
    }
    return finish(&p);
}

bk_status bk_fmt_sprintln(bk_buf *out, const bk_value *args, size_t n, bk_err *err) {
    bk_fmt_printer p = {.out = out, .err = err};
    for (size_t i = 0; i < n && !bk_fmt_dead(&p); i++) {
        if (i) bk_buf_byte(out, ' ');
        print_arg(&p, args[i], 'v');
    }
    bk_buf_byte(out, '\n');
    return finish(&p);
}

bk_status bk_fmt_fail_args(bk_err *err, const char *format, const bk_str *args, size_t n) {
    bk_value values[8];
    bk_buf text;
    if (n > BK_COUNT(values)) return bk_err_internal(err, "too many arguments of an error");
    for (size_t i = 0; i < n; i++) values[i] = bk_string(args[i]);
    bk_buf_init(&text, NULL, BK_LIMIT_ERR);
    bk_status status = bk_fmt_sprintf(&text, bk_str_c(format), values, n, err);
    /* A message that is too long is cut short, as everywhere. */
    if (status == BK_OK) status = bk_err_set_str(err, BK_ERR, bk_buf_view(&text));
    else status = bk_err_replace(err, bk_buf_view(&text));
    bk_buf_release(&text);
    return status;
}
