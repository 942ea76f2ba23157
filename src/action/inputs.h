/* inputs.h: the files that the operator named, as a compartment may read them.
 *
 * A call's inputs are numbered: those that the request lists (tag INPUT) come first, and reading a directory adds its entries. A
 * compartment asks for them by number with the effect INPUT, and thus reaches what was named on the command line and nothing else:
 * there is no path in a request, but for --set-file in the operator's own instance (open_paths), whose names are the operator's.
 *
 * The answer for a file is its bytes. For a directory it is a value (value/codec.h): a list of {name, dir, size, mtime, input}, sorted by
 * name; mtime is in seconds since 1970, to the nearest. A link whose end is missing is {name, broken, …}, and reading it is an error that says what is. Files are opened when they are asked for, relative to the open directory, and never through a symbolic link that leads out of the
 * chart; devices, sockets and pipes are refused. */
#ifndef BK_ACTION_INPUTS_H
#define BK_ACTION_INPUTS_H

#include "base/arena.h"
#include "base/buf.h"
#include "value/value.h"

/* Largest file that is read, the operator's own included. */
#define BK_INPUT_FILE_MAX ((size_t)256 << 20)

typedef struct bk_input bk_input;

/* Names of the operator's that are no paths but URLs of a scheme that somebody serves. `fetch` says whether it does; the bytes lie in an arena of the
 * fetcher's own, which lives as long as the inputs. */
typedef struct bk_input_fetcher {
    void *self;
    bk_status (*fetch)(void *self, bk_str name, bool *ret_served, bk_str *ret, bk_err *err);
} bk_input_fetcher;

typedef struct bk_inputs {
    bk_arena *arena;
    bk_input *items;
    size_t count, cap;
    bool open_paths;
    const bk_input_fetcher *fetcher; /* for open_paths; NULL: none */
} bk_inputs;

void bk_inputs_init(bk_inputs *inputs, bk_arena *arena);
/* Closes what is open. */
void bk_inputs_release(bk_inputs *inputs);

/* A file or a directory by path; fails with Go's words ("open x: no such file or directory") when it is not there. "-" is standard input where
 * `standard_input` says so. *ret_number is the input's. */
bk_status bk_inputs_add(bk_inputs *inputs, bk_str path, bool standard_input, uint32_t *ret_number, bk_err *err);
/* A file, which is not there, or not one, only when it is read. */
bk_status bk_inputs_add_later(bk_inputs *inputs, bk_str path, uint32_t *ret_number, bk_err *err);
/* What lies in a chart's folder: its links may lead anywhere in that folder. */
bk_status bk_inputs_add_part(bk_inputs *inputs, bk_str folder, bk_str path, uint32_t *ret_number, bk_err *err);
bk_status bk_inputs_add_bytes(bk_inputs *inputs, bk_str name, bk_str bytes, uint32_t *ret_number, bk_err *err);
/* What the request says of an input: {name, size, dir}. */
bk_status bk_inputs_describe(const bk_inputs *inputs, uint32_t number, bk_value *ret, bk_err *err);
bool bk_inputs_is_dir(const bk_inputs *inputs, uint32_t number);

/* Serves the effect INPUT: `args` is {input: number} or {path: text}. */
bk_status bk_inputs_read(void *self, bk_value args, bk_buf *answer, bk_err *err);

/* A file of the operator's, whole; fails with Go's words. */
bk_status bk_file_load(bk_arena *arena, bk_str path, size_t max, bk_str *ret, bk_err *err);
/* Whether there is such a file ("stat x: no such file or directory"), and whether it is a directory. */
bk_status bk_file_stat(bk_arena *arena, bk_str path, bool *ret_dir, bk_err *err);

#endif
