/* Starting a program, feeding it, reading what it says. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "plugin/subprocess.h"
#include "value/gofmt.h"

enum { NAP_MS = 100, MANNERS_MS = 500 };

/* The signal that came while a child of ours ran; one at a time runs so. */
static volatile sig_atomic_t ended_by;
static void note_signal(int number) { ended_by = number; }

/* ---- the program ---- */

static const char *words_of(int error) {
    switch (error) {
    case ENOENT: return "no such file or directory";
    case EACCES: return "permission denied";
    case ENOEXEC: return "exec format error";
    case E2BIG: return "argument list too long";
    case ENOTDIR: return "not a directory";
    case ETXTBSY: return "text file busy";
    case ENOMEM: return "cannot allocate memory";
    case EAGAIN: return "resource temporarily unavailable";
    default: return strerror(error);
    }
}

static bool is_program(const char *path) {
    struct stat st;
    return stat(path, &st) == 0 && !S_ISDIR(st.st_mode) && (st.st_mode & 0111) && access(path, X_OK) == 0;
}

/* Where a name without a slash is, by PATH; what PATH finds in the working folder is refused, as by Go. */
static bk_status look_up(bk_arena *arena, bk_str program, const bk_process_env *env, bk_str *ret, bk_err *err) {
    bk_str rest = bk_process_env_get(env, BK_S("PATH")), dir, path;
    if (!program.n) return bk_err_set(err, BK_ERR, "exec: no command");
    if (bk_str_find_byte(program, '/') != BK_NPOS) return bk_arena_dup(arena, program, ret) ? BK_OK : bk_arena_fail(arena, err);
    for (bool more = true; more && program.n;) {
        more = bk_str_cut(rest, BK_S(":"), &dir, &rest);
        bool here = !dir.n || dir.p[0] != '/';
        if (!bk_arena_printf(arena, &path, "%.*s/%.*s", BK_FMT(dir.n ? dir : BK_S(".")), BK_FMT(program))) return bk_arena_fail(arena, err);
        if (!is_program(path.p)) continue;
        if (here) return bk_fmt_fail(err, "exec: %q: cannot run executable found relative to current directory", program);
        *ret = path;
        return BK_OK;
    }
    return bk_fmt_fail(err, "exec: %q: executable file not found in $PATH", program);
}

/* ---- the child ---- */

typedef struct child {
    const bk_process *process;
    pid_t pid;
    int in, out, error; /* our ends of its pipes; -1: none */
    size_t written;
    uint64_t deadline; /* monotonic, ms; 0: none */
    bool group;        /* it leads a process group of its own */
    bk_err *err;
} child;

static void close_end(int *fd) {
    if (*fd >= 0) close(*fd);
    *fd = -1;
}

/* Vectors for exec, ended by NULL. */
static bk_status vectors(bk_arena *arena, const bk_process *p, char ***ret_argv, char ***ret_envp, bk_err *err) {
    char **argv = BK_NEW_ARRAY(arena, char *, p->words.count + 1), **envp = BK_NEW_ARRAY(arena, char *, p->env->count + 1);
    if (!argv || !envp) return bk_arena_fail(arena, err);
    for (size_t i = 0; i < p->words.count; i++) {
        char *copy = bk_arena_alloc(arena, p->words.items[i].n + 1);
        if (!copy) return bk_arena_fail(arena, err);
        if (bk_str_find_byte(p->words.items[i], 0) != BK_NPOS) return bk_err_set(err, BK_ERR, "fork/exec: invalid argument");
        if (p->words.items[i].n) memcpy(copy, p->words.items[i].p, p->words.items[i].n);
        copy[p->words.items[i].n] = 0;
        argv[i] = copy;
    }
    for (size_t i = 0; i < p->env->count; i++) {
        const bk_plugin_pair *e = &p->env->items[i];
        char *copy = bk_arena_alloc(arena, e->key.n + e->value.n + 2);
        if (!copy) return bk_arena_fail(arena, err);
        memcpy(copy, e->key.p, e->key.n);
        copy[e->key.n] = '=';
        if (e->value.n) memcpy(copy + e->key.n + 1, e->value.p, e->value.n);
        copy[e->key.n + 1 + e->value.n] = 0;
        envp[i] = copy;
    }
    *ret_argv = argv;
    *ret_envp = envp;
    return BK_OK;
}

/* A pipe: `ours` stays here, `theirs` becomes the child's `fd`. */
static bk_status make_pipe(bool from_child, int *ours, int *theirs, bk_err *err) {
    int ends[2];
    if (pipe(ends) != 0) return bk_err_set(err, BK_ERR_IO, "cannot make a pipe: %s", strerror(errno));
    for (int i = 0; i < 2; i++) fcntl(ends[i], F_SETFD, FD_CLOEXEC);
    *ours = ends[from_child ? 0 : 1];
    *theirs = ends[from_child ? 1 : 0];
    return BK_OK;
}

