/* The functions of OpenSSL that are used here are out of favour with it, not out of service: its general interface costs a millisecond of
 * set-up, which is a fifth of a whole call. */
#define OPENSSL_API_COMPAT 0x10100000L
#define _GNU_SOURCE
#include "sandbox/cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <openssl/aes.h>
#include <openssl/crypto.h>
#include <openssl/modes.h>

#include "base/buf.h"
#include "base/num.h"
#include "sandbox/digest.h"

#define MAGIC "bkcache1"
#define SECRET 32u
#define MAC 16u
#define CONTENT_MAX ((size_t)1 << 30)
/* Read and authenticated piece by piece, so that each is still in the processor's cache when it is looked at. A multiple of 16. */
#define PIECE ((size_t)256 << 10)
/* What a directory may come to; the oldest go first. */
#define ENTRIES_MAX 128u
#define TEMP_AGE 3600
/* Of large pages. */
#define HUGE ((size_t)2 << 20)

/* In front of the content, little-endian as the machine is: an entry does not travel. */
typedef struct head {
    char magic[8];
    uint64_t size;
    unsigned char nonce[32];
    unsigned char mac[MAC];
} head;

typedef struct entry_name {
    char text[65];
} entry_name;

static entry_name name_of(const unsigned char name[32]) {
    entry_name ret;
    for (size_t i = 0; i < 32; i++) {
        ret.text[2 * i] = "0123456789abcdef"[name[i] >> 4];
        ret.text[2 * i + 1] = "0123456789abcdef"[name[i] & 15];
    }
    ret.text[64] = 0;
    return ret;
}

/* ---- memory ---- */

/* All of it is about to be written: one walk instead of a fault a page, and large pages where there are any. */
static void populate(unsigned char *p, size_t n) {
#if defined(MADV_HUGEPAGE) && defined(MADV_POPULATE_WRITE)
    if (n >= HUGE) madvise(p, n / HUGE * HUGE, MADV_HUGEPAGE);
    madvise(p, n, MADV_POPULATE_WRITE);
#else
    (void)p;
    (void)n;
#endif
}

bk_status bk_sandbox_blob_new(size_t n, bk_sandbox_blob *ret, bk_err *err) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE), wanted, mapped;
    if (n > CONTENT_MAX || !bk_add(n, page - 1, &wanted)) return bk_err_limit(err, "compiled module", CONTENT_MAX);
    wanted = wanted / page * page;
    if (!wanted) wanted = page;
    /* Room to begin at a large page; what is too much is given back. */
    mapped = wanted >= HUGE ? wanted + HUGE : wanted;
    unsigned char *p = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) return bk_err_nomem(err);
    if (mapped > wanted) {
        size_t skip = (HUGE - (uintptr_t)p % HUGE) % HUGE;
        if (skip) munmap(p, skip);
        if (mapped - skip > wanted) munmap(p + skip + wanted, mapped - skip - wanted);
        p += skip;
    }
    populate(p, wanted);
    *ret = (bk_sandbox_blob){p, n, wanted};
    return BK_OK;
}

void bk_sandbox_blob_release(bk_sandbox_blob *blob) {
    if (blob->p) munmap(blob->p, blob->mapped);
    *blob = (bk_sandbox_blob){0};
}

/* ---- the MAC ---- */

typedef struct mac {
    AES_KEY aes;
    GCM128_CONTEXT *gcm;
} mac;

/* GMAC under a key that serves this entry alone. */
static bool mac_begin(mac *m, const unsigned char secret[SECRET], const head *h, const unsigned char name[32]) {
    unsigned char about[8 + 8 + 32 + 32], key[32];
    bk_digest_key maker;
    bk_digest_expect((size_t)h->size);
    memcpy(about, h->magic, 8);
    memcpy(about + 8, &h->size, 8);
    memcpy(about + 16, h->nonce, 32);
    memcpy(about + 48, name, 32);
    bk_digest_key_init(&maker, secret);
    bk_digest_hmac(&maker, bk_str_of((const char *)about, sizeof about), key);
    OPENSSL_cleanse(&maker, sizeof maker);
    static const unsigned char iv[12] = {0};
    m->gcm = AES_set_encrypt_key(key, 256, &m->aes) == 0 ? CRYPTO_gcm128_new(&m->aes, (block128_f)AES_encrypt) : NULL;
    OPENSSL_cleanse(key, sizeof key);
    if (m->gcm) CRYPTO_gcm128_setiv(m->gcm, iv, sizeof iv);
    return m->gcm != NULL;
}

