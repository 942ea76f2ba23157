/* remember.h: results that a template asks for again.
 *
 * A configuration is rendered for its ConfigMap, and once more for the checksum in each workload that uses it. The text of its files, and the checksum, are then the same
 * each time, and take longer to make than to recognise. What is remembered is bounded and stays until the render ends. */
#ifndef BK_SPRIG_REMEMBER_H
#define BK_SPRIG_REMEMBER_H

#include "tmpl/func.h"

typedef enum bk_memory_kind { BK_MEMORY_CONFIG, BK_MEMORY_SECRETS, BK_MEMORY_SHA256 } bk_memory_kind;

enum { BK_MEMORY_ITEMS = 16, BK_MEMORY_BYTES = 384 << 10 };

typedef struct bk_memory_item {
    bk_memory_kind kind;
    bk_str key, result;
} bk_memory_item;

typedef struct bk_memory {
    bk_memory_item items[BK_MEMORY_ITEMS];
    size_t n, bytes;
    uint32_t seen[BK_MEMORY_ITEMS]; /* hints of keys that were met and not kept */
    uint32_t next;
} bk_memory;

/* What is remembered of a key; false: nothing. */
bool bk_memory_find(const bk_memory *memory, bk_memory_kind kind, bk_str key, bk_str *ret);
/* Whether so many bytes more may be kept. */
bool bk_memory_fits(const bk_memory *memory, size_t bytes);
/* Keeps a result under a key, both of which lie in call->keep, if there is room. */
void bk_memory_add(bk_memory *memory, bk_memory_kind kind, bk_str key, bk_str result);
/* Whether a key like this one was met before: by its length and a few of its bytes. */
bool bk_memory_met(bk_memory *memory, bk_str key);

#endif