typedef struct theirs {
    int in, out, error;
} theirs;

static bk_status make_pipes(child *c, theirs *t) {
    const bk_process *p = c->process;
    if (p->input == BK_STDIN_BYTES) BK_TRY(make_pipe(false, &c->in, &t->in, c->err));
    if (p->input == BK_STDIN_NONE) {
        t->in = open("/dev/null", O_RDONLY | O_CLOEXEC);
        if (t->in < 0) return bk_err_set(c->err, BK_ERR_IO, "open /dev/null: %s", strerror(errno));
    }
    if (p->out) BK_TRY(make_pipe(true, &c->out, &t->out, c->err));
    if (p->error && p->error != p->out) BK_TRY(make_pipe(true, &c->error, &t->error, c->err));
    return BK_OK;
}

static int spawn(child *c, const theirs *t, const char *path, char **argv, char **envp) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    sigset_t defaults, mask;
    int failed = posix_spawn_file_actions_init(&actions);
    if (failed) return failed;
    failed = posix_spawnattr_init(&attr);
    if (failed) {
        posix_spawn_file_actions_destroy(&actions);
        return failed;
    }
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    sigemptyset(&mask);
    if (t->in >= 0) failed = posix_spawn_file_actions_adddup2(&actions, t->in, STDIN_FILENO);
    if (!failed && t->out >= 0) failed = posix_spawn_file_actions_adddup2(&actions, t->out, STDOUT_FILENO);
    if (!failed && t->error >= 0) failed = posix_spawn_file_actions_adddup2(&actions, t->error, STDERR_FILENO);
    if (!failed && c->process->out && c->process->error == c->process->out)
        failed = posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
    if (!failed) failed = posix_spawnattr_setsigdefault(&attr, &defaults);
    if (!failed) failed = posix_spawnattr_setsigmask(&attr, &mask);
    if (!failed) failed = posix_spawnattr_setpgroup(&attr, 0);
    int flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | (c->group ? POSIX_SPAWN_SETPGROUP : 0);
    if (!failed) failed = posix_spawnattr_setflags(&attr, (short)flags);
    if (!failed) failed = posix_spawn(&c->pid, path, &actions, &attr, argv, envp);
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&actions);
    return failed;
}

/* ---- feeding and reading ---- */

/* Writes some of the input; a child that does not read it is its own affair. */
static void feed(child *c) {
    bk_str left = bk_str_from(c->process->bytes, c->written);
    ssize_t n = left.n ? write(c->in, left.p, left.n) : 0;
    if (n > 0) c->written += (size_t)n;
    bool wait = n < 0 && (errno == EINTR || errno == EAGAIN);
    if ((n < 0 && !wait) || c->written == c->process->bytes.n) close_end(&c->in);
}

static bk_status read_end(child *c, int *fd, bk_buf *to) {
    size_t max = c->process->max ? c->process->max : BK_PROCESS_OUTPUT;
    char *at = bk_buf_reserve(to, 64 << 10);
    if (!at) return bk_buf_check(to, c->err);
    ssize_t n = read(*fd, at, 64 << 10);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) return BK_OK;
    if (n <= 0) {
        close_end(fd);
        return BK_OK;
    }
    to->n += (size_t)n;
    return to->n > max ? bk_err_limit(c->err, "output of the plugin's process", max) : BK_OK;
}

static uint64_t now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000u + (uint64_t)t.tv_nsec / 1000000u;
}

/* For poll: -1 without a limit. A signal that comes just before the poll is seen behind it. */
static int time_left(const child *c) {
    uint64_t now = now_ms();
    if (c->process->ours && (!c->deadline || c->deadline > now + NAP_MS)) return NAP_MS;
    if (!c->deadline) return -1;
    return now >= c->deadline ? 0 : c->deadline - now > 60000 ? 60000 : (int)(c->deadline - now);
}

static bk_status too_late(const child *c) {
    return bk_err_set(c->err, BK_ERR_TIMEOUT, "the process ran longer than %u.%u s", c->process->time_ms / 1000,
                      c->process->time_ms % 1000 / 100);
}

static bk_status was_interrupted(const child *c) { return ended_by ? bk_err_set(c->err, BK_ERR, "interrupted") : BK_OK; }

