// links: host
/* Plugins without the program around them: loading, digests, hooks. */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugin/subprocess.h"
#include "plugin/types.h"
#include "test.h"

extern char **environ;

typedef struct place {
    bk_arena arena;
    bk_err err;
    char dir[64];
    bk_guard *guard;
} place;

static bk_str path_of(place *p, const char *name) {
    bk_str s;
    CHECK(bk_arena_printf(&p->arena, &s, "%s/%s", p->dir, name));
    return s;
}

static void write_file(place *p, const char *name, const char *text, int mode) {
    FILE *f = fopen(path_of(p, name).p, "w");
    CHECK(f != NULL);
    if (!f) return;
    fputs(text, f);
    fclose(f);
    chmod(path_of(p, name).p, (mode_t)mode);
}

static bk_str read_text(place *p, const char *name) {
    bk_str s = BK_S("(none)");
    bk_err ignored = BK_ERR_INIT;
    bk_plugin_read_file(&p->arena, bk_str_c(p->dir), name, 1 << 16, &s, &ignored);
    bk_err_release(&ignored);
    return s;
}

static void begin(place *p, bk_profile profile) {
    const bk_guard_options options = {.policy = bk_policy_builtin(profile)};
    *p = (place){.err = BK_ERR_INIT};
    bk_arena_init(&p->arena, 0);
    memcpy(p->dir, "/tmp/bk-plugin-XXXXXX", 22);
    CHECK(mkdtemp(p->dir) != NULL);
    CHECK_OK(bk_guard_new(&options, &p->guard, &p->err), &p->err);
}

static void end(place *p) {
    static const char *const names[] = {"plugin.yaml", "plugin.wasm", "out", "link", "run.sh"};
    for (size_t i = 0; i < BK_COUNT(names); i++) unlink(path_of(p, names[i]).p);
    rmdir(p->dir);
    bk_guard_free(p->guard);
    bk_err_release(&p->err);
    bk_arena_release(&p->arena);
}

static bk_plugin_world world_of(place *p) { return (bk_plugin_world){.arena = &p->arena, .guard = p->guard, .environment = environ}; }

static void load(place *p, bk_plugin *ret) { CHECK_OK(bk_plugin_load(&p->arena, bk_str_c(p->dir), false, ret, &p->err), &p->err); }

#define V1 "apiVersion: v1\nname: hooked\nversion: 0.1.0\ntype: cli/v1\nruntime: subprocess\n"

TEST(hooks) {
    static const struct {
        const char *file, *event, *want, *error;
    } cases[] = {
        {"name: hooked\nhooks:\n  install: 'printf %s \"$HELM_PLUGIN_NAME $1 \\$HOME\" > \"$HELM_PLUGIN_DIR/out\"'\n", "install",
         "hooked  $HOME", NULL},
        /* "$1" is expanded here, before the shell: to nothing. */
        {V1 "runtimeConfig:\n  platformHooks:\n    install:\n    - command: sh\n      args: [-c, 'printf %s \"${HELM_PLUGIN_NAME}-$1x\" > "
            "$HELM_PLUGIN_DIR/out', a, b]\n",
         "install", "hooked-x", NULL},
        {"name: hooked\nhooks: {install: 'echo x'}\n", "update", "(none)", NULL},
        {"name: hooked\nhooks: {delete: 'exit 3'}\n", "delete", "(none)", "plugin delete hook for \"hooked\" exited with error"},
        {V1 "runtimeConfig: {platformHooks: {install: [{os: windows, command: x}]}}\n", "install", "(none)",
         "no plugin command is applicable"},
        {V1 "runtimeConfig: {platformHooks: {install: [{command: no-such-program}]}}\n", "install", "(none)",
         "exec: \"no-such-program\": executable file not found in $PATH"},
    };
    for (size_t i = 0; i < BK_COUNT(cases); i++) {
        place p;
        bk_plugin plugin = {0};
        begin(&p, BK_PROFILE_HELM);
        write_file(&p, "plugin.yaml", cases[i].file, 0644);
        load(&p, &plugin);
        const bk_plugin_world world = world_of(&p);
        bk_status s = bk_plugin_run_hook(&world, &plugin, cases[i].event, BK_S(""), &p.err);
        CHECK((s == BK_OK) == (cases[i].error == NULL));
        if (cases[i].error) CHECK_STR(bk_err_message(&p.err), cases[i].error);
        else if (s != BK_OK) printf("%.*s\n", BK_FMT(bk_err_message(&p.err)));
        CHECK_STR(read_text(&p, "out"), cases[i].want);
        end(&p);
    }
}

