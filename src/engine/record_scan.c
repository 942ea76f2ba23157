#include "engine/record_scan.h"

static void skip_space(bk_str s, size_t *at) {
    while (*at < s.n && (s.p[*at] == ' ' || s.p[*at] == '\n' || s.p[*at] == '\t' || s.p[*at] == '\r')) ++*at;
}

/* From the opening quote to behind the closing one. */
static bk_scan skip_string(bk_str s, size_t *at) {
    for (size_t i = *at + 1; i < s.n; i++) {
        if (s.p[i] == '\\') {
            i++;
        } else if (s.p[i] == '"') {
            *at = i + 1;
            return BK_SCAN_DONE;
        }
    }
    return BK_SCAN_MORE;
}

static bk_scan skip_container(bk_str s, size_t *at) {
    size_t open = 0;
    while (*at < s.n) {
        char c = s.p[*at];
        if (c == '"') {
            bk_scan r = skip_string(s, at);
            if (r != BK_SCAN_DONE) return r;
            continue;
        }
        ++*at;
        if (c == '{' || c == '[') open++;
        else if ((c == '}' || c == ']') && --open == 0) return BK_SCAN_DONE;
    }
    return BK_SCAN_MORE;
}

static bk_scan skip_value(bk_str s, size_t *at) {
    if (*at >= s.n) return BK_SCAN_MORE;
    if (s.p[*at] == '"') return skip_string(s, at);
    if (s.p[*at] == '{' || s.p[*at] == '[') return skip_container(s, at);
    size_t from = *at;
    while (*at < s.n && !strchr(",}] \n\t\r", s.p[*at])) ++*at;
    if (*at == s.n) return BK_SCAN_MORE;
    return *at == from ? BK_SCAN_BAD : BK_SCAN_DONE;
}

/* The next member of an object: *at is behind its opening brace or behind a member. At the end of the object *ret_key.p is NULL. */
static bk_scan next_member(bk_str s, size_t *at, bk_str *ret_key) {
    skip_space(s, at);
    if (*at < s.n && s.p[*at] == ',') ++*at;
    skip_space(s, at);
    if (*at >= s.n) return BK_SCAN_MORE;
    *ret_key = (bk_str){NULL, 0};
    if (s.p[*at] == '}') return BK_SCAN_DONE;
    if (s.p[*at] != '"') return BK_SCAN_BAD;
    size_t from = *at + 1;
    bk_scan r = skip_string(s, at);
    if (r != BK_SCAN_DONE) return r;
    *ret_key = bk_str_sub(s, from, *at - 1);
    skip_space(s, at);
    if (*at >= s.n) return BK_SCAN_MORE;
    if (s.p[*at] != ':') return BK_SCAN_BAD;
    ++*at;
    skip_space(s, at);
    return *at >= s.n ? BK_SCAN_MORE : BK_SCAN_DONE;
}

static bk_scan take_value(bk_str s, size_t *at, bk_str *ret) {
    size_t from = *at;
    bk_scan r = skip_value(s, at);
    if (r == BK_SCAN_DONE) *ret = bk_str_sub(s, from, *at);
    return r;
}

/* The metadata of the chart that begins at `at`. */
static bk_scan metadata_of(bk_str s, size_t at, bk_str *ret) {
    bk_str key, ignored;
    *ret = BK_S("");
    if (s.p[at] != '{') return BK_SCAN_DONE;
    at++;
    for (;;) {
        bk_scan r = next_member(s, &at, &key);
        if (r != BK_SCAN_DONE || !key.p) return r;
        bool found = bk_str_eq(key, BK_S("metadata"));
        r = take_value(s, &at, found ? ret : &ignored);
        if (r != BK_SCAN_DONE || found) return r;
    }
}

bk_scan bk_record_scan(bk_str json, bool whole, bk_record_parts *ret) {
    size_t at = 0;
    bk_str key, ignored;
    *ret = (bk_record_parts){0};
    skip_space(json, &at);
    if (at >= json.n) return BK_SCAN_MORE;
    if (json.p[at++] != '{') return BK_SCAN_BAD;
    for (;;) {
        bk_scan r = next_member(json, &at, &key);
        if (r != BK_SCAN_DONE || !key.p) return r;
        bk_str *to = &ignored;
        if (bk_str_eq(key, BK_S("name"))) to = &ret->name;
        else if (bk_str_eq(key, BK_S("info"))) to = &ret->info;
        else if (bk_str_eq(key, BK_S("chart"))) {
            to = &ret->chart;
            r = metadata_of(json, at, &ret->metadata);
            if (r != BK_SCAN_DONE) return r;
            if (!whole && ret->name.n && ret->info.n && ret->metadata.n) return BK_SCAN_DONE;
        }
        r = take_value(json, &at, to);
        if (r != BK_SCAN_DONE) return r;
    }
}
