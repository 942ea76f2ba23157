/* The cache of compiled modules: what counts as an entry, and what does not. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "assemble.h"
#include "plugin/extism.h"
#include "test.h"

static char base[256];
static char cache_dir[300], key_file[300];
static bk_sandbox_cache cache;

/* Runs a line of the shell; %s stands for `a`. */
static void shell(const char *format, const char *a) {
    char line[1024], sh[] = "sh", c[] = "-c";
    snprintf(line, sizeof line, format, a, a);
    char *argv[] = {sh, c, line, NULL};
    pid_t child;
    int state = -1;
    CHECK(posix_spawn(&child, "/bin/sh", NULL, NULL, argv, environ) == 0);
    CHECK(waitpid(child, &state, 0) == child && state == 0);
}

static void setup(void) {
    snprintf(base, sizeof base, "/tmp/bulkhead-cache-XXXXXX");
    CHECK(mkdtemp(base) != NULL);
    snprintf(cache_dir, sizeof cache_dir, "%s/cache/a/plugins", base);
    snprintf(key_file, sizeof key_file, "%s/data/b/key", base);
    cache = (bk_sandbox_cache){bk_str_c(cache_dir), bk_str_c(key_file)};
}

static void teardown(void) { shell("rm -rf '%s'", base); }

/* Loads the module and says whether the cache served. */
static bool served(void) {
    bk_buf wasm;
    bk_err err = BK_ERR_INIT;
    bk_foreign *module = NULL;
    bool cached = false;
    bk_foreign_load_options options = {.cache = &cache, .ret_cached = &cached};
    assemble(&wasm, &(parts){.entry = "helm_plugin_main"});
    CHECK_OK(bk_foreign_load(bk_buf_view(&wasm), &options, &module, &err), &err);
    bk_extism_result r;
    bk_extism_options o = {.log_level = BK_EXTISM_LOG_OFF};
    if (module) CHECK_OK(bk_extism_call(module, &o, &r, &err), &err);
    if (module) bk_extism_result_release(&r);
    bk_foreign_free(module);
    bk_buf_release(&wasm);
    bk_err_release(&err);
    return cached;
}

/* The only entry's path. */
static const char *entry(void) {
    static char path[600];
    DIR *dir = opendir(cache_dir);
    path[0] = 0;
    for (const struct dirent *e = dir ? readdir(dir) : NULL; e; e = readdir(dir))
        if (e->d_name[0] != '.') snprintf(path, sizeof path, "%s/%s", cache_dir, e->d_name);
    if (dir) closedir(dir);
    return path;
}

TEST(an_entry_is_used_again) {
    setup();
    CHECK(!served());
    CHECK(served());
    struct stat st;
    CHECK(stat(cache_dir, &st) == 0 && (st.st_mode & 07777) == 0700);
    CHECK(stat(entry(), &st) == 0 && (st.st_mode & 07777) == 0600);
    CHECK(stat(key_file, &st) == 0 && (st.st_mode & 07777) == 0600 && st.st_size == 32);
    teardown();
}

static void flip(const char *path, long at) {
    FILE *f = fopen(path, "r+b");
    CHECK(f && fseek(f, at, at < 0 ? SEEK_END : SEEK_SET) == 0);
    if (!f) return;
    int c = fgetc(f);
    fseek(f, at, at < 0 ? SEEK_END : SEEK_SET);
    fputc(c ^ 1, f);
    fclose(f);
}

/* Each is rebuilt without a word, and is good afterwards. */
TEST(damage_is_rebuilt) {
    static const long places[] = {0, 8, 16, 47, 48, 63, 64, 1000, 5000, -1};
    setup();
    CHECK(!served());
    for (size_t i = 0; i < BK_COUNT(places); i++) {
        flip(entry(), places[i]);
        CHECK(!served());
        CHECK(served());
    }
    static const char *const commands[] = {
        "truncate -s 10 '%s'", "truncate -s 0 '%s'", "truncate -s +1 '%s'", "chmod 0644 '%s'", "chmod 0660 '%s'", "ln '%s' '%s.x'",
    };
    for (size_t i = 0; i < BK_COUNT(commands); i++) {
        shell(commands[i], entry());
        CHECK(!served());
        shell("rm -f '%s'.x", entry());
        shell("rm -f '%s'/*.x", cache_dir);
        served();
        CHECK(served());
    }
    teardown();
}

TEST(what_was_put_there_is_not_ours) {
    setup();
    CHECK(!served());
    /* The entry under another name: as if one module stood for another. */
    shell("cp -p '%s' '%s.copy'", entry());
    shell("cd '%s' && for f in *.copy; do mv \"$f\" 0000000000000000000000000000000000000000000000000000000000000000; done", cache_dir);
    bk_sandbox_blob blob;
    static const unsigned char zero[32];
    CHECK(!bk_sandbox_cache_get(&cache, zero, &blob));
    CHECK(served());
    /* A link to the right content. */
    shell("mv '%s' '%s.real'", entry());
    shell("cd '%s' && for f in *.real; do ln -s \"$f\" \"${f%%.real}\"; done", cache_dir);
    shell("rm -f '%s'/0000*", cache_dir);
    CHECK(!served());
    shell("rm -f '%s'/*.real", cache_dir);
    CHECK(served());
    /* The same entry after the key was changed. */
    flip(key_file, 3);
    CHECK(!served());
    CHECK(served());
    /* A key that others could read is replaced. */
    shell("chmod 0644 '%s'", key_file);
    CHECK(!served());
    CHECK(served());
    shell("rm '%s'", key_file);
    CHECK(!served());
    CHECK(served());
    /* A directory that others could write to. */
    shell("chmod 0777 '%s'", cache_dir);
    CHECK(!served());
    CHECK(!served());
    teardown();
}

TEST(without_a_place_it_only_costs_time) {
    setup();
    shell("touch '%s/cache'", base);
    CHECK(!served());
    CHECK(!served());
    teardown();
    setup();
    shell("ln -s /nowhere '%s/data'", base);
    CHECK(!served());
    CHECK(!served());
    teardown();
    bk_sandbox_cache none = {BK_S("relative"), BK_S("also")};
    cache = none;
    CHECK(!served());
    CHECK(access("relative", F_OK) != 0);
}

static void *worker(void *arg) {
    for (int i = 0; i < 4; i++) served();
    return arg;
}

TEST(two_at_once) {
    setup();
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++) CHECK(pthread_create(&threads[i], NULL, worker, NULL) == 0);
    for (size_t i = 0; i < 4; i++) pthread_join(threads[i], NULL);
    CHECK(served());
    size_t count = 0;
    DIR *dir = opendir(cache_dir);
    for (const struct dirent *e = dir ? readdir(dir) : NULL; e; e = readdir(dir)) count++;
    if (dir) closedir(dir);
    CHECK(count == 3); /* ".", "..", the entry: no temporary file is left */
    teardown();
}

int main(void) { return test_main(); }
