// links: host
/* Answers of the engine that are kept: believed only for the very question they answer. */
#define _GNU_SOURCE
#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sandbox/ask.h"
#include "test.h"

static char base[64], dir[128], key[128];
static bk_sandbox_cache cache;

static void setup(void) {
    snprintf(base, sizeof base, "/tmp/bulkhead-ask-XXXXXX");
    CHECK(mkdtemp(base) != NULL);
    snprintf(dir, sizeof dir, "%s/answers", base);
    snprintf(key, sizeof key, "%s/key", base);
    cache = (bk_sandbox_cache){bk_str_c(dir), bk_str_c(key)};
}

static int drop(const char *path, const struct stat *st, int type, struct FTW *at) {
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

static void teardown(void) { nftw(base, drop, 8, FTW_DEPTH | FTW_PHYS); }

/* The value of `a` in a text of YAML, by the compartment or by what is kept. */
static int64_t asked(const char *yaml) {
    bk_arena arena;
    bk_err err = BK_ERR_INIT;
    bk_sandbox_answer answer;
    const bk_str input = bk_str_c(yaml);
    const bk_sandbox_question question = {
        .op = BK_CALL_YAML, .inputs = &input, .input_count = 1, .limits = {.who = "test"}, .cache = &cache};
    int64_t ret = -1;
    bk_arena_init(&arena, 0);
    CHECK_OK(bk_sandbox_ask(&arena, &question, &answer, &err), &err);
    bk_value *a = answer.result.kind == BK_MAP ? bk_map_get(answer.result.map, BK_S("a")) : NULL;
    if (a && a->kind == BK_INT) ret = a->i;
    if (a && a->kind == BK_FLOAT) ret = (int64_t)a->f;
    bk_err_release(&err);
    bk_arena_release(&arena);
    return ret;
}

static size_t entries(char names[][300], size_t max) {
    size_t n = 0;
    DIR *d = opendir(dir);
    for (const struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d))
        if (e->d_name[0] != '.' && n < max) snprintf(names[n++], 300, "%s/%s", dir, e->d_name);
    if (d) closedir(d);
    return n;
}

TEST(an_answer_is_kept_for_its_very_question) {
    char names[4][300];
    setup();
    CHECK(asked("a: 1\n") == 1);
    CHECK(entries(names, 4) == 1);
    CHECK(asked("a: 1\n") == 1);
    CHECK(entries(names, 4) == 1);
    CHECK(asked("a: 2\n") == 2);
    CHECK(entries(names, 4) == 2);
    teardown();
}

TEST(an_answer_in_the_place_of_another_is_not_believed) {
    char first[4][300], both[4][300];
    setup();
    CHECK(asked("a: 1\n") == 1);
    CHECK(entries(first, 4) == 1);
    CHECK(asked("a: 2\n") == 2);
    CHECK(entries(both, 4) == 2);
    const char *second = both[strcmp(both[0], first[0]) == 0];
    CHECK(unlink(second) == 0 && rename(first[0], second) == 0);
    CHECK(asked("a: 2\n") == 2);
    CHECK(asked("a: 1\n") == 1);
    teardown();
}

TEST(a_damaged_answer_is_asked_for_again) {
    char names[4][300];
    setup();
    CHECK(asked("a: 7\n") == 7);
    CHECK(entries(names, 4) == 1);
    FILE *f = fopen(names[0], "r+");
    CHECK(f && fseek(f, -1, SEEK_END) == 0 && fputc('!', f) != EOF && fclose(f) == 0);
    CHECK(asked("a: 7\n") == 7);
    CHECK(truncate(names[0], 10) == 0);
    CHECK(asked("a: 7\n") == 7);
    teardown();
}

TEST(without_a_place_it_only_costs_time) {
    setup();
    CHECK(mkdir(dir, 0777) == 0 && chmod(dir, 0777) == 0);
    CHECK(asked("a: 3\n") == 3);
    CHECK(asked("a: 3\n") == 3);
    char names[4][300];
    CHECK(entries(names, 4) == 0);
    teardown();
}

TEST_MAIN()
