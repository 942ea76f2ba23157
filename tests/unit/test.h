/* test.h: the unit tests' harness.
 *
 *     TEST(adds_numbers) { CHECK(1 + 1 == 2); CHECK_STR(view, "text"); }
 *     TEST_MAIN()
 *
 * A failed check prints file, line and both sides, and the program goes on; the exit code is 1 when any failed.
 *
 * Each test_*.c becomes a program that links the engine's libraries, and runs a second time in wasm32. The first line of the file
 * can say otherwise: `// links: host` for tests of host folders, `// native only` for what needs files or a clock. */
#ifndef BK_TESTS_TEST_H
#define BK_TESTS_TEST_H

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

typedef struct test_case {
    const char *name;
    void (*run)(void);
    struct test_case *next;
} test_case;

static test_case *test_first, **test_last = &test_first;
static int test_failures;

#define TEST(id) \
    static void test_##id(void); \
    static test_case test_case_##id = {#id, test_##id, NULL}; \
    __attribute__((constructor)) static void test_add_##id(void) { \
        *test_last = &test_case_##id; \
        test_last = &test_case_##id.next; \
    } \
    static void test_##id(void)

#define CHECK(cond) \
    do { \
        if (!(cond)) { \
            test_failures++; \
            printf("%s:%d: failed: %s\n", __FILE__, __LINE__, #cond); \
        } \
    } while (0)

#define CHECK_STR(got, want) test_check_str(__FILE__, __LINE__, (got), bk_str_c(want))
#define CHECK_VIEW(got, want) test_check_str(__FILE__, __LINE__, (got), (want))
#define CHECK_OK(status, err) \
    do { \
        if ((status) != BK_OK) { \
            test_failures++; \
            printf("%s:%d: failed: %.*s\n", __FILE__, __LINE__, BK_FMT(bk_err_message(err))); \
        } \
    } while (0)

BK_UNUSED static void test_check_str(const char *file, int line, bk_str got, bk_str want) {
    if (bk_str_eq(got, want)) return;
    test_failures++;
    printf("%s:%d: got  [%.*s]\n%*s want [%.*s]\n", file, line, BK_FMT(got), (int)strlen(file) + 4, "", BK_FMT(want));
}

/* All tests: the exit code. For programs that have a main of their own. */
BK_UNUSED static int test_main(void) {
    int count = 0;
    for (test_case *t = test_first; t; t = t->next, count++) {
        int before = test_failures;
        t->run();
        if (test_failures != before) printf("FAILED %s\n", t->name);
    }
    printf("%d tests, %d failed checks\n", count, test_failures);
    return test_failures != 0;
}

#define TEST_MAIN() \
    int main(void) { return test_main(); }

#endif
