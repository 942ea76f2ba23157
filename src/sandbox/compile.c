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
#ifdef __APPLE__
#include <mach-o/dyld.h>
#endif

#include <wasm.h>
#include <wasmtime.h>

#include "base/num.h"
#include "sandbox/compile_contain.h"
#include "sandbox/config.h"
#include "sandbox/foreign.h"

/* A user who types it by chance gets a compiler that reads standard input; nothing else happens. */
#define ASKED "compile-module-on-stdin"
/* Of the compiler. Each costs address space, and more than a few bring little. */
#define THREADS "4"
#define THREADS_N 4u

/* First byte of the answer. */
enum { ANSWER_CODE = 'C', ANSWER_REFUSED = 'E' };

static uint64_t now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000u + (uint64_t)t.tv_nsec / 1000000u;
}

/* ---- the child ---- */

bool bk_sandbox_compile_asked(int argc, char **argv) { return argc == 5 && strcmp(argv[1], ASKED) == 0; }

/* Arguments: milliseconds, memory, output. All of them checked: somebody may have typed them. */
static bool contain(char **argv, size_t *ret_output) {
    uint64_t ms, memory, output;
    if (bk_parse_uint(bk_str_c(argv[2]), 10, &ms) != BK_NUM_OK || bk_parse_uint(bk_str_c(argv[3]), 10, &memory) != BK_NUM_OK ||
        bk_parse_uint(bk_str_c(argv[4]), 10, &output) != BK_NUM_OK || output > SIZE_MAX)
        return false;
    *ret_output = (size_t)output;
    bk_sandbox_compile_limit(ms, THREADS_N, memory, output);
    return true;
}

static bool send_all(const char *p, size_t n) {
    for (size_t at = 0; at < n;) {
        ssize_t put = write(STDOUT_FILENO, p + at, n - at);
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) return false;
        at += (size_t)put;
    }
    return true;
}

static int refuse(bk_str why) {
    char tag = ANSWER_REFUSED;
    return send_all(&tag, 1) && send_all(why.p, why.n) ? 0 : 1;
}

static int refuse_error(wasmtime_error_t *error) {
    wasm_byte_vec_t text;
    wasmtime_error_message(error, &text);
    return refuse(bk_str_of(text.data, text.size));
}

static bool receive(bk_buf *to) {
    for (;;) {
        char *at = bk_buf_reserve(to, (size_t)1 << 16);
        if (!at) return false;
        ssize_t got = read(STDIN_FILENO, at, (size_t)1 << 16);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return got == 0;
        to->n += (size_t)got;
    }
}

static int compile_child(char **argv) {
    size_t output;
    bk_buf wasm;
    if (!contain(argv, &output)) return 1;
    wasm_engine_t *engine = wasm_engine_new_with_config(bk_sandbox_config_new_foreign());
    if (!engine) return 1;
    /* Nothing of the module has been seen until here. */
    bk_sandbox_compile_lock();
    bk_buf_init(&wasm, NULL, BK_FOREIGN_MODULE + ((size_t)1 << 17));
    if (!receive(&wasm)) return 1;
    wasmtime_module_t *module = NULL;
    wasmtime_error_t *error = wasmtime_module_new(engine, (const uint8_t *)wasm.p, wasm.n, &module);
    if (error) return refuse_error(error);
    wasm_byte_vec_t code;
    error = wasmtime_module_serialize(module, &code);
    if (error) return refuse_error(error);
    if (code.size > output) return refuse(BK_S("the compiled module is too large"));
    char tag = ANSWER_CODE;
    return send_all(&tag, 1) && send_all(code.data, code.size) ? 0 : 1;
}

/* Nothing is freed, and nobody's exit handlers run. */
int bk_sandbox_compile_child(char **argv) { _exit(compile_child(argv)); }

/* ---- the parent ---- */

static bool own_path(char *to, size_t cap) {
#ifdef __APPLE__
    uint32_t n = (uint32_t)cap;
    return _NSGetExecutablePath(to, &n) == 0;
#else
    static const char path[] = "/proc/self/exe";
    if (cap < sizeof path) return false;
    memcpy(to, path, sizeof path);
    return true;
#endif
}

static int set_actions(posix_spawn_file_actions_t *actions, int fd) {
    int failed = posix_spawn_file_actions_adddup2(actions, fd, STDIN_FILENO);
    if (!failed) failed = posix_spawn_file_actions_adddup2(actions, fd, STDOUT_FILENO);
    if (!failed) failed = posix_spawn_file_actions_addopen(actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
#ifdef __GLIBC__
    if (!failed) failed = posix_spawn_file_actions_addclosefrom_np(actions, 3);
#endif
    return failed;
}

static int spawn(int fd, const bk_sandbox_compile_limits *limits, pid_t *ret) {
    char path[4096], ms[BK_INT_TEXT], memory[BK_INT_TEXT], output[BK_INT_TEXT];
    if (!own_path(path, sizeof path)) return ENOENT;
    ms[bk_format_uint(limits->ms, ms)] = 0;
    memory[bk_format_uint(limits->memory, memory)] = 0;
    output[bk_format_uint(limits->output, output)] = 0;
    char program[] = "bulkhead", asked[] = ASKED, threads[] = "RAYON_NUM_THREADS=" THREADS;
    char *argv[] = {program, asked, ms, memory, output, NULL};
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
    if (text.p[0] == ANSWER_CODE) {
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

bk_status bk_sandbox_compile(bk_str wasm, const bk_sandbox_compile_limits *limits, bk_buf *code, bk_err *err) {
    int ends[2];
    pid_t child;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return bk_err_set(err, BK_ERR_IO, "cannot reach the compiler: %s", strerror(errno));
    int failed = spawn(ends[1], limits, &child);
    close(ends[1]);
    if (failed) {
        close(ends[0]);
        return bk_err_set(err, BK_ERR_IO, "cannot start the compiler: %s", strerror(failed));
    }
    size_t begin = code->n;
    exchange x = {.fd = ends[0], .out = wasm, .answer = code, .deadline = now_ms() + limits->ms};
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
