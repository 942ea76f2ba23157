/* ops_text.c: the vector server's ops of src/text, and printf. */
#include "base/duration.h"
#include "base/num.h"
#include "data/json.h"
#include "text/gotime.h"
#include "text/kube.h"
#include "text/regex.h"
#include "text/semver.h"
#include "value/codec.h"
#include "value/gofmt.h"
#include "vector.h"

/* ---- reading the request ---- */

/* A number of the request: float64 or a literal. */
static int64_t as_int(bk_value v) {
    int64_t i = 0;
    uint64_t u;
    if (v.kind == BK_FLOAT) return v.f >= 9223372036854775808.0 ? INT64_MAX : v.f < -9223372036854775808.0 ? INT64_MIN : (int64_t)v.f;
    if (v.kind != BK_STRING) return 0;
    if (bk_parse_int(bk_value_str(v), 10, &i) == BK_NUM_OK) return i;
    return bk_parse_uint(bk_value_str(v), 10, &u) == BK_NUM_OK ? (int64_t)u : 0;
}

static double as_float(bk_value v) {
    double d = 0;
    if (v.kind == BK_FLOAT) return v.f;
    if (v.kind == BK_STRING && bk_parse_float(bk_value_str(v), &d) != BK_NUM_OK) return 0;
    return d;
}

static bk_value *field(bk_vector_call *call, const char *name) { return bk_map_get(call->in, bk_str_c(name)); }

static bool flag(bk_vector_call *call, const char *name) {
    bk_value *v = field(call, name);
    return v && v->kind == BK_BOOL && v->b;
}

/* The strings of a list field. */
static size_t strings(bk_vector_call *call, const char *name, const bk_value **ret) {
    bk_value *v = field(call, name);
    *ret = v && v->kind == BK_LIST ? v->items : bk_no_items;
    return v && v->kind == BK_LIST ? v->len : 0;
}

static bk_status answer(bk_vector_call *call, bk_value v) {
    call->out = v;
    call->has_out = true;
    return BK_OK;
}

static bk_status answer_buf(bk_vector_call *call, bk_buf *buf, bk_err *err) {
    BK_TRY(bk_buf_check(buf, err));
    return answer(call, bk_string(bk_buf_take(buf)));
}

/* Numbers as they were written. */
static bk_status exact_numbers(bk_vector_call *call, bk_err *err) {
    bk_value request;
    BK_TRY(bk_json_decode(call->arena, call->line, BK_JSON_NUMBER, BK_T_MAP, &request, err));
    call->in = request.map;
    return BK_OK;
}

/* ---- printf ---- */

/* Literals become float64, as json.Unmarshal into an interface makes them. */
static bk_status plain_numbers(bk_arena *arena, bk_value v, bk_value *ret, bk_err *err) {
    *ret = v;
    if (bk_json_is_number(v)) {
        *ret = bk_float(as_float(v));
    } else if (v.kind == BK_LIST) {
        bk_items items;
        bk_items_init(&items, arena);
        for (uint32_t i = 0; i < v.len; i++) {
            bk_value item;
            BK_TRY(plain_numbers(arena, v.items[i], &item, err));
            bk_items_add(&items, item);
        }
        return bk_items_list(&items, BK_T_LIST, ret, err);
    } else if (v.kind == BK_MAP) {
        for (size_t i = 0; i < bk_map_len(v.map); i++) BK_TRY(plain_numbers(arena, v.map->entries[i].value, &v.map->entries[i].value, err));
    }
    return BK_OK;
}

static bk_status list_of(bk_arena *arena, bk_value v, bk_type type, bk_value *ret, bk_err *err) {
    bk_items items;
    bk_items_init(&items, arena);
    for (uint32_t i = 0; v.kind == BK_LIST && i < v.len; i++)
        bk_items_add(&items, type == BK_T_INTS ? bk_int(as_int(v.items[i])) : v.items[i]);
    return bk_items_list(&items, type, ret, err);
}

