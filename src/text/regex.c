#include "text/regex.h"

#include "base/num.h"
#include "base/unicode.h"
#include "base/utf8.h"
#include "text/regex_parse.h"
#include "text/regex_re2.h"

/* RE2's own default is plenty for what people write; only a pattern that needs more gets it. */
#define USUAL_MEMORY (8 << 20)
#define MOST_MEMORY (96 << 20)
#define TRANSLATION (16 * (size_t)BK_REGEX_PATTERN)

/* ---- compiling ---- */

static bk_status build(bk_regex *regex, bk_buf *translated, bk_str pattern, bk_err *err) {
    bool large;
    BK_TRY(bk_regex_translate(pattern, translated, regex, err));
    regex->program = bk_re2_new(translated->p, translated->n, USUAL_MEMORY, &large);
    regex->large = !regex->program && large;
    if (regex->large) regex->program = bk_re2_new(translated->p, translated->n, MOST_MEMORY, &large);
    if (!regex->program && large) return bk_err_set(err, BK_ERR, "error parsing regexp: expression too large: `%.*s`", BK_FMT(pattern));
    if (!regex->program) return bk_err_internal(err, "a regular expression that was checked is refused");
    bk_buf_str(&regex->pattern, pattern);
    return bk_buf_check(&regex->pattern, err);
}

bk_status bk_regex_compile(bk_regex *regex, bk_str pattern, bk_err *err) {
    bk_buf translated;
    *regex = (bk_regex){0};
    bk_buf_init(&translated, NULL, TRANSLATION);
    bk_buf_init(&regex->pattern, NULL, BK_REGEX_PATTERN);
    bk_buf_init(&regex->names, NULL, TRANSLATION);
    bk_status status = build(regex, &translated, pattern, err);
    bk_buf_release(&translated);
    if (status != BK_OK) bk_regex_release(regex);
    return status;
}

bk_status bk_regex_check(bk_str pattern, bk_err *err) {
    bk_buf translated;
    bk_regex regex = {0};
    bk_buf_init(&translated, NULL, TRANSLATION);
    bk_buf_init(&regex.names, NULL, TRANSLATION);
    bk_status status = bk_regex_translate(pattern, &translated, &regex, err);
    bk_buf_release(&translated);
    bk_regex_release(&regex);
    return status;
}

void bk_regex_release(bk_regex *regex) {
    if (regex->program) bk_re2_free(regex->program);
    bk_buf_release(&regex->pattern);
    bk_buf_release(&regex->names);
    *regex = (bk_regex){0};
}

/* ---- texts with invalid bytes ---- */

/* What RE2 searches. Each invalid byte of the original stands as the three bytes of U+FFFD. */
typedef struct subject {
    bk_str text;
    const uint32_t *holes; /* where those are, ascending */
    size_t count;
} subject;

static bk_status prepare(bk_arena *arena, bk_str original, subject *ret, bk_err *err) {
    *ret = (subject){.text = original.p ? original : BK_S("")};
    if (bk_utf8_valid(original)) return BK_OK;
    bk_buf text, holes;
    bk_buf_init(&text, arena, 0);
    bk_buf_init(&holes, arena, 0);
    size_t width, from = 0;
    if (!bk_buf_reserve(&text, original.n + original.n / 4)) return bk_buf_check(&text, err);
    for (size_t at = 0; at < original.n; at += width) {
        uint32_t rune = bk_utf8_decode(bk_str_from(original, at), &width);
        if (rune != BK_RUNE_ERROR || width != 1) continue;
        bk_buf_bytes(&text, original.p + from, at - from);
        uint32_t hole = (uint32_t)text.n;
        bk_buf_bytes(&holes, (const char *)&hole, sizeof hole);
        bk_buf_rune(&text, BK_RUNE_ERROR);
        from = at + 1;
    }
    bk_buf_bytes(&text, original.p + from, original.n - from);
    BK_TRY(bk_buf_check(&text, err));
    BK_TRY(bk_buf_check(&holes, err));
    ret->text = bk_buf_view(&text);
    ret->holes = (const uint32_t *)(const void *)holes.p;
    ret->count = holes.n / sizeof(uint32_t);
    return BK_OK;
}

