#define _GNU_SOURCE
#include "trust/openpgp.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/utf8.h"
#include "sandbox/beside.h"
#include "value/codec.h"
#include "value/map.h"

enum { SECONDS = 60, ANSWER_MAX = 16 << 20, IDENTITIES = 100 };
#define PROGRAM "bulkhead-openpgp"

/* ---- the program ---- */

static int spawn(const char *program, int fd, pid_t *ret) {
    char name[] = PROGRAM;
    char *argv[] = {name, NULL}, *environment[] = {NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    int failed = posix_spawn_file_actions_init(&actions);
    if (failed) return failed;
    failed = posix_spawnattr_init(&attr);
    if (!failed) {
        sigset_t none, all;
        sigemptyset(&none);
        sigfillset(&all);
        posix_spawnattr_setsigmask(&attr, &none);
        posix_spawnattr_setsigdefault(&attr, &all);
        posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
        failed = posix_spawn_file_actions_adddup2(&actions, fd, STDIN_FILENO);
        if (!failed) failed = posix_spawn_file_actions_adddup2(&actions, fd, STDOUT_FILENO);
        if (!failed) failed = posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
#if defined(__GLIBC__) || defined(BK_HAVE_CLOSEFROM)
        if (!failed) failed = posix_spawn_file_actions_addclosefrom_np(&actions, 3);
#endif
        if (!failed) failed = posix_spawn(ret, program, &actions, &attr, argv, environment);
        posix_spawnattr_destroy(&attr);
    }
    posix_spawn_file_actions_destroy(&actions);
    return failed;
}

static int64_t now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Sends all, then takes all that comes until the other end closes. */
static bk_status exchange(int fd, bk_str out, bk_buf *answer, bk_err *err) {
    int64_t deadline = now_ms() + SECONDS * 1000;
    if (!out.n) shutdown(fd, SHUT_WR);
    for (;;) {
        struct pollfd p = {fd, (short)(POLLIN | (out.n ? POLLOUT : 0)), 0};
        int64_t left = deadline - now_ms();
        if (left <= 0) return bk_err_set(err, BK_ERR_TIMEOUT, PROGRAM " did not answer within %d s", SECONDS);
        if (poll(&p, 1, (int)left) < 0 && errno != EINTR)
            return bk_err_set(err, BK_ERR_IO, "cannot wait for " PROGRAM ": %s", strerror(errno));
        if ((p.revents & POLLOUT) && out.n) {
            ssize_t n = send(fd, out.p, out.n, MSG_NOSIGNAL | MSG_DONTWAIT);
            if (n > 0) out = bk_str_from(out, (size_t)n);
            else if (n < 0 && errno != EAGAIN && errno != EINTR) out.n = 0; /* it ended: its answer, or that there is none, tells */
            if (!out.n) shutdown(fd, SHUT_WR);
        }
        if (!(p.revents & (POLLIN | POLLHUP | POLLERR))) continue;
        char *at = bk_buf_reserve(answer, 64 << 10);
        if (!at) return bk_buf_check(answer, err);
        ssize_t n = recv(fd, at, 64 << 10, MSG_DONTWAIT);
        if (n > 0) answer->n += (size_t)n;
        else if (n == 0 || (errno != EAGAIN && errno != EINTR)) return BK_OK;
    }
}

static bk_status run(const char *program, bk_str request, bk_buf *answer, bk_err *err) {
    int ends[2];
    pid_t child;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return bk_err_set(err, BK_ERR_IO, "cannot reach " PROGRAM ": %s", strerror(errno));
    int failed = spawn(program, ends[1], &child);
    close(ends[1]);
    if (failed) {
        close(ends[0]);
        return bk_err_set(err, BK_ERR_IO, "cannot start %s: %s", program, strerror(failed));
    }
    bk_status s = exchange(ends[0], request, answer, err);
    close(ends[0]);
    if (s != BK_OK) kill(child, SIGKILL);
    int state = 0;
    while (waitpid(child, &state, 0) < 0 && errno == EINTR) continue;
    if (s == BK_OK && (!WIFEXITED(state) || WEXITSTATUS(state) != 0))
        return bk_err_set(err, BK_ERR, PROGRAM " failed (%s %d)", WIFSIGNALED(state) ? "signal" : "exit code",
                          WIFSIGNALED(state) ? WTERMSIG(state) : WEXITSTATUS(state));
    return s;
}

/* ---- requests ---- */

typedef struct pair {
    const char *key;
    bk_str text;
} pair;

/* *ret: the answer; an error that it names is the result. The request may hold a pass phrase, so it is wiped. */
static bk_status ask(bk_arena *arena, const char *op, const pair *pairs, size_t n, bk_map **ret, bk_err *err) {
    char program[BK_BESIDE_PATH];
    bk_map *m = bk_map_new(arena, n + 1);
    bk_buf request, answer;
    bk_value v = bk_nil();
    bk_str copy;
    BK_TRY(bk_beside_find(PROGRAM, "signatures", program, err));
    bool ok = m && bk_map_set(m, BK_S("op"), bk_string(bk_str_c(op)));
    for (size_t i = 0; i < n; i++) ok = ok && bk_map_set(m, bk_str_c(pairs[i].key), bk_string(pairs[i].text));
    if (!ok) return bk_arena_fail(arena, err);
    bk_buf_init(&request, NULL, BK_TRUST_KEYRING_MAX + BK_TRUST_TEXT_MAX + (1u << 20));
    bk_buf_init(&answer, NULL, ANSWER_MAX);
    bk_status s = bk_codec_encode(&request, bk_map_value(m), err);
    if (s == BK_OK) s = run(program, bk_buf_view(&request), &answer, err);
    if (request.p) explicit_bzero(request.p, request.cap);
    if (s == BK_OK && !bk_arena_dup(arena, bk_buf_view(&answer), &copy)) s = bk_arena_fail(arena, err);
    if (s == BK_OK) s = bk_codec_decode_small(arena, copy, 4, 16, &v, err);
    bk_buf_release(&request);
    bk_buf_release(&answer);
    if (s != BK_OK) return s;
    if (v.kind != BK_MAP || !v.map) return bk_err_set(err, BK_ERR, PROGRAM " gave no answer");
    bk_str failure = bk_map_str(v.map, "error", BK_S(""));
    if (failure.n) return bk_err_set_str(err, BK_ERR, failure);
    *ret = v.map;
    return BK_OK;
}

static bk_status check_sizes(bk_str keyring, bk_str text, bk_err *err) {
    if (keyring.n > BK_TRUST_KEYRING_MAX) return bk_err_limit(err, "bytes of a keyring", BK_TRUST_KEYRING_MAX);
    if (text.n > BK_TRUST_TEXT_MAX) return bk_err_limit(err, "bytes of a signed text", BK_TRUST_TEXT_MAX);
    return BK_OK;
}

static bk_status read_identities(bk_arena *arena, bk_map *answer, bk_str **ret, size_t *ret_count, bk_err *err) {
    bk_value *list = bk_map_get(answer, BK_S("identities"));
    size_t n = list && list->kind == BK_LIST ? bk_value_len(*list) : 0;
    if (n > IDENTITIES) n = IDENTITIES;
    *ret = BK_NEW_ARRAY(arena, bk_str, n + 1);
    if (!*ret) return bk_arena_fail(arena, err);
    *ret_count = 0;
    for (size_t i = 0; i < n; i++)
        if (bk_is_string(list->items[i])) (*ret)[(*ret_count)++] = bk_value_str(list->items[i]);
    return BK_OK;
}

/* The text with plain newlines. */
static bk_status plain_lines(bk_arena *arena, bk_str text, bk_str *ret, bk_err *err) {
    bk_buf plain;
    bk_buf_init(&plain, arena, BK_TRUST_TEXT_MAX);
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] != '\r' || i + 1 == text.n || text.p[i + 1] != '\n') bk_buf_byte(&plain, text.p[i]);
    BK_TRY(bk_buf_check(&plain, err));
    *ret = bk_buf_take(&plain);
    return BK_OK;
}