static void mac_add(mac *m, const unsigned char *p, size_t n) { CRYPTO_gcm128_aad(m->gcm, p, n); }

static void mac_end(mac *m, unsigned char ret[MAC]) {
    CRYPTO_gcm128_tag(m->gcm, ret, MAC);
    CRYPTO_gcm128_release(m->gcm);
    OPENSSL_cleanse(m, sizeof *m);
}

/* ---- files ---- */

static bool read_all(int fd, void *to, size_t n) {
    for (size_t at = 0; at < n;) {
        ssize_t got = read(fd, (char *)to + at, n - at);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        at += (size_t)got;
    }
    return true;
}

static bool write_all(int fd, const void *from, size_t n) {
    for (size_t at = 0; at < n;) {
        ssize_t put = write(fd, (const char *)from + at, n - at);
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) return false;
        at += (size_t)put;
    }
    return true;
}

/* A path that is at hand as a C string, or false. */
static bool path_of(bk_str s, char *to, size_t cap) {
    if (!s.n || s.n >= cap || s.p[0] != '/' || memchr(s.p, 0, s.n)) return false;
    memcpy(to, s.p, s.n);
    to[s.n] = 0;
    return true;
}

/* The file is ours: a regular one, readable by nobody else, with one name. */
static bool ours(int fd, struct stat *st) {
    return fstat(fd, st) == 0 && S_ISREG(st->st_mode) && st->st_uid == geteuid() && (st->st_mode & 07777) == 0600 && st->st_nlink == 1;
}

static int open_dir(const bk_sandbox_cache *cache) {
    char path[4096];
    if (!cache || !path_of(cache->dir, path, sizeof path)) return -1;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;
    if (fd >= 0 && (fstat(fd, &st) != 0 || st.st_uid != geteuid() || (st.st_mode & 077) != 0)) {
        close(fd);
        return -1;
    }
    return fd;
}

static bool key_get(const bk_sandbox_cache *cache, unsigned char secret[SECRET]) {
    char path[4096];
    if (!path_of(cache->key_file, path, sizeof path)) return false;
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) return false;
    struct stat st;
    bool good = ours(fd, &st) && st.st_size == SECRET && read_all(fd, secret, SECRET);
    close(fd);
    return good;
}

/* ---- reading ---- */

static bool content_get(int fd, const unsigned char secret[SECRET], const unsigned char name[32], bk_sandbox_blob *ret) {
    struct stat st;
    head h;
    if (!ours(fd, &st) || st.st_size < (off_t)sizeof h || !read_all(fd, &h, sizeof h)) return false;
    if (memcmp(h.magic, MAGIC, 8) != 0 || h.size > CONTENT_MAX || h.size != (uint64_t)st.st_size - sizeof h) return false;
    mac m;
    bk_err err = BK_ERR_INIT;
    bk_sandbox_blob blob;
    if (bk_sandbox_blob_new((size_t)h.size, &blob, &err) != BK_OK) {
        bk_err_release(&err);
        return false;
    }
    bool good = mac_begin(&m, secret, &h, name);
    if (good) {
        for (size_t at = 0; good && at < blob.n;) {
            size_t n = blob.n - at < PIECE ? blob.n - at : PIECE;
            good = read_all(fd, blob.p + at, n);
            if (good) mac_add(&m, blob.p + at, n);
            at += n;
        }
        unsigned char tag[MAC];
        mac_end(&m, tag);
        good = good && CRYPTO_memcmp(tag, h.mac, MAC) == 0;
    }
    if (good) *ret = blob;
    else bk_sandbox_blob_release(&blob);
    return good;
}

bool bk_sandbox_cache_get(const bk_sandbox_cache *cache, const unsigned char name[32], bk_sandbox_blob *ret) {
    int dir = open_dir(cache);
    if (dir < 0) return false;
    entry_name file = name_of(name);
    unsigned char secret[SECRET];
    bool good = false;
    int fd = openat(dir, file.text, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0) {
        good = key_get(cache, secret) && content_get(fd, secret, name, ret);
        OPENSSL_cleanse(secret, sizeof secret);
        close(fd);
    }
    if (!good && (fd >= 0 || errno == ELOOP)) unlinkat(dir, file.text, 0);
    close(dir);
    return good;
}

void bk_sandbox_cache_drop(const bk_sandbox_cache *cache, const unsigned char name[32]) {
    int dir = open_dir(cache);
    if (dir < 0) return;
    unlinkat(dir, name_of(name).text, 0);
    close(dir);
}

