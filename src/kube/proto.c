#include "kube/proto.h"

#include "base/calendar.h"
#include "value/map.h"

#define MAGIC BK_S("k8s\0")

enum { ITEMS_MAX = 1000000, ENTRIES_MAX = 10000 };

/* ---- fields ---- */

/* One field of a message: a number, or bytes. */
typedef struct field {
    uint32_t number;
    uint64_t value;
    bk_str bytes; /* of kind LENGTH */
    bool is_bytes;
} field;

enum { VARINT = 0, FIXED64 = 1, LENGTH = 2, FIXED32 = 5 };

static bool varint(bk_str *rest, uint64_t *ret) {
    uint64_t v = 0;
    for (unsigned i = 0; i < 10 && i < rest->n; i++) {
        uint64_t byte = (unsigned char)rest->p[i];
        if (i == 9 && byte > 1) return false;
        v |= (byte & 0x7f) << (7 * i);
        if (byte & 0x80) continue;
        *rest = bk_str_from(*rest, i + 1);
        *ret = v;
        return true;
    }
    return false;
}

/* The next field of a message that has bytes left. False: it is malformed. */
static bool next(bk_str *rest, field *ret) {
    uint64_t tag, n = 0;
    *ret = (field){0};
    if (!varint(rest, &tag) || (tag >> 3) == 0 || (tag >> 3) > 0x1fffffff) return false;
    ret->number = (uint32_t)(tag >> 3);
    switch (tag & 7) {
    case VARINT: return varint(rest, &ret->value);
    case FIXED64: n = 8; break;
    case FIXED32: n = 4; break;
    case LENGTH:
        ret->is_bytes = true;
        if (!varint(rest, &n)) return false;
        break;
    default: return false;
    }
    if (n > rest->n) return false;
    ret->bytes = bk_str_sub(*rest, 0, (size_t)n);
    *rest = bk_str_from(*rest, (size_t)n);
    return true;
}

static bk_status malformed(bk_err *err) {
    return bk_err_set(err, BK_ERR, "the server's answer is malformed: it is no object in binary form");
}

/* ---- messages ---- */

typedef struct reader {
    bk_arena *arena;
    bk_err *err;
} reader;

static bk_status set(const reader *r, bk_map *m, bk_str key, bk_value v) {
    return bk_map_set(m, key, v) ? BK_OK : bk_arena_fail(r->arena, r->err);
}

/* Fields that are texts, by their numbers; the rest is not looked at. */
typedef struct text_field {
    uint32_t number;
    const char *name;
} text_field;

static const char *text_name(const text_field *fields, size_t count, const field *f) {
    for (size_t i = 0; i < count && f->is_bytes; i++)
        if (fields[i].number == f->number) return fields[i].name;
    return NULL;
}

static void put_digits(char *at, size_t n, int64_t v) {
    while (n--) {
        at[n] = (char)('0' + v % 10);
        v /= 10;
    }
}

/* "2026-11-21T19:10:38Z" of seconds since 1970; a moment that no such text has is left out. */
static bk_status put_time(const reader *r, bk_str message, bk_map *to, const char *name) {
    int64_t seconds = 0;
    bk_str text;
    for (field f; message.n;) {
        if (!next(&message, &f)) return malformed(r->err);
        if (f.number == 1 && !f.is_bytes) seconds = (int64_t)f.value;
    }
    if (seconds <= 0 || seconds >= 253402300800) return BK_OK;
    bk_date date = bk_date_of_days(seconds / 86400);
    int64_t s = seconds % 86400;
    char form[] = "0000-00-00T00:00:00Z";
    put_digits(form, 4, date.year);
    put_digits(form + 5, 2, date.month);
    put_digits(form + 8, 2, date.day);
    put_digits(form + 11, 2, s / 3600);
    put_digits(form + 14, 2, s / 60 % 60);
    put_digits(form + 17, 2, s % 60);
    if (!bk_arena_dup(r->arena, bk_str_of(form, sizeof form - 1), &text)) return bk_arena_fail(r->arena, r->err);
    return set(r, to, bk_str_c(name), bk_string(text));
}

