#include "kube/metadata.h"

#include "data/json.h"
#include "value/map.h"

typedef enum shape { TEXT, NUMBER, TEXTS, LIST_OF_TEXTS, LIST } shape;

typedef struct field {
    const char *name;
    shape shape;
    const char *type; /* in Go */
} field;

static const field fields[] = {
    {"annotations", TEXTS, "map[string]string"},
    {"creationTimestamp", TEXT, "string"},
    {"deletionGracePeriodSeconds", NUMBER, "int64"},
    {"deletionTimestamp", TEXT, "string"},
    {"finalizers", LIST_OF_TEXTS, "[]string"},
    {"generateName", TEXT, "string"},
    {"generation", NUMBER, "int64"},
    {"labels", TEXTS, "map[string]string"},
    {"managedFields", LIST, "[]v1.ManagedFieldsEntry"},
    {"name", TEXT, "string"},
    {"namespace", TEXT, "string"},
    {"ownerReferences", LIST, "[]v1.OwnerReference"},
    {"resourceVersion", TEXT, "string"},
    {"selfLink", TEXT, "string"},
    {"uid", TEXT, "types.UID"},
};

static const char *kind_of(bk_value v) {
    switch (v.kind) {
    case BK_STRING: return "string";
    case BK_BOOL: return "bool";
    case BK_LIST: return "array";
    case BK_MAP: return "object";
    default: return "number";
    }
}

static void tell(bk_buf *out, bk_value v, const char *name, const char *type) {
    bk_buf_printf(out, "json: cannot unmarshal %s", kind_of(v));
    if (v.kind == BK_FLOAT && bk_str_eq(bk_str_c(type), BK_S("int64"))) {
        bk_buf_byte(out, ' ');
        bk_json_encode_float(out, v.f, 64);
    }
    bk_buf_printf(out, " into Go struct field ObjectMeta.metadata.%s of type %s", name, type);
}

static bool is_text(bk_value v) { return bk_is_string(v) || bk_is_nil(v); }

static void check_field(const field *f, bk_value v, bk_buf *out) {
    static const bk_kind wanted[] = {[TEXT] = BK_STRING, [NUMBER] = BK_INT, [TEXTS] = BK_MAP, [LIST_OF_TEXTS] = BK_LIST, [LIST] = BK_LIST};
    if (bk_is_nil(v)) return;
    if (f->shape == TEXT ? !bk_is_string(v) : v.kind != wanted[f->shape]) {
        tell(out, v, f->name, f->type);
        return;
    }
    for (size_t i = 0; f->shape == TEXTS && i < bk_map_len(v.map) && !out->n; i++)
        if (!is_text(bk_map_at(v.map, i)->value)) tell(out, bk_map_at(v.map, i)->value, f->name, "string");
    for (uint32_t i = 0; f->shape == LIST_OF_TEXTS && i < v.len && !out->n; i++)
        if (!is_text(v.items[i])) tell(out, v.items[i], f->name, "string");
}

void bk_kube_metadata_check(bk_map *object, bk_buf *out) {
    bk_value *metadata = bk_map_get(object, BK_S("metadata"));
    if (!metadata || metadata->kind != BK_MAP) return;
    /* In the order of the text, which is the order of the keys. */
    for (size_t i = 0; i < bk_map_len(metadata->map) && !out->n; i++) {
        const bk_map_entry *e = bk_map_at(metadata->map, i);
        for (size_t k = 0; k < BK_COUNT(fields); k++)
            if (bk_str_eq(e->key, bk_str_c(fields[k].name))) check_field(&fields[k], e->value, out);
    }
}
