#define _GNU_SOURCE
#include "sandbox/compile.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/num.h"
#include "sandbox/beside.h"

#define PROGRAM "bulkhead-compile"

static uint64_t now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000u + (uint64_t)t.tv_nsec / 1000000u;
}

static int set_actions(posix_spawn_file_actions_t *actions, int fd) {
    int failed = posix_spawn_file_actions_adddup2(actions, fd, STDIN_FILENO);
    if (!failed) failed = posix_spawn_file_actions_adddup2(actions, fd, STDOUT_FILENO);
    if (!failed) failed = posix_spawn_file_actions_addopen(actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
#if defined(__GLIBC__) || defined(BK_HAVE_CLOSEFROM)
    if (!failed) failed = posix_spawn_file_actions_addclosefrom_np(actions, 3);
#endif
    return failed;
}

static int spawn(const char *path, int fd, const bk_sandbox_compile_limits *limits, char compiler, pid_t *ret) {
    char ms[BK_INT_TEXT], memory[BK_INT_TEXT], output[BK_INT_TEXT], which[2] = {compiler, 0};
    ms[bk_format_uint(limits->ms, ms)] = 0;
    memory[bk_format_uint(limits->memory, memory)] = 0;
    output[bk_format_uint(limits->output, output)] = 0;
    char program[] = PROGRAM, threads[] = "RAYON_NUM_THREADS=" BK_COMPILE_THREADS;
    char *argv[] = {program, ms, memory, output, which, NULL};
    char *environment[] = {threads, NULL};
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
        short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
#ifdef __APPLE__
        flags |= POSIX_SPAWN_CLOEXEC_DEFAULT;
#endif
        posix_spawnattr_setflags(&attr, flags);
        failed = set_actions(&actions, fd);
        if (!failed) failed = posix_spawn(ret, path, &actions, &attr, argv, environment);
        posix_spawnattr_destroy(&attr);
    }
    posix_spawn_file_actions_destroy(&actions);
    return failed;
}

typedef struct exchange {
    int fd;
    bk_str out; /* still to be sent */
    bk_buf *answer;
    size_t max;        /* of the answer */
    uint64_t deadline; /* ms */
} exchange;

/* One step of sending or receiving. *ret_done: the child has closed its end. */
static bk_status step(exchange *x, short events, bool *ret_done, bk_err *err) {
    if ((events & POLLOUT) && x->out.n) {
        ssize_t put = send(x->fd, x->out.p, x->out.n, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (put > 0) x->out = bk_str_from(x->out, (size_t)put);
        if (put < 0 && errno != EAGAIN && errno != EINTR) x->out.n = 0; /* it will not read any more; its answer tells */
        if (!x->out.n) shutdown(x->fd, SHUT_WR);
    }
    if (events & (POLLIN | POLLHUP | POLLERR)) {
        char *at = bk_buf_reserve(x->answer, (size_t)1 << 18);
        if (!at) return bk_buf_check(x->answer, err);
        ssize_t got = recv(x->fd, at, (size_t)1 << 18, MSG_DONTWAIT);
        if (got > 0) x->answer->n += (size_t)got;
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) *ret_done = true;
        if (x->answer->n > x->max) return bk_err_limit(err, "compiled module", x->max);
    }
    return BK_OK;
}

static bk_status run_exchange(exchange *x, uint32_t ms, bk_err *err) {
    bool done = false;
    while (!done) {
        uint64_t now = now_ms();
        if (now >= x->deadline)
            return bk_err_set(err, BK_ERR_TIMEOUT, "compiling the module took longer than its limit of %u.%03u s", ms / 1000, ms % 1000);
        struct pollfd p = {x->fd, (short)(POLLIN | (x->out.n ? POLLOUT : 0)), 0};
        int left = (int)(x->deadline - now > 60000 ? 60000 : x->deadline - now);
        int ready = poll(&p, 1, left);
        if (ready < 0 && errno != EINTR) return bk_err_set(err, BK_ERR_IO, "cannot wait for the compiler: %s", strerror(errno));
        if (ready > 0) BK_TRY(step(x, p.revents, &done, err));
    }
    return BK_OK;
}

