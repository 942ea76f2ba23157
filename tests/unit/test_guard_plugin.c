// links: host
/* Plugins as subjects of the guard, without a plugin: what the host asks on one's behalf. */
#include "guard/plugin.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guard/grants.h"
#include "guard/ledger.h"
#include "test.h"

#define DIGEST "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define OTHER "sha256:ffff456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

typedef struct run {
    bk_guard *guard;
    bk_plugin_call *call;
    bk_arena arena;
    bk_err err;
    char dir[64], store[128], ledger[128];
    bk_buf told;
} run;

static void told(void *self, bk_str line) {
    run *r = self;
    bk_buf_str(&r->told, line);
    bk_buf_byte(&r->told, '\n');
}

static void run_start(run *r) {
    *r = (run){.err = BK_ERR_INIT};
    bk_arena_init(&r->arena, 0);
    bk_buf_init(&r->told, NULL, 0);
    memcpy(r->dir, "/tmp/bk-plugin-XXXXXX", 22);
    CHECK(mkdtemp(r->dir) != NULL);
    snprintf(r->store, sizeof r->store, "%s/plugin-grants.json", r->dir);
    snprintf(r->ledger, sizeof r->ledger, "%s/ledger", r->dir);
}

static void run_end(run *r) {
    static const char *const files[] = {"plugin-grants.json", "plugin-grants.json.lock", "ledger", "other"};
    bk_guard_free(r->guard);
    bk_err_release(&r->err);
    bk_buf_release(&r->told);
    bk_arena_release(&r->arena);
    for (size_t i = 0; i < BK_COUNT(files); i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", r->dir, files[i]);
        unlink(path);
    }
    CHECK(rmdir(r->dir) == 0);
}

static const bk_plugin_subject s3 = {.name = {"s3", 2},
                                     .version = {"1.2.0", 5},
                                     .type = {"getter/v1", 9},
                                     .runtime = {"extism/v1", 9},
                                     .digest = {DIGEST, sizeof DIGEST - 1},
                                     .pinned = true};

static void begin(run *r, const bk_guard_options *options) {
    if (!r->guard) CHECK_OK(bk_guard_new(options, &r->guard, &r->err), &r->err);
    CHECK_OK(bk_guard_plugin_begin(r->guard, &s3, BK_S("helm_plugin_main"), BK_S("{}"), &r->call, &r->err), &r->err);
}

static bk_status ask(run *r, bk_right right, const char *target, bool requested, bk_plugin_answer *answer) {
    const bk_plugin_ask a = {.right = right, .target = bk_str_c(target), .requested = requested};
    return bk_guard_plugin_ask(r->call, &a, answer, &r->err);
}

static void expect(run *r, bk_status got, bk_status want, const char *message) {
    CHECK(got == want);
    CHECK_STR(bk_err_message(&r->err), message);
    bk_err_release(&r->err);
}

static const char denied[] =
    "the guard denies http of s3.example.com, asked for by the plugin s3 1.2.0: built-in: hosts are denied until granted; to allow it: bulkhead plugin "
    "grant s3 http=s3.example.com, or for one run --grant plugin/s3:http=s3.example.com";

TEST(a_denial_stays) {
    run r;
    run_start(&r);
    begin(&r, &(bk_guard_options){0});
    CHECK_OK(ask(&r, BK_RIGHT_CLOCK, "", true, NULL), &r.err);
    expect(&r, ask(&r, BK_RIGHT_HTTP, "s3.example.com", true, NULL), BK_ERR_DENIED, denied);
    expect(&r, ask(&r, BK_RIGHT_CLOCK, "", true, NULL), BK_ERR_DENIED, denied);
    expect(&r, bk_guard_plugin_end(r.call, BK_OK, BK_S("out"), &r.err), BK_ERR_DENIED, denied);
    /* The next call begins anew. */
    begin(&r, NULL);
    CHECK_OK(ask(&r, BK_RIGHT_CLOCK, "", true, NULL), &r.err);
    CHECK_OK(bk_guard_plugin_end(r.call, BK_OK, BK_S("out"), &r.err), &r.err);
    run_end(&r);
}

