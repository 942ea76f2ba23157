/* subprocess.h: the runtime `subprocess`: a plugin that is a program of its own, with all that the operator may do.
 *
 * Nothing here asks whether it may run: plugin/types.h does, before. Programs are started by posix_spawn, never by a bare fork and never through a shell; what
 * a plugin's texts expand to is an argument, not a line of a script (legacy hooks ask for `sh -c` themselves).
 *
 * Names of platforms, the choice among commands, the expansion of $X and the search in PATH are Go's and Helm's. */
#ifndef BK_PLUGIN_SUBPROCESS_H
#define BK_PLUGIN_SUBPROCESS_H

#include "base/buf.h"
#include "plugin/descriptor.h"

/* Most output that is kept of a getter or a post-renderer. */
#define BK_PROCESS_OUTPUT ((size_t)256 << 20)

/* ---- an environment ---- */

typedef struct bk_process_env {
    bk_arena *arena;
    bk_plugin_pair *items;
    size_t count, cap;
} bk_process_env;

/* A copy of environ's pairs; of equal names the last counts. */
bk_status bk_process_env_init(bk_process_env *env, bk_arena *arena, char *const *environment, bk_err *err);
/* Adds or replaces. */
bk_status bk_process_env_set(bk_process_env *env, bk_str name, bk_str value, bk_err *err);
/* Empty when there is none. */
bk_str bk_process_env_get(const bk_process_env *env, bk_str name);

/* ---- a command ---- */

/* $X and ${X} from the environment, names that are not there as nothing: os.Expand. */
bk_status bk_process_expand(bk_arena *arena, bk_str text, const bk_process_env *env, bk_str *ret, bk_err *err);
/* The words of the command that suits this machine: program, its arguments, `extra` behind them. Fails with "no plugin command is applicable". */
bk_status bk_process_prepare(bk_arena *arena, const bk_plugin_commands *commands, bool expand, bk_texts extra, const bk_process_env *env,
                             bk_texts *ret_words, bk_err *err);

/* ---- a run ---- */

typedef struct bk_process {
    bk_texts words;
    const bk_process_env *env;
    enum { BK_STDIN_NONE, BK_STDIN_OURS, BK_STDIN_BYTES } input;
    bk_str bytes;     /* for STDIN_BYTES */
    bk_buf *out;      /* gets standard output; NULL: goes to ours */
    bk_buf *error;    /* gets standard error; NULL: goes to ours; may be the same as `out` */
    size_t max;       /* of what is kept; 0: BK_PROCESS_OUTPUT. Beyond it the process is killed */
    uint32_t time_ms; /* then it is killed, and the error is BK_ERR_TIMEOUT; 0: no limit */
    /* It is to end with us: with its own children where it has not our terminal (it gets a process group then), and when a signal would end us or is noted, at once. */
    bool ours;
} bk_process;

/* Runs it to its end. *ret_code is its exit code, -1 when a signal ended it. Errors are those of starting, in Go's words (`exec: "x": executable file not
 * found in $PATH`, "fork/exec P: no such file or directory"), and too much output. */
bk_status bk_process_run(bk_arena *arena, const bk_process *process, int *ret_code, bk_err *err);

#endif
