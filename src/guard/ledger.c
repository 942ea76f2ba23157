#include "guard/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sandbox/digest.h"
#include "guard/escape.h"

#define COLLECT ((size_t)64 << 10)
/* After so many writes the file is mapped, a window at a time: what is stored in the window is in the file at once, without the price of a system call. */
#define PATIENCE 64u
#define WINDOW ((size_t)1 << 20)

struct bk_ledger {
    int fd;
    char *window;                     /* or NULL */
    size_t window_begin, window_size; /* in the file */
    unsigned writes;
    bool no_window;  /* the file system does not reserve room, or maps no files */
    bk_buf lines;    /* collected, not yet written */
    size_t begin;    /* where the line under construction begins in them */
    uint64_t number; /* of the next line */
    size_t written;
    unsigned char previous[BK_DIGEST_SIZE];
    bool broken;
};

static bk_status refuse(int fd, const char *what, const char *path, const char *why, bk_err *err) {
    close(fd);
    return bk_err_set(err, BK_ERR_IO, "%s %s: %s", what, path, why);
}

bk_status bk_ledger_open_file(const char *path, const char *what, int *ret_fd, bk_err *err) {
    /* Non-blocking, or a named pipe would hang here. */
    int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);
    if (fd < 0) return bk_err_set(err, BK_ERR_IO, "%s %s: %s", what, path, errno == ELOOP ? "is a symbolic link" : strerror(errno));
    struct stat st;
    if (fstat(fd, &st) != 0) return refuse(fd, what, path, strerror(errno), err);
    if (!S_ISREG(st.st_mode)) return refuse(fd, what, path, "is no regular file", err);
    if (st.st_uid != geteuid()) return refuse(fd, what, path, "belongs to another user", err);
    if (st.st_nlink != 1) return refuse(fd, what, path, "has a second name (hard link)", err);
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) return refuse(fd, what, path, "another run is writing it", err);
    if (fchmod(fd, 0600) != 0 || ftruncate(fd, 0) != 0) return refuse(fd, what, path, strerror(errno), err);
    *ret_fd = fd;
    return BK_OK;
}

bk_status bk_ledger_write(int fd, bk_str bytes, const char *what, bk_err *err) {
    while (bytes.n) {
        ssize_t n = write(fd, bytes.p, bytes.n);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return bk_err_set(err, BK_ERR_IO, "cannot write the %s: %s", what, n < 0 ? strerror(errno) : "nothing is taken");
        bytes = bk_str_from(bytes, (size_t)n);
    }
    return BK_OK;
}

bk_status bk_ledger_open(const char *path, bk_ledger **ret, bk_err *err) {
    bk_ledger *ledger = calloc(1, sizeof *ledger);
    if (!ledger) return bk_err_nomem(err);
    bk_buf_init(&ledger->lines, NULL, COLLECT * 4);
    bk_status status = bk_ledger_open_file(path, "ledger", &ledger->fd, err);
    if (status != BK_OK) {
        free(ledger);
        return status;
    }
    *ret = ledger;
    return BK_OK;
}

bk_buf *bk_ledger_begin(bk_ledger *ledger, const char *type) {
    bk_buf *line = &ledger->lines;
    ledger->begin = line->n;
    bk_buf_c(line, "{\"n\":");
    bk_buf_uint(line, ledger->number);
    bk_buf_c(line, ",\"prev\":\"");
    bk_digest_hex(line, ledger->previous);
    bk_buf_c(line, "\",\"type\":\"");
    bk_buf_c(line, type);
    bk_buf_byte(line, '"');
    return line;
}

static void close_window(bk_ledger *ledger) {
    if (ledger->window) munmap(ledger->window, ledger->window_size);
    ledger->window = NULL;
}

/* Makes a window that holds n bytes from where the file ends. Its room is reserved first: a full disk is an error here, not a signal later. False: none is to be had. */
static bool open_window(bk_ledger *ledger, size_t n) {
    size_t begin = ledger->written & ~((size_t)sysconf(_SC_PAGESIZE) - 1), size = n + (ledger->written - begin) + WINDOW;
    close_window(ledger);
    if (posix_fallocate(ledger->fd, (off_t)begin, (off_t)size) != 0) return false;
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, ledger->fd, (off_t)begin);
    if (p == MAP_FAILED) return false;
#ifdef MADV_POPULATE_WRITE
    (void)madvise(p, size,
                  MADV_POPULATE_WRITE); /* all pages at once are cheaper than a fault for each; where it is not known nothing is lost */
#endif
    ledger->window = p;
    ledger->window_begin = begin;
    ledger->window_size = size;
    return true;
}

static bool store_in_window(bk_ledger *ledger, bk_str bytes) {
    if (ledger->no_window || ledger->writes < PATIENCE) return false;
    bool fits = ledger->window && bytes.n <= ledger->window_begin + ledger->window_size - ledger->written;
    if (!fits && !open_window(ledger, bytes.n)) {
        ledger->no_window = true;
        return false;
    }
    memcpy(ledger->window + (ledger->written - ledger->window_begin), bytes.p, bytes.n);
    return true;
}

static bk_status flush_lines(bk_ledger *ledger, bk_err *err) {
    bk_str bytes = bk_buf_view(&ledger->lines);
    if (bytes.n > BK_LEDGER_MAX - ledger->written) return bk_err_limit(err, "bytes of the ledger", BK_LEDGER_MAX);
    if (!store_in_window(ledger, bytes)) {
        if (ledger->no_window && lseek(ledger->fd, (off_t)ledger->written, SEEK_SET) < 0)
            return bk_err_set(err, BK_ERR_IO, "cannot write the ledger: %s", strerror(errno));
        BK_TRY(bk_ledger_write(ledger->fd, bytes, "ledger", err));
        ledger->writes++;
    }
    ledger->written += bytes.n;
    bk_buf_reset(&ledger->lines);
    return BK_OK;
}