TEST(what_is_not_requested_is_never_granted) {
    run r;
    run_start(&r);
    bk_str grants[] = {BK_S("plugin/s3:http")};
    begin(&r, &(bk_guard_options){.policy = bk_policy_builtin(BK_PROFILE_HELM), .grants = grants, .grant_count = 1, .warn = true});
    expect(
        &r, ask(&r, BK_RIGHT_HTTP, "a.example.com", false, NULL), BK_ERR_DENIED,
        "the guard denies http of a.example.com, asked for by the plugin s3 1.2.0: built-in: its plugin.yaml does not ask for it, so no grant can "
        "allow it");
    run_end(&r);
}

TEST(grants_of_a_run) {
    static const struct {
        const char *grant, *host;
        bool allowed, exact;
    } cases[] = {
        {"plugin/s3:http=s3.example.com", "s3.example.com", true, true},
        {"plugin/s3:http=S3.Example.com", "s3.example.com", true, true},
        {"plugin/s3:http=*.example.com", "s3.example.com", true, false},
        {"plugin/s3:http=*.example.com", "a.s3.example.com", false, false},
        {"plugin/s3:http=**.example.com", "a.s3.example.com", true, false},
        {"plugin/s3:http", "s3.example.com", true, false},
        {"http=s3.example.com", "s3.example.com", true, true},
        {"plugin/gs:http=s3.example.com", "s3.example.com", false, false},
        {"plugin/s3@" DIGEST ":http=s3.example.com", "s3.example.com", true, true},
        {"plugin/s3@" OTHER ":http=s3.example.com", "s3.example.com", false, false},
        {"plugin/s3:tempdir", "s3.example.com", false, false},
    };
    for (size_t i = 0; i < BK_COUNT(cases); i++) {
        run r;
        bk_plugin_answer answer = {0};
        run_start(&r);
        bk_str grant = bk_str_c(cases[i].grant);
        begin(&r, &(bk_guard_options){.grants = &grant, .grant_count = 1});
        bk_status s = ask(&r, BK_RIGHT_HTTP, cases[i].host, true, &answer);
        CHECK(s == (cases[i].allowed ? BK_OK : BK_ERR_DENIED));
        CHECK(answer.exact == cases[i].exact && answer.granted == cases[i].allowed);
        run_end(&r);
    }
}

TEST(profiles) {
    static const struct {
        bk_right right;
        const char *target;
        bool allowed[BK_PROFILE_COUNT];
    } cases[] = {
        {BK_RIGHT_CLOCK, "", {true, false, true}},
        {BK_RIGHT_SEED, "", {true, false, true}},
        {BK_RIGHT_HTTP, "a.example.com", {false, false, true}},
        {BK_RIGHT_TEMPDIR, "", {false, false, true}},
        {BK_RIGHT_EXEC, "", {false, false, true}},
        {BK_RIGHT_TOKEN, "cluster", {false, false, true}},
        {BK_RIGHT_HOST_FUNCTION, "helm_log", {false, false, false}},
        {BK_RIGHT_LOOKUP, "v1/Secret/x/y", {false, false, true}},
        {BK_RIGHT_ENV, "HELM_NAMESPACE", {true, false, true}},
        {BK_RIGHT_ENV, "HELM_KUBETOKEN", {false, false, true}},
        {BK_RIGHT_ENV, "AWS_SECRET_ACCESS_KEY", {false, false, true}},
    };
    for (size_t p = 0; p < BK_PROFILE_COUNT; p++) {
        run r;
        run_start(&r);
        begin(&r, &(bk_guard_options){.policy = bk_policy_builtin((bk_profile)p)});
        CHECK(bk_guard_profile(r.guard) == (bk_profile)p);
        for (size_t i = 0; i < BK_COUNT(cases); i++) {
            bool allowed = false;
            bk_str rule;
            CHECK_OK(bk_guard_plugin_judge(r.guard, &s3, cases[i].right, bk_str_c(cases[i].target), &allowed, &rule, &r.err), &r.err);
            if (allowed != cases[i].allowed[p]) printf("profile %zu, %s %s\n", p, bk_right_get(cases[i].right)->name, cases[i].target);
            CHECK(allowed == cases[i].allowed[p] && rule.n);
        }
        run_end(&r);
    }
}

