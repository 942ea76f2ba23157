#include "sprig/remember.h"

#include "base/num.h"

bool bk_memory_find(const bk_memory *memory, bk_memory_kind kind, bk_str key, bk_str *ret) {
    for (size_t i = 0; i < memory->n; i++) {
        const bk_memory_item *item = &memory->items[i];
        if (item->kind != kind || !bk_str_eq(item->key, key)) continue;
        *ret = item->result;
        return true;
    }
    return false;
}

bool bk_memory_fits(const bk_memory *memory, size_t bytes) {
    return memory->n < BK_MEMORY_ITEMS && bytes <= BK_MEMORY_BYTES - memory->bytes;
}

void bk_memory_add(bk_memory *memory, bk_memory_kind kind, bk_str key, bk_str result) {
    size_t bytes;
    if (!bk_add(key.n, result.n, &bytes) || !bk_memory_fits(memory, bytes)) return;
    memory->items[memory->n++] = (bk_memory_item){kind, key, result};
    memory->bytes += bytes;
}

bool bk_memory_met(bk_memory *memory, bk_str key) {
    enum { ENDS = 64 };
    size_t n = key.n < ENDS ? key.n : ENDS;
    uint32_t hint = bk_str_hash(bk_str_sub(key, 0, n)) ^ bk_str_hash(bk_str_from(key, key.n - n)) * 31 ^ (uint32_t)key.n;
    for (size_t i = 0; i < BK_MEMORY_ITEMS; i++)
        if (memory->seen[i] == hint) return true;
    memory->seen[memory->next++ % BK_MEMORY_ITEMS] = hint;
    return false;
}