/* An entry of a map from texts to texts or bytes, which is made with the first of them; *map is NULL before. */
static bk_status put_entry(const reader *r, bk_str message, bk_map *object, bk_str name, bool bytes, bk_map **map) {
    bk_str key = BK_S(""), value = BK_S("");
    bool made = !*map;
    bk_map *m = *map = made ? bk_map_new(r->arena, bytes ? 1 : 6) : *map;
    for (field f; message.n;) {
        if (!next(&message, &f)) return malformed(r->err);
        if (f.number == 1 && f.is_bytes) key = f.bytes;
        if (f.number == 2 && f.is_bytes) value = f.bytes;
    }
    if (!m) return bk_arena_fail(r->arena, r->err);
    if (made) BK_TRY(set(r, object, name, bk_map_value(m)));
    if (bk_map_len(m) >= ENTRIES_MAX) return bk_err_limit(r->err, "entries of a map in an answer", ENTRIES_MAX);
    return set(r, m, key, bytes ? bk_bytes(value) : bk_string(value));
}

static bk_status read_metadata(const reader *r, bk_str message, bk_map *object) {
    static const text_field texts[] = {{1, "name"}, {3, "namespace"}, {5, "uid"}, {6, "resourceVersion"}};
    bk_map *m = bk_map_new(r->arena, 7), *labels = NULL, *annotations = NULL;
    if (!m) return bk_arena_fail(r->arena, r->err);
    for (field f; message.n;) {
        if (!next(&message, &f)) return malformed(r->err);
        const char *text = text_name(texts, BK_COUNT(texts), &f);
        if (text) BK_TRY(set(r, m, bk_str_c(text), bk_string(f.bytes)));
        else if (f.number == 8 && f.is_bytes) BK_TRY(put_time(r, f.bytes, m, "creationTimestamp"));
        else if (f.number == 11 && f.is_bytes) BK_TRY(put_entry(r, f.bytes, m, BK_S("labels"), false, &labels));
        else if (f.number == 12 && f.is_bytes) BK_TRY(put_entry(r, f.bytes, m, BK_S("annotations"), false, &annotations));
    }
    return set(r, object, BK_S("metadata"), bk_map_value(m));
}

/* Secrets, ConfigMaps and bare metadata have their fields in the same places. */
static bk_status read_item(const reader *r, bk_str message, bool bytes, bk_value *ret) {
    bk_map *m = bk_map_new(r->arena, bytes ? 3 : 1), *data = NULL;
    if (!m) return bk_arena_fail(r->arena, r->err);
    for (field f; message.n;) {
        if (!next(&message, &f)) return malformed(r->err);
        if (!f.is_bytes) continue;
        if (f.number == 1) BK_TRY(read_metadata(r, f.bytes, m));
        else if (f.number == 2) BK_TRY(put_entry(r, f.bytes, m, BK_S("data"), bytes, &data));
        else if (f.number == 3 && bytes) BK_TRY(set(r, m, BK_S("type"), bk_string(f.bytes)));
    }
    *ret = bk_map_value(m);
    return BK_OK;
}

/* An object of which only texts are kept. */
static bk_status read_texts(const reader *r, bk_str message, const text_field *texts, size_t count, bk_map *object, bk_str key) {
    bk_map *m = bk_map_new(r->arena, count);
    if (!m) return bk_arena_fail(r->arena, r->err);
    for (field f; message.n;) {
        if (!next(&message, &f)) return malformed(r->err);
        const char *text = text_name(texts, count, &f);
        if (text) BK_TRY(set(r, m, bk_str_c(text), bk_string(f.bytes)));
    }
    return set(r, object, key, bk_map_value(m));
}