/* ---- writing ---- */

/* Makes the folders above the last part of the path, then (with `last`) that one too, for us alone. */
static void make_dirs(bk_str path, bool last) {
    char at[4096];
    if (!path_of(path, at, sizeof at)) return;
    for (char *p = at + 1; *p; p++) {
        if (*p != '/') continue;
        *p = 0;
        mkdir(at, 0755);
        *p = '/';
    }
    if (last) mkdir(at, 0700);
}

/* A file of a new name in the folder; `name` gets it. */
static int temp_file(int dir, char name[32]) {
    unsigned char r[8];
    if (getentropy(r, sizeof r) != 0) return -1;
    snprintf(name, 32, ".new-%02x%02x%02x%02x%02x%02x%02x%02x", r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7]);
    int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd >= 0) fchmod(fd, 0600); /* whatever the umask took away */
    return fd;
}

/* Gives a finished file its name, or throws it away. */
static bool settle(int dir, int fd, bool good, const char *temp, const char *name) {
    good = close(fd) == 0 && good;
    good = good && renameat(dir, temp, dir, name) == 0;
    if (!good) unlinkat(dir, temp, 0);
    return good;
}

/* A new key. If another process makes one at the same time, the last wins, and what was written under the other is rebuilt one day. */
static void key_make(const bk_sandbox_cache *cache) {
    make_dirs(cache->key_file, false);
    char path[4096], temp[32];
    if (!path_of(cache->key_file, path, sizeof path)) return;
    char *slash = strrchr(path, '/');
    *slash = 0;
    int dir = open(*path ? path : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0) return;
    int fd = temp_file(dir, temp);
    if (fd >= 0) {
        unsigned char secret[SECRET];
        bool good = getentropy(secret, SECRET) == 0 && write_all(fd, secret, SECRET);
        settle(dir, fd, good, temp, slash + 1);
        OPENSSL_cleanse(secret, sizeof secret);
    }
    close(dir);
}

/* Keeps the number of entries down, and removes what a killed process left. */
static void prune(int dir) {
    for (unsigned rounds = 0; rounds < 16; rounds++) {
        int again = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *list = again < 0 ? NULL : fdopendir(again);
        if (!list) {
            if (again >= 0) close(again);
            return;
        }
        char oldest[65] = "";
        time_t oldest_time = 0, now = time(NULL);
        size_t count = 0;
        for (const struct dirent *e = readdir(list); e; e = readdir(list)) {
            struct stat st;
            if (fstatat(dir, e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode)) continue;
            if (e->d_name[0] == '.') {
                if (now - st.st_mtime > TEMP_AGE) unlinkat(dir, e->d_name, 0);
                continue;
            }
            count++;
            if (strlen(e->d_name) < sizeof oldest && (!*oldest || st.st_mtime < oldest_time)) {
                oldest_time = st.st_mtime;
                memcpy(oldest, e->d_name, strlen(e->d_name) + 1);
            }
        }
        closedir(list);
        if (count < ENTRIES_MAX || !*oldest) return;
        unlinkat(dir, oldest, 0);
    }
}

static bool content_put(int fd, const unsigned char secret[SECRET], const unsigned char name[32], bk_str content) {
    head h = {.magic = MAGIC, .size = content.n};
    mac m;
    if (getentropy(h.nonce, sizeof h.nonce) != 0 || !mac_begin(&m, secret, &h, name)) return false;
    mac_add(&m, (const unsigned char *)content.p, content.n);
    mac_end(&m, h.mac);
    return write_all(fd, &h, sizeof h) && write_all(fd, content.p, content.n);
}

void bk_sandbox_cache_put(const bk_sandbox_cache *cache, const unsigned char name[32], bk_str content) {
    if (!cache || !cache->dir.n || content.n > CONTENT_MAX) return;
    unsigned char secret[SECRET];
    char temp[32];
    make_dirs(cache->dir, true);
    int dir = open_dir(cache);
    if (dir < 0) return;
    if (!key_get(cache, secret)) {
        key_make(cache);
        if (!key_get(cache, secret)) {
            close(dir);
            return;
        }
    }
    prune(dir);
    int fd = temp_file(dir, temp);
    if (fd >= 0) settle(dir, fd, content_put(fd, secret, name, content), temp, name_of(name).text);
    OPENSSL_cleanse(secret, sizeof secret);
    close(dir);
}