TEST(warn_mode_tells_once) {
    run r;
    run_start(&r);
    begin(&r, &(bk_guard_options){.warn = true, .tell = told, .tell_self = &r});
    CHECK_OK(ask(&r, BK_RIGHT_HTTP, "s3.example.com", true, NULL), &r.err);
    CHECK_OK(ask(&r, BK_RIGHT_HTTP, "s3.example.com", true, NULL), &r.err);
    CHECK_STR(bk_buf_view(&r.told),
              "the guard would deny http of s3.example.com, asked for by the plugin s3 1.2.0: built-in: hosts are denied until "
              "granted; to allow it: bulkhead plugin grant s3 http=s3.example.com, or for one run --grant "
              "plugin/s3:http=s3.example.com\n");
    CHECK_OK(bk_guard_plugin_end(r.call, BK_OK, BK_S(""), &r.err), &r.err);
    run_end(&r);
}

TEST(variables_are_left_out_quietly) {
    run r;
    bool allowed = true;
    run_start(&r);
    bk_str grants[] = {BK_S("plugin/s3:env=AWS_*")};
    begin(&r, &(bk_guard_options){.grants = grants, .grant_count = 1});
    CHECK_OK(bk_guard_plugin_filter(r.call, &(bk_plugin_ask){.right = BK_RIGHT_ENV, .target = BK_S("HOME"), .requested = true}, &allowed,
                                    &r.err),
             &r.err);
    CHECK(!allowed);
    CHECK_OK(bk_guard_plugin_filter(r.call, &(bk_plugin_ask){.right = BK_RIGHT_ENV, .target = BK_S("AWS_X"), .requested = true}, &allowed,
                                    &r.err),
             &r.err);
    CHECK(allowed);
    CHECK_OK(bk_guard_plugin_end(r.call, BK_OK, BK_S(""), &r.err), &r.err);
    run_end(&r);
}

static bk_str file_text(run *r, const char *path) {
    char *room = bk_arena_alloc(&r->arena, 1 << 16);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? 0 : read(fd, room, 1 << 16);
    if (fd >= 0) close(fd);
    return bk_str_of(room, n > 0 ? (size_t)n : 0);
}

TEST(the_ledger_tells_of_plugins) {
    run r;
    uint64_t lines = 0;
    run_start(&r);
    bk_str grants[] = {BK_S("plugin/s3:http=s3.example.com")};
    bk_plugin_answer answer;
    begin(&r, &(bk_guard_options){.grants = grants, .grant_count = 1, .ledger = r.ledger});
    CHECK_OK(ask(&r, BK_RIGHT_HTTP, "s3.example.com", true, &answer), &r.err);
    /* Before the effect, whatever happens then. */
    bk_str text = file_text(&r, r.ledger);
    CHECK(bk_str_contains(
        text,
        BK_S("\"effect\":\"http\",\"plugin\":\"s3\",\"call\":2,\"target\":\"s3.example.com\",\"decision\":\"allow\",\"rule\":\"--grant "
             "plugin/s3:http=s3.example.com\"")));
    CHECK_OK(bk_guard_plugin_answered(r.call, &answer, BK_OK, BK_S("secret"), &r.err), &r.err);
    CHECK(ask(&r, BK_RIGHT_TEMPDIR, "", true, NULL) == BK_ERR_DENIED);
    bk_err_release(&r.err);
    CHECK(bk_guard_plugin_end(r.call, BK_OK, BK_S("out"), &r.err) == BK_ERR_DENIED);
    CHECK(bk_guard_close(r.guard, BK_ERR_DENIED, &r.err) == BK_ERR_DENIED);
    bk_err_release(&r.err);
    text = file_text(&r, r.ledger);
    CHECK_OK(bk_ledger_verify(text, &lines, &r.err), &r.err);
    CHECK(lines == 8);
    CHECK(!bk_str_contains(text, BK_S("secret")));
    CHECK(bk_str_contains(
        text,
        BK_S("\"type\":\"plugin\",\"plugin\":\"s3\",\"version\":\"1.2.0\",\"kind\":\"getter/v1\",\"runtime\":\"extism/v1\",\"digest\":"
             "\"" DIGEST "\",\"pinned\":true,\"entry\":\"helm_plugin_main\"")));
    CHECK(bk_str_contains(text, BK_S("\"type\":\"answer\",\"to\":3,\"bytes\":6,\"hmac\"")));
    CHECK(bk_str_contains(text, BK_S("\"type\":\"plugin-end\",\"to\":2,\"outcome\":\"denied\"")));
    run_end(&r);
}