/* One {t, v}. */
static bk_status typed_value(bk_arena *arena, bk_value in, bk_value *ret, bk_err *err) {
    bk_map *map = in.kind == BK_MAP ? in.map : NULL;
    bk_str t = bk_map_str(map, "t", BK_S(""));
    bk_value *found = bk_map_get(map, BK_S("v")), v = found ? *found : bk_nil();
#define IS(name) bk_str_eq(t, BK_S(name))
    if (IS("nil")) *ret = bk_nil();
    else if (IS("int")) *ret = bk_int(as_int(v));
    else if (IS("int64")) *ret = bk_int64(as_int(v));
    else if (IS("uint8")) *ret = bk_uint_typed(BK_T_UINT8, (uint8_t)as_int(v));
    else if (IS("uint64")) *ret = bk_uint_typed(BK_T_UINT64, (uint64_t)as_int(v));
    else if (IS("rune")) *ret = bk_int_typed(BK_T_INT32, (int32_t)as_int(v));
    else if (IS("duration")) *ret = bk_int_typed(BK_T_DURATION, as_int(v));
    else if (IS("float64")) *ret = bk_float(as_float(v));
    else if (IS("float32")) *ret = (bk_value){.kind = BK_FLOAT, .type = BK_T_FLOAT32, .f = (double)(float)as_float(v)};
    else if (IS("bool")) *ret = bk_bool(v.kind == BK_BOOL && v.b);
    else if (IS("string")) *ret = bk_string(v.kind == BK_STRING ? bk_value_str(v) : BK_S(""));
    else if (IS("bytes")) *ret = bk_bytes(v.kind == BK_STRING ? bk_value_str(v) : BK_S(""));
    else if (IS("strings")) return list_of(arena, v, BK_T_STRINGS, ret, err);
    else if (IS("ints")) return list_of(arena, v, BK_T_INTS, ret, err);
    else if (IS("any")) return plain_numbers(arena, v, ret, err);
    else return bk_err_set(err, BK_ERR, "unknown type %.*s", BK_FMT(t));
#undef IS
    return BK_OK;
}

static bk_status op_printf(bk_vector_call *call, bk_err *err) {
    const bk_value *typed;
    BK_TRY(exact_numbers(call, err));
    size_t n = strings(call, "typed", &typed);
    bk_value *args = BK_NEW_ARRAY(call->arena, bk_value, n);
    if (!args) return bk_arena_fail(call->arena, err);
    for (size_t i = 0; i < n; i++) BK_TRY(typed_value(call->arena, typed[i], &args[i], err));
    bk_buf out;
    bk_buf_init(&out, call->arena, 0);
    bk_str mode = bk_vector_str(call, "mode");
    if (bk_str_eq(mode, BK_S("print"))) BK_TRY(bk_fmt_sprint(&out, args, n, err));
    else if (bk_str_eq(mode, BK_S("println"))) BK_TRY(bk_fmt_sprintln(&out, args, n, err));
    else BK_TRY(bk_fmt_sprintf(&out, bk_vector_str(call, "format"), args, n, err));
    return answer_buf(call, &out, err);
}

/* ---- regex ---- */

static bk_status strings_of(bk_arena *arena, bk_str text, const bk_span *spans, size_t n, bk_value *ret, bk_err *err) {
    bk_items items;
    bk_items_init(&items, arena);
    for (size_t i = 0; i < n; i++)
        bk_items_add(&items, bk_string(spans[i].from == BK_NPOS ? BK_S("") : bk_str_sub(text, spans[i].from, spans[i].to)));
    return bk_items_list(&items, BK_T_STRINGS, ret, err);
}

static bk_status positions_of(bk_arena *arena, const bk_span *spans, size_t n, bk_value *ret, bk_err *err) {
    bk_items items;
    bk_items_init(&items, arena);
    for (size_t i = 0; i < n; i++) {
        bk_items_add(&items, bk_int(spans[i].from == BK_NPOS ? -1 : (int64_t)spans[i].from));
        bk_items_add(&items, bk_int(spans[i].from == BK_NPOS ? -1 : (int64_t)spans[i].to));
    }
    return bk_items_list(&items, BK_T_INTS, ret, err);
}