/* Lines "Key: value" behind the mark of the signature, and an empty one. The library would do without. */
static bool has_armor_head(bk_str message) {
    static const bk_str mark = {"\n-----BEGIN PGP SIGNATURE-----", 30};
    size_t at = bk_str_find(message, mark);
    bk_str rest, line;
    if (at == BK_NPOS) return false;
    rest = bk_str_from(message, at + mark.n);
    if (!bk_str_cut(rest, BK_S("\n"), &line, &rest) || bk_str_trim(line).n) return false;
    while (bk_str_cut(rest, BK_S("\n"), &line, &rest)) {
        if (!bk_str_trim(line).n) return true;
        if (bk_str_find_byte(line, ':') == BK_NPOS) return false;
    }
    return false;
}

bk_status bk_openpgp_verify(bk_arena *arena, bk_str keyring, bk_str message, bk_str *ret_text, bk_signer *ret_signer, bk_err *err) {
    bk_map *answer;
    size_t at = bk_str_find(message, BK_S("-----BEGIN PGP SIGNED MESSAGE-----"));
    if (at == BK_NPOS || (at && message.p[at - 1] != '\n')) return bk_err_set(err, BK_ERR, "signature block not found");
    message = bk_str_from(message, at);
    if (!has_armor_head(message)) return bk_err_set(err, BK_ERR, "signature block not found");
    BK_TRY(check_sizes(keyring, message, err));
    const pair pairs[] = {{"keyring", keyring}, {"text", message}};
    BK_TRY(ask(arena, "verify", pairs, BK_COUNT(pairs), &answer, err));
    bk_str text = bk_map_str(answer, "text", BK_S(""));
    ret_signer->fingerprint = bk_map_str(answer, "fingerprint", BK_S(""));
    BK_TRY(read_identities(arena, answer, &ret_signer->identities, &ret_signer->identity_count, err));
    if (!ret_signer->fingerprint.n) return bk_err_set(err, BK_ERR, PROGRAM " names no signer");
    return plain_lines(arena, text, ret_text, err);
}

