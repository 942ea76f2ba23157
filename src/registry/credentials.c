#include "registry/credentials.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data/json.h"
#include "base/base64.h"
#include "registry/credential_helper.h"
#include "registry/files.h"
#include "value/gofmt.h"
#include "value/map.h"

#define FILE_MAX ((size_t)16 << 20)
#define DOCKER_SERVER "https://index.docker.io/v1/"

typedef struct config_file {
    bk_str path;
    bk_map *content; /* all of it; never NULL */
    bk_map *auths, *helpers;
    bk_str store;    /* the helper for every server; empty: none */
    bk_str detected; /* the system's own helper, while the file says nothing about anybody */
} config_file;

struct bk_credentials {
    bk_arena *arena;
    char *const *environment;
    config_file own, docker;
    bool has_docker;
};

bk_str bk_credentials_server(bk_str registry) {
    bool docker = bk_str_eq(registry, BK_S("docker.io")) || bk_str_eq(registry, BK_S("registry-1.docker.io"));
    return docker ? BK_S(DOCKER_SERVER) : registry;
}

/* ---- a file taken apart ---- */

static bk_status malformed(bk_err *err, const char *where) {
    return bk_err_set(err, BK_ERR, "failed to unmarshal %s field: invalid config format", where);
}

/* A member of a kind, or none (null counts as none). */
static bk_status member(bk_map *m, const char *key, bk_kind kind, const char *where, bk_value *ret, bk_err *err) {
    bk_value *v = m ? bk_map_get(m, bk_str_c(key)) : NULL;
    *ret = bk_nil();
    if (!v || bk_is_nil(*v)) return BK_OK;
    if (v->kind != (uint8_t)kind || (kind == BK_STRING && bk_json_is_number(*v))) return malformed(err, where);
    *ret = *v;
    return BK_OK;
}

static bk_status text_member(bk_map *m, const char *key, const char *where, bk_str *ret, bk_err *err) {
    bk_value v;
    BK_TRY(member(m, key, BK_STRING, where, &v, err));
    *ret = bk_is_nil(v) ? BK_S("") : bk_value_str(v);
    return BK_OK;
}

static bk_status take_apart(bk_arena *arena, bk_str text, config_file *f, bk_err *err) {
    bk_value v = bk_nil(), auths, helpers;
    size_t used;
    if (bk_str_trim(text).n) {
        if (bk_json_decode_first(arena, text, BK_JSON_NUMBER, BK_T_MAP, &v, &used, err) != BK_OK)
            return bk_err_wrap(err, "failed to decode config file %.*s: invalid config format", BK_FMT(f->path));
    }
    f->content = v.kind == BK_MAP && v.map ? v.map : bk_map_new(arena, 4);
    if (!f->content) return bk_arena_fail(arena, err);
    BK_TRY(text_member(f->content, "credsStore", "creds store", &f->store, err));
    BK_TRY(member(f->content, "credHelpers", BK_MAP, "cred helpers", &helpers, err));
    BK_TRY(member(f->content, "auths", BK_MAP, "auths", &auths, err));
    f->helpers = helpers.kind == BK_MAP ? helpers.map : NULL;
    f->auths = auths.kind == BK_MAP ? auths.map : NULL;
    return BK_OK;
}

static bk_str host_of(bk_str address) {
    if (bk_str_starts(address, BK_S("http://"))) address = bk_str_from(address, 7);
    if (bk_str_starts(address, BK_S("https://"))) address = bk_str_from(address, 8);
    size_t slash = bk_str_find_byte(address, '/');
    return slash == BK_NPOS ? address : bk_str_sub(address, 0, slash);
}

/* The entry of a server: by its very name, else the first whose address is that host. */
static bk_value *entry_of(bk_map *auths, bk_str server) {
    if (!auths) return NULL;
    bk_value *v = bk_map_get(auths, server);
    if (v) return v;
    for (size_t i = 0; i < bk_map_len(auths); i++) {
        const bk_map_entry *e = bk_map_at(auths, i);
        if (bk_str_eq(host_of(e->key), server)) return bk_map_get(auths, e->key);
    }
    return NULL;
}