/* Modes that answer with matches. Without any Go answers with a nil slice. */
static bk_status regex_find(bk_vector_call *call, const bk_regex *regex, bk_str mode, bk_err *err) {
    bk_arena *arena = call->arena;
    bk_str text = bk_vector_str(call, "text");
    bool one = bk_str_eq(mode, BK_S("find")) || bk_str_eq(mode, BK_S("findIndex")), all = bk_str_eq(mode, BK_S("findAll"));
    bool index = bk_str_ends(mode, BK_S("Index"));
    bk_matches found;
    BK_TRY(bk_regex_find(regex, arena, text, one ? 1 : -1, !one && !all, &found, err));
    bk_value v;
    if (found.count == 0) return answer(call, one && !index ? bk_string(BK_S("")) : bk_list_typed(BK_T_LIST, NULL, 0));
    if (one && !index) return answer(call, bk_string(bk_str_sub(text, found.spans[0].from, found.spans[0].to)));
    if (one) BK_TRY(positions_of(arena, found.spans, 1, &v, err));
    if (one) return answer(call, v);
    if (all) BK_TRY(strings_of(arena, text, found.spans, found.count, &v, err));
    if (all) return answer(call, v);
    bk_items items;
    bk_items_init(&items, arena);
    for (size_t i = 0; i < found.count; i++) {
        const bk_span *spans = found.spans + i * found.width;
        BK_TRY(index ? positions_of(arena, spans, found.width, &v, err) : strings_of(arena, text, spans, found.width, &v, err));
        bk_items_add(&items, v);
    }
    BK_TRY(bk_items_list(&items, BK_T_LIST, &v, err));
    return answer(call, v);
}

static bk_status regex_mode(bk_vector_call *call, const bk_regex *regex, bk_err *err) {
    bk_str mode = bk_vector_str(call, "mode"), text = bk_vector_str(call, "text"), result;
    const bk_value *args;
    bk_str with = strings(call, "args", &args) ? bk_value_str(args[0]) : BK_S("");
    bool literal = bk_str_eq(mode, BK_S("replaceLiteral"));
    if (bk_str_eq(mode, BK_S("match"))) {
        bool matches;
        BK_TRY(bk_regex_match(regex, call->arena, text, &matches, err));
        return answer(call, bk_bool(matches));
    }
    if (literal || bk_str_eq(mode, BK_S("replace"))) {
        BK_TRY(bk_regex_replace(regex, call->arena, text, with, literal, &result, err));
        return answer(call, bk_string(result));
    }
    if (bk_str_eq(mode, BK_S("split"))) {
        bk_value pieces;
        BK_TRY(bk_regex_split(regex, call->arena, text, -1, &pieces, err));
        return answer(call, pieces);
    }
    if (bk_str_eq(mode, BK_S("quote"))) {
        bk_buf out;
        bk_buf_init(&out, call->arena, 0);
        bk_regex_quote(&out, text);
        return answer_buf(call, &out, err);
    }
    if (bk_str_eq(mode, BK_S("string"))) return answer(call, bk_string(bk_vector_str(call, "format")));
    if (bk_str_starts(mode, BK_S("find"))) return regex_find(call, regex, mode, err);
    return bk_err_set(err, BK_ERR, "oracle: bad mode \"%.*s\"", BK_FMT(mode));
}

static bk_status op_regex(bk_vector_call *call, bk_err *err) {
    bk_regex regex;
    BK_TRY(bk_regex_compile(&regex, bk_vector_str(call, "format"), err));
    bk_status status = regex_mode(call, &regex, err);
    bk_regex_release(&regex);
    return status;
}

/* ---- versions ---- */

static bool put(bk_map *map, const char *key, bk_value v) { return bk_map_set(map, bk_str_c(key), v); }

