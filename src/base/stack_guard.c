/* stack_guard.c: for wasm only: two symbols that the compiler's runtime may ask for.
 *
 * Some distributions build it (128-bit division, for one) with stack protectors, and wasi-libc brings nothing for them. The value
 * is no secret; the walls of the compartment do not rest on it. Weak, in case a C library has its own. */
#include <stdint.h>

#ifdef __wasm__
extern const uintptr_t __stack_chk_guard;
__attribute__((weak)) const uintptr_t __stack_chk_guard = 0x0DF02A5Fu;

_Noreturn void __stack_chk_fail(void);
__attribute__((weak)) _Noreturn void __stack_chk_fail(void) { __builtin_trap(); }
#else
typedef uintptr_t bk_stack_guard_unused;
#endif