/* A ledger of many lines is written through a mapping: every decision is in the file at once, and what was reserved is given back. */
TEST(long_ledgers) {
    enum { ASKS = 6000 };
    run r;
    uint64_t lines = 0;
    struct stat st;
    run_start(&r);
    bk_str grants[] = {BK_S("plugin/s3:http=s3.example.com")};
    begin(&r, &(bk_guard_options){.grants = grants, .grant_count = 1, .ledger = r.ledger});
    for (size_t i = 0; i < ASKS; i++) CHECK_OK(ask(&r, BK_RIGHT_HTTP, "s3.example.com", true, NULL), &r.err);
    char *room = malloc(8 << 20);
    int fd = open(r.ledger, O_RDONLY | O_CLOEXEC);
    ssize_t n = read(fd, room, 8 << 20);
    close(fd);
    bk_str text = bk_str_of(room, n > 0 ? (size_t)n : 0);
    /* As after a kill: all decisions, and no end. */
    bk_str whole = bk_str_sub(text, 0, bk_str_rfind_byte(text, '\n') + 1);
    size_t count = 0;
    for (size_t i = 0; i < whole.n; i++) count += whole.p[i] == '\n';
    CHECK(count == ASKS + 3 && whole.n < text.n);
    CHECK(bk_ledger_verify(text, &lines, &r.err) == BK_ERR);
    CHECK_STR(bk_err_message(&r.err), "ledger: line 6004 is cut short");
    bk_err_release(&r.err);
    CHECK_OK(bk_guard_plugin_end(r.call, BK_OK, BK_S("out"), &r.err), &r.err);
    CHECK_OK(bk_guard_close(r.guard, BK_OK, &r.err), &r.err);
    fd = open(r.ledger, O_RDONLY | O_CLOEXEC);
    n = read(fd, room, 8 << 20);
    CHECK(fstat(fd, &st) == 0 && st.st_size == n);
    close(fd);
    CHECK_OK(bk_ledger_verify(bk_str_of(room, (size_t)n), &lines, &r.err), &r.err);
    CHECK(lines == ASKS + 5);
    free(room);
    run_end(&r);
}

/* ---- the store ---- */

static bk_status add(run *r, const bk_plugin_subject *s, const char *grant) {
    bk_str g = bk_str_c(grant);
    return bk_grants_add(r->store, s, &g, 1, NULL, &r->err);
}

TEST(stored_grants_hold_for_one_content) {
    run r;
    bk_plugin_subject changed = s3;
    bk_grants grants;
    size_t n = 9;
    run_start(&r);
    changed.digest = BK_S(OTHER);
    CHECK_OK(add(&r, &s3, "http=s3.example.com"), &r.err);
    CHECK_OK(add(&r, &s3, "tempdir"), &r.err);
    struct stat st;
    CHECK(stat(r.store, &st) == 0 && (st.st_mode & 07777) == 0600);
    CHECK_OK(bk_guard_new(&(bk_guard_options){.plugin_grants = r.store}, &r.guard, &r.err), &r.err);
    begin(&r, NULL);
    bk_plugin_answer answer;
    CHECK_OK(ask(&r, BK_RIGHT_HTTP, "s3.example.com", true, &answer), &r.err);
    CHECK(answer.exact);
    CHECK_OK(ask(&r, BK_RIGHT_TEMPDIR, "", true, NULL), &r.err);
    CHECK_OK(bk_guard_plugin_end(r.call, BK_OK, BK_S(""), &r.err), &r.err);
    CHECK_OK(bk_guard_plugin_begin(r.guard, &changed, BK_S("x"), BK_S(""), &r.call, &r.err), &r.err);
    CHECK(ask(&r, BK_RIGHT_TEMPDIR, "", true, NULL) == BK_ERR_DENIED);
    CHECK(bk_str_contains(bk_err_message(&r.err), BK_S("it is not what it was when it was granted something")));
    bk_err_release(&r.err);
    CHECK_OK(bk_grants_load(&r.arena, r.store, &grants, &r.err), &r.err);
    CHECK(grants.count == 1 && bk_grants_stale(&grants, &changed) && !bk_grants_stale(&grants, &s3));
    bk_str one = BK_S("http");
    CHECK_OK(bk_grants_remove(r.store, BK_S("s3"), &one, 1, &n, &r.err), &r.err);
    CHECK(n == 1);
    CHECK_OK(bk_grants_remove(r.store, BK_S("s3"), NULL, 0, &n, &r.err), &r.err);
    CHECK(n == 1);
    CHECK_OK(bk_grants_load(&r.arena, r.store, &grants, &r.err), &r.err);
    CHECK(grants.count == 0);
    run_end(&r);
}

