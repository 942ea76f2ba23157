#include "base/format.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"

typedef struct writer {
    char *out;
    size_t cap, n; /* n goes on counting where nothing fits any more */
} writer;

static void put(writer *w, const char *p, size_t n) {
    if (w->cap && w->n < w->cap - 1) {
        size_t fits = w->cap - 1 - w->n < n ? w->cap - 1 - w->n : n;
        memcpy(w->out + w->n, p, fits);
    }
    w->n += n;
}

static void pad(writer *w, int count) {
    while (count-- > 0) put(w, " ", 1);
}

/* One conversion: flags as they stand, width and precision as numbers (-1: none). */
typedef struct spec {
    char flags[6];
    int width, precision;
    char length; /* 0, h, H (hh), l, q (ll), z, j, t */
    char conversion;
} spec;

static const char *number(const char *p, int *ret, va_list *args) {
    *ret = 0;
    if (*p == '*') {
        *ret = va_arg(*args, int);
        return p + 1;
    }
    while (*p >= '0' && *p <= '9') *ret = *ret < 10000 ? *ret * 10 + (*p++ - '0') : (p++, *ret);
    return p;
}

static const char *read_spec(const char *p, spec *s, va_list *args) {
    size_t n = 0;
    *s = (spec){.width = -1, .precision = -1};
    while (*p && strchr("-+ #0", *p) && n < sizeof s->flags - 1) s->flags[n++] = *p++;
    if ((*p >= '1' && *p <= '9') || *p == '*') p = number(p, &s->width, args);
    if (*p == '.') p = number(p + 1, &s->precision, args);
    while (*p && strchr("hlzjt", *p)) {
        s->length = s->length == 'l' ? 'q' : s->length == 'h' ? 'H' : *p;
        p++;
    }
    s->conversion = *p;
    return *p ? p + 1 : p;
}

static intmax_t signed_arg(char length, va_list *args) {
    switch (length) {
    case 'l': return va_arg(*args, long);
    case 'q': return va_arg(*args, long long);
    case 'z':
    case 't': return va_arg(*args, ptrdiff_t);
    case 'j': return va_arg(*args, intmax_t);
    case 'h': return (short)va_arg(*args, int);
    case 'H': return (signed char)va_arg(*args, int);
    default: return va_arg(*args, int);
    }
}

static uintmax_t unsigned_arg(char length, va_list *args) {
    switch (length) {
    case 'l': return va_arg(*args, unsigned long);
    case 'q': return va_arg(*args, unsigned long long);
    case 'z': return va_arg(*args, size_t);
    case 't': return (uintmax_t)va_arg(*args, ptrdiff_t);
    case 'j': return va_arg(*args, uintmax_t);
    case 'h': return (unsigned short)va_arg(*args, unsigned);
    case 'H': return (unsigned char)va_arg(*args, unsigned);
    default: return va_arg(*args, unsigned);
    }
}

static void put_padded(writer *w, const spec *s, const char *p, size_t n) {
    int fill = s->width > 0 && (size_t)s->width > n ? s->width - (int)n : 0;
    bool left = strchr(s->flags, '-') != NULL;
    if (!left) pad(w, fill);
    put(w, p, n);
    if (left) pad(w, fill);
}

/* Whole numbers without flags and precision, which most are. */
static bool put_plain_number(writer *w, const spec *s, va_list *args) {
    char text[BK_INT_TEXT];
    bool is_signed = s->conversion == 'd' || s->conversion == 'i';
    if (s->flags[0] || s->precision >= 0 || !(is_signed || s->conversion == 'u')) return false;
    size_t n = is_signed ? bk_format_int(signed_arg(s->length, args), text) : bk_format_uint(unsigned_arg(s->length, args), text);
    put_padded(w, s, text, n);
    return true;
}

/* Other numbers are the C library's, with the format put together again. */
static void put_number(writer *w, const spec *s, va_list *args) {
    char fmt[24], text[512];
    bool whole = strchr("diuxXo", s->conversion) != NULL;
    int width = s->width < 0 ? 0 : s->width > 200 ? 200 : s->width, precision = s->precision > 200 ? 200 : s->precision, n;
    snprintf(fmt, sizeof fmt, "%%%s*.*%s%c", s->flags, whole ? "j" : "", s->conversion);
    if (s->conversion == 'd' || s->conversion == 'i') n = snprintf(text, sizeof text, fmt, width, precision, signed_arg(s->length, args));
    else if (whole) n = snprintf(text, sizeof text, fmt, width, precision, unsigned_arg(s->length, args));
    else if (s->conversion == 'p') n = snprintf(text, sizeof text, "%p", va_arg(*args, void *));
    else n = snprintf(text, sizeof text, fmt, width, precision, va_arg(*args, double));
    if (n > 0) put(w, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
}

static void put_text(writer *w, const spec *s, va_list *args) {
    const char *p = va_arg(*args, const char *);
    if (!p) put_padded(w, s, "(null)", s->precision == 0 ? 0 : 6);
    else put_padded(w, s, p, s->precision >= 0 ? (size_t)s->precision : strlen(p)); /* bk_str views: a precision is the length */
}

static const char *put_one(writer *w, const char *p, va_list *args) {
    spec s;
    const char *end = read_spec(p, &s, args);
    if (s.conversion == 's') {
        put_text(w, &s, args);
    } else if (s.conversion == 'c') {
        char c = (char)va_arg(*args, int);
        put_padded(w, &s, &c, 1);
    } else if (s.conversion == '%') {
        put(w, "%", 1);
    } else if (!put_plain_number(w, &s, args)) {
        put_number(w, &s, args);
    }
    return end;
}

size_t bk_format(char *out, size_t cap, const char *fmt, va_list args) {
    writer w = {.out = out, .cap = cap};
    va_list mine;
    va_copy(mine, args);
    while (*fmt) {
        size_t plain = strcspn(fmt, "%");
        put(&w, fmt, plain);
        fmt += plain;
        if (*fmt) fmt = put_one(&w, fmt + 1, &mine);
    }
    va_end(mine);
    if (cap) out[w.n < cap ? w.n : cap - 1] = 0;
    return w.n;
}
