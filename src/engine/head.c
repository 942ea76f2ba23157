/* The head of a manifest, decoded as encoding/json fills Helm's struct SimpleHead. */
#include "base/buf.h"
#include "data/json.h"
#include "data/yaml.h"
#include "data/yaml_skim.h"
#include "engine/manifest.h"
#include "value/map.h"

typedef struct reader {
    bk_arena *arena, *scratch; /* of what is kept, and of the document */
    bk_manifest_head *head;
    bk_err *err;
    bool failed; /* the first misfit is the error, but the rest is read on */
} reader;

#define METADATA_TYPE "struct { Name string \"json:\\\"name\\\"\"; Annotations map[string]string \"json:\\\"annotations\\\"\" }"

static void misfit(reader *r, bk_value v, const char *field, const char *type) {
    if (!r->failed)
        bk_err_set(r->err, BK_ERR,
                   "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal %s into Go struct field %s of type %s",
                   bk_json_kind(v), field, type);
    r->failed = true;
}

/* A text, or what becomes one; null leaves what was there. */
static bk_status read_text(reader *r, bk_value v, const char *field, bk_str *ret) {
    bk_value text;
    if (v.kind == BK_NIL) return BK_OK;
    if (!bk_yaml_coerce_string(r->scratch, v, &text)) return bk_arena_fail(r->arena, r->err);
    if (text.kind != BK_STRING) misfit(r, v, field, "string");
    else if (!bk_arena_dup(r->arena, bk_value_str(text), ret)) return bk_arena_fail(r->arena, r->err);
    return BK_OK;
}

static bk_status read_annotations(reader *r, bk_value v) {
    if (v.kind != BK_MAP) {
        if (v.kind != BK_NIL) misfit(r, v, ".metadata.annotations", "map[string]string");
        return BK_OK;
    }
    bk_map *to = r->head->annotations ? r->head->annotations : bk_map_new(r->arena, bk_map_len(v.map));
    if (!to || !bk_map_sort(v.map)) return bk_arena_fail(r->arena, r->err);
    for (size_t i = 0; i < bk_map_len(v.map); i++) {
        const bk_map_entry *e = bk_map_at(v.map, i);
        bk_str text = {"", 0}, key;
        BK_TRY(read_text(r, e->value, ".metadata.annotations", &text));
        if (!bk_arena_dup(r->arena, e->key, &key) || !bk_map_set(to, key, bk_string(text))) return bk_arena_fail(r->arena, r->err);
    }
    r->head->annotations = to;
    return BK_OK;
}

static bk_status read_metadata(reader *r, bk_value v) {
    if (v.kind != BK_MAP) {
        if (v.kind != BK_NIL) misfit(r, v, "SimpleHead.metadata", METADATA_TYPE);
        return BK_OK;
    }
    if (!bk_map_sort(v.map)) return bk_arena_fail(r->arena, r->err);
    for (size_t i = 0; i < bk_map_len(v.map); i++) {
        const bk_map_entry *e = bk_map_at(v.map, i);
        if (bk_str_eq_fold(e->key, BK_S("name"))) BK_TRY(read_text(r, e->value, ".metadata.name", &r->head->name));
        else if (bk_str_eq_fold(e->key, BK_S("annotations"))) BK_TRY(read_annotations(r, e->value));
    }
    return BK_OK;
}

/* ---- plain heads ---- */

static bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '/' || c == '_' ||
           c == ',';
}

/* Whether a plain scalar may be something else than a text: true, no, null, 1e3. */
static bool may_be_odd(bk_str word) {
    char c = word.p[0];
    return !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) || (word.n <= 5 && strchr("yYnNtTfFoO", c));
}

/* The rest of a line behind "key:": a word, plain or in quotes. */
static bool plain_value(bk_str rest, bk_str *ret) {
    if (rest.n < 2 || rest.p[0] != ' ') return false;
    char quote = rest.p[1];
    bool quoted = quote == '"' || quote == '\'';
    if (quoted && (rest.n < 3 || rest.p[rest.n - 1] != quote)) return false;
    bk_str word = bk_str_sub(rest, quoted ? 2 : 1, rest.n - quoted);
    for (size_t i = 0; i < word.n; i++)
        if (!is_word(word.p[i])) return false;
    *ret = word;
    return quoted || !may_be_odd(word);
}

/* An annotation's name, a word with or without quotes; *ret_rest: what stands behind its colon. */
static bool plain_key(bk_str line, bk_str *ret, bk_str *ret_rest) {
    bool quoted = line.n && (line.p[0] == '"' || line.p[0] == '\'');
    size_t from = quoted, end = from;
    while (end < line.n && is_word(line.p[end])) end++;
    bk_str word = bk_str_sub(line, from, end), rest = bk_str_from(line, end);
    if (quoted && (rest.n == 0 || rest.p[0] != line.p[0])) return false;
    if (quoted) rest = bk_str_from(rest, 1);
    if (word.n == 0 || rest.n == 0 || rest.p[0] != ':') return false;
    *ret = word;
    *ret_rest = bk_str_from(rest, 1);
    return quoted || !may_be_odd(word);
}