TEST(hooks_need_a_grant) {
    place p;
    bk_plugin plugin = {0};
    begin(&p, BK_PROFILE_DEFAULT);
    write_file(&p, "plugin.yaml", "name: hooked\nhooks: {install: 'echo x > \"$HELM_PLUGIN_DIR/out\"'}\n", 0644);
    load(&p, &plugin);
    const bk_plugin_world world = world_of(&p);
    CHECK(bk_plugin_has_hook(&plugin, "install") && !bk_plugin_has_hook(&plugin, "update"));
    CHECK(bk_plugin_run_hook(&world, &plugin, "install", BK_S(""), &p.err) == BK_ERR_DENIED);
    CHECK(bk_str_contains(bk_err_message(&p.err), BK_S("the guard denies exec")));
    CHECK_STR(read_text(&p, "out"), "(none)");
    end(&p);
}

static bk_str tree(place *p, char digest[BK_PLUGIN_DIGEST_TEXT]) {
    CHECK_OK(bk_plugin_tree_digest(&p->arena, bk_str_c(p->dir), digest, &p->err), &p->err);
    return bk_str_c(digest);
}

/* Any change of a folder is a change of its digest. */
TEST(tree_digest) {
    place p;
    char digest[8][BK_PLUGIN_DIGEST_TEXT];
    bk_str seen[8];
    size_t n = 0;
    begin(&p, BK_PROFILE_DEFAULT);
    write_file(&p, "plugin.yaml", "name: x\n", 0644);
    seen[n] = tree(&p, digest[n]), n++;
    write_file(&p, "run.sh", "echo 1\n", 0644);
    seen[n] = tree(&p, digest[n]), n++;
    write_file(&p, "run.sh", "echo 1\n", 0755);
    seen[n] = tree(&p, digest[n]), n++;
    write_file(&p, "run.sh", "echo 2\n", 0755);
    seen[n] = tree(&p, digest[n]), n++;
    CHECK(symlink("run.sh", path_of(&p, "link").p) == 0);
    seen[n] = tree(&p, digest[n]), n++;
    unlink(path_of(&p, "link").p);
    CHECK(symlink("/etc/passwd", path_of(&p, "link").p) == 0);
    seen[n] = tree(&p, digest[n]), n++;
    for (size_t i = 0; i < n; i++) {
        CHECK(bk_str_starts(seen[i], BK_S("sha256:")) && seen[i].n == BK_PLUGIN_DIGEST_TEXT - 1);
        for (size_t k = 0; k < i; k++) CHECK(!bk_str_eq(seen[i], seen[k]));
    }
    CHECK_VIEW(tree(&p, digest[n]), seen[n - 1]);
    unlink(path_of(&p, "link").p);
    CHECK(mkfifo(path_of(&p, "link").p, 0600) == 0);
    CHECK(bk_plugin_tree_digest(&p.arena, bk_str_c(p.dir), digest[n], &p.err) != BK_OK);
    end(&p);
}

/* Go's os.Expand. */
TEST(expansion) {
    static const struct {
        const char *text, *want;
    } cases[] = {{"$A", "1"},  {"${A}", "1"},      {"$A$B", "12"},  {"$AB", ""},      {"${AB}x", "x"}, {"$", "$"},     {"a$", "a$"},
                 {"$$A", "A"}, {"${}x", "x"},      {"${x", "x"},    {"$-A", "A"},     {"$1A", "A"},    {"${*}x", "x"}, {"$ A", "$ A"},
                 {"", ""},     {"${A}${B}", "12"}, {"\\$A", "\\1"}, {"$A.$B", "1.2"}, {"$_A", ""},     {"%$A%", "%1%"}};
    bk_arena arena;
    bk_err err = BK_ERR_INIT;
    bk_process_env env;
    char *const pairs[] = {"A=1", "B=2", "A=1", "=odd", "none", NULL};
    bk_arena_init(&arena, 0);
    CHECK_OK(bk_process_env_init(&env, &arena, pairs, &err), &err);
    for (size_t i = 0; i < BK_COUNT(cases); i++) {
        bk_str got = BK_S("");
        CHECK_OK(bk_process_expand(&arena, bk_str_c(cases[i].text), &env, &got, &err), &err);
        CHECK_STR(got, cases[i].want);
    }
    bk_arena_release(&arena);
}

TEST_MAIN()
