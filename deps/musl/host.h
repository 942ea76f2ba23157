/* Comes before every file of the host in the static program: what its C library's headers lack. The checks of _FORTIFY_SOURCE: where the compiler knows how
 * large a destination is, a copy that would not fit ends the program (compat.c). */
#pragma once
#include <spawn.h>
#include <stdio.h>
#include <string.h>

int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags);
#define RENAME_NOREPLACE (1u << 0)
#define RENAME_EXCHANGE (1u << 1)
int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int first);
#define BK_HAVE_CLOSEFROM 1
#define MADV_POPULATE_WRITE 23 /* sys/mman.h; a kernel that does not know it says so */

#define BK_CHECKED static inline __attribute__((always_inline, overloadable, unused))
#define BK_ROOM __attribute__((pass_object_size(0)))

BK_CHECKED void *memcpy(void *const to BK_ROOM, const void *from, size_t n) {
    return __builtin___memcpy_chk(to, from, n, __builtin_object_size(to, 0));
}
BK_CHECKED void *memmove(void *const to BK_ROOM, const void *from, size_t n) {
    return __builtin___memmove_chk(to, from, n, __builtin_object_size(to, 0));
}
BK_CHECKED void *memset(void *const to BK_ROOM, int byte, size_t n) {
    return __builtin___memset_chk(to, byte, n, __builtin_object_size(to, 0));
}
#undef BK_CHECKED
#undef BK_ROOM
/* Nobody takes its address, and its arguments are evaluated once. */
#define snprintf(to, n, ...) __builtin___snprintf_chk(to, n, 0, __builtin_object_size(to, 0), __VA_ARGS__)
#define vsnprintf(to, n, format, list) __builtin___vsnprintf_chk(to, n, 0, __builtin_object_size(to, 0), format, list)