/* The annotations from the line behind "annotations:" on, each once, name and value words on a line of its own: views of the text. */
static bool plain_annotations(bk_arena *scratch, bk_str *text, bk_map **ret) {
    bk_str line, rest, key, value;
    bk_map *map = bk_map_new(scratch, 4);
    while (map && bk_str_starts(*text, BK_S("    ")) && bk_str_line(text, &line)) {
        if (!plain_key(bk_str_from(line, 4), &key, &rest) || !plain_value(rest, &value) || bk_map_get(map, key)) return false;
        if (!bk_map_set(map, key, bk_string(value))) return false;
    }
    *ret = map;
    return map && bk_map_len(map) > 0;
}

/* Heads that have nothing but the members wanted, each once, on a line of its own, and a name that is a word: most. `text` is sound YAML. False: ask the
 * reader, who would read such a head in the same way. */
static bool plain_head(bk_arena *scratch, bk_str text, bk_manifest_head *ret) {
    bk_str line, name = {NULL, 0};
    bool metadata = false;
    while (bk_str_line(&text, &line)) {
        if (line.n == 0 || line.p[0] == '#') continue;
        if (bk_str_starts(line, BK_S("apiVersion:"))) {
            if (ret->api_version.p || !plain_value(bk_str_from(line, strlen("apiVersion:")), &ret->api_version)) return false;
        } else if (bk_str_starts(line, BK_S("kind:"))) {
            if (ret->kind.p || !plain_value(bk_str_from(line, strlen("kind:")), &ret->kind)) return false;
        } else if (bk_str_eq(line, BK_S("metadata:")) && !metadata) {
            metadata = true;
        } else if (metadata && !name.p && bk_str_starts(line, BK_S("  name:"))) {
            if (!plain_value(bk_str_from(line, strlen("  name:")), &name)) return false;
        } else if (metadata && !ret->annotations && bk_str_eq(line, BK_S("  annotations:"))) {
            if (!plain_annotations(scratch, &text, &ret->annotations)) return false;
        } else {
            return false;
        }
    }
    ret->name = name;
    return true;
}

static bool keep(bk_arena *arena, bk_str *s) { return !s->p || bk_arena_dup(arena, *s, s); }

static bool keep_annotations(bk_arena *arena, bk_map **annotations) {
    if (!*annotations) return true;
    bk_map *kept = bk_map_new(arena, bk_map_len(*annotations));
    for (size_t i = 0; kept && i < bk_map_len(*annotations); i++) {
        const bk_map_entry *e = bk_map_at(*annotations, i);
        bk_str key = e->key, value = bk_value_str(e->value);
        if (!keep(arena, &key) || !keep(arena, &value) || !bk_map_set(kept, key, bk_string(value))) return false;
    }
    *annotations = kept;
    return kept != NULL;
}

static bool keep_head(bk_arena *arena, bk_manifest_head *head) {
    return keep(arena, &head->api_version) && keep(arena, &head->kind) && keep(arena, &head->name) &&
           keep_annotations(arena, &head->annotations);
}

/* ---- heads ---- */

static bk_status read_head(bk_arena *arena, bk_arena *scratch, bk_str text, bk_manifest_head *ret, bk_err *err) {
    static const bk_str about[] = {{"name", 4}, {"annotations", 11}};
    static const bk_yaml_wanted members[] = {
        {{"apiVersion", 10}, NULL, 0}, {{"kind", 4}, NULL, 0}, {{"metadata", 8}, about, BK_COUNT(about)}};
    bk_value v = bk_nil();
    bk_buf skimmed;
    reader r = {.arena = arena, .scratch = scratch, .head = ret, .err = err};
    *ret = (bk_manifest_head){0};
    /* A manifest is mostly what stands below these, and nobody wants to know it here. */
    bk_buf_init(&skimmed, scratch, 0);
    if (bk_yaml_skim(text, members, BK_COUNT(members), &skimmed)) {
        text = bk_buf_view(&skimmed);
        if (plain_head(scratch, text, ret)) return keep_head(arena, ret) ? BK_OK : bk_arena_fail(arena, err);
        *ret = (bk_manifest_head){0};
    } else {
        BK_TRY(bk_buf_check(&skimmed, err));
    }
    BK_TRY(bk_yaml_decode(scratch, text, BK_YAML_NUMBERS, BK_T_NIL, &v, err));
    if (v.kind == BK_NIL) return BK_OK;
    if (v.kind != BK_MAP)
        return bk_err_set(err, BK_ERR,
                          "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal %s into Go value of type util.SimpleHead",
                          bk_json_kind(v));
    if (!bk_map_sort(v.map)) return bk_arena_fail(scratch, err);
    for (size_t i = 0; i < bk_map_len(v.map); i++) {
        const bk_map_entry *e = bk_map_at(v.map, i);
        if (bk_str_eq_fold(e->key, BK_S("apiVersion"))) BK_TRY(read_text(&r, e->value, "SimpleHead.apiVersion", &ret->api_version));
        else if (bk_str_eq_fold(e->key, BK_S("kind"))) BK_TRY(read_text(&r, e->value, "SimpleHead.kind", &ret->kind));
        else if (bk_str_eq_fold(e->key, BK_S("metadata"))) BK_TRY(read_metadata(&r, e->value));
    }
    return r.failed ? BK_ERR : BK_OK;
}

bk_status bk_manifest_head_read(bk_arena *arena, bk_str text, bk_manifest_head *ret, bk_err *err) {
    bk_arena scratch;
    bk_arena_init(&scratch, 0);
    scratch.debug = arena->debug;
    bk_status status = read_head(arena, &scratch, text, ret, err);
    bk_arena_release(&scratch);
    return status;
}
