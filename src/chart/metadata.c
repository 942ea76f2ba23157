#include "chart/metadata.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/unicode.h"
#include "base/utf8.h"
#include "text/semver.h"
#include "value/gofmt.h"

/* ---- shapes ---- */

#define FIELD(struct_type, member, kind, go, json, type, always, shape) \
    {go, json, type, BK_FIELD_##kind, always, (uint16_t)offsetof(struct_type, member), shape, NULL},
#define SHAPE(name, go, struct_type, fields) const bk_shape name = {go, sizeof(struct_type), fields, BK_COUNT(fields)};

static const bk_field maintainer_fields[] = {
#define BK_MAINTAINER(member, kind, go, json, type) FIELD(bk_maintainer, member, kind, go, json, type, false, NULL)
#include "chart/metadata.def"
#undef BK_MAINTAINER
};
SHAPE(bk_maintainer_shape, "Maintainer", bk_maintainer, maintainer_fields)

static const bk_field dependency_fields[] = {
#define BK_DEPENDENCY(member, kind, go, json, type, always) FIELD(bk_dependency, member, kind, go, json, type, always, NULL)
#include "chart/metadata.def"
#undef BK_DEPENDENCY
};
SHAPE(bk_dependency_shape, "Dependency", bk_dependency, dependency_fields)

#define SHAPE_OF_maintainers &bk_maintainer_shape
#define SHAPE_OF_dependencies &bk_dependency_shape
#define STRUCT_SHAPE_STRUCTS(member) SHAPE_OF_##member
#define STRUCT_SHAPE_STRING(member) NULL
#define STRUCT_SHAPE_STRINGS(member) NULL
#define STRUCT_SHAPE_STRING_MAP(member) NULL
#define STRUCT_SHAPE_BOOL(member) NULL
#define STRUCT_SHAPE_TIME(member) NULL

static const bk_field metadata_fields[] = {
#define BK_METADATA(member, kind, go, json, type) FIELD(bk_metadata, member, kind, go, json, type, false, STRUCT_SHAPE_##kind(member))
#include "chart/metadata.def"
#undef BK_METADATA
};
SHAPE(bk_metadata_shape, "Metadata", bk_metadata, metadata_fields)

static const bk_field lock_fields[] = {
#define BK_LOCK(member, kind, go, json, type) FIELD(bk_lock, member, kind, go, json, type, true, STRUCT_SHAPE_##kind(member))
#include "chart/metadata.def"
#undef BK_LOCK
};
SHAPE(bk_lock_shape, "Lock", bk_lock, lock_fields)

/* ---- validation ---- */

static bk_status invalid(bk_err *err, const char *why) { return bk_err_set(err, BK_ERR, "validation: %s", why); }

/* "validation: <before>"quoted"<after>" */
static bk_status invalid_quoted(bk_arena *arena, bk_err *err, const char *before, bk_str what, const char *after) {
    bk_buf text;
    bk_buf_init(&text, arena, BK_LIMIT_ERR);
    bk_buf_c(&text, "validation: ");
    bk_buf_c(&text, before);
    bk_fmt_quote(&text, what);
    bk_buf_c(&text, after);
    return bk_err_set_str(err, BK_ERR, bk_buf_view(&text));
}

static bool is_plain(bk_str s) {
    for (size_t i = 0; i < s.n; i++)
        if ((uint8_t)s.p[i] < ' ' || (uint8_t)s.p[i] >= 0x7f) return false;
    return true;
}

/* Spaces of all kinds become a blank, what does not print is dropped. */
static bk_status sanitize(bk_arena *arena, bk_str *s, bk_err *err) {
    if (is_plain(*s)) return BK_OK;
    bk_buf out;
    bk_buf_init(&out, arena, 0);
    for (size_t i = 0, width; i < s->n; i += width) {
        uint32_t rune = bk_utf8_decode(bk_str_from(*s, i), &width);
        if (bk_rune_is_space(rune)) bk_buf_byte(&out, ' ');
        else if (bk_rune_is_print(rune)) bk_buf_rune(&out, rune);
    }
    BK_TRY(bk_buf_check(&out, err));
    *s = bk_buf_take(&out);
    return BK_OK;
}

static bk_status sanitize_all(bk_arena *arena, bk_str *const *texts, size_t n, bk_err *err) {
    for (size_t i = 0; i < n; i++) BK_TRY(sanitize(arena, texts[i], err));
    return BK_OK;
}

static bk_status sanitize_list(bk_arena *arena, bk_list_of *list, bk_err *err) {
    for (size_t i = 0; i < list->n; i++) BK_TRY(sanitize(arena, &((bk_str *)list->p)[i], err));
    return BK_OK;
}

static bk_status validate_maintainers(bk_arena *arena, bk_metadata *md, bk_err *err) {
    for (size_t i = 0; i < md->maintainers.n; i++) {
        bk_maintainer *m = bk_list_ptr(&md->maintainers, i);
        if (!m) return invalid(err, "maintainers must not contain empty or null nodes");
        bk_str *const texts[] = {&m->name, &m->email, &m->url};
        BK_TRY(sanitize_all(arena, texts, BK_COUNT(texts), err));
    }
    return BK_OK;
}

static bool is_alias(bk_str s) {
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if ((unsigned)((c | 0x20) - 'a') >= 26 && (unsigned)(c - '0') >= 10 && c != '_' && c != '-') return false;
    }
    return true;
}