TEST(links_of_development_are_bound_to_their_path) {
    run r;
    bk_grants grants;
    bk_plugin_subject dev = {.name = BK_S("dev"), .path = BK_S("/home/me/dev"), .digest = BK_S(DIGEST)}, moved = dev;
    run_start(&r);
    moved.path = BK_S("/home/me/other");
    CHECK_OK(add(&r, &dev, "exec"), &r.err);
    dev.digest = BK_S(OTHER);
    CHECK_OK(bk_grants_load(&r.arena, r.store, &grants, &r.err), &r.err);
    CHECK(bk_grants_find(&grants, &dev) && !bk_grants_find(&grants, &moved));
    moved.path = BK_S("");
    CHECK(!bk_grants_find(&grants, &moved));
    run_end(&r);
}

TEST(bad_grants_change_nothing) {
    run r;
    bk_plugin_subject nameless = s3, unbound = s3;
    run_start(&r);
    nameless.name = BK_S("");
    unbound.digest = BK_S("");
    expect(&r, add(&r, &s3, "htpp=x"), BK_ERR, "invalid grant \"htpp=x\": \"htpp\" is no effect; a grant is [CHART:]EFFECT[=PATTERN]");
    expect(&r, add(&r, &s3, "hook-kind=Job"), BK_ERR, "invalid grant \"hook-kind=Job\": plugins do not ask for hook-kind");
    expect(&r, add(&r, &unbound, "tempdir"), BK_ERR, "the plugin s3 has no digest that a grant could be bound to");
    CHECK(access(r.store, F_OK) != 0);
    run_end(&r);
}

static void write_text(const char *path, const char *text, mode_t mode) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) && fchmod(fd, mode) == 0);
    if (fd >= 0) close(fd);
}

TEST(a_store_that_is_not_the_users_own_is_refused) {
    static const struct {
        const char *text;
        mode_t mode;
        const char *message;
    } cases[] = {
        {"{\"version\":1,\"plugins\":[]}", 0622,
         "plugin grants plugin-grants.json: can be written by others (chmod go-w makes it yours alone)"},
        {"", 0600, "plugin grants: unexpected end of JSON input"},
        {"[]", 0600, "plugin grants: not an object with \"version\" and \"plugins\""},
        {"{\"version\":2,\"plugins\":[]}", 0600, "plugin grants: of another version than 1"},
        {"{\"version\":1,\"plugins\":{}}", 0600, "plugin grants: \"plugins\" is no list, or too long a one"},
        {"{\"version\":1,\"plugins\":[{\"name\":\"x\",\"grants\":[]}]}", 0600,
         "plugin grants: a plugin with neither a digest nor a path, or with both"},
        {"{\"version\":1,\"plugins\":[{\"name\":\"x\",\"path\":\"/x\",\"grants\":[\"htpp\"]}]}", 0600,
         "plugin grants: \"htpp\" of the plugin x: \"htpp\" is no effect; a grant is [CHART:]EFFECT[=PATTERN]"},
        {"{\"version\":1,\"plugins\":[{\"name\":\"x\",\"path\":\"/x\",\"grant\":[]}]}", 0600, "plugin grants: an unknown key of a plugin"},
    };
    for (size_t i = 0; i < BK_COUNT(cases); i++) {
        run r;
        bk_grants grants;
        run_start(&r);
        write_text(r.store, cases[i].text, cases[i].mode);
        expect(&r, bk_grants_load(&r.arena, r.store, &grants, &r.err), cases[i].mode == 0600 ? BK_ERR : BK_ERR_IO, cases[i].message);
        bk_str g = BK_S("tempdir");
        CHECK(bk_grants_add(r.store, &s3, &g, 1, NULL, &r.err) != BK_OK);
        bk_err_release(&r.err);
        run_end(&r);
    }
    run r;
    bk_grants grants;
    char other[128];
    run_start(&r);
    snprintf(other, sizeof other, "%s/other", r.dir);
    write_text(other, "{\"version\":1,\"plugins\":[]}", 0600);
    CHECK(symlink(other, r.store) == 0);
    expect(&r, bk_grants_load(&r.arena, r.store, &grants, &r.err), BK_ERR_IO, "plugin grants plugin-grants.json: is a symbolic link");
    unlink(r.store);
    CHECK(link(other, r.store) == 0);
    expect(&r, bk_grants_load(&r.arena, r.store, &grants, &r.err), BK_ERR_IO,
           "plugin grants plugin-grants.json: has a second name (hard link)");
    unlink(r.store);
    CHECK(mkdir(r.store, 0700) == 0);
    expect(&r, bk_grants_load(&r.arena, r.store, &grants, &r.err), BK_ERR_IO, "plugin grants plugin-grants.json: is a directory");
    rmdir(r.store);
    CHECK(mkfifo(r.store, 0600) == 0);
    expect(&r, bk_grants_load(&r.arena, r.store, &grants, &r.err), BK_ERR_IO, "plugin grants plugin-grants.json: is no regular file");
    unlink(r.store);
    CHECK(chmod(r.dir, 0777) == 0);
    CHECK(bk_grants_load(&r.arena, r.store, &grants, &r.err) == BK_ERR_IO);
    bk_err_release(&r.err);
    run_end(&r);
}

