/* exec.h: running templates.
 *
 *     bk_exec *exec = bk_exec_new(arena, set, effects, env);
 *     bk_exec_run(exec, name, dot, &out, &err);      a file
 *
 * and, from inside of functions that a template calls (call->exec), bk_exec_include and bk_exec_tpl.
 *
 * Errors are worded as in Go: `template: FILE:LINE:COL: executing "NAME" at <CONTEXT>: …`. A function's failure is wrapped on each level, so a message
 * can hold a chain of such errors; bk_exec_chain gives its links, which Helm's own wording is made from.
 *
 * What templates make lies in an arena below the given one. What no template can reach any more is taken back now and then; whatever somebody else is to keep of it (beyond maps
 * that are older than the run and are written to) has to be copied. Control structures and {{template}} nest on a stack of the executor's own
 * (to Go's depth of 100000); only include, tpl and parentheses use the C stack, which BK_EXEC_NEST bounds. */
#ifndef BK_TMPL_EXEC_H
#define BK_TMPL_EXEC_H

#include "base/effects.h"
#include "tmpl/tmpl.h"

/* The most pipelines that may be in evaluation at once: parentheses, and include and tpl calls below each other, of whatever names, each of which
 * counts BK_EXEC_RUN_COST. (Helm counts 1000 includes for each name and has no sum; Go has neither.) */
#define BK_EXEC_NEST 12000u
#define BK_EXEC_RUN_COST 2u
#ifdef BK_SANITIZED /* its frames are several times as large */
#undef BK_EXEC_NEST
#define BK_EXEC_NEST 4000u
#endif

/* NULL without memory. `effects` may be NULL where no function asks for one; `env` is handed to functions. */
bk_exec *bk_exec_new(bk_arena *arena, const bk_tmpl_set *set, bk_effects *effects, void *env);

/* Runs a template of the set with that data and appends what it prints. On failure `out` holds what came before. */
bk_status bk_exec_run(bk_exec *exec, bk_str name, bk_value dot, bk_buf *out, bk_err *err);

/* Nothing will be run any more: takes back what no older map refers to, where that is much. */
void bk_exec_done(bk_exec *exec);

/* Whether a template of the set is nothing but text, and which: running it would print that whatever its data. */
bool bk_exec_is_text(const bk_exec *exec, bk_str name, bk_str *ret);

/* For functions: runs a template of the current set; *ret lies in the call's arena. The error goes to the running call's err: `return` the status. */
bk_status bk_exec_include(bk_exec *exec, bk_str name, bk_value dot, bk_str *ret);

/* For functions: parses `text` under the set's name and runs it, as Helm's tpl does: the text sees all templates, what it defines is
 * seen by what it calls and is gone afterwards. A text that was met before is not parsed again. *ret_parsed tells on failure whether the text was
 * parsed (the error is one of execution) or not. */
bk_status bk_exec_tpl(bk_exec *exec, bk_str text, bk_value dot, bk_str *ret, bool *ret_parsed);

/* How often `name` is being included right now: a counter for the caller to keep, one for each name; NULL without memory. */
uint32_t *bk_exec_counter(bk_exec *exec, bk_str name);

/* After a failure of bk_exec_run: the chain of errors in its message, as errors.Unwrap would walk it, outermost first. Link i begins at
 * byte bk_exec_chain(exec, i) of the message and reaches to its end; BK_NPOS beyond the last. Links that begin with "template: " are
 * executions, another one is what a function said. No links: the message is one of ours (a limit), not Go's. */
size_t bk_exec_chain(const bk_exec *exec, size_t i);

/* Where the running template stands, "file:line:col": in text given to tpl, where tpl was called. */
void bk_exec_where(const bk_exec *exec, bk_buf *out);

/* The charts in whose name the running template acts (design: the subject is every chart whose code is running): the rendered file's first, each once.
 * Appends u32 numbers, little-endian, as the section ORIGIN holds them. */
void bk_exec_origins(const bk_exec *exec, bk_buf *out);

#endif
