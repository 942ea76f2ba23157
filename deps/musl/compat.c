/* What the C library of the static program lacks, and archives that were built for glibc ask for: libcrypto, libssl, libcrypt, the runtime's Rust
 * library, libgcc, libstdc++. On x86-64 the two C libraries agree on every type that these hand over (that is a goal of musl's); names.txt lists what they
 * ask for, each looked at; scripts/check-libc. Checked copies do what glibc's do. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <syslog.h>
#include <unistd.h>

/* Names of the time when offsets had 32 bits. */

int stat64(const char *path, struct stat *out) { return stat(path, out); }
int lstat64(const char *path, struct stat *out) { return lstat(path, out); }
int fstat64(int fd, struct stat *out) { return fstat(fd, out); }
int fstatat64(int dir, const char *path, struct stat *out, int flags) { return fstatat(dir, path, out, flags); }
void *mmap64(void *at, size_t n, int protection, int flags, int fd, off_t offset) { return mmap(at, n, protection, flags, fd, offset); }
off_t lseek64(int fd, off_t offset, int whence) { return lseek(fd, offset, whence); }
ssize_t pread64(int fd, void *out, size_t n, off_t offset) { return pread(fd, out, n, offset); }
ssize_t pwrite64(int fd, const void *bytes, size_t n, off_t offset) { return pwrite(fd, bytes, n, offset); }
int ftruncate64(int fd, off_t n) { return ftruncate(fd, n); }
struct dirent *readdir64(DIR *dir) { return readdir(dir); }
FILE *fopen64(const char *path, const char *mode) { return fopen(path, mode); }

static int mode_of(int flags, va_list list) { return flags & (O_CREAT | O_TMPFILE) ? va_arg(list, int) : 0; }

int open64(const char *path, int flags, ...) {
    va_list list;
    va_start(list, flags);
    int mode = mode_of(flags, list);
    va_end(list);
    return open(path, flags, mode);
}

int openat64(int dir, const char *path, int flags, ...) {
    va_list list;
    va_start(list, flags);
    int mode = mode_of(flags, list);
    va_end(list);
    return openat(dir, path, flags, mode);
}

int fcntl64(int fd, int command, ...) {
    va_list list;
    va_start(list, command);
    unsigned long argument = va_arg(list, unsigned long); /* whatever it is, it came in a register */
    va_end(list);
    return fcntl(fd, command, argument);
}

/* Checked calls: `room` is what the compiler knows of the destination. */

static void need(size_t n, size_t room) {
    if (n <= room) return;
    static const char text[] = "*** buffer overflow detected ***: terminated\n";
    (void)!write(2, text, sizeof text - 1);
    abort();
}

void *__memcpy_chk(void *to, const void *from, size_t n, size_t room) {
    need(n, room);
    return memcpy(to, from, n);
}
void *__memmove_chk(void *to, const void *from, size_t n, size_t room) {
    need(n, room);
    return memmove(to, from, n);
}
void *__memset_chk(void *to, int byte, size_t n, size_t room) {
    need(n, room);
    return memset(to, byte, n);
}
void __explicit_bzero_chk(void *to, size_t n, size_t room) {
    need(n, room);
    explicit_bzero(to, n);
}
char *__strcat_chk(char *to, const char *from, size_t room) {
    size_t at = strlen(to), n = strlen(from);
    need(n, SIZE_MAX - 1 - at);
    need(at + n + 1, room);
    memcpy(to + at, from, n + 1);
    return to;
}
char *__strcpy_chk(char *to, const char *from, size_t room) {
    size_t n = strlen(from);
    need(n + 1, room);
    return memcpy(to, from, n + 1);
}
char *__strncpy_chk(char *to, const char *from, size_t n, size_t room) {
    need(n, room);
    return strncpy(to, from, n);
}
ssize_t __read_chk(int fd, void *to, size_t n, size_t room) {
    need(n, room);
    return read(fd, to, n);
}
char *__fgets_chk(char *to, size_t room, int n, FILE *from) {
    if (n > 0) need((size_t)n, room);
    return fgets(to, n, from);
}
int __vsnprintf_chk(char *to, size_t n, int flags, size_t room, const char *format, va_list list) {
    (void)flags;
    need(n, room);
    return vsnprintf(to, n, format, list);
}
int __snprintf_chk(char *to, size_t n, int flags, size_t room, const char *format, ...) {
    va_list list;
    va_start(list, format);
    int got = __vsnprintf_chk(to, n, flags, room, format, list);
    va_end(list);
    return got;
}
int __sprintf_chk(char *to, int flags, size_t room, const char *format, ...) {
    (void)flags;
    va_list list;
    va_start(list, format);
    int got = vsnprintf(to, room > INT32_MAX ? INT32_MAX : room, format, list);
    va_end(list);
    if (got >= 0) need((size_t)got + 1, room);
    return got;
}
int __vfprintf_chk(FILE *to, int flags, const char *format, va_list list) {
    (void)flags;
    return vfprintf(to, format, list);
}
int __fprintf_chk(FILE *to, int flags, const char *format, ...) {
    (void)flags;
    va_list list;
    va_start(list, format);
    int got = vfprintf(to, format, list);
    va_end(list);
    return got;
}
void __syslog_chk(int priority, int flags, const char *format, ...) {
    (void)flags;
    va_list list;
    va_start(list, format);
    vsyslog(priority, format, list);
    va_end(list);
}
long __fdelt_chk(long fd) {
    if (fd < 0) need(1, 0);
    need((size_t)fd + 1, FD_SETSIZE);
    return fd / (8 * (long)sizeof(long));
}

/* Of glibc alone. */

/* libcrypto's own threads of control, which nobody starts: they say that there are none. */
int getcontext(void *context) { return (void)context, -1; }
int setcontext(const void *context) { return (void)context, -1; }
void makecontext(void *context, void (*function)(void), int n, ...) {
    (void)context, (void)function, (void)n;
    abort();
}
/* The unwinder's quick way to a frame; at an answer below zero it takes dl_iterate_phdr. */
int _dl_find_object(void *address, void *out) { return (void)address, (void)out, -1; }
/* Whether counters may be counted without a lock: no. */
char __libc_single_threaded = 0;
void arc4random_buf(void *out, size_t n) {
    for (char *at = out; n;) {
        size_t some = n < 256 ? n : 256;
        if (getentropy(at, some) != 0) abort();
        at += some, n -= some;
    }
}

/* Ours ask for these two as well (host.h). */

int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags) {
    return (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, flags);
}

int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int first) {
    DIR *dir = opendir("/proc/self/fd");
    if (!dir) return 0; /* all of ours are closed by exec anyway */
    int failed = 0;
    for (struct dirent *e; !failed && (e = readdir(dir));) {
        int fd = 0; /* "." and ".." become negative and stay so */
        for (const char *p = e->d_name; *p; p++) fd = fd >= 0 && fd < 1 << 24 && *p >= '0' && *p <= '9' ? fd * 10 + (*p - '0') : -1;
        if (fd >= first && fd != dirfd(dir)) failed = posix_spawn_file_actions_addclose(actions, fd);
    }
    closedir(dir);
    return failed;
}
