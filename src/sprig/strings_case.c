/* strings_case.c: functions on letters and words: case, wrapping, initials. Invalid UTF-8 becomes U+FFFD where Go's library decodes to runes, and
 * single bytes count as Latin-1 where it takes bytes for runes. */
#include "base/unicode.h"
#include "base/utf8.h"
#include "sprig/fn.h"

/* ---- one rune for another ---- */

/* Maps the runes of s; `state` is the mapper's own. Text that does not change is returned as it is. */
static bk_status map_runes(bk_call *call, bk_str s, uint32_t (*mapper)(uint32_t rune, uint32_t *state), uint32_t state, bk_value *ret) {
    bk_buf out;
    bk_buf_init(&out, call->arena, 0);
    bool changed = false;
    size_t width;
    for (size_t at = 0; at < s.n; at += width) {
        uint32_t rune = bk_utf8_decode(bk_str_from(s, at), &width), to = mapper(rune, &state);
        bool same = to == rune && (rune != BK_RUNE_ERROR || width != 1);
        if (!changed && !same) {
            changed = true;
            if (!bk_buf_reserve(&out, s.n + 4)) return bk_buf_check(&out, call->err);
            bk_buf_bytes(&out, s.p, at);
        }
        if (!changed) continue;
        if (same) bk_buf_bytes(&out, s.p + at, width);
        else bk_buf_rune(&out, to);
    }
    return changed ? fn_ret_buf(call, &out, ret) : fn_ret_str(ret, s);
}

static uint32_t to_upper(uint32_t rune, BK_UNUSED uint32_t *state) { return bk_rune_to_upper(rune); }
static uint32_t to_lower(uint32_t rune, BK_UNUSED uint32_t *state) { return bk_rune_to_lower(rune); }

/* ASCII, which is nearly all that charts have: letters from `first` on, 26 of them, change case. */
static bk_status change_case(bk_call *call, bk_str s, char first, uint32_t (*mapper)(uint32_t rune, uint32_t *state), bk_value *ret) {
    unsigned char wide = 0, letters = 0; /* both bytes, so that sixteen go at a time */
    for (size_t i = 0; i < s.n; i++) {
        wide |= (unsigned char)s.p[i];
        letters |= (unsigned char)(s.p[i] - first) < 26;
    }
    if (wide >= 0x80) return map_runes(call, s, mapper, 0, ret);
    if (!letters) return fn_ret_str(ret, s);
    char *p;
    BK_TRY(fn_bytes(call, s.n, &p));
    for (size_t i = 0; i < s.n; i++) p[i] = (char)(s.p[i] ^ ((unsigned char)(s.p[i] - first) < 26 ? 0x20 : 0));
    return fn_ret_str(ret, bk_str_of(p, s.n));
}

BK_FN(upper) { return change_case(call, fn_str(args, 0), 'a', to_upper, ret); }
BK_FN(lower) { return change_case(call, fn_str(args, 0), 'A', to_lower, ret); }

static bool is_separator(uint32_t rune) {
    if (rune < 0x80) return !(bk_rune_is_letter(rune) || bk_rune_is_digit(rune) || rune == '_');
    return !bk_rune_is_letter(rune) && !bk_rune_is_digit(rune) && bk_rune_is_space(rune);
}

/* The state is the rune before. */
static uint32_t to_title(uint32_t rune, uint32_t *before) {
    uint32_t to = is_separator(*before) ? bk_rune_to_title(rune) : rune;
    *before = rune;
    return to;
}

BK_FN(title) { return map_runes(call, fn_str(args, 0), to_title, ' ', ret); }

/* The state tells whether a word begins. */
static uint32_t to_untitle(uint32_t rune, uint32_t *begins) {
    if (bk_rune_is_space(rune)) {
        *begins = 1;
        return rune;
    }
    uint32_t to = *begins ? bk_rune_to_lower(rune) : rune;
    *begins = 0;
    return to;
}

BK_FN(untitle) { return map_runes(call, fn_str(args, 0), to_untitle, 1, ret); }

static uint32_t to_swapped(uint32_t rune, uint32_t *begins) {
    if (bk_rune_is_upper(rune) || bk_rune_is_title(rune)) {
        *begins = 0;
        return bk_rune_to_lower(rune);
    }
    if (bk_rune_is_lower(rune)) {
        uint32_t to = *begins ? bk_rune_to_title(rune) : bk_rune_to_upper(rune);
        *begins = 0;
        return to;
    }
    *begins = bk_rune_is_space(rune);
    return rune;
}

BK_FN(swapcase) { return map_runes(call, fn_str(args, 0), to_swapped, 1, ret); }

BK_FN(initials) {
    bk_str s = fn_str(args, 0);
    bk_buf out;
    bk_buf_init(&out, call->arena, 0);
    bool begins = true;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        bool space = bk_rune_is_space(c);
        if (begins && !space) bk_buf_rune(&out, c);
        begins = space;
    }
    return fn_ret_buf(call, &out, ret);
}

/* ---- words by case ---- */