/* The position in the original: each hole before it takes two bytes back. */
static size_t original_position(const subject *s, size_t at) {
    size_t low = 0, high = s->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (s->holes[middle] < at) low = middle + 1;
        else high = middle;
    }
    return at - 2 * low;
}

static void to_original(const subject *s, bk_span *spans, size_t count) {
    for (size_t i = 0; s->count && i < count; i++) {
        if (spans[i].from == BK_NPOS) continue;
        spans[i].from = original_position(s, spans[i].from);
        spans[i].to = original_position(s, spans[i].to);
    }
}

/* ---- finding ---- */

/* An empty match inside of a rune is none for Go: then the search goes on behind the rune. */
static bool search_inner(const bk_regex *regex, const subject *s, size_t from, bk_span *spans, size_t count) {
    bk_span whole;
    if (count == 0) {
        spans = &whole;
        count = 1;
    }
    while (bk_re2_match(regex->program, s->text.p, s->text.n, from, (size_t *)(void *)spans, count)) {
        for (from = spans[0].from; from < s->text.n && ((unsigned char)s->text.p[from] & 0xC0) == 0x80;) from++;
        if (from == spans[0].from) return true;
    }
    return false;
}

static bool search(const bk_regex *regex, const subject *s, size_t from, bk_span *spans, size_t count) {
    if (BK_UNLIKELY(regex->inner)) return search_inner(regex, s, from, spans, count);
    return bk_re2_match(regex->program, s->text.p, s->text.n, from, (size_t *)(void *)spans, count);
}

/* Width of the rune at a position, 0 at the end. */
static size_t width_at(const subject *s, size_t at) {
    size_t width = 0;
    if (at < s->text.n) bk_utf8_decode(bk_str_from(s->text, at), &width);
    return width;
}

bk_status bk_regex_match(const bk_regex *regex, bk_arena *arena, bk_str text, bool *ret, bk_err *err) {
    subject s;
    BK_TRY(prepare(arena, text, &s, err));
    *ret = search(regex, &s, 0, NULL, 0);
    return BK_OK;
}

static bk_status add_match(bk_arena *arena, bk_matches *matches, size_t *cap, const bk_span *spans, bk_err *err) {
    if (matches->count == *cap) {
        size_t bytes = *cap * matches->width * sizeof *spans, more = *cap ? *cap : 4, grown;
        if (!bk_mul(*cap + more, matches->width * sizeof *spans, &grown)) return bk_err_limit(err, "matches of a regular expression", *cap);
        void *p = bk_arena_grow(arena, matches->spans, bytes, grown);
        if (!p) return bk_arena_fail(arena, err);
        matches->spans = p;
        *cap += more;
    }
    memcpy(matches->spans + matches->count * matches->width, spans, matches->width * sizeof *spans);
    matches->count++;
    return BK_OK;
}

bk_status bk_regex_find(const bk_regex *regex, bk_arena *arena, bk_str text, int64_t n, bool groups, bk_matches *ret, bk_err *err) {
    bk_matches found = {.width = groups ? (size_t)regex->groups + 1 : 1};
    subject s;
    size_t at = 0, last_end = BK_NPOS, cap = 0;
    BK_TRY(prepare(arena, text, &s, err));
    bk_span *spans = BK_NEW_ARRAY(arena, bk_span, found.width);
    if (!spans) return bk_arena_fail(arena, err);
    while ((n < 0 || (int64_t)found.count < n) && at <= s.text.n && search(regex, &s, at, spans, found.width)) {
        size_t from = spans[0].from, to = spans[0].to;
        bool again = to == at && from == last_end; /* empty, right behind the one before */
        if (to == at) {
            size_t width = width_at(&s, at);
            at += width ? width : 1;
        } else {
            at = to;
        }
        last_end = to;
        if (again) continue;
        to_original(&s, spans, found.width);
        BK_TRY(add_match(arena, &found, &cap, spans, err));
    }
    *ret = found;
    return BK_OK;
}