/* What the field says is never part of a message: it is a secret, if a damaged one. */
static bk_status decode_auth(bk_arena *arena, bk_str text, bk_credential *c, bk_err *err) {
    bk_str plain;
    bk_err reason = BK_ERR_INIT;
    if (bk_base64_decode(arena, text, &plain, &reason) != BK_OK) {
        bk_err_set(err, BK_ERR, "failed to decode auth field: invalid config format: %.*s", BK_FMT(bk_err_message(&reason)));
        bk_err_release(&reason);
        return BK_ERR;
    }
    if (!bk_str_cut(plain, BK_S(":"), &c->username, &c->password))
        return bk_err_set(err, BK_ERR, "failed to decode auth field: invalid config format: it does not hold username:password");
    return BK_OK;
}

static bk_status read_entry(bk_arena *arena, bk_value *entry, bk_credential *ret, bk_err *err) {
    bk_credential c = {0};
    bk_str auth = {0};
    if (!entry || bk_is_nil(*entry)) return BK_OK;
    if (entry->kind != BK_MAP) return malformed(err, "auth");
    BK_TRY(text_member(entry->map, "username", "auth", &c.username, err));
    BK_TRY(text_member(entry->map, "password", "auth", &c.password, err));
    BK_TRY(text_member(entry->map, "identitytoken", "auth", &c.identity_token, err));
    BK_TRY(text_member(entry->map, "registrytoken", "auth", &c.registry_token, err));
    BK_TRY(text_member(entry->map, "auth", "auth", &auth, err));
    if (auth.n) BK_TRY(decode_auth(arena, auth, &c, err));
    *ret = c;
    return BK_OK;
}

bk_status bk_credentials_parse(bk_arena *arena, bk_str text, bk_str server, bk_credential *ret, bk_err *err) {
    config_file f = {.path = BK_S("config.json")};
    *ret = (bk_credential){0};
    BK_TRY(take_apart(arena, text, &f, err));
    return read_entry(arena, entry_of(f.auths, server), ret, err);
}

/* ---- files ---- */

static bk_status read_all(bk_arena *arena, int fd, bk_str path, bk_str *ret, bk_err *err) {
    bk_buf b;
    bk_buf_init(&b, arena, FILE_MAX);
    for (;;) {
        char *to = bk_buf_reserve(&b, 16 << 10);
        if (!to) return bk_buf_check(&b, err);
        ssize_t n = read(fd, to, 16 << 10);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return bk_path_error("read", path, errno, err);
        if (n == 0) break;
        b.n += (size_t)n;
    }
    *ret = bk_buf_take(&b);
    return BK_OK;
}

static bk_status load(bk_credentials *c, config_file *f, bk_err *err) {
    bk_str text = BK_S("");
    int fd = open(f->path.p, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && errno != ENOENT) {
        bk_path_error("open", f->path, errno, err);
        return bk_err_wrap(err, "failed to open config file at %.*s", BK_FMT(f->path));
    }
    bk_status s = fd < 0 ? BK_OK : read_all(c->arena, fd, f->path, &text, err);
    if (fd >= 0) close(fd);
    if (s == BK_OK) s = take_apart(c->arena, text, f, err);
    if (s != BK_OK) return s;
    bool silent = !f->store.n && bk_map_len(f->helpers) == 0 && bk_map_len(f->auths) == 0;
    f->detected = silent ? bk_credential_helper_of_system(c->arena, c->environment) : BK_S("");
    return BK_OK;
}

static bk_status docker_path(bk_credentials *c, bk_str *ret, bk_err *err) {
    bk_str dir = bk_environment_get(c->environment, "DOCKER_CONFIG"), home = bk_environment_get(c->environment, "HOME");
    bool ok = true;
    if (dir.n) ok = bk_arena_printf(c->arena, ret, "%.*s/config.json", BK_FMT(dir));
    else if (home.n) ok = bk_arena_printf(c->arena, ret, "%.*s/.docker/config.json", BK_FMT(home));
    else *ret = BK_S("");
    return ok ? BK_OK : bk_arena_fail(c->arena, err);
}

