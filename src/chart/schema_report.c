/* Flaws as text, in the words of the library that Helm uses, in English. */
#include "base/num.h"
#include "chart/schema_internal.h"
#include "data/json.h"
#include "value/gofmt.h"

enum { REPORT = 64 << 20 }; /* most bytes of a report */

void bk_schema_location(bk_buf *out, const bk_schema *schema) {
    if (!schema->root) {
        bk_buf_c(out, "urn:mem:metaschema");
    } else {
        bk_location_print(out, schema->root->url, schema->ptr);
    }
}

/* What was built aside fails with what it was built for. */
static void join(bk_buf *out, const bk_buf *aside) {
    if (!bk_buf_ok(aside) && bk_buf_ok(out)) out->status = aside->status;
}

/* Go's quoting with single quotes. Helm's library takes away every backslash before a double quote: also before the closing one, so that a
 * text's last backslash shows once, not twice. */
static void quote(bk_buf *out, bk_str s) {
    bk_buf q;
    bk_buf_init(&q, out->arena, 0);
    bk_fmt_quote(&q, s);
    join(out, &q);
    if (!bk_buf_ok(out)) return;
    bk_buf_byte(out, '\'');
    for (size_t i = 1; i < q.n - 1; i++) {
        char c = q.p[i];
        if (c == '\\' && q.p[i + 1] == '"') continue;
        if (c == '\'') bk_buf_byte(out, '\\');
        bk_buf_byte(out, c);
    }
    bk_buf_byte(out, '\'');
}

static void quote_names(bk_buf *out, const bk_flaw *f) {
    for (size_t i = 0; i < f->n; i++) {
        if (i) bk_buf_c(out, ", ");
        quote(out, f->names[i]);
    }
}

/* A value within a message: lists and maps are not shown. */
static void display(bk_buf *out, bk_value v) {
    switch (bk_json_type_of(v)) {
    case BK_JT_NULL: bk_buf_c(out, "<nil>"); break;
    case BK_JT_BOOLEAN: bk_buf_c(out, v.b ? "true" : "false"); break;
    case BK_JT_NUMBER: bk_number_text(out, v); break;
    case BK_JT_STRING: quote(out, bk_value_str(v)); break;
    default: bk_buf_c(out, "value");
    }
}

static void print_types(bk_buf *out, unsigned types) {
    static const char *const names[] = {"null", "boolean", "number", "integer", "string", "array", "object"};
    bool first = true;
    for (size_t i = 0; i < BK_COUNT(names); i++) {
        if (!(types >> i & 1)) continue;
        if (!first) bk_buf_c(out, " or ");
        bk_buf_c(out, names[i]);
        first = false;
    }
}

static void print_enum(bk_buf *out, const bk_value *list) {
    for (size_t i = 0; i < list->len; i++) {
        if (bk_json_type_of(list->items[i]) & (BK_JT_ARRAY | BK_JT_OBJECT)) {
            bk_buf_c(out, "'enum' failed");
            return;
        }
    }
    bk_buf_c(out, list->len == 1 ? "value must be " : "value must be one of ");
    for (size_t i = 0; i < list->len; i++) {
        if (i) bk_buf_c(out, ", ");
        display(out, list->items[i]);
    }
}

static void print_const(bk_buf *out, bk_value v) {
    if (bk_json_type_of(v) & (BK_JT_ARRAY | BK_JT_OBJECT)) {
        bk_buf_c(out, "'const' failed");
    } else {
        bk_buf_c(out, "value must be ");
        display(out, v);
    }
}

static void print_bound(bk_buf *out, const char *name, const bk_flaw *f) {
    bk_buf_c(out, name);
    bk_buf_c(out, ": got ");
    bk_number_print_int(out, f->a);
    bk_buf_c(out, ", want ");
    bk_number_print_int(out, f->b);
}

static void print_float(bk_buf *out, bk_value v) {
    double d = v.f;
    if (bk_json_is_number(v)) {
        (void)bk_parse_float(bk_value_str(v), &d); /* beyond the range: infinity, as wanted */
    } else if (v.kind == BK_INT) {
        d = (double)v.i;
    } else if (v.kind == BK_UINT) {
        d = (double)v.u;
    }
    bk_number_print(out, d);
}