static bk_status talk(child *c) {
    while (c->in >= 0 || c->out >= 0 || c->error >= 0) {
        struct pollfd ends[] = {{.fd = c->in, .events = POLLOUT}, {.fd = c->out, .events = POLLIN}, {.fd = c->error, .events = POLLIN}};
        int left = time_left(c);
        if (left == 0) return too_late(c);
        BK_TRY(was_interrupted(c));
        if (poll(ends, BK_COUNT(ends), left) < 0) {
            if (errno == EINTR) continue;
            return bk_err_set(c->err, BK_ERR_IO, "cannot wait for the plugin's process: %s", strerror(errno));
        }
        if (ends[0].revents) feed(c);
        if (ends[1].revents) BK_TRY(read_end(c, &c->out, c->process->out));
        if (ends[2].revents) BK_TRY(read_end(c, &c->error, c->process->error));
    }
    return BK_OK;
}

static int wait_for(pid_t pid) {
    int status;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR) return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* A pipe whose reader is gone is an error of write here, not a signal that ends the program. */
static void block_pipe_signal(sigset_t *old) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &set, old);
}

static void restore_signals(const sigset_t *old) {
    sigset_t set, pending;
    int signal;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    if (!sigismember(old, SIGPIPE) && sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE)) sigwait(&set, &signal);
    pthread_sigmask(SIG_SETMASK, old, NULL);
}

/* ---- signals that end us ---- */

static const int ending[] = {SIGINT, SIGTERM, SIGHUP};

typedef struct handlers {
    struct sigaction old[BK_COUNT(ending)];
} handlers;

static void take_signals(handlers *h) {
    const struct sigaction on = {.sa_handler = note_signal};
    ended_by = 0;
    for (size_t i = 0; i < BK_COUNT(ending); i++) {
        sigaction(ending[i], NULL, &h->old[i]);
        if (h->old[i].sa_handler != SIG_IGN) sigaction(ending[i], &on, NULL);
    }
}

/* What came meanwhile goes to whom it was meant for. */
static void give_signals_back(const handlers *h) {
    for (size_t i = 0; i < BK_COUNT(ending); i++) sigaction(ending[i], &h->old[i], NULL);
    if (ended_by) raise(ended_by);
}

/* ---- the end ---- */

static bool is_over(const child *c) {
    siginfo_t over = {0};
    return waitid(P_PID, (id_t)c->pid, &over, WEXITED | WNOHANG | WNOWAIT) != 0 || over.si_pid != 0;
}

/* One that has the terminal is asked first: it may have settings of it to put back. */
static void end_child(const child *c) {
    if (c->process->ours && !c->group) {
        kill(c->pid, SIGTERM);
        for (uint64_t until = now_ms() + MANNERS_MS; !is_over(c) && now_ms() < until;) poll(NULL, 0, 5);
    }
    kill(c->group ? -c->pid : c->pid, SIGKILL);
}

static bk_status run_child(child *c, int *ret_code) {
    sigset_t old;
    if (c->in >= 0) fcntl(c->in, F_SETFL, fcntl(c->in, F_GETFL) | O_NONBLOCK);
    block_pipe_signal(&old);
    bk_status s = talk(c);
    restore_signals(&old);
    /* One that closes its streams and stays is waited for as well. */
    while (s == BK_OK && (c->deadline || c->process->ours) && !is_over(c)) {
        s = time_left(c) == 0 ? too_late(c) : was_interrupted(c);
        if (s == BK_OK) poll(NULL, 0, 5);
    }
    if (s != BK_OK) end_child(c);
    *ret_code = wait_for(c->pid);
    return s;
}

bk_status bk_process_run(bk_arena *arena, const bk_process *process, int *ret_code, bk_err *err) {
    child c = {.process = process, .in = -1, .out = -1, .error = -1, .err = err};
    c.group = process->ours && process->input != BK_STDIN_OURS;
    if (process->time_ms) c.deadline = now_ms() + process->time_ms;
    theirs t = {-1, -1, -1};
    char **argv = NULL, **envp = NULL;
    bk_str path = BK_S("");
    BK_TRY(look_up(arena, process->words.items[0], process->env, &path, err));
    BK_TRY(vectors(arena, process, &argv, &envp, err));
    handlers h;
    bk_status s = make_pipes(&c, &t);
    if (process->ours) take_signals(&h);
    int failed = s == BK_OK ? spawn(&c, &t, path.p, argv, envp) : 0;
    close_end(&t.in);
    close_end(&t.out);
    close_end(&t.error);
    if (failed) s = bk_err_set(err, BK_ERR, "fork/exec %.*s: %s", BK_FMT(path), words_of(failed));
    else if (s == BK_OK) s = run_child(&c, ret_code);
    close_end(&c.in);
    close_end(&c.out);
    close_end(&c.error);
    if (process->ours) give_signals_back(&h);
    return s;
}