/* ---- replacing ---- */

/* A reference in a replacement: "$name" or "${name}" with the "$" taken off. */
typedef struct reference {
    bk_str name;
    int64_t number; /* -1 for a name */
    size_t used;    /* bytes */
} reference;

static bool read_reference(bk_str s, reference *ret) {
    bool brace = s.n && s.p[0] == '{';
    size_t start = brace ? 1 : 0, at = start, width;
    while (at < s.n) {
        uint32_t rune = bk_utf8_decode(bk_str_from(s, at), &width);
        if (rune != '_' && !bk_rune_is_letter(rune) && !bk_rune_is_digit(rune)) break;
        at += width;
    }
    ret->name = bk_str_sub(s, start, at);
    if (ret->name.n == 0 || (brace && (at >= s.n || s.p[at] != '}'))) return false;
    ret->used = at + (brace ? 1 : 0);
    ret->number = 0;
    for (size_t i = 0; i < ret->name.n && ret->number >= 0; i++) {
        char c = ret->name.p[i];
        ret->number = c < '0' || c > '9' || ret->number >= 100000000 ? -1 : ret->number * 10 + (c - '0');
    }
    if (ret->name.p[0] == '0' && ret->name.n > 1) ret->number = -1;
    return true;
}

/* The first group of that name that took part, BK_NPOS for none. */
static size_t named_group(const bk_regex *regex, bk_str name, const bk_span *spans) {
    for (size_t at = 0; at < regex->names.n; at += sizeof(bk_regex_name)) {
        bk_regex_name n;
        memcpy(&n, regex->names.p + at, sizeof n);
        if (bk_str_eq(bk_str_sub(bk_buf_view(&regex->pattern), n.from, n.to), name) && spans[n.group].from != BK_NPOS) return n.group;
    }
    return BK_NPOS;
}

static void expand(const bk_regex *regex, bk_buf *out, bk_str with, bk_str text, const bk_span *spans) {
    for (;;) {
        reference ref;
        size_t dollar = bk_str_find_byte(with, '$');
        if (dollar == BK_NPOS) break;
        bk_buf_bytes(out, with.p, dollar);
        with = bk_str_from(with, dollar + 1);
        if (with.n && with.p[0] == '$') {
            bk_buf_byte(out, '$');
            with = bk_str_from(with, 1);
        } else if (!read_reference(with, &ref)) {
            bk_buf_byte(out, '$');
        } else {
            with = bk_str_from(with, ref.used);
            size_t group = ref.number >= 0 ? (size_t)ref.number : named_group(regex, ref.name, spans);
            if (group <= regex->groups && spans[group].from != BK_NPOS)
                bk_buf_str(out, bk_str_sub(text, spans[group].from, spans[group].to));
        }
    }
    bk_buf_str(out, with);
}

bk_status bk_regex_replace(const bk_regex *regex, bk_arena *arena, bk_str text, bk_str with, bool literal, bk_str *ret, bk_err *err) {
    subject s;
    bk_buf out;
    literal = literal || bk_str_find_byte(with, '$') == BK_NPOS;
    size_t width = literal ? 1 : (size_t)regex->groups + 1, at = 0, end = 0, copied = 0;
    BK_TRY(prepare(arena, text, &s, err));
    bk_span *spans = BK_NEW_ARRAY(arena, bk_span, width);
    if (!spans) return bk_arena_fail(arena, err);
    bk_buf_init(&out, arena, 0);
    while (at <= s.text.n && bk_buf_ok(&out) && search(regex, &s, at, spans, width)) {
        size_t from = spans[0].from, to = spans[0].to;
        bool replace = to > end || from == 0; /* not an empty match right behind another */
        end = to;
        size_t step = width_at(&s, at);
        if (at + step > to) at += step;
        else at = at + 1 > to ? at + 1 : to;
        to_original(&s, spans, width);
        bk_buf_str(&out, bk_str_sub(text, copied, spans[0].from));
        copied = spans[0].to;
        if (replace && literal) bk_buf_str(&out, with);
        else if (replace) expand(regex, &out, with, text, spans);
    }
    bk_buf_str(&out, bk_str_from(text, copied));
    BK_TRY(bk_buf_check(&out, err));
    *ret = bk_buf_take(&out);
    return BK_OK;
}

