/* Streams on descriptors of the program. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#include "plugin/wasi.h"

/* A write of this much to a pipe that is ready does not block. */
#define CHUNK 4096u

static uint64_t now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000u + (uint64_t)t.tv_nsec / 1000000u;
}

/* Waits for the event; TIMEOUT when the deadline (ms, UINT64_MAX: none) comes first. */
static bk_status await(int fd, short events, uint64_t deadline, const char *what, bk_err *err) {
    for (;;) {
        uint64_t now = now_ms();
        uint64_t left = deadline == UINT64_MAX ? UINT64_MAX : deadline > now ? deadline - now : 0;
        struct pollfd p = {fd, events, 0};
        int ready = poll(&p, 1, left == UINT64_MAX ? -1 : left > INT_MAX ? INT_MAX : (int)left);
        if (ready > 0) return BK_OK;
        if (ready == 0) return bk_err_set(err, BK_ERR_TIMEOUT, "%s: nothing came through within the time limit", what);
        if (errno != EINTR) return bk_err_set(err, BK_ERR_IO, "%s: %s", what, strerror(errno));
    }
}

static uint64_t deadline_of(uint32_t timeout_ms) { return timeout_ms == UINT32_MAX ? UINT64_MAX : now_ms() + timeout_ms; }

static bk_status fd_read(void *self, char *to, size_t n, uint32_t timeout_ms, size_t *ret_n, bk_err *err) {
    int fd = (int)(intptr_t)self;
    uint64_t deadline = deadline_of(timeout_ms);
    for (;;) {
        BK_TRY(await(fd, POLLIN, deadline, "stdin", err));
        ssize_t got = read(fd, to, n);
        if (got >= 0) {
            *ret_n = (size_t)got;
            return BK_OK;
        }
        if (errno != EINTR && errno != EAGAIN) return bk_err_set(err, BK_ERR_IO, "stdin: %s", strerror(errno));
    }
}

static bk_status fd_wait(void *self, uint32_t timeout_ms, bool *ret_ready, bk_err *err) {
    bk_status status = await((int)(intptr_t)self, POLLIN, deadline_of(timeout_ms), "stdin", err);
    *ret_ready = status == BK_OK;
    return status;
}

static bk_status fd_write(void *self, bk_str bytes, uint32_t timeout_ms, bk_err *err) {
    int fd = (int)(intptr_t)self;
    uint64_t deadline = deadline_of(timeout_ms);
    while (bytes.n) {
        BK_TRY(await(fd, POLLOUT, deadline, "output", err));
        ssize_t put = write(fd, bytes.p, bytes.n < CHUNK ? bytes.n : CHUNK);
        if (put >= 0) bytes = bk_str_from(bytes, (size_t)put);
        else if (errno != EINTR && errno != EAGAIN) return bk_err_set(err, BK_ERR_IO, "output: %s", strerror(errno));
    }
    return BK_OK;
}

bk_wasi_stream bk_wasi_stream_fd(int fd) {
    return (bk_wasi_stream){.self = (void *)(intptr_t)fd, .terminal = isatty(fd) == 1, .read = fd_read, .wait = fd_wait, .write = fd_write};
}