static void print_number(bk_buf *out, const bk_flaw *f) {
    static const char *const names[BK_NUMBER_BOUNDS] = {
        [BK_MINIMUM] = "minimum",
        [BK_MAXIMUM] = "maximum",
        [BK_EXCLUSIVE_MINIMUM] = "exclusiveMinimum",
        [BK_EXCLUSIVE_MAXIMUM] = "exclusiveMaximum",
        [BK_MULTIPLE_OF] = "multipleOf",
    };
    bk_buf_c(out, names[f->a]);
    bk_buf_c(out, ": got ");
    print_float(out, f->got);
    bk_buf_c(out, ", want ");
    print_float(out, *f->schema->number->value[f->a]);
}

static void print_matched(bk_buf *out, const bk_flaw *f) {
    bk_buf_c(out, f->kind == BK_FLAW_MIN_CONTAINS ? "min " : "max ");
    bk_number_print_int(out, f->b);
    bk_buf_c(out, " items required to match contains schema, but ");
    if (f->n == 0 && f->kind == BK_FLAW_MIN_CONTAINS) {
        bk_buf_c(out, "none matched");
        return;
    }
    bk_buf_c(out, "matched ");
    bk_number_print_int(out, (int64_t)f->n);
    bk_buf_c(out, " items at ");
    for (size_t i = 0; i < f->n; i++) {
        if (i) bk_buf_byte(out, ' ');
        bk_buf_int(out, f->numbers[i]);
    }
}

static void print_one_of(bk_buf *out, const bk_flaw *f) {
    if (f->a < 0) {
        bk_buf_c(out, "'oneOf' failed, none matched");
        return;
    }
    bk_buf_c(out, "'oneOf' failed, subschemas ");
    bk_number_print_int(out, f->a);
    bk_buf_c(out, ", ");
    bk_number_print_int(out, f->b);
    bk_buf_c(out, " matched");
}

static void print_cycle(bk_buf *out, const bk_flaw *f) {
    bk_buf location;
    bk_buf_c(out, "both ");
    bk_buf_str(out, f->text);
    bk_buf_c(out, " and ");
    bk_buf_str(out, f->more);
    bk_buf_c(out, " resolve to ");
    bk_buf_init(&location, out->arena, 0);
    bk_schema_location(&location, f->schema);
    join(out, &location);
    bk_fmt_quote(out, bk_buf_view(&location));
    bk_buf_c(out, " causing reference cycle");
}

static void print_format(bk_buf *out, const bk_flaw *f) {
    display(out, f->got);
    bk_buf_c(out, " is not valid ");
    bk_buf_str(out, f->schema->format_name);
    bk_buf_c(out, ": ");
    bk_buf_str(out, f->text);
}

static void print_names(bk_buf *out, const bk_flaw *f) {
    if (f->kind == BK_FLAW_REQUIRED) {
        bk_buf_c(out, f->n == 1 ? "missing property " : "missing properties ");
        quote_names(out, f);
    } else if (f->kind == BK_FLAW_DEPENDENCY) {
        bk_buf_c(out, "properties ");
        quote_names(out, f);
        bk_buf_c(out, " required, if ");
        quote(out, f->text);
        bk_buf_c(out, " exists");
    } else {
        bk_buf_c(out, "additional properties ");
        quote_names(out, f);
        bk_buf_c(out, " not allowed");
    }
}

static void print_quoted(bk_buf *out, const bk_flaw *f) {
    if (f->kind == BK_FLAW_PROPERTY_NAME) {
        bk_buf_c(out, "invalid propertyName ");
        quote(out, f->text);
    } else {
        quote(out, f->text);
        bk_buf_c(out, " does not match pattern ");
        quote(out, f->more);
    }
}

static void print_counts(bk_buf *out, const bk_flaw *f) {
    if (f->kind == BK_FLAW_UNIQUE) {
        bk_buf_c(out, "items at ");
        bk_number_print_int(out, f->a);
        bk_buf_c(out, " and ");
        bk_number_print_int(out, f->b);
        bk_buf_c(out, " are equal");
    } else {
        bk_buf_c(out, "last ");
        bk_number_print_int(out, f->a);
        bk_buf_c(out, " additionalItem(s) not allowed");
    }
}

