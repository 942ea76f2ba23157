/* wasi_state.h: what the wasi_*.c files share; of no concern to others. */
#ifndef BK_PLUGIN_WASI_STATE_H
#define BK_PLUGIN_WASI_STATE_H

#include "plugin/tree.h"
#include "plugin/wasi.h"

#define BK_WASI_FDS 256u
#define BK_WASI_IOVS 1024u
#define BK_WASI_TMP 3u

typedef enum bk_wasi_kind {
    BK_WASI_CLOSED,
    BK_WASI_STDIN,
    BK_WASI_STDOUT,
    BK_WASI_STDERR,
    BK_WASI_FILE,
    BK_WASI_DIR,
} bk_wasi_kind;

/* File types as the guest sees them. */
enum { BK_WASI_TYPE_UNKNOWN = 0, BK_WASI_TYPE_CHARACTER = 2, BK_WASI_TYPE_DIR = 3, BK_WASI_TYPE_FILE = 4 };
/* Of fdstat. */
enum { BK_WASI_APPEND = 1 };

typedef struct bk_wasi_fd {
    bk_wasi_kind kind;
    bk_tree_node *node; /* FILE, DIR: held */
    uint64_t at;        /* FILE */
    uint16_t flags;
    bool can_read, can_write;
} bk_wasi_fd;

struct bk_wasi {
    const bk_wasi_world *world;
    bk_wasi_limits limits;
    bk_wasi_fd fds[BK_WASI_FDS];
    bk_tree tree;
    bool has_tree;
    bool clock_allowed, random_allowed;
    uint64_t files_ns;      /* with a tape: the last time that a file was given */
    uint64_t in, out, err_; /* bytes so far */
};

/* Little-endian stores into the guest's memory, through a range that was checked. */
void bk_wasi_put16(uint8_t *p, uint16_t v);
void bk_wasi_put32(uint8_t *p, uint32_t v);
void bk_wasi_put64(uint8_t *p, uint64_t v);
uint32_t bk_wasi_get32(const uint8_t *p);
uint64_t bk_wasi_get64(const uint8_t *p);
/* Checks the address and stores; EFAULT when it is beyond the memory. */
bk_wasi_errno bk_wasi_store32(bk_foreign_run *run, uint64_t at, uint32_t v);
bk_wasi_errno bk_wasi_store64(bk_foreign_run *run, uint64_t at, uint64_t v);

/* Nanoseconds since 1970, for files. */
uint64_t bk_wasi_realtime(bk_wasi *wasi, const bk_foreign_run *run);

/* wasi_tape.c. False: the run is to end. *ret_given: *ret is the answer; else the machine's is to be kept. Without a tape nothing is given or kept. */
bool bk_wasi_tape_ask(bk_wasi *wasi, bk_foreign_run *run, const char *what, bk_str request, bool *ret_given, bk_str *ret);
/* Keeps what the machine answered; a failure (in err) ends the run as well. */
bool bk_wasi_tape_keep(bk_wasi *wasi, bk_foreign_run *run, const char *what, bk_str request, bk_status status, bk_str bytes, bk_err *err);
/* The beginning of the files' times. */
bk_status bk_wasi_tape_files(bk_wasi *wasi, uint64_t now, bk_err *err);

/* The open descriptor, or NULL. */
bk_wasi_fd *bk_wasi_fd_get(bk_wasi *wasi, uint64_t fd);
void bk_wasi_drop(bk_wasi *wasi, bk_wasi_fd *fd);
void bk_wasi_filestat(const bk_tree_node *node, uint8_t *to);
/* atim and mtim by the flags of WASI; EINVAL for flags that contradict each other. */
bk_wasi_errno bk_wasi_set_times(bk_tree_node *node, uint64_t atime, uint64_t mtime, uint64_t flags, uint64_t now);

/* The functions themselves: each has the type of an import, and `self` is the bk_wasi. */
#define BK_WASI(name, type) bool bk_wasi_##name(bk_foreign_run *run, void *self, uint64_t *args);
#include "plugin/wasi.def"
#undef BK_WASI

/* Most of them end so. */
static inline bool bk_wasi_answer(uint64_t *args, bk_wasi_errno e) {
    args[0] = (uint64_t)e;
    return true;
}

#endif