static bool is_connector(uint32_t rune) { return rune == '-' || rune == '_' || bk_rune_is_space(rune); }

/* Letters that have case: all but the common CJK ranges. */
static bool is_alphabet(uint32_t rune) {
    if (!bk_rune_is_letter(rune)) return false;
    return !((rune >= 0x4E00 && rune <= 0x9FCC) || (rune >= 0x3400 && rune <= 0x4D85) || (rune >= 0x20000 && rune <= 0x2B81D));
}

static uint32_t take_rune(bk_str *rest) {
    size_t width;
    uint32_t rune = bk_utf8_decode(*rest, &width);
    *rest = bk_str_from(*rest, width);
    return rune;
}

/* Copies leading connectors; *ret is the first other rune in upper case, or the last connector, which the library writes twice. False: the
 * text is at its end. */
static bool pascal_head(bk_buf *out, bk_str *rest, uint32_t *ret, bool *ret_upper) {
    while (rest->n) {
        *ret = take_rune(rest);
        if (!is_connector(*ret)) {
            *ret_upper = bk_rune_is_upper(*ret);
            *ret = bk_rune_to_upper(*ret);
            break;
        }
        bk_buf_rune(out, *ret);
    }
    return rest->n > 0;
}

BK_FN(camelcase) {
    bk_str rest = fn_str(args, 0);
    if (rest.n == 0) return fn_ret_str(ret, rest);
    bk_buf out;
    bk_buf_init(&out, call->arena, 0);
    uint32_t rune = 0;
    bool upper = false; /* the word so far is in capitals, which go down */
    if (!pascal_head(&out, &rest, &rune, &upper)) {
        bk_buf_rune(&out, rune);
        return fn_ret_buf(call, &out, ret);
    }
    while (rest.n) {
        uint32_t before = rune;
        rune = take_rune(&rest);
        if (is_connector(before)) {
            if (is_connector(rune)) {
                bk_buf_rune(&out, before);
                continue;
            }
            upper = bk_rune_is_upper(rune);
            rune = bk_rune_to_upper(rune);
            continue;
        }
        if (upper && bk_rune_is_upper(rune)) rune = bk_rune_to_lower(rune);
        else if (upper) upper = false;
        bk_buf_rune(&out, before);
    }
    bk_buf_rune(&out, rune);
    return fn_ret_buf(call, &out, ret);
}

typedef enum word_type { INVALID, NUMBER, UPPER, ALPHABET, CONNECTOR, PUNCT, OTHER } word_type;

/* The next valid rune and how far it reaches, invalid bytes before it included; at the end of the text that is `before` again. */
static uint32_t peek_rune(bk_str s, uint32_t before, size_t *ret_size) {
    *ret_size = 0;
    while (s.n) {
        size_t width;
        uint32_t rune = bk_utf8_decode(s, &width);
        *ret_size += width;
        if (rune != BK_RUNE_ERROR) return rune;
        s = bk_str_from(s, width);
    }
    return before;
}

static bool in_lower_word(uint32_t rune) { return is_alphabet(rune) && !bk_rune_is_upper(rune); }
static bool in_other_word(uint32_t rune) {
    return !is_connector(rune) && !is_alphabet(rune) && !bk_rune_is_number(rune) && !bk_rune_is_punct(rune);
}

/* Moves *at over runes of the class; the rune that stopped it is returned. */
static uint32_t skip_class(bk_str s, size_t *at, uint32_t rune, bool (*class)(uint32_t)) {
    while (*at < s.n) {
        size_t size;
        rune = peek_rune(bk_str_from(s, *at), rune, &size);
        if (size == 0 || !class(rune)) break;
        *at += size;
    }
    return rune;
}

/* A word that begins with a capital: "HTTP" of "HTTPServer", "Server". */
static size_t upper_word(bk_str s, size_t at, uint32_t rune) {
    if (at >= s.n) return at;
    size_t size, last;
    rune = peek_rune(bk_str_from(s, at), rune, &size);
    if (bk_rune_is_upper(rune)) {
        last = size;
        at += size;
        while (at < s.n) {
            rune = peek_rune(bk_str_from(s, at), rune, &size);
            if (!bk_rune_is_upper(rune)) break;
            last = size;
            at += size;
        }
        return at < s.n && is_alphabet(rune) ? at - last : at; /* the last capital begins the next word */
    }
    if (!is_alphabet(rune)) return at;
    at += size;
    skip_class(s, &at, rune, in_lower_word);
    return at;
}

static word_type next_word(bk_str *rest, bk_str *ret_word) {
    *ret_word = BK_S("");
    if (rest->n == 0) return INVALID;
    bk_str s = *rest;
    size_t at;
    uint32_t rune = peek_rune(s, BK_RUNE_ERROR, &at);
    word_type type;
    if (rune == BK_RUNE_ERROR) {
        type = INVALID;
    } else if (is_connector(rune)) {
        type = CONNECTOR;
        skip_class(s, &at, rune, is_connector);
    } else if (bk_rune_is_punct(rune)) {
        type = PUNCT;
        skip_class(s, &at, rune, bk_rune_is_punct);
    } else if (bk_rune_is_upper(rune)) {
        type = UPPER;
        at = upper_word(s, at, rune);
    } else if (is_alphabet(rune)) {
        type = ALPHABET;
        skip_class(s, &at, rune, in_lower_word);
    } else if (bk_rune_is_number(rune)) {
        type = NUMBER;
        skip_class(s, &at, rune, bk_rune_is_number);
    } else {
        type = OTHER;
        skip_class(s, &at, rune, in_other_word);
    }
    *ret_word = bk_str_sub(s, 0, at);
    *rest = bk_str_from(s, at);
    return type;
}

