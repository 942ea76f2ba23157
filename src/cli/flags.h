/* flags.h: command-line flags, as Helm's users know them from pflag.
 *
 * A flag is a line of a constant table; parsing fills a value for each. Rules and texts are pflag's: --name=value, --name value, -n value, -nvalue, several
 * one-letter switches in one word, flags after arguments, "--" ends them, a boolean takes a value only behind "=". A list flag
 * (BK_FLAG_ARRAY) keeps every occurrence, a slice (BK_FLAG_SLICE) also splits each at commas by CSV rules. */
#ifndef BK_CLI_FLAGS_H
#define BK_CLI_FLAGS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

typedef enum bk_flag_type {
    BK_FLAG_BOOL,
    BK_FLAG_STRING,
    BK_FLAG_INT,
    BK_FLAG_INT64,
    BK_FLAG_UINT64,
    BK_FLAG_FLOAT32,
    BK_FLAG_DURATION, /* nanoseconds */
    BK_FLAG_ARRAY,
    BK_FLAG_SLICE,
    BK_FLAG_MAP,  /* name=value[,name=value…] */
    BK_FLAG_SIZE, /* bytes, with an optional KiB, MiB, GiB */
} bk_flag_type;

typedef struct bk_flag {
    const char *name;
    char letter; /* 0: none */
    bk_flag_type type;
    const char *fallback;   /* the default as text; NULL: the type's zero */
    const char *help;       /* our words; `name` in back quotes names the value in the usage line */
    const char *type_name;  /* shown instead of the type's, or NULL */
    const char *bare;       /* the value when given without one; NULL: a value is needed (booleans: "true") */
    const char *deprecated; /* what to use instead; the flag works, is hidden, and says so */
    bool hidden;
    bool terse; /* a mistake in its value is called "parse error" and no more, as Go's package flag does */
    /* A check of the text beyond the type, or NULL: fills err with the reason. */
    bk_status (*check)(bk_str text, bk_err *err);
} bk_flag;

typedef struct bk_flag_value {
    const bk_flag *flag;
    bk_str name;     /* the flag's */
    size_t changed;  /* 0: not on the line; else which of the flags on it, counted from 1, gave the value that holds */
    bk_str fallback; /* as computed at start (environment); text */
    bk_str text;     /* the last value given, or the default */
    bk_str *items;   /* ARRAY, SLICE, MAP: all of them */
    size_t count;
    union {
        bool b;
        int64_t i;
        uint64_t u;
        double f;
    };
} bk_flag_value;

typedef struct bk_flags {
    bk_arena *arena;
    bk_flag_value *values;
    size_t count, cap;
    size_t given; /* how many were on the line */
    /* Flags of no table are passed over, with a word behind them that is no flag; --help and -h end it, with an error (pflag's UnknownFlags). */
    bool lenient;
} bk_flags;

void bk_flags_init(bk_flags *flags, bk_arena *arena);
/* Adds a table, ended by a NULL name. */
bk_status bk_flags_add(bk_flags *flags, const bk_flag *table, bk_err *err);
/* How many flags a table has. */
size_t bk_flags_count(const bk_flag *table);
/* Replaces a default by one that is known only at run time. */
void bk_flags_default(bk_flags *flags, const char *name, bk_str text);
/* Reads argv (without the program's and the commands' names); arguments that are no flags go to ret_args. A deprecated flag's notice goes to
 * `notices`, a line each. */
bk_status bk_flags_parse(bk_flags *flags, const bk_str *argv, size_t argc, bk_str **ret_args, size_t *ret_count, bk_buf *notices,
                         bk_err *err);
/* The value of a flag that the tables hold; asserts otherwise. */
const bk_flag_value *bk_flags_get(const bk_flags *flags, const char *name);
/* NULL when there is none. */
bk_flag_value *bk_flags_find(const bk_flags *flags, bk_str name);
bk_flag_value *bk_flags_find_letter(const bk_flags *flags, char letter);
static inline bk_str bk_flags_str(const bk_flags *flags, const char *name) { return bk_flags_get(flags, name)->text; }
static inline bool bk_flags_bool(const bk_flags *flags, const char *name) { return bk_flags_get(flags, name)->b; }

/* Whether a word on the command line takes the next one as its value: how cobra finds the command behind the flags. */
bool bk_flags_takes_next(const bk_flags *flags, bk_str word);

/* The flags' part of a usage text: aligned columns, sorted by name; hidden and deprecated ones are left out. */
void bk_flags_usage(const bk_flags *flags, size_t from, size_t to, bk_buf *out);

#endif
