/* audit_text.c: the report of an audit for people. */
#include "action/audit.h"
#include "guard/escape.h"

static bk_str text_at(bk_value v, const char *key) { return v.kind == BK_MAP ? bk_map_str(v.map, key, BK_S("")) : BK_S(""); }

static bk_value list_at(bk_value v, const char *key) {
    const bk_value *list = v.kind == BK_MAP ? bk_map_get(v.map, bk_str_c(key)) : NULL;
    return list && list->kind == BK_LIST ? *list : bk_list(NULL, 0);
}

static void put(bk_buf *out, bk_value v, const char *key) { bk_escape_line(out, text_at(v, key)); }

static void head(bk_buf *out, const char *title, uint32_t n) { bk_buf_printf(out, "\n%s (%u)\n", title, n); }

/* "Deployment web (app/templates/web.yaml)" */
static void object(bk_buf *out, bk_value v) {
    put(out, v, "kind");
    bk_buf_byte(out, ' ');
    put(out, v, "name");
    bk_buf_c(out, " (");
    put(out, v, "path");
    bk_buf_byte(out, ')');
}

/* ---- what the templates ask for ---- */

/* Effects in the order in which they matter, with words; "tpl" is none, but may be any. */
static const struct {
    const char *effect, *words;
} effects[] = {
    {"lookup", "reads objects of the cluster by name"},
    {"lookup-list", "reads lists of objects of the cluster"},
    {"dns", "resolves names, with --enable-dns"},
    {"schema-ref", "fetches schemas"},
    {"tpl", "runs text from values as templates, which can ask for anything in this list"},
    {"keygen", "makes keys and certificates"},
    {"cipher", "encrypts or derives passwords"},
    {"bcrypt", "hashes passwords"},
    {"seed", "uses random numbers"},
    {"clock", "reads the clock"},
    {"zoneinfo", "reads time zones"},
};

static uint32_t count_of(bk_value asks, const char *effect) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < asks.len; i++) n += bk_str_eq(text_at(asks.items[i], "effect"), bk_str_c(effect));
    return n;
}

static void asks(bk_buf *out, bk_value list) {
    bk_buf_c(out, list.len ? "\nIts templates ask the host for\n" : "\nIts templates ask the host for nothing.\n");
    for (size_t e = 0; e < BK_COUNT(effects); e++) {
        uint32_t n = count_of(list, effects[e].effect);
        if (n == 0) continue;
        bk_buf_printf(out, "  %s (%u): %s\n", effects[e].effect, n, effects[e].words);
        for (uint32_t i = 0; i < list.len; i++) {
            bk_value v = list.items[i];
            if (!bk_str_eq(text_at(v, "effect"), bk_str_c(effects[e].effect))) continue;
            bk_buf_c(out, "    ");
            put(out, v, "where");
            bk_buf_c(out, "  ");
            put(out, v, "text");
            bk_buf_byte(out, '\n');
        }
    }
}

/* ---- what it puts on the cluster ---- */

static void hooks(bk_buf *out, bk_value list) {
    if (!list.len) return;
    head(out, "Hooks", list.len);
    for (uint32_t i = 0; i < list.len; i++) {
        bk_buf_c(out, "  ");
        put(out, list.items[i], "events");
        bk_buf_c(out, ": ");
        object(out, list.items[i]);
        bk_buf_byte(out, '\n');
    }
}

/* Each image once; an image that hooks run too says so. */
static void images(bk_buf *out, bk_value list) {
    bk_buf_c(out, list.len ? "\nImages\n" : "");
    for (uint32_t i = 0; i < list.len; i++) {
        bk_str image = text_at(list.items[i], "image");
        uint32_t uses = 0;
        bool hook = false, first = true;
        for (uint32_t k = 0; k < list.len; k++) {
            if (!bk_str_eq(image, text_at(list.items[k], "image"))) continue;
            first = first && k >= i;
            hook = hook || bk_map_bool(list.items[k].map, "hook", false);
            uses++;
        }
        if (!first) continue;
        bk_buf_c(out, "  ");
        bk_escape_line(out, image);
        if (uses > 1) bk_buf_printf(out, "  in %u places", uses);
        bk_buf_c(out, hook ? ", run by hooks\n" : "\n");
    }
}

static void listed(bk_buf *out, const char *title, const char *key, bk_value list) {
    if (!list.len) return;
    head(out, title, list.len);
    for (uint32_t i = 0; i < list.len; i++) {
        bk_buf_c(out, "  ");
        if (key) {
            put(out, list.items[i], key);
            bk_buf_c(out, "  by ");
        }
        object(out, list.items[i]);
        bk_buf_byte(out, '\n');
    }
}

static void charts(bk_buf *out, bk_value list, bool beyond) {
    if (list.len < (beyond ? 1u : 2u)) return;
    head(out, beyond ? "New charts or versions" : "Charts", list.len);
    for (uint32_t i = 0; i < list.len; i++) {
        bk_buf_c(out, "  ");
        put(out, list.items[i], "path");
        bk_buf_byte(out, ' ');
        put(out, list.items[i], "version");
        bk_buf_byte(out, '\n');
    }
}

static void unreadable(bk_buf *out, bk_value list) {
    if (!list.len) return;
    head(out, "Files that cannot be read, and are not part of this report", list.len);
    for (uint32_t i = 0; i < list.len; i++) {
        bk_buf_c(out, "  ");
        put(out, list.items[i], "error");
        bk_buf_byte(out, '\n');
    }
}

static void title(bk_buf *out, bk_value report, bool beyond) {
    put(out, report, "name");
    bk_buf_byte(out, ' ');
    put(out, report, "version");
    if (beyond) {
        bk_buf_c(out, ", beyond ");
        put(out, report, "from");
    }
    bk_buf_byte(out, '\n');
}

static bool is_empty(bk_value report) {
    static const char *const lists[] = {"asks", "hooks", "images", "clusterScoped", "privileges", "references", "charts", "unreadable"};
    for (size_t i = 0; i < BK_COUNT(lists); i++)
        if (list_at(report, lists[i]).len) return false;
    return true;
}

bk_status bk_audit_print(bk_value report, bool beyond, bk_buf *out, bk_err *err) {
    bk_str why = text_at(report, "notRendered");
    title(out, report, beyond);
    if (beyond && is_empty(report)) bk_buf_c(out, "\nIt asks for nothing that the other does not ask for.\n");
    charts(out, list_at(report, "charts"), beyond);
    if (!beyond || list_at(report, "asks").len) asks(out, list_at(report, "asks"));
    listed(out, "Privileges", "privilege", list_at(report, "privileges"));
    listed(out, "Objects in no namespace", NULL, list_at(report, "clusterScoped"));
    hooks(out, list_at(report, "hooks"));
    images(out, list_at(report, "images"));
    listed(out, "Used, and not brought along", "target", list_at(report, "references"));
    unreadable(out, list_at(report, "unreadable"));
    if (why.n) {
        bk_buf_c(out, "\nIt does not render with these values, so what it puts on a cluster is not told:\n  ");
        bk_escape_line(out, why);
        bk_buf_byte(out, '\n');
    }
    return bk_buf_check(out, err);
}
