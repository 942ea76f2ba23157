// links: host
/* The C library's copies, comparisons and searches at every length and place, up to the last byte of a page: the static program brings its own
 * (deps/musl/bytes.c). And its checked copies. */
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

enum { MOST = 300 };

/* A page whose neighbours cannot be touched. */
static unsigned char *page(void) {
    long size = sysconf(_SC_PAGESIZE);
    unsigned char *p = mmap(NULL, (size_t)size * 3, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(p != MAP_FAILED && mprotect(p + size, (size_t)size, PROT_READ | PROT_WRITE) == 0);
    return p + size;
}

static unsigned char byte_at(size_t i) { return (unsigned char)(i * 7 % 251 + 1); }

/* volatile: the compiler shall not know the length. */
static volatile size_t length;

TEST(copy) {
    unsigned char *from = page(), *to = page();
    size_t size = (size_t)sysconf(_SC_PAGESIZE);
    for (size_t i = 0; i < size; i++) from[i] = byte_at(i);
    static const size_t large[] = {1023, 1024, 1025, 1031, 1039, 1056, 1057, 2000, 4095, 4096};
    for (size_t i = 0; i < MOST + sizeof large / sizeof *large; i++) {
        size_t n = i < MOST ? i : large[i - MOST];
        if (n > size) continue;
        length = n;
        for (size_t shift = 0; shift < 20 && shift + n <= size; shift++) {
            memset(to, 0, size);
            unsigned char *start = to + size - n - shift;
            CHECK(memcpy(start, from + size - n, length) == start);
            bool same = true;
            for (size_t k = 0; k < size; k++) {
                bool inside = to + k >= start && to + k < start + n;
                same = same && to[k] == (inside ? byte_at(size - n + (size_t)(to + k - start)) : 0);
            }
            CHECK(same);
        }
    }
}

TEST(move) {
    unsigned char *at = page();
    for (size_t n = 0; n < MOST; n++)
        for (size_t distance = 0; distance < 70; distance += distance < 40 ? 1 : 7)
            for (int back = 0; back < 2; back++) {
                unsigned char *source = back ? at + distance : at, *target = back ? at : at + distance;
                for (size_t k = 0; k < MOST + 100; k++) at[k] = byte_at(k);
                length = n;
                memmove(target, source, length);
                bool same = true;
                for (size_t k = 0; k < n; k++) same = same && target[k] == byte_at((size_t)(source - at) + k);
                for (size_t k = 0; k < MOST + 100; k++) same = same && ((at + k >= target && at + k < target + n) || at[k] == byte_at(k));
                CHECK(same);
            }
}

TEST(search) {
    unsigned char *a = page(), *b = page();
    size_t size = (size_t)sysconf(_SC_PAGESIZE);
    memset(a, 'x', size), memset(b, 'x', size);
    for (size_t n = 0; n < 80; n++) {
        length = n;
        unsigned char *p = a + size - n, *q = b + size - n;
        CHECK(memcmp(p, q, length) == 0 && memchr(p, 'y', length) == NULL);
        for (size_t k = 0; k < n; k++) {
            p[k] = 'y';
            CHECK(memcmp(p, q, length) > 0 && memcmp(q, p, length) < 0 && memchr(p, 'y', length) == p + k);
            CHECK(memchr(p, 'y', k) == NULL && memcmp(p, q, k) == 0);
            CHECK(memchr(p, 'y', SIZE_MAX - (size_t)p) == p + k);
            p[k] = 0;
            CHECK(strlen((char *)p) == k && memchr(p, 0, length) == p + k);
            p[k] = 0xff;
            CHECK(memcmp(p, q, length) > 0 && memchr(p, -1, length) == p + k);
            p[k] = 'x';
        }
        for (size_t start = 1; start + n < 120; start++) {
            b[start - 1] = 'y', b[start + n] = 'y';
            length = n;
            CHECK(memchr(b + start, 'y', length) == NULL);
            b[start - 1] = 'x', b[start + n] = 'x';
        }
    }
}

#if defined(NDEBUG) && defined(__linux__)
/* The program once more, which this variable tells to copy too much. */
#define CHILD "BK_TEST_OVERFLOW"

TEST(checked) {
    char small[8] = "";
    if (getenv(CHILD)) {
        length = 9;
        memcpy(small, "0123456789", length);
        _exit(small[0]);
    }
    char *arguments[] = {(char[]){"test_libc"}, NULL}, *environment[] = {(char[]){CHILD "=1"}, NULL};
    posix_spawn_file_actions_t files;
    pid_t child = 0;
    int status = 0;
    posix_spawn_file_actions_init(&files);
    CHECK(posix_spawn_file_actions_addclose(&files, 2) == 0);
    CHECK(posix_spawn(&child, "/proc/self/exe", &files, NULL, arguments, environment) == 0);
    posix_spawn_file_actions_destroy(&files);
    CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}
#endif

TEST_MAIN()
