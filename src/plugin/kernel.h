/* kernel.h: the memory that a plugin and the host pass blocks through.
 *
 * In Extism's own runtime this is a second module's memory with headers between the blocks, which a plugin can overwrite. Here each block is
 * an allocation of the host's, and an offset is a name for a place in one of them: numbers grow from 77 upwards with gaps between blocks, as a plugin that
 * looks would find elsewhere, and are never used again. There is nothing between the blocks: reading there gives zeros, writing does nothing.
 * Every function takes any number and stays within the blocks. Looking an offset up is a binary search, and the block of the last look-up is tried first.
 *
 * extent: the end of what a plugin may take for memory. Beyond it 64-bit loads and stores take the lower half of the address, and fail if that is
 * beyond it as well. */
#ifndef BK_PLUGIN_KERNEL_H
#define BK_PLUGIN_KERNEL_H

#include "base/buf.h"
#include "base/str.h"

typedef struct bk_kernel_block {
    uint64_t at;
    uint64_t n;
    unsigned char *p;
    bool freed; /* no block any more, but still what the output says */
} bk_kernel_block;

typedef struct bk_kernel {
    bk_kernel_block *blocks; /* by offset */
    size_t count, cap;
    size_t dead; /* entries without bytes, waiting to be swept */
    size_t kept; /* freed, but part of the output */
    size_t hint;
    uint64_t next;       /* offset of the next block */
    uint64_t live, most; /* bytes in blocks, and their limit */
    uint64_t input_at, input_n, output_at, output_n, error_at;
} bk_kernel;

/* Most blocks at a time. */
#define BK_KERNEL_BLOCKS 1000000u

void bk_kernel_init(bk_kernel *k, uint64_t most);
void bk_kernel_release(bk_kernel *k);
/* Frees everything, input, output and error included; offsets start anew. */
void bk_kernel_reset(bk_kernel *k);

/* A zeroed block; 0 when n is 0 or there is no room. */
uint64_t bk_kernel_alloc(bk_kernel *k, uint64_t n);
/* A block with those bytes; 0 for none. *ret_failed tells no bytes from no room. */
uint64_t bk_kernel_put(bk_kernel *k, bk_str bytes, bool *ret_failed);
/* Offsets that are not the start of a block: nothing. */
void bk_kernel_free(bk_kernel *k, uint64_t at);
/* Bytes of the block that starts there, else 0. */
uint64_t bk_kernel_length(bk_kernel *k, uint64_t at);
/* The block that starts there. False: it is no block; then *ret_inside tells whether the offset is at least within the extent (reads as empty). The view
 * lives until the block is freed. */
bool bk_kernel_view(bk_kernel *k, uint64_t at, bk_str *ret, bool *ret_inside);

uint8_t bk_kernel_load_u8(bk_kernel *k, uint64_t at);
void bk_kernel_store_u8(bk_kernel *k, uint64_t at, uint8_t v);
/* False: beyond the extent. */
bool bk_kernel_load_u64(bk_kernel *k, uint64_t at, uint64_t *ret);
bool bk_kernel_store_u64(bk_kernel *k, uint64_t at, uint64_t v);

/* Ranges outside of the extent are ignored. */
void bk_kernel_input_set(bk_kernel *k, uint64_t at, uint64_t n);
void bk_kernel_output_set(bk_kernel *k, uint64_t at, uint64_t n);
/* Appends [at, at + n) to `out`, zeros where there is no block. */
void bk_kernel_read(bk_kernel *k, uint64_t at, uint64_t n, bk_buf *out);
uint64_t bk_kernel_memory_bytes(const bk_kernel *k);

#endif