/* ---- limits ---- */

TEST(limits_by_profile) {
    const bk_subject who = {.kind = BK_SUBJECT_PLUGIN, .plugin = BK_S("s3")};
    bk_plugin_limits none = {0}, got;
    bk_policy_limits(bk_policy_builtin(BK_PROFILE_DEFAULT), &who, &none, 17, &got, NULL);
    CHECK(got.of[BK_PLUGIN_LIMIT_PAGES] == 4096 && got.of[BK_PLUGIN_LIMIT_TIME] == 30000 && got.of[BK_PLUGIN_LIMIT_HTTP_RESPONSE] == 4096);
    bk_policy_limits(bk_policy_builtin(BK_PROFILE_STRICT), &who, &none, 17, &got, NULL);
    CHECK(got.of[BK_PLUGIN_LIMIT_PAGES] == 21);
    bk_policy_limits(bk_policy_builtin(BK_PROFILE_HELM), &who, &none, 17, &got, NULL);
    CHECK(got.of[BK_PLUGIN_LIMIT_PAGES] == BK_LIMIT_NONE);
    bk_plugin_limits asked = {.of = {[BK_PLUGIN_LIMIT_PAGES] = 64, [BK_PLUGIN_LIMIT_TIME] = 600000}};
    bk_policy_limits(bk_policy_builtin(BK_PROFILE_STRICT), &who, &asked, 17, &got, NULL);
    CHECK(got.of[BK_PLUGIN_LIMIT_PAGES] == 64 && got.of[BK_PLUGIN_LIMIT_TIME] == 600000 && got.of[BK_PLUGIN_LIMIT_WALL] == 600000);
    bk_limit_rule rules[] = {{.subject = who, .limits = {.of = {[BK_PLUGIN_LIMIT_PAGES] = 32}}},
                             {.limits = {.of = {[BK_PLUGIN_LIMIT_PAGES] = 16}}}};
    const bk_policy policy = {.limits = rules, .limit_count = 2};
    bk_policy_limits(&policy, &who, &asked, 17, &got, NULL);
    CHECK(got.of[BK_PLUGIN_LIMIT_PAGES] == 32);
    bk_policy_limits(&policy, &(bk_subject){.kind = BK_SUBJECT_PLUGIN, .plugin = BK_S("x")}, &none, 17, &got, NULL);
    CHECK(got.of[BK_PLUGIN_LIMIT_PAGES] == 16);
}

TEST(digests) {
    bk_arena arena;
    bk_buf a, b;
    bk_arena_init(&arena, 0);
    bk_buf_init(&a, &arena, 0);
    bk_buf_init(&b, &arena, 0);
    bk_plugin_digest(&a, BK_S("ab"), BK_S("c"));
    bk_plugin_digest(&b, BK_S("a"), BK_S("bc"));
    CHECK(a.n == 71 && bk_digest_text(bk_buf_view(&a)) && !bk_str_eq(bk_buf_view(&a), bk_buf_view(&b)));
    bk_arena_release(&arena);
}

TEST_MAIN()