static bk_status read_list(const reader *r, bk_str message, bool bytes, bk_map *object) {
    static const text_field metadata[] = {{2, "resourceVersion"}, {3, "continue"}};
    bk_items items;
    bk_value v = bk_nil();
    bk_items_init(&items, r->arena);
    for (field f; message.n;) {
        if (!next(&message, &f)) return malformed(r->err);
        if (f.number == 1 && f.is_bytes) BK_TRY(read_texts(r, f.bytes, metadata, BK_COUNT(metadata), object, BK_S("metadata")));
        if (f.number != 2 || !f.is_bytes) continue;
        if (items.n >= ITEMS_MAX) return bk_err_limit(r->err, "objects in an answer", ITEMS_MAX);
        BK_TRY(read_item(r, f.bytes, bytes, &v));
        bk_items_add(&items, v);
    }
    BK_TRY(bk_items_list(&items, BK_T_LIST, &v, r->err));
    return set(r, object, BK_S("items"), v);
}

static bk_status read_refusal(const reader *r, bk_str message, bk_map *object) {
    static const text_field texts[] = {{2, "status"}, {3, "message"}, {4, "reason"}}, details[] = {{1, "name"}, {2, "group"}, {3, "kind"}};
    for (field f; message.n;) {
        if (!next(&message, &f)) return malformed(r->err);
        const char *text = text_name(texts, BK_COUNT(texts), &f);
        if (text) BK_TRY(set(r, object, bk_str_c(text), bk_string(f.bytes)));
        if (f.number == 5 && f.is_bytes) BK_TRY(read_texts(r, f.bytes, details, BK_COUNT(details), object, BK_S("details")));
    }
    return BK_OK;
}

/* ---- the envelope ---- */

/* Which object it is: the last field of {apiVersion = 1, kind = 2}. */
static bk_status read_kind(const reader *r, bk_str message, bk_str *ret) {
    for (field f; message.n;) {
        if (!next(&message, &f)) return malformed(r->err);
        if (f.number == 2 && f.is_bytes) *ret = f.bytes;
    }
    return BK_OK;
}

bk_status bk_kube_proto_read(bk_arena *arena, bk_str body, bk_value *ret, bk_err *err) {
    const reader r = {arena, err};
    bk_str kind = BK_S(""), raw = BK_S("");
    bk_map *object = bk_map_new(arena, 4);
    if (!object) return bk_arena_fail(arena, err);
    if (!bk_str_starts(body, MAGIC)) return malformed(err);
    body = bk_str_from(body, MAGIC.n);
    for (field f; body.n;) {
        if (!next(&body, &f)) return malformed(err);
        if (f.number == 1 && f.is_bytes) BK_TRY(read_kind(&r, f.bytes, &kind));
        if (f.number == 2 && f.is_bytes) raw = f.bytes;
        if (f.number == 3 && f.bytes.n) return malformed(err); /* in another encoding */
    }
    BK_TRY(set(&r, object, BK_S("kind"), bk_string(kind)));
    if (bk_str_eq(kind, BK_S("Status"))) BK_TRY(read_refusal(&r, raw, object));
    else if (bk_str_eq(kind, BK_S("SecretList"))) BK_TRY(read_list(&r, raw, true, object));
    else if (bk_str_eq(kind, BK_S("ConfigMapList")) || bk_str_eq(kind, BK_S("PartialObjectMetadataList")))
        BK_TRY(read_list(&r, raw, false, object));
    else
        return bk_err_set(err, BK_ERR, "the server's answer is of the kind \"%.*s\", which was not asked for",
                          BK_FMT(bk_str_sub(kind, 0, 80)));
    *ret = bk_map_value(object);
    return BK_OK;
}

bool bk_kube_is_proto(bk_str type) {
    bk_str head, rest;
    bk_str_cut(type, BK_S(";"), &head, &rest);
    return bk_str_eq_fold(bk_str_trim(head), BK_S("application/vnd.kubernetes.protobuf"));
}

bk_status bk_kube_object_read(bk_arena *arena, const bk_kube_answer *answer, bk_value *ret, bk_err *err) {
    return bk_kube_is_proto(answer->type) ? bk_kube_proto_read(arena, answer->body, ret, err) : bk_kube_json(arena, answer, ret, err);
}