static bk_status op_semver_parse(bk_vector_call *call, bk_err *err) {
    bk_semver v;
    bk_str text = bk_vector_str(call, "text");
    BK_TRY(flag(call, "strict") ? bk_semver_parse_strict(text, &v, err) : bk_semver_parse(text, &v, err));
    bk_buf out;
    bk_buf_init(&out, call->arena, 0);
    bk_semver_print(&out, &v);
    BK_TRY(bk_buf_check(&out, err));
    bk_map *map = bk_map_new(call->arena, 8);
    bool ok = map && put(map, "string", bk_string(bk_buf_take(&out))) && put(map, "original", bk_string(v.original)) &&
              put(map, "major", bk_uint_typed(BK_T_UINT64, v.major)) && put(map, "minor", bk_uint_typed(BK_T_UINT64, v.minor)) &&
              put(map, "patch", bk_uint_typed(BK_T_UINT64, v.patch)) && put(map, "pre", bk_string(v.pre)) &&
              put(map, "meta", bk_string(v.meta));
    return ok ? answer(call, bk_map_value(map)) : bk_arena_fail(call->arena, err);
}

/* One of check's results. */
static bk_status check_version(bk_vector_call *call, const bk_constraints *c, bk_str text, bk_value *ret, bk_err *err) {
    bk_arena *arena = call->arena;
    bk_map *map = bk_map_new(arena, 3);
    bk_err failure = BK_ERR_INIT;
    bk_semver v;
    bool okay, stored;
    bk_str message;
    if (!map) return bk_arena_fail(arena, err);
    *ret = bk_map_value(map);
    if (bk_semver_parse(text, &v, &failure) != BK_OK) {
        stored = bk_arena_dup(arena, bk_err_message(&failure), &message) && put(map, "error", bk_string(message));
        bk_err_release(&failure);
        return stored ? BK_OK : bk_arena_fail(arena, err);
    }
    bk_value why;
    BK_TRY(bk_constraints_validate(c, &v, arena, &okay, &why, err));
    stored =
        put(map, "ok", bk_bool(okay)) && put(map, "check", bk_bool(bk_constraints_check(c, &v))) && (why.len == 0 || put(map, "why", why));
    return stored ? BK_OK : bk_arena_fail(arena, err);
}

static bk_status op_semver_check(bk_vector_call *call, bk_err *err) {
    bk_constraints c;
    const bk_value *versions;
    bk_items results;
    bk_buf out;
    bk_value v, list;
    BK_TRY(bk_constraints_parse(call->arena, bk_vector_str(call, "constraint"), &c, err));
    size_t n = strings(call, "versions", &versions);
    bk_items_init(&results, call->arena);
    for (size_t i = 0; i < n; i++) {
        BK_TRY(check_version(call, &c, bk_value_str(versions[i]), &v, err));
        bk_items_add(&results, v);
    }
    BK_TRY(bk_items_list(&results, BK_T_LIST, &list, err));
    if (n == 0) list = bk_nil();
    bk_buf_init(&out, call->arena, 0);
    bk_constraints_print(&out, &c);
    BK_TRY(bk_buf_check(&out, err));
    bk_map *map = bk_map_new(call->arena, 2);
    if (!map || !put(map, "constraint", bk_string(bk_buf_take(&out))) || !put(map, "results", list)) return bk_arena_fail(call->arena, err);
    return answer(call, bk_map_value(map));
}

/* The versions of the request; those that do not parse fail, or with `lenient` are left out. */
static bk_status versions_of(bk_vector_call *call, bool lenient, bk_semver **ret, size_t *ret_n, bk_err *err) {
    const bk_value *versions;
    size_t n = strings(call, "versions", &versions), used = 0;
    *ret = BK_NEW_ARRAY(call->arena, bk_semver, n);
    if (!*ret) return bk_arena_fail(call->arena, err);
    for (size_t i = 0; i < n; i++) {
        bk_err why = BK_ERR_INIT;
        if (bk_semver_parse(bk_value_str(versions[i]), &(*ret)[used], &why) == BK_OK) {
            used++;
        } else if (!lenient) {
            bk_err_move(err, &why);
            return bk_err_wrap(err, "%.*s", BK_FMT(bk_value_str(versions[i])));
        }
        bk_err_release(&why);
    }
    *ret_n = used;
    return BK_OK;
}

