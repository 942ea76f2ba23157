#include "chart/index.h"

#include "base/sort.h"
#include "data/json.h"
#include "data/yaml.h"

#define META(member, kind, go, json, type) \
    {go, json, type, BK_FIELD_##kind, false, (uint16_t)offsetof(bk_metadata, member), SHAPE_##kind(member), "Metadata"},
#define SHAPE_OF_maintainers &bk_maintainer_shape
#define SHAPE_OF_dependencies &bk_dependency_shape
#define SHAPE_STRUCTS(member) SHAPE_OF_##member
#define SHAPE_STRING(member) NULL
#define SHAPE_STRINGS(member) NULL
#define SHAPE_STRING_MAP(member) NULL
#define SHAPE_BOOL(member) NULL
#define OWN(member, kind, go, json, type, always) \
    {go, json, type, BK_FIELD_##kind, always, (uint16_t)offsetof(bk_index_version, member), NULL, NULL},

static const bk_field version_fields[] = {
#define BK_METADATA META
#include "chart/metadata.def"
#undef BK_METADATA
    OWN(urls, STRINGS, "URLs", "urls", "[]string", true)                                     //
    OWN(created, TIME, "Created", "created", "time.Time", true)                              //
    OWN(removed, BOOL, "Removed", "removed", "bool", false)                                  //
    OWN(digest, STRING, "Digest", "digest", "string", false)                                 //
    OWN(checksum, STRING, "ChecksumDeprecated", "checksum", "string", false)                 //
    OWN(engine, STRING, "EngineDeprecated", "engine", "string", false)                       //
    OWN(tiller_version, STRING, "TillerVersionDeprecated", "tillerVersion", "string", false) //
    OWN(url, STRING, "URLDeprecated", "url", "string", false)                                //
};
const bk_shape bk_index_version_shape = {"ChartVersion", sizeof(bk_index_version), version_fields, BK_COUNT(version_fields)};

#define HEAD(member, kind, go, json, type) {go, json, type, BK_FIELD_##kind, true, (uint16_t)offsetof(bk_index_head, member), NULL, NULL},
static const bk_field head_fields[] = {
    HEAD(api_version, STRING, "APIVersion", "apiVersion", "string")                  //
    HEAD(generated, TIME, "Generated", "generated", "time.Time")                     //
    HEAD(public_keys, STRINGS, "PublicKeys", "publicKeys", "[]string")               //
    HEAD(annotations, STRING_MAP, "Annotations", "annotations", "map[string]string") //
};
static const bk_shape head_shape = {"IndexFile", sizeof(bk_index_head), head_fields, BK_COUNT(head_fields)};

/* One reading of an index. */
typedef struct reading {
    bk_arena *arena;
    bk_str source;
    const bk_log *log;
    const bk_index_visitor *visitor;
    bk_typed typed;
    bk_err *first; /* the first value of a wrong kind */
    bk_err *err;
} reading;

/* ---- one version ---- */

static void warn(reading *r, bk_str name, const bk_index_version *v, bk_str why) {
    const bk_log_attr attrs[] = {{"name", name}, {"version", v->meta.version}, {"source", r->source}, {"error", why}};
    bk_log_write(r->log, r->arena, "WARN", BK_S("skipping loading invalid entry for chart"), attrs, BK_COUNT(attrs));
}

/* Whether it can be used; why not stands in the log. */
static bk_status is_usable(reading *r, bk_str name, bk_index_version *v, bool *ret) {
    bk_err why = BK_ERR_INIT;
    if (!v->meta.api_version.n) v->meta.api_version = BK_S("v1");
    bk_status s = bk_metadata_validate(r->arena, &v->meta, &why);
    /* Some servers take the aliases of dependencies away. */
    *ret = s == BK_OK || bk_str_starts(bk_err_message(&why), BK_S("validation: more than one dependency with name or alias"));
    if (s != BK_OK && s != BK_ERR) {
        bk_err_move(r->err, &why);
        return s;
    }
    if (!*ret) warn(r, name, v, bk_err_message(&why));
    bk_err_release(&why);
    return BK_OK;
}

/* null: *ret stays NULL. */
static bk_status decode_version(reading *r, bk_value item, bk_index_version **ret) {
    if (bk_is_nil(item)) return BK_OK;
    *ret = BK_NEW(r->arena, bk_index_version);
    if (!*ret) return bk_arena_fail(r->arena, r->err);
    (*ret)->created = BK_S("0001-01-01T00:00:00Z");
    return bk_typed_decode_value(&r->typed, item, &bk_index_version_shape, "entries", *ret, r->first, r->err);
}

/* *v becomes NULL when it is not. */
static bk_status keep_usable(reading *r, bk_str name, bk_index_version **v) {
    bool usable = true;
    if (*v) {
        BK_TRY(is_usable(r, name, *v, &usable));
    } else {
        const bk_log_attr attrs[] = {{"name", name}, {"source", r->source}};
        bk_log_write(r->log, r->arena, "WARN", BK_S("skipping loading invalid entry for chart: empty entry"), attrs, BK_COUNT(attrs));
    }
    if (!usable) *v = NULL;
    return BK_OK;
}

/* ---- one chart ---- */

typedef struct ranked {
    bk_semver version;
    bk_index_version *v;
} ranked;

static int newest_first(const void *a, const void *b, void *arg) {
    (void)arg;
    return bk_semver_cmp(&((const ranked *)b)->version, &((const ranked *)a)->version);
}

static bk_status sort_versions(bk_arena *arena, bk_index_version **versions, size_t n, bk_err *err) {
    ranked *list = BK_NEW_ARRAY(arena, ranked, n + 1);
    if (!list) return bk_arena_fail(arena, err);
    for (size_t i = 0; i < n; i++) {
        BK_TRY(bk_semver_parse(versions[i]->meta.version, &list[i].version, err)); /* validated */
        list[i].v = versions[i];
    }
    if (!bk_sort_go(arena, list, n, sizeof *list, newest_first, NULL)) return bk_arena_fail(arena, err);
    for (size_t i = 0; i < n; i++) versions[i] = list[i].v;
    return BK_OK;
}

static void mismatch(reading *r, const char *kind, const char *type) {
    if (r->first->code == BK_OK)
        bk_err_set(r->first, BK_ERR, "json: cannot unmarshal %s into Go struct field IndexFile.entries of type %s", kind, type);
}

static const char *kind_of(bk_value v) {
    return v.kind == BK_BOOL     ? "bool"
           : v.kind == BK_STRING ? "string"
           : v.kind == BK_LIST   ? "array"
           : v.kind == BK_MAP    ? "object"
                                 : "number";
}

static bk_status read_chart(reading *r, bk_str name, bk_value list) {
    size_t n = 0;
    if (!bk_is_nil(list) && list.kind != BK_LIST) {
        mismatch(r, kind_of(list), "repo.ChartVersions");
        return BK_OK;
    }
    size_t most = list.kind == BK_LIST ? list.len : 0;
    bk_index_version **versions = BK_NEW_ARRAY(r->arena, bk_index_version *, most + 1);
    if (!versions) return bk_arena_fail(r->arena, r->err);
    for (size_t i = 0; i < most; i++) {
        bk_value item = list.items[i];
        if (!bk_is_nil(item) && item.kind != BK_MAP) mismatch(r, kind_of(item), "repo.ChartVersion");
        else BK_TRY(decode_version(r, item, &versions[i]));
    }
    if (r->first->code != BK_OK) return BK_OK;
    /* Helm looks at the last one first, which shows in what it logs. */
    for (size_t i = most; i > 0; i--) BK_TRY(keep_usable(r, name, &versions[i - 1]));
    for (size_t i = 0; i < most; i++)
        if (versions[i]) versions[n++] = versions[i];
    if (r->first->code != BK_OK) return BK_OK;
    BK_TRY(sort_versions(r->arena, versions, n, r->err));
    return r->visitor->chart(r->visitor->self, name, versions, n, r->err);
}

/* Scratch of a chart is given back when it was visited. */
static bk_status read_entries(reading *r, bk_value entries) {
    if (bk_is_nil(entries)) return BK_OK;
    if (entries.kind != BK_MAP) {
        mismatch(r, kind_of(entries), "map[string]repo.ChartVersions");
        return BK_OK;
    }
    if (!bk_map_sort(entries.map)) return bk_arena_fail(r->arena, r->err);
    for (size_t i = 0; i < bk_map_len(entries.map); i++) {
        const bk_map_entry *e = bk_map_at(entries.map, i);
        bk_arena_point point = bk_arena_here(r->arena);
        BK_TRY(read_chart(r, e->key, e->value));
        if (r->first->code == BK_OK && !r->visitor->keep) bk_arena_back(r->arena, point);
    }
    return BK_OK;
}

/* ---- the whole ---- */

/* Takes a member out of the index that no C struct holds. */
static bk_value take(bk_map *m, const char *key) {
    bk_str name = bk_str_c(key);
    bk_value *found = bk_map_get(m, name), v = bk_nil();
    for (size_t i = 0; !found && i < bk_map_len(m); i++)
        if (bk_str_eq_fold(bk_map_at(m, i)->key, name)) {
            name = bk_map_at(m, i)->key;
            found = &m->entries[i].value;
        }
    if (found) v = *found;
    if (found) bk_map_delete(m, name);
    return v;
}

static bk_status read_index(reading *r, bk_value index, bk_index_head *head) {
    if (bk_is_nil(index)) return BK_OK;
    if (index.kind != BK_MAP) {
        if (r->first->code == BK_OK)
            bk_err_set(r->first, BK_ERR, "json: cannot unmarshal %s into Go value of type repo.IndexFile", kind_of(index));
        return BK_OK;
    }
    bk_value entries = take(index.map, "entries"), info = take(index.map, "serverInfo");
    if (!bk_is_nil(info) && info.kind != BK_MAP)
        bk_err_set(r->first, BK_ERR, "json: cannot unmarshal %s into Go struct field IndexFile.serverInfo of type map[string]interface {}",
                   kind_of(info));
    BK_TRY(bk_typed_decode_value(&r->typed, index, &head_shape, NULL, head, r->first, r->err));
    return read_entries(r, entries);
}

/* JSON if it is that, else YAML. */
static bk_status read_text(bk_arena *arena, bk_str text, bool *ret_json, bk_value *ret, bk_err *err) {
    bk_str start = bk_str_trim_left(text);
    bk_err ignored = BK_ERR_INIT;
    *ret_json = start.n && start.p[0] == '{' && bk_json_decode(arena, text, 0, BK_T_NIL, ret, &ignored) == BK_OK;
    bool stop = ignored.code == BK_ERR_NOMEM || ignored.code == BK_ERR_LIMIT;
    if (stop) bk_err_move(err, &ignored);
    bk_err_release(&ignored);
    if (stop) return err->code;
    if (*ret_json) return BK_OK;
    if (bk_yaml_read(arena, text, BK_YAML_NUMBERS | BK_YAML_STRICT, ret, err) == BK_OK) return BK_OK;
    return bk_err_wrap(err, "error converting YAML to JSON");
}

bk_status bk_index_read(bk_arena *arena, bk_str text, bk_str source, const bk_log *log, const bk_index_visitor *visitor,
                        bk_index_head *ret_head, bk_err *err) {
    bk_err first = BK_ERR_INIT;
    bk_value index;
    bool json;
    *ret_head = (bk_index_head){.generated = BK_S("0001-01-01T00:00:00Z")};
    if (text.n == 0) return bk_err_set(err, BK_ERR, "empty index.yaml file");
    BK_TRY(read_text(arena, text, &json, &index, err));
    reading r = {.arena = arena, .source = source, .log = log, .visitor = visitor, .first = &first, .err = err};
    r.typed = (bk_typed){.arena = arena, .package = "v2", .strict = !json, .json = json};
    bk_status s = read_index(&r, index, ret_head);
    if (s == BK_OK && first.code != BK_OK) {
        bk_err_move(err, &first);
        return json ? err->code : bk_err_wrap(err, "error unmarshaling JSON: while decoding JSON");
    }
    bk_err_release(&first);
    if (s == BK_OK && ret_head->api_version.n == 0) return bk_err_set(err, BK_ERR, "no API version specified");
    return s;
}

/* ---- choosing ---- */

bool bk_index_is_range(bk_str wish) {
    size_t end = 0;
    for (size_t i = 0; i < wish.n; i++)
        if (strchr("^~<>=!*", wish.p[i]) && wish.p[i]) return true;
    if (bk_str_contains(wish, BK_S("||")) || bk_str_contains(wish, BK_S(" - "))) return true;
    while (end < wish.n && wish.p[end] != '-' && wish.p[end] != '+') end++;
    bk_str core = bk_str_sub(wish, 0, end);
    return bk_str_find_byte(core, 'x') != BK_NPOS || bk_str_find_byte(core, 'X') != BK_NPOS;
}

bk_status bk_index_pick(bk_arena *arena, bk_str name, const bk_str *versions, size_t count, bk_str wish, size_t *ret, bool *ret_exact,
                        bk_err *err) {
    bk_constraints range;
    bk_semver v;
    if (count == 0) return bk_err_set(err, BK_ERR, "no chart version found");
    BK_TRY(bk_constraints_parse(arena, wish.n ? wish : BK_S("*"), &range, err));
    *ret_exact = true;
    for (*ret = 0; wish.n && *ret < count; ++*ret)
        if (bk_str_eq(versions[*ret], wish)) return BK_OK;
    *ret_exact = !wish.n || bk_index_is_range(wish);
    for (*ret = 0; *ret < count; ++*ret) {
        bk_err ignored = BK_ERR_INIT;
        bool ok = bk_semver_parse(versions[*ret], &v, &ignored) == BK_OK && bk_constraints_check(&range, &v);
        bk_err_release(&ignored);
        if (ok) return BK_OK;
    }
    return bk_err_set(err, BK_ERR, "no chart version found for %.*s-%.*s", BK_FMT(name), BK_FMT(wish));
}