static void print_flaw(bk_buf *out, const bk_flaw *f) {
    switch (f->kind) {
    case BK_FLAW_GROUP:
    case BK_FLAW_REF: bk_buf_c(out, "validation failed"); break;
    case BK_FLAW_NOT_JSON:
        bk_buf_c(out, "invalid jsonType ");
        bk_buf_c(out, bk_type_name(f->got));
        break;
    case BK_FLAW_FALSE: bk_buf_c(out, "false schema"); break;
    case BK_FLAW_CYCLE: print_cycle(out, f); break;
    case BK_FLAW_TYPE:
        bk_buf_c(out, "got ");
        print_types(out, bk_json_type_of(f->got));
        bk_buf_c(out, ", want ");
        print_types(out, f->schema->types);
        break;
    case BK_FLAW_CONST: print_const(out, *f->schema->constant); break;
    case BK_FLAW_ENUM: print_enum(out, f->schema->enumeration); break;
    case BK_FLAW_FORMAT: print_format(out, f); break;
    case BK_FLAW_MIN_PROPERTIES: print_bound(out, "minProperties", f); break;
    case BK_FLAW_MAX_PROPERTIES: print_bound(out, "maxProperties", f); break;
    case BK_FLAW_MIN_ITEMS: print_bound(out, "minItems", f); break;
    case BK_FLAW_MAX_ITEMS: print_bound(out, "maxItems", f); break;
    case BK_FLAW_MIN_LENGTH: print_bound(out, "minLength", f); break;
    case BK_FLAW_MAX_LENGTH: print_bound(out, "maxLength", f); break;
    case BK_FLAW_REQUIRED:
    case BK_FLAW_DEPENDENCY:
    case BK_FLAW_ADDITIONAL_PROPERTIES: print_names(out, f); break;
    case BK_FLAW_PROPERTY_NAME:
    case BK_FLAW_PATTERN: print_quoted(out, f); break;
    case BK_FLAW_UNIQUE:
    case BK_FLAW_ADDITIONAL_ITEMS: print_counts(out, f); break;
    case BK_FLAW_CONTAINS: bk_buf_c(out, "no items match contains schema"); break;
    case BK_FLAW_MIN_CONTAINS:
    case BK_FLAW_MAX_CONTAINS: print_matched(out, f); break;
    case BK_FLAW_NUMBER: print_number(out, f); break;
    case BK_FLAW_NOT: bk_buf_c(out, "'not' failed"); break;
    case BK_FLAW_ALL_OF: bk_buf_c(out, "'allOf' failed"); break;
    case BK_FLAW_ANY_OF: bk_buf_c(out, "'anyOf' failed"); break;
    case BK_FLAW_ONE_OF: print_one_of(out, f); break;
    }
}

/* A flaw and those below, a line each. A reference with one cause is left out. */
static void print_tree(bk_buf *out, const bk_flaw *f, size_t indent) {
    if (f->kind != BK_FLAW_REF || f->causes.n != 1) {
        bk_buf path;
        bk_buf_byte(out, '\n');
        bk_buf_fill(out, ' ', 2 * indent);
        bk_buf_c(out, "- at ");
        bk_buf_init(&path, out->arena, 0);
        for (uint32_t i = 0; i < f->path.n; i++) bk_ptr_print(&path, f->path.p[i]);
        join(out, &path);
        quote(out, bk_buf_view(&path));
        bk_buf_c(out, ": ");
        print_flaw(out, f);
        indent++;
    }
    /* as deep as the check that found it, which had its limit */
    for (const bk_flaw *c = f->causes.first; c && bk_buf_ok(out); c = c->next) print_tree(out, c, indent);
}

bk_status bk_flaw_report(bk_arena *arena, const bk_schema *schema, const bk_flaw *flaw, bk_str *ret, bk_err *err) {
    bk_buf out, location;
    bk_buf_init(&out, arena, REPORT);
    bk_buf_init(&location, arena, 0);
    bk_schema_location(&location, schema);
    join(&out, &location);
    bk_buf_c(&out, "jsonschema validation failed with ");
    quote(&out, bk_buf_view(&location));
    if (flaw->kind == BK_FLAW_GROUP) {
        for (const bk_flaw *c = flaw->causes.first; c; c = c->next) print_tree(&out, c, 0);
    } else {
        print_tree(&out, flaw, 0);
    }
    *ret = bk_buf_take(&out);
    return bk_buf_check(&out, err);
}