bk_status bk_regex_split(const bk_regex *regex, bk_arena *arena, bk_str text, int64_t n, bk_value *ret, bk_err *err) {
    bk_items pieces;
    bk_items_init(&pieces, arena);
    if (n == 0) {
        *ret = bk_list_typed(BK_T_STRINGS, NULL, 0);
        return BK_OK;
    }
    if (regex->pattern.n && text.n == 0) {
        bk_items_add(&pieces, bk_string(text));
        return bk_items_list(&pieces, BK_T_STRINGS, ret, err);
    }
    bk_matches found;
    BK_TRY(bk_regex_find(regex, arena, text, n, false, &found, err));
    size_t begin = 0, end = 0;
    for (size_t i = 0; i < found.count && !(n > 0 && (int64_t)pieces.n >= n - 1); i++) {
        end = found.spans[i].from;
        if (found.spans[i].to != 0) bk_items_add(&pieces, bk_string(bk_str_sub(text, begin, end)));
        begin = found.spans[i].to;
    }
    if (end != text.n) bk_items_add(&pieces, bk_string(bk_str_from(text, begin)));
    return bk_items_list(&pieces, BK_T_STRINGS, ret, err);
}

void bk_regex_quote(bk_buf *out, bk_str text) {
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (c && strchr("\\.+*?()|[]{}^$", c)) bk_buf_byte(out, '\\');
        bk_buf_byte(out, c);
    }
}

/* ---- the cache ---- */

void bk_regex_cache_init(bk_regex_cache *cache) { *cache = (bk_regex_cache){0}; }

void bk_regex_cache_release(bk_regex_cache *cache) {
    for (size_t i = 0; i < cache->n; i++) bk_regex_release(&cache->items[i]);
    bk_regex_cache_init(cache);
}

static void drop_large(bk_regex_cache *cache) {
    for (size_t i = 0; i < cache->n; i++) {
        if (!cache->items[i].large) continue;
        bk_regex_release(&cache->items[i]);
        cache->used[i] = 0;
        cache->hashes[i] = 0;
    }
}

/* A free place, or that of the expression that was not used for longest. */
static size_t place_for_one(bk_regex_cache *cache) {
    if (cache->n < BK_REGEX_CACHE) return cache->n;
    size_t oldest = 0;
    for (size_t i = 1; i < cache->n; i++)
        if (cache->used[i] < cache->used[oldest]) oldest = i;
    return oldest;
}

bk_status bk_regex_cache_get(bk_regex_cache *cache, bk_str pattern, const bk_regex **ret, bk_err *err) {
    uint32_t hash = bk_str_hash(pattern);
    for (size_t i = 0; i < cache->n; i++) {
        if (cache->hashes[i] != hash || !cache->items[i].program || !bk_str_eq(bk_buf_view(&cache->items[i].pattern), pattern)) continue;
        cache->used[i] = ++cache->tick;
        *ret = &cache->items[i];
        return BK_OK;
    }
    bk_regex made;
    BK_TRY(bk_regex_compile(&made, pattern, err));
    if (made.large) drop_large(cache);
    size_t at = place_for_one(cache);
    if (at == cache->n) cache->n++;
    else bk_regex_release(&cache->items[at]);
    cache->items[at] = made;
    cache->hashes[at] = hash;
    cache->used[at] = ++cache->tick;
    *ret = &cache->items[at];
    return BK_OK;
}