bk_status bk_credentials_open(bk_arena *arena, const bk_credentials_options *options, bk_credentials **ret, bk_err *err) {
    bk_credentials *c = BK_NEW(arena, bk_credentials);
    if (!c) return bk_arena_fail(arena, err);
    c->arena = arena;
    c->environment = options->environment;
    if (!bk_arena_dup(arena, options->path, &c->own.path)) return bk_arena_fail(arena, err);
    BK_TRY(load(c, &c->own, err));
    BK_TRY(docker_path(c, &c->docker.path, err));
    c->has_docker = c->docker.path.n > 0;
    if (c->has_docker) BK_TRY(load(c, &c->docker, err));
    *ret = c;
    return BK_OK;
}

/* ---- looking up ---- */

static bk_status helper_for(const config_file *f, bk_str server, bk_str *ret, bk_err *err) {
    BK_TRY(text_member(f->helpers, server.p, "cred helpers", ret, err));
    if (!ret->n) *ret = f->store.n ? f->store : f->detected;
    return BK_OK;
}

static bk_status get_from(bk_credentials *c, const config_file *f, bk_str server, bk_credential *ret, bk_err *err) {
    bk_str helper;
    BK_TRY(helper_for(f, server, &helper, err));
    if (helper.n) return bk_credential_helper_get(c->arena, helper, c->environment, server, ret, err);
    return read_entry(c->arena, entry_of(f->auths, server), ret, err);
}

bk_status bk_credentials_get(bk_credentials *c, bk_str server, bk_credential *ret, bk_err *err) {
    bk_credential found = {0};
    if (!bk_arena_dup(c->arena, server, &server)) return bk_arena_fail(c->arena, err);
    BK_TRY(get_from(c, &c->own, server, &found, err));
    if (bk_credential_empty(&found) && c->has_docker) BK_TRY(get_from(c, &c->docker, server, &found, err));
    *ret = found;
    return BK_OK;
}

/* ---- writing ---- */

static bk_status save(bk_credentials *c, int dir, bk_err *err) {
    config_file *f = &c->own;
    bk_buf out;
    if (!f->auths) f->auths = bk_map_new(c->arena, 1);
    bool ok = f->auths && bk_map_set(f->content, BK_S("auths"), bk_map_value(f->auths));
    if (ok && f->store.n) ok = bk_map_set(f->content, BK_S("credsStore"), bk_string(f->store));
    if (!ok) return bk_arena_fail(c->arena, err);
    bk_buf_init(&out, c->arena, 0);
    BK_TRY(bk_json_encode_indent(&out, c->arena, bk_map_value(f->content), BK_S(""), BK_S("\t"), BK_JSON_HTML, err));
    BK_TRY(bk_buf_check(&out, err));
    return bk_file_replace(dir, bk_path_base(f->path).p, f->path, bk_buf_view(&out), 0600, err);
}

/* The folder of the file, made for nobody but the operator where it is missing, and locked until it is closed. */
static bk_status open_folder(bk_credentials *c, int *ret, bk_err *err) {
    bk_str dir;
    size_t slash = bk_str_rfind_byte(c->own.path, '/');
    dir = slash == BK_NPOS ? BK_S(".") : bk_str_sub(c->own.path, 0, slash ? slash : 1);
    if (!bk_arena_dup(c->arena, dir, &dir)) return bk_arena_fail(c->arena, err);
    for (size_t i = 1; i <= dir.n; i++) {
        char *p = (char *)(uintptr_t)dir.p;
        if (i < dir.n && p[i] != '/') continue;
        char kept = p[i];
        p[i] = 0;
        bool ok = mkdir(p, 0700) == 0 || errno == EEXIST;
        int why = errno;
        p[i] = kept;
        if (!ok) {
            bk_path_error("mkdir", dir, why, err);
            return bk_err_wrap(err, "failed to make directory %.*s", BK_FMT(dir));
        }
    }
    BK_TRY(bk_dir_open(c->arena, dir, ret, err));
    while (flock(*ret, LOCK_EX) != 0 && errno == EINTR) continue;
    return BK_OK;
}