static bk_status op_semver_sort(bk_vector_call *call, bk_err *err) {
    bk_semver *versions;
    size_t n;
    bk_items items;
    bk_value v;
    BK_TRY(versions_of(call, false, &versions, &n, err));
    if (!bk_semver_sort(call->arena, versions, n)) return bk_arena_fail(call->arena, err);
    bk_items_init(&items, call->arena);
    for (size_t i = 0; i < n; i++) bk_items_add(&items, bk_string(versions[i].original));
    BK_TRY(bk_items_list(&items, BK_T_STRINGS, &v, err));
    return answer(call, n ? v : bk_list_typed(BK_T_STRINGS, NULL, 0));
}

static bk_status op_semver_best(bk_vector_call *call, bk_err *err) {
    bk_constraints c;
    bk_semver *versions;
    size_t n;
    BK_TRY(bk_constraints_parse(call->arena, bk_vector_str(call, "constraint"), &c, err));
    BK_TRY(versions_of(call, true, &versions, &n, err));
    if (!bk_semver_sort_newest(call->arena, versions, n)) return bk_arena_fail(call->arena, err);
    for (size_t i = 0; i < n; i++)
        if (bk_constraints_check(&c, &versions[i])) return answer(call, bk_string(versions[i].original));
    return bk_err_set(err, BK_ERR, "no version matches");
}

static bk_status op_kubeversion(bk_vector_call *call, bk_err *err) {
    bk_kube_version v;
    BK_TRY(bk_kube_version_parse(call->arena, bk_vector_str(call, "text"), &v, err));
    bk_map *map = bk_map_new(call->arena, 4);
    bool ok = map && put(map, "version", bk_string(v.version)) && put(map, "string", bk_string(v.normalized)) &&
              put(map, "major", bk_string(v.major)) && put(map, "minor", bk_string(v.minor));
    return ok ? answer(call, bk_map_value(map)) : bk_arena_fail(call->arena, err);
}

static bk_status op_releasename(bk_vector_call *call, bk_err *err) {
    BK_TRY(bk_release_name_check(bk_vector_str(call, "text"), err));
    return answer(call, bk_string(BK_S("valid")));
}

/* ---- times ---- */

/* The host answers charts alone: this is one, as far as it knows. */
static bk_status name_a_chart(bk_vector_call *call, bk_err *err) {
    bk_buf request;
    bk_str nothing;
    bk_map *chart = bk_map_new(call->arena, 1);
    if (!chart || !put(chart, "path", bk_string(BK_S("t")))) return bk_arena_fail(call->arena, err);
    bk_buf_init(&request, call->arena, 0);
    size_t frame = bk_frame_begin(&request), section = bk_section_begin(&request, BK_TAG_CHART);
    BK_TRY(bk_codec_encode(&request, bk_map_value(chart), err));
    bk_section_end(&request, section);
    bk_frame_end(&request, frame);
    BK_TRY(bk_buf_check(&request, err));
    return call->effects->ask(call->effects->self, BK_FX_CHARTS, bk_buf_view(&request), call->arena, &nothing, err);
}