/* What the child left behind. `begin` is where its answer starts. */
static bk_status verdict(bk_buf *answer, size_t begin, int state, bk_err *err) {
    bk_str text = bk_str_from(bk_buf_view(answer), begin);
    if (WIFSIGNALED(state) && (WTERMSIG(state) == SIGXCPU || WTERMSIG(state) == SIGKILL))
        return bk_err_set(err, BK_ERR_TIMEOUT, "compiling the module took more processor time than allowed");
    if (WIFSIGNALED(state) || !WIFEXITED(state) || WEXITSTATUS(state) != 0 || !text.n)
        return bk_err_set(err, BK_ERR_LIMIT, "the compiler gave up on the module (%s %d): more memory than allowed, or a fault of its own",
                          WIFSIGNALED(state) ? "signal" : "exit code", WIFSIGNALED(state) ? WTERMSIG(state) : WEXITSTATUS(state));
    if (text.p[0] == BK_COMPILE_CODE) {
        memmove(answer->p + begin, answer->p + begin + 1, text.n - 1);
        answer->n--;
        return BK_OK;
    }
    bk_str rest = bk_str_from(text, 1), line, last = {0};
    bk_str_line(&rest, &line);
    /* The cause stands in the last line of what the runtime says; the first is "failed to compile: …" at most. */
    bk_str more;
    while (bk_str_line(&rest, &more))
        if (bk_str_trim(more).n) last = bk_str_trim(more);
    if (bk_str_starts(last, BK_S("0: "))) last = bk_str_from(last, 3);
    bk_err_set(err, BK_ERR, "%.*s%s%.*s", BK_FMT(bk_str_sub(line, 0, 500)), last.n ? ": " : "", BK_FMT(bk_str_sub(last, 0, 500)));
    bk_buf_cut(answer, begin);
    return err->code;
}

static bk_status attempt(bk_str wasm, const bk_sandbox_compile_limits *limits, char compiler, uint64_t deadline, bk_buf *code,
                         bk_err *err) {
    int ends[2];
    pid_t child;
    char path[BK_BESIDE_PATH];
    BK_TRY(bk_beside_find(PROGRAM, "WebAssembly plugins", path, err));
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return bk_err_set(err, BK_ERR_IO, "cannot reach the compiler: %s", strerror(errno));
    int failed = spawn(path, ends[1], limits, compiler, &child);
    close(ends[1]);
    if (failed) {
        close(ends[0]);
        return bk_err_set(err, BK_ERR_IO, "cannot start %s: %s", path, strerror(failed));
    }
    size_t begin = code->n;
    exchange x = {.fd = ends[0], .out = wasm, .answer = code, .deadline = deadline};
    if (!bk_add(begin, limits->output + ((size_t)1 << 16), &x.max)) x.max = SIZE_MAX;
    if (code->max < x.max + ((size_t)1 << 18)) code->max = x.max + ((size_t)1 << 18);
    bk_status status = run_exchange(&x, limits->ms, err);
    close(ends[0]);
    if (status != BK_OK) kill(child, SIGKILL);
    int state = 0;
    while (waitpid(child, &state, 0) < 0 && errno == EINTR) continue;
    if (status != BK_OK) {
        bk_buf_cut(code, begin);
        return status;
    }
    return verdict(code, begin, state, err);
}

bk_status bk_sandbox_compile(bk_str wasm, const bk_sandbox_compile_limits *limits, bk_buf *code, bk_err *err) {
    uint64_t deadline = now_ms() + limits->ms;
    bk_status status = attempt(wasm, limits, BK_COMPILE_FAST, deadline, code, err);
    if (status != BK_ERR_LIMIT) return status;
    /* It ended in the midst of its work. If that was a fault of the fast compiler, the other does not have it. */
    bk_err_release(err);
    return attempt(wasm, limits, BK_COMPILE_PLAIN, deadline, code, err);
}
