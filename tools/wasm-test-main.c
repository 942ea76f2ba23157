/* Runs the unit tests of wasm/unit_tests.def one after the other, in one module. Arguments name those to run; none means all. */
#include <stdio.h>
#include <string.h>

#define RUN(name) int main_of_##name(void);
#include "unit_tests.def"
#undef RUN

static const struct {
    const char *name;
    int (*run)(void);
} tests[] = {
#define RUN(name) {#name, main_of_##name},
#include "unit_tests.def"
#undef RUN
};

int main(int argc, char **argv) {
    int failed = 0;
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {
        int wanted = argc < 2;
        for (int a = 1; a < argc; a++) wanted |= strcmp(argv[a], tests[i].name) == 0;
        if (!wanted) continue;
        printf("%s: ", tests[i].name);
        fflush(stdout);
        if (tests[i].run() != 0) {
            printf("FAILED %s\n", tests[i].name);
            failed = 1;
        }
    }
    return failed;
}