/* The zone of that name, from the host's database: UTC for "". */
static bk_status load_zone(bk_vector_call *call, bk_str name, const bk_zone **ret, bk_err *err) {
    bk_buf request;
    bk_str answered;
    bk_value bytes;
    bk_map *args = bk_map_new(call->arena, 1);
    *ret = NULL;
    if (name.n == 0 || bk_str_eq(name, BK_S("UTC")) || bk_str_eq(name, BK_S("Local"))) return BK_OK;
    if (!bk_zone_name_valid(name)) return bk_err_set(err, BK_ERR, "time: invalid location name");
    if (!args || !put(args, "name", bk_string(name))) return bk_arena_fail(call->arena, err);
    BK_TRY(name_a_chart(call, err));
    bk_buf_init(&request, call->arena, 0);
    size_t frame = bk_frame_begin(&request), section = bk_section_begin(&request, BK_TAG_ORIGIN);
    bk_buf_u32(&request, 0);
    bk_section_end(&request, section);
    section = bk_section_begin(&request, BK_TAG_ARGS);
    BK_TRY(bk_codec_encode(&request, bk_map_value(args), err));
    bk_section_end(&request, section);
    bk_frame_end(&request, frame);
    BK_TRY(bk_buf_check(&request, err));
    bk_err why = BK_ERR_INIT;
    bk_status status = call->effects->ask(call->effects->self, BK_FX_ZONEINFO, bk_buf_view(&request), call->arena, &answered, &why);
    bk_err_release(&why);
    if (status == BK_ERR_NOMEM) return status;
    if (status != BK_OK) return bk_err_set(err, BK_ERR, "unknown time zone %.*s", BK_FMT(name));
    BK_TRY(bk_codec_decode(call->arena, answered, &bytes, err));
    return bk_zone_parse(call->arena, name, bk_value_str(bytes), ret, err);
}

static int64_t number(bk_vector_call *call, const char *name) {
    bk_value *v = field(call, name);
    return v ? as_int(*v) : 0;
}

static bk_status op_date(bk_vector_call *call, bk_err *err) {
    const bk_zone *zone;
    bk_buf out;
    BK_TRY(exact_numbers(call, err));
    BK_TRY(load_zone(call, bk_vector_str(call, "zone"), &zone, err));
    bk_buf_init(&out, call->arena, 0);
    bk_time_format(&out, bk_time_unix(number(call, "unix"), number(call, "nsec"), zone), bk_vector_str(call, "format"));
    return answer_buf(call, &out, err);
}

static bk_status op_dateparse(bk_vector_call *call, bk_err *err) {
    const bk_zone *zone;
    bk_time t;
    bk_buf rfc3339, string;
    BK_TRY(load_zone(call, bk_vector_str(call, "zone"), &zone, err));
    BK_TRY(bk_time_parse(call->arena, bk_vector_str(call, "format"), bk_vector_str(call, "text"), zone, &t, err));
    bk_buf_init(&rfc3339, call->arena, 0);
    bk_time_format(&rfc3339, t, BK_TIME_RFC3339_NANO);
    bk_buf_init(&string, call->arena, 0);
    bk_time_print(&string, t);
    BK_TRY(bk_buf_check(&rfc3339, err));
    BK_TRY(bk_buf_check(&string, err));
    bk_map *map = bk_map_new(call->arena, 4);
    bool ok = map && put(map, "unix", bk_int64(bk_time_to_unix(t))) && put(map, "nsec", bk_int(t.nsec)) &&
              put(map, "rfc3339", bk_string(bk_buf_view(&rfc3339))) && put(map, "string", bk_string(bk_buf_view(&string)));
    return ok ? answer(call, bk_map_value(map)) : bk_arena_fail(call->arena, err);
}

static bk_status op_duration(bk_vector_call *call, bk_err *err) {
    int64_t ns;
    char text[BK_DURATION_TEXT];
    bk_str copy;
    BK_TRY(bk_duration_parse(bk_vector_str(call, "text"), &ns, err));
    bk_map *map = bk_map_new(call->arena, 2);
    bool ok = map && bk_arena_dup(call->arena, bk_str_of(text, bk_duration_format(ns, text)), &copy) && put(map, "ns", bk_int64(ns)) &&
              put(map, "string", bk_string(copy));
    return ok ? answer(call, bk_map_value(map)) : bk_arena_fail(call->arena, err);
}

const bk_vector_op bk_vector_ops_text[] = {
    {"printf", op_printf},
    {"regex", op_regex},
    {"date", op_date},
    {"dateparse", op_dateparse},
    {"duration", op_duration},
    {"semver.parse", op_semver_parse},
    {"semver.check", op_semver_check},
    {"semver.sort", op_semver_sort},
    {"semver.best", op_semver_best},
    {"kubeversion", op_kubeversion},
    {"releasename", op_releasename},
    {NULL, NULL},
};