static bk_status base64(bk_arena *arena, const bk_credential *c, bk_str *ret, bk_err *err) {
    bk_str plain;
    bk_buf out;
    if (!bk_arena_printf(arena, &plain, "%.*s:%.*s", BK_FMT(c->username), BK_FMT(c->password))) return bk_arena_fail(arena, err);
    bk_buf_init(&out, arena, 0);
    bk_base64_encode(&out, plain);
    BK_TRY(bk_buf_check(&out, err));
    *ret = bk_buf_take(&out);
    return BK_OK;
}

static bk_status make_entry(bk_arena *arena, const bk_credential *c, bk_value *ret, bk_err *err) {
    bk_map *m = bk_map_new(arena, 3);
    bk_str auth = {0};
    if (!m) return bk_arena_fail(arena, err);
    if (c->username.n || c->password.n) BK_TRY(base64(arena, c, &auth, err));
    bool ok = !auth.n || bk_map_set(m, BK_S("auth"), bk_string(auth));
    if (ok && c->identity_token.n) ok = bk_map_set(m, BK_S("identitytoken"), bk_string(c->identity_token));
    if (ok && c->registry_token.n) ok = bk_map_set(m, BK_S("registrytoken"), bk_string(c->registry_token));
    *ret = bk_map_value(m);
    return ok ? BK_OK : bk_arena_fail(arena, err);
}

/* Under the lock: the file as it is now, with one entry made or taken away. */
static bk_status change(bk_credentials *c, int dir, bk_str server, const bk_credential *credential, bk_err *err) {
    config_file *f = &c->own;
    bk_value entry;
    bk_str detected = f->detected;
    BK_TRY(load(c, f, err));
    if (!credential) {
        if (!f->auths || !bk_map_delete(f->auths, server)) return BK_OK;
        return save(c, dir, err);
    }
    if (detected.n) { /* the system's helper has it: from now on the file says so */
        f->store = detected;
        return save(c, dir, err);
    }
    BK_TRY(make_entry(c->arena, credential, &entry, err));
    if (!f->auths) f->auths = bk_map_new(c->arena, 4);
    if (!f->auths || !bk_map_set(f->auths, server, entry)) return bk_arena_fail(c->arena, err);
    return save(c, dir, err);
}

static bk_status change_file(bk_credentials *c, bk_str server, const bk_credential *credential, bk_err *err) {
    int dir = -1;
    if (!c->own.path.n) return bk_err_set(err, BK_ERR, "there is no registry config file: HELM_REGISTRY_CONFIG is empty");
    BK_TRY(open_folder(c, &dir, err));
    bk_status s = change(c, dir, server, credential, err);
    close(dir);
    return s == BK_OK ? BK_OK : bk_err_wrap(err, "failed to save config file");
}

bk_status bk_credentials_put(bk_credentials *c, bk_str server, const bk_credential *credential, bk_err *err) {
    bk_str helper;
    if (bk_str_find_byte(credential->username, ':') != BK_NPOS)
        return bk_err_set(err, BK_ERR, "bad credential format: colons(:) are not allowed in username");
    if (!bk_arena_dup(c->arena, server, &server)) return bk_arena_fail(c->arena, err);
    BK_TRY(helper_for(&c->own, server, &helper, err));
    if (!helper.n) return change_file(c, server, credential, err);
    BK_TRY(bk_credential_helper_store(c->arena, helper, c->environment, server, credential, err));
    return c->own.detected.n ? change_file(c, server, credential, err) : BK_OK;
}

bk_status bk_credentials_delete(bk_credentials *c, bk_str server, bk_err *err) {
    bk_str helper;
    if (!bk_arena_dup(c->arena, server, &server)) return bk_arena_fail(c->arena, err);
    BK_TRY(helper_for(&c->own, server, &helper, err));
    if (helper.n) return bk_credential_helper_erase(c->arena, helper, c->environment, server, err);
    if (!c->own.auths || !bk_map_get(c->own.auths, server)) return BK_OK;
    return change_file(c, server, NULL, err);
}
