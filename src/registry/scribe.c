#include "registry/scribe.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "registry/files.h"

/* Waking another thread costs as much as copying some ten thousand bytes, so it is done seldom. */
#define BLOCK ((size_t)512 << 10)

enum { BLOCKS = 4 };

struct bk_scribe {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int first, second;
    bk_digest *digest;
    int error;
    bool end;
    size_t filled, written; /* blocks so far: the ring holds those between */
    size_t sizes[BLOCKS];
    size_t n; /* bytes in the block that is being filled; nobody else's */
    char *blocks;
};

static char *block_of(const bk_scribe *s, size_t number) { return s->blocks + number % BLOCKS * BLOCK; }

static void write_block(bk_scribe *s, bk_str bytes) {
    bk_digest_add(s->digest, bytes);
    int error = bk_fd_write(s->first, bytes) ? 0 : errno;
    bool both = s->second < 0 || bk_fd_write(s->second, bytes);
    pthread_mutex_lock(&s->lock);
    if (error && !s->error) s->error = error;
    if (!both) s->second = -1;
    s->written++;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

static void *work(void *self) {
    bk_scribe *s = self;
    for (;;) {
        pthread_mutex_lock(&s->lock);
        while (s->filled == s->written && !s->end) pthread_cond_wait(&s->changed, &s->lock);
        bool end = s->end;
        size_t number = s->written;
        pthread_mutex_unlock(&s->lock);
        if (end) return NULL;
        write_block(s, bk_str_of(block_of(s, number), s->sizes[number % BLOCKS]));
    }
}

bk_scribe *bk_scribe_new(int first, int second, bk_digest *digest) {
    bk_scribe *s = calloc(1, sizeof *s);
    if (!s) return NULL;
    s->first = first;
    s->second = second;
    s->digest = digest;
    s->blocks = malloc(BLOCKS * BLOCK);
    bool locks = s->blocks && pthread_mutex_init(&s->lock, NULL) == 0;
    bool conds = locks && pthread_cond_init(&s->changed, NULL) == 0;
    if (conds && pthread_create(&s->thread, NULL, work, s) == 0) return s;
    if (conds) pthread_cond_destroy(&s->changed);
    if (locks) pthread_mutex_destroy(&s->lock);
    free(s->blocks);
    free(s);
    return NULL;
}

/* Hands the block over, and waits for room for the next. */
static int hand_over(bk_scribe *s) {
    pthread_mutex_lock(&s->lock);
    s->sizes[s->filled++ % BLOCKS] = s->n;
    pthread_cond_broadcast(&s->changed);
    while (s->filled - s->written == BLOCKS) pthread_cond_wait(&s->changed, &s->lock);
    int error = s->error;
    pthread_mutex_unlock(&s->lock);
    s->n = 0;
    return error;
}

int bk_scribe_add(bk_scribe *s, bk_str bytes) {
    int error = 0;
    while (bytes.n && !error) {
        size_t n = bytes.n < BLOCK - s->n ? bytes.n : BLOCK - s->n;
        memcpy(block_of(s, s->filled) + s->n, bytes.p, n);
        s->n += n;
        bytes = bk_str_from(bytes, n);
        if (s->n == BLOCK) error = hand_over(s);
    }
    return error;
}

int bk_scribe_flush(bk_scribe *s, bool *ret_second) {
    if (s->n) hand_over(s);
    pthread_mutex_lock(&s->lock);
    while (s->filled != s->written) pthread_cond_wait(&s->changed, &s->lock);
    int error = s->error;
    *ret_second = s->second >= 0;
    pthread_mutex_unlock(&s->lock);
    return error;
}

void bk_scribe_free(bk_scribe *s) {
    if (!s) return;
    pthread_mutex_lock(&s->lock);
    s->end = true;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
    pthread_join(s->thread, NULL);
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->lock);
    free(s->blocks);
    free(s);
}