static void put_word(bk_buf *out, word_type type, bk_str word, char connector) {
    if (type != UPPER && type != CONNECTOR) {
        bk_buf_str(out, word);
        return;
    }
    while (word.n) {
        uint32_t rune = take_rune(&word);
        if (is_connector(rune)) bk_buf_byte(out, connector);
        else bk_buf_rune(out, bk_rune_is_upper(rune) ? bk_rune_to_lower(rune) : rune);
    }
}

/* The words that follow, while they are numbers or in lower case, belong to the one before. */
static void join_words(bk_buf *out, word_type *type, bk_str *word, bk_str *rest, char connector) {
    while (*type == ALPHABET || *type == NUMBER) {
        put_word(out, *type, *word, connector);
        *type = next_word(rest, word);
    }
    if (*type != INVALID && *type != PUNCT && *type != CONNECTOR) bk_buf_byte(out, connector);
}

/* After a word of letters: what stands between it and the next one, which may swallow a number. */
static void after_letters(bk_buf *out, word_type *type, bk_str *word, bk_str *rest, char connector) {
    if (*type != NUMBER) {
        if (*type != CONNECTOR && *type != PUNCT) bk_buf_byte(out, connector);
        return;
    }
    if (rest->n == 0) return;
    bk_str number = *word;
    *type = next_word(rest, word);
    if (*type != ALPHABET) { /* "Bld4Floor": the number stays with the word before */
        put_word(out, NUMBER, number, connector);
        if (*type != CONNECTOR && *type != PUNCT) bk_buf_byte(out, connector);
        return;
    }
    bk_buf_byte(out, connector); /* "HTTP2xx": it goes with what follows */
    put_word(out, NUMBER, number, connector);
    join_words(out, type, word, rest, connector);
}

static bk_status lower_words(bk_call *call, bk_str rest, char connector, bk_value *ret) {
    if (rest.n == 0) return fn_ret_str(ret, rest);
    bk_buf out;
    bk_buf_init(&out, call->arena, 0);
    bk_str word;
    word_type type = next_word(&rest, &word);
    while (rest.n) {
        if (type != CONNECTOR) put_word(&out, type, word, connector);
        word_type before = type;
        bk_str last = word;
        type = next_word(&rest, &word);
        if (before == NUMBER) join_words(&out, &type, &word, &rest, connector);
        else if (before == CONNECTOR) put_word(&out, before, last, connector);
        else if (before != PUNCT) after_letters(&out, &type, &word, &rest, connector);
    }
    put_word(&out, type, word, connector);
    return fn_ret_buf(call, &out, ret);
}

BK_FN(snakecase) { return lower_words(call, fn_str(args, 0), '_', ret); }
BK_FN(kebabcase) { return lower_words(call, fn_str(args, 0), '-', ret); }

/* ---- wrapping ---- */

/* Position of the last space in s[from:to], or BK_NPOS. */
static size_t last_space(bk_str s, size_t from, size_t to) {
    size_t at = bk_str_rfind_byte(bk_str_sub(s, from, to), ' ');
    return at == BK_NPOS ? at : from + at;
}

static bk_status wrap_text(bk_call *call, bk_str s, int64_t width, bk_str newline, bool split_words, bk_value *ret) {
    if (newline.n == 0) newline = BK_S("\n");
    if (width < 1) width = 1;
    if ((uint64_t)width >= s.n) return fn_ret_str(ret, s);
    size_t w = (size_t)width, at = 0;
    bk_buf out;
    bk_buf_init(&out, call->arena, 0);
    while (s.n - at > w) {
        if (s.p[at] == ' ') {
            at++;
            continue;
        }
        size_t end = last_space(s, at, at + w + 1), next = end + 1;
        if (end == BK_NPOS && split_words) {
            end = next = at + w;
        } else if (end == BK_NPOS) {
            end = bk_str_find_byte(bk_str_from(s, at + w), ' ');
            if (end == BK_NPOS) break;
            end += at + w;
            next = end + 1;
        }
        bk_buf_str(&out, bk_str_sub(s, at, end));
        bk_buf_str(&out, newline);
        at = next;
    }
    bk_buf_str(&out, bk_str_from(s, at));
    return fn_ret_buf(call, &out, ret);
}

BK_FN(wrap) { return wrap_text(call, fn_str(args, 1), args[0].i, BK_S(""), false, ret); }
BK_FN(wrapWith) { return wrap_text(call, fn_str(args, 2), args[0].i, fn_str(args, 1), true, ret); }