static bk_status validate_dependency(bk_arena *arena, bk_dependency *d, bk_err *err) {
    if (!d) return invalid(err, "dependencies must not contain empty or null nodes");
    bk_str *const texts[] = {&d->name, &d->version, &d->repository, &d->condition};
    BK_TRY(sanitize_all(arena, texts, BK_COUNT(texts), err));
    BK_TRY(sanitize_list(arena, &d->tags, err));
    return is_alias(d->alias) ? BK_OK : invalid_quoted(arena, err, "dependency ", d->name, " has disallowed characters in the alias");
}

static bk_status validate_dependencies(bk_arena *arena, bk_metadata *md, bk_err *err) {
    if (md->dependencies.n == 0) return BK_OK;
    bk_map *names = bk_map_new(arena, md->dependencies.n);
    if (!names) return bk_arena_fail(arena, err);
    for (size_t i = 0; i < md->dependencies.n; i++) {
        bk_dependency *d = bk_metadata_dependency(md, i);
        BK_TRY(validate_dependency(arena, d, err));
        bk_str key = d->alias.n ? d->alias : d->name;
        if (bk_map_get(names, key)) return invalid_quoted(arena, err, "more than one dependency with name or alias ", key, "");
        if (!bk_map_set(names, key, bk_nil())) return bk_arena_fail(arena, err);
    }
    return BK_OK;
}

static bk_status validate_name(bk_arena *arena, bk_str name, bk_err *err) {
    if (name.n == 0) return invalid(err, "chart.metadata.name is required");
    if (bk_str_eq(name, BK_S(".")) || bk_str_eq(name, BK_S("..")))
        return invalid_quoted(arena, err, "chart.metadata.name ", name, " is not allowed");
    /* Go calls "/" its own base name. */
    if (!bk_str_eq(name, bk_path_base(name)) && !bk_str_eq(name, BK_S("/")))
        return invalid_quoted(arena, err, "chart.metadata.name ", name, " is invalid");
    return BK_OK;
}

static bool is_version(bk_str version) {
    bk_semver ignored;
    bk_err err = BK_ERR_INIT;
    bool ok = bk_semver_parse(version, &ignored, &err) == BK_OK;
    bk_err_release(&err);
    return ok;
}

bk_status bk_metadata_validate(bk_arena *arena, bk_metadata *md, bk_err *err) {
    bk_str *const texts[] = {&md->name,      &md->description, &md->home,        &md->icon,
                             &md->condition, &md->tags,        &md->app_version, &md->kube_version};
    BK_TRY(sanitize_all(arena, texts, BK_COUNT(texts), err));
    BK_TRY(sanitize_list(arena, &md->sources, err));
    BK_TRY(sanitize_list(arena, &md->keywords, err));
    if (md->api_version.n == 0) return invalid(err, "chart.metadata.apiVersion is required");
    BK_TRY(validate_name(arena, md->name, err));
    if (md->version.n == 0) return invalid(err, "chart.metadata.version is required");
    if (!is_version(md->version)) return invalid_quoted(arena, err, "chart.metadata.version ", md->version, " is invalid");
    if (md->type.n && !bk_str_eq(md->type, BK_S("application")) && !bk_str_eq(md->type, BK_S("library")))
        return invalid(err, "chart.metadata.type must be application or library");
    BK_TRY(validate_maintainers(arena, md, err));
    return validate_dependencies(arena, md, err);
}

bk_metadata *bk_metadata_copy(bk_arena *arena, const bk_metadata *meta) {
    bk_metadata *copy = BK_NEW(arena, bk_metadata);
    size_t n = meta->dependencies.n;
    if (!copy) return NULL;
    *copy = *meta;
    if (!meta->dependencies.p) return copy;
    bk_dependency *items = BK_NEW_ARRAY(arena, bk_dependency, n);
    bk_dependency **list = BK_NEW_ARRAY(arena, bk_dependency *, n ? n : 1);
    if (!items || !list) return NULL;
    for (size_t i = 0; i < n; i++) {
        items[i] = *bk_metadata_dependency(meta, i);
        list[i] = &items[i];
    }
    copy->dependencies = (bk_list_of){.p = (void *)list, .n = n, .seen = n, .cap = n ? n : 1};
    return copy;
}