/* Gives back what a window had reserved. */
static bool end_file(bk_ledger *ledger) {
    bool reserved = ledger->window != NULL || ledger->no_window;
    close_window(ledger);
    return !reserved || ftruncate(ledger->fd, (off_t)ledger->written) == 0;
}

static bk_status end_line(bk_ledger *ledger, bool flush, bk_err *err) {
    bk_buf *lines = &ledger->lines;
    bk_buf_c(lines, "}\n");
    BK_TRY(bk_buf_check(lines, err));
    bk_digest digest;
    bk_digest_init(&digest);
    bk_digest_add(&digest, bk_str_from(bk_buf_view(lines), ledger->begin));
    bk_digest_final(&digest, ledger->previous);
    ledger->number++;
    return flush || lines->n > COLLECT ? flush_lines(ledger, err) : BK_OK;
}

bk_status bk_ledger_end(bk_ledger *ledger, bool flush, uint64_t *ret_line, bk_err *err) {
    if (ledger->broken) return bk_err_set(err, BK_ERR_IO, "the ledger could not be written before");
    uint64_t line = ledger->number;
    bk_status status = end_line(ledger, flush, err);
    if (status == BK_OK && ret_line) *ret_line = line;
    ledger->broken = status != BK_OK;
    return status;
}

bk_status bk_ledger_close(bk_ledger *ledger, const char *outcome, bk_err *err) {
    bk_buf *line = bk_ledger_begin(ledger, "end");
    bk_ledger_text(line, "outcome", bk_str_c(outcome));
    BK_TRY(bk_ledger_end(ledger, true, NULL, err));
    bool ended = end_file(ledger);
    int failed = close(ledger->fd);
    ledger->fd = -1;
    return failed || !ended ? bk_err_set(err, BK_ERR_IO, "cannot write the ledger: %s", strerror(errno)) : BK_OK;
}

void bk_ledger_free(bk_ledger *ledger) {
    if (!ledger) return;
    if (ledger->fd >= 0) {
        /* What was collected belongs in the file all the same; there is nobody left to tell if it does not get there. */
        bk_err err = BK_ERR_INIT;
        if (!ledger->broken) (void)flush_lines(ledger, &err);
        bk_err_release(&err);
        (void)end_file(ledger);
        close(ledger->fd);
    }
    bk_buf_release(&ledger->lines);
    free(ledger);
}

static void key_of(bk_buf *line, const char *key) {
    size_t n = strlen(key);
    char *at = bk_buf_reserve(line, n + 4);
    if (!at) return;
    memcpy(at, ",\"", 2);
    memcpy(at + 2, key, n);
    memcpy(at + 2 + n, "\":", 2);
    line->n += n + 4;
}

void bk_ledger_text(bk_buf *line, const char *key, bk_str text) {
    key_of(line, key);
    bk_escape_json(line, bk_str_sub(text, 0, BK_ESCAPE_LINE));
}

void bk_ledger_number(bk_buf *line, const char *key, uint64_t n) {
    key_of(line, key);
    bk_buf_uint(line, n);
}

void bk_ledger_digest(bk_buf *line, const char *key, const unsigned char digest[32]) {
    key_of(line, key);
    bk_buf_byte(line, '"');
    bk_digest_hex(line, digest);
    bk_buf_byte(line, '"');
}

/* ---- verification ---- */

/* What every line begins with. No JSON is parsed: the writer leaves no freedom, so neither does the reader. */
static bool head_fits(bk_str line, uint64_t number, const unsigned char previous[BK_DIGEST_SIZE], bool *ret_end) {
    bk_buf head;
    bk_buf_init(&head, NULL, 192);
    bk_buf_c(&head, "{\"n\":");
    bk_buf_uint(&head, number);
    bk_buf_c(&head, ",\"prev\":\"");
    bk_digest_hex(&head, previous);
    bk_buf_c(&head, "\",\"type\":\"");
    bool fits = bk_buf_ok(&head) && bk_str_starts(line, bk_buf_view(&head));
    *ret_end = fits && bk_str_starts(bk_str_from(line, head.n), BK_S("end\""));
    bk_buf_release(&head);
    return fits;
}

bk_status bk_ledger_verify(bk_str bytes, uint64_t *ret_lines, bk_err *err) {
    unsigned char previous[BK_DIGEST_SIZE] = {0};
    uint64_t number = 0;
    bool end = false;
    while (bytes.n) {
        size_t n = bk_str_find_byte(bytes, '\n');
        if (n == BK_NPOS) return bk_err_set(err, BK_ERR, "ledger: line %llu is cut short", (unsigned long long)number + 1);
        bk_str line = bk_str_sub(bytes, 0, n + 1);
        if (end) return bk_err_set(err, BK_ERR, "ledger: line %llu stands behind the end", (unsigned long long)number + 1);
        if (!head_fits(line, number, previous, &end))
            return bk_err_set(err, BK_ERR, "ledger: line %llu does not continue the chain", (unsigned long long)number + 1);
        bk_digest digest;
        bk_digest_init(&digest);
        bk_digest_add(&digest, line);
        bk_digest_final(&digest, previous);
        bytes = bk_str_from(bytes, n + 1);
        number++;
    }
    if (!end) return bk_err_set(err, BK_ERR, "ledger: the final line is missing: it was cut, or the run did not end");
    *ret_lines = number;
    return BK_OK;
}