bk_status bk_openpgp_find_key(bk_arena *arena, bk_str keyring, bk_str name, bk_signing_key *ret, bk_err *err) {
    bk_map *answer;
    bk_str *names;
    size_t n;
    BK_TRY(check_sizes(keyring, BK_S(""), err));
    const pair pairs[] = {{"keyring", keyring}, {"key", name}};
    BK_TRY(ask(arena, "key", pairs, BK_COUNT(pairs), &answer, err));
    BK_TRY(read_identities(arena, answer, &names, &n, err));
    *ret = (bk_signing_key){n ? names[0] : BK_S("Unknown"), bk_map_bool(answer, "protected", false)};
    return BK_OK;
}

bk_status bk_openpgp_sign(bk_arena *arena, bk_str keyring, bk_str name, bk_str passphrase, bk_str text, bk_str *ret, bk_err *err) {
    bk_map *answer;
    BK_TRY(check_sizes(keyring, text, err));
    const pair pairs[] = {{"keyring", keyring}, {"key", name}, {"passphrase", passphrase}, {"text", text}};
    BK_TRY(ask(arena, "sign", pairs, BK_COUNT(pairs), &answer, err));
    BK_TRY(plain_lines(arena, bk_map_str(answer, "text", BK_S("")), ret, err));
    /* Go's writer ends without a newline. */
    if (bk_str_ends(*ret, BK_S("\n"))) ret->n--;
    return ret->n ? BK_OK : bk_err_set(err, BK_ERR, PROGRAM " gave no signature");
}
