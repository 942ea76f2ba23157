/* nowasi.c: the WASI calls that the C library would make, each as a trap.
 *
 * The engine never calls them: it has no files, clocks or environment. Yet the C library drags some in behind its streams (the
 * message of a failed assertion, say), and each would be an import of the module. The C library knows them under these
 * names; as they are defined here, the linker has nothing to import. What is missing in this list shows up in the build: scripts/check-imports
 * refuses the module. Then add it here, with the number and kind of its parameters. */
#include <stdint.h>

#pragma clang diagnostic ignored "-Wunused-parameter"

/* I: pointers, descriptors, sizes. L: times and offsets. */
#define TRAP(name, ...) \
    int32_t __imported_wasi_snapshot_preview1_##name(__VA_ARGS__); \
    int32_t __imported_wasi_snapshot_preview1_##name(__VA_ARGS__) { __builtin_trap(); }

typedef int32_t I;
typedef int64_t L;

TRAP(args_get, I a, I b)
TRAP(args_sizes_get, I a, I b)
TRAP(clock_res_get, I a, I b)
TRAP(clock_time_get, I a, L b, I c)
TRAP(environ_get, I a, I b)
TRAP(environ_sizes_get, I a, I b)
TRAP(fd_close, I a)
TRAP(fd_fdstat_get, I a, I b)
TRAP(fd_fdstat_set_flags, I a, I b)
TRAP(fd_prestat_get, I a, I b)
TRAP(fd_prestat_dir_name, I a, I b, I c)
TRAP(fd_read, I a, I b, I c, I d)
TRAP(fd_seek, I a, L b, I c, I d)
TRAP(fd_write, I a, I b, I c, I d)
TRAP(poll_oneoff, I a, I b, I c, I d)
TRAP(random_get, I a, I b)
TRAP(sched_yield, void)

_Noreturn void __imported_wasi_snapshot_preview1_proc_exit(I code);
_Noreturn void __imported_wasi_snapshot_preview1_proc_exit(I code) {
    (void)code;
    __builtin_trap();
}
